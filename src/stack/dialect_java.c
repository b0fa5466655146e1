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
#include "stack/frame_line.h"

#include "base/banned.h"

#define MESSAGE_BEFORE "\nwrapped in "

enum part { PART_FRAMES, PART_SUPPRESSED, PART_WRAPPER };

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_$./<>-@", c)) || (unsigned char)c >= 0x80;
}

/* "at java.base/java.lang.Thread.run(Thread.java:829) ~[?:?]" */
static bool read_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	size_t open = 0, close;
	struct qn_text inside;

	*ret = (struct qn_code_place){0};
	if (!qn_text_starts(text, QN_TEXT("at ")))
		return false;
	text = qn_text_from(text, 3);
	while (open < text.len && is_name_byte(text.data[open]))
		open++;
	close = qn_text_find_byte(text, ')');
	if (open == 0 || open >= text.len || text.data[open] != '(' || close == SIZE_MAX || close < open)
		return false;
	*ret_name = qn_text_first(text, open);
	if (qn_text_find_byte(*ret_name, '.') == SIZE_MAX)
		return false;
	inside = qn_text_first(qn_text_from(text, open + 1), close - open - 1);
	text = qn_text_trim(qn_text_from(text, close + 1));
	if (text.len && text.data[0] != '[' && text.data[0] != '~')
		return false;
	if (qn_text_equal(inside, QN_TEXT("Native Method")) ||
	    qn_text_equal(inside, QN_TEXT("Unknown Source")) ||
	    qn_source_place_read(inside, &ret->file, &ret->line))
		return true;
	ret->file = inside;
	return qn_text_ends(inside, QN_TEXT(".java")) || qn_text_ends(inside, QN_TEXT(".scala")) ||
	       qn_text_ends(inside, QN_TEXT(".kt")) || qn_text_ends(inside, QN_TEXT(".groovy")) ||
	       qn_text_equal(inside, QN_TEXT("<generated>"));
}

/* "org.apache.pulsar.X$YException": at least one package in small letters, and a class */
static bool is_type(struct qn_text text)
{
	size_t dot = qn_text_rfind(text, QN_TEXT("."));
	struct qn_text class = qn_text_from(text, dot == SIZE_MAX ? 0 : dot + 1);

	for (size_t i = 0; i < text.len; i++)
		if (!is_name_byte(text.data[i]) || strchr("/<>@", text.data[i]))
			return false;
	return dot != SIZE_MAX && dot > 0 && class.len && class.data[0] >= 'A' && class.data[0] <= 'Z';
}

/* Finds "package.Type: message" or "package.Type" in @text, at its beginning or behind other words of a log
 * line. The last one: "failed: java.lang.X: java.lang.Y: message" is seldom, "ERROR org.apache.Logger - x
 * java.lang.X: m" is not. */
static bool find_exception(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message)
{
	static const struct qn_text ends[] = {QN_TEXT("Exception"), QN_TEXT("Error"), QN_TEXT("Throwable"),
					      QN_TEXT("Failure"), QN_TEXT("Timeout")};
	struct qn_cursor cursor = qn_cursor_of(text);

	while (!qn_cursor_at_end(&cursor)) {
		struct qn_text word;
		size_t len = 0;
		bool ends_like_one = false;

		while (cursor.rest.len && !is_name_byte(cursor.rest.data[0]))
			cursor.rest = qn_text_from(cursor.rest, 1);
		while (len < cursor.rest.len && is_name_byte(cursor.rest.data[len]))
			len++;
		word = qn_text_first(cursor.rest, len);
		cursor.rest = qn_text_from(cursor.rest, len);
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
			ends_like_one |= qn_text_ends(word, ends[i]);
		if (!ends_like_one || !is_type(word) ||
		    (cursor.rest.len && !qn_text_starts(cursor.rest, QN_TEXT(":"))))
			continue;
		*ret_type = word;
		*ret_message = qn_text_trim(qn_text_from(cursor.rest, 1));
		return true;
	}
	return false;
}

/* "EndOfStreamException: Unable to read": a class without a package is one only where nothing stands before
 * it. */
static bool find_bare_exception(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message)
{
	size_t len = 0;

	text = qn_text_trim(text);
	while (len < text.len && is_name_byte(text.data[len]))
		len++;
	*ret_type = qn_text_first(text, len);
	if (len == 0 || text.data[0] < 'A' || text.data[0] > 'Z' ||
	    (len < text.len && !qn_text_starts(qn_text_from(text, len), QN_TEXT(": "))) ||
	    (!qn_text_ends(*ret_type, QN_TEXT("Exception")) && !qn_text_ends(*ret_type, QN_TEXT("Error"))))
		return false;
	*ret_message = qn_text_trim(qn_text_from(text, len < text.len ? len + 1 : len));
	return true;
}

/* "Caused by: X: m" names X whatever it ends with. */
static void read_exception(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message)
{
	size_t colon = qn_text_find(text, QN_TEXT(": "));

	*ret_type = qn_text_trim(qn_text_first(text, colon));
	*ret_message = qn_text_trim(qn_text_from(text, colon == SIZE_MAX ? text.len : colon + 2));
	if (is_type(*ret_type))
		return;
	*ret_type = QN_TEXT("");
	*ret_message = qn_text_trim(text);
}

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

/* The first frame of a stack: the line above it is the exception, or a log line that ends with it. */
static enum qn_header_use read_first_frame(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	struct qn_text type = QN_TEXT(""), message = QN_TEXT(""), name;
	struct qn_code_place place;

	(void)rest;
	if (!read_frame(line->text, &name, &place))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	if (!find_exception(sighting->before, &type, &message) &&
	    !find_bare_exception(sighting->before, &type, &message)) {
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
	read_exception(cursor.rest, &type, &message);
	if (!type.len)
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	begin(sighting, type, message);
	sighting->thread = qn_sighting_keep(sighting, thread);
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

	read_exception(text, &type, &message);
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
	sighting->state = PART_FRAMES;
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
		if (sighting->state == PART_FRAMES)
			end_cause(sighting, more);
	} else if (qn_text_starts(text, QN_TEXT("Suppressed: ")) ||
		   qn_text_starts(text, QN_TEXT("[CIRCULAR REFERENCE:"))) {
		end_cause(sighting, 0);
		sighting->state = PART_SUPPRESSED;
	} else if (sighting->frames_count &&
		   (find_exception(text, &type, &message) || find_bare_exception(text, &type, &message))) {
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

	if (!read_frame(line->text, &name, &place)) {
		*ret_use = take_words(sighting, line->text, line->is_indented);
		return NULL;
	}
	*ret_use = QN_LINE_TAKEN;
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
