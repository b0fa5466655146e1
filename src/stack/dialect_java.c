/* Exceptions of the JVM (Pulsar, ZooKeeper, BookKeeper), with what caused them:
 *
 *	org.apache.pulsar.broker.ServiceException: could not open ledger
 *		at org.apache.pulsar.broker.Ledger.open(Ledger.java:12) ~[pulsar-broker-2.8.jar:2.8.0]
 *		at java.base/java.lang.Thread.run(Thread.java:829) [?:?]
 *		Suppressed: java.io.IOException: closed
 *			at ...
 *	Caused by: org.apache.zookeeper.KeeperException$ConnectionLossException: KeeperErrorCode =
 *ConnectionLoss at org.apache.zookeeper.KeeperException.create(KeeperException.java:102)
 *		... 7 more
 *
 * The cause at the end of the chain is what happened: its frames, with the last 7 of the exception above it
 *behind them, are the stack. The program lives on, so it is a logged error
 *(java.lang.Throwable.printStackTrace, logback and log4j print alike). */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "stack/java_line.h"

#include "base/banned.h"

#define MESSAGE_BEFORE "\nwrapped in "

/* Lines of a message behind its first, and those that are looked through for the first. */
#define MESSAGE_LINES_MAX 16U

enum part {
	PART_FRAMES,
	PART_HEAD, /* the exception was told, and no frame of it yet: its message may go on */
	PART_SUPPRESSED,
	PART_WRAPPER,
	PART_DUMP, /* what the threads of a process are at: nothing failed */
};

static void begin(struct qn_sighting *sighting, struct qn_text type, struct qn_text message)
{
	sighting->dialect = "java-exception";
	qn_sighting_set_kind(sighting, QN_KIND_ERROR);
	sighting->exception = qn_sighting_keep(sighting, type);
	qn_sighting_say(sighting, message);
	sighting->phase = QN_PHASE_FRAMES;
}

/* A header has no error to give: without memory the frame is missing, and said to be. */
static void add_first(struct qn_sighting *sighting, struct qn_text name, const struct qn_code_place *place)
{
	struct qn_error *error = qn_sighting_add_frame(sighting, name, place);

	sighting->is_cut |= error != NULL;
	qn_error_destroy(error);
}

/* "   java.lang.Thread.State: WAITING (parking)": jstack, and kill -QUIT */
static bool is_thread_state(struct qn_text text)
{
	return qn_text_starts(qn_text_trim(text), QN_TEXT("java.lang.Thread.State: "));
}

/* A message of several lines: the exception is further up.
 *	org.apache.kafka.common.config.ConfigException: Invalid value
 *	  key: broker.id
 *		at org.apache.kafka.common.config.ConfigDef.validate(ConfigDef.java:490)
 * @ret_below: the lines between. False: not found, or no message can be so long. */
static bool find_above(const struct qn_sighting *sighting, struct qn_text *ret_type,
		       struct qn_text *ret_message, struct qn_text *ret_below)
{
	struct qn_text rest = qn_text_trim_right(sighting->above);

	for (unsigned i = 0; i <= MESSAGE_LINES_MAX && rest.len; i++) {
		size_t newline = qn_text_rfind(rest, QN_TEXT("\n"));
		struct qn_text line = qn_text_from(rest, newline == SIZE_MAX ? 0 : newline + 1), name;
		struct qn_code_place place;

		*ret_below =
			qn_text_from(sighting->above, (size_t)(line.data + line.len - sighting->above.data));
		if (qn_java_exception_find(line, ret_type, ret_message) ||
		    qn_java_bare_exception_read(line, ret_type, ret_message))
			return true;
		line = qn_text_trim(line);
		if (qn_line_has_clock(line) || is_thread_state(line) ||
		    qn_java_frame_read(line, &name, &place) || qn_text_starts(line, QN_TEXT("... ")))
			break;
		rest = qn_text_first(rest, newline == SIZE_MAX ? 0 : newline);
	}
	*ret_type = *ret_message = *ret_below = QN_TEXT("");
	return false;
}

