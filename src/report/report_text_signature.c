/* One failure of the text report. */
#include "report/report_text.h"

#include <stdio.h>

#include "base/banned.h"

#define STACK_LINES 3U
#define ADVICE_LINES 2U

struct qn_text qn_issue_name(struct qn_arena *arena, struct qn_text issue)
{
	uint64_t number;

	return qn_text_to_u64(issue, &number) ? qn_arena_printf(arena, "#%.*s", QN_ARG(issue)) : issue;
}

/* " 1  QN-5d1e0c44ab12  new           2×  SIGSEGV in milvus::ColumnVector::GetRawData" */
static void print_title(struct qn_paint *paint, const struct qn_report_signature *signature, size_t number)
{
	enum qn_ink ink = qn_print_verdict_ink(signature->state);
	char digits[QN_COUNT_BYTES];

	qn_paint_printf(paint, QN_INK_DIM, "%2zu  ", number);
	qn_paint_text(paint, QN_INK_CYAN, signature->row->row.id);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_string(paint, ink, qn_verdict_state_name(signature->state));
	qn_paint_printf(paint, QN_INK_PLAIN, "  %s×  ", qn_print_count(signature->row->count, digits));
	qn_paint_text(paint, QN_INK_BOLD, signature->row->row.title);
	qn_paint_newline(paint);
}

static struct qn_text place(struct qn_arena *arena, const struct qn_report *report, int64_t source,
			    uint64_t line)
{
	struct qn_text path = qn_report_source_path(report, source);

	return line ? qn_arena_printf(arena, "%.*s:%ju", QN_ARG(path), (uintmax_t)line) : path;
}

static void print_when(struct qn_paint *paint, const struct qn_report_signature *signature)
{
	qn_print_label(paint, "when");
	qn_print_span(paint, signature->row->first, signature->row->last);
	for (size_t i = 0; i < signature->row->versions_count; i++) {
		qn_paint_string(paint, QN_INK_PLAIN, i ? ", " : ", build ");
		qn_paint_text(paint, QN_INK_PLAIN, signature->row->versions[i]);
	}
	qn_paint_newline(paint);
}

/* Component, then as many pods as the line holds. A pod's name mostly says the component. The line stays
 * open. */
static void print_where(struct qn_paint *paint, const struct qn_report_signature *signature, bool is_verbose)
{
	const struct qn_query_signature *row = signature->row;
	unsigned width = paint->width ? paint->width : 100;
	size_t i;

	if (!row->pods_count && !row->row.component.len)
		return;
	qn_print_label(paint, "where");
	if (row->row.component.len &&
	    !(row->pods_count && qn_text_contains(row->pods[0], row->row.component))) {
		qn_paint_text(paint, QN_INK_PLAIN, row->row.component);
		if (row->pods_count)
			qn_paint_string(paint, QN_INK_PLAIN, ": ");
	}
	for (i = 0; i < row->pods_count; i++) {
		unsigned needed = qn_paint_columns(row->pods[i]) + (i + 1 < row->pods_count ? 14 : 0);

		if (i && paint->column + 2 + needed > width) {
			if (!is_verbose)
				break;
			qn_paint_string(paint, QN_INK_PLAIN, ",");
			qn_paint_newline(paint);
			qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
		} else if (i) {
			qn_paint_string(paint, QN_INK_PLAIN, ", ");
		}
		qn_paint_text(paint, QN_INK_PLAIN, row->pods[i]);
	}
	if (i < row->pods_count)
		qn_paint_printf(paint, QN_INK_PLAIN, " and %zu more", row->pods_count - i);
}

static void print_all_places(struct qn_paint *paint, const struct qn_report *report,
			     const struct qn_report_signature *signature)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};

	for (size_t i = 0; i < signature->occurrences_count; i++) {
		const struct qn_query_occurrence *occurrence = &signature->occurrences[i];

		qn_print_label(paint, i ? "" : "log");
		qn_paint_text(paint, QN_INK_PLAIN,
			      place(&arena, report, occurrence->row.source, occurrence->row.line));
		qn_paint_newline(paint);
		for (size_t k = 0; k < occurrence->also_count; k++) {
			qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
			qn_paint_string(paint, QN_INK_DIM, "also ");
			qn_paint_text(
				paint, QN_INK_DIM,
				place(&arena, report, occurrence->also[k].source, occurrence->also[k].line));
			qn_paint_newline(paint);
		}
	}
}

/* "…/querynode-0.log:812": the file and the line are what is looked for. */
static struct qn_text short_place(struct qn_arena *arena, struct qn_text text)
{
	size_t slash = qn_text_rfind(text, QN_TEXT("/"));

	return slash == SIZE_MAX ? text : qn_arena_printf(arena, "…%.*s", QN_ARG(qn_text_from(text, slash)));
}

