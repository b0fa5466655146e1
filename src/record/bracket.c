#include "record/bracket.h"

#include "record/escape.h"
#include "base/banned.h"

/* @raw without its escapes. Borrowed when there are none. */
static struct qn_text decode(struct qn_arena *arena, struct qn_text raw, bool is_escaped)
{
	char *copy;

	if (!is_escaped)
		return raw;
	copy = qn_arena_alloc(arena, raw.len + 1);
	if (!copy)
		return raw;
	return (struct qn_text){copy, qn_escape_undo(raw, copy)};
}

/* Is a quote with @rest behind it the closing one? Behind it comes the bracket, or '=' behind a key, or the
 * line ends. A chat loses backslashes, so that a quote with something else behind it is text. */
static bool is_closing(struct qn_text rest, char also)
{
	return !rest.len || rest.data[0] == ']' || (also && rest.data[0] == also);
}

/* quoted \"text\"" : what follows the opening quote. Cut off by the end of the line, it is what is there. */
static struct qn_text take_quoted(struct qn_arena *arena, struct qn_cursor *cursor, char also)
{
	struct qn_text all = cursor->rest;
	bool is_escaped = false, is_escaped_here;
	size_t end = 0;

	for (;;) {
		size_t quote = qn_escape_find_quote(qn_text_from(all, end), &is_escaped_here);

		is_escaped |= is_escaped_here;
		if (quote == SIZE_MAX) {
			cursor->rest = qn_text_from(all, all.len);
			return decode(arena, all, is_escaped);
		}
		end += quote + 1;
		if (is_closing(qn_text_from(all, end), also))
			break;
	}
	cursor->rest = qn_text_from(all, end);
	return decode(arena, qn_text_first(all, end - 1), is_escaped);
}

/* Unquoted text up to its ']': the first that has a blank or nothing behind it (a proper writer quotes a
 * ']'). */
static struct qn_text take_bare(struct qn_cursor *cursor)
{
	struct qn_text all = cursor->rest;
	size_t first = SIZE_MAX;

	for (size_t at = 0; at < all.len; at++) {
		const char *bracket = memchr(all.data + at, ']', all.len - at);

		if (!bracket)
			break;
		at = (size_t)(bracket - all.data);
		if (first == SIZE_MAX)
			first = at;
		if (at + 1 == all.len || all.data[at + 1] == ' ' || all.data[at + 1] == '\t') {
			first = at;
			break;
		}
	}
	if (first == SIZE_MAX)
		first = all.len;
	cursor->rest = qn_text_from(all, first);
	return qn_text_first(all, first);
}

bool qn_bracket_take(struct qn_arena *arena, struct qn_cursor *cursor, struct qn_bracket *ret)
{
	struct qn_cursor at = *cursor;

	qn_cursor_skip_blanks(&at);
	if (!qn_cursor_take_byte(&at, '['))
		return false;
	*ret = (struct qn_bracket){0};
	if (qn_cursor_take_byte(&at, '"')) {
		ret->key = take_quoted(arena, &at, '=');
		if (qn_cursor_take_byte(&at, '='))
			ret->value = qn_cursor_take_byte(&at, '"') ? take_quoted(arena, &at, '\0')
								   : take_bare(&at);
	} else {
		size_t length = 0;

		while (length < at.rest.len && at.rest.data[length] != '=' && at.rest.data[length] != ']')
			length++;
		ret->key = qn_text_first(at.rest, length);
		at.rest = qn_text_from(at.rest, length);
		if (qn_cursor_take_byte(&at, '='))
			ret->value = qn_cursor_take_byte(&at, '"') ? take_quoted(arena, &at, '\0')
								   : take_bare(&at);
	}
	qn_cursor_take_byte(&at, ']');
	*cursor = at;
	return true;
}
