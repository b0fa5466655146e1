/* Log patterns, journald and CI runners put a front before every line of a stack that was logged:
 *
 *	2024-03-01 10:11:12,345 ERROR [worker-3] c.e.Service - \tat a.b.C.f(C.java:12)
 *	[2024-03-01, 10:11:12 UTC] {mixin.py:109} WARNING -   File "/a/b.py", line 12, in f
 *
 * It is learnt from a line that is plainly of a stack of Java or Python, and then cut off the lines that have
 * the same one: digits may differ, all else is equal. Linear in the length of a line. */
#ifndef QN_STACK_LINE_PREFIX_H
#define QN_STACK_LINE_PREFIX_H

#include "base/text.h"

struct qn_line_prefix {
	struct qn_buffer shape; /* a digit stands for any number of them */
	unsigned lines_left;    /* until it is forgotten; each frame begins the count anew */
};

void qn_line_prefix_deinit(struct qn_line_prefix *prefix);

/* Is a prefix known, and does @text begin with it? */
bool qn_line_prefix_fits(const struct qn_line_prefix *prefix, struct qn_text text);

/* @text without its prefix, where it has one. @damage gets a bit of enum qn_damage. */
struct qn_text qn_line_prefix_cut(struct qn_line_prefix *prefix, struct qn_text text, unsigned *damage);

#endif
