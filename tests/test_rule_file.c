#include "support/folder.h"

#include "base/cleanup.h"
#include "rule/match.h"
#include "rule/pattern.h"
#include "rule/rule.h"

static int make_folder(void **state)
{
	*state = qn_folder_make();
	return 0;
}

static int remove_folder(void **state)
{
	qn_folder_remove(*state);
	return 0;
}

static void write_file(const char *folder, const char *name, const char *content)
{
	qn_folder_write(folder, name, content, strlen(content));
}

static struct qn_error *load(const char *path, unsigned flags, struct qn_issues *issues,
			     struct qn_rule_set **ret)
{
	return qn_rule_set_load(&path, 1, flags, issues, ret);
}

/* The set of one file with @content. */
static struct qn_rule_set *load_content(const char *folder, const char *content)
{
	struct qn_rule_set *set = NULL;

	write_file(folder, "rule.yaml", content);
	assert_no_error(load(folder, QN_RULES_STRICT, NULL, &set));
	return set;
}

static void reads_every_key(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_content(
		*state, "rules:\n"
			"- metadata: {id: 5UD1RZxGC5LJQnVpAkV11A, gen: 2, kind: prequel, hash: x, version: "
			"'1', name: n}\n"
			"  cre:\n"
			"    id: QN-TEST-1\n"
			"    severity: 2\n"
			"    title: A title\n"
			"    category: a-category\n"
			"    author: someone\n"
			"    description: |\n"
			"      Two\n"
			"      lines.\n"
			"    cause: c\n"
			"    impact: i\n"
			"    mitigation: m\n"
			"    tags: [one, two]\n"
			"    references: https://example.org/1\n"
			"    impactScore: 7\n"
			"    mitigationScore: 3\n"
			"    reports: 1\n"
			"    applications: [{name: milvus}]\n"
			"  rule:\n"
			"    set:\n"
			"      event: {source: cre.log.milvus}\n"
			"      match:\n"
			"      - shared\n"
			"      - plain text\n"
			"      - value: \"a \\\"value\\\"\"\n"
			"      - {regex: 'load .* failed', count: 1, field: msg}\n"
			"  qntriage:\n"
			"    component: [querynode, proxy]\n"
			"    stack:\n"
			"      kind: [crash, abort]\n"
			"      signal: SIGSEGV\n"
			"      top: 'Skip.*'\n"
			"      frames: [one, two]\n"
			"      not: three\n"
			"      task: [AsyncSearch]\n"
			"      message: text\n"
			"    before: {any: [pod-killed, restarted], where: anywhere, within: 1h30m}\n"
			"    issue: 40308\n"
			"    url: https://example.org/40308\n"
			"    fixed_in: [v2.5.6, 2.5-20250306-89bc9459-amd64]\n"
			"    failure: false\n"
			"    advice: Upgrade.\n"
			"    confidence: 0.75\n"
			"terms:\n"
			"  shared: {regex: 'a+b'}\n"
			"---\n"
			"section: version\n"
			"version: 1.2.3\n"
			"---\n");
	const struct qn_rule *rule = qn_rule_set_find(set, QN_TEXT("QN-TEST-1"));

	assert_int_equal(qn_rule_set_count(set), 1);
	assert_ptr_equal(rule, qn_rule_set_get(set, 0));
	assert_null(qn_rule_set_find(set, QN_TEXT("QN-TEST-2")));
	assert_int_equal(rule->severity, 2);
	assert_text(rule->title, "A title");
	assert_text(rule->category, "a-category");
	assert_text(rule->author, "someone");
	assert_text(rule->description, "Two\nlines.");
	assert_text(rule->cause, "c");
	assert_text(rule->impact, "i");
	assert_text(rule->mitigation, "m");
	assert_int_equal(rule->tags_count, 2);
	assert_text(rule->tags[1], "two");
	assert_int_equal(rule->references_count, 1);
	assert_text(rule->references[0], "https://example.org/1");

	assert_int_equal(rule->terms_count, 4);
	assert_true(rule->terms[0].is_regex);
	assert_text(rule->terms[0].text, "a+b");
	assert_text(rule->terms[0].literal, "a");
	assert_false(rule->terms[1].is_regex);
	assert_text(rule->terms[1].text, "plain text");
	assert_text(rule->terms[2].literal, "a \"value\"");
	assert_true(rule->terms[3].is_regex);
	assert_text(rule->terms[3].literal, " failed");
	assert_text(qn_pattern_source(rule->terms[3].pattern), "load .* failed");

	assert_int_equal(rule->components_count, 2);
	assert_text(rule->components[1], "proxy");
	assert_true(rule->stack.is_given);
	assert_int_equal(rule->stack.kinds, 1U << QN_KIND_CRASH | 1U << QN_KIND_ABORT);
	assert_int_equal(rule->stack.signals_count, 1);
	assert_text(rule->stack.signals[0], "SIGSEGV");
	assert_text(qn_pattern_source(rule->stack.top), "Skip.*");
	assert_int_equal(rule->stack.frames_count, 2);
	assert_text(qn_pattern_source(rule->stack.frames[1]), "two");
	assert_int_equal(rule->stack.not_frames_count, 1);
	assert_text(qn_pattern_source(rule->stack.not_frames[0]), "three");
	assert_int_equal(rule->stack.tasks_count, 1);
	assert_text(rule->stack.tasks[0], "AsyncSearch");
	assert_text(qn_pattern_source(rule->stack.message), "text");
	assert_true(rule->before.is_given);
	assert_int_equal(rule->before.events, QN_BEFORE_POD_KILLED | QN_BEFORE_RESTARTED);
	assert_true(rule->before.is_anywhere);
	assert_true(rule->before.within_nsec == 5400LL * 1000000000);
	assert_text(rule->issue, "40308");
	assert_text(rule->url, "https://example.org/40308");
	assert_int_equal(rule->fixed_in_count, 2);
	assert_text(rule->fixed_in[1], "2.5-20250306-89bc9459-amd64");
	assert_false(rule->is_open);
	assert_false(rule->is_failure);
	assert_text(rule->advice, "Upgrade.");
	assert_true(rule->confidence > 0.749 && rule->confidence < 0.751);
}

