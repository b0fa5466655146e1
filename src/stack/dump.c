#include "stack/dump.h"

#include <stdlib.h>

#include "base/limits.h"
#include "stack/dump_end.h"
#include "stack/dump_hang.h"
#include "stack/dump_summary.h"
#include "stack/dump_threads.h"

#include "base/banned.h"

#define NAME_BYTES 64U
/* Threads that are told apart from one shown twice. */
#define SEEN_MAX 65536U

/* How sure it is that a thread is the one that crashed; see dump.h. */
enum {
	SCORE_NONE = 0,
	SCORE_LONE = 10, /* nothing but its frames is known */
	SCORE_FIRST_OF_CORE = 20,
	SCORE_NAMELESS = 30,
	SCORE_RAISES = 40,
	SCORE_HAS_USER = 20, /* more than without */
	SCORE_IS_TOLD = 1,
	SCORE_FAULTED = 70,
};

struct thread {
	struct qn_thread_id id;
	char name[NAME_BYTES];
	struct qn_sighting *frames; /* holds them and their texts; NULL: no thread */
	uint64_t next_number;
	bool has_heading;
	struct qn_dump_facts facts;
};

struct qn_dump {
	struct qn_sighting *owner;
	enum qn_dump_source source;
	struct qn_text signal;
	bool is_end, has_told;
	struct qn_thread_id told, selected;
	char told_name[NAME_BYTES];
	struct thread open, best;
	struct qn_thread_summary best_summary;
	unsigned best_score;
	size_t threads_count; /* told apart */
	struct qn_sighting *rows;
	struct qn_map seen;
	struct qn_arena arena; /* of seen */
	struct qn_thread_summaries summaries;
	struct qn_buffer pending;
	struct qn_dump_threads threads;
};

struct qn_dump *qn_dump_of(struct qn_sighting *sighting)
{
	if (!sighting->dump) {
		sighting->dump = calloc(1, sizeof(*sighting->dump));
		if (sighting->dump)
			sighting->dump->owner = sighting;
	}
	return sighting->dump;
}

static void thread_deinit(struct thread *thread)
{
	qn_sighting_destroy(thread->frames);
	*thread = (struct thread){0};
}

void qn_dump_destroy(struct qn_dump *dump)
{
	if (!dump)
		return;
	thread_deinit(&dump->open);
	thread_deinit(&dump->best);
	qn_sighting_destroy(dump->rows);
	qn_map_deinit(&dump->seen);
	qn_thread_summaries_deinit(&dump->summaries);
	qn_arena_deinit(&dump->arena);
	qn_buffer_deinit(&dump->pending);
	qn_dump_threads_deinit(&dump->threads);
	free(dump);
}

void qn_dump_set_source(struct qn_dump *dump, enum qn_dump_source source)
{
	dump->source = source;
}

static void keep_name(char *to, struct qn_text name)
{
	name = qn_text_first(name, NAME_BYTES - 1);
	if (name.len)
		memcpy(to, name.data, name.len);
	to[name.len] = '\0';
}

void qn_dump_set_signal(struct qn_dump *dump, struct qn_text signal, bool is_end)
{
	dump->signal = signal;
	dump->is_end = is_end;
}

bool qn_dump_has_signal(const struct qn_dump *dump)
{
	return dump->signal.len && dump->is_end;
}

void qn_dump_set_told(struct qn_dump *dump, struct qn_thread_id id, struct qn_text name)
{
	dump->has_told = true;
	dump->told = dump->selected = id;
	if (name.len)
		keep_name(dump->told_name, name);
}

static bool is_known(struct qn_thread_id id)
{
	return id.number || id.lwp;
}

/* A process of one thread is not told to have threads: its frames are those of thread 1. */
static bool is_same(struct qn_thread_id a, struct qn_thread_id b)
{
	if (a.lwp && b.lwp)
		return a.lwp == b.lwp;
	if (a.number && b.number)
		return a.number == b.number;
	if (!is_known(a))
		return !is_known(b) || b.number == 1;
	return !is_known(b) && a.number == 1;
}

static struct qn_text id_key(const struct qn_thread_id *id)
{
	const uint64_t *part = id->lwp ? &id->lwp : &id->number;

	return (struct qn_text){(const char *)part, sizeof(*part)};
}

/* Was a thread of this id shown before? From now on it was. */
static struct qn_error *note_seen(struct qn_dump *dump, struct qn_thread_id id, bool *ret)
{
	struct qn_text key = id_key(&id);

