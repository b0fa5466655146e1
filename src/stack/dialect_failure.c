/* The failure signal handlers of glog (signalhandler.cc) and Folly (symbolizer/SignalHandler.cpp), and glog's
 * CHECK and LOG(FATAL):
 *
 *	*** Aborted at 1718000000 (unix time) try "date -d @1718000000" if you are using GNU date ***
 *	PC: @     0x7f1203 milvus::segcore::Search()
 *	*** SIGSEGV (@0x20) received by PID 12 (TID 0x7f90e65fe6c0) from PID 32; stack trace: ***
 *	    @     0x7f1203 milvus::segcore::Search()
 *
 *	*** Signal 11 (SIGSEGV) (0x20) received by PID 1 (pthread TID 0x7f90) (linux TID 12) (code: address
 *not mapped to object), stack trace: ***		(one line)
 *	    @ 000000000001bf90 milvus::segcore::Search(int const*, long) const
 *	                       /src/Search.cpp:64
 *	                       -> /src/unit.cpp
 *
 *	*** SIGSEGV received at time=1718000000 on cpu 5 ***					(Abseil's)
 *	PC: @     0x7f1203  (unknown)  milvus::segcore::Search()
 *	    @     0x7f1203         80  milvus::segcore::Search()
 *
 *	F20240531 17:30:14.165886 181993 x.cc:52] Check failed: a == b (1 vs. 2)
 *	*** Check failure stack trace: ***
 *	    @     0x7f1203 google::LogMessage::Fail() */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/frame_line.h"

#include "base/banned.h"

#define FRAMES_MIN 2U
#define SIGNAL_NUMBER_MAX 64U
#define NSEC_PER_SEC INT64_C(1000000000)

enum state {
	STATE_SURE = 1,   /* a header told that the process ends */
	STATE_CHECK = 2,  /* a failed CHECK: the signal is its effect */
	STATE_SIGNAL = 4, /* the line with the signal was there */
	STATE_PC = 8,     /* the only frame is of the line with the pc, and stands for a stack that is lost */
};

static bool is_of_another(const struct qn_sighting *sighting)
{
	return sighting->place.line && sighting->of != &qn_dialect_failure;
}

/* Does this report have what the header at hand would begin? Behind a CHECK comes the handler for the SIGABRT
 * that it raises, with the same stack once more. */
static bool is_complete(const struct qn_sighting *sighting)
{
	return is_of_another(sighting) || (sighting->frames_count > 1 && !(sighting->state & STATE_CHECK)) ||
	       (sighting->state & STATE_SIGNAL);
}

static void begin(struct qn_sighting *sighting)
{
	if (sighting->dialect[0] == '\0')
		sighting->dialect = "failure-handler";
	sighting->state |= STATE_SURE;
	sighting->is_noise = false;
}

