#include "stack/event.h"

#include <stdlib.h>

#include "base/limits.h"
#include "stack/assert_text.h"
#include "stack/dialect.h"
#include "stack/told_end.h"

#include "base/banned.h"

void qn_event_clear(struct qn_event *event)
{
	for (size_t i = 0; i < event->count; i++)
		qn_sighting_destroy(event->sightings[i]);
	*event = (struct qn_event){0};
}

static void add_place(struct qn_event *event, struct qn_place place)
{
	if (event->more_places_count < QN_PLACES_MAX)
		event->more_places[event->more_places_count++] = place;
}

void qn_event_add(struct qn_event *event, struct qn_sighting *sighting)
{
	if (sighting->place.last_line > event->last_line)
		event->last_line = sighting->place.last_line;
	if (event->count < QN_EVENT_SIGHTINGS_MAX) {
		event->sightings[event->count++] = sighting;
		return;
	}
	add_place(event, sighting->place);
	qn_sighting_destroy(sighting);
}

static bool is_named(const struct qn_frame *frame)
{
	return frame->raw.len && !qn_text_equal(frame->raw, QN_TEXT("(null)")) &&
	       !qn_text_equal(frame->raw, QN_TEXT("non-Go function"));
}

/* Frames of C and C++ that have a name. @ret_first, if not NULL, gets the innermost. */
static size_t count_c_frames(const struct qn_sighting *sighting, const struct qn_frame **ret_first)
{
	size_t count = 0;

	for (size_t i = 0; sighting && i < sighting->frames_count; i++) {
		const struct qn_frame *frame = &sighting->frames[i];

		if (frame->is_go || !is_named(frame))
			continue;
		if (count++ == 0 && ret_first)
			*ret_first = frame;
	}
	return count;
}

/* Of the sightings of @witness the one that knows most; continuations only if there is nothing else. NULL:
 * none. */
static const struct qn_sighting *find_best(const struct qn_event *event, enum qn_witness witness)
{
	const struct qn_sighting *best = NULL;

	for (size_t i = 0; i < event->count; i++) {
		const struct qn_sighting *sighting = event->sightings[i];

		if (sighting->witness != witness)
			continue;
		/* The kernel knows one address, systemd all of them. */
		if (!best || (!best->frames_count && sighting->frames_count) ||
		    (witness == QN_WITNESS_SYSTEM && sighting->frames_count > best->frames_count))
			best = sighting;
	}
	return best;
}

/* The first report of a witness whose reports stand for themselves. */
static const struct qn_sighting *find_alone(const struct qn_event *event)
{
	static const enum qn_witness witnesses[] = {QN_WITNESS_SANITIZER, QN_WITNESS_DUMP,
						    QN_WITNESS_EXCEPTION, QN_WITNESS_SYSTEM};
	const struct qn_sighting *found = NULL;

	for (size_t i = 0; i < sizeof(witnesses) / sizeof(*witnesses) && !found; i++)
		found = find_best(event, witnesses[i]);
	return found;
}

/* Go code alone, no call into C below which something nameless may hide. */
static bool is_go_only(const struct qn_sighting *sighting)
{
	for (size_t i = 0; i < sighting->frames_count; i++)
		if (!sighting->frames[i].is_go)
			return false;
	return sighting->frames_count &&
	       !qn_text_starts(sighting->frames[0].raw, QN_TEXT("runtime.asmcgocall")) &&
	       !qn_text_starts(sighting->frames[0].raw, QN_TEXT("runtime.cgocall"));
}

static size_t first_go_frame(const struct qn_sighting *sighting)
{
	size_t i = 0;

	while (i < sighting->frames_count && !sighting->frames[i].is_go)
		i++;
	return i;
}

static bool has_go_caller(const struct qn_sighting *sighting)
{
	for (size_t i = 0; i < sighting->frames_count; i++)
		if (sighting->frames[i].is_go &&
		    !qn_text_starts(sighting->frames[i].raw, QN_TEXT("runtime.")))
			return true;
	return false;
}

/* A thread that C++ made, a worker of a Folly pool: Go did not call it. The goroutine that Go's report shows
 * waits for the task, or has nothing to do with it. */
static bool is_own_thread(const struct qn_sighting *native)
{
	static const struct qn_text marks[] = {QN_TEXT("ThreadPoolExecutor"), QN_TEXT("start_thread"),
					       QN_TEXT("execute_native_thread_routine"),
					       QN_TEXT("_State_impl")};

	for (size_t i = 0; i < native->frames_count; i++)
		for (size_t k = 0; k < sizeof(marks) / sizeof(*marks); k++)
			if (qn_text_contains(native->frames[i].raw, marks[k]))
				return true;
	return false;
}

/* Whose frames the event has: those of @upper, followed by @lower's from @lower_from on. */
struct choice {
	const struct qn_sighting *upper, *lower;
	size_t lower_from;
};

