#include "stack/executor.h"

#include "stack/executor_task.h"

#include "base/banned.h"

/* Number of the executor entry of a frame; table->executors_count: none. */
static size_t find_executor(const struct qn_frame_table *table, struct qn_text key)
{
	size_t i = 0;

	while (i < table->executors_count && !qn_text_starts(key, table->executors[i].name))
		i++;
	return i;
}

/* The worker's own loop: the outermost one, as a task may drive another executor. SIZE_MAX: none. */
static size_t find_loop(const struct qn_frame_table *table, const struct qn_stack *stack, size_t *ret_entry)
{
	for (size_t i = stack->frames_count; i-- > 0;) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->is_go || frame->role == QN_ROLE_USER)
			continue;
		*ret_entry = find_executor(table, frame->key);
		if (*ret_entry < table->executors_count)
			return i;
	}
	return SIZE_MAX;
}

static bool is_of_a_task(enum qn_role role)
{
	return role == QN_ROLE_USER || role == QN_ROLE_FAULT || role == QN_ROLE_ASSERT;
}

/* The wait that the innermost frames are, up to the application's: the entry that comes first in the table
 * says most. SIZE_MAX: none. */
static size_t find_wait(const struct qn_frame_table *table, const struct qn_stack *stack)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < stack->frames_count && !is_of_a_task(stack->frames[i].role); i++) {
		struct qn_text key = stack->frames[i].key;
		size_t found = qn_frame_table_find_wait(table, key);

		if (qn_frame_table_has_mark(table, key, QN_MARK_TASK))
			break;
		if (found < best)
			best = found;
	}
	return best;
}

/* Nothing is told of a queue, but what the loop called waits and wakes nobody. */
static bool is_waiting_for_work(const struct qn_frame_table *table, const struct qn_stack *stack)
{
	size_t wait = find_wait(table, stack);

	if (wait == SIZE_MAX ||
	    (table->waits[wait].kind != QN_WAIT_CONDITION && table->waits[wait].kind != QN_WAIT_EVENTS))
		return false;
	for (size_t i = 0; i < stack->frames_count; i++)
		if (qn_text_contains(stack->frames[i].key, QN_TEXT("Wake")) ||
		    qn_text_contains(stack->frames[i].key, QN_TEXT("yield")))
			return false;
	return true;
}

/* From the loop inwards: a wait that no task is outside of is one for work. */
static enum qn_worker_state find_state(const struct qn_frame_table *table, const struct qn_stack *stack,
				       size_t loop)
{
	for (size_t i = loop + 1; i-- > 0;) {
		const struct qn_frame *frame = &stack->frames[i];

		if (is_of_a_task(frame->role) || qn_frame_table_has_mark(table, frame->key, QN_MARK_TASK))
			return QN_WORKER_BUSY;
		if (qn_frame_table_has_mark(table, frame->key, QN_MARK_IDLE))
			return QN_WORKER_IDLE;
	}
	return is_waiting_for_work(table, stack) ? QN_WORKER_IDLE : QN_WORKER_BETWEEN;
}

static struct qn_text cut_folders(struct qn_text file)
{
	size_t slash = qn_text_rfind(file, QN_TEXT("/"));

	return slash == SIZE_MAX ? file : qn_text_from(file, slash + 1);
}

static bool is_lambda(struct qn_text key)
{
	return qn_text_equal(key, QN_TEXT("operator()")) || qn_text_ends(key, QN_TEXT("{lambda}"));
}

/* A lambda has no name: where it was written tells it, in the call just inside of frames[@at]. */
static struct qn_text add_place(struct qn_arena *arena, const struct qn_stack *stack, size_t at,
				struct qn_text task)
{
	while (at-- > 0) {
		const struct qn_frame *frame = &stack->frames[at];

		if (frame->role == QN_ROLE_EXECUTOR)
			continue;
		if (frame->role == QN_ROLE_USER && frame->file.len && frame->line && is_lambda(frame->key))
			return qn_arena_printf(arena, "%.*s at %.*s:%u", QN_ARG(task),
					       QN_ARG(cut_folders(frame->file)), frame->line);
		break;
	}
	return task;
}

/* The outermost one: that is what the pool was given. */
static void find_task(const struct qn_frame_table *table, struct qn_arena *arena, struct qn_stack *stack)
{
	for (size_t i = stack->frames_count; i-- > 0 && !stack->executor.task.len;)
		if (!stack->frames[i].is_go)
			stack->executor.task = qn_executor_task(table, arena, stack->frames[i].raw);
	for (size_t i = stack->frames_count; i-- > 0 && !stack->executor.task.len;) {
		const struct qn_frame *frame = &stack->frames[i];
		struct qn_text task;

		if (frame->role != QN_ROLE_EXECUTOR || frame->is_go)
			continue;
		task = qn_executor_lambda(table, arena, frame->raw);
		if (task.len)
			stack->executor.task = qn_text_ends(task, QN_TEXT("{lambda}"))
						       ? add_place(arena, stack, i, task)
						       : task;
	}
}

