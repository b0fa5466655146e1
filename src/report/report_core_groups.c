/* The threads of a core: those that tell most with their stacks, the others a line each. */
#include <stdio.h>
#include <stdlib.h>

#include "report/report_core_parts.h"
#include "report/report_text.h"
#include "triage/core_json.h"
#include "base/banned.h"

#define GROUPS_WITH_STACK 8U /* of those that are at something, of a short report */
#define GROUPS_SHOWN 20U
#define STACK_LINES 5U
#define THREADS_SHOWN 4U
#define COUNT_COLUMNS 8U

/* "thread 12", "threads 12, 13, 14, 15 and 183 more" */
static void append_threads(struct qn_buffer *out, const struct qn_postmortem *postmortem,
			   const struct qn_pm_group *group, bool is_verbose)
{
	size_t shown = is_verbose || group->count <= THREADS_SHOWN ? group->count : THREADS_SHOWN;
	char digits[QN_COUNT_BYTES];

	qn_buffer_append_string(out, group->count == 1 ? "thread " : "threads ");
	for (size_t i = 0; i < shown; i++)
		qn_buffer_printf(out, "%s%ju", i ? ", " : "",
				 (uintmax_t)postmortem->threads[group->threads[i]].tid);
	if (shown < group->count)
		qn_buffer_printf(out, " and %s more", qn_print_count(group->count - shown, digits));
}

/* What is said of one thread behind its number: its name, what it waits for, where its stack ends. */
static void append_thread_facts(struct qn_buffer *out, const struct qn_pm_thread *thread, bool has_wait)
{
	if (thread->name.len)
		qn_buffer_printf(out, " \"%.*s\"", QN_ARG(thread->name));
	if (has_wait && thread->wait.owner) {
		qn_buffer_append_string(out, " waits for ");
		qn_core_append_wait(out, &thread->wait);
	}
}

static void print_stopped(struct qn_paint *paint, const struct qn_pm_thread *thread)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if (!thread->stopped.len)
		return;
	qn_paint_goto(paint, QN_CORE_STACK_COLUMN);
	qn_buffer_printf(&text, "the stack ends early: %.*s", QN_ARG(thread->stopped));
	qn_paint_wrap(paint, QN_INK_YELLOW, qn_buffer_text(&text), 2);
	qn_paint_newline(paint);
	paint->out->is_failed |= text.is_failed;
}

static enum qn_ink ink_of(const struct qn_pm_group *group)
{
	if (group->is_crashed)
		return QN_INK_RED;
	if (group->activity == QN_ACTIVITY_BLOCKED)
		return QN_INK_YELLOW;
	return group->activity == QN_ACTIVITY_IDLE ? QN_INK_DIM : QN_INK_PLAIN;
}

static void print_crashed(struct qn_paint *paint, const struct qn_postmortem *postmortem,
			  const struct qn_pm_group *group, bool is_verbose)
{
	const struct qn_pm_thread *thread = &postmortem->threads[group->threads[0]];
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	append_threads(&text, postmortem, group, true);
	append_thread_facts(&text, thread, true);
	if (group->what.len)
		qn_buffer_printf(&text, ", %.*s", QN_ARG(group->what));
	qn_core_print_heading(paint, "CRASHED", qn_buffer_text(&text));
	qn_core_print_stack(paint, &postmortem->stacks[group->stack], 0, is_verbose);
	print_stopped(paint, thread);
	paint->out->is_failed |= text.is_failed;
}

/* "   187×  idle CPUThreadPoolExecutor worker  threads 12, 13 and 185 more" */
static void print_line(struct qn_paint *paint, const struct qn_postmortem *postmortem,
		       const struct qn_pm_group *group, bool is_verbose)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer threads = {0};
	char count[QN_COUNT_BYTES];
	struct qn_text what = group->what.len ? group->what : qn_text_of(qn_activity_name(group->activity));

	append_threads(&threads, postmortem, group, is_verbose);
	if (group->count == 1)
		append_thread_facts(&threads, &postmortem->threads[group->threads[0]], true);
	qn_paint_printf(paint, QN_INK_BOLD, "%6s×  ", qn_print_count(group->count, count));
	qn_paint_text(paint, ink_of(group), what);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	if (is_verbose)
		qn_paint_wrap(paint, QN_INK_DIM, qn_buffer_text(&threads), 0);
	else
		qn_paint_text(paint, QN_INK_DIM, qn_buffer_text(&threads));
	qn_paint_newline(paint);
	paint->out->is_failed |= threads.is_failed;
}

