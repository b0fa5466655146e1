/* What the dialects of dumps share. */
#ifndef QN_STACK_DIALECT_DUMP_H
#define QN_STACK_DIALECT_DUMP_H

#include "stack/dialect.h"

/* "#12  rest": takes the number and the blanks off the front. */
bool qn_dump_take_number(struct qn_text *text, uint64_t *ret);

/* What a header answers when memory ran out: the report is its own, and the reader finds the error when it
 * ends it. Destroys @error. */
enum qn_header_use qn_dump_fail(struct qn_sighting *sighting, struct qn_error *error);

/* @line is a frame as eu-stack prints it, with nothing before it: @sighting becomes eu-stack's. */
enum qn_header_use qn_eustack_begin(struct qn_sighting *sighting, const struct qn_crash_line *line);

#endif
