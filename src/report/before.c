#include "report/before.h"

#include <stdlib.h>

#include "base/banned.h"

#define NSEC INT64_C(1000000000)
#define HOUR_SEC 3600
#define TIMES_MORE 4U
#define COUNT_MIN 5U
#define OCCURRENCES_MAX 20U /* of one signature that are looked at */
#define ITEMS_MAX 50U       /* told of one occurrence */

struct tally {
	uint64_t recent, usual;
	bool is_met;
	bool is_wide; /* some of its steps are too wide to be counted */
};

struct looking {
	struct qn_report *report;
	struct qn_map by_id; /* template id -> index + 1 in the report */
	const struct qn_query_rate *rates;
	size_t rates_count;
	struct tally *tallies; /* by template */
	size_t *met;           /* those that are not zero */
	size_t met_count;
};

static void looking_deinit(struct looking *looking)
{
	qn_map_deinit(&looking->by_id);
	free(looking->tallies);
	free(looking->met);
}

static size_t first_from(const struct looking *looking, int64_t nsec)
{
	size_t low = 0, high = looking->rates_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (looking->rates[middle].start_nsec < nsec)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Index + 1; 0: hidden by the filter. */
static size_t find_template(const struct looking *looking, const struct qn_query_rate *rate)
{
	const char *merged = qn_map_find(&looking->report->templates_merged, rate->template);
	struct qn_text id = merged ? qn_text_of(merged) : rate->template;

	return (size_t)qn_map_find(&looking->by_id, id);
}

static void count_window(struct looking *looking, int64_t time)
{
	int64_t recent = time - QN_BEFORE_SEC * NSEC;

	looking->met_count = 0;
	for (size_t i = first_from(looking, recent - HOUR_SEC * NSEC);
	     i < looking->rates_count && looking->rates[i].start_nsec <= time; i++) {
		size_t template = find_template(looking, &looking->rates[i]);
		struct tally *tally;

		if (!template || looking->rates[i].width_sec > QN_BEFORE_SEC)
			continue; /* hidden by the filter; of an hour or a day */
		tally = &looking->tallies[template - 1];
		if (!tally->is_met)
			looking->met[looking->met_count++] = template - 1;
		tally->is_met = true;
		/* A step is of the time in its middle. */
		if (looking->rates[i].start_nsec + looking->rates[i].width_sec * NSEC / 2 >= recent)
			tally->recent += looking->rates[i].count;
		else
			tally->usual += looking->rates[i].count;
	}
}

static bool is_new_at(const struct qn_store_template *row, int64_t time)
{
	return row->first.is_known && row->first.nsec <= time &&
	       row->first.nsec > time - QN_BEFORE_SEC * NSEC;
}

/* Also those of logs whose steps are too wide to be counted. */
static void meet_new(struct looking *looking, int64_t time)
{
	for (size_t i = 0; i < looking->report->templates_count; i++) {
		if (looking->tallies[i].is_met || !looking->tallies[i].is_wide ||
		    !is_new_at(&looking->report->templates[i].row, time))
			continue;
		looking->tallies[i].is_met = true;
		looking->met[looking->met_count++] = i;
	}
}

static bool tells(const struct looking *looking, size_t template, int64_t time, struct qn_report_before *ret)
{
	const struct tally *tally = &looking->tallies[template];
	bool is_new = is_new_at(&looking->report->templates[template].row, time);

	*ret = (struct qn_report_before){.template = template,
					 .count = is_new && !tally->recent ? 1 : tally->recent,
					 .per_hour = tally->usual,
					 .is_new = is_new};
	if (is_new)
		return true;
	return tally->recent >= COUNT_MIN &&
	       tally->recent * (HOUR_SEC / QN_BEFORE_SEC) >= TIMES_MORE * tally->usual;
}

static int compare_before(const void *a, const void *b)
{
	const struct qn_report_before *x = a, *y = b;

	if (x->is_new != y->is_new)
		return x->is_new ? -1 : 1;
	if (x->is_grave != y->is_grave)
		return x->is_grave ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return (x->template > y->template) - (x->template <y->template);
}

/* @title  of the failure: its own record is no news */
static struct qn_error *look_at(struct looking *looking, struct qn_text title, int64_t time,
				struct qn_report_befores *ret)
{
	struct qn_report *report = looking->report;
	_cleanup_free_ struct qn_report_before *found = NULL;
	size_t count = 0;

	count_window(looking, time);
	meet_new(looking, time);
	found = calloc(looking->met_count + 1, sizeof(*found));
	if (!found)
		return &qn_error_no_memory;
	for (size_t i = 0; i < looking->met_count; i++) {
		size_t template = looking->met[i];
		enum qn_level level = qn_level_of(report->templates[template].row.level);

		if (!qn_text_contains(title, report->templates[template].row.text) &&
		    tells(looking, template, time, &found[count]))
			found[count++].is_grave = level >= QN_LEVEL_ERROR;
		looking->tallies[template] = (struct tally){.is_wide = looking->tallies[template].is_wide};
	}
	if (count)
		qsort(found, count, sizeof(*found), compare_before);
	ret->count = count < ITEMS_MAX ? count : ITEMS_MAX;
	ret->left_out = count - ret->count;
	ret->items = qn_arena_alloc(&report->arena, ret->count * sizeof(*found) + 1);
	if (!ret->items)
		return &qn_error_no_memory;
	memcpy(ret->items, found, ret->count * sizeof(*found));
	return NULL;
}

static struct qn_error *prepare(struct looking *looking, struct qn_store *store)
{
	struct qn_report *report = looking->report;
	struct qn_query_rate *rates;

	QN_TRY(qn_query_rates(store, &report->arena, INT64_MAX, &rates, &looking->rates_count));
	looking->rates = rates;
	looking->tallies = calloc(report->templates_count + 1, sizeof(*looking->tallies));
	looking->met = calloc(report->templates_count + 1, sizeof(*looking->met));
	if (!looking->tallies || !looking->met)
		return &qn_error_no_memory;
	for (size_t i = 0; i < report->templates_count; i++)
		QN_TRY(qn_map_put(&looking->by_id, report->templates[i].row.id, (void *)(i + 1)));
	for (size_t i = 0; i < looking->rates_count; i++) {
		size_t template = find_template(looking, &rates[i]);

		if (template && rates[i].width_sec > QN_BEFORE_SEC)
			looking->tallies[template - 1].is_wide = true;
	}
	return NULL;
}

struct qn_error *qn_report_load_before(struct qn_report *report, struct qn_store *store)
{
	_cleanup_(looking_deinit) struct looking looking = {.report = report};

	if (!report->failures_count || !report->templates_count)
		return NULL;
	QN_TRY(prepare(&looking, store));
	for (size_t i = 0; i < report->failures_count; i++) {
		struct qn_report_signature *signature = &report->signatures[i];
		size_t count = signature->occurrences_count;

		if (count > OCCURRENCES_MAX)
			count = OCCURRENCES_MAX;
		signature->befores =
			qn_arena_alloc(&report->arena, (count + 1) * sizeof(*signature->befores));
		if (!signature->befores)
			return &qn_error_no_memory;
		signature->befores_count = count;
		for (size_t k = 0; k < count; k++)
			if (signature->occurrences[k].row.time.is_known)
				QN_TRY(look_at(&looking, signature->row->row.title,
					       signature->occurrences[k].row.time.nsec,
					       &signature->befores[k]));
	}
	return NULL;
}