/* The native report goes deeper into C++ (it also sees what was inlined), Go's knows the callers in Go. They
 * are put together when both begin in the same function, or only one of them has names for C++. */
static struct choice choose(const struct qn_sighting *native, const struct qn_sighting *go)
{
	const struct qn_frame *native_first = NULL, *go_first = NULL;
	size_t native_count = count_c_frames(native, &native_first), go_count = count_c_frames(go, &go_first);
	bool is_native_best = native_count && native_count >= go_count;

	if (!native || !native->frames_count)
		return (struct choice){.upper = go};
	if (!go || !go->frames_count)
		return (struct choice){.upper = native};
	if (native_count && go_count && !qn_text_equal(native_first->raw, go_first->raw))
		return (struct choice){.upper = is_native_best ? native : go};
	if (!native_count)
		return (struct choice){.upper = go};
	if (has_go_caller(native) || is_own_thread(native))
		return (struct choice){.upper = native};
	return (struct choice){native, go, first_go_frame(go)};
}

/* Continued reports: a later one of the same witness without a header holds the frames that were still
 * missing. */
static bool is_continuation(const struct qn_event *event, size_t at, const struct qn_sighting *of)
{
	const struct qn_sighting *sighting = event->sightings[at];

	return sighting != of && sighting->is_headless && of && of->is_interrupted;
}

static void append_frames(struct qn_stack *stack, const struct qn_sighting *sighting, size_t from)
{
	for (size_t i = from; i < sighting->frames_count; i++) {
		if (stack->frames_count == QN_STACK_FRAMES_MAX) {
			stack->is_cut = true;
			return;
		}
		stack->frames[stack->frames_count++] = sighting->frames[i];
	}
	stack->is_cut |= sighting->is_cut;
}

static struct qn_error *compose_frames(const struct qn_event *event, const struct choice *choice,
				       struct qn_arena *arena, struct qn_stack *stack)
{
	size_t total = 0;

	for (size_t i = 0; i < event->count; i++)
		total += event->sightings[i]->frames_count;
	if (!choice->upper || total == 0)
		return NULL;
	if (total > QN_STACK_FRAMES_MAX)
		total = QN_STACK_FRAMES_MAX;
	stack->frames = qn_arena_alloc(arena, total * sizeof(*stack->frames));
	if (!stack->frames)
		return qn_arena_check(arena);
	append_frames(stack, choice->upper, 0);
	for (size_t i = 0; i < event->count; i++)
		if (is_continuation(event, i, choice->upper))
			append_frames(stack, event->sightings[i], 0);
	if (choice->lower)
		append_frames(stack, choice->lower, choice->lower_from);
	return NULL;
}

/* A program lives on after what Valgrind finds: the parent tells of an end that has nothing to do with it. */
static bool is_of_other_end(const struct qn_sighting *first, const struct qn_sighting *sighting)
{
	return sighting->witness == QN_WITNESS_PARENT && first->of == &qn_dialect_valgrind &&
	       first->kind == QN_KIND_SANITIZER;
}

/* Facts that the first sighting to know them tells. */
static void compose_facts(const struct qn_event *event, struct qn_stack *stack)
{
	for (size_t i = 0; i < event->count; i++) {
		const struct qn_sighting *sighting = event->sightings[i];

		if (!stack->signal.len && !is_of_other_end(event->sightings[0], sighting))
			stack->signal = sighting->signal;
		if (!stack->has_si_code && sighting->has_si_code) {
			stack->has_si_code = true;
			stack->si_code = sighting->si_code;
		}
		if (!stack->has_fault_address && sighting->has_fault_address) {
			stack->has_fault_address = true;
			stack->fault_address = sighting->fault_address;
		}
		if (!stack->crash_pc)
			stack->crash_pc = sighting->crash_pc;
		if (!stack->exception.len)
			stack->exception = sighting->exception;
		if (!stack->message.len && (i == 0 || sighting->witness != QN_WITNESS_PARENT))
			stack->message = qn_text_trim(qn_buffer_text(&sighting->message));
		if (!stack->thread.len)
			stack->thread = sighting->thread;
		if (!stack->goroutine)
			stack->goroutine = sighting->goroutine;
		if (!stack->goroutines_behind)
			stack->goroutines_behind = sighting->goroutines_behind;
		if (!stack->time.is_known)
			stack->time = sighting->time;
	}
}

static int compare_others(const void *a, const void *b)
{
	const struct qn_others *left = a, *right = b;

	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return qn_text_compare(left->what, right->what);
}

/* Of the sighting that knows most of them. */
static void compose_others(const struct qn_event *event, struct qn_stack *stack)
{
	const struct qn_sighting *best = event->sightings[0];

	for (size_t i = 1; i < event->count; i++)
		if (event->sightings[i]->others_count > best->others_count)
			best = event->sightings[i];
	memcpy(stack->others, best->others, sizeof(stack->others));
	stack->others_count = best->others_count;
	if (stack->others_count)
		qsort(stack->others, stack->others_count, sizeof(*stack->others), compare_others);
}

