#include "signature/grouping.h"

#include <stdlib.h>

#include "signature/grouping_pairs.h"

#include "base/banned.h"

#define MARGIN 0.1        /* of nearness: what is less apart is equally near */
#define WITNESSES_MAX 12U /* neighbours of one profile against which the others are held */
#define WITNESSES_NEAREST 8U
#define MEMBERS_COMPARED 24U /* of each of two families that might become one */

/* One direction of a pair. */
struct edge {
	uint32_t from, to;
	double nearness;
	bool is_same, is_dropped;
};

struct grouping {
	const struct qn_profile *profiles;
	size_t count;
	struct edge *edges; /* by from, nearest first, to */
	size_t edges_count;
	size_t *starts;                        /* of the edges of each profile; and the end */
	uint32_t *family, *next, *last, *size; /* of the smallest member: chained lists */
	uint32_t *exception;                   /* of a family: some member that knows its exception */
	uint32_t *class;
};

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	int order = (x->from > y->from) - (x->from < y->from);

	if (!order)
		order = (x->nearness < y->nearness) - (x->nearness > y->nearness);
	return order ? order : (x->to > y->to) - (x->to < y->to);
}

/* The nearest first, whoever they are. */
static int compare_merges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	int order = (x->nearness < y->nearness) - (x->nearness > y->nearness);

	return order ? order : compare_edges(a, b);
}

static bool are_apart(const struct grouping *grouping, uint32_t a, uint32_t b)
{
	struct qn_near near;

	qn_family_compare(&grouping->profiles[a], &grouping->profiles[b], &near);
	return near.verdict == QN_NEAR_APART;
}

static struct qn_error *compare_all(struct grouping *grouping)
{
	_cleanup_free_ struct qn_pair *pairs = NULL;
	size_t count, at = 0;

	QN_TRY(qn_pairs_find(grouping->profiles, grouping->count, &pairs, &count));
	grouping->edges = calloc(count * 2 + 1, sizeof(*grouping->edges));
	grouping->starts = calloc(grouping->count + 2, sizeof(*grouping->starts));
	if (!grouping->edges || !grouping->starts)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++) {
		struct edge *edge = &grouping->edges[grouping->edges_count];
		struct qn_near near;

		qn_family_compare(&grouping->profiles[pairs[i].low], &grouping->profiles[pairs[i].high],
				  &near);
		edge[0] = (struct edge){pairs[i].low, pairs[i].high, near.nearness,
					near.verdict == QN_NEAR_SAME, false};
		edge[1] = edge[0];
		edge[1].from = pairs[i].high;
		edge[1].to = pairs[i].low;
		grouping->edges_count += 2;
	}
	qsort(grouping->edges, grouping->edges_count, sizeof(*grouping->edges), compare_edges);
	for (size_t i = 0; i <= grouping->count; i++) {
		while (at < grouping->edges_count && grouping->edges[at].from < i)
			at++;
		grouping->starts[i] = at;
	}
	return NULL;
}

static bool tells_the_same(const struct qn_profile *a, const struct qn_profile *b)
{
	return qn_text_equal(a->class, b->class) && qn_text_equal(a->exception, b->exception);
}

/* The nearest neighbours, and of the others those that tell another signal or exception. */
static size_t find_witnesses(const struct grouping *grouping, size_t from,
			     const struct edge *ret[WITNESSES_MAX])
{
	size_t count = 0;

	for (size_t i = grouping->starts[from]; i < grouping->starts[from + 1] && count < WITNESSES_MAX;
	     i++) {
		const struct edge *edge = &grouping->edges[i];
		bool is_new = edge->is_same;

		for (size_t k = 0; k < count && count >= WITNESSES_NEAREST && is_new; k++)
			is_new = !tells_the_same(&grouping->profiles[edge->to],
						 &grouping->profiles[ret[k]->to]);
		if (is_new)
			ret[count++] = edge;
	}
	return count;
}

/* No bridges: what is as near to one as to another that contradicts it belongs to neither. */
static void drop_ambiguous(struct grouping *grouping, size_t from)
{
	const struct edge *witnesses[WITNESSES_MAX];
	size_t count = find_witnesses(grouping, from, witnesses);

	for (size_t i = grouping->starts[from]; i < grouping->starts[from + 1] && count > 1; i++) {
		struct edge *edge = &grouping->edges[i];

		for (size_t k = 0; k < count && edge->is_same && !edge->is_dropped; k++)
			edge->is_dropped = witnesses[k] != edge &&
					   witnesses[k]->nearness > edge->nearness - MARGIN &&
					   are_apart(grouping, edge->to, witnesses[k]->to);
	}
}

static bool is_dropped_back(const struct grouping *grouping, const struct edge *edge)
{
	for (size_t i = grouping->starts[edge->to]; i < grouping->starts[edge->to + 1]; i++)
		if (grouping->edges[i].to == edge->from)
			return grouping->edges[i].is_dropped;
	return false;
}

