#include "signature/exception_type.h"

#include "base/banned.h"

/* How much at the beginning of @text is a mark of the build. */
static size_t mark_len(struct qn_text text)
{
	static const struct qn_text marks[] = {QN_TEXT("__cxx11::"), QN_TEXT("__1::"), QN_TEXT("_V2::"),
					       QN_TEXT("__ndk1::")};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (qn_text_starts(text, marks[i]))
			return marks[i].len;
	if (qn_text_starts(text, QN_TEXT("[abi:"))) {
		size_t end = qn_text_find_byte(text, ']');

		return end == SIZE_MAX ? 0 : end + 1;
	}
	return 0;
}

struct qn_text qn_exception_type(struct qn_arena *arena, struct qn_text type)
{
	struct qn_text copy = qn_arena_copy(arena, type);
	char *data = (char *)copy.data;
	size_t to = 0;

	if (!copy.len)
		return copy;
	for (size_t i = 0; i < type.len;) {
		bool is_part = i == 0 || data[to - 1] == ':' || type.data[i] == '[';
		size_t skipped = is_part ? mark_len(qn_text_from(type, i)) : 0;

		if (skipped)
			i += skipped;
		else
			data[to++] = type.data[i++];
	}
	return qn_text_first(copy, to);
}
