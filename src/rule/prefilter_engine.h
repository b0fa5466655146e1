/* What an engine of the prefilter provides. Internal to prefilter*.c. */
#ifndef QN_RULE_PREFILTER_ENGINE_H
#define QN_RULE_PREFILTER_ENGINE_H

#include "rule/prefilter.h"

/* Hits of one scan, in any order until prefilter.c has sorted them. */
struct qn_prefilter_hits {
	struct qn_prefilter_hit *items;
	size_t count, capacity;
};

static inline struct qn_error *qn_prefilter_hits_add(struct qn_prefilter_hits *hits, size_t last,
						     uint32_t literal)
{
	QN_TRY(qn_array_reserve(&hits->items, &hits->capacity, hits->count + 1, sizeof(*hits->items)));
	hits->items[hits->count++] = (struct qn_prefilter_hit){.last = (uint32_t)last, .literal = literal};
	return NULL;
}

struct qn_prefilter_ops {
	const char *name;
	/* @literals live as long as the engine; @count is at least 1.
	 * QN_ERROR_UNRECOGNIZED: this machine or these literals are not for this engine, use the other one.
	 */
	struct qn_error *(*create)(const struct qn_text *literals, size_t count, void **ret);
	void (*destroy)(void *engine);
	struct qn_error *(*scratch_create)(const void *engine, void **ret);
	void (*scratch_destroy)(void *scratch);
	struct qn_error *(*scan)(const void *engine, void *scratch, struct qn_text block,
				 struct qn_prefilter_hits *hits);
};

extern const struct qn_prefilter_ops qn_prefilter_portable;
extern const struct qn_prefilter_ops *const qn_prefilter_hyperscan; /* NULL: built without */

#endif
