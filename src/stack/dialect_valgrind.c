/* Valgrind's tools (memcheck, helgrind, drd); every line has the process's number in front:
 *
 *	==1234== Invalid read of size 4
 *	==1234==    at 0x4005A1: milvus::f(int) (a.c:12)
 *	==1234==    by 0x4005B2: main (in /usr/bin/prog)
 *	==1234==  Address 0x5204040 is 0 bytes after a block of size 40 alloc'd
 *	==1234==    at 0x4C2FB0F: malloc (in /usr/lib/valgrind/vgpreload_memcheck.so)
 *
 *	==1234== Process terminating with default action of signal 11 (SIGSEGV)
 *	==1234==  Access not within mapped region at address 0x0
 *	==1234==    at 0x4005A1: ...
 *
 * Each error is a report of its own; its first stack is where it happened. Two processes may write at once, a
 * line of the one between two lines of the other: the second one's error is kept beside the first one's until
 * both have ended. */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/frame_line.h"

#include "base/banned.h"

enum part { PART_HEAD, PART_FRAMES, PART_BEHIND, PART_OVER };

/* "00:00:00:05.123 ", of --time-stamp=yes */
static struct qn_text cut_time(struct qn_text text)
{
	size_t blank = qn_text_find_byte(qn_text_first(text, 24), ' ');

	for (size_t i = 0; blank != SIZE_MAX && i < blank; i++)
		if (!memchr("0123456789:.", text.data[i], 12))
			return text;
	return blank == SIZE_MAX ? text : qn_text_from(text, blank + 1);
}

/* "==1234== text": @ret keeps the blanks in front of the text, which tell an error's title from what is said
 * of it. */
static bool cut_pid(struct qn_text text, uint64_t *ret_pid, struct qn_text *ret)
{
	struct qn_text rest = cut_time(qn_text_from(text, 2));

	if (!qn_text_starts(text, QN_TEXT("==")) || !qn_take_number(&rest, ret_pid) ||
	    !qn_text_starts(rest, QN_TEXT("==")))
		return false;
	*ret = qn_text_from(rest, 2);
	return true;
}

/* For the error of another process, whose title came before the open one ended. NULL: it stands for itself
 * (or there is no memory: the open report ends early, and the new one is read as the only one). */
static struct qn_sighting *open_beside(struct qn_sighting *sighting, const struct qn_crash_line *line,
				       uint64_t pid)
{
	struct qn_sighting *beside = NULL;
	struct qn_error *error;

	if (sighting->of != &qn_dialect_valgrind || pid == sighting->number || sighting->beside ||
	    sighting->state == PART_OVER)
		return NULL;
	error = qn_sighting_create(sighting->witness, &beside);
	qn_error_destroy(error);
	if (error)
		return NULL;
	beside->of = sighting->of;
	beside->normalizer = sighting->normalizer;
	qn_sighting_claim(beside, line, sighting->time);
	beside->damage |= QN_DAMAGE_WOVEN_TEXT;
	sighting->damage |= QN_DAMAGE_WOVEN_TEXT;
	sighting->beside = beside;
	return beside;
}

/* @sighting becomes the one that the title is of. */
static enum qn_header_use begin(struct qn_sighting **ret_sighting, const struct qn_crash_line *line,
				enum qn_kind kind)
{
	struct qn_sighting *sighting = *ret_sighting;
	struct qn_text text;
	uint64_t pid;

	if (!cut_pid(line->text, &pid, &text))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line) {
		sighting = open_beside(sighting, line, pid);
		if (!sighting)
			return QN_HEADER_ANOTHER;
	}
	*ret_sighting = sighting;
	sighting->dialect = "valgrind";
	sighting->number = pid;
	qn_sighting_set_kind(sighting, kind);
	/* "Thread #3: lock order "0x10C0E0 before 0x10C0A0" violated", "Possible data race during read of
	 * size 4 at 0x10C014 by thread #1" */
	text = qn_text_trim(text);
	if (qn_text_starts(text, QN_TEXT("Thread #")) && qn_text_find(text, QN_TEXT(": ")) < 20)
		text = qn_text_from(text, qn_text_find(text, QN_TEXT(": ")) + 2);
	text = qn_text_first(text, qn_text_find(text, QN_TEXT(" at 0x")));
	qn_sighting_say(sighting, qn_text_trim(text));
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_error(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)rest;
	return begin(&sighting, line, QN_KIND_SANITIZER);
}

