#include "support/test.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/banned.h"

static void writes_containers_with_two_blanks_a_level(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct qn_json_writer json = {.out = &out};

	(void)state;
	qn_json_object_begin(&json);
	qn_json_key(&json, "schema");
	qn_json_string(&json, "x/1");
	qn_json_key(&json, "empty");
	qn_json_array_begin(&json);
	qn_json_array_end(&json);
	qn_json_key(&json, "list");
	qn_json_array_begin(&json);
	qn_json_u64(&json, 1);
	qn_json_object_begin(&json);
	qn_json_object_end(&json);
	qn_json_array_end(&json);
	qn_json_object_end(&json);
	assert_text(qn_buffer_text(&out), "{\n"
					  "  \"schema\": \"x/1\",\n"
					  "  \"empty\": [],\n"
					  "  \"list\": [\n"
					  "    1,\n"
					  "    {}\n"
					  "  ]\n"
					  "}");
}

static void an_inline_container_and_all_in_it_stays_on_its_line(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct qn_json_writer json = {.out = &out};

	(void)state;
	qn_json_array_begin(&json);
	qn_json_inline_object_begin(&json);
	qn_json_key(&json, "a");
	qn_json_array_begin(&json);
	qn_json_u64(&json, 1);
	qn_json_u64(&json, 2);
	qn_json_array_end(&json);
	qn_json_key(&json, "b");
	qn_json_object_begin(&json);
	qn_json_key(&json, "c");
	qn_json_null(&json);
	qn_json_object_end(&json);
	qn_json_object_end(&json);
	qn_json_inline_array_begin(&json);
	qn_json_array_end(&json);
	qn_json_array_end(&json);
	assert_text(qn_buffer_text(&out), "[\n"
					  "  {\"a\": [1, 2], \"b\": {\"c\": null}},\n"
					  "  []\n"
					  "]");
}

static void writes_every_kind_of_value(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct qn_json_writer json = {.out = &out};

	(void)state;
	qn_json_inline_array_begin(&json);
	qn_json_u64(&json, UINT64_MAX);
	qn_json_i64(&json, INT64_MIN);
	qn_json_bool(&json, true);
	qn_json_bool(&json, false);
	qn_json_null(&json);
	qn_json_string(&json, NULL);
	qn_json_string(&json, "");
	qn_json_text_or_null(&json, QN_TEXT(""));
	qn_json_text_or_null(&json, QN_TEXT("x"));
	qn_json_text(&json, (struct qn_text){0});
	qn_json_array_end(&json);
	assert_text(qn_buffer_text(&out),
		    "[18446744073709551615, -9223372036854775808, true, false, null, null, \"\", "
		    "null, \"x\", \"\"]");
}

static void a_number_has_at_most_three_decimals_and_at_least_one(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0, "0.0"},      {1.5, "1.5"},   {0.12345, "0.123"},
		{0.9996, "1.0"}, {100, "100.0"}, {-2.25, "-2.25"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
		struct qn_json_writer json = {.out = &out};

		qn_json_number(&json, cases[i].value);
		assert_text(qn_buffer_text(&out), cases[i].text);
	}
}

#define BAD "\xef\xbf\xbd"

