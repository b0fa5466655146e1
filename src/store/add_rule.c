/* Rows about what rules say, and about odd input: hits with their evidence, verdicts, issues. */
#include "store/sql.h"

#include "base/banned.h"

#define CONTENT_OF(source) "coalesce((SELECT content FROM source WHERE id = " source "), 0)"
#define HIT_FACTS(row)                                                                                     \
	"(" row ".signature IS NOT NULL, coalesce(" row ".signature, ''), " row ".evidence_count, " row    \
	".evidence_hash, " row ".severity, " row ".confidence, coalesce(" row ".title, ''), coalesce(" row \
	".category, ''), coalesce(" row ".cre_id, ''), " row ".time_nsec IS NOT NULL, coalesce(" row       \
	".time_nsec, 0), coalesce(" row ".time_digits, 0))"

/* Evidence is part of the hit: it is hashed by the content of its sources, so that stores can compare it. */
static struct qn_error *hash_evidence(struct qn_store *store, const struct qn_store_evidence *evidence,
				      size_t count, char ret[33])
{
	static const char select[] = "SELECT hash FROM content WHERE id = " CONTENT_OF("?");
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	for (size_t i = 0; i < count; i++) {
		_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
		bool has_row;

		QN_TRY(qn_sql_start(store, select, &sql));
		qn_sql_bind_source(&sql, evidence[i].source);
		QN_TRY(qn_sql_next(&sql, &has_row));
		if (has_row)
			qn_hasher_add(&hasher, qn_sql_read_text(&sql, &arena));
		qn_hasher_add_u64(&hasher, evidence[i].line);
		qn_hasher_add(&hasher, evidence[i].text);
	}
	qn_hash_hex(qn_hasher_result(&hasher), 32, ret);
	return qn_arena_check(&arena);
}

static struct qn_error *add_evidence(struct qn_store *store, const struct qn_store_hit *hit, size_t position,
				     const struct qn_store_evidence *evidence)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO hit_evidence (rule, content, hit_line, position, evidence_content, line,"
		" text, is_judged) VALUES (?1, " CONTENT_OF("?2") ", ?3, ?4, " CONTENT_OF("?5") ", ?6, ?7,"
		" ?8)";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, hit->rule);
	qn_sql_bind_source(&sql, hit->source);
	qn_sql_bind_u64(&sql, hit->line);
	qn_sql_bind_u64(&sql, position);
	qn_sql_bind_source(&sql, evidence->source);
	qn_sql_bind_u64(&sql, evidence->line);
	qn_sql_bind_text(&sql, evidence->text);
	qn_sql_bind_i64(&sql, hit->is_judged);
	return qn_sql_run(&sql);
}

static struct qn_error *clear_evidence(struct qn_store *store, const struct qn_store_hit *hit)
{
	/* clang-format off */
	static const char clear[] =
		"DELETE FROM hit_evidence WHERE rule = ?1 AND content = " CONTENT_OF("?2") " AND hit_line ="
		" ?3 AND is_judged = ?4";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, clear, &sql));
	qn_sql_bind_key(&sql, hit->rule);
	qn_sql_bind_source(&sql, hit->source);
	qn_sql_bind_u64(&sql, hit->line);
	qn_sql_bind_i64(&sql, hit->is_judged);
	return qn_sql_run(&sql);
}

static struct qn_error *add_hit_row(struct qn_store *store, const struct qn_store_hit *hit,
				    size_t evidence_count, const char *evidence_hash, bool *ret_is_changed)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO hit (rule, content, line, cre_id, title, category, severity, confidence,"
		" time_nsec, time_digits, signature, evidence_count, evidence_hash, is_judged) VALUES (?1, "
		CONTENT_OF("?2") ", ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO UPDATE"
		" SET cre_id = excluded.cre_id, title = excluded.title, category = excluded.category,"
		" severity = excluded.severity, confidence = excluded.confidence, time_nsec ="
		" excluded.time_nsec, time_digits = excluded.time_digits, signature = excluded.signature,"
		" evidence_count = excluded.evidence_count, evidence_hash = excluded.evidence_hash WHERE "
		HIT_FACTS("excluded") " > " HIT_FACTS("hit");
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, hit->rule);
	qn_sql_bind_source(&sql, hit->source);
	qn_sql_bind_u64(&sql, hit->line);
	qn_sql_bind_text(&sql, hit->cre_id);
	qn_sql_bind_text(&sql, hit->title);
	qn_sql_bind_text(&sql, hit->category);
	qn_sql_bind_u64(&sql, hit->severity);
	qn_sql_bind_real(&sql, hit->confidence);
	qn_sql_bind_time(&sql, hit->time);
	qn_sql_bind_text(&sql, hit->signature);
	qn_sql_bind_u64(&sql, evidence_count);
	qn_sql_bind_key(&sql, qn_text_of(evidence_hash));
	qn_sql_bind_i64(&sql, hit->is_judged);
	QN_TRY(qn_sql_run(&sql));
	*ret_is_changed = sqlite3_changes(store->db) > 0;
	return NULL;
}

