/* unpack.c: what libarchive packed (another part of it than unpacks) comes out again, with holes, also cut.
 */
#include "support/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/cleanup.h"
#include "input/unpack.h"
#include "support/folder.h"

#define CONTENT_BYTES (3U << 20)

/* A megabyte that does not pack well, one of zeros, one that does. */
static char *make_content(void)
{
	char *content = calloc(1, CONTENT_BYTES);
	uint32_t random = 1;

	assert_non_null(content);
	memcpy(content,
	       "\x7f"
	       "ELF",
	       4);
	for (size_t i = 4; i < 1 << 20; i++) {
		random = random * 1664525 + 1013904223;
		content[i] = (char)(random >> 24);
	}
	memset(content + (2 << 20), 'x', 1 << 20);
	return content;
}

static const struct {
	const char *name;
	int (*add)(struct archive *archive);
} filters[] = {
	{"gz", archive_write_add_filter_gzip},   {"xz", archive_write_add_filter_xz},
	{"zst", archive_write_add_filter_zstd},  {"lz4", archive_write_add_filter_lz4},
	{"bz2", archive_write_add_filter_bzip2},
};
#define FILTERS_COUNT (sizeof(filters) / sizeof(filters[0]))

static void pack(size_t filter, const char *content, size_t size, struct qn_buffer *ret)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0;

	assert_true(qn_buffer_reserve(ret, size + (1 << 20)));
	assert_int_equal(filters[filter].add(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open_memory(archive, ret->data, size + (1 << 20), &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "core");
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	for (size_t at = 0; at < size; at += 1 << 20) {
		size_t piece = size - at < 1 << 20 ? size - at : 1 << 20;

		assert_int_equal(archive_write_data(archive, content + at, piece), piece);
	}
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	ret->len = used;
	archive_entry_free(entry);
	archive_write_free(archive);
}

static void assert_content(int fd, const char *expected, size_t size)
{
	char *got = malloc(size + 1);
	struct stat status;

	assert_non_null(got);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, size);
	assert_int_equal(pread(fd, got, size + 1, 0), size);
	assert_memory_equal(got, expected, size);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	free(got);
}

static void unpacks_what_was_packed_with_zeros_as_holes(void **state)
{
	char *folder = qn_folder_make(), *content = make_content();

	(void)state;
	for (size_t i = 0; i < FILTERS_COUNT; i++) {
		struct qn_buffer packed = {0};
		char *path = qn_folder_path(folder, filters[i].name);
		bool is_packed = false, is_cut = true;
		char start[16];
		struct stat status;
		size_t have;
		int fd;

		pack(i, content, CONTENT_BYTES, &packed);
		qn_folder_write(folder, filters[i].name, packed.data, packed.len);
		assert_no_error(qn_unpack_open(path, &fd, &is_packed, &is_cut));
		assert_true(is_packed);
		assert_false(is_cut);
		assert_content(fd, content, CONTENT_BYTES);
		assert_int_equal(fstat(fd, &status), 0);
		assert_true((uint64_t)status.st_blocks * 512 < CONTENT_BYTES - (1 << 19));
		assert_int_equal(status.st_nlink, 0); /* nobody else finds it */
		close(fd);
		assert_no_error(qn_unpack_peek(path, start, sizeof(start), &have));
		assert_int_equal(have, sizeof(start));
		assert_memory_equal(start, content, sizeof(start));
		free(path);
		qn_buffer_deinit(&packed);
	}
	free(content);
	qn_folder_remove(folder);
}

static void tells_what_came_before_the_damage(void **state)
{
	char *folder = qn_folder_make(), *content = make_content();

	(void)state;
	for (size_t i = 0; i < FILTERS_COUNT; i++) {
		struct qn_buffer packed = {0};
		char *path = qn_folder_path(folder, "cut");
		bool is_packed = false, is_cut = false;
		struct stat status;
		char *got;
		int fd;

		pack(i, content, CONTENT_BYTES, &packed);
		qn_folder_write(folder, "cut", packed.data, packed.len * 3 / 4);
		assert_no_error(qn_unpack_open(path, &fd, &is_packed, &is_cut));
		assert_true(is_packed);
		assert_true(is_cut);
		assert_int_equal(fstat(fd, &status), 0);
		assert_true(status.st_size <= (1 << 20));
		got = malloc((size_t)status.st_size + 1);
		assert_non_null(got);
		assert_int_equal(read(fd, got, (size_t)status.st_size), status.st_size);
		assert_memory_equal(got, content, (size_t)status.st_size);
		free(got);
		close(fd);
		/* nothing but the magic number */
		qn_folder_write(folder, "cut", packed.data, 6);
		assert_no_error(qn_unpack_open(path, &fd, &is_packed, &is_cut));
		assert_true(is_cut);
		close(fd);
		free(path);
		qn_buffer_deinit(&packed);
	}
	free(content);
	qn_folder_remove(folder);
}

