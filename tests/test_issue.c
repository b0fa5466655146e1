#include "support/test.h"

#include "base/cleanup.h"
#include "base/issue.h"
#include "base/limits.h"
#include "base/banned.h"

static void keeps_the_first_place_and_counts_the_rest(void **state)
{
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	struct qn_issue issue = {
		.source = QN_TEXT("a.log"), .line = 7, .offset = 99, .text = QN_TEXT("line cut")};

	(void)state;
	qn_issues_add(&issues, &issue);
	issue.line = 8;
	issue.count = 5;
	qn_issues_add(&issues, &issue);
	assert_int_equal(issues.count, 1);
	assert_int_equal(issues.items[0].count, 6);
	assert_int_equal(issues.items[0].line, 7);
	assert_int_equal(issues.items[0].offset, 99);
	assert_text(issues.items[0].source, "a.log");
	assert_text(issues.items[0].text, "line cut");
	assert_int_equal(issues.left_out, 0);
}

static void other_texts_and_other_sources_are_other_issues(void **state)
{
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};

	(void)state;
	qn_issues_note(&issues, QN_TEXT("a.log"), "binary");
	qn_issues_note(&issues, QN_TEXT("b.log"), "binary");
	qn_issues_note(&issues, QN_TEXT("b.log"), "cut after %d bytes", 12);
	qn_issues_note(&issues, (struct qn_text){0}, "binary");
	qn_issues_note(&issues, QN_TEXT("a.log"), "binary");
	assert_int_equal(issues.count, 4);
	assert_int_equal(issues.items[0].count, 2);
	assert_int_equal(issues.items[1].count, 1);
	assert_text(issues.items[2].text, "cut after 12 bytes");
	assert_int_equal(issues.items[3].source.len, 0);
	assert_int_equal(issues.items[3].line, 0);
}

static void owns_what_it_keeps(void **state)
{
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	char source[] = "a.log", text[] = "binary";

	(void)state;
	qn_issues_add(&issues, &(struct qn_issue){.source = qn_text_of(source), .text = qn_text_of(text)});
	memset(source, 'x', sizeof(source) - 1);
	memset(text, 'x', sizeof(text) - 1);
	assert_text(issues.items[0].source, "a.log");
	assert_text(issues.items[0].text, "binary");
}

static void counts_what_is_over_the_cap(void **state)
{
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};

	(void)state;
	for (unsigned i = 0; i < QN_ISSUES_MAX; i++)
		qn_issues_note(&issues, QN_TEXT("a.log"), "issue %u", i);
	assert_int_equal(issues.count, QN_ISSUES_MAX);
	assert_int_equal(issues.left_out, 0);
	qn_issues_note(&issues, QN_TEXT("a.log"), "one more");
	qn_issues_add(&issues, &(struct qn_issue){.text = QN_TEXT("three more"), .count = 3});
	qn_issues_note(&issues, QN_TEXT("a.log"), "issue 5");
	assert_int_equal(issues.count, QN_ISSUES_MAX);
	assert_int_equal(issues.left_out, 4);
	assert_int_equal(issues.items[5].count, 2);
}

static void holds_nothing_before_and_after(void **state)
{
	struct qn_issues issues = {0};

	(void)state;
	qn_issues_deinit(&issues);
	qn_issues_note(&issues, QN_TEXT("a.log"), "binary");
	qn_issues_deinit(&issues);
	assert_int_equal(issues.count, 0);
	assert_null(issues.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_first_place_and_counts_the_rest),
		cmocka_unit_test(other_texts_and_other_sources_are_other_issues),
		cmocka_unit_test(owns_what_it_keeps),
		cmocka_unit_test(counts_what_is_over_the_cap),
		cmocka_unit_test(holds_nothing_before_and_after),
	};

	return QN_RUN("issue", tests);
}
