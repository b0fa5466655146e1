#include <stdlib.h>

#include "base/cleanup.h"
#include "signature/miner_shape.h"
#include "base/banned.h"

/* Which shapes came from one statement
 *
 * Shapes that are equal but for the word in one column are a family of that column:
 *	session opened for user ann by <*>
 *	session opened for user bob by <*>
 * A column with few different words holds words of the program ("started", "stopped"), one with many holds
 * values. How many are many depends on where the column is. Names with dots ("java.home") are values sooner,
 *and so is a word where another message has a value already. Grouping goes round by round: when one column is
 *known to hold values, shapes become equal in others. */
#define ROUNDS_MAX 8U

struct limits {
	unsigned words, words_first, words_cued, names, with_value, with_id, joint;
};
static const struct limits limits = {.words = 5,
				     .words_first = 20,
				     .words_cued = 3,
				     .joint = 12,
				     .names = 2,
				     .with_value = 2,
				     .with_id = 3};

struct family {
	uint64_t key;
	uint32_t column;
	uint32_t shapes, names;
	uint32_t root; /* + 1; 0: none yet */
	bool has_value, has_id;
};

struct families {
	struct family *slots;
	size_t slots_count;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	return x ^ (x >> 32);
}

uint64_t qn_shape_key_part(const struct qn_token *token, size_t at)
{
	return mix(token->hash + (at + 1) * 0x9e3779b97f4a7c15ULL);
}

uint64_t qn_shape_key(const struct qn_token *tokens, size_t count)
{
	uint64_t key = count;

	for (size_t i = 0; i < count; i++)
		key += qn_shape_key_part(&tokens[i], i);
	return key;
}

void qn_shape_differ(struct qn_shape *shape, const struct qn_token *tokens)
{
	shape->has_ids = false;
	for (size_t i = 0; i < shape->tokens_count; i++) {
		struct qn_token *token = &shape->tokens[i];

		if (token->kind != QN_TOKEN_ID)
			continue;
		if (tokens[i].kind != QN_TOKEN_ID || !qn_text_equal(token->text, tokens[i].text))
			token->kind = QN_TOKEN_MASK;
		else
			shape->has_ids = true;
	}
}

static struct family *find_family(const struct families *families, uint64_t key)
{
	size_t at = key & (families->slots_count - 1);

	key |= !key;
	while (families->slots[at].key && families->slots[at].key != key)
		at = (at + 1) & (families->slots_count - 1);
	families->slots[at].key = key;
	return &families->slots[at];
}

static uint64_t family_key(const struct qn_shape *shape, uint64_t key, size_t column)
{
	static const struct qn_token any = {.hash = 0};

	return key - qn_shape_key_part(&shape->tokens[column], column) +
	       mix(qn_shape_key_part(&any, column) + column);
}

static bool may_vary(const struct qn_token *token)
{
	return token->kind <= QN_TOKEN_NAME || qn_token_is_value(token);
}

/* "for user ann", "from here to there", "host ann": what a preposition of English leads to. */
static bool is_cued(const struct qn_shape *shape, size_t column)
{
	static const struct qn_text words[] = {QN_TEXT("for"), QN_TEXT("from"), QN_TEXT("to"),
					       QN_TEXT("by"),  QN_TEXT("at"),   QN_TEXT("on"),
					       QN_TEXT("of"),  QN_TEXT("in"),   QN_TEXT("with")};

	for (size_t back = 1; back <= 2 && back <= column; back++)
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (qn_text_equal(shape->tokens[column - back].text, words[i]))
				return true;
	return false;
}

static bool is_many(const struct qn_shape *shape, const struct family *family)
{
	const struct qn_token *token = &shape->tokens[family->column];

	if (family->column == 0)
		return family->shapes >= limits.words_first;
	if (token->kind == QN_TOKEN_NAME && family->names >= limits.names)
		return true;
	if (family->has_value)
		return family->shapes >= limits.with_value;
	if (family->has_id) /* "SOCKS5" beside "HTTPS" is a word, "host7" beside "ann" and "bob" is none */
		return family->shapes >= limits.with_id;
	return family->shapes >= (is_cued(shape, family->column) ? limits.words_cued : limits.words);
}

