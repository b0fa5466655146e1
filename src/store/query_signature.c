#include "store/sql.h"

#include "base/banned.h"

static enum qn_role role_of_name(struct qn_text name)
{
	for (int role = QN_ROLE_UNKNOWN; role <= QN_ROLE_THREAD_ENTRY; role++)
		if (qn_text_equal(name, qn_text_of(qn_role_name((enum qn_role)role))))
			return (enum qn_role)role;
	return QN_ROLE_UNKNOWN;
}

struct qn_error *qn_query_frames(struct qn_store *store, struct qn_arena *arena, struct qn_text stack,
				 struct qn_frame **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT raw, function, match_key, file, line, pc, module, build_id, role, is_inlined,"
		" is_go, is_rethrow, is_ladder, is_repaired FROM frame WHERE stack = ? ORDER BY position";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_frame *frame;

	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_key(&sql, stack);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*frame), (void **)&frame));
		if (!frame)
			break;
		frame->raw = qn_sql_read_text(&sql, arena);
		frame->function = qn_sql_read_text(&sql, arena);
		frame->key = qn_sql_read_text(&sql, arena);
		frame->file = qn_sql_read_text(&sql, arena);
		frame->line = (uint32_t)qn_sql_read_u64(&sql);
		frame->pc = qn_sql_read_u64(&sql);
		frame->module = qn_sql_read_text(&sql, arena);
		frame->build_id = qn_sql_read_text(&sql, arena);
		frame->role = role_of_name(qn_sql_read_text(&sql, arena));
		frame->is_inlined = qn_sql_read_bool(&sql);
		frame->is_go = qn_sql_read_bool(&sql);
		frame->is_rethrow = qn_sql_read_bool(&sql);
		frame->is_ladder = qn_sql_read_bool(&sql);
		frame->is_repaired = qn_sql_read_bool(&sql);
	}
	return qn_sql_list_move(&list, sizeof(*frame), arena, (void **)ret, ret_count);
}

/* The first column of every row of @select, whose parameter is @key (unless data is NULL). */
static struct qn_error *read_texts(struct qn_store *store, struct qn_arena *arena, const char *select,
				   struct qn_text key, struct qn_text **ret, size_t *ret_count)
{
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_text *text;

	QN_TRY(qn_sql_start(store, select, &sql));
	if (key.data)
		qn_sql_bind_key(&sql, key);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*text), (void **)&text));
		if (!text)
			break;
		*text = qn_sql_read_text(&sql, arena);
	}
	return qn_sql_list_move(&list, sizeof(*text), arena, (void **)ret, ret_count);
}

struct qn_error *qn_query_verdicts(struct qn_store *store, struct qn_arena *arena,
				   struct qn_query_verdict **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT signature, rule, issue, url, title, fix, advice, confidence FROM verdict ORDER BY"
		" signature";
	static const char select_fixed_in[] =
		"SELECT version FROM verdict_fixed_in WHERE signature = ? ORDER BY position";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_verdict *verdict;
	struct qn_text *fixed_in, key;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*verdict), (void **)&verdict));
		if (!verdict)
			break;
		verdict->row.signature = qn_sql_read_text(&sql, arena);
		verdict->row.rule = qn_sql_read_text(&sql, arena);
		verdict->row.issue = qn_sql_read_text(&sql, arena);
		verdict->row.url = qn_sql_read_text(&sql, arena);
		verdict->row.title = qn_sql_read_text(&sql, arena);
		verdict->row.fix = qn_sql_read_text(&sql, arena);
		verdict->row.advice = qn_sql_read_text(&sql, arena);
		verdict->row.confidence = qn_sql_read_real(&sql);
		key = verdict->row.signature.data ? verdict->row.signature : QN_TEXT("");
		QN_TRY(read_texts(store, arena, select_fixed_in, key, &fixed_in,
				  &verdict->row.fixed_in_count));
		verdict->row.fixed_in = fixed_in;
	}
	return qn_sql_list_move(&list, sizeof(*verdict), arena, (void **)ret, ret_count);
}

/* Of a signature of kind error the tallies count; without one (no source was counted) its events do. */
static struct qn_error *read_tallies(struct qn_store *store, struct qn_query_signature *signature,
				     bool *ret_has_any)
{
	/* clang-format off */
	static const char select[] =
		"SELECT count, first_nsec, first_digits, last_nsec, last_digits FROM tally WHERE signature"
		" = ?";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	bool has_row;

	*ret_has_any = false;
	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_key(&sql, signature->row.id);
	for (;;) {
		QN_TRY(qn_sql_next(&sql, &has_row));
		if (!has_row)
			return NULL;
		*ret_has_any = true;
		signature->count += qn_sql_read_u64(&sql);
		signature->first = qn_sql_earlier(signature->first, qn_sql_read_time(&sql));
		signature->last = qn_sql_later(signature->last, qn_sql_read_time(&sql));
	}
}

static struct qn_error *count_events(struct qn_store *store, struct qn_query_signature *signature)
{
	_cleanup_(qn_arena_deinit) struct qn_arena scratch = {0};
	struct qn_query_occurrence *events;
	size_t count;

