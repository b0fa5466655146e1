#include "input/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/cleanup.h"
#include "base/banned.h"

#define READ_BYTES (256U << 10)
/* What is a hole when it is all zeros: a block of most file systems. */
#define HOLE_BYTES 4096U
/* Frames that hold no data, in front of Zstandard's first one (pzstd writes such). */
#define SKIPPED_FRAMES_MAX 1024U

/* What the first bytes say; the definitions are RFC 1952, RFC 8878, the .xz and the LZ4 frame format. */
static const struct {
	struct qn_text magic;
	int (*support)(struct archive *archive);
} formats[] = {
	{{"\x1f\x8b", 2}, archive_read_support_filter_gzip},
	{{"\xfd"
	  "7zXZ\0",
	  6},
	 archive_read_support_filter_xz},
	{{"\x28\xb5\x2f\xfd", 4}, archive_read_support_filter_zstd},
	{{"\x04\x22\x4d\x18", 4}, archive_read_support_filter_lz4},
	{{"\x02\x21\x4c\x18", 4}, archive_read_support_filter_lz4}, /* as Linux has it */
	{{"BZh", 3}, archive_read_support_filter_bzip2},
};

/* A packed file that is being read. */
struct packed {
	struct archive *archive;
	int fd;
	int errno_value; /* reading itself failed; what is damaged is no such thing */
	char block[READ_BYTES];
};

static void packed_destroy(struct packed *packed)
{
	if (packed && packed->archive)
		archive_read_free(packed->archive);
	free(packed);
}
QN_DEFINE_GUARD(struct packed, packed_destroy);

static la_ssize_t read_block(struct archive *archive, void *context, const void **ret)
{
	struct packed *packed = context;
	ssize_t got;

	do
		got = read(packed->fd, packed->block, sizeof(packed->block));
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		packed->errno_value = errno;
		archive_set_error(archive, errno, "cannot be read");
		return ARCHIVE_FATAL;
	}
	*ret = packed->block;
	return got;
}

/* @ret_is_open: false when its beginning is damaged already. libarchive knows what is packed by more bytes
 * than we do: what is cut among these it would read as it is. */
static struct qn_error *packed_create(int fd, bool must_be_packed, struct packed **ret, bool *ret_is_open)
{
	_cleanup_(packed_destroy_guard) struct packed *packed = calloc(1, sizeof(*packed));
	struct archive_entry *entry;

	if (!packed || !(packed->archive = archive_read_new()))
		return &qn_error_no_memory;
	packed->fd = fd;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		formats[i].support(packed->archive);
	archive_read_support_format_raw(packed->archive);
	archive_read_support_format_empty(packed->archive);
	*ret_is_open = archive_read_open(packed->archive, packed, NULL, read_block, NULL) == ARCHIVE_OK &&
		       archive_read_next_header(packed->archive, &entry) == ARCHIVE_OK &&
		       (!must_be_packed || archive_filter_code(packed->archive, 0) != ARCHIVE_FILTER_NONE);
	*ret = qn_take(packed);
	return NULL;
}

/* A file without a name: nobody else finds it, and it is gone when it is closed. */
static struct qn_error *open_temporary(int *ret)
{
	const char *folder = getenv("TMPDIR");
	_cleanup_free_ char *path = NULL;
	int fd;

	if (!folder || !*folder)
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) { /* not every file system has this */
		if (asprintf(&path, "%s/qntriage-XXXXXX", folder) < 0) {
			path = NULL;
			return &qn_error_no_memory;
		}
		fd = mkostemp(path, O_CLOEXEC);
		if (fd < 0)
			return qn_error_system(errno, "a temporary file in %s", folder);
		(void)unlink(path);
	}
	*ret = fd;
	return NULL;
}

/* The copy that grows. */
struct copy {
	const char *path;
	const struct qn_unpack_limits *limits;
	int fd;
	uint64_t size;    /* so far, with holes */
	uint64_t written; /* without them */
};

static bool is_zero(const char *data, size_t size)
{
	static const char zeros[HOLE_BYTES];

	return memcmp(data, zeros, size) == 0;
}

static struct qn_error *write_at(struct copy *copy, const char *data, size_t size, uint64_t at)
{
	copy->written += size;
	if (copy->written > copy->limits->disk_bytes)
		return qn_error_create(QN_ERROR_LIMIT,
				       "%s: unpacked it would take more than %" PRIu64 " MB of disk",
				       copy->path, copy->limits->disk_bytes >> 20);
	while (size) {
		ssize_t done = pwrite(copy->fd, data, size, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return qn_error_system(done ? errno : ENOSPC, "%s: unpacked into a temporary file",
					       copy->path);
		data += done;
		size -= (size_t)done;
		at += (uint64_t)done;
	}
	return NULL;
}

/* Writes what is not zero, in runs of whole blocks of the file. */
static struct qn_error *add_block(struct copy *copy, const char *data, size_t size)
{
	size_t run = 0; /* bytes before `at` that are still to be written */

	for (size_t at = 0; at < size;) {
		size_t piece = HOLE_BYTES - (copy->size + at) % HOLE_BYTES;

		if (piece > size - at)
			piece = size - at;
		if (is_zero(data + at, piece)) {
			QN_TRY(write_at(copy, data + at - run, run, copy->size + at - run));
			run = 0;
		} else {
			run += piece;
		}
		at += piece;
	}
	QN_TRY(write_at(copy, data + size - run, run, copy->size + size - run));
	copy->size += size;
	return NULL;
}

static struct qn_error *copy_all(struct copy *copy, struct packed *packed, bool *ret_is_cut)
{
	const void *data;
	size_t size;
	la_int64_t offset;
	int status;

