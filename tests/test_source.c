#include "support/folder.h"

#include "input/source.h"

static struct qn_error *find(const char *path, struct qn_issues *issues, struct qn_sources *sources)
{
	return qn_sources_find(&path, 1, issues, sources);
}

static void walks_a_folder_in_byte_order_of_names(void **state)
{
	char *folder = qn_folder_make(), *sub = qn_folder_path(folder, "b");
	struct qn_sources sources = {0};
	struct qn_issues issues = {0};
	const char *expected[] = {"B.log", "a.log", "b/0.log", "b/1.log", "c.log"};

	(void)state;
	assert_int_equal(mkdir(sub, 0700), 0);
	for (int i = 4; i >= 0; i--)
		qn_folder_write(folder, expected[i], "x\n", 2);
	assert_no_error(find(folder, &issues, &sources));
	assert_int_equal(sources.count, 5);
	for (size_t i = 0; i < 5; i++) {
		char *path = qn_folder_path(folder, expected[i]);

		assert_string_equal(sources.items[i].path, path);
		assert_false(sources.items[i].is_named);
		free(path);
	}
	assert_int_equal(issues.count, 0);
	qn_sources_deinit(&sources);
	qn_issues_deinit(&issues);
	free(sub);
	qn_folder_remove(folder);
}

static void reads_a_file_met_on_two_paths_once_and_says_so(void **state)
{
	char *folder = qn_folder_make(), *first = qn_folder_path(folder, "a.log"),
	     *second = qn_folder_path(folder, "b.log");
	char *loop = qn_folder_path(folder, "loop"), *expected;
	struct qn_sources sources = {0};
	struct qn_issues issues = {0};

	(void)state;
	qn_folder_write(folder, "a.log", "x\n", 2);
	assert_int_equal(link(first, second), 0);
	assert_int_equal(symlink(folder, loop), 0);
	assert_no_error(find(folder, &issues, &sources));
	assert_int_equal(sources.count, 1);
	assert_string_equal(sources.items[0].path, first);
	assert_int_equal(issues.count, 2);
	assert_true(asprintf(&expected, "is the same file as %s: read once", first) > 0);
	assert_text(issues.items[0].source, second);
	assert_text(issues.items[0].text, expected);
	free(expected);
	assert_true(asprintf(&expected, "is the same folder as %s: read once", folder) > 0);
	assert_text(issues.items[1].text, expected);
	free(expected);
	free(first);
	free(second);
	free(loop);
	qn_sources_deinit(&sources);
	qn_issues_deinit(&issues);
	qn_folder_remove(folder);
}

static void notes_what_a_walk_meets_and_cannot_read(void **state)
{
	char *folder = qn_folder_make(), *fifo = qn_folder_path(folder, "fifo"),
	     *dangling = qn_folder_path(folder, "gone");
	struct qn_sources sources = {0};
	struct qn_issues issues = {0};

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink("/nowhere/at/all", dangling), 0);
	assert_no_error(find(folder, &issues, &sources));
	assert_int_equal(sources.count, 0);
	assert_int_equal(issues.count, 2);
	assert_text(issues.items[0].source, fifo);
	assert_text(issues.items[0].text, "is no regular file: not read");
	assert_text(issues.items[1].source, dangling);
	assert_text(issues.items[1].text, "cannot be read: No such file or directory");
	free(fifo);
	free(dangling);
	qn_sources_deinit(&sources);
	qn_issues_deinit(&issues);
	qn_folder_remove(folder);
}

static void does_not_enter_folders_nested_over_the_limit(void **state)
{
	char *folder = qn_folder_make(), *path = strdup(folder);
	struct qn_sources sources = {0};
	struct qn_issues issues = {0};

	(void)state;
	for (int i = 0; i < 34; i++) {
		char *deeper = qn_folder_path(path, "d");

		free(path);
		path = deeper;
		assert_int_equal(mkdir(path, 0700), 0);
	}
	qn_folder_write(path, "x.log", "x\n", 2);
	assert_no_error(find(folder, &issues, &sources));
	assert_int_equal(sources.count, 0);
	assert_int_equal(issues.count, 1);
	assert_text(issues.items[0].text, "more than 32 folders deep: not entered");
	free(path);
	qn_sources_deinit(&sources);
	qn_issues_deinit(&issues);
	qn_folder_remove(folder);
}

