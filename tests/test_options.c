#include "cli/options.h"
#include "cli/nearest.h"
#include "support/test.h"
#include "base/banned.h"

static const struct qn_time now = {.nsec = 1740650400000000000, .is_known = true}; /* 2025-02-27T10:00:00Z */

/* @line is split at blanks into @words; @argv borrows it. */
static struct qn_error *parse(const char *line, char *words, char **argv, struct qn_options *ret)
{
	int argc = 1;

	snprintf(words, 256, "%s", line);
	argv[0] = words + 255;
	for (char *word = strsep(&words, " "); word; word = strsep(&words, " "))
		if (*word)
			argv[argc++] = word;
	argv[argc] = NULL;
	return qn_options_parse(ret, argc, argv, now);
}

static void reads_every_option_wherever_it_stands(void **state)
{
	_cleanup_(qn_options_deinit) struct qn_options options = {0};
	char words[256], *argv[64], text[QN_TIME_BYTES];

	(void)state;
	assert_no_error(parse(
		"analyze --db s.db logs --rules a.yaml --format=json -o out.json --jobs 3 more --since 90m "
		"--until 2025-02-27T09:59:00+01:00 --component proxy --pod x-* --build v2.5.6 --label "
		"nightly "
		"--color never --rules b --quiet --strict -- --keep-going",
		words, argv, &options));
	assert_string_equal(options.command, "analyze");
	assert_int_equal(options.arguments_count, 3);
	assert_string_equal(options.arguments[0], "logs");
	assert_string_equal(options.arguments[1], "more");
	assert_string_equal(options.arguments[2], "--keep-going");
	assert_string_equal(options.db, "s.db");
	assert_int_equal(options.rules_count, 2);
	assert_string_equal(options.rules[1], "b");
	assert_int_equal(options.format, QN_OUTPUT_JSON);
	assert_string_equal(options.output, "out.json");
	assert_int_equal(options.jobs, 3);
	assert_string_equal(qn_time_format(options.filter.since, text), "2025-02-27T08:30:00Z");
	assert_string_equal(qn_time_format(options.filter.until, text), "2025-02-27T08:59:00Z");
	assert_text(options.filter.component, "proxy");
	assert_text(options.filter.pod, "x-*");
	assert_text(options.build, "v2.5.6");
	assert_text(options.label, "nightly");
	assert_int_equal(options.color, QN_COLOR_NEVER);
	assert_true(options.is_quiet && options.is_strict && options.has_default_rules);
	assert_false(options.is_keep_going || options.is_verbose);
}

static void defaults_are_those_of_the_contract(void **state)
{
	_cleanup_(qn_options_deinit) struct qn_options options = {0};
	char words[256], *argv[64];

	(void)state;
	assert_no_error(parse("", words, argv, &options));
	assert_null(options.command);
	assert_null(options.db);
	assert_int_equal(options.format, QN_OUTPUT_TEXT);
	assert_int_equal(options.jobs, 0);
	assert_true(options.has_default_rules);
	qn_options_deinit(&options);
	assert_no_error(parse("rules --no-default-rules --keep-going --verbose --no-progress -h -V", words,
			      argv, &options));
	assert_true(options.is_keep_going && options.is_verbose && options.wants_help &&
		    options.wants_version);
	assert_false(options.has_default_rules);
}

