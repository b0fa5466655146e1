/* Which thread pool ran the task, and which task it was: read out of the Folly plumbing on a stack. */
#ifndef QN_STACK_EXECUTOR_H
#define QN_STACK_EXECUTOR_H

#include "stack/frame_table.h"
#include "stack/stack.h"

/* Fills stack->executor from frames that have their key. Its texts are part of the frames or in @arena. */
void qn_executor_find(const struct qn_frame_table *table, struct qn_arena *arena, struct qn_stack *stack);

/* The function behind the first "asyncProduce<NAME::{lambda" or "12asyncProduceIZ<len>NAME" in a name as
 * found; empty: none. Part of @raw or in @arena. */
struct qn_text qn_executor_task(const struct qn_frame_table *table, struct qn_arena *arena,
				struct qn_text raw);

#endif
