/* Sequences of tokens, and their grouping. */
#ifndef QN_SIGNATURE_MINER_SHAPE_H
#define QN_SIGNATURE_MINER_SHAPE_H

#include "base/error.h"
#include "signature/miner_token.h"

struct qn_shape {
	uint64_t key;            /* of the tokens as they were added */
	struct qn_token *tokens; /* of a shape that stands for several: values where they differ */
	uint32_t tokens_count;
	uint32_t parent; /* the shape that it was grouped with; itself: none */
	uint32_t group;  /* of a finished miner */
	bool has_ids;
	bool is_group; /* it stands for several shapes */
	uint64_t lines;
};

/* Order matters, blanks do not. */
uint64_t qn_shape_key(const struct qn_token *tokens, size_t count);
/* The part of the key that the token at @at makes: a sum, so that one can be taken out. */
uint64_t qn_shape_key_part(const struct qn_token *token, size_t at);

static inline uint32_t qn_shape_root(const struct qn_shape *shapes, uint32_t i)
{
	while (shapes[i].parent != i)
		i = shapes[i].parent;
	return i;
}

/* An id that is not always the same is a value. */
void qn_shape_differ(struct qn_shape *shape, const struct qn_token *tokens);

/* Groups shapes by setting their parents; the first one of a group is its root. @may_shorten  shapes of
 * different length may come together; their tokens_count changes. */
struct qn_error *qn_shapes_group(struct qn_shape *shapes, size_t count, bool may_shorten) QN_MUST_CHECK;

#endif
