/* analyze and ingest: read, judge, and (analyze) print. */
#include <stdlib.h>

#include "cli/datadir.h"
#include "cli/output.h"
#include "cli/setup.h"
#include "report/report_text.h"
#include "triage/collect.h"
#include "base/banned.h"

/* @store is opened late: a mistake on the command line or in a rule leaves no empty store behind. */
struct intake {
	struct qn_rule_set *rules;
	struct qn_normalizer *normalizer;
	struct qn_weights *weights;
	struct qn_store *store;
	struct qn_issues issues; /* of rule files */
	struct qn_collect_result result;
};

static void intake_deinit(struct intake *intake)
{
	qn_store_close(intake->store);
	qn_weights_destroy(intake->weights);
	qn_normalizer_destroy(intake->normalizer);
	qn_rule_set_destroy(intake->rules);
	qn_issues_deinit(&intake->issues);
}

static struct qn_error *take_in(struct intake *intake, const struct qn_call *call, const char *db)
{
	const struct qn_options *options = call->options;
	_cleanup_free_ char *datadir = NULL;
	struct qn_collect_options collect = {
		.paths = options->arguments,
		.paths_count = options->arguments_count,
		.symbols = options->symbols,
		.symbols_count = options->symbols_count,
		.sysroot = options->sysroot,
		.unwinder = options->unwinder,
		.jobs = options->jobs,
		.label = options->label,
		.build = options->build,
		.interrupted = call->interrupted,
	};

	QN_TRY(qn_setup_check_paths(options->arguments, options->arguments_count));
	QN_TRY(qn_setup_check_paths(options->symbols, options->symbols_count));
	QN_TRY(qn_setup_check_paths(&options->sysroot, options->sysroot ? 1 : 0));
	QN_TRY(qn_datadir_find(&datadir));
	QN_TRY(qn_setup_weights(datadir, &intake->weights));
	QN_TRY(qn_setup_rules(options, datadir, NULL, 0, 0, &intake->issues, &intake->rules));
	QN_TRY(qn_setup_normalizer(datadir, intake->rules, &intake->normalizer));
	QN_TRY(qn_store_open(db, QN_STORE_CREATE, &intake->store));
	collect.rules = intake->rules;
	collect.normalizer = intake->normalizer;
	collect.weights = intake->weights;
	collect.store = intake->store;
	return qn_collect(&collect, &intake->result);
}

/* What is true although everything was done. */
static struct qn_error *conclude(const struct intake *intake, const struct qn_options *options,
				 const char *what)
{
	uint64_t issues = intake->result.issues + intake->issues.count;

	if (intake->result.is_interrupted)
		return qn_error_create(QN_ERROR_INTERRUPTED, "interrupted: %s what was read until then",
				       what);
	if (options->is_strict && issues)
		return qn_error_create(QN_ERROR_STRICT,
				       "--strict: %ju issue%s with the input; the report lists them",
				       (uintmax_t)issues, issues == 1 ? "" : "s");
	return NULL;
}

/* Into the report, whose store nobody else sees. */
static struct qn_error *add_rule_issues(struct intake *intake)
{
	if (!intake->issues.count)
		return NULL;
	QN_TRY(qn_store_begin(intake->store));
	for (size_t i = 0; i < intake->issues.count; i++)
		QN_TRY(qn_store_add_issue(intake->store, 0, &intake->issues.items[i]));
	return qn_store_commit(intake->store);
}

struct qn_error *qn_cmd_analyze(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	_cleanup_(intake_deinit) struct intake intake = {0};

	QN_TRY(take_in(&intake, call, options->db));
	qn_setup_warn(options, &intake.issues);
	if (!options->db)
		QN_TRY(add_rule_issues(&intake));
	QN_TRY(qn_setup_print(call, intake.store, options->db != NULL));
	return conclude(&intake, options, "the report covers");
}

static struct qn_error *print_summary(const struct qn_call *call, struct intake *intake, const char *db)
{
	const struct qn_report_filter everything = {0};
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer line = {0};
	const struct qn_collect_result *result = &intake->result;

	if (call->options->is_quiet)
		return NULL;
	QN_TRY(qn_report_load(intake->store, &everything, &report));
	qn_buffer_append_string(&line, "read ");
	qn_append_plural(&line, result->sources, "source");
	qn_buffer_append_string(&line, ", ");
	qn_append_plural(&line, result->lines, "line");
	qn_buffer_append_string(&line, ", ");
	qn_append_plural(&line, result->bytes, "byte");
	qn_buffer_append_string(&line, ", ");
	qn_append_plural(&line, result->issues, "issue");
	qn_buffer_printf(&line, "; %s now holds ", db);
	qn_append_plural(&line, report->failures_count, "failure");
	qn_buffer_append_string(&line, " and ");
	qn_append_plural(&line, report->signatures_count - report->failures_count, "kind");
	qn_buffer_append_string(&line, " of logged errors\n");
	QN_TRY(qn_buffer_check(&line));
	return qn_output_write(call->options->output, qn_buffer_text(&line));
}

struct qn_error *qn_cmd_ingest(const struct qn_call *call)
{
	_cleanup_(intake_deinit) struct intake intake = {0};
	_cleanup_free_ char *db = NULL;

	QN_TRY(qn_setup_store_path(call->options, &db));
	QN_TRY(take_in(&intake, call, db));
	qn_setup_warn(call->options, &intake.issues);
	QN_TRY(print_summary(call, &intake, db));
	return conclude(&intake, call->options, "the store has");
}
