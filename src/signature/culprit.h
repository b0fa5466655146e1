/* Which frames a stack is named after: the heart of what makes two stacks the same failure
 * (docs/signatures.md). */
#ifndef QN_SIGNATURE_CULPRIT_H
#define QN_SIGNATURE_CULPRIT_H

#include "stack/stack.h"

#define QN_CULPRIT_NAMES_MAX 16U

struct qn_culprit {
	struct qn_text names[QN_CULPRIT_NAMES_MAX]; /* keys, innermost first: the significant frames */
	size_t count;
	struct qn_text place; /* the frame that stands for all of them; "" when there is only plumbing */
	struct qn_text
		c_call; /* "_Cfunc_Search": the C function that Go called, where no frame of it is known */
	bool has_user;  /* some frame is the application's */
	bool is_distinctive; /* place alone tells failures apart: no ladder, no bare name, no Go frame below C
			      */
	bool is_native;      /* it happened in C or C++ */
};

/* "main::{lambda} at crash.cpp:231" -> "main::{lambda} at crash.cpp": lines move from build to build. */
struct qn_text qn_task_key(struct qn_text task);

/* Texts are borrowed from @stack. */
void qn_culprit_find(const struct qn_stack *stack, struct qn_culprit *ret);

#endif
