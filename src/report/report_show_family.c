/* Why two signatures are one family and what tells them apart, in words. */
#include "report/report_show.h"

#include "report/report_text.h"
#include "base/banned.h"

/* Of logged errors: told by what they are named after, and by nothing else. */
static void show_errors(struct qn_paint *paint, const struct qn_report *report,
			const struct qn_query_signature *row)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	bool is_first = true;

	for (size_t i = 0; row->row.family.len && i < report->signatures_count; i++) {
		const struct qn_store_signature *other = &report->signatures[i].row->row;

		if (!qn_text_equal(other->family, row->row.family) || qn_text_equal(other->id, row->row.id))
			continue;
		if (is_first)
			qn_show_heading(
				paint,
				"THE SAME FAMILY: this message of this file, from another line or level");
		is_first = false;
		qn_show_fact(paint, "",
			     qn_arena_printf(&arena, "%.*s %.*s", QN_ARG(other->id), QN_ARG(other->title)));
	}
}

static size_t count_family(const struct qn_report *report, const struct qn_query_signature *row)
{
	size_t count = 0;

	for (size_t i = 0; i < report->signatures_count; i++)
		count += qn_text_equal(report->signatures[i].row->row.family, row->row.family);
	return count;
}

/* "  QN-5d1e0c44ab12  SIGSEGV in milvus::GroupChunk::GetChunk" and two sentences */
static void show_link(struct qn_paint *paint, const struct qn_query_family_link *link)
{
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_text(paint, QN_INK_CYAN, link->row.other);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_wrap(paint, QN_INK_PLAIN, link->title, 0);
	qn_paint_newline(paint);
	qn_show_fact(paint, "  alike", link->row.alike);
	qn_show_fact(paint, link->is_family ? "  different" : "  but", link->row.apart);
}

static void show_links(struct qn_paint *paint, const struct qn_query_family_link *links, size_t count,
		       bool is_family, const char *title)
{
	bool is_first = true;

	for (size_t i = 0; i < count; i++) {
		if (links[i].is_family != is_family)
			continue;
		if (is_first)
			qn_show_heading(paint, title);
		is_first = false;
		show_link(paint, &links[i]);
	}
}

struct qn_error *qn_show_family(struct qn_paint *paint, const struct qn_report *report,
				struct qn_store *store, const struct qn_query_signature *row)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_query_family_link *links;
	struct qn_text title;
	size_t count, members = count_family(report, row);

	if (qn_text_equal(row->row.kind, qn_text_of(qn_kind_name(QN_KIND_ERROR)))) {
		show_errors(paint, report, row);
		return NULL;
	}
	QN_TRY(qn_query_family_links(store, &arena, row->row.id, &links, &count));
	title = qn_arena_printf(&arena, "THE SAME FAMILY: one failure as it seems, in %zu signatures%c",
				members, '\0');
	QN_TRY(qn_arena_check(&arena));
	show_links(paint, links, count, true, title.data);
	show_links(paint, links, count, false, "KEPT APART, though near");
	return NULL;
}
