/* Cores of programs that are compiled and run for it: the program dies by itself, or, where it hangs, is
 * killed once all its threads sleep. Each runs in an empty folder, in which the kernel leaves the core. */
#ifndef QN_TESTS_SUPPORT_LIVE_CORE_H
#define QN_TESTS_SUPPORT_LIVE_CORE_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/core.h"
#include "support/test.h"

struct live {
	char folder[256];
	char output[256 << 10]; /* what the program said */
	size_t output_len;
	int status; /* as wait(2) has it */
};

/* Why the kernel leaves no core in the working folder; NULL: it does. */
static inline const char *live_why_not(void)
{
	static char why[300];
	char pattern[200] = "";
	struct rlimit limit;
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "r");

	if (file) {
		if (!fgets(pattern, sizeof(pattern), file))
			pattern[0] = '\0';
		fclose(file);
	}
	pattern[strcspn(pattern, "\n")] = '\0';
	if (pattern[0] == '|' || strchr(pattern, '/') || !pattern[0]) {
		snprintf(why, sizeof(why), "kernel.core_pattern is '%s'", pattern);
		return why;
	}
	if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max < (64U << 20))
		return "the limit of core files is too low";
	return NULL;
}

static inline bool live_has(const char *program)
{
	char command[200];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
	return system(command) == 0;
}

static inline void live_begin(struct live *live)
{
	const char *base = getenv("TMPDIR");

	*live = (struct live){0};
	snprintf(live->folder, sizeof(live->folder), "%s/qn-live-XXXXXX", base && *base ? base : "/tmp");
	assert_non_null(mkdtemp(live->folder));
}

static inline void live_end(struct live *live)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", live->folder);
	assert_int_equal(system(command), 0);
}

/* @how: compiler and flags; the program becomes FOLDER/@name. False: it cannot be compiled like that. */
static inline bool live_compile(const struct live *live, const char *how, const char *source,
				const char *name)
{
	char command[1000];

	snprintf(command, sizeof(command), "%s '%s/tests/support/%s' -o '%s/%s' >'%s/compiler' 2>&1", how,
		 qn_srcdir(), source, live->folder, name, live->folder);
	return system(command) == 0;
}

/* A shell command in the folder. */
static inline bool live_command(const struct live *live, const char *command)
{
	char whole[1400];

	snprintf(whole, sizeof(whole), "cd '%s' && %s", live->folder, command);
	return system(whole) == 0;
}

static inline unsigned live_sleepers(pid_t pid)
{
	char path[100], text[64];
	unsigned count = 0;
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		int fd;
		ssize_t len = 0;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/syscall", (int)pid, entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			len = read(fd, text, sizeof(text) - 1);
			close(fd);
		}
		text[len > 0 ? len : 0] = '\0';
		/* futex(2) on x86-64 and AArch64 */
		count += strncmp(text, "202 ", 4) == 0 || strncmp(text, "98 ", 3) == 0;
	}
	if (tasks)
		closedir(tasks);
	return count;
}

/* Reads until the program ends, or until it said "ready N" and N lines more, and so many of its threads sleep
 * in futex(2). */
static inline void live_wait(struct live *live, pid_t pid, int fd)
{
	unsigned expected = 0, lines = 0;

	for (unsigned rounds = 0; rounds < 60000; rounds++) {
		ssize_t len = read(fd, live->output + live->output_len,
				   sizeof(live->output) - 1 - live->output_len);

		if (len == 0)
			return;
		if (len > 0) {
			for (ssize_t i = 0; i < len; i++)
				lines += live->output[live->output_len + (size_t)i] == '\n';
			live->output_len += (size_t)len;
			live->output[live->output_len] = '\0';
			if (!expected)
				(void)sscanf(live->output, "ready %u", &expected);
			continue;
		}
		if (expected && lines > expected && live_sleepers(pid) >= expected) {
			kill(pid, SIGABRT);
			return;
		}
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	kill(pid, SIGKILL);
}

/* Runs FOLDER/@name @mode in a folder of its own; returns the core, open, or -1. */
static inline int live_run(struct live *live, const char *name, const char *mode)
{
	char folder[400], program[400], core[800] = "";
	struct dirent *entry;
	int ends[2];
	pid_t pid;
	DIR *found;

	snprintf(folder, sizeof(folder), "%s/run-%s-%s", live->folder, name, mode);
	snprintf(program, sizeof(program), "%s/%s", live->folder, name);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	live->output_len = 0;
	live->output[0] = '\0';
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit limit;
		int null = open("/dev/null", O_RDWR);

		getrlimit(RLIMIT_CORE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_CORE, &limit);
		dup2(null, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (chdir(folder) == 0)
			execl(program, program, mode, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	live_wait(live, pid, ends[0]);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &live->status, 0), pid);
	found = opendir(folder);
	while (found && (entry = readdir(found)))
		if (entry->d_name[0] != '.')
			snprintf(core, sizeof(core), "%s/%s", folder, entry->d_name);
	if (found)
		closedir(found);
	return core[0] ? open(core, O_RDONLY | O_CLOEXEC) : -1;
}

/* The same, read. */
static inline struct qn_core *live_core(struct live *live, const char *name, const char *mode)
{
	static const struct qn_core_options options;
	struct qn_core *core = NULL;
	int fd = live_run(live, name, mode);

	if (fd < 0)
		fail_msg("%s %s left no core (status %d, said '%.200s')", name, mode, live->status,
			 live->output);
	assert_no_error(qn_core_inspect(fd, &options, &core));
	close(fd);
	return core;
}

#endif
