/* What a thread was at, of its frames. */
#include "stack/executor.h"
#include "stack/postmortem_parts.h"

#include "base/banned.h"

/* Who waits for a word of another thread waits for work, unless a task is what waits. */
static enum qn_thread_activity activity_of_wait(const struct qn_thread_state *state, bool is_in_task)
{
	switch (state->wait) {
	case QN_WAIT_FUTURE:
	case QN_WAIT_PROMISE:
	case QN_WAIT_POOL:
	case QN_WAIT_THREAD:
	case QN_WAIT_LOCK: return QN_ACTIVITY_BLOCKED;
	case QN_WAIT_CONDITION:
		return is_in_task || state->is_blocked ? QN_ACTIVITY_BLOCKED : QN_ACTIVITY_IDLE;
	case QN_WAIT_EVENTS: return is_in_task ? QN_ACTIVITY_RUNNING : QN_ACTIVITY_IDLE;
	case QN_WAIT_NONE: break;
	}
	return QN_ACTIVITY_UNKNOWN;
}

static enum qn_thread_activity find_activity(const struct qn_stack *stack,
					     const struct qn_thread_state *state)
{
	bool is_in_task = stack->executor.state == QN_WORKER_BUSY;
	enum qn_thread_activity activity;

	if (stack->executor.state == QN_WORKER_IDLE)
		return QN_ACTIVITY_IDLE;
	if (state->is_raising)
		return QN_ACTIVITY_RUNNING;
	if (stack->executor.state == QN_WORKER_BETWEEN)
		return QN_ACTIVITY_BETWEEN;
	activity = activity_of_wait(state, is_in_task);
	if (activity != QN_ACTIVITY_UNKNOWN)
		return activity;
	return stack->frames_count == 0 || (state->is_nameless && !is_in_task) ? QN_ACTIVITY_UNKNOWN
									       : QN_ACTIVITY_RUNNING;
}

void qn_pm_describe_stack(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			  struct qn_pm_stack *stack)
{
	struct qn_thread_state state;

	qn_normalizer_describe(normalizer, arena, &stack->stack, &state);
	stack->activity = find_activity(&stack->stack, &state);
	stack->wait = state.wait;
	stack->is_dumping = state.is_waiting && state.wait == QN_WAIT_NONE;
	stack->is_nameless = state.is_nameless || !stack->stack.frames_count;
	stack->what = qn_arena_copy(arena, state.what); /* the table's words are the normalizer's */
	/* "busy AsyncSearch (...)": not where it stands still */
	if (stack->activity == QN_ACTIVITY_BLOCKED && state.wait_what.len &&
	    !qn_text_equal(state.what, state.wait_what))
		stack->what =
			qn_arena_printf(arena, "%.*s, %.*s", QN_ARG(state.wait_what), QN_ARG(state.what));
	if (stack->stack.frames_count == 0)
		stack->what = QN_TEXT("unknown");
}

/* One copy of each text: thousands of frames have the same few. */
static struct qn_error *keep_text(struct qn_map *kept, struct qn_arena *arena, struct qn_text *text)
{
	struct qn_text *copy;

	if (text->len == 0)
		return NULL;
	copy = qn_map_find(kept, *text);
	if (!copy) {
		copy = qn_arena_alloc(arena, sizeof(*copy));
		QN_TRY(qn_arena_check(arena));
		*copy = qn_arena_copy(arena, *text);
		QN_TRY(qn_arena_check(arena));
		QN_TRY(qn_map_put(kept, *copy, copy));
	}
	*text = *copy;
	return NULL;
}

struct qn_error *qn_pm_keep_names(struct qn_map *kept, struct qn_arena *arena, struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		struct qn_frame *frame = &stack->frames[i];

		QN_TRY(keep_text(kept, arena, &frame->function));
		QN_TRY(keep_text(kept, arena, &frame->key));
		QN_TRY(keep_text(kept, arena, &frame->file));
	}
	return NULL;
}

struct qn_error *qn_pm_keep_raw(struct qn_map *kept, struct qn_arena *arena, struct qn_stack *stack)
{
	QN_TRY(keep_text(kept, arena, &stack->thread));
	for (size_t i = 0; i < stack->frames_count; i++) {
		struct qn_frame *frame = &stack->frames[i];

		QN_TRY(keep_text(kept, arena, &frame->raw));
		QN_TRY(keep_text(kept, arena, &frame->file));
		QN_TRY(keep_text(kept, arena, &frame->module));
		QN_TRY(keep_text(kept, arena, &frame->build_id));
	}
	return NULL;
}

void qn_pm_describe_by_wait(struct qn_pm_stack *stack, const struct qn_core_wait *wait)
{
	bool is_in_task = stack->stack.executor.state == QN_WORKER_BUSY;

	if (!stack->is_nameless || stack->wait != QN_WAIT_NONE ||
	    (stack->activity != QN_ACTIVITY_UNKNOWN && stack->activity != QN_ACTIVITY_RUNNING))
		return;
	switch (wait->kind) {
	case QN_LOCK_MUTEX:
	case QN_LOCK_RWLOCK:
	case QN_LOCK_SHARED_MUTEX:
		stack->activity = QN_ACTIVITY_BLOCKED;
		stack->wait = QN_WAIT_LOCK;
		stack->what = wait->kind == QN_LOCK_MUTEX    ? QN_TEXT("blocked in a mutex")
			      : wait->kind == QN_LOCK_RWLOCK ? QN_TEXT("blocked in a read-write lock")
							     : QN_TEXT("blocked in folly::SharedMutex lock");
		break;
	case QN_LOCK_JOIN:
		stack->activity = QN_ACTIVITY_BLOCKED;
		stack->wait = QN_WAIT_THREAD;
		stack->what = QN_TEXT("joins a thread");
		break;
	case QN_LOCK_CONDITION:
	case QN_LOCK_SEMAPHORE:
	case QN_LOCK_FUTEX:
		stack->activity = is_in_task ? QN_ACTIVITY_BLOCKED : QN_ACTIVITY_IDLE;
		stack->wait = QN_WAIT_CONDITION;
		stack->what = wait->kind == QN_LOCK_CONDITION   ? QN_TEXT("waiting in pthread_cond_wait")
			      : wait->kind == QN_LOCK_SEMAPHORE ? QN_TEXT("waiting in a semaphore")
								: QN_TEXT("waiting in a futex");
		break;
	case QN_LOCK_NONE: break;
	}
}
