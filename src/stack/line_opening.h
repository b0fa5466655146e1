/* The heads of a report within a text that lost its newlines:
 *
 *	SIGSEGV: segmentation violation PC=0x7f12 m=5 sigcode=1 goroutine 7 [syscall]: main.f(0x1)
 *
 * is four lines: each of the words that such a line begins with begins one. Linear. */
#ifndef QN_STACK_LINE_OPENING_H
#define QN_STACK_LINE_OPENING_H

#include <stdbool.h>

#include "base/text.h"

/* Does @text begin with such words? */
bool qn_begins_opening(struct qn_text text);

/* Appends what stands between two places as lines. */
void qn_split_between(struct qn_buffer *ret, struct qn_text text);

#endif
