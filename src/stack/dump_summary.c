#include "stack/dump_summary.h"

#include "base/hash.h"
#include "stack/normalize.h"

#include "base/banned.h"

/* Different stacks that are remembered: threads of a pool stand alike. */
#define SUMMARIES_MAX 1024U

void qn_thread_summaries_deinit(struct qn_thread_summaries *summaries)
{
	qn_map_deinit(&summaries->map);
	qn_arena_deinit(&summaries->arena);
}

static struct qn_hash128 hash_frames(const struct qn_sighting *frames)
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	for (size_t i = 0; i < frames->frames_count; i++) {
		qn_hasher_add(&hasher, frames->frames[i].raw);
		qn_hasher_add(&hasher, frames->frames[i].file);
		qn_hasher_add_u64(&hasher, frames->frames[i].line);
	}
	return qn_hasher_result(&hasher);
}

static struct qn_error *describe(const struct qn_normalizer *normalizer, const struct qn_sighting *frames,
				 struct qn_thread_summary *ret)
{
	struct qn_arena arena = {0};
	struct qn_stack stack = {.frames_count = frames->frames_count};
	struct qn_error *error;

	*ret = (struct qn_thread_summary){0};
	if (!normalizer || !frames->frames_count)
		return NULL;
	stack.frames = qn_arena_alloc(&arena, frames->frames_count * sizeof(*stack.frames));
	if (stack.frames) {
		memcpy(stack.frames, frames->frames, frames->frames_count * sizeof(*stack.frames));
		qn_normalizer_describe(normalizer, &arena, &stack, &ret->state);
		ret->state.what = qn_text_first(ret->state.what, QN_WHAT_BYTES_MAX - 1);
		if (ret->state.what.len)
			memcpy(ret->what, ret->state.what.data, ret->state.what.len);
		ret->state.what = (struct qn_text){0};
	}
	error = qn_arena_check(&arena);
	qn_arena_deinit(&arena);
	return error;
}

struct qn_error *qn_thread_summarize(struct qn_thread_summaries *summaries,
				     const struct qn_normalizer *normalizer, const struct qn_sighting *frames,
				     struct qn_thread_summary *ret)
{
	struct qn_hash128 hash = hash_frames(frames);
	struct qn_text key = {(const char *)&hash, sizeof(hash)};
	const struct qn_thread_summary *found = qn_map_find(&summaries->map, key);
	struct qn_thread_summary *kept;

	if (found) {
		*ret = *found;
		return NULL;
	}
	QN_TRY(describe(normalizer, frames, ret));
	if (summaries->map.count >= SUMMARIES_MAX)
		return NULL;
	kept = qn_arena_alloc(&summaries->arena, sizeof(*kept));
	key = qn_arena_copy(&summaries->arena, key);
	QN_TRY(qn_arena_check(&summaries->arena));
	*kept = *ret;
	return qn_map_put(&summaries->map, key, kept);
}
