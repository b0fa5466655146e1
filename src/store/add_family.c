/* Families: which signatures are near each other, and why. */
#include "store/sql.h"

#include "base/banned.h"

struct qn_error *qn_store_clear_families(struct qn_store *store)
{
	return qn_sql_exec(store, "DELETE FROM family_link;"
				  "UPDATE signature SET near_family = NULL WHERE near_family IS NOT NULL;");
}

struct qn_error *qn_store_set_family(struct qn_store *store, struct qn_text signature, struct qn_text family)
{
	static const char update[] = "UPDATE signature SET near_family = ? WHERE id = ?";
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, update, &sql));
	qn_sql_bind_text(&sql, family);
	qn_sql_bind_key(&sql, signature);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_add_family_link(struct qn_store *store, const struct qn_store_family_link *link)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO family_link (signature, other, nearness, alike, apart) VALUES (?, ?, ?, ?, ?) ON"
		" CONFLICT DO NOTHING";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, link->signature);
	qn_sql_bind_key(&sql, link->other);
	qn_sql_bind_real(&sql, link->nearness);
	qn_sql_bind_key(&sql, link->alike);
	qn_sql_bind_key(&sql, link->apart);
	return qn_sql_run(&sql);
}
