/* Where a failure happened: the pods, and the lines of the logs. */
#include "report/report_text.h"

#include "base/banned.h"

#define POD_LINES 3U        /* of a short report */
#define MORE_COLUMNS 14U    /* " and 1234 more" */
#define SHARED_BYTES_MIN 8U /* a shorter beginning is not worth an ellipsis */

/* What @name shares with @first, up to its last '-': "pulsar-77701-milvus-querynode-7c9f6d84b5". */
static size_t shared_bytes(struct qn_text first, struct qn_text name)
{
	size_t len = 0;

	while (len < first.len && len < name.len && first.data[len] == name.data[len])
		len++;
	while (len && name.data[len - 1] != '-')
		len--;
	return len > SHARED_BYTES_MIN ? len - 1 : 0;
}

/* Ends the line and begins the next one of the same value. */
static void continue_below(struct qn_paint *paint)
{
	qn_paint_newline(paint);
	qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
}

/* The first pod whole, the others by what is their own: "…-querynode-7c9f6d84b5-k7x2p, …-m4wqz". The last is
 * never "and 1 more". The line stays open. */
static void print_pods(struct qn_paint *paint, const struct qn_query_signature *row, bool is_verbose)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	unsigned lines = 1;

	for (size_t i = 0; i < row->pods_count; i++) {
		size_t shared = i && !is_verbose ? shared_bytes(row->pods[0], row->pods[i]) : 0;
		struct qn_text name = qn_text_from(row->pods[i], shared);
		bool is_last = i + 1 == row->pods_count;
		unsigned needed;

		if (shared)
			name = qn_arena_printf(&arena, "…%.*s", QN_ARG(name));
		needed = qn_paint_columns(name) + 2 + (is_last ? 0 : MORE_COLUMNS);
		if (i && needed > qn_paint_room(paint)) {
			if (!is_verbose && !is_last && lines >= POD_LINES) {
				qn_paint_printf(paint, QN_INK_PLAIN, " and %zu more", row->pods_count - i);
				return;
			}
			qn_paint_string(paint, QN_INK_PLAIN, ",");
			continue_below(paint);
			lines++;
		} else if (i) {
			qn_paint_string(paint, QN_INK_PLAIN, ", ");
		}
		qn_paint_tail(paint, QN_INK_PLAIN, name);
	}
}

static bool is_in_name_of_all(const struct qn_query_signature *row, struct qn_text component)
{
	for (size_t i = 0; i < row->pods_count; i++)
		if (!qn_text_contains(row->pods[i], component))
			return false;
	return row->pods_count > 0;
}

void qn_print_where(struct qn_paint *paint, const struct qn_report_signature *signature, bool is_verbose)
{
	const struct qn_query_signature *row = signature->row;
	struct qn_text component = row->row.component;

	if (!row->pods_count && !component.len)
		return;
	qn_print_label(paint, "where");
	if (component.len && !is_in_name_of_all(row, component)) {
		qn_paint_text(paint, QN_INK_PLAIN, component);
		if (row->pods_count)
			qn_paint_string(paint, QN_INK_PLAIN, ": ");
	}
	print_pods(paint, row, is_verbose);
}

static struct qn_text place(struct qn_arena *arena, const struct qn_report *report, int64_t source,
			    uint64_t line)
{
	struct qn_text path = qn_report_source_path(report, source);

	return line ? qn_arena_printf(arena, "%.*s:%ju", QN_ARG(path), (uintmax_t)line) : path;
}

static void print_all_places(struct qn_paint *paint, const struct qn_report *report,
			     const struct qn_report_signature *signature)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};

	for (size_t i = 0; i < signature->occurrences_count; i++) {
		const struct qn_query_occurrence *occurrence = &signature->occurrences[i];

		qn_print_label(paint, i ? "" : "log");
		qn_paint_tail(paint, QN_INK_PLAIN,
			      place(&arena, report, occurrence->row.source, occurrence->row.line));
		qn_paint_newline(paint);
		for (size_t k = 0; k < occurrence->also_count; k++) {
			qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
			qn_paint_string(paint, QN_INK_DIM, "also ");
			qn_paint_tail(
				paint, QN_INK_DIM,
				place(&arena, report, occurrence->also[k].source, occurrence->also[k].line));
			qn_paint_newline(paint);
		}
	}
}

/* "…/querynode-0.log:812": the file and the line are what is looked for. */
static struct qn_text fitting(struct qn_arena *arena, struct qn_text text, unsigned room)
{
	size_t slash = qn_text_rfind(text, QN_TEXT("/"));

