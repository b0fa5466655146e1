/* Names of Rust functions that went through a demangler of C++: what C++ cannot spell stands between dollars.
 */
#include "stack/frame_name_cpp.h"

#include "base/banned.h"

static const struct {
	struct qn_text code;
	char is;
} codes[] = {
	{QN_TEXT("$LT$"), '<'}, {QN_TEXT("$GT$"), '>'}, {QN_TEXT("$RF$"), '&'}, {QN_TEXT("$BP$"), '*'},
	{QN_TEXT("$SP$"), '@'}, {QN_TEXT("$LP$"), '('}, {QN_TEXT("$RP$"), ')'}, {QN_TEXT("$C$"), ','},
};

/* "$u20$" */
static size_t read_number(struct qn_text left, char *ret)
{
	size_t end = qn_text_starts(left, QN_TEXT("$u")) ? qn_text_find_byte(qn_text_from(left, 2), '$')
							 : SIZE_MAX;
	uint64_t number;

	if (end == SIZE_MAX || end == 0 || end > 2 ||
	    !qn_text_hex_to_u64(qn_text_first(qn_text_from(left, 2), end), &number) || number < ' ' ||
	    number > '~')
		return 0;
	*ret = (char)number;
	return end + 3;
}

static size_t read_code(struct qn_text left, char *ret)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (!qn_text_starts(left, codes[i].code))
			continue;
		*ret = codes[i].is;
		return codes[i].code.len;
	}
	return read_number(left, ret);
}

static bool has_codes(struct qn_text name)
{
	char ignored;

	for (size_t at = 0; at < name.len; at++) {
		size_t next = qn_text_find_byte(qn_text_from(name, at), '$');

		if (next == SIZE_MAX)
			return false;
		at += next;
		if (read_code(qn_text_from(name, at), &ignored))
			return true;
	}
	return false;
}

struct qn_text qn_frame_name_decode_rust(struct qn_arena *arena, struct qn_text name)
{
	struct qn_text copy;
	char *data;
	size_t to = 0;

	if (!has_codes(name))
		return name;
	copy = qn_arena_copy(arena, name);
	data = (char *)copy.data;
	for (size_t i = 0; i < copy.len;) {
		struct qn_text left = qn_text_from(copy, i);
		char decoded;
		size_t used = read_code(left, &decoded);

		if (used) {
			if (to && data[to - 1] == '_' && (to == 1 || data[to - 2] == ':'))
				to--; /* no name begins with a dollar */
			data[to++] = decoded;
			i += used;
		} else if (qn_text_starts(left, QN_TEXT(".."))) {
			data[to++] = ':';
			data[to++] = ':';
			i += 2;
		} else {
			data[to++] = data[i++];
		}
	}
	copy.len = to;
	return copy;
}
