#include "stack/repair.h"

#include <stdlib.h>

#include "base/limits.h"
#include "stack/crash_line.h"
#include "stack/demangle.h"
#include "stack/edit_distance.h"
#include "stack/frame_name.h"

#include "base/banned.h"

/* A name must share a piece of so many bytes with what it may have been: with one wrong letter in
 * LETTERS_A_FAULT a whole piece is left between two faults. */
#define PIECE_BYTES 6U
#define LETTERS_A_FAULT 12U
#define NAME_BYTES_MIN 8U
#define FILTER_BITS (1U << 16)

struct question {
	struct qn_text name, file;
	uint32_t line;
	bool is_mangled;
	bool is_known; /* somebody else has it just so */
	bool is_tie;   /* two different functions are equally near */
	unsigned distance_max, distance;
	struct qn_text best, best_key; /* "" while nothing is near */
	uint64_t seen;                 /* number of the last offer that it was compared with */
};

/* A piece of a damaged name, and where in it. */
struct piece {
	uint64_t bytes;
	uint32_t question, at;
};

struct qn_repairs {
	struct qn_arena arena;
	struct qn_map by_name; /* -> struct question * */
	struct question **questions;
	size_t questions_count, questions_capacity;
	struct piece *pieces; /* by bytes */
	size_t pieces_count, pieces_capacity;
	uint64_t offers, looks;
	unsigned char filter[FILTER_BITS / 8]; /* hashes of the pieces' bytes */
};

struct qn_error *qn_repairs_create(struct qn_repairs **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? NULL : &qn_error_no_memory;
}

void qn_repairs_destroy(struct qn_repairs *repairs)
{
	if (!repairs)
		return;
	qn_map_deinit(&repairs->by_name);
	qn_arena_deinit(&repairs->arena);
	free(repairs->questions);
	free(repairs->pieces);
	free(repairs);
}

/* "_ZN", and what is left of it when the first letters were lost or misread. */
static bool looks_mangled(struct qn_text name)
{
	static const struct qn_text fronts[] = {QN_TEXT("_Z"),  QN_TEXT("ZN"),  QN_TEXT("_2N"),
						QN_TEXT("-ZN"), QN_TEXT("_ZN"), QN_TEXT("_N6"),
						QN_TEXT("_zN")};

	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++)
		if (qn_text_starts(name, fronts[i]))
			return true;
	return false;
}

/* "created by pkg.(*T).F in goroutine 7", "pkg.(*T).F(0xc0, {0x1, 0x2})", "ns::f(int)" -> the name alone */
static struct qn_text cut_arguments(struct qn_text name)
{
	size_t depth = 0, at;

	if (qn_text_starts(name, QN_TEXT("created by "))) {
		name = qn_text_from(name, 11);
		return qn_text_first(name, qn_text_find(name, QN_TEXT(" in goroutine ")));
	}
	if (!qn_text_ends(name, QN_TEXT(")")))
		return name;
	for (at = name.len; at-- > 0;) {
		depth += name.data[at] == ')';
		if (name.data[at] == '(' && --depth == 0)
			break;
	}
	return at && at != SIZE_MAX ? qn_text_first(name, at) : name;
}

static struct qn_text comparable(struct qn_text raw)
{
	return looks_mangled(raw) ? raw : cut_arguments(raw);
}

/* What a person or a program for pictures does, and no collector: only there are plain names looked at. */
static bool is_retyped(const struct qn_stack *stack)
{
	static const enum qn_damage signs[] = {QN_DAMAGE_TABS,      QN_DAMAGE_NUMBERS,  QN_DAMAGE_MARKUP,
					       QN_DAMAGE_INVISIBLE, QN_DAMAGE_NEWLINES, QN_DAMAGE_LETTERS};

	for (size_t i = 0; i < stack->damage_count; i++)
		for (size_t k = 0; k < sizeof(signs) / sizeof(*signs); k++)
			if (qn_text_equal(stack->damage[i], qn_damage_words(signs[k])))
				return true;
	return false;
}

static bool is_question(const struct qn_frame *frame, bool is_retyped)
{
	struct qn_text name = comparable(frame->raw);

	if (frame->is_repaired || name.len < NAME_BYTES_MIN || name.len > QN_SYMBOL_BYTES_MAX)
		return false;
	if (looks_mangled(name))
		return frame->is_damaged || !qn_text_starts(name, QN_TEXT("_Z"));
	return is_retyped && frame->line && frame->file.len && frame->key.len;
}

bool qn_repair_is_wanted(const struct qn_stack *stack)
{
	bool retyped = is_retyped(stack);

	for (size_t i = 0; i < stack->frames_count; i++)
		if (is_question(&stack->frames[i], retyped))
			return true;
	return false;
}

static struct qn_text key_of(struct qn_arena *arena, const struct qn_frame *frame)
{
	struct qn_text name = comparable(frame->raw);