/* "40 bytes in 1 blocks are definitely lost in loss record 1 of 2": where the memory came from. What may
 * still be reached is no error. */
static enum qn_header_use read_leak(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	enum qn_header_use use;

	if (!qn_text_starts(rest, QN_TEXT("definitely lost in loss record")) &&
	    !qn_text_starts(rest, QN_TEXT("possibly lost in loss record")))
		return QN_HEADER_NOT_MINE;
	use = begin(&sighting, line, QN_KIND_SANITIZER);
	if (use == QN_HEADER_TAKEN) {
		qn_buffer_clear(&sighting->message);
		qn_sighting_say(sighting, QN_TEXT("memory "));
		qn_sighting_say_on(sighting, qn_text_first(rest, qn_text_find(rest, QN_TEXT(" in loss"))));
	}
	return use;
}

/* " Process terminating with default action of signal 11 (SIGSEGV): dumping core" */
static enum qn_header_use read_end(struct qn_sighting *sighting, const struct qn_crash_line *line,
				   struct qn_text rest)
{
	struct qn_text digits = rest;
	uint64_t number = 0;
	enum qn_header_use use;

	if (!qn_take_number(&digits, &number))
		return QN_HEADER_NOT_MINE;
	/* The user's own wish is no failure. */
	if (number == 2 || number == 15)
		return QN_HEADER_NOT_MINE;
	use = begin(&sighting, line, number == 6 ? QN_KIND_ABORT : QN_KIND_CRASH);
	if (use == QN_HEADER_TAKEN) {
		sighting->signal = qn_signal_of_number(number);
		qn_buffer_clear(&sighting->message);
	}
	return use;
}

/* A blank in front, so that the process's number before it is not taken for another text. */
static const struct qn_header headers[] = {
	{" Invalid read of size ", true, read_error},
	{" Invalid write of size ", true, read_error},
	{" Conditional jump or move depends on uninitialised", true, read_error},
	{" Use of uninitialised value", true, read_error},
	{" Syscall param ", true, read_error},
	{" Invalid free() / delete", true, read_error},
	{" Mismatched free() / delete", true, read_error},
	{" Source and destination overlap in ", true, read_error},
	{" Jump to the invalid address stated", true, read_error},
	{" Possible data race during ", true, read_error},
	{" Conflicting load by thread ", true, read_error},
	{" Conflicting store by thread ", true, read_error},
	{" lock order \"", true, read_error},
	{" Argument 'size' of function ", true, read_error},
	{" Stack overflow in thread #", true, read_error},
	{" Exiting thread still holds ", true, read_error},
	{" unlocked a not-locked lock at ", true, read_error},
	{" unlocked lock at ", true, read_error},
	{" Mutex not locked: mutex 0x", true, read_error},
	{" Destroying locked mutex", true, read_error},
	{" Recursive locking not allowed", true, read_error},
	{" blocks are ", true, read_leak},
	{" Process terminating with default action of signal ", true, read_end},
	{NULL, false, NULL},
};

/* "at 0x4005A1: milvus::f(int) (a.c:12)", "by 0x4005B2: main (in /usr/bin/prog)", "by 0x40: ???" */
static bool read_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	struct qn_text inside;
	size_t open;

	*ret = (struct qn_code_place){0};
	if (!qn_text_starts(text, QN_TEXT("at 0x")) && !qn_text_starts(text, QN_TEXT("by 0x")))
		return false;
	text = qn_text_from(text, 3);
	if (!qn_take_number(&text, &ret->pc) || !qn_text_starts(text, QN_TEXT(": ")))
		return false;
	ret->has_pc = true;
	text = qn_text_trim(text.len > 2 ? qn_text_from(text, 2) : text);
	open = qn_text_rfind(text, QN_TEXT(" ("));
	*ret_name = text;
	if (open != SIZE_MAX && qn_text_ends(text, QN_TEXT(")"))) {
		inside = qn_text_first(qn_text_from(text, open + 2), text.len - open - 3);
		if (qn_text_starts(inside, QN_TEXT("in /")))
			ret->module = qn_text_from(inside, 3);
		if (ret->module.len || qn_source_place_read(inside, &ret->file, &ret->line))
			*ret_name = qn_text_first(text, open);
	}
	if (qn_text_starts(*ret_name, QN_TEXT("???")))
		*ret_name = QN_TEXT("");
	return true;
}

