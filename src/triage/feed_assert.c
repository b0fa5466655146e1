/* One failed assertion of the C++ core is told several times: bare on standard output, and in the error of
 * each record up the chain of callers. These are places of one event.
 *
 * Two reports belong together when they say the same of the same place, are near each other, and come from
 * different writers: what one call site says twice is two events. */
#include "triage/feed.h"

#include <stdlib.h>

#include "base/limits.h"
#include "stack/assert_text.h"
#include "base/banned.h"

/* Further ones of a source are not kept: a search that fails in a loop writes them by the million. */
#define ASSERTS_MAX 20000U
/* Writers of one event that are told apart. */
#define WRITERS_MAX 8U
/* Reports of one text that may still get further ones. */
#define RECENT_MAX 32U

#define NEAR_LINES 16U /* near, whatever the clocks say */
#define CHAIN_LINES_MAX 4096U
#define CHAIN_NSEC_MAX (5 * INT64_C(1000000000))

/* One event that was seen. */
struct seen {
	size_t finding; /* + 1; 0: told by a line that alone is not sure */
	uint64_t line;
	struct qn_time time;
	uint64_t writers[WRITERS_MAX]; /* hashes of call sites; 0 is the bare one */
	size_t writers_count;
};

/* All of one text. */
struct qn_assert_group {
	struct seen recent[RECENT_MAX]; /* a ring, the oldest at next */
	size_t count, next;
	struct qn_time bare_time; /* of the last bare one */
	uint64_t bare_count;      /* with that time */
};

/* What one report says: bare, or a record. */
struct report {
	const struct qn_stack *stack;
	uint64_t writer;
	bool is_sure;
};

static bool is_near(const struct seen *seen, const struct qn_stack *stack)
{
	uint64_t line = stack->places[0].line;
	uint64_t gap = line > seen->line ? line - seen->line : seen->line - line;
	int64_t delay;

	if (gap <= NEAR_LINES)
		return true;
	if (gap > CHAIN_LINES_MAX)
		return false;
	if (!seen->time.is_known || !stack->time.is_known)
		return true;
	delay = stack->time.nsec - seen->time.nsec;
	return delay <= CHAIN_NSEC_MAX && delay >= -CHAIN_NSEC_MAX;
}

static bool has_writer(const struct seen *seen, uint64_t writer)
{
	for (size_t i = 0; i < seen->writers_count; i++)
		if (seen->writers[i] == writer)
			return true;
	return seen->writers_count == WRITERS_MAX;
}

/* The oldest event that @report may be a further report of; NULL: none. */
static struct seen *find_event(struct qn_assert_group *group, const struct report *report)
{
	for (size_t i = 0; i < group->count; i++) {
		size_t at = group->count < RECENT_MAX ? i : (group->next + i) % RECENT_MAX;
		struct seen *seen = &group->recent[at];

		if (!has_writer(seen, report->writer) && is_near(seen, report->stack))
			return seen;
	}
	return NULL;
}

static struct qn_error *group_of(struct qn_feed *feed, const struct qn_stack *stack,
				 const struct qn_signature *signature, struct qn_assert_group **ret)
{
	struct qn_text key =
		qn_arena_printf(&feed->scratch, "%.*s\n%.*s", QN_ARG(signature->id), QN_ARG(stack->message));

	QN_TRY(qn_arena_check(&feed->scratch));
	*ret = qn_map_find(&feed->asserts, key);
	if (*ret)
		return NULL;
	*ret = qn_arena_alloc(&feed->arena, sizeof(**ret));
	if (!*ret)
		return &qn_error_no_memory;
	memset(*ret, 0, sizeof(**ret));
	key = qn_arena_copy(&feed->arena, key);
	QN_TRY(qn_arena_check(&feed->arena));
	return qn_map_put(&feed->asserts, key, *ret);
}

static struct seen *add_seen(struct qn_assert_group *group, const struct report *report)
{
	struct seen *seen = &group->recent[group->next];

	group->next = (group->next + 1) % RECENT_MAX;
	if (group->count < RECENT_MAX)
		group->count++;
	*seen = (struct seen){.line = report->stack->places[0].line,
			      .time = report->stack->time,
			      .writers = {report->writer},
			      .writers_count = 1};
	return seen;
}

