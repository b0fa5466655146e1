#include "support/test.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "rule/match.h"

static struct qn_rule_set *load_content(const char *content)
{
	char path[] = "/tmp/qn-match-XXXXXX";
	const char *paths[] = {path};
	struct qn_rule_set *set = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
	assert_no_error(qn_rule_set_load(paths, 1, QN_RULES_STRICT, NULL, &set));
	assert_int_equal(unlink(path), 0);
	return set;
}

static const char line_rules[] = "rules:\n"
				 "- cre: {id: QN-A}\n"
				 "  rule: {set: {match: [lease not found]}}\n"
				 "- cre: {id: QN-B}\n"
				 "  rule: {set: {match: [lease, {regex: 'session [0-9]+'}]}}\n"
				 "- cre: {id: QN-C}\n"
				 "  rule: {set: {match: [{regex: 'lea(se|rn)'}, lease not found, lease]}}\n"
				 "- cre: {id: QN-D}\n"
				 "  rule: {set: {match: [{regex: '(?i)PANIC'}]}}\n"
				 "- cre: {id: QN-E}\n"
				 "  qntriage: {stack: {kind: panic}}\n";

static void finds_the_rules_whose_terms_all_match(void **state)
{
	static const struct {
		const char *line;
		const char *ids;
	} cases[] = {
		{"etcdserver: requested lease not found", "QN-A QN-C "},
		{"lease of session 42", "QN-B "},
		{"lease of session x", ""},
		{"session 42", ""},
		{"lease not found in session 1", "QN-A QN-B QN-C "},
		{"a Panic", "QN-D "},
		{"Lease Not Found", ""},
		{"", ""},
	};
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_content(line_rules);
	_cleanup_(qn_matcher_destroy_guard) struct qn_matcher *matcher = NULL;

	(void)state;
	assert_no_error(qn_matcher_create(set, &matcher));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer ids = {0};
		const size_t *rules;
		size_t count = qn_matcher_line(matcher, qn_text_of(cases[i].line), NULL, &rules);

		qn_buffer_append_string(&ids, "");
		for (size_t k = 0; k < count; k++) {
			qn_buffer_append_text(&ids, qn_rule_set_get(set, rules[k])->id);
			qn_buffer_append_byte(&ids, ' ');
		}
		assert_string_equal(ids.data, cases[i].ids);
	}
}

static void gives_each_literal_once_and_says_where_there_is_none(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_content(line_rules);
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *plain = load_content(
		"rules:\n- cre: {id: QN-A}\n  rule: {set: {match: [one, {regex: '(?i)two'}]}}\n");
	const struct qn_text *literals;
	bool has_always;

	(void)state;
	assert_int_equal(qn_rule_set_literals(set, &literals, &has_always), 4);
	assert_true(has_always);
	assert_text(literals[0], "lease not found");
	assert_text(literals[1], "lease");
	assert_text(literals[2], "session ");
	assert_text(literals[3], "lea");
	/* one literal of a rule is enough to find its lines */
	assert_int_equal(qn_rule_set_literals(plain, &literals, &has_always), 1);
	assert_false(has_always);
}

static void notes_a_regex_that_takes_too_long(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_content(
		"rules:\n- cre: {id: QN-SLOW}\n  rule: {set: {match: [{regex: '(a|a?)+(a|aa)+$'}]}}\n");
	_cleanup_(qn_matcher_destroy_guard) struct qn_matcher *matcher = NULL;
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	struct qn_text line = QN_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac");
	const size_t *rules;

	(void)state;
	assert_no_error(qn_matcher_create(set, &matcher));
	assert_int_equal(qn_matcher_line(matcher, line, &issues, &rules), 0);
	assert_int_equal(qn_matcher_line(matcher, line, NULL, &rules), 0);
	assert_int_equal(issues.count, 1);
	assert_text(issues.items[0].text,
		    "rule QN-SLOW: a regex took too long on a line and was given up; make it simpler");
}

static struct qn_frame frame(const char *function, enum qn_role role)
{
	return (struct qn_frame){.function = qn_text_of(function), .role = role};
}

static bool stack_holds(const char *condition, const struct qn_stack *stack)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_free_ char *content = NULL;

	assert_true(asprintf(&content, "rules:\n- cre: {id: QN-S}\n  qntriage: {stack: %s}\n", condition) >
		    0);
	set = load_content(content);
	return qn_rule_stack_holds(qn_rule_set_get(set, 0), stack);
}

