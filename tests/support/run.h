/* Programs that a test runs: compilers, and judges such as addr2line and gdb. */
#ifndef QN_TESTS_SUPPORT_RUN_H
#define QN_TESTS_SUPPORT_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "support/test.h"

/* What @command prints; the caller's to free(). NULL: it failed. Programs made for a judge must not have the
 * sanitizers' options of the test itself. */
static inline char *qn_run(const char *command)
{
	FILE *pipe = popen(command, "r");
	size_t size = 0, capacity = 1U << 20;
	char *text = malloc(capacity + 1);

	assert_non_null(pipe);
	assert_non_null(text);
	for (size_t got; (got = fread(text + size, 1, capacity - size, pipe)) > 0;) {
		size += got;
		if (size == capacity) {
			capacity *= 2;
			text = realloc(text, capacity + 1);
			assert_non_null(text);
		}
	}
	text[size] = '\0';
	if (pclose(pipe) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static inline char *qn_run_in(const char *folder, const char *command)
{
	char *whole, *ret;

	assert_true(asprintf(&whole, "cd '%s' && { %s; } 2>/dev/null", folder, command) > 0);
	ret = qn_run(whole);
	free(whole);
	return ret;
}

/* False: it failed. */
static inline bool qn_run_quietly(const char *folder, const char *command)
{
	char *text = qn_run_in(folder, command);
	bool is_done = text != NULL;

	free(text);
	return is_done;
}

#endif
