/* What an ingest is: sources in, rows in the store out. */
#ifndef QN_TRIAGE_COLLECT_H
#define QN_TRIAGE_COLLECT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "core/core.h"
#include "rule/rule.h"
#include "signature/weight.h"
#include "stack/normalize.h"
#include "store/store.h"

struct qn_collect_options {
	const char *const *paths; /* files, folders, "-" */
	size_t paths_count;
	const char *const *symbols; /* folders and files with programs; may be none */
	size_t symbols_count;
	const char *sysroot; /* of cores; NULL: none */
	enum qn_unwinder_choice unwinder;
	unsigned jobs;        /* 0: the processors this process may use */
	struct qn_text label; /* may be empty */
	struct qn_text build; /* --build: the version where logs do not say */
	const struct qn_rule_set *rules;
	const struct qn_normalizer *normalizer;
	const struct qn_weights *weights;         /* of frames, for families; may be NULL */
	struct qn_store *store;                   /* open for writing */
	const volatile sig_atomic_t *interrupted; /* may be NULL; not zero: stop early, keep what is whole */
};

struct qn_collect_result {
	uint64_t sources, bytes, lines;
	uint64_t issues; /* damaged or skipped input: --strict makes these a failure */
	bool is_interrupted;
};

/* One batch: the rows, how lives ended, the verdicts of the rules, and families.
 * QN_ERROR_NOT_FOUND and QN_ERROR_SYSTEM for a path that was named and cannot be read (what a walk meets is
 * an issue). On error nothing of this ingest is in the store. */
struct qn_error *qn_collect(const struct qn_collect_options *options,
			    struct qn_collect_result *ret) QN_MUST_CHECK;

#endif
