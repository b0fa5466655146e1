#include "support/folder.h"

#include "triage/pipeline.h"

/* What the steps below record of each source, and where they are told to fail. */
struct seen {
	uint64_t bytes, blocks;
	bool is_finished, is_abandoned;
	bool is_out_of_order;
};

struct plan {
	struct qn_sources sources;
	struct seen seen[64];
	size_t fail_open, fail_scan, fail_collect, fail_finish; /* source index + 1; 0: none */
	size_t failed_count;
	volatile sig_atomic_t interrupted;
	uint64_t interrupt_after; /* blocks; 0: never */
};

struct qn_scanned {
	uint64_t checksum;
};

struct feed {
	struct plan *plan;
	size_t source;
	uint64_t next;
};

static struct qn_error *worker_create(void *context, void **ret)
{
	*ret = context;
	return NULL;
}

static void worker_destroy(void *worker)
{
	(void)worker;
}

static struct qn_scanned *scanned_create(void *context)
{
	(void)context;
	return calloc(1, sizeof(struct qn_scanned));
}

static void scanned_destroy(struct qn_scanned *scanned)
{
	free(scanned);
}

static struct qn_error *planned(const char *step, size_t source, size_t fail_at)
{
	return source + 1 == fail_at ? qn_error_create(QN_ERROR_DAMAGED, "%s fails as planned", step) : NULL;
}

static struct qn_error *open_feed(void *context, size_t source, struct qn_block *first,
				  struct qn_block_reader *reader, void **ret)
{
	struct plan *plan = context;
	struct feed *feed;

	(void)first;
	(void)reader;
	QN_TRY(planned("open", source, plan->fail_open));
	feed = calloc(1, sizeof(*feed));
	*feed = (struct feed){plan, source, 0};
	*ret = feed;
	return NULL;
}

static struct qn_error *source_failed(void *context, size_t source, struct qn_error *error)
{
	struct plan *plan = context;

	(void)source;
	if (error->code != QN_ERROR_SYSTEM)
		return error;
	plan->failed_count++;
	qn_error_destroy(error);
	return NULL;
}

static uint64_t checksum(const struct qn_block *block)
{
	uint64_t sum = block->sequence;

	for (size_t i = 0; i < block->len; i++)
		sum = sum * 31 + (unsigned char)block->data[i];
	return sum;
}

static struct qn_error *scan(void *worker, void *feed_context, const struct qn_block *block,
			     struct qn_scanned *ret)
{
	struct feed *feed = feed_context;

	(void)worker;
	ret->checksum = checksum(block);
	return planned("scan", feed->source, feed->plan->fail_scan);
}

static struct qn_error *collect(void *worker, void *feed_context, const struct qn_block *block,
				struct qn_scanned *scanned)
{
	struct feed *feed = feed_context;
	struct seen *seen = &feed->plan->seen[feed->source];

	(void)worker;
	seen->is_out_of_order |= block->sequence != feed->next++ || scanned->checksum != checksum(block) ||
				 block->offset != seen->bytes;
	seen->bytes += block->len;
	seen->blocks++;
	if (feed->plan->interrupt_after && seen->blocks == feed->plan->interrupt_after)
		feed->plan->interrupted = 1;
	return planned("collect", feed->source, feed->plan->fail_collect);
}

static struct qn_error *finish(void *context, void *feed_context, const struct qn_block_reader *reader)
{
	struct feed *feed = feed_context;
	struct plan *plan = context;
	struct qn_error *error = planned("finish", feed->source, plan->fail_finish);

	plan->seen[feed->source].is_finished = true;
	plan->seen[feed->source].is_out_of_order |=
		!plan->interrupted && reader->offset != plan->seen[feed->source].bytes;
	free(feed);
	return error;
}

static void abandon(void *feed_context)
{
	struct feed *feed = feed_context;

	feed->plan->seen[feed->source].is_abandoned = true;
	free(feed);
}

static struct qn_error *run(struct plan *plan, unsigned jobs)
{
	const struct qn_pipeline_steps steps = {
		.context = plan,
		.worker_create = worker_create,
		.worker_destroy = worker_destroy,
		.scanned_create = scanned_create,
		.scanned_destroy = scanned_destroy,
		.open = open_feed,
		.failed = source_failed,
		.scan = scan,
		.collect = collect,
		.finish = finish,
		.abandon = abandon,
	};

