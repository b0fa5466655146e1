/* Tracebacks of Python (pymilvus, tests), with what caused them; the innermost call comes last:
 *
 *	Traceback (most recent call last):
 *	  File "/usr/lib/python3.8/site-packages/pymilvus/decorators.py", line 128, in handler
 *	    return func(*args, **kwargs)
 *	           ^^^^^^^^^^^^^^^^^^^^^
 *	  [Previous line repeated 996 more times]
 *	grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:
 *
 *	The above exception was the direct cause of the following exception:
 *
 *	Traceback (most recent call last):
 *	  ...
 *	pymilvus.exceptions.MilvusException: <MilvusException: (code=2, message=Fail connecting)>
 *
 * (Format: Lib/traceback.py; exception groups have "  | " in front of each line.) The first of a chain is
 *what happened. The program may live on, so it is a logged error. */
#include "stack/dialect.h"

#include "base/limits.h"
#include "stack/python_line.h"

#include "base/banned.h"

/* Lines of a message behind its first: pymilvus and grpc print facts there. */
#define MESSAGE_LINES_MAX 32U

enum part {
	PART_FRAMES,
	PART_MESSAGE, /* the exception was told; its message may go on */
	PART_CHAINED, /* "The above exception was ...": another traceback follows */
	PART_GROUP,   /* the members of an exception group */
	PART_CELL,    /* frames as IPython prints them */
	PART_BEHIND,  /* the exception's message is over, or other writers' lines came; a chain may go on */
};

static const struct qn_text title = QN_TEXT("Traceback (most recent call last):");

/* A line of an exception group, told from the raw text: "  | " and "  + " stand in front.
 *	  + Exception Group Traceback (most recent call last):
 *	  |   File "/app/main.py", line 9, in <module>
 *	  | ExceptionGroup: two (2 sub-exceptions)
 *	  +-+---------------- 1 ----------------
 *	    | Traceback (most recent call last):
 * @ret_is_indented: it is a frame's or its source line's. */
static bool cut_group_bar(struct qn_text raw, struct qn_text *ret, bool *ret_is_indented)
{
	struct qn_text text = qn_text_trim(raw);

	if (text.len == 0 || (text.data[0] != '|' && text.data[0] != '+') || text.len == raw.len)
		return false;
	text = qn_text_from(text, 1);
	*ret_is_indented = qn_text_starts(text, QN_TEXT("  "));
	*ret = qn_text_trim(text);
	return true;
}

static struct qn_text first_word(struct qn_text text)
{
	return qn_text_first(text, qn_text_find_byte(text, ' '));
}

static bool is_cell_title(struct qn_text text)
{
	static const struct qn_text words = {"  Traceback (most recent call last)", 35};

	return qn_text_ends(text, words) &&
	       qn_text_trim(qn_text_first(text, text.len - words.len)).len == first_word(text).len;
}

static enum qn_header_use read_title(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)line;
	(void)rest;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "python-traceback";
	qn_sighting_set_kind(sighting, QN_KIND_ERROR);
	sighting->phase = QN_PHASE_FRAMES;
	return QN_HEADER_TAKEN;
}

/* "MilvusException                           Traceback (most recent call last)": IPython's, with the
 * exception in front. Prose has a sentence there. */
static enum qn_header_use read_cell_title(struct qn_sighting *sighting, const struct qn_crash_line *line,
					  struct qn_text rest)
{
	struct qn_text type, message;

	if (!is_cell_title(line->text) || qn_text_trim(rest).len ||
	    !qn_python_exception_read(first_word(line->text), &type, &message))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	(void)read_title(sighting, line, rest);
	sighting->state = PART_CELL;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"+ Exception Group Traceback (most recent call last):", false, read_title},
	{"Traceback (most recent call last):", true, read_title},
	{"Traceback (most recent call last)", true, read_cell_title},
	{NULL, false, NULL},
};

