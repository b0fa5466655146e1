/* The end of a Java process, told by its virtual machine (hotspot, src/share/utilities/vmError.cpp): on the
 * console, and longer in hs_err_pid7.log.
 *
 *	# A fatal error has been detected by the Java Runtime Environment:
 *	#
 *	#  SIGSEGV (0xb) at pc=0x00007f5c9a1b2c3d, pid=7, tid=23
 *	#  Internal Error (g1ConcurrentMark.cpp:1665), pid=7, tid=23
 *	#  guarantee(task_entry.is_oop()) failed: invariant
 *	# Problematic frame:
 *	# C  [librocksdbjni.so+0x2f3c3d]  rocksdb::DBImpl::Get(rocksdb::ReadOptions const&)+0x5d
 *
 *	Current thread (0x00007f5c8c001000):  JavaThread "main" [_thread_in_native, id=23]
 *	siginfo: si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0x0000000000000008
 *	Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)
 *	V  [libjvm.so+0x6a1b2c]  G1ParScanThreadState::copy_to_survivor_space(oopDesc*)+0x6c
 *	J 1234 C2 com.example.App.run(Ljava/lang/String;)V (12 bytes) @ 0x00007f5c91 [0x7f+0x1]
 *	j  com.example.App.main([Ljava/lang/String;)V+12
 *
 * "There is insufficient memory for the Java Runtime Environment to continue." and "Terminating due to
 * java.lang.OutOfMemoryError: Java heap space" are ends, too. */
#include "stack/dialect.h"

#include "base/cursor.h"

#include "base/banned.h"

/* The parts of hs_err that are read end here: registers, stack words and instructions are a few hundred. */
#define SECTION_LINES_MAX 1000U

enum part {
	PART_HEAD,
	PART_PROBLEMATIC, /* the next line is the one frame that the console shows */
	PART_SECTION,     /* in the file: lines that are not told apart */
	PART_NATIVE,      /* "Native frames:" */
};

static struct qn_text cut_hash(struct qn_text text)
{
	if (qn_text_starts(text, QN_TEXT("#")))
		text = qn_text_from(text, 1);
	return qn_text_trim(text);
}

static enum qn_header_use begin(struct qn_sighting *sighting)
{
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "jvm-fatal";
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_fatal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)line;
	(void)rest;
	return begin(sighting);
}

static enum qn_header_use read_memory(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	enum qn_header_use use = begin(sighting);

	(void)line;
	(void)rest;
	if (use != QN_HEADER_TAKEN)
		return use;
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	qn_sighting_say(sighting, QN_TEXT("insufficient memory for the Java Runtime Environment"));
	return use;
}

/* -XX:+ExitOnOutOfMemoryError, -XX:+CrashOnOutOfMemoryError */
static enum qn_header_use read_terminating(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	enum qn_header_use use = begin(sighting);

	(void)line;
	if (use != QN_HEADER_TAKEN)
		return use;
	qn_sighting_set_kind(sighting, QN_KIND_EXIT);
	sighting->exception = QN_TEXT("java.lang.OutOfMemoryError");
	qn_sighting_say(sighting, qn_text_trim(rest));
	return use;
}

static const struct qn_header headers[] = {
	{"A fatal error has been detected by the Java Runtime Environment:", true, read_fatal},
	{"There is insufficient memory for the Java Runtime Environment to continue", true, read_memory},
	{"Terminating due to java.lang.OutOfMemoryError:", false, read_terminating},
	{"Aborting due to java.lang.OutOfMemoryError:", false, read_terminating},
	{NULL, false, NULL},
};

/* "[librocksdbjni.so+0x2f3c3d]  rocksdb::DBImpl::Get(rocksdb::ReadOptions const&)+0x5d" */
static bool read_native(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_text inside;
	size_t plus;

	if (!qn_cursor_take_byte(&cursor, '[') || !qn_cursor_take_until(&cursor, ']', &inside))
		return false;
	plus = qn_text_rfind(inside, QN_TEXT("+0x"));
	if (plus == SIZE_MAX)
		return false;
	ret->module = qn_text_first(inside, plus);
	*ret_name = qn_text_trim(cursor.rest);
	plus = qn_text_rfind(*ret_name, QN_TEXT("+0x"));
	*ret_name = qn_text_first(*ret_name, plus);
	return true;
}

/* "com.example.App.run(Ljava/lang/String;)V+12": the signature of the virtual machine goes. */
static bool read_java(struct qn_text text, struct qn_text *ret_name)
{
	size_t open = qn_text_find_byte(text, '(');

	*ret_name = qn_text_first(text, open);
	return open != SIZE_MAX && open > 0 && qn_text_find_byte(*ret_name, ' ') == SIZE_MAX &&
	       qn_text_find_byte(*ret_name, '.') != SIZE_MAX;
}

/* "C  [...", "V  [...", "j  com...", "J 1234 C2 com...", "v  ~StubRoutines::call_stub" */
static bool read_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	*ret = (struct qn_code_place){0};
	if (text.len < 3 || text.data[1] != ' ' || !memchr("CVJjvA", text.data[0], 6))
		return false;
	if (text.data[0] == 'J') {
		/* its number, and how it was compiled */
		while (text.len && !read_java(qn_text_first(text, qn_text_find_byte(text, ' ')), ret_name)) {
			size_t blank = qn_text_find_byte(text, ' ');

			text = qn_text_trim(qn_text_from(text, blank == SIZE_MAX ? text.len : blank + 1));
		}
		return text.len > 0;
	}
	*ret_name = qn_text_trim(qn_text_from(text, 2));
	if (qn_text_starts(*ret_name, QN_TEXT("[")))
		return read_native(*ret_name, ret_name, ret);
	if (text.data[0] == 'j')
		return read_java(*ret_name, ret_name);
	if (text.data[0] != 'v' || !qn_text_starts(*ret_name, QN_TEXT("~")))
		return false;
	*ret_name = qn_text_first(*ret_name, qn_text_find_byte(*ret_name, ' '));
	return true;
}

