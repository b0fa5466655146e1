/* One stack of a core: numbered frames, plumbing folded, inlined functions marked, a runaway recursion as one
 * line. */
#include "report/report_core_parts.h"

#include <stdio.h>

#include "report/report_text.h"
#include "base/banned.h"

#define NUMBER_COLUMNS 5U /* "#12  " */
#define INLINED " inlined"
#define FRAME_COLUMNS_MIN 24U /* narrower than that nothing is marked */

/* A recursion: a circle of so many frames at the most, gone through so often at the least. */
#define CIRCLE_FRAMES_MAX 8U
#define CIRCLE_ROUNDS_MIN 3U

struct stack_printer {
	struct qn_paint *paint;
	const struct qn_pm_stack *stack;
	const struct qn_frame *frames;
	size_t count;
	size_t lines, lines_max; /* printed; 0: no limit */
	bool is_whole;
};

static bool looks_same(const struct qn_frame *a, const struct qn_frame *b)
{
	if (a->role != b->role || a->line != b->line || !qn_text_equal(a->file, b->file))
		return false;
	if (!a->key.len && !b->key.len && !a->function.len && !b->function.len)
		return a->pc == b->pc;
	return a->key.len ? qn_text_equal(a->key, b->key) : qn_text_equal(a->function, b->function);
}

static bool is_named(const struct qn_frame *frame)
{
	return frame->function.len || frame->raw.len;
}

/* Its number as debuggers count: with what is left out. */
static uint64_t number_of(const struct stack_printer *printer, size_t index)
{
	const struct qn_pm_stack *stack = printer->stack;

	return index + (stack->elided_count && index >= stack->elided_at ? stack->elided_count : 0);
}

/* The end of the list or the gap in it, whichever comes first behind @from. */
static size_t part_end(const struct stack_printer *printer, size_t from)
{
	const struct qn_pm_stack *stack = printer->stack;

	return stack->elided_count && from < stack->elided_at && stack->elided_at < printer->count
		       ? stack->elided_at
		       : printer->count;
}

struct circle {
	size_t frames; /* 0: there is none */
	size_t end;    /* behind the last frame of it */
	uint64_t left_out;
};

/* Behind the gap the circle goes on, at whatever frame of it. */
static size_t follow_circle(const struct stack_printer *printer, size_t from, size_t length, size_t at)
{
	while (at < printer->count) {
		bool is_of_it = false;

		for (size_t i = 0; i < length && !is_of_it; i++)
			is_of_it = looks_same(&printer->frames[at], &printer->frames[from + i]);
		if (!is_of_it)
			break;
		at++;
	}
	return at;
}

static struct circle find_circle(const struct stack_printer *printer, size_t from)
{
	const struct qn_pm_stack *stack = printer->stack;
	size_t part = part_end(printer, from);

	for (size_t length = 1; length <= CIRCLE_FRAMES_MAX; length++) {
		size_t end = from + length;

		while (end < part && looks_same(&printer->frames[end], &printer->frames[end - length]))
			end++;
		if (end > part || (end - from) / length < CIRCLE_ROUNDS_MIN)
			continue;
		if (end < part || part == printer->count)
			return (struct circle){length, end - (end - from) % length, 0};
		return (struct circle){length, follow_circle(printer, from, length, end),
				       stack->elided_count};
	}
	return (struct circle){0};
}

/* False: there is no room for a further line. */
static bool begin_line(struct stack_printer *printer)
{
	if (printer->lines_max && printer->lines >= printer->lines_max)
		return false;
	printer->lines++;
	qn_paint_goto(printer->paint, QN_CORE_STACK_COLUMN);
	return true;
}

