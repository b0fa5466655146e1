#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

/* How often a byte stands in logs and names of functions, roughly: 3 everywhere, 0 hardly anywhere. */
static unsigned commonness(char byte)
{
	static const uint8_t table[256] = {
		['a' ... 'z'] = 3, ['0' ... '9'] = 3, [' '] = 2, ['_'] = 2,         [':'] = 2,
		['.'] = 2,         ['/'] = 2,         [','] = 2, ['A' ... 'Z'] = 1,
	};

	return table[(unsigned char)byte];
}

/* So many places that only looked like it, and the text is not what memchr() is good at. */
#define FALSE_PLACES_MAX 8U

/* memchr() runs ten times as fast as memmem(): from one of the needle's rarest byte to the next. False: @ret
 * is where memmem() must go on. */
static bool find_by_byte(struct qn_text text, struct qn_text needle, size_t rare, size_t *ret)
{
	const char *end = text.data + text.len - (needle.len - 1 - rare), *at = text.data + rare;

	for (unsigned i = 0; i < FALSE_PLACES_MAX; i++) {
		at = at < end ? memchr(at, needle.data[rare], (size_t)(end - at)) : NULL;
		if (!at || memcmp(at - rare, needle.data, needle.len) == 0) {
			*ret = at ? (size_t)(at - rare - text.data) : SIZE_MAX;
			return true;
		}
		at++;
	}
	*ret = (size_t)(at - rare - text.data);
	return false;
}

static size_t rarest_byte(struct qn_text needle)
{
	size_t rare = 0;

	for (size_t i = 1; i < needle.len && commonness(needle.data[rare]); i++)
		if (commonness(needle.data[i]) < commonness(needle.data[rare]))
			rare = i;
	return rare;
}

/* The byte of the needle beside @rare that tells most. */
static size_t second_rarest_byte(struct qn_text needle, size_t rare)
{
	size_t second = rare ? 0 : 1;

	for (size_t i = second + 1; i < needle.len; i++)
		if (i != rare && commonness(needle.data[i]) < commonness(needle.data[second]))
			second = i;
	return second;
}

typedef unsigned char bytes16 __attribute__((vector_size(16)));

static bytes16 load_bytes(const char *data)
{
	bytes16 ret;

	memcpy(&ret, data, sizeof(ret));
	return ret;
}

/* Where two bytes of the needle stand as they do in it, sixteen places at a time. False: @ret is where
 * memmem() must go on, for the rest is short, or too much only looks like the needle. */
static bool find_by_pair(struct qn_text text, struct qn_text needle, size_t rare, size_t *ret)
{
	size_t second = second_rarest_byte(needle, rare);
	bytes16 one = (bytes16){0} + (unsigned char)needle.data[rare];
	bytes16 other = (bytes16){0} + (unsigned char)needle.data[second];
	unsigned false_places = 0;

	for (; *ret + sizeof(bytes16) + needle.len <= text.len; *ret += sizeof(bytes16)) {
		const char *at = text.data + *ret;
		bytes16 found =
			(bytes16)((load_bytes(at + rare) == one) & (load_bytes(at + second) == other));
		uint64_t any[2];

		memcpy(any, &found, sizeof(found));
		for (size_t i = 0; (any[0] | any[1]) && i < sizeof(bytes16); i++) {
			if (!found[i])
				continue;
			if (memcmp(at + i, needle.data, needle.len) == 0) {
				*ret += i;
				return true;
			}
			if (++false_places == FALSE_PLACES_MAX)
				return false;
		}
	}
	return false;
}

size_t qn_text_find(struct qn_text text, struct qn_text needle)
{
	size_t rare, start = 0;
	const char *hit;

	if (needle.len == 0)
		return 0;
	if (text.len < needle.len)
		return SIZE_MAX;
	rare = rarest_byte(needle);
	if (commonness(needle.data[rare]) < 3 && find_by_byte(text, needle, rare, &start))
		return start;
	if (needle.len > 1 && find_by_pair(text, needle, rare, &start))
		return start;
	text = qn_text_from(text, start);
	hit = memmem(text.data, text.len, needle.data, needle.len);
	return hit ? start + (size_t)(hit - text.data) : SIZE_MAX;
}

