/* How much a frame tells of a failure: the shipped table rules/weights.yaml (format: docs/signatures.md, "How
 * near two signatures are"). How common a frame is in one store is grouping.h's. */
#ifndef QN_SIGNATURE_WEIGHT_H
#define QN_SIGNATURE_WEIGHT_H

#include "base/cleanup.h"
#include "base/error.h"
#include "stack/stack.h"

struct qn_weights;

/* QN_ERROR_RULE: "PATH:LINE:COLUMN: what is wrong". One table may serve several threads. */
struct qn_error *qn_weights_load(const char *path, struct qn_weights **ret) QN_MUST_CHECK;
void qn_weights_destroy(struct qn_weights *weights);
QN_DEFINE_GUARD(struct qn_weights, qn_weights_destroy);

/* From 0 (every failure has it) to 1 (names one failure). @weights  may be NULL: without a table. */
double qn_weight_of_frame(const struct qn_weights *weights, const struct qn_frame *frame);

/* "operator()", "load", "Insert": many functions have such a name. */
bool qn_frame_is_bare(const struct qn_frame *frame);

#endif
