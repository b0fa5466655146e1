/* A packed file (gzip, xz, Zstandard, LZ4, bzip2), unpacked for readers that need all of it at hand. The door
 * to libarchive. */
#ifndef QN_INPUT_UNPACK_H
#define QN_INPUT_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define QN_UNPACKED_BYTES_MAX (UINT64_C(256) << 30)     /* with its holes */
#define QN_UNPACKED_DISK_BYTES_MAX (UINT64_C(16) << 30) /* without them */

/* Opens @path ("-": standard input) for reading at random. A packed file, and one that cannot be sought in,
 * is copied to a file without a name in $TMPDIR or /tmp first, blocks of zeros as holes. @ret is the caller's
 * to close.
 * @ret_is_packed   it was unpacked
 * @ret_is_cut      the packed data ended too early or is damaged: @ret has what came before
 * QN_ERROR_SYSTEM: cannot be read or written; QN_ERROR_LIMIT: more than the caps above. */
struct qn_error *qn_unpack_open(const char *path, int *ret, bool *ret_is_packed,
				bool *ret_is_cut) QN_MUST_CHECK;

/* The same with caps of the caller's. */
struct qn_unpack_limits {
	uint64_t bytes, disk_bytes;
};
struct qn_error *qn_unpack_open_limited(const char *path, const struct qn_unpack_limits *limits, int *ret,
					bool *ret_is_packed, bool *ret_is_cut) QN_MUST_CHECK;

/* The first bytes of what is in the packed file, at most @size; fewer when it is shorter or cannot be
 * unpacked. For a file that is not packed its own first bytes. None of what is no regular file: they would be
 * missing later. */
struct qn_error *qn_unpack_peek(const char *path, char *to, size_t size, size_t *ret) QN_MUST_CHECK;

#endif
