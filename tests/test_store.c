/* What opens as a store, what does not, and what is said then. */
#include "support/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sql.h"

static void makes_the_file_and_its_folder(void **state)
{
	struct folder folder;
	const char *path;
	int64_t mode = 0;
	struct qn_store *store;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "state/store.db");
	free(make_store(path));
	store = open_store(path, 0);
	assert_no_error(qn_sql_number(store, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &mode));
	assert_int_equal(mode, 1);
	assert_no_error(qn_sql_number(store, "PRAGMA foreign_keys", &mode));
	assert_int_equal(mode, 1);
	qn_store_close(store);
	qn_store_close(NULL);
	folder_remove(&folder);
}

static void takes_odd_names_as_files(void **state)
{
	static const char *const names[] = {":memory:", "file:x?mode=memory", "a b%20c#d?e", "\xff\xfe.db"};
	struct folder folder;
	char old[4096];

	(void)state;
	assert_non_null(getcwd(old, sizeof(old)));
	folder_make(&folder);
	assert_int_equal(chdir(folder.path), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat status;

		free(make_store(names[i]));
		assert_int_equal(stat(names[i], &status), 0);
		assert_true(status.st_size > 4096);
	}
	assert_int_equal(chdir(old), 0);
	folder_remove(&folder);
}

static void says_what_to_do_when_there_is_no_store(void **state)
{
	struct folder folder;
	struct qn_store *store = NULL;
	const char *path;
	char message[512];

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "no.db");
	snprintf(message, sizeof(message), "no such store: %s; run `qntriage ingest` first or give --db",
		 path);
	assert_error(qn_store_open(path, 0, &store), QN_ERROR_STORE, message);
	assert_error(qn_store_open(path, QN_STORE_READ_ONLY | QN_STORE_CREATE, &store), QN_ERROR_STORE,
		     message);
	assert_error(qn_store_open("", QN_STORE_CREATE, &store), QN_ERROR_STORE,
		     "the store has an empty name; give a file with --db");
	assert_store_error(qn_store_open(folder.path, QN_STORE_CREATE, &store), folder.path,
			   "a folder, not a store; give a file with --db");
	assert_int_not_equal(access(path, F_OK), 0);
	assert_null(store);
	folder_remove(&folder);
}

static void write_file(const char *path, const char *content, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void refuses_what_is_no_store_and_leaves_it_alone(void **state)
{
	static const char text[] = "kind: Pod\nmetadata:\n  name: x\n";
	struct folder folder;
	struct qn_store *store = NULL;
	const char *path, *below;
	char content[64] = {0}, message[512];
	FILE *file;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "pod.yaml");
	write_file(path, text, strlen(text));
	assert_store_error(qn_store_open(path, QN_STORE_CREATE, &store), path,
			   "not a qntriage store; use another --db");
	assert_store_error(qn_store_open(path, QN_STORE_READ_ONLY, &store), path,
			   "not a qntriage store; use another --db");
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(content, 1, sizeof(content), file), strlen(text));
	fclose(file);
	assert_string_equal(content, text);
	below = folder_file(&folder, "pod.yaml/store.db");
	assert_store_error(qn_store_open(below, QN_STORE_CREATE, &store), below,
			   "the store cannot be reached (Not a directory); use another --db");
	below = folder_file(&folder, "pod.yaml");
	snprintf(message, sizeof(message), "%s/x/../y/z.db", folder.path);
	assert_int_equal(symlink("/dev/null", folder_file(&folder, "x")), 0);
	assert_non_null(below);
	assert_store_error(qn_store_open(message, QN_STORE_CREATE, &store), message,
			   "the store cannot be reached (Not a directory); use another --db");
	folder_remove(&folder);
}

static void refuses_the_database_of_another_program(void **state)
{
	struct folder folder;
	struct qn_store *store;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "other.db");
	free(make_store(path));
	store = open_store(path, 0);
	assert_no_error(qn_sql_exec(store, "PRAGMA application_id = 42"));
	qn_store_close(store);
	assert_store_error(qn_store_open(path, QN_STORE_CREATE, &store), path,
			   "not a qntriage store; use another --db");
	folder_remove(&folder);
}

