#include "store/sql.h"

#include <errno.h>

#include "base/banned.h"

const char *qn_store_name(const struct qn_store *store)
{
	return store->path ? store->path : "temporary store";
}

bool qn_store_is_in_batch(const struct qn_store *store)
{
	return !sqlite3_get_autocommit(store->db);
}

/* A file system may say "full" in more ways than SQLite knows. */
static bool is_full(const struct qn_store *store, int result)
{
	int errno_value = store->db ? sqlite3_system_errno(store->db) : 0;

	return (result & 0xff) == SQLITE_FULL ||
	       ((result & 0xff) == SQLITE_IOERR &&
		(errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG));
}

struct qn_error *qn_sql_error(const struct qn_store *store, int result)
{
	static const struct {
		int result;
		const char *remedy;
	} known[] = {
		{SQLITE_FULL,
		 "disk is full; free space and run the same command again; the store is as it was before"},
		{SQLITE_BUSY,
		 "another qntriage is writing to it; run the same command again when that one is done"},
		{SQLITE_LOCKED,
		 "another qntriage is writing to it; run the same command again when that one is done"},
		{SQLITE_READONLY,
		 "the store is read-only; make the file and its folder writable or use another --db"},
		{SQLITE_PERM,
		 "permission denied; make the file and its folder accessible or use another --db"},
		{SQLITE_CANTOPEN,
		 "cannot be opened; make the file and its folder accessible or use another --db"},
		{SQLITE_IOERR,
		 "its disk cannot be used; see that it has space and works, and run the same command again; "
		 "the store is as it was before"},
		{SQLITE_NOTADB, "not a qntriage store; use another --db"},
		{SQLITE_CORRUPT, "the store is damaged; move it away and ingest again, or use another --db"},
	};
	const char *name = qn_store_name(store);

	if ((result & 0xff) == SQLITE_NOMEM)
		return &qn_error_no_memory;
	if (is_full(store, result))
		result = SQLITE_FULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].result == (result & 0xff))
			return qn_error_create(QN_ERROR_STORE, "%s: %s", name, known[i].remedy);
	return qn_error_create(QN_ERROR_STORE, "%s: the store cannot be used (%s); use another --db", name,
			       store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(result));
}

struct qn_error *qn_sql_exec(struct qn_store *store, const char *text)
{
	int result = sqlite3_exec(store->db, text, NULL, NULL, NULL);

	return result == SQLITE_OK ? NULL : qn_sql_error(store, result);
}

struct qn_error *qn_sql_number(struct qn_store *store, const char *text, int64_t *ret)
{
	struct qn_error *error = NULL;
	sqlite3_stmt *handle = NULL;
	int result = sqlite3_prepare_v2(store->db, text, -1, &handle, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(handle);
	if (result == SQLITE_ROW)
		*ret = sqlite3_column_int64(handle, 0);
	else
		error = qn_sql_error(store, result);
	sqlite3_finalize(handle);
	return error;
}

static struct qn_error *compile(struct qn_store *store, const char *text, sqlite3_stmt **ret)
{
	sqlite3_stmt *handle = NULL;
	int result;

	QN_TRY(qn_array_reserve(&store->statements, &store->statements_capacity, store->statements_count + 1,
				sizeof(*store->statements)));
	result = sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);
	if (result != SQLITE_OK)
		return qn_sql_error(store, result);
	store->statements[store->statements_count++] = (struct qn_sql_statement){text, handle};
	*ret = handle;
	return NULL;
}

struct qn_error *qn_sql_start(struct qn_store *store, const char *text, struct qn_sql *ret)
{
	sqlite3_stmt *handle = NULL;

	for (size_t i = 0; i < store->statements_count && !handle; i++)
		if (store->statements[i].text == text)
			handle = store->statements[i].handle;
	if (!handle)
		QN_TRY(compile(store, text, &handle));
	*ret = (struct qn_sql){.store = store, .handle = handle, .result = SQLITE_OK};
	return NULL;
}

void qn_sql_finish(struct qn_sql *sql)
{
	if (!sql->handle)
		return;
	sqlite3_reset(sql->handle);
	sqlite3_clear_bindings(sql->handle);
	sql->handle = NULL;
}

static void note(struct qn_sql *sql, int result)
{
	if (sql->result == SQLITE_OK)
		sql->result = result;
}

void qn_sql_bind_text(struct qn_sql *sql, struct qn_text text)
{
	if (text.len)
		qn_sql_bind_key(sql, text);
	else
		qn_sql_bind_null(sql);
}

void qn_sql_bind_key(struct qn_sql *sql, struct qn_text text)
{
	note(sql, sqlite3_bind_text64(sql->handle, ++sql->parameter, text.len ? text.data : "", text.len,
				      SQLITE_STATIC, SQLITE_UTF8));
}

void qn_sql_bind_i64(struct qn_sql *sql, int64_t value)
{
	note(sql, sqlite3_bind_int64(sql->handle, ++sql->parameter, value));
}

