/* Rust panics, old and new form; those that cross into C++ end in SIGABRT:
 *
 *	thread '<unnamed>' panicked at src/util.rs:7:41:
 *	called `Result::unwrap()` on an `Err` value: DoesNotExist("/a/b")
 *	stack backtrace:
 *	   4:     0x7f12 - tantivy::open::h0123456789abcdef
 *	                       at /src/index_reader.rs:20:13
 *	fatal runtime error: failed to initiate panic, error 5
 *
 *	thread 'main' panicked at 'assertion failed: a', src/x.rs:7:41
 *
 * and what the color-eyre library makes of them:
 *
 *	The application panicked (crashed).
 *	Message:  boom
 *	Location: src/util.rs:7 */
#include "stack/dialect.h"
#include "stack/frame_line.h"

#include "base/cursor.h"

#include "base/banned.h"

enum state {
	STATE_REPORT,
	STATE_OLD_FORM, /* a message that has no place yet: further lines of it follow */
	STATE_EYRE,
};

/* Lines of a message, behind its first. */
#define MESSAGE_LINES_MAX 16U

static void begin(struct qn_sighting *sighting)
{
	if (sighting->dialect[0] == '\0')
		sighting->dialect = "rust-panic";
	sighting->is_rust = true;
	qn_sighting_set_kind(sighting, QN_KIND_PANIC);
}

/* "'message', src/x.rs:7:41", or its first line */
static void say_old_form(struct qn_sighting *sighting, struct qn_text rest)
{
	size_t at = qn_text_rfind(rest, QN_TEXT("', "));

	if (at == SIZE_MAX || at == 0) {
		sighting->state = qn_text_starts(rest, QN_TEXT("'")) ? STATE_OLD_FORM : STATE_REPORT;
		qn_sighting_say(sighting, rest);
		return;
	}
	qn_sighting_say(sighting, QN_TEXT("panicked at "));
	qn_sighting_say_on(sighting, qn_text_trim(qn_text_from(rest, at + 3)));
	qn_sighting_say_on(sighting, QN_TEXT(": "));
	qn_sighting_say_on(sighting, qn_text_from(qn_text_first(rest, at), 1));
}

static enum qn_header_use read_panicked(struct qn_sighting *sighting, const struct qn_crash_line *line,
					struct qn_text rest)
{
	size_t name = qn_text_find(line->text, QN_TEXT("thread '"));
	bool is_new_form = qn_text_ends(rest, QN_TEXT(":"));
	struct qn_cursor cursor;
	struct qn_text thread;

	if (name == SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	begin(sighting);
	qn_sighting_settle_message(sighting, true);
	if (sighting->message.len) {
		/* A panic while panicking: an effect of the first. */
		sighting->next_line = is_new_form ? QN_NEXT_IS_DROPPED : QN_NEXT_ANY;
		if (sighting->frames_count) /* and so is its stack */
			sighting->phase = QN_PHASE_BEHIND;
		return QN_HEADER_TAKEN;
	}
	cursor = qn_cursor_of(qn_text_from(line->text, name + 8));
	if (qn_cursor_take_until(&cursor, '\'', &thread))
		sighting->thread = qn_sighting_keep(sighting, thread);
	if (is_new_form) {
		qn_sighting_say(sighting, QN_TEXT("panicked at "));
		qn_sighting_say_on(sighting, rest);
		sighting->next_line = QN_NEXT_IS_MESSAGE;
	} else {
		say_old_form(sighting, rest);
	}
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_fatal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)rest;
	sighting->next_line = QN_NEXT_ANY;
	begin(sighting);
	qn_sighting_settle_message(sighting, true);
	if (sighting->message.len == 0)
		qn_sighting_say(sighting, line->text);
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_backtrace(struct qn_sighting *sighting, const struct qn_crash_line *line,
					 struct qn_text rest)
{
	(void)line;
	if (!sighting->is_rust || rest.len)
		return QN_HEADER_NOT_MINE;
	qn_sighting_settle_message(sighting, true);
	if (sighting->phase == QN_PHASE_HEAD)
		sighting->phase = QN_PHASE_FRAMES;
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_eyre(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	(void)line;
	if (rest.len)
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	begin(sighting);
	sighting->state = STATE_EYRE;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"The application panicked (crashed).", false, read_eyre},
	{" panicked at ", true, read_panicked},
	{"fatal runtime error: ", true, read_fatal},
	{"panic in a function that cannot unwind", false, read_fatal},
	{"stack backtrace:", false, read_backtrace},
	{NULL, false, NULL},
};

/* "4:     0x7f12 - tantivy::open::h0123456789abcdef" or "4: tantivy::open" */
static bool read_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret_place)
{
	struct qn_cursor cursor;
	uint64_t number;

	if (!qn_take_number(&text, &number) || !qn_text_starts(text, QN_TEXT(": ")))
		return false;
	*ret_place = (struct qn_code_place){0};
	cursor = qn_cursor_of(qn_text_trim(qn_text_from(text, 1)));
	if (qn_text_starts(cursor.rest, QN_TEXT("0x")) && qn_take_number(&cursor.rest, &number)) {
		ret_place->pc = number;
		qn_cursor_take(&cursor, QN_TEXT(" - "));
	}
	*ret_name = qn_text_trim(cursor.rest);
	return true;
}