	if (looks_mangled(name))
		return name;
	return qn_arena_printf(arena, "%.*s\n%.*s:%u", QN_ARG(name), QN_ARG(frame->file), frame->line);
}

static struct qn_error *ask(struct qn_repairs *repairs, const struct qn_frame *frame)
{
	struct qn_text name = comparable(frame->raw), key = key_of(&repairs->arena, frame);
	struct question *question;

	QN_TRY(qn_arena_check(&repairs->arena));
	if (qn_map_find(&repairs->by_name, key) || repairs->questions_count >= QN_REPAIR_NAMES_MAX)
		return NULL;
	question = qn_arena_alloc(&repairs->arena, sizeof(*question));
	if (!question)
		return &qn_error_no_memory;
	*question = (struct question){.name = qn_arena_copy(&repairs->arena, name),
				      .file = qn_arena_copy(&repairs->arena, frame->file),
				      .line = frame->line,
				      .is_mangled = looks_mangled(name)};
	question->distance_max = (unsigned)(name.len / LETTERS_A_FAULT);
	if (question->distance_max < 1)
		question->distance_max = 1;
	if (question->distance_max > QN_REPAIR_DISTANCE_MAX)
		question->distance_max = QN_REPAIR_DISTANCE_MAX;
	question->distance = question->distance_max + 1;
	key = question->is_mangled ? question->name : key;
	QN_TRY(qn_arena_check(&repairs->arena));
	QN_TRY(qn_array_reserve(&repairs->questions, &repairs->questions_capacity,
				repairs->questions_count + 1, sizeof(*repairs->questions)));
	repairs->questions[repairs->questions_count++] = question;
	return qn_map_put(&repairs->by_name, key, question);
}

struct qn_error *qn_repairs_ask(struct qn_repairs *repairs, const struct qn_stack *stack)
{
	bool retyped = is_retyped(stack);

	for (size_t i = 0; i < stack->frames_count; i++)
		if (is_question(&stack->frames[i], retyped))
			QN_TRY(ask(repairs, &stack->frames[i]));
	return NULL;
}

bool qn_repairs_has_questions(const struct qn_repairs *repairs)
{
	return repairs->questions_count;
}

static uint64_t bytes_at(struct qn_text name, size_t at)
{
	uint64_t bytes = 0;

	memcpy(&bytes, name.data + at, PIECE_BYTES);
	return bytes;
}

static unsigned filter_bit(uint64_t bytes)
{
	return (unsigned)(bytes * 0x9e3779b97f4a7c15U >> 48) % FILTER_BITS;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes < right->bytes ? -1 : 1;
	if (left->question != right->question)
		return left->question < right->question ? -1 : 1;
	return (left->at > right->at) - (left->at < right->at);
}

/* Faults are fewer than parts: one part is whole in what the name was. */
static struct qn_error *cut_pieces(struct qn_repairs *repairs, uint32_t index)
{
	const struct question *question = repairs->questions[index];
	size_t parts = question->distance_max + 1, size = question->name.len / parts;

	if (size < PIECE_BYTES) { /* a short name, with one fault: two pieces that overlap */
		parts = 2;
		size = question->name.len - PIECE_BYTES;
	}
	for (size_t i = 0; i < parts; i++) {
		uint64_t bytes;

		if (i * size + PIECE_BYTES > question->name.len)
			break;
		bytes = bytes_at(question->name, i * size);
		QN_TRY(qn_array_reserve(&repairs->pieces, &repairs->pieces_capacity,
					repairs->pieces_count + 1, sizeof(*repairs->pieces)));
		repairs->pieces[repairs->pieces_count++] = (struct piece){bytes, index, (uint32_t)(i * size)};
		repairs->filter[filter_bit(bytes) / 8] |= (unsigned char)(1U << filter_bit(bytes) % 8);
	}
	return NULL;
}

struct qn_error *qn_repairs_prepare(struct qn_repairs *repairs)
{
	for (size_t i = 0; i < repairs->questions_count; i++)
		QN_TRY(cut_pieces(repairs, (uint32_t)i));
	if (repairs->pieces_count)
		qsort(repairs->pieces, repairs->pieces_count, sizeof(*repairs->pieces), compare_pieces);
	return NULL;
}

/* What is offered. */
struct offer {
	struct qn_text name, file;
	uint32_t line;
	bool is_symbol, is_mangled;
};

/* The key of a name that is whole; "" when it is none. */
static struct qn_text read_key(struct qn_repairs *repairs, const struct offer *offer)
{
	struct qn_text demangled;
	struct qn_frame_name name;

	if (offer->is_mangled && !qn_demangle(&repairs->arena, offer->name, &demangled))
		return QN_TEXT("");
	qn_frame_name_read(&repairs->arena, offer->name, offer->file, &name);
	return name.key;
}