/* "UnknownInlinedFun", "  Address 0x0 is not stack'd", "  Access not within mapped region at address 0x0" */
static void take_fact(struct qn_sighting *sighting, struct qn_text text)
{
	if (sighting->state == PART_FRAMES)
		sighting->state = PART_BEHIND;
	if (!sighting->has_fault_address)
		sighting->has_fault_address =
			qn_find_number(text, QN_TEXT("Address "), &sighting->fault_address) ||
			qn_find_number(text, QN_TEXT("at address "), &sighting->fault_address);
}

/* The lines of one process. */
static struct qn_error *take_own(struct qn_sighting *sighting, struct qn_text text, enum qn_line_use *ret_use)
{
	struct qn_code_place place;
	struct qn_text name;

	*ret_use = QN_LINE_TAKEN;
	if (read_frame(qn_text_trim(text), &name, &place)) {
		if (sighting->state == PART_BEHIND)
			return NULL;
		sighting->state = PART_FRAMES;
		sighting->phase = QN_PHASE_FRAMES;
		return qn_sighting_add_frame(sighting, name, &place);
	}
	/* "==1234== " alone ends an error, "==1234==  Address ..." goes on, "==1234== HEAP SUMMARY:" is
	 * another. */
	if (qn_text_trim(text).len == 0)
		*ret_use = sighting->frames_count ? QN_LINE_LAST : QN_LINE_TAKEN;
	else if (qn_text_starts(text, QN_TEXT("  ")) || !sighting->frames_count)
		take_fact(sighting, text);
	else
		*ret_use = QN_LINE_END;
	return NULL;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_sighting *beside = sighting->beside, *own = sighting, *other = beside;
	struct qn_text text;
	uint64_t pid;

	if (!cut_pid(line->text, &pid, &text))
		return NULL;
	if (beside && pid == beside->number) {
		own = beside;
		other = sighting;
	} else if (pid != sighting->number) {
		return NULL;
	}
	if (own->state == PART_OVER) {
		*ret_use = qn_text_trim(text).len ? QN_LINE_END : QN_LINE_TAKEN;
		return NULL;
	}
	QN_TRY(take_own(own, text, ret_use));
	if (own == beside && *ret_use != QN_LINE_END)
		qn_sighting_claim(beside, line, sighting->time);
	if (*ret_use == QN_LINE_LAST && other && other->state != PART_OVER) {
		own->state = PART_OVER;
		*ret_use = QN_LINE_TAKEN;
	}
	return NULL;
}

/* The words of an error without a stack: somebody's prose, or too little to be told. */
static void finish(struct qn_sighting *sighting)
{
	sighting->is_noise = !sighting->frames_count && sighting->kind == QN_KIND_SANITIZER;
}

static const char *const triggers[] = {"== Invalid read of size ",
				       "== Invalid write of size ",
				       "== Conditional jump or move depends",
				       "== Use of uninitialised value",
				       "== Syscall param ",
				       "== Invalid free() / delete",
				       "== Mismatched free() / delete",
				       "== Source and destination overlap",
				       "== Jump to the invalid address",
				       "== Possible data race during ",
				       "== Conflicting load by thread ",
				       "== Conflicting store by thread ",
				       "lock order \"0x",
				       "== Argument 'size' of function ",
				       " lost in loss record ",
				       "== Stack overflow in thread #",
				       ": Exiting thread still holds ",
				       " unlocked a not-locked lock at 0x",
				       " unlocked lock at 0x",
				       "== Mutex not locked: mutex 0x",
				       "== Destroying locked mutex",
				       "== Recursive locking not allowed",
				       "== Process terminating with default action",
				       NULL};

const struct qn_dialect qn_dialect_valgrind = {
	.name = "valgrind",
	.witness = QN_WITNESS_SANITIZER,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
	.has_own_frames = true,
};
