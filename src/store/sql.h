/* Private to src/store: the door to sqlite3, and what the files behind it share.
 *
 * A statement is named by the address of its text, which must be a `static const char []`: it is compiled
 * once for each store. Bind in the order of the parameters, then run (no rows) or walk with qn_sql_next(),
 *here into a list:
 *
 *	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
 *	QN_TRY(qn_sql_start(store, select_pods, &sql));
 *	for (;;) {
 *		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*row), (void **)&row));
 *		if (!row)
 *			break;
 *		row->name = qn_sql_read_text(&sql, arena);
 *	}
 *	return qn_sql_list_move(&list, sizeof(*row), arena, (void **)ret, ret_count); */
#ifndef QN_STORE_SQL_H
#define QN_STORE_SQL_H

#include <sqlite3.h>

#include "store/query.h"
#include "store/store.h"

struct qn_sql_statement {
	const char *text;
	sqlite3_stmt *handle;
};

struct qn_store {
	sqlite3 *db;
	char *path; /* as given; NULL: private */
	struct qn_sql_statement *statements;
	size_t statements_count, statements_capacity;
};

/* How the store is called in messages. */
const char *qn_store_name(const struct qn_store *store);
bool qn_store_is_in_batch(const struct qn_store *store);

/* Brings an empty or older store up to this version, and refuses what is none or newer. The file of another
 * program is not touched. */
struct qn_error *qn_store_prepare_schema(struct qn_store *store, unsigned flags) QN_MUST_CHECK;

/* What sqlite3 said last, as one line that says what to do. */
struct qn_error *qn_sql_error(const struct qn_store *store, int result) QN_MUST_CHECK;
struct qn_error *qn_sql_exec(struct qn_store *store,
			     const char *text) QN_MUST_CHECK; /* several statements; not kept */
struct qn_error *qn_sql_number(struct qn_store *store, const char *text,
			       int64_t *ret) QN_MUST_CHECK; /* not kept */

struct qn_sql {
	struct qn_store *store;
	sqlite3_stmt *handle;
	int parameter; /* bound so far */
	int column;    /* read so far */
	int result;    /* the first that went wrong in binding */
};

struct qn_error *qn_sql_start(struct qn_store *store, const char *text, struct qn_sql *ret) QN_MUST_CHECK;
void qn_sql_finish(struct qn_sql *sql);

/* Texts are borrowed until the run is over. */
void qn_sql_bind_text(struct qn_sql *sql, struct qn_text text); /* empty: NULL */
void qn_sql_bind_key(struct qn_sql *sql, struct qn_text text);  /* empty: '', as NULLs are never equal */
void qn_sql_bind_i64(struct qn_sql *sql, int64_t value);
void qn_sql_bind_u64(struct qn_sql *sql, uint64_t value); /* over 2^63: as its two's complement */
void qn_sql_bind_real(struct qn_sql *sql, double value);
void qn_sql_bind_null(struct qn_sql *sql);
void qn_sql_bind_source(struct qn_sql *sql, int64_t source);    /* 0: NULL */
void qn_sql_bind_time(struct qn_sql *sql, struct qn_time time); /* two parameters: nsec, digits */

struct qn_error *qn_sql_run(struct qn_sql *sql) QN_MUST_CHECK;
struct qn_error *qn_sql_next(struct qn_sql *sql, bool *ret_has_row) QN_MUST_CHECK;

struct qn_text qn_sql_read_text(struct qn_sql *sql, struct qn_arena *arena); /* NULL: empty */
int64_t qn_sql_read_i64(struct qn_sql *sql);
uint64_t qn_sql_read_u64(struct qn_sql *sql);
double qn_sql_read_real(struct qn_sql *sql);
bool qn_sql_read_bool(struct qn_sql *sql);
struct qn_time qn_sql_read_time(struct qn_sql *sql); /* two columns */

