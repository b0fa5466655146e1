/* Union of two stores: the other one is read row by row, and each row goes in the way qn_store_add_*() would
 * put it, so that a merge gives what ingesting both stores' evidence into one would have given. Ids of
 * sources are numbers of one store only; they are looked up on the way. */
#include <stdlib.h>

#include "store/sql.h"

#include "base/banned.h"

struct renamed {
	int64_t from, into;
};

struct merge {
	struct qn_store *into, *from;
	struct renamed *sources; /* by from */
	size_t sources_count;
	struct qn_arena arena;
};

/* Columns in the order of the parameters of @insert. */
struct table {
	const char *select;
	const char *insert;
	int source_column; /* an id of a source; -1: none */
};

/* A content is named by any source that has it. */
#define SOURCE_OF_CONTENT "(SELECT min(id) FROM source s WHERE s.content = t.content)"
#define SOURCE_OF_TEXT "(SELECT min(id) FROM source s WHERE s.text = t.text)"

/* clang-format off */
static const char from_run[] = "SELECT id, label, last_nsec, last_digits FROM run";
static const char from_source_run[] = "SELECT source, run FROM source_run";
static const char from_pod[] = "SELECT name, component, last_state, reason, restarts, exit_code, source, line FROM pod";
static const char from_process[] = "SELECT id, component, pod, version, commit_hash, started_nsec, started_digits,"
	" ended_nsec, ended_digits, end_kind, end_evidence FROM process";
static const char from_process_source[] = "SELECT process, source, first_line, last_line,"
	" has_banner, is_previous FROM process_source";
static const char from_signature[] = "SELECT id, family, kind, title, signal, reason, component, executor_kind,"
	" executor_pool, executor_task, confidence FROM signature";
static const char from_stack[] = "SELECT id, frames FROM stack";
static const char from_frame[] = "SELECT stack, position, raw, function, match_key, file, line, pc, module, build_id,"
	" role, is_inlined, is_go, is_rethrow, is_ladder, is_repaired FROM frame";
static const char from_occurrence[] = "SELECT id, signature, stack, evidence, time_nsec, time_digits, thread,"
	" goroutine, pod, component, process, version, message, exception, fault_address, damage, others FROM occurrence";
static const char from_place[] = "SELECT o.id, p.source, p.line, p.last_line, p.offset_bytes FROM place p"
	" JOIN occurrence o ON o.number = p.occurrence";
static const char from_tally[] = "SELECT signature, " SOURCE_OF_TEXT ", count, first_nsec, first_digits, last_nsec,"
	" last_digits FROM tally t";
static const char from_template[] = "SELECT id, level, text, call_site FROM template";
static const char from_template_tally[] = "SELECT template, " SOURCE_OF_TEXT ", count, first_nsec, first_digits,"
	" last_nsec, last_digits FROM template_tally t";
static const char from_template_rate[] = "SELECT template, " SOURCE_OF_TEXT ", width_sec, bucket, count"
	" FROM template_rate t";
static const char from_core[] = "SELECT " SOURCE_OF_CONTENT ", named, signature, json, summary FROM core t";
static const char from_issue[] = "SELECT text, " SOURCE_OF_CONTENT ", path, line, offset_bytes, has_offset, count"
	" FROM issue t";

static const struct table tables[] = {
	{from_run, qn_sql_add_run, -1},
	{from_source_run, qn_sql_add_source_run, 0},
	{from_pod, qn_sql_add_pod, 6},
	{from_process, qn_sql_add_process, -1},
	{from_process_source, qn_sql_add_process_source, 1},
	{from_signature, qn_sql_add_signature, -1},
	{from_stack, qn_sql_add_stack, -1},
	{from_frame, qn_sql_add_frame, -1},
	{from_occurrence, qn_sql_add_occurrence, -1},
	{from_place, qn_sql_add_place, 1},
	{from_tally, qn_sql_add_tally, 1},
	{from_template, qn_sql_add_template, -1},
	{from_template_tally, qn_sql_add_template_tally, 1},
	{from_template_rate, qn_sql_add_template_rate, 1},
	{from_core, qn_sql_add_core, 0},
	{from_issue, qn_sql_add_issue, 1},
};
/* clang-format on */

static int compare_renamed(const void *a, const void *b)
{
	const struct renamed *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* 0 stays 0. */
static int64_t rename_source(const struct merge *merge, int64_t from)
{
	struct renamed key = {.from = from}, *found = NULL;

	if (merge->sources_count)
		found = bsearch(&key, merge->sources, merge->sources_count, sizeof(key), compare_renamed);
	return found ? found->into : 0;
}

static struct qn_error *merge_sources(struct merge *merge)
{
	struct qn_query_source *sources;
	size_t count;

	QN_TRY(qn_query_sources(merge->from, &merge->arena, &sources, &count));
	merge->sources = qn_arena_alloc(&merge->arena, count * sizeof(*merge->sources));
	if (!merge->sources)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++) {
		merge->sources[i].from = sources[i].id;
		QN_TRY(qn_store_add_source(merge->into, &sources[i].row, &merge->sources[i].into));
	}
	merge->sources_count = count;
	if (count)
		qsort(merge->sources, count, sizeof(*merge->sources), compare_renamed);
	return NULL;
}