/* The first place, behind the pod where the line has room for it. */
static void print_first_place(struct qn_paint *paint, const struct qn_report *report,
			      const struct qn_report_signature *signature)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	unsigned width = paint->width ? paint->width : 100;
	struct qn_text text;

	if (!signature->occurrences_count) {
		if (paint->column)
			qn_paint_newline(paint);
		return;
	}
	text = place(&arena, report, signature->occurrences[0].row.source,
		     signature->occurrences[0].row.line);
	if (signature->occurrences_count > 1)
		text = qn_arena_printf(&arena, "%.*s and %zu more", QN_ARG(text),
				       signature->occurrences_count - 1);
	if (paint->column && paint->column + 2 + qn_paint_columns(text) <= width) {
		qn_paint_string(paint, QN_INK_PLAIN, "  ");
	} else {
		if (paint->column)
			qn_paint_newline(paint);
		qn_print_label(paint, "log");
		if (paint->column + qn_paint_columns(text) > width)
			text = short_place(&arena, text);
	}
	qn_paint_text(paint, QN_INK_DIM, text);
	qn_paint_newline(paint);
}

static void append_fix(struct qn_buffer *out, const struct qn_store_verdict *verdict)
{
	if (verdict->fixed_in_count) {
		qn_buffer_append_string(out, "; fixed in ");
		for (size_t i = 0; i < verdict->fixed_in_count; i++)
			qn_buffer_printf(out, "%s%.*s", i ? ", " : "", QN_ARG(verdict->fixed_in[i]));
	} else if (qn_text_equal(verdict->fix, QN_TEXT("open"))) {
		qn_buffer_append_string(out, "; no fix yet");
	} else {
		qn_buffer_append_string(out, "; fix not known");
	}
}

static void print_known(struct qn_paint *paint, const struct qn_report_signature *signature)
{
	const struct qn_store_verdict *verdict = &signature->row->verdict;
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct qn_text issue = qn_issue_name(&arena, verdict->issue);

	if (!signature->row->has_verdict)
		return;
	qn_print_label(paint, "issue");
	if (issue.len)
		qn_buffer_printf(&text, "%.*s ", QN_ARG(issue));
	qn_buffer_append_text(&text, verdict->title.len ? verdict->title : verdict->rule);
	append_fix(&text, verdict);
	qn_paint_wrap(paint, qn_print_verdict_ink(signature->state), qn_buffer_text(&text), 3);
	qn_paint_newline(paint);
}

static void print_reason(struct qn_paint *paint, const struct qn_report_signature *signature)
{
	struct qn_text reason = signature->row->row.reason;

	if (!reason.len || qn_text_contains(signature->row->row.title, reason))
		return;
	qn_print_label(paint, "why");
	qn_paint_wrap(paint, QN_INK_PLAIN, reason, 2);
	qn_paint_newline(paint);
}

static void print_next(struct qn_paint *paint, const struct qn_report_signature *signature,
		       const struct qn_report_style *style)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	const struct qn_query_signature *row = signature->row;

	if (signature->state == QN_VERDICT_REGRESSED)
		qn_buffer_append_string(&text, "this build has the fix: reopen the issue with this stack. ");
	if (row->has_verdict && row->verdict.advice.len)
		qn_buffer_append_text(&text, row->verdict.advice);
	else if (row->has_verdict)
		qn_buffer_append_text(&text,
				      row->verdict.url.len ? row->verdict.url : QN_TEXT("read the issue"));
	else if (style->is_kept)
		qn_buffer_printf(&text, "no rule knows it: report it with what `qntriage show %.*s` prints",
				 QN_ARG(row->row.id));
	else
		qn_buffer_append_string(&text,
					"no rule knows it: report it with build, stack and log (--verbose)");
	qn_print_label(paint, "next");
	qn_paint_wrap(paint, QN_INK_PLAIN, qn_buffer_text(&text), style->is_verbose ? 0 : ADVICE_LINES);
	qn_paint_newline(paint);
}

void qn_print_signature(struct qn_paint *paint, const struct qn_report *report,
			const struct qn_report_style *style, size_t index)
{
	const struct qn_report_signature *signature = &report->signatures[index];

	print_title(paint, signature, index + 1);
	print_when(paint, signature);
	print_where(paint, signature, style->is_verbose);
	if (style->is_verbose) {
		if (paint->column)
			qn_paint_newline(paint);
		print_all_places(paint, report, signature);
	} else {
		print_first_place(paint, report, signature);
	}
	print_known(paint, signature);
	print_reason(paint, signature);
	qn_print_stack(paint, signature->row, style->is_verbose ? 0 : STACK_LINES);
	print_next(paint, signature, style);
}
