#include "signature/grouping_pairs.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "signature/frame_match.h"

#include "base/banned.h"

#define TOKENS_MAX 4U      /* frames of a profile by which it is found */
#define BUCKET_WHOLE 40U   /* up to so many profiles that share a frame, each is compared with each */
#define BUCKET_WINDOW 16U  /* of more, each with so many neighbours */
#define PLUMBING_WINDOW 2U /* profiles without frames: only to say why they were kept apart */

struct context {
	struct qn_text frame, place;
};

static int compare_contexts(const void *a, const void *b)
{
	const struct context *x = a, *y = b;
	int order = qn_text_compare(x->frame, y->frame);

	return order ? order : qn_text_compare(x->place, y->place);
}

/* The first frame from @at that is neither inlined nor a ladder; SIZE_MAX: none. */
static size_t next_solid(const struct qn_profile *profile, size_t at)
{
	for (; at < profile->count; at++)
		if (!profile->frames[at].is_inlined && !profile->frames[at].is_ladder)
			return at;
	return SIZE_MAX;
}

/* What a frame was seen with: the frame that it died in; of that one, its caller. */
static struct qn_text find_place(const struct qn_profile *profile, size_t at)
{
	size_t top = next_solid(profile, 0);

	if (top != SIZE_MAX && at <= top)
		top = next_solid(profile, top + 1);
	return top == SIZE_MAX ? QN_TEXT("") : profile->frames[top].folded;
}

/* 1, then less with each doubling of @places. */
static double rarity(size_t places)
{
	double doublings = 0;

	for (; places > 1; places >>= 1)
		doublings++;
	return 1.0 / (1.0 + doublings / 4);
}

static struct qn_error *weigh(struct qn_profile *profiles, size_t count, const struct qn_map *places)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < profiles[i].count; k++) {
			struct qn_profile_frame *frame = &profiles[i].frames[k];
			size_t *found = qn_map_find(places, frame->folded);

			if (found)
				frame->weight *= rarity(*found);
		}
	}
	return NULL;
}

static struct qn_error *count_places(struct context *contexts, size_t count, size_t *counts,
				     struct qn_map *ret)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_new_frame = !i || !qn_text_equal(contexts[i].frame, contexts[i - 1].frame);

		if (is_new_frame) {
			counts[used] = 1;
			QN_TRY(qn_map_put(ret, contexts[i].frame, &counts[used++]));
		} else if (!qn_text_equal(contexts[i].place, contexts[i - 1].place)) {
			counts[used - 1]++;
		}
	}
	return NULL;
}

struct qn_error *qn_pairs_weigh(struct qn_profile *profiles, size_t count)
{
	_cleanup_free_ struct context *contexts = NULL;
	_cleanup_free_ size_t *counts = NULL;
	struct qn_map places = {0};
	size_t total = 0, used = 0;
	struct qn_error *error;

	for (size_t i = 0; i < count; i++)
		total += profiles[i].count;
	contexts = calloc(total + 1, sizeof(*contexts));
	counts = calloc(total + 1, sizeof(*counts));
	if (!contexts || !counts)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < profiles[i].count; k++)
			contexts[used++] =
				(struct context){profiles[i].frames[k].folded, find_place(&profiles[i], k)};
	qsort(contexts, used, sizeof(*contexts), compare_contexts);
	error = count_places(contexts, used, counts, &places);
	if (!error)
		error = weigh(profiles, count, &places);
	qn_map_deinit(&places);
	return error;
}

/* By what a profile is found; @rank: its place among all, by frames. */
struct token {
	struct qn_text text, more;
	uint32_t rank, profile;
	bool is_plumbing;
};

static int compare_tokens(const void *a, const void *b)
{
	const struct token *x = a, *y = b;
	int order = (x->is_plumbing > y->is_plumbing) - (x->is_plumbing < y->is_plumbing);

	if (!order)
		order = qn_text_compare(x->text, y->text);
	if (!order)
		order = qn_text_compare(x->more, y->more);
	return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

/* Stacks that begin alike stand together, a cut one before the whole one. */
static int compare_profiles(const void *a, const void *b)
{
	const struct qn_profile *x = *(const struct qn_profile *const *)a,
				*y = *(const struct qn_profile *const *)b;
	size_t i = next_solid(x, 0), j = next_solid(y, 0);

	for (; i != SIZE_MAX && j != SIZE_MAX; i = next_solid(x, i + 1), j = next_solid(y, j + 1)) {
		int order = qn_text_compare(x->frames[i].folded, y->frames[j].folded);

		if (order)
			return order;
	}
	if (i != j && (i == SIZE_MAX || j == SIZE_MAX))
		return i == SIZE_MAX ? -1 : 1;
	return (x > y) - (x < y); /* they stand in one array, by id */
}

static struct qn_error *rank_profiles(const struct qn_profile *profiles, size_t count, uint32_t *ret)
{
	_cleanup_free_ const struct qn_profile **order = calloc(count + 1, sizeof(*order));

	if (!order)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++)
		order[i] = &profiles[i];
	qsort(order, count, sizeof(*order), compare_profiles);
	for (size_t i = 0; i < count; i++)
		ret[order[i] - profiles] = (uint32_t)i;
	return NULL;
}

