#include "base/hash.h"
#include "signature/miner_family.h"
#include "base/banned.h"

/* Where words were found to be values
 *
 * Slots: "result 'timeout'", "state=running". What stands there is a value by the writing; but a labeller
 * and a reader take it for a word when it is nearly always the same one.
 * Holes: "connect: no route to host" and "connect: connection refused" are of one statement although they
 * have not as many words. */
struct limits {
	unsigned slot_words, slot_few, tail, boxed, tail_words, hole_tokens, tries, gap_tokens, gap_words,
		gap_shape_tokens;
};
static const struct limits limits = {.slot_words = 2,
				     .slot_few = 3,
				     .tail = 3,
				     .boxed = 3,
				     .tail_words = 4,
				     .hole_tokens = 16,
				     .tries = 256,
				     .gap_tokens = 4,
				     .gap_words = 4,
				     .gap_shape_tokens = 64};

static void open_token(struct qn_token *token)
{
	token->kind = QN_TOKEN_MASK;
	token->hash = QN_TOKEN_VALUE;
	token->is_open = true;
}

static bool has_slot(const struct qn_shape *shape)
{
	for (size_t i = 0; i < shape->tokens_count; i++)
		if (shape->tokens[i].kind == QN_TOKEN_SLOT)
			return true;
	return false;
}

/* The key of a shape with a value in each slot. */
static uint64_t slot_key(const struct qn_shape *shape)
{
	static const struct qn_token value = {.hash = QN_TOKEN_VALUE};
	uint64_t key = shape->tokens_count;

	for (size_t i = 0; i < shape->tokens_count; i++)
		key += qn_shape_key_part(shape->tokens[i].kind == QN_TOKEN_SLOT ? &value : &shape->tokens[i],
					 i);
	return key;
}

static struct qn_family *find_slot(const struct qn_families *families, uint64_t key, size_t column)
{
	return qn_family_find(families, qn_mix(key + 11) + qn_mix(column + 13));
}

static void count_slot(struct qn_families *families, uint64_t key, size_t column,
		       const struct qn_shape *shape)
{
	const struct qn_token *token = &shape->tokens[column];
	struct qn_family *slot = find_slot(families, key, column), *word;

	slot->lines += shape->lines;
	slot->has_value |= token->kind == QN_TOKEN_MASK;
	if (token->kind == QN_TOKEN_MASK)
		return;
	word = qn_family_find(families, qn_mix(key + 17 + column) + qn_hash64(token->text));
	slot->shapes += !word->lines;
	word->lines += shape->lines;
	if (slot->lines_max < word->lines)
		slot->lines_max = word->lines;
}

static bool is_slot_open(const struct qn_family *slot)
{
	if (slot->has_value)
		return true;
	if (slot->shapes < limits.slot_words)
		return false;
	return slot->shapes > limits.slot_few || slot->lines_max < slot->lines - slot->lines / 10;
}

bool qn_shapes_open_slots(struct qn_families *families, struct qn_shape *shapes, size_t count)
{
	bool has_opened = false;

	for (uint32_t i = 0; i < count; i++) {
		const struct qn_shape *shape = &shapes[i];
		uint64_t key = slot_key(shape);

		if (shape->parent != i)
			continue;
		for (size_t c = 0; c < shape->tokens_count; c++)
			if (shape->tokens[c].kind == QN_TOKEN_SLOT || qn_token_is_value(&shape->tokens[c]))
				count_slot(families, key, c, shape);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t key;

		if (shapes[i].parent != i || !has_slot(&shapes[i]))
			continue;
		key = slot_key(&shapes[i]);
		for (size_t c = 0; c < shapes[i].tokens_count; c++) {
			if (shapes[i].tokens[c].kind != QN_TOKEN_SLOT ||
			    !is_slot_open(find_slot(families, key, c)))
				continue;
			open_token(&shapes[i].tokens[c]);
			shapes[i].is_group = has_opened = true;
		}
	}
	return has_opened;
}

/* Tokens [from, to) of a shape. */
struct hole {
	size_t from, to;
	bool is_tail; /* holds words only, as does one in quotes */
	bool is_gap;
};

static bool is_sign(const struct qn_token *token, const char *signs)
{
	return token->kind == QN_TOKEN_PUNCTUATION && strchr(signs, *token->text.data);
}

/* ": ", "due to ", "because of " */
static bool leads_to_cause(const struct qn_shape *shape, size_t at)
{
	const struct qn_text last = shape->tokens[at - 1].text;

	if (is_sign(&shape->tokens[at - 1], ":"))
		return true;
	return at > 1 && ((qn_text_equal(last, QN_TEXT("to")) &&
			   qn_text_equal(shape->tokens[at - 2].text, QN_TEXT("due"))) ||
			  (qn_text_equal(last, QN_TEXT("of")) &&
			   qn_text_equal(shape->tokens[at - 2].text, QN_TEXT("because"))));
}

