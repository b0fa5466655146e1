#include "report/report.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/json.h"
#include "report/before.h"
#include "base/banned.h"

const char *qn_verdict_state_name(enum qn_verdict_state state)
{
	static const char *const names[] = {
		[QN_VERDICT_KNOWN] = "known",
		[QN_VERDICT_NEW] = "new",
		[QN_VERDICT_SEEN] = "seen",
		[QN_VERDICT_REGRESSED] = "regressed",
	};

	return names[state];
}

bool qn_report_is_failure(const struct qn_report_signature *signature)
{
	return !qn_text_equal(signature->row->row.kind, QN_TEXT("error"));
}

static enum qn_verdict_state state_of(const struct qn_query_signature *row)
{
	if (row->has_verdict)
		return qn_text_equal(row->verdict.fix, QN_TEXT("present")) ? QN_VERDICT_REGRESSED
									   : QN_VERDICT_KNOWN;
	return row->is_new ? QN_VERDICT_NEW : QN_VERDICT_SEEN;
}

/* What a filter lets pass. A time that is not known cannot be said to lie outside; a pod or component that is
 * not known is not the one that was asked for. */

static bool passes_span(const struct qn_report_filter *filter, struct qn_time first, struct qn_time last)
{
	if (filter->since.is_known && last.is_known && last.nsec < filter->since.nsec)
		return false;
	return !(filter->until.is_known && first.is_known && first.nsec > filter->until.nsec);
}

static bool passes_pod(const char *glob, struct qn_text pod)
{
	_cleanup_free_ char *name = NULL;

	if (!glob)
		return true;
	name = qn_text_copy(pod);
	return name && pod.len && fnmatch(glob, name, 0) == 0;
}

struct sieve {
	const struct qn_report_filter *filter;
	char *glob; /* of the pod; NULL: any */
};

static void sieve_deinit(struct sieve *sieve)
{
	free(sieve->glob);
}

static struct qn_error *sieve_init(struct sieve *sieve, const struct qn_report_filter *filter)
{
	sieve->filter = filter;
	if (filter->pod.len && !(sieve->glob = qn_text_copy(filter->pod)))
		return &qn_error_no_memory;
	return NULL;
}

static bool passes(const struct sieve *sieve, struct qn_text component, struct qn_text pod,
		   struct qn_time first, struct qn_time last)
{
	if (sieve->filter->component.len && !qn_text_equal(sieve->filter->component, component))
		return false;
	return passes_pod(sieve->glob, pod) && passes_span(sieve->filter, first, last);
}

static bool is_open(const struct qn_report_filter *filter)
{
	return !filter->since.is_known && !filter->until.is_known && !filter->component.len &&
	       !filter->pod.len;
}

/* Adds @text to a sorted list that has room. */
static void list_add(struct qn_text *list, size_t *count, struct qn_text text)
{
	size_t at = 0;

	while (at < *count && qn_text_compare(list[at], text) < 0)
		at++;
	if (!text.len || (at < *count && qn_text_equal(list[at], text)))
		return;
	memmove(list + at + 1, list + at, (*count - at) * sizeof(*list));
	list[at] = text;
	++*count;
}

/* The row of a signature of which some occurrences are hidden: what it says is of those that are left. */
static const struct qn_query_signature *narrowed(struct qn_arena *arena, const struct qn_query_signature *row,
						 const struct qn_query_occurrence *occurrences, size_t count)
{
	struct qn_query_signature *copy = qn_arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return row;
	*copy = *row;
	copy->count = count;
	copy->first = copy->last = (struct qn_time){0};
	copy->pods_count = copy->versions_count = 0;
	copy->pods = qn_arena_alloc(arena, (row->pods_count + 1) * sizeof(*copy->pods));
	copy->versions = qn_arena_alloc(arena, (row->versions_count + 1) * sizeof(*copy->versions));
	if (!copy->pods || !copy->versions)
		return row;
	for (size_t i = 0; i < count; i++) {
		const struct qn_store_occurrence *occurrence = &occurrences[i].row;

		if (copy->pods_count < row->pods_count)
			list_add(copy->pods, &copy->pods_count, occurrence->pod);
		if (copy->versions_count < row->versions_count)
			list_add(copy->versions, &copy->versions_count, occurrence->version);
		qn_time_widen(&copy->first, &copy->last, occurrence->time);
	}
	return copy;
}

/* False: nothing of it passes. */
static bool narrow(struct qn_report *report, const struct sieve *sieve, const struct qn_query_signature *row,
		   struct qn_query_occurrence *occurrences, size_t count, struct qn_report_signature *ret)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct qn_store_occurrence *occurrence = &occurrences[i].row;
		struct qn_text component =
			occurrence->component.len ? occurrence->component : row->row.component;

		if (passes(sieve, component, occurrence->pod, occurrence->time, occurrence->time))
			occurrences[kept++] = occurrences[i];
	}
	if (!kept && !is_open(sieve->filter))
		return false;
	*ret = (struct qn_report_signature){
		.row = kept == count ? row : narrowed(&report->arena, row, occurrences, kept),
		.state = state_of(row),
		.occurrences = occurrences,
		.occurrences_count = kept,
	};
	return true;
}

