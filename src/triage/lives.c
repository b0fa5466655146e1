/* How lives ended, told from all sources together. */
#include <stdlib.h>

#include "triage/save.h"
#include "base/banned.h"

static int compare_lives(const void *a, const void *b)
{
	const struct qn_saved_life *left = a, *right = b;
	int order = qn_text_compare(left->place, right->place);

	if (!order)
		order = qn_time_compare(left->row.started, right->row.started);
	if (!order)
		order = right->is_previous - left->is_previous;
	if (!order)
		order = (left->row.first_line > right->row.first_line) -
			(left->row.first_line < right->row.first_line);
	return order ? order : qn_text_compare(left->row.id, right->row.id);
}

static const struct qn_store_pod *find_pod(const struct qn_saved *saved, struct qn_text name)
{
	const struct qn_store_pod *found = NULL;

	for (size_t i = 0; name.len && i < saved->pods_count; i++)
		if (qn_text_equal(saved->pods[i].name, name) &&
		    (!found || saved->pods[i].restarts > found->restarts))
			found = &saved->pods[i];
	return found;
}

static void decide_end(const struct qn_saved *saved, struct qn_saved_life *life,
		       const struct qn_saved_life *next)
{
	const struct qn_store_pod *pod = find_pod(saved, life->row.pod);
	bool was_restarted = (next && next->has_banner) || (!next && life->is_previous);
	bool is_last_but_one = next && (next + 1 == saved->lives + saved->lives_count ||
					!qn_text_equal(next[1].place, life->place));

	if (life->row.end.len && !qn_text_equal(life->row.end, QN_TEXT("unknown")))
		return;
	if (was_restarted)
		life->row.end = pod && is_last_but_one && qn_text_equal(pod->reason, QN_TEXT("OOMKilled"))
					? QN_TEXT("oom-killed")
					: QN_TEXT("killed");
	else if (!next && pod && qn_text_equal(pod->last_state, QN_TEXT("Running")))
		life->row.end = QN_TEXT("running");
	else
		life->row.end = QN_TEXT("unknown");
}

struct qn_error *qn_lives_save(struct qn_saved *saved, struct qn_store *store)
{
	if (saved->lives_count)
		qsort(saved->lives, saved->lives_count, sizeof(*saved->lives), compare_lives);
	for (size_t i = 0; i < saved->lives_count; i++) {
		struct qn_saved_life *life = &saved->lives[i], *next = NULL;

		if (i + 1 < saved->lives_count && qn_text_equal(life[1].place, life->place))
			next = life + 1;
		decide_end(saved, life, next);
		QN_TRY(qn_store_add_process(store, &life->row));
	}
	for (size_t i = 0; i < saved->pods_count; i++)
		QN_TRY(qn_store_add_pod(store, &saved->pods[i]));
	return NULL;
}
