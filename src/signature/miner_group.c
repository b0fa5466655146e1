#include <stdlib.h>

#include "base/cleanup.h"
#include "signature/miner_family.h"
#include "signature/miner_word.h"
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
#define HOLE_ROUNDS_MAX 3U
#define GAP_TOKENS_MAX (64U << 10) /* of all shapes; with more, gaps would take too much memory */

struct limits {
	unsigned words, words_first, words_first_long, words_cued, marks, marks_cued, boxed, names,
		with_value, with_id, joint, answers, words_long, long_words;
};
static const struct limits limits = {.words = 5,
				     .words_first = 20,
				     .words_first_long = 5,
				     .words_cued = 3,
				     .marks = 3,
				     .marks_cued = 2,
				     .boxed = 3,
				     .joint = 12,
				     .answers = 2,
				     .words_long = 3,
				     .long_words = 4,
				     .names = 2,
				     .with_value = 2,
				     .with_id = 2};

uint64_t qn_shape_key_part(const struct qn_token *token, size_t at)
{
	return qn_mix(token->hash + (at + 1) * 0x9e3779b97f4a7c15ULL);
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

struct qn_family *qn_family_find(const struct qn_families *families, uint64_t key)
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
	       qn_mix(qn_shape_key_part(&any, column) + column);
}

static bool may_vary(const struct qn_token *token)
{
	return token->kind <= QN_TOKEN_SLOT || qn_token_is_value(token);
}

/* "for user ann", "from here to there", "host ann": what a preposition of English leads to. */
static bool is_cued(const struct qn_shape *shape, size_t column)
{
	static const struct qn_text words[] = {
		QN_TEXT("for"),   QN_TEXT("from"),   QN_TEXT("to"),     QN_TEXT("by"),      QN_TEXT("at"),
		QN_TEXT("on"),    QN_TEXT("is"),     QN_TEXT("of"),     QN_TEXT("in"),      QN_TEXT("with"),
		QN_TEXT("user"),  QN_TEXT("host"),   QN_TEXT("node"),   QN_TEXT("file"),    QN_TEXT("table"),
		QN_TEXT("group"), QN_TEXT("server"), QN_TEXT("client"), QN_TEXT("service"), QN_TEXT("device"),
		QN_TEXT("state"), QN_TEXT("status"), QN_TEXT("reason"), QN_TEXT("type"),    QN_TEXT("mode"),
		QN_TEXT("name")};

	for (size_t back = 1; back <= 2 && back <= column; back++)
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (qn_text_equal(shape->tokens[column - back].text, words[i]))
				return true;
	return false;
}

static bool is_of(const struct qn_token *token, const char *signs)
{
	return token->kind == QN_TOKEN_PUNCTUATION && token->text.len == 1 &&
	       strchr(signs, *token->text.data);
}

/* "(root)", "[orders]" */
static bool is_boxed(const struct qn_shape *shape, size_t column)
{
	return column && column + 1 < shape->tokens_count && is_of(&shape->tokens[column - 1], "([{<") &&
	       is_of(&shape->tokens[column + 1], ")]}>");
}

static bool is_mark(const struct qn_token *token)
{
	return (token->kind == QN_TOKEN_WORD || token->kind == QN_TOKEN_SLOT) && qn_word_is_mark(token->text);
}

static size_t words_of(const struct qn_shape *shape)
{
	size_t words = 0;

	for (size_t i = 0; i < shape->tokens_count; i++)
		words += shape->tokens[i].kind <= QN_TOKEN_SLOT;
	return words;
}

static bool is_token_in(const struct qn_token *token, const struct qn_text *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (qn_text_equal(token->text, words[i]))
			return true;
	return false;
}

/* "the running state", "it is now ready", "cause: timeout,": the place of an answer, which no verb is. */
static bool is_answer(const struct qn_shape *shape, size_t column)
{
	static const struct qn_text before[] = {QN_TEXT("is"), QN_TEXT("be"), QN_TEXT("now"), QN_TEXT("=")},
				    behind[] = {QN_TEXT("state"), QN_TEXT("mode"), QN_TEXT("status"),
						QN_TEXT("level")};
	const struct qn_token *token = &shape->tokens[column];
	bool is_last = column + 1 == shape->tokens_count;

	if (words_of(shape) <= limits.long_words)
		return false;
	if (is_token_in(token - 1, before, sizeof(before) / sizeof(*before)) ||
	    (!is_last && is_token_in(token + 1, behind, sizeof(behind) / sizeof(*behind))))
		return true;
	return column > 1 && is_of(token - 1, ":") && token->has_blank && !is_last &&
	       is_of(token + 1, ",;[(])");
}

static bool has_value(const struct qn_shape *shape)
{
	for (size_t i = 0; i < shape->tokens_count; i++)
		if (qn_token_is_value(&shape->tokens[i]))
			return true;
	return false;
}