static int rank_of_state(enum qn_verdict_state state)
{
	static const int ranks[] = {[QN_VERDICT_REGRESSED] = 0,
				    [QN_VERDICT_NEW] = 1,
				    [QN_VERDICT_SEEN] = 2,
				    [QN_VERDICT_KNOWN] = 3};

	return ranks[state];
}

static int rank_of_kind(struct qn_text name)
{
	static const int ranks[QN_KIND_COUNT] = {
		[QN_KIND_CRASH] = 0,  [QN_KIND_SANITIZER] = 1, [QN_KIND_ABORT] = 2,
		[QN_KIND_PANIC] = 3,  [QN_KIND_ASSERT] = 4,    [QN_KIND_DEADLOCK] = 5,
		[QN_KIND_KILLED] = 6, [QN_KIND_EXIT] = 7,      [QN_KIND_ERROR] = 8,
	};
	enum qn_kind kind;

	return qn_kind_of_name(name, &kind) ? ranks[kind] : QN_KIND_COUNT;
}

static int compare_rank(const void *left, const void *right)
{
	const struct qn_report_signature *a = left, *b = right;
	int order = qn_report_is_failure(b) - qn_report_is_failure(a);

	if (!order)
		order = rank_of_state(a->state) - rank_of_state(b->state);
	if (!order)
		order = rank_of_kind(a->row->row.kind) - rank_of_kind(b->row->row.kind);
	if (!order)
		order = (a->row->count < b->row->count) - (a->row->count > b->row->count);
	return order ? order : qn_text_compare(a->row->row.id, b->row->row.id);
}

static struct qn_error *load_signatures(struct qn_report *report, struct qn_store *store,
					const struct sieve *sieve)
{
	struct qn_query_signature *rows;
	size_t count;

	QN_TRY(qn_query_signatures(store, &report->arena, &rows, &count));
	report->signatures = qn_arena_alloc(&report->arena, (count + 1) * sizeof(*report->signatures));
	if (!report->signatures)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++) {
		struct qn_report_signature *next = &report->signatures[report->signatures_count];
		bool is_error = qn_text_equal(rows[i].row.kind, QN_TEXT("error"));
		size_t limit = is_error && is_open(sieve->filter) ? QN_REPORT_OCCURRENCES_MAX : 0;
		struct qn_query_occurrence *occurrences;
		size_t occurrences_count;

		QN_TRY(qn_query_occurrences(store, &report->arena, rows[i].row.id, limit, &occurrences,
					    &occurrences_count));
		if (!narrow(report, sieve, &rows[i], occurrences, occurrences_count, next)) {
			report->hidden_count++;
			continue;
		}
		if (is_error && next->occurrences_count > QN_REPORT_OCCURRENCES_MAX)
			next->occurrences_count = QN_REPORT_OCCURRENCES_MAX;
		report->signatures_count++;
		report->failures_count += qn_report_is_failure(next);
	}
	qsort(report->signatures, report->signatures_count, sizeof(*report->signatures), compare_rank);
	for (size_t i = 0; i < report->signatures_count; i++) {
		struct qn_report_signature *signature = &report->signatures[i];

		QN_TRY(qn_map_put(&report->signatures_by_id, signature->row->row.id, signature));
	}
	return NULL;
}

const struct qn_report_signature *qn_report_find_signature(const struct qn_report *report, struct qn_text id)
{
	return qn_map_find(&report->signatures_by_id, id);
}

/* What a store says is JSON goes out as such: a store may come from anywhere. */
static void ignore_member(void *context, const char *path, struct qn_text value)
{
	(void)context;
	(void)path;
	(void)value;
}

static int compare_source(const void *left, const void *right)
{
	const struct qn_query_source *const *a = left, *const *b = right;

	return ((*a)->id > (*b)->id) - ((*a)->id < (*b)->id);
}

static const struct qn_store_source *find_source(const struct qn_report *report, int64_t id)
{
	const struct qn_query_source wanted = {.id = id}, *key = &wanted;
	const struct qn_query_source **found = NULL;

	if (report->sources_count)
		found = bsearch(&key, report->sources_by_id, report->sources_count, sizeof(key),
				compare_source);
	return found ? &(*found)->row : NULL;
}

struct qn_text qn_report_source_path(const struct qn_report *report, int64_t source)
{
	const struct qn_store_source *row = source ? find_source(report, source) : NULL;

	return row ? row->path : (struct qn_text){0};
}