	if (qn_paint_columns(text) <= room || slash == SIZE_MAX)
		return text;
	return qn_arena_printf(arena, "…%.*s", QN_ARG(qn_text_from(text, slash)));
}

/* Of a file that is named after the @pod that stands beside it, what the pod's name does not say:
 * "…-k7x2p-previous.log:812". */
static struct qn_text beside_pod(struct qn_arena *arena, struct qn_text text, struct qn_text pod)
{
	size_t at = pod.len ? qn_text_rfind(text, pod) : SIZE_MAX;
	size_t own = qn_text_rfind(pod, QN_TEXT("-"));

	if (at == SIZE_MAX || own == SIZE_MAX)
		return text;
	return qn_arena_printf(arena, "…%.*s", QN_ARG(qn_text_from(text, at + own)));
}

/* The first place stands behind the pod where the line has room for it. False: it has none. */
static bool print_beside(struct qn_paint *paint, struct qn_arena *arena, struct qn_text text,
			 struct qn_text more, struct qn_text pod)
{
	const struct qn_text forms[] = {text, beside_pod(arena, text, pod)};

	for (size_t i = 0; i < 2 && paint->column; i++) {
		if (qn_paint_columns(forms[i]) + qn_paint_columns(more) + 2 > qn_paint_room(paint))
			continue;
		qn_paint_string(paint, QN_INK_PLAIN, "  ");
		qn_paint_text(paint, QN_INK_DIM, forms[i]);
		qn_paint_text(paint, QN_INK_DIM, more);
		qn_paint_newline(paint);
		return true;
	}
	return false;
}

static void begin_log(struct qn_paint *paint)
{
	if (paint->column)
		qn_paint_newline(paint);
	qn_print_label(paint, "log");
}

/* Two places are of one file, and only the line is the second's own. */
static bool is_same_file(struct qn_text first, struct qn_text second)
{
	size_t colon = qn_text_rfind(first, QN_TEXT(":"));

	return colon != SIZE_MAX && colon == qn_text_rfind(second, QN_TEXT(":")) &&
	       qn_text_equal(qn_text_first(first, colon), qn_text_first(second, colon));
}

/* Both of two places, the second by what is its own: ":990", "…-m4wqz.log:292". */
static void print_both(struct qn_paint *paint, struct qn_arena *arena, struct qn_text first,
		       struct qn_text second)
{
	size_t shared = shared_bytes(first, second);

	if (is_same_file(first, second))
		second = qn_text_from(second, qn_text_rfind(second, QN_TEXT(":")));
	else if (shared)
		second = qn_arena_printf(arena, "…%.*s", QN_ARG(qn_text_from(second, shared)));
	begin_log(paint);
	qn_paint_tail(paint, QN_INK_DIM, fitting(arena, first, qn_paint_room(paint)));
	if (qn_paint_columns(second) + 2 <= qn_paint_room(paint)) {
		qn_paint_string(paint, QN_INK_DIM, ", ");
	} else {
		continue_below(paint);
		second = fitting(arena, second, qn_paint_room(paint));
	}
	qn_paint_tail(paint, QN_INK_DIM, second);
	qn_paint_newline(paint);
}

static void print_first_places(struct qn_paint *paint, const struct qn_report *report,
			       const struct qn_report_signature *signature)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	size_t count = signature->occurrences_count;
	struct qn_text places[2] = {{0}}, more = {0};

	for (size_t i = 0; i < count && i < 2; i++)
		places[i] = place(&arena, report, signature->occurrences[i].row.source,
				  signature->occurrences[i].row.line);
	if (!places[0].len) {
		if (paint->column)
			qn_paint_newline(paint);
		return;
	}
	if (count == 2 && places[1].len) {
		print_both(paint, &arena, places[0], places[1]);
		return;
	}
	if (count > 1)
		more = qn_arena_printf(&arena, " and %zu more", count - 1);
	if (print_beside(paint, &arena, places[0], more, signature->occurrences[0].row.pod))
		return;
	begin_log(paint);
	qn_paint_tail(paint, QN_INK_DIM,
		      qn_arena_printf(&arena, "%.*s%.*s",
				      QN_ARG(fitting(&arena, places[0],
						     qn_paint_room(paint) > more.len
							     ? qn_paint_room(paint) - (unsigned)more.len
							     : 0)),
				      QN_ARG(more)));
	qn_paint_newline(paint);
}

void qn_print_places(struct qn_paint *paint, const struct qn_report *report,
		     const struct qn_report_signature *signature, bool is_verbose)
{
	if (!is_verbose) {
		print_first_places(paint, report, signature);
		return;
	}
	if (paint->column)
		qn_paint_newline(paint);
	print_all_places(paint, report, signature);
}