static struct qn_error *merge_row(struct merge *merge, const struct table *table, struct qn_sql *row)
{
	_cleanup_(qn_sql_finish) struct qn_sql insert = {0};
	int columns = sqlite3_column_count(row->handle), result;

	QN_TRY(qn_sql_start(merge->into, table->insert, &insert));
	for (int i = 0; i < columns; i++) {
		if (i == table->source_column) {
			qn_sql_bind_source(&insert,
					   rename_source(merge, sqlite3_column_int64(row->handle, i)));
			continue;
		}
		result = sqlite3_bind_value(insert.handle, ++insert.parameter,
					    sqlite3_column_value(row->handle, i));
		if (result != SQLITE_OK)
			return qn_sql_error(merge->into, result);
	}
	return qn_sql_run(&insert);
}

static struct qn_error *merge_table(struct merge *merge, const struct table *table)
{
	_cleanup_(qn_sql_finish) struct qn_sql rows = {0};
	bool has_row;

	QN_TRY(qn_sql_start(merge->from, table->select, &rows));
	for (;;) {
		QN_TRY(qn_sql_next(&rows, &has_row));
		if (!has_row)
			return NULL;
		QN_TRY(merge_row(merge, table, &rows));
	}
}

static struct qn_error *merge_hits(struct merge *merge)
{
	struct qn_query_hit *hits;
	size_t count;

	QN_TRY(qn_query_all_hits(merge->from, &merge->arena, true, &hits, &count));
	for (size_t i = 0; i < count; i++) {
		hits[i].row.source = rename_source(merge, hits[i].row.source);
		for (size_t j = 0; j < hits[i].evidence_count; j++)
			hits[i].evidence[j].source = rename_source(merge, hits[i].evidence[j].source);
		QN_TRY(qn_store_add_hit(merge->into, &hits[i].row, hits[i].evidence, hits[i].evidence_count));
	}
	return NULL;
}

/* The surer one, then the greater one. */
static int compare_verdicts(const struct qn_store_verdict *a, const struct qn_store_verdict *b)
{
	const struct qn_text *x[] = {&a->rule, &a->issue, &a->url, &a->title, &a->fix, &a->advice};
	const struct qn_text *y[] = {&b->rule, &b->issue, &b->url, &b->title, &b->fix, &b->advice};
	int order = (a->confidence > b->confidence) - (a->confidence < b->confidence);

	for (size_t i = 0; !order && i < sizeof(x) / sizeof(x[0]); i++)
		order = qn_text_compare(*x[i], *y[i]);
	for (size_t i = 0; !order && i < a->fixed_in_count && i < b->fixed_in_count; i++)
		order = qn_text_compare(a->fixed_in[i], b->fixed_in[i]);
	return order ? order
		     : (a->fixed_in_count > b->fixed_in_count) - (a->fixed_in_count < b->fixed_in_count);
}

/* A verdict is what somebody's rules said; running the rules over the merged store replaces it. */
static struct qn_error *merge_verdicts(struct merge *merge)
{
	struct qn_query_verdict *theirs, *ours;
	size_t theirs_count, ours_count, next = 0;

	QN_TRY(qn_query_verdicts(merge->from, &merge->arena, &theirs, &theirs_count));
	QN_TRY(qn_query_verdicts(merge->into, &merge->arena, &ours, &ours_count));
	for (size_t i = 0; i < theirs_count; i++) {
		struct qn_text signature = theirs[i].row.signature;

		while (next < ours_count && qn_text_compare(ours[next].row.signature, signature) < 0)
			next++;
		if (next < ours_count && qn_text_equal(ours[next].row.signature, signature) &&
		    compare_verdicts(&theirs[i].row, &ours[next].row) <= 0)
			continue;
		QN_TRY(qn_store_add_verdict(merge->into, &theirs[i].row));
	}
	return NULL;
}

static struct qn_error *merge_all(struct merge *merge)
{
	QN_TRY(merge_sources(merge));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		QN_TRY(merge_table(merge, &tables[i]));
	QN_TRY(merge_hits(merge));
	return merge_verdicts(merge);
}

struct qn_error *qn_store_merge(struct qn_store *into, const char *from_path)
{
	_cleanup_(qn_store_close_guard) struct qn_store *from = NULL;
	bool is_batch_ours = !qn_store_is_in_batch(into);
	struct merge merge = {.into = into};
	struct qn_error *error;

	QN_TRY(qn_store_open(from_path, QN_STORE_READ_ONLY, &from));
	QN_TRY(qn_sql_exec(from, "BEGIN")); /* one moment of it, whoever writes meanwhile */
	if (is_batch_ours)
		QN_TRY(qn_store_begin(into));
	merge.from = from;
	error = merge_all(&merge);
	qn_arena_deinit(&merge.arena);
	if (is_batch_ours && !error)
		return qn_store_commit(into);
	if (is_batch_ours)
		qn_store_rollback(into);
	return error;
}
