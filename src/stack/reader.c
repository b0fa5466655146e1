#include "stack/reader.h"

#include "base/cursor.h"
#include "stack/crash_line.h"
#include "stack/dialect.h"
#include "stack/event.h"
#include "stack/line_mend.h"
#include "stack/line_split.h"
#include "stack/names.h"
#include "stack/sighting.h"

#include "base/banned.h"

/* Lines of other writers (and blank ones) that may stand between two lines of a report; after that it is
 * closed. */
#define FOREIGN_LINES_MAX 24U
/* Records of other writers that may. They cost no memory: the cap is for what comes after a report that has
 * no end. */
#define FOREIGN_RECORDS_MAX 2000U
/* Blank lines that end a report; where each line has a blank behind it, twice as many. */
#define BLANK_LINES_AT_END 2U

struct qn_stack_reader {
	const struct qn_normalizer *normalizer;
	qn_stack_sink sink;
	void *context;
	struct qn_event event;    /* finished sightings that wait for what may still join them */
	struct qn_sighting *open; /* the one that is being read; NULL: none */
	struct qn_names names;    /* lines that may be a function's name */
	struct qn_time last_time;
	struct qn_time claim_time;   /* of the last line of the open one */
	unsigned idle, records;      /* since the last line of the open one */
	unsigned blanks;             /* in a row */
	unsigned blanks_before_name; /* before the first of names */
	bool is_blank_after_each, has_foreign;
	struct qn_line_mender mender, mender_of_previous;
	struct qn_buffer split; /* the lines that one line was */
};

struct qn_error *qn_stack_reader_create(const struct qn_normalizer *normalizer, qn_stack_sink sink,
					void *context, struct qn_stack_reader **ret)
{
	struct qn_stack_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return &qn_error_no_memory;
	reader->normalizer = normalizer;
	reader->sink = sink;
	reader->context = context;
	*ret = reader;
	return NULL;
}

void qn_stack_reader_destroy(struct qn_stack_reader *reader)
{
	if (!reader)
		return;
	qn_event_clear(&reader->event);
	qn_sighting_destroy(reader->open);
	qn_names_deinit(&reader->names);
	qn_line_mender_deinit(&reader->mender);
	qn_line_mender_deinit(&reader->mender_of_previous);
	qn_buffer_deinit(&reader->split);
	free(reader);
}

bool qn_stack_reader_wants_all(const struct qn_stack_reader *reader)
{
	return reader->open;
}

static struct qn_error *tell(struct qn_stack_reader *reader)
{
	struct qn_error *error =
		qn_event_tell(&reader->event, reader->normalizer, reader->sink, reader->context);

	qn_event_clear(&reader->event);
	return error;
}

/* Closes the open sighting: it joins the event that waits, or that one is told and it waits itself. */
static struct qn_error *finish(struct qn_stack_reader *reader)
{
	struct qn_sighting *sighting = qn_take(reader->open);
	struct qn_error *error = NULL;

	if (!sighting)
		return NULL;
	if (sighting->is_noise || qn_sighting_is_own_dump(sighting)) {
		qn_sighting_destroy(sighting);
		return NULL;
	}
	qn_sighting_finish(sighting);
	error = qn_buffer_check(&sighting->message);
	if (!error && !qn_event_joins(&reader->event, sighting))
		error = tell(reader);
	if (error)
		qn_sighting_destroy(sighting);
	else
		qn_event_add(&reader->event, sighting);
	return error;
}

static void open_sighting(struct qn_stack_reader *reader, struct qn_sighting *sighting)
{
	reader->open = sighting;
	reader->idle = reader->records = reader->blanks = 0;
	reader->is_blank_after_each = reader->has_foreign = false;
}

static struct qn_time line_time(const struct qn_stack_reader *reader, const struct qn_line *line)
{
	return line->wrapper_time.is_known ? line->wrapper_time : reader->last_time;
}

/* A line of the open sighting: what stood between it and the one before is woven in. */
static void claim(struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	if (reader->open->place.line && reader->records)
		reader->open->damage |= QN_DAMAGE_WOVEN_RECORDS;
	if (reader->open->place.line && reader->has_foreign)
		reader->open->damage |= QN_DAMAGE_WOVEN_TEXT;
	reader->idle = reader->records = reader->blanks = 0;
	reader->has_foreign = false;
	reader->claim_time = line_time(reader, line->line);
	qn_sighting_claim(reader->open, line, reader->last_time);
}

