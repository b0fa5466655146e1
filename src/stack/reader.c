#include "stack/reader.h"

#include "base/cursor.h"
#include "stack/reader_state.h"

#include "base/banned.h"

/* Lines of other writers (and blank ones) that may stand between two lines of a report; after that it is
 * closed. */
#define FOREIGN_LINES_MAX 24U
/* Records of other writers that may. They cost no memory: the cap is for what comes after a report that has
 * no end. */
#define FOREIGN_RECORDS_MAX 2000U

struct qn_error *qn_stack_reader_create(const struct qn_normalizer *normalizer, qn_stack_sink sink,
					void *context, struct qn_stack_reader **ret)
{
	_cleanup_(qn_stack_reader_destroy_guard) struct qn_stack_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return &qn_error_no_memory;
	QN_TRY(qn_header_index_init(&reader->headers));
	reader->mender.headers = reader->mender_of_previous.headers = &reader->headers;
	reader->normalizer = normalizer;
	reader->sink = sink;
	reader->context = context;
	*ret = qn_take(reader);
	return NULL;
}

void qn_stack_reader_destroy(struct qn_stack_reader *reader)
{
	if (!reader)
		return;
	qn_event_clear(&reader->event);
	qn_sighting_destroy(reader->open);
	qn_sighting_destroy(reader->aside);
	qn_names_deinit(&reader->names);
	qn_fragments_deinit(&reader->fragments);
	qn_buffer_deinit(&reader->before);
	qn_buffer_deinit(&reader->above);
	qn_header_index_deinit(&reader->headers);
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

struct qn_error *qn_reader_put_down(struct qn_stack_reader *reader, struct qn_sighting *sighting)
{
	struct qn_error *error = NULL;

	if (sighting->of && sighting->of->finish)
		sighting->of->finish(sighting);
	qn_sighting_finish(sighting);
	if (sighting->is_noise || qn_sighting_is_own_dump(sighting)) {
		qn_sighting_destroy(sighting);
		return NULL;
	}
	error = qn_buffer_check(&sighting->message);
	if (!error && !qn_event_joins(&reader->event, sighting))
		error = tell(reader);
	if (error)
		qn_sighting_destroy(sighting);
	else
		qn_event_add(&reader->event, sighting);
	return error;
}

struct qn_error *qn_reader_finish(struct qn_stack_reader *reader)
{
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *sighting = qn_take(reader->open);
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *aside = NULL, *beside = NULL;
	bool is_aside_over;

	if (!sighting)
		return NULL;
	reader->open = qn_take(sighting);
	QN_TRY(qn_reader_add_last_name(reader));
	sighting = qn_take(reader->open);
	is_aside_over = reader->aside && sighting->weave.items_count == reader->aside_items;
	if (is_aside_over)
		aside = qn_take(reader->aside);
	qn_sighting_destroy(qn_take(reader->aside));
	beside = qn_take(sighting->beside);
	reader->open = qn_take(sighting);
	QN_TRY(qn_reader_part(reader, true));
	sighting = qn_take(reader->open);
	QN_TRY(qn_sighting_unweave(sighting));
	QN_TRY(qn_reader_put_down(reader, qn_take(sighting)));
	if (beside)
		QN_TRY(qn_reader_put_down(reader, qn_take(beside)));
	return aside ? qn_reader_put_down(reader, qn_take(aside)) : NULL;
}

void qn_reader_open(struct qn_stack_reader *reader, struct qn_sighting *sighting)
{
	reader->open = sighting;
	reader->idle = reader->records = reader->blanks = reader->beside = 0;
	reader->is_blank_after_each = reader->has_foreign = false;
}

static struct qn_time line_time(const struct qn_stack_reader *reader, const struct qn_line *line)
{
	return line->wrapper_time.is_known ? line->wrapper_time : reader->last_time;
}

void qn_reader_claim(struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	if (reader->open->place.line && reader->records)
		reader->open->damage |= QN_DAMAGE_WOVEN_RECORDS;
	if (reader->open->place.line && reader->has_foreign)
		reader->open->damage |= QN_DAMAGE_WOVEN_TEXT;
	reader->idle = reader->records = reader->blanks = reader->beside = 0;
	reader->has_foreign = false;
	reader->output = line->line->output;
	reader->claim_time = line_time(reader, line->line);
	qn_sighting_claim(reader->open, line, reader->last_time);
	if (reader->open->weave.starts_count && reader->open->heads[reader->open->weave.starts_count - 1])
		qn_sighting_claim(reader->open->heads[reader->open->weave.starts_count - 1], line,
				  reader->last_time);
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
		reader->open->phase == QN_PHASE_FRAMES && reader->blanks < QN_READER_BLANKS_AT_END;
	qn_names_clear(&reader->names);
	return qn_reader_finish(reader);
}

static struct qn_error *hold_name(struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	struct qn_sighting *open = reader->open;

	if (qn_names_hold(&reader->names, line))
		reader->blanks_before_name = reader->blanks;
	reader->blanks = 0;
	if (!open || open->phase != QN_PHASE_FRAMES)
		return NULL;
	return qn_weave_add_name(&open->weave, &open->arena,
				 qn_text_first(line->text, QN_FRAME_NAME_BYTES_MAX));
}

/* The names above the place with which the frames begin. */
static struct qn_error *weave_held_names(struct qn_stack_reader *reader)
{
	for (size_t i = 0; i < reader->names.count; i++)
		QN_TRY(qn_weave_add_name(&reader->open->weave, &reader->open->arena,
					 qn_held_name_text(&reader->names.held[i])));
	return NULL;
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
		qn_reader_claim(reader, &held);
	}
	if (reader->is_blank_after_each)
		sighting->damage |= QN_DAMAGE_BLANK_LINES;
	if (!line->has_tab && place->line)
		sighting->damage |= QN_DAMAGE_TABS;
	qn_reader_claim(reader, line);
	if (!is_skipped) {
		QN_TRY(qn_weave_add_place(&sighting->weave, &sighting->arena, place));
		QN_TRY(qn_sighting_add_frame(sighting, raw, place));
	}
	qn_names_take_first(&reader->names);
	return NULL;
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
	QN_TRY(qn_reader_finish(reader));
	qn_reader_open(reader, qn_take(fresh));
	*ret_taken = true;
	QN_TRY(weave_held_names(reader));
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
		qn_reader_claim(reader, line);
		return NULL;
	}
	/* Another thread's copy may go on where the first one ended. */
	if (qn_reader_is_ended(reader) &&
	    (sighting->witness != QN_WITNESS_NATIVE || !qn_weave_has_place(&sighting->weave, place)))
		return begin_headless(reader, line, place, ret_taken);
	if (!reader->names.count && (place->file.len == 0 || (!place->has_pc && !place->has_offset)))
		return NULL;
	if (sighting->phase == QN_PHASE_HEAD) {
		settle_before_name(sighting);
		sighting->phase = QN_PHASE_FRAMES;
		sighting->damage |= sighting->witness == QN_WITNESS_GO ? QN_DAMAGE_HEADER : 0;
		QN_TRY(weave_held_names(reader));
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
		qn_reader_claim(reader, line);
	}
	return use == QN_LINE_LAST || use == QN_LINE_END ? qn_reader_finish(reader) : NULL;
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
		QN_TRY(hold_name(reader, line));
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
	reader->open->blank_lines += reader->open->phase == QN_PHASE_FRAMES;
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

