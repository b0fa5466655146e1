/* Writes what a source showed into the store, inside the caller's batch. */
#ifndef QN_TRIAGE_SAVE_H
#define QN_TRIAGE_SAVE_H

#include "triage/feed.h"

/* A life as it goes into the store, kept until all sources are read: how it ended may stand in another one.
 */
struct qn_saved_life {
	struct qn_store_process row; /* texts in the arena that was given to qn_feed_save() */
	bool has_banner, is_previous;
	struct qn_text place; /* what a life belongs to: its pod, or its source where no pod is known */
};

struct qn_saved {
	struct qn_arena arena;
	struct qn_saved_life *lives;
	size_t lives_count, lives_capacity;
	struct qn_store_pod *pods;
	size_t pods_count, pods_capacity;
	struct qn_store_source *sources; /* to be linked to the run */
	size_t sources_count, sources_capacity;
	struct qn_time last_time;
	uint64_t lines, bytes, issues;
};

void qn_saved_deinit(struct qn_saved *saved);

struct qn_error *qn_feed_save(struct qn_feed *feed, struct qn_hash128 content, uint64_t size_bytes,
			      struct qn_saved *saved) QN_MUST_CHECK;

/* Says how each life ended, and writes the lives and pods:
 * - last words decide (crash, panic, abort, terminated, exit);
 * - without any, a later life with a banner in the same place, or a log of the life before, means it was
 * killed (oom-killed when the pod says that of its last termination);
 * - the last life of a place is running when the pod's listing says so, else it is not known how it ended. */
struct qn_error *qn_lives_save(struct qn_saved *saved, struct qn_store *store) QN_MUST_CHECK;

#endif
