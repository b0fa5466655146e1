#include "core/spans.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/banned.h"

void qn_spans_deinit(struct qn_spans *spans)
{
	free(spans->items);
	*spans = (struct qn_spans){0};
}

struct qn_error *qn_spans_add(struct qn_spans *spans, uint64_t start, uint64_t end, size_t value)
{
	if (end <= start)
		return NULL;
	QN_TRY(qn_array_reserve(&spans->items, &spans->capacity, spans->count + 1, sizeof(*spans->items)));
	spans->items[spans->count++] = (struct qn_span){.start = start, .end = end, .value = value};
	return NULL;
}

static int compare(const void *left, const void *right)
{
	const struct qn_span *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	return a->value == b->value ? 0 : a->value < b->value ? -1 : 1;
}

void qn_spans_sort(struct qn_spans *spans)
{
	uint64_t reach = 0;

	if (spans->count)
		qsort(spans->items, spans->count, sizeof(*spans->items), compare);
	for (size_t i = 0; i < spans->count; i++) {
		if (spans->items[i].end > reach)
			reach = spans->items[i].end;
		spans->items[i].reach = reach;
	}
}

const struct qn_span *qn_spans_find(const struct qn_spans *spans, uint64_t address)
{
	const struct qn_span *best = NULL;
	size_t low = 0, high = spans->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t looked = 0; low > 0 && looked < QN_SPANS_LOOKED_MAX; looked++) {
		const struct qn_span *span = &spans->items[--low];

		if (span->reach <= address)
			break;
		if (address < span->end && (!best || span->end - span->start <= best->end - best->start))
			best = span;
	}
	return best;
}