static void join(struct qn_shape *shapes, uint32_t root, uint32_t i, uint32_t column)
{
	shapes[i].parent = root;
	shapes[root].is_group = true;
	shapes[root].lines += shapes[i].lines;
	if (shapes[root].has_ids)
		qn_shape_differ(&shapes[root], shapes[i].tokens);
	shapes[root].tokens[column].kind = QN_TOKEN_MASK;
	shapes[root].tokens[column].hash = QN_TOKEN_VALUE;
}

static size_t words_of(const struct qn_shape *shape)
{
	size_t words = 0;

	for (size_t i = 0; i < shape->tokens_count; i++)
		words += shape->tokens[i].kind <= QN_TOKEN_NAME;
	return words;
}

static void count_families(struct families *families, const struct qn_shape *shapes, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct qn_shape *shape = &shapes[i];
		uint64_t key;

		if (shape->parent != i)
			continue;
		key = qn_shape_key(shape->tokens, shape->tokens_count);
		for (uint32_t column = 0; column < shape->tokens_count; column++) {
			struct family *family;

			if (!may_vary(&shape->tokens[column]))
				continue;
			family = find_family(families, family_key(shape, key, column));
			family->column = column;
			family->shapes++;
			family->names += shape->tokens[column].kind == QN_TOKEN_NAME;
			family->has_value |= shape->tokens[column].kind == QN_TOKEN_MASK;
			family->has_id |= shape->tokens[column].kind == QN_TOKEN_ID;
		}
	}
}

/* The family of the most shapes that @shape is in; NULL: none that counts. */
static struct family *find_best(const struct families *families, const struct qn_shape *shape)
{
	uint64_t key = qn_shape_key(shape->tokens, shape->tokens_count);
	size_t words = words_of(shape);
	struct family *best = NULL;

	for (uint32_t column = 0; column < shape->tokens_count; column++) {
		struct family *family;

		if (!may_vary(&shape->tokens[column]) ||
		    words <= (shape->tokens[column].kind <= QN_TOKEN_NAME))
			continue;
		family = find_family(families, family_key(shape, key, column));
		if (is_many(shape, family) && (!best || family->shapes > best->shapes))
			best = family;
	}
	return best;
}

static bool join_families(struct families *families, struct qn_shape *shapes, struct family **best,
			  size_t count)
{
	bool has_joined = false;

	for (uint32_t i = 0; i < count; i++)
		best[i] = shapes[i].parent == i ? find_best(families, &shapes[i]) : NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (!best[i])
			continue;
		if (best[i]->root) {
			join(shapes, best[i]->root - 1, i, best[i]->column);
			has_joined = true;
		} else {
			best[i]->root = i + 1;
		}
	}
	return has_joined;
}

/* Equal by now. */
static void join_equal(struct families *families, struct qn_shape *shapes, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct family *same;

		if (shapes[i].parent != i)
			continue;
		same = find_family(families, qn_shape_key(shapes[i].tokens, shapes[i].tokens_count));
		if (!same->root) {
			same->root = i + 1;
			continue;
		}
		shapes[i].parent = same->root - 1;
		shapes[same->root - 1].is_group = true;
		shapes[same->root - 1].lines += shapes[i].lines;
		if (shapes[same->root - 1].has_ids)
			qn_shape_differ(&shapes[same->root - 1], shapes[i].tokens);
		for (uint32_t c = 0; c < shapes[i].tokens_count; c++)
			if (shapes[i].tokens[c].kind == QN_TOKEN_MASK)
				shapes[same->root - 1].tokens[c].kind = QN_TOKEN_MASK;
	}
}

/* What shapes must share to be looked at together: their length, where values and punctuation are, and the
 * first word. */
static uint64_t frame_key(const struct qn_shape *shape)
{
	uint64_t key = shape->tokens_count;

	for (size_t i = 0; i < shape->tokens_count; i++) {
		struct qn_token token = shape->tokens[i];

		if (i && token.kind <= QN_TOKEN_NAME)
			token.hash = 0;
		key += qn_shape_key_part(&token, i);
	}
	return key;
}

static struct family *find_column(const struct families *families, uint64_t frame, size_t column)
{
	return find_family(families, mix(frame + 3) + mix(column + 5));
}