	*ret = is_known(id) && qn_map_find(&dump->seen, key);
	if (*ret || !is_known(id) || dump->seen.count >= SEEN_MAX)
		return NULL;
	key = qn_arena_copy(&dump->arena, key);
	QN_TRY(qn_arena_check(&dump->arena));
	return qn_map_put(&dump->seen, key, dump);
}

static unsigned score_end(const struct qn_dump *dump, const struct thread *thread,
			  const struct qn_thread_state *state, bool is_told)
{
	if (qn_dump_has_signal(dump)) {
		if (is_told && state->is_waiting && qn_dump_is_fault(dump->signal))
			return SCORE_FIRST_OF_CORE; /* sent by somebody, or unwound wrongly */
		if (!is_told || state->is_waiting)
			return SCORE_NONE;
		return qn_dump_is_fault(dump->signal) ? SCORE_FAULTED
		       : state->is_nameless           ? SCORE_NAMELESS
						      : SCORE_NONE;
	}
	if (!is_told || state->is_waiting || dump->signal.len)
		return SCORE_NONE;
	if (dump->source == QN_DUMP_CORE)
		return SCORE_FIRST_OF_CORE;
	return dump->source == QN_DUMP_UNKNOWN && !thread->has_heading && !state->is_nameless ? SCORE_LONE
											      : SCORE_NONE;
}

/* The frame of the stop stood under no heading: now its thread is shown whole, as number 1. */
static bool is_whole_of_bare(const struct qn_dump *dump, const struct thread *thread)
{
	return dump->best.frames && !is_known(dump->best.id) && is_same(dump->best.id, thread->id);
}

static unsigned score(const struct qn_dump *dump, const struct thread *thread,
		      const struct qn_thread_state *state)
{
	bool is_first = dump->threads_count == 0 || is_whole_of_bare(dump, thread);
	bool is_told = dump->has_told ? is_same(dump->told, thread->id) : is_first;
	bool is_handling = state->is_handling && (state->has_user || qn_dump_has_signal(dump));

	if (state->is_raising || is_handling)
		return SCORE_RAISES + (state->has_user ? SCORE_HAS_USER : 0U) +
		       (is_told ? SCORE_IS_TOLD : 0U);
	return score_end(dump, thread, state, is_told);
}

static void take_best(struct qn_dump *dump, unsigned points, const struct qn_thread_summary *summary)
{
	thread_deinit(&dump->best);
	dump->best = dump->open;
	dump->open = (struct thread){0};
	dump->best_score = points;
	dump->best_summary = *summary;
}

static struct qn_error *end_thread(struct qn_dump *dump)
{
	struct qn_thread_summary summary;
	unsigned points;
	bool is_seen;

	if (!dump->open.frames || !dump->open.frames->frames_count)
		return NULL;
	QN_TRY(note_seen(dump, dump->open.id, &is_seen));
	QN_TRY(qn_dump_threads_put(&dump->threads,
				   &(struct qn_dump_thread){.id = dump->open.id,
							    .name = qn_text_of(dump->open.name),
							    .facts = dump->open.facts},
				   dump->open.frames));
	QN_TRY(qn_thread_summarize(&dump->summaries, dump->owner->normalizer, dump->open.frames, &summary));
	points = score(dump, &dump->open, &summary.state);
	if (dump->best.frames && is_same(dump->best.id, dump->open.id) &&
	    (is_seen || !is_known(dump->best.id))) {
		if (dump->open.frames->frames_count > dump->best.frames->frames_count &&
		    points >= dump->best_score)
			take_best(dump, points, &summary);
		return NULL;
	}
	if (is_seen)
		return NULL;
	if (dump->threads_count++ == 0 || points > dump->best_score) {
		if (dump->best.frames)
			qn_sighting_count_other(dump->owner, qn_text_of(dump->best_summary.what));
		take_best(dump, points, &summary);
		return NULL;
	}
	qn_sighting_count_other(dump->owner, qn_text_of(summary.what));
	return NULL;
}

struct qn_error *qn_dump_begin_thread(struct qn_dump *dump, struct qn_thread_id id, struct qn_text name)
{
	QN_TRY(end_thread(dump));
	thread_deinit(&dump->open);
	QN_TRY(qn_sighting_create(QN_WITNESS_DUMP, &dump->open.frames));
	dump->open.id = dump->selected = id;
	dump->open.has_heading = is_known(id);
	keep_name(dump->open.name, name);
	if (name.len && dump->has_told && is_same(dump->told, id))
		keep_name(dump->told_name, name);
	return NULL;
}

