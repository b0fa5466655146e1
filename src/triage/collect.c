#include "triage/collect.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "input/source.h"
#include "stack/line_wrap.h"
#include "triage/cores.h"
#include "triage/family.h"
#include "triage/feed.h"
#include "triage/mend.h"
#include "triage/pipeline.h"
#include "triage/save.h"
#include "triage/verdict.h"
#include "base/banned.h"

struct collect {
	const struct qn_collect_options *options;
	struct qn_sources sources, cores;
	struct qn_scanner scanner;
	struct qn_issues issues; /* of no feed: of the walk, of sources that cannot be read */
	struct qn_saved saved;
	struct qn_waiting waiting;
};

struct collect_worker {
	struct collect *collect;
	struct qn_feed_worker feed;
};

static void worker_destroy(void *context)
{
	struct collect_worker *worker = context;

	qn_matcher_destroy(worker->feed.matcher);
	qn_arena_deinit(&worker->feed.arena);
	qn_scan_scratch_deinit(&worker->feed.scan);
	free(worker);
}

static struct qn_error *worker_create(void *context, void **ret)
{
	struct collect *collect = context;
	struct collect_worker *worker = calloc(1, sizeof(*worker));
	struct qn_error *error;

	if (!worker)
		return &qn_error_no_memory;
	worker->collect = collect;
	error = qn_matcher_create(collect->options->rules, &worker->feed.matcher);
	if (!error)
		error = qn_scan_scratch_init(&worker->feed.scan, &collect->scanner);
	if (error) {
		worker_destroy(worker);
		return error;
	}
	*ret = worker;
	return NULL;
}

static struct qn_scanned *scanned_create(void *context)
{
	(void)context;
	return calloc(1, sizeof(struct qn_scanned));
}

static void scanned_destroy(struct qn_scanned *scanned)
{
	qn_scanned_deinit(scanned);
	free(scanned);
}

/* A collector's piece of a line stays in one block with the rest of it. */
static bool ends_whole(const void *context, struct qn_text line)
{
	const struct qn_feed *feed = context;
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	struct qn_wrapped wrapped = {0};

	qn_wrapping_peel(&feed->wrapping, line, scratch, &wrapped);
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
	return !wrapped.is_partial;
}

/* Does @line have a time of its own? What has none belongs to the line above. */
static bool begins_entry(const void *context, struct qn_text line)
{
	const struct qn_feed *feed = context;
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	struct qn_wrapped wrapped = {0};

	if (qn_text_ends(line, QN_TEXT("\r")))
		line.len--;
	qn_wrapping_peel(&feed->wrapping, line, scratch, &wrapped);
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
	return wrapped.time.is_known;
}

static size_t take_line(const void *context, struct qn_text text, struct qn_buffer *joined,
			struct qn_text *ret_rest)
{
	return qn_line_wrap_take(context, text, joined, ret_rest);
}

/* What a source was whose lines a terminal broke. */
struct unbroken {
	struct qn_line_place *places;
	size_t count;
	uint64_t lines;
};

static struct qn_error *join_lines(struct qn_block_reader *reader, struct qn_block *block,
				   struct unbroken *ret)
{
	struct qn_text text = block ? (struct qn_text){block->data, block->len} : (struct qn_text){0}, what;
	struct qn_line_wrap wrap;

	*ret = (struct unbroken){0};
	if (!text.len || qn_source_recognize(qn_text_first(text, QN_PROBE_BYTES), &what) != QN_SOURCE_LOG)
		return NULL;
	qn_line_wrap_detect(text, &wrap);
	return wrap.count ? qn_block_reader_join(reader, block, take_line, &wrap, &ret->places, &ret->count,
						 &ret->lines)
			  : NULL;
}

