/* core: why it died, and what every thread was at. */
#include <stdlib.h>

#include "base/json.h"
#include "cli/datadir.h"
#include "cli/output.h"
#include "cli/setup.h"
#include "report/report_core.h"
#include "signature/signature.h"
#include "triage/core_json.h"
#include "triage/cores.h"
#include "base/banned.h"

/* What all files are read with, and what was said of those before. */
struct reading {
	const struct qn_call *call;
	struct qn_normalizer *normalizer;
	struct qn_core_options core;
	struct qn_report_style style;
	char generated_at[QN_TIME_BYTES];
	struct qn_buffer out;
	uint64_t issues;
};

static void reading_deinit(struct reading *reading)
{
	qn_normalizer_destroy(reading->normalizer);
	qn_buffer_deinit(&reading->out);
}

static struct qn_error *prepare(struct reading *reading, const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *rules = NULL;
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	_cleanup_free_ char *datadir = NULL;

	reading->call = call;
	reading->core = (struct qn_core_options){.symbols = options->symbols,
						 .symbols_count = options->symbols_count,
						 .sysroot = options->sysroot,
						 .unwinder = options->unwinder};
	reading->style = qn_setup_style(call, false, reading->generated_at);
	QN_TRY(qn_setup_check_paths(options->arguments, options->arguments_count));
	QN_TRY(qn_setup_check_paths(options->symbols, options->symbols_count));
	QN_TRY(qn_setup_check_paths(&options->sysroot, options->sysroot ? 1 : 0));
	QN_TRY(qn_datadir_find(&datadir));
	QN_TRY(qn_setup_rules(options, datadir, NULL, 0, 0, &issues, &rules));
	QN_TRY(qn_setup_normalizer(datadir, rules, &reading->normalizer));
	qn_setup_warn(options, &issues);
	reading->issues = issues.count;
	return NULL;
}

/* One object is JSON, several are an array; or each is a line. */
static void put_json(struct reading *reading, struct qn_text object, size_t index)
{
	const struct qn_options *options = reading->call->options;
	bool is_array = options->format == QN_OUTPUT_JSON && options->arguments_count > 1;
	bool is_last = index + 1 == options->arguments_count;
	struct qn_json_writer json = {.out = &reading->out};

	if (options->format == QN_OUTPUT_NDJSON) { /* as an item of a list on one line, without that list */
		struct qn_buffer line = {0};
		struct qn_json_writer inlined = {.out = &line};

		qn_json_inline_array_begin(&inlined);
		qn_json_written(&inlined, object);
		qn_json_array_end(&inlined);
		if (!line.is_failed && line.len > 2)
			qn_buffer_append(&reading->out, line.data + 1, line.len - 2);
		reading->out.is_failed |= line.is_failed;
		qn_buffer_append_byte(&reading->out, '\n');
		qn_buffer_deinit(&line);
		return;
	}
	if (!is_array) {
		qn_json_written(&json, object);
		qn_buffer_append_byte(&reading->out, '\n');
		return;
	}
	qn_buffer_append_string(&reading->out, index ? ",\n  " : "[\n  ");
	json.depth = 1;
	json.is_after_key = true; /* the comma is there */
	qn_json_written(&json, object);
	qn_buffer_append_string(&reading->out, is_last ? "\n]\n" : "");
}

static struct qn_error *print(struct reading *reading, const struct qn_postmortem *postmortem,
			      const struct qn_signature *signature, size_t index)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer object = {0};

	if (reading->call->options->format == QN_OUTPUT_TEXT) {
		if (index)
			qn_buffer_append_string(&reading->out, "\n\n");
		return qn_report_core_text(postmortem, signature, &reading->style, &reading->out);
	}
	QN_TRY(qn_core_json(postmortem, signature, &object));
	put_json(reading, qn_buffer_text(&object), index);
	return qn_buffer_check(&reading->out);
}

/* What --strict counts: all that is odd, and files that would have told more. */
static uint64_t count_issues(const struct qn_postmortem *postmortem)
{
	uint64_t issues = postmortem->issues_count;
	const struct qn_core *core = postmortem->core;

	if (core && core->is_truncated && !postmortem->issues_count)
		issues++;
	for (size_t i = 0; core && i < core->modules_count; i++)
		issues += !core->modules[i].found.len && qn_text_starts(core->modules[i].path, QN_TEXT("/"));
	return issues;
}

static struct qn_error *read_file(struct reading *reading, size_t index)
{
	_cleanup_(qn_postmortem_destroy_guard) struct qn_postmortem *postmortem = NULL;
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_signature signature;

	QN_TRY(qn_postmortem_read(reading->normalizer, reading->call->options->arguments[index],
				  &reading->core, &postmortem));
	reading->issues += count_issues(postmortem);
	if (postmortem->failure)
		QN_TRY(qn_signature_of_stack(&arena, postmortem->failure, &signature));
	return print(reading, postmortem, postmortem->failure ? &signature : NULL, index);
}

struct qn_error *qn_cmd_core(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	_cleanup_(reading_deinit) struct reading reading = {0};

	QN_TRY(prepare(&reading, call));
	for (size_t i = 0; i < options->arguments_count; i++) {
		if (*call->interrupted)
			return qn_error_create(QN_ERROR_INTERRUPTED, "interrupted: nothing is printed");
		QN_TRY(read_file(&reading, i));
	}
	QN_TRY(qn_output_write(options->output, qn_buffer_text(&reading.out)));
	if (options->is_strict && reading.issues)
		return qn_error_create(
			QN_ERROR_STRICT,
			"--strict: %ju issue%s with the input or with the files that belong to "
			"it; the report lists them",
			(uintmax_t)reading.issues, reading.issues == 1 ? "" : "s");
	return NULL;
}
