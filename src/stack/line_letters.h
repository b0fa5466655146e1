/* Letters and digits that retyping and OCR mistake for each other, where only one reading makes sense:
 *
 *	SIGNAL CATCH BY N0N-GO SIGNAL HANDLER        the title of a report: all but two letters are there
 *	SIGN0: 11; SIGNAME: Segmentation fault       a head of it
 *	/src/a.cpp:l3O pc=Ox7fb1dOfbc37l             digits of a place
 *
 * Names are not touched; src/stack/repair.h compares them with good ones. */
#ifndef QN_STACK_LINE_LETTERS_H
#define QN_STACK_LINE_LETTERS_H

#include <stdbool.h>

#include "base/text.h"

/* Puts the mended line into @ret; false: nothing was to be mended, @ret is of no use. Linear. */
bool qn_line_mend_letters(struct qn_text text, struct qn_buffer *ret);

#endif