/* Takes over where the lines stood before they were joined. */
static void keep_unbroken(struct qn_feed *feed, struct unbroken *unbroken)
{
	for (size_t i = 0; feed->order && unbroken->places && i < feed->order_count; i++)
		feed->order[i] = unbroken->places[feed->order[i].number - 1];
	if (unbroken->places && !feed->order) {
		feed->order = qn_take(unbroken->places);
		feed->order_count = unbroken->count;
	}
	feed->lines_in_pieces = unbroken->lines;
}

/* Reads a source whose newest line is first from its end. */
static struct qn_error *turn(struct qn_feed *feed, struct qn_block_reader *reader, struct qn_block *block)
{
	QN_TRY(qn_block_reader_turn(reader, block, begins_entry, feed, &feed->order, &feed->order_count));
	feed->is_turned = feed->order != NULL;
	if (!feed->order)
		qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
			       "the newest line is first, and it is more than %u MiB: read as it stands, so "
			       "its stacks are upside down",
			       QN_BACKWARDS_BYTES_MAX >> 20);
	return NULL;
}

static struct qn_error *open_feed(void *context, size_t source, struct qn_block *block,
				  struct qn_block_reader *reader, void **ret)
{
	struct collect *collect = context;
	_cleanup_(qn_feed_destroy_guard) struct qn_feed *feed = NULL;
	_cleanup_free_ struct qn_line_place *places = NULL;
	struct unbroken unbroken;
	struct qn_text first;

	QN_TRY(join_lines(reader, block, &unbroken));
	places = unbroken.places;
	first = block ? (struct qn_text){block->data, block->len} : (struct qn_text){0};
	QN_TRY(qn_feed_create(collect->options, &collect->sources.items[source], first, &feed));
	if (qn_wrapping_is_newest_first(&feed->wrapping, qn_text_first(first, QN_PROBE_BYTES)))
		QN_TRY(turn(feed, reader, block));
	keep_unbroken(feed, &unbroken);
	places = unbroken.places;
	if (feed->wrapping.count) {
		reader->may_end = ends_whole;
		reader->may_end_context = feed;
	}
	*ret = qn_take(feed);
	return NULL;
}

/* What a walk found and cannot be read is odd input; what was named is an error. */
static struct qn_error *source_failed(void *context, size_t index, struct qn_error *error)
{
	struct collect *collect = context;
	const struct qn_source *source = &collect->sources.items[index];

	if (source->is_named || error->code != QN_ERROR_SYSTEM)
		return error;
	qn_issues_note(&collect->issues, qn_text_of(source->path), "cannot be read: %s",
		       strerror(error->errno_value));
	qn_error_destroy(error);
	return NULL;
}

static struct qn_error *scan(void *context, void *feed_context, const struct qn_block *block,
			     struct qn_scanned *ret)
{
	struct collect_worker *worker = context;
	const struct qn_feed *feed = feed_context;

	return qn_scan_block(&worker->collect->scanner, &worker->feed.scan, &feed->wrapping, block, ret);
}

static struct qn_error *collect_block(void *context, void *feed, const struct qn_block *block,
				      struct qn_scanned *scanned)
{
	struct collect_worker *worker = context;

	return qn_feed_collect(feed, &worker->feed, block, scanned);
}

static struct qn_error *finish_feed(void *context, void *feed_context, const struct qn_block_reader *reader)
{
	_cleanup_(qn_feed_destroy_guard) struct qn_feed *feed = feed_context;
	struct collect *collect = context;

	QN_TRY(qn_feed_end(feed));
	return qn_waiting_take(&collect->waiting, qn_take(feed), qn_digest_result(&reader->content),
			       reader->offset, &collect->saved);
}

static void abandon_feed(void *feed)
{
	qn_feed_destroy(feed);
}

static int compare_contents(const void *a, const void *b)
{
	return qn_text_compare(((const struct qn_store_source *)a)->content,
			       ((const struct qn_store_source *)b)->content);
}

/* A label names the run: shards of one job that give the same label are one. Without, it is named after what
 * it saw, so that the same evidence ingested again is the same run. */
