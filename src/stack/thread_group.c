/* Threads with equal stacks. */
#include <stdlib.h>

#include "base/hash.h"
#include "stack/postmortem_parts.h"

#include "base/banned.h"

/* The functions in their order; of a frame without a name where it is. Lines may differ. */
static struct qn_hash128 hash_stack(const struct qn_pm_stack *stack)
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	for (size_t i = 0; i < stack->stack.frames_count; i++) {
		const struct qn_frame *frame = &stack->stack.frames[i];

		qn_hasher_add(&hasher, frame->key);
		if (frame->key.len)
			continue;
		qn_hasher_add(&hasher, frame->module);
		qn_hasher_add_u64(&hasher, frame->pc);
	}
	qn_hasher_add_u64(&hasher, stack->elided_count ? stack->elided_at + 1 : 0);
	return qn_hasher_result(&hasher);
}

/* Numbers of groups by stack: equal ones have the number of the first of them. */
static struct qn_error *find_equal(const struct qn_postmortem *postmortem, struct qn_hash128 *hashes,
				   size_t *ret)
{
	struct qn_map map = {0};
	struct qn_error *error = NULL;

	for (size_t i = 0; i < postmortem->stacks_count && !error; i++) {
		struct qn_text key = {(const char *)&hashes[i], sizeof(hashes[i])};
		const size_t *found;

		hashes[i] = hash_stack(&postmortem->stacks[i]);
		found = qn_map_find(&map, key);
		ret[i] = found ? *found : i;
		if (!found)
			error = qn_map_put(&map, key, &ret[i]);
	}
	qn_map_deinit(&map);
	return error;
}

static void begin_group(struct qn_postmortem *postmortem, size_t thread)
{
	struct qn_pm_thread *first = &postmortem->threads[thread];

	first->group = postmortem->groups_count;
	postmortem->groups[postmortem->groups_count++] = (struct qn_pm_group){
		.stack = first->stack,
		.is_crashed = thread == postmortem->crashed,
		.activity = postmortem->stacks[first->stack].activity,
		.what = postmortem->stacks[first->stack].what,
	};
}

/* The threads of all groups are one array, cut into pieces. */
static void fill_groups(struct qn_postmortem *postmortem, size_t *room)
{
	for (size_t i = 0; i < postmortem->threads_count; i++)
		postmortem->groups[postmortem->threads[i].group].count++;
	for (size_t i = 0; i < postmortem->groups_count; i++) {
		postmortem->groups[i].threads = room;
		room += postmortem->groups[i].count;
		postmortem->groups[i].count = 0;
	}
	for (size_t i = 0; i < postmortem->threads_count; i++) {
		struct qn_pm_group *group = &postmortem->groups[postmortem->threads[i].group];

		group->threads[group->count++] = i;
	}
}

struct qn_error *qn_pm_make_groups(struct qn_postmortem *postmortem)
{
	struct qn_arena *arena = &postmortem->arena;
	size_t stacks = postmortem->stacks_count + 1, threads = postmortem->threads_count + 1;
	struct qn_hash128 *hashes = qn_arena_alloc(arena, stacks * sizeof(*hashes));
	size_t *equal = qn_arena_alloc(arena, stacks * sizeof(*equal));
	size_t *groups = qn_arena_alloc(arena, stacks * sizeof(*groups)); /* number + 1 by stack */
	size_t *room = qn_arena_alloc(arena, threads * sizeof(*room));

	postmortem->groups = qn_arena_alloc(arena, threads * sizeof(*postmortem->groups));
	QN_TRY(qn_arena_check(arena));
	QN_TRY(find_equal(postmortem, hashes, equal));
	for (size_t i = 0; i < postmortem->threads_count; i++) {
		struct qn_pm_thread *thread = &postmortem->threads[i];
		size_t *group = &groups[equal[thread->stack]];

		if (i == postmortem->crashed) {
			begin_group(postmortem, i);
			continue;
		}
		if (*group == 0) {
			begin_group(postmortem, i);
			*group = postmortem->groups_count;
		}
		thread->group = *group - 1;
	}
	fill_groups(postmortem, room);
	return NULL;
}

enum rank {
	RANK_CRASHED,
	RANK_CYCLE,
	RANK_BLOCKED,
	RANK_RUNNING,
	RANK_BETWEEN,
	RANK_UNKNOWN,
	RANK_IDLE,
};

struct ranked {
	struct qn_pm_group group;
	enum rank rank;
	size_t number;
};

static enum rank rank_of(const struct qn_pm_group *group)
{
	static const enum rank ranks[] = {
		[QN_ACTIVITY_UNKNOWN] = RANK_UNKNOWN, [QN_ACTIVITY_IDLE] = RANK_IDLE,
		[QN_ACTIVITY_RUNNING] = RANK_RUNNING, [QN_ACTIVITY_BLOCKED] = RANK_BLOCKED,
		[QN_ACTIVITY_BETWEEN] = RANK_BETWEEN,
	};

	return group->is_crashed ? RANK_CRASHED : ranks[group->activity];
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;

	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	if (left->group.count != right->group.count)
		return left->group.count > right->group.count ? -1 : 1;
	return left->group.threads[0] < right->group.threads[0] ? -1 : 1;
}

void qn_pm_sort_groups(struct qn_postmortem *postmortem)
{
	size_t count = postmortem->groups_count;
	struct ranked *ranked = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*ranked));

	if (!ranked || count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		ranked[i] = (struct ranked){postmortem->groups[i], rank_of(&postmortem->groups[i]), i};
	for (size_t i = 0; i < postmortem->cycles_count; i++)
		for (size_t k = 0; k < postmortem->cycles[i].count; k++) {
			size_t group = postmortem->threads[postmortem->cycles[i].threads[k]].group;

			if (ranked[group].rank > RANK_CYCLE)
				ranked[group].rank = RANK_CYCLE;
		}
	qsort(ranked, count, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < count; i++) {
		postmortem->groups[i] = ranked[i].group;
		for (size_t k = 0; k < ranked[i].group.count; k++)
			postmortem->threads[ranked[i].group.threads[k]].group = i;
	}
}