static enum qn_header_use read_time(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	uint64_t seconds;

	(void)line;
	if (!qn_take_number(&rest, &seconds) || seconds > INT64_MAX / NSEC_PER_SEC ||
	    !qn_text_starts(rest, QN_TEXT(" (")))
		return QN_HEADER_NOT_MINE;
	if (is_complete(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting);
	if (!(sighting->state & STATE_CHECK))
		sighting->time = (struct qn_time){.nsec = (int64_t)seconds * NSEC_PER_SEC, .is_known = true};
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_pc(struct qn_sighting *sighting, const struct qn_crash_line *line,
				  struct qn_text rest)
{
	bool is_second, is_stop;
	struct qn_frame_line frame;

	(void)rest;
	if (!qn_frame_line_read_at(qn_text_from(line->text, 4), &frame))
		return QN_HEADER_NOT_MINE;
	/* Abseil tells the signal first. */
	is_second = sighting->of == &qn_dialect_failure && sighting->state & STATE_SIGNAL &&
		    !sighting->frames_count && !sighting->crash_pc;
	if (is_complete(sighting) && !is_second)
		return QN_HEADER_ANOTHER;
	is_stop = sighting->is_noise;
	begin(sighting);
	sighting->is_noise = is_second && is_stop;
	sighting->crash_pc = frame.place.pc;
	if (frame.name.len && !sighting->frames_count) {
		sighting->state |= STATE_PC;
		qn_frame_line_add_first(sighting, &frame);
	}
	return QN_HEADER_TAKEN;
}

static struct qn_text signal_of_name(struct qn_text name)
{
	for (uint64_t number = 1; number < SIGNAL_NUMBER_MAX; number++)
		if (qn_text_equal(qn_signal_of_number(number), name))
			return qn_signal_of_number(number);
	return QN_TEXT("");
}

/* The text behind @key up to ')'; "" when there is none. */
static struct qn_text find_fact(struct qn_text text, struct qn_text key)
{
	size_t at = qn_text_find(text, key);

	if (at == SIZE_MAX)
		return QN_TEXT("");
	text = qn_text_from(text, at + key.len);
	return qn_text_first(text, qn_text_find_byte(text, ')'));
}

/* An address where the memory was touched; what a signal that was sent has there is its sender. */
static void read_address(struct qn_sighting *sighting, struct qn_text text)
{
	static const struct qn_text faults[] = {QN_TEXT("SIGSEGV"), QN_TEXT("SIGBUS"), QN_TEXT("SIGFPE"),
						QN_TEXT("SIGILL")};
	struct qn_text digits = find_fact(text, QN_TEXT("(@"));

	if (!digits.len)
		digits = find_fact(text, QN_TEXT(" (0x"));
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (qn_text_equal(sighting->signal, faults[i]) &&
		    !qn_text_contains(text, QN_TEXT("maybe from")))
			sighting->has_fault_address = qn_text_hex_to_u64(digits, &sighting->fault_address);
}

static void read_facts(struct qn_sighting *sighting, struct qn_text text, struct qn_text name)
{
	struct qn_text thread = find_fact(text, QN_TEXT("(linux TID ")), code;
	uint64_t number;

	if (!thread.len)
		thread = find_fact(text, QN_TEXT("(TID "));
	if (!sighting->thread.len)
		sighting->thread = qn_sighting_keep(sighting, thread);
	sighting->signal = signal_of_name(name);
	read_address(sighting, text);
	code = find_fact(text, QN_TEXT("(code: "));
	if (qn_take_number(&code, &number) && !code.len && number <= INT32_MAX) {
		sighting->has_si_code = true;
		sighting->si_code = (int64_t)number;
	}
	if (qn_text_equal(sighting->signal, QN_TEXT("SIGABRT")))
		qn_sighting_set_kind(sighting, QN_KIND_ABORT);
}

/* A process that was told to stop shows where it was then. */
static bool is_stop(struct qn_text name)
{
	return qn_text_equal(name, QN_TEXT("SIGTERM")) || qn_text_equal(name, QN_TEXT("SIGINT")) ||
	       qn_text_equal(name, QN_TEXT("SIGQUIT"));
}

/* "*** SIGSEGV received at time=1718000000 on cpu 5 ***": Abseil's. False: not said so. */
static bool read_absl_time(struct qn_sighting *sighting, struct qn_text text)
{
	static const struct qn_text words = QN_TEXT(" received at time=");
	size_t at = qn_text_find(text, words);
	uint64_t seconds;

	if (at == SIZE_MAX)
		return false;
	text = qn_text_from(text, at + words.len);
	if (!qn_take_number(&text, &seconds) || seconds > INT64_MAX / NSEC_PER_SEC ||
	    !qn_text_ends(text, QN_TEXT(" ***")))
		return false;
	if (!sighting->place.line)
		sighting->time = (struct qn_time){.nsec = (int64_t)seconds * NSEC_PER_SEC, .is_known = true};
	return true;
}

static enum qn_header_use read_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text name)
{
	/* Behind a header of ours the line may be cut. */
	if (!qn_text_contains(line->text, QN_TEXT(" received by PID ")) &&
	    !read_absl_time(sighting, line->text) &&
	    (is_of_another(sighting) || !(sighting->state & STATE_SURE) || !signal_of_name(name).len))
		return QN_HEADER_NOT_MINE;
	if (sighting->state & STATE_SIGNAL && (!sighting->frames_count || sighting->state & STATE_PC) &&
	    qn_text_equal(sighting->signal, signal_of_name(name)))
		return QN_HEADER_TAKEN; /* of a second thread that ran into it at once */
	if (is_complete(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting);
	sighting->state |= STATE_SIGNAL;
	read_facts(sighting, line->text, name);
	sighting->is_noise = is_stop(name);
	return QN_HEADER_TAKEN;
}

/* "*** SIGSEGV (@0x20) received ..." */
static enum qn_header_use read_glog_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	struct qn_text text = qn_text_from(line->text, line->text.len - rest.len - 3); /* "SIG" */

	return read_signal(sighting, line, qn_text_first(text, qn_text_find_byte(text, ' ')));
}

/* "*** Signal 11 (SIGSEGV) (0x20) received ..." */
static enum qn_header_use read_folly_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
					    struct qn_text rest)
{
	return read_signal(sighting, line, find_fact(rest, QN_TEXT("(")));
}

static enum qn_header_use read_check_stack(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	(void)line;
	(void)rest;
	if (is_of_another(sighting) || sighting->frames_count > 1)
		return QN_HEADER_ANOTHER;
	begin(sighting);
	sighting->dialect = "check-failure";
	sighting->state |= STATE_CHECK;
	sighting->phase = QN_PHASE_FRAMES;
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	return QN_HEADER_TAKEN;
}

