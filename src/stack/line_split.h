/* Lines that were many:
 *
 *	panic: x goroutine 1 [running]: main.f() /src/a.go:3 +0x1d main.main() /src/a.go:9 +0x5     blanks
 *	panic: x\n\ngoroutine 1 [running]:\nmain.f()\n\t/src/a.go:3 +0x1d                           escapes
 *	{"level":"fatal","message":"panic: x\n\ngoroutine 1 [running]:\n..."}                      in JSON
 *	... | (no unique labels) | goroutine 1 [running]: |  | 2025-... | (no unique labels) | ...  a table
 *	_ZN6milvus3RunEv /src/a.cpp:38 pc=0x7f12                                                    a lost tab
 *
 * Linear in the length of the line. */
#ifndef QN_STACK_LINE_SPLIT_H
#define QN_STACK_LINE_SPLIT_H

#include "base/text.h"

/* True: @ret holds what the lines were, each with a newline, and @damage gets enum qn_damage bits.
 * False: it is one line. */
bool qn_line_split(struct qn_text text, struct qn_buffer *ret, unsigned *damage);

#endif
