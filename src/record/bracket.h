/* The bracket groups of a zap line: ["quoted \"text\""], [bare], [key=value], ["quoted key"="value"]. */
#ifndef QN_RECORD_BRACKET_H
#define QN_RECORD_BRACKET_H

#include "record/record.h"

struct qn_bracket {
	struct qn_text key;   /* decoded */
	struct qn_text value; /* decoded; data NULL: the group has no '=' and is the key only */
};

/* Takes one group, and the blanks before it, off @cursor. False, nothing taken, when no '[' comes next. */
bool qn_bracket_take(struct qn_arena *arena, struct qn_cursor *cursor, struct qn_bracket *ret);

#endif