/* A prelude stands at the head of what follows it; each other sighting is a place of its own. */
static void compose_places(const struct qn_event *event, struct qn_stack *stack)
{
	bool is_prelude = false;

	for (size_t i = 0; i < event->count; i++) {
		const struct qn_sighting *sighting = event->sightings[i];

		if (is_prelude && sighting->witness != QN_WITNESS_PARENT)
			stack->places[stack->places_count - 1].last_line = sighting->place.last_line;
		else if (stack->places_count < QN_PLACES_MAX)
			stack->places[stack->places_count++] = sighting->place;
		is_prelude = sighting->witness == QN_WITNESS_PRELUDE;
	}
	for (size_t i = 0; i < event->more_places_count && stack->places_count < QN_PLACES_MAX; i++)
		stack->places[stack->places_count++] = event->more_places[i];
}

static void compose_damage(const struct qn_event *event, struct qn_stack *stack)
{
	unsigned damage = 0;

	for (size_t i = 0; i < event->count; i++)
		damage |= event->sightings[i]->damage;
	for (unsigned i = 0; i < QN_DAMAGE_COUNT && stack->damage_count < QN_DAMAGE_MAX; i++)
		if (damage & 1U << i)
			stack->damage[stack->damage_count++] = qn_damage_text(i);
}

/* The prelude and the first report: what each collection of the event begins with. */
static struct qn_hash128 compose_evidence(const struct qn_event *event)
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	for (size_t i = 0; i < event->count; i++) {
		struct qn_hash128 part = qn_hasher_result(&event->sightings[i]->hasher);

		qn_hasher_add_u64(&hasher, part.high);
		qn_hasher_add_u64(&hasher, part.low);
		if (event->sightings[i]->witness != QN_WITNESS_PRELUDE)
			break;
	}
	return qn_hasher_result(&hasher);
}

/* What was asserted or thrown may have been caught, and frames alone tell no signal: how the process ended is
 * told by another. */
static const struct qn_sighting *find_end(const struct qn_event *event, const struct qn_sighting *main)
{
	for (size_t i = 0; i < event->count; i++)
		if ((main->kind == QN_KIND_ASSERT || main->kind == QN_KIND_ERROR ||
		     (main->kind == QN_KIND_CRASH && !main->signal.len)) &&
		    event->sightings[i]->kind == QN_KIND_ABORT)
			main = event->sightings[i];
	return main;
}

/* By where it happened: the native handler also sees signals in Go code, which are panics. */
static void compose_kind(const struct qn_sighting *native, const struct qn_sighting *go,
			 const struct qn_event *event, struct qn_stack *stack)
{
	const struct qn_sighting *alone = find_alone(event);
	const struct qn_sighting *main = alone ? alone : native ? native : go ? go : event->sightings[0];
	bool is_in_go = native && is_go_only(native);

	if (!alone && native && go && (is_in_go || !native->frames_count))
		main = go;
	if (!alone)
		main = find_end(event, main);
	stack->kind = is_in_go && !go && !alone ? QN_KIND_PANIC : main->kind;
	stack->dialect = main->dialect;
}

struct qn_error *qn_event_tell(const struct qn_event *event, const struct qn_normalizer *normalizer,
			       qn_stack_sink sink, void *context)
{
	const struct qn_sighting *native = find_best(event, QN_WITNESS_NATIVE),
				 *go = find_best(event, QN_WITNESS_GO);
	const struct qn_sighting *prelude = find_best(event, QN_WITNESS_PRELUDE);
	struct qn_stack stack = {0};
	struct choice choice;
	struct qn_arena *arena;

	if (event->count == 0)
		return NULL;
	arena = &event->sightings[0]->arena;
	compose_kind(native, go, event, &stack);
	choice = choose(native && !is_go_only(native) ? native : NULL, go);
	if (!choice.upper || !choice.upper->frames_count)
		choice = (struct choice){.upper = native};
	if (find_alone(event))
		choice = (struct choice){.upper = find_alone(event)};
	/* Rust prints its own frames, above those of who called it. */
	if (prelude && prelude->frames_count)
		choice = choose(prelude, choice.upper);
	QN_TRY(compose_frames(event, &choice, arena, &stack));
	compose_facts(event, &stack);
	compose_places(event, &stack);
	compose_others(event, &stack);
	compose_damage(event, &stack);
	stack.evidence = compose_evidence(event);
	qn_assert_text_apply(arena, &stack);
	if (stack.frames_count) {
		qn_normalizer_apply(normalizer, arena, &stack);
		qn_told_end_find(&stack);
	}
	QN_TRY(qn_arena_check(arena));
	return sink(context, &stack);
}
