/* Writes what a source showed into the store, inside the caller's batch. */
#ifndef QN_TRIAGE_SAVE_H
#define QN_TRIAGE_SAVE_H

#include "triage/feed.h"

struct qn_saved {
	struct qn_arena arena;
	struct qn_store_process *lives; /* texts in the arena */
	size_t lives_count, lives_capacity;
	struct qn_store_pod *pods;
	size_t pods_count, pods_capacity;
	struct qn_store_source *sources; /* to be linked to the run */
	size_t sources_count, sources_capacity;
	struct qn_time last_time;
	uint64_t lines, bytes, issues;
};

void qn_saved_deinit(struct qn_saved *saved);

/* The texts of a stack's lists, a line each, as the store has them; in @arena. */
struct qn_text qn_join_damage(struct qn_arena *arena, const struct qn_stack *stack);
struct qn_text qn_join_others(struct qn_arena *arena, const struct qn_stack *stack);

struct qn_error *qn_feed_save(struct qn_feed *feed, struct qn_hash128 content, uint64_t size_bytes,
			      struct qn_saved *saved) QN_MUST_CHECK;

/* Writes the lives and pods, and decides all ends. */
struct qn_error *qn_lives_save(struct qn_saved *saved, struct qn_store *store) QN_MUST_CHECK;

/* Says how each life in the store ended, whichever ingest brought it and what is known of its pod:
 * - last words decide (crash, panic, abort, terminated, exit);
 * - without any, a later life with a banner in the same place, or a log of the container before, means it was
 * killed (oom-killed when the pod says that of its last termination);
 * - the last life of a place is running when the pod's listing says so, else it is not known how it ended.
 * Lives that overlap are two collections of one: neither followed the other. */
struct qn_error *qn_lives_decide(struct qn_store *store) QN_MUST_CHECK;

#endif
