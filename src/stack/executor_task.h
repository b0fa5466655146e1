/* The task in the name of a Folly continuation. Such names are 10 kB long, and hostile ones longer: each is
 * passed a fixed number of times. */
#ifndef QN_STACK_EXECUTOR_TASK_H
#define QN_STACK_EXECUTOR_TASK_H

#include "base/arena.h"
#include "base/text.h"
#include "stack/frame_table.h"

/* The function behind the first "asyncProduce<NAME::{lambda" or "12asyncProduceIZ<len>NAME" in a name as
 * found; empty: none. Part of @raw or in @arena. */
struct qn_text qn_executor_task(const struct qn_frame_table *table, struct qn_arena *arena,
				struct qn_text raw);

/* The first lambda in a name as found that the application wrote, as "NAME::{lambda}"; or the name alone of
 * one of the task_callbacks; empty: none. In @arena. */
struct qn_text qn_executor_lambda(const struct qn_frame_table *table, struct qn_arena *arena,
				  struct qn_text raw);

#endif
