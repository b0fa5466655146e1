/* The process timeline: a line a pod, its lives from left to right.
 *
 *	querynode-0  09:58-10:02 killed → 10:03-10:09 SIGSEGV → 10:11 running */
#include "report/report_text.h"

#include <stdlib.h>

#include "base/banned.h"

#define LANES_SHOWN 12U
#define NAME_COLUMNS_MAX 44U
#define LIVES_COLUMN 6U /* of lives that stand below the name */
#define PREFIX_BYTES_MIN 8U
#define SILENT_LINES 2U /* of a short report */

/* All that is known of one pod, or (where the pod is not known) of one source. */
struct lane {
	struct qn_text name;
	const struct qn_store_pod *pod;            /* NULL: kubectl was not asked */
	const struct qn_query_process **processes; /* by start */
	size_t processes_count, processes_capacity;
	bool has_trouble;
	bool is_source; /* the name is a source's path */
};

struct lanes {
	struct qn_map map; /* name to struct lane */
	struct lane **sorted;
	struct qn_arena arena;
	struct qn_text prefix;  /* of all pods' names */
	struct qn_text version; /* of all lives; "" when they differ */
	bool has_versions;      /* they differ */
	bool has_dates;         /* the lives are of several days */
	struct qn_map signals;  /* a life's id to the signal (struct qn_text) of its first failure with one */
};

static void lanes_deinit(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->map.count; i++)
		free(((struct lane *)lanes->map.entries[i].value)->processes);
	qn_map_deinit(&lanes->map);
	qn_map_deinit(&lanes->signals);
	qn_arena_deinit(&lanes->arena);
}

static struct qn_error *get_lane(struct lanes *lanes, struct qn_text name, struct lane **ret)
{
	struct lane *lane = qn_map_find(&lanes->map, name);

	if (!lane) {
		lane = qn_arena_alloc(&lanes->arena, sizeof(*lane));
		if (!lane)
			return &qn_error_no_memory;
		lane->name = name;
		QN_TRY(qn_map_put(&lanes->map, name, lane));
	}
	*ret = lane;
	return NULL;
}

static bool is_quiet_end(struct qn_text end)
{
	return !end.len || qn_text_equal(end, QN_TEXT("running")) || qn_text_equal(end, QN_TEXT("unknown")) ||
	       qn_text_equal(end, QN_TEXT("terminated"));
}

static struct qn_error *add_process(struct lanes *lanes, const struct qn_report *report,
				    const struct qn_query_process *process)
{
	struct qn_text name = process->row.pod;
	struct lane *lane;

	if (!name.len)
		name = qn_report_source_path(report, process->row.source);
	if (!name.len)
		name = QN_TEXT("(no source)");
	QN_TRY(get_lane(lanes, name, &lane));
	lane->is_source = !process->row.pod.len;
	QN_TRY(qn_array_reserve(&lane->processes, &lane->processes_capacity, lane->processes_count + 1,
				sizeof(*lane->processes)));
	lane->processes[lane->processes_count++] = process;
	lane->has_trouble = lane->has_trouble || lane->processes_count > 1 || !is_quiet_end(process->row.end);
	return NULL;
}

static int compare_lane(const void *left, const void *right)
{
	const struct lane *const *a = left, *const *b = right;
	int order = (*b)->has_trouble - (*a)->has_trouble;

	return order ? order : qn_text_compare((*a)->name, (*b)->name);
}

static struct qn_text common_prefix(struct qn_text a, struct qn_text b)
{
	size_t len = 0;

	while (len < a.len && len < b.len && a.data[len] == b.data[len])
		len++;
	return qn_text_first(a, len);
}

/* What the names of all pods begin with, up to a '-' or '/': said once, so that the line has room for the
 * lives. */
static void find_prefix(struct lanes *lanes)
{
	struct qn_text prefix = {0};
	size_t pods = 0;

	for (size_t i = 0; i < lanes->map.count; i++)
		if (!lanes->sorted[i]->is_source)
			prefix = pods++ ? common_prefix(prefix, lanes->sorted[i]->name)
					: lanes->sorted[i]->name;
	while (prefix.len && prefix.data[prefix.len - 1] != '-' && prefix.data[prefix.len - 1] != '/')
		prefix.len--;
	if (pods >= 3 && prefix.len >= PREFIX_BYTES_MIN)
		lanes->prefix = prefix;
}

static struct qn_text short_name(const struct lanes *lanes, const struct lane *lane)
{
	return lane->is_source ? lane->name : qn_text_from(lane->name, lanes->prefix.len);
}

static struct qn_text date_of(struct qn_time time, char text[QN_TIME_BYTES])
{
	return qn_text_first(qn_text_of(qn_time_format(time, text)), strlen("2025-02-27"));
}

