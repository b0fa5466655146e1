/* Who crashed. The kernel dumps the thread that died first, but that one may only have been told to: Go
 * lets the last of its threads raise the signal, handlers abort after a fault, and others send signals from
 * outside. What counts is, strongest first:
 *
 *   fault       the signal is the kernel's own and its thread was not waiting in a system call
 *   handled     a handler of such a signal is on a stack: whatever that handler did later, it began there
 *   Go          runtime.sigpanic, gopanic, throw: the thread that gives up
 *   handled abort   abort() whose signal a handler took (Go's, breakpad's)
 *   abort       abort(), raise(), terminate() on a stack
 *   itself      the process sent itself the signal, by which of its threads frames do not tell */
#include <signal.h>

#include "core/evidence.h"
#include "base/banned.h"

#define LINUX_SI_TKILL (-6)

enum rank { RANK_NONE, RANK_ITSELF, RANK_ABORTS, RANK_HANDLED_ABORT, RANK_GO, RANK_HANDLED, RANK_FAULT };

struct search {
	const struct qn_core_file *file;
	const struct qn_unwinding *unwinding;
	struct qn_core *core;
	enum rank rank;
	size_t best;
	struct qn_core_signal signal; /* of the best one; number 0: as the core says */
};

static const char *const go_fatal[] = {
	"runtime.sigpanic", "runtime.gopanic",    "runtime.throw",     "runtime.fatalthrow",
	"runtime.fatal",    "runtime.fatalpanic", "runtime.badsignal", NULL};
static const char *const go_last[] = {"runtime.dieFromSignal", "runtime.crash", NULL};
static const char *const aborting[] = {"abort",
				       "__GI_abort",
				       "raise",
				       "gsignal",
				       "__GI_raise",
				       "pthread_kill",
				       "__pthread_kill_implementation",
				       "__pthread_kill_internal",
				       "__assert_fail",
				       "__assert_fail_base",
				       "__libc_message",
				       "__fortify_fail",
				       "__stack_chk_fail",
				       "__cxa_throw",
				       "__cxa_rethrow",
				       "__cxa_pure_virtual",
				       "_ZSt9terminatev",
				       "_ZN10__cxxabiv111__terminateEPFvvE",
				       NULL};

