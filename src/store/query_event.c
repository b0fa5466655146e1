/* Occurrences as people count them: events, each with every place where it was seen.
 *
 * One event may have been told twice: collected once with its pod known and once without (a plain copy of a
 * container's log), its id then differs. Such two have one signature and equal evidence, and one has no pod.
 * They are no copies of each other when one source holds both (a crash loop that prints the same each time),
 * or when both times are known and further apart than two clocks stamping one line. */
#include <stdlib.h>

#include "store/sql.h"

#include "base/banned.h"

#define APART_NSEC_MAX 100000000 /* two collectors stamp one line within milliseconds */
#define CANDIDATES_MAX 1000U     /* events of one evidence that one without a pod is compared with */

struct seen {
	int64_t source, content;
	struct qn_text path, hash;
	uint64_t line, last_line, offset;
};

struct event {
	struct qn_store_occurrence row;
	struct seen *places; /* by path, hash, line */
	size_t places_count;
	struct event *copies; /* of the same event, told without a pod */
	bool is_copy;
};

static int compare_seen(const struct seen *a, const struct seen *b)
{
	int order = qn_text_compare(a->path, b->path);

	if (!order)
		order = qn_text_compare(a->hash, b->hash);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	return order;
}

static int compare_places(const struct event *a, const struct event *b)
{
	int order = (a->places_count == 0) - (b->places_count == 0);

	if (!order && a->places_count)
		order = compare_seen(&a->places[0], &b->places[0]);
	return order ? order : qn_text_compare(a->row.id, b->row.id);
}

static int compare_groups(const struct event *a, const struct event *b)
{
	int order = qn_text_compare(a->row.signature, b->row.signature);

	return order ? order : qn_text_compare(a->row.evidence, b->row.evidence);
}

/* By group; in it those with a pod first. */
static int compare_for_folding(const void *a, const void *b)
{
	const struct event *const *x = a, *const *y = b;
	int order = compare_groups(*x, *y);

	if (!order)
		order = ((*x)->row.pod.len == 0) - ((*y)->row.pod.len == 0);
	return order ? order : compare_places(*x, *y);
}

static int compare_for_showing(const void *a, const void *b)
{
	const struct event *const *x = a, *const *y = b;
	struct qn_time s = (*x)->row.time, t = (*y)->row.time;

	if (s.is_known != t.is_known)
		return s.is_known ? -1 : 1;
	if (s.is_known && s.nsec != t.nsec)
		return s.nsec < t.nsec ? -1 : 1;
	return compare_places(*x, *y);
}

static uint64_t distance(struct qn_time a, struct qn_time b)
{
	if (!a.is_known || !b.is_known)
		return UINT64_MAX;
	return a.nsec > b.nsec ? (uint64_t)a.nsec - (uint64_t)b.nsec : (uint64_t)b.nsec - (uint64_t)a.nsec;
}

/* One source holds both, at different lines. */
static bool is_told_apart(const struct event *a, const struct event *b)
{
	bool is_apart = false;

	for (size_t i = 0; i < a->places_count; i++) {
		for (size_t j = 0; j < b->places_count; j++) {
			if (a->places[i].content != b->places[j].content)
				continue;
			if (a->places[i].line == b->places[j].line)
				return false;
			is_apart = true;
		}
	}
	return is_apart;
}

static bool is_copy_of(const struct event *event, const struct event *kept)
{
	uint64_t apart = distance(event->row.time, kept->row.time);

	if (apart != UINT64_MAX && apart > APART_NSEC_MAX)
		return false;
	for (const struct event *with = kept; with; with = with->copies)
		if (is_told_apart(event, with))
			return false;
	return true;
}

static struct event *find_original(struct event *const *kept, size_t kept_count, const struct event *event)
{
	struct event *best = NULL;
	uint64_t best_distance = UINT64_MAX;

	for (size_t i = 0; i < kept_count && i < CANDIDATES_MAX; i++) {
		uint64_t apart = distance(event->row.time, kept[i]->row.time);

		if (best && best->row.pod.len && !kept[i]->row.pod.len)
			break;
		if ((!best || apart < best_distance) && is_copy_of(event, kept[i])) {
			best = kept[i];
			best_distance = apart;
		}
	}
	return best;
}

/* What the kept one does not know, a copy may. */
static void add_copy(struct event *kept, struct event *copy)
{
	struct qn_store_occurrence *row = &kept->row;

	copy->is_copy = true;
	copy->copies = kept->copies;
	kept->copies = copy;
	if (!row->time.is_known)
		row->time = copy->row.time;
	if (!row->version.len)
		row->version = copy->row.version;
	if (!row->component.len)
		row->component = copy->row.component;
	if (!row->thread.len)
		row->thread = copy->row.thread;
}

