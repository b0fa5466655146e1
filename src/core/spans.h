/* Which of many spans of addresses holds an address: the smallest one that does. Spans may lie within one
 * another and overlap; they are added in any order, sorted once, then asked. */
#ifndef QN_CORE_SPANS_H
#define QN_CORE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct qn_span {
	uint64_t start, end; /* end is behind it */
	uint64_t reach;      /* the greatest end of this and all spans before it */
	size_t value;        /* what stands there: the caller's */
};

struct qn_spans {
	struct qn_span *items;
	size_t count, capacity;
};

#define QN_SPANS_LOOKED_MAX 4096U /* spans that one question looks at; it takes broken input to need more */

void qn_spans_deinit(struct qn_spans *spans);
/* Empty spans are left out. */
struct qn_error *qn_spans_add(struct qn_spans *spans, uint64_t start, uint64_t end,
			      size_t value) QN_MUST_CHECK;
void qn_spans_sort(struct qn_spans *spans);
/* Of two of one size the one that was added first (its value is the smaller one). NULL: none. */
const struct qn_span *qn_spans_find(const struct qn_spans *spans, uint64_t address);

#endif
