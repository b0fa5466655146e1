#include "triage/pipeline.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/banned.h"

/* Blocks of one source that may be read ahead of its collector. */
#define RING 4U

struct ready {
	struct qn_block block;
	struct qn_scanned *scanned;
};

/* A source that is being worked on. */
struct lane {
	size_t source;
	struct qn_block_reader reader;
	void *feed;
	struct ready *ring[RING]; /* scanned, waiting for their turn */
	uint64_t read;            /* blocks handed to scanners */
	uint64_t collected;
	bool is_open; /* reader and feed are there */
	bool is_reading, is_collecting, is_at_end;
};

struct pipeline {
	const struct qn_sources *sources;
	const struct qn_pipeline_steps *steps;
	const volatile sig_atomic_t *interrupted;
	unsigned jobs;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_mutex_t finish_lock;
	struct lane **lanes; /* at most `jobs` */
	size_t lanes_count;
	size_t next_source;
	struct ready **spare; /* blocks to use again */
	size_t spare_count, spare_capacity;
	struct qn_error *error; /* the first one; everybody stops */
};

unsigned qn_processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count < 1 ? 1 : count > (int)QN_JOBS_MAX ? QN_JOBS_MAX : (unsigned)count;
}

static void ready_destroy(const struct pipeline *pipeline, struct ready *ready)
{
	if (!ready)
		return;
	qn_block_deinit(&ready->block);
	if (ready->scanned)
		pipeline->steps->scanned_destroy(ready->scanned);
	free(ready);
}

/* With the lock held. NULL: no memory. */
static struct ready *ready_get(struct pipeline *pipeline)
{
	struct ready *ready;
	struct qn_error *error;

	if (pipeline->spare_count)
		return pipeline->spare[--pipeline->spare_count];
	ready = calloc(1, sizeof(*ready));
	if (!ready)
		return NULL;
	error = qn_block_init(&ready->block);
	ready->scanned = error ? NULL : pipeline->steps->scanned_create(pipeline->steps->context);
	if (ready->scanned)
		return ready;
	qn_error_destroy(error);
	ready_destroy(pipeline, ready);
	return NULL;
}

/* With the lock held. */
static void ready_put(struct pipeline *pipeline, struct ready *ready)
{
	struct qn_error *error = qn_array_reserve(&pipeline->spare, &pipeline->spare_capacity,
						  pipeline->spare_count + 1, sizeof(*pipeline->spare));

	if (error) {
		qn_error_destroy(error);
		ready_destroy(pipeline, ready);
		return;
	}
	pipeline->spare[pipeline->spare_count++] = ready;
}

/* With the lock held: keeps the first error. */
static void fail(struct pipeline *pipeline, struct qn_error *error)
{
	if (!error)
		return;
	if (pipeline->error)
		qn_error_destroy(error);
	else
		pipeline->error = error;
}

static bool is_interrupted(const struct pipeline *pipeline)
{
	return pipeline->interrupted && *pipeline->interrupted;
}

/* With the lock held: a lane with a block to read. A worker opens a source of its own before it helps with
 * another's; the lanes that are further along come first. */
static struct lane *pick_lane(struct pipeline *pipeline)
{
	struct lane *lane;

	if (!is_interrupted(pipeline) && pipeline->next_source < pipeline->sources->count &&
	    pipeline->lanes_count < pipeline->jobs) {
		lane = calloc(1, sizeof(*lane));
		if (!lane) {
			fail(pipeline, &qn_error_no_memory);
			return NULL;
		}
		lane->source = pipeline->next_source++;
		pipeline->lanes[pipeline->lanes_count++] = lane;
		return lane;
	}
	for (size_t i = 0; i < pipeline->lanes_count; i++) {
		lane = pipeline->lanes[i];
		if (!lane->is_at_end && !lane->is_reading && lane->read - lane->collected < RING)
			return lane;
	}
	return NULL;
}

/* With the lock held. */
static void remove_lane(struct pipeline *pipeline, struct lane *lane)
{
	for (size_t i = 0; i < pipeline->lanes_count; i++) {
		if (pipeline->lanes[i] == lane) {
			memmove(&pipeline->lanes[i], &pipeline->lanes[i + 1],
				(pipeline->lanes_count - i - 1) * sizeof(*pipeline->lanes));
			pipeline->lanes_count--;
			break;
		}
	}
	for (size_t i = 0; i < RING; i++)
		ready_destroy(pipeline, lane->ring[i]);
	if (lane->is_open)
		qn_block_reader_deinit(&lane->reader);
	free(lane);
}

/* Reads the next block, the first time with opening the source; without the lock. */
static struct qn_error *read_block(struct pipeline *pipeline, struct lane *lane, struct qn_block *block,
				   bool *ret_has)
{
	const struct qn_source *source = &pipeline->sources->items[lane->source];
	const struct qn_pipeline_steps *steps = pipeline->steps;
	struct qn_stream stream;
	bool is_first = !lane->is_open;

	if (is_interrupted(pipeline) && !is_first) {
		*ret_has = false;
		return NULL;
	}
	if (is_first) {
		QN_TRY(qn_stream_open(source, &stream));
		stream.interrupted = pipeline->interrupted;
		qn_block_reader_init(&lane->reader, stream);
		lane->is_open = true;
	}
	QN_TRY(qn_block_reader_next(&lane->reader, block, ret_has));
	if (!is_first)
		return NULL;
	QN_TRY(steps->open(steps->context, lane->source, *ret_has ? block : NULL, &lane->reader,
			   &lane->feed));
	return *ret_has && lane->reader.may_end ? qn_block_reader_recut(&lane->reader, block) : NULL;
}

