/* Which sightings are of one event. */
#include "stack/event.h"

#include "stack/assert_text.h"

#include "base/banned.h"

/* Lines of the source, woven records included, that may lie between the parts of one event. */
#define LINES_AFTER_PRELUDE_MAX 512U
#define LINES_BETWEEN_REPORTS_MAX 4096U
#define LINES_BEFORE_PARENT_MAX 1000U
#define LINES_IN_PRELUDE_MAX 64U
#define LINES_IN_WOVEN_PRELUDE_MAX 4U
#define NSEC_PER_SEC INT64_C(1000000000)
/* A process is gone that long after its first last words: symbols take a while to be found, and the parent's
 * words come seconds later. */
#define END_NSEC_MAX (120 * NSEC_PER_SEC)
#define ZONE_STEP_NSEC (1800 * NSEC_PER_SEC)
#define ZONE_NSEC_MAX (14 * 3600 * NSEC_PER_SEC)

/* Threads of one process that crash together, or one report that was written twice. */
#define REPORTS_DELAY_NSEC_MAX (5 * NSEC_PER_SEC)
#define TOP_FRAMES 4U

static const struct qn_sighting *find_witness(const struct qn_event *event, enum qn_witness witness)
{
	for (size_t i = 0; i < event->count; i++)
		if (event->sightings[i]->witness == witness)
			return event->sightings[i];
	return NULL;
}

/* Equal, or one of them unknown. */
static bool agrees_on_signal(const struct qn_sighting *a, const struct qn_sighting *b)
{
	if (a->signal.len && b->signal.len && !qn_text_equal(a->signal, b->signal))
		return false;
	return !a->has_fault_address || !b->has_fault_address || a->fault_address == b->fault_address;
}

static bool is_near_in_time(const struct qn_sighting *a, const struct qn_sighting *b)
{
	int64_t delay = b->time.nsec - a->time.nsec;

	return !a->time.is_known || !b->time.is_known ||
	       (delay <= REPORTS_DELAY_NSEC_MAX && delay >= -REPORTS_DELAY_NSEC_MAX);
}

bool qn_event_times_join(struct qn_time a, struct qn_time b)
{
	int64_t delay = b.nsec > a.nsec ? b.nsec - a.nsec : a.nsec - b.nsec;
	int64_t rest = delay % ZONE_STEP_NSEC;

	return !a.is_known || !b.is_known ||
	       (delay <= ZONE_NSEC_MAX + END_NSEC_MAX &&
		(rest <= END_NSEC_MAX || rest >= ZONE_STEP_NSEC - END_NSEC_MAX));
}

/* A machine address of C code near the top of both: libraries lie elsewhere in every process, Go's own code
 * does not. Not only the innermost is looked at: where two threads wrote at once a frame may have got lost.
 */
static bool shares_c_pc(const struct qn_sighting *a, const struct qn_sighting *b)
{
	for (size_t i = 0; i < a->frames_count && i < TOP_FRAMES; i++)
		for (size_t j = 0; j < b->frames_count && j < TOP_FRAMES; j++)
			if (a->frames[i].pc && a->frames[i].pc == b->frames[j].pc && !a->frames[i].is_go)
				return true;
	return false;
}

/* The rest of another thread's copy, whose header was lost. */
static bool shares_any_c_pc(const struct qn_sighting *a, const struct qn_sighting *b)
{
	for (size_t i = 0; i < a->frames_count; i++)
		for (size_t j = 0; j < b->frames_count && j < TOP_FRAMES; j++)
			if (a->frames[i].pc && a->frames[i].pc == b->frames[j].pc && !a->frames[i].is_go)
				return true;
	return false;
}

/* Told twice, or by two threads that ran into it together. */
static bool is_same_crash(const struct qn_sighting *a, const struct qn_sighting *b)
{
	struct qn_hash128 said_by_a = qn_hasher_result(&a->hasher), said_by_b = qn_hasher_result(&b->hasher);

	if (!agrees_on_signal(a, b) || !is_near_in_time(a, b))
		return false;
	return shares_c_pc(a, b) ||
	       (a->frames_count && said_by_a.high == said_by_b.high && said_by_a.low == said_by_b.low);
}