static void find_common(struct lanes *lanes, const struct qn_report *report)
{
	struct qn_time first = {0};

	for (size_t i = 0; i < report->processes_count; i++) {
		const struct qn_store_process *row = &report->processes[i].row;
		const struct qn_time times[] = {row->started, row->ended};

		if (row->version.len && !lanes->version.len)
			lanes->version = row->version;
		if (row->version.len && !qn_text_equal(row->version, lanes->version))
			lanes->has_versions = true;
		for (size_t k = 0; k < 2; k++) {
			char text[QN_TIME_BYTES], first_text[QN_TIME_BYTES];

			if (!first.is_known)
				first = times[k];
			if (times[k].is_known &&
			    !qn_text_equal(date_of(times[k], text), date_of(first, first_text)))
				lanes->has_dates = true;
		}
	}
}

/* Lives and failures may both be many. */
static struct qn_error *collect_signals(struct lanes *lanes, const struct qn_report *report)
{
	for (size_t i = 0; i < report->failures_count; i++) {
		const struct qn_report_signature *signature = &report->signatures[i];

		for (size_t k = 0; signature->row->row.signal.len && k < signature->occurrences_count; k++) {
			struct qn_text process = signature->occurrences[k].row.process;

			if (process.len && !qn_map_find(&lanes->signals, process))
				QN_TRY(qn_map_put(&lanes->signals, process,
						  (void *)(uintptr_t)&signature->row->row.signal));
		}
	}
	return NULL;
}

static struct qn_error *collect(struct lanes *lanes, const struct qn_report *report)
{
	QN_TRY(collect_signals(lanes, report));
	for (size_t i = 0; i < report->processes_count; i++)
		QN_TRY(add_process(lanes, report, &report->processes[i]));
	for (size_t i = 0; i < report->pods_count; i++) {
		const struct qn_store_pod *pod = &report->pods[i].row;
		struct lane *lane;

		QN_TRY(get_lane(lanes, pod->name, &lane));
		lane->pod = pod;
		lane->has_trouble = lane->has_trouble || pod->restarts > 0 || pod->exit_code > 0;
	}
	lanes->sorted = qn_arena_alloc(&lanes->arena, (lanes->map.count + 1) * sizeof(*lanes->sorted));
	if (!lanes->sorted)
		return &qn_error_no_memory;
	for (size_t i = 0; i < lanes->map.count; i++)
		lanes->sorted[i] = lanes->map.entries[i].value;
	if (!lanes->map.count)
		return NULL;
	find_prefix(lanes);
	qsort(lanes->sorted, lanes->map.count, sizeof(*lanes->sorted), compare_lane);
	find_common(lanes, report);
	return NULL;
}

/* What ended @process: of a native crash its signal, where one is known. A Go panic is one whatever signal
 * raised it. */
static struct qn_text end_word(const struct lanes *lanes, const struct qn_store_process *process)
{
	const struct qn_text *signal;
	static const struct {
		struct qn_text end, word;
	} words[] = {
		{QN_TEXT("oom-killed"), QN_TEXT("OOM-killed")},
		{QN_TEXT("unknown"), QN_TEXT("end not seen")},
		{QN_TEXT(""), QN_TEXT("end not seen")},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (qn_text_equal(process->end, words[i].end))
			return words[i].word;
	if (!process->id.len || (!qn_text_equal(process->end, QN_TEXT("crash")) &&
				 !qn_text_equal(process->end, QN_TEXT("abort"))))
		return process->end;
	signal = qn_map_find(&lanes->signals, process->id);
	return signal ? *signal : process->end;
}

/* "10:02", or "02-27 10:02" when the date has to be told. */
static void append_clock(struct qn_buffer *out, struct qn_time time, bool has_date)
{
	char text[QN_TIME_BYTES];
	struct qn_text whole = qn_text_of(qn_time_format(time, text));

	if (!time.is_known) {
		qn_buffer_append_byte(out, '?');
		return;
	}
	if (has_date)
		qn_buffer_printf(out, "%.*s ", QN_ARG(qn_text_first(qn_text_from(whole, 5), 5)));
	qn_buffer_append_text(out, qn_text_first(qn_text_from(whole, 11), 5));
}

/* "10:02-10:07", "02-27 10:02-10:07", "02-27 23:50-02-28 00:10" */
static void append_clocks(struct qn_buffer *out, struct qn_time from, struct qn_time to, bool has_dates)
{
	char from_text[QN_TIME_BYTES], to_text[QN_TIME_BYTES];
	bool is_one_day =
		from.is_known && to.is_known && qn_text_equal(date_of(from, from_text), date_of(to, to_text));

	append_clock(out, from, has_dates);
	qn_buffer_append_byte(out, '-');
	append_clock(out, to, has_dates && !is_one_day);
}

/* Lives that are told as one: neighbours with the same end, where the line is too short for each. */
struct span {
	const struct qn_store_process *first, *last;
	size_t count;
	struct qn_text text;
};

static struct qn_text describe_span(struct lanes *lanes, const struct span *span,
				    struct qn_text version_before)
{
	const struct qn_store_process *first = span->first, *last = span->last;
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	bool is_running = qn_text_equal(last->end, QN_TEXT("running"));

