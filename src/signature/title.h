/* One line that names a failure for people, of QN_TITLE_BYTES where that is possible. */
#ifndef QN_SIGNATURE_TITLE_H
#define QN_SIGNATURE_TITLE_H

#include "signature/culprit.h"

#define QN_TITLE_BYTES 100U

/* "SIGSEGV in milvus::ColumnVector::GetRawData", "panic in segments.ReduceSearchResults: index out of range
 * [<*>]"
 * @kind     by where it happened
 * @message  masked; empty: none. In @arena. */
struct qn_text qn_title_of_stack(struct qn_arena *arena, const struct qn_stack *stack, enum qn_kind kind,
				 const struct qn_culprit *culprit, struct qn_text message);

/* @text, or its beginning and "..." when it has more than @max bytes. */
struct qn_text qn_title_clip(struct qn_arena *arena, struct qn_text text, size_t max);

#endif
