#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sql.h"

#include "base/banned.h"

#define BUSY_TIMEOUT_MSEC 10000

/* ":memory:" and "file:..." mean something else to SQLite; a path with a slash in front never does. */
static char *name_of_path(const char *path)
{
	char *name = NULL;

	if (asprintf(&name, "%s%s", path[0] == '/' ? "" : "./", path) < 0)
		return NULL;
	return name;
}

/* mkdir -p of the folder that holds @path. */
static struct qn_error *make_folder(const char *path)
{
	_cleanup_free_ char *folder = qn_text_copy(qn_text_of(path));

	if (!folder)
		return &qn_error_no_memory;
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0777) && errno != EEXIST)
			return qn_error_create(
				QN_ERROR_STORE,
				"%s: its folder %s cannot be made (%s); make it or use another --db", path,
				folder, strerror(errno));
		*slash = '/';
	}
	return NULL;
}

static struct qn_error *check_path(const char *path, unsigned flags)
{
	struct stat status;

	if (!path[0])
		return qn_error_create(QN_ERROR_STORE, "the store has an empty name; give a file with --db");
	if (stat(path, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			return qn_error_create(QN_ERROR_STORE,
					       "%s: a folder, not a store; give a file with --db", path);
		return NULL;
	}
	if (errno != ENOENT)
		return qn_error_create(QN_ERROR_STORE,
				       "%s: the store cannot be reached (%s); use another --db", path,
				       strerror(errno));
	if (!(flags & QN_STORE_CREATE) || (flags & QN_STORE_READ_ONLY))
		return qn_error_create(QN_ERROR_STORE,
				       "no such store: %s; run `qntriage ingest` first or give --db", path);
	return make_folder(path);
}

static struct qn_error *connect_to(struct qn_store *store, const char *name, int flags)
{
	static const char setup[] = "PRAGMA trusted_schema = OFF;" /* a store may come from anywhere */
				    "PRAGMA foreign_keys = ON;"
				    "PRAGMA cache_size = -32768;";
	int result =
		sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (result != SQLITE_OK)
		return qn_sql_error(store, result);
	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MSEC);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return qn_sql_exec(store, setup);
}

/* "file:/a%20b?immutable=1" */
static char *immutable_uri(const char *name)
{
	struct qn_buffer uri = {0};

	qn_buffer_append_string(&uri, "file:");
	for (const char *at = name; *at; at++) {
		if (*at == '?' || *at == '#' || *at == '%')
			qn_buffer_printf(&uri, "%%%02x", (unsigned char)*at);
		else
			qn_buffer_append_byte(&uri, *at);
	}
	qn_buffer_append_string(&uri, "?immutable=1");
	if (uri.is_failed)
		qn_buffer_deinit(&uri);
	return uri.data;
}

/* A store in WAL mode wants to make files beside it even for reading. In a folder where it may not, and where
 * no writer has left a log, the file alone is the whole store. */
static struct qn_error *connect_read_only(struct qn_store *store, const char *name)
{
	_cleanup_free_ char *log = NULL, *uri = NULL;
	_cleanup_error_ struct qn_error *error = NULL;
	struct stat status;
	int64_t ignored;

	error = connect_to(store, name, SQLITE_OPEN_READONLY);
	if (!error)
		error = qn_sql_number(store, "SELECT count(*) FROM sqlite_schema", &ignored);
	if (!error || !store->db)
		return qn_take(error);
	if ((sqlite3_errcode(store->db) & 0xff) != SQLITE_CANTOPEN || asprintf(&log, "%s-wal", name) < 0 ||
	    (stat(log, &status) == 0 && status.st_size > 0))
		return qn_take(error);
	uri = immutable_uri(name);
	if (!uri)
		return &qn_error_no_memory;
	sqlite3_close(store->db);
	store->db = NULL;
	return connect_to(store, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

static struct qn_error *open_file(struct qn_store *store, unsigned flags)
{
	_cleanup_free_ char *name = NULL;
	int create = flags & QN_STORE_CREATE ? SQLITE_OPEN_CREATE : 0;

	QN_TRY(check_path(store->path, flags));
	name = name_of_path(store->path);
	if (!name)
		return &qn_error_no_memory;
	if (flags & QN_STORE_READ_ONLY)
		return connect_read_only(store, name);
	QN_TRY(connect_to(store, name, SQLITE_OPEN_READWRITE | create));
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return qn_sql_error(store, SQLITE_READONLY);
	return NULL;
}

/* "": a file of SQLite's own in $TMPDIR, already unlinked. Nobody needs it after a crash. */
static struct qn_error *open_private(struct qn_store *store)
{
	QN_TRY(connect_to(store, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
	return qn_sql_exec(store, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;");
}

struct qn_error *qn_store_open(const char *path, unsigned flags, struct qn_store **ret)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = calloc(1, sizeof(*store));

	if (!store)
		return &qn_error_no_memory;
	if (path) {
		store->path = qn_text_copy(qn_text_of(path));
		if (!store->path)
			return &qn_error_no_memory;
		QN_TRY(open_file(store, flags));
	} else {
		flags = QN_STORE_CREATE;
		QN_TRY(open_private(store));
	}
	QN_TRY(qn_store_prepare_schema(store, flags));
	*ret = qn_take(store);
	return NULL;
}

void qn_store_close(struct qn_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->statements_count; i++)
		sqlite3_finalize(store->statements[i].handle);
	free(store->statements);
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

struct qn_error *qn_store_begin(struct qn_store *store)
{
	static const char begin[] = "BEGIN IMMEDIATE";
	struct qn_sql sql;

	QN_TRY(qn_sql_start(store, begin, &sql));
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_commit(struct qn_store *store)
{
	static const char commit[] = "COMMIT";
	struct qn_error *error;
	struct qn_sql sql;

	QN_TRY(qn_sql_start(store, commit, &sql));
	error = qn_sql_run(&sql);
	if (error)
		qn_store_rollback(store);
	return error;
}

void qn_store_rollback(struct qn_store *store)
{
	/* After some errors (a full disk) SQLite has done it already. */
	if (qn_store_is_in_batch(store))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}