/* How many shapes are in each frame, and how many different words in each of its columns? */
static void count_columns(struct families *families, const struct qn_shape *shapes, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t frame;

		if (shapes[i].parent != i)
			continue;
		frame = frame_key(&shapes[i]);
		find_family(families, frame)->shapes++;
		for (size_t c = 1; c < shapes[i].tokens_count; c++) {
			struct family *word;

			if (shapes[i].tokens[c].kind > QN_TOKEN_NAME)
				continue;
			word = find_family(families, mix(frame + c) + shapes[i].tokens[c].hash);
			if (!word->shapes++)
				find_column(families, frame, c)->shapes++;
		}
	}
}

/* The key of @shape without the words of the columns in which nearly every shape has another; 0: too little
 * would be left. */
static uint64_t joint_key(const struct families *families, const struct qn_shape *shape)
{
	uint64_t frame = frame_key(shape), key = mix(frame + 7);
	unsigned shapes = find_family(families, frame)->shapes, open = 0, words = 0;

	if (shapes < limits.joint)
		return 0;
	for (size_t c = 0; c < shape->tokens_count; c++) {
		bool is_word = shape->tokens[c].kind <= QN_TOKEN_NAME;

		if (c && is_word && find_column(families, frame, c)->shapes >= shapes / 2 + 1) {
			open++;
			continue;
		}
		words += is_word;
		key += qn_shape_key_part(&shape->tokens[c], c);
	}
	return open && words >= 2 && words >= open ? key : 0;
}

/* Shapes that differ in several columns at once: "user ann logged in from north", "user bob logged in from
 * east" */
static bool open_joint(struct families *families, struct qn_shape *shapes, uint64_t *keys, size_t count)
{
	bool has_opened = false;

	for (uint32_t i = 0; i < count; i++) {
		keys[i] = shapes[i].parent == i ? joint_key(families, &shapes[i]) : 0;
		if (keys[i])
			find_family(families, keys[i])->names++;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t frame;
		unsigned frame_shapes;

		if (!keys[i] || find_family(families, keys[i])->names < limits.joint)
			continue;
		frame = frame_key(&shapes[i]);
		frame_shapes = find_family(families, frame)->shapes;
		for (size_t c = 1; c < shapes[i].tokens_count; c++) {
			struct qn_token *token = &shapes[i].tokens[c];

			if (token->kind > QN_TOKEN_NAME ||
			    find_column(families, frame, c)->shapes < frame_shapes / 2 + 1)
				continue;
			token->kind = QN_TOKEN_MASK;
			token->hash = QN_TOKEN_VALUE;
		}
		shapes[i].is_group = has_opened = true;
	}
	return has_opened;
}

/* One look at all shapes. True: it may be worth another one. */
static bool group_once(struct families *families, struct qn_shape *shapes, struct family **best, size_t count)
{
	bool has_joined;

	memset(families->slots, 0, families->slots_count * sizeof(*families->slots));
	count_families(families, shapes, count);
	has_joined = join_families(families, shapes, best, count);
	memset(families->slots, 0, families->slots_count * sizeof(*families->slots));
	join_equal(families, shapes, count);
	return has_joined;
}

struct qn_error *qn_shapes_group(struct qn_shape *shapes, size_t count)
{
	_cleanup_free_ struct family *slots = NULL;
	_cleanup_free_ struct family **best = calloc(count + 1, sizeof(struct family *));
	_cleanup_free_ uint64_t *keys = calloc(count + 1, sizeof(*keys));
	struct families families = {.slots_count = 64};
	size_t tokens = 0;

	for (size_t i = 0; i < count; i++)
		tokens += shapes[i].tokens_count;
	while (families.slots_count < (tokens + count) * 3)
		families.slots_count *= 2;
	slots = families.slots = calloc(families.slots_count, sizeof(*slots));
	if (!slots || !best || !keys)
		return &qn_error_no_memory;
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		if (group_once(&families, shapes, best, count))
			continue;
		memset(slots, 0, families.slots_count * sizeof(*slots));
		count_columns(&families, shapes, count);
		if (!open_joint(&families, shapes, keys, count))
			break;
		memset(slots, 0, families.slots_count * sizeof(*slots));
		join_equal(&families, shapes, count);
	}
	return NULL;
}
