/* help and version. */
#include "cli/command.h"
#include "cli/output.h"
#include "rule/prefilter.h"
#include "stack/demangle.h"
#include "base/banned.h"

static const char options_text[] =
	"Options:\n"
	"  --db STORE                 an SQLite file (default: analyze uses a private one; the others "
	"$QNTRIAGE_DB,\n"
	"                             then $XDG_STATE_HOME/qntriage/store.db)\n"
	"  --rules PATH               rule file or folder, added to the shipped ones; repeatable\n"
	"  --symbols DIR              where binaries and debug files are, of cores, and to repair damaged "
	"names;\n"
	"                             repeatable\n"
	"  --sysroot DIR              an unpacked image: paths inside cores are looked up under it\n"
	"  --unwinder W               auto, libdw or libunwind (auto): who unwinds the threads of a core\n"
	"  --no-default-rules         without the shipped known issues\n"
	"  --format text|json|ndjson  how to print (text)\n"
	"  -o, --output FILE          instead of standard output; written whole or not at all\n"
	"  --jobs N                   worker threads (the processors this process may use)\n"
	"  --since T, --until T       RFC 3339, or a duration back: 90m, 2d\n"
	"  --component NAME           only this component\n"
	"  --pod GLOB                 only these pods\n"
	"  --build VERSION            the Milvus build that ran, where the logs do not say\n"
	"  --label TEXT               names this ingest\n"
	"  --color auto|always|never  colours (NO_COLOR is honoured)\n"
	"  --verbose                  everything: whole stacks, all places, all logged errors\n"
	"  --quiet, --no-progress     no warnings; no progress\n"
	"  --strict                   damaged input is a failure (exit status 4); unknown rule keys are "
	"refused\n"
	"  --raw, --per-line          templates: lines are bare messages; GROUP and TEMPLATE of each line\n"
	"  --keep-going               a bad rule file is reported and left out\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0 done, 1 could not be done, 2 wrong usage, 4 --strict and damaged input, 130 "
	"interrupted\n";

static void append_commands(struct qn_buffer *out)
{
	qn_buffer_append_string(
		out, "qntriage: from a folder of Milvus logs to a short list of distinct failures\n\n"
		     "Usage: qntriage COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n");
	for (size_t i = 0; i < qn_commands_count; i++)
		if (qn_commands[i].run)
			qn_buffer_printf(out, "  %-9s %-21s %s\n", qn_commands[i].name, qn_commands[i].usage,
					 qn_commands[i].summary);
	qn_buffer_append_string(out, "\nNot built yet (docs/limits.md):");
	for (size_t i = 0; i < qn_commands_count; i++)
		if (!qn_commands[i].run)
			qn_buffer_printf(out, " %s", qn_commands[i].name);
	qn_buffer_append_string(out, "\n\n");
}

static struct qn_error *append_command(struct qn_buffer *out, const char *name)
{
	const struct qn_command *command = qn_command_find(name);

	if (!command)
		return qn_error_create(QN_ERROR_USAGE, "`%s` is no command; see `qntriage help`", name);
	qn_buffer_printf(out, "Usage: qntriage %s%s%s\n\n%s\n", command->name, *command->usage ? " " : "",
			 command->usage, command->summary);
	if (!command->run)
		qn_buffer_append_string(out, "It is not built yet; see docs/limits.md\n");
	if (command->details)
		qn_buffer_printf(out, "%s\n", command->details);
	qn_buffer_append_string(out, "\n");
	return NULL;
}

struct qn_error *qn_cmd_help(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	const char *name = options->command;

	if (name && strcmp(name, "help") == 0)
		name = options->arguments_count ? options->arguments[0] : NULL;
	if (name)
		QN_TRY(append_command(&out, name));
	else
		append_commands(&out);
	qn_buffer_append_string(&out, options_text);
	QN_TRY(qn_buffer_check(&out));
	return qn_output_write(options->output, qn_buffer_text(&out));
}

/* Which demanglers this build has, by asking them. */
static const char *demanglers(void)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_text ignored;
	bool has_cpp = qn_demangle(&arena, QN_TEXT("_ZN6milvus4initEv"), &ignored);
	bool has_rust = qn_demangle(&arena, QN_TEXT("_RNvC6milvus4init"), &ignored);

	return has_cpp && has_rust ? "C++, Rust" : has_cpp ? "C++" : has_rust ? "Rust" : "none";
}

struct qn_error *qn_cmd_version(const struct qn_call *call)
{
	static const struct qn_text literal[] = {{"milvus", 6}};
	_cleanup_(qn_prefilter_destroy_guard) struct qn_prefilter *prefilter = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	QN_TRY(qn_prefilter_create(literal, 1, QN_PREFILTER_BEST, &prefilter));
	qn_buffer_printf(&out, "qntriage %s\nprefilter: %s\ndemangler: %s\n", PACKAGE_VERSION,
			 qn_prefilter_engine(prefilter), demanglers());
	QN_TRY(qn_buffer_check(&out));
	return qn_output_write(call->options->output, qn_buffer_text(&out));
}