static struct qn_error *load_processes(struct qn_report *report, struct qn_store *store,
				       const struct sieve *sieve)
{
	struct qn_query_process *rows;
	size_t count;

	QN_TRY(qn_query_processes(store, &report->arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		if (passes(sieve, rows[i].row.component, rows[i].row.pod, rows[i].row.started,
			   rows[i].row.ended))
			rows[report->processes_count++] = rows[i];
	report->processes = rows;
	return NULL;
}

static struct qn_error *load_pods(struct qn_report *report, struct qn_store *store, const struct sieve *sieve)
{
	const struct qn_time unknown = {0};
	struct qn_query_pod *rows;
	size_t count;

	QN_TRY(qn_query_pods(store, &report->arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		if (passes(sieve, rows[i].row.component, rows[i].row.name, unknown, unknown))
			rows[report->pods_count++] = rows[i];
	report->pods = rows;
	return NULL;
}

/* A hit goes with its signature; without one, with the source that it stands in. */
static bool passes_hit(const struct qn_report *report, const struct sieve *sieve,
		       const struct qn_store_hit *hit)
{
	const struct qn_store_source *source;

	if (is_open(sieve->filter))
		return true;
	if (hit->signature.len && !qn_report_find_signature(report, hit->signature))
		return false;
	source = find_source(report, hit->source);
	return source && passes(sieve, source->component, source->pod, hit->time, hit->time);
}

static struct qn_error *load_hits(struct qn_report *report, struct qn_store *store, const struct sieve *sieve)
{
	struct qn_query_hit *rows;
	size_t count;

	QN_TRY(qn_query_hits(store, &report->arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		if (passes_hit(report, sieve, &rows[i].row))
			rows[report->hits_count++] = rows[i];
	report->hits = rows;
	return NULL;
}

static struct qn_error *load_templates(struct qn_report *report, struct qn_store *store,
				       const struct sieve *sieve)
{
	struct qn_query_template *rows;
	size_t count;

	QN_TRY(qn_query_templates(store, &report->arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		if (passes_span(sieve->filter, rows[i].row.first, rows[i].row.last))
			rows[report->templates_count++] = rows[i];
	report->templates = rows;
	return qn_report_merge_templates(report, rows);
}

/* A core has no time of its own; it goes with its source. */
static struct qn_error *load_cores(struct qn_report *report, struct qn_store *store,
				   const struct sieve *sieve)
{
	const struct qn_time unknown = {0};
	struct qn_query_core *rows;
	size_t count;

	QN_TRY(qn_query_cores(store, &report->arena, &rows, &count));
	for (size_t i = 0; i < count; i++) {
		const struct qn_store_source *source = find_source(report, rows[i].row.source);

		if (source && passes(sieve, source->component, source->pod, unknown, unknown) &&
		    qn_json_read_object(rows[i].row.json, ignore_member, NULL))
			rows[report->cores_count++] = rows[i];
	}
	report->cores = rows;
	return NULL;
}

/* What was read and what was odd about it is said whatever the filter. */
static struct qn_error *load_input(struct qn_report *report, struct qn_store *store)
{
	struct qn_query_source *sources;
	struct qn_issue *issues;

	QN_TRY(qn_query_sources(store, &report->arena, &sources, &report->sources_count));
	report->sources = sources;
	report->sources_by_id = qn_arena_alloc(&report->arena, (report->sources_count + 1) * sizeof(sources));
	if (!report->sources_by_id)
		return &qn_error_no_memory;
	for (size_t i = 0; i < report->sources_count; i++)
		report->sources_by_id[i] = &sources[i];
	qsort(report->sources_by_id, report->sources_count, sizeof(sources), compare_source);
	QN_TRY(qn_query_issues(store, &report->arena, &issues, &report->issues_count));
	report->issues = issues;
	return NULL;
}

void qn_report_destroy(struct qn_report *report)
{
	if (!report)
		return;
	qn_map_deinit(&report->signatures_by_id);
	qn_map_deinit(&report->templates_merged);
	qn_arena_deinit(&report->arena);
	free(report);
}

struct qn_error *qn_report_load(struct qn_store *store, const struct qn_report_filter *filter,
				struct qn_report **ret)
{
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = calloc(1, sizeof(*report));
	_cleanup_(sieve_deinit) struct sieve sieve = {0};

	if (!report)
		return &qn_error_no_memory;
	QN_TRY(sieve_init(&sieve, filter));
	QN_TRY(load_input(report, store));
	QN_TRY(load_signatures(report, store, &sieve));
	QN_TRY(load_processes(report, store, &sieve));
	QN_TRY(load_pods(report, store, &sieve));
	QN_TRY(load_templates(report, store, &sieve));
	QN_TRY(qn_report_load_before(report, store));
	QN_TRY(load_cores(report, store, &sieve));
	QN_TRY(load_hits(report, store, &sieve));
	QN_TRY(qn_arena_check(&report->arena));
	*ret = qn_take(report);
	return NULL;
}
