/* The pools of a process: whose workers its threads are, and what the pool as a whole is at. */
#include <stdlib.h>

#include "base/hash.h"
#include "stack/pool_verdict.h"
#include "stack/postmortem_parts.h"

#include "base/banned.h"

/* Pools that have an address, of one kind. */
struct kind {
	size_t count;
	size_t pool; /* the first of them */
};

struct finder {
	struct qn_postmortem *postmortem;
	struct qn_map pools; /* by kind, address and name: number + 1 */
	struct qn_map kinds; /* by kind: struct kind */
	size_t capacity;
};

static void finder_deinit(struct finder *finder)
{
	qn_map_deinit(&finder->pools);
	qn_map_deinit(&finder->kinds);
}

/* Others run their tasks in a thread that somebody lends them, or in one each. */
static bool is_pool_kind(struct qn_text kind)
{
	return qn_text_ends(kind, QN_TEXT("ThreadPoolExecutor"));
}

static const struct qn_executor *executor_of(const struct qn_postmortem *postmortem, size_t thread)
{
	return &postmortem->stacks[postmortem->threads[thread].stack].stack.executor;
}

static struct qn_error *find_kind(struct finder *finder, struct qn_text name, struct kind **ret)
{
	struct qn_arena *arena = &finder->postmortem->arena;
	struct kind *kind = qn_map_find(&finder->kinds, name);

	if (!kind) {
		kind = qn_arena_alloc(arena, sizeof(*kind));
		QN_TRY(qn_arena_check(arena));
		QN_TRY(qn_map_put(&finder->kinds, name, kind));
	}
	*ret = kind;
	return NULL;
}

static struct qn_error *find_pool(struct finder *finder, struct qn_text kind, uint64_t address,
				  struct qn_text name, size_t *ret)
{
	struct qn_postmortem *postmortem = finder->postmortem;
	struct qn_text key =
		qn_arena_printf(&postmortem->arena, "%.*s %llx %.*s", QN_ARG(kind),
				(unsigned long long)address, QN_ARG(address ? QN_TEXT("") : name));
	struct qn_pm_pool *pool;

	QN_TRY(qn_arena_check(&postmortem->arena));
	pool = qn_map_find(&finder->pools, key);
	if (!pool) {
		pool = &postmortem->pools[postmortem->pools_count++];
		*pool = (struct qn_pm_pool){.kind = kind, .address = address};
		QN_TRY(qn_map_put(&finder->pools, key, pool));
	}
	if (!pool->name.len)
		pool->name = name;
	*ret = (size_t)(pool - postmortem->pools);
	return NULL;
}

/* A worker whose pool has no address is of the only one of its kind that has, where names allow it. */
static struct qn_error *assign(struct finder *finder, size_t thread)
{
	struct qn_pm_thread *worker = &finder->postmortem->threads[thread];
	const struct qn_executor *executor = executor_of(finder->postmortem, thread);
	struct qn_text name = worker->pool_name.len ? worker->pool_name : executor->pool;
	struct kind *kind;
	size_t before = finder->postmortem->pools_count;

	QN_TRY(find_kind(finder, executor->kind, &kind));
	if (!worker->executor && kind->count == 1) {
		struct qn_pm_pool *only = &finder->postmortem->pools[kind->pool];

		if (!name.len || !only->name.len || qn_text_equal(name, only->name)) {
			worker->pool = kind->pool;
			return NULL;
		}
	}
	QN_TRY(find_pool(finder, executor->kind, worker->executor, name, &worker->pool));
	if (worker->executor && finder->postmortem->pools_count > before && kind->count++ == 0)
		kind->pool = worker->pool;
	return NULL;
}

static struct qn_error *assign_all(struct qn_postmortem *postmortem)
{
	_cleanup_(finder_deinit) struct finder finder = {.postmortem = postmortem};

	for (unsigned pass = 0; pass < 2; pass++) /* those with an address first */
		for (size_t i = 0; i < postmortem->threads_count; i++)
			if (is_pool_kind(executor_of(postmortem, i)->kind) &&
			    (postmortem->threads[i].executor == 0) == (pass == 1))
				QN_TRY(assign(&finder, i));
	return NULL;
}

struct numbered {
	struct qn_pm_pool pool;
	size_t number;
};

static int compare_pools(const void *a, const void *b)
{
	const struct qn_pm_pool *left = &((const struct numbered *)a)->pool;
	const struct qn_pm_pool *right = &((const struct numbered *)b)->pool;
	int order = qn_text_compare(left->kind, right->kind);

	if (order == 0)
		order = qn_text_compare(left->name, right->name);
	return order ? order : left->address < right->address ? -1 : left->address > right->address;
}

static struct qn_error *sort_pools(struct qn_postmortem *postmortem)
{
	size_t count = postmortem->pools_count;
	struct numbered *sorted = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*sorted));
	size_t *numbers = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*numbers));

	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < count; i++)
		sorted[i] = (struct numbered){postmortem->pools[i], i};
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_pools);
	for (size_t i = 0; i < count; i++) {
		postmortem->pools[i] = sorted[i].pool;
		numbers[sorted[i].number] = i;
	}
	for (size_t i = 0; i < postmortem->threads_count; i++)
		if (postmortem->threads[i].pool != SIZE_MAX)
			postmortem->threads[i].pool = numbers[postmortem->threads[i].pool];
	return NULL;
}

static void count_worker(struct qn_postmortem *postmortem, size_t thread)
{
	struct qn_pm_pool *pool = &postmortem->pools[postmortem->threads[thread].pool];

	switch (postmortem->stacks[postmortem->threads[thread].stack].activity) {
	case QN_ACTIVITY_IDLE: pool->idle++; break;
	case QN_ACTIVITY_BLOCKED: pool->blocked++; break;
	case QN_ACTIVITY_BETWEEN: pool->between++; break;
	case QN_ACTIVITY_RUNNING:
	case QN_ACTIVITY_UNKNOWN: pool->running++; break;
	}
}

struct qn_error *qn_pm_find_pools(struct qn_postmortem *postmortem)
{
	size_t workers = 0;

	for (size_t i = 0; i < postmortem->threads_count; i++) {
		postmortem->threads[i].pool = SIZE_MAX;
		workers += is_pool_kind(executor_of(postmortem, i)->kind);
	}
	postmortem->pools = qn_arena_alloc(&postmortem->arena, (workers + 1) * sizeof(*postmortem->pools));
	QN_TRY(qn_arena_check(&postmortem->arena));
	QN_TRY(assign_all(postmortem));
	QN_TRY(sort_pools(postmortem));
	for (size_t i = 0; i < postmortem->threads_count; i++)
		if (postmortem->threads[i].pool != SIZE_MAX)
			count_worker(postmortem, i);
	return qn_pools_judge(postmortem);
}
