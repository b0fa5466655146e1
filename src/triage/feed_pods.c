/* A source that is a listing or description of pods. */
#include "triage/feed.h"

#include "base/banned.h"

#define PODS_BYTES_MAX (8U << 20)

struct qn_error *qn_feed_collect_pods(struct qn_feed *feed, const struct qn_block *block)
{
	if (feed->pods_text.len + block->len > PODS_BYTES_MAX) {
		qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
			       "a pod listing of more than %u bytes: the rest is not read", PODS_BYTES_MAX);
		feed->bytes_skipped += block->len;
		return NULL;
	}
	qn_buffer_append(&feed->pods_text, block->data, block->len);
	return qn_buffer_check(&feed->pods_text);
}

/* The event that a pod's description tells: how its container ended last. */
static struct qn_error *add_pod_finding(struct qn_feed *feed, const struct qn_pod_fact *fact)
{
	static const struct {
		int64_t code;
		struct qn_text signal;
	} signals[] = {{132, {"SIGILL", 6}}, {134, {"SIGABRT", 7}}, {135, {"SIGBUS", 6}},
		       {136, {"SIGFPE", 6}}, {137, {"SIGKILL", 7}}, {139, {"SIGSEGV", 7}},
		       {143, {"SIGTERM", 7}}};
	bool is_oom = qn_text_equal(fact->reason, QN_TEXT("OOMKilled"));
	struct qn_stack stack = {
		.kind = is_oom ? QN_KIND_KILLED : QN_KIND_EXIT, .dialect = "pod", .places_count = 1};
	struct qn_text reason, component = fact->component;
	struct qn_signature signature;

	if (!is_oom && fact->exit_code <= 0)
		return NULL;
	if (fact->exit_code == 137)
		stack.kind = QN_KIND_KILLED;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (signals[i].code == fact->exit_code)
			stack.signal = signals[i].signal;
	stack.places[0] = (struct qn_place){.line = fact->line, .last_line = fact->line};
	reason = is_oom ? QN_TEXT("OOMKilled")
			: qn_arena_printf(&feed->arena, "exit code %jd", (intmax_t)fact->exit_code);
	stack.message = reason;
	stack.time = fact->finished;
	QN_TRY(qn_signature_of_reason(&feed->arena, stack.kind, stack.signal, reason, component, &signature));
	return qn_feed_add_finding(feed, &stack, &signature, fact->name);
}

struct qn_error *qn_feed_end_pods(struct qn_feed *feed)
{
	QN_TRY(qn_pods_read(&feed->arena, qn_buffer_text(&feed->pods_text), &feed->pods, &feed->pods_count));
	for (size_t i = 0; i < feed->pods_count; i++)
		QN_TRY(add_pod_finding(feed, &feed->pods[i]));
	return NULL;
}