/* "SIGSEGV (0xb) at pc=0x00007f5c9a1b2c3d, pid=7, tid=23", "Internal Error (a.cpp:1665), pid=7, tid=23" */
static void read_cause(struct qn_sighting *sighting, struct qn_text text)
{
	struct qn_text digits = qn_text_from(text, qn_text_find(text, QN_TEXT("(0x")) == SIZE_MAX
							   ? text.len
							   : qn_text_find(text, QN_TEXT("(0x")) + 1);
	uint64_t number;

	if (qn_text_starts(text, QN_TEXT("SIG")) && qn_take_number(&digits, &number)) {
		sighting->signal = qn_signal_of_number(number);
		qn_sighting_set_kind(sighting, number == 6 ? QN_KIND_ABORT : QN_KIND_CRASH);
		(void)qn_find_number(text, QN_TEXT("pc="), &sighting->crash_pc);
		return;
	}
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	qn_sighting_say(sighting, qn_text_first(text, qn_text_find(text, QN_TEXT(", pid="))));
}

static struct qn_error *take_head(struct qn_sighting *sighting, struct qn_text text,
				  enum qn_line_use *ret_use)
{
	static const char *const remarks[] = {"JRE version: ",
					      "Java VM: ",
					      "Core dump will be written",
					      "Failed to write core dump",
					      "No core dump will be written",
					      "An error report file with",
					      "CreateCoredumpOnCrash",
					      NULL};
	struct qn_code_place place;
	struct qn_text name;

	*ret_use = QN_LINE_TAKEN;
	if (sighting->state == PART_PROBLEMATIC && read_frame(text, &name, &place)) {
		sighting->state = PART_HEAD;
		sighting->number = 1; /* stands in for the stack */
		sighting->phase = QN_PHASE_FRAMES;
		place.has_pc = sighting->crash_pc != 0;
		place.pc = sighting->crash_pc;
		return qn_sighting_add_frame(sighting, name, &place);
	}
	if (qn_text_equal(text, QN_TEXT("Problematic frame:")))
		sighting->state = PART_PROBLEMATIC;
	for (const char *const *remark = remarks; *remark; remark++)
		if (qn_text_starts(text, qn_text_of(*remark)))
			return NULL;
	if (!sighting->has_kind && text.len)
		read_cause(sighting, text);
	else if (sighting->kind == QN_KIND_ABORT && !sighting->number && !sighting->signal.len &&
		 sighting->pending_lines++ == 0 && text.len)
		qn_sighting_say(sighting, text); /* what failed, below "Internal Error" */
	return NULL;
}

/* A line of hs_err_pid7.log below its head. */
static struct qn_error *take_section(struct qn_sighting *sighting, struct qn_text text)
{
	struct qn_code_place place;
	struct qn_text name;
	size_t at;

	if (sighting->state == PART_NATIVE && read_frame(text, &name, &place)) {
		if (sighting->number)
			sighting->frames_count = 0;
		sighting->number = 0;
		return qn_sighting_add_frame(sighting, name, &place);
	}
	if (qn_text_starts(text, QN_TEXT("Native frames:"))) {
		sighting->state = PART_NATIVE;
		return NULL;
	}
	sighting->state = PART_SECTION;
	if (qn_text_starts(text, QN_TEXT("siginfo:"))) {
		sighting->has_fault_address =
			qn_find_number(text, QN_TEXT("si_addr: "), &sighting->fault_address) ||
			qn_find_number(text, QN_TEXT("si_addr="), &sighting->fault_address);
	} else if (qn_text_starts(text, QN_TEXT("Current thread ("))) {
		at = qn_text_find(text, QN_TEXT("):"));
		text = qn_text_trim(qn_text_from(text, at == SIZE_MAX ? text.len : at + 2));
		sighting->thread = qn_sighting_keep(
			sighting, qn_text_trim(qn_text_first(text, qn_text_find_byte(text, '['))));
	}
	return NULL;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_text raw = qn_text_trim(line->line->text);
	bool is_section = sighting->state >= PART_SECTION;

	if (qn_text_starts(line->text, QN_TEXT("------"))) {
		if (qn_text_contains(line->text, QN_TEXT("P R O C E S S")) ||
		    qn_text_contains(line->text, QN_TEXT("S Y S T E M"))) {
			*ret_use = QN_LINE_LAST;
			return NULL;
		}
		*ret_use = QN_LINE_TAKEN;
		sighting->state = PART_SECTION;
		return NULL;
	}
	if (qn_text_starts(raw, QN_TEXT("#"))) {
		if (line->header || is_section)
			return NULL;
		return take_head(sighting, cut_hash(raw), ret_use);
	}
	if (!is_section || ++sighting->pending_lines > SECTION_LINES_MAX || qn_is_other_writer(line))
		return NULL;
	*ret_use = QN_LINE_TAKEN;
	return take_section(sighting, line->text);
}

/* The title alone tells nothing. */
static void finish(struct qn_sighting *sighting)
{
	sighting->is_noise = !sighting->has_kind;
}

static const char *const triggers[] = {"fatal error has been detected by the Java Runtime",
				       "insufficient memory for the Java Runtime Environment",
				       "ing due to java.lang.OutOfMemoryError", NULL};

const struct qn_dialect qn_dialect_jvm = {
	.name = "jvm",
	.witness = QN_WITNESS_SANITIZER,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
	.has_own_frames = true,
};