static bool joins_native(const struct qn_sighting *native, const struct qn_sighting *go,
			 const struct qn_sighting *sighting)
{
	if (sighting->is_headless && native)
		return native->is_interrupted || shares_any_c_pc(native, sighting);
	if (sighting->is_headless)
		return go && go->is_interrupted;
	if (native)
		return is_same_crash(native, sighting);
	/* The old handler's words stay in a stdio buffer and may come out behind Go's. */
	return go->signal.len && agrees_on_signal(go, sighting) &&
	       ((go->has_fault_address && sighting->has_fault_address) || shares_c_pc(go, sighting));
}

/* With GOTRACEBACK=crash the runtime sends SIGQUIT to each of its threads behind the first dump. */
static bool is_redump(const struct qn_sighting *sighting)
{
	return sighting->witness == QN_WITNESS_GO && qn_text_equal(sighting->signal, QN_TEXT("SIGQUIT"));
}

static bool joins_go(const struct qn_sighting *native, const struct qn_sighting *go,
		     const struct qn_sighting *sighting)
{
	if (is_redump(sighting))
		return true;
	if (go)
		return is_same_crash(go, sighting) || (sighting->is_headless && go->is_interrupted);
	return (sighting->signal.len || sighting->kind != QN_KIND_PANIC) &&
	       agrees_on_signal(native, sighting);
}

/* A report that no other completes. */
static bool stands_alone(const struct qn_sighting *sighting)
{
	return sighting->witness >= QN_WITNESS_SANITIZER;
}

/* A sanitizer that ends the process with abort() makes the Go runtime report that, too; Valgrind tells of the
 * bad access, and then of the signal that it raised. */
static bool ends_in_abort(const struct qn_sighting *first, const struct qn_sighting *sighting)
{
	if (first->witness != QN_WITNESS_SANITIZER)
		return false;
	if (sighting->witness == QN_WITNESS_GO)
		return qn_text_equal(sighting->signal, QN_TEXT("SIGABRT"));
	if (sighting->witness != QN_WITNESS_SANITIZER || first->kind != QN_KIND_SANITIZER)
		return false;
	if (sighting->is_headless) /* the summary of it */
		return true;
	return sighting->kind != QN_KIND_SANITIZER && shares_c_pc(first, sighting);
}

/* Words that a process may live on after: an assertion, an exception that was printed. */
static bool is_caught(const struct qn_sighting *sighting)
{
	return sighting->witness == QN_WITNESS_PRELUDE &&
	       (sighting->kind == QN_KIND_ASSERT || sighting->kind == QN_KIND_ERROR);
}

static bool says_same(const struct qn_sighting *a, const struct qn_sighting *b)
{
	struct qn_assert_text left, right;

	if (!a->message.len || !b->message.len) /* the exception tracer tells no text */
		return a->exception.len && qn_text_equal(a->exception, b->exception);
	return qn_assert_text_read(qn_buffer_text(&a->message), &left) &&
	       qn_assert_text_read(qn_buffer_text(&b->message), &right) &&
	       qn_text_equal(left.expression, right.expression) && qn_text_equal(left.file, right.file) &&
	       left.line == right.line &&
	       (qn_text_starts(left.info, right.info) || qn_text_starts(right.info, left.info));
}

/* Was @caught not caught at all, and @sighting tells how the process ended of it? */
static bool ends_of(const struct qn_sighting *caught, const struct qn_sighting *sighting)
{
	if (sighting->witness == QN_WITNESS_PRELUDE)
		return !is_caught(sighting) && says_same(caught, sighting);
	return sighting->kind == QN_KIND_ABORT;
}