static void refuses_a_store_of_a_newer_version(void **state)
{
	static const char rest[] =
		"made by a newer qntriage (schema 9, this one reads up to 3); upgrade qntriage or use "
		"another --db";
	struct folder folder;
	struct qn_store *store;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "newer.db");
	free(make_store(path));
	store = open_store(path, 0);
	assert_no_error(qn_sql_exec(store, "PRAGMA user_version = 9"));
	qn_store_close(store);
	assert_store_error(qn_store_open(path, QN_STORE_CREATE, &store), path, rest);
	assert_store_error(qn_store_open(path, QN_STORE_READ_ONLY, &store), path, rest);
	folder_remove(&folder);
}

/* As a store of schema 2 is: all that came with 3 is not there yet. */
static void brings_a_store_of_an_older_version_up(void **state)
{
	static const char older[] = "DROP VIEW v_core; DROP TABLE core; PRAGMA user_version = 2";
	struct qn_arena arena = {0};
	struct qn_query_core *cores;
	struct folder folder;
	struct qn_store *store;
	const char *path;
	char *before, *after;
	size_t count = 1;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "older.db");
	before = make_store(path);
	store = open_store(path, 0);
	assert_no_error(qn_sql_exec(store, older));
	qn_store_close(store);
	assert_store_error(qn_store_open(path, QN_STORE_READ_ONLY, &store), path,
			   "made by an older qntriage; open it once for writing with `qntriage ingest`");
	store = open_store(path, 0);
	assert_no_error(qn_query_cores(store, &arena, &cores, &count));
	assert_int_equal(count, 0);
	after = dump_store(store);
	assert_string_equal(after, before);
	free(before);
	free(after);
	qn_store_close(store);
	qn_arena_deinit(&arena);
	folder_remove(&folder);
}

static void takes_an_empty_file_only_to_make_a_store_of_it(void **state)
{
	struct folder folder;
	struct qn_store *store;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "empty.db");
	write_file(path, "", 0);
	assert_store_error(qn_store_open(path, 0, &store), path,
			   "the store is empty; run `qntriage ingest` first or give --db");
	assert_store_error(qn_store_open(path, QN_STORE_READ_ONLY, &store), path,
			   "the store is empty; run `qntriage ingest` first or give --db");
	free(make_store(path));
	folder_remove(&folder);
}

static void says_that_a_store_is_damaged(void **state)
{
	struct folder folder;
	struct qn_store *store;
	struct qn_error *error;
	const char *path;
	char junk[4096];
	int fd;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "damaged.db");
	free(make_store(path));
	memset(junk, 'x', sizeof(junk));
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	for (off_t at = 4096; at < 30 * 4096; at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	error = qn_store_open(path, QN_STORE_READ_ONLY, &store);
	if (!error) {
		struct qn_arena arena = {0};
		struct qn_query_source *sources;
		size_t count;

		error = qn_query_sources(store, &arena, &sources, &count);
		qn_store_close(store);
		qn_arena_deinit(&arena);
	}
	assert_store_error(error, path,
			   "the store is damaged; move it away and ingest again, or use another --db");
	folder_remove(&folder);
}

static void rejects_writing_to_a_store_that_is_open_for_reading(void **state)
{
	struct folder folder;
	struct qn_store *store;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "store.db");
	free(make_store(path));
	store = open_store(path, QN_STORE_READ_ONLY);
	assert_store_error(
		qn_store_add_run(store, &(struct qn_store_run){.id = QN_TEXT("x")}), path,
		"the store is read-only; make the file and its folder writable or use another --db");
	qn_store_close(store);
	folder_remove(&folder);
}

