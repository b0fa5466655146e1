/* Counts by key while shapes are grouped. */
#ifndef QN_SIGNATURE_MINER_FAMILY_H
#define QN_SIGNATURE_MINER_FAMILY_H

#include "signature/miner_shape.h"

struct qn_family {
	uint64_t key;
	uint64_t lines, lines_max; /* of columns: all, and of the most frequent word */
	uint32_t column;
	uint32_t shapes, names, marks, verbs;
	uint32_t root; /* + 1; 0: none yet */
	bool has_value, has_id;
};

struct qn_families {
	struct qn_family *slots;
	size_t slots_count;
};

static inline uint64_t qn_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	return x ^ (x >> 32);
}

struct qn_family *qn_family_find(const struct qn_families *families, uint64_t key);

/* Words behind "key=" and in quotes that are not always the same become values. */
bool qn_shapes_open_slots(struct qn_families *families, struct qn_shape *shapes, size_t count);
/* "failed: no route to host", "(by the user)": several words at the end or in brackets, where they differ
 * and nothing else does, become one value. The shapes get shorter. @may_gap  several words anywhere, too (six
 * families a token) */
bool qn_shapes_open_holes(struct qn_families *families, struct qn_shape *shapes, size_t count, bool may_gap);
/* Shapes that have another word only where a group's words were found to be values join it. */
bool qn_shapes_absorb(struct qn_families *families, struct qn_shape *shapes, size_t count);

#endif
