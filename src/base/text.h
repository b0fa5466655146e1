/* Bytes: borrowed ones (struct qn_text) and growing ones (struct qn_buffer).
 *
 * A qn_text need not end in NUL and may hold any byte. data may be NULL when len is 0.
 * A qn_buffer always ends in NUL (not counted). Its appends cannot be refused one by one: when memory runs
 * out the buffer remembers it, ignores further appends, and qn_buffer_check() returns the error. */
#ifndef QN_BASE_TEXT_H
#define QN_BASE_TEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

struct qn_text {
	const char *data;
	size_t len;
};

#define QN_TEXT(literal) ((struct qn_text){"" literal, sizeof(literal) - 1})
/* For printf: "%.*s", QN_ARG(text). What printf cannot count (over INT_MAX) is cut, and so is what follows a
 * NUL. */
#define QN_ARG(text) (int)((text).len < INT_MAX ? (text).len : INT_MAX), (text).data ? (text).data : ""

static inline struct qn_text qn_text_of(const char *string)
{
	return (struct qn_text){string, string ? strlen(string) : 0};
}

static inline bool qn_text_equal(struct qn_text a, struct qn_text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool qn_text_starts(struct qn_text text, struct qn_text prefix)
{
	return text.len >= prefix.len && (prefix.len == 0 || memcmp(text.data, prefix.data, prefix.len) == 0);
}

/* With one of @prefixes, which end with NULL? */
static inline bool qn_text_starts_any(struct qn_text text, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (qn_text_starts(text, qn_text_of(*prefixes)))
			return true;
	return false;
}

static inline bool qn_text_ends(struct qn_text text, struct qn_text suffix)
{
	return text.len >= suffix.len &&
	       (suffix.len == 0 || memcmp(text.data + text.len - suffix.len, suffix.data, suffix.len) == 0);
}

/* From @start (clamped) to the end; the first @len bytes (clamped). */
static inline struct qn_text qn_text_from(struct qn_text text, size_t start)
{
	if (start > text.len)
		start = text.len;
	return (struct qn_text){text.data ? text.data + start : NULL, text.len - start};
}

static inline struct qn_text qn_text_first(struct qn_text text, size_t len)
{
	return (struct qn_text){text.data, len < text.len ? len : text.len};
}

/* Offset of the first (last) @needle, or SIZE_MAX. */
size_t qn_text_find(struct qn_text text, struct qn_text needle);
size_t qn_text_rfind(struct qn_text text, struct qn_text needle);
size_t qn_text_find_byte(struct qn_text text, char byte);

static inline bool qn_text_contains(struct qn_text text, struct qn_text needle)
{
	return qn_text_find(text, needle) != SIZE_MAX;
}

int qn_text_compare(struct qn_text a, struct qn_text b); /* by bytes, for sorting */

/* Without blanks, tabs, CR and LF at both ends (at the right end only). */
struct qn_text qn_text_trim(struct qn_text text);
struct qn_text qn_text_trim_right(struct qn_text text);

/* Whole text as a number; false when it is not one or does not fit. Hex takes an optional 0x. */
bool qn_text_to_u64(struct qn_text text, uint64_t *ret);
bool qn_text_hex_to_u64(struct qn_text text, uint64_t *ret);

/* A NUL-terminated copy, the caller's to free(); NULL when memory ran out. */
char *qn_text_copy(struct qn_text text);

struct qn_buffer {
	char *data;
	size_t len;
	size_t capacity;
	bool is_failed;
};

void qn_buffer_deinit(struct qn_buffer *buffer);
void qn_buffer_clear(struct qn_buffer *buffer); /* keeps the memory */
void qn_buffer_append(struct qn_buffer *buffer, const void *data, size_t len);
void qn_buffer_append_byte(struct qn_buffer *buffer, char byte);
void qn_buffer_append_string(struct qn_buffer *buffer, const char *string);
void qn_buffer_append_text(struct qn_buffer *buffer, struct qn_text text);
void qn_buffer_printf(struct qn_buffer *buffer, const char *format, ...) QN_PRINTF(2, 3);
struct qn_error *qn_buffer_check(const struct qn_buffer *buffer) QN_MUST_CHECK;

/* Room for @extra more bytes at data + len; false when there is no memory. */
bool qn_buffer_reserve(struct qn_buffer *buffer, size_t extra);

static inline struct qn_text qn_buffer_text(const struct qn_buffer *buffer)
{
	return (struct qn_text){buffer->data, buffer->len};
}

/* Growth of a plain array: makes room for one more element behind *count.
 *	QN_TRY(qn_array_reserve(&list->items, &list->capacity, list->count + 1, sizeof(*list->items))); */
struct qn_error *qn_array_reserve_(void **items, size_t *capacity, size_t needed, size_t size) QN_MUST_CHECK;
#define qn_array_reserve(items, capacity, needed, size) \
	qn_array_reserve_((void **)(items), (capacity), (needed), (size))

#endif
