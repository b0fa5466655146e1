/* For the tests of the store: a private one, and the rows that nearly every test needs. */
#ifndef QN_TESTS_SUPPORT_STORE_ROWS_H
#define QN_TESTS_SUPPORT_STORE_ROWS_H

#include "support/store_dump.h"

static inline struct qn_store *open_private(void)
{
	struct qn_store *store = NULL;

	assert_no_error(qn_store_open(NULL, 0, &store));
	return store;
}

static inline struct qn_time at_second(int64_t second)
{
	return (struct qn_time){second * 1000000000, true, 3};
}

static inline int64_t add_source(struct qn_store *store, const char *path, const char *content,
				 const char *run)
{
	struct qn_store_source source = {qn_text_of(path), .content = qn_text_of(content),
					 .run = qn_text_of(run)};
	int64_t id = 0;

	assert_no_error(qn_store_add_source(store, &source, &id));
	assert_true(id > 0);
	return id;
}

static inline void add_signature(struct qn_store *store, const char *id, const char *kind)
{
	struct qn_store_signature signature = {
		.id = qn_text_of(id), .kind = qn_text_of(kind), .confidence = 1};

	assert_no_error(qn_store_add_signature(store, &signature));
}

#endif
