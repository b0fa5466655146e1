/* Rows about where evidence comes from: runs, sources, pods, lives of processes. */
#include "store/sql.h"

#include "base/banned.h"

/* clang-format off */
const char qn_sql_add_run[] =
	"INSERT INTO run (id, label, last_nsec, last_digits) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
	" SET " QN_SQL_SMALLEST("label") ", " QN_SQL_LATEST("last");
/* clang-format on */

struct qn_error *qn_store_add_run(struct qn_store *store, const struct qn_store_run *run)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_run, &sql));
	qn_sql_bind_key(&sql, run->id);
	qn_sql_bind_text(&sql, run->label);
	qn_sql_bind_time(&sql, run->last_time);
	return qn_sql_run(&sql);
}

static struct qn_error *add_content(struct qn_store *store, struct qn_text hash)
{
	static const char insert[] = "INSERT INTO content (hash) VALUES (?) ON CONFLICT DO NOTHING";
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, hash);
	return qn_sql_run(&sql);
}

static struct qn_error *add_source_row(struct qn_store *store, const struct qn_store_source *source,
				       int64_t *ret_id)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO source (path, content, text, kind, wrappers, component, pod, size_bytes, lines,"
		" records, issues, bytes_not_understood, lines_not_understood) VALUES (?, (SELECT id FROM"
		" content WHERE hash = ?), (SELECT id FROM content WHERE hash = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path, content) DO"
		" UPDATE SET " QN_SQL_SMALLEST("kind") ", " QN_SQL_SMALLEST("wrappers") ", "
		QN_SQL_SMALLEST("component") ", " QN_SQL_SMALLEST("pod") ", " QN_SQL_GREATEST("size_bytes")
		", " QN_SQL_GREATEST("lines") ", " QN_SQL_GREATEST("records") ", " QN_SQL_GREATEST("issues")
		", " QN_SQL_GREATEST("bytes_not_understood") ", " QN_SQL_GREATEST("lines_not_understood")
		" RETURNING id";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	bool has_row;

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, source->path);
	qn_sql_bind_key(&sql, source->content);
	qn_sql_bind_key(&sql, source->text.len ? source->text : source->content);
	qn_sql_bind_text(&sql, source->kind);
	qn_sql_bind_text(&sql, source->wrappers);
	qn_sql_bind_text(&sql, source->component);
	qn_sql_bind_text(&sql, source->pod);
	qn_sql_bind_u64(&sql, source->size_bytes);
	qn_sql_bind_u64(&sql, source->lines);
	qn_sql_bind_u64(&sql, source->records);
	qn_sql_bind_u64(&sql, source->issues);
	qn_sql_bind_u64(&sql, source->bytes_not_understood);
	qn_sql_bind_u64(&sql, source->lines_not_understood);
	QN_TRY(qn_sql_next(&sql, &has_row));
	*ret_id = qn_sql_read_i64(&sql);
	return qn_sql_next(&sql, &has_row);
}

static struct qn_error *add_format(struct qn_store *store, int64_t source,
				   const struct qn_store_format_count *format)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO source_format (source, format, lines) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
		" SET " QN_SQL_GREATEST("lines");
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_i64(&sql, source);
	qn_sql_bind_key(&sql, format->format);
	qn_sql_bind_u64(&sql, format->lines);
	return qn_sql_run(&sql);
}

/* clang-format off */
const char qn_sql_add_source_run[] =
	"INSERT INTO source_run (source, run) VALUES (?, ?) ON CONFLICT DO NOTHING";
/* clang-format on */

static struct qn_error *add_source_run(struct qn_store *store, int64_t source, struct qn_text run)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_source_run, &sql));
	qn_sql_bind_i64(&sql, source);
	qn_sql_bind_key(&sql, run);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_add_source(struct qn_store *store, const struct qn_store_source *source,
				     int64_t *ret_id)
{
	int64_t id;

	QN_TRY(add_content(store, source->content));
	if (source->text.len)
		QN_TRY(add_content(store, source->text));
	QN_TRY(add_source_row(store, source, &id));
	for (size_t i = 0; i < source->formats_count; i++)
		QN_TRY(add_format(store, id, &source->formats[i]));
	if (source->run.len)
		QN_TRY(add_source_run(store, id, source->run));
	*ret_id = id;
	return NULL;
}

/* Facts decide; where they are equal, the first place that tells them. */
#define POD_FACTS(row)                                                                    \
	"(coalesce(" row ".restarts, -1), coalesce(" row ".component, ''), coalesce(" row \
	".last_state, ''), coalesce(" row ".reason, ''), coalesce(" row ".exit_code, -1))"
#define POD_PLACE(row)                                                                                      \
	"(coalesce((SELECT path FROM source WHERE id = " row ".source), x''),"                              \
	" (SELECT hash FROM source JOIN content ON content.id = content WHERE source.id = " row ".source)," \
	" " row ".line)"

