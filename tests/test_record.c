#include "support/test.h"

#include "base/cleanup.h"
#include "base/limits.h"
#include "record/escape.h"
#include "record/record.h"

struct fields_case {
	const char *fields;
	const char *expected; /* key=value; for each */
};

static const struct fields_case cases[] = {
	{"[k=v]", "k=v;"},
	{"[k=v] [k2=\"v 2\"]", "k=v;k2=v 2;"},
	{"[\"time cost\"=10ms] [\"field id\"=0]", "time cost=10ms;field id=0;"},
	{"[\"text logs\"=] [collectionName=]", "text logs=;collectionName=;"},
	{"[k=\"a\\nb\\tc\\\"d\\\"\\\\e\"]", "k=a\nb\tc\"d\"\\e;"},
	{"[k=\"\\u00e9\\u20ac\\ud83d\\ude00\\ufffd\\u0001\"]",
	 "k=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\x01;"},
	{"[k=\"\\ud83d\\u0041\\ud83d\"]", "k=\xef\xbf\xbd"
					  "A\xef\xbf\xbd;"},
	{"[k=\"\\x \\u12 \\u12g4 \\u0x12\"]", "k=\\x \\u12 \\u12g4 \\u0x12;"},
	{"[k=1] [k=2]", "k=1;k=2;"},
	{"[segmentIDs=\"[46,47]\"] [x=\"a] [b=c\"]", "segmentIDs=[46,47];x=a] [b=c;"},
	{"[segmentIDs=[46,47]] [x=1]", "segmentIDs=[46,47];x=1;"},
	{"[error=\"quote \"lost\" its backslash\"] [x=1]", "error=quote \"lost\" its backslash;x=1;"},
	{"[a=1]    ", "a=1;"},
	{"[a=1] trailing text", "a=1;"},
	{"[a=1]panic: glued", "a=1;"},
	{"[flag] [a=1]", "flag=;a=1;"},
	{"[k=\"cut here", "k=cut here;"},
	{"[k=\"cut in an escape\\", "k=cut in an escape\\;"},
	{"[k=cut", "k=cut;"},
	{"[k=", "k=;"},
	{"[k", "k=;"},
	{"[\"k", "k=;"},
	{"[", "=;"},
	{"", ""},
	{"no fields", ""},
};

static void walk(struct qn_text fields, struct qn_buffer *ret)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_field field;

	for (unsigned i = 0; i < QN_FIELDS_MAX && qn_record_next_field(&arena, &fields, &field); i++) {
		assert_non_null(field.value.data);
		qn_buffer_append_text(ret, field.key);
		qn_buffer_append_byte(ret, '=');
		qn_buffer_append_text(ret, field.value);
		qn_buffer_append_byte(ret, ';');
	}
}

static void walks_the_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

		qn_buffer_append_string(&out, "");
		walk(qn_text_of(cases[i].fields), &out);
		print_message("# %s\n", cases[i].fields);
		assert_string_equal(out.data ? out.data : "", cases[i].expected);
	}
}

static void no_truncation_reads_past_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t len = 0; len <= strlen(cases[i].fields); len++) {
			_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
			char *copy = malloc(len + 1);

			memcpy(copy + 1, cases[i].fields, len);
			walk((struct qn_text){copy + 1, len}, &out);
			free(copy);
		}
}

static void many_escapes_take_linear_time(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_buffer_deinit) struct qn_buffer fields = {0};
	struct qn_text rest;
	struct qn_field field;

	(void)state;
	qn_buffer_append_string(&fields, "[k=\"");
	for (unsigned i = 0; i < QN_LINE_BYTES_MAX / 4; i++)
		qn_buffer_append_string(&fields, "\\n\" ");
	qn_buffer_append_string(&fields, "\"]");
	rest = qn_buffer_text(&fields);
	assert_true(qn_record_next_field(&arena, &rest, &field));
	assert_int_equal(field.value.len, QN_LINE_BYTES_MAX / 4 * 3);
	assert_int_equal(rest.len, 0);
}

static void finds_the_quote_that_is_not_escaped(void **state)
{
	bool is_escaped;

	(void)state;
	assert_int_equal(qn_escape_find_quote(QN_TEXT("abc\"d\""), &is_escaped), 3);
	assert_false(is_escaped);
	assert_int_equal(qn_escape_find_quote(QN_TEXT("a\\\"\\\\\"d"), &is_escaped), 5);
	assert_true(is_escaped);
	assert_true(qn_escape_find_quote(QN_TEXT("a\\\""), &is_escaped) == SIZE_MAX);
	assert_true(qn_escape_find_quote(QN_TEXT(""), &is_escaped) == SIZE_MAX);
}

static void names_levels_both_ways(void **state)
{
	(void)state;
	for (int level = QN_LEVEL_DEBUG; level <= QN_LEVEL_FATAL; level++)
		assert_int_equal(qn_level_of(qn_text_of(qn_level_name((enum qn_level)level))), level);
	assert_string_equal(qn_level_name(QN_LEVEL_NONE), "");
	assert_int_equal(qn_level_of(QN_TEXT("WARNING")), QN_LEVEL_WARN);
	assert_int_equal(qn_level_of(QN_TEXT("warn")), QN_LEVEL_WARN);
	assert_int_equal(qn_level_of(QN_TEXT("WAR")), QN_LEVEL_NONE);
	assert_int_equal(qn_level_of(QN_TEXT("")), QN_LEVEL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_the_fields),
		cmocka_unit_test(no_truncation_reads_past_its_end),
		cmocka_unit_test(many_escapes_take_linear_time),
		cmocka_unit_test(finds_the_quote_that_is_not_escaped),
		cmocka_unit_test(names_levels_both_ways),
	};

	return QN_RUN("record", tests);
}
