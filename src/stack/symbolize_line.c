#include "stack/symbolize_line.h"

#include "stack/frame_line.h"
#include "base/banned.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Hexadecimal digits, with or without 0x, off the front. */
static bool take_hex(struct qn_text *text, uint64_t *ret)
{
	struct qn_text rest = *text;
	size_t len = 0;

	if (qn_text_starts(rest, QN_TEXT("0x")))
		rest = qn_text_from(rest, 2);
	while (len < rest.len && is_hex(rest.data[len]))
		len++;
	if (!len || len > 16 || !qn_text_hex_to_u64(qn_text_first(rest, len), ret))
		return false;
	*text = qn_text_from(rest, len);
	return true;
}

static struct qn_text between(const char *from, const char *to)
{
	return (struct qn_text){from, (size_t)(to - from)};
}

static const char *end_of(struct qn_text text)
{
	return text.data + text.len;
}

static bool looks_like_path(struct qn_text path)
{
	return path.len &&
	       (qn_text_find_byte(path, '/') != SIZE_MAX || qn_text_contains(path, QN_TEXT(".so")));
}

/* "PATH(NAME+0x1f) [0x7f12]", "PATH(+0x363b0) [0x7f12]", "PATH() [0x40]", "PATH [0x40]", "[0x40]"; without a
 * blank before the bracket, too */
static bool read_glibc(struct qn_text line, struct qn_address_line *ret)
{
	size_t bracket = qn_text_rfind(line, QN_TEXT("[0x")), open, plus, blank;
	struct qn_text number, text, inside;

	if (bracket == SIZE_MAX || !qn_text_ends(line, QN_TEXT("]")))
		return false;
	number = qn_text_first(qn_text_from(line, bracket + 1), line.len - bracket - 2);
	if (!qn_text_hex_to_u64(number, &ret->pc))
		return false;
	ret->has_pc = true;
	text = qn_text_trim_right(qn_text_first(line, bracket));
	open = qn_text_ends(text, QN_TEXT(")")) ? qn_text_find_byte(text, '(') : SIZE_MAX;
	/* "[bt] (3) ./bin() [0x40]": a bracket with a number in front */
	while (open != SIZE_MAX && (open == 0 || text.data[open - 1] == ' ')) {
		size_t next = qn_text_find_byte(qn_text_from(text, open + 1), '(');

		open = next == SIZE_MAX ? SIZE_MAX : open + 1 + next;
	}
	if (open == SIZE_MAX)
		open = text.len;
	blank = qn_text_rfind(qn_text_first(text, open), QN_TEXT(" "));
	ret->path = qn_text_from(qn_text_first(text, open), blank == SIZE_MAX ? 0 : blank + 1);
	if (!ret->path.len || (open == text.len && !looks_like_path(ret->path)))
		return false;
	ret->before = between(line.data, ret->path.data);
	ret->front = ret->path;
	ret->behind = qn_text_from(line, text.len);
	if (open == text.len)
		return true;
	inside = qn_text_from(text, open + 1);
	inside.len--;
	plus = qn_text_rfind(inside, QN_TEXT("+0x"));
	ret->name = qn_text_first(inside, plus == SIZE_MAX ? inside.len : plus);
	if (plus != SIZE_MAX)
		ret->has_offset = qn_text_hex_to_u64(qn_text_from(inside, plus + 1), &ret->offset);
	return true;
}

/* "@ 0x7f1203 NAME" */
static bool read_at(struct qn_text line, struct qn_address_line *ret)
{
	struct qn_frame_line frame;
	struct qn_text rest;
	size_t at = qn_text_find(line, QN_TEXT("@ "));

	if (at == SIZE_MAX || (at > 0 && line.data[at - 1] != ' ' && line.data[at - 1] != '\t') ||
	    !qn_frame_line_read_at(qn_text_from(line, at), &frame))
		return false;
	rest = qn_text_from(line, at + 1);
	while (rest.len && rest.data[0] == ' ')
		rest = qn_text_from(rest, 1);
	ret->before = qn_text_first(line, at);
	ret->has_pc = qn_text_starts(rest, QN_TEXT("0x"));
	ret->has_offset = ret->is_exact = !ret->has_pc;
	if (!take_hex(&rest, ret->has_pc ? &ret->pc : &ret->offset))
		return false;
	ret->front = between(line.data + at, rest.data);
	ret->name = frame.name;
	return true;
}

