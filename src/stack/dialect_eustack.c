/* What eu-stack of elfutils prints (src/stack.c there), and pstack of Solaris, which is as terse.
 *
 *	PID 32476 - core
 *	TID 32477:
 *	#0  0x00007ff67baa8eec __pthread_kill_implementation
 *	#1  0x00007ff67ba59fb2 - 1 __GI_raise - /lib/x86_64-linux-gnu/libc.so.6     with -d and -m
 *	    [1234abcd...]@0x7ff67ba00000+0x59fb2                                    with -b
 *	    ./nptl/pthread_kill.c:44:76                                            with -s
 *	eu-stack: dwfl_thread_getframes tid 32477 at 0x7f: No DWARF information found
 *
 *	core 'core' of 12:	/usr/bin/cmd
 *	-----------------  lwp# 1 / thread# 1  --------------------
 *	 ff31b8f8 read     (0, 1234, 400) + 5c
 */
#include "stack/dialect.h"
#include "stack/dialect_dump.h"
#include "stack/dump.h"
#include "stack/frame_line.h"

#include "base/banned.h"

enum state {
	STATE_FRAME = 1U << 0, /* its module and source line may follow */
	STATE_SOLARIS = 1U << 1,
};

enum qn_header_use qn_dump_fail(struct qn_sighting *sighting, struct qn_error *error)
{
	sighting->message.is_failed = true;
	qn_error_destroy(error);
	return QN_HEADER_TAKEN;
}

static struct qn_text trim_left(struct qn_text text)
{
	while (text.len && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = qn_text_from(text, 1);
	return text;
}

bool qn_dump_take_number(struct qn_text *text, uint64_t *ret)
{
	struct qn_text rest = qn_text_from(*text, 1);

	if (!qn_text_starts(*text, QN_TEXT("#")) || qn_text_starts(rest, QN_TEXT("0x")) ||
	    !qn_take_number(&rest, ret) || *ret > UINT32_MAX)
		return false;
	if (rest.len && rest.data[0] != ' ' && rest.data[0] != '\t')
		return false;
	*text = trim_left(rest);
	return true;
}

/* "/lib/x.so", "[vdso: 12]", "libc.so.6" of a core: no parenthesis or angle as "(N - 1)" in a name has */
static bool is_module(struct qn_text text)
{
	if (qn_text_starts(text, QN_TEXT("/")) || qn_text_starts(text, QN_TEXT("[")))
		return true;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || strchr("<>(){},;*&'\"", text.data[i]))
			return false;
	return text.len > 0;
}

/* "name - /lib/x.so", "name - x.so", "- /lib/x.so", "- 1 name", "name+0x12" */
static struct qn_text read_name(struct qn_text text, struct qn_code_place *place)
{
	size_t at;

	if (qn_text_starts(text, QN_TEXT("- 1 ")) || qn_text_equal(text, QN_TEXT("- 1")))
		text = trim_left(qn_text_from(text, 3));
	at = qn_text_rfind(text, QN_TEXT(" - /"));
	if (at == SIZE_MAX)
		at = qn_text_rfind(text, QN_TEXT(" - "));
	if (at != SIZE_MAX && is_module(qn_text_from(text, at + 3))) {
		place->module = qn_text_from(text, at + 3);
		return qn_text_trim_right(qn_text_first(text, at));
	}
	if (qn_text_starts(text, QN_TEXT("- ")) && is_module(qn_text_from(text, 2))) {
		place->module = qn_text_from(text, 2);
		return (struct qn_text){0};
	}
	return text;
}

static struct qn_error *take_frame(struct qn_sighting *sighting, struct qn_text text, bool *ret_taken)
{
	struct qn_code_place place = {0};
	uint64_t number;

	if (!qn_dump_take_number(&text, &number) || !qn_text_starts(text, QN_TEXT("0x")) ||
	    !qn_take_number(&text, &place.pc))
		return NULL;
	if (text.len && text.data[0] != ' ')
		return NULL;
	text = trim_left(text);
	if (qn_text_starts(text, QN_TEXT("in "))) /* gdb's, ASan's */
		return NULL;
	place.has_pc = true;
	*ret_taken = true;
	sighting->state |= STATE_FRAME;
	return qn_dump_add_frame(sighting->dump, number, read_name(text, &place), &place);
}

