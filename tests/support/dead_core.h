/* Cores of small C programs that are written, compiled and killed by a test, and what gdb says of them. */
#ifndef QN_TESTS_SUPPORT_DEAD_CORE_H
#define QN_TESTS_SUPPORT_DEAD_CORE_H

#include <fcntl.h>
#include <glob.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "core/core.h"
#include "support/folder.h"

static inline bool live_has(const char *program)
{
	char *command;
	int status;

	assert_true(asprintf(&command, "command -v %s >/dev/null 2>&1", program) > 0);
	status = system(command);
	free(command);
	return status == 0;
}

/* Why no cores can be had here; NULL: they can. */
static inline const char *live_obstacle(void)
{
	struct rlimit limit;
	char pattern[2] = "|";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY);

	if (fd >= 0) {
		if (read(fd, pattern, 1) != 1)
			pattern[0] = '|';
		close(fd);
	}
	if (pattern[0] == '|' || pattern[0] == '/')
		return "the kernel hands cores to a program, or puts them elsewhere";
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != RLIM_INFINITY)
		return "the size of cores is limited";
	if (!live_has("cc"))
		return "no C compiler";
	return NULL;
}

QN_PRINTF(2, 3)
static inline void live_run(const char *folder, const char *format, ...)
{
	char *command, *whole;
	va_list arguments;

	va_start(arguments, format);
	assert_true(vasprintf(&command, format, arguments) > 0);
	va_end(arguments);
	assert_true(asprintf(&whole, "cd '%s' && ulimit -c unlimited && { %s; } >/dev/null 2>&1", folder,
			     command) > 0);
	(void)!system(whole);
	free(whole);
	free(command);
}

/* FOLDER/NAME out of @source. */
static inline void live_compile(const char *folder, const char *compiler, const char *flags, const char *name,
				const char *source)
{
	char *file, *program;

	assert_true(asprintf(&file, "%s.c", name) > 0);
	qn_folder_write(folder, file, source, strlen(source));
	live_run(folder, "%s %s -o %s %s -pthread", compiler, flags, name, file);
	program = qn_folder_path(folder, name);
	assert_int_equal(access(program, X_OK), 0);
	free(program);
	free(file);
}

/* The core that @command leaves when it dies in @folder; the caller's to free(). */
static inline char *live_core(const char *folder, const char *command)
{
	char *pattern = qn_folder_path(folder, "core*"), *path = NULL, *kept;
	glob_t found;

	live_run(folder, "rm -f core core.*; %s", command);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	kept = qn_folder_path(folder, "kept");
	assert_int_equal(rename(found.gl_pathv[0], kept), 0);
	path = kept;
	globfree(&found);
	free(pattern);
	return path;
}

static inline struct qn_core *live_read(const char *path, enum qn_unwinder_choice unwinder)
{
	struct qn_core_options options = {.unwinder = unwinder};
	struct qn_core *core = NULL;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_no_error(qn_core_inspect(fd, &options, &core));
	close(fd);
	return core;
}

static inline const struct qn_core_stack *live_stack(const struct qn_core *core, size_t thread)
{
	assert_true(thread < core->threads_count);
	return &core->stacks[core->threads[thread].stack];
}

/* Number of the first frame of this function; SIZE_MAX: none. */
static inline size_t live_frame(const struct qn_core_stack *stack, const char *name)
{
	for (size_t i = 0; i < stack->count; i++)
		if (qn_text_equal(stack->frames[i].name, qn_text_of(name)))
			return i;
	return SIZE_MAX;
}

static inline size_t live_count(const struct qn_core_stack *stack, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->count; i++)
		count += qn_text_equal(stack->frames[i].name, qn_text_of(name));
	return count;
}

/* The pcs that gdb has for all physical frames of all threads, a line "TID PC PC ..." each; the caller's. */
static inline char *live_gdb(const char *folder, const char *program, const char *core)
{
	static const char script[] =
		"import gdb\n"
		"gdb.execute('set backtrace past-main on')\n"
		"gdb.execute('set backtrace past-entry on')\n"
		"out = open('gdb.out', 'w')\n"
		"for t in sorted(gdb.selected_inferior().threads(), key=lambda t: t.ptid[1]):\n"
		"    t.switch()\n"
		"    f = gdb.newest_frame()\n"
		"    pcs = []\n"
		"    while f is not None and f.is_valid():\n"
		"        if f.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):\n"
		"            pcs.append('%x' % f.pc())\n"
		"        f = f.older()\n"
		"    out.write('%d %s\\n' % (t.ptid[1], ' '.join(pcs)))\n"
		"out.close()\n";
	char *path = qn_folder_path(folder, "gdb.out"), *text;
	FILE *file;
	size_t size;

	qn_folder_write(folder, "ask.py", script, strlen(script));
	live_run(folder, "rm -f gdb.out; gdb -nx -batch -ex 'source ask.py' '%s' '%s'", program, core);
	file = fopen(path, "r");
	assert_non_null(file);
	text = calloc(1, 1 << 22);
	assert_non_null(text);
	size = fread(text, 1, (1 << 22) - 1, file);
	assert_true(size > 0);
	fclose(file);
	free(path);
	return text;
}

#endif