struct qn_error *qn_store_add_hit(struct qn_store *store, const struct qn_store_hit *hit,
				  const struct qn_store_evidence *evidence, size_t evidence_count)
{
	char evidence_hash[33];
	bool is_changed;

	QN_TRY(hash_evidence(store, evidence, evidence_count, evidence_hash));
	QN_TRY(add_hit_row(store, hit, evidence_count, evidence_hash, &is_changed));
	if (!is_changed)
		return NULL;
	QN_TRY(clear_evidence(store, hit));
	for (size_t i = 0; i < evidence_count; i++)
		QN_TRY(add_evidence(store, hit, i, &evidence[i]));
	return NULL;
}

static struct qn_error *clear_fixed_in(struct qn_store *store, struct qn_text signature)
{
	static const char clear[] = "DELETE FROM verdict_fixed_in WHERE signature = ?";
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, clear, &sql));
	qn_sql_bind_key(&sql, signature);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_clear_verdicts(struct qn_store *store)
{
	return qn_sql_exec(store, "DELETE FROM verdict_fixed_in; DELETE FROM verdict; DELETE FROM hit WHERE"
				  " is_judged;"); /* their evidence goes with them */
}

static struct qn_error *add_fixed_in(struct qn_store *store, const struct qn_store_verdict *verdict,
				     size_t position)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO verdict_fixed_in (signature, position, version) VALUES (?, ?, ?)";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, verdict->signature);
	qn_sql_bind_u64(&sql, position);
	qn_sql_bind_text(&sql, verdict->fixed_in[position]);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_add_verdict(struct qn_store *store, const struct qn_store_verdict *verdict)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO verdict (signature, rule, issue, url, title, fix, advice, confidence) VALUES"
		" (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rule = excluded.rule, issue ="
		" excluded.issue, url = excluded.url, title = excluded.title, fix = excluded.fix, advice ="
		" excluded.advice, confidence = excluded.confidence";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(clear_fixed_in(store, verdict->signature));
	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, verdict->signature);
	qn_sql_bind_text(&sql, verdict->rule);
	qn_sql_bind_text(&sql, verdict->issue);
	qn_sql_bind_text(&sql, verdict->url);
	qn_sql_bind_text(&sql, verdict->title);
	qn_sql_bind_text(&sql, verdict->fix);
	qn_sql_bind_text(&sql, verdict->advice);
	qn_sql_bind_real(&sql, verdict->confidence);
	QN_TRY(qn_sql_run(&sql));
	for (size_t i = 0; i < verdict->fixed_in_count; i++)
		QN_TRY(add_fixed_in(store, verdict, i));
	return NULL;
}

/* The path is only kept where no source has it. */
/* clang-format off */
const char qn_sql_add_issue[] =
	"INSERT INTO issue (text, content, path, line, offset_bytes, has_offset, count) VALUES (?1, "
	CONTENT_OF("?2") ", CASE WHEN ?2 IS NULL THEN ?3 ELSE '' END, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE"
	" SET " QN_SQL_SMALLEST("offset_bytes") ", " QN_SQL_GREATEST("has_offset") ", "
	QN_SQL_GREATEST("count");
/* clang-format on */

struct qn_error *qn_store_add_issue(struct qn_store *store, int64_t source, const struct qn_issue *issue)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_issue, &sql));
	qn_sql_bind_key(&sql, issue->text);
	qn_sql_bind_source(&sql, source);
	qn_sql_bind_key(&sql, issue->source);
	qn_sql_bind_u64(&sql, issue->line);
	if (issue->has_offset || issue->line)
		qn_sql_bind_u64(&sql, issue->offset);
	else
		qn_sql_bind_null(&sql);
	qn_sql_bind_i64(&sql, issue->has_offset);
	qn_sql_bind_u64(&sql, issue->count);
	return qn_sql_run(&sql);
}
