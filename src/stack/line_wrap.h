/* Sources that were copied from a terminal, which broke each line at its right edge:
 *
 *	 3# milvus::segcore::SegmentInternalInterface::FillTargetEntry(milvus::SearchRes
 *	ult&) const at /src/segcore/SegmentInterface.cpp:88
 *	[2025/03/02 10:11:12.300 +00:00] [WARN] [retry/retry.go:130] ["failed"] [errorVer
 *	bose="no leader\n(1) attached stack trace\
 *	n  | github.com/x/y.F\n  | \t/src/y.go:441"]
 *
 * Where no line of the source is longer than the pieces are wide, all lines of that width go on in the next
 * one unless that begins like a line of its own; else only those that are plainly broken and whole with what
 * follows: frames that stand on one line, places, and zap records. */
#ifndef QN_STACK_LINE_WRAP_H
#define QN_STACK_LINE_WRAP_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

#define QN_WRAP_WIDTHS_MAX 4U
#define QN_WRAP_FRONT_BYTES_MAX 128U

struct qn_line_wrap {
	size_t widths[QN_WRAP_WIDTHS_MAX];   /* in letters */
	unsigned count;                      /* of widths; 0: nothing is broken */
	size_t longest;                      /* letters of the longest line seen */
	char front[QN_WRAP_FRONT_BYTES_MAX]; /* what stands in front of every line, of each piece, too */
	size_t front_len;
};

/* @sample  whole lines of the source's beginning */
void qn_line_wrap_detect(struct qn_text sample, struct qn_line_wrap *ret);

/* The line that @text begins with, joined from its pieces into @ret (cleared before) without a newline.
 * Returns the number of pieces; @ret_rest is what follows them. */
size_t qn_line_wrap_take(const struct qn_line_wrap *wrap, struct qn_text text, struct qn_buffer *ret,
			 struct qn_text *ret_rest);

#endif
