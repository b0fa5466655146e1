#include "support/test.h"

#include "base/limits.h"
#include "rule/pattern.h"

static bool does_match(const char *regex, struct qn_text subject)
{
	_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;
	_cleanup_(qn_pattern_scratch_destroy_guard) struct qn_pattern_scratch *scratch = NULL;
	enum qn_match with, without;

	assert_no_error(qn_pattern_compile(qn_text_of(regex), &pattern));
	assert_no_error(qn_pattern_scratch_create(&scratch));
	with = qn_pattern_match(pattern, scratch, subject);
	without = qn_pattern_match(pattern, NULL, subject);
	assert_int_equal(with, without);
	return with == QN_MATCH_YES;
}

static void matches_like_re2(void **state)
{
	static const struct {
		const char *regex;
		struct qn_text subject;
		bool is_match;
	} cases[] = {
		{"ba+d", {"x baaad y", 9}, true},
		{"^bad", {"x bad", 5}, false},
		{"bad$", {"x bad", 5}, true},
		{"bad$", {"bad\n", 4}, false},
		{"(?m)bad$", {"bad\nx", 5}, true},
		{"a.c", {"a\nc", 3}, false},
		{"(?s)a.c", {"a\nc", 3}, true},
		{"a.c", {"a\rc", 3}, true},
		{"a.*b",
		 {"a\xff"
		  "b",
		  3},
		 true},
		{"(?i)LOST", {"lost", 4}, true},
		{"a\\x00b", {"a\0b", 3}, true},
		{"^.$", {"\xc3\xa9", 2}, false},
		{"^[\xc3\xa9]$", {"\xc3\xa9", 2}, true},
		{"^\\p{Greek}$", {"\xce\xb1", 2}, true},
		{"^\\x{3b1}$", {"\xce\xb1", 2}, true},
		{"\\Qa.b\\E+", {"a.bb", 4}, true},
		{"\\Qa.b\\E", {"axb", 3}, false},
		{"[]a]", {"]", 1}, true},
		{"[[:digit:]]{2}", {"a42", 3}, true},
		{"a{,3}", {"a{,3}", 5}, true},
		{"(?P<name>x)y", {"xy", 2}, true},
		{"\\011", {"\t", 1}, true},
		{"", {NULL, 0}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (does_match(cases[i].regex, cases[i].subject) != cases[i].is_match)
			fail_msg("'%s' should%s match", cases[i].regex, cases[i].is_match ? "" : " not");
}

static void refuses_what_re2_refuses_with_the_offset_and_a_remedy(void **state)
{
	static const struct {
		const char *regex, *message;
	} cases[] = {
		{"ab(?=c)", "offset 2: lookahead is not in RE2; match the text after it as well"},
		{"a(?!c)", "offset 1: lookahead is not in RE2; use several terms"},
		{"(?<=a)b", "offset 0: lookbehind is not in RE2; match the text before it as well"},
		{"(?<!a)b", "offset 0: lookbehind is not in RE2; use several terms"},
		{"(a)\\1", "offset 3: backreferences are not in RE2; write the text out"},
		{"\\18", "offset 0: backreferences are not in RE2; write the text out"},
		{"(?P<n>a)(?P=n)", "offset 8: backreferences are not in RE2; write the text out"},
		{"\\g1", "offset 0: backreferences are not in RE2; write the text out"},
		{"\\k<n>", "offset 0: backreferences are not in RE2; write the text out"},
		{"a++", "offset 2: possessive quantifiers are not in RE2; leave it out or put a group around "
			"what it "
			"repeats"},
		{"a**", "offset 2: a quantifier behind a quantifier; leave it out or put a group around what "
			"it repeats"},
		{"a{2}{2}", "offset 4: a quantifier behind a quantifier; leave it out or put a group around "
			    "what it repeats"},
		{"(?>a)", "offset 0: atomic groups are not in RE2; write (?: instead"},
		{"a\\Kb",
		 "offset 1: \\K is not in RE2; a rule only asks whether a line matches, leave it out"},
		{"\\R", "offset 0: \\R is not in RE2; write \\r?\\n instead"},
		{"\\h", "offset 0: \\h is not in RE2; write [ \\t] instead"},
		{"a\\Z", "offset 1: \\Z is not in RE2; write \\z instead"},
		{"\\C", "offset 0: \\C matches half a character; write . instead"},
		{"\\e", "offset 0: \\e is not in RE2; write \\x1b instead"},
		{"\\cA",
		 "offset 0: \\c is not in RE2; write the control character as \\x and two hex digits"},
		{"\\N", "offset 0: \\N is not in RE2; write . instead"},
		{"\\v", "offset 0: \\v is one character in RE2 and a class here; write \\x0b instead"},
		{"\\y", "offset 0: an escape that RE2 does not know; leave the backslash out"},
		{"\\\xc3\xa9", "offset 0: an escape that RE2 does not know; leave the backslash out"},
		{"\\x9", "offset 0: RE2 wants two hex digits behind \\x; write \\x09 and not \\x9"},
		{"[\\b]", "offset 1: this escape has no meaning in a class of RE2; write the character "
			  "itself, or \\x08 "
			  "for a backspace"},
		{"[[:<:]]", "offset 1: word boundaries as a class are not in RE2; write \\b instead"},
		{"(?x)a", "offset 2: a group flag that RE2 does not know; RE2 has i, m, s and U"},
		{"(?#c)a", "offset 0: comments are not in RE2; use a comment of YAML"},
		{"(?|a|b)", "offset 0: branch reset groups are not in RE2; write (?: instead"},
		{"(?<n>a)", "offset 0: (?<name> is not in every RE2; write (?P<name> instead"},
		{"(*UTF)a", "offset 0: verbs are not in RE2; write \\(\\* for a bracket and a star"},
		{"(?R)", "offset 0: recursion is not in RE2; write the pattern out"},
		{"(?(1)a)", "offset 0: conditions are not in RE2; write an alternation instead"},
		{"a{1001}", "offset 1: RE2 repeats at most 1000 times; use + or * instead"},
		{"a{2,1001}", "offset 1: RE2 repeats at most 1000 times; use + or * instead"},
		{"[\\d\\h]", "offset 3: \\h is not in RE2; write [ \\t] instead"},
		{"ab\\Q\\E?", "offset 2: \\Q quotes nothing; leave it out"},
		{"ab\\Q", "offset 2: \\Q quotes nothing; leave it out"},
		/* and what PCRE2 itself refuses */
		{"a(b",
		 "offset 3: missing closing parenthesis; put a backslash before what is meant as text"},
		{"[a", "offset 2: missing terminating ] for character class; put a backslash before what is "
		       "meant as text"},
		{"ab\\", "offset 3: \\ at end of pattern; put a backslash before what is meant as text"},
		{"*a", "offset 0: quantifier does not follow a repeatable item; put a backslash before what "
		       "is meant as text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;

		assert_error(qn_pattern_compile(qn_text_of(cases[i].regex), &pattern), QN_ERROR_RULE,
			     cases[i].message);
		assert_null(pattern);
	}
}

static void leaves_alone_what_only_looks_foreign(void **state)
{
	static const char *const cases[] = {
		"[(?=]",
		"\\(?=",
		"\\Q(?=a)\\E",
		"[+][+]",
		"a+?",
		"a{2,3}?",
		"\\+\\+",
		"(?i)+",
		"(?:a)+",
		"(?-i:a)",
		"(?im-sU)a",
		"a{1000}",
		"[[:alpha:][:^digit:]]",
		"[[:a]",
		"[^]x]",
		"\\x{41}",
		"\\pL\\PL\\p{Lu}",
		"a{x}+",
		"\\_",
		"\\A\\b\\B\\z",
		"[\\]\\-a]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;
		struct qn_error *error = qn_pattern_compile(qn_text_of(cases[i]), &pattern);

		/* (?i)+ is refused, by PCRE2 */
		if (strcmp(cases[i], "(?i)+") == 0) {
			assert_non_null(error);
			qn_error_destroy(error);
			continue;
		}
		if (error)
			fail_msg("'%s': %s", cases[i], error->message);
		assert_text(qn_pattern_source(pattern), cases[i]);
	}
}

static void refuses_a_regex_over_the_limit(void **state)
{
	_cleanup_free_ char *regex = malloc(QN_PATTERN_BYTES_MAX + 1);
	_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;

	(void)state;
	memset(regex, 'a', QN_PATTERN_BYTES_MAX + 1);
	assert_error(qn_pattern_compile((struct qn_text){regex, QN_PATTERN_BYTES_MAX + 1}, &pattern),
		     QN_ERROR_RULE, "offset 16384: the regex is longer than 16384 bytes");
	assert_no_error(qn_pattern_compile((struct qn_text){regex, QN_PATTERN_BYTES_MAX}, &pattern));
}

static void gives_up_on_a_line_that_takes_too_long(void **state)
{
	_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;
	_cleanup_(qn_pattern_scratch_destroy_guard) struct qn_pattern_scratch *scratch = NULL;
	struct qn_text subject = QN_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac");

	(void)state;
	assert_no_error(qn_pattern_compile(QN_TEXT("(a|a?)+(a|aa)+$"), &pattern));
	assert_no_error(qn_pattern_scratch_create(&scratch));
	assert_int_equal(qn_pattern_match(pattern, scratch, subject), QN_MATCH_LIMIT_HIT);
	assert_int_equal(qn_pattern_match(pattern, scratch, QN_TEXT("aa")), QN_MATCH_YES);
}

/* regex, a text that it matches, the literal. */
static const struct {
	const char *regex, *subject, *literal;
} literals[] = {
	{"move consume position backward", "panic: move consume position backward",
	 "move consume position backward"},
	{"ab.cde", "abxcde", "cde"},
	{"abc?de", "abde", "ab"},
	{"abc*def", "abdef", "def"},
	{"abc+d", "abccd", "abc"},
	{"abc{0,2}de", "abde", "ab"},
	{"abc{0}de", "abde", "ab"},
	{"abc{2}d", "abccd", "abc"},
	{"abc{2,}d", "abcccd", "abc"},
	{"abc{,2}d", "abc{,2}d", "abc{,2}d"},
	{"abc{x}d", "abc{x}d", "abc{x}d"},
	{"ab{2,|cd}", "cd}", ""},
	{"(abcd)?ef", "ef", "ef"},
	{"(abcd)+ef", "abcdabcdef", "abcd"},
	{"(abcd){0,1}ef", "ef", "ef"},
	{"(?:abcd)ef", "abcdef", "abcd"},
	{"(?P<n>abcd)ef", "abcdef", "abcd"},
	{"a|b", "b", ""},
	{"foobar|xoobay", "xoobay", "ooba"},
	{"(load|unload) segment", "unload segment", " segment"},
	{"(segment load|segment unload)", "segment unload", "segment "},
	{"(|abc)def", "def", "def"},
	{"(abc|)def", "def", "def"},
	{"(?i)abc", "ABC", ""},
	{"(?i:abc)def", "ABCdef", ""},
	{"abc(?i)def", "abcDEF", ""},
	{"(?s)abc.def", "abc\ndef", "abc"},
	{"(?-s:abc)", "abc", "abc"},
	{"ab\\.cd", "ab.cd", "ab.cd"},
	{"ab\\dcde", "ab1cde", "cde"},
	{"ab\\bcd|x", "x", ""},
	{"^abc$", "abc", "abc"},
	{"\\babc\\b", "abc", "abc"},
	{"\\Qa.b\\Ecd", "a.bcd", "a.bcd"},
	{"\\Qa.b\\E*cd", "a.cd", "a."},
	{"\\Qa|b\\E", "a|b", "a|b"},
	{"\\Q\\Eabc", NULL, ""},
	{"a[bc]def", "abdef", "def"},
	{"[]abc]defg", "]defg", "defg"},
	{"[^]abc]defg", "xdefg", "defg"},
	{"[[:alpha:]]def", "xdef", "def"},
	{"[[:a]x:|foo]", "foo]", ""},
	{"[\\]a]bcd", "]bcd", "bcd"},
	{"a\\tb", "a\tb", "a\tb"},
	{"a\\x41b", "aAb", "aAb"},
	{"a\\x{41}b", "aAb", "aAb"},
	{"ab\\x{3b1}cde",
	 "ab\xce\xb1"
	 "cde",
	 "cde"},
	{"ab\\011cde", "ab\tcde", "cde"},
	{"ab\\pLcde", "abxcde", "cde"},
	{"ab\\p{Lu}cde", "abXcde", "cde"},
	{"a\xc3\xa9*bcd", "abcd", "bcd"},
	{"a\xc3\xa9"
	 "bcd",
	 "a\xc3\xa9"
	 "bcd",
	 "a\xc3\xa9"
	 "bcd"},
	{"abc+?d", "abcd", "abc"},
	{"abc??d", "abd", "ab"},
	{"((a|b)c)*(de)", "de", "de"},
	{"((abc)def)+", "abcdef", "abc"},
	{"Discarding message(.+)in an old incarnation", "Discarding message 1 in an old incarnation",
	 "in an old incarnation"},
	{"", "", ""},
	{".*", "x", ""},
	/* not a regex at all */
	{"abc(def", NULL, ""},
	{"abc)def", NULL, ""},
	{"(?=abc)", NULL, ""},
	{"(?P<abc", NULL, ""},
};

static void finds_the_longest_literal_that_a_match_must_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};

		assert_text(qn_pattern_required_literal(&arena, qn_text_of(literals[i].regex)),
			    literals[i].literal);
		if (literals[i].subject && !does_match(literals[i].regex, qn_text_of(literals[i].subject)))
			fail_msg("'%s' does not match '%s'", literals[i].regex, literals[i].subject);
	}
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 33);
}

