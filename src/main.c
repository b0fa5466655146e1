#include <stdlib.h>
#include <time.h>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "base/banned.h"

/* The clock, unless SOURCE_DATE_EPOCH (reproducible-builds.org) stands in for it. */
static struct qn_time now(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	if (!epoch || !qn_text_to_u64(qn_text_of(epoch), &seconds) || seconds > UINT32_MAX)
		seconds = (uint64_t)time(NULL);
	return (struct qn_time){.nsec = (int64_t)seconds * 1000000000, .is_known = true};
}

static int exit_status(enum qn_error_code code)
{
	switch (code) {
	case QN_ERROR_USAGE: return 2;
	case QN_ERROR_STRICT: return 4;
	case QN_ERROR_INTERRUPTED: return 130;
	default: return 1;
	}
}

static struct qn_error *run(int argc, char **argv)
{
	_cleanup_(qn_options_deinit) struct qn_options options = {0};
	struct qn_call call = {.options = &options, .now = now(), .interrupted = qn_interrupt_watch()};

	QN_TRY(qn_options_parse(&options, argc, argv, call.now));
	return qn_command_run(&call);
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct qn_error *error = run(argc, argv);

	if (!error)
		return 0;
	qn_output_complain(qn_text_of(error->message));
	return exit_status(error->code);
}