/* The frames of a traceback stand outermost first. */
static void turn_frames(struct qn_sighting *sighting)
{
	size_t low = 0, high = sighting->frames_count;

	while (low + 1 < high) {
		struct qn_frame kept = sighting->frames[low];

		sighting->frames[low++] = sighting->frames[--high];
		sighting->frames[high] = kept;
	}
}

/* The exception of the first traceback is what happened; those of the others only say through what it passed.
 */
static void say_exception(struct qn_sighting *sighting, struct qn_text type, struct qn_text message)
{
	if (sighting->number) {
		qn_sighting_say(sighting, QN_TEXT("wrapped in "));
		qn_sighting_say_on(sighting, type);
	} else {
		sighting->exception = qn_sighting_keep(sighting, type);
		qn_sighting_say(sighting, message);
	}
	sighting->pending_lines = 0;
	sighting->state = PART_MESSAGE;
}

static enum qn_line_use take_in_frames(struct qn_sighting *sighting, const struct qn_crash_line *line,
				       struct qn_text text, bool is_indented)
{
	struct qn_text type, message;

	if (text.len == 0)
		return QN_LINE_TAKEN;
	if (qn_text_starts(text, QN_TEXT("[Previous line repeated ")))
		return QN_LINE_TAKEN;
	/* A line of source code below its frame, and the marks below that. */
	if (is_indented && sighting->pending_lines == 0)
		return QN_LINE_TAKEN;
	/* "panic: boom", "SIGSEGV: segmentation violation": the beginning of another process's report */
	if (line->header && !line->header->is_glued && line->header->dialect->witness == QN_WITNESS_GO)
		return QN_LINE_NOT_MINE;
	if (sighting->frames_count && qn_python_exception_read(text, &type, &message)) {
		say_exception(sighting, type, message);
		return QN_LINE_TAKEN;
	}
	return QN_LINE_NOT_MINE;
}

/* pymilvus: "<MilvusException: (code=1, message=a" and further lines, at the margin, up to "b)>" */
static bool is_unfinished(const struct qn_sighting *sighting)
{
	struct qn_text message = qn_buffer_text(&sighting->message);

	return !sighting->number && qn_text_starts(message, QN_TEXT("<")) &&
	       qn_text_contains(qn_text_first(message, qn_text_find_byte(message, '\n')),
				QN_TEXT(": (code=")) &&
	       !qn_text_ends(message, QN_TEXT(")>"));
}

/* Lines between a message, which may have some at the margin, and the words of a chain. */
#define CHAIN_LINES_MAX 16U

/* Does the report end above @line, which may be the message's or another writer's? */
static bool ends_chain(struct qn_sighting *sighting, const struct qn_crash_line *line)
{
	struct qn_code_place place;

	if (sighting->state != PART_BEHIND)
		sighting->pending_lines = 0;
	sighting->state = PART_BEHIND;
	return line->header || ++sighting->pending_lines > CHAIN_LINES_MAX ||
	       qn_text_starts(line->text, QN_TEXT("_Z")) || qn_code_place_read(line->text, &place) ||
	       qn_line_has_clock(line->text);
}

static enum qn_line_use take_behind(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text text)
{
	static const struct qn_text chains[] = {
		QN_TEXT("The above exception was the direct cause of the following exception:"),
		QN_TEXT("During handling of the above exception, another exception occurred:")};

	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		if (!qn_text_starts(text, chains[i]))
			continue;
		sighting->state = PART_CHAINED;
		sighting->number++;
		return QN_LINE_TAKEN;
	}
	if (sighting->state == PART_CHAINED) {
		if (!qn_text_equal(text, title) && !is_cell_title(text))
			return QN_LINE_NOT_MINE;
		sighting->state = qn_text_equal(text, title) ? PART_FRAMES : PART_CELL;
		return QN_LINE_TAKEN;
	}
	/* "	status = StatusCode.UNAVAILABLE", ">", ")>" */
	if (sighting->state == PART_MESSAGE && sighting->pending_lines < MESSAGE_LINES_MAX &&
	    (line->is_indented || text.data[0] == '>' || text.data[0] == ')' || is_unfinished(sighting))) {
		sighting->pending_lines++;
		if (!sighting->number)
			qn_sighting_say(sighting, text);
		return QN_LINE_TAKEN;
	}
	return ends_chain(sighting, line) ? QN_LINE_END : QN_LINE_NOT_MINE;
}