static bool contradict(const struct grouping *grouping, uint32_t a, uint32_t b)
{
	struct qn_text class_a = grouping->profiles[grouping->class[a]].class,
		       class_b = grouping->profiles[grouping->class[b]].class,
		       exception_a = grouping->profiles[grouping->exception[a]].exception,
		       exception_b = grouping->profiles[grouping->exception[b]].exception;

	return (class_a.len && class_b.len && !qn_text_equal(class_a, class_b)) ||
	       (exception_a.len && exception_b.len && !qn_text_equal(exception_a, exception_b));
}

/* No member of one may contradict a member of the other. */
static bool may_merge(const struct grouping *grouping, uint32_t a, uint32_t b)
{
	uint32_t x = a;

	if (contradict(grouping, a, b))
		return false;
	for (size_t i = 0; i < MEMBERS_COMPARED && x != UINT32_MAX; i++, x = grouping->next[x]) {
		uint32_t y = b;

		for (size_t k = 0; k < MEMBERS_COMPARED && y != UINT32_MAX; k++, y = grouping->next[y])
			if (are_apart(grouping, x, y))
				return false;
	}
	return true;
}

static void merge(struct grouping *grouping, uint32_t a, uint32_t b)
{
	uint32_t into = a < b ? a : b, from = a < b ? b : a;

	for (uint32_t i = from; i != UINT32_MAX; i = grouping->next[i])
		grouping->family[i] = into;
	grouping->next[grouping->last[into]] = from;
	grouping->last[into] = grouping->last[from];
	grouping->size[into] += grouping->size[from];
	if (!grouping->profiles[grouping->class[into]].class.len)
		grouping->class[into] = grouping->class[from];
	if (!grouping->profiles[grouping->exception[into]].exception.len)
		grouping->exception[into] = grouping->exception[from];
}

static struct qn_error *merge_all(struct grouping *grouping)
{
	_cleanup_free_ struct edge *merges = calloc(grouping->edges_count + 1, sizeof(*merges));
	size_t count = 0;

	if (!merges)
		return &qn_error_no_memory;
	for (size_t i = 0; i < grouping->edges_count; i++) {
		const struct edge *edge = &grouping->edges[i];

		if (edge->from < edge->to && edge->is_same && !edge->is_dropped &&
		    !is_dropped_back(grouping, edge))
			merges[count++] = *edge;
	}
	qsort(merges, count, sizeof(*merges), compare_merges);
	for (size_t i = 0; i < count; i++) {
		uint32_t a = grouping->family[merges[i].from], b = grouping->family[merges[i].to];

		if (a != b && may_merge(grouping, a, b))
			merge(grouping, a, b);
	}
	return NULL;
}

static struct qn_error *init_families(struct grouping *grouping)
{
	size_t size = (grouping->count + 1) * sizeof(uint32_t);
	uint32_t **lists[] = {&grouping->family, &grouping->next,      &grouping->last,
			      &grouping->size,   &grouping->exception, &grouping->class};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		*lists[i] = malloc(size);
		if (!*lists[i])
			return &qn_error_no_memory;
	}
	for (uint32_t i = 0; i < grouping->count; i++) {
		grouping->family[i] = grouping->last[i] = grouping->exception[i] = grouping->class[i] = i;
		grouping->next[i] = UINT32_MAX;
		grouping->size[i] = 1;
	}
	return NULL;
}

static void tell_member(const struct grouping *grouping, uint32_t index, struct qn_group_member *ret)
{
	ret->family = grouping->family[index];
	ret->family_size = grouping->size[ret->family];
	for (size_t i = grouping->starts[index]; i < grouping->starts[index + 1]; i++) {
		const struct edge *edge = &grouping->edges[i];
		struct qn_group_link link = {edge->to, edge->nearness};

		if (grouping->family[edge->to] != ret->family) {
			if (ret->apart_count < QN_GROUPING_APART_MAX)
				ret->apart[ret->apart_count++] = link;
		} else if (ret->links_count < QN_GROUPING_LINKS_MAX) {
			ret->links[ret->links_count++] = link;
		}
	}
}

static struct qn_error *find(struct qn_arena *arena, struct grouping *grouping, struct qn_group_member **ret)
{
	QN_TRY(init_families(grouping));
	QN_TRY(compare_all(grouping));
	for (size_t i = 0; i < grouping->count; i++)
		drop_ambiguous(grouping, i);
	QN_TRY(merge_all(grouping));
	*ret = qn_arena_alloc(arena, (grouping->count + 1) * sizeof(**ret));
	if (!*ret)
		return &qn_error_no_memory;
	for (uint32_t i = 0; i < grouping->count; i++)
		tell_member(grouping, i, &(*ret)[i]);
	return NULL;
}

struct qn_error *qn_grouping_find(struct qn_arena *arena, struct qn_profile *profiles, size_t count,
				  struct qn_group_member **ret)
{
	struct grouping grouping = {.profiles = profiles, .count = count};
	struct qn_error *error;

	QN_TRY(qn_pairs_weigh(profiles, count));
	error = find(arena, &grouping, ret);
	free(grouping.edges);
	free(grouping.starts);
	free(grouping.family);
	free(grouping.next);
	free(grouping.last);
	free(grouping.size);
	free(grouping.exception);
	free(grouping.class);
	return error;
}
