/* What stands around a line of a crash text and does not belong to it:
 *
 *	| text |        a row of a table          - `text`        an item of a list, as code
 *	// text         a comment                 "text\n",       an item of a list of strings
 *	│ text │        a frame around it         <p>text</p>     tags of HTML
 *
 * Linear in the length of the line; nothing is copied. Whether what is left is a line of a crash text is for
 * the caller to judge. */
#ifndef QN_STACK_LINE_MARKS_H
#define QN_STACK_LINE_MARKS_H

#include <stdbool.h>

#include "base/text.h"

/* A part of @text; @damage gets enum qn_damage bits for what was cut. */
struct qn_text qn_line_cut_marks(struct qn_text text, unsigned *damage);

/* "```sh", "~~~": what stands above and below code */
bool qn_line_is_fence(struct qn_text text);

/* The length of "<br>", "<br />" at the front of @text; 0: none. */
size_t qn_line_break_length(struct qn_text text);

#endif
