/* The parent process (cmd/main.go, --run-with-subprocess) on how its child ended:
 *
 *	2026/08/20 07:15:40 subprocess exit,  signal: segmentation fault
 *	2024/07/11 14:48:23 exit code: 1 */
#include "stack/dialect.h"

#include "base/banned.h"

/* What Go's os.ProcessState calls a signal. A process told to stop ended in order. */
static const struct {
	const char *words, *signal;
	enum qn_kind kind;
} ends[] = {
	{"segmentation fault", "SIGSEGV", QN_KIND_CRASH},
	{"bus error", "SIGBUS", QN_KIND_CRASH},
	{"floating point exception", "SIGFPE", QN_KIND_CRASH},
	{"illegal instruction", "SIGILL", QN_KIND_CRASH},
	{"trace/breakpoint trap", "SIGTRAP", QN_KIND_CRASH},
	{"aborted", "SIGABRT", QN_KIND_ABORT},
	{"killed", "SIGKILL", QN_KIND_KILLED},
};

static enum qn_header_use read_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	static const struct qn_text key = {"signal: ", 8};
	size_t at = qn_text_find(rest, key);

	(void)line;
	if (at == SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	rest = qn_text_from(rest, at + key.len);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (!qn_text_starts(rest, qn_text_of(ends[i].words)))
			continue;
		sighting->dialect = "subprocess-exit";
		sighting->signal = qn_text_of(ends[i].signal);
		qn_sighting_set_kind(sighting, ends[i].kind);
		return QN_HEADER_TAKEN;
	}
	return QN_HEADER_IGNORED;
}

static enum qn_header_use read_code(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	uint64_t code;

	(void)line;
	if (!qn_text_to_u64(qn_text_trim(rest), &code))
		return QN_HEADER_NOT_MINE;
	if (code == 0)
		return QN_HEADER_IGNORED;
	sighting->dialect = "exit-code";
	qn_sighting_set_kind(sighting, QN_KIND_EXIT);
	qn_buffer_printf(&sighting->message, "exit code %llu", (unsigned long long)code);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"subprocess exit,", false, read_signal},
	{"exit code: ", false, read_code},
	{NULL, false, NULL},
};

static const char *const triggers[] = {"subprocess exit,", "exit code: ", NULL};

const struct qn_dialect qn_dialect_parent = {
	.name = "parent",
	.witness = QN_WITNESS_PARENT,
	.triggers = triggers,
	.headers = headers,
};