void qn_dump_select(struct qn_dump *dump, struct qn_thread_id id)
{
	/* "Thread 12 received signal SIGSEGV", "[Switching to Thread 0x7f12 (LWP 99)]": one thread, told
	 * twice */
	if (dump->has_told && !dump->threads_count && !dump->open.frames && dump->told.number &&
	    !dump->told.lwp && id.lwp && !id.number) {
		dump->told.lwp = id.lwp;
		id = dump->told;
	}
	dump->selected = id;
}

void qn_dump_name_thread(struct qn_dump *dump, struct qn_thread_id id)
{
	if (dump->open.frames && !is_known(dump->open.id))
		dump->open.id = id;
}

struct qn_error *qn_dump_add_frame(struct qn_dump *dump, uint64_t number, struct qn_text raw,
				   const struct qn_code_place *place)
{
	struct thread *open = &dump->open;
	bool is_again = open->frames && number < open->next_number;

	if (open->frames && (!is_same(open->id, dump->selected) || (is_again && number)))
		QN_TRY(qn_dump_begin_thread(
			dump, is_again && number ? (struct qn_thread_id){0} : dump->selected, QN_TEXT("")));
	else if (is_again) { /* the same once more: what "bt" shows behind the line of the stop */
		struct qn_thread_id id = open->id;
		bool has_heading = open->has_heading;

		if (open->frames->frames_count > 1)
			QN_TRY(end_thread(dump));
		thread_deinit(open);
		open->id = id;
		open->has_heading = has_heading;
	}
	if (!open->frames) {
		QN_TRY(qn_sighting_create(QN_WITNESS_DUMP, &open->frames));
		if (!is_known(open->id))
			open->id = dump->selected;
	}
	open->frames->is_cut |= number > open->next_number;
	open->next_number = number < UINT64_MAX ? number + 1 : number;
	qn_dump_facts_read(&open->facts, raw, place->arguments);
	return qn_sighting_add_frame(open->frames, raw, place);
}

void qn_dump_take_back_frame(struct qn_dump *dump)
{
	if (qn_dump_frames_count(dump) && dump->open.next_number) {
		dump->open.frames->frames_count--;
		dump->open.next_number--;
	}
}

bool qn_dump_has_frame(const struct qn_dump *dump, uint64_t number, struct qn_text raw)
{
	const struct qn_sighting *frames = dump->open.frames;

	return number < qn_dump_frames_count(dump) && qn_text_equal(frames->frames[number].raw, raw);
}

void qn_dump_complete_frame(struct qn_dump *dump, const struct qn_code_place *place)
{
	struct qn_sighting *frames = dump->open.frames;
	struct qn_frame *frame =
		qn_dump_frames_count(dump) ? &frames->frames[frames->frames_count - 1] : NULL;

	if (frame && place->file.len && !frame->file.len) {
		frame->file = qn_sighting_keep(frames, place->file);
		frame->line = place->line;
	}
	if (frame && place->build_id.len && !frame->build_id.len)
		frame->build_id = qn_sighting_keep(frames, place->build_id);
}

struct qn_error *qn_dump_add_row(struct qn_dump *dump, struct qn_thread_id id, struct qn_text name,
				 struct qn_text raw, const struct qn_code_place *place)
{
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *frames = NULL;
	struct qn_thread_summary summary;

	QN_TRY(qn_sighting_create(QN_WITNESS_DUMP, &frames));
	QN_TRY(qn_sighting_add_frame(frames, raw, place));
	QN_TRY(qn_dump_threads_put(&dump->threads,
				   &(struct qn_dump_thread){.id = id, .name = name, .is_row = true}, frames));
	if (dump->has_told && is_same(dump->told, id)) {
		if (name.len)
			keep_name(dump->told_name, name);
		return NULL;
	}
	if (!dump->rows)
		QN_TRY(qn_sighting_create(QN_WITNESS_DUMP, &dump->rows));
	QN_TRY(qn_thread_summarize(&dump->summaries, dump->owner->normalizer, frames, &summary));
	qn_sighting_count_other(dump->rows, qn_text_of(summary.what));
	return NULL;
}

void qn_dump_cut(struct qn_dump *dump)
{
	if (dump->open.frames)
		dump->open.frames->is_cut = true;
}

