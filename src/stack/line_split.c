#include "stack/line_split.h"

#include "base/cleanup.h"
#include "base/cursor.h"
#include "record/escape.h"
#include "record/timestamp.h"
#include "stack/crash_line.h"
#include "stack/line_marks.h"
#include "stack/line_numbered.h"
#include "stack/line_opening.h"
#include "stack/line_words.h"

#include "base/banned.h"

#define QUOTED_BEHIND_MAX 256U /* bytes in front of the quote */

static void put_line(struct qn_buffer *ret, struct qn_text line)
{
	qn_buffer_append_text(ret, line);
	qn_buffer_append_byte(ret, '\n');
}

static const struct qn_text labels = QN_TEXT("(no unique labels)");

/* "text |  | 2024-03-04 14:32:44.664 |" -> "text", and the time. */
static struct qn_text cut_row(struct qn_text text, struct qn_time *ret)
{
	static const size_t time_bytes[] = {29, 26, 23, 19};

	*ret = (struct qn_time){0};
	for (unsigned i = 0; i < 2; i++) {
		while (text.len && strchr("| \t", text.data[text.len - 1] ? text.data[text.len - 1] : 'x'))
			text.len--;
		for (size_t k = 0; k < sizeof(time_bytes) / sizeof(*time_bytes) && !i; k++) {
			struct qn_cursor cursor = qn_cursor_of(
				qn_text_from(text, text.len > time_bytes[k] ? text.len - time_bytes[k] : 0));

			if (cursor.rest.len != time_bytes[k] || !qn_time_take_rfc3339(&cursor, ret) ||
			    !qn_cursor_at_end(&cursor)) {
				*ret = (struct qn_time){0};
				continue;
			}
			text.len -= time_bytes[k];
			break;
		}
	}
	return text;
}

/* What stands behind the mark, up to the next one: "| text |  | time |". */
static struct qn_text row_text(struct qn_text text, struct qn_time *ret_next)
{
	text = cut_row(text, ret_next);
	if (qn_text_starts(text, QN_TEXT(" |")))
		text = qn_text_from(text, 2);
	return qn_text_starts(text, QN_TEXT(" ")) ? qn_text_from(text, 1) : text;
}

/* A table may have its newest row first: then they are told from the last to the first. */
static bool split_table(struct qn_text text, struct qn_buffer *ret)
{
	size_t first = qn_text_find(text, labels), last = qn_text_rfind(text, labels);
	struct qn_time oldest, newest, next;
	bool is_backwards;

	if (first == last)
		return false;
	cut_row(qn_text_first(text, first), &newest);
	cut_row(qn_text_first(text, last), &oldest);
	is_backwards = newest.is_known && oldest.is_known && newest.nsec > oldest.nsec;
	if (!is_backwards && first)
		put_line(ret, cut_row(qn_text_first(text, first), &next));
	while (text.len) {
		size_t at = is_backwards ? qn_text_rfind(text, labels) : qn_text_find(text, labels), end;

		if (at == SIZE_MAX)
			break;
		if (is_backwards) {
			put_line(ret, row_text(qn_text_from(text, at + labels.len), &next));
			text = qn_text_first(text, at);
			continue;
		}
		text = qn_text_from(text, at + labels.len);
		end = qn_text_find(text, labels);
		put_line(ret, row_text(qn_text_first(text, end), &next));
	}
	return true;
}

/* The length of "\n", "\\n", "\\\\n" at the front of @text, 0 for none. */
static size_t escape_length(struct qn_text text, char letter)
{
	size_t at = 0;

	while (at < text.len && text.data[at] == '\\')
		at++;
	return at && at < text.len && text.data[at] == letter ? at + 1 : 0;
}

/* "#0 ", " 0# ", "  File \"", "    @ 0x7f12": what a frame of one line begins with. */
static bool begins_frame(struct qn_text text)
{
	static const struct qn_text fronts[] = {QN_TEXT("goroutine "), QN_TEXT("File \""),
						QN_TEXT("#0 "),        QN_TEXT("0# "),
						QN_TEXT("0: "),        QN_TEXT("BACKTRACE:")};

	text = qn_text_trim(qn_text_first(text, 512));
	if (qn_text_starts(text, QN_TEXT("==")))
		return qn_text_contains(qn_text_first(text, 32), QN_TEXT("==    at 0x"));
	if (qn_text_starts(text, QN_TEXT("@ ")))
		return qn_text_starts(qn_text_trim(qn_text_from(text, 2)), QN_TEXT("0"));
	if (qn_text_starts(text, QN_TEXT("/")))
		return qn_text_contains(qn_text_first(text, qn_text_find_byte(text, '\\')), QN_TEXT("[0x"));
	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++)
		if (qn_text_starts(text, fronts[i]))
			return true;
	return false;
}