static struct qn_error *hold_only(struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	qn_names_clear(&reader->names);
	reader->blanks = 0;
	return qn_is_function_line(line->text) ? hold_name(reader, line) : NULL;
}

/* NULL: the line above was fed, and is held if it may be a name. */
static struct qn_error *hold_previous(struct qn_stack_reader *reader, const struct qn_line *previous)
{
	struct qn_crash_line line;
	struct qn_line mended;

	if (!previous)
		return NULL;
	prepare(&reader->mender_of_previous, previous, 0, &mended, &line);
	return hold_only(reader, &line);
}

bool qn_reader_has_own_frames(const struct qn_stack_reader *reader)
{
	return reader->open && reader->open->of && reader->open->of->has_own_frames;
}

struct qn_error *qn_reader_line(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				const struct qn_line *previous, bool *ret_taken)
{
	struct qn_code_place place;

	if (is_left_behind(reader, line->line))
		QN_TRY(qn_reader_finish(reader));
	if (line->text.len == 0)
		return step_blank(reader);
	if (qn_reader_has_own_frames(reader) && !qn_reader_is_other_output(reader, line)) {
		QN_TRY(take_own(reader, line, ret_taken));
		if (*ret_taken)
			return NULL;
	}
	if (line->header) {
		QN_TRY(qn_reader_header(reader, line, line->header, ret_taken));
		if (*ret_taken)
			return NULL;
	}
	if (!reader->open) {
		if (!qn_code_place_read(line->text, &place))
			return hold_only(reader, line);
		QN_TRY(hold_previous(reader, previous));
		return begin_headless(reader, line, &place, ret_taken);
	}
	if (qn_reader_has_own_frames(reader))
		return step_foreign(reader);
	QN_TRY(qn_reader_take_aside(reader, line, ret_taken));
	if (*ret_taken)
		return NULL;
	if (qn_code_place_read(line->text, &place)) {
		QN_TRY(step_place(reader, line, &place, ret_taken));
		if (*ret_taken)
			return NULL;
	}
	return step_other(reader, line, ret_taken);
}