size_t qn_dump_frames_count(const struct qn_dump *dump)
{
	return dump->open.frames ? dump->open.frames->frames_count : 0;
}

size_t qn_dump_threads_count(const struct qn_dump *dump)
{
	return dump->threads_count;
}

bool qn_dump_is_bare(const struct qn_dump *dump)
{
	return !dump->signal.len && !is_known(dump->open.id) && !is_known(dump->selected);
}

struct qn_buffer *qn_dump_pending(struct qn_dump *dump)
{
	return &dump->pending;
}

static void set_kind(const struct qn_dump *dump, const struct qn_sighting *frames, size_t handler,
		     struct qn_sighting *sighting)
{
	bool is_raising = dump->best_score >= SCORE_RAISES && dump->best_score < SCORE_FAULTED;
	bool has_abort = false;

	for (size_t i = handler == SIZE_MAX ? 0 : handler + 1; i < frames->frames_count; i++)
		has_abort |= qn_dump_is_abort(frames->frames[i].raw);
	sighting->signal = dump->is_end ? dump->signal : QN_TEXT("");
	if (!sighting->signal.len && has_abort)
		sighting->signal = QN_TEXT("SIGABRT");
	if (qn_dump_is_fault(sighting->signal) || (handler != SIZE_MAX && !has_abort))
		qn_sighting_set_kind(sighting, QN_KIND_CRASH);
	else if (is_raising || qn_text_equal(sighting->signal, QN_TEXT("SIGABRT")))
		qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	else
		qn_sighting_set_kind(sighting, QN_KIND_CRASH);
}

static void set_thread(const struct qn_dump *dump, struct qn_sighting *sighting)
{
	const struct thread *best = &dump->best;
	const char *name = best->name;

	if (!*name && (!dump->has_told || is_same(dump->told, best->id)))
		name = dump->told_name;
	if (*name)
		sighting->thread = qn_sighting_keep(sighting, qn_text_of(name));
	else if (best->id.lwp)
		sighting->thread =
			qn_arena_printf(&sighting->arena, "LWP %llu", (unsigned long long)best->id.lwp);
}

static void take_frames(struct qn_dump *dump, struct qn_sighting *sighting)
{
	struct qn_sighting *frames = dump->best.frames;
	size_t handler = qn_dump_find_handler(frames);

	set_kind(dump, frames, handler, sighting);
	for (size_t i = 0; handler != SIZE_MAX && i <= handler; i++)
		frames->frames[i].is_rethrow = true;
	sighting->frames = qn_take(frames->frames); /* their texts stay with the dump */
	sighting->frames_count = frames->frames_count;
	sighting->frames_capacity = frames->frames_capacity;
	sighting->is_cut |= frames->is_cut;
	sighting->phase = QN_PHASE_FRAMES;
	frames->frames_count = frames->frames_capacity = 0;
}

const struct qn_dump_threads *qn_dump_threads(const struct qn_dump *dump)
{
	return &dump->threads;
}

struct qn_text qn_dump_signal(const struct qn_dump *dump)
{
	return dump->is_end ? dump->signal : QN_TEXT("");
}

bool qn_dump_crashed(const struct qn_dump *dump, struct qn_thread_id *ret)
{
	*ret = dump->best.id;
	return dump->best.frames && dump->best_score >= SCORE_LONE &&
	       (dump->best_score > SCORE_LONE || dump->threads_count <= 1);
}

enum qn_dump_source qn_dump_source(const struct qn_dump *dump)
{
	return dump->source;
}

static struct qn_error *finish(struct qn_dump *dump, struct qn_sighting *sighting)
{
	struct qn_thread_id crashed;

	QN_TRY(end_thread(dump));
	if (sighting->watch)
		QN_TRY(sighting->watch->tell(sighting->watch->context, dump, sighting));
	if (!qn_dump_crashed(dump, &crashed))
		return qn_dump_find_hang(dump, sighting);
	set_thread(dump, sighting);
	if (dump->threads_count <= 1 && dump->rows) {
		sighting->others_count = dump->rows->others_count;
		memcpy(sighting->others, dump->rows->others, sizeof(sighting->others));
	}
	take_frames(dump, sighting);
	return NULL;
}

void qn_dump_finish(struct qn_dump *dump, struct qn_sighting *sighting)
{
	struct qn_error *error = sighting->message.is_failed ? &qn_error_no_memory : finish(dump, sighting);

	if (error) {
		sighting->message.is_failed = true; /* the reader looks at it next */
		qn_error_destroy(error);
	}
}