/* A newline with a frame or a tab behind it: at least one must be there, so that a message with an escaped
 * newline is left alone. */
static size_t find_escaped_frame(struct qn_text text)
{
	size_t start = 0, at;

	while ((at = qn_text_find_byte(qn_text_from(text, start), '\\')) != SIZE_MAX) {
		size_t newline = escape_length(qn_text_from(text, start + at), 'n');
		struct qn_text behind = qn_text_from(text, start + at + newline);

		if (newline && (escape_length(behind, 't') || qn_text_starts(behind, QN_TEXT("\t"))))
			return start + at;
		if (newline && begins_frame(behind))
			return start + at;
		start += at;
		while (start < text.len && text.data[start] == '\\')
			start++;
	}
	return SIZE_MAX;
}

/* Of JSON, the text of the member that holds the frames at @at. */
static struct qn_text cut_member(struct qn_text text, size_t at)
{
	struct qn_text before = qn_text_first(text, at), value;
	size_t open = qn_text_rfind(before, QN_TEXT("\":\"")), len = 3, end;
	bool is_escaped;

	if (!qn_text_starts(text, QN_TEXT("{")))
		return text;
	if (open == SIZE_MAX) {
		open = qn_text_rfind(before, QN_TEXT("\": \""));
		len = 4;
	}
	if (open == SIZE_MAX)
		return text;
	value = qn_text_from(text, open + len);
	end = qn_escape_find_quote(value, &is_escaped);
	return qn_text_first(value, end);
}

/* "Message: \"panic: x\n...\"": what stands within the quotes, where a report begins right behind one. */
static struct qn_text cut_quoted(struct qn_text text, size_t at)
{
	struct qn_text before = qn_text_first(text, at);

	for (size_t i = 0; i + 1 < before.len && i < QUOTED_BEHIND_MAX; i++) {
		char quote = before.data[i];

		if ((quote != '"' && quote != '\'') || !qn_begins_opening(qn_text_from(before, i + 1)))
			continue;
		text = qn_text_trim_right(qn_text_from(text, i + 1));
		return text.data[text.len - 1] == quote ? qn_text_first(text, text.len - 1) : text;
	}
	return text;
}

static bool split_escapes(struct qn_text text, struct qn_buffer *ret)
{
	size_t at = find_escaped_frame(text), plain = 0, i = 0;

	if (at == SIZE_MAX)
		return false;
	text = cut_quoted(cut_member(text, at), at);
	while (i < text.len) {
		struct qn_text rest = qn_text_from(text, i);
		size_t newline = text.data[i] == '\\' ? escape_length(rest, 'n') : 0;
		size_t tab = text.data[i] == '\\' ? escape_length(rest, 't') : 0;
		size_t quote = text.data[i] == '\\' ? escape_length(rest, '"') : 0;
		size_t carriage = text.data[i] == '\\' ? escape_length(rest, 'r') : 0;

		/* "\r\n" */
		if (!escape_length(qn_text_from(rest, carriage), 'n'))
			carriage = 0;
		if (!newline && !tab && !quote && !carriage) {
			/* A run of backslashes is looked at once. */
			do
				i++;
			while (i < text.len && text.data[i] == '\\' && text.data[i - 1] == '\\');
			continue;
		}
		qn_buffer_append(ret, text.data + plain, i - plain);
		if (!carriage)
			qn_buffer_append_byte(ret, newline ? '\n' : tab ? '\t' : '"');
		i += newline + tab + quote + carriage;
		plain = i;
	}
	put_line(ret, (struct qn_text){text.data + plain, text.len - plain});
	return true;
}