static void print_group(struct qn_paint *paint, const struct qn_postmortem *postmortem,
			const struct qn_pm_group *group, bool has_stack, bool is_whole, bool is_verbose)
{
	print_line(paint, postmortem, group, is_verbose);
	if (!has_stack)
		return;
	qn_core_print_stack(paint, &postmortem->stacks[group->stack],
			    is_whole || is_verbose ? 0 : STACK_LINES, is_verbose);
	print_stopped(paint, &postmortem->threads[group->threads[0]]);
}

/* Which groups have a thread that is part of a deadlock. */
static bool *mark_deadlocked(const struct qn_postmortem *postmortem)
{
	bool *marks = calloc(postmortem->groups_count + 1, sizeof(*marks));

	for (size_t i = 0; marks && i < postmortem->cycles_count; i++)
		for (size_t k = 0; k < postmortem->cycles[i].count; k++)
			marks[postmortem->threads[postmortem->cycles[i].threads[k]].group] = true;
	return marks;
}

static void print_more(struct qn_paint *paint, size_t groups, size_t threads)
{
	char digits[QN_COUNT_BYTES];

	if (!groups)
		return;
	qn_paint_goto(paint, COUNT_COLUMNS + 1);
	qn_paint_printf(paint, QN_INK_DIM, "… %zu more group%s", groups, groups == 1 ? "" : "s");
	qn_paint_printf(paint, QN_INK_DIM, " of %s thread%s; --verbose prints all",
			qn_print_count(threads, digits), threads == 1 ? "" : "s");
	qn_paint_newline(paint);
}

static void print_threads_heading(struct qn_paint *paint, const struct qn_postmortem *postmortem)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	bool has_crashed = postmortem->groups_count && postmortem->groups[0].is_crashed;
	size_t groups = postmortem->groups_count - has_crashed;

	qn_append_plural(&text, postmortem->threads_count - has_crashed, has_crashed ? "other" : "thread");
	qn_buffer_append_string(&text, ", ");
	qn_append_plural(&text, groups, "different stack");
	qn_core_print_heading(paint, "THREADS", qn_buffer_text(&text));
	paint->out->is_failed |= text.is_failed;
}

void qn_core_print_groups(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose)
{
	_cleanup_free_ bool *deadlocked = mark_deadlocked(postmortem);
	size_t shown = 0, stacks = 0, groups_left = 0, threads_left = 0;

	if (!deadlocked) {
		paint->out->is_failed = true;
		return;
	}
	for (size_t i = 0; i < postmortem->groups_count; i++) {
		const struct qn_pm_group *group = &postmortem->groups[i];
		bool is_idle = group->activity == QN_ACTIVITY_IDLE;
		bool has_stack = is_verbose || deadlocked[i] || (!is_idle && stacks < GROUPS_WITH_STACK);

		if (group->is_crashed)
			print_crashed(paint, postmortem, group, is_verbose);
		if (i == (group->is_crashed ? 1U : 0U) || (group->is_crashed && !i))
			if (postmortem->groups_count > (group->is_crashed ? 1U : 0U))
				print_threads_heading(paint, postmortem);
		if (group->is_crashed)
			continue;
		if (!is_verbose && !deadlocked[i] && shown >= GROUPS_SHOWN) {
			groups_left++;
			threads_left += group->count;
			continue;
		}
		print_group(paint, postmortem, group, has_stack, deadlocked[i], is_verbose);
		shown++;
		stacks += has_stack;
	}
	print_more(paint, groups_left, threads_left);
}
