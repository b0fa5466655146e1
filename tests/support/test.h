/* For every test program: cmocka with TAP, and where the tree is.
 *
 *	int main(void)
 *	{
 *		const struct CMUnitTest tests[] = { cmocka_unit_test(cuts_a_line_over_the_limit) };
 *		return QN_RUN("text", tests);
 *	}
 */
#ifndef QN_TESTS_SUPPORT_TEST_H
#define QN_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"

#define QN_RUN(name, tests) \
	(cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests_name(name, tests, NULL, NULL))

/* The top of the source tree: $QN_SRCDIR, which make check sets, else the current folder. */
static inline const char *qn_srcdir(void)
{
	const char *dir = getenv("QN_SRCDIR");

	return dir ? dir : ".";
}

/* Leaves a test that cannot run here, and says so: cmocka 1.1.5's skip() counts as a failure under TAP. */
#define qn_skip(reason)                                      \
	do {                                                 \
		print_message("# not tested: " reason "\n"); \
		return;                                      \
	} while (0)

#define assert_no_error(expression)                                               \
	do {                                                                      \
		struct qn_error *assert_error_ = (expression);                    \
		if (assert_error_)                                                \
			fail_msg("unexpected error: %s", assert_error_->message); \
	} while (0)

/* Code and message; destroys the error. */
#define assert_error(expression, expected_code, expected_message)              \
	do {                                                                   \
		struct qn_error *assert_error_ = (expression);                 \
		assert_non_null(assert_error_);                                \
		assert_string_equal(assert_error_->message, expected_message); \
		assert_int_equal(assert_error_->code, expected_code);          \
		qn_error_destroy(assert_error_);                               \
	} while (0)

#define assert_text(text, expected)                              \
	do {                                                     \
		struct qn_text assert_text_ = (text);            \
		char *assert_copy_ = qn_text_copy(assert_text_); \
		assert_string_equal(assert_copy_, expected);     \
		free(assert_copy_);                              \
	} while (0)

#endif