static void say_lines(struct qn_sighting *sighting, struct qn_text lines)
{
	struct qn_cursor cursor = qn_cursor_of(lines);
	struct qn_text line;

	while (qn_cursor_take_line(&cursor, &line))
		if (qn_text_trim(line).len)
			qn_sighting_say(sighting, qn_text_trim(line));
}

/* The first frame of a stack: the line above it is the exception, or a log line that ends with it. */
static enum qn_header_use read_first_frame(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	struct qn_text type = QN_TEXT(""), message = QN_TEXT(""), below = QN_TEXT(""), name;
	struct qn_code_place place;

	(void)rest;
	if (!qn_java_frame_read(line->text, &name, &place))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	if (is_thread_state(sighting->before)) {
		sighting->is_noise = true;
		sighting->state = PART_DUMP;
	} else if (!qn_java_exception_find(sighting->before, &type, &message) &&
		   !qn_java_bare_exception_read(sighting->before, &type, &message) &&
		   !find_above(sighting, &type, &message, &below)) {
		/* Prose, too, begins a line with "at x.Y.f(Y.java:1)". */
		if (!line->is_indented)
			return QN_HEADER_NOT_MINE;
		type = QN_TEXT("");
		sighting->damage |= QN_DAMAGE_HEADER;
		message = QN_TEXT("");
	}
	if (!line->is_indented)
		sighting->damage |= QN_DAMAGE_TABS;
	begin(sighting, type, message);
	say_lines(sighting, below);
	add_first(sighting, name, &place);
	return QN_HEADER_TAKEN;
}

/* "Exception in thread "main" java.lang.X: m" */
static enum qn_header_use read_uncaught(struct qn_sighting *sighting, const struct qn_crash_line *line,
					struct qn_text rest)
{
	struct qn_cursor cursor = qn_cursor_of(rest);
	struct qn_text thread, type, message;

	(void)line;
	if (!qn_cursor_take_until(&cursor, '"', &thread))
		return QN_HEADER_NOT_MINE;
	qn_java_exception_read(cursor.rest, &type, &message);
	if (!type.len)
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	begin(sighting, type, message);
	sighting->thread = qn_sighting_keep(sighting, thread);
	sighting->state = PART_HEAD;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"at ", false, read_first_frame},
	{"Exception in thread \"", false, read_uncaught},
	{NULL, false, NULL},
};

/* The exception that is told now caused the one told before. */
static void say_cause(struct qn_sighting *sighting, struct qn_text text)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer outer = {0};
	struct qn_text type, message;

	qn_java_exception_read(text, &type, &message);
	qn_buffer_append_string(&outer, MESSAGE_BEFORE);
	qn_buffer_append_text(&outer, sighting->exception);
	if (sighting->exception.len && sighting->message.len)
		qn_buffer_append_string(&outer, ": ");
	qn_buffer_append_text(&outer, qn_buffer_text(&sighting->message));
	qn_buffer_clear(&sighting->message);
	sighting->exception = qn_sighting_keep(sighting, type);
	qn_sighting_say_on(sighting, message);
	qn_sighting_say_on(sighting, qn_buffer_text(&outer));
	sighting->is_cut |= outer.is_failed;
	sighting->number = sighting->frames_count; /* where the cause's own frames begin */
	sighting->state = PART_HEAD;
	sighting->pending_lines = 0;
}

/* A further line of the message of the exception that is told now, above what it caused. */
static void say_further(struct qn_sighting *sighting, struct qn_text text)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer outer = {0};
	size_t at = qn_text_find(qn_buffer_text(&sighting->message), QN_TEXT(MESSAGE_BEFORE));

	if (at != SIZE_MAX) {
		qn_buffer_append_text(&outer, qn_text_from(qn_buffer_text(&sighting->message), at));
		sighting->message.len = at;
		sighting->message.data[at] = '\0';
	}
	qn_sighting_say(sighting, text);
	qn_sighting_say_on(sighting, qn_buffer_text(&outer));
	sighting->is_cut |= outer.is_failed;
}