	QN_TRY(qn_query_events(store, &scratch, signature->row.id, false, &events, &count));
	signature->count = count;
	for (size_t i = 0; i < count; i++) {
		signature->first = qn_sql_earlier(signature->first, events[i].row.time);
		signature->last = qn_sql_later(signature->last, events[i].row.time);
	}
	return NULL;
}

static struct qn_error *read_longest_stack(struct qn_store *store, struct qn_arena *arena,
					   struct qn_query_signature *signature)
{
	/* clang-format off */
	static const char select[] =
		"SELECT s.id FROM occurrence o JOIN stack s ON s.id = o.stack WHERE o.signature = ? ORDER"
		" BY s.frames DESC, o.id LIMIT 1";
	/* clang-format on */
	struct qn_text *stacks;
	size_t count;

	QN_TRY(read_texts(store, arena, select, signature->row.id, &stacks, &count));
	if (!count)
		return NULL;
	return qn_query_frames(store, arena, stacks[0], &signature->frames, &signature->frames_count);
}

static struct qn_error *fill_signature(struct qn_store *store, struct qn_arena *arena,
				       struct qn_query_signature *signature)
{
	/* clang-format off */
	static const char versions[] =
		"SELECT DISTINCT version FROM occurrence WHERE signature = ? AND version IS NOT NULL ORDER"
		" BY 1";
	static const char pods[] =
		"SELECT DISTINCT pod FROM occurrence WHERE signature = ? AND pod IS NOT NULL ORDER BY 1";
	/* clang-format on */
	struct qn_text id = signature->row.id;
	bool has_tallies = false;

	if (qn_text_equal(signature->row.kind, qn_text_of(qn_kind_name(QN_KIND_ERROR))))
		QN_TRY(read_tallies(store, signature, &has_tallies));
	if (!has_tallies)
		QN_TRY(count_events(store, signature));
	QN_TRY(read_texts(store, arena, versions, id, &signature->versions, &signature->versions_count));
	QN_TRY(read_texts(store, arena, pods, id, &signature->pods, &signature->pods_count));
	return read_longest_stack(store, arena, signature);
}

static void read_signature(struct qn_sql *sql, struct qn_arena *arena, struct qn_store_signature *ret)
{
	ret->id = qn_sql_read_text(sql, arena);
	if (!ret->id.data)
		ret->id = QN_TEXT("");
	ret->family = qn_sql_read_text(sql, arena);
	ret->kind = qn_sql_read_text(sql, arena);
	ret->title = qn_sql_read_text(sql, arena);
	ret->signal = qn_sql_read_text(sql, arena);
	ret->reason = qn_sql_read_text(sql, arena);
	ret->component = qn_sql_read_text(sql, arena);
	ret->executor_kind = qn_sql_read_text(sql, arena);
	ret->executor_pool = qn_sql_read_text(sql, arena);
	ret->executor_task = qn_sql_read_text(sql, arena);
	ret->confidence = qn_sql_read_real(sql);
}

/* Signatures that the last run shows and no other, by id. */
/* clang-format off */
static const char select_new[] =
	"WITH shown (signature, run) AS ( SELECT o.signature, r.run FROM occurrence o JOIN place p ON"
	" p.occurrence = o.number JOIN source_run r ON r.source = p.source UNION SELECT t.signature, r.run"
	" FROM tally t JOIN source s ON s.text = t.text JOIN source_run r ON r.source = s.id) SELECT"
	" signature FROM shown GROUP BY signature HAVING count(*) = 1 AND max(run) = (SELECT id FROM run"
	" ORDER BY last_nsec DESC, last_digits DESC, id DESC LIMIT 1) ORDER BY signature";
/* clang-format on */

/* All three lists are by signature. */
static struct qn_error *mark_signatures(struct qn_store *store, struct qn_arena *arena,
					struct qn_query_signature *signatures, size_t count)
{
	struct qn_query_verdict *verdicts;
	struct qn_text *new;
	size_t verdicts_count, new_count, next_verdict = 0, next_new = 0;

	QN_TRY(qn_query_verdicts(store, arena, &verdicts, &verdicts_count));
	QN_TRY(read_texts(store, arena, select_new, (struct qn_text){0}, &new, &new_count));
	for (size_t i = 0; i < count; i++) {
		struct qn_text id = signatures[i].row.id;

		if (next_new < new_count && qn_text_equal(new[next_new], id)) {
			signatures[i].is_new = true;
			next_new++;
		}
		if (next_verdict < verdicts_count &&
		    qn_text_equal(verdicts[next_verdict].row.signature, id)) {
			signatures[i].has_verdict = true;
			signatures[i].verdict = verdicts[next_verdict++].row;
		}
	}
	return NULL;
}

struct qn_error *qn_query_signatures(struct qn_store *store, struct qn_arena *arena,
				     struct qn_query_signature **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT id, coalesce(near_family, family), kind, title, signal, reason, component,"
		" executor_kind, executor_pool, executor_task, confidence FROM signature ORDER BY id";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_signature *signature;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*signature), (void **)&signature));
		if (!signature)
			break;
		read_signature(&sql, arena, &signature->row);
		QN_TRY(fill_signature(store, arena, signature));
	}
	QN_TRY(mark_signatures(store, arena, list.items, list.count));
	return qn_sql_list_move(&list, sizeof(*signature), arena, (void **)ret, ret_count);
}
