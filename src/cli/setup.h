/* What several commands do first and last: find rules and store, print the report. */
#ifndef QN_CLI_SETUP_H
#define QN_CLI_SETUP_H

#include "cli/command.h"
#include "rule/rule.h"
#include "signature/weight.h"
#include "stack/normalize.h"
#include "store/store.h"

/* The rules that the options ask for. @issues gets warnings (unknown keys) and, with --keep-going, bad files.
 * @paths  further rule files; borrowed */
struct qn_error *qn_setup_rules(const struct qn_options *options, const char *datadir,
				const char *const *paths, size_t paths_count, unsigned flags,
				struct qn_issues *issues, struct qn_rule_set **ret) QN_MUST_CHECK;

/* The frame tables: the user's own, then the shipped ones. */
struct qn_error *qn_setup_normalizer(const char *datadir, const struct qn_rule_set *rules,
				     struct qn_normalizer **ret) QN_MUST_CHECK;

/* A path that is not there or cannot be read is told before anything is made. */
struct qn_error *qn_setup_check_paths(const char *const *paths, size_t count) QN_MUST_CHECK;

/* The shipped weights of frames, by which families are found. */
struct qn_error *qn_setup_weights(const char *datadir, struct qn_weights **ret) QN_MUST_CHECK;

/* The store of commands that keep one: --db, $QNTRIAGE_DB, $XDG_STATE_HOME/qntriage/store.db (~/.local/state
 * where that is not set). @ret is the caller's to free(). QN_ERROR_STORE: none can be had. */
struct qn_error *qn_setup_store_path(const struct qn_options *options, char **ret) QN_MUST_CHECK;

/* Do the options change which rules judge? */
bool qn_setup_has_own_rules(const struct qn_options *options);

/* Warnings on standard error, unless --quiet. */
void qn_setup_warn(const struct qn_options *options, const struct qn_issues *issues);

/* How this reader gets a report. @generated_at  QN_TIME_BYTES, for the style's text */
struct qn_report_style qn_setup_style(const struct qn_call *call, bool is_kept, char *generated_at);

/* Loads the report of @store and prints it as the options say. */
struct qn_error *qn_setup_print(const struct qn_call *call, struct qn_store *store,
				bool is_kept) QN_MUST_CHECK;

#endif