void qn_executor_find(const struct qn_frame_table *table, struct qn_arena *arena, struct qn_stack *stack)
{
	size_t entry = 0, loop = find_loop(table, stack, &entry);

	find_task(table, arena, stack);
	if (loop == SIZE_MAX)
		return;
	stack->executor.kind = qn_arena_copy(arena, table->executors[entry].kind);
	stack->executor.state = find_state(table, stack, loop);
	for (size_t i = 0; i < table->pools_count && !stack->executor.pool.len; i++)
		if (qn_text_starts(stack->thread, table->pools[i].thread))
			stack->executor.pool = qn_arena_copy(arena, table->pools[i].pool);
}

/* What the Go runtime does before it ends the process. The rest of its signal machinery also runs when
 * nothing is wrong (SIGURG, SIGPROF). */
static bool is_go_raising(struct qn_text key)
{
	static const struct qn_text names[] = {QN_TEXT("runtime.raise"),   QN_TEXT("runtime.dieFromSignal"),
					       QN_TEXT("runtime.throw"),   QN_TEXT("runtime.fatal"),
					       QN_TEXT("runtime.gopanic"), QN_TEXT("runtime.crash")};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_starts(key, names[i]))
			return true;
	return false;
}

static void look_at(const struct qn_frame_table *table, const struct qn_frame *frame,
		    struct qn_thread_state *ret)
{
	bool is_runtime = qn_text_starts(frame->key, QN_TEXT("runtime."));

	if (frame->role == QN_ROLE_USER && !frame->is_go)
		ret->has_user = true;
	if (qn_text_equal(frame->key, QN_TEXT("<signal handler called>")) ||
	    qn_text_equal(frame->key, QN_TEXT("__restore_rt")))
		ret->is_handling = true;
	else if (frame->role == QN_ROLE_ASSERT)
		ret->is_raising = true;
	else if (frame->role == QN_ROLE_FAULT && qn_frame_table_find_wait(table, frame->key) == SIZE_MAX)
		ret->is_raising |= !is_runtime || is_go_raising(frame->key);
}

static struct qn_text first_name(const struct qn_stack *stack)
{
	size_t first = qn_stack_first_user(stack);

	if (first != SIZE_MAX)
		return stack->frames[first].key;
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].key.len)
			return stack->frames[i].key;
	return QN_TEXT("unknown");
}

static struct qn_text say_worker(struct qn_arena *arena, const struct qn_executor *executor)
{
	switch (executor->state) {
	case QN_WORKER_IDLE: return qn_arena_printf(arena, "idle %.*s worker", QN_ARG(executor->kind));
	case QN_WORKER_BUSY:
		if (!executor->task.len)
			return qn_arena_printf(arena, "busy (%.*s)", QN_ARG(executor->kind));
		return qn_arena_printf(arena, "busy %.*s (%.*s)", QN_ARG(executor->task),
				       QN_ARG(executor->kind));
	case QN_WORKER_BETWEEN: return qn_arena_printf(arena, "between tasks (%.*s)", QN_ARG(executor->kind));
	case QN_WORKER_NONE: break;
	}
	return (struct qn_text){0};
}

void qn_executor_describe(const struct qn_frame_table *table, struct qn_arena *arena,
			  const struct qn_stack *stack, struct qn_thread_state *ret)
{
	const struct qn_executor *executor = &stack->executor;
	size_t wait = find_wait(table, stack);

	*ret = (struct qn_thread_state){0};
	for (size_t i = 0; i < stack->frames_count; i++)
		look_at(table, &stack->frames[i], ret);
	if (stack->frames_count) {
		ret->is_waiting = executor->state == QN_WORKER_IDLE ||
				  qn_frame_table_find_wait(table, stack->frames[0].key) != SIZE_MAX;
		ret->is_nameless = stack->frames[0].key.len == 0;
	}
	if (wait != SIZE_MAX) {
		ret->wait = table->waits[wait].kind;
		ret->wait_what = table->waits[wait].what;
		ret->is_blocked = table->waits[wait].is_blocked;
	}
	if (executor->state != QN_WORKER_IDLE && wait != SIZE_MAX && table->waits[wait].is_blocked)
		ret->what = table->waits[wait].what;
	if (!ret->what.len)
		ret->what = say_worker(arena, executor);
	if (!ret->what.len && wait != SIZE_MAX)
		ret->what = table->waits[wait].what;
	if (!ret->what.len)
		ret->what = first_name(stack);
}
