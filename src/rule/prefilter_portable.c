/* Many literals in one pass, without vector instructions.
 *
 * A gram is four neighbouring bytes as a number. Of every literal a zone of STRIDE neighbouring grams, the
 * ones rarest in logs, goes into a hash table. The block is then looked at only at every STRIDE-th offset:
 * wherever the literal stands, exactly one gram of its zone falls on such an offset. A bitmap small enough
 * for the nearest cache answers nearly all of these looks; the few that pass are looked up in the table and
 * compared whole.
 *
 * Literals shorter than four bytes have passes of their own with grams of two bytes and of one. The stride
 * follows from the shortest literal of a pass, so one short literal costs speed and never a hit. */
#include "rule/prefilter_engine.h"

#include <stdlib.h>

#include "base/banned.h"

#define STRIDE_MAX 8U
#define BITMAP_BITS_MIN 16U
#define BITMAP_BITS_MAX 22U

struct entry {
	uint32_t gram;
	uint32_t literal;
	uint32_t offset; /* of the gram in the literal */
	uint32_t next;   /* index + 1 of the next entry in the slot, 0: none */
};

struct pass {
	unsigned gram_bytes; /* 4, 2 or 1 */
	unsigned stride;
	unsigned bits; /* of the hash */
	uint64_t *bitmap;
	uint32_t *slots; /* by hash: index + 1 into entries */
	struct entry *entries;
	size_t entries_count, literals_count;
};

static const struct {
	size_t from, to; /* length of the literals */
	unsigned gram_bytes;
} pass_kinds[] = {{4, SIZE_MAX, 4}, {2, 3, 2}, {1, 1, 1}};
#define PASSES_COUNT (sizeof(pass_kinds) / sizeof(pass_kinds[0]))

struct engine {
	const struct qn_text *literals;
	size_t count;
	struct pass passes[PASSES_COUNT];
};

static inline uint32_t gram_at(const char *data, unsigned gram_bytes)
{
	uint32_t four;
	uint16_t two;

	if (gram_bytes == 4) {
		memcpy(&four, data, 4);
		return four;
	}
	if (gram_bytes == 2) {
		memcpy(&two, data, 2);
		return two;
	}
	return (unsigned char)data[0];
}

static inline uint32_t hash_of(uint32_t gram, unsigned bits)
{
	return (gram * 0x9E3779B1U) >> (32 - bits);
}

static inline bool may_hold(const struct pass *pass, uint32_t hash)
{
	return pass->bitmap[hash >> 6] >> (hash & 63) & 1;
}

/* How often a byte stands in logs, roughly, as a logarithm: what is frequent makes a bad gram. */
static unsigned byte_weight(unsigned char byte)
{
	static const char by_frequency[] = " 0123456789e[]tnasoridlcmpugh=\".:/-_fbvkyw";
	const char *at = byte ? strchr(by_frequency, byte) : NULL;

	return at ? 60U - (unsigned)(at - by_frequency) : 4;
}

/* The zone with the rarest grams; an earlier one wins a tie. */
static size_t choose_zone(struct qn_text literal, unsigned gram_bytes, unsigned stride)
{
	size_t width = gram_bytes + stride - 1, best = 0;
	unsigned weight = 0, best_weight;

	for (size_t i = 0; i < width; i++)
		weight += byte_weight((unsigned char)literal.data[i]);
	best_weight = weight;
	for (size_t i = width; i < literal.len; i++) {
		weight += byte_weight((unsigned char)literal.data[i]);
		weight -= byte_weight((unsigned char)literal.data[i - width]);
		if (weight < best_weight) {
			best_weight = weight;
			best = i - width + 1;
		}
	}
	return best;
}

static void add_literal(struct pass *pass, struct qn_text literal, uint32_t id)
{
	size_t zone = choose_zone(literal, pass->gram_bytes, pass->stride);

	for (size_t i = zone; i < zone + pass->stride; i++) {
		uint32_t gram = gram_at(literal.data + i, pass->gram_bytes);
		uint32_t hash = hash_of(gram, pass->bits);

		pass->entries[pass->entries_count++] = (struct entry){
			.gram = gram, .literal = id, .offset = (uint32_t)i, .next = pass->slots[hash]};
		pass->slots[hash] = (uint32_t)pass->entries_count;
		pass->bitmap[hash >> 6] |= 1ULL << (hash & 63);
	}
}

static bool is_in(size_t len, size_t kind)
{
	return len >= pass_kinds[kind].from && len <= pass_kinds[kind].to;
}

static struct qn_error *create_pass(struct engine *engine, size_t kind)
{
	struct pass *pass = &engine->passes[kind];
	size_t shortest = SIZE_MAX;

