#include "stack/python_line.h"

#include "base/cursor.h"
#include "stack/frame_line.h"

#include "base/banned.h"

bool qn_python_frame_read(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	uint64_t line;

	*ret = (struct qn_code_place){0};
	*ret_name = QN_TEXT("");
	if (!qn_cursor_take(&cursor, QN_TEXT("File \"")) || !qn_cursor_take_until(&cursor, '"', &ret->file) ||
	    !qn_cursor_take(&cursor, QN_TEXT(", line ")) || !qn_take_number(&cursor.rest, &line) ||
	    line > UINT32_MAX)
		return false;
	ret->line = (uint32_t)line;
	if (qn_cursor_take(&cursor, QN_TEXT(", in ")))
		*ret_name = qn_text_trim(cursor.rest);
	return true;
}

/* Levels of logs, which other writers begin their lines with, and words in small letters. */
static bool is_class(struct qn_text type)
{
	static const char *const levels[] = {"INFO",  "WARN",     "WARNING", "ERROR",
					     "DEBUG", "CRITICAL", "FATAL",   "TRACE"};
	size_t dot = qn_text_rfind(type, QN_TEXT("."));

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (qn_text_equal(type, qn_text_of(levels[i])))
			return false;
	return (dot != SIZE_MAX && dot > 0 && dot + 1 < type.len) || type.data[0] == '_' ||
	       (type.data[0] >= 'A' && type.data[0] <= 'Z') || (unsigned char)type.data[0] >= 0x80;
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '.' || (unsigned char)c >= 0x80;
}

bool qn_python_exception_read(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message)
{
	size_t len = 0;

	while (len < text.len && is_word_byte(text.data[len]))
		len++;
	if (len == 0 || (text.data[0] >= '0' && text.data[0] <= '9') ||
	    (len < text.len && !qn_text_starts(qn_text_from(text, len), QN_TEXT(":"))))
		return false;
	*ret_type = qn_text_first(text, len);
	*ret_message = qn_text_trim(qn_text_from(text, len < text.len ? len + 1 : len));
	return is_class(*ret_type);
}

/* "MilvusClient.__init__(self, uri, **kwargs)", "f.<locals>.handler(*args)", "<cell line: 3>()": as a
 * traceback of Python itself names it */
static struct qn_text plain_name(struct qn_text text)
{
	size_t dot;

	text = qn_text_trim(qn_text_first(text, qn_text_find_byte(text, '(')));
	if (qn_text_starts(text, QN_TEXT("<cell line")))
		return QN_TEXT("<module>");
	dot = qn_text_rfind(text, QN_TEXT("."));
	return dot == SIZE_MAX ? text : qn_text_from(text, dot + 1);
}

/* "Cell In[12], line 3", "Input In [12], in <cell line: 3>()" */
static bool read_cell(struct qn_cursor cursor, struct qn_text *ret_name, struct qn_code_place *ret)
{
	struct qn_text number, line_word = QN_TEXT("line ");
	uint64_t line;
	size_t at;

	(void)qn_cursor_skip_blanks(&cursor);
	if (!qn_cursor_take_byte(&cursor, '[') || !qn_cursor_take_until(&cursor, ']', &number))
		return false;
	*ret_name = QN_TEXT("<module>");
	ret->file = QN_TEXT("<cell>");
	at = qn_text_find(cursor.rest, QN_TEXT("line: "));
	if (at == SIZE_MAX)
		at = qn_text_find(cursor.rest, line_word);
	else
		at++; /* of the same length as line_word from there on */
	if (at == SIZE_MAX)
		return true;
	cursor.rest = qn_text_from(cursor.rest, at + line_word.len);
	if (qn_take_number(&cursor.rest, &line) && line <= UINT32_MAX)
		ret->line = (uint32_t)line;
	return true;
}

bool qn_python_cell_frame_read(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	size_t in = qn_text_find(text, QN_TEXT(" in "));
	struct qn_text place;

	*ret = (struct qn_code_place){0};
	if (qn_cursor_take(&cursor, QN_TEXT("Cell In")) || qn_cursor_take(&cursor, QN_TEXT("Input In")))
		return read_cell(cursor, ret_name, ret);
	(void)qn_cursor_take(&cursor, QN_TEXT("File "));
	if (in == SIZE_MAX || in < text.len - cursor.rest.len)
		return false;
	*ret_name = plain_name(qn_text_from(text, in + 4));
	place = qn_text_trim(qn_text_first(cursor.rest, in - (text.len - cursor.rest.len)));
	if (qn_text_ends(place, QN_TEXT(",")))
		place.len--;
	if (qn_text_starts(place, QN_TEXT("<ipython-input-")))
		ret->file = QN_TEXT("<cell>");
	else if (!qn_source_place_read(place, &ret->file, &ret->line))
		ret->file = place;
	return ret_name->len &&
	       (qn_text_ends(ret->file, QN_TEXT(".py")) || qn_text_ends(ret->file, QN_TEXT(".pyx")) ||
		qn_text_equal(ret->file, QN_TEXT("<cell>")));
}

bool qn_python_arrow_read(struct qn_text text, uint32_t *ret_line)
{
	size_t dashes = 0;
	uint64_t line;

	while (dashes < text.len && text.data[dashes] == '-')
		dashes++;
	if (dashes < 2 || dashes + 2 > text.len || text.data[dashes] != '>')
		return false;
	text = qn_text_trim(qn_text_from(text, dashes + 1));
	if (!qn_take_number(&text, &line) || line > UINT32_MAX)
		return false;
	*ret_line = (uint32_t)line;
	return true;
}
