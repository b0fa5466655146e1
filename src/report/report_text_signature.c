/* One failure of the text report. */
#include "report/report_text.h"

#include "base/banned.h"

#define STACK_LINES 3U
#define TITLE_LINES 3U
#define WHEN_LINES 2U
#define REASON_LINES 2U
#define REASON_BYTES_MIN 16U /* so much of a reason in a title is that reason */
#define FAMILY_SHOWN 3U
#define ADVICE_WHOLE_MAX 3U /* failures */
#define ADVICE_LINES_FEW 6U
#define ADVICE_LINES_MANY 2U
#define BEFORE_ITEMS_FEW 3U
#define BEFORE_ITEMS_MANY 2U

struct qn_text qn_issue_name(struct qn_arena *arena, struct qn_text issue)
{
	uint64_t number;

	return qn_text_to_u64(issue, &number) ? qn_arena_printf(arena, "#%.*s", QN_ARG(issue)) : issue;
}

/* The title; where it was clipped within the reason, with the whole reason: nothing is told twice. */
static struct qn_text whole_title(struct qn_arena *arena, const struct qn_store_signature *row)
{
	struct qn_text reason = qn_text_trim(row->reason);
	size_t at = qn_text_find(row->title, qn_text_first(reason, REASON_BYTES_MIN));

	if (reason.len < REASON_BYTES_MIN || at == SIZE_MAX || qn_text_contains(row->title, reason))
		return row->title;
	return qn_arena_printf(arena, "%.*s%.*s", QN_ARG(qn_text_first(row->title, at)), QN_ARG(reason));
}

/* " 1  QN-5d1e0c44ab12  new  2×  SIGSEGV in milvus::ColumnVector::GetRawData"; a long title on lines of its
 * own. */
static void print_title(struct qn_paint *paint, const struct qn_report_signature *signature, size_t number)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	enum qn_ink ink = qn_print_verdict_ink(signature->state);
	struct qn_text title = whole_title(&arena, &signature->row->row);
	char digits[QN_COUNT_BYTES];

	qn_paint_printf(paint, QN_INK_DIM, "%2zu  ", number);
	qn_paint_text(paint, QN_INK_CYAN, signature->row->row.id);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_string(paint, ink, qn_verdict_state_name(signature->state));
	qn_paint_printf(paint, QN_INK_PLAIN, "  %s×  ", qn_print_count(signature->row->count, digits));
	if (qn_paint_columns(title) > qn_paint_room(paint)) { /* below there is more room */
		qn_paint_newline(paint);
		qn_paint_goto(paint, QN_TEXT_LABEL_COLUMN);
	}
	qn_paint_wrap(paint, QN_INK_BOLD, title, TITLE_LINES);
	qn_paint_newline(paint);
}

static void print_when(struct qn_paint *paint, const struct qn_report_signature *signature, bool is_verbose)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	qn_print_label(paint, "when");
	qn_append_span(&text, signature->row->first, signature->row->last);
	for (size_t i = 0; i < signature->row->versions_count; i++)
		qn_buffer_printf(&text, "%s%.*s", i ? ", " : ", build ", QN_ARG(signature->row->versions[i]));
	qn_paint_wrap(paint, QN_INK_PLAIN, qn_buffer_text(&text), is_verbose ? 0 : WHEN_LINES);
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
		qn_buffer_append_string(out, "; no fixed build on record");
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

static void print_reason(struct qn_paint *paint, const struct qn_store_signature *row)
{
	struct qn_text reason = qn_text_trim(row->reason);

	if (!reason.len || qn_text_contains(row->title, qn_text_first(reason, REASON_BYTES_MIN)))
		return; /* the title has it */
	qn_print_label(paint, "why");
	qn_paint_wrap(paint, QN_INK_PLAIN, reason, REASON_LINES);
	qn_paint_newline(paint);
}

