#include "support/test.h"

#include "record/timestamp.h"

typedef bool (*take)(struct qn_cursor *cursor, struct qn_time *ret);

struct time_case {
	take take;
	const char *text;
	const char *expected; /* NULL: not taken */
	const char *rest;
};

static const struct time_case cases[] = {
	{qn_time_take_zap, "2025/06/18 16:32:47.127 +00:00] [INFO]", "2025-06-18T16:32:47.127Z", "] [INFO]"},
	{qn_time_take_zap, "2025/06/18 16:32:47.127 +08:00", "2025-06-18T08:32:47.127Z", ""},
	{qn_time_take_zap, "2025/01/01 00:30:00.5 -05:30", "2025-01-01T06:00:00.5Z", ""},
	{qn_time_take_zap, "2025/01/01 00:30:00.5 +05:30", "2024-12-31T19:00:00.5Z", ""},
	{qn_time_take_zap, "2024/02/29 23:59:59.123456789 +00:00", "2024-02-29T23:59:59.123456789Z", ""},
	{qn_time_take_zap, "2023/02/29 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "1900/02/29 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2000/02/29 23:59:59.123 +00:00", "2000-02-29T23:59:59.123Z", ""},
	{qn_time_take_zap, "2025/04/31 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/13/01 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/00/01 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/00 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 24:00:00.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:60:00.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:59:60.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:59:59.123 +24:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:59:59.123 +0000", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:59:59.123", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:59:59 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:59:59.1234567890 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025/01/01 23:59:59. +00:00", NULL, NULL},
	{qn_time_take_zap, "9999/12/31 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2261/12/31 23:59:59.123 -23:59", "2262-01-01T23:58:59.123Z", ""},
	{qn_time_take_zap, "2O25/01/01 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_zap, "2025-01-01 23:59:59.123 +00:00", NULL, NULL},
	{qn_time_take_go, "2025/06/24 20:30:41 failed", "2025-06-24T20:30:41Z", " failed"},
	{qn_time_take_go, "2025/06/24 20:30:41.004711 failed", "2025-06-24T20:30:41.004711Z", " failed"},
	{qn_time_take_go, "2025/06/24 20:30:41.", "2025-06-24T20:30:41Z", "."},
	{qn_time_take_go, "2025/06/24T20:30:41", NULL, NULL},
	{qn_time_take_glog, "20240531 17:30:14.165886 181993", "2024-05-31T17:30:14.165886Z", " 181993"},
	{qn_time_take_glog, "20240531 17:30:14 181993", NULL, NULL},
	{qn_time_take_glog, "20240532 17:30:14.1", NULL, NULL},
	{qn_time_take_rfc3339, "2023-12-18T03:33:58.956814076+08:00 stderr", "2023-12-17T19:33:58.956814076Z",
	 " stderr"},
	{qn_time_take_rfc3339, "2023-12-18T03:33:58Z", "2023-12-18T03:33:58Z", ""},
	{qn_time_take_rfc3339, "2023-12-18T03:33:58.1-0130x", "2023-12-18T05:03:58.1Z", "x"},
	{qn_time_take_rfc3339, "2023-12-18 03:33:58,946 |", "2023-12-18T03:33:58.946Z", " |"},
	{qn_time_take_rfc3339, "2023-12-18 03:33:58 text", "2023-12-18T03:33:58Z", " text"},
	{qn_time_take_rfc3339, "2023-12-18 03:33:58-text", "2023-12-18T03:33:58Z", "-text"},
	{qn_time_take_rfc3339, "2023-12-18T03:33:58+99:00", "2023-12-18T03:33:58Z", "+99:00"},
	{qn_time_take_rfc3339, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z", ""},
	{qn_time_take_rfc3339, "1700-01-01T00:00:00Z", "1700-01-01T00:00:00Z", ""},
	{qn_time_take_rfc3339, "2023/12/18T03:33:58Z", NULL, NULL},
	{qn_time_take_rfc3339, "2023-12-18_03:33:58Z", NULL, NULL},
	{qn_time_take_rfc3339, "", NULL, NULL},
};

static void takes_its_layout_or_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct time_case *c = &cases[i];
		struct qn_cursor cursor = qn_cursor_of(qn_text_of(c->text));
		struct qn_time time = {0};
		char text[QN_TIME_BYTES];
		bool is_taken = c->take(&cursor, &time);

		print_message("# %s\n", c->text);
		assert_int_equal(is_taken, c->expected != NULL);
		assert_string_equal(qn_time_format(time, text), c->expected ? c->expected : "");
		assert_text(cursor.rest, c->expected ? c->rest : c->text);
	}
}

static void no_truncation_reads_past_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t len = 0; len <= strlen(cases[i].text); len++) {
			char *copy = malloc(len + 1); /* its own block: the sanitizer sees a byte too far */
			struct qn_cursor cursor = qn_cursor_of((struct qn_text){copy + 1, len});
			struct qn_time time;

			memcpy(copy + 1, cases[i].text, len);
			if (!cases[i].take(&cursor, &time))
				assert_int_equal(cursor.rest.len, len);
			free(copy);
		}
}

static void each_day_of_four_centuries_comes_back(void **state)
{
	const int64_t first = -98615, last = 105920; /* 1700-01-01, 2260-01-01 */
	char text[QN_TIME_BYTES], before[QN_TIME_BYTES] = "";

	(void)state;
	for (int64_t day = first; day < last; day++) {
		struct qn_time time = {day * 86400 * 1000000000LL, true, 0}, again;
		struct qn_cursor cursor = qn_cursor_of(qn_text_of(qn_time_format(time, text)));

		assert_true(qn_time_take_rfc3339(&cursor, &again));
		assert_int_equal(again.nsec, time.nsec);
		assert_true(strcmp(before, text) < 0);
		if (day == first || day == 0)
			assert_string_equal(text, day ? "1700-01-01T00:00:00Z" : "1970-01-01T00:00:00Z");
		memcpy(before, text, sizeof(before));
	}
}

static void known_comes_before_unknown_and_early_before_late(void **state)
{
	struct qn_time early = {1, true, 0}, late = {2, true, 9}, unknown = {0};

	(void)state;
	assert_int_equal(qn_time_compare(early, late), -1);
	assert_int_equal(qn_time_compare(late, early), 1);
	assert_int_equal(qn_time_compare(early, early), 0);
	assert_int_equal(qn_time_compare(unknown, early), 1);
	assert_int_equal(qn_time_compare(early, unknown), -1);
	assert_int_equal(qn_time_compare(unknown, unknown), 0);
}

static void a_span_takes_in_known_times_only(void **state)
{
	struct qn_time first = {0}, last = {0};

	(void)state;
	qn_time_widen(&first, &last, (struct qn_time){0});
	assert_false(first.is_known || last.is_known);
	qn_time_widen(&first, &last, (struct qn_time){5, true, 0});
	qn_time_widen(&first, &last, (struct qn_time){-3, true, 9});
	qn_time_widen(&first, &last, (struct qn_time){-9, false, 0});
	qn_time_widen(&first, &last, (struct qn_time){4, true, 0});
	assert_int_equal(first.nsec, -3);
	assert_int_equal(last.nsec, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_its_layout_or_nothing),
		cmocka_unit_test(no_truncation_reads_past_its_end),
		cmocka_unit_test(each_day_of_four_centuries_comes_back),
		cmocka_unit_test(known_comes_before_unknown_and_early_before_late),
		cmocka_unit_test(a_span_takes_in_known_times_only),
	};

	return QN_RUN("timestamp", tests);
}
