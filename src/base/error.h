/* An operation that could not be done.
 *
 * Functions that can fail return `struct qn_error *`: NULL is success. The caller owns a returned error and
 * either hands it up (qn_error_context() adds where it happened on the way) or destroys it. It is printed
 * once, in main. Odd *input* is no error: see issue.h. */
#ifndef QN_BASE_ERROR_H
#define QN_BASE_ERROR_H

enum qn_error_code {
	QN_ERROR_NO_MEMORY,
	QN_ERROR_SYSTEM,       /* a system call failed; errno_value says how */
	QN_ERROR_NOT_FOUND,    /* no such file, signature, rule */
	QN_ERROR_USAGE,        /* the command line is wrong: exit status 2 */
	QN_ERROR_UNRECOGNIZED, /* not the format it should be */
	QN_ERROR_DAMAGED,      /* the right format, broken */
	QN_ERROR_LIMIT,        /* a cap of limits.h was reached */
	QN_ERROR_RULE,         /* a rule file is wrong; the message begins FILE:LINE:COLUMN: */
	QN_ERROR_STORE,        /* the store cannot be used */
	QN_ERROR_INTERRUPTED,  /* the user asked us to stop */
	QN_ERROR_STRICT,       /* done, but some input was damaged or skipped: exit status 4 */
};

struct qn_error {
	enum qn_error_code code;
	int errno_value; /* 0 unless code is QN_ERROR_SYSTEM */
	char *message;   /* one line, no newline, no trailing full stop */
};

#define QN_MUST_CHECK __attribute__((warn_unused_result))
#define QN_PRINTF(string_index, first) __attribute__((format(printf, string_index, first)))

/* Static: may be returned when nothing can be allocated, and destroyed like any other. */
extern struct qn_error qn_error_no_memory;

struct qn_error *qn_error_create(enum qn_error_code code, const char *format, ...)
	QN_PRINTF(2, 3) QN_MUST_CHECK;

/* "<formatted>: <strerror(errno_value)>" */
struct qn_error *qn_error_system(int errno_value, const char *format, ...) QN_PRINTF(2, 3) QN_MUST_CHECK;

/* Puts "<formatted>: " in front of the message. Takes ownership of @error and returns it; NULL stays NULL. */
struct qn_error *qn_error_context(struct qn_error *error, const char *format, ...)
	QN_PRINTF(2, 3) QN_MUST_CHECK;

/* NULL is allowed. */
void qn_error_destroy(struct qn_error *error);

/* `return` the error of @expression, if there is one. */
#define QN_TRY(expression)                                     \
	do {                                                   \
		struct qn_error *qn_try_error_ = (expression); \
		if (qn_try_error_)                             \
			return qn_try_error_;                  \
	} while (0)

#endif
