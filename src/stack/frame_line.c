#include "stack/frame_line.h"

#include "base/cursor.h"

#include "base/banned.h"

/* Frames are numbered from 0; what is larger is no index. */
#define INDEX_MAX 100000U

static bool take_index(struct qn_text *text, uint64_t *ret)
{
	struct qn_text rest = *text;

	if (qn_text_starts(rest, QN_TEXT("0x")) || !qn_take_number(&rest, ret) || *ret > INDEX_MAX)
		return false;
	*text = rest;
	return true;
}

/* "a.cpp:12" -> "a.cpp" and 12 */
static bool cut_line_number(struct qn_text *text, uint64_t *ret)
{
	size_t at = qn_text_rfind(*text, QN_TEXT(":"));

	if (at == SIZE_MAX || at == 0 || !qn_text_to_u64(qn_text_from(*text, at + 1), ret) ||
	    *ret > INT32_MAX)
		return false;
	*text = qn_text_first(*text, at);
	return true;
}

bool qn_source_place_read(struct qn_text text, struct qn_text *ret_file, uint32_t *ret_line)
{
	uint64_t line, before;

	if (qn_text_find_byte(text, ' ') != SIZE_MAX || !cut_line_number(&text, &line))
		return false;
	if (cut_line_number(&text, &before)) /* the last one was the column */
		line = before;
	*ret_file = text;
	*ret_line = (uint32_t)line;
	return true;
}

/* "f(int) at /src/x.cpp:12" or "f(int) in /lib/x.so" is cut before " at" or " in". */
static void cut_boost_place(struct qn_frame_line *frame)
{
	size_t at = qn_text_rfind(frame->name, QN_TEXT(" at "));
	size_t in = qn_text_rfind(frame->name, QN_TEXT(" in "));

	if (at != SIZE_MAX &&
	    qn_source_place_read(qn_text_from(frame->name, at + 4), &frame->place.file, &frame->place.line)) {
		frame->name = qn_text_first(frame->name, at);
	} else if (in != SIZE_MAX) {
		frame->place.module = qn_text_trim(qn_text_from(frame->name, in + 4));
		frame->name = qn_text_first(frame->name, in);
	}
}

bool qn_frame_line_read_boost(struct qn_text text, struct qn_frame_line *ret)
{
	struct qn_frame_line frame = {0};
	struct qn_text address;

	text = qn_text_trim(text);
	if (!take_index(&text, &frame.index) || !qn_text_starts(text, QN_TEXT("# ")))
		return false;
	frame.name = qn_text_trim(qn_text_from(text, 2));
	if (frame.name.len == 0)
		return false;
	cut_boost_place(&frame);
	address = qn_text_first(frame.name, qn_text_find_byte(frame.name, ' '));
	if (qn_text_starts(address, QN_TEXT("0x")) && qn_text_hex_to_u64(address, &frame.place.pc)) {
		frame.place.has_pc = true;
		frame.name = qn_text_trim(qn_text_from(frame.name, address.len));
	}
	*ret = frame;
	return true;
}

/* "No.3: ", "#3 ", "[bt] (3) ", "3: " */
static void take_number_in_front(struct qn_text *text, struct qn_frame_line *frame)
{
	static const struct {
		struct qn_text before, after;
	} forms[] = {
		{QN_TEXT("No."), QN_TEXT(": ")},     {QN_TEXT("#"), QN_TEXT(" ")},
		{QN_TEXT("#"), QN_TEXT(": ")},       {QN_TEXT("[bt] ("), QN_TEXT(") ")},
		{QN_TEXT("[bt]: ("), QN_TEXT(") ")}, {QN_TEXT("["), QN_TEXT("] ")},
		{QN_TEXT("("), QN_TEXT(") ")},       {QN_TEXT(""), QN_TEXT(": ")},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct qn_text rest = *text;

		if (!qn_text_starts(rest, forms[i].before))
			continue;
		rest = qn_text_from(rest, forms[i].before.len);
		if (!take_index(&rest, &frame->index) || !qn_text_starts(rest, forms[i].after))
			continue;
		*text = qn_text_trim(qn_text_from(rest, forms[i].after.len));
		return;
	}
}

