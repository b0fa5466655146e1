/* The commands: one line each in a table (command.c), one function each (cmd_<verb>.c). */
#ifndef QN_CLI_COMMAND_H
#define QN_CLI_COMMAND_H

#include <signal.h>

#include "cli/options.h"

/* What a command gets. */
struct qn_call {
	const struct qn_options *options;
	struct qn_time now; /* SOURCE_DATE_EPOCH, else the clock */
	const volatile sig_atomic_t *interrupted;
};

struct qn_command {
	const char *name;
	const char *usage; /* what follows the name */
	const char *summary;
	const char *details; /* for `help COMMAND`; may be NULL */
	struct qn_error *(*run)(
		const struct qn_call *call); /* NULL: of the contract, and still to be built */
	unsigned arguments_min, arguments_max;
};

extern const struct qn_command qn_commands[];
extern const size_t qn_commands_count;

/* NULL: there is none of this name. */
const struct qn_command *qn_command_find(const char *name);

/* QN_ERROR_USAGE: no command, an unknown one (with the nearest), too few or too many arguments. */
struct qn_error *qn_command_run(const struct qn_call *call) QN_MUST_CHECK;

struct qn_error *qn_cmd_analyze(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_ingest(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_report(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_show(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_merge(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_core(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_rules(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_symbolize(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_templates(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_help(const struct qn_call *call) QN_MUST_CHECK;
struct qn_error *qn_cmd_version(const struct qn_call *call) QN_MUST_CHECK;

#endif
