/* Rows about cores. */
#include "store/sql.h"

#include "base/banned.h"

/* Of two readings of one core the better one, whichever came first. */
#define IS_BETTER                                                                                  \
	"(excluded.named > named OR (excluded.named = named AND (excluded.json, excluded.summary," \
	" coalesce(excluded.signature, x'')) < (json, summary, coalesce(signature, x''))))"

/* clang-format off */
const char qn_sql_add_core[] =
	"INSERT INTO core (content, named, signature, json, summary) VALUES ((SELECT content FROM source WHERE"
	" id = ?), ?, ?, ?, ?) ON CONFLICT DO UPDATE SET named = excluded.named, signature ="
	" excluded.signature, json = excluded.json, summary = excluded.summary WHERE " IS_BETTER;
/* clang-format on */

struct qn_error *qn_store_add_core(struct qn_store *store, const struct qn_store_core *core)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_core, &sql));
	qn_sql_bind_source(&sql, core->source);
	qn_sql_bind_u64(&sql, core->named);
	qn_sql_bind_text(&sql, core->signature);
	qn_sql_bind_key(&sql, core->json);
	qn_sql_bind_key(&sql, core->summary);
	return qn_sql_run(&sql);
}

struct qn_error *qn_query_cores(struct qn_store *store, struct qn_arena *arena, struct qn_query_core **ret,
				size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT s.id, k.named, k.signature, k.json, k.summary FROM core k JOIN content c ON c.id ="
		" k.content JOIN source s ON s.content = k.content WHERE NOT EXISTS (SELECT 1 FROM source t WHERE t.content = s.content AND"
		" (t.path, t.id) < (s.path, s.id)) ORDER BY s.path, c.hash";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_core *core;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*core), (void **)&core));
		if (!core)
			break;
		core->row.source = qn_sql_read_i64(&sql);
		core->row.named = qn_sql_read_u64(&sql);
		core->row.signature = qn_sql_read_text(&sql, arena);
		core->row.json = qn_sql_read_text(&sql, arena);
		core->row.summary = qn_sql_read_text(&sql, arena);
	}
	return qn_sql_list_move(&list, sizeof(*core), arena, (void **)ret, ret_count);
}