size_t qn_text_rfind(struct qn_text text, struct qn_text needle)
{
	size_t rare;

	if (needle.len > text.len)
		return SIZE_MAX;
	if (!needle.len)
		return text.len;
	rare = rarest_byte(needle);
	for (size_t end = text.len - needle.len + rare + 1; end > rare;) {
		const char *at = memrchr(text.data + rare, needle.data[rare], end - rare);

		if (!at)
			break;
		if (memcmp(at - rare, needle.data, needle.len) == 0)
			return (size_t)(at - rare - text.data);
		end = (size_t)(at - text.data);
	}
	return SIZE_MAX;
}

size_t qn_text_find_byte(struct qn_text text, char byte)
{
	const char *hit = text.len ? memchr(text.data, byte, text.len) : NULL;

	return hit ? (size_t)(hit - text.data) : SIZE_MAX;
}

int qn_text_compare(struct qn_text a, struct qn_text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.data, b.data, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct qn_text qn_text_trim_right(struct qn_text text)
{
	while (text.len && is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

struct qn_text qn_text_trim(struct qn_text text)
{
	while (text.len && is_blank(text.data[0]))
		text = qn_text_from(text, 1);
	return qn_text_trim_right(text);
}

bool qn_text_to_u64(struct qn_text text, uint64_t *ret)
{
	uint64_t value = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned char)text.data[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

bool qn_text_hex_to_u64(struct qn_text text, uint64_t *ret)
{
	uint64_t value = 0;

	if (qn_text_starts(text, QN_TEXT("0x")) || qn_text_starts(text, QN_TEXT("0X")))
		text = qn_text_from(text, 2);
	if (text.len == 0 || text.len > 16)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (unsigned)((c | 0x20) - 'a') + 10;
		else
			return false;
		value = value << 4 | digit;
	}
	*ret = value;
	return true;
}

char *qn_text_copy(struct qn_text text)
{
	char *copy = malloc(text.len + 1);

	if (copy) {
		if (text.len)
			memcpy(copy, text.data, text.len);
		copy[text.len] = '\0';
	}
	return copy;
}

void qn_buffer_deinit(struct qn_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct qn_buffer){0};
}

void qn_buffer_clear(struct qn_buffer *buffer)
{
	buffer->len = 0;
	buffer->is_failed = false;
	if (buffer->data)
		buffer->data[0] = '\0';
}

bool qn_buffer_reserve(struct qn_buffer *buffer, size_t extra)
{
	size_t needed, capacity;
	char *data;

	if (buffer->is_failed)
		return false;
	if (__builtin_add_overflow(buffer->len, extra, &needed) || needed > SIZE_MAX / 2) {
		buffer->is_failed = true;
		return false;
	}
	needed++;
	if (needed <= buffer->capacity)
		return true;
	capacity = buffer->capacity ? buffer->capacity : 64;
	while (capacity < needed)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data) {
		buffer->is_failed = true;
		return false;
	}
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

void qn_buffer_append(struct qn_buffer *buffer, const void *data, size_t len)
{
	if (!qn_buffer_reserve(buffer, len))
		return;
	if (len)
		memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

void qn_buffer_append_byte(struct qn_buffer *buffer, char byte)
{
	qn_buffer_append(buffer, &byte, 1);
}

void qn_buffer_append_string(struct qn_buffer *buffer, const char *string)
{
	qn_buffer_append(buffer, string, strlen(string));
}

void qn_buffer_append_text(struct qn_buffer *buffer, struct qn_text text)
{
	qn_buffer_append(buffer, text.data, text.len);
}

void qn_buffer_printf(struct qn_buffer *buffer, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		buffer->is_failed = true;
	else if (qn_buffer_reserve(buffer, (size_t)length)) {
		vsnprintf(buffer->data + buffer->len, (size_t)length + 1, format, again);
		buffer->len += (size_t)length;
	}
	va_end(again);
}

struct qn_error *qn_buffer_check(const struct qn_buffer *buffer)
{
	return buffer->is_failed ? &qn_error_no_memory : NULL;
}

struct qn_error *qn_array_reserve_(void **items, size_t *capacity, size_t needed, size_t size)
{
	size_t wanted = *capacity ? *capacity : 8, bytes;
	void *grown;

	if (needed <= *capacity)
		return NULL;
	while (wanted < needed)
		if (__builtin_mul_overflow(wanted, 2, &wanted))
			return &qn_error_no_memory;
	if (__builtin_mul_overflow(wanted, size, &bytes))
		return &qn_error_no_memory;
	grown = realloc(*items, bytes);
	if (!grown)
		return &qn_error_no_memory;
	*items = grown;
	*capacity = wanted;
	return NULL;
}
