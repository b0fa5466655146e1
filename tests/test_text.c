#include "support/test.h"

#include "base/cleanup.h"
#include "base/banned.h"

/* A text without a single byte behind it, not even a NUL: reading past it is seen by the sanitizer. */
static struct qn_text exact(struct qn_text text, char **ret)
{
	*ret = malloc(text.len ? text.len : 1);
	assert_non_null(*ret);
	if (text.len)
		memcpy(*ret, text.data, text.len);
	return (struct qn_text){*ret, text.len};
}

static void finds_the_first_and_the_last(void **state)
{
	static const struct {
		struct qn_text text, needle;
		size_t first, last;
	} cases[] = {
		{{"abcabc", 6}, {"bc", 2}, 1, 4},
		{{"abcabc", 6}, {"abcabc", 6}, 0, 0},
		{{"abcabc", 6}, {"abcabcd", 7}, SIZE_MAX, SIZE_MAX},
		{{"abcabc", 6}, {"x", 1}, SIZE_MAX, SIZE_MAX},
		{{"abc", 3}, {"", 0}, 0, 3},
		{{NULL, 0}, {"", 0}, 0, 0},
		{{NULL, 0}, {NULL, 0}, 0, 0},
		{{NULL, 0}, {"a", 1}, SIZE_MAX, SIZE_MAX},
		{{"a\0b\0b", 5}, {"\0b", 2}, 1, 3},
		{{"aaaa", 4}, {"aa", 2}, 0, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *owned = NULL;
		struct qn_text text = exact(cases[i].text, &owned);

		assert_int_equal(qn_text_find(text, cases[i].needle), cases[i].first);
		assert_int_equal(qn_text_rfind(text, cases[i].needle), cases[i].last);
		assert_int_equal(qn_text_contains(text, cases[i].needle), cases[i].first != SIZE_MAX);
	}
	assert_int_equal(qn_text_find_byte(QN_TEXT("a\0b"), '\0'), 1);
	assert_int_equal(qn_text_find_byte(QN_TEXT("ab"), 'c'), SIZE_MAX);
	assert_int_equal(qn_text_find_byte((struct qn_text){0}, 'c'), SIZE_MAX);
}

static void knows_how_a_text_starts_and_ends(void **state)
{
	(void)state;
	assert_true(qn_text_starts(QN_TEXT("goroutine 1"), QN_TEXT("goroutine ")));
	assert_false(qn_text_starts(QN_TEXT("goro"), QN_TEXT("goroutine ")));
	assert_true(qn_text_starts((struct qn_text){0}, (struct qn_text){0}));
	assert_true(qn_text_starts_any(QN_TEXT("goroutine 1"),
				       (const char *const[]){"panic: ", "goroutine ", NULL}));
	assert_false(
		qn_text_starts_any(QN_TEXT("gorout"), (const char *const[]){"panic: ", "goroutine ", NULL}));
	assert_false(qn_text_starts_any(QN_TEXT("goroutine 1"), (const char *const[]){NULL}));
	assert_true(qn_text_ends(QN_TEXT("a.log"), QN_TEXT(".log")));
	assert_false(qn_text_ends(QN_TEXT("log"), QN_TEXT(".log")));
	assert_true(qn_text_ends((struct qn_text){0}, QN_TEXT("")));
	assert_true(qn_text_equal((struct qn_text){0}, QN_TEXT("")));
	assert_false(qn_text_equal(QN_TEXT("ab"), QN_TEXT("ac")));
	assert_false(qn_text_equal(QN_TEXT("ab"), QN_TEXT("a")));
}

static void pieces_are_clamped_to_the_text(void **state)
{
	struct qn_text text = QN_TEXT("abc");

	(void)state;
	assert_text(qn_text_from(text, 1), "bc");
	assert_text(qn_text_from(text, 3), "");
	assert_text(qn_text_from(text, 99), "");
	assert_text(qn_text_first(text, 2), "ab");
	assert_text(qn_text_first(text, 99), "abc");
	assert_null(qn_text_from((struct qn_text){0}, 5).data);
	assert_null(qn_text_of(NULL).data);
	assert_int_equal(qn_text_of(NULL).len, 0);
}

static void compares_by_bytes_then_by_length(void **state)
{
	(void)state;
	assert_true(qn_text_compare(QN_TEXT("a"), QN_TEXT("b")) < 0);
	assert_true(qn_text_compare(QN_TEXT("b"), QN_TEXT("a")) > 0);
	assert_true(qn_text_compare(QN_TEXT("a"), QN_TEXT("aa")) < 0);
	assert_true(qn_text_compare(QN_TEXT("aa"), QN_TEXT("a")) > 0);
	assert_true(qn_text_compare(QN_TEXT("\x80"), QN_TEXT("a")) > 0);
	assert_int_equal(qn_text_compare((struct qn_text){0}, QN_TEXT("")), 0);
	assert_int_equal(qn_text_compare(QN_TEXT("same"), QN_TEXT("same")), 0);
}

static void trims_blanks_tabs_and_line_ends(void **state)
{
	(void)state;
	assert_text(qn_text_trim(QN_TEXT(" \t\r\n a b \r\n")), "a b");
	assert_text(qn_text_trim_right(QN_TEXT(" a\r\n")), " a");
	assert_text(qn_text_trim(QN_TEXT(" \t ")), "");
	assert_text(qn_text_trim((struct qn_text){0}), "");
	assert_text(qn_text_trim(QN_TEXT("\v")), "\v");
}

static void reads_whole_decimal_numbers_only(void **state)
{
	static const struct {
		const char *text;
		bool is_number;
		uint64_t value;
	} cases[] = {
		{"0", true, 0},
		{"007", true, 7},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"99999999999999999999999", false, 0},
		{"", false, 0},
		{"-1", false, 0},
		{"+1", false, 0},
		{"1 ", false, 0},
		{" 1", false, 0},
		{"1a", false, 0},
		{"/", false, 0},
		{":", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 4711;

		assert_int_equal(qn_text_to_u64(qn_text_of(cases[i].text), &value), cases[i].is_number);
		assert_int_equal(value, cases[i].is_number ? cases[i].value : 4711);
	}
}

static void reads_whole_hex_numbers_only(void **state)
{
	static const struct {
		const char *text;
		bool is_number;
		uint64_t value;
	} cases[] = {
		{"0x7f", true, 0x7f},
		{"0XaF", true, 0xaf},
		{"DEADBEEF", true, 0xdeadbeef},
		{"ffffffffffffffff", true, UINT64_MAX},
		{"0xffffffffffffffff", true, UINT64_MAX},
		{"10000000000000000", false, 0},
		{"00000000000000001", false, 0},
		{"0x", false, 0},
		{"", false, 0},
		{"g", false, 0},
		{"0x1 ", false, 0},
		{"@", false, 0},
		{"`", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 4711;

		assert_int_equal(qn_text_hex_to_u64(qn_text_of(cases[i].text), &value), cases[i].is_number);
		assert_int_equal(value, cases[i].is_number ? cases[i].value : 4711);
	}
}

static void a_copy_ends_in_nul(void **state)
{
	_cleanup_free_ char *copy = qn_text_copy((struct qn_text){"abc", 2});
	_cleanup_free_ char *nothing = qn_text_copy((struct qn_text){0});

	(void)state;
	assert_string_equal(copy, "ab");
	assert_string_equal(nothing, "");
}

static void a_buffer_grows_and_always_ends_in_nul(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer buffer = {0};

	(void)state;
	qn_buffer_append(&buffer, NULL, 0);
	assert_string_equal(buffer.data, "");
	for (int i = 0; i < 1000; i++) {
		qn_buffer_append_byte(&buffer, 'a');
		assert_int_equal(buffer.data[buffer.len], '\0');
	}
	assert_int_equal(buffer.len, 1000);
	qn_buffer_clear(&buffer);
	assert_string_equal(buffer.data, "");
	qn_buffer_append_string(&buffer, "one ");
	qn_buffer_append_text(&buffer, QN_TEXT("two "));
	qn_buffer_printf(&buffer, "%s %d%c", "three", 4, '!');
	assert_text(qn_buffer_text(&buffer), "one two three 4!");
	assert_no_error(qn_buffer_check(&buffer));
}

static void a_buffer_prints_more_than_it_has_room_for(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer buffer = {0};

	(void)state;
	qn_buffer_printf(&buffer, "%0500d", 7);
	qn_buffer_printf(&buffer, "%0500d", 8);
	assert_int_equal(buffer.len, 1000);
	assert_int_equal(strlen(buffer.data), 1000);
	assert_int_equal(buffer.data[499], '7');
	assert_int_equal(buffer.data[999], '8');
}

static void a_buffer_remembers_that_memory_ran_out(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer buffer = {0};

	(void)state;
	qn_buffer_append_string(&buffer, "kept");
	assert_false(qn_buffer_reserve(&buffer, SIZE_MAX));
	qn_buffer_append_string(&buffer, " ignored");
	qn_buffer_printf(&buffer, " %s", "ignored");
	assert_text(qn_buffer_text(&buffer), "kept");
	assert_error(qn_buffer_check(&buffer), QN_ERROR_NO_MEMORY, "out of memory");
	qn_buffer_clear(&buffer);
	assert_no_error(qn_buffer_check(&buffer));
}

static void an_empty_buffer_is_cleared_and_given_back(void **state)
{
	struct qn_buffer buffer = {0};

	(void)state;
	qn_buffer_clear(&buffer);
	qn_buffer_deinit(&buffer);
	assert_null(buffer.data);
}

static void an_array_doubles_and_refuses_what_cannot_be(void **state)
{
	_cleanup_free_ uint64_t *items = NULL;
	size_t capacity = 0;

	(void)state;
	assert_no_error(qn_array_reserve(&items, &capacity, 1, sizeof(*items)));
	assert_int_equal(capacity, 8);
	items[7] = 1;
	assert_no_error(qn_array_reserve(&items, &capacity, 8, sizeof(*items)));
	assert_int_equal(capacity, 8);
	assert_no_error(qn_array_reserve(&items, &capacity, 9, sizeof(*items)));
	assert_int_equal(capacity, 16);
	assert_int_equal(items[7], 1);
	assert_error(qn_array_reserve(&items, &capacity, SIZE_MAX, sizeof(*items)), QN_ERROR_NO_MEMORY,
		     "out of memory");
	assert_error(qn_array_reserve(&items, &capacity, SIZE_MAX / 4, sizeof(*items)), QN_ERROR_NO_MEMORY,
		     "out of memory");
	assert_int_equal(capacity, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_and_the_last),
		cmocka_unit_test(knows_how_a_text_starts_and_ends),
		cmocka_unit_test(pieces_are_clamped_to_the_text),
		cmocka_unit_test(compares_by_bytes_then_by_length),
		cmocka_unit_test(trims_blanks_tabs_and_line_ends),
		cmocka_unit_test(reads_whole_decimal_numbers_only),
		cmocka_unit_test(reads_whole_hex_numbers_only),
		cmocka_unit_test(a_copy_ends_in_nul),
		cmocka_unit_test(a_buffer_grows_and_always_ends_in_nul),
		cmocka_unit_test(a_buffer_prints_more_than_it_has_room_for),
		cmocka_unit_test(a_buffer_remembers_that_memory_ran_out),
		cmocka_unit_test(an_empty_buffer_is_cleared_and_given_back),
		cmocka_unit_test(an_array_doubles_and_refuses_what_cannot_be),
	};

	return QN_RUN("text", tests);
}