	for (size_t i = 0; i < engine->count; i++) {
		if (!is_in(engine->literals[i].len, kind))
			continue;
		pass->literals_count++;
		if (engine->literals[i].len < shortest)
			shortest = engine->literals[i].len;
	}
	if (!pass->literals_count)
		return NULL;
	pass->gram_bytes = pass_kinds[kind].gram_bytes;
	pass->stride = STRIDE_MAX;
	while (pass->gram_bytes + pass->stride - 1 > shortest)
		pass->stride /= 2;
	pass->bits = BITMAP_BITS_MIN;
	while (pass->bits < BITMAP_BITS_MAX &&
	       (1ULL << pass->bits) < pass->literals_count * pass->stride * 64)
		pass->bits++;
	pass->bitmap = calloc((1ULL << pass->bits) / 64, sizeof(*pass->bitmap));
	pass->slots = calloc(1ULL << pass->bits, sizeof(*pass->slots));
	pass->entries = calloc(pass->literals_count, pass->stride * sizeof(*pass->entries));
	if (!pass->bitmap || !pass->slots || !pass->entries)
		return &qn_error_no_memory;
	/* from the last to the first: a slot's list is then in order of id */
	for (size_t i = engine->count; i-- > 0;)
		if (is_in(engine->literals[i].len, kind))
			add_literal(pass, engine->literals[i], (uint32_t)i);
	return NULL;
}

static void engine_destroy(void *object)
{
	struct engine *engine = object;

	if (!engine)
		return;
	for (size_t i = 0; i < PASSES_COUNT; i++) {
		free(engine->passes[i].bitmap);
		free(engine->passes[i].slots);
		free(engine->passes[i].entries);
	}
	free(engine);
}
QN_DEFINE_GUARD(struct engine, engine_destroy);

static struct qn_error *engine_create(const struct qn_text *literals, size_t count, void **ret)
{
	_cleanup_(engine_destroy_guard) struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return &qn_error_no_memory;
	engine->literals = literals;
	engine->count = count;
	for (size_t i = 0; i < PASSES_COUNT; i++)
		QN_TRY(create_pass(engine, i));
	*ret = qn_take(engine);
	return NULL;
}

/* Every literal that has the gram at @at, compared whole. */
static struct qn_error *verify(const struct engine *engine, const struct pass *pass, struct qn_text block,
			       size_t at, struct qn_prefilter_hits *hits)
{
	uint32_t gram = gram_at(block.data + at, pass->gram_bytes);

	for (uint32_t i = pass->slots[hash_of(gram, pass->bits)]; i; i = pass->entries[i - 1].next) {
		const struct entry *entry = &pass->entries[i - 1];
		struct qn_text literal = engine->literals[entry->literal];
		size_t start = at - entry->offset;

		if (entry->gram != gram || entry->offset > at || literal.len > block.len - start)
			continue;
		if (memcmp(block.data + start, literal.data, literal.len) == 0)
			QN_TRY(qn_prefilter_hits_add(hits, start + literal.len - 1, entry->literal));
	}
	return NULL;
}

/* Inlined for each width of gram, so that the inner loop has no branch but the one that nearly never is
 * taken. */
static inline __attribute__((always_inline)) struct qn_error *
scan_pass(const struct engine *engine, const struct pass *pass, unsigned gram_bytes, struct qn_text block,
	  struct qn_prefilter_hits *hits)
{
	const unsigned stride = pass->stride, bits = pass->bits;
	size_t at = 0;

	while (at + 3 * stride + gram_bytes <= block.len) {
		const char *data = block.data + at;
		uint32_t a = hash_of(gram_at(data, gram_bytes), bits);
		uint32_t b = hash_of(gram_at(data + stride, gram_bytes), bits);
		uint32_t c = hash_of(gram_at(data + 2 * stride, gram_bytes), bits);
		uint32_t d = hash_of(gram_at(data + 3 * stride, gram_bytes), bits);
		bool is_a = may_hold(pass, a), is_b = may_hold(pass, b), is_c = may_hold(pass, c),
		     is_d = may_hold(pass, d);

		if (__builtin_expect(is_a | is_b | is_c | is_d, false)) {
			const bool is_set[4] = {is_a, is_b, is_c, is_d};

			for (unsigned i = 0; i < 4; i++)
				if (is_set[i])
					QN_TRY(verify(engine, pass, block, at + i * stride, hits));
		}
		at += 4 * (size_t)stride;
	}
	for (; at + gram_bytes <= block.len; at += stride)
		if (may_hold(pass, hash_of(gram_at(block.data + at, gram_bytes), bits)))
			QN_TRY(verify(engine, pass, block, at, hits));
	return NULL;
}

static struct qn_error *scan_block(const void *object, void *scratch, struct qn_text block,
				   struct qn_prefilter_hits *hits)
{
	const struct engine *engine = object;

	(void)scratch;
	for (size_t i = 0; i < PASSES_COUNT; i++) {
		const struct pass *pass = &engine->passes[i];

		if (!pass->literals_count)
			continue;
		switch (pass->gram_bytes) {
		case 4: QN_TRY(scan_pass(engine, pass, 4, block, hits)); break;
		case 2: QN_TRY(scan_pass(engine, pass, 2, block, hits)); break;
		default: QN_TRY(scan_pass(engine, pass, 1, block, hits)); break;
		}
	}
	return NULL;
}

static struct qn_error *scratch_create(const void *engine, void **ret)
{
	(void)engine;
	*ret = NULL;
	return NULL;
}

static void scratch_destroy(void *scratch)
{
	(void)scratch;
}

const struct qn_prefilter_ops qn_prefilter_portable = {
	.name = "portable",
	.create = engine_create,
	.destroy = engine_destroy,
	.scratch_create = scratch_create,
	.scratch_destroy = scratch_destroy,
	.scan = scan_block,
};
