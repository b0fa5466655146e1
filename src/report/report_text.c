/* The text report: the answer first, then what proves it. */
#include "report/report_text.h"

#include <stdio.h>

#include "report/report_json.h"
#include "base/banned.h"

#define ERRORS_SHOWN 5U
#define ISSUES_SHOWN 3U
#define FIXES_SHOWN 4U

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

void qn_print_moment(struct qn_paint *paint, struct qn_time time)
{
	struct qn_text date, clock;
	char text[QN_TIME_BYTES];

	if (!split_time(time, text, &date, &clock)) {
		qn_paint_string(paint, QN_INK_PLAIN, "time unknown");
		return;
	}
	qn_paint_text(paint, QN_INK_PLAIN, date);
	qn_paint_string(paint, QN_INK_PLAIN, " ");
	qn_paint_text(paint, QN_INK_PLAIN, clock);
}

void qn_print_span(struct qn_paint *paint, struct qn_time first, struct qn_time last)
{
	struct qn_text first_date, first_clock, last_date, last_clock;
	char first_text[QN_TIME_BYTES], last_text[QN_TIME_BYTES];

	qn_print_moment(paint, first);
	if (!split_time(first, first_text, &first_date, &first_clock) ||
	    !split_time(last, last_text, &last_date, &last_clock)) {
		if (first.is_known)
			qn_paint_string(paint, QN_INK_PLAIN, " UTC");
		return;
	}
	if (!qn_text_equal(first_date, last_date)) {
		qn_paint_string(paint, QN_INK_PLAIN, " to ");
		qn_print_moment(paint, last);
	} else if (!qn_text_equal(first_clock, last_clock)) {
		qn_paint_string(paint, QN_INK_PLAIN, " to ");
		qn_paint_text(paint, QN_INK_PLAIN, last_clock);
	}
	qn_paint_string(paint, QN_INK_PLAIN, " UTC");
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

/* Names of all pods that anything is known of. */
static size_t count_pods(const struct qn_report *report, struct qn_arena *arena)
{
	_cleanup_(qn_map_deinit) struct qn_map names = {0};
	struct qn_error *error = NULL;

	for (size_t i = 0; !error && i < report->pods_count; i++)
		error = qn_map_put(&names, report->pods[i].row.name, arena);
	for (size_t i = 0; !error && i < report->processes_count; i++)
		if (report->processes[i].row.pod.len)
			error = qn_map_put(&names, report->processes[i].row.pod, arena);
	for (size_t i = 0; !error && i < report->sources_count; i++)
		if (report->sources[i].row.pod.len)
			error = qn_map_put(&names, report->sources[i].row.pod, arena);
	for (size_t i = 0; !error && i < report->failures_count; i++)
		for (size_t k = 0; !error && k < report->signatures[i].row->pods_count; k++)
			error = qn_map_put(&names, report->signatures[i].row->pods[k], arena);
	if (error)
		arena->is_failed = true;
	qn_error_destroy(error);
	return names.count;
}

/* " (fixed in 2.5-20250306-89bc9459-amd64)": every build that fixes one of the @known failures; " (1 fixed in
 * ...)" when not all of them are; or that none is fixed. */
static void append_fixes(struct qn_buffer *out, const struct qn_report *report, size_t known)
{
	const struct qn_text *fixes[FIXES_SHOWN];
	size_t count = 0, open = 0, fixed = 0;

	for (size_t i = 0; i < report->failures_count; i++) {
		const struct qn_report_signature *signature = &report->signatures[i];
		const struct qn_store_verdict *verdict = &signature->row->verdict;

		if (signature->state != QN_VERDICT_KNOWN)
			continue;
		open += qn_text_equal(verdict->fix, QN_TEXT("open"));
		fixed += verdict->fixed_in_count > 0;
		for (size_t k = 0; k < verdict->fixed_in_count; k++) {
			bool is_there = false;

			for (size_t n = 0; n < count; n++)
				is_there = is_there || qn_text_equal(*fixes[n], verdict->fixed_in[k]);
			if (!is_there && count < FIXES_SHOWN)
				fixes[count++] = &verdict->fixed_in[k];
		}
	}
	if (count) {
		qn_buffer_append_string(out, " (");
		if (fixed < known)
			qn_buffer_printf(out, "%zu ", fixed);
		qn_buffer_append_string(out, "fixed in ");
		for (size_t n = 0; n < count; n++)
			qn_buffer_printf(out, "%s%.*s", n ? ", " : "", QN_ARG(*fixes[n]));
		qn_buffer_append_string(out, ")");
	} else if (open) {
		qn_buffer_append_string(out, " (no fix yet)");
	}
}

static void append_states(struct qn_buffer *out, const struct qn_report *report)
{
	static const enum qn_verdict_state order[] = {QN_VERDICT_REGRESSED, QN_VERDICT_KNOWN, QN_VERDICT_NEW,
						      QN_VERDICT_SEEN};
	const char *separator = ": ";

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		size_t count = 0;

		for (size_t k = 0; k < report->failures_count; k++)
			count += report->signatures[k].state == order[i];
		if (!count)
			continue;
		qn_buffer_printf(out, "%s%zu %s", separator, count, qn_verdict_state_name(order[i]));
		if (order[i] == QN_VERDICT_KNOWN)
			append_fixes(out, report, count);
		separator = ", ";
	}
	qn_buffer_append_byte(out, '.');
}