/* With the lock held: hands what is due to the collector, and ends the lane after its last block. */
static void collect_due(struct pipeline *pipeline, struct lane *lane, void *worker)
{
	const struct qn_pipeline_steps *steps = pipeline->steps;
	struct qn_error *error = NULL;
	void *feed;

	if (lane->is_collecting)
		return;
	lane->is_collecting = true;
	while (!pipeline->error && lane->ring[lane->collected % RING]) {
		struct ready *ready = qn_take(lane->ring[lane->collected % RING]);

		pthread_mutex_unlock(&pipeline->lock);
		error = steps->collect(worker, lane->feed, &ready->block, ready->scanned);
		pthread_mutex_lock(&pipeline->lock);
		fail(pipeline, error);
		ready_put(pipeline, ready);
		lane->collected++;
		pthread_cond_broadcast(&pipeline->changed);
	}
	lane->is_collecting = false;
	if (!lane->is_at_end || lane->collected != lane->read || pipeline->error)
		return;
	feed = qn_take(lane->feed);
	if (feed) {
		lane->is_collecting = true; /* nobody else ends it */
		pthread_mutex_unlock(&pipeline->lock);
		pthread_mutex_lock(&pipeline->finish_lock);
		error = steps->finish(steps->context, feed, &lane->reader);
		pthread_mutex_unlock(&pipeline->finish_lock);
		pthread_mutex_lock(&pipeline->lock);
		fail(pipeline, error);
	}
	remove_lane(pipeline, lane);
	pthread_cond_broadcast(&pipeline->changed);
}

/* With the lock held, which is given up meanwhile. */
static void work_on(struct pipeline *pipeline, struct lane *lane, void *worker)
{
	const struct qn_pipeline_steps *steps = pipeline->steps;
	struct ready *ready = ready_get(pipeline);
	struct qn_error *error;
	uint64_t sequence = lane->read;
	bool has = false;

	if (!ready) {
		fail(pipeline, &qn_error_no_memory);
		return;
	}
	lane->is_reading = true;
	pthread_mutex_unlock(&pipeline->lock);
	error = read_block(pipeline, lane, &ready->block, &has);
	if (error) {
		pthread_mutex_lock(&pipeline->finish_lock);
		error = steps->failed(steps->context, lane->source, error);
		pthread_mutex_unlock(&pipeline->finish_lock);
		has = false;
	}
	pthread_mutex_lock(&pipeline->lock);
	fail(pipeline, error);
	lane->is_reading = false;
	if (!has || !lane->feed) {
		lane->is_at_end = true;
		ready_put(pipeline, ready);
	} else {
		lane->read++;
		pthread_cond_broadcast(&pipeline->changed);
		pthread_mutex_unlock(&pipeline->lock);
		qn_block_blank_nuls(&ready->block);
		error = steps->scan(worker, lane->feed, &ready->block, ready->scanned);
		pthread_mutex_lock(&pipeline->lock);
		fail(pipeline, error);
		lane->ring[sequence % RING] = ready;
	}
	collect_due(pipeline, lane, worker);
}

static void *run_worker(void *argument)
{
	struct pipeline *pipeline = argument;
	void *worker = NULL;
	struct qn_error *error = pipeline->steps->worker_create(pipeline->steps->context, &worker);

	pthread_mutex_lock(&pipeline->lock);
	fail(pipeline, error);
	while (!pipeline->error) {
		struct lane *lane = pick_lane(pipeline);

		if (lane)
			work_on(pipeline, lane, worker);
		else if (!pipeline->error &&
			 (pipeline->lanes_count ||
			  (pipeline->next_source < pipeline->sources->count && !is_interrupted(pipeline))))
			pthread_cond_wait(&pipeline->changed, &pipeline->lock);
		else
			break;
	}
	pthread_cond_broadcast(&pipeline->changed);
	pthread_mutex_unlock(&pipeline->lock);
	if (worker)
		pipeline->steps->worker_destroy(worker);
	return NULL;
}

static void run_workers(struct pipeline *pipeline)
{
	pthread_t threads[QN_JOBS_MAX];
	unsigned started = 0;

	/* This thread is the first worker; fewer threads than asked for do the same work. */
	while (started + 1 < pipeline->jobs &&
	       pthread_create(&threads[started], NULL, run_worker, pipeline) == 0)
		started++;
	run_worker(pipeline);
	while (started)
		pthread_join(threads[--started], NULL);
}

struct qn_error *qn_pipeline_run(const struct qn_sources *sources, unsigned jobs,
				 const volatile sig_atomic_t *interrupted,
				 const struct qn_pipeline_steps *steps)
{
	struct pipeline pipeline = {
		.sources = sources,
		.steps = steps,
		.interrupted = interrupted,
		.jobs = jobs < 1             ? 1
			: jobs > QN_JOBS_MAX ? QN_JOBS_MAX
					     : jobs,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.finish_lock = PTHREAD_MUTEX_INITIALIZER,
	};

	pipeline.lanes = calloc(pipeline.jobs, sizeof(*pipeline.lanes));
	if (!pipeline.lanes)
		return &qn_error_no_memory;
	run_workers(&pipeline);
	while (pipeline.lanes_count) {
		if (pipeline.lanes[0]->feed)
			steps->abandon(pipeline.lanes[0]->feed);
		remove_lane(&pipeline, pipeline.lanes[0]);
	}
	while (pipeline.spare_count)
		ready_destroy(&pipeline, pipeline.spare[--pipeline.spare_count]);
	free(pipeline.spare);
	free(pipeline.lanes);
	return pipeline.error;
}
