#include "stack/prefix_tree.h"

#include <stdlib.h>

#include "base/banned.h"

void qn_prefix_tree_deinit(struct qn_prefix_tree *tree)
{
	free(tree->nodes);
	*tree = (struct qn_prefix_tree){0};
}

static unsigned char byte_at(struct qn_text text, bool is_reversed, size_t i)
{
	return (unsigned char)text.data[is_reversed ? text.len - 1 - i : i];
}

static uint32_t find_sibling(const struct qn_prefix_tree *tree, uint32_t node, unsigned char byte)
{
	while (node && tree->nodes[node].byte != byte)
		node = tree->nodes[node].sibling;
	return node;
}

/* @parent  0: a root */
static struct qn_error *add_node(struct qn_prefix_tree *tree, uint32_t parent, unsigned char byte,
				 uint32_t *ret)
{
	uint32_t *first;

	QN_TRY(qn_array_reserve(&tree->nodes, &tree->capacity, tree->count + 2, sizeof(*tree->nodes)));
	if (tree->count == 0)
		tree->nodes[tree->count++] = (struct qn_prefix_node){.value = QN_PREFIX_NONE};
	first = parent ? &tree->nodes[parent].child : &tree->roots[byte];
	*ret = (uint32_t)tree->count;
	tree->nodes[tree->count++] =
		(struct qn_prefix_node){.sibling = *first, .value = QN_PREFIX_NONE, .byte = byte};
	*first = *ret;
	return NULL;
}

struct qn_error *qn_prefix_tree_put(struct qn_prefix_tree *tree, struct qn_text prefix, bool is_reversed,
				    uint32_t value)
{
	uint32_t node = 0;

	for (size_t i = 0; i < prefix.len; i++) {
		unsigned char byte = byte_at(prefix, is_reversed, i);
		uint32_t next = node ? find_sibling(tree, tree->nodes[node].child, byte) : tree->roots[byte];

		if (!next)
			QN_TRY(add_node(tree, node, byte, &next));
		node = next;
	}
	if (node && value < tree->nodes[node].value)
		tree->nodes[node].value = value;
	return NULL;
}

uint32_t qn_prefix_tree_find(const struct qn_prefix_tree *tree, struct qn_text text, bool is_reversed)
{
	uint32_t node, best = QN_PREFIX_NONE;

	if (text.len == 0)
		return best;
	node = tree->roots[byte_at(text, is_reversed, 0)];
	for (size_t i = 1; node; i++) {
		if (tree->nodes[node].value < best)
			best = tree->nodes[node].value;
		if (i == text.len)
			break;
		node = find_sibling(tree, tree->nodes[node].child, byte_at(text, is_reversed, i));
	}
	return best;
}
