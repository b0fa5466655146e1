/* Which signatures in the store are one family: found by looking at all of them, after each ingest and merge.
 */
#ifndef QN_TRIAGE_FAMILY_H
#define QN_TRIAGE_FAMILY_H

#include "base/error.h"
#include "signature/weight.h"
#include "store/store.h"

/* Replaces all families and why. A function of the signatures and stacks alone: whatever order they came in,
 * and in however many stores before a merge. Idempotent.
 * @weights  may be NULL: without the shipped table */
struct qn_error *qn_family_update(struct qn_store *store, const struct qn_weights *weights) QN_MUST_CHECK;
/* The same inside the caller's batch. */
struct qn_error *qn_family_judge(struct qn_store *store, const struct qn_weights *weights) QN_MUST_CHECK;

#endif
