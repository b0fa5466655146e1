#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "report/paint.h"
#include "base/banned.h"

static int write_all(int fd, struct qn_text text)
{
	while (text.len) {
		ssize_t written = write(fd, text.data, text.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		text = qn_text_from(text, (size_t)written);
	}
	return 0;
}

static struct qn_error *failed(int error, const char *path)
{
	const char *remedy = error == ENOSPC || error == EDQUOT
				     ? " (make room, or choose another place with --output)"
				     : "";

	return qn_error_system(error, "%s: cannot be written%s", path, remedy);
}

/* Closes @fd. */
static int finish(int fd, struct qn_text text, bool is_synced)
{
	int error = write_all(fd, text);

	if (!error && is_synced && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		error = errno;
	if (close(fd) < 0 && !error)
		error = errno;
	return error;
}

static struct qn_error *write_directly(const char *path, struct qn_text text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), error;

	if (fd < 0)
		return failed(errno, path);
	error = finish(fd, text, false);
	return error ? failed(error, path) : NULL;
}

/* @path  where the file is or will be, no link; @name  what the user calls it */
static struct qn_error *replace(const char *path, const char *name, mode_t mode, struct qn_text text)
{
	_cleanup_free_ char *temporary = NULL;
	int fd, error;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return &qn_error_no_memory;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return failed(errno, name);
	error = fchmod(fd, mode) < 0 ? errno : 0;
	if (error)
		close(fd);
	else
		error = finish(fd, text, true);
	if (!error && rename(temporary, path) < 0)
		error = errno;
	if (error)
		unlink(temporary);
	return error ? failed(error, name) : NULL;
}

struct qn_error *qn_output_write(const char *path, struct qn_text text)
{
	_cleanup_free_ char *real = NULL;
	struct stat status;
	mode_t mask;

	if (!path) {
		int error = write_all(STDOUT_FILENO, text);

		return error && error != EPIPE ? failed(error, "standard output") : NULL;
	}
	if (stat(path, &status) == 0) {
		if (!S_ISREG(status.st_mode))
			return write_directly(path, text);
		real = realpath(path, NULL);
		if (!real)
			return failed(errno, path);
		return replace(real, path, status.st_mode & 07777, text);
	}
	if (errno != ENOENT)
		return failed(errno, path);
	mask = umask(0);
	umask(mask);
	return replace(path, path, 0666 & ~mask, text);
}

void qn_output_complain(struct qn_text message)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer line = {0};
	struct qn_paint paint = {.out = &line, .width = UINT_MAX};

	qn_paint_string(&paint, QN_INK_PLAIN, "qntriage: ");
	qn_paint_text(&paint, QN_INK_PLAIN, qn_text_trim(message));
	qn_paint_newline(&paint);
	if (line.is_failed)
		fprintf(stderr, "qntriage: %.*s\n", QN_ARG(message)); /* better raw than not at all */
	else
		fwrite(line.data, 1, line.len, stderr);
}