/* clang-format off */
const char qn_sql_add_pod[] =
	"INSERT INTO pod (name, component, last_state, reason, restarts, exit_code, source, line) VALUES"
	" (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET component = excluded.component, last_state ="
	" excluded.last_state, reason = excluded.reason, restarts = excluded.restarts, exit_code ="
	" excluded.exit_code, source = excluded.source, line = excluded.line WHERE " POD_FACTS("excluded")
	" > " POD_FACTS("pod") " OR (" POD_FACTS("excluded") " = " POD_FACTS("pod") " AND "
	POD_PLACE("excluded") " < " POD_PLACE("pod") ")";
/* clang-format on */

static void bind_unless_minus_one(struct qn_sql *sql, int64_t value)
{
	if (value == -1)
		qn_sql_bind_null(sql);
	else
		qn_sql_bind_i64(sql, value);
}

struct qn_error *qn_store_add_pod(struct qn_store *store, const struct qn_store_pod *pod)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_pod, &sql));
	qn_sql_bind_key(&sql, pod->name);
	qn_sql_bind_text(&sql, pod->component);
	qn_sql_bind_text(&sql, pod->last_state);
	qn_sql_bind_text(&sql, pod->reason);
	bind_unless_minus_one(&sql, pod->restarts);
	bind_unless_minus_one(&sql, pod->exit_code);
	qn_sql_bind_source(&sql, pod->source);
	qn_sql_bind_u64(&sql, pod->line);
	return qn_sql_run(&sql);
}

#define PROCESS_FACTS(row)                                                                                 \
	"(" row ".ended_nsec IS NOT NULL, coalesce(" row ".ended_nsec, 0), coalesce(" row                  \
	".ended_digits, 0),"                                                                               \
	" coalesce(" row ".end_kind, 'unknown') <> 'unknown', coalesce(" row ".end_kind, ''),"             \
	" coalesce(" row ".end_evidence, ''), coalesce(" row ".component, ''), coalesce(" row ".pod, '')," \
	" coalesce(" row ".version, ''), coalesce(" row ".commit_hash, ''),"                               \
	" coalesce(" row ".started_nsec, -9223372036854775807), coalesce(" row ".started_digits, 0))"

/* clang-format off */
const char qn_sql_add_process[] =
	"INSERT INTO process (id, component, pod, version, commit_hash, started_nsec, started_digits,"
	" ended_nsec, ended_digits, end_kind, end_evidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON"
	" CONFLICT DO UPDATE SET component = excluded.component, pod = excluded.pod, version ="
	" excluded.version, commit_hash = excluded.commit_hash, started_nsec = excluded.started_nsec,"
	" started_digits = excluded.started_digits, ended_nsec = excluded.ended_nsec, ended_digits ="
	" excluded.ended_digits, end_kind = excluded.end_kind, end_evidence = excluded.end_evidence WHERE "
	PROCESS_FACTS("excluded") " > " PROCESS_FACTS("process");
/* clang-format on */

/* clang-format off */
const char qn_sql_add_process_source[] =
	"INSERT INTO process_source (process, source, first_line, last_line, has_banner, is_previous) VALUES"
	" (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " QN_SQL_SMALLEST("first_line") ", "
	QN_SQL_GREATEST("last_line") ", " QN_SQL_GREATEST("has_banner") ", " QN_SQL_GREATEST("is_previous");
/* clang-format on */

struct qn_error *qn_store_add_process(struct qn_store *store, const struct qn_store_process *process)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_process, &sql));
	qn_sql_bind_key(&sql, process->id);
	qn_sql_bind_text(&sql, process->component);
	qn_sql_bind_text(&sql, process->pod);
	qn_sql_bind_text(&sql, process->version);
	qn_sql_bind_text(&sql, process->commit);
	qn_sql_bind_time(&sql, process->started);
	qn_sql_bind_time(&sql, process->ended);
	qn_sql_bind_text(&sql, process->end);
	qn_sql_bind_text(&sql, process->end_evidence);
	QN_TRY(qn_sql_run(&sql));
	if (!process->source)
		return NULL;
	QN_TRY(qn_sql_start(store, qn_sql_add_process_source, &sql));
	qn_sql_bind_key(&sql, process->id);
	qn_sql_bind_i64(&sql, process->source);
	qn_sql_bind_u64(&sql, process->first_line);
	qn_sql_bind_u64(&sql, process->last_line);
	qn_sql_bind_i64(&sql, process->has_banner);
	qn_sql_bind_i64(&sql, process->is_previous);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_decide_end(struct qn_store *store, struct qn_text process, struct qn_text end)
{
	static const char update[] = "UPDATE process SET decided_end = ?2 WHERE id = ?1";
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, update, &sql));
	qn_sql_bind_key(&sql, process);
	qn_sql_bind_text(&sql, end);
	return qn_sql_run(&sql);
}