static size_t add_tokens(const struct qn_profile *profile, struct token base, struct token *tokens)
{
	size_t used = 0;

	for (size_t i = 0; i < profile->count && used < TOKENS_MAX; i++) {
		bool is_there = profile->frames[i].is_ladder;

		for (size_t k = 0; k < used && !is_there; k++)
			is_there = qn_text_equal(tokens[k].text, profile->frames[i].tail);
		tokens[used] = base;
		tokens[used].text = profile->frames[i].tail;
		used += !is_there;
	}
	tokens[used] = base;
	tokens[used].more = qn_panic_text(profile);
	tokens[used].text = profile->count ? qn_frame_receiver(&profile->frames[0]) : QN_TEXT("");
	used += tokens[used].more.len && tokens[used].text.len;
	tokens[used] = base;
	tokens[used].text = profile->exception;
	tokens[used].more = profile->place;
	used += profile->exception.len && profile->place.len;
	if (used && (profile->count || !profile->exception.len))
		return used;
	tokens += used;
	tokens[0] = base;
	tokens[0].text = profile->exception.len ? profile->message
			 : profile->count       ? profile->frames[0].tail
			 : profile->c_call.len  ? profile->c_call
						: profile->task;
	tokens[0].is_plumbing = !profile->exception.len;
	return used + 1;
}

struct pairs {
	struct qn_pair *items;
	size_t count, capacity;
};

static struct qn_error *add_pair(struct pairs *pairs, uint32_t a, uint32_t b)
{
	if (pairs->count == pairs->capacity) {
		size_t capacity = pairs->capacity ? pairs->capacity * 2 : 1024;
		struct qn_pair *grown = realloc(pairs->items, capacity * sizeof(*grown));

		if (!grown)
			return &qn_error_no_memory;
		pairs->items = grown;
		pairs->capacity = capacity;
	}
	pairs->items[pairs->count++] = a < b ? (struct qn_pair){a, b} : (struct qn_pair){b, a};
	return NULL;
}

static struct qn_error *add_bucket(struct pairs *pairs, const struct token *tokens, size_t count)
{
	size_t window = tokens->is_plumbing ? PLUMBING_WINDOW : count > BUCKET_WHOLE ? BUCKET_WINDOW : count;

	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count && k <= i + window; k++)
			QN_TRY(add_pair(pairs, tokens[i].profile, tokens[k].profile));
	return NULL;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct qn_pair *x = a, *y = b;
	int order = (x->low > y->low) - (x->low < y->low);

	return order ? order : (x->high > y->high) - (x->high < y->high);
}

static struct qn_error *add_buckets(struct pairs *pairs, struct token *tokens, size_t count)
{
	size_t start = 0, unique = 0;

	qsort(tokens, count, sizeof(*tokens), compare_tokens);
	for (size_t i = 1; i <= count; i++) {
		if (i < count && tokens[i].is_plumbing == tokens[start].is_plumbing &&
		    qn_text_equal(tokens[i].text, tokens[start].text) &&
		    qn_text_equal(tokens[i].more, tokens[start].more))
			continue;
		QN_TRY(add_bucket(pairs, &tokens[start], i - start));
		start = i;
	}
	if (pairs->count)
		qsort(pairs->items, pairs->count, sizeof(*pairs->items), compare_pairs);
	for (size_t i = 0; i < pairs->count; i++)
		if (!i || compare_pairs(&pairs->items[i], &pairs->items[unique - 1]))
			pairs->items[unique++] = pairs->items[i];
	pairs->count = unique;
	return NULL;
}

struct qn_error *qn_pairs_find(const struct qn_profile *profiles, size_t count, struct qn_pair **ret,
			       size_t *ret_count)
{
	_cleanup_free_ struct token *tokens = calloc(count * (TOKENS_MAX + 3) + 1, sizeof(*tokens));
	_cleanup_free_ uint32_t *ranks = calloc(count + 1, sizeof(*ranks));
	struct pairs pairs = {0};
	struct qn_error *error;
	size_t used = 0;

	if (!tokens || !ranks)
		return &qn_error_no_memory;
	QN_TRY(rank_profiles(profiles, count, ranks));
	for (size_t i = 0; i < count; i++)
		used += add_tokens(&profiles[i], (struct token){.rank = ranks[i], .profile = (uint32_t)i},
				   &tokens[used]);
	error = add_buckets(&pairs, tokens, used);
	if (error) {
		free(pairs.items);
		return error;
	}
	*ret = pairs.items;
	*ret_count = pairs.count;
	return NULL;
}