/* " ff31b8f8 read     (0, 1234, 400) + 5c", " ffffff ???????? (8, 1)" */
static struct qn_error *take_solaris_frame(struct qn_sighting *sighting, struct qn_text text, bool *ret_taken)
{
	struct qn_code_place place = {.has_pc = true};
	size_t blank = qn_text_find_byte(text, ' '), paren;
	struct qn_text name;

	if (blank == SIZE_MAX || blank < 5 || !qn_text_hex_to_u64(qn_text_first(text, blank), &place.pc))
		return NULL;
	name = trim_left(qn_text_from(text, blank));
	paren = qn_text_rfind(name, QN_TEXT(" ("));
	if (paren == SIZE_MAX || !qn_text_contains(name, QN_TEXT(")")))
		return NULL;
	name = qn_text_trim_right(qn_text_first(name, paren));
	if (qn_text_starts(name, QN_TEXT("????")))
		name = (struct qn_text){0};
	*ret_taken = true;
	return qn_dump_add_frame(sighting->dump, qn_dump_frames_count(sighting->dump), name, &place);
}

/* "[0123abcd]@0x7ff67ba00000+0x59fb2" */
static bool take_build_id(struct qn_sighting *sighting, struct qn_text text)
{
	size_t end = qn_text_find(text, QN_TEXT("]@0x"));

	if (!qn_text_starts(text, QN_TEXT("[")) || end == SIZE_MAX)
		return false;
	qn_dump_complete_frame(
		sighting->dump,
		&(struct qn_code_place){.build_id = qn_text_first(qn_text_from(text, 1), end - 1)});
	return true;
}

/* "./nptl/pthread_kill.c:44:76", ".../x.c:44", ".../clone3.S:81",
 * "/usr/include/c++/12/condition_variable:102:8": a header of C++ has no extension to know it by */
static bool take_source(struct qn_sighting *sighting, const struct qn_crash_line *line)
{
	struct qn_text text = qn_text_trim_right(line->text);
	struct qn_code_place place = {0};

	if (!line->is_indented || !qn_source_place_read(text, &place.file, &place.line))
		return false;
	text = place.file;
	if (!qn_source_place_read(text, &place.file,
				  &place.line)) /* the first number was the line, not the column */
		qn_source_place_read(qn_text_trim_right(line->text), &place.file, &place.line);
	qn_dump_complete_frame(sighting->dump, &place);
	return true;
}

/* "eu-stack: tid 12: shown max number of frames (256, use -n 0 for unlimited)" */
static bool take_complaint(struct qn_sighting *sighting, struct qn_text text)
{
	if (!qn_text_starts(text, QN_TEXT("eu-stack: ")))
		return false;
	qn_dump_cut(sighting->dump);
	return true;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	bool is_taken = false;

	*ret_use = QN_LINE_NOT_MINE;
	if (!sighting->dump)
		return NULL;
	QN_TRY(take_frame(sighting, line->text, &is_taken));
	if (!is_taken && (sighting->state & STATE_SOLARIS))
		QN_TRY(take_solaris_frame(sighting, line->text, &is_taken));
	if (!is_taken && (sighting->state & STATE_FRAME))
		is_taken = take_build_id(sighting, line->text) || take_source(sighting, line);
	if (is_taken || take_complaint(sighting, line->text))
		*ret_use = QN_LINE_TAKEN;
	return NULL;
}

/* Behind a heading: @text is the rest of its line. */
static enum qn_header_use begin_thread(struct qn_sighting *sighting, struct qn_thread_id id,
				       struct qn_text name)
{
	struct qn_dump *dump = qn_dump_of(sighting);
	struct qn_error *error = dump ? qn_dump_begin_thread(dump, id, name) : &qn_error_no_memory;

