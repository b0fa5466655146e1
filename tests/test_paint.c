#include "report/paint.h"
#include "base/cleanup.h"
#include "support/test.h"
#include "base/banned.h"

static void cuts_text_at_the_width_and_marks_it(void **state)
{
	static const struct {
		const char *text, *expected;
		unsigned width;
	} cases[] = {
		{"short", "short\n", 10},
		{"exactly 10", "exactly 10\n", 10},
		{"more than 10", "more than…\n", 10},
		{"段段段段", "段段段段\n", 8},
		{"段段段段", "段段段…\n", 7},
		{"e\xcc\x81"
		 "e\xcc\x81",
		 "e\xcc\x81"
		 "e\xcc\x81\n",
		 2},
		{"a", "a\n", 1},
		{"ab", "…\n", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_buffer out = {0};
		struct qn_paint paint = {.out = &out, .width = cases[i].width};

		qn_paint_string(&paint, QN_INK_PLAIN, cases[i].text);
		qn_paint_string(&paint, QN_INK_PLAIN, "");
		qn_paint_newline(&paint);
		assert_string_equal(out.data, cases[i].expected);
		qn_buffer_deinit(&out);
	}
}

static void nothing_from_a_log_steers_the_terminal(void **state)
{
	static const struct {
		struct qn_text text;
		const char *expected;
	} cases[] = {
		{{"\x1b[31mred", 8}, "\\x1b[31mred"},
		{{"a\nb\tc\rd", 7}, "a b c d"},
		{{"nul\0x", 5}, "nul\\x00x"},
		{{"\x7f", 1}, "\\x7f"},
		{{"\xc2\x9b"
		  "31m",
		  5},
		 "\\x9b31m"}, /* CSI as one character */
		{{"\xe2\x80\xae"
		  "evil",
		  7},
		 "\xef\xbf\xbd"
		 "evil"},                              /* right to left */
		{{"\xe2\x80\x8b", 3}, "\xef\xbf\xbd"}, /* no width */
		{{"\xff\xfe", 2}, "\xef\xbf\xbd\xef\xbf\xbd"},
		{{"\xc0\x9b", 2}, "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong ESC */
		{{"\xe0\x80\x9b", 3}, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{{"\xed\xa0\x80", 3}, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
		{{"\xf0\x9f\x98\x80", 4}, "\xf0\x9f\x98\x80"},
		{{"\xe6\xae", 2}, "\xef\xbf\xbd\xef\xbf\xbd"}, /* cut */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_buffer out = {0};
		struct qn_paint paint = {.out = &out, .width = 0};

		qn_paint_text(&paint, QN_INK_PLAIN, cases[i].text);
		assert_string_equal(out.data, cases[i].expected);
		assert_null(memchr(out.data, 0x1b, out.len));
		assert_int_equal(paint.column, qn_paint_columns(cases[i].text));
		qn_buffer_deinit(&out);
	}
}

static void colours_only_when_it_may(void **state)
{
	struct qn_buffer out = {0};
	struct qn_paint paint = {.out = &out, .width = 20, .has_color = true};

	(void)state;
	qn_paint_string(&paint, QN_INK_RED, "new");
	qn_paint_string(&paint, QN_INK_PLAIN, " x");
	assert_string_equal(out.data, "\x1b[1;31mnew\x1b[0m x");
	assert_int_equal(paint.column, 5);
	qn_buffer_clear(&out);
	paint = (struct qn_paint){.out = &out, .width = 20};
	qn_paint_printf(&paint, QN_INK_RED, "%s", "new");
	assert_string_equal(out.data, "new");
	qn_buffer_deinit(&out);
}

static void fills_cells_and_trims_lines(void **state)
{
	struct qn_buffer out = {0};
	struct qn_paint paint = {.out = &out, .width = 12};

	(void)state;
	qn_paint_cell(&paint, QN_INK_PLAIN, QN_TEXT("ab"), 4);
	qn_paint_cell(&paint, QN_INK_PLAIN, QN_TEXT("cdefgh"), 4);
	qn_paint_cell(&paint, QN_INK_PLAIN, QN_TEXT("i"), 9);
	qn_paint_newline(&paint);
	qn_paint_goto(&paint, 50);
	assert_int_equal(paint.column, 12);
	qn_paint_string(&paint, QN_INK_PLAIN, "gone");
	qn_paint_newline(&paint);
	assert_string_equal(out.data, "ab  cde…i\n\n");
	qn_buffer_deinit(&out);
}

static void wraps_at_blanks_below_its_beginning(void **state)
{
	struct qn_buffer out = {0};
	struct qn_paint paint = {.out = &out, .width = 20};

	(void)state;
	qn_paint_string(&paint, QN_INK_PLAIN, "next ");
	qn_paint_wrap(&paint, QN_INK_PLAIN, QN_TEXT(" upgrade to the build   that has_the_longest_name "), 0);
	qn_paint_newline(&paint);
	assert_string_equal(out.data,
			    "next upgrade to the\n     build   that\n     has_the_\n     longest_name\n");
	qn_buffer_clear(&out);
	paint.column = 0;
	qn_paint_wrap(&paint, QN_INK_PLAIN, QN_TEXT("one line holds not all of these words here"), 2);
	assert_string_equal(out.data, "one line holds not\nall of these words …");
	qn_buffer_deinit(&out);
}

/* What tells pods and files apart is at the end of their names. */
static void cuts_names_in_front(void **state)
{
	static const struct {
		struct qn_text text;
		unsigned width;
		const char *expected;
	} cases[] = {
		{QN_TEXT("querynode-0"), 11, "querynode-0"},
		{QN_TEXT("querynode-0"), 7, "…node-0"},
		{QN_TEXT("querynode-0"), 1, "…"},
		{QN_TEXT("a-\xe4\xbd\xa0\xe5\xa5\xbd"), 4, "…\xe5\xa5\xbd"}, /* wide: two columns each */
		{QN_TEXT("a-\x1b[2Jb"), 5, "…[2Jb"},
		{QN_TEXT(""), 5, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
		struct qn_paint paint = {.out = &out, .width = cases[i].width};

		qn_paint_tail(&paint, QN_INK_PLAIN, cases[i].text);
		assert_text(qn_buffer_text(&out), cases[i].expected);
		assert_in_range(paint.column, 0, cases[i].width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_text_at_the_width_and_marks_it),
		cmocka_unit_test(nothing_from_a_log_steers_the_terminal),
		cmocka_unit_test(colours_only_when_it_may),
		cmocka_unit_test(fills_cells_and_trims_lines),
		cmocka_unit_test(cuts_names_in_front),
		cmocka_unit_test(wraps_at_blanks_below_its_beginning),
	};

	return QN_RUN("paint", tests);
}
