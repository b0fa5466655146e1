/* Templates, hits and issues. */
#include <stdlib.h>

#include "store/sql.h"

#include "base/banned.h"

/* The source that stands for a content is the one with the smallest path. */
#define SOURCE_OF(content) "(SELECT id FROM source WHERE source.content = " content " ORDER BY path LIMIT 1)"

static int compare_templates(const void *a, const void *b)
{
	const struct qn_query_template *x = a, *y = b;

	if (x->row.count != y->row.count)
		return x->row.count > y->row.count ? -1 : 1;
	return qn_text_compare(x->row.id, y->row.id);
}

struct qn_error *qn_query_templates(struct qn_store *store, struct qn_arena *arena,
				    struct qn_query_template **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT row_number() OVER (PARTITION BY t.id), t.id, t.level, t.text, t.call_site,"
		" n.count, n.first_nsec, n.first_digits, n.last_nsec, n.last_digits FROM template t JOIN"
		" template_tally n ON n.template = t.id ORDER BY t.id, 1";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_template *template = NULL;
	bool has_row;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next(&sql, &has_row));
		if (!has_row)
			break;
		if (qn_sql_read_i64(&sql) == 1) {
			QN_TRY(qn_sql_list_add(&list, sizeof(*template), (void **)&template));
			template->row.id = qn_sql_read_text(&sql, arena);
			template->row.level = qn_sql_read_text(&sql, arena);
			template->row.text = qn_sql_read_text(&sql, arena);
			template->row.call_site = qn_sql_read_text(&sql, arena);
		}
		sql.column = 5;
		template->row.count += qn_sql_read_u64(&sql);
		template->row.first = qn_sql_earlier(template->row.first, qn_sql_read_time(&sql));
		template->row.last = qn_sql_later(template->row.last, qn_sql_read_time(&sql));
	}
	if (list.count)
		qsort(list.items, list.count, sizeof(*template), compare_templates);
	return qn_sql_list_move(&list, sizeof(*template), arena, (void **)ret, ret_count);
}

struct qn_error *qn_query_rates(struct qn_store *store, struct qn_arena *arena, int64_t width_max,
				struct qn_query_rate **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT template, width_sec * bucket, width_sec, sum(count) FROM template_rate WHERE width_sec <= ?"
		" GROUP BY template, width_sec, bucket ORDER BY 2, 3, 1";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_rate *rate;

	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_i64(&sql, width_max);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*rate), (void **)&rate));
		if (!rate)
			break;
		rate->template = qn_sql_read_text(&sql, arena);
		rate->start_nsec = qn_sql_read_i64(&sql) * 1000000000;
		rate->width_sec = qn_sql_read_i64(&sql);
		rate->count = qn_sql_read_u64(&sql);
	}
	return qn_sql_list_move(&list, sizeof(*rate), arena, (void **)ret, ret_count);
}

static struct qn_error *read_evidence(struct qn_store *store, struct qn_arena *arena, int64_t content,
				      struct qn_query_hit *hit)
{
	/* clang-format off */
	static const char select[] =
		"SELECT " SOURCE_OF("evidence_content") ", line, text FROM hit_evidence WHERE rule = ? AND"
		" content = ? AND hit_line = ? AND is_judged = ? ORDER BY position";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_store_evidence *evidence;

	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_key(&sql, hit->row.rule);
	qn_sql_bind_i64(&sql, content);
	qn_sql_bind_u64(&sql, hit->row.line);
	qn_sql_bind_i64(&sql, hit->row.is_judged);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*evidence), (void **)&evidence));
		if (!evidence)
			break;
		evidence->source = qn_sql_read_i64(&sql);
		evidence->line = qn_sql_read_u64(&sql);
		evidence->text = qn_sql_read_text(&sql, arena);
	}
	return qn_sql_list_move(&list, sizeof(*evidence), arena, (void **)&hit->evidence,
				&hit->evidence_count);
}

struct qn_error *qn_query_all_hits(struct qn_store *store, struct qn_arena *arena, bool has_hidden,
				   struct qn_query_hit **ret, size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT h.content, h.rule, h.cre_id, h.title, h.category, h.severity, h.confidence, s.id,"
		" h.line, h.time_nsec, h.time_digits, h.signature, h.is_judged FROM hit h JOIN content c ON"
		" c.id = h.content LEFT JOIN source s ON s.id = " SOURCE_OF("h.content") " WHERE ?1 OR"
		" h.is_judged OR NOT EXISTS (SELECT 1 FROM hit j WHERE j.rule = h.rule AND j.content ="
		" h.content AND j.line = h.line AND j.is_judged = 1) ORDER BY h.time_nsec IS NULL,"
		" h.time_nsec, s.path, c.hash, h.line, h.rule, h.is_judged";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_query_hit *hit;
	int64_t content;

	QN_TRY(qn_sql_start(store, select, &sql));
	qn_sql_bind_i64(&sql, has_hidden);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*hit), (void **)&hit));
		if (!hit)
			break;
		content = qn_sql_read_i64(&sql);
		hit->row.rule = qn_sql_read_text(&sql, arena);
		hit->row.cre_id = qn_sql_read_text(&sql, arena);
		hit->row.title = qn_sql_read_text(&sql, arena);
		hit->row.category = qn_sql_read_text(&sql, arena);
		hit->row.severity = (unsigned)qn_sql_read_u64(&sql);
		hit->row.confidence = qn_sql_read_real(&sql);
		hit->row.source = qn_sql_read_i64(&sql);
		hit->row.line = qn_sql_read_u64(&sql);
		hit->row.time = qn_sql_read_time(&sql);
		hit->row.signature = qn_sql_read_text(&sql, arena);
		hit->row.is_judged = qn_sql_read_bool(&sql);
		QN_TRY(read_evidence(store, arena, content, hit));
	}
	return qn_sql_list_move(&list, sizeof(*hit), arena, (void **)ret, ret_count);
}

struct qn_error *qn_query_hits(struct qn_store *store, struct qn_arena *arena, struct qn_query_hit **ret,
			       size_t *ret_count)
{
	return qn_query_all_hits(store, arena, false, ret, ret_count);
}

struct qn_error *qn_query_issues(struct qn_store *store, struct qn_arena *arena, struct qn_issue **ret,
				 size_t *ret_count)
{
	/* clang-format off */
	static const char select[] =
		"SELECT coalesce(s.path, i.path) AS shown_path, i.line, i.offset_bytes, i.has_offset,"
		" i.text, i.count FROM issue i JOIN content c ON c.id = i.content LEFT JOIN source s ON"
		" s.id = " SOURCE_OF("i.content") " ORDER BY shown_path, i.line, i.text, c.hash";
	/* clang-format on */
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct qn_issue *issue;

	QN_TRY(qn_sql_start(store, select, &sql));
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*issue), (void **)&issue));
		if (!issue)
			break;
		issue->source = qn_sql_read_text(&sql, arena);
		issue->line = qn_sql_read_u64(&sql);
		issue->offset = qn_sql_read_u64(&sql);
		issue->has_offset = qn_sql_read_bool(&sql);
		issue->text = qn_sql_read_text(&sql, arena);
		issue->count = qn_sql_read_u64(&sql);
	}
	return qn_sql_list_move(&list, sizeof(*issue), arena, (void **)ret, ret_count);
}
