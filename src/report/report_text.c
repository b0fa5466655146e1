/* The text report: the answer first, then what proves it. */
#include "report/report_text.h"

#include <stdio.h>

#include "report/report_json.h"
#include "base/banned.h"

#define SCREEN_LINES 48U
#define LINES_AROUND_ERRORS 3U /* blank, heading, foot */
#define LINES_AROUND_ISSUES 2U /* blank, heading */
#define ERRORS_SHOWN_MIN 3U
#define ISSUES_SHOWN 3U

void qn_print_label(struct qn_paint *paint, const char *label)
{
	qn_paint_goto(paint, QN_TEXT_LABEL_COLUMN);
	qn_paint_string(paint, QN_INK_DIM, label);
	qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
}

const char *qn_print_count(uint64_t count, char ret[QN_COUNT_BYTES])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%ju", (uintmax_t)count);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			ret[at++] = ',';
		ret[at++] = digits[i];
	}
	ret[at] = '\0';
	return ret;
}

const char *qn_print_bytes(uint64_t bytes, char ret[QN_COUNT_BYTES])
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000;
		unit++;
	}
	snprintf(ret, QN_COUNT_BYTES, unit && value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return ret;
}

void qn_append_plural(struct qn_buffer *out, uint64_t count, const char *noun)
{
	char digits[QN_COUNT_BYTES];

	qn_buffer_printf(out, "%s %s%s", qn_print_count(count, digits), noun, count == 1 ? "" : "s");
}

void qn_print_plural(struct qn_paint *paint, enum qn_ink ink, uint64_t count, const char *noun)
{
	char digits[QN_COUNT_BYTES];

	qn_paint_printf(paint, ink, "%s %s%s", qn_print_count(count, digits), noun, count == 1 ? "" : "s");
}

/* RFC 3339 "2025-02-27T10:14:03.127Z" as date and time of day. */
static bool split_time(struct qn_time time, char text[QN_TIME_BYTES], struct qn_text *date,
		       struct qn_text *clock)
{
	struct qn_text whole = qn_text_of(qn_time_format(time, text));
	size_t at = qn_text_find_byte(whole, 'T');

	if (!time.is_known || at == SIZE_MAX)
		return false;
	*date = qn_text_first(whole, at);
	*clock = qn_text_first(qn_text_from(whole, at + 1), strlen("10:14:03"));
	return true;
}

static void append_moment(struct qn_buffer *out, struct qn_time time)
{
	struct qn_text date, clock;
	char text[QN_TIME_BYTES];

	if (split_time(time, text, &date, &clock))
		qn_buffer_printf(out, "%.*s %.*s", QN_ARG(date), QN_ARG(clock));
	else
		qn_buffer_append_string(out, "time unknown");
}

void qn_append_span(struct qn_buffer *out, struct qn_time first, struct qn_time last)
{
	struct qn_text first_date, first_clock, last_date, last_clock;
	char first_text[QN_TIME_BYTES], last_text[QN_TIME_BYTES];

	append_moment(out, first);
	if (!split_time(first, first_text, &first_date, &first_clock))
		return;
	if (split_time(last, last_text, &last_date, &last_clock)) {
		if (!qn_text_equal(first_date, last_date)) {
			qn_buffer_append_string(out, " to ");
			append_moment(out, last);
		} else if (!qn_text_equal(first_clock, last_clock)) {
			qn_buffer_printf(out, " to %.*s", QN_ARG(last_clock));
		}
	}
	qn_buffer_append_string(out, " UTC");
}

enum qn_ink qn_print_verdict_ink(enum qn_verdict_state state)
{
	static const enum qn_ink inks[] = {
		[QN_VERDICT_KNOWN] = QN_INK_GREEN,
		[QN_VERDICT_NEW] = QN_INK_RED,
		[QN_VERDICT_SEEN] = QN_INK_YELLOW,
		[QN_VERDICT_REGRESSED] = QN_INK_RED,
	};

	return inks[state];
}

static size_t count_lines(const struct qn_buffer *out)
{
	size_t lines = 0;

	for (size_t i = 0; i < out->len; i++)
		lines += out->data[i] == '\n';
	return lines;
}

