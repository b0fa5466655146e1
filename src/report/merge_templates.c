/* Templates without a call site, put together by the miner.
 *
 * The store keeps each masked message under an id that is made of its text alone, so that ids agree between
 * machines and runs. What differs in a word ("user ann", "user bob") is put together here, for this report
 * only: under the id of the most frequent one. */
#include "report/before.h"

#include <stdlib.h>

#include "signature/miner.h"
#include "base/banned.h"

static bool is_mined(const struct qn_query_template *template)
{
	return !template->row.call_site.len;
}

static struct qn_time earlier(struct qn_time a, struct qn_time b)
{
	if (!a.is_known || !b.is_known)
		return a.is_known ? a : b;
	return a.nsec <= b.nsec ? a : b;
}

static struct qn_time later(struct qn_time a, struct qn_time b)
{
	if (!a.is_known || !b.is_known)
		return a.is_known ? a : b;
	return a.nsec >= b.nsec ? a : b;
}

static int compare_templates(const void *a, const void *b)
{
	const struct qn_query_template *x = a, *y = b;

	if (x->row.count != y->row.count)
		return x->row.count > y->row.count ? -1 : 1;
	return qn_text_compare(x->row.id, y->row.id);
}

/* Adds @row to the first one of its group, which stands before it. */
static struct qn_error *join(struct qn_report *report, struct qn_query_template *first,
			     const struct qn_query_template *row, struct qn_text text)
{
	first->row.count += row->row.count;
	first->row.first = earlier(first->row.first, row->row.first);
	first->row.last = later(first->row.last, row->row.last);
	first->row.text = qn_arena_copy(&report->arena, text);
	return qn_map_put(&report->templates_merged, row->row.id, (void *)(uintptr_t)first->row.id.data);
}

struct qn_error *qn_report_merge_templates(struct qn_report *report, struct qn_query_template *rows)
{
	_cleanup_(qn_miner_destroy_guard) struct qn_miner *miner = NULL;
	_cleanup_free_ size_t *first = NULL; /* of group and level: index in @rows, + 1 */
	size_t kept = 0;

	QN_TRY(qn_miner_create(&miner));
	for (size_t i = 0; i < report->templates_count; i++)
		if (is_mined(&rows[i]))
			QN_TRY(qn_miner_add(miner, rows[i].row.text));
	QN_TRY(qn_miner_finish(miner));
	first = calloc((qn_miner_count(miner) + 1) * (QN_LEVEL_FATAL + 1), sizeof(*first));
	if (!first)
		return &qn_error_no_memory;
	for (size_t i = 0; i < report->templates_count; i++) {
		size_t group = is_mined(&rows[i]) ? qn_miner_find(miner, rows[i].row.text) : SIZE_MAX;
		size_t *seen =
			group == SIZE_MAX
				? NULL
				: &first[group * (QN_LEVEL_FATAL + 1) + qn_level_of(rows[i].row.level)];

		if (seen && *seen) {
			QN_TRY(join(report, &rows[*seen - 1], &rows[i],
				    qn_miner_get(miner, group)->template));
			continue;
		}
		rows[kept++] = rows[i];
		if (seen)
			*seen = kept;
	}
	report->templates_count = kept;
	if (kept)
		qsort(rows, kept, sizeof(*rows), compare_templates);
	return qn_arena_check(&report->arena);
}
