/* The door to Hyperscan, and what stands in for it: finds any of many literals in one pass over a block.
 *
 * Both engines give the same hits; the portable one is slower. Which one a build has: qn_prefilter_engine().
 */
#ifndef QN_RULE_PREFILTER_H
#define QN_RULE_PREFILTER_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

enum qn_prefilter_choice { QN_PREFILTER_BEST, QN_PREFILTER_PORTABLE };

struct qn_prefilter;

/* @literals  not empty each; copied. Their index is the id of a hit. */
struct qn_error *qn_prefilter_create(const struct qn_text *literals, size_t count,
				     enum qn_prefilter_choice choice,
				     struct qn_prefilter **ret) QN_MUST_CHECK;
void qn_prefilter_destroy(struct qn_prefilter *prefilter);
QN_DEFINE_GUARD(struct qn_prefilter, qn_prefilter_destroy);
const char *qn_prefilter_engine(const struct qn_prefilter *prefilter); /* "hyperscan", "portable" */

/* Scratch of one thread. */
struct qn_prefilter_scratch;
struct qn_error *qn_prefilter_scratch_create(const struct qn_prefilter *prefilter,
					     struct qn_prefilter_scratch **ret) QN_MUST_CHECK;
void qn_prefilter_scratch_destroy(struct qn_prefilter_scratch *scratch);
QN_DEFINE_GUARD(struct qn_prefilter_scratch, qn_prefilter_scratch_destroy);

struct qn_prefilter_hit {
	uint32_t last;    /* offset of the literal's last byte in the block */
	uint32_t literal; /* id */
};

/* All hits in @block (at most 4 GiB), in the order of `last`, then of id. @ret points into the scratch and is
 * good until its next scan. */
struct qn_error *qn_prefilter_scan(const struct qn_prefilter *prefilter, struct qn_prefilter_scratch *scratch,
				   struct qn_text block, const struct qn_prefilter_hit **ret,
				   size_t *ret_count) QN_MUST_CHECK;

#endif
