/* What backtrace_symbols() of glibc gives, one frame a line, as signal handlers print it; the Milvus server
 * 1.x, which puts the front of its log before each; and glibc's own report of a broken heap (up to 2.25):
 *
 *	[2020-09-28 10:08:52,061][INFO][SERVER][HandleSignal][taskloader_th] Server received critical signal:
 *11 [2020-09-28 10:08:52,062][INFO][SERVER][PrintStacktrace][taskloader_th] Call stack: [2020-09-28
 *10:08:52,067][INFO][SERVER][PrintStacktrace][taskloader_th] ./bin() [0xcee662]
 *
 *	*** Error in `./bin': double free or corruption (out): 0x00007f12 ***
 *	======= Backtrace: =========
 *	/lib64/libc.so.6(+0x7f3e4)[0x7f12]
 *	======= Memory map: ======== */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/frame_line.h"

#include "base/banned.h"

/* A line alone may be anything. */
#define FRAMES_MIN 2U
#define GROUPS_MAX 6U
#define THREAD_GROUP 3U /* [level][module][function][thread] */

enum state {
	STATE_SURE = 1, /* a header told that the process ends */
	STATE_MAP = 2,  /* the memory map: no frames any more */
};

/* "[2020-09-28 10:08:52,013][INFO][SERVER][f][thread] text", of which the first bracket may have got lost. */
static struct qn_text cut_front(struct qn_text text, struct qn_text *ret_thread, struct qn_time *ret_time)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_time time;

	qn_cursor_take_byte(&cursor, '[');
	if (!qn_time_take_rfc3339(&cursor, &time) || !qn_cursor_take(&cursor, QN_TEXT("][")))
		return text;
	*ret_time = time;
	for (unsigned i = 0; i < GROUPS_MAX; i++) {
		struct qn_text group;

		if (!qn_cursor_take_until(&cursor, ']', &group))
			return text;
		if (i == THREAD_GROUP)
			*ret_thread = group;
		if (!qn_cursor_take_byte(&cursor, '['))
			break;
	}
	return qn_text_trim(cursor.rest);
}

/* @ret gets the line without the front. */
static void read_front(struct qn_sighting *sighting, const struct qn_crash_line *line, struct qn_text *ret)
{
	struct qn_text thread = {0};
	struct qn_time time = {0};

	*ret = cut_front(line->text, &thread, &time);
	if (thread.len && !sighting->thread.len)
		sighting->thread = qn_sighting_keep(sighting, thread);
	if (time.is_known && !sighting->time.is_known)
		sighting->time = time;
}

static void begin(struct qn_sighting *sighting, const char *dialect)
{
	sighting->dialect = dialect;
	sighting->state |= STATE_SURE;
	sighting->is_noise = false;
}

/* What the process did to end itself stands on its stack. */
static void note(struct qn_sighting *sighting, const struct qn_frame_line *frame)
{
	static const struct qn_text aborts[] = {QN_TEXT("abort"), QN_TEXT("raise"), QN_TEXT("gsignal"),
						QN_TEXT("_ZSt9terminatev"), QN_TEXT("__assert_fail")};

	for (size_t i = 0; i < sizeof(aborts) / sizeof(*aborts); i++)
		if (qn_text_equal(frame->name, aborts[i]))
			qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	sighting->is_noise = !(sighting->state & STATE_SURE) && sighting->frames_count < FRAMES_MIN;
}

static bool is_of_another(const struct qn_sighting *sighting)
{
	return sighting->place.line && sighting->of != &qn_dialect_glibc;
}

static enum qn_header_use read_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	struct qn_text text;
	uint64_t number;

	rest = qn_text_trim(rest);
	if (!qn_take_number(&rest, &number))
		return QN_HEADER_NOT_MINE;
	if (!is_of_another(sighting) && sighting->state & STATE_SURE && !sighting->frames_count &&
	    qn_text_equal(sighting->signal, qn_signal_of_number(number)))
		return QN_HEADER_TAKEN; /* of a second thread that ran into it at once */
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	read_front(sighting, line, &text);
	begin(sighting, "server-1.x");
	sighting->signal = qn_signal_of_number(number);
	return QN_HEADER_TAKEN;
}

/* easylogging++: "CRASH HANDLED; Application has crashed due to [SIGSEGV] signal" */
static enum qn_header_use read_crash_handled(struct qn_sighting *sighting, const struct qn_crash_line *line,
					     struct qn_text rest)
{
	struct qn_text name = qn_text_first(rest, qn_text_find_byte(rest, ']'));

	(void)line;
	if (!qn_text_starts(name, QN_TEXT("SIG")) || name.len == rest.len)
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	begin(sighting, "easylogging-crash");
	sighting->signal = qn_sighting_keep(sighting, name);
	if (qn_text_equal(name, QN_TEXT("SIGABRT")))
		qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	return QN_HEADER_TAKEN;
}

