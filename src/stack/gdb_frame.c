/* #1  0x00007fc085ced545 in f<T>(int) (args=...) at /src/a.cpp:12 */
#include "stack/gdb_frame.h"

#include "stack/crash_line.h"
#include "stack/dialect_dump.h"
#include "stack/sighting.h"

#include "base/banned.h"

static struct qn_text trim_left(struct qn_text text)
{
	while (text.len && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = qn_text_from(text, 1);
	return text;
}
/* Thread 3 (Thread 0x7fc082bff6c0 (LWP 31557) "name"): | 3 (LWP 12) | Thread 3 "name" received ... */
struct qn_thread_id qn_gdb_thread_read(struct qn_text text, struct qn_text *ret_name)
{
	struct qn_thread_id id = {0};
	size_t quote = qn_text_find_byte(text, '"'), end, handle;

	*ret_name = (struct qn_text){0};
	if (qn_text_starts(text, QN_TEXT("Thread ")) || qn_text_starts(text, QN_TEXT("thread ")))
		text = qn_text_from(text, 7);
	if (!qn_text_starts(text, QN_TEXT("0x")))
		(void)qn_take_number(&text, &id.number);
	if (!qn_find_number(text, QN_TEXT("(LWP "), &id.lwp))
		(void)qn_find_number(text, QN_TEXT("process "), &id.lwp);
	handle = qn_text_find(text, QN_TEXT("Thread 0x"));
	if (handle != SIZE_MAX) {
		struct qn_text digits = qn_text_from(text, handle + 7);

		(void)qn_take_number(&digits, &id.handle);
	} else if (qn_text_starts(text, QN_TEXT("0x"))) {
		struct qn_text digits = text;

		(void)qn_take_number(&digits, &id.handle);
	}
	if (quote == SIZE_MAX)
		return id;
	quote = qn_text_find_byte(text, '"');
	if (quote == SIZE_MAX)
		return id;
	text = qn_text_from(text, quote + 1);
	end = qn_text_find_byte(text, '"');
	if (end != SIZE_MAX)
		*ret_name = qn_text_first(text, end);
	return id;
}

/* Behind the parenthesis that closes the one at @at; SIZE_MAX: none does. gdb prints texts and letters of
 * arguments in quotes: s="a) \"", c=41 ')' */
static size_t skip_arguments(struct qn_text text, size_t at)
{
	size_t depth = 0;

	for (; at < text.len; at++) {
		char c = text.data[at];

		if (c == '"') {
			for (at++; at < text.len && text.data[at] != '"'; at++)
				at += text.data[at] == '\\';
		} else if (c == '\'' && at + 2 < text.len && text.data[at + 2] == '\'') {
			at += 2;
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && --depth == 0) {
			return at + 1;
		}
	}
	return SIZE_MAX;
}

static size_t skip_parentheses(struct qn_text text, size_t at)
{
	size_t depth = 0;

	for (; at < text.len; at++) {
		if (text.data[at] == '(')
			depth++;
		else if (text.data[at] == ')' && --depth == 0)
			return at + 1;
	}
	return SIZE_MAX;
}

/* What may follow the arguments. */
static bool is_behind_arguments(struct qn_text rest)
{
	return rest.len == 0 || qn_text_starts(rest, QN_TEXT(" at ")) ||
	       qn_text_starts(rest, QN_TEXT(" from ")) || qn_text_equal(rest, QN_TEXT(" at")) ||
	       qn_text_equal(rest, QN_TEXT(" from"));
}

/* "f<void (*)(int)>::operator() (this=0x1) at a.cpp:12": the name, and what follows the arguments. gdb writes
 * a blank before them. False: they do not end. */
bool qn_gdb_arguments_split(struct qn_text text, struct qn_text *ret_name, struct qn_text *ret_rest)
{
	size_t at = 0;

	*ret_name = text;
	*ret_rest = (struct qn_text){0};
	while (at < text.len) {
		size_t paren = qn_text_find_byte(qn_text_from(text, at), '('), end;
		bool is_spaced;

		if (paren == SIZE_MAX)
			return true;
		paren += at;
		is_spaced = paren > 0 && text.data[paren - 1] == ' ';
		end = is_spaced ? skip_arguments(text, paren) : skip_parentheses(text, paren);
		if (end == SIZE_MAX) {
			*ret_name = qn_text_trim_right(qn_text_first(text, is_spaced ? paren : text.len));
			return false;
		}
		if (is_spaced && is_behind_arguments(qn_text_from(text, end))) {
			*ret_name = qn_text_trim_right(qn_text_first(text, paren));
			*ret_rest = qn_text_from(text, end);
			return true;
		}
		at = end;
	}
	return true;
}

/* " at ../nptl/pthread_create.c:442", " from /lib/libc.so.6". False: it goes on in the next line. */
static bool read_place(struct qn_text rest, struct qn_code_place *place)
{
	struct qn_text digits;
	uint64_t line;
	size_t colon;

	rest = trim_left(rest);
	if (qn_text_starts(rest, QN_TEXT("from"))) {
		place->module = qn_text_trim(qn_text_from(rest, 4));
		return place->module.len > 0;
	}
	if (!qn_text_starts(rest, QN_TEXT("at")))
		return true;
	rest = qn_text_trim(qn_text_from(rest, 2));
	colon = qn_text_rfind(rest, QN_TEXT(":"));
	place->file = rest;
	if (colon == SIZE_MAX)
		return false;
	digits = qn_text_from(rest, colon + 1);
	if (!qn_text_to_u64(digits, &line) || line > UINT32_MAX)
		return false;
	place->file = qn_text_first(rest, colon);
	place->line = (uint32_t)line;
	return place->file.len > 0;
}

/* "f () [inlined]", "f (inlined)" */
static struct qn_text cut_inlined(struct qn_text text)
{
	static const struct qn_text marks[] = {QN_TEXT(" (inlined)"), QN_TEXT(" [inlined]")};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (qn_text_ends(text, marks[i]))
			return qn_text_trim_right(qn_text_first(text, text.len - marks[i].len));
	return text;
}

/* #1  0x00007fc085ced545 in f<T>(int) (args=...) at /src/a.cpp:12 */
bool qn_gdb_frame_read(struct qn_text text, struct qn_gdb_frame *ret)
{
	struct qn_text rest;
	bool is_whole;

	*ret = (struct qn_gdb_frame){.is_narrow = !qn_text_contains(qn_text_first(text, 12), QN_TEXT("  "))};
	if (!qn_dump_take_number(&text, &ret->number))
		return false;
	if (qn_text_starts(text, QN_TEXT("0x"))) {
		if (!qn_take_number(&text, &ret->place.pc))
			return false;
		ret->place.has_pc = true;
		text = trim_left(text);
		if (!qn_text_starts(text, QN_TEXT("in ")) && !qn_text_equal(text, QN_TEXT("in")))
			return text.len == 0; /* broken behind the address, or eu-stack's */
		text = trim_left(qn_text_from(text, 2));
	}
	if (qn_text_starts(text, QN_TEXT("<signal handler called>"))) {
		ret->name = qn_text_first(text, 23);
		ret->is_complete = true;
		return true;
	}
	text = cut_inlined(text);
	is_whole = qn_gdb_arguments_split(text, &ret->name, &rest);
	if (is_whole && rest.data)
		ret->place.arguments = (struct qn_text){ret->name.data + ret->name.len,
							(size_t)(rest.data - ret->name.data) - ret->name.len};
	ret->is_complete =
		is_whole && read_place(rest, &ret->place) && ret->name.len && ret->name.len < text.len;
	return true;
}

/* A frame that no other line announced: "#0  f (x=1) at a.c:3", "#0  0x7f in f ()". Not "#0  queue (backup)
 * is full". Where a browser made one blank of two ("#0 0x7f in f () from a.so"), sanitizers' look alike. */
bool qn_gdb_frame_is_sure(const struct qn_gdb_frame *frame)
{
	bool is_placed = frame->is_complete && (frame->place.file.len || frame->place.module.len);

	return frame->place.has_pc && !frame->is_narrow ? frame->name.len > 0 : is_placed;
}

/* "SIGSEGV, Segmentation fault." -> the name, static; empty for what ends no process: a debugger's stop. */
struct qn_text qn_gdb_signal_read(struct qn_text text)
{
	static const struct qn_text names[] = {
		QN_TEXT("SIGSEGV"), QN_TEXT("SIGABRT"), QN_TEXT("SIGBUS"),  QN_TEXT("SIGFPE"),
		QN_TEXT("SIGILL"),  QN_TEXT("SIGSYS"),  QN_TEXT("SIGTRAP"), QN_TEXT("SIGKILL"),
		QN_TEXT("SIGQUIT"), QN_TEXT("SIGTERM"), QN_TEXT("SIGINT"),  QN_TEXT("SIGXCPU"),
	};
	uint64_t number;
	struct qn_text digits = text;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_starts(text, names[i]))
			return names[i];
	if (qn_take_number(&digits, &number)) /* old: "with signal 11, Segmentation fault." */
		return qn_signal_of_number(number);
	return QN_TEXT("");
}

bool qn_gdb_signal_is_everyday(struct qn_text signal)
{
	return qn_text_equal(signal, QN_TEXT("SIGTRAP")) || qn_text_equal(signal, QN_TEXT("SIGINT")) ||
	       qn_text_equal(signal, QN_TEXT("SIGTERM")) || qn_text_equal(signal, QN_TEXT("SIGQUIT"));
}