static void fills_in_what_is_left_out(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set =
		load_content(*state, "rules:\n- cre: {id: QN-1}\n  rule: {set: {match: [text]}}\n");
	const struct qn_rule *rule = qn_rule_set_get(set, 0);

	assert_int_equal(rule->severity, 0);
	assert_true(rule->is_failure);
	assert_false(rule->is_open);
	assert_false(rule->stack.is_given);
	assert_false(rule->before.is_given);
	assert_true(rule->confidence > 0.59 && rule->confidence < 0.61);
}

#define RULE(qntriage) "rules:\n- cre: {id: QN-1}\n  rule: {set: {match: [text]}}\n  qntriage: " qntriage "\n"
#define CRE(cre) "rules:\n- cre: " cre "\n  rule: {set: {match: [text]}}\n"
#define SET(set) "rules:\n- cre: {id: QN-1}\n  rule: {set: " set "}\n"

static void reads_confidence_and_fix_in_all_their_forms(void **state)
{
	static const struct {
		const char *content;
		double confidence;
		bool is_open;
	} cases[] = {
		{RULE("{confidence: H}"), 0.9, false},     {RULE("{confidence: M}"), 0.6, false},
		{RULE("{confidence: L}"), 0.3, false},     {RULE("{confidence: 1}"), 1.0, false},
		{RULE("{confidence: 0.05}"), 0.05, false}, {RULE("{fix: open}"), 0.6, true},
		{RULE("{fix: unknown}"), 0.6, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set =
			load_content(*state, cases[i].content);
		const struct qn_rule *rule = qn_rule_set_get(set, 0);

		assert_true(rule->confidence > cases[i].confidence - 1e-9);
		assert_true(rule->confidence < cases[i].confidence + 1e-9);
		assert_int_equal(rule->is_open, cases[i].is_open);
	}
}

#define NOT_YET " is not supported yet; rules of a single event are: rule.set.match with value or regex terms"

/* Content and what is said about it, behind "FILE:". */
static const struct {
	const char *content, *message;
} wrong[] = {
	{"", "1:1: the file holds no rules; add some or take it away"},
	{"rules: []\n", "1:1: the file holds no rules; add some or take it away"},
	{"[a]\n", "1:1: a rule file must be a map; write 'key: value' lines below it"},
	{"terms: {}\n", "1:1: rules is missing or no list; begin the file with 'rules:' and '- cre:'"},
	{"rules: text\n", "1:8: rules is missing or no list; begin the file with 'rules:' and '- cre:'"},
	{"rules: [text]\n", "1:9: a rule must be a map; write 'key: value' lines below it"},
	{"rules:\n- rule: {}\n", "2:3: cre is missing; a rule needs at least 'cre: {id: ...}'"},
	{CRE("{title: x}"), "2:8: cre.id is missing; give the rule a name like CRE-2025-0001"},
	{CRE("{id: a_b_c}"),
	 "2:13: cre.id 'a_b_c' is not a name; write four or more letters, digits and hyphens"},
	{CRE("{id: abc}"),
	 "2:13: cre.id 'abc' is not a name; write four or more letters, digits and hyphens"},
	{CRE("{id: [a]}"), "2:13: 'id' must be a text; write it on one line or as a block (|)"},
	{CRE("{id: QN-1, severity: 9}"), "2:29: severity is '9'; write 0 (critical) to 4 (info)"},
	{CRE("{id: QN-1, severity: high}"), "2:29: severity is 'high'; write 0 (critical) to 4 (info)"},
	{CRE("{id: QN-1, tags: {}}"), "2:25: 'tags' must be a text or a list of texts, not a map"},
	{CRE("{id: QN-1, tags: []}"), "2:25: 'tags' is an empty list; take it out or fill it"},
	{CRE("{id: QN-1, tags: [a, '']}"), "2:29: 'tags' holds an empty text; take it out or fill it"},
	{CRE("{id: QN-1, titel: x}"), "2:19: unknown key 'titel' in cre; did you mean 'title'?"},
	{CRE("{id: QN-1, xyzzy: x}"), "2:19: unknown key 'xyzzy' in cre; it has no effect, take it out"},
	{"rules:\n- cre: {id: QN-1}\n",
	 "2:3: rule QN-1 has no condition; add rule.set.match or qntriage.stack"},
	{"rules:\n- cre: {id: QN-1}\n  qntriage: {before: {any: restarted}}\n",
	 "2:3: rule QN-1 has no condition; add rule.set.match or qntriage.stack"},
	{"rules:\n- cre: {id: QN-1}\n  rule: {}\n", "3:9: rule.set is missing; add 'set: {match: [...]}'"},
	{SET("{}"), "3:15: rule.set.match must be a list of terms; add '- value: text'"},
	{SET("{match: []}"), "3:23: rule.set.match must be a list of terms; add '- value: text'"},
	{SET("{match: text}"), "3:23: rule.set.match must be a list of terms; add '- value: text'"},
	{SET("{match: ['']}"), "3:24: an empty value matches everything; write what a line must hold"},
	{SET("{match: [\"a\\nb\"]}"),
	 "3:24: a value with a line break never matches; one line is looked at at a time"},
	{SET("{match: [\"a\\0b\"]}"), "3:24: a NUL byte in a text"},
	{SET("{match: [{value: [a]}]}"), "3:32: a value must be a text; put it in quotes"},
	{SET("{match: [{}]}"), "3:24: a term needs value or regex, one of them; add one"},
	{SET("{match: [{value: a, regex: b}]}"),
	 "3:24: a term needs value or regex, one of them; take one out"},
	{SET("{match: [{regex: ''}]}"),
	 "3:32: an empty regex matches everything; write what it should match"},
	{SET("{match: [{regex: [a]}]}"), "3:32: a regex must be a text; write it in single quotes"},
	{SET("{match: [{regex: 'a(b'}]}"), "3:32: bad regex at offset 3: missing closing parenthesis; put a "
					   "backslash before what is meant as text"},
	{SET("{match: [{regex: 'a(?=b)'}]}"),
	 "3:32: bad regex at offset 1: lookahead is not in RE2; match the text after it as well"},
	{SET("{match: [{regx: a}]}"), "3:25: unknown key 'regx' in a term; did you mean 'regex'?"},
	{SET("{match: [{value: a, count: 3}]}"),
	 "3:42: 'count' in a term is not supported yet; leave it out to match every line"},
	{SET("{match: [{jq: .a}]}"), "3:25: 'jq' in a term" NOT_YET},
	{SET("{match: [{promql: {}}]}"), "3:25: 'promql' in a term" NOT_YET},
	{SET("{match: [{set: {}}]}"), "3:25: 'set' in a term" NOT_YET},
	{SET("{window: 10s, match: [a, b]}"), "3:16: 'window' in rule.set" NOT_YET},
	{SET("{match: [a], negate: [b]}"), "3:28: 'negate' in rule.set" NOT_YET},
	{"rules:\n- cre: {id: QN-1}\n  rule: {sequence: {}}\n", "3:10: 'sequence' in rule" NOT_YET},
	{RULE("text"), "4:13: qntriage must be a map; write 'key: value' lines below it"},
	{RULE("{component: [querynod]}"),
	 "4:26: 'component' is 'querynod'; write a part of Milvus like querynode, proxy or standalone"},
	{RULE("{stack: {}}"),
	 "4:21: qntriage.stack would hold for any stack; add kind, signal, top, frames, task or message"},
	{RULE("{stack: {not: [a]}}"),
	 "4:21: qntriage.stack would hold for any stack; add kind, signal, top, frames, task or message"},
	{RULE("{stack: {kind: [crash, boom]}}"), "4:36: 'kind' is 'boom'; write one of: crash, panic, abort, "
						 "assert, sanitizer, exit, killed, deadlock, error"},
	{RULE("{stack: {signal: SEGV}}"), "4:30: 'signal' is 'SEGV'; write one of: SIGSEGV, SIGBUS, SIGFPE, "
					  "SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGKILL, SIGTERM, SIGQUIT"},
	{RULE("{stack: {top: '('}}"), "4:27: bad regex at offset 1: missing closing parenthesis; put a "
				      "backslash before what is meant as text"},
	{RULE("{stack: {frames: [a, '*']}}"),
	 "4:34: bad regex at offset 0: quantifier does not follow a repeatable item; put a backslash before "
	 "what is meant as text"},
	{RULE("{stack: {frames: []}}"), "4:30: 'frames' is an empty list; take it out or fill it"},
	{RULE("{stack: {tops: a}}"), "4:22: unknown key 'tops' in qntriage.stack; did you mean 'top'?"},
	{RULE("{before: {}}"), "4:22: qntriage.before.any is missing; add 'any: [pod-killed, restarted]'"},
	{RULE("{before: {any: [crashed]}}"), "4:29: 'any' is 'crashed'; write one of: pod-killed, restarted"},
	{RULE("{before: {any: restarted, where: here}}"),
	 "4:46: 'where' is 'here'; write one of: same-pod, anywhere"},
	{RULE("{before: {any: restarted, where: [same-pod]}}"), "4:46: 'where' must be one word"},
	{RULE("{before: {any: restarted, within: 2}}"),
	 "4:47: 'within' is 2; write a duration like 30s, 90m or 1h30m"},
	{RULE("{before: {any: restarted, within: -9s}}"),
	 "4:47: 'within' is -9s; write a duration like 30s, 90m or 1h30m"},
	{RULE("{before: {any: restarted, within: 9999999999h}}"),
	 "4:47: 'within' is 9999999999h; write a duration like 30s, 90m or 1h30m"},
	{RULE("{fixed_in: [soon]}"),
	 "4:25: 'fixed_in' holds 'soon'; write a tag (v2.5.6) or a branch build (2.5-20250306-89bc9459)"},
	{RULE("{fix: done}"), "4:19: 'fix' is 'done'; write one of: unknown, open"},
	{RULE("{fix: open, fixed_in: v2.5.6}"),
	 "4:19: 'fix' and 'fixed_in' contradict each other; take one out"},
	{RULE("{failure: no}"), "4:23: 'failure' is no; write true or false"},
	{RULE("{confidence: 2}"), "4:26: 'confidence' is '2'; write H, M, L or a number like 0.75"},
	{RULE("{confidence: 0.0}"), "4:26: 'confidence' is '0.0'; write H, M, L or a number like 0.75"},
	{RULE("{confidence: high}"), "4:26: 'confidence' is 'high'; write H, M, L or a number like 0.75"},
	{CRE("{id: QN-1}") "- cre: {id: QN-1}\n  rule: {set: {match: [b]}}\n", NULL /* below */},
};

static void refuses_what_is_wrong_with_its_place_and_a_remedy(void **state)
{
	_cleanup_free_ char *path = qn_folder_path(*state, "rule.yaml");

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
		_cleanup_free_ char *message = NULL;

		if (wrong[i].message)
			assert_true(asprintf(&message, "%s:%s", path, wrong[i].message) > 0);
		else
			assert_true(asprintf(&message,
					     "%s:4:13: rule QN-1 is already in %s; give this one another id",
					     path, path) > 0);
		write_file(*state, "rule.yaml", wrong[i].content);
		assert_error(load(path, QN_RULES_STRICT, NULL, &set), QN_ERROR_RULE, message);
		assert_null(set);
	}
}

