/* Finds among many prefixes the one that comes first in the table and begins a text, in one pass over the
 * text. */
#ifndef QN_STACK_PREFIX_TREE_H
#define QN_STACK_PREFIX_TREE_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define QN_PREFIX_NONE UINT32_MAX

struct qn_prefix_node {
	uint32_t child, sibling; /* 0: none */
	uint32_t value;
	unsigned char byte;
};

struct qn_prefix_tree {
	struct qn_prefix_node *nodes; /* nodes[0] is not used */
	size_t count, capacity;
	uint32_t roots[256];
};

void qn_prefix_tree_deinit(struct qn_prefix_tree *tree);

/* @is_reversed: a suffix. Of one prefix put twice the lower value stays. */
struct qn_error *qn_prefix_tree_put(struct qn_prefix_tree *tree, struct qn_text prefix, bool is_reversed,
				    uint32_t value) QN_MUST_CHECK;

/* The lowest value of all prefixes that @text begins (ends) with; QN_PREFIX_NONE. */
uint32_t qn_prefix_tree_find(const struct qn_prefix_tree *tree, struct qn_text text, bool is_reversed);

#endif