/* "0x7f12 in libfoo.so" */
static void print_nameless(struct qn_paint *paint, const struct qn_frame *frame)
{
	size_t slash = qn_text_rfind(frame->module, QN_TEXT("/"));
	struct qn_text module = slash == SIZE_MAX ? frame->module : qn_text_from(frame->module, slash + 1);

	if (frame->pc)
		qn_paint_printf(paint, QN_INK_PLAIN, "0x%jx", (uintmax_t)frame->pc);
	else
		qn_paint_string(paint, QN_INK_PLAIN, "(no symbol)");
	if (!module.len)
		return;
	qn_paint_string(paint, QN_INK_DIM, " in ");
	qn_paint_text(paint, QN_INK_DIM, module);
}

static void print_frame(struct stack_printer *printer, size_t index)
{
	const struct qn_frame *frame = &printer->frames[index];
	struct qn_paint *paint = printer->paint;
	char number[24];
	unsigned width;

	if (!begin_line(printer))
		return;
	snprintf(number, sizeof(number), "#%ju", (uintmax_t)number_of(printer, index));
	qn_paint_cell(paint, QN_INK_DIM, qn_text_of(number),
		      strlen(number) < NUMBER_COLUMNS ? NUMBER_COLUMNS : (unsigned)strlen(number) + 1);
	width = paint->width;
	if (frame->is_inlined && qn_paint_room(paint) > FRAME_COLUMNS_MIN)
		paint->width = paint->column + qn_paint_room(paint) - (unsigned)strlen(INLINED);
	if (is_named(frame))
		qn_print_frame_parts(paint, frame);
	else
		print_nameless(paint, frame);
	paint->width = width;
	if (frame->is_inlined)
		qn_paint_string(paint, QN_INK_DIM, INLINED);
	qn_paint_newline(paint);
}

static void print_fold(struct stack_printer *printer, size_t length, const char *what)
{
	if (!begin_line(printer))
		return;
	qn_paint_goto(printer->paint, QN_CORE_STACK_COLUMN + NUMBER_COLUMNS);
	qn_paint_printf(printer->paint, QN_INK_DIM, "… %zu frame%s %s", length, length == 1 ? "" : "s", what);
	qn_paint_newline(printer->paint);
}

/* Frames from @from on that are folded to one line; 1: it is printed. */
static size_t run_length(const struct stack_printer *printer, size_t from)
{
	size_t end = from + 1, part = part_end(printer, from);

	if (printer->is_whole || !qn_print_fold_name(printer->frames[from].role))
		return 1;
	if (printer->frames[from].role == QN_ROLE_UNKNOWN)
		return 1; /* where they are is all that there is */
	while (end < part && printer->frames[end].role == printer->frames[from].role)
		end++;
	return end - from;
}

/* Does plumbing of the executor come again further out? Then it is that one that ran the task. */
static bool has_outer_executor(const struct stack_printer *printer, size_t from)
{
	for (size_t i = from; i < printer->count; i++)
		if (printer->frames[i].role == QN_ROLE_EXECUTOR)
			return true;
	return false;
}

/* "… CPUThreadPoolExecutor, task AsyncRetrieve (4 frames)" */
static void print_executor(struct stack_printer *printer, size_t from, size_t length)
{
	const struct qn_executor *executor = &printer->stack->stack.executor;
	struct qn_paint *paint = printer->paint;
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if ((!executor->kind.len && !executor->task.len) || has_outer_executor(printer, from + length)) {
		print_fold(printer, length, qn_print_fold_name(QN_ROLE_EXECUTOR));
		return;
	}
	if (!begin_line(printer))
		return;
	qn_paint_goto(paint, QN_CORE_STACK_COLUMN + NUMBER_COLUMNS);
	qn_buffer_printf(&text, "… %.*s", QN_ARG(executor->kind.len ? executor->kind : QN_TEXT("executor")));
	if (executor->pool.len)
		qn_buffer_printf(&text, ", pool %.*s", QN_ARG(executor->pool));
	if (executor->task.len)
		qn_buffer_printf(&text, ", task %.*s", QN_ARG(executor->task));
	qn_buffer_printf(&text, " (%zu frame%s)", length, length == 1 ? "" : "s");
	qn_paint_text(paint, QN_INK_DIM, qn_buffer_text(&text));
	qn_paint_newline(paint);
	paint->out->is_failed |= text.is_failed;
}

