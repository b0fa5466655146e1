#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct qn_error qn_error_no_memory = {
	.code = QN_ERROR_NO_MEMORY,
	.message = (char[]){"out of memory"},
};

static struct qn_error *make(enum qn_error_code code, int errno_value, char *message)
{
	struct qn_error *error = message ? malloc(sizeof(*error)) : NULL;

	if (!error) {
		free(message);
		return &qn_error_no_memory;
	}
	*error = (struct qn_error){.code = code, .errno_value = errno_value, .message = message};
	return error;
}

struct qn_error *qn_error_create(enum qn_error_code code, const char *format, ...)
{
	char *message;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&message, format, args);
	va_end(args);
	return make(code, 0, length < 0 ? NULL : message);
}

struct qn_error *qn_error_system(int errno_value, const char *format, ...)
{
	char *what, *message;
	char buffer[128];
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&what, format, args);
	va_end(args);
	if (length < 0)
		return &qn_error_no_memory;
	length = asprintf(&message, "%s: %s", what, strerror_r(errno_value, buffer, sizeof(buffer)));
	free(what);
	return make(QN_ERROR_SYSTEM, errno_value, length < 0 ? NULL : message);
}

struct qn_error *qn_error_context(struct qn_error *error, const char *format, ...)
{
	char *where, *message;
	va_list args;
	int length;

	if (!error || error == &qn_error_no_memory)
		return error;
	va_start(args, format);
	length = vasprintf(&where, format, args);
	va_end(args);
	if (length < 0)
		return error;
	length = asprintf(&message, "%s: %s", where, error->message);
	free(where);
	if (length >= 0) {
		free(error->message);
		error->message = message;
	}
	return error;
}

void qn_error_destroy(struct qn_error *error)
{
	if (!error || error == &qn_error_no_memory)
		return;
	free(error->message);
	free(error);
}