static void escapes_what_json_cannot_hold(void **state)
{
	static const struct {
		struct qn_text text;
		const char *escaped;
	} cases[] = {
		{{"say \"hi\" \\", 10}, "\"say \\\"hi\\\" \\\\\""},
		{{"a\nb\rc\td", 7}, "\"a\\nb\\rc\\td\""},
		{{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\\u007f\""},
		{{"/", 1}, "\"/\""},
		{{NULL, 0}, "\"\""},
		/* UTF-8 of one to four bytes goes through */
		{{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 11},
		 "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
		{{"\xf4\x8f\xbf\xbf", 4}, "\"\xf4\x8f\xbf\xbf\""},
		{{"\xef\xbf\xbf", 3}, "\"\xef\xbf\xbf\""},
		/* a lone continuation, a lead byte alone, cut sequences at the end */
		{{"a\x80z", 3}, "\"a" BAD "z\""},
		{{"\xc3", 1}, "\"" BAD "\""},
		{{"\xe2\x82", 2}, "\"" BAD BAD "\""},
		{{"\xf0\x9f\x98", 3}, "\"" BAD BAD BAD "\""},
		{{"\xc3(", 2}, "\"" BAD "(\""},
		/* overlong forms, surrogates, beyond U+10FFFF, bytes that never occur */
		{{"\xc0\xaf", 2}, "\"" BAD BAD "\""},
		{{"\xc1\xbf", 2}, "\"" BAD BAD "\""},
		{{"\xe0\x80\xaf", 3}, "\"" BAD BAD BAD "\""},
		{{"\xf0\x80\x80\xaf", 4}, "\"" BAD BAD BAD BAD "\""},
		{{"\xed\xa0\x80", 3}, "\"" BAD BAD BAD "\""},
		{{"\xf4\x90\x80\x80", 4}, "\"" BAD BAD BAD BAD "\""},
		{{"\xf5\x80\x80\x80", 4}, "\"" BAD BAD BAD BAD "\""},
		{{"\xfe\xff", 2}, "\"" BAD BAD "\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
		_cleanup_free_ char *exact = malloc(cases[i].text.len + !cases[i].text.len);

		/* no byte behind the text, so that reading on is seen by the sanitizer */
		if (cases[i].text.len)
			memcpy(exact, cases[i].text.data, cases[i].text.len);
		qn_json_escape(&out, (struct qn_text){exact, cases[i].text.len});
		assert_text(qn_buffer_text(&out), cases[i].escaped);
	}
}

static void nesting_over_the_cap_fails_the_buffer_and_nothing_else(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct qn_json_writer json = {.out = &out};

	(void)state;
	for (int i = 0; i < 64; i++)
		qn_json_array_begin(&json);
	assert_no_error(qn_buffer_check(&out));
	qn_json_array_begin(&json);
	assert_error(qn_buffer_check(&out), QN_ERROR_NO_MEMORY, "out of memory");
	for (int i = 0; i < 70; i++)
		qn_json_array_end(&json);
	assert_int_equal(json.depth, 0);
}

/* "path=value" of each member, one a line */
static void note_member(void *context, const char *path, struct qn_text value)
{
	qn_buffer_printf(context, "%s=%.*s\n", path, QN_ARG(value));
}

static void reads_members_with_their_paths(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer seen = {0};

	(void)state;
	assert_true(qn_json_read_object(
		QN_TEXT(" {\"a\": 1, \"b\": {\"c\": \"x\\u00e9\\n\", \"d\": [true, null, [2.5]]},"
			" \"\": \"\", \"e\": -7, \"f\": {}} \r\n"),
		note_member, &seen));
	assert_text(qn_buffer_text(&seen), "a=1\n"
					   "b.c=x\xc3\xa9\n\n"
					   "b.d.0=true\n"
					   "b.d.2.0=2.5\n"
					   "=\n"
					   "e=-7\n");
}

static void count_bytes(void *context, const char *path, struct qn_text value)
{
	(void)path;
	*(size_t *)context += value.len;
}

static void a_nul_in_a_text_is_one_of_its_bytes(void **state)
{
	size_t bytes = 0;

	(void)state;
	assert_true(qn_json_read_object(QN_TEXT("{\"log\": \"a\\u0000b\"}"), count_bytes, &bytes));
	assert_int_equal(bytes, 3);
}

static void refuses_what_is_no_single_object(void **state)
{
	static const struct qn_text texts[] = {
		{NULL, 0},           {"", 0},      {" ", 1},   {"[1]", 3},          {"\"a\"", 3},
		{"12", 2},           {"null", 4},  {"{", 1},   {"{\"a\": 1", 7},    {"{\"a\" 1}", 7},
		{"{\"a\": \"x}", 9}, {"{} {}", 5}, {"{}x", 3}, {"{\"a\": \"\n", 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer seen = {0};

		assert_false(qn_json_read_object(texts[i], note_member, &seen));
		assert_int_equal(seen.len, 0);
	}
}

static void reads_bytes_that_are_not_utf8_as_they_are(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer seen = {0};

	(void)state;
	assert_true(qn_json_read_object(QN_TEXT("{\"log\": \"a\xff\x80z\"}"), note_member, &seen));
	assert_text(qn_buffer_text(&seen), "log=a\xff\x80z\n");
}

static void a_hostile_depth_ends_the_reading_and_not_the_process(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	size_t bytes = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		qn_buffer_append_string(&text, "{\"a\":");
	assert_false(qn_json_read_object(qn_buffer_text(&text), count_bytes, &bytes));
	/* deep and well-formed: read, but not to the bottom */
	qn_buffer_clear(&text);
	for (int i = 0; i < 25; i++)
		qn_buffer_append_string(&text, "{\"a\":");
	qn_buffer_append_string(&text, "1");
	for (int i = 0; i < 25; i++)
		qn_buffer_append_byte(&text, '}');
	assert_true(qn_json_read_object(qn_buffer_text(&text), count_bytes, &bytes));
	assert_int_equal(bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_containers_with_two_blanks_a_level),
		cmocka_unit_test(an_inline_container_and_all_in_it_stays_on_its_line),
		cmocka_unit_test(writes_every_kind_of_value),
		cmocka_unit_test(a_number_has_at_most_three_decimals_and_at_least_one),
		cmocka_unit_test(escapes_what_json_cannot_hold),
		cmocka_unit_test(nesting_over_the_cap_fails_the_buffer_and_nothing_else),
		cmocka_unit_test(reads_members_with_their_paths),
		cmocka_unit_test(a_nul_in_a_text_is_one_of_its_bytes),
		cmocka_unit_test(refuses_what_is_no_single_object),
		cmocka_unit_test(reads_bytes_that_are_not_utf8_as_they_are),
		cmocka_unit_test(a_hostile_depth_ends_the_reading_and_not_the_process),
	};

	return QN_RUN("json", tests);
}
