#include "support/test.h"

#include <stdalign.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/banned.h"

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {1, 3, 16, 17, 4096, 16384, 100000, 1, 0, 8};
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	char *pieces[sizeof(sizes) / sizeof(sizes[0])];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		pieces[i] = qn_arena_alloc(&arena, sizes[i]);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		assert_true(is_zero(pieces[i], sizes[i]));
		memset(pieces[i], 'a' + (int)i, sizes[i]);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(pieces[i][at], 'a' + (int)i);
	assert_no_error(qn_arena_check(&arena));
}

static void what_is_used_again_is_zeroed_again(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++) {
			char *piece = qn_arena_alloc(&arena, 1000);

			assert_true(is_zero(piece, 1000));
			memset(piece, 0xff, 1000);
		}
		assert_non_null(qn_arena_alloc(&arena, 1 << 20));
		qn_arena_clear(&arena);
	}
	assert_non_null(arena.chunks);
	qn_arena_deinit(&arena);
	assert_null(arena.chunks);
}

static void clearing_an_empty_arena_is_nothing(void **state)
{
	struct qn_arena arena = {0};

	(void)state;
	qn_arena_clear(&arena);
	assert_null(arena.chunks);
	qn_arena_deinit(&arena);
}

static void copies_end_in_nul(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_text copy = qn_arena_copy(&arena, (struct qn_text){"abc", 2});
	struct qn_text empty = qn_arena_copy(&arena, (struct qn_text){0});

	(void)state;
	assert_int_equal(copy.len, 2);
	assert_string_equal(copy.data, "ab");
	assert_int_equal(empty.len, 0);
	assert_string_equal(empty.data, "");
}

static void prints_texts_of_any_length(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_text text = qn_arena_printf(&arena, "%s-%d", "QN", 7);
	struct qn_text large = qn_arena_printf(&arena, "%040000d", 7);

	(void)state;
	assert_text(text, "QN-7");
	assert_int_equal(large.len, 40000);
	assert_int_equal(strlen(large.data), 40000);
}

static void remembers_that_memory_ran_out_until_it_is_cleared(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};

	(void)state;
	assert_null(qn_arena_alloc(&arena, SIZE_MAX));
	assert_error(qn_arena_check(&arena), QN_ERROR_NO_MEMORY, "out of memory");
	qn_arena_clear(&arena);
	assert_null(qn_arena_alloc(&arena, SIZE_MAX - 31));
	assert_error(qn_arena_check(&arena), QN_ERROR_NO_MEMORY, "out of memory");
	assert_non_null(qn_arena_alloc(&arena, 1));
	assert_error(qn_arena_check(&arena), QN_ERROR_NO_MEMORY, "out of memory");
	qn_arena_clear(&arena);
	assert_no_error(qn_arena_check(&arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(what_is_used_again_is_zeroed_again),
		cmocka_unit_test(clearing_an_empty_arena_is_nothing),
		cmocka_unit_test(copies_end_in_nul),
		cmocka_unit_test(prints_texts_of_any_length),
		cmocka_unit_test(remembers_that_memory_ran_out_until_it_is_cleared),
	};

	return QN_RUN("arena", tests);
}
