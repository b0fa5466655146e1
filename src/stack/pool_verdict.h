/* What is wrong with a pool, and how that is known. */
#ifndef QN_STACK_POOL_VERDICT_H
#define QN_STACK_POOL_VERDICT_H

#include "stack/postmortem.h"

/* Fills verdict and evidence of the pools, whose workers are counted. */
struct qn_error *qn_pools_judge(struct qn_postmortem *postmortem) QN_MUST_CHECK;

#endif
