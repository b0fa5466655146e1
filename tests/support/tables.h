/* The shipped frame tables, for tests that need real ones. */
#ifndef QN_TESTS_SUPPORT_TABLES_H
#define QN_TESTS_SUPPORT_TABLES_H

#include "stack/normalize.h"
#include "support/test.h"

static inline struct qn_normalizer *qn_shipped_normalizer(void)
{
	struct qn_normalizer *normalizer = NULL;
	char folly[4096], frames[4096];
	const char *paths[] = {folly, frames};

	snprintf(folly, sizeof(folly), "%s/rules/folly.yaml", qn_srcdir());
	snprintf(frames, sizeof(frames), "%s/rules/frames.yaml", qn_srcdir());
	assert_no_error(qn_normalizer_create(paths, 2, &normalizer));
	return normalizer;
}

#endif
