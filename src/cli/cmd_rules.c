/* rules list, rules check. */
#include <stdlib.h>

#include "cli/datadir.h"
#include "cli/nearest.h"
#include "cli/output.h"
#include "cli/setup.h"
#include "base/banned.h"

static const char *severity_name(unsigned severity)
{
	static const char *const names[] = {"critical", "high", "medium", "low", "info"};

	return severity < sizeof(names) / sizeof(names[0]) ? names[severity] : "unknown";
}

static void append_rule(struct qn_buffer *out, const struct qn_rule *rule)
{
	qn_buffer_printf(out, "%-28.*s  %-8s  ", QN_ARG(rule->id), severity_name(rule->severity));
	if (rule->issue.len)
		qn_buffer_printf(out, "#%.*s ", QN_ARG(rule->issue));
	qn_buffer_printf(out, "%.*s\n", QN_ARG(rule->title));
}

static struct qn_error *load(const struct qn_call *call, unsigned flags, struct qn_rule_set **ret)
{
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	_cleanup_free_ char *datadir = NULL;

	QN_TRY(qn_datadir_find(&datadir));
	QN_TRY(qn_setup_rules(call->options, datadir, call->options->arguments + 1,
			      call->options->arguments_count - 1, flags, &issues, ret));
	qn_setup_warn(call->options, &issues);
	return NULL;
}

static struct qn_error *list(const struct qn_call *call, struct qn_buffer *out)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *rules = NULL;

	QN_TRY(load(call, 0, &rules));
	for (size_t i = 0; i < qn_rule_set_count(rules); i++)
		append_rule(out, qn_rule_set_get(rules, i));
	return NULL;
}

static struct qn_error *check(const struct qn_call *call, struct qn_buffer *out)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *rules = NULL;
	const char *const *tables;
	size_t count, tables_count;

	QN_TRY(load(call, QN_RULES_STRICT, &rules));
	count = qn_rule_set_count(rules);
	tables_count = qn_rule_set_tables(rules, &tables);
	qn_buffer_printf(out, "ok: %zu rule%s", count, count == 1 ? "" : "s");
	if (tables_count)
		qn_buffer_printf(out, ", %zu frame table%s", tables_count, tables_count == 1 ? "" : "s");
	qn_buffer_append_byte(out, '\n');
	return NULL;
}

static const struct {
	const char *name;
	struct qn_error *(*run)(const struct qn_call *call,
				struct qn_buffer *out); /* NULL: still to be built */
} verbs[] = {{"list", list}, {"check", check}, {"test", NULL}, {"explain", NULL}};

#define VERBS_COUNT (sizeof(verbs) / sizeof(verbs[0]))

struct qn_error *qn_cmd_rules(const struct qn_call *call)
{
	const char *name = call->options->arguments[0];
	const char *nearest = qn_nearest(name, &verbs[0].name, VERBS_COUNT, sizeof(verbs[0]));
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	for (size_t i = 0; i < VERBS_COUNT; i++) {
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		if (!verbs[i].run)
			return qn_error_create(QN_ERROR_NOT_FOUND,
					       "`rules %s` is not built yet; see docs/limits.md", name);
		QN_TRY(verbs[i].run(call, &out));
		QN_TRY(qn_buffer_check(&out));
		return qn_output_write(call->options->output, qn_buffer_text(&out));
	}
	return qn_error_create(QN_ERROR_USAGE, "rules %s: there is no such verb; did you mean `rules %s`?",
			       name, nearest ? nearest : "list");
}