/* @damage  what was undone before */
static struct qn_error *step(struct qn_stack_reader *reader, const struct qn_line *line, unsigned damage,
			     const struct qn_line *previous, bool *ret_taken)
{
	struct qn_header_match match;
	struct qn_line mended;
	struct qn_crash_line ready;
	uint64_t last_number = reader->mender.last_number;

	*ret_taken = false;
	if (previous)
		qn_reader_set_before(reader, previous->text);
	prepare(&reader->mender, line, damage, &mended, &ready);
	if (ready.text.len && qn_dialects_match(&reader->headers, ready.text, &match))
		ready.header = &match;
	if (qn_reader_is_beside(reader, &ready)) {
		reader->has_foreign = true;
		reader->beside++;
		qn_reader_keep_before(reader, line->text);
		return qn_stack_reader_record(reader, NULL);
	}
	if (!ready.header && (mended.text.data != line->text.data || mended.text.len != line->text.len) &&
	    qn_reader_hold_raw_piece(reader, line)) {
		reader->mender.last_number = last_number;
		*ret_taken = true;
		return qn_buffer_check(&reader->fragments.text);
	}
	QN_TRY(qn_reader_hold_piece(reader, &ready, ret_taken));
	if (!*ret_taken)
		QN_TRY(qn_reader_line(reader, &ready, previous, ret_taken));
	if (*ret_taken)
		qn_buffer_clear(&reader->above);
	else
		qn_reader_keep_before(reader, line->text);
	return qn_buffer_check(&reader->before);
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
	/* "h:310 pc=0x7f12" is no name with its place where "/src/Future-inl." stands above it. */
	if (reader->fragments.is_place && qn_reader_hold_raw_piece(reader, line)) {
		*ret_taken = true;
		return qn_buffer_check(&reader->fragments.text);
	}
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
	reader->fragments.is_interrupted |= reader->fragments.count > 0;
	return give_up_if_idle(reader);
}

struct qn_error *qn_stack_reader_flush(struct qn_stack_reader *reader)
{
	QN_TRY(qn_reader_release_pieces(reader));
	QN_TRY(qn_reader_finish(reader));
	qn_names_clear(&reader->names);
	return tell(reader);
}
