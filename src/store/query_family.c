#include "store/sql.h"

#include "base/banned.h"

struct qn_error *qn_query_failures(struct qn_store *store, struct qn_arena *arena,
				   struct qn_query_failure **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT g.id, g.kind, g.signal, g.reason, g.executor_task, (SELECT min(o.exception) FROM"
		" occurrence o WHERE o.signature = g.id), g.family, (SELECT s.id FROM occurrence o JOIN stack s ON"
		" s.id = o.stack WHERE o.signature = g.id ORDER BY s.frames DESC, o.id LIMIT 1) FROM signature"
		" g WHERE g.kind <> 'error' ORDER BY g.id";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_failure *failure;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*failure), (void **)&failure));
		if (!failure)
			break;
		failure->id = qn_sql_read_text(&sql, arena);
		failure->kind = qn_sql_read_text(&sql, arena);
		failure->signal = qn_sql_read_text(&sql, arena);
		failure->reason = qn_sql_read_text(&sql, arena);
		failure->task = qn_sql_read_text(&sql, arena);
		failure->exception = qn_sql_read_text(&sql, arena);
		failure->family = qn_sql_read_text(&sql, arena);
		failure->stack = qn_sql_read_text(&sql, arena);
	}
	return qn_sql_list_move(&list, sizeof(*failure), arena, (void **)ret, ret_count);
}

struct qn_error *qn_query_family_links(struct qn_store *store, struct qn_arena *arena,
				       struct qn_text signature, struct qn_query_family_link **ret,
				       size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT l.other, l.nearness, l.alike, l.apart, g.title, coalesce(g.near_family, g.family) IS"
		" (SELECT coalesce(h.near_family, h.family) FROM signature h WHERE h.id = l.signature) AS"
		" is_family FROM family_link l JOIN signature g ON g.id = l.other WHERE l.signature = ? ORDER BY"
		" is_family DESC, l.nearness DESC, l.other";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_family_link *link;

	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_key(&sql, signature);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*link), (void **)&link));
		if (!link)
			break;
		link->row.signature = signature;
		link->row.other = qn_sql_read_text(&sql, arena);
		link->row.nearness = qn_sql_read_real(&sql);
		link->row.alike = qn_sql_read_text(&sql, arena);
		link->row.apart = qn_sql_read_text(&sql, arena);
		link->title = qn_sql_read_text(&sql, arena);
		link->is_family = qn_sql_read_bool(&sql);
	}
	return qn_sql_list_move(&list, sizeof(*link), arena, (void **)ret, ret_count);
}