/* " 3# 0x00007F12 in /lib/x.so" */
static bool read_boost(struct qn_text line, struct qn_address_line *ret)
{
	struct qn_frame_line frame;
	struct qn_text rest;
	size_t mark = qn_text_find(line, QN_TEXT("# 0x")), start = mark;

	if (mark == SIZE_MAX || mark == 0)
		return false;
	while (start > 0 && is_digit(line.data[start - 1]))
		start--;
	if (start == mark || !qn_frame_line_read_boost(qn_text_from(line, start), &frame) ||
	    !frame.place.has_pc)
		return false;
	rest = qn_text_from(line, mark + 2);
	if (!take_hex(&rest, &ret->pc))
		return false;
	ret->before = qn_text_first(line, start);
	ret->front = between(line.data + start, rest.data);
	ret->has_pc = true;
	ret->path = frame.place.module;
	ret->name = frame.name;
	ret->is_whole = frame.place.file.len && frame.name.len;
	return true;
}

/* "(PATH+0x12)" */
static bool find_module_offset(struct qn_text text, struct qn_address_line *ret, const char **ret_open)
{
	for (size_t at; (at = qn_text_find(text, QN_TEXT("("))) != SIZE_MAX;
	     text = qn_text_from(text, at + 1)) {
		struct qn_text inside = qn_text_from(text, at + 1);
		size_t close = qn_text_find_byte(inside, ')'), plus;

		if (close == SIZE_MAX)
			return false;
		inside.len = close;
		plus = qn_text_rfind(inside, QN_TEXT("+0x"));
		if (plus == SIZE_MAX || plus == 0 ||
		    !qn_text_hex_to_u64(qn_text_from(inside, plus + 1), &ret->offset))
			continue;
		ret->path = qn_text_first(inside, plus);
		*ret_open = text.data + at;
		return true;
	}
	return false;
}

/* "#1 0x7f4 in f /src/a.cpp:12:3 (/lib/x.so+0x12) (BuildId: 0123)" */
static bool read_sanitizer(struct qn_text text, struct qn_address_line *ret)
{
	struct qn_frame_line frame;
	const char *open;

	if (!find_module_offset(text, ret, &open) || !qn_frame_line_read_sanitizer(text, &frame))
		return false;
	ret->has_offset = ret->is_exact = true;
	ret->name = frame.name;
	ret->build_id = frame.place.build_id;
	ret->is_whole = frame.name.len && frame.place.line;
	ret->behind = between(open, end_of(text));
	return true;
}

/* "#3  0x00007f12 in ?? () from /lib/x.so" */
static void read_gdb(struct qn_text rest, bool is_first, struct qn_address_line *ret)
{
	size_t from = qn_text_rfind(rest, QN_TEXT(" from /"));
	size_t args = qn_text_find(rest, QN_TEXT(" ("));

	ret->is_exact = is_first;
	ret->has_pc = true;
	if (from != SIZE_MAX)
		ret->path = qn_text_trim_right(qn_text_from(rest, from + 6));
	ret->name = qn_text_first(rest, args);
	if (qn_text_equal(ret->name, QN_TEXT("??")))
		ret->name = QN_TEXT("");
	ret->is_whole = ret->name.len && qn_text_contains(rest, QN_TEXT(" at "));
}

static bool read_numbered(struct qn_text line, struct qn_address_line *ret)
{
	size_t mark = qn_text_find(line, QN_TEXT("#"));
	struct qn_text text, rest;
	uint64_t number;

	while (mark != SIZE_MAX && (mark + 1 >= line.len || !is_digit(line.data[mark + 1]))) {
		size_t next = qn_text_find(qn_text_from(line, mark + 1), QN_TEXT("#"));

		mark = next == SIZE_MAX ? SIZE_MAX : mark + 1 + next;
	}
	if (mark == SIZE_MAX)
		return false;
	text = qn_text_from(line, mark);
	rest = qn_text_from(text, 1);
	if (!qn_take_number(&rest, &number) || !rest.len || rest.data[0] != ' ')
		return false;
	rest = qn_text_trim(rest);
	if (!qn_text_starts(rest, QN_TEXT("0x")) || !take_hex(&rest, &ret->pc))
		return false;
	ret->before = qn_text_first(line, mark);
	ret->front = between(text.data, rest.data);
	if (read_sanitizer(text, ret))
		return true;
	rest = qn_text_trim(rest);
	if (!qn_text_starts(rest, QN_TEXT("in ")))
		return false;
	ret->form = QN_ADDRESS_GDB;
	read_gdb(qn_text_from(rest, 3), number == 0, ret);
	return true;
}

/* "segfault at 20 ip 00007f12 sp 00007ffd error 4 in libx.so[7f0000+1000]"; newer ones tell the offset, too:
 * "in libx.so[12,7f0000+1000]" */