/* "... 7 more": the cause's frames end with the last 7 of the exception above it. */
static void end_cause(struct qn_sighting *sighting, uint64_t more)
{
	size_t start = (size_t)sighting->number, own;

	if (start == 0 || start > sighting->frames_count)
		return;
	own = sighting->frames_count - start;
	if (more > start) {
		more = start;
		sighting->is_cut = true;
	}
	/* From "outer own" to "own tail of outer": own goes to the front in three turns of a rotation. */
	for (size_t part = 0; part < 3; part++) {
		size_t low = part == 1 ? 0 : part == 2 ? own : 0;
		size_t high = part == 0 ? sighting->frames_count : part == 1 ? own : sighting->frames_count;

		while (low + 1 < high) {
			struct qn_frame kept = sighting->frames[low];

			sighting->frames[low++] = sighting->frames[--high];
			sighting->frames[high] = kept;
		}
	}
	memmove(sighting->frames + own, sighting->frames + sighting->frames_count - more,
		(size_t)more * sizeof(*sighting->frames));
	sighting->frames_count = own + (size_t)more;
	sighting->number = 0;
}

/* logback's rootCauseFirst: what wrapped the exception comes behind it, with its frames. */
static void say_wrapper(struct qn_sighting *sighting, struct qn_text text)
{
	qn_sighting_say_on(sighting, QN_TEXT(MESSAGE_BEFORE));
	qn_sighting_say_on(sighting, qn_text_trim(text));
	end_cause(sighting, 0);
	sighting->state = PART_WRAPPER;
}

static enum qn_line_use take_words(struct qn_sighting *sighting, struct qn_text text, bool is_indented)
{
	struct qn_text type, message, digits = qn_text_from(text, 4);
	uint64_t more;

	if (qn_text_starts(text, QN_TEXT("Wrapped by: "))) {
		say_wrapper(sighting, qn_text_from(text, 12));
	} else if (qn_text_starts(text, QN_TEXT("Caused by: "))) {
		/* That of an exception which was suppressed stands deeper. */
		if (sighting->state == PART_SUPPRESSED && is_indented)
			return QN_LINE_TAKEN;
		end_cause(sighting, 0); /* the cause before was printed whole */
		say_cause(sighting, qn_text_from(text, 11));
	} else if (qn_text_starts(text, QN_TEXT("... ")) && qn_take_number(&digits, &more) &&
		   qn_text_starts(digits, QN_TEXT(" "))) {
		if (sighting->state <= PART_HEAD)
			end_cause(sighting, more);
	} else if (qn_text_starts(text, QN_TEXT("Suppressed: ")) ||
		   qn_text_starts(text, QN_TEXT("[CIRCULAR REFERENCE:"))) {
		end_cause(sighting, 0);
		sighting->state = PART_SUPPRESSED;
	} else if (sighting->state == PART_HEAD && sighting->pending_lines < MESSAGE_LINES_MAX &&
		   !qn_line_has_clock(text)) {
		sighting->pending_lines++;
		say_further(sighting, text);
	} else if (sighting->frames_count && (qn_java_exception_find(text, &type, &message) ||
					      qn_java_bare_exception_read(text, &type, &message))) {
		end_cause(sighting, 0);
		return QN_LINE_END;
	} else {
		return QN_LINE_NOT_MINE;
	}
	return QN_LINE_TAKEN;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_code_place place;
	struct qn_text name;

	if (!qn_java_frame_read(line->text, &name, &place)) {
		*ret_use = take_words(sighting, line->text, line->is_indented);
		return NULL;
	}
	*ret_use = QN_LINE_TAKEN;
	if (sighting->state == PART_HEAD)
		sighting->state = PART_FRAMES;
	return sighting->state == PART_FRAMES ? qn_sighting_add_frame(sighting, name, &place) : NULL;
}

/* A cause that was printed whole, or cut. */
static void finish(struct qn_sighting *sighting)
{
	end_cause(sighting, 0);
}

/* Those behind the first four are for stacks whose tabs were lost. */
static const char *const triggers[] = {
	"\tat ",  "\\tat ",          "    at ",          "Exception in thread \"",
	".java:", "(Native Method)", "(Unknown Source)", NULL};

const struct qn_dialect qn_dialect_java = {
	.name = "java",
	.witness = QN_WITNESS_EXCEPTION,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
	.has_own_frames = true,
};