static void an_unknown_key_is_an_issue_unless_strict(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	_cleanup_free_ char *path = qn_folder_path(*state, "rule.yaml");
	_cleanup_free_ char *message = NULL;

	assert_true(asprintf(&message, "%s:2:19: unknown key 'titel' in cre; did you mean 'title'?", path) >
		    0);
	write_file(*state, "rule.yaml", CRE("{id: QN-1, titel: x}"));
	assert_no_error(load(path, 0, &issues, &set));
	assert_int_equal(qn_rule_set_count(set), 1);
	assert_int_equal(issues.count, 1);
	assert_text(issues.items[0].source, path);
	assert_int_equal(issues.items[0].line, 2);
	assert_text(issues.items[0].text, message);
	qn_rule_set_destroy(qn_take(set));
	assert_no_error(load(path, 0, NULL, &set));
}

static void a_bad_file_is_refused_whole(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	_cleanup_free_ char *message = NULL;
	const char *folder = *state;

	write_file(folder, "a.yaml", CRE("{id: QN-A}"));
	write_file(folder, "b.yaml",
		   "rules:\n- cre: {id: QN-B1}\n  rule: {set: {match: [{regex: a}]}}\n- cre: {id: QN-B2, "
		   "severity: 9}\n");
	write_file(folder, "c.yml", CRE("{id: QN-C}"));
	assert_true(asprintf(&message, "%s/b.yaml:4:30: severity is '9'; write 0 (critical) to 4 (info)",
			     folder) > 0);
	assert_error(load(folder, 0, &issues, &set), QN_ERROR_RULE, message);
	assert_no_error(load(folder, QN_RULES_KEEP_GOING, &issues, &set));
	assert_int_equal(qn_rule_set_count(set), 2);
	assert_null(qn_rule_set_find(set, QN_TEXT("QN-B1")));
	assert_non_null(qn_rule_set_find(set, QN_TEXT("QN-C")));
	assert_int_equal(issues.count, 1);
	free(qn_take(message));
	assert_true(asprintf(&message,
			     "%s/b.yaml:4:30: severity is '9'; write 0 (critical) to 4 (info); this rule "
			     "file is left out",
			     folder) > 0);
	assert_text(issues.items[0].text, message);
}