/* Behind ": " at @at - 1, to where the brackets end that it is in, or the message; @is_clause: to the first
 * comma. */
static bool find_tail(const struct qn_shape *shape, size_t at, bool is_clause, struct hole *ret)
{
	unsigned depth = 0;
	size_t to = at;

	if (!at || !shape->tokens[at].has_blank || !leads_to_cause(shape, at))
		return false;
	for (; to < shape->tokens_count; to++) {
		const struct qn_token *token = &shape->tokens[to];

		if (is_sign(token, ")]}") && !depth--)
			break;
		depth += is_sign(token, "([{");
		if (is_clause && !depth && is_sign(token, ",;"))
			break;
		if (is_clause && depth == 1 && is_sign(token, "("))
			break;
		if (!is_clause && is_sign(token, ":") && to + 1 < shape->tokens_count && token[1].has_blank)
			return false; /* not the last one */
	}
	*ret = (struct hole){.from = at, .to = to, .is_tail = true};
	return to > at && (!is_clause || (to < shape->tokens_count && is_sign(&shape->tokens[to], ",;(")));
}

/* The brackets that open at @at. */
static bool find_box(const struct qn_shape *shape, size_t at, struct hole *ret)
{
	unsigned depth = 0;

	char open, close;

	if (!is_sign(&shape->tokens[at], "([\""))
		return false;
	open = *shape->tokens[at].text.data;
	close = open == '(' ? ')' : open == '[' ? ']' : '"';
	for (size_t i = at + 1; i < shape->tokens_count && i <= at + 1 + limits.hole_tokens; i++) {
		const char signs[] = {open, '\0'}, ends[] = {close, '\0'};

		if (is_sign(&shape->tokens[i], ends) && !depth--) {
			*ret = (struct hole){.from = at + 1, .to = i, .is_tail = open == '"'};
			return i > at + 1;
		}
		depth += open != close && is_sign(&shape->tokens[i], signs);
	}
	return false;
}

/* "the [print spooler] service entered", "the [task scheduler host] service entered": @len words anywhere. */
static bool find_gap(const struct qn_shape *shape, size_t at, size_t len, struct hole *ret)
{
	if (!at || at + len > shape->tokens_count || shape->tokens_count > limits.gap_shape_tokens)
		return false;
	if (is_sign(&shape->tokens[at - 1], ":")) /* "imap(ann): logged out": what is told begins here */
		return false;
	for (size_t i = at; i < at + len; i++)
		if (!qn_token_is_word(&shape->tokens[i]) || !shape->tokens[i].has_blank)
			return false;
	*ret = (struct hole){.from = at, .to = at + len, .is_tail = true, .is_gap = true};
	return true;
}

/* The key of a shape without what is in its hole; 0: too little would be left, or the hole holds more than
 * words. */
static uint64_t hole_key(const struct qn_shape *shape, struct hole hole)
{
	uint64_t key = qn_mix(hole.from + 19) + hole.is_tail + 2U * hole.is_gap;
	unsigned words = 0, values = 0, inside = 0;

	if (hole.to - hole.from > limits.hole_tokens)
		return 0;
	for (size_t i = 0; i < shape->tokens_count; i++) {
		bool is_word = qn_token_is_word(&shape->tokens[i]);

		if (i >= hole.from && i < hole.to) {
			inside += is_word;
			if (hole.is_tail && shape->tokens[i].kind == QN_TOKEN_MASK && hole.to > hole.from + 1)
				return 0;
			continue;
		}
		words += is_word;
		values += qn_token_is_value(&shape->tokens[i]);
		key += qn_shape_key_part(&shape->tokens[i], i < hole.from ? i : i - hole.to + hole.from + 1);
	}
	if (hole.is_gap)
		return words >= limits.gap_words - 1U && words + values > limits.gap_words ? key | 1 : 0;
	if (words < 2 || words + values < limits.tail_words - 1U || (!inside && hole.to > hole.from + 1))
		return 0;
	if (!values && words <= limits.tail_words)
		return 0;
	return key | 1;
}

/* Puts one value in place of the hole. */
static void fill_hole(struct qn_shape *shape, struct hole hole)
{
	open_token(&shape->tokens[hole.from]);
	memmove(&shape->tokens[hole.from + 1], &shape->tokens[hole.to],
		(shape->tokens_count - hole.to) * sizeof(*shape->tokens));
	shape->tokens_count -= (uint32_t)(hole.to - hole.from - 1);
	shape->is_group = true;
}

