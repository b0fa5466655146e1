/* The end of a Python process, told by its interpreter (Python/pylifecycle.c, Modules/faulthandler.c):
 *
 *	Fatal Python error: Segmentation fault
 *
 *	Thread 0x00007f1c2f7fe700 (most recent call first):
 *	  File "/usr/lib/python3.8/threading.py", line 302 in wait
 *
 *	Current thread 0x00007f1c40a2a740 (most recent call first):
 *	  File "/app/main.py", line 12 in search
 *	  ...
 *
 *	Extension modules: numpy.core._multiarray_umath (total: 1)
 *
 * The current thread's stack is where it happened, wherever it stands; of the others is said where they were.
 */
#include "stack/dialect.h"

#include "base/cursor.h"

#include "base/banned.h"

enum part {
	PART_HEAD,
	PART_OTHER,      /* the stack of a thread that was not at fault */
	PART_OTHER_TOLD, /* its innermost frame was seen */
	PART_CURRENT,    /* the stack of the one that was */
};

/* Words in the middle of a line, without a thread below, are somebody's prose. */
static void finish(struct qn_sighting *sighting)
{
	sighting->is_noise = !sighting->number && sighting->state == PART_HEAD;
}

static enum qn_header_use read_title(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	static const struct {
		struct qn_text words;
		const char *signal;
	} signals[] = {{QN_TEXT("Segmentation fault"), "SIGSEGV"},
		       {QN_TEXT("Aborted"), "SIGABRT"},
		       {QN_TEXT("Bus error"), "SIGBUS"},
		       {QN_TEXT("Floating point exception"), "SIGFPE"},
		       {QN_TEXT("Floating-point exception"), "SIGFPE"},
		       {QN_TEXT("Illegal instruction"), "SIGILL"}};

	if (rest.len == 0)
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "python-fatal";
	sighting->number = qn_text_starts(line->text, QN_TEXT("Fatal Python error: "));
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (qn_text_equal(qn_text_trim(rest), signals[i].words))
			sighting->signal = qn_text_of(signals[i].signal);
	qn_sighting_set_kind(sighting,
			     !sighting->signal.len || qn_text_equal(sighting->signal, QN_TEXT("SIGABRT"))
				     ? QN_KIND_ABORT
				     : QN_KIND_CRASH);
	if (!sighting->signal.len)
		qn_sighting_say(sighting, qn_text_trim(rest));
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"Fatal Python error: ", true, read_title},
	{NULL, false, NULL},
};

/* 'File "/a/b.py", line 12 in func' */
static bool read_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	uint64_t line;

	*ret = (struct qn_code_place){0};
	if (!qn_cursor_take(&cursor, QN_TEXT("File \"")) || !qn_cursor_take_until(&cursor, '"', &ret->file) ||
	    !qn_cursor_take(&cursor, QN_TEXT(", line ")) || !qn_take_number(&cursor.rest, &line) ||
	    line > UINT32_MAX || !qn_cursor_take(&cursor, QN_TEXT(" in ")))
		return false;
	ret->line = (uint32_t)line;
	*ret_name = qn_text_trim(cursor.rest);
	return true;
}

static struct qn_error *take_frame(struct qn_sighting *sighting, struct qn_text name,
				   const struct qn_code_place *place)
{
	if (sighting->state == PART_OTHER) {
		qn_sighting_count_other(sighting, name);
		sighting->state = PART_OTHER_TOLD;
	}
	return sighting->state == PART_CURRENT ? qn_sighting_add_frame(sighting, name, place) : NULL;
}

static enum qn_line_use take_words(struct qn_sighting *sighting, struct qn_text text)
{
	static const char *const remarks[] = {"Python runtime state: ",    "<no Python frame>",
					      "<Cannot show all threads",  "Current thread's C stack trace",
					      "<truncated rest of calls>", NULL};

	if (qn_text_starts(text, QN_TEXT("Current thread "))) {
		sighting->state = PART_CURRENT;
		sighting->phase = QN_PHASE_FRAMES;
		sighting->thread = qn_sighting_keep(
			sighting, qn_text_first(qn_text_from(text, 15),
						qn_text_find_byte(qn_text_from(text, 15), ' ')));
		return QN_LINE_TAKEN;
	}
	if (qn_text_starts(text, QN_TEXT("Thread 0x")) && qn_text_contains(text, QN_TEXT("recent call"))) {
		sighting->state = PART_OTHER;
		return QN_LINE_TAKEN;
	}
	/* The last one, in all versions that have it. */
	if (qn_text_starts(text, QN_TEXT("Extension modules: ")))
		return QN_LINE_LAST;
	if (qn_text_starts(text, QN_TEXT("...")))
		sighting->is_cut |= sighting->state == PART_CURRENT;
	else if (!qn_text_starts(text, QN_TEXT("Stack (most recent call first):"))) {
		for (const char *const *remark = remarks; *remark; remark++)
			if (qn_text_starts(text, qn_text_of(*remark)))
				return QN_LINE_TAKEN;
		return QN_LINE_NOT_MINE;
	} else if (sighting->state != PART_CURRENT) {
		sighting->state = PART_CURRENT;
		sighting->phase = QN_PHASE_FRAMES;
	}
	return QN_LINE_TAKEN;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_code_place place;
	struct qn_text name;

	if (read_frame(line->text, &name, &place)) {
		*ret_use = QN_LINE_TAKEN;
		return take_frame(sighting, name, &place);
	}
	*ret_use = take_words(sighting, line->text);
	return NULL;
}

static const char *const triggers[] = {"Fatal Python error: ", NULL};

const struct qn_dialect qn_dialect_faulthandler = {
	.name = "faulthandler",
	.witness = QN_WITNESS_SANITIZER,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
	.has_own_frames = true,
};
