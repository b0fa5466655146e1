/* report, show and merge: what the store holds. */
#include <stdlib.h>

#include "cli/datadir.h"
#include "cli/output.h"
#include "cli/setup.h"
#include "triage/family.h"
#include "triage/verdict.h"
#include "base/banned.h"

static struct qn_error *judge(const struct qn_options *options, struct qn_store *store)
{
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *rules = NULL;
	_cleanup_free_ char *datadir = NULL;

	QN_TRY(qn_datadir_find(&datadir));
	QN_TRY(qn_setup_rules(options, datadir, NULL, 0, 0, &issues, &rules));
	qn_setup_warn(options, &issues);
	return qn_verdict_update(store, rules);
}

static struct qn_error *find_families(struct qn_store *store)
{
	_cleanup_(qn_weights_destroy_guard) struct qn_weights *weights = NULL;
	_cleanup_free_ char *datadir = NULL;

	QN_TRY(qn_datadir_find(&datadir));
	QN_TRY(qn_setup_weights(datadir, &weights));
	return qn_family_update(store, weights);
}

/* Read-only, unless rules of the user's own are to judge. */
static struct qn_error *open_store(const struct qn_options *options, struct qn_store **ret)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	_cleanup_free_ char *db = NULL;
	bool is_judged = qn_setup_has_own_rules(options);

	QN_TRY(qn_setup_store_path(options, &db));
	QN_TRY(qn_store_open(db, is_judged ? 0 : QN_STORE_READ_ONLY, &store));
	if (is_judged)
		QN_TRY(judge(options, store));
	*ret = qn_take(store);
	return NULL;
}

struct qn_error *qn_cmd_report(const struct qn_call *call)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;

	QN_TRY(open_store(call->options, &store));
	return qn_setup_print(call, store, true);
}

struct qn_error *qn_cmd_show(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	char generated_at[QN_TIME_BYTES];
	struct qn_report_style style = qn_setup_style(call, true, generated_at);

	QN_TRY(open_store(options, &store));
	QN_TRY(qn_report_load(store, &options->filter, &report));
	QN_TRY(qn_report_show(report, store, qn_text_of(options->arguments[0]),
			      options->format != QN_OUTPUT_TEXT, &style, &out));
	return qn_output_write(options->output, qn_buffer_text(&out));
}

/* Every store is looked at before the first is merged: a wrong one leaves --db as it was. */
static struct qn_error *check_stores(const struct qn_options *options)
{
	for (size_t i = 0; i < options->arguments_count; i++) {
		_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;

		QN_TRY(qn_store_open(options->arguments[i], QN_STORE_READ_ONLY, &store));
	}
	return NULL;
}

struct qn_error *qn_cmd_merge(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer line = {0};
	_cleanup_free_ char *db = NULL;

	QN_TRY(qn_setup_store_path(options, &db));
	QN_TRY(check_stores(options));
	QN_TRY(qn_store_open(db, QN_STORE_CREATE, &store));
	for (size_t i = 0; i < options->arguments_count; i++)
		QN_TRY(qn_store_merge(store, options->arguments[i]));
	QN_TRY(judge(options, store));
	QN_TRY(find_families(store));
	if (options->is_quiet)
		return NULL;
	qn_buffer_printf(&line, "merged %zu store%s into %s\n", options->arguments_count,
			 options->arguments_count == 1 ? "" : "s", db);
	QN_TRY(qn_buffer_check(&line));
	return qn_output_write(options->output, qn_buffer_text(&line));
}