static void compare(struct qn_repairs *repairs, struct question *question, const struct offer *offer)
{
	unsigned distance;
	struct qn_text key;

	if (question->is_mangled != offer->is_mangled || question->seen == repairs->offers)
		return;
	question->seen = repairs->offers;
	if (!question->is_mangled && !offer->is_symbol &&
	    (question->line != offer->line || !qn_text_equal(question->file, offer->file)))
		return;
	if (repairs->looks++ >= QN_REPAIR_LOOKS_MAX)
		return;
	distance = qn_letters_apart(question->name, offer->name, question->distance_max);
	if (distance == 0)
		question->is_known = true;
	if (distance == 0 || distance > question->distance_max || distance > question->distance)
		return;
	/* A plain name has no lengths in it that would tell: one fault in twice as many letters. */
	if (!question->is_mangled && offer->is_symbol && distance > 1 &&
	    distance * 2 > question->distance_max)
		return;
	if (distance == question->distance && qn_text_equal(question->best, offer->name))
		return;
	key = read_key(repairs, offer);
	if (!key.len)
		return;
	if (distance < question->distance) {
		question->is_tie = false;
	} else if (!qn_text_equal(key, question->best_key)) {
		question->is_tie = true;
		return;
	} else if (qn_text_compare(offer->name, question->best) > 0) {
		return;
	}
	question->distance = distance;
	question->best = qn_arena_copy(&repairs->arena, offer->name);
	question->best_key = qn_arena_copy(&repairs->arena, key);
}

/* The first piece with @bytes. */
static size_t find_piece(const struct qn_repairs *repairs, uint64_t bytes)
{
	size_t low = 0, high = repairs->pieces_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (repairs->pieces[middle].bytes < bytes)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void offer_name(struct qn_repairs *repairs, const struct offer *offer)
{
	repairs->offers++;
	if (offer->name.len < NAME_BYTES_MIN - 1 || offer->name.len > QN_SYMBOL_BYTES_MAX)
		return;
	for (size_t at = 0; at + PIECE_BYTES <= offer->name.len; at++) {
		uint64_t bytes = bytes_at(offer->name, at);
		unsigned bit = filter_bit(bytes);

		if (!(repairs->filter[bit / 8] & 1U << bit % 8))
			continue;
		for (size_t i = find_piece(repairs, bytes);
		     i < repairs->pieces_count && repairs->pieces[i].bytes == bytes; i++) {
			const struct piece *piece = &repairs->pieces[i];
			struct question *question = repairs->questions[piece->question];
			size_t off = at > piece->at ? at - piece->at : piece->at - at;

			if (off <= question->distance_max)
				compare(repairs, question, offer);
		}
	}
}

void qn_repairs_offer(struct qn_repairs *repairs, struct qn_text name, struct qn_text file, uint32_t line)
{
	struct offer offer = {.name = comparable(name), .file = file, .line = line};

	offer.is_mangled = looks_mangled(offer.name);
	offer_name(repairs, &offer);
}

void qn_repairs_offer_stack(struct qn_repairs *repairs, const struct qn_stack *stack)
{
	bool retyped = is_retyped(stack);

	for (size_t i = 0; i < stack->frames_count; i++)
		if (!is_question(&stack->frames[i], retyped))
			qn_repairs_offer(repairs, stack->frames[i].raw, stack->frames[i].file,
					 stack->frames[i].line);
}

void qn_repairs_offer_symbol(struct qn_repairs *repairs, struct qn_text name)
{
	struct offer offer = {.name = name, .is_symbol = true, .is_mangled = looks_mangled(name)};

	offer_name(repairs, &offer);
}

static const struct question *answer(struct qn_repairs *repairs, const struct qn_frame *frame)
{
	const struct question *question = qn_map_find(&repairs->by_name, key_of(&repairs->arena, frame));

	return question && question->best.len && !question->is_tie && !question->is_known ? question : NULL;
}

static void mark(struct qn_stack *stack)
{
	struct qn_text words = qn_damage_words(QN_DAMAGE_NAME);

	for (size_t i = 0; i < stack->damage_count; i++)
		if (qn_text_equal(stack->damage[i], words))
			return;
	if (stack->damage_count < QN_DAMAGE_MAX)
		stack->damage[stack->damage_count++] = words;
}

struct qn_error *qn_repairs_apply(struct qn_repairs *repairs, const struct qn_normalizer *normalizer,
				  struct qn_arena *arena, struct qn_stack *stack, bool *ret)
{
	bool retyped = is_retyped(stack);

	*ret = false;
	for (size_t i = 0; i < stack->frames_count; i++) {
		struct qn_frame *frame = &stack->frames[i];
		const struct question *question = is_question(frame, retyped) ? answer(repairs, frame) : NULL;

		if (!question)
			continue;
		frame->repaired = qn_arena_copy(arena, question->best);
		frame->is_repaired = *ret = true;
	}
	QN_TRY(qn_arena_check(&repairs->arena));
	if (!*ret)
		return NULL;
	mark(stack);
	qn_normalizer_rename(normalizer, arena, stack);
	return qn_arena_check(arena);
}
