/* Undoes what viewers, markdown and mail did to single lines of a crash text:
 *
 *	14\t[github.com/x/y.(*T).F](http://github.com/x/y.(*T).F)(0xc0)   a line number and a link
 *	> `void folly::Function&lt;void ()&gt;::f\_1()`                   quoting and escapes
 *	12_ZN6milvus5query6SearchEv                                       a glued line number
 *
 * A line is changed only where what is left is plainly a part of a stack or the head of a report: messages
 * and other writers' lines stay as they stand. Linear in the length of the line. */
#ifndef QN_STACK_LINE_MEND_H
#define QN_STACK_LINE_MEND_H

#include "base/text.h"
#include "stack/dialect.h"
#include "stack/line_prefix.h"

struct qn_line_mender {
	const struct qn_header_index *headers; /* not owned */
	struct qn_buffer text, spare;
	uint64_t last_number; /* in front of the last line that had one; 0: none yet */
	struct qn_line_prefix prefix;
};

void qn_line_mender_deinit(struct qn_line_mender *mender);

/* @text itself, or what it was, in the mender until its next line. @damage gets enum qn_damage bits. */
struct qn_text qn_line_mend(struct qn_line_mender *mender, struct qn_text text, unsigned *damage);

#endif
