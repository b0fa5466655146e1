/* The parent process (cmd/main.go, --run-with-subprocess) on how its child ended:
 *
 *	2026/08/20 07:15:40 subprocess exit,  signal: segmentation fault
 *	2024/07/11 14:48:23 exit code: 1
 *
 * and other parents: a shell, systemd. */
#include "stack/dialect.h"

#include "stack/kernel_line.h"

#include "base/banned.h"

#define EXIT_CODE_MAX 255U

/* So many letters tell a signal where its line is cut: "signal: seg" */
#define SIGNAL_BYTES_MIN 3U

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
		struct qn_text words = qn_text_of(ends[i].words);

		if (!qn_text_starts(rest, words) &&
		    (rest.len < SIGNAL_BYTES_MIN || !qn_text_starts(words, rest)))
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
	if (!qn_text_to_u64(qn_text_trim(rest), &code) || code > EXIT_CODE_MAX)
		return QN_HEADER_NOT_MINE;
	if (code == 0)
		return QN_HEADER_IGNORED;
	sighting->dialect = "exit-code";
	qn_sighting_set_kind(sighting, QN_KIND_EXIT);
	qn_buffer_printf(&sighting->message, "exit code %llu", (unsigned long long)code);
	return QN_HEADER_TAKEN;
}

/* "signal: killed", "signal: aborted (core dumped)": Go's os/exec, on a line of its own */
static enum qn_header_use read_bare_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	static const struct qn_text core = {" (core dumped)", 14};

	(void)line;
	if (qn_text_ends(rest, core))
		rest = qn_text_first(rest, rest.len - core.len);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (!qn_text_equal(rest, qn_text_of(ends[i].words)))
			continue;
		sighting->dialect = "subprocess-exit";
		sighting->signal = qn_text_of(ends[i].signal);
		qn_sighting_set_kind(sighting, ends[i].kind);
		return QN_HEADER_TAKEN;
	}
	return QN_HEADER_NOT_MINE;
}

/* What a shell says: "start.sh: line 12:   123 Segmentation fault      (core dumped) ./milvus run" */
static enum qn_header_use read_shell(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	static const struct {
		const char *words, *signal;
		enum qn_kind kind;
	} words[] = {
		{"Segmentation fault", "SIGSEGV", QN_KIND_CRASH},
		{"Aborted", "SIGABRT", QN_KIND_ABORT},
		{"Bus error", "SIGBUS", QN_KIND_CRASH},
		{"Illegal instruction", "SIGILL", QN_KIND_CRASH},
		{"Floating point exception", "SIGFPE", QN_KIND_CRASH},
	};
	size_t at = qn_text_find(line->text, QN_TEXT("(core dumped)"));
	struct qn_text front = qn_text_trim(qn_text_first(line->text, at));

	(void)rest;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct qn_text before = qn_text_first(front, front.len - strlen(words[i].words));

		if (!qn_text_ends(front, qn_text_of(words[i].words)) ||
		    (before.len && !qn_text_contains(before, QN_TEXT(": line "))))
			continue;
		sighting->dialect = "subprocess-exit";
		sighting->signal = qn_text_of(words[i].signal);
		qn_sighting_set_kind(sighting, words[i].kind);
		return QN_HEADER_TAKEN;
	}
	return QN_HEADER_NOT_MINE;
}

/* systemd: "milvus.service: Main process exited, code=dumped, status=11/SEGV". Other units' ends are not
 * ours. */
static enum qn_header_use read_unit(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	struct qn_text unit = qn_text_first(line->text, line->text.len - rest.len);
	size_t at = qn_text_find(rest, QN_TEXT("status="));
	struct qn_text status = qn_text_from(rest, at == SIZE_MAX ? rest.len : at + 7);
	uint64_t number;

	if (!qn_text_contains(unit, QN_TEXT("milvus")) || !qn_take_number(&status, &number) ||
	    number > EXIT_CODE_MAX)
		return QN_HEADER_NOT_MINE;
	if (number == 0)
		return QN_HEADER_IGNORED;
	sighting->dialect = "systemd-unit";
	if (qn_text_starts(rest, QN_TEXT("exited"))) {
		qn_sighting_set_kind(sighting, QN_KIND_EXIT);
		qn_buffer_printf(&sighting->message, "exit code %llu", (unsigned long long)number);
		return QN_HEADER_TAKEN;
	}
	sighting->signal = qn_signal_of_number(number);
	if (!sighting->signal.len)
		return QN_HEADER_IGNORED; /* told to stop */
	qn_sighting_set_kind(sighting, number == 9   ? QN_KIND_KILLED
				       : number == 6 ? QN_KIND_ABORT
						     : QN_KIND_CRASH);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"subprocess exit,", false, read_signal},
	{"exit code: ", false, read_code},
	{"signal: ", false, read_bare_signal},
	{NULL, false, NULL},
};

static const char *const triggers[] = {"subprocess exit,",
				       "exit code: ",
				       "signal: killed",
				       "signal: aborted",
				       "signal: segmentation fault",
				       "Main process exited, code=",
				       NULL};

const struct qn_dialect qn_dialect_parent = {
	.name = "parent",
	.witness = QN_WITNESS_PARENT,
	.triggers = triggers,
	.headers = headers,
};

static const struct qn_header unit_headers[] = {
	{" Main process exited, code=", true, read_unit},
	{" (core dumped)", true, read_shell},
	{NULL, false, NULL},
};

static const char *const unit_triggers[] = {"Main process exited, code=", "(core dumped)", NULL};

/* A dialect of its own for the quick look. */
const struct qn_dialect qn_dialect_unit = {
	.name = "unit",
	.witness = QN_WITNESS_PARENT,
	.triggers = unit_triggers,
	.headers = unit_headers,
	.may_begin = qn_kernel_line_may_be,
};