static bool is_many(const struct qn_shape *shape, const struct qn_family *family)
{
	bool is_cued_column;

	if (family->column == 0) {
		if (family->names == family->shapes ||
		    (family->marks == family->shapes && words_of(shape) > 4) ||
		    (words_of(shape) > 4 && shape->tokens_count > 1 && is_of(&shape->tokens[1], "[") &&
		     !shape->tokens[1].has_blank)) /* "cron[12]: " */
			return family->shapes >= limits.words_cued;
		return family->shapes >= (words_of(shape) > 3 ? limits.words_first_long : limits.words_first);
	}
	if (family->has_value)
		return family->shapes >= limits.with_value;
	if (family->has_id) /* "SOCKS5" beside "HTTPS" is a word, "host7" beside "ann" and "bob" is none */
		return family->shapes >= limits.with_id;
	if (is_boxed(shape, family->column) && family->shapes >= limits.boxed)
		return true;
	if (is_of(&shape->tokens[family->column - 1], "\"([") || /* "GET /x" */
	    shape->tokens[family->column].kind == QN_TOKEN_SLOT)
		return family->shapes >= limits.words;
	if (is_answer(shape, family->column))
		return family->shapes >= limits.answers;
	if (!family->verbs && words_of(shape) >= limits.long_words && has_value(shape) &&
	    family->shapes >= limits.words_long)
		return true;
	is_cued_column = is_cued(shape, family->column);
	if (family->marks == family->shapes)
		return family->shapes >= (is_cued_column ? limits.marks_cued : limits.marks);
	return family->shapes >= (is_cued_column ? limits.words_cued : limits.words);
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
	shapes[root].tokens[column].is_open = true;
}

static void count_families(struct qn_families *families, const struct qn_shape *shapes, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct qn_shape *shape = &shapes[i];
		uint64_t key;

		if (shape->parent != i)
			continue;
		key = qn_shape_key(shape->tokens, shape->tokens_count);
		for (uint32_t column = 0; column < shape->tokens_count; column++) {
			struct qn_family *family;

			if (!may_vary(&shape->tokens[column]))
				continue;
			family = qn_family_find(families, family_key(shape, key, column));
			family->column = column;
			family->shapes++;
			family->names += (shape->tokens[column].kind == QN_TOKEN_NAME &&
					  qn_word_is_lower(shape->tokens[column].text));
			family->verbs += qn_word_is_verb(shape->tokens[column].text);
			family->marks += is_mark(&shape->tokens[column]);
			family->has_value |= shape->tokens[column].kind == QN_TOKEN_MASK;
			family->has_id |= shape->tokens[column].kind == QN_TOKEN_ID;
		}
	}
}

/* The family of the most shapes that @shape is in; NULL: none that counts. */
static struct qn_family *find_best(const struct qn_families *families, const struct qn_shape *shape)
{
	uint64_t key = qn_shape_key(shape->tokens, shape->tokens_count);
	size_t words = words_of(shape);
	struct qn_family *best = NULL;

	for (uint32_t column = 0; column < shape->tokens_count; column++) {
		struct qn_family *family;

		if (!may_vary(&shape->tokens[column]) ||
		    words <= (shape->tokens[column].kind <= QN_TOKEN_SLOT))
			continue;
		family = qn_family_find(families, family_key(shape, key, column));
		if (is_many(shape, family) && (!best || family->shapes > best->shapes))
			best = family;
	}
	return best;
}

static bool join_families(struct qn_families *families, struct qn_shape *shapes, struct qn_family **best,
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
static void join_equal(struct qn_families *families, struct qn_shape *shapes, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct qn_family *same;

		if (shapes[i].parent != i)
			continue;
		same = qn_family_find(families, qn_shape_key(shapes[i].tokens, shapes[i].tokens_count));
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
			if (shapes[i].tokens[c].kind == QN_TOKEN_MASK) {
				shapes[same->root - 1].tokens[c].kind = QN_TOKEN_MASK;
				shapes[same->root - 1].tokens[c].is_open |= shapes[i].tokens[c].is_open;
			}
	}
}

/* What shapes must share to be looked at together: their length, where values and punctuation are, and the
 * first word. */
static uint64_t frame_key(const struct qn_shape *shape)
{
	uint64_t key = shape->tokens_count;

	for (size_t i = 0; i < shape->tokens_count; i++) {
		struct qn_token token = shape->tokens[i];

		if (i && token.kind <= QN_TOKEN_SLOT)
			token.hash = 0;
		key += qn_shape_key_part(&token, i);
	}
	return key;
}

static struct qn_family *find_column(const struct qn_families *families, uint64_t frame, size_t column)
{
	return qn_family_find(families, qn_mix(frame + 3) + qn_mix(column + 5));
}

