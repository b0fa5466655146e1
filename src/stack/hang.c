/* Nobody crashed, and yet nothing goes on: a deadlock, and which of its threads it is named after.
 *
 * The name must not depend on thread ids: of all threads of a cycle (or of a pool) the one counts whose
 * functions come first in the alphabet. */
#include "stack/postmortem_parts.h"

#include "base/banned.h"

/* The application's functions, innermost first. */
static int compare_stacks(const struct qn_stack *a, const struct qn_stack *b)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		int order;

		while (i < a->frames_count && a->frames[i].role != QN_ROLE_USER)
			i++;
		while (k < b->frames_count && b->frames[k].role != QN_ROLE_USER)
			k++;
		if (i >= a->frames_count || k >= b->frames_count) /* who has more tells more */
			return (i >= a->frames_count) - (k >= b->frames_count);
		order = qn_text_compare(a->frames[i].key, b->frames[k].key);
		if (order)
			return order;
	}
}

static void choose(const struct qn_postmortem *postmortem, size_t thread, size_t *best)
{
	const struct qn_pm_stack *stacks = postmortem->stacks;

	if (*best == SIZE_MAX || compare_stacks(&stacks[postmortem->threads[thread].stack].stack,
						&stacks[postmortem->threads[*best].stack].stack) < 0)
		*best = thread;
}

/* The smallest one, whatever its threads are at. */
static struct qn_text choose_of_cycles(const struct qn_postmortem *postmortem, size_t *ret)
{
	const struct qn_pm_cycle *cycle = NULL;

	for (size_t i = 0; i < postmortem->cycles_count; i++) {
		size_t best = SIZE_MAX;

		for (size_t k = 0; k < postmortem->cycles[i].count; k++)
			choose(postmortem, postmortem->cycles[i].threads[k], &best);
		if (cycle && postmortem->cycles[i].count > cycle->count)
			continue;
		if (cycle && postmortem->cycles[i].count == cycle->count) {
			size_t before = *ret;

			choose(postmortem, best, ret);
			if (*ret == before)
				continue;
		}
		cycle = &postmortem->cycles[i];
		*ret = best;
	}
	if (!cycle)
		return (struct qn_text){0};
	if (cycle->count == 1)
		return QN_TEXT("a thread waits for a lock that it holds itself");
	/* in words: a number would be masked in the title */
	return cycle->count == 2 ? QN_TEXT("two threads wait for each other")
				 : QN_TEXT("threads wait for each other in a ring");
}

static struct qn_text choose_of_pools(const struct qn_postmortem *postmortem, struct qn_arena *arena,
				      size_t *ret)
{
	const struct qn_pm_pool *starved = NULL;

	for (size_t i = 0; i < postmortem->threads_count; i++)
		if (qn_pm_joins_itself(postmortem, i)) {
			*ret = i;
			return qn_arena_printf(arena, "a worker waits for the end of its own %.*s",
					       QN_ARG(postmortem->pools[postmortem->threads[i].pool].kind));
		}
	for (size_t i = 0; i < postmortem->threads_count; i++) {
		size_t pool = postmortem->threads[i].pool;

		if (pool == SIZE_MAX || postmortem->pools[pool].verdict != QN_POOL_STARVED)
			continue;
		choose(postmortem, i, ret);
		starved = &postmortem->pools[postmortem->threads[*ret].pool];
	}
	if (!starved)
		return (struct qn_text){0};
	return qn_arena_printf(arena, "every worker of a %.*s waits for what only the pool can run",
			       QN_ARG(starved->kind));
}

struct qn_error *qn_pm_find_hang(struct qn_postmortem *postmortem)
{
	struct qn_arena *arena = &postmortem->arena;
	size_t thread = SIZE_MAX;
	struct qn_text message = choose_of_cycles(postmortem, &thread);
	const struct qn_pm_thread *chosen;

	if (thread == SIZE_MAX)
		message = choose_of_pools(postmortem, arena, &thread);
	if (thread == SIZE_MAX)
		return qn_arena_check(arena);
	chosen = &postmortem->threads[thread];
	postmortem->failure = qn_arena_alloc(arena, sizeof(*postmortem->failure));
	QN_TRY(qn_arena_check(arena));
	*postmortem->failure = postmortem->stacks[chosen->stack].stack;
	postmortem->failure->kind = QN_KIND_DEADLOCK;
	postmortem->failure->dialect = postmortem->is_text ? "dump" : "core";
	postmortem->failure->message = message;
	postmortem->failure->thread =
		chosen->name.len ? chosen->name
				 : qn_arena_printf(arena, "LWP %llu", (unsigned long long)chosen->tid);
	postmortem->failure->is_cut |= postmortem->stacks[chosen->stack].elided_count > 0;
	postmortem->reason = qn_arena_printf(arena, "deadlock: %.*s", QN_ARG(message));
	postmortem->hung = thread;
	return qn_arena_check(arena);
}