static bool holds_one_of(struct qn_text subject, const struct qn_text *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (qn_text_contains(subject, wanted[i]))
			return true;
	return count == 0;
}

/* Random regexes over a small alphabet, against random subjects: whatever matches holds the literal. */
static void every_match_holds_the_literal(void **state)
{
	static const char *const pieces[] = {"a",   "b",   "c",     "ab",    "(",    "(?:", ")",    "|",
					     "*",   "+",   "?",     "{0,1}", "{2}",  ".",   "[ab]", "[^a]",
					     "\\Q", "\\E", "\\b",   "^",     "{2,",  "}",   "[",    "]",
					     ":",   "[:",  "\\x61", "\\.",   "(?i)", ")?",  "??"};
	uint64_t seed = 20250306;
	size_t compiled = 0, matched = 0, with_literal = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
		_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;
		_cleanup_(qn_buffer_deinit) struct qn_buffer regex = {0};
		_cleanup_error_ struct qn_error *error = NULL;
		struct qn_text literal, branches[QN_PATTERN_BRANCHES_MAX];
		size_t branches_count;

		for (unsigned i = next_random(&seed) % 10 + 1; i; i--)
			qn_buffer_append_string(
				&regex, pieces[next_random(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
		literal = qn_pattern_required_literal(&arena, qn_buffer_text(&regex));
		branches_count = qn_pattern_branch_literals(&arena, qn_buffer_text(&regex), branches);
		error = qn_pattern_compile(qn_buffer_text(&regex), &pattern);
		if (error)
			continue;
		compiled++;
		for (unsigned k = 0; k < 12; k++) {
			char subject[12];
			size_t len = next_random(&seed) % sizeof(subject);

			for (size_t i = 0; i < len; i++)
				subject[i] = "aabbcA.]:2,|"[next_random(&seed) % 12];
			if (qn_pattern_match(pattern, NULL, (struct qn_text){subject, len}) != QN_MATCH_YES)
				continue;
			matched++;
			with_literal += literal.len > 0;
			if (!qn_text_contains((struct qn_text){subject, len}, literal))
				fail_msg("'%s' matches '%.*s' without '%.*s'", regex.data, (int)len, subject,
					 QN_ARG(literal));
			if (!holds_one_of((struct qn_text){subject, len}, branches, branches_count))
				fail_msg("'%s' matches '%.*s' without any of its branches", regex.data,
					 (int)len, subject);
		}
	}
	assert_true(compiled > 2000 && matched > 2000 && with_literal > 500);
}

static const struct branches_case {
	const char *regex;
	size_t count;
	const char *branches[4];
} branches_cases[] = {
	{"OOM if load|insufficient memory", 2, {"OOM if load", "insufficient memory"}},
	{"ab.cde|f+gh(i|j)|^k$", 3, {"cde", "gh", "k"}},
	{"abc", 1, {"abc"}},
	{"a(b|c)d", 1, {"a"}},
	{"abc|d*", 0, {NULL}},
	{"abc|", 0, {NULL}},
	{"(?i)abc|def", 0, {NULL}},
	{"abc|(def", 0, {NULL}},
	{"a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q", 0, {NULL}},
};

static void every_branch_of_an_alternation_gives_a_literal_or_none_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(branches_cases) / sizeof(branches_cases[0]); i++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
		struct qn_text found[QN_PATTERN_BRANCHES_MAX];
		const struct branches_case *c = &branches_cases[i];

		if (qn_pattern_branch_literals(&arena, qn_text_of(c->regex), found) != c->count)
			fail_msg("'%s' has not %zu branches with a literal", c->regex, c->count);
		for (size_t k = 0; k < c->count; k++)
			assert_text(found[k], c->branches[k]);
	}
}

static void gives_up_on_groups_nested_too_deeply(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_buffer_deinit) struct qn_buffer regex = {0};

	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		qn_buffer_append_byte(&regex, '(');
	qn_buffer_append_string(&regex, "abc");
	for (unsigned i = 0; i < 5000; i++)
		qn_buffer_append_byte(&regex, ')');
	assert_int_equal(qn_pattern_required_literal(&arena, qn_buffer_text(&regex)).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_like_re2),
		cmocka_unit_test(refuses_what_re2_refuses_with_the_offset_and_a_remedy),
		cmocka_unit_test(leaves_alone_what_only_looks_foreign),
		cmocka_unit_test(refuses_a_regex_over_the_limit),
		cmocka_unit_test(gives_up_on_a_line_that_takes_too_long),
		cmocka_unit_test(finds_the_longest_literal_that_a_match_must_hold),
		cmocka_unit_test(every_match_holds_the_literal),
		cmocka_unit_test(every_branch_of_an_alternation_gives_a_literal_or_none_does),
		cmocka_unit_test(gives_up_on_groups_nested_too_deeply),
	};

	return QN_RUN("pattern", tests);
}