/* What to do about a failure that no rule knows. */
static struct qn_text next_of_unknown(struct qn_text kind)
{
	static const struct {
		struct qn_text kind, next;
	} steps[] = {
		{QN_TEXT("killed"),
		 QN_TEXT("`kubectl describe pod` says who killed it; OOMKilled: raise its memory "
			 "limit or let it load less")},
		{QN_TEXT("exit"),
		 QN_TEXT("read the last lines before that minute in its log; they say why it left")},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (qn_text_equal(steps[i].kind, kind))
			return steps[i].next;
	return (struct qn_text){0};
}

static void append_unknown(struct qn_buffer *text, const struct qn_store_signature *row,
			   const struct qn_report_style *style)
{
	struct qn_text next = next_of_unknown(row->kind);

	qn_buffer_append_string(text, "no rule knows it: ");
	if (next.len)
		qn_buffer_append_text(text, next);
	else if (style->is_kept)
		qn_buffer_printf(text, "report it with what `qntriage show %.*s` prints", QN_ARG(row->id));
	else
		qn_buffer_append_string(text, "report it with build, stack and log (--verbose)");
}

/* Advice is not cut where the report is short anyway. */
static unsigned advice_lines(const struct qn_report *report, const struct qn_report_style *style)
{
	if (style->is_verbose)
		return 0;
	return report->failures_count <= ADVICE_WHOLE_MAX ? ADVICE_LINES_FEW : ADVICE_LINES_MANY;
}

/* What the rule advises; first, where the build cannot be compared with the fix, what would settle whether it
 * has it. */
static void append_known(struct qn_buffer *text, const struct qn_query_signature *row)
{
	const struct qn_store_verdict *verdict = &row->verdict;

	if (verdict->fixed_in_count && qn_text_equal(verdict->fix, QN_TEXT("unknown"))) {
		if (row->versions_count)
			qn_buffer_printf(
				text,
				"whether %.*s has the fix cannot be told from its name: look for the fix in "
				"its git history. ",
				QN_ARG(row->versions[0]));
		else
			qn_buffer_append_string(text, "which build ran is not known: name it with --build. ");
	}
	if (verdict->advice.len)
		qn_buffer_append_text(text, verdict->advice);
	else
		qn_buffer_append_text(text, verdict->url.len ? verdict->url : QN_TEXT("read the issue"));
}

static void print_next(struct qn_paint *paint, const struct qn_report *report,
		       const struct qn_report_signature *signature, const struct qn_report_style *style)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	const struct qn_query_signature *row = signature->row;

	if (signature->state == QN_VERDICT_REGRESSED)
		qn_buffer_append_string(&text,
					"this build has the fix: the same bug again, or another with the "
					"same face; report it with this stack");
	else if (row->has_verdict)
		append_known(&text, row);
	else
		append_unknown(&text, &row->row, style);
	qn_print_label(paint, "next");
	qn_paint_wrap(paint, QN_INK_PLAIN, qn_buffer_text(&text), advice_lines(report, style));
	qn_paint_newline(paint);
}

/* The other signatures of its family. */
static void print_family(struct qn_paint *paint, const struct qn_report *report,
			 const struct qn_query_signature *row)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	size_t count = 0;

	for (size_t i = 0; row->row.family.len && i < report->failures_count; i++) {
		const struct qn_store_signature *other = &report->signatures[i].row->row;

		if (!qn_text_equal(other->family, row->row.family) || qn_text_equal(other->id, row->row.id))
			continue;
		if (count++ < FAMILY_SHOWN)
			qn_buffer_printf(&text, "%s%.*s", text.len ? ", " : "the same failure, as it seems: ",
					 QN_ARG(other->id));
	}
	if (!count)
		return;
	if (count > FAMILY_SHOWN)
		qn_buffer_printf(&text, " and %zu more", count - FAMILY_SHOWN);
	qn_print_label(paint, "family");
	qn_paint_wrap(paint, QN_INK_PLAIN, qn_buffer_text(&text), 2);
	qn_paint_newline(paint);
}

static size_t before_items(const struct qn_report *report, const struct qn_report_style *style)
{
	if (style->is_verbose)
		return 0;
	return report->failures_count <= ADVICE_WHOLE_MAX ? BEFORE_ITEMS_FEW : BEFORE_ITEMS_MANY;
}

void qn_print_signature(struct qn_paint *paint, const struct qn_report *report,
			const struct qn_report_style *style, size_t index)
{
	const struct qn_report_signature *signature = &report->signatures[index];

	print_title(paint, signature, index + 1);
	print_when(paint, signature, style->is_verbose);
	qn_print_where(paint, signature, style->is_verbose);
	qn_print_places(paint, report, signature, style->is_verbose);
	if (index >= QN_TEXT_WHOLE_MAX && !style->is_verbose)
		return;
	print_known(paint, signature);
	print_family(paint, report, signature->row);
	print_reason(paint, &signature->row->row);
	qn_print_stack(paint, signature->row, style->is_verbose ? 0 : STACK_LINES);
	/* In a short report of several the answer that a rule knows is enough. */
	if (signature->befores_count &&
	    (style->is_verbose || signature->state != QN_VERDICT_KNOWN || report->failures_count == 1))
		qn_print_before(paint, report, &signature->befores[0], before_items(report, style));
	print_next(paint, report, signature, style);
}