void qn_sql_bind_u64(struct qn_sql *sql, uint64_t value)
{
	qn_sql_bind_i64(sql, (int64_t)value);
}

void qn_sql_bind_real(struct qn_sql *sql, double value)
{
	note(sql, sqlite3_bind_double(sql->handle, ++sql->parameter, value));
}

void qn_sql_bind_null(struct qn_sql *sql)
{
	note(sql, sqlite3_bind_null(sql->handle, ++sql->parameter));
}

void qn_sql_bind_source(struct qn_sql *sql, int64_t source)
{
	if (source)
		qn_sql_bind_i64(sql, source);
	else
		qn_sql_bind_null(sql);
}

void qn_sql_bind_time(struct qn_sql *sql, struct qn_time time)
{
	if (time.is_known) {
		qn_sql_bind_i64(sql, time.nsec);
		qn_sql_bind_i64(sql, time.digits);
	} else {
		qn_sql_bind_null(sql);
		qn_sql_bind_null(sql);
	}
}

struct qn_error *qn_sql_next(struct qn_sql *sql, bool *ret_has_row)
{
	int result = sql->result;

	if (result == SQLITE_OK)
		result = sqlite3_step(sql->handle);
	sql->column = 0;
	*ret_has_row = result == SQLITE_ROW;
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return qn_sql_error(sql->store, result);
	return NULL;
}

struct qn_error *qn_sql_run(struct qn_sql *sql)
{
	bool has_row;
	struct qn_error *error = qn_sql_next(sql, &has_row);

	qn_sql_finish(sql);
	return error;
}

struct qn_text qn_sql_read_text(struct qn_sql *sql, struct qn_arena *arena)
{
	const unsigned char *data = sqlite3_column_text(sql->handle, sql->column);
	int len = sqlite3_column_bytes(sql->handle, sql->column++);

	if (!data || len <= 0)
		return (struct qn_text){0};
	return qn_arena_copy(arena, (struct qn_text){(const char *)data, (size_t)len});
}

int64_t qn_sql_read_i64(struct qn_sql *sql)
{
	return sqlite3_column_int64(sql->handle, sql->column++);
}

uint64_t qn_sql_read_u64(struct qn_sql *sql)
{
	return (uint64_t)qn_sql_read_i64(sql);
}

double qn_sql_read_real(struct qn_sql *sql)
{
	return sqlite3_column_double(sql->handle, sql->column++);
}

bool qn_sql_read_bool(struct qn_sql *sql)
{
	return qn_sql_read_i64(sql) != 0;
}

struct qn_time qn_sql_read_time(struct qn_sql *sql)
{
	bool is_known = sqlite3_column_type(sql->handle, sql->column) != SQLITE_NULL;
	int64_t nsec = qn_sql_read_i64(sql), digits = qn_sql_read_i64(sql);

	if (!is_known)
		return (struct qn_time){0};
	return (struct qn_time){
		.nsec = nsec,
		.is_known = true,
		.digits = (uint8_t)(digits < 0   ? 0
				    : digits > 9 ? 9
						 : digits),
	};
}

void qn_sql_list_deinit(struct qn_sql_list *list)
{
	free(list->items);
	*list = (struct qn_sql_list){0};
}

struct qn_error *qn_sql_list_add(struct qn_sql_list *list, size_t size, void **ret)
{
	QN_TRY(qn_array_reserve(&list->items, &list->capacity, list->count + 1, size));
	*ret = (char *)list->items + list->count++ * size;
	memset(*ret, 0, size);
	return NULL;
}

struct qn_error *qn_sql_next_into(struct qn_sql *sql, struct qn_sql_list *list, size_t size, void **ret)
{
	bool has_row;

	*ret = NULL;
	QN_TRY(qn_sql_next(sql, &has_row));
	return has_row ? qn_sql_list_add(list, size, ret) : NULL;
}

struct qn_error *qn_sql_list_move(struct qn_sql_list *list, size_t size, struct qn_arena *arena, void **ret,
				  size_t *ret_count)
{
	void *items = NULL;

	if (list->count) {
		items = qn_arena_alloc(arena, list->count * size);
		if (items)
			memcpy(items, list->items, list->count * size);
	}
	QN_TRY(qn_arena_check(arena));
	*ret = items;
	*ret_count = list->count;
	qn_sql_list_deinit(list);
	return NULL;
}

static bool is_before(struct qn_time a, struct qn_time b)
{
	return a.nsec != b.nsec ? a.nsec < b.nsec : a.digits < b.digits;
}

struct qn_time qn_sql_earlier(struct qn_time a, struct qn_time b)
{
	if (!a.is_known || !b.is_known)
		return a.is_known ? a : b;
	return is_before(b, a) ? b : a;
}

struct qn_time qn_sql_later(struct qn_time a, struct qn_time b)
{
	if (!a.is_known || !b.is_known)
		return a.is_known ? a : b;
	return is_before(a, b) ? b : a;
}
