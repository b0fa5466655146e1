#include "rule/prefilter.h"

#include <stdlib.h>

#include "rule/prefilter_engine.h"
#include "base/arena.h"
#include "base/banned.h"

struct qn_prefilter {
	const struct qn_prefilter_ops *ops;
	void *engine; /* NULL: no literals, no hits */
	struct qn_arena arena;
};

struct qn_prefilter_scratch {
	const struct qn_prefilter_ops *ops;
	void *engine_scratch;
	struct qn_prefilter_hits hits;
};

/* The best engine may turn the literals down; the portable one takes all. */
static struct qn_error *create_engine(struct qn_prefilter *prefilter, const struct qn_text *literals,
				      size_t count, enum qn_prefilter_choice choice)
{
	struct qn_error *error;

	if (choice == QN_PREFILTER_BEST && qn_prefilter_hyperscan) {
		prefilter->ops = qn_prefilter_hyperscan;
		error = count ? prefilter->ops->create(literals, count, &prefilter->engine) : NULL;
		if (!error || error->code != QN_ERROR_UNRECOGNIZED)
			return error;
		qn_error_destroy(error);
	}
	prefilter->ops = &qn_prefilter_portable;
	return count ? prefilter->ops->create(literals, count, &prefilter->engine) : NULL;
}

struct qn_error *qn_prefilter_create(const struct qn_text *literals, size_t count,
				     enum qn_prefilter_choice choice, struct qn_prefilter **ret)
{
	_cleanup_(qn_prefilter_destroy_guard) struct qn_prefilter *prefilter = calloc(1, sizeof(*prefilter));
	struct qn_text *copies;

	if (!prefilter || !(copies = qn_arena_alloc(&prefilter->arena, count * sizeof(*copies) + 1)))
		return &qn_error_no_memory;
	if (count >= UINT32_MAX / 16)
		return qn_error_create(QN_ERROR_LIMIT, "%zu literals are too many to search for", count);
	for (size_t i = 0; i < count; i++) {
		if (!literals[i].len)
			return qn_error_create(QN_ERROR_RULE, "literal %zu is empty and would hit everywhere",
					       i);
		copies[i] = qn_arena_copy(&prefilter->arena, literals[i]);
	}
	QN_TRY(qn_arena_check(&prefilter->arena));
	QN_TRY(create_engine(prefilter, copies, count, choice));
	*ret = qn_take(prefilter);
	return NULL;
}

void qn_prefilter_destroy(struct qn_prefilter *prefilter)
{
	if (!prefilter)
		return;
	if (prefilter->engine)
		prefilter->ops->destroy(prefilter->engine);
	qn_arena_deinit(&prefilter->arena);
	free(prefilter);
}

const char *qn_prefilter_engine(const struct qn_prefilter *prefilter)
{
	return prefilter->ops->name;
}

struct qn_error *qn_prefilter_scratch_create(const struct qn_prefilter *prefilter,
					     struct qn_prefilter_scratch **ret)
{
	_cleanup_(qn_prefilter_scratch_destroy_guard) struct qn_prefilter_scratch *scratch =
		calloc(1, sizeof(*scratch));

	if (!scratch)
		return &qn_error_no_memory;
	scratch->ops = prefilter->ops;
	if (prefilter->engine)
		QN_TRY(prefilter->ops->scratch_create(prefilter->engine, &scratch->engine_scratch));
	*ret = qn_take(scratch);
	return NULL;
}

void qn_prefilter_scratch_destroy(struct qn_prefilter_scratch *scratch)
{
	if (!scratch)
		return;
	if (scratch->engine_scratch)
		scratch->ops->scratch_destroy(scratch->engine_scratch);
	free(scratch->hits.items);
	free(scratch);
}

static int compare_hits(const void *left, const void *right)
{
	const struct qn_prefilter_hit *a = left, *b = right;

	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	return (a->literal > b->literal) - (a->literal < b->literal);
}

/* Engines deliver nearly in order, so most scans need no sorting. */
static void sort_hits(struct qn_prefilter_hits *hits)
{
	for (size_t i = 1; i < hits->count; i++)
		if (compare_hits(&hits->items[i - 1], &hits->items[i]) > 0) {
			qsort(hits->items, hits->count, sizeof(*hits->items), compare_hits);
			return;
		}
}

struct qn_error *qn_prefilter_scan(const struct qn_prefilter *prefilter, struct qn_prefilter_scratch *scratch,
				   struct qn_text block, const struct qn_prefilter_hit **ret,
				   size_t *ret_count)
{
	if (block.len > UINT32_MAX)
		return qn_error_create(QN_ERROR_LIMIT, "a block of %zu bytes is over 4 GiB", block.len);
	scratch->hits.count = 0;
	if (prefilter->engine && block.len)
		QN_TRY(prefilter->ops->scan(prefilter->engine, scratch->engine_scratch, block,
					    &scratch->hits));
	sort_hits(&scratch->hits);
	*ret = scratch->hits.items;
	*ret_count = scratch->hits.count;
	return NULL;
}