static void reads_folders_in_order_and_leaves_tests_out(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_free_ char *tests = qn_folder_path(*state, "tests"), *sub = qn_folder_path(*state, "sub"),
			    *slashed = qn_folder_path(*state, "");
	_cleanup_free_ char *message = NULL;

	assert_int_equal(mkdir(tests, 0700), 0);
	assert_int_equal(mkdir(sub, 0700), 0);
	write_file(tests, "z.yaml", "not a rule");
	write_file(*state, "note.txt", "not a rule");
	write_file(*state, ".hidden.yaml", "not a rule");
	write_file(*state, "z.yaml", CRE("{id: QN-A}"));
	write_file(sub, "s.yaml", CRE("{id: QN-Z}"));
	assert_no_error(load(slashed, QN_RULES_STRICT, NULL, &set));
	assert_int_equal(qn_rule_set_count(set), 2);
	assert_text(qn_rule_set_get(set, 0)->id, "QN-A");
	assert_text(qn_rule_set_get(set, 1)->id, "QN-Z");
	/* the paths do not end in a blank or a second slash */
	assert_true(asprintf(&message, "%s/sub/s.yaml", (char *)*state) > 0);
	assert_text(qn_rule_set_get(set, 1)->path, message);
}

static void two_files_may_not_share_an_id(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_free_ char *message = NULL;
	char *folder = *state;

	write_file(folder, "a.yaml", CRE("{id: QN-A}"));
	write_file(folder, "b.yaml", CRE("{id: QN-A}"));
	assert_true(asprintf(&message,
			     "%s/b.yaml:2:13: rule QN-A is already in %s/a.yaml; give this one another id",
			     folder, folder) > 0);
	assert_error(load(folder, 0, NULL, &set), QN_ERROR_RULE, message);
}

