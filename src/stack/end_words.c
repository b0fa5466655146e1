#include "stack/end_words.h"

#include "base/banned.h"

#define MESSAGE_BYTES 256U

bool qn_signal_is_fault(uint32_t number)
{
	return number == 4 || number == 5 || number == 7 || number == 8 || number == 11;
}

struct qn_text qn_signal_name(struct qn_arena *arena, uint32_t number)
{
	static const char *const names[] = {
		"",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
		"SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
		"SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
		"SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS",
	};

	if (number < sizeof(names) / sizeof(*names))
		return qn_text_of(names[number]);
	return qn_arena_printf(arena, "signal %u", number);
}

struct qn_text qn_si_code_words(struct qn_text signal, int64_t code)
{
	static const struct {
		const char *signal;
		int64_t code;
		const char *words;
	} codes[] = {
		{"SIGSEGV", 1, "address not mapped to object"},
		{"SIGSEGV", 2, "invalid permissions for mapped object"},
		{"SIGSEGV", 3, "failed address bound checks"},
		{"SIGSEGV", 4, "access was denied by memory protection keys"},
		{"SIGSEGV", 9, "memory tag check, synchronous"},
		{"SIGSEGV", 128, "sent by the kernel, no address told"},
		{"SIGBUS", 1, "invalid address alignment"},
		{"SIGBUS", 2, "non-existent physical address"},
		{"SIGBUS", 3, "object specific hardware error"},
		{"SIGBUS", 4, "hardware memory error, action required"},
		{"SIGBUS", 5, "hardware memory error, action optional"},
		{"SIGFPE", 1, "integer divide by zero"},
		{"SIGFPE", 2, "integer overflow"},
		{"SIGFPE", 3, "floating-point divide by zero"},
		{"SIGFPE", 4, "floating-point overflow"},
		{"SIGFPE", 5, "floating-point underflow"},
		{"SIGFPE", 6, "floating-point inexact result"},
		{"SIGFPE", 7, "floating-point invalid operation"},
		{"SIGFPE", 8, "subscript out of range"},
		{"SIGILL", 1, "illegal opcode"},
		{"SIGILL", 2, "illegal operand"},
		{"SIGILL", 3, "illegal addressing mode"},
		{"SIGILL", 4, "illegal trap"},
		{"SIGILL", 5, "privileged opcode"},
		{"SIGILL", 6, "privileged register"},
		{"SIGILL", 7, "coprocessor error"},
		{"SIGILL", 8, "internal stack error"},
		{"SIGTRAP", 1, "process breakpoint"},
		{"SIGTRAP", 2, "process trace trap"},
		{"SIGSYS", 1, "system call refused by seccomp"},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (codes[i].code == code && qn_text_equal(signal, qn_text_of(codes[i].signal)))
			return qn_text_of(codes[i].words);
	return (struct qn_text){0};
}

static struct qn_text first_line(struct qn_text text)
{
	text = qn_text_trim(text);
	return qn_text_trim_right(
		qn_text_first(qn_text_first(text, qn_text_find_byte(text, '\n')), MESSAGE_BYTES));
}

/* SIGABRT: terminate called after throwing std::runtime_error: through noexcept */
static void say_words(const struct qn_postmortem *postmortem, struct qn_buffer *out)
{
	const struct qn_stack *failure = postmortem->failure;
	struct qn_text message;

	if (!failure || postmortem->crashed == SIZE_MAX)
		return;
	message = first_line(failure->message);
	if (failure->exception.len)
		qn_buffer_printf(out, ": terminate called after throwing %.*s", QN_ARG(failure->exception));
	if (message.len)
		qn_buffer_printf(out, ": %.*s", QN_ARG(message));
}

/* SIGSEGV (address not mapped to object) at 0x20: null + 0x20 */
void qn_say_reason(struct qn_postmortem *postmortem)
{
	struct qn_buffer out = {0};
	struct qn_text code = postmortem->has_si_code
				      ? qn_si_code_words(postmortem->signal, postmortem->si_code)
				      : QN_TEXT("");
	struct qn_text fault = postmortem->core ? postmortem->core->fault : QN_TEXT("");
	uint32_t sender = postmortem->core ? postmortem->core->signal.sender : 0;

	if (postmortem->crashed == SIZE_MAX && postmortem->reason.len)
		return;
	qn_buffer_append_text(&out, postmortem->signal);
	if (code.len)
		qn_buffer_printf(&out, " (%.*s)", QN_ARG(code));
	if (postmortem->has_fault_address)
		qn_buffer_printf(&out, " at 0x%llx", (unsigned long long)postmortem->fault_address);
	if (fault.len)
		qn_buffer_printf(&out, ": %.*s", QN_ARG(fault));
	say_words(postmortem, &out);
	if (postmortem->crashed == SIZE_MAX && postmortem->signal.len && sender)
		qn_buffer_printf(&out, ", sent by process %u: no thread crashed", sender);
	if (out.is_failed)
		postmortem->arena.is_failed = true;
	postmortem->reason = qn_arena_copy(&postmortem->arena, qn_buffer_text(&out));
	qn_buffer_deinit(&out);
}
