/* What the fault address means, by evidence: registers, the instruction, segments and mapped files. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "core/fault.h"
#include "base/banned.h"

/* rt_sigframe's ucontext at the stack pointer of the trampoline. x86-64: 40 bytes, then r8..r15, rdi, rsi,
 * rbp, rbx, rdx, rax, rcx, rsp, rip. AArch64: siginfo (128), 168 bytes padded to 176, fault address, x0..x30,
 * sp, pc. */
static bool read_context(struct qn_fault *fault, uint64_t at)
{
	static const unsigned char numbers[] = {8, 9, 10, 11, 12, 13, 14, 15, 7, 6, 5, 3, 2, 0, 1, 4};
	uint64_t words[17], pair[2];

	if (fault->file->machine == QN_MACHINE_AARCH64) {
		if (!qn_core_file_read_dumped(fault->file, at + 128 + 176 + 8 + 31 * 8, pair, sizeof(pair)))
			return false;
		fault->sp = pair[0];
		fault->pc = pair[1];
		return true;
	}
	if (!qn_core_file_read_dumped(fault->file, at + 40, words, sizeof(words)))
		return false;
	for (size_t i = 0; i < 16; i++)
		fault->registers.general[numbers[i]] = words[i];
	fault->sp = fault->registers.general[4];
	fault->pc = words[16];
	return true;
}

/* struct user_regs_struct: r15..r12, rbp, rbx, r11..r8, rax, rcx, rdx, rsi, rdi, ..., rsp at 19. */
static void read_status(struct qn_fault *fault, const struct qn_core_status *status)
{
	static const unsigned char indices[16] = {10, 11, 12, 5, 19, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0};

	fault->pc = qn_core_status_register(fault->file, status, QN_CORE_PC);
	fault->sp = qn_core_status_register(fault->file, status, QN_CORE_SP);
	for (size_t i = 0; i < 16 && fault->file->machine == QN_MACHINE_X86_64; i++)
		fault->registers.general[i] = status->registers[indices[i]];
}

/* The registers at the fault: those that a handler's frame kept, if the fault was handled. */
static void find_registers(struct qn_fault *fault, const struct qn_unwinding *unwinding)
{
	size_t thread = fault->core->crashed != SIZE_MAX ? fault->core->crashed : 0;
	const struct qn_unwound *unwound;

	if (thread >= fault->file->threads_count)
		return;
	unwound = unwinding && thread < unwinding->threads_count ? &unwinding->threads[thread] : NULL;
	if (unwound && unwound->handled_count && unwound->stack < unwinding->stacks_count) {
		const struct qn_unwound_stack *stack = &unwinding->stacks[unwound->stack];

		for (size_t i = 0; i < stack->count; i++)
			if (stack->frames[i].is_signal && read_context(fault, stack->frames[i].sp) &&
			    (!fault->signal->pc || fault->signal->pc == fault->pc))
				return;
	}
	read_status(fault, &fault->file->threads[thread]);
}

static void find_operand(struct qn_fault *fault)
{
	unsigned char bytes[QN_X86_INSTRUCTION_BYTES_MAX];
	size_t size = 0;

	fault->operand.use = QN_OPERAND_NONE;
	if (fault->file->machine != QN_MACHINE_X86_64 || !fault->pc)
		return;
	while (size < sizeof(bytes) && qn_core_file_read(fault->file, fault->pc + size, &bytes[size], 1))
		size++;
	qn_operand_decode(bytes, size, &fault->registers, &fault->operand);
}

/* --- Other signals
 * ------------------------------------------------------------------------------------------------ */

static void tell_bus(const struct qn_fault *fault, struct qn_buffer *to)
{
	uint64_t address = fault->signal->address;
	const struct qn_core_mapping *mapping = qn_core_file_mapping(fault->file, address);

	switch (fault->signal->code) {
	case SI_KERNEL: qn_fault_tell_protection(fault, to); break; /* by way of rsp or rbp: a stack fault */
	case BUS_ADRALN: qn_buffer_append_string(to, "misaligned address"); break;
	case BUS_ADRERR:
		if (mapping)
			qn_buffer_printf(to, "past the end of %.*s, which was truncated (or cannot be read)",
					 QN_ARG(mapping->path));
		else
			qn_buffer_append_string(to, "no memory behind the address");
		break;
	case BUS_OBJERR: qn_buffer_append_string(to, "hardware error of the object"); break;
	case BUS_MCEERR_AR:
	case BUS_MCEERR_AO: qn_buffer_append_string(to, "memory error of the hardware"); break;
	default: break;
	}
}

/* x86-64 raises the same for a quotient that does not fit. */
static void tell_division(const struct qn_fault *fault, struct qn_buffer *to)
{
	const struct qn_operand *operand = &fault->operand;
	uint64_t divisor = 0, mask = operand->is_wide ? UINT64_MAX : UINT32_MAX;
	bool is_known = operand->is_division && operand->is_register;

	if (is_known)
		divisor = fault->registers.general[operand->base & 15] & mask;
	else if (operand->is_division && operand->use == QN_OPERAND_ACCESS)
		is_known =
			qn_core_file_read(fault->file, operand->address, &divisor, operand->is_wide ? 8 : 4);
	qn_buffer_append_string(to, is_known && divisor == mask
					    ? "integer division overflow: the smallest number by -1"
					    : "integer division by zero");
}

