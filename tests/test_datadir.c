#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/datadir.h"
#include "cli/output.h"
#include "support/test.h"
#include "base/banned.h"

/* A scratch folder ROOT with ROOT/share/rules/frames.yaml and ROOT/share/a/b/c/d. */
static int set_up(void **state)
{
	char template[] = "/tmp/qn-datadir-XXXXXX";
	char command[256];

	if (!mkdtemp(template))
		return -1;
	snprintf(command, sizeof(command),
		 "mkdir -p %s/share/rules %s/share/a/b/c/d && : > %s/share/rules/frames.yaml", template,
		 template, template);
	*state = strdup(template);
	return system(command);
}

static int tear_down(void **state)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	free(*state);
	return system(command);
}

static void finds_the_rules_beside_the_program_or_above_it(void **state)
{
	static const char *const programs[] = {"share/qntriage", "share/a/qntriage", "share/a/b/qntriage",
					       "share/a/b/c/qntriage"};
	_cleanup_free_ char *expected = qn_path_join(*state, "share");

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		_cleanup_free_ char *program = qn_path_join(*state, programs[i]), *found = NULL;

		assert_no_error(qn_datadir_find_in(NULL, program, NULL, &found));
		assert_string_equal(found, expected);
	}
}

static void falls_back_to_the_installed_data(void **state)
{
	_cleanup_free_ char *expected = qn_path_join(*state, "share"), *found = NULL;
	_cleanup_free_ char *program = qn_path_join(*state, "share/a/b/c/d/qntriage");

	assert_no_error(qn_datadir_find_in("", program, expected, &found));
	assert_string_equal(found, expected);
}

static void the_variable_wins_and_must_be_right(void **state)
{
	_cleanup_free_ char *expected = qn_path_join(*state, "share"), *found = NULL, *none = NULL;

	assert_no_error(qn_datadir_find_in(expected, "/usr/bin/qntriage", NULL, &found));
	assert_string_equal(found, expected);
	assert_error(qn_datadir_find_in("/nowhere", expected, expected, &none), QN_ERROR_NOT_FOUND,
		     "/nowhere: holds no rules/frames.yaml; set QNTRIAGE_DATADIR to the folder that does, or "
		     "unset it");
}

static void says_where_it_looked(void **state)
{
	_cleanup_free_ char *found = NULL;

	(void)state;
	assert_error(
		qn_datadir_find_in(NULL, "/nowhere/bin/qntriage", "/nowhere/share", &found),
		QN_ERROR_NOT_FOUND,
		"rules/frames.yaml is neither beside /nowhere/bin/qntriage or in a folder above it, nor in "
		"/nowhere/share; set QNTRIAGE_DATADIR to the folder that holds rules/");
	assert_null(found);
}

static void assert_file(const char *path, const char *expected)
{
	_cleanup_fclose_ FILE *file = fopen(path, "r");
	char text[64] = "";

	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), strlen(expected));
	assert_string_equal(text, expected);
}

static void output_replaces_a_file_and_keeps_its_mode(void **state)
{
	_cleanup_free_ char *path = qn_path_join(*state, "share/report.txt");
	struct stat status;

	assert_no_error(qn_output_write(path, QN_TEXT("one")));
	assert_file(path, "one");
	assert_int_equal(chmod(path, 0640), 0);
	assert_no_error(qn_output_write(path, QN_TEXT("two")));
	assert_file(path, "two");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_no_error(qn_output_write("/dev/null", QN_TEXT("gone")));
}

static void output_that_cannot_be_written_is_an_error(void **state)
{
	_cleanup_error_ struct qn_error *error = qn_output_write(*state, QN_TEXT("x"));

	assert_non_null(error);
	assert_int_equal(error->code, QN_ERROR_SYSTEM);
	assert_int_equal(error->errno_value, EISDIR);
	assert_error(qn_output_write("/nowhere/x", QN_TEXT("x")), QN_ERROR_SYSTEM,
		     "/nowhere/x: cannot be written: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_rules_beside_the_program_or_above_it),
		cmocka_unit_test(falls_back_to_the_installed_data),
		cmocka_unit_test(the_variable_wins_and_must_be_right),
		cmocka_unit_test(says_where_it_looked),
		cmocka_unit_test(output_replaces_a_file_and_keeps_its_mode),
		cmocka_unit_test(output_that_cannot_be_written_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("datadir", tests, set_up, tear_down);
}
