#include "stack/line_wrap_sort.h"

#include "stack/crash_line.h"
#include "stack/fragments.h"
#include "stack/frame_line.h"
#include "stack/gdb_frame.h"

#include "base/banned.h"

#define FRONT_BYTES_MAX 96U
/* The end of a line number or of a library's version. */
#define NUMBER_BYTES_MAX 8U

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* @shape: 9 is a digit. */
static bool has_shape(struct qn_text text, const char *shape)
{
	for (size_t i = 0; shape[i]; i++)
		if (i >= text.len || (shape[i] == '9' ? !is_digit(text.data[i]) : text.data[i] != shape[i]))
			return false;
	return true;
}

static bool has_any_shape(struct qn_text text, const char *const *shapes)
{
	for (; *shapes; shapes++)
		if (has_shape(text, *shapes))
			return true;
	return false;
}

/* Records of all sorts, and what collectors put in front of lines. */
bool qn_wrap_begins_record(struct qn_text text)
{
	static const char *const shapes[] = {"[2099/99/99 ",
					     "[2099-99-99",
					     "2099-99-99T99:",
					     "2099-99-99 99:",
					     "2099/99/99 99:",
					     "[pod/",
					     "{\"",
					     "I2099",
					     "W2099",
					     "E2099",
					     "F2099",
					     "I9999 99:",
					     "W9999 99:",
					     "E9999 99:",
					     "F9999 99:",
					     NULL};

	return has_any_shape(text, shapes);
}

static struct qn_text skip_digits(struct qn_text text)
{
	while (text.len && is_digit(text.data[0]))
		text = qn_text_from(text, 1);
	return text;
}

/* "#12 0x7f..", " 3# f()", "12# f()" */
static bool begins_numbered(struct qn_text text)
{
	bool has_mark = qn_text_starts(text, QN_TEXT("#"));
	struct qn_text digits = has_mark ? qn_text_from(text, 1) : text, rest;

	if (!has_mark && qn_text_starts(digits, QN_TEXT(" ")))
		digits = qn_text_from(digits, 1);
	rest = skip_digits(digits);
	return rest.len < digits.len && qn_text_starts(rest, has_mark ? QN_TEXT(" ") : QN_TEXT("# "));
}

/* What no piece but the first of a line begins with. */
bool qn_wrap_begins_line(struct qn_text text)
{
	static const char *const shapes[] = {"\t",
					     "    ",
					     "goroutine 9",
					     "*** ",
					     "SIGNAL CATCH",
					     "SIGNO: ",
					     "BACKTRACE",
					     "PC: @",
					     "PC=0x",
					     "SIG",
					     "created by ",
					     "terminate called",
					     "panic: ",
					     "Traceback",
					     "Thread 9",
					     "Assert \"",
					     "fatal error: ",
					     "Fatal Python error: ",
					     "Exception in thread ",
					     "Caused by: ",
					     "[signal SIG",
					     "thread '",
					     "==9",
					     "Stack trace:",
					     "Program terminated with ",
					     "java.lang.",
					     NULL};

	return qn_wrap_begins_record(text) || has_any_shape(text, shapes) || begins_numbered(text);
}

/* "milvus-standalone  | text": docker compose puts it in front of each line. */
bool qn_wrap_has_front_of(struct qn_text line, struct qn_text next)
{
	size_t bar = qn_text_find(qn_text_first(line, FRONT_BYTES_MAX), QN_TEXT(" | "));

	return bar != SIZE_MAX && bar > 2 && qn_text_starts(next, qn_text_first(line, bar + 3));
}

/* Without what a collector put in front: "2025-03-02T10:11:12.1Z stderr F ", "[pod/a/b] ", "a  | ". */
struct qn_text qn_wrap_skip_front(struct qn_text text)
{
	static const char *const marks[] = {" stderr F ", " stdout F ", " stderr P ", " stdout P ", NULL};
	struct qn_text head = qn_text_first(text, FRONT_BYTES_MAX);
	size_t at = SIZE_MAX;

	if (has_shape(text, "2099-99-99T"))
		for (size_t i = 0; marks[i] && at == SIZE_MAX; i++) {
			at = qn_text_find(head, qn_text_of(marks[i]));
			at += at == SIZE_MAX ? 0 : strlen(marks[i]);
		}
	else if (qn_text_starts(text, QN_TEXT("[pod/")))
		at = qn_text_find(head, QN_TEXT("] ")) + 2;
	else if (!qn_wrap_begins_record(text) && !qn_wrap_begins_line(text)) {
		at = qn_text_find(head, QN_TEXT(" | "));
		at += at == SIZE_MAX ? 0 : 3;
	}
	return at == SIZE_MAX || at < 3 ? text : qn_text_from(text, at);
}

