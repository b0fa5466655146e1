#include "support/test.h"

#include "signature/template.h"

static struct qn_template template_of(struct qn_arena *arena, const char *call_site, const char *message)
{
	struct qn_record record = {
		.level = QN_LEVEL_ERROR, .call_site = qn_text_of(call_site), .message = qn_text_of(message)};
	struct qn_template template = {0};

	assert_no_error(qn_template_of(arena, &record, &template));
	return template;
}

static void gives_messages_that_differ_in_numbers_one_template(void **state)
{
	struct qn_arena arena = {0};
	struct qn_template a = template_of(&arena, "a/b.go:1", "load segment 460384356842429014 failed");
	struct qn_template b = template_of(&arena, "a/b.go:1", "load segment 460384356842429015 failed");
	struct qn_template c = template_of(&arena, "a/b.go:2", "load segment 460384356842429015 failed");
	struct qn_template d = template_of(&arena, "a/b.go:1", "load collection 46 failed");

	(void)state;
	assert_text(a.text, "load segment <*> failed");
	assert_text(a.call_site, "a/b.go:1");
	assert_int_equal(a.level, QN_LEVEL_ERROR);
	assert_int_equal(a.id.len, 14);
	assert_true(qn_text_starts(a.id, QN_TEXT("T-")));
	assert_true(qn_text_equal(a.id, b.id));
	assert_false(qn_text_equal(a.id, c.id));
	assert_false(qn_text_equal(a.id, d.id));
	qn_arena_deinit(&arena);
}

static void cuts_long_messages(void **state)
{
	struct qn_arena arena = {0};
	char message[5000];

	(void)state;
	memset(message, 'x', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	assert_int_equal(template_of(&arena, "", message).text.len, 2048);
	qn_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_messages_that_differ_in_numbers_one_template),
		cmocka_unit_test(cuts_long_messages),
	};
	return QN_RUN("template", tests);
}
