#include "cli/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/datadir.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "base/banned.h"

/* A rule path that is not there is told as such. */
static struct qn_error *check_rules(const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (access(paths[i], R_OK) != 0)
			return qn_error_create(QN_ERROR_NOT_FOUND, "%s: %s; %s", paths[i],
					       errno == ENOENT ? "there is no such rule file or folder"
							       : "the rules there cannot be read",
					       errno == ENOENT ? "check the path" : "check its permissions");
	return NULL;
}

struct qn_error *qn_setup_rules(const struct qn_options *options, const char *datadir,
				const char *const *paths, size_t paths_count, unsigned flags,
				struct qn_issues *issues, struct qn_rule_set **ret)
{
	_cleanup_free_ char *shipped = qn_path_join(datadir, "rules/milvus");
	_cleanup_free_ const char **all = calloc(options->rules_count + paths_count + 1, sizeof(*all));
	size_t count = 0;

	if (!shipped || !all)
		return &qn_error_no_memory;
	if (!options->is_keep_going) {
		QN_TRY(check_rules(options->rules, options->rules_count));
		QN_TRY(check_rules(paths, paths_count));
	}
	if (options->has_default_rules)
		all[count++] = shipped;
	for (size_t i = 0; i < options->rules_count; i++)
		all[count++] = options->rules[i];
	for (size_t i = 0; i < paths_count; i++)
		all[count++] = paths[i];
	if (options->is_strict)
		flags |= QN_RULES_STRICT;
	if (options->is_keep_going)
		flags |= QN_RULES_KEEP_GOING;
	return qn_rule_set_load(all, count, flags, issues, ret);
}

static struct qn_error *copy_path(const char *path, char **ret)
{
	*ret = strdup(path);
	return *ret ? NULL : &qn_error_no_memory;
}

struct qn_error *qn_setup_weights(const char *datadir, struct qn_weights **ret)
{
	_cleanup_free_ char *path = qn_path_join(datadir, "rules/weights.yaml");

	return path ? qn_weights_load(path, ret) : &qn_error_no_memory;
}

struct qn_error *qn_setup_store_path(const struct qn_options *options, char **ret)
{
	const char *from_environment = getenv("QNTRIAGE_DB"), *state = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");
	int length;

	if (options->db)
		return copy_path(options->db, ret);
	if (from_environment && *from_environment)
		return copy_path(from_environment, ret);
	if (state && *state == '/')
		length = asprintf(ret, "%s/qntriage/store.db", state);
	else if (home && *home == '/')
		length = asprintf(ret, "%s/.local/state/qntriage/store.db", home);
	else
		return qn_error_create(
			QN_ERROR_STORE,
			"no place for the store: give --db STORE, or set QNTRIAGE_DB or XDG_STATE_HOME");
	if (length >= 0)
		return NULL;
	*ret = NULL;
	return &qn_error_no_memory;
}

bool qn_setup_has_own_rules(const struct qn_options *options)
{
	return options->rules_count || !options->has_default_rules;
}

void qn_setup_warn(const struct qn_options *options, const struct qn_issues *issues)
{
	for (size_t i = 0; !options->is_quiet && i < issues->count; i++) {
		const struct qn_issue *issue = &issues->items[i];
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

		qn_buffer_append_string(&text, "warning: ");
		if (issue->source.len && !qn_text_starts(issue->text, issue->source))
			qn_buffer_printf(&text, "%.*s: ", QN_ARG(issue->source));
		qn_buffer_append_text(&text, issue->text);
		qn_output_complain(qn_buffer_text(&text));
	}
}

struct qn_report_style qn_setup_style(const struct qn_call *call, bool is_kept, char *generated_at)
{
	return (struct qn_report_style){
		.width = qn_terminal_width(call->options),
		.has_color = qn_terminal_has_color(call->options),
		.is_verbose = call->options->is_verbose,
		.is_kept = is_kept,
		.generated_at = qn_text_of(qn_time_format(call->now, generated_at)),
	};
}

struct qn_error *qn_setup_print(const struct qn_call *call, struct qn_store *store, bool is_kept)
{
	static struct qn_error *(*const faces[])(const struct qn_report *report,
						 const struct qn_report_style *style,
						 struct qn_buffer *out) = {
		[QN_OUTPUT_TEXT] = qn_report_print_text,
		[QN_OUTPUT_JSON] = qn_report_print_json,
		[QN_OUTPUT_NDJSON] = qn_report_print_ndjson,
	};
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	char generated_at[QN_TIME_BYTES];
	struct qn_report_style style = qn_setup_style(call, is_kept, generated_at);

	QN_TRY(qn_report_load(store, &call->options->filter, &report));
	QN_TRY(faces[call->options->format](report, &style, &out));
	return qn_output_write(call->options->output, qn_buffer_text(&out));
}

/* The first match wins: the user's own tables come before the shipped ones. */
struct qn_error *qn_setup_normalizer(const char *datadir, const struct qn_rule_set *rules,
				     struct qn_normalizer **ret)
{
	_cleanup_free_ char *frames = qn_path_join(datadir, "rules/frames.yaml");
	_cleanup_free_ char *folly = qn_path_join(datadir, "rules/folly.yaml");
	_cleanup_free_ const char **paths = NULL;
	const char *const *tables;
	size_t count = qn_rule_set_tables(rules, &tables);

	paths = calloc(count + 2, sizeof(*paths));
	if (!frames || !folly || !paths)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++)
		paths[i] = tables[i];
	paths[count] = folly;
	paths[count + 1] = frames;
	return qn_normalizer_create(paths, count + 2, ret);
}

struct qn_error *qn_setup_check_paths(const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *path = paths[i];

		if (strcmp(path, "-") == 0 || access(path, R_OK) == 0)
			continue;
		if (errno == EACCES)
			return qn_error_create(QN_ERROR_NOT_FOUND,
					       "%s: may not be read; check its permissions", path);
		return qn_error_create(QN_ERROR_NOT_FOUND,
				       "%s: there is no such file or folder; check the path", path);
	}
	return NULL;
}