/* "path(name+0x1f)": the parenthesis that ends it encloses a name and an offset, or nothing. */
static void read_module(struct qn_text text, struct qn_frame_line *frame)
{
	size_t open = qn_text_find_byte(text, '('), plus;
	struct qn_text name;

	frame->place.module = text;
	if (open == SIZE_MAX || !qn_text_ends(text, QN_TEXT(")")))
		return;
	frame->place.module = qn_text_first(text, open);
	name = qn_text_from(text, open + 1);
	name.len--;
	plus = qn_text_rfind(name, QN_TEXT("+0x"));
	frame->name = plus == SIZE_MAX ? name : qn_text_first(name, plus);
}

bool qn_frame_line_read_glibc(struct qn_text text, struct qn_frame_line *ret)
{
	struct qn_frame_line frame = {.index = UINT64_MAX};
	size_t open;

	text = qn_text_trim(text);
	take_number_in_front(&text, &frame);
	open = qn_text_rfind(text, QN_TEXT("[0x"));
	if (open == SIZE_MAX || text.data[text.len - 1] != ']' ||
	    !qn_text_hex_to_u64(qn_text_first(qn_text_from(text, open + 1), text.len - open - 2),
				&frame.place.pc))
		return false;
	frame.place.has_pc = true;
	text = qn_text_trim_right(qn_text_first(text, open));
	read_module(text, &frame);
	/* "request [0x12]" is no module. */
	if (frame.place.module.len &&
	    (qn_text_find_byte(frame.place.module, ' ') != SIZE_MAX ||
	     (!qn_text_ends(text, QN_TEXT(")")) && qn_text_find_byte(frame.place.module, '/') == SIZE_MAX)))
		return false;
	*ret = frame;
	return true;
}

static size_t count_hex(struct qn_text text)
{
	size_t len = 0;

	while (len < text.len && memchr("0123456789abcdefABCDEF", text.data[len], 22))
		len++;
	return len;
}

/* "folly::f(int) (inlined)" */
static struct qn_text cut_inlined(struct qn_text text)
{
	static const struct qn_text mark = QN_TEXT("(inlined)");

	if (qn_text_starts(text, mark))
		text = qn_text_from(text, mark.len);
	if (qn_text_ends(text, mark))
		text.len -= mark.len;
	return qn_text_trim(text);
}

/* "       80  f()", "  (unknown)  f()": Abseil tells the size of the frame before the name. */
static struct qn_text cut_frame_size(struct qn_text text)
{
	static const struct qn_text unknown = QN_TEXT("(unknown)");
	struct qn_text trimmed = qn_text_trim(text);
	size_t end = qn_text_find(trimmed, QN_TEXT("  "));
	uint64_t size;

	if (end == SIZE_MAX || (!qn_text_equal(qn_text_first(trimmed, end), unknown) &&
				!qn_text_to_u64(qn_text_first(trimmed, end), &size)))
		return text;
	return qn_text_from(trimmed, end);
}

bool qn_frame_line_read_at(struct qn_text text, struct qn_frame_line *ret)
{
	struct qn_frame_line frame = {.index = UINT64_MAX};
	struct qn_cursor cursor = qn_cursor_of(qn_text_trim(text));
	bool has_prefix;
	size_t digits;

	if (!qn_cursor_take_byte(&cursor, '@') || !qn_cursor_skip_blanks(&cursor))
		return false;
	has_prefix = qn_cursor_take(&cursor, QN_TEXT("0x"));
	digits = count_hex(cursor.rest);
	if (digits == 0 || (!has_prefix && digits != 16 && digits != 8) ||
	    !qn_text_hex_to_u64(qn_text_first(cursor.rest, digits), &frame.place.pc))
		return false;
	cursor.rest = qn_text_from(cursor.rest, digits);
	if (cursor.rest.len && cursor.rest.data[0] != ' ')
		return false;
	frame.place.has_pc = true;
	frame.name = cut_inlined(qn_text_trim(cut_frame_size(cursor.rest)));
	if (qn_text_equal(frame.name, QN_TEXT("(unknown)")) ||
	    qn_text_equal(frame.name, QN_TEXT("(not found)")))
		frame.name = QN_TEXT("");
	*ret = frame;
	return true;
}

