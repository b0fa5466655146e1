/* The child that reads a core: what it tells, and that it cannot do harm. */
#include "core/core.h"

#include <errno.h>
#include <sys/wait.h>

#include "support/folder.h"
#include "support/test.h"

#include "base/banned.h"

static void what_is_not_there_is_an_error(void **state)
{
	const struct qn_core_options options = {0};
	struct qn_core *core = NULL;
	struct qn_error *error = qn_core_read("/nonexistent/core", &options, &core);

	(void)state;
	assert_non_null(error);
	assert_int_equal(error->code, QN_ERROR_SYSTEM);
	assert_int_equal(error->errno_value, ENOENT);
	assert_null(core);
	qn_error_destroy(error);
}

/* A frame of Zstandard whose blocks are 128 KiB of zeros each (RFC 8878, 3.1.1.2): the cheapest way
 * to keep a reader busy. */
static void write_bomb(const char *path, unsigned blocks)
{
	static const unsigned char head[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38};
	_cleanup_fclose_ FILE *file = fopen(path, "w");

	assert_non_null(file);
	fwrite(head, 1, sizeof(head), file);
	for (unsigned i = 0; i < blocks; i++) {
		uint32_t block = (UINT32_C(131072) << 3) | (1U << 1) | (i + 1 == blocks);
		unsigned char bytes[4] = {(unsigned char)block, (unsigned char)(block >> 8),
					  (unsigned char)(block >> 16), 0};

		fwrite(bytes, 1, sizeof(bytes), file);
	}
}

static void what_is_no_core_is_refused_in_the_child_s_words(void **state)
{
	const struct qn_core_options options = {0};
	static const char text[] =
		"[INFO] no core at all, but as long as a header of ELF would be, and then some more\n";
	char *folder = qn_folder_make();
	_cleanup_free_ char *path = qn_folder_path(folder, "text");
	struct qn_core *core = NULL;
	struct qn_error *error;

	(void)state;
	qn_folder_write(folder, "text", text, sizeof(text) - 1);
	error = qn_core_read(path, &options, &core);
	assert_non_null(error);
	assert_int_equal(error->code, QN_ERROR_UNRECOGNIZED);
	assert_null(core);
	qn_error_destroy(error);
	qn_folder_remove(folder);
}

static void a_reader_over_its_time_is_stopped_and_said_so(void **state)
{
	const struct qn_core_options options = {.cpu_seconds = 1};
	char *folder = qn_folder_make();
	_cleanup_free_ char *path = qn_folder_path(folder, "bomb.zst");
	struct qn_core *core = NULL;

	(void)state;
	write_bomb(path, 600000);
	assert_no_error(qn_core_read(path, &options, &core));
	assert_int_equal(core->threads_count, 0);
	assert_true(core->crashed == SIZE_MAX);
	assert_int_equal(core->notes_count, 1);
	assert_text(core->notes[0].text,
		    "its reader was stopped at the limit of 1 s of a processor, or of memory; "
		    "what was known by then is told");
	qn_core_destroy(core);
	qn_folder_remove(folder);
}

static void no_child_is_left_behind(void **state)
{
	(void)state;
	errno = 0;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_there_is_an_error),
		cmocka_unit_test(what_is_no_core_is_refused_in_the_child_s_words),
		cmocka_unit_test(a_reader_over_its_time_is_stopped_and_said_so),
		cmocka_unit_test(no_child_is_left_behind),
	};

	return QN_RUN("core_read", tests);
}
