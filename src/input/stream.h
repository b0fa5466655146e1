/* The bytes of a source, in order. Files are read in blocks, never mapped: one that shrinks must not raise
 * SIGBUS. */
#ifndef QN_INPUT_STREAM_H
#define QN_INPUT_STREAM_H

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "input/source.h"

struct qn_stream {
	int fd;
	bool is_stdin;
	const char *path; /* borrowed from the source */
	const volatile sig_atomic_t
		*interrupted;   /* may be NULL; not zero: a read that waits ends the stream */
	struct qn_buffer ahead; /* what was read before its time, and comes first */
	size_t ahead_at;
	bool is_ahead_all; /* and nothing behind it */
};

struct qn_error *qn_stream_open(const struct qn_source *source, struct qn_stream *ret) QN_MUST_CHECK;
void qn_stream_close(struct qn_stream *stream); /* a stream that is {.fd = -1} is fine */

/* Fills @data with @size bytes; fewer only at the end. */
struct qn_error *qn_stream_read(struct qn_stream *stream, char *data, size_t size, size_t *ret) QN_MUST_CHECK;

#endif