static bool read_kernel(struct qn_text line, struct qn_address_line *ret)
{
	size_t ip = qn_text_find(line, QN_TEXT(" ip ")), in = qn_text_rfind(line, QN_TEXT(" in ")), open;
	struct qn_text rest;
	uint64_t start, size;
	bool has_offset = false;

	if (ip == SIZE_MAX || in == SIZE_MAX || in < ip)
		return false;
	rest = qn_text_from(line, ip + 4);
	if (qn_text_starts(rest, QN_TEXT("0x")))
		return false;
	if (!take_hex(&rest, &ret->pc))
		return false;
	rest = qn_text_from(line, in + 4);
	open = qn_text_find_byte(rest, '[');
	if (open == SIZE_MAX || open == 0)
		return false;
	ret->path = qn_text_first(rest, open);
	rest = qn_text_from(rest, open + 1);
	if (!take_hex(&rest, &start))
		return false;
	if (qn_text_starts(rest, QN_TEXT(","))) {
		has_offset = true;
		ret->offset = start;
		rest = qn_text_from(rest, 1);
		if (!take_hex(&rest, &start))
			return false;
	}
	if (!qn_text_starts(rest, QN_TEXT("+")))
		return false;
	rest = qn_text_from(rest, 1);
	if (!take_hex(&rest, &size) || ret->pc < start || ret->pc - start >= size)
		return false;
	ret->is_exact = ret->has_offset = true;
	if (!has_offset) {
		ret->offset = ret->pc - start;
		ret->mapping_size = size;
	}
	return true;
}

/* "	/src/a.cpp:12 pc=0x7f12", "	pc=0x7f12", "PC=0x7f12 m=3 sigcode=1" */
static bool read_pc(struct qn_text line, struct qn_address_line *ret)
{
	size_t at = qn_text_find(line, QN_TEXT("pc=0x"));
	struct qn_code_place place;
	struct qn_text rest;

	if (at == SIZE_MAX) {
		at = qn_text_find(line, QN_TEXT("PC=0x"));
		ret->is_exact = true;
	}
	if (at == SIZE_MAX || (at > 0 && line.data[at - 1] != ' ' && line.data[at - 1] != '\t'))
		return false;
	rest = qn_text_from(line, at + 3);
	if (!take_hex(&rest, &ret->pc))
		return false;
	ret->has_pc = true;
	ret->is_whole = qn_code_place_read(qn_text_trim(line), &place) && place.line > 0;
	ret->front = between(line.data + at, rest.data);
	return true;
}

/* "libmilvus_core.so+0x1a2b3c" */
static bool read_plus(struct qn_text line, struct qn_address_line *ret)
{
	size_t plus = qn_text_find(line, QN_TEXT("+0x")), start = plus;
	struct qn_text rest;

	if (plus == SIZE_MAX)
		return false;
	while (start > 0 && !memchr(" \t(['\"=,", line.data[start - 1], 8))
		start--;
	ret->path = qn_text_first(qn_text_from(line, start), plus - start);
	rest = qn_text_from(line, plus + 1);
	if (!looks_like_path(ret->path) || !take_hex(&rest, &ret->offset))
		return false;
	if (rest.len &&
	    (rest.data[0] == '_' || rest.data[0] == '/')) /* "+0x125" of a name, not of a module */
		return false;
	ret->has_offset = true;
	return true;
}

bool qn_address_line_read(struct qn_text line, struct qn_address_line *ret)
{
	static const struct {
		bool (*read)(struct qn_text line, struct qn_address_line *ret);
		enum qn_address_form form;
	} forms[] = {
		{read_numbered, QN_ADDRESS_SANITIZER},
		{read_glibc, QN_ADDRESS_GLIBC},
		{read_at, QN_ADDRESS_AT},
		{read_boost, QN_ADDRESS_BOOST},
		{read_kernel, QN_ADDRESS_KERNEL},
		{read_pc, QN_ADDRESS_PC},
		{read_plus, QN_ADDRESS_PLUS},
	};

	line = qn_text_trim_right(line);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		*ret = (struct qn_address_line){.form = forms[i].form};
		if (forms[i].read(line, ret))
			return true;
	}
	return false;
}

/* 7f12ab000000-7f12ab021000 r-xp 00001000 08:01 1835  /usr/lib/libx.so */
bool qn_maps_line_read(struct qn_text line, struct qn_maps_line *ret)
{
	size_t slash;

	line = qn_text_trim(line);
	if (!take_hex(&line, &ret->start) || !qn_text_starts(line, QN_TEXT("-")))
		return false;
	line = qn_text_from(line, 1);
	if (!take_hex(&line, &ret->end) || ret->end <= ret->start || line.len < 7 || line.data[0] != ' ' ||
	    (line.data[1] != 'r' && line.data[1] != '-') || (line.data[3] != 'x' && line.data[3] != '-') ||
	    line.data[5] != ' ')
		return false;
	line = qn_text_from(line, 6);
	if (!take_hex(&line, &ret->offset))
		return false;
	slash = qn_text_find_byte(line, '/');
	ret->path = slash == SIZE_MAX ? (struct qn_text){0} : qn_text_from(line, slash);
	return ret->path.len > 0;
}
