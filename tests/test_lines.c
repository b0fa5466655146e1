#include "support/folder.h"

#include <fcntl.h>

#include "base/limits.h"
#include "input/lines.h"

struct reading {
	char *folder;
	struct qn_block_reader reader;
	struct qn_block block;
};

static void begin(struct reading *reading, const char *data, size_t size)
{
	char *path;
	struct qn_source source = {0};
	struct qn_stream stream;

	reading->folder = qn_folder_make();
	qn_folder_write(reading->folder, "x.log", data, size);
	path = qn_folder_path(reading->folder, "x.log");
	source.path = path;
	assert_no_error(qn_stream_open(&source, &stream));
	qn_block_reader_init(&reading->reader, stream);
	assert_no_error(qn_block_init(&reading->block));
	free(path);
}

static bool next(struct reading *reading)
{
	bool has;

	assert_no_error(qn_block_reader_next(&reading->reader, &reading->block, &has));
	return has;
}

static void end(struct reading *reading)
{
	qn_block_reader_deinit(&reading->reader);
	qn_block_deinit(&reading->block);
	qn_folder_remove(reading->folder);
}

/* @lines of @length bytes with their LF. */
static char *make_lines(size_t lines, size_t length)
{
	char *data = malloc(lines * length);

	assert_non_null(data);
	for (size_t i = 0; i < lines; i++) {
		memset(data + i * length, 'a' + (int)(i % 26), length - 1);
		data[i * length + length - 1] = '\n';
	}
	return data;
}

static void an_empty_source_has_no_block(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading, "", 0);
	assert_false(next(&reading));
	assert_false(next(&reading));
	end(&reading);
}

static void hands_out_every_byte_once_in_blocks_of_whole_lines(void **state)
{
	const size_t length = 1000, lines = 3500;
	char *data = make_lines(lines, length);
	struct reading reading;
	size_t seen = 0;
	uint64_t sequence = 0;

	(void)state;
	begin(&reading, data, lines * length);
	while (next(&reading)) {
		assert_int_equal(reading.block.offset, seen);
		assert_int_equal(reading.block.sequence, sequence++);
		assert_int_equal(reading.block.len % length, 0);
		assert_false(reading.block.is_cut);
		assert_memory_equal(reading.block.data, data + seen, reading.block.len);
		seen += reading.block.len;
	}
	assert_int_equal(seen, lines * length);
	assert_int_equal(sequence, 4);
	end(&reading);
	free(data);
}

static void keeps_a_last_line_without_newline(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading, "one\ntwo", 7);
	assert_true(next(&reading));
	assert_int_equal(reading.block.len, 7);
	assert_memory_equal(reading.block.data, "one\ntwo", 7);
	assert_false(next(&reading));
	end(&reading);
}

static void cuts_a_line_that_fills_a_block_and_goes_on_behind_it(void **state)
{
	size_t size = 5 + 3 * (size_t)QN_BLOCK_BYTES;
	char *data = malloc(size + 8);
	struct reading reading;

	(void)state;
	memcpy(data, "head\n", 5);
	memset(data + 5, 'x', size - 5);
	memcpy(data + size, "\ntail\n", 6);
	begin(&reading, data, size + 6);
	assert_true(next(&reading));
	assert_int_equal(reading.block.len, 5);
	assert_false(reading.block.is_cut);
	assert_true(next(&reading));
	assert_true(reading.block.is_cut);
	assert_int_equal(reading.block.offset, 5);
	assert_int_equal(reading.block.len, QN_LINE_BYTES_MAX);
	assert_true(next(&reading));
	assert_false(reading.block.is_cut);
	assert_int_equal(reading.block.offset, size + 1);
	assert_memory_equal(reading.block.data, "tail\n", 5);
	assert_false(next(&reading));
	assert_int_equal(reading.reader.offset, size + 6);
	end(&reading);
	free(data);
}

static void cuts_a_line_that_never_ends(void **state)
{
	size_t size = 2 * (size_t)QN_BLOCK_BYTES + 17;
	char *data = malloc(size);
	struct reading reading;

	(void)state;
	memset(data, 'x', size);
	begin(&reading, data, size);
	assert_true(next(&reading));
	assert_true(reading.block.is_cut);
	assert_false(next(&reading));
	assert_int_equal(reading.reader.offset, size);
	end(&reading);
	free(data);
}

/* Lines that begin with 'p' are pieces of what follows. */
static bool is_whole(const void *context, struct qn_text line)
{
	(void)context;
	return line.data[0] != 'p';
}