/* What happened comes last: of too many frames the outermost go, many at a time. */
static void make_room(struct qn_sighting *sighting)
{
	size_t half = QN_STACK_FRAMES_MAX / 2;

	if (sighting->frames_count < QN_STACK_FRAMES_MAX)
		return;
	memmove(sighting->frames, sighting->frames + half,
		(sighting->frames_count - half) * sizeof(*sighting->frames));
	sighting->frames_count -= half;
	sighting->is_cut = true;
}

/* A line of IPython's: lines of code with their numbers stand below each frame. */
static struct qn_error *take_cell(struct qn_sighting *sighting, struct qn_text text,
				  enum qn_line_use *ret_use)
{
	struct qn_text name, type, message;
	struct qn_code_place place;
	uint32_t number;

	*ret_use = QN_LINE_TAKEN;
	if (qn_python_cell_frame_read(text, &name, &place)) {
		if (sighting->number)
			return NULL;
		make_room(sighting);
		return qn_sighting_add_frame(sighting, name, &place);
	}
	if (qn_python_arrow_read(text, &number)) {
		if (!sighting->number && sighting->frames_count &&
		    !sighting->frames[sighting->frames_count - 1].line)
			sighting->frames[sighting->frames_count - 1].line = number;
	} else if (sighting->frames_count && qn_python_exception_read(text, &type, &message)) {
		say_exception(sighting, type, message);
	} else if (text.len && (text.data[0] < '0' || text.data[0] > '9')) {
		*ret_use = QN_LINE_NOT_MINE;
	}
	return NULL;
}

/* A line of a member: its exception is said, its frames are not the group's. */
static void take_member(struct qn_sighting *sighting, struct qn_text text, bool is_indented)
{
	struct qn_text type, message;

	sighting->state = PART_GROUP;
	sighting->damage &= ~(unsigned)QN_DAMAGE_PROMPT; /* its bars are no quotation */
	if (is_indented || sighting->pending_lines >= MESSAGE_LINES_MAX ||
	    !qn_python_exception_read(text, &type, &message))
		return;
	sighting->pending_lines++;
	qn_sighting_say(sighting, QN_TEXT("with "));
	qn_sighting_say_on(sighting, text);
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_text text = line->text, name;
	struct qn_code_place place;
	bool is_indented = line->is_indented,
	     is_barred = cut_group_bar(line->line->text, &text, &is_indented);

	if (is_barred && sighting->state != PART_FRAMES) {
		*ret_use = QN_LINE_TAKEN;
		take_member(sighting, text, is_indented);
		return NULL;
	}
	if (sighting->state == PART_GROUP) {
		*ret_use = QN_LINE_END;
		return NULL;
	}
	if (sighting->state == PART_FRAMES && qn_python_frame_read(text, &name, &place)) {
		*ret_use = QN_LINE_TAKEN;
		if (sighting->number)
			return NULL;
		make_room(sighting);
		return qn_sighting_add_frame(sighting, name, &place);
	}
	if (qn_is_other_writer(line))
		return NULL;
	if (sighting->state == PART_CELL)
		return take_cell(sighting, text, ret_use);
	*ret_use = sighting->state == PART_FRAMES ? take_in_frames(sighting, line, text, is_indented)
						  : take_behind(sighting, line, text);
	return NULL;
}

/* The words alone, in prose or in front of what was lost, tell of no failure. */
static void finish(struct qn_sighting *sighting)
{
	sighting->is_noise = !sighting->frames_count && !sighting->exception.len;
	turn_frames(sighting);
}

static const char *const triggers[] = {"Traceback (most recent call last)", NULL};

const struct qn_dialect qn_dialect_python = {
	.name = "python",
	.witness = QN_WITNESS_EXCEPTION,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
	.has_own_frames = true,
};