	return qn_pipeline_run(&plan->sources, jobs, &plan->interrupted, &steps);
}

/* Sources of 0, 1, 2... blocks and a bit. */
static char *make_sources(struct plan *plan, size_t count)
{
	char *folder = qn_folder_make();
	struct qn_issues issues = {0};
	const char *path = folder;

	*plan = (struct plan){0};
	for (size_t i = 0; i < count; i++) {
		size_t size = i * 1000003;
		char *data = malloc(size + 1), name[32];

		for (size_t k = 0; k < size; k++)
			data[k] = k % 97 == 96 ? '\n' : (char)('a' + (k * 7 + i) % 26);
		snprintf(name, sizeof(name), "%02zu.log", i);
		qn_folder_write(folder, name, data, size);
		free(data);
	}
	assert_no_error(qn_sources_find(&path, 1, &issues, &plan->sources));
	qn_issues_deinit(&issues);
	return folder;
}

static void hands_every_source_over_in_order_on_any_number_of_threads(void **state)
{
	static const unsigned jobs[] = {1, 2, 3, 8};

	(void)state;
	for (size_t j = 0; j < sizeof(jobs) / sizeof(jobs[0]); j++) {
		struct plan plan;
		char *folder = make_sources(&plan, 9);

		assert_no_error(run(&plan, jobs[j]));
		for (size_t i = 0; i < 9; i++) {
			assert_int_equal(plan.seen[i].bytes, i * 1000003);
			assert_true(plan.seen[i].is_finished);
			assert_false(plan.seen[i].is_out_of_order);
		}
		qn_sources_deinit(&plan.sources);
		qn_folder_remove(folder);
	}
}

static void an_error_of_any_step_stops_the_run_and_nothing_is_left_behind(void **state)
{
	static const char *const messages[] = {"open fails as planned", "scan fails as planned",
					       "collect fails as planned", "finish fails as planned"};

	(void)state;
	for (size_t step = 0; step < 4; step++) {
		struct plan plan;
		char *folder = make_sources(&plan, 6);

		*(size_t *[]){&plan.fail_open, &plan.fail_scan, &plan.fail_collect, &plan.fail_finish}[step] =
			4;
		assert_error(run(&plan, 2), QN_ERROR_DAMAGED, messages[step]);
		for (size_t i = 0; i < 6; i++)
			assert_false(plan.seen[i].is_finished && plan.seen[i].is_abandoned);
		qn_sources_deinit(&plan.sources);
		qn_folder_remove(folder);
	}
}

static void a_source_that_is_gone_is_left_to_the_caller(void **state)
{
	struct plan plan;
	char *folder = make_sources(&plan, 3);

	(void)state;
	assert_int_equal(unlink(plan.sources.items[1].path), 0);
	assert_no_error(run(&plan, 2));
	assert_int_equal(plan.failed_count, 1);
	assert_true(plan.seen[2].is_finished);
	qn_sources_deinit(&plan.sources);
	qn_folder_remove(folder);
}

static void an_interrupt_ends_sources_early_and_finishes_them(void **state)
{
	struct plan plan;
	char *folder = make_sources(&plan, 9);

	(void)state;
	plan.interrupt_after = 2;
	assert_no_error(run(&plan, 1));
	assert_true(plan.seen[2].is_finished);
	assert_int_equal(plan.seen[8].blocks, 0);
	qn_sources_deinit(&plan.sources);
	qn_folder_remove(folder);
}

static void tells_at_least_one_processor(void **state)
{
	(void)state;
	assert_in_range(qn_processors(), 1, 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_every_source_over_in_order_on_any_number_of_threads),
		cmocka_unit_test(an_error_of_any_step_stops_the_run_and_nothing_is_left_behind),
		cmocka_unit_test(a_source_that_is_gone_is_left_to_the_caller),
		cmocka_unit_test(an_interrupt_ends_sources_early_and_finishes_them),
		cmocka_unit_test(tells_at_least_one_processor),
	};

	return QN_RUN("pipeline", tests);
}
