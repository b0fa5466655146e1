/* How lives ended, told from everything that the store holds together. */
#include <stdlib.h>

#include "store/query.h"
#include "triage/save.h"
#include "base/banned.h"

/* By place, then as they followed each other. */
static int compare_lives(const void *a, const void *b)
{
	const struct qn_query_process *left = a, *right = b;
	int order = qn_text_compare(left->place, right->place);

	if (!order)
		order = qn_time_compare(left->row.started, right->row.started);
	if (!order)
		order = right->row.is_previous - left->row.is_previous;
	if (!order)
		order = (left->row.first_line > right->row.first_line) -
			(left->row.first_line < right->row.first_line);
	return order ? order : qn_text_compare(left->row.id, right->row.id);
}

static int compare_pod(const void *key, const void *item)
{
	const struct qn_query_pod *pod = item;

	return qn_text_compare(*(const struct qn_text *)key, pod->row.name);
}

static bool is_followed_by(const struct qn_query_process *life, const struct qn_query_process *other)
{
	if (!life->row.ended.is_known || !other->row.started.is_known)
		return true;
	return qn_time_compare(other->row.started, life->row.ended) >= 0;
}

/* The life that followed @life in its place; NULL: none is known. */
static const struct qn_query_process *find_next(const struct qn_query_process *life,
						const struct qn_query_process *lives_end)
{
	for (const struct qn_query_process *next = life + 1;
	     next < lives_end && qn_text_equal(next->place, life->place); next++)
		if (is_followed_by(life, next))
			return next;
	return NULL;
}

static const char *decide_end(const struct qn_query_process *life, const struct qn_query_process *lives_end,
			      const struct qn_store_pod *pod)
{
	const struct qn_query_process *next = find_next(life, lives_end);
	bool was_restarted =
		(next && next->row.has_banner) || (life->row.is_previous && !(next && next->row.is_previous));
	bool is_last_that_ended = !next || !find_next(next, lives_end);

	if (was_restarted)
		return pod && is_last_that_ended && qn_text_equal(pod->reason, QN_TEXT("OOMKilled"))
			       ? "oom-killed"
			       : "killed";
	if (!next && pod && qn_text_equal(pod->last_state, QN_TEXT("Running")))
		return "running";
	return "unknown";
}

static struct qn_error *decide(struct qn_store *store, struct qn_arena *arena)
{
	struct qn_query_process *lives;
	struct qn_query_pod *pods;
	size_t lives_count, pods_count;

	QN_TRY(qn_query_processes(store, arena, &lives, &lives_count));
	QN_TRY(qn_query_pods(store, arena, &pods, &pods_count));
	if (lives_count)
		qsort(lives, lives_count, sizeof(*lives), compare_lives);
	for (size_t i = 0; i < lives_count; i++) {
		const struct qn_query_process *life = &lives[i];
		bool has_words = life->own_end.len && !qn_text_equal(life->own_end, QN_TEXT("unknown"));
		const struct qn_query_pod *pod = NULL;
		const char *end = "";

		if (life->row.pod.len && pods_count)
			pod = bsearch(&life->row.pod, pods, pods_count, sizeof(*pods), compare_pod);
		if (!has_words)
			end = decide_end(life, lives + lives_count, pod ? &pod->row : NULL);
		if (!qn_text_equal(life->row.end, has_words ? life->own_end : qn_text_of(end)))
			QN_TRY(qn_store_decide_end(store, life->row.id, qn_text_of(end)));
	}
	return NULL;
}

struct qn_error *qn_lives_decide(struct qn_store *store)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};

	return decide(store, &arena);
}

struct qn_error *qn_lives_save(struct qn_saved *saved, struct qn_store *store)
{
	for (size_t i = 0; i < saved->lives_count; i++)
		QN_TRY(qn_store_add_process(store, &saved->lives[i]));
	for (size_t i = 0; i < saved->pods_count; i++)
		QN_TRY(qn_store_add_pod(store, &saved->pods[i]));
	return qn_lives_decide(store);
}
