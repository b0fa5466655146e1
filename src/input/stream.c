#include "input/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define NAP_MSEC 100

struct qn_error *qn_stream_open(const struct qn_source *source, struct qn_stream *ret)
{
	bool is_stdin = source->is_named && !strcmp(source->path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return qn_error_system(errno, "%s", source->path);
	*ret = (struct qn_stream){.fd = fd, .is_stdin = is_stdin, .path = source->path};
	return NULL;
}

void qn_stream_close(struct qn_stream *stream)
{
	if (stream->fd >= 0 && !stream->is_stdin)
		close(stream->fd);
	stream->fd = -1;
	qn_buffer_deinit(&stream->ahead);
}

static size_t take_ahead(struct qn_stream *stream, char *data, size_t size)
{
	struct qn_text left =
		qn_text_first(qn_text_from(qn_buffer_text(&stream->ahead), stream->ahead_at), size);

	if (left.len)
		memcpy(data, left.data, left.len);
	stream->ahead_at += left.len;
	if (stream->ahead.len && stream->ahead_at == stream->ahead.len) {
		qn_buffer_deinit(&stream->ahead);
		stream->ahead_at = 0;
	}
	return left.len;
}

/* Waits until there is something to read. A signal reaches any one thread of the process, not always the one
 * that waits here: hence the short naps. False: the run was interrupted. */
static bool wait_for_data(const struct qn_stream *stream)
{
	struct pollfd wanted = {.fd = stream->fd, .events = POLLIN};

	while (!stream->interrupted || !*stream->interrupted) {
		int ready = poll(&wanted, 1, NAP_MSEC);

		if (ready > 0 || (ready < 0 && errno != EINTR))
			return true; /* also what is wrong: read() says it */
	}
	return false;
}

struct qn_error *qn_stream_read(struct qn_stream *stream, char *data, size_t size, size_t *ret)
{
	size_t have = take_ahead(stream, data, size);

	while (have < size && !stream->is_ahead_all) {
		ssize_t got;

		if (!wait_for_data(stream))
			break;
		got = read(stream->fd, data + have, size - have);

		if (got < 0 && errno == EINTR && stream->interrupted && *stream->interrupted)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return qn_error_system(errno, "%s", stream->path);
		if (got == 0)
			break;
		have += (size_t)got;
	}
	*ret = have;
	return NULL;
}