static void looks_at_all_that_a_stack_condition_names(void **state)
{
	struct qn_frame frames[] = {
		frame("", QN_ROLE_UNKNOWN),
		frame("std::char_traits<char>::compare", QN_ROLE_LIBRARY),
		frame("milvus::SkipIndex::MinMaxBinaryFilter", QN_ROLE_USER),
		frame("milvus::exec::PhyFilterBitsNode::GetOutput", QN_ROLE_USER),
		frame("folly::ThreadPoolExecutor::runTask", QN_ROLE_EXECUTOR),
	};
	struct qn_stack stack = {
		.kind = QN_KIND_CRASH,
		.signal = QN_TEXT("SIGSEGV"),
		.exception = QN_TEXT("milvus::SegcoreError"),
		.message = QN_TEXT("two\nlines"),
		.frames = frames,
		.frames_count = 5,
		.executor = {.kind = QN_TEXT("CPUThreadPoolExecutor"), .task = QN_TEXT("AsyncRetrieve")},
	};
	static const struct {
		const char *condition;
		bool holds;
	} cases[] = {
		{"{kind: crash}", true},
		{"{kind: [abort, crash]}", true},
		{"{kind: panic}", false},
		{"{signal: SIGSEGV}", true},
		{"{signal: [SIGBUS, SIGSEGV]}", true},
		{"{signal: SIGBUS}", false},
		{"{task: [AsyncSearch, AsyncRetrieve]}", true},
		{"{task: AsyncSearch}", false},
		{"{task: Async}", false},
		{"{top: SkipIndex}", true},
		{"{top: compare}", false},
		{"{top: GetOutput}", false},
		{"{frames: [compare, SkipIndex]}", true},
		{"{frames: [compare, runTask]}", true},
		{"{frames: [SkipIndex, compare]}", false},
		{"{frames: [SkipIndex, SkipIndex]}", false},
		{"{frames: ['^$']}", false},
		{"{kind: crash, not: [GroupChunk]}", true},
		{"{kind: crash, not: [GroupChunk, runTask]}", false},
		{"{message: 'two\\slines'}", true},
		{"{message: SegcoreError}", true},
		{"{message: three}", false},
		{"{kind: crash, signal: SIGSEGV, top: Skip, frames: [Skip], task: AsyncRetrieve, message: "
		 "two}",
		 true},
		{"{kind: crash, signal: SIGSEGV, top: Skip, frames: [Skip], task: AsyncRetrieve, message: "
		 "no}",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (stack_holds(cases[i].condition, &stack) != cases[i].holds)
			fail_msg("%s should%s hold", cases[i].condition, cases[i].holds ? "" : " not");
}

static void a_stack_without_application_frames_has_no_top(void **state)
{
	struct qn_frame frames[] = {frame("folly::ThreadPoolExecutor::runTask", QN_ROLE_EXECUTOR)};
	struct qn_stack stack = {.kind = QN_KIND_CRASH, .frames = frames, .frames_count = 1};

	(void)state;
	assert_false(stack_holds("{top: '.'}", &stack));
	assert_true(stack_holds("{frames: ['.']}", &stack));
}

static void a_rule_without_a_stack_condition_holds_for_no_stack(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set =
		load_content("rules:\n- cre: {id: QN-A}\n  rule: {set: {match: [a]}}\n");
	const struct qn_stack stack = {.kind = QN_KIND_CRASH};

	(void)state;
	assert_false(qn_rule_stack_holds(qn_rule_set_get(set, 0), &stack));
}

#define HOUR (3600LL * 1000000000)
#define AT_10                                       \
	{                                           \
		.nsec = 10 * HOUR, .is_known = true \
	}

static void looks_back_for_what_happened_before(void **state)
{
	static const struct {
		const char *condition; /* NULL: none */
		struct qn_past_event past;
		const char *pod;
		struct qn_time time;
		bool holds;
	} cases[] = {
		{NULL, {QN_BEFORE_RESTARTED, {"x", 1}, {0}}, "p", AT_10, true},
		{"{any: pod-killed}",
		 {QN_BEFORE_POD_KILLED, {"p", 1}, {9 * HOUR, true, 3}},
		 "p",
		 AT_10,
		 true},
		{"{any: pod-killed}",
		 {QN_BEFORE_POD_KILLED, {"p", 1}, {10 * HOUR, true, 3}},
		 "p",
		 AT_10,
		 true},
		{"{any: pod-killed}",
		 {QN_BEFORE_POD_KILLED, {"p", 1}, {11 * HOUR, true, 3}},
		 "p",
		 AT_10,
		 false},
		{"{any: pod-killed}", {QN_BEFORE_POD_KILLED, {"p", 1}, {0}}, "p", AT_10, true},
		{"{any: pod-killed}", {QN_BEFORE_POD_KILLED, {"p", 1}, {11 * HOUR, true, 3}}, "p", {0}, true},
		{"{any: pod-killed}",
		 {QN_BEFORE_RESTARTED, {"p", 1}, {9 * HOUR, true, 3}},
		 "p",
		 AT_10,
		 false},
		{"{any: [pod-killed, restarted]}", {QN_BEFORE_RESTARTED, {"p", 1}, {0}}, "p", AT_10, true},
		{"{any: restarted}", {QN_BEFORE_RESTARTED, {"q", 1}, {0}}, "p", AT_10, false},
		{"{any: restarted}", {QN_BEFORE_RESTARTED, {"", 0}, {0}}, "", AT_10, false},
		{"{any: restarted, where: same-pod}",
		 {QN_BEFORE_RESTARTED, {"q", 1}, {0}},
		 "p",
		 AT_10,
		 false},
		{"{any: restarted, where: anywhere}", {QN_BEFORE_RESTARTED, {"q", 1}, {0}}, "p", AT_10, true},
		{"{any: restarted, where: anywhere}", {QN_BEFORE_RESTARTED, {"", 0}, {0}}, "", AT_10, true},
		{"{any: restarted, within: 1h}",
		 {QN_BEFORE_RESTARTED, {"p", 1}, {9 * HOUR, true, 3}},
		 "p",
		 AT_10,
		 true},
		{"{any: restarted, within: 59m}",
		 {QN_BEFORE_RESTARTED, {"p", 1}, {9 * HOUR, true, 3}},
		 "p",
		 AT_10,
		 false},
		{"{any: restarted, within: 59m}", {QN_BEFORE_RESTARTED, {"p", 1}, {0}}, "p", AT_10, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
		_cleanup_free_ char *content = NULL;
		/* one that never counts stands in front */
		const struct qn_past_event past[] = {
			{QN_BEFORE_RESTARTED, QN_TEXT("other"), {99 * HOUR, true, 3}}, cases[i].past};
		const struct qn_past_event *cause = NULL;
		bool holds;

		assert_true(asprintf(&content,
				     "rules:\n- cre: {id: QN-S}\n  qntriage: {stack: {kind: crash}%s%s}\n",
				     cases[i].condition ? ", before: " : "",
				     cases[i].condition ? cases[i].condition : "") > 0);
		set = load_content(content);
		holds = qn_rule_before_holds(qn_rule_set_get(set, 0), qn_text_of(cases[i].pod), cases[i].time,
					     past, 2, &cause);
		if (holds != cases[i].holds)
			fail_msg("case %zu: %s", i, cases[i].condition);
		assert_ptr_equal(cause, holds && cases[i].condition ? &past[1] : NULL);
		assert_int_equal(qn_rule_before_holds(qn_rule_set_get(set, 0), qn_text_of(cases[i].pod),
						      cases[i].time, past, 2, NULL),
				 holds);
		assert_int_equal(qn_rule_before_holds(qn_rule_set_get(set, 0), qn_text_of(cases[i].pod),
						      cases[i].time, NULL, 0, NULL),
				 cases[i].condition == NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_rules_whose_terms_all_match),
		cmocka_unit_test(gives_each_literal_once_and_says_where_there_is_none),
		cmocka_unit_test(notes_a_regex_that_takes_too_long),
		cmocka_unit_test(looks_at_all_that_a_stack_condition_names),
		cmocka_unit_test(a_stack_without_application_frames_has_no_top),
		cmocka_unit_test(a_rule_without_a_stack_condition_holds_for_no_stack),
		cmocka_unit_test(looks_back_for_what_happened_before),
	};

	return QN_RUN("match", tests);
}