static void a_file_that_is_named_twice_is_read_once(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_free_ char *path = qn_folder_path(*state, "a.yaml"),
			    *dotted = qn_folder_path(*state, "./a.yaml");
	const char *const paths[] = {path, *state, dotted, path};

	write_file(*state, "a.yaml", CRE("{id: QN-A}"));
	assert_no_error(qn_rule_set_load(paths, 4, QN_RULES_STRICT, NULL, &set));
	assert_int_equal(qn_rule_set_count(set), 1);
}

static void a_regex_of_branches_is_searched_for_by_each_of_them(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_content(
		*state, "rules:\n- cre: {id: QN-A}\n  rule: {set: {match: [{regex: 'first one|\\d other'}, "
			"{regex: 'shared text 1|shared text 2'}]}}\n");
	const struct qn_term *terms = qn_rule_set_get(set, 0)->terms;
	const struct qn_text *literals;
	bool has_always;

	assert_int_equal(terms[0].branches_count, 2);
	assert_text(terms[0].literal, "");
	assert_text(terms[0].branches[0], "first one");
	assert_text(terms[0].branches[1], " other");
	assert_int_equal(terms[1].branches_count, 0);
	assert_text(terms[1].literal, "shared text ");
	assert_int_equal(qn_rule_set_literals(set, &literals, &has_always), 3);
	assert_false(has_always);
}