/* Last words behind last words. */
static bool joins_words(const struct qn_event *event, const struct qn_sighting *sighting, uint64_t gap)
{
	const struct qn_sighting *last = event->sightings[event->count - 1];

	if (is_caught(last))
		return gap <= LINES_IN_PRELUDE_MAX && ends_of(last, sighting);
	if (is_caught(sighting)) /* two streams: what was printed first came out last */
		return gap <= LINES_IN_PRELUDE_MAX &&
		       (says_same(last, sighting) ||
			(!last->message.len && gap <= LINES_IN_WOVEN_PRELUDE_MAX));
	if (sighting->witness == QN_WITNESS_PRELUDE)
		return gap <= LINES_IN_PRELUDE_MAX;
	return gap <= LINES_AFTER_PRELUDE_MAX && sighting->kind != QN_KIND_PANIC &&
	       sighting->kind != QN_KIND_DEADLOCK;
}

/* Where the process was, as the kernel or a core says. */
static uint64_t crash_pc_of(const struct qn_sighting *sighting)
{
	if (sighting->crash_pc || !sighting->frames_count)
		return sighting->crash_pc;
	return sighting->frames[0].pc;
}

/* The kernel and systemd of one process. A thread's id is what both tell; but in a container's core threads
 * have the numbers that they have there, and only the address is the same. */
static bool is_same_process(const struct qn_sighting *first, const struct qn_sighting *sighting)
{
	if (first->witness != QN_WITNESS_SYSTEM || sighting->witness != QN_WITNESS_SYSTEM)
		return false;
	if (first->number && first->number == sighting->number)
		return true;
	return first->of != sighting->of && crash_pc_of(first) && crash_pc_of(first) == crash_pc_of(sighting);
}

/* A program that runs under gdb says its last words, and gdb shows where it ended. */
static bool is_stop_of_words(const struct qn_event *event, const struct qn_sighting *sighting)
{
	const struct qn_sighting *last = event->sightings[event->count - 1];

	return last->witness == QN_WITNESS_PRELUDE && last->kind == QN_KIND_ABORT &&
	       sighting->witness == QN_WITNESS_DUMP && sighting->kind == QN_KIND_ABORT;
}

/* Each parent tells once how its child ended: who tells again, or of another signal, tells of another child.
 */
static bool is_end_of_another(const struct qn_event *event, const struct qn_sighting *sighting)
{
	for (size_t i = 0; i < event->count; i++) {
		const struct qn_sighting *told = event->sightings[i];

		if (told->witness == QN_WITNESS_PARENT &&
		    (strcmp(told->dialect, sighting->dialect) == 0 || !agrees_on_signal(told, sighting)))
			return true;
	}
	return false;
}

bool qn_event_joins(const struct qn_event *event, const struct qn_sighting *sighting)
{
	const struct qn_sighting *native = find_witness(event, QN_WITNESS_NATIVE);
	const struct qn_sighting *go = find_witness(event, QN_WITNESS_GO);
	uint64_t gap = sighting->place.line > event->last_line ? sighting->place.line - event->last_line : 0;
	bool is_near;

	if (event->count == 0)
		return false;
	is_near = qn_event_times_join(event->sightings[0]->time, sighting->time);
	if (sighting->witness == QN_WITNESS_PARENT)
		return is_near && gap <= LINES_BEFORE_PARENT_MAX &&
		       !is_caught(event->sightings[event->count - 1]) && !is_end_of_another(event, sighting);
	if (!is_near && gap > QN_EVENT_LINES_WOVEN)
		return false;
	if (is_same_process(event->sightings[0], sighting))
		return gap <= LINES_BETWEEN_REPORTS_MAX;
	if (stands_alone(event->sightings[0]))
		return ends_in_abort(event->sightings[0], sighting) && gap <= LINES_AFTER_PRELUDE_MAX;
	if (is_stop_of_words(event, sighting))
		return gap <= LINES_AFTER_PRELUDE_MAX;
	if (stands_alone(sighting))
		return false;
	if (find_witness(event, QN_WITNESS_PARENT) || gap > LINES_BETWEEN_REPORTS_MAX)
		return false;
	if (!native && !go)
		return joins_words(event, sighting, gap);
	if (sighting->witness == QN_WITNESS_PRELUDE)
		return false;
	return sighting->witness == QN_WITNESS_NATIVE ? joins_native(native, go, sighting)
						      : joins_go(native, go, sighting);
}