/* "at /src/index_reader.rs:20:13", and "at src/index_reader.rs:20" as color-eyre has it */
static bool read_place(struct qn_text text, struct qn_text *ret_file, uint32_t *ret_line)
{
	size_t column, line;
	uint64_t number;

	if (!qn_text_starts(text, QN_TEXT("at ")))
		return false;
	text = qn_text_from(text, 3);
	if (qn_text_find_byte(text, ':') == qn_text_rfind(text, QN_TEXT(":")))
		return qn_source_place_read(text, ret_file, ret_line);
	column = qn_text_rfind(text, QN_TEXT(":"));
	if (column == SIZE_MAX)
		return false;
	line = qn_text_rfind(qn_text_first(text, column), QN_TEXT(":"));
	if (line == SIZE_MAX ||
	    !qn_text_to_u64(qn_text_first(qn_text_from(text, line + 1), column - line - 1), &number) ||
	    number > UINT32_MAX)
		return false;
	*ret_file = qn_text_first(text, line);
	*ret_line = (uint32_t)number;
	return true;
}

/* A name without a number, directly below a frame: that frame was inlined into it.
 *	   3: core::option::Option<T>::unwrap
 *	             at /rustc/0123/library/core/src/option.rs:7:23
 *	      tantivy::open */
static bool is_inlined_into(const struct qn_sighting *sighting, const struct qn_crash_line *line)
{
	struct qn_text text = line->text;

	return sighting->frames_count && line->is_indented && (text.data[0] < '0' || text.data[0] > '9') &&
	       line->line->number == sighting->place.last_line + 1 && !qn_text_starts(text, QN_TEXT("at ")) &&
	       !qn_text_contains(text, QN_TEXT(": ")) &&
	       (qn_text_contains(text, QN_TEXT("::")) || qn_text_find_byte(text, ' ') == SIZE_MAX);
}

static struct qn_error *take_frame(struct qn_sighting *sighting, const struct qn_crash_line *line,
				   bool *ret_taken)
{
	struct qn_text text = line->text, name = text, file;
	struct qn_code_place place = {0};
	uint32_t number;

	if (read_frame(text, &name, &place) || is_inlined_into(sighting, line)) {
		*ret_taken = true;
		return sighting->phase == QN_PHASE_FRAMES ? qn_sighting_add_frame(sighting, name, &place)
							  : NULL;
	}
	if (sighting->frames_count && read_place(text, &file, &number)) {
		struct qn_frame *frame = &sighting->frames[sighting->frames_count - 1];

		*ret_taken = true;
		if (frame->file.len == 0 && sighting->phase == QN_PHASE_FRAMES) {
			frame->file = qn_sighting_keep(sighting, file);
			frame->line = number;
		}
	}
	return NULL;
}