static bool is_input_odd(const struct qn_report *report)
{
	for (size_t i = 0; i < report->sources_count; i++)
		if (qn_report_is_not_understood(&report->sources[i].row))
			return true;
	return report->issues_count > 0;
}

/* As many kinds as a screen has room for, a few at least. */
static size_t errors_to_show(const struct qn_paint *paint, const struct qn_report *report, bool is_verbose)
{
	size_t kinds = report->signatures_count - report->failures_count;
	size_t issues = report->issues_count < ISSUES_SHOWN ? report->issues_count : ISSUES_SHOWN;
	size_t used = count_lines(paint->out) + LINES_AROUND_ERRORS +
		      (is_input_odd(report) ? LINES_AROUND_ISSUES + issues : 0);
	size_t room = used + ERRORS_SHOWN_MIN < SCREEN_LINES ? SCREEN_LINES - used : ERRORS_SHOWN_MIN;

	return is_verbose || kinds < room ? kinds : room;
}

/* "10:14", "10:14-10:20", "02-27-02-28": when a logged error was first and last seen. */
static void append_error_span(struct qn_buffer *out, const struct qn_query_signature *row)
{
	char first_text[QN_TIME_BYTES], last_text[QN_TIME_BYTES];
	struct qn_text first_date, first_clock, last_date, last_clock;

	if (!split_time(row->first, first_text, &first_date, &first_clock) ||
	    !split_time(row->last, last_text, &last_date, &last_clock)) {
		qn_buffer_append_byte(out, '?');
		return;
	}
	if (qn_text_equal(first_date, last_date)) {
		first_date = qn_text_first(first_clock, strlen("10:14"));
		last_date = qn_text_first(last_clock, strlen("10:14"));
	} else {
		first_date = qn_text_from(first_date, strlen("2025-"));
		last_date = qn_text_from(last_date, strlen("2025-"));
	}
	qn_buffer_append_text(out, first_date);
	if (!qn_text_equal(first_date, last_date))
		qn_buffer_printf(out, "-%.*s", QN_ARG(last_date));
}

/* " 1,200×  QN-e00000000004  new    10:02-10:20  proxy: failed to execute" */
static void print_error(struct qn_paint *paint, const struct qn_report_signature *signature)
{
	const struct qn_query_signature *row = signature->row;
	_cleanup_(qn_buffer_deinit) struct qn_buffer span = {0};
	char digits[QN_COUNT_BYTES];

	append_error_span(&span, row);
	qn_paint_printf(paint, QN_INK_PLAIN, "%6s×  ", qn_print_count(row->count, digits));
	qn_paint_cell(paint, QN_INK_CYAN, row->row.id, 17);
	qn_paint_cell(paint, qn_print_verdict_ink(signature->state),
		      qn_text_of(qn_verdict_state_name(signature->state)), 7);
	qn_paint_cell(paint, QN_INK_DIM, qn_buffer_text(&span), 13);
	if (row->row.component.len) {
		qn_paint_text(paint, QN_INK_DIM, row->row.component);
		qn_paint_string(paint, QN_INK_DIM, ": ");
	}
	qn_paint_text(paint, QN_INK_PLAIN, row->row.title);
	qn_paint_newline(paint);
}

static void print_errors(struct qn_paint *paint, const struct qn_report *report,
			 const struct qn_report_style *style)
{
	size_t kinds = report->signatures_count - report->failures_count;
	size_t shown = errors_to_show(paint, report, style->is_verbose);
	uint64_t lines = 0;

	if (!kinds)
		return;
	for (size_t i = report->failures_count; i < report->signatures_count; i++)
		lines += report->signatures[i].row->count;
	qn_paint_newline(paint);
	qn_paint_string(paint, QN_INK_BOLD, "LOGGED ERRORS  ");
	qn_print_plural(paint, QN_INK_PLAIN, lines, "line");
	qn_paint_string(paint, QN_INK_PLAIN, " of ");
	qn_print_plural(paint, QN_INK_PLAIN, kinds, "kind");
	if (shown < kinds)
		qn_paint_printf(paint, QN_INK_PLAIN, ", %zu more with --verbose", kinds - shown);
	qn_paint_newline(paint);
	for (size_t i = report->failures_count; i < report->failures_count + shown; i++)
		print_error(paint, &report->signatures[i]);
}