static void tell_fpe(const struct qn_fault *fault, struct qn_buffer *to)
{
	static const char *const words[] = {
		[FPE_INTOVF] = "integer overflow",        [FPE_FLTDIV] = "floating-point division by zero",
		[FPE_FLTOVF] = "floating-point overflow", [FPE_FLTUND] = "floating-point underflow",
		[FPE_FLTRES] = "floating-point inexact",  [FPE_FLTINV] = "floating-point invalid operation",
		[FPE_FLTSUB] = "subscript out of range",
	};
	int32_t code = fault->signal->code;

	if (code == FPE_INTDIV)
		tell_division(fault, to);
	else if (code > 0 && code < (int32_t)(sizeof(words) / sizeof(words[0])) && words[code])
		qn_buffer_append_string(to, words[code]);
}

/* What stands at the pc, or before it: int3 is reported behind itself. */
static const struct {
	enum qn_machine machine;
	uint32_t signal;
	int at;
	uint32_t mask, bytes;
	const char *words;
} instructions[] = {
	{QN_MACHINE_X86_64, SIGILL, 0, 0xffff, 0x0b0f,
	 "ud2: a trap of the compiler (__builtin_trap, unreachable code)"},
	{QN_MACHINE_X86_64, SIGILL, 0, 0xff, 0x62, "AVX-512 instruction that this processor does not have"},
	{QN_MACHINE_X86_64, SIGILL, 0, 0xfe, 0xc4, "AVX instruction that this processor does not have"},
	{QN_MACHINE_X86_64, SIGTRAP, -1, 0xff, 0xcc, "int3: a breakpoint or trap in the program"},
	{QN_MACHINE_AARCH64, SIGILL, 0, 0xffff0000, 0, "udf: a trap of the compiler, or execution of data"},
	{QN_MACHINE_AARCH64, SIGTRAP, 0, 0xffffffff, 0xd4207d00,
	 "brk: a trap of the compiler (__builtin_trap, unreachable code)"},
	{QN_MACHINE_AARCH64, SIGTRAP, 0, 0xffe0001f, 0xd4200000, "brk: a breakpoint or trap in the program"},
};

static void tell_instruction(const struct qn_fault *fault, struct qn_buffer *to)
{
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		uint64_t at = fault->pc + (uint64_t)(int64_t)instructions[i].at;
		uint32_t bytes = 0;
		size_t size = instructions[i].mask > 0xffff ? 4 : instructions[i].mask > 0xff ? 2 : 1;

		if (instructions[i].machine == fault->file->machine &&
		    instructions[i].signal == fault->signal->number &&
		    qn_core_file_read(fault->file, at, &bytes, size) &&
		    (bytes & instructions[i].mask) == instructions[i].bytes) {
			qn_buffer_append_string(to, instructions[i].words);
			return;
		}
	}
	if (fault->signal->number == SIGILL)
		qn_buffer_append_string(to, "illegal instruction");
	else if (fault->signal->code == TRAP_TRACE)
		qn_buffer_append_string(to, "single step");
	else if (fault->signal->code == TRAP_HWBKPT)
		qn_buffer_append_string(to, "hardware breakpoint");
}

static void tell_seccomp(const struct qn_fault *fault, struct qn_buffer *to)
{
	if (fault->signal->code > 0)
		qn_buffer_append_string(to, "system call forbidden by seccomp");
}

static const struct {
	uint32_t signal;
	void (*tell)(const struct qn_fault *fault, struct qn_buffer *to);
} tellers[] = {
	{SIGSEGV, qn_fault_tell_segv}, {SIGBUS, tell_bus},          {SIGFPE, tell_fpe},
	{SIGILL, tell_instruction},    {SIGTRAP, tell_instruction}, {SIGSYS, tell_seccomp},
};

/* By kill(), tgkill() or sigqueue(); abort() sends its signal to its own process. */
static void tell_sender(const struct qn_fault *fault, struct qn_buffer *to)
{
	const struct qn_core_signal *signal = fault->signal;

	if (signal->sender && signal->sender != fault->core->pid)
		qn_buffer_printf(to, "sent by process %" PRIu32, signal->sender);
	else if (signal->sender && signal->number != SIGABRT)
		qn_buffer_append_string(to, "sent by the process itself");
	else if (!signal->sender && signal->code == SI_USER)
		qn_buffer_append_string(to, "sent from outside the process's pid namespace");
}

void qn_core_tell_fault(const struct qn_core_file *file, const struct qn_modules *modules,
			const struct qn_unwinding *unwinding, struct qn_core *core)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct qn_fault fault = {.file = file, .modules = modules, .core = core, .signal = &core->signal};

	if (!core->signal.number)
		return;
	find_registers(&fault, unwinding);
	find_operand(&fault);
	if (core->signal.code > 0) {
		for (size_t i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++)
			if (tellers[i].signal == core->signal.number)
				tellers[i].tell(&fault, &text);
	} else if (file->has_siginfo) {
		tell_sender(&fault, &text);
	}
	if (text.len && !text.is_failed)
		core->fault = qn_arena_copy(&core->arena, qn_buffer_text(&text));
}