/* " right: `2`', src/x.rs:7:41": the last line of a message in the old form tells the place. */
static void take_old_form(struct qn_sighting *sighting, struct qn_text text)
{
	struct qn_text message;

	qn_sighting_say(sighting, text);
	if (!qn_text_contains(text, QN_TEXT("', ")))
		return;
	message = qn_sighting_keep(sighting, qn_buffer_text(&sighting->message));
	qn_buffer_clear(&sighting->message);
	sighting->state = STATE_REPORT;
	say_old_form(sighting, message);
}

/* A message of several lines: they stand directly below the first, and a note or the frames follow. */
static bool take_message(struct qn_sighting *sighting, const struct qn_crash_line *line)
{
	if (sighting->phase != QN_PHASE_HEAD || sighting->pending_lines >= MESSAGE_LINES_MAX ||
	    line->line->number != sighting->place.last_line + 1)
		return false;
	if (sighting->state != STATE_OLD_FORM) {
		qn_sighting_say_perhaps(sighting, line);
		return true;
	}
	take_old_form(sighting, line->text);
	if (sighting->place.last_line >= sighting->place.line + MESSAGE_LINES_MAX)
		sighting->state = STATE_REPORT;
	return true;
}

/* "Location: src/util.rs:7", below "Message:  boom" */
static void take_location(struct qn_sighting *sighting, struct qn_text location)
{
	struct qn_text message = qn_sighting_keep(sighting, qn_buffer_text(&sighting->message));

	qn_buffer_clear(&sighting->message);
	qn_sighting_say(sighting, QN_TEXT("panicked at "));
	qn_sighting_say_on(sighting, location);
	qn_sighting_say_on(sighting, QN_TEXT(": "));
	qn_sighting_say_on(sighting, message);
}

/* Spans, which are no frames, stand above the frames under a heading of their own; pieces of the source, and
 * how many frames are left out, stand between the frames. */
static struct qn_error *take_eyre(struct qn_sighting *sighting, const struct qn_crash_line *line,
				  enum qn_line_use *ret_use)
{
	static const struct qn_text bar = {"\xe2\x94\x81", 3};
	struct qn_text text = line->text;
	bool is_taken = line->is_indented;

	if (qn_text_starts(text, QN_TEXT("Message: "))) {
		qn_sighting_say(sighting, qn_text_trim(qn_text_from(text, 9)));
		is_taken = true;
	} else if (qn_text_starts(text, QN_TEXT("Location: "))) {
		take_location(sighting, qn_text_trim(qn_text_from(text, 10)));
		is_taken = true;
	} else if (qn_text_starts(text, bar)) {
		if (qn_text_contains(text, QN_TEXT(" BACKTRACE ")))
			sighting->phase = QN_PHASE_FRAMES;
		is_taken = true;
	} else if (sighting->phase == QN_PHASE_FRAMES) {
		QN_TRY(take_frame(sighting, line, &is_taken));
	}
	if (is_taken)
		*ret_use = QN_LINE_TAKEN;
	return NULL;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	bool is_taken = true;

	if (!sighting->is_rust || qn_is_other_writer(line))
		return NULL;
	if (sighting->state == STATE_EYRE)
		return take_eyre(sighting, line, ret_use);
	if (sighting->next_line == QN_NEXT_IS_MESSAGE) {
		qn_sighting_say_on(sighting, QN_TEXT(" "));
		qn_sighting_say_on(sighting, line->text);
	} else if (sighting->next_line == QN_NEXT_ANY) {
		is_taken = qn_text_starts(line->text, QN_TEXT("note: ")) ||
			   qn_text_starts(line->text, QN_TEXT("thread caused non-unwinding panic"));
		if (is_taken)
			qn_sighting_settle_message(sighting, true);
		else if (sighting->phase != QN_PHASE_HEAD)
			QN_TRY(take_frame(sighting, line, &is_taken));
		else
			is_taken = take_message(sighting, line);
	}
	sighting->next_line = QN_NEXT_ANY;
	if (is_taken)
		*ret_use = QN_LINE_TAKEN;
	return NULL;
}

static const char *const triggers[] = {"The application panicked (crashed).", "panicked at ",
				       "fatal runtime error: ", "panic in a function that cannot unwind",
				       NULL};

const struct qn_dialect qn_dialect_rust = {
	.name = "rust",
	.witness = QN_WITNESS_PRELUDE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
};