bool qn_frame_line_read_file(struct qn_text text, struct qn_text *ret_file, uint32_t *ret_line)
{
	text = cut_inlined(qn_text_trim(text));
	return qn_source_place_read(text, ret_file, ret_line) &&
	       (qn_text_find_byte(*ret_file, '/') != SIZE_MAX ||
		qn_text_find_byte(*ret_file, '.') != SIZE_MAX);
}

/* Takes " (key...)" off the end; @ret is what stands between the brackets. */
static bool cut_bracket(struct qn_text *text, struct qn_text *ret)
{
	size_t at;

	if (!qn_text_ends(*text, QN_TEXT(")")))
		return false;
	at = qn_text_rfind(*text, QN_TEXT("("));
	if (at == SIZE_MAX || (at > 0 && text->data[at - 1] != ' '))
		return false;
	*ret = qn_text_first(qn_text_from(*text, at + 1), text->len - at - 2);
	*text = qn_text_trim(qn_text_first(*text, at));
	return true;
}

/* "... (/lib/x.so+0x12) (BuildId: 0123abcd)" */
static void cut_module(struct qn_text *text, struct qn_code_place *place)
{
	struct qn_text before = *text, inside;
	size_t plus;

	if (cut_bracket(text, &inside) && qn_text_starts(inside, QN_TEXT("BuildId: "))) {
		place->build_id = qn_text_from(inside, 9);
		before = *text;
		if (!cut_bracket(text, &inside))
			return;
	}
	plus = text->len == before.len ? SIZE_MAX : qn_text_rfind(inside, QN_TEXT("+0x"));
	if (plus == SIZE_MAX)
		*text = before;
	else
		place->module = qn_text_first(inside, plus);
}

/* "name(a, b) const /src/a.cpp:12:3" -> the name; the place goes to @place. */
static struct qn_text cut_source(struct qn_text text, struct qn_code_place *place)
{
	size_t blank = qn_text_rfind(text, QN_TEXT(" "));
	struct qn_text file;

	if (blank == SIZE_MAX)
		return text;
	file = qn_text_from(text, blank + 1);
	if (qn_text_equal(file, QN_TEXT("<null>")))
		return qn_text_trim(qn_text_first(text, blank));
	if (!qn_source_place_read(file, &place->file, &place->line)) {
		/* A file without a line: a path, or none at all. */
		if (file.len < 2 || file.data[0] != '/')
			return text;
		place->file = file;
	}
	return qn_text_trim(qn_text_first(text, blank));
}

bool qn_frame_line_read_sanitizer(struct qn_text text, struct qn_frame_line *ret)
{
	size_t in;

	*ret = (struct qn_frame_line){0};
	if (!qn_text_starts(text, QN_TEXT("#")))
		return false;
	text = qn_text_from(text, 1);
	if (!qn_take_number(&text, &ret->index) || !qn_text_starts(text, QN_TEXT(" ")))
		return false;
	text = qn_text_trim(text);
	if (qn_text_starts(text, QN_TEXT("0x"))) {
		ret->place.has_pc = qn_take_number(&text, &ret->place.pc);
		/* The address may be damaged ("0x7e2a%s in f"): the name behind " in " is what counts. */
		in = qn_text_find(text, QN_TEXT(" in "));
		text = qn_text_trim(in != SIZE_MAX && in < 20 ? qn_text_from(text, in + 4) : text);
	}
	cut_module(&text, &ret->place);
	ret->name = cut_source(text, &ret->place);
	if (qn_text_equal(ret->name, QN_TEXT("<null>")) || qn_text_starts(ret->name, QN_TEXT("0x")))
		ret->name = QN_TEXT("");
	return ret->name.len || ret->place.has_pc || ret->place.module.len;
}

void qn_frame_line_add_first(struct qn_sighting *sighting, const struct qn_frame_line *frame)
{
	struct qn_error *error = qn_sighting_add_frame(sighting, frame->name, &frame->place);

	sighting->is_cut |= error != NULL;
	qn_error_destroy(error);
}
