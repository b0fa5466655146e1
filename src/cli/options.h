/* The command line as a struct. */
#ifndef QN_CLI_OPTIONS_H
#define QN_CLI_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "core/core.h"
#include "record/timestamp.h"
#include "report/report.h"

enum qn_output_format { QN_OUTPUT_TEXT, QN_OUTPUT_JSON, QN_OUTPUT_NDJSON };
enum qn_color_choice { QN_COLOR_AUTO, QN_COLOR_ALWAYS, QN_COLOR_NEVER };

/* Strings are borrowed from argv. */
struct qn_options {
	const char *command;          /* NULL: none given */
	const char *const *arguments; /* behind the command */
	size_t arguments_count;

	const char *db;     /* NULL: the command's default */
	const char **rules; /* --rules, in their order */
	size_t rules_count;
	const char **symbols; /* --symbols, in their order */
	size_t symbols_count;
	const char *sysroot; /* NULL: none */
	enum qn_unwinder_choice unwinder;
	bool has_default_rules;
	enum qn_output_format format;
	const char *output; /* NULL: standard output */
	unsigned jobs;      /* 0: the processors this process may use */
	struct qn_report_filter filter;
	struct qn_text build, label;
	enum qn_color_choice color;
	bool is_quiet, is_verbose, is_strict, is_keep_going;
	bool is_raw, is_per_line; /* templates */
	bool wants_help, wants_version;
};

/* @argv  is put in another order (options first)
 * @now   what --since 90m counts back from
 * QN_ERROR_USAGE, with the nearest name that there is; QN_ERROR_NOT_FOUND for an option of the contract that
 * is not built yet. */
struct qn_error *qn_options_parse(struct qn_options *options, int argc, char **argv,
				  struct qn_time now) QN_MUST_CHECK;
void qn_options_deinit(struct qn_options *options);

/* A moment: RFC 3339, or a duration back from @now: 90m, 2d, 1h30m (units s m h d w). */
bool qn_options_moment(struct qn_text text, struct qn_time now, struct qn_time *ret);

#endif
