/* What was logged before a failure. */
#include "report/report_text.h"

#include "base/banned.h"

#define TEMPLATE_LINES 2U /* of `show` */

/* "ERROR   2×  etcd/etcd_kv.go:648  lease not found", or "WARN  40×, 12 in the hour before" */
static void print_item(struct qn_paint *paint, const struct qn_report *report,
		       const struct qn_report_before *before, unsigned lines)
{
	const struct qn_store_template *row = &report->templates[before->template].row;
	char digits[QN_COUNT_BYTES];

	qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
	qn_paint_printf(paint, before->is_grave ? QN_INK_RED : QN_INK_YELLOW, "%-5.*s ", QN_ARG(row->level));
	qn_paint_printf(paint, QN_INK_PLAIN, "%s× ", qn_print_count(before->count, digits));
	if (!before->is_new)
		qn_paint_printf(paint, QN_INK_DIM, "(%s in the hour before) ",
				qn_print_count(before->per_hour, digits));
	if (row->call_site.len) {
		qn_paint_text(paint, QN_INK_CYAN, row->call_site);
		qn_paint_string(paint, QN_INK_PLAIN, " ");
	}
	qn_paint_wrap(paint, QN_INK_PLAIN, row->text, lines);
	qn_paint_newline(paint);
}

/* One heading for what is new and one for what is more. */
void qn_print_before(struct qn_paint *paint, const struct qn_report *report,
		     const struct qn_report_befores *befores, size_t items_max)
{
	size_t all = befores->count + befores->left_out;
	size_t shown = items_max && befores->count > items_max ? items_max : befores->count;

	for (size_t i = 0; i < shown; i++) {
		const struct qn_report_before *before = &befores->items[i];

		if (!i || before->is_new != befores->items[i - 1].is_new) {
			qn_print_label(paint, i ? "" : "before");
			qn_paint_string(paint, QN_INK_DIM,
					before->is_new ? "new in the last 60 s before it"
						       : "more often in the last 60 s before it");
			if (!i && shown < all)
				qn_paint_printf(paint, QN_INK_DIM, " (%zu of %zu)", shown, all);
			qn_paint_string(paint, QN_INK_DIM, ":");
			qn_paint_newline(paint);
		}
		print_item(paint, report, before, items_max ? 1 : TEMPLATE_LINES);
	}
}
