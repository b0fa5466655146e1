#include "signature/miner.h"

#include <stdlib.h>

#include "base/limits.h"
#include "signature/miner_shape.h"
#include "base/banned.h"

#define QN_MINER_SHAPES_MAX (32U << 10)
#define SHAPE_TOKENS_MAX (1U << 19) /* of all shapes together */
#define COARSE_SHAPES_MAX 4096U     /* more, told apart by their first words */
#define COARSE_TOKENS 3U
#define FIT_TRIES_MAX 256U /* groups of one length that a new message is held against */
#define SLOTS (128U << 10)

struct qn_miner {
	struct qn_arena arena;
	struct qn_shape *shapes;
	size_t shapes_count, shapes_capacity, tokens_count, coarse_count;
	uint32_t *slots; /* index + 1 into shapes by key */
	/* Groups made early: shapes by their number of tokens */
	uint32_t *fits[QN_MINER_TOKENS_MAX + 2];
	uint32_t fits_count[QN_MINER_TOKENS_MAX + 2];
	bool is_full, is_coarse;
	struct qn_token tokens[QN_MINER_TOKENS_MAX + 1]; /* of the current message */
	struct qn_miner_group *groups;
	size_t groups_count;
};

struct qn_error *qn_miner_create(struct qn_miner **ret)
{
	struct qn_miner *miner = calloc(1, sizeof(*miner));

	if (!miner)
		return &qn_error_no_memory;
	miner->slots = calloc(SLOTS, sizeof(*miner->slots));
	if (!miner->slots) {
		qn_miner_destroy(miner);
		return &qn_error_no_memory;
	}
	*ret = miner;
	return NULL;
}

void qn_miner_destroy(struct qn_miner *miner)
{
	if (!miner)
		return;
	for (size_t i = 0; i < QN_MINER_TOKENS_MAX + 2; i++)
		free(miner->fits[i]);
	qn_arena_deinit(&miner->arena);
	free(miner->shapes);
	free(miner->slots);
	free(miner->groups);
	free(miner);
}

static uint32_t *find_slot(const struct qn_miner *miner, uint64_t key)
{
	size_t at = key & (SLOTS - 1);

	while (miner->slots[at] && miner->shapes[miner->slots[at] - 1].key != key)
		at = (at + 1) & (SLOTS - 1);
	return &miner->slots[at];
}

static struct qn_error *add_shape(struct qn_miner *miner, uint64_t key, size_t count, uint32_t *slot)
{
	struct qn_shape *shape;
	size_t bytes = 0;
	char *text;

	QN_TRY(qn_array_reserve(&miner->shapes, &miner->shapes_capacity, miner->shapes_count + 1,
				sizeof(*miner->shapes)));
	shape = &miner->shapes[miner->shapes_count];
	*shape = (struct qn_shape){.key = key,
				   .tokens_count = (uint32_t)count,
				   .parent = (uint32_t)miner->shapes_count,
				   .lines = 1};
	for (size_t i = 0; i < count; i++)
		bytes += miner->tokens[i].kind == QN_TOKEN_MASK ? 0 : miner->tokens[i].text.len;
	shape->tokens = qn_arena_alloc(&miner->arena, count * sizeof(*shape->tokens) + 1);
	text = qn_arena_alloc(&miner->arena, bytes + 1);
	QN_TRY(qn_arena_check(&miner->arena));
	for (size_t i = 0; i < count; i++) {
		shape->tokens[i] = miner->tokens[i];
		shape->has_ids |= miner->tokens[i].kind == QN_TOKEN_ID;
		if (shape->tokens[i].kind == QN_TOKEN_MASK) {
			shape->tokens[i].text = (struct qn_text){0};
			continue;
		}
		memcpy(text, miner->tokens[i].text.data, miner->tokens[i].text.len);
		shape->tokens[i].text.data = text;
		text += miner->tokens[i].text.len;
	}
	miner->tokens_count += count;
	*slot = (uint32_t)++miner->shapes_count;
	return NULL;
}

struct qn_error *qn_miner_add(struct qn_miner *miner, struct qn_text message)
{
	size_t count = qn_tokenize(qn_text_first(message, QN_MESSAGE_BYTES_MAX), miner->tokens);
	uint64_t key = qn_shape_key(miner->tokens, count);
	uint32_t *slot = find_slot(miner, key);
	struct qn_shape *shape;

	if (!*slot)
		return add_shape(miner, key, count, slot);
	shape = &miner->shapes[*slot - 1];
	shape->lines++;
	if (shape->has_ids)
		qn_shape_differ(shape, miner->tokens);
	return NULL;
}

static struct qn_text write_template(struct qn_arena *arena, const struct qn_shape *shape)
{
	static const struct qn_text mask = QN_TEXT("<*>");
	size_t bytes = 0, at = 0;
	char *text;

	for (size_t i = 0; i < shape->tokens_count; i++)
		bytes += 1 + mask.len + shape->tokens[i].text.len;
	text = qn_arena_alloc(arena, bytes + 1);
	for (size_t i = 0; i < shape->tokens_count && text; i++) {
		const struct qn_token *token = &shape->tokens[i];
		bool is_masked = token->kind >= QN_TOKEN_MASK && token->kind != QN_TOKEN_ID;
		struct qn_text word = is_masked ? mask : token->text;

		if (token->has_blank && at)
			text[at++] = ' ';
		memcpy(text + at, word.data, word.len);
		at += word.len;
	}
	return (struct qn_text){text, at};
}

struct qn_error *qn_miner_finish(struct qn_miner *miner)
{
	QN_TRY(qn_shapes_group(miner->shapes, miner->shapes_count));
	miner->groups = calloc(miner->shapes_count + 1, sizeof(*miner->groups));
	if (!miner->groups)
		return &qn_error_no_memory;
	for (uint32_t i = 0; i < miner->shapes_count; i++) {
		struct qn_shape *shape = &miner->shapes[i];

		if (shape->parent == i) {
			shape->group = (uint32_t)miner->groups_count;
			miner->groups[miner->groups_count++] = (struct qn_miner_group){
				.template = write_template(&miner->arena, shape), .count = shape->lines};
		}
	}
	for (uint32_t i = 0; i < miner->shapes_count; i++)
		miner->shapes[i].group = miner->shapes[qn_shape_root(miner->shapes, i)].group;
	return qn_arena_check(&miner->arena);
}

size_t qn_miner_count(const struct qn_miner *miner)
{
	return miner->groups_count;
}

const struct qn_miner_group *qn_miner_get(const struct qn_miner *miner, size_t group)
{
	return &miner->groups[group];
}

size_t qn_miner_find(struct qn_miner *miner, struct qn_text message)
{
	size_t count = qn_tokenize(qn_text_first(message, QN_MESSAGE_BYTES_MAX), miner->tokens);
	uint32_t *slot = find_slot(miner, qn_shape_key(miner->tokens, count));

	return *slot ? miner->shapes[*slot - 1].group : SIZE_MAX;
}

bool qn_miner_is_coarse(const struct qn_miner *miner)
{
	return miner->is_coarse;
}
