/* Sources whose stacks hold damaged names wait here until all others were read: what such a name was may
 * stand in any of them, in the store, or in the symbols that were given. */
#ifndef QN_TRIAGE_MEND_H
#define QN_TRIAGE_MEND_H

#include "triage/feed.h"
#include "triage/save.h"

/* Sources that wait; further ones are saved as they are, with an issue. */
#define QN_WAITING_MAX 1024U

struct qn_waiting_feed {
	struct qn_feed *feed; /* owned */
	struct qn_hash128 content;
	uint64_t size_bytes;
};

struct qn_waiting {
	struct qn_waiting_feed *items;
	size_t count, capacity;
};

void qn_waiting_deinit(struct qn_waiting *waiting);

/* Saves @feed, or lets it wait. Takes ownership. */
struct qn_error *qn_waiting_take(struct qn_waiting *waiting, struct qn_feed *feed, struct qn_hash128 content,
				 uint64_t size_bytes, struct qn_saved *saved) QN_MUST_CHECK;

/* Repairs and saves all that wait, in the order of the sources. @issues gets what is odd about symbol files.
 */
struct qn_error *qn_waiting_finish(struct qn_waiting *waiting, const struct qn_collect_options *options,
				   struct qn_issues *issues, struct qn_saved *saved) QN_MUST_CHECK;

#endif
