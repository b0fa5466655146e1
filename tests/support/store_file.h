/* For the tests of the store as a file: stores with a few events in them. */
#ifndef QN_TESTS_SUPPORT_STORE_FILE_H
#define QN_TESTS_SUPPORT_STORE_FILE_H

#include "support/store_dump.h"

static inline struct qn_store *open_store(const char *path, unsigned flags)
{
	struct qn_store *store = NULL;

	assert_no_error(qn_store_open(path, flags, &store));
	assert_non_null(store);
	return store;
}

static inline void assert_store_error(struct qn_error *error, const char *path, const char *rest)
{
	char message[1024];

	snprintf(message, sizeof(message), "%s: %s", path, rest);
	assert_error(error, QN_ERROR_STORE, message);
}

static inline void add_events(struct qn_store *store, unsigned from, unsigned count)
{
	struct qn_store_source source = {
		.path = QN_TEXT("a.log"), .content = QN_TEXT("c0ffee"), .run = QN_TEXT("r1")};
	struct qn_store_signature signature = {
		.id = QN_TEXT("QN-1"), .kind = QN_TEXT("crash"), .confidence = 1};
	struct qn_store_occurrence occurrence = {.signature = signature.id,
						 .message = QN_TEXT("index out of range")};
	char id[40], evidence[40];

	assert_no_error(qn_store_add_run(store, &(struct qn_store_run){.id = QN_TEXT("r1")}));
	assert_no_error(qn_store_add_source(store, &source, &occurrence.source));
	assert_no_error(qn_store_add_signature(store, &signature));
	for (unsigned i = from; i < from + count; i++) {
		snprintf(id, sizeof(id), "%08x%024x", i * 2654435761U, i);
		snprintf(evidence, sizeof(evidence), "e%u", i);
		occurrence.id = qn_text_of(id);
		occurrence.evidence = qn_text_of(evidence);
		occurrence.line = i;
		assert_no_error(qn_store_add_occurrence(store, &occurrence));
	}
}

static inline char *dump_of(const char *path)
{
	struct qn_store *store = open_store(path, QN_STORE_READ_ONLY);
	char *dump = dump_store(store);

	qn_store_close(store);
	return dump;
}

/* A store with events 0 to 9. */
static inline char *make_store(const char *path)
{
	struct qn_store *store = open_store(path, QN_STORE_CREATE);

	assert_no_error(qn_store_begin(store));
	add_events(store, 0, 10);
	assert_no_error(qn_store_commit(store));
	qn_store_close(store);
	return dump_of(path);
}

#endif