/* How many shapes are in each frame, and how many different words in each of its columns? */
static void count_columns(struct qn_families *families, const struct qn_shape *shapes, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t frame;

		if (shapes[i].parent != i)
			continue;
		frame = frame_key(&shapes[i]);
		qn_family_find(families, frame)->shapes++;
		for (size_t c = 1; c < shapes[i].tokens_count; c++) {
			struct qn_family *word;

			if (shapes[i].tokens[c].kind > QN_TOKEN_SLOT)
				continue;
			word = qn_family_find(families, qn_mix(frame + c) + shapes[i].tokens[c].hash);
			if (!word->shapes++)
				find_column(families, frame, c)->shapes++;
		}
	}
}

/* The key of @shape without the words of the columns in which nearly every shape has another; 0: too little
 * would be left. */
static uint64_t joint_key(const struct qn_families *families, const struct qn_shape *shape)
{
	uint64_t frame = frame_key(shape), key = qn_mix(frame + 7);
	unsigned shapes = qn_family_find(families, frame)->shapes, open = 0, words = 0;

	if (shapes < limits.joint)
		return 0;
	for (size_t c = 0; c < shape->tokens_count; c++) {
		bool is_word = shape->tokens[c].kind <= QN_TOKEN_SLOT;

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
static bool open_joint(struct qn_families *families, struct qn_shape *shapes, uint64_t *keys, size_t count)
{
	bool has_opened = false;

	for (uint32_t i = 0; i < count; i++) {
		keys[i] = shapes[i].parent == i ? joint_key(families, &shapes[i]) : 0;
		if (keys[i])
			qn_family_find(families, keys[i])->names++;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t frame;
		unsigned frame_shapes;

		if (!keys[i] || qn_family_find(families, keys[i])->names < limits.joint)
			continue;
		frame = frame_key(&shapes[i]);
		frame_shapes = qn_family_find(families, frame)->shapes;
		for (size_t c = 1; c < shapes[i].tokens_count; c++) {
			struct qn_token *token = &shapes[i].tokens[c];

			if (token->kind > QN_TOKEN_SLOT ||
			    find_column(families, frame, c)->shapes < frame_shapes / 2 + 1)
				continue;
			token->kind = QN_TOKEN_MASK;
			token->hash = QN_TOKEN_VALUE;
			token->is_open = true;
		}
		shapes[i].is_group = has_opened = true;
	}
	return has_opened;
}

static void forget(struct qn_families *families)
{
	memset(families->slots, 0, families->slots_count * sizeof(*families->slots));
}

/* Looks at all shapes until nothing more is found. */
static void group(struct qn_families *families, struct qn_shape *shapes, struct qn_family **best,
		  uint64_t *keys, size_t count)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		bool has_joined;

		forget(families);
		count_families(families, shapes, count);
		has_joined = join_families(families, shapes, best, count);
		forget(families);
		join_equal(families, shapes, count);
		if (has_joined)
			continue;
		forget(families);
		count_columns(families, shapes, count);
		if (!open_joint(families, shapes, keys, count))
			break;
		forget(families);
		join_equal(families, shapes, count);
	}
}

struct qn_error *qn_shapes_group(struct qn_shape *shapes, size_t count, bool may_shorten)
{
	_cleanup_free_ struct qn_family *slots = NULL;
	_cleanup_free_ struct qn_family **best = calloc(count + 1, sizeof(struct qn_family *));
	_cleanup_free_ uint64_t *keys = calloc(count + 1, sizeof(*keys));
	struct qn_families families = {.slots_count = 64};
	size_t tokens = 0;
	bool may_gap;

	for (size_t i = 0; i < count; i++)
		tokens += shapes[i].tokens_count;
	may_gap = may_shorten && tokens + count <= GAP_TOKENS_MAX;
	/* a token is in three families, while holes are looked for in six */
	while (families.slots_count < (tokens + count) * (may_gap ? 8 : 3))
		families.slots_count *= 2;
	slots = families.slots = calloc(families.slots_count, sizeof(*slots));
	if (!slots || !best || !keys)
		return &qn_error_no_memory;
	if (qn_shapes_open_slots(&families, shapes, count)) {
		forget(&families);
		join_equal(&families, shapes, count);
	}
	group(&families, shapes, best, keys, count);
	forget(&families);
	if (qn_shapes_absorb(&families, shapes, count))
		group(&families, shapes, best, keys, count);
	forget(&families);
	for (unsigned round = 0; may_shorten && round < HOLE_ROUNDS_MAX; round++) {
		if (!qn_shapes_open_holes(&families, shapes, count, may_gap))
			break;
		forget(&families);
		join_equal(&families, shapes, count);
		group(&families, shapes, best, keys, count);
		forget(&families);
		qn_shapes_absorb(&families, shapes, count);
		forget(&families);
	}
	return NULL;
}