	while ((status = archive_read_data_block(packed->archive, &data, &size, &offset)) == ARCHIVE_OK) {
		if (size > copy->limits->bytes - copy->size)
			return qn_error_create(QN_ERROR_LIMIT, "%s: unpacked it has more than %" PRIu64 " MB",
					       copy->path, copy->limits->bytes >> 20);
		QN_TRY(add_block(copy, data, size));
	}
	*ret_is_cut = status != ARCHIVE_EOF;
	return NULL;
}

static struct qn_error *unpack(const char *path, int fd, bool must_be_packed,
			       const struct qn_unpack_limits *limits, int *ret, bool *ret_is_packed,
			       bool *ret_is_cut)
{
	_cleanup_close_ int to = -1;
	_cleanup_(packed_destroy_guard) struct packed *packed = NULL;
	struct copy copy = {.path = path, .limits = limits};
	bool is_open, is_cut = true;

	QN_TRY(packed_create(fd, must_be_packed, &packed, &is_open));
	QN_TRY(open_temporary(&to));
	copy.fd = to;
	if (is_open)
		QN_TRY(copy_all(&copy, packed, &is_cut));
	else
		is_cut = must_be_packed || archive_filter_code(packed->archive, 0) != ARCHIVE_FILTER_NONE;
	if (packed->errno_value)
		return qn_error_system(packed->errno_value, "%s", path);
	if (ftruncate(to, (off_t)copy.size) < 0 || lseek(to, 0, SEEK_SET) < 0)
		return qn_error_system(errno, "%s: unpacked into a temporary file", path);
	*ret_is_packed = must_be_packed || archive_filter_code(packed->archive, 0) != ARCHIVE_FILTER_NONE;
	*ret_is_cut = is_cut;
	*ret = to;
	to = -1;
	return NULL;
}

/* Leaves @fd at what libarchive knows to begin with: a Zstandard file may begin with frames to be skipped,
 * each a magic number (0x184d2a50 to 5f), a length, and so many bytes. */
static void skip_frames(int fd)
{
	uint64_t at = 0;
	uint32_t head[2];

	for (unsigned i = 0; i < SKIPPED_FRAMES_MAX; i++) {
		if (pread(fd, head, sizeof(head), (off_t)at) != (ssize_t)sizeof(head) ||
		    (head[0] & 0xfffffff0) != 0x184d2a50)
			break;
		at += sizeof(head) + (uint64_t)head[1];
	}
	(void)lseek(fd, (off_t)at, SEEK_SET);
}

/* Of a regular file, whose first bytes can be looked at; @fd goes to where reading begins. */
static bool is_packed(int fd)
{
	char start[6];
	ssize_t got;

	skip_frames(fd);
	got = pread(fd, start, sizeof(start), lseek(fd, 0, SEEK_CUR));
	for (size_t i = 0; got > 0 && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (qn_text_starts((struct qn_text){start, (size_t)got}, formats[i].magic))
			return true;
	(void)lseek(fd, 0, SEEK_SET);
	return false;
}

static struct qn_error *open_path(const char *path, int *ret, struct stat *ret_status)
{
	bool is_stdin = strcmp(path, "-") == 0;
	_cleanup_close_ int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, ret_status) < 0)
		return qn_error_system(errno, "%s", path);
	if (S_ISDIR(ret_status->st_mode))
		return qn_error_system(EISDIR, "%s", path);
	*ret = fd;
	fd = -1;
	return NULL;
}

struct qn_error *qn_unpack_open_limited(const char *path, const struct qn_unpack_limits *limits, int *ret,
					bool *ret_is_packed, bool *ret_is_cut)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	QN_TRY(open_path(path, &fd, &status));
	if (!S_ISREG(status.st_mode))
		return unpack(path, fd, false, limits, ret, ret_is_packed, ret_is_cut);
	if (is_packed(fd))
		return unpack(path, fd, true, limits, ret, ret_is_packed, ret_is_cut);
	*ret_is_packed = false;
	*ret_is_cut = false;
	*ret = fd;
	fd = -1;
	return NULL;
}

struct qn_error *qn_unpack_open(const char *path, int *ret, bool *ret_is_packed, bool *ret_is_cut)
{
	static const struct qn_unpack_limits limits = {QN_UNPACKED_BYTES_MAX, QN_UNPACKED_DISK_BYTES_MAX};

	return qn_unpack_open_limited(path, &limits, ret, ret_is_packed, ret_is_cut);
}

static struct qn_error *peek_packed(int fd, char *to, size_t size, size_t *ret)
{
	_cleanup_(packed_destroy_guard) struct packed *packed = NULL;
	la_ssize_t got = 0;
	size_t have = 0;
	bool is_open;

	QN_TRY(packed_create(fd, true, &packed, &is_open));
	while (is_open && have < size &&
	       (got = archive_read_data(packed->archive, to + have, size - have)) > 0)
		have += (size_t)got;
	*ret = have;
	return NULL;
}

struct qn_error *qn_unpack_peek(const char *path, char *to, size_t size, size_t *ret)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	ssize_t got;

	*ret = 0;
	if (strcmp(path, "-") != 0 && stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return NULL; /* opening alone would wait for a writer */
	QN_TRY(open_path(path, &fd, &status));
	if (!S_ISREG(status.st_mode))
		return NULL;
	if (is_packed(fd))
		return peek_packed(fd, to, size, ret);
	got = pread(fd, to, size, 0);
	if (got < 0)
		return qn_error_system(errno, "%s", path);
	*ret = (size_t)got;
	return NULL;
}