static bool is_zap(struct qn_text text)
{
	return has_shape(text, "[2099/99/99 99:99:99.");
}

void qn_wrap_look_at_quotes(struct qn_wrap_quotes *quotes, struct qn_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (quotes->is_escaped)
			quotes->is_escaped = false;
		else if (text.data[i] == '\\')
			quotes->is_escaped = true;
		else if (text.data[i] == '"')
			quotes->is_open = !quotes->is_open;
	}
}

/* Does a zap record end at @text, at whose end its quotes are as told? */
bool qn_wrap_ends_record(const struct qn_wrap_quotes *quotes, struct qn_text text)
{
	return qn_text_ends(text, QN_TEXT("]")) && !quotes->is_open;
}

static bool is_whole_record(struct qn_text text)
{
	struct qn_wrap_quotes quotes = {0};

	if (!qn_text_ends(text, QN_TEXT("]")))
		return false;
	qn_wrap_look_at_quotes(&quotes, text);
	return qn_wrap_ends_record(&quotes, text);
}

/* "libx.so", "libx.so.6", "/usr/bin/milvus" is not sure */
static bool is_whole_module(struct qn_text module)
{
	size_t at = qn_text_rfind(module, QN_TEXT(".so"));

	if (at == SIZE_MAX || qn_text_find_byte(module, ' ') != SIZE_MAX)
		return false;
	for (at += 3; at < module.len; at++)
		if (module.data[at] != '.' && !is_digit(module.data[at]))
			return false;
	return true;
}

enum qn_wrap_sort qn_wrap_sort_of(struct qn_text text)
{
	size_t paren;

	if (is_zap(text))
		return QN_WRAP_RECORD;
	if (qn_text_starts(text, QN_TEXT("\t/")))
		return QN_WRAP_PLACE;
	if (begins_numbered(text))
		return qn_text_starts(text, QN_TEXT("#")) ? QN_WRAP_GDB : QN_WRAP_BOOST;
	text = qn_text_trim(text);
	if (qn_text_starts(text, QN_TEXT("@ ")) || qn_text_starts(text, QN_TEXT("PC: @")))
		return QN_WRAP_AT;
	paren = qn_text_find_byte(text, '(');
	if (text.len && (text.data[0] == '/' || text.data[0] == '.') && paren != SIZE_MAX &&
	    qn_text_find_byte(qn_text_first(text, paren), ' ') == SIZE_MAX)
		return QN_WRAP_GLIBC;
	return QN_WRAP_OTHER;
}

/* "@ 0x7f12 milvus::F(int) const", "@ 0x7f12 start_thread"; "@ 0x7f12 milvus::F" was cut. A parenthesis
 * behind a blank is not the name's. */
static bool is_whole_at(struct qn_text text)
{
	size_t paren = qn_text_find_byte(text, '(');

	return qn_brackets_are_balanced(text) &&
	       (!qn_text_contains(text, QN_TEXT("::")) ||
		(paren != SIZE_MAX && paren > 0 && text.data[paren - 1] != ' '));
}

bool qn_wrap_is_whole(enum qn_wrap_sort sort, struct qn_text text)
{
	struct qn_frame_line frame;
	struct qn_gdb_frame gdb_frame;
	struct qn_code_place place;

	switch (sort) {
	case QN_WRAP_RECORD: return is_whole_record(text);
	case QN_WRAP_BOOST:
		return qn_frame_line_read_boost(text, &frame) &&
		       (frame.place.file.len || is_whole_module(frame.place.module));
	case QN_WRAP_GLIBC: return qn_frame_line_read_glibc(text, &frame);
	case QN_WRAP_AT: return is_whole_at(text);
	case QN_WRAP_GDB:
		return qn_gdb_frame_read(text, &gdb_frame) && gdb_frame.is_complete &&
		       (gdb_frame.place.file.len || is_whole_module(gdb_frame.place.module));
	case QN_WRAP_PLACE:
		return qn_code_place_read(qn_text_trim(text), &place) && (place.has_pc || place.has_offset);
	case QN_WRAP_OTHER: break;
	}
	return false;
}

/* "12" of "/src/a.cpp:3" and "12", ".6" of "libc.so" and ".6" */
bool qn_wrap_is_number(struct qn_text text)
{
	size_t at = 0;

	while (at < text.len && (is_digit(text.data[at]) || text.data[at] == '.'))
		at++;
	return text.len && text.len <= NUMBER_BYTES_MAX && at == text.len;
}
