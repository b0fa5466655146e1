#include "stack/postmortem.h"

#include <stdlib.h>

#include "stack/postmortem_parts.h"

#include "base/banned.h"

const char *qn_activity_name(enum qn_thread_activity activity)
{
	switch (activity) {
	case QN_ACTIVITY_IDLE: return "idle";
	case QN_ACTIVITY_RUNNING:
	case QN_ACTIVITY_BETWEEN: return "running";
	case QN_ACTIVITY_BLOCKED: return "blocked";
	case QN_ACTIVITY_UNKNOWN: break;
	}
	return "unknown";
}

const char *qn_pool_verdict_name(enum qn_pool_verdict verdict)
{
	switch (verdict) {
	case QN_POOL_OK: return "ok";
	case QN_POOL_STARVED: return "starved";
	case QN_POOL_EXHAUSTED: return "exhausted";
	case QN_POOL_SHUTTING_DOWN: return "shutting-down";
	case QN_POOL_UNKNOWN: break;
	}
	return "unknown";
}

void qn_postmortem_destroy(struct qn_postmortem *postmortem)
{
	if (!postmortem)
		return;
	qn_core_destroy(postmortem->core);
	qn_arena_deinit(&postmortem->arena);
	free(postmortem);
}

static int compare_threads(const void *a, const void *b)
{
	const struct qn_pm_thread *left = a, *right = b;

	if (left->tid != right->tid)
		return left->tid < right->tid ? -1 : 1;
	return left->stack < right->stack ? -1 : left->stack > right->stack; /* damaged: one tid twice */
}

static void sort_threads(struct qn_postmortem *postmortem)
{
	struct qn_pm_thread crashed = {0};
	bool has_crashed = postmortem->crashed < postmortem->threads_count;

	if (has_crashed)
		crashed = postmortem->threads[postmortem->crashed];
	postmortem->crashed = SIZE_MAX;
	if (postmortem->threads_count > 1)
		qsort(postmortem->threads, postmortem->threads_count, sizeof(*postmortem->threads),
		      compare_threads);
	for (size_t i = 0; i < postmortem->threads_count && has_crashed; i++)
		if (compare_threads(&postmortem->threads[i], &crashed) == 0) {
			postmortem->crashed = i;
			break;
		}
}

struct qn_error *qn_pm_complete(struct qn_postmortem *postmortem)
{
	postmortem->hung = SIZE_MAX;
	sort_threads(postmortem);
	QN_TRY(qn_pm_make_groups(postmortem));
	QN_TRY(qn_pm_find_cycles(postmortem));
	QN_TRY(qn_pm_find_pools(postmortem));
	qn_pm_sort_groups(postmortem);
	if (postmortem->crashed == SIZE_MAX && !postmortem->failure)
		QN_TRY(qn_pm_find_hang(postmortem));
	return qn_arena_check(&postmortem->arena);
}