static void does_not_end_a_block_behind_a_piece(void **state)
{
	const size_t length = 1000, lines = 1100, fitting = QN_BLOCK_BYTES / 1000;
	char *data = make_lines(lines, length);
	struct reading reading;

	(void)state;
	for (size_t i = fitting - 3; i < fitting + 2; i++)
		data[i * length] = 'p';
	data[(fitting - 4) * length] = 'w';
	begin(&reading, data, lines * length);
	reading.reader.may_end = is_whole;
	assert_true(next(&reading));
	assert_int_equal(reading.block.len, (fitting - 3) * length);
	assert_true(next(&reading));
	assert_int_equal(reading.block.data[0], 'p');
	assert_int_equal(reading.block.len, (lines - fitting + 3) * length);
	end(&reading);
	free(data);
}

static void the_first_block_gives_back_pieces_when_it_shows_that_there_are_some(void **state)
{
	const size_t length = 1000, lines = 1100, fitting = QN_BLOCK_BYTES / 1000;
	char *data = make_lines(lines, length);
	struct reading reading;

	(void)state;
	for (size_t i = fitting - 3; i < fitting + 2; i++)
		data[i * length] = 'p';
	begin(&reading, data, lines * length);
	assert_true(next(&reading));
	assert_int_equal(reading.block.len, fitting * length);
	assert_no_error(qn_block_reader_recut(&reading.reader, &reading.block));
	assert_int_equal(reading.block.len, fitting * length);
	reading.reader.may_end = is_whole;
	assert_no_error(qn_block_reader_recut(&reading.reader, &reading.block));
	assert_int_equal(reading.block.len, (fitting - 3) * length);
	assert_memory_equal(reading.block.data, data, reading.block.len);
	assert_true(next(&reading));
	assert_int_equal(reading.block.offset, (fitting - 3) * length);
	assert_int_equal(reading.block.len, (lines - fitting + 3) * length);
	assert_memory_equal(reading.block.data, data + reading.block.offset, reading.block.len);
	assert_false(next(&reading));
	end(&reading);
	free(data);
}

static void blanks_nuls_and_says_how_many_from_where(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading, "ab\0\0c\0\nd\0", 9);
	assert_true(next(&reading));
	qn_block_blank_nuls(&reading.block);
	assert_memory_equal(reading.block.data, "ab  c \nd ", 9);
	assert_int_equal(reading.block.nuls, 4);
	assert_int_equal(reading.block.first_nul, 2);
	qn_block_blank_nuls(&reading.block);
	assert_int_equal(reading.block.nuls, 0);
	end(&reading);
}

static void the_hash_depends_on_the_content_alone(void **state)
{
	const size_t size = 2500 * 1000;
	char *data = make_lines(2500, 1000);
	struct qn_hash128 hashes[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct reading reading;

		if (i == 2)
			data[size / 2] ^= 1;
		begin(&reading, data, size);
		while (next(&reading))
			;
		hashes[i] = qn_digest_result(&reading.reader.content);
		end(&reading);
	}
	assert_memory_equal(&hashes[0], &hashes[1], sizeof(hashes[0]));
	assert_memory_not_equal(&hashes[0], &hashes[2], sizeof(hashes[0]));
	free(data);
}

static void opening_what_is_not_there_is_an_error(void **state)
{
	struct qn_source source = {.path = (char[]){"/nowhere/x.log"}};
	struct qn_stream stream;

	(void)state;
	assert_error(qn_stream_open(&source, &stream), QN_ERROR_SYSTEM,
		     "/nowhere/x.log: No such file or directory");
}

static void reading_a_folder_is_an_error(void **state)
{
	struct qn_source source = {.path = (char[]){"/"}};
	struct qn_stream stream;
	char byte;
	size_t got;

	(void)state;
	assert_no_error(qn_stream_open(&source, &stream));
	assert_error(qn_stream_read(&stream, &byte, 1, &got), QN_ERROR_SYSTEM, "/: Is a directory");
	qn_stream_close(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_source_has_no_block),
		cmocka_unit_test(hands_out_every_byte_once_in_blocks_of_whole_lines),
		cmocka_unit_test(keeps_a_last_line_without_newline),
		cmocka_unit_test(cuts_a_line_that_fills_a_block_and_goes_on_behind_it),
		cmocka_unit_test(cuts_a_line_that_never_ends),
		cmocka_unit_test(does_not_end_a_block_behind_a_piece),
		cmocka_unit_test(the_first_block_gives_back_pieces_when_it_shows_that_there_are_some),
		cmocka_unit_test(blanks_nuls_and_says_how_many_from_where),
		cmocka_unit_test(the_hash_depends_on_the_content_alone),
		cmocka_unit_test(opening_what_is_not_there_is_an_error),
		cmocka_unit_test(reading_a_folder_is_an_error),
	};

	return QN_RUN("lines", tests);
}
