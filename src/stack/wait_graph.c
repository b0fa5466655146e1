/* Who waits for whom: each thread for the owner of the lock that it wants, or for the thread that it joins.
 * Every thread waits for at most one other, so following the owners finds each cycle in linear time. */
#include <stdlib.h>

#include "stack/postmortem_parts.h"

#include "base/banned.h"

/* The first thread of this tid; SIZE_MAX: none (it ended, or the word is none). Threads are sorted. */
static size_t find_thread(const struct qn_postmortem *postmortem, uint64_t tid)
{
	size_t low = 0, high = postmortem->threads_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (postmortem->threads[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < postmortem->threads_count && postmortem->threads[low].tid == tid ? low : SIZE_MAX;
}

static bool is_wait_for_owner(const struct qn_core_wait *wait)
{
	return wait->owner && (wait->kind == QN_LOCK_MUTEX || wait->kind == QN_LOCK_RWLOCK ||
			       wait->kind == QN_LOCK_SHARED_MUTEX || wait->kind == QN_LOCK_JOIN);
}

static struct qn_error *take_cycle(struct qn_postmortem *postmortem, const size_t *next, size_t start)
{
	struct qn_pm_cycle *cycle = &postmortem->cycles[postmortem->cycles_count];
	size_t first = start, count = 0;

	for (size_t i = start; count == 0 || i != start; i = next[i], count++)
		if (i < first) /* sorted: the smallest tid */
			first = i;
	cycle->threads = qn_arena_alloc(&postmortem->arena, count * sizeof(*cycle->threads));
	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = first; cycle->count < count; i = next[i])
		cycle->threads[cycle->count++] = i;
	postmortem->cycles_count++;
	return NULL;
}

static int compare_cycles(const void *a, const void *b)
{
	const struct qn_pm_cycle *left = a, *right = b;

	return left->threads[0] < right->threads[0] ? -1 : 1;
}

struct qn_error *qn_pm_find_cycles(struct qn_postmortem *postmortem)
{
	size_t count = postmortem->threads_count, waiting = 0;
	size_t *next = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*next));
	size_t *walk = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*walk)); /* which passed it */

	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < count; i++) {
		const struct qn_core_wait *wait = &postmortem->threads[i].wait;

		next[i] = is_wait_for_owner(wait) ? find_thread(postmortem, wait->owner) : SIZE_MAX;
		waiting += next[i] != SIZE_MAX;
	}
	postmortem->cycles = qn_arena_alloc(&postmortem->arena, (waiting + 1) * sizeof(*postmortem->cycles));
	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at != SIZE_MAX && walk[at] == 0; at = next[at])
			walk[at] = i + 1;
		if (at != SIZE_MAX && walk[at] == i + 1)
			QN_TRY(take_cycle(postmortem, next, at));
	}
	if (postmortem->cycles_count > 1)
		qsort(postmortem->cycles, postmortem->cycles_count, sizeof(*postmortem->cycles),
		      compare_cycles);
	return NULL;
}