/* @events is one group, sorted; @scratch has room for the kept ones. */
static void fold_group(struct event **events, size_t count, struct event **scratch)
{
	size_t kept_count = 0;

	if (!events[0]->row.evidence.len)
		return;
	for (size_t i = 0; i < count; i++) {
		struct event *original =
			events[i]->row.pod.len ? NULL : find_original(scratch, kept_count, events[i]);

		if (original)
			add_copy(original, events[i]);
		else
			scratch[kept_count++] = events[i];
	}
}

static struct qn_error *fold(struct event **events, size_t count)
{
	_cleanup_free_ struct event **scratch = calloc(count + 1, sizeof(struct event *));
	size_t end;

	if (!scratch)
		return &qn_error_no_memory;
	qsort(events, count, sizeof(*events), compare_for_folding);
	for (size_t start = 0; start < count; start = end) {
		for (end = start + 1; end < count && !compare_groups(events[start], events[end]);)
			end++;
		fold_group(events + start, end - start, scratch);
	}
	return NULL;
}

static int compare_seen_places(const void *a, const void *b)
{
	return compare_seen(a, b);
}

/* All places of the event behind its first one, each once. */
static struct qn_error *fill_also(const struct event *event, struct qn_arena *arena,
				  struct qn_query_occurrence *ret)
{
	_cleanup_free_ struct seen *all = NULL;
	size_t count = 0, used = 0;

	for (const struct event *with = event; with; with = with->copies)
		count += with->places_count;
	if (count < 2)
		return NULL;
	all = calloc(count, sizeof(*all));
	ret->also = qn_arena_alloc(arena, count * sizeof(*ret->also));
	if (!all || !ret->also)
		return &qn_error_no_memory;
	for (const struct event *with = event; with; with = with->copies)
		for (size_t i = 0; i < with->places_count; i++)
			all[used++] = with->places[i];
	qsort(all, count, sizeof(*all), compare_seen_places);
	for (size_t i = 0; i < count; i++) {
		if (all[i].source == ret->row.source && all[i].line == ret->row.line)
			continue;
		if (i && !compare_seen(&all[i - 1], &all[i]))
			continue;
		ret->also[ret->also_count++] = (struct qn_query_place){all[i].source, all[i].line};
	}
	return NULL;
}

static struct qn_error *show(const struct event *event, struct qn_arena *arena,
			     struct qn_query_occurrence *ret)
{
	ret->row = event->row;
	if (event->places_count) {
		ret->row.source = event->places[0].source;
		ret->row.line = event->places[0].line;
		ret->row.last_line = event->places[0].last_line;
		ret->row.offset = event->places[0].offset;
	}
	return fill_also(event, arena, ret);
}

#define OCCURRENCES                                                                                          \
	"SELECT id, signature, stack, evidence, time_nsec, time_digits, thread, goroutine, pod, component,"  \
	" process, version, exception, fault_address IS NOT NULL, fault_address, CASE WHEN ?1 THEN message " \
	"END,"                                                                                               \
	" CASE WHEN ?1 THEN damage END, CASE WHEN ?1 THEN others END FROM occurrence"
#define PLACES                                                                                     \
	"SELECT o.id, p.source, s.content, s.path, c.hash, p.line, coalesce(p.last_line, p.line)," \
	" p.offset_bytes FROM occurrence o JOIN place p ON p.occurrence = o.number"                \
	" JOIN source s ON s.id = p.source JOIN content c ON c.id = s.content"

static void read_event(struct qn_sql *sql, struct qn_arena *arena, struct qn_store_occurrence *ret)
{
	ret->id = qn_sql_read_text(sql, arena);
	ret->signature = qn_sql_read_text(sql, arena);
	ret->stack = qn_sql_read_text(sql, arena);
	ret->evidence = qn_sql_read_text(sql, arena);
	ret->time = qn_sql_read_time(sql);
	ret->thread = qn_sql_read_text(sql, arena);
	ret->goroutine = qn_sql_read_u64(sql);
	ret->pod = qn_sql_read_text(sql, arena);
	ret->component = qn_sql_read_text(sql, arena);
	ret->process = qn_sql_read_text(sql, arena);
	ret->version = qn_sql_read_text(sql, arena);
	ret->exception = qn_sql_read_text(sql, arena);
	ret->has_fault_address = qn_sql_read_bool(sql);
	ret->fault_address = qn_sql_read_u64(sql);
	ret->message = qn_sql_read_text(sql, arena);
	ret->damage = qn_sql_read_text(sql, arena);
	ret->others = qn_sql_read_text(sql, arena);
}