static void opens_a_plain_file_as_it_is(void **state)
{
	char *folder = qn_folder_make(), *path = qn_folder_path(folder, "plain");
	bool is_packed = true, is_cut = true;
	struct stat status;
	char start[16];
	size_t have;
	int fd;

	(void)state;
	qn_folder_write(folder, "plain", "plain text", 10);
	assert_no_error(qn_unpack_open(path, &fd, &is_packed, &is_cut));
	assert_false(is_packed);
	assert_false(is_cut);
	assert_content(fd, "plain text", 10);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_nlink, 1); /* no copy */
	close(fd);
	assert_no_error(qn_unpack_peek(path, start, sizeof(start), &have));
	assert_int_equal(have, 10);
	qn_folder_write(folder, "plain", "", 0);
	assert_no_error(qn_unpack_open(path, &fd, &is_packed, &is_cut));
	assert_false(is_cut);
	close(fd);
	free(path);
	qn_folder_remove(folder);
}

/* pzstd begins with a frame that holds no data: here one of 4 bytes. */
static void skips_frames_without_data(void **state)
{
	char *folder = qn_folder_make(), *path = qn_folder_path(folder, "pzstd");
	struct qn_buffer packed = {0}, whole = {0};
	bool is_packed, is_cut;
	int fd;

	(void)state;
	pack(2, "content", 7, &packed);
	qn_buffer_append(&whole, "\x50\x2a\x4d\x18\x04\0\0\0size", 12);
	qn_buffer_append_text(&whole, qn_buffer_text(&packed));
	qn_folder_write(folder, "pzstd", whole.data, whole.len);
	assert_no_error(qn_unpack_open(path, &fd, &is_packed, &is_cut));
	assert_true(is_packed);
	assert_content(fd, "content", 7);
	close(fd);
	qn_buffer_deinit(&packed);
	qn_buffer_deinit(&whole);
	free(path);
	qn_folder_remove(folder);
}

/* @packed goes through a pipe, which cannot be sought in, as standard input. */
static void assert_from_pipe(const char *data, size_t size, bool is_packed_expected)
{
	int ends[2], before = dup(STDIN_FILENO), fd, status;
	bool is_packed, is_cut;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[0]);
		_exit(write(ends[1], data, size) == (ssize_t)size ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	assert_no_error(qn_unpack_open("-", &fd, &is_packed, &is_cut));
	assert_int_equal(is_packed, is_packed_expected);
	assert_false(is_cut);
	assert_content(fd, "content", 7);
	close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	if (before >= 0) {
		dup2(before, STDIN_FILENO);
		close(before);
	} else {
		close(STDIN_FILENO);
	}
}

static void reads_standard_input_packed_or_not(void **state)
{
	struct qn_buffer packed = {0};

	(void)state;
	assert_from_pipe("content", 7, false);
	pack(2, "content", 7, &packed);
	assert_from_pipe(packed.data, packed.len, true);
	qn_buffer_deinit(&packed);
}

static void keeps_to_its_limits(void **state)
{
	static const struct qn_unpack_limits small = {1 << 20, 1 << 30}, flat = {1 << 30, 1 << 20};
	char *folder = qn_folder_make(), *content = make_content(),
	     *path = qn_folder_path(folder, "core.zst");
	struct qn_buffer packed = {0};
	bool is_packed, is_cut;
	char message[512];
	int fd = -1;

	(void)state;
	pack(2, content, CONTENT_BYTES, &packed);
	qn_folder_write(folder, "core.zst", packed.data, packed.len);
	snprintf(message, sizeof(message), "%s: unpacked it has more than 1 MB", path);
	assert_error(qn_unpack_open_limited(path, &small, &fd, &is_packed, &is_cut), QN_ERROR_LIMIT, message);
	snprintf(message, sizeof(message), "%s: unpacked it would take more than 1 MB of disk", path);
	assert_error(qn_unpack_open_limited(path, &flat, &fd, &is_packed, &is_cut), QN_ERROR_LIMIT, message);
	assert_int_equal(fd, -1);
	free(content);
	free(path);
	qn_buffer_deinit(&packed);
	qn_folder_remove(folder);
}

static void says_what_cannot_be_opened(void **state)
{
	char *folder = qn_folder_make(), *path = qn_folder_path(folder, "missing");
	bool is_packed, is_cut;
	char message[512], start[4];
	size_t have;
	int fd;

	(void)state;
	snprintf(message, sizeof(message), "%s: No such file or directory", path);
	assert_error(qn_unpack_open(path, &fd, &is_packed, &is_cut), QN_ERROR_SYSTEM, message);
	assert_error(qn_unpack_peek(path, start, sizeof(start), &have), QN_ERROR_SYSTEM, message);
	snprintf(message, sizeof(message), "%s: Is a directory", folder);
	assert_error(qn_unpack_open(folder, &fd, &is_packed, &is_cut), QN_ERROR_SYSTEM, message);
	/* a fifo is not waited for */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_no_error(qn_unpack_peek(path, start, sizeof(start), &have));
	assert_int_equal(have, 0);
	free(path);
	qn_folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks_what_was_packed_with_zeros_as_holes),
		cmocka_unit_test(tells_what_came_before_the_damage),
		cmocka_unit_test(opens_a_plain_file_as_it_is),
		cmocka_unit_test(skips_frames_without_data),
		cmocka_unit_test(reads_standard_input_packed_or_not),
		cmocka_unit_test(keeps_to_its_limits),
		cmocka_unit_test(says_what_cannot_be_opened),
	};
	return QN_RUN("unpack", tests);
}