static bool is_any_understood(const struct qn_report *report)
{
	for (size_t i = 0; i < report->sources_count; i++)
		if (report->sources[i].row.size_bytes &&
		    !qn_report_is_not_understood(&report->sources[i].row))
			return true;
	return false;
}

static struct qn_error *print_answer(struct qn_paint *paint, const struct qn_report *report)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_buffer_deinit) struct qn_buffer answer = {0};
	size_t count = report->failures_count, pods = count_pods(report, &arena);
	bool is_of_pods = pods > 0;
	size_t places = is_of_pods ? pods : report->sources_count;

	if (count)
		qn_buffer_printf(&answer, "%zu distinct failure%s", count, count == 1 ? "" : "s");
	else
		qn_buffer_append_string(&answer, "No failures found");
	if (places)
		qn_buffer_printf(&answer, " in %zu %s%s", places, is_of_pods ? "pod" : "source",
				 places == 1 ? "" : "s");
	if (count)
		append_states(&answer, report);
	else if (report->sources_count && !is_any_understood(report))
		qn_buffer_append_string(&answer, ", but nothing here is of a format that is known.");
	else if (report->sources_count)
		qn_buffer_append_string(&answer, ": no crash, panic, abort, kill or bad exit.");
	else
		qn_buffer_append_string(&answer, ": nothing was read, there is no log here.");
	QN_TRY(qn_buffer_check(&answer));
	qn_paint_wrap(paint, QN_INK_BOLD, qn_buffer_text(&answer), 0);
	qn_paint_newline(paint);
	return qn_arena_check(&arena);
}

static void widen(struct qn_time *first, struct qn_time *last, struct qn_time time)
{
	if (!time.is_known)
		return;
	if (!first->is_known || time.nsec < first->nsec)
		*first = time;
	if (!last->is_known || time.nsec > last->nsec)
		*last = time;
}

static void print_input(struct qn_paint *paint, const struct qn_report *report)
{
	struct qn_time first = {0}, last = {0};
	uint64_t lines = 0, bytes = 0, unknown = 0;
	char text[QN_COUNT_BYTES];

	for (size_t i = 0; i < report->sources_count; i++) {
		unknown += report->sources[i].row.lines_not_understood;
		lines += report->sources[i].row.lines;
		bytes += report->sources[i].row.size_bytes;
	}
	for (size_t i = 0; i < report->processes_count; i++) {
		widen(&first, &last, report->processes[i].row.started);
		widen(&first, &last, report->processes[i].row.ended);
	}
	for (size_t i = 0; i < report->signatures_count; i++) {
		widen(&first, &last, report->signatures[i].row->first);
		widen(&first, &last, report->signatures[i].row->last);
	}
	qn_paint_string(paint, QN_INK_PLAIN, "Read ");
	qn_print_plural(paint, QN_INK_PLAIN, report->sources_count, "source");
	qn_paint_string(paint, QN_INK_PLAIN, ", ");
	qn_print_plural(paint, QN_INK_PLAIN, lines, "line");
	if (unknown)
		qn_paint_printf(paint, QN_INK_PLAIN, " (%s of no known format)",
				qn_print_count(unknown, text));
	qn_paint_printf(paint, QN_INK_PLAIN, ", %s", qn_print_bytes(bytes, text));
	if (first.is_known) {
		qn_paint_string(paint, QN_INK_PLAIN, "; ");
		qn_print_span(paint, first, last);
	}
	qn_paint_newline(paint);
	if (report->hidden_count) {
		qn_print_plural(paint, QN_INK_YELLOW, report->hidden_count, "signature");
		qn_paint_string(paint, QN_INK_YELLOW,
				" hidden by the filter (--since, --until, --component, --pod)");
		qn_paint_newline(paint);
	}
}

static void print_errors(struct qn_paint *paint, const struct qn_report *report,
			 const struct qn_report_style *style)
{
	size_t kinds = report->signatures_count - report->failures_count;
	size_t shown = style->is_verbose || kinds < ERRORS_SHOWN ? kinds : ERRORS_SHOWN;
	uint64_t lines = 0;
	char digits[QN_COUNT_BYTES];

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
	for (size_t i = report->failures_count; i < report->failures_count + shown; i++) {
		const struct qn_report_signature *signature = &report->signatures[i];

		qn_paint_printf(paint, QN_INK_PLAIN, "%7s×  ", qn_print_count(signature->row->count, digits));
		qn_paint_cell(paint, QN_INK_CYAN, signature->row->row.id, 17);
		qn_paint_cell(paint, qn_print_verdict_ink(signature->state),
			      qn_text_of(qn_verdict_state_name(signature->state)), 7);
		qn_paint_text(paint, QN_INK_PLAIN, signature->row->row.title);
		qn_paint_newline(paint);
	}
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

struct qn_error *qn_report_print_text(const struct qn_report *report, const struct qn_report_style *style,
				      struct qn_buffer *out)
{
	struct qn_paint paint = {.out = out, .width = style->width, .has_color = style->has_color};

	QN_TRY(print_answer(&paint, report));
	print_input(&paint, report);
	for (size_t i = 0; i < report->failures_count; i++) {
		qn_paint_newline(&paint);
		qn_print_signature(&paint, report, style, i);
	}
	QN_TRY(qn_print_lives(&paint, report, style));
	print_errors(&paint, report, style);
	print_odd_input(&paint, report, style);
	print_foot(&paint, report, style);
	return qn_buffer_check(out);
}