/* By id. */
static struct qn_error *load_events(struct qn_store *store, struct qn_arena *arena, struct qn_text signature,
				    bool has_texts, struct event **ret, size_t *ret_count)
{
	static const char all[] = OCCURRENCES " ORDER BY id";
	static const char of_signature[] = OCCURRENCES " WHERE signature = ?2 ORDER BY id";
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list list = {0};
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct event *event;

	QN_TRY(qn_sql_start(store, signature.len ? of_signature : all, &sql));
	qn_sql_bind_i64(&sql, has_texts);
	if (signature.len)
		qn_sql_bind_key(&sql, signature);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, &list, sizeof(*event), (void **)&event));
		if (!event)
			break;
		read_event(&sql, arena, &event->row);
	}
	return qn_sql_list_move(&list, sizeof(*event), arena, (void **)ret, ret_count);
}

struct placed {
	struct qn_text occurrence;
	struct seen seen;
};

/* By occurrence, then as shown. Neighbours share the texts of their source. */
static struct qn_error *load_places(struct qn_store *store, struct qn_arena *arena, struct qn_text signature,
				    struct qn_sql_list *list)
{
	static const char all[] = PLACES " ORDER BY o.id, s.path, c.hash, p.line";
	/* clang-format off */
	static const char of_signature[] =
		PLACES " WHERE o.signature = ?1 ORDER BY o.id, s.path, c.hash, p.line";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	struct seen last = {0};
	struct placed *placed;

	QN_TRY(qn_sql_start(store, signature.len ? of_signature : all, &sql));
	if (signature.len)
		qn_sql_bind_key(&sql, signature);
	for (;;) {
		QN_TRY(qn_sql_next_into(&sql, list, sizeof(*placed), (void **)&placed));
		if (!placed)
			return NULL;
		placed->occurrence = qn_sql_read_text(&sql, arena);
		placed->seen.source = qn_sql_read_i64(&sql);
		placed->seen.content = qn_sql_read_i64(&sql);
		if (placed->seen.source == last.source) {
			placed->seen.path = last.path;
			placed->seen.hash = last.hash;
			sql.column += 2;
		} else {
			placed->seen.path = qn_sql_read_text(&sql, arena);
			placed->seen.hash = qn_sql_read_text(&sql, arena);
		}
		placed->seen.line = qn_sql_read_u64(&sql);
		placed->seen.last_line = qn_sql_read_u64(&sql);
		placed->seen.offset = qn_sql_read_u64(&sql);
		last = placed->seen;
	}
}

/* Both lists are by occurrence. */
static struct qn_error *join_places(struct event *events, size_t count, const struct qn_sql_list *list,
				    struct qn_arena *arena)
{
	const struct placed *placed = list->items;
	struct seen *seen = qn_arena_alloc(arena, (list->count + 1) * sizeof(*seen));
	size_t next = 0;

	if (!seen)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++) {
		events[i].places = seen + next;
		for (; next < list->count && qn_text_equal(placed[next].occurrence, events[i].row.id);
		     next++) {
			seen[next] = placed[next].seen;
			events[i].places_count++;
		}
	}
	return NULL;
}

static struct qn_error *show_events(struct event **sorted, size_t count, struct qn_arena *arena,
				    struct qn_query_occurrence **ret, size_t *ret_count)
{
	struct qn_query_occurrence *shown;
	size_t shown_count = 0;

	for (size_t i = 0; i < count; i++)
		if (!sorted[i]->is_copy)
			sorted[shown_count++] = sorted[i];
	qsort(sorted, shown_count, sizeof(struct event *), compare_for_showing);
	shown = qn_arena_alloc(arena, shown_count * sizeof(*shown));
	if (!shown)
		return &qn_error_no_memory;
	for (size_t i = 0; i < shown_count; i++)
		QN_TRY(show(sorted[i], arena, &shown[i]));
	QN_TRY(qn_arena_check(arena));
	*ret = shown;
	*ret_count = shown_count;
	return NULL;
}

struct qn_error *qn_query_events(struct qn_store *store, struct qn_arena *arena, struct qn_text signature,
				 bool has_texts, struct qn_query_occurrence **ret, size_t *ret_count)
{
	_cleanup_(qn_sql_list_deinit) struct qn_sql_list places = {0};
	_cleanup_free_ struct event **sorted = NULL;
	struct event *events;
	size_t count;

	QN_TRY(load_events(store, arena, signature, has_texts, &events, &count));
	QN_TRY(load_places(store, arena, signature, &places));
	QN_TRY(join_places(events, count, &places, arena));
	sorted = calloc(count + 1, sizeof(struct event *));
	if (!sorted)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &events[i];
	QN_TRY(fold(sorted, count));
	return show_events(sorted, count, arena, ret, ret_count);
}

struct qn_error *qn_query_occurrences(struct qn_store *store, struct qn_arena *arena,
				      struct qn_text signature, size_t limit,
				      struct qn_query_occurrence **ret, size_t *ret_count)
{
	QN_TRY(qn_query_events(store, arena, signature, true, ret, ret_count));
	if (limit && *ret_count > limit)
		*ret_count = limit;
	return NULL;
}
