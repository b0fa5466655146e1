/* Names of functions from any bytes, a line each. Seeds: testdata/fuzz/names. */
#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "stack/frame_name.h"

#include "base/banned.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void read_name(struct qn_text name, struct qn_text file)
{
	struct qn_arena arena = {0};
	struct qn_frame_name ret, again;
	struct qn_text shorter = qn_frame_name_without_values(&arena, name, file);

	qn_frame_name_read(&arena, name, file, &ret);
	check(ret.key.len <= 4 * (size_t)QN_DEMANGLED_BYTES_MAX + 64);
	check(ret.function.len <= 4 * (size_t)QN_DEMANGLED_BYTES_MAX + 64);
	/* Without the values of its arguments it is the same function. */
	qn_frame_name_read(&arena, shorter, file, &again);
	check(qn_text_equal(ret.key, again.key) && qn_text_equal(ret.function, again.function) &&
	      qn_text_equal(ret.lookup, again.lookup) && ret.is_go == again.is_go &&
	      ret.is_inlined == again.is_inlined);
	qn_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qn_cursor cursor = qn_cursor_of((struct qn_text){(const char *)data, size});
	struct qn_text name;

	while (qn_cursor_take_line(&cursor, &name)) {
		read_name(name, QN_TEXT(""));
		read_name(name, QN_TEXT("a/b.go"));
		read_name(name, QN_TEXT("a/b.cpp"));
	}
	return 0;
}
