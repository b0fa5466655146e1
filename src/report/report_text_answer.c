/* The first lines of the text report: what failed and where, and what was read to say so. */
#include "report/report_text.h"

#include "report/report_json.h"
#include "base/banned.h"

#define FIXES_SHOWN 4U

/* Names, each once. */
static struct qn_error *add_name(struct qn_map *names, struct qn_text name)
{
	return name.len ? qn_map_put(names, name, names) : NULL;
}

/* All pods that anything is known of. */
static struct qn_error *count_pods(const struct qn_report *report, size_t *ret)
{
	_cleanup_(qn_map_deinit) struct qn_map names = {0};

	for (size_t i = 0; i < report->pods_count; i++)
		QN_TRY(add_name(&names, report->pods[i].row.name));
	for (size_t i = 0; i < report->processes_count; i++)
		QN_TRY(add_name(&names, report->processes[i].row.pod));
	for (size_t i = 0; i < report->sources_count; i++)
		QN_TRY(add_name(&names, report->sources[i].row.pod));
	for (size_t i = 0; i < report->failures_count; i++)
		for (size_t k = 0; k < report->signatures[i].row->pods_count; k++)
			QN_TRY(add_name(&names, report->signatures[i].row->pods[k]));
	*ret = names.count;
	return NULL;
}

/* The pods that failed; and of failures whose pod is not known, the sources. */
static struct qn_error *count_failed(const struct qn_report *report, size_t *ret_pods, size_t *ret_sources)
{
	_cleanup_(qn_map_deinit) struct qn_map pods = {0}, sources = {0};

	for (size_t i = 0; i < report->failures_count; i++) {
		const struct qn_report_signature *signature = &report->signatures[i];

		for (size_t k = 0; k < signature->row->pods_count; k++)
			QN_TRY(add_name(&pods, signature->row->pods[k]));
		for (size_t k = 0; k < signature->occurrences_count; k++)
			if (!signature->occurrences[k].row.pod.len)
				QN_TRY(add_name(
					&sources,
					qn_report_source_path(report, signature->occurrences[k].row.source)));
	}
	*ret_pods = pods.count;
	*ret_sources = sources.count;
	return NULL;
}

/* "4 of 10 pods", "1 pod" */
static void append_share(struct qn_buffer *out, size_t failed, size_t all, const char *noun)
{
	if (failed < all)
		qn_buffer_printf(out, "%zu of ", failed);
	qn_append_plural(out, all, noun);
}

/* " in 4 of 10 pods", " in 1 of 3 sources", " in 2 pods and 1 source" */
static struct qn_error *append_places(struct qn_buffer *out, const struct qn_report *report)
{
	size_t pods, failed_pods, failed_sources;

