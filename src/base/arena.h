/* Memory for one unit of work: many small pieces, given back together.
 *
 * qn_arena_alloc() returns NULL only when memory ran out, and then the arena remembers it: a function that
 * makes many pieces may check each for NULL and leave quietly, and its caller asks qn_arena_check() once.
 * Pieces are aligned for any type. Not for several threads. */
#ifndef QN_BASE_ARENA_H
#define QN_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct qn_arena_chunk;

struct qn_arena {
	struct qn_arena_chunk *chunks; /* newest first */
	bool is_failed;
};

void qn_arena_deinit(struct qn_arena *arena);
void qn_arena_clear(struct qn_arena *arena);               /* keeps one chunk for the next unit */
void *qn_arena_alloc(struct qn_arena *arena, size_t size); /* zeroed */
/* A copy that ends in NUL. {NULL, 0} when memory ran out. */
struct qn_text qn_arena_copy(struct qn_arena *arena, struct qn_text text);
struct qn_text qn_arena_printf(struct qn_arena *arena, const char *format, ...) QN_PRINTF(2, 3);
struct qn_error *qn_arena_check(const struct qn_arena *arena) QN_MUST_CHECK;

#endif