static struct qn_error *feed_new_sighting(struct qn_stack_reader *reader, const struct qn_crash_line *line,
					  const struct qn_header_match *match, enum qn_header_use *ret_use)
{
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *fresh = NULL;

	QN_TRY(qn_sighting_create(match->dialect->witness, &fresh));
	fresh->of = match->dialect;
	*ret_use = match->header->read(fresh, line, match->rest);
	if (*ret_use != QN_HEADER_TAKEN)
		return NULL;
	QN_TRY(finish(reader));
	open_sighting(reader, qn_take(fresh));
	return NULL;
}

static struct qn_error *feed_header(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				    const struct qn_header_match *match, bool *ret_taken)
{
	enum qn_header_use use = QN_HEADER_ANOTHER;

	if (reader->open && reader->open->witness == match->dialect->witness)
		use = match->header->read(reader->open, line, match->rest);
	if (use == QN_HEADER_ANOTHER)
		QN_TRY(feed_new_sighting(reader, line, match, &use));
	*ret_taken = use == QN_HEADER_TAKEN || use == QN_HEADER_IGNORED;
	if (use != QN_HEADER_TAKEN)
		return NULL;
	if (match->is_glued)
		reader->open->damage |= QN_DAMAGE_GLUED_TEXT;
	qn_names_clear(&reader->names);
	claim(reader, line);
	return reader->open->witness == QN_WITNESS_PARENT ? finish(reader) : NULL;
}

/* Others went on writing long after the open report's last line: its process is gone. */
static bool is_left_behind(const struct qn_stack_reader *reader, const struct qn_line *line)
{
	return reader->open && reader->records > QN_EVENT_LINES_WOVEN &&
	       !qn_event_times_join(reader->claim_time, line_time(reader, line));
}

/* A report that goes nowhere is closed, so that it does not take what others wrote. */
static struct qn_error *give_up_if_idle(struct qn_stack_reader *reader)
{
	if (reader->idle <= FOREIGN_LINES_MAX && reader->records <= FOREIGN_RECORDS_MAX)
		return NULL;
	reader->open->is_interrupted =
		reader->open->phase == QN_PHASE_FRAMES && reader->blanks < BLANK_LINES_AT_END;
	qn_names_clear(&reader->names);
	return finish(reader);
}

static void hold_name(struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	if (qn_names_hold(&reader->names, line))
		reader->blanks_before_name = reader->blanks;
	reader->blanks = 0;
}

/* The message of a panic goes on until its goroutine comes; a frame before that ends it, so the name above
 * the frame was none of it. */
static void end_message(struct qn_sighting *sighting)
{
	if (!sighting->is_message_open)
		return;
	qn_buffer_clear(
		&sighting->pending); /* only a function's name was held: settle_before_name() took the rest */
	sighting->is_message_open = false;
	sighting->pending_lines = 0;
}

/* Drops the last pending line, which turned out to be a name, and keeps those before it. */
static void settle_before_name(struct qn_sighting *sighting)
{
	if (sighting->is_message_open && sighting->pending.len) {
		sighting->pending.len = sighting->pending_last ? sighting->pending_last - 1 : 0;
		sighting->pending.data[sighting->pending.len] = '\0';
		qn_sighting_settle_message(sighting, true);
	}
	end_message(sighting);
}

static struct qn_error *add_frame(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				  const struct qn_code_place *place)
{
	struct qn_sighting *sighting = reader->open;
	const struct qn_held_name *name = qn_names_first(&reader->names);
	struct qn_text raw = name ? qn_held_name_text(name) : QN_TEXT("");
	bool is_skipped = sighting->phase == QN_PHASE_RUNTIME && (place->has_offset || !place->line);

	if (name) {
		struct qn_line name_line;
		struct qn_crash_line held;

		qn_held_name_line(name, &name_line, &held);
		if (reader->blanks == 1)
			reader->is_blank_after_each = true;
		claim(reader, &held);
	}
	if (reader->is_blank_after_each)
		sighting->damage |= QN_DAMAGE_BLANK_LINES;
	if (!line->has_tab && place->line)
		sighting->damage |= QN_DAMAGE_TABS;
	claim(reader, line);
	if (!is_skipped)
		QN_TRY(qn_sighting_add_frame(sighting, raw, place));
	qn_names_take_first(&reader->names);
	return NULL;
}

