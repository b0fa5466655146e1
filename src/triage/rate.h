/* How often WARN and ERROR templates come, by steps of time. */
#ifndef QN_TRIAGE_RATE_H
#define QN_TRIAGE_RATE_H

#include <stdint.h>

#include "base/error.h"
#include "record/timestamp.h"
#include "store/store.h"

/* Steps kept of one source, all templates together: when there would be more, all become wider. */
#define QN_RATES_MAX 16384U

struct qn_rate {
	int64_t bucket; /* number of the step since 1970; its width is the feed's */
	uint64_t count;
};

struct qn_feed;
struct qn_template_count;

/* Counts one line at @time; unknown: nothing. */
struct qn_error *qn_feed_count_rate(struct qn_feed *feed, struct qn_template_count *counted,
				    struct qn_time time) QN_MUST_CHECK;

struct qn_error *qn_rates_save(const struct qn_feed *feed, const struct qn_template_count *counted,
			       struct qn_store *store, int64_t source) QN_MUST_CHECK;

#endif