/* Steps at each token: brackets, two kinds of tails, gaps by their length. */
#define STEPS_FIXED 3U

/* The next hole of @shape from step @at on; false: none. */
static bool next_hole(const struct qn_shape *shape, bool may_gap, size_t *at, struct hole *ret)
{
	size_t steps = STEPS_FIXED + (may_gap ? limits.gap_tokens : 0);

	while (*at < steps * shape->tokens_count) {
		size_t token = *at / steps, way = (*at)++ % steps;

		if (way >= STEPS_FIXED) {
			if (find_gap(shape, token, way - STEPS_FIXED + 1, ret))
				return true;
		} else if (way == 0 ? find_box(shape, token, ret) : find_tail(shape, token, way == 1, ret)) {
			return true;
		}
	}
	return false;
}

/* How many shapes have this hole? Gaps of one length are not asked for: other rules know more of a word. */
static unsigned count_hole(const struct qn_families *families, const struct qn_shape *shape, struct hole hole)
{
	uint64_t key = hole_key(shape, hole);
	const struct qn_family *family = key ? qn_family_find(families, key) : NULL;

	if (!family || (hole.is_gap && (family->marks & (family->marks - 1)) == 0))
		return 0;
	return family->shapes;
}

bool qn_shapes_open_holes(struct qn_families *families, struct qn_shape *shapes, size_t count, bool may_gap)
{
	bool has_opened = false;
	struct hole hole;

	for (uint32_t i = 0; i < count; i++)
		for (size_t at = 0; shapes[i].parent == i && next_hole(&shapes[i], may_gap, &at, &hole);) {
			uint64_t key = hole_key(&shapes[i], hole);
			struct qn_family *family = key ? qn_family_find(families, key) : NULL;

			if (!family)
				continue;
			family->shapes++;
			family->marks |= hole.is_gap ? 1U << (hole.to - hole.from) : 0;
		}
	for (uint32_t i = 0; i < count; i++) {
		struct hole best = {0};
		unsigned best_shapes = limits.tail - 1;

		for (size_t at = 0; shapes[i].parent == i && next_hole(&shapes[i], may_gap, &at, &hole);) {
			unsigned found = count_hole(families, &shapes[i], hole);

			if (found > best_shapes) {
				best = hole;
				best_shapes = found;
			}
		}
		if (!best.to)
			continue;
		fill_hole(&shapes[i], best);
		has_opened = true;
	}
	return has_opened;
}

/* What a shape and the group that it may join have in common: length, punctuation. */
static uint64_t absorb_key(const struct qn_shape *shape)
{
	uint64_t key = qn_mix(shape->tokens_count + 23);

	for (size_t i = 0; i < shape->tokens_count; i++)
		if (shape->tokens[i].kind == QN_TOKEN_PUNCTUATION)
			key += qn_shape_key_part(&shape->tokens[i], i);
	return key;
}

static bool has_room_for(const struct qn_shape *group, const struct qn_shape *shape)
{
	for (size_t i = 0; i < group->tokens_count; i++) {
		const struct qn_token *open = &group->tokens[i], *token = &shape->tokens[i];

		if (open->hash != token->hash &&
		    !(open->is_open && (qn_token_is_word(token) || qn_token_is_value(token))))
			return false;
	}
	return true;
}

bool qn_shapes_absorb(struct qn_families *families, struct qn_shape *shapes, size_t count)
{
	bool has_joined = false;

	/* chains of groups: the head is in the family, the next one in a family of its own key */
	for (uint32_t i = 0; i < count; i++) {
		struct qn_family *head;

		if (shapes[i].parent != i || !shapes[i].is_group)
			continue;
		head = qn_family_find(families, absorb_key(&shapes[i]));
		qn_family_find(families, qn_mix(i + 29))->root = head->root;
		head->root = i + 1;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at;

		if (shapes[i].parent != i)
			continue;
		at = qn_family_find(families, absorb_key(&shapes[i]))->root;
		for (unsigned tries = 0; at && tries < limits.tries; tries++) {
			struct qn_shape *group = &shapes[at - 1];

			if (at - 1 != i && group->parent == at - 1 && has_room_for(group, &shapes[i])) {
				shapes[i].parent = at - 1;
				group->lines += shapes[i].lines;
				if (group->has_ids)
					qn_shape_differ(group, shapes[i].tokens);
				has_joined = true;
				break;
			}
			at = qn_family_find(families, qn_mix(at - 1 + 29))->root;
		}
	}
	return has_joined;
}
