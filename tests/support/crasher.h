/* Cores of programs that really died (tests/crashers/). The programs are compiled on first use, into the
 *build tree, and shared by all test programs there. Needs g++ or clang++ and bash.
 *
 *	int main(void)
 *	{
 *		...
 *		if (qn_crasher_skip())
 *			return 0;
 *		return QN_RUN("...", tests);
 *	}
 *	...
 *		char *core = qn_crasher_core("gcc", "null", folder);     FOLDER/gcc.null
 *		char *program = qn_crasher_program("gcc");
 */
#ifndef QN_TESTS_SUPPORT_CRASHER_H
#define QN_TESTS_SUPPORT_CRASHER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "support/test.h"

/* Runs crash.sh with @arguments; its last line of output, the caller's to free(), NULL when it failed. */
static inline char *qn_crasher_run(const char *arguments, int *status)
{
	char *command, *line = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *pipe;

	if (asprintf(&command, "bash '%s/tests/crashers/crash.sh' %s", qn_srcdir(), arguments) < 0)
		abort();
	pipe = popen(command, "r");
	free(command);
	if (!pipe)
		abort();
	while ((length = getline(&line, &size, pipe)) > 0)
		line[strcspn(line, "\n")] = '\0';
	*status = pclose(pipe);
	return line;
}

/* True, and a TAP plan that says why is printed, when the kernel gives no cores to this process. */
static inline bool qn_crasher_skip(void)
{
	int status;
	char *reason = qn_crasher_run("can", &status);

	if (status)
		printf("1..0 # SKIP %s\n", reason ? reason : "no cores");
	free(reason);
	return status != 0;
}

/* The folder with `crash` of a variant (crash.sh names them: "gcc", "clang+buildid"); the caller's to free().
 */
static inline char *qn_crasher_folder(const char *variant)
{
	const char *builddir = getenv("QN_BUILDDIR");
	char *arguments, *folder;
	int status;

	assert_true(asprintf(&arguments, "build '%s/tests/crashers.built' '%s'", builddir ? builddir : ".",
			     variant) > 0);
	folder = qn_crasher_run(arguments, &status);
	assert_int_equal(status, 0);
	assert_non_null(folder);
	free(arguments);
	return folder;
}

/* The program itself; the caller's to free(). */
static inline char *qn_crasher_program(const char *variant)
{
	char *folder = qn_crasher_folder(variant), *program;

	assert_true(asprintf(&program, "%s/crash", folder) > 0);
	free(folder);
	return program;
}

/* Path of a new core FOLDER/VARIANT.MODE; the caller's to free(). @mode may have an argument: "parked 200".
 * What the program wrote on standard error is in a file of that name with .err at its end. */
static inline char *qn_crasher_core(const char *variant, const char *mode, const char *folder)
{
	char *program = qn_crasher_program(variant), *arguments, *core, *signal;
	int status;

	assert_true(asprintf(&core, "%s/%s.%s", folder, variant, mode) > 0);
	assert_true(asprintf(&arguments, "core '%s' '%s' %s", program, core, mode) > 0);
	signal = qn_crasher_run(arguments, &status);
	assert_int_equal(status, 0);
	free(signal);
	free(arguments);
	free(program);
	return core;
}

#endif