/* Does @mark stand in @text; behind a tab, which begins a place as it should be, twice? */
static bool holds_mark(struct qn_text text, struct qn_text mark)
{
	size_t at = qn_text_find(text, mark);

	return at != SIZE_MAX &&
	       (text.data[0] != '\t' || qn_text_contains(qn_text_from(text, at + mark.len), mark));
}

static bool holds_places(struct qn_text text)
{
	return holds_mark(text, QN_TEXT("pc=0x")) || holds_mark(text, QN_TEXT(" +0x"));
}

/* What stands where a newline was; U+21B5, U+23CE, U+2028, U+2029 */
static size_t newline_mark_length(struct qn_text text)
{
	static const struct qn_text marks[] = {QN_TEXT("\xe2\x86\xb5"), QN_TEXT("\xe2\x8f\x8e"),
					       QN_TEXT("\xe2\x80\xa8"), QN_TEXT("\xe2\x80\xa9"),
					       QN_TEXT("&#10;"),        QN_TEXT("&#xA;"),
					       QN_TEXT("&#xa;"),        QN_TEXT("&#13;"),
					       QN_TEXT("&#xD;"),        QN_TEXT("&#xd;")};

	if (text.data[0] == '<')
		return qn_line_break_length(text);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (qn_text_starts(text, marks[i]))
			return marks[i].len;
	return 0;
}

/* "panic: x<br>goroutine 1 [running]:<br>main.f()<br>..." */
static bool split_marks(struct qn_text text, struct qn_buffer *ret)
{
	size_t plain = 0, breaks = 0;
	bool is_frame;

	if (!qn_text_contains(text, QN_TEXT("<br")) && !qn_text_contains(text, QN_TEXT("&#")) &&
	    !memchr(text.data, '\xe2', text.len))
		return false;
	is_frame = holds_places(text);
	for (size_t i = 0; i < text.len;) {
		struct qn_text rest = qn_text_from(text, i);
		size_t len = memchr("<&\xe2", rest.data[0], 3) ? newline_mark_length(rest) : 0;

		if (!len) {
			i++;
			continue;
		}
		put_line(ret, (struct qn_text){text.data + plain, i - plain});
		plain = i += len;
		breaks++;
		is_frame |= begins_frame(qn_text_from(text, i));
	}
	put_line(ret, qn_text_from(text, plain));
	return breaks + (plain < text.len) > 1 && is_frame;
}

/* "/src/a.go:3", "(null):0": what a place begins with, when no blank is in it. */
static bool is_place_token(struct qn_text token, bool *ret_is_glued, size_t *ret_start)
{
	struct qn_code_place place;
	size_t slash;

	*ret_is_glued = false;
	*ret_start = 0;
	if (!token.len || token.data[token.len - 1] < '0' || token.data[token.len - 1] > '9')
		return false;
	if (qn_text_starts(token, QN_TEXT("(null):")))
		return true;
	/* "_ZN6milvus3RunEv/src/a.cpp:38", "main.f(0x1)/src/a.go:3": not even a blank is left */
	slash = qn_text_starts(token, QN_TEXT("_Z")) ? qn_text_find_byte(token, '/')
						     : qn_text_find(token, QN_TEXT(")/"));
	if (slash == SIZE_MAX)
		slash = qn_text_find(token, QN_TEXT(")_cgo_gotypes.go:"));
	if (slash != SIZE_MAX) {
		*ret_is_glued = true;
		*ret_start = slash + (token.data[slash] == ')');
		return qn_code_place_read(qn_text_from(token, *ret_start), &place) && place.line;
	}
	/* cgo's own file has no folder */
	return (qn_text_find_byte(token, '/') != SIZE_MAX ||
		qn_text_starts(token, QN_TEXT("_cgo_gotypes.go:"))) &&
	       qn_text_find_byte(token, ':') != SIZE_MAX && qn_code_place_read(token, &place) && place.line;
}

/* "+0x1d", "fp=0xc1", "pc=0x7f12": what a place ends with. */
static bool is_place_end(struct qn_text token)
{
	uint64_t number;
	size_t digits = qn_text_starts(token, QN_TEXT("+0x")) ? 1
			: qn_text_starts(token, QN_TEXT("pc=")) || qn_text_starts(token, QN_TEXT("fp=")) ||
					qn_text_starts(token, QN_TEXT("sp="))
				? 3
				: 0;

	return digits && qn_text_hex_to_u64(qn_text_from(token, digits), &number);
}

