#include "support/test.h"

#include "base/cursor.h"
#include "base/banned.h"

static void an_empty_cursor_gives_nothing(void **state)
{
	struct qn_cursor cursor = qn_cursor_of((struct qn_text){0});
	struct qn_text text;
	uint64_t value;

	(void)state;
	assert_true(qn_cursor_at_end(&cursor));
	assert_int_equal(qn_cursor_peek(&cursor), '\0');
	assert_false(qn_cursor_take(&cursor, QN_TEXT("a")));
	assert_true(qn_cursor_take(&cursor, QN_TEXT("")));
	assert_false(qn_cursor_take_byte(&cursor, '\0'));
	assert_int_equal(qn_cursor_skip_blanks(&cursor), 0);
	assert_false(qn_cursor_take_digits(&cursor, 1, &value));
	assert_false(qn_cursor_take_until(&cursor, ']', &text));
	assert_false(qn_cursor_take_line(&cursor, &text));
}

static void reads_a_header_piece_by_piece(void **state)
{
	struct qn_cursor cursor = qn_cursor_of(QN_TEXT("[2024/03/07 \t[INFO]"));
	struct qn_text level;
	uint64_t value;

	(void)state;
	assert_true(qn_cursor_take_byte(&cursor, '['));
	assert_true(qn_cursor_take_digits(&cursor, 4, &value));
	assert_int_equal(value, 2024);
	assert_true(qn_cursor_take_byte(&cursor, '/'));
	assert_true(qn_cursor_take_digits(&cursor, 2, &value));
	assert_int_equal(value, 3);
	assert_true(qn_cursor_take(&cursor, QN_TEXT("/07")));
	assert_int_equal(qn_cursor_peek(&cursor), ' ');
	assert_int_equal(qn_cursor_skip_blanks(&cursor), 2);
	assert_true(qn_cursor_take_byte(&cursor, '['));
	assert_true(qn_cursor_take_until(&cursor, ']', &level));
	assert_text(level, "INFO");
	assert_true(qn_cursor_at_end(&cursor));
}

static void what_is_refused_is_not_taken(void **state)
{
	struct qn_cursor cursor = qn_cursor_of(QN_TEXT("12a"));
	struct qn_text text = QN_TEXT("unchanged");
	uint64_t value = 4711;

	(void)state;
	assert_false(qn_cursor_take_digits(&cursor, 3, &value));
	assert_false(qn_cursor_take_digits(&cursor, 4, &value));
	assert_false(qn_cursor_take_until(&cursor, ']', &text));
	assert_false(qn_cursor_take(&cursor, QN_TEXT("12b")));
	assert_false(qn_cursor_take_byte(&cursor, '2'));
	assert_int_equal(qn_cursor_skip_blanks(&cursor), 0);
	assert_int_equal(value, 4711);
	assert_text(text, "unchanged");
	assert_text(cursor.rest, "12a");
}

static void gives_every_line_also_the_last_and_the_empty_ones(void **state)
{
	static const char *const expected[] = {"one\r", "", "two", "\0three"};
	static const size_t lengths[] = {4, 0, 3, 6};
	struct qn_cursor cursor = qn_cursor_of(QN_TEXT("one\r\n\ntwo\n\0three"));
	struct qn_text line;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(qn_cursor_take_line(&cursor, &line));
		assert_int_equal(line.len, lengths[i]);
		assert_memory_equal(line.data, expected[i], lengths[i]);
	}
	assert_false(qn_cursor_take_line(&cursor, &line));
}

static void a_final_line_feed_makes_no_further_line(void **state)
{
	struct qn_cursor cursor = qn_cursor_of(QN_TEXT("\n"));
	struct qn_text line;

	(void)state;
	assert_true(qn_cursor_take_line(&cursor, &line));
	assert_int_equal(line.len, 0);
	assert_false(qn_cursor_take_line(&cursor, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_cursor_gives_nothing),
		cmocka_unit_test(reads_a_header_piece_by_piece),
		cmocka_unit_test(what_is_refused_is_not_taken),
		cmocka_unit_test(gives_every_line_also_the_last_and_the_empty_ones),
		cmocka_unit_test(a_final_line_feed_makes_no_further_line),
	};

	return QN_RUN("cursor", tests);
}