static bool is_ended(const struct qn_stack_reader *reader)
{
	unsigned blanks = reader->names.count ? reader->blanks_before_name : reader->blanks;

	if (reader->open->witness == QN_WITNESS_PRELUDE || reader->open->witness == QN_WITNESS_PARENT)
		return true;
	return reader->open->frames_count && reader->open->phase == QN_PHASE_FRAMES &&
	       blanks >= (reader->is_blank_after_each ? 2 * BLANK_LINES_AT_END : BLANK_LINES_AT_END);
}

/* Frames whose header was lost: the name came before, and with the pc below it there is no doubt. */
static struct qn_error *begin_headless(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				       const struct qn_code_place *place, bool *ret_taken)
{
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *fresh = NULL;

	if (!place->has_pc || (!reader->names.count && place->file.len == 0))
		return NULL;
	QN_TRY(qn_sighting_create(place->has_offset ? QN_WITNESS_GO : QN_WITNESS_NATIVE, &fresh));
	fresh->dialect = place->has_offset ? "cgo-signal" : "native-handler";
	fresh->phase = QN_PHASE_FRAMES;
	fresh->is_headless = true;
	fresh->damage = QN_DAMAGE_HEADER;
	QN_TRY(finish(reader));
	open_sighting(reader, qn_take(fresh));
	*ret_taken = true;
	return add_frame(reader, line, place);
}

static struct qn_error *step_place(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				   const struct qn_code_place *place, bool *ret_taken)
{
	struct qn_sighting *sighting = reader->open;

	if (sighting->phase == QN_PHASE_BEHIND || sighting->is_place_skipped) {
		*ret_taken = true;
		sighting->is_place_skipped = false;
		qn_names_clear(&reader->names);
		claim(reader, line);
		return NULL;
	}
	if (is_ended(reader))
		return begin_headless(reader, line, place, ret_taken);
	if (!reader->names.count && (place->file.len == 0 || (!place->has_pc && !place->has_offset)))
		return NULL;
	if (sighting->phase == QN_PHASE_HEAD) {
		settle_before_name(sighting);
		sighting->phase = QN_PHASE_FRAMES;
		sighting->damage |= sighting->witness == QN_WITNESS_GO ? QN_DAMAGE_HEADER : 0;
	}
	*ret_taken = true;
	return add_frame(reader, line, place);
}

/* A line that the open report's dialect knows as its own. */
static struct qn_error *take_own(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				 bool *ret_taken)
{
	enum qn_line_use use;

	QN_TRY(qn_dialects_take(reader->open, line, &use));
	*ret_taken = use == QN_LINE_TAKEN || use == QN_LINE_LAST;
	if (*ret_taken) {
		qn_names_clear(&reader->names);
		claim(reader, line);
	}
	return use == QN_LINE_LAST || use == QN_LINE_END ? finish(reader) : NULL;
}

/* A line while a report with frames of its own is open, which no dialect began another with. */
static struct qn_error *step_foreign(struct qn_stack_reader *reader)
{
	reader->has_foreign = true;
	reader->idle++;
	return give_up_if_idle(reader);
}

/* A line that is neither a header nor under a name: the dialect's own, the message's, a name, or another
 * writer's. */
static struct qn_error *step_other(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				   bool *ret_taken)
{
	struct qn_sighting *sighting = reader->open;

	QN_TRY(take_own(reader, line, ret_taken));
	if (*ret_taken || !reader->open)
		return NULL;
	if (qn_is_other_writer(line)) {
		reader->has_foreign = true;
		reader->idle++;
		return give_up_if_idle(reader);
	}
	if (sighting->is_message_open) {
		*ret_taken = true;
		qn_sighting_say_perhaps(sighting, line);
		if (qn_text_starts(line->text, QN_TEXT("attempt #")))
			qn_sighting_settle_message(sighting, true);
	}
	if (qn_is_function_line(line->text)) {
		*ret_taken = true;
		hold_name(reader, line);
	} else if (!sighting->is_message_open) {
		reader->has_foreign = true;
	}
	if (!sighting->is_message_open)
		reader->idle++;
	return give_up_if_idle(reader);
}

