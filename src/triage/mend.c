#include "triage/mend.h"

#include <stdlib.h>

#include "input/source.h"
#include "stack/repair.h"
#include "stack/symbols.h"
#include "store/query.h"
#include "base/banned.h"

void qn_waiting_deinit(struct qn_waiting *waiting)
{
	for (size_t i = 0; i < waiting->count; i++)
		qn_feed_destroy(waiting->items[i].feed);
	free(waiting->items);
	*waiting = (struct qn_waiting){0};
}

/* A logged error is named by its message and not by its stack. */
static bool is_named_by_stack(const struct qn_finding *finding)
{
	return finding->stack->frames_count && finding->stack->kind != QN_KIND_ERROR &&
	       finding->stack->dialect && strcmp(finding->stack->dialect, "record") != 0;
}

static bool must_wait(const struct qn_feed *feed)
{
	for (size_t i = 0; i < feed->findings_count; i++)
		if (is_named_by_stack(&feed->findings[i]) && qn_repair_is_wanted(feed->findings[i].stack))
			return true;
	return false;
}

struct qn_error *qn_waiting_take(struct qn_waiting *waiting, struct qn_feed *feed, struct qn_hash128 content,
				 uint64_t size_bytes, struct qn_saved *saved)
{
	_cleanup_(qn_feed_destroy_guard) struct qn_feed *owned = feed;
	bool is_wanted = must_wait(feed);

	if (is_wanted && waiting->count < QN_WAITING_MAX) {
		QN_TRY(qn_array_reserve(&waiting->items, &waiting->capacity, waiting->count + 1,
					sizeof(*waiting->items)));
		waiting->items[waiting->count++] =
			(struct qn_waiting_feed){qn_take(owned), content, size_bytes};
		return NULL;
	}
	if (is_wanted)
		qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
			       "damaged names are not repaired: more than %u sources have some",
			       QN_WAITING_MAX);
	return qn_feed_save(feed, content, size_bytes, saved);
}

static int compare_feeds(const void *a, const void *b)
{
	const struct qn_waiting_feed *left = a, *right = b;

	return (left->feed->source > right->feed->source) - (left->feed->source < right->feed->source);
}

static void offer_name(void *context, struct qn_text name, struct qn_text file, uint32_t line)
{
	qn_repairs_offer(context, name, file, line);
}

static void offer_symbol(void *context, struct qn_text name)
{
	qn_repairs_offer_symbol(context, name);
}

static struct qn_error *offer_file(struct qn_repairs *repairs, const char *path, struct qn_issues *issues)
{
	bool is_elf, is_cut;

	QN_TRY(qn_symbols_read(path, offer_symbol, repairs, &is_elf, &is_cut));
	if (is_cut)
		qn_issues_note(issues, qn_text_of(path),
			       "damaged or too large: not all of its symbols were read");
	return NULL;
}

static struct qn_error *offer_symbols(struct qn_repairs *repairs, const struct qn_collect_options *options,
				      struct qn_issues *issues)
{
	struct qn_issues walk_issues = {0}; /* links to one file are the rule in .build-id trees */
	struct qn_sources files = {0};
	struct qn_error *error;

	if (!options->symbols_count)
		return NULL;
	error = qn_sources_find(options->symbols, options->symbols_count, &walk_issues, &files);
	for (size_t i = 0; !error && i < files.count; i++)
		if (!options->interrupted || !*options->interrupted)
			error = offer_file(repairs, files.items[i].path, issues);
	qn_sources_deinit(&files);
	qn_issues_deinit(&walk_issues);
	return error;
}

static struct qn_error *ask_and_offer(struct qn_waiting *waiting, const struct qn_collect_options *options,
				      struct qn_issues *issues, struct qn_repairs *repairs)
{
	for (size_t i = 0; i < waiting->count; i++) {
		const struct qn_feed *feed = waiting->items[i].feed;

		for (size_t k = 0; k < feed->findings_count; k++)
			if (is_named_by_stack(&feed->findings[k]))
				QN_TRY(qn_repairs_ask(repairs, feed->findings[k].stack));
	}
	QN_TRY(qn_repairs_prepare(repairs));
	if (!qn_repairs_has_questions(repairs))
		return NULL;
	for (size_t i = 0; i < waiting->count; i++) {
		const struct qn_feed *feed = waiting->items[i].feed;

		for (size_t k = 0; k < feed->findings_count; k++)
			qn_repairs_offer_stack(repairs, feed->findings[k].stack);
	}
	QN_TRY(qn_query_names(options->store, offer_name, repairs));
	return offer_symbols(repairs, options, issues);
}

/* The title of the crash that ended a life is its evidence. */
static void rename_ends(struct qn_feed *feed, struct qn_text before, struct qn_text after)
{
	for (size_t i = 0; i < feed->lives_count; i++)
		if (qn_text_equal(feed->lives[i].end_evidence, before))
			feed->lives[i].end_evidence = after;
}

static struct qn_error *repair_finding(struct qn_feed *feed, struct qn_repairs *repairs,
				       struct qn_finding *finding)
{
	struct qn_text title = finding->signature.title;
	struct qn_stack *stack;
	bool is_changed;

	if (!is_named_by_stack(finding) || !qn_repair_is_wanted(finding->stack))
		return NULL;
	stack = qn_stack_copy(&feed->arena, finding->stack); /* equal stacks share their frames */
	if (!stack)
		return &qn_error_no_memory;
	QN_TRY(qn_repairs_apply(repairs, feed->options->normalizer, &feed->arena, stack, &is_changed));
	if (!is_changed)
		return NULL;
	finding->stack = stack;
	qn_arena_clear(&feed->scratch);
	QN_TRY(qn_signature_of_stack(&feed->scratch, stack, &finding->signature));
	QN_TRY(qn_feed_own_signature(feed, &finding->signature));
	rename_ends(feed, title, finding->signature.title);
	return NULL;
}

struct qn_error *qn_waiting_finish(struct qn_waiting *waiting, const struct qn_collect_options *options,
				   struct qn_issues *issues, struct qn_saved *saved)
{
	_cleanup_(qn_repairs_destroy_guard) struct qn_repairs *repairs = NULL;

	if (!waiting->count)
		return NULL;
	qsort(waiting->items, waiting->count, sizeof(*waiting->items), compare_feeds);
	QN_TRY(qn_repairs_create(&repairs));
	QN_TRY(ask_and_offer(waiting, options, issues, repairs));
	for (size_t i = 0; i < waiting->count; i++) {
		struct qn_waiting_feed *item = &waiting->items[i];

		for (size_t k = 0; k < item->feed->findings_count; k++)
			QN_TRY(repair_finding(item->feed, repairs, &item->feed->findings[k]));
		QN_TRY(qn_feed_save(item->feed, item->content, item->size_bytes, saved));
	}
	return NULL;
}
