/* The store stays whole: writers that are killed, disks that are full, folders that are read-only, two at a
 * time. */
#include "support/store_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/sql.h"

/* The status of a child that runs @body in a batch over @path. */
static int in_child(const char *path, void (*body)(struct qn_store *store))
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct qn_store *store = NULL;

		if (qn_store_open(path, QN_STORE_CREATE, &store))
			_exit(3);
		body(store);
		_exit(4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void die_in_a_batch(struct qn_store *store)
{
	/* So much that pages have gone to the log before the end. */
	if (qn_sql_exec(store, "PRAGMA cache_size = 10") || qn_store_begin(store))
		_exit(5);
	add_events(store, 0, 5000);
	kill(getpid(), SIGKILL);
}

static void leave_in_a_batch(struct qn_store *store)
{
	if (qn_store_begin(store))
		_exit(5);
	add_events(store, 10, 100);
	_exit(0);
}

static void is_whole_and_as_before_when_a_writer_was_killed(void **state)
{
	struct folder folder;
	const char *path;
	char *before, *after;
	int64_t count = 0;
	struct qn_store *store;
	int status;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "store.db");
	before = make_store(path);
	status = in_child(path, die_in_a_batch);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	after = dump_of(path);
	assert_string_equal(after, before);
	free(after);
	status = in_child(path, leave_in_a_batch);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	store = open_store(path, 0);
	after = dump_store(store);
	assert_string_equal(after, before);
	assert_no_error(qn_sql_number(store, "SELECT quick_check = 'ok' FROM pragma_quick_check", &count));
	assert_int_equal(count, 1);
	qn_store_close(store);
	free(before);
	free(after);
	folder_remove(&folder);
}

/* No file may grow over 400 kB: what a full disk does, with another errno. */
static void fill_the_disk(struct qn_store *store)
{
	static const char rest[] =
		": disk is full; free space and run the same command again; the store is as it was "
		"before";
	struct rlimit limit = {400000, 400000};
	struct qn_store_run run = {.id = QN_TEXT("filler")};
	_cleanup_error_ struct qn_error *error = NULL;
	static char filler[100000];

	signal(SIGXFSZ, SIG_IGN);
	if (qn_sql_exec(store, "PRAGMA cache_size = 10") || setrlimit(RLIMIT_FSIZE, &limit) ||
	    qn_store_begin(store))
		_exit(5);
	memset(filler, 'x', sizeof(filler));
	run.label = (struct qn_text){filler, sizeof(filler)};
	for (unsigned i = 0; i < 50 && !error; i++) {
		char id[20];

		snprintf(id, sizeof(id), "run %u", i);
		run.id = qn_text_of(id);
		error = qn_store_add_run(store, &run);
	}
	if (!error)
		error = qn_store_commit(store);
	if (!error || error->code != QN_ERROR_STORE)
		_exit(6);
	qn_store_rollback(store);
	qn_store_close(store);
	_exit(qn_text_ends(qn_text_of(error->message), qn_text_of(rest)) ? 0 : 7);
}

static void is_as_before_when_the_disk_was_full(void **state)
{
	struct folder folder;
	const char *path;
	char *before, *after;
	int status;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "store.db");
	before = make_store(path);
	status = in_child(path, fill_the_disk);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	after = dump_of(path);
	assert_string_equal(after, before);
	free(before);
	free(after);
	folder_remove(&folder);
}

/* As SQLite says it where the disk is full: no page more. */
static void names_the_full_disk(void **state)
{
	struct qn_store *store = open_store(NULL, 0);
	static char filler[1000000];
	struct qn_store_run run = {.id = QN_TEXT("filler"), .label = {filler, sizeof(filler)}};

	(void)state;
	memset(filler, 'x', sizeof(filler));
	assert_no_error(qn_sql_exec(store, "PRAGMA max_page_count = 100"));
	assert_error(qn_store_add_run(store, &run), QN_ERROR_STORE,
		     "temporary store: disk is full; free space and run the same command again; the store is "
		     "as it was "
		     "before");
	qn_store_close(store);
}

static void says_that_another_one_is_writing(void **state)
{
	struct folder folder;
	struct qn_store *first, *second;
	const char *path;

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "store.db");
	free(make_store(path));
	first = open_store(path, 0);
	second = open_store(path, 0);
	sqlite3_busy_timeout(second->db, 0);
	assert_no_error(qn_store_begin(first));
	assert_store_error(
		qn_store_begin(second), path,
		"another qntriage is writing to it; run the same command again when that one is done");
	assert_no_error(qn_store_commit(first));
	assert_no_error(qn_store_begin(second));
	assert_no_error(qn_store_commit(second));
	qn_store_close(first);
	qn_store_close(second);
	folder_remove(&folder);
}

/* What a user without rights sees; root may do anything, so a child becomes nobody. */
static int as_nobody(const char *path, unsigned flags, const char *expected)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct qn_store *store = NULL;
		struct qn_error *error;
		char message[1024];

		if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(0);
		error = qn_store_open(path, flags, &store);
		if (!expected) {
			struct qn_arena arena = {0};
			struct qn_query_source *sources;
			size_t count = 0;

			if (error || qn_query_sources(store, &arena, &sources, &count))
				_exit(5);
			_exit(count == 1 ? 0 : 6);
		}
		snprintf(message, sizeof(message), "%s: %s", path, expected);
		if (!error)
			_exit(7);
		if (strcmp(error->message, message))
			fprintf(stderr, "got: %s\n", error->message);
		_exit(strcmp(error->message, message) ? 8 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void reads_in_a_folder_that_is_read_only(void **state)
{
	struct folder folder;
	const char *path, *fresh;
	char rest[1024];

	(void)state;
	folder_make(&folder);
	path = folder_file(&folder, "a b%20c#?.db");
	fresh = folder_file(&folder, "fresh.db");
	free(make_store(path));
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(folder.path, 0555), 0);
	assert_int_equal(as_nobody(path, QN_STORE_READ_ONLY, NULL), 0);
	assert_int_equal(
		as_nobody(
			path, 0,
			"the store is read-only; make the file and its folder writable or use another --db"),
		0);
	assert_int_equal(
		as_nobody(fresh, QN_STORE_CREATE,
			  "cannot be opened; make the file and its folder accessible or use another --db"),
		0);
	fresh = folder_file(&folder, "new/fresh.db");
	snprintf(rest, sizeof(rest),
		 "its folder %s/new cannot be made (Permission denied); make it or use another --db",
		 folder.path);
	assert_int_equal(as_nobody(fresh, QN_STORE_CREATE, rest), 0);
	assert_int_equal(chmod(folder.path, 0755), 0);
	folder_remove(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_whole_and_as_before_when_a_writer_was_killed),
		cmocka_unit_test(is_as_before_when_the_disk_was_full),
		cmocka_unit_test(names_the_full_disk),
		cmocka_unit_test(says_that_another_one_is_writing),
		cmocka_unit_test(reads_in_a_folder_that_is_read_only),
	};

	return QN_RUN("store_whole", tests);
}
