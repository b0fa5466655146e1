/* The names that stored stacks hold. */
#include "store/sql.h"

#include "base/banned.h"

struct qn_error *qn_query_names(struct qn_store *store, qn_name_sink sink, void *context)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	bool has_row;

	QN_TRY(qn_sql_start(store,
			    "SELECT DISTINCT raw, file, line FROM frame WHERE raw IS NOT NULL AND NOT "
			    "is_repaired ORDER BY raw, file, line",
			    &sql));
	for (;;) {
		struct qn_text raw, file;

		QN_TRY(qn_sql_next(&sql, &has_row));
		if (!has_row)
			return NULL;
		qn_arena_clear(&arena);
		raw = qn_sql_read_text(&sql, &arena);
		file = qn_sql_read_text(&sql, &arena);
		QN_TRY(qn_arena_check(&arena));
		sink(context, raw, file, (uint32_t)qn_sql_read_u64(&sql));
	}
}