/* A list that grows, and then moves into an arena. */
struct qn_sql_list {
	void *items;
	size_t count, capacity;
};
void qn_sql_list_deinit(struct qn_sql_list *list);
/* A zeroed element, until the next one is added. */
struct qn_error *qn_sql_list_add(struct qn_sql_list *list, size_t size, void **ret) QN_MUST_CHECK;
/* The next row and an element for it; NULL in @ret: there is none. */
struct qn_error *qn_sql_next_into(struct qn_sql *sql, struct qn_sql_list *list, size_t size,
				  void **ret) QN_MUST_CHECK;
struct qn_error *qn_sql_list_move(struct qn_sql_list *list, size_t size, struct qn_arena *arena, void **ret,
				  size_t *ret_count) QN_MUST_CHECK;

/* Earliest and latest of the known ones; of equal moments the less (more) precise. */
struct qn_time qn_sql_earlier(struct qn_time a, struct qn_time b);
struct qn_time qn_sql_later(struct qn_time a, struct qn_time b);

/* Pieces of ON CONFLICT ... DO UPDATE SET. Each takes two rows to one in a way that is commutative,
 * associative and idempotent, which is what makes a merge a union. A blob is greater than any text or number.
 */
#define QN_SQL_SMALLEST(column)                                                                              \
	column " = min(coalesce(" column ", excluded." column "), coalesce(excluded." column ", " column ")" \
	       ")"
#define QN_SQL_GREATEST(column)                                                                              \
	column " = max(coalesce(" column ", excluded." column "), coalesce(excluded." column ", " column ")" \
	       ")"
#define QN_SQL_CHOOSE(condition, column) \
	column " = CASE WHEN " condition " THEN excluded." column " ELSE " column " END"
#define QN_SQL_EARLIEST(time)                             \
	QN_SQL_CHOOSE(QN_SQL_BEFORE_(time), time "_nsec") \
	", " QN_SQL_CHOOSE(QN_SQL_BEFORE_(time), time "_digits")
#define QN_SQL_LATEST(time)                              \
	QN_SQL_CHOOSE(QN_SQL_AFTER_(time), time "_nsec") \
	", " QN_SQL_CHOOSE(QN_SQL_AFTER_(time), time "_digits")
#define QN_SQL_BEFORE_(time)                                                \
	"(coalesce(excluded." time "_nsec, x''), excluded." time "_digits)" \
	" < (coalesce(" time "_nsec, x''), " time "_digits)"
#define QN_SQL_AFTER_(time)                                                                      \
	"(excluded." time "_nsec IS NOT NULL, excluded." time "_nsec, excluded." time "_digits)" \
	" > (" time "_nsec IS NOT NULL, " time "_nsec, " time "_digits)"

/* Statements that both qn_store_add_*() and qn_store_merge() use; parameters in the order of the columns. */
extern const char qn_sql_add_run[], qn_sql_add_source_run[], qn_sql_add_pod[], qn_sql_add_process[],
	qn_sql_add_process_source[], qn_sql_add_signature[], qn_sql_add_stack[], qn_sql_add_frame[],
	qn_sql_add_occurrence[], qn_sql_add_place[], qn_sql_add_tally[], qn_sql_add_template[],
	qn_sql_add_template_tally[], qn_sql_add_template_rate[], qn_sql_add_core[], qn_sql_add_issue[];

/* By signature. */
struct qn_query_verdict {
	struct qn_store_verdict row;
};
struct qn_error *qn_query_verdicts(struct qn_store *store, struct qn_arena *arena,
				   struct qn_query_verdict **ret, size_t *ret_count) QN_MUST_CHECK;

/* As qn_query_hits(). @has_hidden: also those of which a judged one tells more. */
struct qn_error *qn_query_all_hits(struct qn_store *store, struct qn_arena *arena, bool has_hidden,
				   struct qn_query_hit **ret, size_t *ret_count) QN_MUST_CHECK;

/* As qn_query_occurrences() without a limit. @has_texts false leaves out message and damage, which may be
 * large. */
struct qn_error *qn_query_events(struct qn_store *store, struct qn_arena *arena, struct qn_text signature,
				 bool has_texts, struct qn_query_occurrence **ret,
				 size_t *ret_count) QN_MUST_CHECK;

#endif
