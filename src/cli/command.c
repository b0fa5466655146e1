#include "cli/command.h"

#include <limits.h>

#include "cli/nearest.h"
#include "base/banned.h"

const struct qn_command qn_commands[] = {
	{"analyze", "PATH...", "read logs and print what failed: the main job",
	 "PATH is a file, a folder (walked), or - for standard input. Nothing is kept, unless --db names a "
	 "store.",
	 qn_cmd_analyze, 1, UINT_MAX},
	{"ingest", "PATH...", "read logs into the store",
	 "The same evidence twice counts once. Prints one line; `qntriage report` prints the rest.",
	 qn_cmd_ingest, 1, UINT_MAX},
	{"report", "", "report on what the store holds",
	 "Verdicts are those of the last ingest or merge; with --rules or --no-default-rules they are made "
	 "anew.",
	 qn_cmd_report, 0, 0},
	{"show", "ID", "the whole story of one signature, occurrence or process",
	 "ID may be cut short as long as it is the only one that begins so; QN- may be left out.",
	 qn_cmd_show, 1, 1},
	{"core", "FILE...", "why it died: threads grouped, pools, locks",
	 "FILE is a core (ELF, x86-64 or AArch64 Linux) or what gdb, eu-stack or pstack printed of all "
	 "threads, "
	 "each\nplain or packed (gz, xz, zst, lz4), or - for standard input. --symbols and --sysroot say "
	 "where "
	 "its binaries\nand debug files are; one of another build is never used. See docs/cores.md.",
	 qn_cmd_core, 1, UINT_MAX},
	{"merge", "STORE...", "put the contents of other stores into --db", NULL, qn_cmd_merge, 1, UINT_MAX},
	{"rules", "list|check [PATH...]", "the known issues, and whether rule files are right",
	 "`check` refuses unknown keys too. Prints nothing but ok, or the first mistake with its place.",
	 qn_cmd_rules, 1, UINT_MAX},
	{"templates", "PATH...", "message templates with counts",
	 "Of any log, all levels, the most frequent first. With --raw lines are bare messages; with "
	 "--per-line, too, "
	 "it prints GROUP, a tab and TEMPLATE for each line.",
	 qn_cmd_templates, 1, UINT_MAX},
	{"help", "[COMMAND]", "this list, or one command", NULL, qn_cmd_help, 0, 1},
	{"version", "", "version and engines", NULL, qn_cmd_version, 0, 0},
	{"diff", "OLD NEW", "what is new, gone, more, fewer", NULL, NULL, 0, 0},
	{"symbolize", "[PATH|-]", "stack text in, functions, files and lines out",
	 "Reads PATH, or standard input, and prints it again: a line with a code address that can be "
	 "resolved\n"
	 "gets function, file and line, and lines for the functions that were inlined there, in its own "
	 "form\n"
	 "(glibc's backtrace_symbols, glog's and Folly's @, boost, sanitizers, gdb, pc=, module+0x12, the\n"
	 "kernel's ip). All others pass unchanged. Binaries are found below --symbols and --sysroot, or at "
	 "the\n"
	 "path that the line names. Load addresses come from /proc/PID/maps lines in the text, else they "
	 "are\n"
	 "inferred: lines at the end that begin `# qntriage:` say how sure that is. What is not clear is "
	 "not\n"
	 "resolved. See docs/cores.md.",
	 qn_cmd_symbolize, 0, 1},
	{"bundle", "ID", "a bug-report attachment", NULL, NULL, 0, 0},
	{"ci", "PATH...", "post-process a job's artifacts", NULL, NULL, 0, 0},
};
const size_t qn_commands_count = sizeof(qn_commands) / sizeof(qn_commands[0]);

const struct qn_command *qn_command_find(const char *name)
{
	for (size_t i = 0; i < qn_commands_count; i++)
		if (strcmp(qn_commands[i].name, name) == 0)
			return &qn_commands[i];
	return NULL;
}

static struct qn_error *unknown(const char *name)
{
	const char *nearest =
		qn_nearest(name, &qn_commands[0].name, qn_commands_count, sizeof(qn_commands[0]));

	if (nearest)
		return qn_error_create(QN_ERROR_USAGE, "`%s` is no command; did you mean `%s`?", name,
				       nearest);
	return qn_error_create(QN_ERROR_USAGE, "`%s` is no command; see `qntriage help`", name);
}

static struct qn_error *check_arguments(const struct qn_command *command, size_t count)
{
	if (count < command->arguments_min)
		return qn_error_create(QN_ERROR_USAGE, "%s: something is missing: qntriage %s %s",
				       command->name, command->name, command->usage);
	if (count > command->arguments_max)
		return qn_error_create(QN_ERROR_USAGE, "%s: too many arguments: qntriage %s %s",
				       command->name, command->name, command->usage);
	return NULL;
}

struct qn_error *qn_command_run(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	const struct qn_command *command;

	if (options->wants_version)
		return qn_cmd_version(call);
	if (options->wants_help && !options->command)
		return qn_cmd_help(call);
	if (!options->command)
		return qn_error_create(
			QN_ERROR_USAGE,
			"a command is missing; `qntriage analyze PATH...` is the main one, `qntriage help` "
			"lists all");
	command = qn_command_find(options->command);
	if (!command)
		return unknown(options->command);
	if (options->wants_help)
		return qn_cmd_help(call);
	if (!command->run)
		return qn_error_create(QN_ERROR_NOT_FOUND, "`%s` is not built yet; see docs/limits.md",
				       command->name);
	QN_TRY(check_arguments(command, options->arguments_count));
	return command->run(call);
}