static void print_issue(struct qn_paint *paint, const struct qn_issue *issue)
{
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	if (issue->source.len && !qn_text_starts(issue->text, issue->source)) {
		qn_paint_text(paint, QN_INK_PLAIN, issue->source);
		if (issue->line)
			qn_paint_printf(paint, QN_INK_PLAIN, ":%ju", (uintmax_t)issue->line);
		qn_paint_string(paint, QN_INK_PLAIN, "  ");
	}
	qn_paint_text(paint, QN_INK_PLAIN, issue->text);
	if (issue->count > 1)
		qn_paint_printf(paint, QN_INK_PLAIN, " (%ju times)", (uintmax_t)issue->count);
	qn_paint_newline(paint);
}

static void print_odd_input(struct qn_paint *paint, const struct qn_report *report,
			    const struct qn_report_style *style)
{
	size_t shown = style->is_verbose || report->issues_count < ISSUES_SHOWN ? report->issues_count
										: ISSUES_SHOWN;
	uint64_t files = 0;

	for (size_t i = 0; i < report->sources_count; i++)
		files += qn_report_is_not_understood(&report->sources[i].row);
	if (!files && !report->issues_count)
		return;
	qn_paint_newline(paint);
	qn_paint_string(paint, QN_INK_BOLD, "NOT UNDERSTOOD  ");
	qn_print_plural(paint, QN_INK_PLAIN, report->issues_count, "issue");
	if (files) {
		qn_paint_string(paint, QN_INK_PLAIN, ", ");
		qn_print_plural(paint, QN_INK_PLAIN, files, "whole source");
	}
	if (shown < report->issues_count)
		qn_paint_printf(paint, QN_INK_PLAIN, ", %zu more with --verbose",
				report->issues_count - shown);
	qn_paint_newline(paint);
	for (size_t i = 0; i < shown; i++)
		print_issue(paint, &report->issues[i]);
}

static void print_foot(struct qn_paint *paint, const struct qn_report *report,
		       const struct qn_report_style *style)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if (!report->sources_count)
		return;
	qn_buffer_printf(&text, "More: %s%s--format json",
			 style->is_verbose ? "" : "--verbose prints everything; ",
			 style->is_kept ? "`qntriage show ID` tells one failure's story; "
					: "with --db FILE, `qntriage show ID`; ");
	qn_paint_wrap(paint, QN_INK_DIM, qn_buffer_text(&text), 0);
	qn_paint_newline(paint);
}

static void print_failures(struct qn_paint *paint, const struct qn_report *report,
			   const struct qn_report_style *style)
{
	for (size_t i = 0; i < report->failures_count; i++) {
		bool is_whole = style->is_verbose || i < QN_TEXT_WHOLE_MAX;

		if (is_whole || i == QN_TEXT_WHOLE_MAX)
			qn_paint_newline(paint);
		if (!is_whole && i == QN_TEXT_WHOLE_MAX) {
			qn_paint_string(paint, QN_INK_BOLD, "THE OTHERS");
			qn_paint_string(paint, QN_INK_DIM, "  in short; --verbose tells all of them");
			qn_paint_newline(paint);
		}
		qn_print_signature(paint, report, style, i);
	}
}

struct qn_error *qn_report_print_text(const struct qn_report *report, const struct qn_report_style *style,
				      struct qn_buffer *out)
{
	struct qn_paint paint = {.out = out, .width = style->width, .has_color = style->has_color};

	QN_TRY(qn_print_answer(&paint, report));
	QN_TRY(qn_print_input(&paint, report));
	QN_TRY(qn_print_lives(&paint, report, style));
	print_failures(&paint, report, style);
	qn_print_cores(&paint, report, style);
	print_errors(&paint, report, style);
	print_odd_input(&paint, report, style);
	print_foot(&paint, report, style);
	return qn_buffer_check(out);
}
