/* For tests that read cores of small programs: compiles one in a folder of the test, lets it die, and says
 * what its core tells. Needs gcc and a kernel that writes cores. */
#ifndef QN_TESTS_SUPPORT_CRASH_PROGRAM_H
#define QN_TESTS_SUPPORT_CRASH_PROGRAM_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/core.h"
#include "support/folder.h"

/* Runs a line of shell in @folder; what it prints, the caller's to free(). NULL: it failed. */
QN_PRINTF(2, 0)
static inline char *qn_crash_try(const char *folder, const char *format, va_list arguments)
{
	char *line, *command, *output = calloc(1, 65536);
	size_t size = 0;
	FILE *pipe;

	assert_true(vasprintf(&line, format, arguments) > 0);
	assert_true(asprintf(&command, "cd '%s' && { %s\n}", folder, line) > 0);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_non_null(output);
	size = fread(output, 1, 65535, pipe);
	output[size] = '\0';
	while (size && output[size - 1] == '\n')
		output[--size] = '\0';
	if (pclose(pipe) != 0) {
		free(output);
		output = NULL;
	}
	free(line);
	free(command);
	return output;
}

/* The same, which must succeed. */
QN_PRINTF(2, 3) static inline char *qn_crash_shell(const char *folder, const char *format, ...)
{
	va_list arguments;
	char *output;

	va_start(arguments, format);
	output = qn_crash_try(folder, format, arguments);
	va_end(arguments);
	if (!output)
		fail_msg("failed: %s", format);
	return output;
}

QN_PRINTF(2, 3) static inline void qn_crash_do(const char *folder, const char *format, ...)
{
	va_list arguments;
	char *output;

	va_start(arguments, format);
	output = qn_crash_try(folder, format, arguments);
	va_end(arguments);
	if (!output)
		fail_msg("failed: %s", format);
	free(output);
}

/* True: @name is an installed command. */
static inline bool qn_crash_has(const char *name)
{
	char *command;
	int status;

	assert_true(asprintf(&command, "command -v %s >/dev/null 2>&1", name) > 0);
	status = system(command);
	free(command);
	return status == 0;
}

/* Why no core can be had here; NULL: they can. */
static inline const char *qn_crash_refusal(void)
{
	struct rlimit limit;
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "r");
	int first = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	if (first == '|' || first == '/' || first == EOF)
		return "the kernel gives cores to somebody else (core_pattern)";
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max == 0)
		return "no cores are allowed here (RLIMIT_CORE)";
	if (!qn_crash_has("gcc"))
		return "there is no gcc";
	return NULL;
}

/* Lets FOLDER/run COMMAND die there; the path of its core, moved to FOLDER/NAME, the caller's to free(). */
static inline char *qn_crash_core(const char *folder, const char *name, const char *command)
{
	char *path = qn_folder_path(folder, name);

	qn_crash_do(folder,
		    "rm -rf dying && mkdir dying && cd dying && ulimit -c unlimited && "
		    "{ (%s) >/dev/null 2>&1; true; } 2>/dev/null && mv core* ../%s",
		    command, name);
	return path;
}

/* What the core at @path tells, with folders and files of --symbols up to a NULL. */
static inline struct qn_core *qn_crash_inspect(const char *path, const char *sysroot,
					       const char *const *symbols)
{
	struct qn_core_options options = {.symbols = symbols, .sysroot = sysroot};
	struct qn_core *core = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (symbols && symbols[options.symbols_count])
		options.symbols_count++;
	assert_true(fd >= 0);
	assert_no_error(qn_core_inspect(fd, &options, &core));
	close(fd);
	return core;
}

/* The first module whose path ends in @name; fails when there is none. */
static inline const struct qn_core_module *qn_crash_module(const struct qn_core *core, const char *name)
{
	for (size_t i = 0; i < core->modules_count; i++)
		if (qn_text_ends(core->modules[i].path, qn_text_of(name)))
			return &core->modules[i];
	fail_msg("no module %s", name);
	return NULL;
}

static inline bool qn_crash_has_note(const struct qn_core *core, const char *part)
{
	for (size_t i = 0; i < core->notes_count; i++)
		if (qn_text_contains(core->notes[i].text, qn_text_of(part)))
			return true;
	return false;
}

#endif
