#include "signature/miner.h"

#include <stdlib.h>

#include "base/limits.h"
#include "signature/miner_shape.h"
#include "base/banned.h"

#define SHAPE_TOKENS_MAX (256U << 10) /* of all shapes together */
#define SHAPE_BYTES_MAX (16U << 20)   /* of their words */
#define COARSE_SHAPES_MAX 4096U       /* more, told apart by their first words */
#define COARSE_TOKENS 3U
#define FIT_TRIES_MAX 256U /* groups of one length that a new message is held against */
#define SLOTS (4U * QN_MINER_SHAPES_MAX)
#define LENGTHS (QN_MINER_TOKENS_MAX + 2U)

struct qn_miner {
	struct qn_arena arena;
	struct qn_shape *shapes;
	size_t shapes_count, shapes_capacity, tokens_count, bytes, coarse_count;
	uint32_t *slots; /* index + 1 into shapes by key */
	/* Groups made early, by their number of tokens: chains of index + 1 */
	uint32_t fits[LENGTHS], *next_fit;
	bool is_coarse, is_compact;
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
	miner->next_fit = calloc(QN_MINER_SHAPES_MAX + COARSE_SHAPES_MAX + 2, sizeof(*miner->next_fit));
	if (!miner->slots || !miner->next_fit) {
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
	free(miner->next_fit);
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

static bool is_masked(const struct qn_token *token)
{
	return token->kind == QN_TOKEN_MASK || token->kind == QN_TOKEN_REST;
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
		bytes += is_masked(&miner->tokens[i]) ? 0 : miner->tokens[i].text.len;
	shape->tokens = qn_arena_alloc(&miner->arena, count * sizeof(*shape->tokens) + 1);
	text = qn_arena_alloc(&miner->arena, bytes + 1);
	QN_TRY(qn_arena_check(&miner->arena));
	for (size_t i = 0; i < count; i++) {
		shape->tokens[i] = miner->tokens[i];
		shape->has_ids |= miner->tokens[i].kind == QN_TOKEN_ID;
		if (is_masked(&shape->tokens[i])) {
			shape->tokens[i].text = (struct qn_text){0};
			continue;
		}
		memcpy(text, miner->tokens[i].text.data, miner->tokens[i].text.len);
		shape->tokens[i].text.data = text;
		text += miner->tokens[i].text.len;
	}
	miner->tokens_count += count;
	miner->bytes += bytes;
	*slot = (uint32_t)++miner->shapes_count;
	return NULL;
}

/* Does the message have a value, or the same word, wherever @shape has? */
static bool fits(const struct qn_shape *shape, const struct qn_token *tokens)
{
	for (size_t i = 0; i < shape->tokens_count; i++) {
		bool is_open = qn_token_is_value(&shape->tokens[i]) &&
			       (qn_token_is_word(&tokens[i]) || qn_token_is_value(&tokens[i]));

		if (!is_open && shape->tokens[i].hash != tokens[i].hash)
			return false;
	}
	return true;
}

static struct qn_shape *find_fit(struct qn_miner *miner, size_t count)
{
	uint32_t at = miner->fits[count];

	for (unsigned i = 0; at && i < FIT_TRIES_MAX; i++, at = miner->next_fit[at - 1])
		if (fits(&miner->shapes[at - 1], miner->tokens))
			return &miner->shapes[at - 1];
	return NULL;
}

/* The shape of the current message; NULL: none yet. @slot gets the place for it. */
static struct qn_shape *find_shape(struct qn_miner *miner, size_t count, uint32_t **slot)
{
	*slot = find_slot(miner, qn_shape_key(miner->tokens, count));
	return **slot ? &miner->shapes[**slot - 1] : find_fit(miner, count);
}

/* Leaves of the current message its first words; all of them after @keep. */
static size_t make_coarse(struct qn_miner *miner, size_t count, size_t keep)
{
	if (count > keep)
		count = keep;
	miner->tokens[count] =
		(struct qn_token){.kind = QN_TOKEN_REST, .hash = QN_TOKEN_VALUE, .has_blank = true};
	return count + 1;
}

/* Keeps the groups of what was seen, in place of their shapes. */
static struct qn_error *compact(struct qn_miner *miner)
{
	struct qn_shape *shapes = qn_take(miner->shapes);
	size_t count = miner->shapes_count;
	struct qn_arena arena = miner->arena;
	struct qn_error *error = qn_shapes_group(shapes, count, false);

	miner->is_compact = true;
	miner->arena = (struct qn_arena){0};
	miner->shapes_count = miner->shapes_capacity = miner->tokens_count = miner->bytes = 0;
	memset(miner->slots, 0, SLOTS * sizeof(*miner->slots));
	memset(miner->fits, 0, sizeof(miner->fits));
	for (uint32_t i = 0; i < count && !error; i++) {
		size_t tokens = shapes[i].tokens_count;
		uint32_t *slot;

		if (shapes[i].parent != i)
			continue;
		memcpy(miner->tokens, shapes[i].tokens, tokens * sizeof(*shapes[i].tokens));
		slot = find_slot(miner, qn_shape_key(miner->tokens, tokens));
		error = add_shape(miner, qn_shape_key(miner->tokens, tokens), tokens, slot);
		if (error)
			break;
		miner->shapes[miner->shapes_count - 1].lines = shapes[i].lines;
		if (shapes[i].is_group) {
			miner->shapes[miner->shapes_count - 1].is_group = true;
			miner->next_fit[miner->shapes_count - 1] = miner->fits[tokens];
			miner->fits[tokens] = (uint32_t)miner->shapes_count;
		}
	}
	free(shapes);
	qn_arena_deinit(&arena);
	return error;
}

static bool is_full(const struct qn_miner *miner, unsigned part)
{
	return miner->shapes_count >= QN_MINER_SHAPES_MAX / 4 * part ||
	       miner->tokens_count >= SHAPE_TOKENS_MAX / 4 * part ||
	       miner->bytes >= SHAPE_BYTES_MAX / 4 * part;
}

/* The message stays in miner->tokens, unless it is tokenized anew. */
static struct qn_error *make_room(struct qn_miner *miner, struct qn_text message, size_t *count)
{
	if (!is_full(miner, 4) || miner->is_coarse)
		return NULL;
	QN_TRY(compact(miner));
	miner->is_coarse = is_full(miner, 3);
	*count = qn_tokenize(message, miner->tokens);
	return NULL;
}

struct qn_error *qn_miner_add(struct qn_miner *miner, struct qn_text message)
{
	struct qn_shape *shape;
	uint32_t *slot;
	size_t count;

	message = qn_text_first(message, QN_MESSAGE_BYTES_MAX);
	count = qn_tokenize(message, miner->tokens);
	shape = find_shape(miner, count, &slot);
	if (!shape) {
		QN_TRY(make_room(miner, message, &count));
		shape = find_shape(miner, count, &slot);
	}
	if (!shape && miner->is_coarse) {
		count = make_coarse(miner, count,
				    miner->coarse_count < COARSE_SHAPES_MAX ? COARSE_TOKENS : 0);
		shape = find_shape(miner, count, &slot);
		miner->coarse_count += !shape;
	}
	if (!shape)
		return add_shape(miner, qn_shape_key(miner->tokens, count), count, slot);
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
		struct qn_text word = is_masked(token) ? mask : token->text;

		if (token->has_blank && at)
			text[at++] = ' ';
		memcpy(text + at, word.data, word.len);
		at += word.len;
	}
	return (struct qn_text){text, at};
}

struct qn_error *qn_miner_finish(struct qn_miner *miner)
{
	/* A group that new messages were held against must keep its length. */
	QN_TRY(qn_shapes_group(miner->shapes, miner->shapes_count, !miner->is_compact));
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
	uint32_t *slot;
	struct qn_shape *shape = find_shape(miner, count, &slot);

	for (size_t keep = COARSE_TOKENS; !shape && miner->is_coarse; keep = 0) {
		count = make_coarse(miner, count, keep);
		shape = find_shape(miner, count, &slot);
		if (!keep)
			break;
	}
	return shape ? shape->group : SIZE_MAX;
}

bool qn_miner_is_coarse(const struct qn_miner *miner)
{
	return miner->is_coarse;
}