static const char *signal_words(uint32_t number)
{
	static const char *const words[] = {
		[SIGHUP] = "SIGHUP",   [SIGINT] = "SIGINT",   [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
		[SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE",
		[SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1", [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2",
		[SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM", [SIGXCPU] = "SIGXCPU",
		[SIGSYS] = "SIGSYS",
	};

	return number < sizeof(words) / sizeof(*words) && words[number] ? words[number] : "the signal";
}

static void say(struct search *search, struct qn_text text)
{
	search->core->crashed_because = text;
}

/* Raised by the kernel for what the thread did. */
static bool is_fault(const struct qn_core_signal *signal)
{
	return signal->code > 0 &&
	       (signal->number == SIGSEGV || signal->number == SIGBUS || signal->number == SIGFPE ||
		signal->number == SIGILL || signal->number == SIGTRAP || signal->number == SIGSYS);
}

static bool is_sent_by_others(const struct search *search, const struct qn_core_signal *signal)
{
	return signal->number && signal->code <= 0 && signal->sender != search->core->pid;
}

/* "runtime.raise.abi0", "abort@@GLIBC_2.2.5": the name is followed by the end, '.' or '@'. */
static bool is_named(struct qn_text name, const char *wanted)
{
	struct qn_text text = qn_text_of(wanted);

	return qn_text_starts(name, text) && (name.len == text.len || name.data[text.len] == '@' ||
					      qn_text_equal(qn_text_from(name, text.len), QN_TEXT(".abi0")) ||
					      qn_text_starts(qn_text_from(name, text.len), QN_TEXT(".func")));
}

static bool has_frame(const struct search *search, size_t thread, const char *const *names)
{
	const struct qn_core_stack *stack = &search->core->stacks[search->core->threads[thread].stack];

	for (size_t i = 0; i < stack->count; i++)
		for (size_t k = 0; names[k]; k++)
			if (is_named(stack->frames[i].name, names[k]))
				return true;
	return false;
}

/* In the middle of tgkill(pid, itself, signal). */
static bool is_sending_itself(const struct search *search, size_t thread)
{
	const struct qn_core_status *status = &search->file->threads[thread];
	uint64_t call = qn_core_status_register(search->file, status, QN_CORE_SYSCALL);

	return call == (search->file->machine == QN_MACHINE_AARCH64 ? 131 : 234) &&
	       qn_core_status_register(search->file, status, QN_CORE_ARGUMENT_2) == status->tid &&
	       qn_core_status_register(search->file, status, QN_CORE_ARGUMENT_3) ==
		       search->core->signal.number;
}

/* A thread that waits in a system call did nothing that the kernel could object to. */
static bool is_in_system_call(const struct search *search, size_t thread)
{
	const struct qn_core_file *file = search->file;
	const struct qn_core_status *status = &file->threads[thread];
	uint64_t pc = qn_core_status_register(file, status, QN_CORE_PC);
	bool is_aarch64 = file->machine == QN_MACHINE_AARCH64;
	unsigned char code[4];

	if (!is_aarch64)
		return (int64_t)qn_core_status_register(file, status, QN_CORE_SYSCALL) >= 0 &&
		       qn_core_file_read(file, pc - 2, code, 2) && memcmp(code, "\x0f\x05", 2) == 0;
	return qn_core_file_read(file, pc - 4, code, 4) && memcmp(code, "\x01\0\0\xd4", 4) == 0;
}

/* The first fault whose handler is still on the stack: handlers may fault again. */
static const struct qn_core_signal *first_fault(const struct qn_core_thread *thread)
{
	for (size_t i = thread->handled_count; i-- > 0;)
		if (is_fault(&thread->handled[i]))
			return &thread->handled[i];
	return NULL;
}

static const struct qn_core_signal *handled_abort(const struct search *search,
						  const struct qn_core_thread *thread)
{
	for (size_t i = thread->handled_count; i-- > 0;)
		if (thread->handled[i].number == SIGABRT && thread->handled[i].code == LINUX_SI_TKILL &&
		    thread->handled[i].sender == search->core->pid)
			return &thread->handled[i];
	return NULL;
}

static void offer(struct search *search, size_t thread, enum rank rank, const struct qn_core_signal *signal)
{
	if (rank <= search->rank)
		return;
	search->rank = rank;
	search->best = thread;
	search->signal = signal ? *signal : (struct qn_core_signal){0};
}

/* A handler of a fault that sends itself the signal once more: it arrives when the handler returns, where the
 * fault was. The kernel dumps the thread that got it first. */
static bool is_raised_again(const struct search *search)
{
	const struct qn_core_signal *signal = &search->core->signal;

	return search->file->has_siginfo && signal->code <= 0 && signal->sender == search->core->pid &&
	       (signal->number == SIGSEGV || signal->number == SIGBUS || signal->number == SIGFPE ||
		signal->number == SIGILL) &&
	       !is_in_system_call(search, 0);
}

static void judge(struct search *search, size_t index)
{
	const struct qn_core_thread *thread = &search->core->threads[index];
	const struct qn_core_signal *signal = first_fault(thread);

	if (signal) {
		offer(search, index, RANK_HANDLED, signal);
		return;
	}
	if (has_frame(search, index, go_fatal)) {
		offer(search, index, RANK_GO, NULL);
		return;
	}
	if (has_frame(search, index, go_last))
		return; /* it was only told to end the process */
	signal = handled_abort(search, thread);
	if (signal && has_frame(search, index, aborting))
		offer(search, index, RANK_HANDLED_ABORT, signal);
	/* what a kill from outside meets may be anything */
	else if (search->core->signal.number == SIGABRT &&
		 !is_sent_by_others(search, &search->core->signal) &&
		 (is_sending_itself(search, index) || has_frame(search, index, aborting)))
		offer(search, index, RANK_ABORTS, NULL);
	else if (index == 0 && (is_sending_itself(search, 0) || is_raised_again(search)))
		offer(search, 0, RANK_ITSELF, NULL);
}

/* The kernel's own signal, and its thread: the first. */
static bool judge_fault(struct search *search)
{
	const struct qn_core_signal *earlier;

	if (!search->file->has_siginfo || !is_fault(&search->core->signal) || is_in_system_call(search, 0))
		return false;
	earlier = first_fault(&search->core->threads[0]);
	if (earlier)
		offer(search, 0, RANK_HANDLED, earlier);
	else
		offer(search, 0, RANK_FAULT, NULL);
	return true;
}

/* The sender where nobody crashed; a Go program ends by a signal of its own after the one that came. */
static const struct qn_core_signal *sent_by_others(const struct search *search)
{
	const struct qn_core *core = search->core;

	if (is_sent_by_others(search, &core->signal))
		return &core->signal;
	for (size_t i = 0; i < core->threads_count; i++)
		for (size_t k = core->threads[i].handled_count; k-- > 0;)
			if (is_sent_by_others(search, &core->threads[i].handled[k]))
				return &core->threads[i].handled[k];
	return NULL;
}

static void say_nobody(struct search *search)
{
	const struct qn_core_signal *signal = &search->core->signal, *sent;
	struct qn_arena *arena = &search->core->arena;

	if (!signal->number || signal->number == SIGSTOP || signal->number == SIGTSTP) {
		say(search, QN_TEXT("no signal: taken of a living process"));
		return;
	}
	sent = sent_by_others(search);
	if (sent && sent->sender) {
		say(search, qn_arena_printf(arena, "%s was sent by process %u", signal_words(sent->number),
					    sent->sender));
		search->core->signal = *sent;
	} else if (sent && search->file->has_siginfo) {
		say(search, qn_arena_printf(arena,
					    "%s was sent by the kernel or from outside the process' "
					    "namespace",
					    signal_words(sent->number)));
		search->core->signal = *sent;
	} else {
		say(search, qn_arena_printf(arena, "%s, and no thread shows what raised it",
					    signal_words(signal->number)));
	}
}

static void say_who(struct search *search)
{
	struct qn_core *core = search->core;
	struct qn_arena *arena = &core->arena;
	const char *signal =
		signal_words(search->signal.number ? search->signal.number : core->signal.number);

	switch (search->rank) {
	case RANK_FAULT:
		say(search, qn_arena_printf(arena, "the kernel raised %s for what this thread did", signal));
		break;
	case RANK_HANDLED:
		say(search, qn_arena_printf(arena,
					    core->signal.number == search->signal.number
						    ? "a handler of the %s that it caused is on its stack"
						    : "a handler of the %s that it caused is on its stack; "
						      "that handler ended the process",
					    signal));
		break;
	case RANK_GO:
		say(search, QN_TEXT("Go's runtime gave up on this thread (panic, throw or fault)"));
		break;
	case RANK_HANDLED_ABORT:
		say(search, QN_TEXT("it called abort(), and a handler took the signal first"));
		break;
	case RANK_ABORTS: say(search, QN_TEXT("it called abort() or raised SIGABRT")); break;
	case RANK_ITSELF:
		say(search,
		    qn_arena_printf(arena,
				    is_raised_again(search)
					    ? "it was sent %s by the process itself, as handlers do that "
					      "took the fault"
					    : "it sent %s to itself",
				    signal));
		break;
	case RANK_NONE: break;
	}
	if (search->signal.number)
		core->signal = search->signal;
}

void qn_core_find_crashed(const struct qn_core_file *file, const struct qn_unwinding *unwinding,
			  struct qn_core *core)
{
	struct search search = {.file = file, .unwinding = unwinding, .core = core, .best = SIZE_MAX};

	if (!core->threads_count) {
		core->crashed = SIZE_MAX;
		say(&search, QN_TEXT("the core has no threads"));
		return;
	}
	if (!judge_fault(&search))
		for (size_t i = 0; i < core->threads_count; i++)
			judge(&search, i);
	/* a core that tells a signal and nothing of its sender: the kernel's order is all there is */
	if (search.rank == RANK_NONE && !file->has_siginfo && core->signal.number &&
	    !is_in_system_call(&search, 0)) {
		core->crashed = 0;
		say(&search, QN_TEXT("the kernel dumped it first"));
		return;
	}
	core->crashed = search.best;
	if (search.best == SIZE_MAX)
		say_nobody(&search);
	else
		say_who(&search);
}
