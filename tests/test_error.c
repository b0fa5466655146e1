#include "support/test.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/banned.h"

static void says_what_it_was_given(void **state)
{
	struct qn_error *error =
		qn_error_create(QN_ERROR_NOT_FOUND, "%s: no such signature", "QN-0123456789ab");

	(void)state;
	assert_non_null(error);
	assert_int_equal(error->errno_value, 0);
	assert_error(error, QN_ERROR_NOT_FOUND, "QN-0123456789ab: no such signature");
}

static void a_system_error_ends_in_the_reason(void **state)
{
	struct qn_error *error = qn_error_system(ENOENT, "%s", "a.log");

	(void)state;
	assert_int_equal(error->errno_value, ENOENT);
	assert_error(error, QN_ERROR_SYSTEM, "a.log: No such file or directory");
}

static void context_goes_in_front_and_keeps_code_and_errno(void **state)
{
	struct qn_error *error = qn_error_system(EACCES, "member %d", 3);

	(void)state;
	error = qn_error_context(error, "%s", "logs.tar");
	error = qn_error_context(error, "ingest");
	assert_int_equal(error->errno_value, EACCES);
	assert_error(error, QN_ERROR_SYSTEM, "ingest: logs.tar: member 3: Permission denied");
}

static void context_of_success_is_success(void **state)
{
	(void)state;
	assert_null(qn_error_context(NULL, "never seen"));
}

static void out_of_memory_is_static_and_takes_no_context(void **state)
{
	struct qn_error *error = qn_error_context(&qn_error_no_memory, "while reading");

	(void)state;
	assert_ptr_equal(error, &qn_error_no_memory);
	qn_error_destroy(error);
	assert_error(error, QN_ERROR_NO_MEMORY, "out of memory");
}

static void nothing_is_destroyed_for_null(void **state)
{
	(void)state;
	qn_error_destroy(NULL);
}

static struct qn_error *fails_or_not(bool fails, int *reached)
{
	QN_TRY(fails ? qn_error_create(QN_ERROR_LIMIT, "too much") : NULL);
	*reached += 1;
	return NULL;
}

static void try_returns_the_error_and_goes_on_without_one(void **state)
{
	int reached = 0;

	(void)state;
	assert_no_error(fails_or_not(false, &reached));
	assert_int_equal(reached, 1);
	assert_error(fails_or_not(true, &reached), QN_ERROR_LIMIT, "too much");
	assert_int_equal(reached, 1);
}

static void take_hands_over_and_leaves_null(void **state)
{
	_cleanup_free_ char *name = qn_text_copy(QN_TEXT("name"));
	char *taken = qn_take(name);

	(void)state;
	assert_null(name);
	assert_string_equal(taken, "name");
	free(taken);
}

static void a_guard_closes_what_was_opened(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	{
		_cleanup_close_ int reader = ends[0];
		_cleanup_close_ int none = -1;
		_cleanup_fclose_ FILE *writer = fdopen(ends[1], "w");
		_cleanup_fclose_ FILE *no_file = NULL;
		_cleanup_error_ struct qn_error *error = qn_error_create(QN_ERROR_USAGE, "dropped");

		assert_int_equal(error->code, QN_ERROR_USAGE);
		assert_true(reader >= 0 && none < 0 && writer && !no_file);
	}
	assert_int_equal(close(ends[0]), -1);
	assert_int_equal(close(ends[1]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_was_given),
		cmocka_unit_test(a_system_error_ends_in_the_reason),
		cmocka_unit_test(context_goes_in_front_and_keeps_code_and_errno),
		cmocka_unit_test(context_of_success_is_success),
		cmocka_unit_test(out_of_memory_is_static_and_takes_no_context),
		cmocka_unit_test(nothing_is_destroyed_for_null),
		cmocka_unit_test(try_returns_the_error_and_goes_on_without_one),
		cmocka_unit_test(take_hands_over_and_leaves_null),
		cmocka_unit_test(a_guard_closes_what_was_opened),
	};

	return QN_RUN("error", tests);
}
