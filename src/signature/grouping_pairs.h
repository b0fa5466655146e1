/* Private to grouping: which profiles are worth comparing. */
#ifndef QN_SIGNATURE_GROUPING_PAIRS_H
#define QN_SIGNATURE_GROUPING_PAIRS_H

#include "signature/profile.h"

struct qn_pair {
	uint32_t low, high; /* indexes of profiles, low < high */
};

/* Lowers the weight of each frame that is passed on the way to (or called from) many places. */
struct qn_error *qn_pairs_weigh(struct qn_profile *profiles, size_t count) QN_MUST_CHECK;

/* Each pair once, in order; the caller's to free(). */
struct qn_error *qn_pairs_find(const struct qn_profile *profiles, size_t count, struct qn_pair **ret,
			       size_t *ret_count) QN_MUST_CHECK;

#endif