/* The frames [@from, @end). */
static void print_run(struct stack_printer *printer, size_t from, size_t end)
{
	while (from < end) {
		size_t length = run_length(printer, from);

		if (length > end - from)
			length = end - from;
		if (printer->frames[from].role == QN_ROLE_EXECUTOR && !printer->is_whole)
			print_executor(printer, from, length);
		else if (length == 1)
			print_frame(printer, from);
		else
			print_fold(printer, length, qn_print_fold_name(printer->frames[from].role));
		from += length;
	}
}

/* "… the same 74,214 times more", "… these 3 frames about 12 times more" */
static void print_rounds(struct stack_printer *printer, size_t from, const struct circle *circle)
{
	uint64_t frames = circle->end - from + circle->left_out;
	char digits[QN_COUNT_BYTES];
	struct qn_paint *paint = printer->paint;

	if (!begin_line(printer))
		return;
	qn_paint_goto(paint, QN_CORE_STACK_COLUMN + NUMBER_COLUMNS);
	qn_print_count(frames / circle->frames - 1, digits);
	if (circle->frames == 1)
		qn_paint_printf(paint, QN_INK_YELLOW, "… the same × %s more", digits);
	else
		qn_paint_printf(paint, QN_INK_YELLOW, "… these %zu frames %s× %s more", circle->frames,
				circle->left_out ? "about " : "", digits);
	qn_paint_newline(paint);
}

static void print_gap(struct stack_printer *printer)
{
	char digits[QN_COUNT_BYTES];

	if (!begin_line(printer))
		return;
	qn_paint_goto(printer->paint, QN_CORE_STACK_COLUMN + NUMBER_COLUMNS);
	qn_paint_printf(printer->paint, QN_INK_YELLOW, "… %s frames left out",
			qn_print_count(printer->stack->elided_count, digits));
	qn_paint_newline(printer->paint);
}

/* What stands behind the last line that was printed. */
static void print_rest(struct stack_printer *printer, size_t from)
{
	const struct qn_pm_stack *stack = printer->stack;
	uint64_t frames = printer->count - from;
	char digits[QN_COUNT_BYTES];

	if (!frames)
		return;
	if (stack->elided_count && from <= stack->elided_at)
		frames += stack->elided_count;
	qn_paint_goto(printer->paint, QN_CORE_STACK_COLUMN + NUMBER_COLUMNS);
	qn_paint_printf(printer->paint, QN_INK_DIM, "… %s further frame%s", qn_print_count(frames, digits),
			frames == 1 ? "" : "s");
	qn_paint_newline(printer->paint);
}

void qn_core_print_stack(struct qn_paint *paint, const struct qn_pm_stack *stack, size_t lines_max,
			 bool is_whole)
{
	struct stack_printer printer = {.paint = paint,
					.stack = stack,
					.frames = stack->stack.frames,
					.count = stack->stack.frames_count,
					.lines_max = lines_max,
					.is_whole = is_whole};
	size_t i = 0;

	while (i < printer.count && (!lines_max || printer.lines < lines_max)) {
		struct circle circle = {0};

		if (!is_whole)
			circle = find_circle(&printer, i);
		if (circle.frames && lines_max && printer.lines &&
		    printer.lines + circle.frames + 1 > lines_max)
			break;
		if (stack->elided_count && i == stack->elided_at)
			print_gap(&printer);
		if (!circle.frames) {
			size_t length = run_length(&printer, i);

			print_run(&printer, i, i + length);
			i += length;
			continue;
		}
		print_run(&printer, i, i + circle.frames);
		print_rounds(&printer, i, &circle);
		i = circle.end;
	}
	print_rest(&printer, i);
}
