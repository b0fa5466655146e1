/* The cores of a collection in the text report. */
#include "report/report_text.h"

#include "base/cursor.h"
#include "base/banned.h"

#define CORES_SHOWN 5U
#define CORE_LINES 5U

/* "  QN-5d1e0c44ab12  incident/querynode-0/core.milvus.1" and the lines of its summary. */
static void print_core(struct qn_paint *paint, const struct qn_report *report,
		       const struct qn_store_core *core, bool is_verbose)
{
	struct qn_cursor cursor = qn_cursor_of(core->summary);
	struct qn_text line;
	unsigned lines = 0;

	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	if (core->signature.len) {
		qn_paint_text(paint, QN_INK_CYAN, core->signature);
		qn_paint_string(paint, QN_INK_PLAIN, "  ");
	}
	qn_paint_tail(paint, QN_INK_PLAIN, qn_report_source_path(report, core->source));
	qn_paint_newline(paint);
	while (qn_cursor_take_line(&cursor, &line)) {
		if (!is_verbose && lines++ >= CORE_LINES)
			break;
		qn_paint_goto(paint, QN_TEXT_LABEL_COLUMN);
		qn_paint_wrap(paint, QN_INK_DIM, line, is_verbose ? 0 : 2);
		qn_paint_newline(paint);
	}
}

void qn_print_cores(struct qn_paint *paint, const struct qn_report *report,
		    const struct qn_report_style *style)
{
	size_t shown =
		style->is_verbose || report->cores_count < CORES_SHOWN ? report->cores_count : CORES_SHOWN;

	if (!report->cores_count)
		return;
	qn_paint_newline(paint);
	qn_paint_string(paint, QN_INK_BOLD, "CORES  ");
	qn_print_plural(paint, QN_INK_PLAIN, report->cores_count, "core");
	qn_paint_string(paint, QN_INK_DIM, ", `qntriage core FILE` tells all of one");
	if (shown < report->cores_count)
		qn_paint_printf(paint, QN_INK_PLAIN, ", %zu more with --verbose",
				report->cores_count - shown);
	qn_paint_newline(paint);
	for (size_t i = 0; i < shown; i++)
		print_core(paint, report, &report->cores[i].row, style->is_verbose);
}