static void names_what_is_wrong_and_what_is_meant(void **state)
{
	static const struct {
		const char *line, *message;
		enum qn_error_code code;
	} cases[] = {
		{"x --formt json", "--formt: there is no such option; did you mean --format?",
		 QN_ERROR_USAGE},
		{"x --verbos3=1", "--verbos3: there is no such option; did you mean --verbose?",
		 QN_ERROR_USAGE},
		{"x --zzzzzzzzzz", "--zzzzzzzzzz: there is no such option; see `qntriage help`",
		 QN_ERROR_USAGE},
		{"x -q", "-q: there is no such option; see `qntriage help`", QN_ERROR_USAGE},
		{"x --db", "--db: a value is missing behind it", QN_ERROR_USAGE},
		{"x -o", "-o: a value is missing behind it", QN_ERROR_USAGE},
		{"x --db=", "--db: give the path of a store", QN_ERROR_USAGE},
		{"x --quiet=yes", "--quiet: takes no value", QN_ERROR_USAGE},
		{"x --since 1h --until 2h", "--since is later than --until: nothing lies between them",
		 QN_ERROR_USAGE},
		{"x --jobs 0", "--jobs 0: give a number from 1 to 256", QN_ERROR_USAGE},
		{"x --jobs 257", "--jobs 257: give a number from 1 to 256", QN_ERROR_USAGE},
		{"x --jobs -3", "--jobs -3: give a number from 1 to 256", QN_ERROR_USAGE},
		{"x --color red", "--color red: there is no such value; one of auto, always, never",
		 QN_ERROR_USAGE},
		{"x --format xml", "--format xml: there is no such value; one of text, json, ndjson",
		 QN_ERROR_USAGE},
		{"x --format sarif", "--format sarif is not built yet; see docs/limits.md",
		 QN_ERROR_NOT_FOUND},
		{"x --unwinder gdb", "--unwinder gdb: there is no such value; one of auto, libdw, libunwind",
		 QN_ERROR_USAGE},
		{"x --shard 1/2", "--shard is not built yet; see docs/limits.md", QN_ERROR_NOT_FOUND},
		{"x --db postgresql://h/d",
		 "--db postgresql:// (a PostgreSQL store) is not built yet; see docs/limits.md",
		 QN_ERROR_NOT_FOUND},
		{"x --since soon",
		 "--since soon: not a time; give RFC 3339 (2025-03-01T10:00:00Z) or a duration back (90m, "
		 "2d)",
		 QN_ERROR_USAGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_options_deinit) struct qn_options options = {0};
		char words[256], *argv[64];

		assert_error(parse(cases[i].line, words, argv, &options), cases[i].code, cases[i].message);
	}
}

static void moments_are_absolute_or_back_from_now(void **state)
{
	static const struct {
		const char *text, *expected; /* NULL: refused */
	} cases[] = {
		{"2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z"},
		{"2025-03-01T10:00:00.25+08:00", "2025-03-01T02:00:00.25Z"},
		{"90m", "2025-02-27T08:30:00Z"},
		{"2d", "2025-02-25T10:00:00Z"},
		{"1h30m", "2025-02-27T08:30:00Z"},
		{"30s", "2025-02-27T09:59:30Z"},
		{"1w", "2025-02-20T10:00:00Z"},
		{"", NULL},
		{"90", NULL},
		{"m", NULL},
		{"9x", NULL},
		{"2025-03-01T10:00:00Z!", NULL},
		{"99999999999w", NULL},
		{"4000000000w", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_time time = {0};
		char text[QN_TIME_BYTES];

		assert_int_equal(qn_options_moment(qn_text_of(cases[i].text), now, &time),
				 cases[i].expected != NULL);
		if (cases[i].expected)
			assert_string_equal(qn_time_format(time, text), cases[i].expected);
	}
}

static void the_nearest_name_is_near(void **state)
{
	static const char *const names[] = {"analyze", "ingest", "report", "show"};

	(void)state;
	assert_int_equal(qn_edit_distance("kitten", "sitting"), 3);
	assert_int_equal(qn_edit_distance("shwo", "show"), 1);
	assert_int_equal(qn_edit_distance("", "abc"), 3);
	assert_string_equal(qn_nearest("analyse", names, 4, sizeof(names[0])), "analyze");
	assert_string_equal(qn_nearest("reprot", names, 4, sizeof(names[0])), "report");
	assert_null(qn_nearest("xyzzy", names, 4, sizeof(names[0])));
	assert_null(qn_nearest("a-name-of-more-than-thirty-two-bytes-is-far", names, 4, sizeof(names[0])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_option_wherever_it_stands),
		cmocka_unit_test(defaults_are_those_of_the_contract),
		cmocka_unit_test(names_what_is_wrong_and_what_is_meant),
		cmocka_unit_test(moments_are_absolute_or_back_from_now),
		cmocka_unit_test(the_nearest_name_is_near),
	};

	return QN_RUN("options", tests);
}