/* The words alone are nobody's: Python's logging has them, too. */
static enum qn_header_use read_call_stack(struct qn_sighting *sighting, const struct qn_crash_line *line,
					  struct qn_text rest)
{
	struct qn_text text;

	if (rest.len || is_of_another(sighting))
		return QN_HEADER_NOT_MINE;
	if (sighting->frames_count)
		return QN_HEADER_ANOTHER;
	read_front(sighting, line, &text);
	if (!sighting->place.line) {
		sighting->dialect = "backtrace-symbols";
		sighting->is_noise = true;
	}
	return QN_HEADER_TAKEN;
}

/* "*** Error in `./bin': double free or corruption (out): 0x00007f12 ***" */
static enum qn_header_use read_error(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	static const struct qn_text quote = QN_TEXT("': ");
	size_t at = qn_text_find(rest, quote), end;

	(void)line;
	if (at == SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	begin(sighting, "glibc-error");
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	rest = qn_text_from(rest, at + quote.len);
	end = qn_text_rfind(rest, QN_TEXT(": 0x"));
	if (end == SIZE_MAX)
		end = qn_text_rfind(rest, QN_TEXT(" ***"));
	qn_sighting_say(sighting, qn_text_first(rest, end));
	return QN_HEADER_TAKEN;
}

/* Behind the words for a broken heap, or "*** buffer overflow detected ***: ./bin terminated". */
static enum qn_header_use read_backtrace(struct qn_sighting *sighting, const struct qn_crash_line *line,
					 struct qn_text rest)
{
	(void)line;
	if (!qn_text_starts(rest, QN_TEXT("====")))
		return QN_HEADER_NOT_MINE;
	if (is_of_another(sighting) || sighting->frames_count)
		return QN_HEADER_ANOTHER;
	if (!sighting->place.line) {
		begin(sighting, "glibc-error");
		qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	}
	sighting->phase = QN_PHASE_FRAMES;
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_frame(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	struct qn_frame_line frame;
	struct qn_text text;

	(void)rest;
	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	read_front(sighting, line, &text);
	if (!qn_frame_line_read_glibc(text, &frame) || !frame.place.module.len)
		return QN_HEADER_NOT_MINE;
	if (sighting->frames_count)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "backtrace-symbols";
	sighting->phase = QN_PHASE_FRAMES;
	sighting->is_headless = true;
	qn_frame_line_add_first(sighting, &frame);
	note(sighting, &frame);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"Server received critical signal:", true, read_signal},
	{"CRASH HANDLED; Application has crashed due to [", true, read_crash_handled},
	{"Call stack:", true, read_call_stack},
	{"*** Error in `", false, read_error},
	{"======= Backtrace: ", false, read_backtrace},
	{" [0x", true, read_frame},
	{")[0x", true, read_frame},
	{NULL, false, NULL},
};

/* "00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/dbus-daemon" */
static bool is_map_line(struct qn_text text)
{
	size_t dash = qn_text_find_byte(text, '-');
	uint64_t number;

	return dash != SIZE_MAX && dash <= 16 && qn_text_hex_to_u64(qn_text_first(text, dash), &number);
}

static struct qn_error *take_frame(struct qn_sighting *sighting, const struct qn_frame_line *frame,
				   enum qn_line_use *ret_use)
{
	/* Another thread's, or the next report. */
	if (sighting->frames_count && frame->index == 0)
		return NULL;
	*ret_use = QN_LINE_TAKEN;
	sighting->phase = QN_PHASE_FRAMES;
	QN_TRY(qn_sighting_add_frame(sighting, frame->name, &frame->place));
	note(sighting, frame);
	return NULL;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_frame_line frame;
	struct qn_text text;

	*ret_use = QN_LINE_NOT_MINE;
	read_front(sighting, line, &text);
	if (sighting->state & STATE_MAP) {
		*ret_use = is_map_line(text) ? QN_LINE_TAKEN : QN_LINE_END;
	} else if (qn_frame_line_read_glibc(text, &frame)) {
		return take_frame(sighting, &frame, ret_use);
	} else if (qn_text_starts(text, QN_TEXT("======= Memory map: "))) {
		*ret_use = QN_LINE_TAKEN;
		sighting->state |= STATE_MAP;
		sighting->phase = QN_PHASE_BEHIND;
	} else if (qn_text_starts(text, QN_TEXT("Milvus server is going to shutdown"))) {
		*ret_use = QN_LINE_LAST;
	}
	return NULL;
}

static const char *const triggers[] = {"Server received critical signal:",
				       "CRASH HANDLED; Application has crashed due to [",
				       "Call stack:",
				       "*** Error in `",
				       "======= Backtrace: ",
				       ") [0x",
				       ")[0x",
				       NULL};

const struct qn_dialect qn_dialect_glibc = {
	.name = "glibc",
	.witness = QN_WITNESS_NATIVE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.has_own_frames = true,
};