static struct qn_error *save_run(struct collect *collect)
{
	struct qn_saved *saved = &collect->saved;
	struct qn_store *store = collect->options->store;
	struct qn_hasher hasher;
	char id[17];
	int64_t ignored;

	if (saved->sources_count)
		qsort(saved->sources, saved->sources_count, sizeof(*saved->sources), compare_contents);
	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, collect->options->label);
	for (size_t i = 0; i < saved->sources_count && !collect->options->label.len; i++)
		if (!i || !qn_text_equal(saved->sources[i].content, saved->sources[i - 1].content))
			qn_hasher_add(&hasher, saved->sources[i].content);
	qn_hash_hex(qn_hasher_result(&hasher), 16, id);
	QN_TRY(qn_store_add_run(store, &(struct qn_store_run){.id = qn_text_of(id),
							      .label = collect->options->label,
							      .last_time = saved->last_time}));
	for (size_t i = 0; i < saved->sources_count; i++) {
		saved->sources[i].run = qn_text_of(id);
		QN_TRY(qn_store_add_source(store, &saved->sources[i], &ignored));
	}
	return NULL;
}

static struct qn_error *run(struct collect *collect)
{
	static const struct qn_pipeline_steps template = {
		.worker_create = worker_create,
		.worker_destroy = worker_destroy,
		.scanned_create = scanned_create,
		.scanned_destroy = scanned_destroy,
		.open = open_feed,
		.failed = source_failed,
		.scan = scan,
		.collect = collect_block,
		.finish = finish_feed,
		.abandon = abandon_feed,
	};
	const struct qn_collect_options *options = collect->options;
	struct qn_pipeline_steps steps = template;

	steps.context = collect;
	QN_TRY(qn_pipeline_run(&collect->sources, options->jobs ? options->jobs : qn_processors(),
			       options->interrupted, &steps));
	QN_TRY(qn_waiting_finish(&collect->waiting, options, &collect->issues, &collect->saved));
	QN_TRY(qn_cores_collect(&collect->cores, options, &collect->issues, &collect->saved));
	QN_TRY(qn_lives_save(&collect->saved, options->store));
	for (size_t i = 0; i < collect->issues.count; i++)
		QN_TRY(qn_store_add_issue(options->store, 0, &collect->issues.items[i]));
	return save_run(collect);
}

static struct qn_error *collect_all(struct collect *collect)
{
	const struct qn_collect_options *options = collect->options;
	struct qn_error *error;

	QN_TRY(qn_sources_find(options->paths, options->paths_count, &collect->issues, &collect->sources));
	QN_TRY(qn_cores_take(&collect->sources, &collect->cores));
	QN_TRY(qn_scanner_init(&collect->scanner, options->rules));
	QN_TRY(qn_store_begin(options->store));
	error = run(collect);
	if (!error)
		error = qn_verdict_judge(options->store, options->rules);
	if (!error)
		error = qn_family_judge(options->store, options->weights);
	if (!error)
		error = qn_store_commit(options->store);
	if (error)
		qn_store_rollback(options->store);
	return error;
}

struct qn_error *qn_collect(const struct qn_collect_options *options, struct qn_collect_result *ret)
{
	struct collect collect = {.options = options};
	struct qn_error *error = collect_all(&collect);

	if (!error)
		*ret = (struct qn_collect_result){
			.sources = collect.sources.count + collect.cores.count,
			.bytes = collect.saved.bytes,
			.lines = collect.saved.lines,
			.issues = collect.saved.issues + collect.issues.count + collect.issues.left_out,
			.is_interrupted = options->interrupted && *options->interrupted,
		};
	qn_scanner_deinit(&collect.scanner);
	qn_sources_deinit(&collect.sources);
	qn_sources_deinit(&collect.cores);
	qn_issues_deinit(&collect.issues);
	qn_waiting_deinit(&collect.waiting);
	qn_saved_deinit(&collect.saved);
	return error;
}