/* A place with its end, at the next one of the walk or behind it. */
static bool next_place(struct qn_word_walk *walk, size_t *ret_start, size_t *ret_end)
{
	struct qn_text token;
	bool has_start = false, has_end = false, is_glued;
	size_t start;

	while (qn_next_word(walk, &token)) {
		size_t from = (size_t)(token.data - walk->text.data);

		if (is_place_token(token, &is_glued, &start)) {
			has_start = true;
			has_end = false;
			*ret_start = from + start;
		} else if (is_place_end(token) && (has_start || qn_text_starts(token, QN_TEXT("pc=")))) {
			if (!has_start)
				*ret_start = from;
			has_start = has_end = true;
			*ret_end = walk->at;
		} else {
			if (has_end) {
				walk->at = from;
				return true;
			}
			has_start = false;
		}
		if (has_end && has_start && qn_text_starts(token, QN_TEXT("pc=")))
			return true;
	}
	return has_end;
}

/* One place at the end of a line with a plain name before it has only lost its newline or tab; two of them
 * in a line were several lines. */
static bool split_blanks(struct qn_text text, struct qn_buffer *ret, unsigned *damage)
{
	struct qn_word_walk walk = {.text = text};
	size_t from = 0, start = 0, end;
	unsigned places = 0;

	if (!holds_places(text))
		return false;
	while (next_place(&walk, &start, &end)) {
		qn_split_between(ret, qn_text_first(qn_text_from(text, from), start - from));
		qn_buffer_append_byte(ret, '\t');
		put_line(ret, qn_text_first(qn_text_from(text, start), end - start));
		from = end;
		places++;
	}
	if (places == 1) {
		struct qn_cursor lines = qn_cursor_of(qn_buffer_text(ret));
		struct qn_text name;

		*damage = QN_DAMAGE_TABS;
		return qn_cursor_take_line(&lines, &name) && name.len && name.data[0] != '\t' &&
		       qn_is_function_line(name) && !qn_text_trim(qn_text_from(text, from)).len;
	}
	qn_split_between(ret, qn_text_from(text, from));
	*damage = QN_DAMAGE_NEWLINES;
	return places > 1;
}

/* Newlines that something else stands for. */
static bool split_newlines(struct qn_text text, struct qn_buffer *ret, unsigned *damage)
{
	qn_buffer_clear(ret);
	if (qn_text_contains(text, labels) && split_table(text, ret)) {
		*damage |= QN_DAMAGE_NEWLINES;
		return true;
	}
	if (memchr(text.data, '\\', text.len) && split_escapes(text, ret)) {
		*damage |= QN_DAMAGE_ESCAPES;
		return true;
	}
	qn_buffer_clear(ret);
	if (!split_marks(text, ret))
		return false;
	*damage |= QN_DAMAGE_NEWLINES;
	return true;
}

/* Newlines that only the frames themselves tell. */
static bool split_frames(struct qn_text text, struct qn_buffer *ret, unsigned *damage)
{
	unsigned found = 0;

	qn_buffer_clear(ret);
	if (split_blanks(text, ret, &found)) {
		*damage |= found;
		return true;
	}
	qn_buffer_clear(ret);
	if (!qn_line_split_numbered(text, ret))
		return false;
	*damage |= QN_DAMAGE_NEWLINES;
	return true;
}

bool qn_line_split(struct qn_text text, struct qn_buffer *ret, unsigned *damage)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer lines = {0}, part = {0};
	struct qn_cursor cursor;
	struct qn_text line;

	if (!text.len)
		return false;
	if (!split_newlines(text, ret, damage))
		return split_frames(text, ret, damage) && !ret->is_failed;
	/* "f() /a.go:3 +0x1<br>g() /a.go:9 +0x5": the lines within may have lost theirs as well */
	qn_buffer_append_text(&lines, qn_buffer_text(ret));
	qn_buffer_clear(ret);
	for (cursor = qn_cursor_of(qn_buffer_text(&lines)); qn_cursor_take_line(&cursor, &line);) {
		if (line.len && split_frames(line, &part, damage))
			qn_buffer_append_text(ret, qn_buffer_text(&part));
		else
			put_line(ret, line);
	}
	return !ret->is_failed && !lines.is_failed && !part.is_failed;
}
