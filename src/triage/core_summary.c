/* A core in a few lines, for the report of a collection; and the sentences that it shares with other faces.
 */
#include <stdlib.h>

#include "triage/core_json.h"
#include "base/banned.h"

#define CYCLE_THREADS_SHOWN 6U
#define WHATS_SHOWN 4U

void qn_core_append_wait(struct qn_buffer *out, const struct qn_core_wait *wait)
{
	const char *kind = qn_lock_kind_name(wait->kind);

	if (wait->kind == QN_LOCK_JOIN) {
		qn_buffer_printf(out, "the end of thread %u", wait->owner);
		return;
	}
	if (wait->address)
		qn_buffer_printf(out, "%s 0x%jx", *kind ? kind : "what is at", (uintmax_t)wait->address);
	else
		qn_buffer_printf(out, "a %s", *kind ? kind : "lock");
	if (wait->owner)
		qn_buffer_printf(out, " that thread %u holds", wait->owner);
	if (wait->state.len)
		qn_buffer_printf(out, " (%.*s)", QN_ARG(wait->state));
}

void qn_core_append_cycle(struct qn_buffer *out, const struct qn_postmortem *postmortem,
			  const struct qn_pm_cycle *cycle)
{
	size_t shown = cycle->count < CYCLE_THREADS_SHOWN ? cycle->count : CYCLE_THREADS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const struct qn_pm_thread *thread = &postmortem->threads[cycle->threads[i]];

		if (i)
			qn_buffer_append_string(out, ", which waits for ");
		else
			qn_buffer_printf(out, "thread %ju waits for ", (uintmax_t)thread->tid);
		qn_core_append_wait(out, &thread->wait);
	}
	if (shown < cycle->count)
		qn_buffer_printf(out, ", and so on through %zu threads", cycle->count);
}

void qn_core_append_pool(struct qn_buffer *out, const struct qn_pm_pool *pool)
{
	qn_buffer_append_text(out, pool->kind.len ? pool->kind : QN_TEXT("a thread pool"));
	if (pool->name.len)
		qn_buffer_printf(out, " %.*s", QN_ARG(pool->name));
	else if (pool->address)
		qn_buffer_printf(out, " at 0x%jx", (uintmax_t)pool->address);
}

bool qn_core_is_pool_sick(const struct qn_postmortem *postmortem, const struct qn_pm_pool *pool)
{
	/* a process that crashed under full load did not die of it */
	if (pool->verdict == QN_POOL_EXHAUSTED)
		return postmortem->crashed == SIZE_MAX;
	return pool->verdict == QN_POOL_STARVED || pool->verdict == QN_POOL_SHUTTING_DOWN;
}

/* Text of a core as a part of a line. */
static void append_on_line(struct qn_buffer *out, struct qn_text text)
{
	for (size_t i = 0; i < text.len; i++)
		qn_buffer_append_byte(out, text.data[i] == '\n' ? ' ' : text.data[i]);
}

static void append_end(struct qn_buffer *out, const struct qn_postmortem *postmortem,
		       const struct qn_signature *signature)
{
	const struct qn_stack *failure = postmortem->failure;

	if (signature && postmortem->crashed < postmortem->threads_count)
		qn_buffer_printf(out,
				 "thread %ju: ", (uintmax_t)postmortem->threads[postmortem->crashed].tid);
	if (postmortem->reason.len)
		append_on_line(out, postmortem->reason);
	else if (signature)
		append_on_line(out, signature->title);
	else
		qn_buffer_append_string(out, "no thread crashed");
	if (failure && failure->message.len && !qn_text_contains(postmortem->reason, failure->message)) {
		qn_buffer_append_string(out, ": ");
		append_on_line(out, failure->message);
	}
	qn_buffer_append_byte(out, '\n');
}

static int compare_others(const void *left, const void *right)
{
	const struct qn_others *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return qn_text_compare(a->what, b->what);
}

struct qn_error *qn_core_count_others(const struct qn_postmortem *postmortem, struct qn_others *ret,
				      size_t *ret_count)
{
	_cleanup_(qn_map_deinit) struct qn_map by_what = {0};
	_cleanup_free_ struct qn_others *others = calloc(postmortem->groups_count + 1, sizeof(*others));
	size_t count = 0;

	if (!others)
		return &qn_error_no_memory;
	for (size_t i = 0; i < postmortem->groups_count; i++) {
		const struct qn_pm_group *group = &postmortem->groups[i];
		struct qn_others *other;

		if (!group->what.len || group->is_crashed)
			continue;
		other = qn_map_find(&by_what, group->what);
		if (!other) {
			other = &others[count++];
			other->what = group->what;
			QN_TRY(qn_map_put(&by_what, group->what, other));
		}
		other->count += (uint32_t)group->count;
	}
	qsort(others, count, sizeof(*others), compare_others);
	*ret_count = count < QN_OTHERS_MAX ? count : QN_OTHERS_MAX;
	memcpy(ret, others, *ret_count * sizeof(*others));
	return NULL;
}

/* "215 threads: 187 idle CPUThreadPoolExecutor worker, 8 blocked in folly::Future wait, 20 others" */
static struct qn_error *append_threads(struct qn_buffer *out, const struct qn_postmortem *postmortem)
{
	struct qn_others others[QN_OTHERS_MAX];
	size_t count, told = 0;

	QN_TRY(qn_core_count_others(postmortem, others, &count));
	qn_buffer_printf(out, "%zu thread%s", postmortem->threads_count,
			 postmortem->threads_count == 1 ? "" : "s");
	for (size_t i = 0; i < count && i < WHATS_SHOWN; i++) {
		qn_buffer_printf(out, "%s%u ", i ? ", " : ": ", others[i].count);
		append_on_line(out, others[i].what);
		told += others[i].count;
	}
	if (told && told < postmortem->threads_count)
		qn_buffer_printf(out, ", %zu other%s", postmortem->threads_count - told,
				 postmortem->threads_count - told == 1 ? "" : "s");
	qn_buffer_append_byte(out, '\n');
	return NULL;
}

static void append_verdicts(struct qn_buffer *out, const struct qn_postmortem *postmortem)
{
	for (size_t i = 0; i < postmortem->cycles_count; i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer cycle = {0};

		qn_core_append_cycle(&cycle, postmortem, &postmortem->cycles[i]);
		qn_buffer_append_string(out, "deadlock: ");
		append_on_line(out, qn_buffer_text(&cycle));
		qn_buffer_append_byte(out, '\n');
		out->is_failed |= cycle.is_failed;
	}
	for (size_t i = 0; i < postmortem->pools_count; i++) {
		const struct qn_pm_pool *pool = &postmortem->pools[i];
		_cleanup_(qn_buffer_deinit) struct qn_buffer name = {0};

		if (!qn_core_is_pool_sick(postmortem, pool))
			continue;
		qn_core_append_pool(&name, pool);
		qn_buffer_printf(out, "pool %s: ", qn_pool_verdict_name(pool->verdict));
		append_on_line(out, qn_buffer_text(&name));
		if (pool->evidence.len) {
			qn_buffer_append_string(out, ": ");
			append_on_line(out, pool->evidence);
		}
		qn_buffer_append_byte(out, '\n');
		out->is_failed |= name.is_failed;
	}
}

struct qn_error *qn_core_summary(const struct qn_postmortem *postmortem, const struct qn_signature *signature,
				 struct qn_buffer *out)
{
	append_end(out, postmortem, signature);
	QN_TRY(append_threads(out, postmortem));
	append_verdicts(out, postmortem);
	if (out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return qn_buffer_check(out);
}
