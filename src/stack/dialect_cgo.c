/* How the Go runtime reports a signal that hit C code:
 *
 *	SIGSEGV: segmentation violation
 *	PC=0x7f49 m=5 sigcode=1 addr=0x7ff3
 *	signal arrived during cgo execution
 *	[instruction bytes: 0xc4 0xe3]
 *
 *	goroutine 2910 [syscall]:
 *
 * A sigcode of 18446744073709551610 is -6 (SI_TKILL: abort() raised it). */
#include "stack/dialect.h"

#include "base/banned.h"

static enum qn_header_use read_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest, const char *name, const char *text)
{
	(void)line;
	if (!qn_text_equal(qn_text_trim(rest), qn_text_of(text)))
		return QN_HEADER_NOT_MINE;
	/* A panic in Go names its signal in brackets: this one is not the panic's. */
	if (qn_sighting_has_begun(sighting) || sighting->phase == QN_PHASE_RUNTIME ||
	    strcmp(sighting->dialect, "go-panic") == 0)
		return QN_HEADER_ANOTHER;
	sighting->signal = qn_text_of(name);
	if (sighting->dialect[0] == '\0')
		sighting->dialect = "cgo-signal";
	qn_sighting_set_kind(sighting, strcmp(name, "SIGABRT") == 0 ? QN_KIND_ABORT : QN_KIND_CRASH);
	return QN_HEADER_TAKEN;
}

#define DEFINE_SIGNAL(function, name, text)                                                                \
	static enum qn_header_use function(struct qn_sighting *sighting, const struct qn_crash_line *line, \
					   struct qn_text rest)                                            \
	{                                                                                                  \
		return read_signal(sighting, line, rest, name, text);                                      \
	}

DEFINE_SIGNAL(read_segv, "SIGSEGV", "segmentation violation")
DEFINE_SIGNAL(read_bus, "SIGBUS", "bus error")
DEFINE_SIGNAL(read_ill, "SIGILL", "illegal instruction")
DEFINE_SIGNAL(read_fpe, "SIGFPE", "floating-point exception")
DEFINE_SIGNAL(read_abrt, "SIGABRT", "abort")
DEFINE_SIGNAL(read_trap, "SIGTRAP", "trace trap")
DEFINE_SIGNAL(read_sys, "SIGSYS", "bad system call")
DEFINE_SIGNAL(read_pipe, "SIGPIPE", "broken pipe")
DEFINE_SIGNAL(read_xcpu, "SIGXCPU", "cpu limit exceeded")
DEFINE_SIGNAL(read_xfsz, "SIGXFSZ", "file size limit exceeded")

/* Behind a crash each further thread tells of itself when the first one makes it (GOTRACEBACK=crash). Alone:
 * somebody sent the signal to see what the process does. */
static enum qn_header_use read_quit(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	(void)line;
	if (!qn_text_equal(qn_text_trim(rest), QN_TEXT("quit")))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line == 0) {
		sighting->dialect = "go-dump";
		sighting->is_noise = true;
	}
	qn_sighting_settle_message(sighting, true);
	sighting->is_message_open = false;
	sighting->state = QN_GO_THREADS;
	sighting->phase = QN_PHASE_BEHIND;
	return QN_HEADER_TAKEN;
}

/* "PC=0x7f49 m=5 sigcode=1 addr=0x7ff3" */
static enum qn_header_use read_pc(struct qn_sighting *sighting, const struct qn_crash_line *line,
				  struct qn_text rest)
{
	uint64_t number;

	if (!qn_text_contains(rest, QN_TEXT(" m=")) || sighting->place.line == 0)
		return QN_HEADER_NOT_MINE;
	if (sighting->state == QN_GO_THREADS)
		return QN_HEADER_TAKEN;
	if (qn_sighting_has_begun(sighting))
		return QN_HEADER_NOT_MINE;
	if (qn_find_number(line->text, QN_TEXT("PC="), &number))
		sighting->crash_pc = number;
	if (qn_find_number(line->text, QN_TEXT("sigcode=-"), &number)) {
		sighting->has_si_code = true;
		sighting->si_code = -(int64_t)(number & INT32_MAX);
	} else if (qn_find_number(line->text, QN_TEXT("sigcode="), &number)) {
		sighting->has_si_code = true;
		sighting->si_code = (int64_t)number;
	}
	if (qn_find_number(line->text, QN_TEXT(" addr="), &number)) {
		sighting->has_fault_address = true;
		sighting->fault_address = number;
	}
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_arrival(struct qn_sighting *sighting, const struct qn_crash_line *line,
				       struct qn_text rest)
{
	(void)line;
	(void)rest;
	if (qn_sighting_has_begun(sighting))
		return QN_HEADER_ANOTHER;
	if (sighting->dialect[0] == '\0')
		sighting->dialect = "cgo-signal";
	qn_sighting_set_kind(sighting, QN_KIND_CRASH);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"SIGSEGV: ", false, read_segv},
	{"SIGBUS: ", false, read_bus},
	{"SIGILL: ", false, read_ill},
	{"SIGFPE: ", false, read_fpe},
	{"SIGABRT: ", false, read_abrt},
	{"SIGTRAP: ", false, read_trap},
	{"SIGSYS: ", false, read_sys},
	{"SIGPIPE: ", false, read_pipe},
	{"SIGXCPU: ", false, read_xcpu},
	{"SIGXFSZ: ", false, read_xfsz},
	{"SIGQUIT: ", false, read_quit},
	{"PC=0x", false, read_pc},
	{"signal arrived during ", false, read_arrival},
	{NULL, false, NULL},
};

static const char *const triggers[] = {
	"SIGSEGV: ", "SIGBUS: ",  "SIGILL: ",  "SIGFPE: ",  "SIGABRT: ", "SIGTRAP: ",
	"SIGSYS: ",  "SIGPIPE: ", "SIGXCPU: ", "SIGXFSZ: ", "SIGQUIT: ", "signal arrived during ",
	NULL};

const struct qn_dialect qn_dialect_cgo = {
	.name = "cgo",
	.witness = QN_WITNESS_GO,
	.triggers = triggers,
	.headers = headers,
};