static void a_named_path_that_is_missing_is_an_error(void **state)
{
	struct qn_sources sources = {0};
	struct qn_issues issues = {0};

	(void)state;
	assert_error(find("/nowhere/at/all.log", &issues, &sources), QN_ERROR_SYSTEM,
		     "/nowhere/at/all.log: No such file or directory");
	qn_issues_deinit(&issues);
}

static void a_dash_is_standard_input(void **state)
{
	struct qn_sources sources = {0};
	struct qn_issues issues = {0};

	(void)state;
	assert_no_error(find("-", &issues, &sources));
	assert_int_equal(sources.count, 1);
	assert_string_equal(sources.items[0].path, "-");
	assert_true(sources.items[0].is_named);
	qn_sources_deinit(&sources);
	qn_issues_deinit(&issues);
}

static void recognizes_by_content(void **state)
{
	char tar[512] = "member";
	char core[64] = "\x7f"
			"ELF\2\1\1";
	char program[64] = "\x7f"
			   "ELF\2\1\1";
	char big_endian_core[64] = "\x7f"
				   "ELF\2\2\1";
	const struct {
		struct qn_text sample;
		enum qn_source_kind kind;
		const char *what;
	} cases[] = {
		{{"", 0}, QN_SOURCE_LOG, ""},
		{{"[2025/06/18 16:32:47.127 +00:00] [INFO] [x.go:1] [a]\n", 53}, QN_SOURCE_LOG, ""},
		{{"\xe6\x97\xa5\xe6\x9c\xac\n", 7}, QN_SOURCE_LOG, ""},
		{{"\x1b[32mgreen\x1b[0m text with colours\n", 33}, QN_SOURCE_LOG, ""},
		{{"\x1f\x8b\x08\0\0", 5}, QN_SOURCE_ARCHIVE, "a gzip file"},
		{{"\x28\xb5\x2f\xfd\0", 5}, QN_SOURCE_ARCHIVE, "a Zstandard file"},
		{{"\xfd"
		  "7zXZ\0\0",
		  7},
		 QN_SOURCE_ARCHIVE,
		 "an xz file"},
		{{"BZh91AY", 7}, QN_SOURCE_ARCHIVE, "a bzip2 file"},
		{{"PK\3\4zip", 7}, QN_SOURCE_ARCHIVE, "a zip archive"},
		{{"7z\xbc\xaf\x27\x1c", 6}, QN_SOURCE_ARCHIVE, "a 7z archive"},
		{{"\x04\x22\x4d\x18", 4}, QN_SOURCE_ARCHIVE, "an LZ4 file"},
		{{"SQLite format 3", 16}, QN_SOURCE_OTHER, "an SQLite database"},
		{{"\x89PNG\r\n\x1a\n", 8}, QN_SOURCE_OTHER, "a PNG picture"},
		{{"\xff\xfe[\0", 4}, QN_SOURCE_OTHER, "UTF-16 text"},
		{{"ab\0\1\2\3\4\5\6\7", 10}, QN_SOURCE_OTHER, "binary data"},
		{{tar, sizeof(tar)}, QN_SOURCE_ARCHIVE, "a tar archive"},
		{{core, sizeof(core)}, QN_SOURCE_CORE, "a core dump"},
		{{big_endian_core, sizeof(big_endian_core)}, QN_SOURCE_CORE, "a core dump"},
		{{program, sizeof(program)}, QN_SOURCE_OTHER, "an ELF program or library"},
	};

	char hole[600] = {0};
	struct qn_text said;

	(void)state;
	assert_int_equal(qn_source_recognize((struct qn_text){hole, 600}, &said), QN_SOURCE_OTHER);
	memset(hole + 300, 'a', 300); /* truncated while it was written */
	assert_int_equal(qn_source_recognize((struct qn_text){hole, 600}, &said), QN_SOURCE_LOG);
	memcpy(tar + 257, "ustar", 5);
	core[16] = 4;
	big_endian_core[17] = 4;
	program[16] = 3;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_text what;

		assert_int_equal(qn_source_recognize(cases[i].sample, &what), cases[i].kind);
		assert_text(what, cases[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_a_folder_in_byte_order_of_names),
		cmocka_unit_test(reads_a_file_met_on_two_paths_once_and_says_so),
		cmocka_unit_test(notes_what_a_walk_meets_and_cannot_read),
		cmocka_unit_test(does_not_enter_folders_nested_over_the_limit),
		cmocka_unit_test(a_named_path_that_is_missing_is_an_error),
		cmocka_unit_test(a_dash_is_standard_input),
		cmocka_unit_test(recognizes_by_content),
	};

	return QN_RUN("source", tests);
}