static void a_path_that_is_not_there_is_an_error(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_free_ char *path = qn_folder_path(*state, "absent"), *message = NULL;

	assert_true(asprintf(&message, "%s: No such file or directory; name a rule file, or a folder of them",
			     path) > 0);
	assert_error(load(path, QN_RULES_KEEP_GOING, NULL, &set), QN_ERROR_SYSTEM, message);
}

static void a_folder_without_rule_files_is_an_error(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_free_ char *message = NULL;

	write_file(*state, "note.txt", "not a rule");
	assert_true(asprintf(&message, "%s: no rule files (*.yaml, *.yml) in this folder; name another one",
			     (char *)*state) > 0);
	assert_error(load(*state, 0, NULL, &set), QN_ERROR_RULE, message);
}

static void no_paths_give_an_empty_set(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;

	(void)state;
	assert_no_error(qn_rule_set_load(NULL, 0, 0, NULL, &set));
	assert_int_equal(qn_rule_set_count(set), 0);
	assert_null(qn_rule_set_find(set, QN_TEXT("QN-1")));
}

static void refuses_too_many_terms(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer content = {0};
	_cleanup_free_ char *path = qn_folder_path(*state, "rule.yaml"), *message = NULL;

	qn_buffer_append_string(&content, "rules:\n- cre: {id: QN-1}\n  rule: {set: {match: [");
	for (unsigned i = 0; i < 65; i++)
		qn_buffer_append_string(&content, "a,");
	qn_buffer_append_string(&content, "]}}\n");
	write_file(*state, "rule.yaml", content.data);
	assert_true(asprintf(&message, "%s:3:23: 65 terms; at most 64 are matched", path) > 0);
	assert_error(load(path, 0, NULL, &set), QN_ERROR_RULE, message);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(reads_every_key),
		IN_FOLDER(fills_in_what_is_left_out),
		IN_FOLDER(reads_confidence_and_fix_in_all_their_forms),
		cmocka_unit_test_setup_teardown(refuses_what_is_wrong_with_its_place_and_a_remedy,
						make_folder, remove_folder),
		IN_FOLDER(an_unknown_key_is_an_issue_unless_strict),
		IN_FOLDER(a_bad_file_is_refused_whole),
		IN_FOLDER(reads_folders_in_order_and_leaves_tests_out),
		IN_FOLDER(two_files_may_not_share_an_id),
		IN_FOLDER(a_file_that_is_named_twice_is_read_once),
		IN_FOLDER(a_regex_of_branches_is_searched_for_by_each_of_them),
		IN_FOLDER(a_path_that_is_not_there_is_an_error),
		IN_FOLDER(a_folder_without_rule_files_is_an_error),
		cmocka_unit_test(no_paths_give_an_empty_set),
		IN_FOLDER(refuses_too_many_terms),
	};

	return QN_RUN("rule_file", tests);
}