	if (lanes->has_versions && first->version.len && !qn_text_equal(version_before, first->version))
		qn_buffer_printf(&text, "%.*s ", QN_ARG(first->version));
	if (first->started.is_known || (last->ended.is_known && !is_running)) {
		if (is_running)
			append_clock(&text, first->started, lanes->has_dates);
		else
			append_clocks(&text, first->started, last->ended, lanes->has_dates);
		qn_buffer_append_byte(&text, ' ');
	}
	qn_buffer_append_text(&text, end_word(lanes, last));
	if (span->count > 1)
		qn_buffer_printf(&text, " ×%zu", span->count);
	if (text.is_failed)
		lanes->arena.is_failed = true;
	return qn_arena_copy(&lanes->arena, qn_buffer_text(&text));
}

/* The spans of a lane, into @ret (room for all lives). */
static size_t find_spans(struct lanes *lanes, const struct lane *lane, bool is_merged, struct span *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < lane->processes_count; i++) {
		const struct qn_store_process *row = &lane->processes[i]->row;
		struct span *last = count ? &ret[count - 1] : NULL;

		if (is_merged && last && qn_text_equal(last->last->end, row->end) &&
		    qn_text_equal(last->last->version, row->version) &&
		    qn_text_equal(end_word(lanes, last->last), end_word(lanes, row))) {
			last->last = row;
			last->count++;
		} else {
			ret[count++] = (struct span){row, row, 1, {0}};
		}
	}
	for (size_t i = 0; i < count; i++)
		ret[i].text = describe_span(lanes, &ret[i], i ? ret[i - 1].last->version : QN_TEXT(""));
	return count;
}

static struct qn_text describe_pod(struct qn_arena *arena, const struct lane *lane)
{
	const struct qn_store_pod *pod = lane->pod;
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if (!pod)
		return (struct qn_text){0};
	if (!lane->processes_count && pod->last_state.len)
		qn_buffer_printf(&text, "%.*s", QN_ARG(pod->last_state));
	if (pod->restarts >= (int64_t)lane->processes_count &&
	    pod->restarts > 0) /* else the lives show them */
		qn_buffer_printf(&text, "%s%jd restart%s", text.len ? ", " : "", (intmax_t)pod->restarts,
				 pod->restarts == 1 ? "" : "s");
	if (pod->reason.len)
		qn_buffer_printf(&text, "%slast %.*s", text.len ? ", " : "", QN_ARG(pod->reason));
	if (pod->exit_code > 0)
		qn_buffer_printf(&text, "%sexit code %jd", text.len ? ", " : "", (intmax_t)pod->exit_code);
	if (text.is_failed)
		arena->is_failed = true;
	return qn_arena_copy(arena, qn_buffer_text(&text));
}

#define ARROW_COLUMNS 3U     /* " → " */
#define ELLIPSIS_COLUMNS 13U /* "… 123 more → " */

static unsigned columns_of(const struct span *spans, size_t count)
{
	unsigned columns = 0;

	for (size_t i = 0; i < count; i++)
		columns += qn_paint_columns(spans[i].text) + (i ? ARROW_COLUMNS : 0);
	return columns;
}

/* How many of the last spans fit behind the ellipsis: what happened last matters most. */
static size_t last_that_fit(const struct span *spans, size_t count, unsigned room)
{
	unsigned used = ELLIPSIS_COLUMNS;
	size_t kept = 0;

	if (columns_of(spans, count) <= room)
		return count;
	while (kept < count) {
		used += qn_paint_columns(spans[count - 1 - kept].text) + (kept ? ARROW_COLUMNS : 0);
		if (used > room && kept)
			break;
		kept++;
	}
	return kept;
}

static enum qn_ink life_ink(struct qn_text end)
{
	if (qn_text_equal(end, QN_TEXT("running")))
		return QN_INK_GREEN;
	return is_quiet_end(end) ? QN_INK_PLAIN : QN_INK_RED;
}

static void paint_line(struct qn_paint *paint, const struct span *spans, size_t count, unsigned room)
{
	size_t first = count - last_that_fit(spans, count, room), hidden = 0;

	for (size_t i = 0; i < first; i++)
		hidden += spans[i].count;
	if (hidden)
		qn_paint_printf(paint, QN_INK_DIM, "… %zu more → ", hidden);
	for (size_t i = first; i < count; i++) {
		if (i > first)
			qn_paint_string(paint, QN_INK_DIM, " → ");
		qn_paint_text(paint, life_ink(spans[i].last->end), spans[i].text);
	}
}

