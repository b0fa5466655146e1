/* Reads bytes from the outside without ever leaving them. */
#ifndef QN_BASE_CURSOR_H
#define QN_BASE_CURSOR_H

#include <stdbool.h>

#include "base/text.h"

struct qn_cursor {
	struct qn_text rest;
};

static inline struct qn_cursor qn_cursor_of(struct qn_text text)
{
	return (struct qn_cursor){text};
}

static inline bool qn_cursor_at_end(const struct qn_cursor *cursor)
{
	return cursor->rest.len == 0;
}

/* The next byte, or '\0' at the end. */
static inline char qn_cursor_peek(const struct qn_cursor *cursor)
{
	return cursor->rest.len ? cursor->rest.data[0] : '\0';
}

/* Takes @expected if it is next. */
static inline bool qn_cursor_take(struct qn_cursor *cursor, struct qn_text expected)
{
	if (!qn_text_starts(cursor->rest, expected))
		return false;
	cursor->rest = qn_text_from(cursor->rest, expected.len);
	return true;
}

static inline bool qn_cursor_take_byte(struct qn_cursor *cursor, char byte)
{
	if (!cursor->rest.len || cursor->rest.data[0] != byte)
		return false;
	cursor->rest = qn_text_from(cursor->rest, 1);
	return true;
}

static inline size_t qn_cursor_skip_blanks(struct qn_cursor *cursor)
{
	size_t before = cursor->rest.len;

	while (cursor->rest.len && (cursor->rest.data[0] == ' ' || cursor->rest.data[0] == '\t'))
		cursor->rest = qn_text_from(cursor->rest, 1);
	return before - cursor->rest.len;
}

/* Exactly @count decimal digits. */
static inline bool qn_cursor_take_digits(struct qn_cursor *cursor, unsigned count, uint64_t *ret)
{
	uint64_t value;

	if (cursor->rest.len < count || !qn_text_to_u64(qn_text_first(cursor->rest, count), &value))
		return false;
	cursor->rest = qn_text_from(cursor->rest, count);
	*ret = value;
	return true;
}

/* Everything before @byte, which is taken too; false (nothing taken) when there is none. */
static inline bool qn_cursor_take_until(struct qn_cursor *cursor, char byte, struct qn_text *ret)
{
	size_t at = qn_text_find_byte(cursor->rest, byte);

	if (at == SIZE_MAX)
		return false;
	*ret = qn_text_first(cursor->rest, at);
	cursor->rest = qn_text_from(cursor->rest, at + 1);
	return true;
}

/* The next line without its LF (a CR before it stays); false at the end. */
static inline bool qn_cursor_take_line(struct qn_cursor *cursor, struct qn_text *ret)
{
	if (!cursor->rest.len)
		return false;
	if (!qn_cursor_take_until(cursor, '\n', ret)) {
		*ret = cursor->rest;
		cursor->rest = qn_text_from(cursor->rest, cursor->rest.len);
	}
	return true;
}

#endif
