#include "stack/java_line.h"

#include "base/cursor.h"
#include "stack/frame_line.h"

#include "base/banned.h"

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_$./<>-@", c)) || (unsigned char)c >= 0x80;
}

bool qn_java_frame_read(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret)
{
	size_t open = 0, close;
	struct qn_text inside;

	*ret = (struct qn_code_place){0};
	if (!qn_text_starts(text, QN_TEXT("at ")))
		return false;
	text = qn_text_from(text, 3);
	while (open < text.len && is_name_byte(text.data[open]))
		open++;
	close = qn_text_find_byte(text, ')');
	if (open == 0 || open >= text.len || text.data[open] != '(' || close == SIZE_MAX || close < open)
		return false;
	*ret_name = qn_text_first(text, open);
	if (qn_text_find_byte(*ret_name, '.') == SIZE_MAX)
		return false;
	inside = qn_text_first(qn_text_from(text, open + 1), close - open - 1);
	text = qn_text_trim(qn_text_from(text, close + 1));
	if (text.len && text.data[0] != '[' && text.data[0] != '~')
		return false;
	/* jstack: "java.base@11.0.16/Native Method" */
	if (qn_text_ends(inside, QN_TEXT("/Native Method")) ||
	    qn_text_equal(inside, QN_TEXT("Native Method")) ||
	    qn_text_equal(inside, QN_TEXT("Unknown Source")) ||
	    qn_source_place_read(inside, &ret->file, &ret->line))
		return true;
	ret->file = inside;
	return qn_text_ends(inside, QN_TEXT(".java")) || qn_text_ends(inside, QN_TEXT(".scala")) ||
	       qn_text_ends(inside, QN_TEXT(".kt")) || qn_text_ends(inside, QN_TEXT(".groovy")) ||
	       qn_text_equal(inside, QN_TEXT("<generated>"));
}

/* "org.apache.pulsar.X$YException": at least one package in small letters, and a class */
static bool is_type(struct qn_text text)
{
	size_t dot = qn_text_rfind(text, QN_TEXT("."));
	struct qn_text class = qn_text_from(text, dot == SIZE_MAX ? 0 : dot + 1);

	for (size_t i = 0; i < text.len; i++)
		if (!is_name_byte(text.data[i]) || strchr("/<>@", text.data[i]))
			return false;
	return dot != SIZE_MAX && dot > 0 && class.len && class.data[0] >= 'A' && class.data[0] <= 'Z';
}

bool qn_java_exception_find(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message)
{
	static const struct qn_text ends[] = {QN_TEXT("Exception"), QN_TEXT("Error"), QN_TEXT("Throwable"),
					      QN_TEXT("Failure"), QN_TEXT("Timeout")};
	struct qn_cursor cursor = qn_cursor_of(text);

	while (!qn_cursor_at_end(&cursor)) {
		struct qn_text word;
		size_t len = 0;
		bool ends_like_one = false;

		while (cursor.rest.len && !is_name_byte(cursor.rest.data[0]))
			cursor.rest = qn_text_from(cursor.rest, 1);
		while (len < cursor.rest.len && is_name_byte(cursor.rest.data[len]))
			len++;
		word = qn_text_first(cursor.rest, len);
		cursor.rest = qn_text_from(cursor.rest, len);
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
			ends_like_one |= qn_text_ends(word, ends[i]);
		if (!ends_like_one || !is_type(word) ||
		    (cursor.rest.len && !qn_text_starts(cursor.rest, QN_TEXT(":"))))
			continue;
		*ret_type = word;
		*ret_message = qn_text_trim(qn_text_from(cursor.rest, 1));
		return true;
	}
	return false;
}

bool qn_java_bare_exception_read(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message)
{
	size_t len = 0;

	text = qn_text_trim(text);
	while (len < text.len && is_name_byte(text.data[len]))
		len++;
	*ret_type = qn_text_first(text, len);
	if (len == 0 || text.data[0] < 'A' || text.data[0] > 'Z' ||
	    (len < text.len && !qn_text_starts(qn_text_from(text, len), QN_TEXT(": "))) ||
	    (!qn_text_ends(*ret_type, QN_TEXT("Exception")) && !qn_text_ends(*ret_type, QN_TEXT("Error"))))
		return false;
	*ret_message = qn_text_trim(qn_text_from(text, len < text.len ? len + 1 : len));
	return true;
}

void qn_java_exception_read(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message)
{
	size_t colon = qn_text_find(text, QN_TEXT(": "));

	*ret_type = qn_text_trim(qn_text_first(text, colon));
	*ret_message = qn_text_trim(qn_text_from(text, colon == SIZE_MAX ? text.len : colon + 2));
	if (is_type(*ret_type))
		return;
	*ret_type = QN_TEXT("");
	*ret_message = qn_text_trim(text);
}