	QN_TRY(count_pods(report, &pods));
	QN_TRY(count_failed(report, &failed_pods, &failed_sources));
	if (!report->failures_count) {
		failed_pods = pods;
		failed_sources = pods ? 0 : report->sources_count;
	}
	if (!failed_pods && !failed_sources)
		return NULL;
	qn_buffer_append_string(out, " in ");
	if (failed_pods)
		append_share(out, failed_pods, pods, "pod");
	if (failed_pods && failed_sources)
		qn_buffer_append_string(out, " and ");
	if (failed_sources && failed_pods)
		qn_append_plural(out, failed_sources, "source");
	else if (failed_sources)
		append_share(out, failed_sources, report->sources_count, "source");
	return NULL;
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
	} else if (open && open == known) {
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

static size_t count_empty(const struct qn_report *report)
{
	size_t count = 0;

	for (size_t i = 0; i < report->sources_count; i++)
		count += !report->sources[i].row.size_bytes;
	return count;
}

static bool is_any_understood(const struct qn_report *report)
{
	for (size_t i = 0; i < report->sources_count; i++)
		if (report->sources[i].row.size_bytes &&
		    !qn_report_is_not_understood(&report->sources[i].row))
			return true;
	return false;
}

/* Why there is no failure to tell of. */
/* Sources that may hold anything: archives, cores, binaries. */
static size_t count_unread(const struct qn_report *report)
{
	size_t count = 0;

	for (size_t i = 0; i < report->sources_count; i++)
		count += report->sources[i].row.size_bytes &&
			 qn_report_is_not_understood(&report->sources[i].row);
	return count;
}

static const char *describe_nothing(const struct qn_report *report)
{
	if (!report->sources_count)
		return ": nothing was read, there is no log here.";
	if (count_empty(report) == report->sources_count)
		return report->sources_count == 1 ? ": it is empty." : ": all are empty.";
	if (!is_any_understood(report))
		return ", but nothing here is of a format that is known.";
	if (report->hidden_count)
		return " by what the filter lets pass.";
	if (count_unread(report))
		return " in what could be read; not all could, see below.";
	return ": no crash, panic, abort, kill or bad exit.";
}

struct qn_error *qn_print_answer(struct qn_paint *paint, const struct qn_report *report)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer answer = {0};
	size_t count = report->failures_count;

	if (count)
		qn_buffer_printf(&answer, "%zu distinct failure%s", count, count == 1 ? "" : "s");
	else
		qn_buffer_append_string(&answer, "No failures found");
	QN_TRY(append_places(&answer, report));
	if (count)
		append_states(&answer, report);
	else
		qn_buffer_append_string(&answer, describe_nothing(report));
	QN_TRY(qn_buffer_check(&answer));
	qn_paint_wrap(paint, QN_INK_BOLD, qn_buffer_text(&answer), 0);
	qn_paint_newline(paint);
	return NULL;
}

static void append_times(struct qn_buffer *out, const struct qn_report *report)
{
	struct qn_time first = {0}, last = {0};

	for (size_t i = 0; i < report->processes_count; i++) {
		qn_time_widen(&first, &last, report->processes[i].row.started);
		qn_time_widen(&first, &last, report->processes[i].row.ended);
	}
	for (size_t i = 0; i < report->signatures_count; i++) {
		qn_time_widen(&first, &last, report->signatures[i].row->first);
		qn_time_widen(&first, &last, report->signatures[i].row->last);
	}
	if (!first.is_known)
		return;
	qn_buffer_append_string(out, "; ");
	qn_append_span(out, first, last);
}

static void print_hidden(struct qn_paint *paint, size_t count)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	qn_append_plural(&text, count, "signature");
	qn_buffer_append_string(&text, " hidden by the filter (--since, --until, --component, --pod)");
	qn_paint_wrap(paint, QN_INK_YELLOW, qn_buffer_text(&text), 0);
	qn_paint_newline(paint);
}

struct qn_error *qn_print_input(struct qn_paint *paint, const struct qn_report *report)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	uint64_t lines = 0, bytes = 0, unknown = 0;
	size_t empty = count_empty(report);
	char text[QN_COUNT_BYTES];

	for (size_t i = 0; i < report->sources_count; i++) {
		unknown += report->sources[i].row.lines_not_understood;
		lines += report->sources[i].row.lines;
		bytes += report->sources[i].row.size_bytes;
	}
	qn_buffer_append_string(&out, "Read ");
	qn_append_plural(&out, report->sources_count, "source");
	if (empty && empty < report->sources_count)
		qn_buffer_printf(&out, " (%zu empty)", empty);
	qn_buffer_append_string(&out, ", ");
	qn_append_plural(&out, lines, "line");
	if (unknown)
		qn_buffer_printf(&out, " (%s of no known format)", qn_print_count(unknown, text));
	qn_buffer_printf(&out, ", %s", qn_print_bytes(bytes, text));
	append_times(&out, report);
	QN_TRY(qn_buffer_check(&out));
	qn_paint_wrap(paint, QN_INK_PLAIN, qn_buffer_text(&out), 0);
	qn_paint_newline(paint);
	if (report->hidden_count)
		print_hidden(paint, report->hidden_count);
	return NULL;
}
