/* Which thread pool a stack belongs to, what its worker was at, and in which task: read out of the Folly
 * plumbing on it, as the frame tables say (docs/signatures.md, "Frame tables"). */
#ifndef QN_STACK_EXECUTOR_H
#define QN_STACK_EXECUTOR_H

#include "stack/frame_table.h"
#include "stack/stack.h"

/* Fills stack->executor from frames that have their key and role. Its texts are part of the frames or in
 * @arena. */
void qn_executor_find(const struct qn_frame_table *table, struct qn_arena *arena, struct qn_stack *stack);

/* What a thread was at, of a stack with keys, roles and executor. */
struct qn_thread_state {
	struct qn_text
		what; /* "idle CPUThreadPoolExecutor worker"; borrowed from the stack or in the arena */
	enum qn_wait_kind wait;   /* what its innermost frames, up to the application's, wait for */
	struct qn_text wait_what; /* the words for it; borrowed from the table */
	bool is_blocked;          /* the table says that one does not wait so for work */
	bool is_waiting;          /* its innermost frame is a wait */
	bool is_raising;          /* it brings the process down: abort(), std::terminate() */
	bool is_handling;         /* it is in a signal handler */
	bool is_nameless;         /* nothing is known of its innermost frame */
	bool has_user;            /* with frames of the application that are not Go's */
};
void qn_executor_describe(const struct qn_frame_table *table, struct qn_arena *arena,
			  const struct qn_stack *stack, struct qn_thread_state *ret);

#endif