	sighting->state &= ~(unsigned)STATE_FRAME;
	return error ? qn_dump_fail(sighting, error) : QN_HEADER_TAKEN;
}

/* PID 32476 - core | PID 12 - process */
static enum qn_header_use read_pid(struct qn_sighting *sighting, const struct qn_crash_line *line,
				   struct qn_text rest)
{
	bool is_core;
	uint64_t pid;

	(void)line;
	if (!qn_take_number(&rest, &pid))
		return QN_HEADER_NOT_MINE;
	is_core = qn_text_equal(rest, QN_TEXT(" - core"));
	if (!is_core && !qn_text_equal(rest, QN_TEXT(" - process")))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "eu-stack";
	if (!qn_dump_of(sighting))
		return qn_dump_fail(sighting, &qn_error_no_memory);
	qn_dump_set_source(sighting->dump, is_core ? QN_DUMP_CORE : QN_DUMP_PROCESS);
	return QN_HEADER_TAKEN;
}

/* TID 32477: | TID 32477 "name": */
static enum qn_header_use read_tid(struct qn_sighting *sighting, const struct qn_crash_line *line,
				   struct qn_text rest)
{
	struct qn_thread_id id = {0};
	struct qn_text name = {0};

	(void)line;
	if (!qn_take_number(&rest, &id.lwp) || !qn_text_ends(rest, QN_TEXT(":")))
		return QN_HEADER_NOT_MINE;
	if (rest.len > 1 && !(qn_text_starts(rest, QN_TEXT(" \"")) && qn_text_ends(rest, QN_TEXT("\":"))))
		return QN_HEADER_NOT_MINE;
	if (sighting->of != &qn_dialect_eustack)
		return QN_HEADER_ANOTHER;
	if (rest.len > 4)
		name = qn_text_first(qn_text_from(rest, 2), rest.len - 4);
	sighting->dialect = "eu-stack";
	return begin_thread(sighting, id, name);
}

/* -----------------  lwp# 1 / thread# 1  -------------------- */
static enum qn_header_use read_lwp(struct qn_sighting *sighting, const struct qn_crash_line *line,
				   struct qn_text rest)
{
	struct qn_thread_id id = {0};

	if (!qn_text_starts(line->text, QN_TEXT("-----")) || !qn_take_number(&rest, &id.lwp))
		return QN_HEADER_NOT_MINE;
	if (sighting->of != &qn_dialect_eustack)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "pstack";
	sighting->state |= STATE_SOLARIS;
	return begin_thread(sighting, id, QN_TEXT(""));
}

/* core 'core' of 12:	/usr/bin/cmd */
static enum qn_header_use read_core(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	(void)line;
	if (!qn_text_contains(rest, QN_TEXT("' of ")) || !qn_text_contains(rest, QN_TEXT(":\t")))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "pstack";
	sighting->state |= STATE_SOLARIS;
	if (!qn_dump_of(sighting))
		return qn_dump_fail(sighting, &qn_error_no_memory);
	qn_dump_set_source(sighting->dump, QN_DUMP_CORE);
	return QN_HEADER_TAKEN;
}

enum qn_header_use qn_eustack_begin(struct qn_sighting *sighting, const struct qn_crash_line *line)
{
	struct qn_error *error;
	bool is_taken = false;

	if (!qn_dump_of(sighting))
		return qn_dump_fail(sighting, &qn_error_no_memory);
	error = take_frame(sighting, line->text, &is_taken);
	if (error)
		return qn_dump_fail(sighting, error);
	if (!is_taken)
		return QN_HEADER_NOT_MINE;
	sighting->of = &qn_dialect_eustack;
	sighting->dialect = "eu-stack";
	sighting->is_headless = true;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"PID ", false, read_pid},
	{"TID ", false, read_tid},
	{" lwp# ", true, read_lwp},
	{"core '", false, read_core},
	{0},
};

static const char *const triggers[] = {" - core", " - process", "TID ", " lwp# ", "core '", NULL};

const struct qn_dialect qn_dialect_eustack = {
	.name = "eu-stack",
	.witness = QN_WITNESS_DUMP,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.has_own_frames = true,
};