static struct qn_error *step_blank(struct qn_stack_reader *reader)
{
	if (!reader->open)
		return NULL;
	reader->blanks++;
	reader->idle++;
	if (reader->open->is_message_open && reader->idle <= FOREIGN_LINES_MAX)
		reader->idle = 0;
	return give_up_if_idle(reader);
}

/* @mended lives as long as @ret. */
static void prepare(struct qn_line_mender *mender, const struct qn_line *line, unsigned damage,
		    struct qn_line *mended, struct qn_crash_line *ret)
{
	*mended = *line;
	mended->text = qn_line_mend(mender, line->text, &damage);
	qn_crash_line_prepare(mended, ret);
	ret->damage |= damage;
}

static void hold_only(struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	qn_names_clear(&reader->names);
	reader->blanks = 0;
	if (qn_is_function_line(line->text))
		hold_name(reader, line);
}

/* NULL: the line above was fed, and is held if it may be a name. */
static void hold_previous(struct qn_stack_reader *reader, const struct qn_line *previous)
{
	struct qn_crash_line line;
	struct qn_line mended;

	if (previous) {
		prepare(&reader->mender_of_previous, previous, 0, &mended, &line);
		hold_only(reader, &line);
	}
}

static bool has_own_frames(const struct qn_stack_reader *reader)
{
	return reader->open && reader->open->of && reader->open->of->has_own_frames;
}

/* @damage  what was undone before */
static struct qn_error *step(struct qn_stack_reader *reader, const struct qn_line *line, unsigned damage,
			     const struct qn_line *previous, bool *ret_taken)
{
	struct qn_header_match match;
	struct qn_line mended;
	struct qn_crash_line ready;
	struct qn_code_place place;

	*ret_taken = false;
	prepare(&reader->mender, line, damage, &mended, &ready);
	if (is_left_behind(reader, line))
		QN_TRY(finish(reader));
	if (ready.text.len == 0)
		return step_blank(reader);
	if (has_own_frames(reader)) {
		QN_TRY(take_own(reader, &ready, ret_taken));
		if (*ret_taken)
			return NULL;
	}
	if (qn_dialects_match(ready.text, &match)) {
		QN_TRY(feed_header(reader, &ready, &match, ret_taken));
		if (*ret_taken)
			return NULL;
	}
	if (!reader->open) {
		if (!qn_code_place_read(ready.text, &place)) {
			hold_only(reader, &ready);
			return NULL;
		}
		hold_previous(reader, previous);
		return begin_headless(reader, &ready, &place, ret_taken);
	}
	if (has_own_frames(reader))
		return step_foreign(reader);
	if (qn_code_place_read(ready.text, &place)) {
		QN_TRY(step_place(reader, &ready, &place, ret_taken));
		if (*ret_taken)
			return NULL;
	}
	return step_other(reader, &ready, ret_taken);
}

struct qn_error *qn_stack_reader_plain(struct qn_stack_reader *reader, const struct qn_line *line,
				       const struct qn_line *previous, struct qn_time last_time,
				       bool *ret_taken)
{
	struct qn_cursor cursor;
	struct qn_line part = *line;
	unsigned damage = 0;

	reader->last_time = last_time;
	*ret_taken = false;
	if (!qn_line_split(line->text, &reader->split, &damage))
		return step(reader, line, 0, previous, ret_taken);
	cursor = qn_cursor_of(qn_buffer_text(&reader->split));
	while (qn_cursor_take_line(&cursor, &part.text)) {
		bool is_taken;

		QN_TRY(step(reader, &part, damage, previous, &is_taken));
		*ret_taken |= is_taken;
		previous = NULL;
	}
	return NULL;
}

struct qn_error *qn_stack_reader_record(struct qn_stack_reader *reader, const struct qn_record *record)
{
	(void)record;
	if (!reader->open)
		return NULL;
	reader->records++;
	return give_up_if_idle(reader);
}

struct qn_error *qn_stack_reader_flush(struct qn_stack_reader *reader)
{
	QN_TRY(finish(reader));
	qn_names_clear(&reader->names);
	return tell(reader);
}
