/* Links, entities, escapes, colours and invisible characters, out of a line. */
#ifndef QN_STACK_LINE_MARKUP_H
#define QN_STACK_LINE_MARKUP_H

#include <stdbool.h>

#include "base/text.h"

/* A quick look: false for nearly all lines. */
bool qn_line_has_markup(struct qn_text text);

/* Into @ret or @spare, whichever is last; @damage gets enum qn_damage bits for what was undone. */
struct qn_text qn_line_undo_markup(struct qn_buffer *ret, struct qn_buffer *spare, struct qn_text text,
				   unsigned *damage);

#endif
