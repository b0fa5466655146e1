/* "did you mean": the name nearest to what was typed. */
#ifndef QN_CLI_NEAREST_H
#define QN_CLI_NEAREST_H

#include <stddef.h>

/* Edits (a letter more, less, other, or two swapped) from @a to @b; names over 32 bytes are far from
 * everything. */
unsigned qn_edit_distance(const char *a, const char *b);

/* The first of the names with the fewest edits, if they are few for the length of @typed; else NULL.
 * @stride  bytes from one `const char *` to the next, so that a column of a table can be searched */
const char *qn_nearest(const char *typed, const char *const *names, size_t count, size_t stride);

#endif