static void rolls_back_to_what_was(void **state)
{
	struct qn_store *store = open_store(NULL, 0);
	char *before, *after;

	(void)state;
	assert_no_error(qn_store_begin(store));
	add_events(store, 0, 10);
	assert_no_error(qn_store_commit(store));
	before = dump_store(store);
	assert_no_error(qn_store_begin(store));
	add_events(store, 10, 10);
	qn_store_rollback(store);
	qn_store_rollback(store);
	after = dump_store(store);
	assert_string_equal(after, before);
	free(before);
	free(after);
	assert_error(qn_store_commit(store), QN_ERROR_STORE,
		     "temporary store: the store cannot be used (cannot commit - no transaction is active); "
		     "use another"
		     " --db");
	qn_store_close(store);
}

static void refuses_an_occurrence_without_its_signature(void **state)
{
	struct qn_store *store = open_store(NULL, 0);
	struct qn_store_occurrence occurrence = {.id = QN_TEXT("o"), .signature = QN_TEXT("QN-none")};
	int64_t count = -1;

	(void)state;
	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_add_occurrence(store, &occurrence));
	assert_error(qn_store_commit(store), QN_ERROR_STORE,
		     "temporary store: the store cannot be used (FOREIGN KEY constraint failed); use another "
		     "--db");
	assert_no_error(qn_sql_number(store, "SELECT count(*) FROM occurrence", &count));
	assert_int_equal(count, 0);
	qn_store_close(store);
}

static void a_judged_hit_hides_its_like_until_the_verdicts_go(void **state)
{
	struct qn_store *store;
	struct qn_arena arena = {0};
	struct qn_store_source source = {.path = QN_TEXT("a.log"), .content = QN_TEXT("c")};
	struct qn_store_hit hit = {.rule = QN_TEXT("r"), .line = 7, .confidence = 0.5};
	struct qn_store_evidence evidence = {.line = 7, .text = QN_TEXT("as the line says")};
	struct qn_query_hit *hits;
	int64_t rows;
	size_t count;

	(void)state;
	assert_no_error(qn_store_open(NULL, QN_STORE_CREATE, &store));
	assert_no_error(qn_store_add_source(store, &source, &hit.source));
	evidence.source = hit.source;
	assert_no_error(qn_store_add_hit(store, &hit, &evidence, 1));
	hit.is_judged = true;
	evidence.text = QN_TEXT("as the store says");
	assert_no_error(qn_store_add_hit(store, &hit, &evidence, 1));
	hit.line = 8;
	assert_no_error(qn_store_add_hit(store, &hit, &evidence, 1));
	assert_no_error(qn_query_hits(store, &arena, &hits, &count));
	assert_int_equal(count, 2);
	assert_text(hits[0].evidence[0].text, "as the store says");
	assert_no_error(qn_sql_number(store, "SELECT count(*) FROM v_hit", &rows));
	assert_int_equal(rows, 2);
	assert_no_error(qn_store_clear_verdicts(store));
	assert_no_error(qn_query_hits(store, &arena, &hits, &count));
	assert_int_equal(count, 1);
	assert_int_equal(hits[0].row.line, 7);
	assert_text(hits[0].evidence[0].text, "as the line says");
	assert_no_error(qn_sql_number(store, "SELECT count(*) FROM hit_evidence", &rows));
	assert_int_equal(rows, 1);
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_file_and_its_folder),
		cmocka_unit_test(takes_odd_names_as_files),
		cmocka_unit_test(says_what_to_do_when_there_is_no_store),
		cmocka_unit_test(refuses_what_is_no_store_and_leaves_it_alone),
		cmocka_unit_test(refuses_the_database_of_another_program),
		cmocka_unit_test(refuses_a_store_of_a_newer_version),
		cmocka_unit_test(brings_a_store_of_an_older_version_up),
		cmocka_unit_test(takes_an_empty_file_only_to_make_a_store_of_it),
		cmocka_unit_test(says_that_a_store_is_damaged),
		cmocka_unit_test(rejects_writing_to_a_store_that_is_open_for_reading),
		cmocka_unit_test(rolls_back_to_what_was),
		cmocka_unit_test(a_judged_hit_hides_its_like_until_the_verdicts_go),
		cmocka_unit_test(refuses_an_occurrence_without_its_signature),
	};

	return QN_RUN("store", tests);
}