/* The places stand in the order of their lines. */
static void add_place(struct qn_stack *stack, struct qn_place place)
{
	size_t i = stack->places_count;

	if (i == QN_PLACES_MAX)
		return;
	for (; i && stack->places[i - 1].line > place.line; i--)
		stack->places[i] = stack->places[i - 1];
	stack->places[i] = place;
	stack->places_count++;
}

/* What was undone to read any of the reports was done to read the event. */
static void add_damage(struct qn_arena *arena, struct qn_stack *stack, const struct qn_stack *further)
{
	for (size_t i = 0; i < further->damage_count; i++) {
		size_t k = 0;

		while (k < stack->damage_count && !qn_text_equal(stack->damage[k], further->damage[i]))
			k++;
		if (k == stack->damage_count && k < QN_DAMAGE_MAX)
			stack->damage[stack->damage_count++] = qn_arena_copy(arena, further->damage[i]);
	}
}

static struct qn_error *tell(struct qn_feed *feed, struct seen *seen, const struct qn_stack *stack,
			     const struct qn_signature *signature)
{
	if (feed->asserts_count >= ASSERTS_MAX) {
		qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
			       "more than %u failed assertions: the rest is not kept", ASSERTS_MAX);
		return NULL;
	}
	feed->asserts_count++;
	QN_TRY(qn_feed_add_finding(feed, stack, signature, QN_TEXT("")));
	seen->finding = feed->findings_count;
	return NULL;
}

/* Bare ones are all alike: what they say and when does not tell them apart, their number does. */
static void number_evidence(struct qn_assert_group *group, struct qn_stack *stack)
{
	struct qn_hasher hasher;

	if (qn_time_compare(group->bare_time, stack->time) != 0)
		group->bare_count = 0;
	group->bare_time = stack->time;
	if (group->bare_count++ == 0)
		return;
	qn_hasher_init(&hasher);
	qn_hasher_add_u64(&hasher, stack->evidence.high);
	qn_hasher_add_u64(&hasher, stack->evidence.low);
	qn_hasher_add_u64(&hasher, group->bare_count);
	stack->evidence = qn_hasher_result(&hasher);
}

static struct qn_error *take_report(struct qn_feed *feed, const struct report *report)
{
	struct qn_signature signature;
	struct qn_assert_group *group;
	struct qn_stack stack = *report->stack;
	struct seen *seen;

	qn_arena_clear(&feed->scratch);
	QN_TRY(qn_signature_of_stack(&feed->scratch, &stack, &signature));
	QN_TRY(group_of(feed, &stack, &signature, &group));
	QN_TRY(qn_feed_own_signature(feed, &signature));
	if (report->writer) /* a record, which rules may have matched */
		feed->line_signature = signature.id;
	seen = find_event(group, report);
	if (!seen) {
		if (!report->writer)
			number_evidence(group, &stack);
		seen = add_seen(group, report);
		return report->is_sure ? tell(feed, seen, &stack, &signature) : NULL;
	}
	if (seen->writers_count < WRITERS_MAX)
		seen->writers[seen->writers_count++] = report->writer;
	if (seen->finding) {
		struct qn_stack *told = feed->findings[seen->finding - 1].stack;

		/* A record tells the time, and its line is like no other. */
		if (report->writer && seen->writers_count == 2 && !seen->writers[0]) {
			told->evidence = stack.evidence;
			told->time = stack.time.is_known ? stack.time : told->time;
		}
		add_place(told, stack.places[0]);
		add_damage(&feed->arena, told, &stack);
		return qn_arena_check(&feed->arena);
	}
	if (!report->is_sure)
		return NULL;
	add_place(&stack, (struct qn_place){.line = seen->line, .last_line = seen->line});
	return tell(feed, seen, &stack, &signature);
}

struct qn_error *qn_feed_bare_assert(struct qn_feed *feed, const struct qn_stack *stack)
{
	return take_report(feed, &(struct report){.stack = stack,
						  .is_sure = strcmp(stack->dialect, "easyassert-info") != 0});
}

struct qn_error *qn_feed_logged_assert(struct qn_feed *feed, const struct qn_record *record,
				       const struct qn_stack *stack)
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, record->call_site);
	qn_hasher_add(&hasher, record->call_site.len ? QN_TEXT("") : record->message);
	return take_report(feed, &(struct report){.stack = stack,
						  .writer = qn_hasher_result(&hasher).low | 1U,
						  .is_sure = true});
}
