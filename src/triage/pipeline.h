/* Runs sources through worker threads: blocks are read and scanned in parallel, also those of one source, and
 * handed to its collector one after the other, in order. What comes out does not depend on the number of
 * threads.
 *
 * A worker reads the next block of some source, scans it, and, when the block is the next one due, becomes
 * the collector of that source until no block that is due is ready. Blocks in flight are bounded (that is the
 * back-pressure), so memory does not grow with the input. */
#ifndef QN_TRIAGE_PIPELINE_H
#define QN_TRIAGE_PIPELINE_H

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"
#include "input/lines.h"
#include "input/source.h"

/* Bytes in, marks out: what scanning makes of a block. Defined by the user of the pipeline. */
struct qn_scanned;

struct qn_pipeline_steps {
	void *context;
	/* One per worker thread. */
	struct qn_error *(*worker_create)(void *context, void **ret_worker);
	void (*worker_destroy)(void *worker);
	struct qn_scanned *(*scanned_create)(void *context); /* NULL: no memory */
	void (*scanned_destroy)(struct qn_scanned *scanned);

	/* The first block of a source was read: recognize it. *ret_feed NULL: leave the source alone.
	 * @reader's may_end may be set, and the source turned round, which changes @first. @first is NULL for
	 * an empty source. */
	struct qn_error *(*open)(void *context, size_t source, struct qn_block *first,
				 struct qn_block_reader *reader, void **ret_feed);
	/* A source that cannot be opened or read; one at a time with finish. Returns @error, or takes it and
	 * returns NULL. */
	struct qn_error *(*failed)(void *context, size_t source, struct qn_error *error);
	/* In any thread, any order. */
	struct qn_error *(*scan)(void *worker, void *feed, const struct qn_block *block,
				 struct qn_scanned *ret);
	/* In order, one at a time for one feed. */
	struct qn_error *(*collect)(void *worker, void *feed, const struct qn_block *block,
				    struct qn_scanned *scanned);
	/* After the last block; one at a time over all feeds. Takes ownership of @feed. */
	struct qn_error *(*finish)(void *context, void *feed, const struct qn_block_reader *reader);
	void (*abandon)(void *feed); /* instead of finish, after an error */
};

struct qn_error *qn_pipeline_run(const struct qn_sources *sources, unsigned jobs,
				 const volatile sig_atomic_t *interrupted,
				 const struct qn_pipeline_steps *steps) QN_MUST_CHECK;

/* The processors that this process may use. */
unsigned qn_processors(void);

#endif
