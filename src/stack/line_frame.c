#include "stack/line_frame.h"

#include "base/banned.h"

/* "a.cpp:12" -> "a.cpp" and 12 */
static bool cut_number(struct qn_text *text, uint64_t *ret)
{
	size_t at = qn_text_rfind(*text, QN_TEXT(":"));

	if (at == SIZE_MAX || at == 0 || !qn_text_to_u64(qn_text_from(*text, at + 1), ret) ||
	    *ret > UINT32_MAX)
		return false;
	*text = qn_text_first(*text, at);
	return true;
}

bool qn_line_frame_read_source(struct qn_text text, struct qn_text *ret_file, uint32_t *ret_line)
{
	uint64_t last, first;

	if (!cut_number(&text, &last))
		return false;
	if (cut_number(&text, &first))
		last = first;
	*ret_file = text;
	*ret_line = (uint32_t)last;
	return text.len > 0;
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
	if (!qn_line_frame_read_source(file, &place->file, &place->line)) {
		/* A file without a line: a path, or none at all. */
		if (file.len < 2 || file.data[0] != '/')
			return text;
		place->file = file;
	}
	return qn_text_trim(qn_text_first(text, blank));
}

bool qn_line_frame_read(struct qn_text text, struct qn_line_frame *ret)
{
	size_t in;

	*ret = (struct qn_line_frame){0};
	if (!qn_text_starts(text, QN_TEXT("#")))
		return false;
	text = qn_text_from(text, 1);
	if (!qn_take_number(&text, &ret->number) || !qn_text_starts(text, QN_TEXT(" ")))
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
