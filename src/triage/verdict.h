/* Which known issue each signature in the store is, by the rules at hand: looks at frames, hits, lives and
 * builds. */
#ifndef QN_TRIAGE_VERDICT_H
#define QN_TRIAGE_VERDICT_H

#include "base/error.h"
#include "rule/rule.h"
#include "store/store.h"

/* Replaces all verdicts, and adds the hits of rules that look at stacks and at what happened before.
 * Idempotent. */
struct qn_error *qn_verdict_update(struct qn_store *store, const struct qn_rule_set *rules) QN_MUST_CHECK;
/* The same inside the caller's batch. */
struct qn_error *qn_verdict_judge(struct qn_store *store, const struct qn_rule_set *rules) QN_MUST_CHECK;

#endif
