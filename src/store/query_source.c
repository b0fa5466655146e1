#include "store/sql.h"

#include "base/banned.h"

static struct qn_error *read_formats(struct qn_store *store, struct qn_arena *arena,
				     struct qn_query_source *source)
{
	/* clang-format off */
	static const char select[] =
		"SELECT format, lines FROM source_format WHERE source = ? ORDER BY format";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_store_format_count *format;
	void *items;

	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_i64(&sql, source->id);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*format), (void **)&format));
		if (!format)
			break;
		format->format = qn_sql_read_text(&sql, arena);
		format->lines = qn_sql_read_u64(&sql);
	}
	QN_TRY(qn_sql_list_move(&list, sizeof(*format), arena, &items, &source->row.formats_count));
	source->row.formats = items;
	return NULL;
}

static void read_source(struct qn_sql *sql, struct qn_arena *arena, struct qn_query_source *ret)
{
	ret->id = qn_sql_read_i64(sql);
	ret->row.path = qn_sql_read_text(sql, arena);
	ret->row.content = qn_sql_read_text(sql, arena);
	ret->row.text = qn_sql_read_text(sql, arena);
	ret->row.kind = qn_sql_read_text(sql, arena);
	ret->row.wrappers = qn_sql_read_text(sql, arena);
	ret->row.component = qn_sql_read_text(sql, arena);
	ret->row.pod = qn_sql_read_text(sql, arena);
	ret->row.size_bytes = qn_sql_read_u64(sql);
	ret->row.lines = qn_sql_read_u64(sql);
	ret->row.records = qn_sql_read_u64(sql);
	ret->row.issues = qn_sql_read_u64(sql);
	ret->row.bytes_not_understood = qn_sql_read_u64(sql);
	ret->row.lines_not_understood = qn_sql_read_u64(sql);
	ret->row.run = qn_sql_read_text(sql, arena);
}

struct qn_error *qn_query_sources(struct qn_store *store, struct qn_arena *arena,
				  struct qn_query_source **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT s.id, s.path, c.hash, x.hash, s.kind, s.wrappers, s.component, s.pod, s.size_bytes,"
		" s.lines, s.records, s.issues, s.bytes_not_understood, s.lines_not_understood, (SELECT"
		" r.id FROM source_run sr JOIN run r ON r.id = sr.run WHERE sr.source = s.id ORDER BY"
		" r.last_nsec, r.last_digits, r.id LIMIT 1) FROM source s JOIN content c ON c.id ="
		" s.content JOIN content x ON x.id = s.text ORDER BY s.path, c.hash";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_source *source;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*source), (void **)&source));
		if (!source)
			break;
		read_source(&sql, arena, source);
		QN_TRY(read_formats(store, arena, source));
	}
	return qn_sql_list_move(&list, sizeof(*source), arena, (void **)ret, ret_count);
}

static int64_t read_or_minus_one(struct qn_sql *sql)
{
	bool is_null = sqlite3_column_type(sql->handle, sql->column) == SQLITE_NULL;
	int64_t value = qn_sql_read_i64(sql);

	return is_null ? -1 : value;
}

struct qn_error *qn_query_pods(struct qn_store *store, struct qn_arena *arena, struct qn_query_pod **ret,
			       size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT name, component, last_state, reason, restarts, exit_code, source, line FROM pod"
		" ORDER BY name";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_pod *pod;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*pod), (void **)&pod));
		if (!pod)
			break;
		pod->row.name = qn_sql_read_text(&sql, arena);
		pod->row.component = qn_sql_read_text(&sql, arena);
		pod->row.last_state = qn_sql_read_text(&sql, arena);
		pod->row.reason = qn_sql_read_text(&sql, arena);
		pod->row.restarts = read_or_minus_one(&sql);
		pod->row.exit_code = read_or_minus_one(&sql);
		pod->row.source = qn_sql_read_i64(&sql);
		pod->row.line = qn_sql_read_u64(&sql);
	}
	return qn_sql_list_move(&list, sizeof(*pod), arena, (void **)ret, ret_count);
}

static struct qn_error *read_process_sources(struct qn_store *store, struct qn_arena *arena,
					     struct qn_query_process *process)
{
	/* clang-format off */
	static const char select[] =
		"SELECT p.source, p.first_line, p.last_line, p.has_banner, p.is_previous, c.hash FROM"
		" process_source p JOIN source s ON s.id = p.source JOIN content c ON c.id = s.content WHERE"
		" p.process = ? ORDER BY s.path, c.hash";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	uint64_t first_line, last_line;
	int64_t *source;

	process->place = process->row.pod;
	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_key(&sql, process->row.id);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*source), (void **)&source));
		if (!source)
			break;
		*source = qn_sql_read_i64(&sql);
		first_line = qn_sql_read_u64(&sql);
		last_line = qn_sql_read_u64(&sql);
		process->row.has_banner |= qn_sql_read_bool(&sql);
		process->row.is_previous |= qn_sql_read_bool(&sql);
		if (list.count > 1)
			continue;
		process->row.source = *source;
		process->row.first_line = first_line;
		process->row.last_line = last_line;
		if (!process->place.len)
			process->place = qn_sql_read_text(&sql, arena);
	}
	return qn_sql_list_move(&list, sizeof(*source), arena, (void **)&process->sources,
				&process->sources_count);
}

struct qn_error *qn_query_processes(struct qn_store *store, struct qn_arena *arena,
				    struct qn_query_process **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT id, component, pod, version, commit_hash, started_nsec, started_digits,"
		" ended_nsec, ended_digits, end_kind, end_evidence, coalesce(decided_end, end_kind)"
		" FROM process ORDER BY coalesce(pod, ''), started_nsec IS NULL, started_nsec,"
		" started_digits, id";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_process *process;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*process), (void **)&process));
		if (!process)
			break;
		process->row.id = qn_sql_read_text(&sql, arena);
		process->row.component = qn_sql_read_text(&sql, arena);
		process->row.pod = qn_sql_read_text(&sql, arena);
		process->row.version = qn_sql_read_text(&sql, arena);
		process->row.commit = qn_sql_read_text(&sql, arena);
		process->row.started = qn_sql_read_time(&sql);
		process->row.ended = qn_sql_read_time(&sql);
		process->own_end = qn_sql_read_text(&sql, arena);
		process->row.end_evidence = qn_sql_read_text(&sql, arena);
		process->row.end = qn_sql_read_text(&sql, arena);
		QN_TRY(read_process_sources(store, arena, process));
	}
	return qn_sql_list_move(&list, sizeof(*process), arena, (void **)ret, ret_count);
}