/* "F20240531 17:30:14.165886 181993 x.cc:52] message" */
static enum qn_header_use read_fatal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	struct qn_frame_line frame = {0};
	size_t end = qn_text_find(rest, QN_TEXT("] ")), blank;
	struct qn_text front = qn_text_first(rest, end), thread;

	if (end == SIZE_MAX || front.len < 20 || front.data[0] < '0' || front.data[0] > '9')
		return QN_HEADER_NOT_MINE;
	blank = qn_text_rfind(front, QN_TEXT(" "));
	if (blank == SIZE_MAX ||
	    !qn_source_place_read(qn_text_from(front, blank + 1), &frame.place.file, &frame.place.line))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	(void)line;
	begin(sighting);
	sighting->dialect = "check-failure";
	sighting->state |= STATE_CHECK;
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	thread = qn_text_trim(qn_text_first(front, blank));
	sighting->thread =
		qn_sighting_keep(sighting, qn_text_from(thread, qn_text_rfind(thread, QN_TEXT(" ")) + 1));
	rest = qn_text_trim(qn_text_from(rest, end + 2));
	qn_sighting_say(sighting, rest);
	/* Two different checks in one function are two failures: the text is a part of what tells them apart.
	 */
	sighting->exception = qn_text_starts(rest, QN_TEXT("Check failed: ")) ? QN_TEXT("glog CHECK")
									      : QN_TEXT("LOG(FATAL)");
	qn_frame_line_add_first(sighting, &frame);
	return QN_HEADER_TAKEN;
}

/* The header was lost. */
static enum qn_header_use read_frame(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	struct qn_frame_line frame;

	(void)rest;
	if (!qn_frame_line_read_at(line->text, &frame))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "failure-handler";
	sighting->is_headless = sighting->is_noise = true;
	sighting->damage |= QN_DAMAGE_HEADER;
	sighting->phase = QN_PHASE_FRAMES;
	qn_frame_line_add_first(sighting, &frame);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"*** Aborted at ", true, read_time},
	{"PC: @ ", false, read_pc},
	{"*** SIG", true, read_glog_signal},
	{"*** Signal ", true, read_folly_signal},
	{"*** Check failure stack trace: ***", true, read_check_stack},
	{"F2", false, read_fatal}, /* F20240531 */
	{"F0", false, read_fatal}, /* F0531, F1231 */
	{"F1", false, read_fatal},
	{"@ ", false, read_frame},
	{NULL, false, NULL},
};

/* The place that the record of a CHECK told belongs to the first frame below glog's own. */
static void give_place(struct qn_sighting *sighting)
{
	struct qn_frame *frames = sighting->frames;
	struct qn_frame *last = &frames[sighting->frames_count - 1];

	if (sighting->frames_count < 2 || frames[0].raw.len || frames[0].pc || !last->raw.len ||
	    last->file.len || qn_text_starts(last->raw, QN_TEXT("google::")) ||
	    qn_text_starts(last->raw, QN_TEXT("absl::")))
		return;
	last->file = frames[0].file;
	last->line = frames[0].line;
	memmove(frames, frames + 1, --sighting->frames_count * sizeof(*frames));
}

static struct qn_error *take_frame(struct qn_sighting *sighting, const struct qn_frame_line *frame)
{
	sighting->phase = QN_PHASE_FRAMES;
	if (sighting->state & STATE_PC) {
		sighting->state &= ~(unsigned)STATE_PC;
		sighting->frames_count = 0;
	}
	if (sighting->state & STATE_CHECK && sighting->state & STATE_SIGNAL && sighting->frames_count > 1)
		return NULL; /* the stack of the CHECK once more */
	QN_TRY(qn_sighting_add_frame(sighting, frame->name, &frame->place));
	if (sighting->state & STATE_CHECK)
		give_place(sighting);
	if (sighting->is_headless)
		sighting->is_noise = sighting->frames_count < FRAMES_MIN;
	return NULL;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_frame *last = sighting->frames_count ? &sighting->frames[sighting->frames_count - 1] : NULL;
	struct qn_frame_line frame;
	struct qn_text file;
	uint32_t number;

	*ret_use = QN_LINE_TAKEN;
	if (qn_frame_line_read_at(line->text, &frame))
		return take_frame(sighting, &frame);
	/* A handler of glog's make with the frames of boost below its words. */
	if (sighting->state & STATE_SIGNAL && qn_frame_line_read_boost(line->text, &frame) &&
	    frame.index == sighting->frames_count)
		return take_frame(sighting, &frame);
	if (qn_text_starts(line->text, QN_TEXT("@ ... and at least "))) {
		sighting->is_cut = true;
		return NULL;
	}
	if (sighting->phase == QN_PHASE_FRAMES && last && line->is_indented &&
	    qn_frame_line_read_file(line->text, &file, &number)) {
		if (!last->file.len && last->pc) {
			last->file = qn_sighting_keep(sighting, file);
			last->line = number;
		}
		return NULL;
	}
	if (last && line->is_indented && qn_text_starts(line->text, QN_TEXT("-> ")))
		return NULL;
	if (qn_text_starts(line->text, QN_TEXT("(safe mode, symbolizer not available)")))
		return NULL;
	*ret_use = QN_LINE_NOT_MINE;
	return NULL;
}

static const char *const triggers[] = {"*** Aborted at ",
				       "PC: @ ",
				       " received by PID ",
				       " received at time=",
				       "*** Check failure stack trace: ***",
				       "Check failed: ",
				       "    @ ",
				       NULL};

const struct qn_dialect qn_dialect_failure = {
	.name = "failure",
	.witness = QN_WITNESS_NATIVE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.has_own_frames = true,
};
