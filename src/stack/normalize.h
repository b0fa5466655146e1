/* Gives a frame its role and its comparable name. Which names mean what is data: frames.yaml and folly.yaml
 * in the rules folder (format: docs/signatures.md, "Frame tables"). */
#ifndef QN_STACK_NORMALIZE_H
#define QN_STACK_NORMALIZE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "stack/stack.h"

struct qn_normalizer;

/* @paths  table files, read in order; the first entry that matches a frame wins.
 * One normalizer may serve several threads. */
struct qn_error *qn_normalizer_create(const char *const *paths, size_t count,
				      struct qn_normalizer **ret) QN_MUST_CHECK;
void qn_normalizer_destroy(struct qn_normalizer *normalizer);
QN_DEFINE_GUARD(struct qn_normalizer, qn_normalizer_destroy);

/* From raw and file (as found) of each frame: fills function, key, file (build root cut), role, is_go,
 * is_ladder; marks inlined frames (a physical frame's pc is told once per function: of neighbours with the
 * same pc and different functions all but the outermost are inlined) and drops copies (same pc, file, line
 * and function: two threads wrote the same frame). Then finds the executor. */
void qn_normalizer_apply(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			 struct qn_stack *stack);

/* The same for a stack that was normalized, of which names were repaired since: the files are cut already. */
void qn_normalizer_rename(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			  struct qn_stack *stack);

struct qn_thread_state; /* executor.h */
/* What the thread of @stack was at; applies itself to the stack first. */
void qn_normalizer_describe(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			    struct qn_stack *stack, struct qn_thread_state *ret);

/* Text with ids, numbers, addresses, channels, paths and times masked by <*>: what is left is the same for
 * every occurrence of one message. In @arena. */
struct qn_text qn_mask_message(struct qn_arena *arena, struct qn_text message);

#endif
