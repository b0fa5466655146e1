/* Frames of one line each that all came in one:
 *
 *	Signal 11 #0  0x7f12 in f () at a.cpp:3 #1  0x7f13 in g () at a.cpp:9
 *	stack trace: *** @ 0x7f12 f() @ 0x7f13 g()
 *	/lib/x.so(f+0x3)[0x7f12] /lib/x.so(g+0x9)[0x7f13]
 *
 * Linear in the length of the line. */
#ifndef QN_STACK_LINE_NUMBERED_H
#define QN_STACK_LINE_NUMBERED_H

#include <stdbool.h>

#include "base/text.h"

/* True: @ret holds the lines, each with a newline. False: it is one line; @ret is of no use. */
bool qn_line_split_numbered(struct qn_text text, struct qn_buffer *ret);

#endif
