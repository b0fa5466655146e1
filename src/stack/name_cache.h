/* What the names of functions mean, once they were read: a collection shows the same few thousand again and
 * again, and one of Folly's continuations has 10 kB. What is kept depends on the name and its file alone, so
 * that nobody can tell a found meaning from one that was read anew. Bounded; for several threads. */
#ifndef QN_STACK_NAME_CACHE_H
#define QN_STACK_NAME_CACHE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "stack/stack.h"

struct qn_name_cache;

/* The part of a frame that its name and file tell. */
struct qn_name_meaning {
	struct qn_text function, key, file;
	enum qn_role role;
	bool is_go, is_inlined, is_ladder, is_damaged;
};

struct qn_error *qn_name_cache_create(struct qn_name_cache **ret) QN_MUST_CHECK;
void qn_name_cache_destroy(struct qn_name_cache *cache);

/* The texts of @ret live as long as the cache. False: not there. */
bool qn_name_cache_find(struct qn_name_cache *cache, struct qn_text name, struct qn_text file,
			struct qn_name_meaning *ret);

/* Copies. Does nothing when the cache is full or memory ran out. */
void qn_name_cache_put(struct qn_name_cache *cache, struct qn_text name, struct qn_text file,
		       const struct qn_name_meaning *meaning);

#endif
