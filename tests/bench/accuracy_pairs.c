/* Counts pairs by sorting: each item makes a pair with all before it in its heap. */
#include "bench/accuracy.h"

#include <stdlib.h>

#include "base/cleanup.h"

#include "base/banned.h"

static int compare_groups(const void *a, const void *b)
{
	const struct qn_item *x = a, *y = b;

	return qn_text_compare(x->group, y->group);
}

static int compare_found(const void *a, const void *b)
{
	const struct qn_item *x = a, *y = b;
	int order = qn_text_compare(x->found, y->found);

	return order ? order : compare_groups(a, b);
}

static bool is_new_heap(const struct qn_item *items, size_t i, int (*compare)(const void *, const void *))
{
	return i == 0 || compare(&items[i - 1], &items[i]) != 0;
}

static uint64_t count_heaps(const struct qn_item *items, size_t count,
			    int (*compare)(const void *, const void *))
{
	uint64_t sum = 0, heap = 0;

	for (size_t i = 0; i < count; i++) {
		heap = is_new_heap(items, i, compare) ? 1 : heap + 1;
		sum += heap - 1;
	}
	return sum;
}

static int compare_only_found(const void *a, const void *b)
{
	const struct qn_item *x = a, *y = b;

	return qn_text_compare(x->found, y->found);
}

struct qn_error *qn_pairs_count(const struct qn_item *items, size_t count, struct qn_pair_counts *ret)
{
	_cleanup_free_ struct qn_item *sorted = calloc(count + 1, sizeof(*sorted));
	size_t none = 0;

	if (!sorted)
		return &qn_error_no_memory;
	if (count)
		memcpy(sorted, items, count * sizeof(*items));
	qsort(sorted, count, sizeof(*sorted), compare_groups);
	*ret = (struct qn_pair_counts){.same = count_heaps(sorted, count, compare_groups)};
	qsort(sorted, count, sizeof(*sorted), compare_found);
	while (none < count && sorted[none].found.len == 0)
		none++;
	ret->found = count_heaps(sorted + none, count - none, compare_only_found);
	ret->both = count_heaps(sorted + none, count - none, compare_found);
	return NULL;
}

double qn_pairs_precision(const struct qn_pair_counts *counts)
{
	return counts->found ? (double)counts->both / (double)counts->found : 1.0;
}

double qn_pairs_recall(const struct qn_pair_counts *counts)
{
	return counts->same ? (double)counts->both / (double)counts->same : 1.0;
}
