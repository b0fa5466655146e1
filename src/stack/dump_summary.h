/* What the threads of a dump were at. Thousands of them stand alike: each stack is judged once. */
#ifndef QN_STACK_DUMP_SUMMARY_H
#define QN_STACK_DUMP_SUMMARY_H

#include "base/hash.h"
#include "stack/executor.h"
#include "stack/sighting.h"

#define QN_WHAT_BYTES_MAX 160U

struct qn_thread_summary {
	struct qn_thread_state state; /* what is not set */
	char what[QN_WHAT_BYTES_MAX];
};

struct qn_thread_summaries {
	struct qn_map map;
	struct qn_arena arena;
};

void qn_thread_summaries_deinit(struct qn_thread_summaries *summaries);

/* @frames     its frames are a thread's, raw
 * @normalizer NULL: nothing can be said of them */
struct qn_error *qn_thread_summarize(struct qn_thread_summaries *summaries,
				     const struct qn_normalizer *normalizer, const struct qn_sighting *frames,
				     struct qn_thread_summary *ret) QN_MUST_CHECK;

#endif