static void paint_column(struct qn_paint *paint, const struct span *spans, size_t count)
{
	unsigned start = paint->column;

	for (size_t i = 0; i < count; i++) {
		if (i) {
			qn_paint_newline(paint);
			qn_paint_goto(paint, start);
		}
		qn_paint_text(paint, life_ink(spans[i].last->end), spans[i].text);
	}
}

static void print_lane(struct qn_paint *paint, struct lanes *lanes, const struct lane *lane,
		       unsigned name_columns, bool is_verbose)
{
	struct span *spans = qn_arena_alloc(&lanes->arena, (lane->processes_count + 1) * sizeof(*spans));
	struct qn_text pod = describe_pod(&lanes->arena, lane);
	size_t count;

	if (!spans)
		return;
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_tail_cell(paint, QN_INK_PLAIN, short_name(lanes, lane), name_columns);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	count = find_spans(lanes, lane, false, spans);
	if (!is_verbose && columns_of(spans, count) > qn_paint_room(paint))
		count = find_spans(lanes, lane, true, spans);
	if (columns_of(spans, count) > qn_paint_room(paint)) { /* below the name there is more room */
		qn_paint_newline(paint);
		qn_paint_goto(paint, LIVES_COLUMN);
	}
	if (is_verbose)
		paint_column(paint, spans, count);
	else
		paint_line(paint, spans, count, qn_paint_room(paint));
	if (pod.len) {
		qn_paint_string(paint, QN_INK_DIM, lane->processes_count ? "; " : "");
		qn_paint_text(paint, QN_INK_DIM, pod);
	}
	qn_paint_newline(paint);
}

/* Pods of which there is no log and nothing to tell: one line for all. */
static bool is_silent(const struct lane *lane)
{
	return !lane->processes_count && !lane->has_trouble && !lane->pod->reason.len;
}

static void print_silent(struct qn_paint *paint, const struct lanes *lanes, bool is_verbose)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer names = {0};

	for (size_t i = 0; i < lanes->map.count; i++)
		if (is_silent(lanes->sorted[i]))
			qn_buffer_printf(&names, "%s%.*s", names.len ? ", " : "no logs of ",
					 QN_ARG(short_name(lanes, lanes->sorted[i])));
	if (!names.len)
		return;
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_wrap(paint, QN_INK_DIM, qn_buffer_text(&names), is_verbose ? 0 : SILENT_LINES);
	qn_paint_newline(paint);
}

static void print_heading(struct qn_paint *paint, const struct lanes *lanes)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	qn_paint_newline(paint);
	qn_paint_string(paint, QN_INK_BOLD, "PROCESSES  ");
	if (lanes->prefix.len)
		qn_buffer_printf(&text, "%.*s…  ", QN_ARG(lanes->prefix));
	if (lanes->version.len && !lanes->has_versions)
		qn_buffer_printf(&text, "build %.*s  ", QN_ARG(lanes->version));
	qn_buffer_append_string(&text, "(UTC)");
	qn_paint_wrap(paint, QN_INK_PLAIN, qn_buffer_text(&text), 2);
	qn_paint_newline(paint);
}

struct qn_error *qn_print_lives(struct qn_paint *paint, const struct qn_report *report,
				const struct qn_report_style *style)
{
	_cleanup_(lanes_deinit) struct lanes lanes = {0};
	unsigned name_columns = 0;
	size_t shown = 0, told = 0;

	QN_TRY(collect(&lanes, report));
	if (!lanes.map.count)
		return NULL;
	for (size_t i = 0; i < lanes.map.count; i++) {
		unsigned columns = qn_paint_columns(short_name(&lanes, lanes.sorted[i]));

		if (!is_silent(lanes.sorted[i]) && columns > name_columns)
			name_columns = columns > NAME_COLUMNS_MAX ? NAME_COLUMNS_MAX : columns;
		told += !is_silent(lanes.sorted[i]);
	}
	print_heading(paint, &lanes);
	for (size_t i = 0; i < lanes.map.count && (style->is_verbose || shown < LANES_SHOWN); i++) {
		if (is_silent(lanes.sorted[i]))
			continue;
		print_lane(paint, &lanes, lanes.sorted[i], name_columns, style->is_verbose);
		shown++;
	}
	if (shown < told) {
		qn_paint_printf(paint, QN_INK_DIM, "  and %zu more with --verbose", told - shown);
		qn_paint_newline(paint);
	}
	print_silent(paint, &lanes, style->is_verbose);
	return qn_arena_check(&lanes.arena);
}
