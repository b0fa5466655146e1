#include "record/escape.h"

#include "base/banned.h"

#define REPLACEMENT 0xfffdU

size_t qn_escape_find_quote(struct qn_text text, bool *ret_is_escaped)
{
	size_t at = 0, end = 0;
	bool has_end = false;

	*ret_is_escaped = false;
	while (at < text.len) {
		const char *backslash;

		/* The quote found before is still good unless a backslash took it: no byte is searched twice.
		 */
		if (!has_end || end < at) {
			const char *quote = memchr(text.data + at, '"', text.len - at);

			end = quote ? (size_t)(quote - text.data) : text.len;
			has_end = true;
		}
		backslash = memchr(text.data + at, '\\', end - at);
		if (!backslash)
			return end < text.len ? end : SIZE_MAX;
		*ret_is_escaped = true;
		at = (size_t)(backslash - text.data) + 2;
	}
	return SIZE_MAX;
}

/* uXXXX at the front of @text. */
static bool read_unicode(struct qn_text text, unsigned *ret)
{
	uint64_t value = 0;

	if (text.len < 5 || text.data[0] != 'u' || text.data[2] == 'x' || text.data[2] == 'X' ||
	    !qn_text_hex_to_u64(qn_text_first(qn_text_from(text, 1), 4), &value))
		return false;
	*ret = (unsigned)value;
	return true;
}

static size_t put_utf8(unsigned code, char *ret)
{
	if (code < 0x80) {
		ret[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		ret[0] = (char)(0xc0 | code >> 6);
		ret[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		ret[0] = (char)(0xe0 | code >> 12);
		ret[1] = (char)(0x80 | (code >> 6 & 0x3f));
		ret[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	ret[0] = (char)(0xf0 | code >> 18);
	ret[1] = (char)(0x80 | (code >> 12 & 0x3f));
	ret[2] = (char)(0x80 | (code >> 6 & 0x3f));
	ret[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* What follows a backslash at the front of @text. Returns the bytes taken, 0 when it is no escape. */
static size_t undo_one(struct qn_text text, char *ret, size_t *ret_len)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name;
	unsigned code, low;

	if (!text.len)
		return 0;
	name = text.data[0] ? strchr(names, text.data[0]) : NULL;
	if (name) {
		*ret = values[name - names];
		*ret_len = 1;
		return 1;
	}
	if (!read_unicode(text, &code))
		return 0;
	if (code >= 0xd800 && code < 0xdc00 && text.len > 5 && text.data[5] == '\\' &&
	    read_unicode(qn_text_from(text, 6), &low) && low >= 0xdc00 && low < 0xe000) {
		*ret_len = put_utf8(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), ret);
		return 11;
	}
	*ret_len = put_utf8(code >= 0xd800 && code < 0xe000 ? REPLACEMENT : code, ret);
	return 5;
}

size_t qn_escape_undo(struct qn_text text, char *ret)
{
	size_t at = 0, out = 0;

	while (at < text.len) {
		const char *backslash = memchr(text.data + at, '\\', text.len - at);
		size_t end = backslash ? (size_t)(backslash - text.data) : text.len, taken, len = 0;

		memmove(ret + out, text.data + at, end - at);
		out += end - at;
		at = end;
		if (!backslash)
			break;
		taken = undo_one(qn_text_from(text, at + 1), ret + out, &len);
		if (!taken) {
			ret[out] = '\\';
			len = 1;
		}
		out += len;
		at += 1 + taken;
	}
	return out;
}
