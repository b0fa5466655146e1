/* The kernel's frame of a signal handler, on the stack that the handler runs on.
 *
 * x86-64 (arch/x86/include/asm/sigframe.h), sp behind the return address that the handler took:
 *
 *	+0    ucontext: flags, link, stack (40 bytes)
 *	+40   r8..r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, ...
 *	+304  siginfo
 *
 * AArch64 (arch/arm64/kernel/signal.c), sp at its begin:
 *
 *	+0    siginfo (128 bytes)
 *	+128  ucontext: flags, link, stack, mask, room (176 bytes)
 *	+304  fault address, x0..x30, sp, pc, pstate */
#include "core/unwind_step.h"

#include "base/banned.h"

#define X86_64_REGISTERS 40U
#define X86_64_SIGINFO 304U
#define AARCH64_REGISTERS 312U

bool qn_signal_frame_registers(const struct qn_core_file *file, uint64_t sp, struct qn_registers *ret)
{
	/* DWARF's numbers of the words of struct sigcontext */
	static const unsigned char numbers[17] = {8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16};
	uint64_t words[33];
	size_t count = file->machine == QN_MACHINE_AARCH64 ? 33 : 17;
	uint64_t at = sp + (file->machine == QN_MACHINE_AARCH64 ? AARCH64_REGISTERS : X86_64_REGISTERS);

	if (!qn_core_file_read(file, at, words, count * sizeof(*words)))
		return false;
	*ret = (struct qn_registers){.pc = words[count == 33 ? 32 : 16]};
	for (unsigned i = 0; i < count; i++)
		qn_register_set(ret, count == 33 ? i : numbers[i], words[i]);
	return true;
}

/* A handler without SA_SIGINFO gets a frame without siginfo; the processor's own words are there: behind rip
 * flags, segments, error, trap number, mask, address of the page. A trap number that is not 0 is of a fault
 * that raised a signal. */
static bool read_trap(const struct qn_core_file *file, uint64_t sp, struct qn_core_signal *ret)
{
	enum { TRAP_GENERAL_PROTECTION = 13, TRAP_PAGE = 14 };
	enum { ERROR, TRAP, MASK, ADDRESS, WORDS };
	uint64_t words[WORDS];

	if (file->machine != QN_MACHINE_X86_64 ||
	    !qn_core_file_read(file, sp + X86_64_REGISTERS + 19 * sizeof(*words), words, sizeof(words)) ||
	    (words[TRAP] != TRAP_PAGE && words[TRAP] != TRAP_GENERAL_PROTECTION))
		return false;
	*ret = (struct qn_core_signal){.number = 11, .code = 128};
	if (words[TRAP] == TRAP_PAGE) { /* bit 0 of its error: the page was there, and not for this */
		ret->code = words[ERROR] & 1 ? 2 : 1;
		ret->has_address = true;
		ret->address = words[ADDRESS];
	}
	return true;
}

/* siginfo: signo, errno, code (4 bytes each), 4 of nothing, then the address of a fault or pid and uid of a
 * sender */
static bool read_siginfo(const struct qn_core_file *file, uint64_t sp, struct qn_core_signal *ret)
{
	int32_t words[4];
	uint64_t at = file->machine == QN_MACHINE_AARCH64 ? sp : sp + X86_64_SIGINFO, address;

	if (!qn_core_file_read(file, at, words, sizeof(words)) ||
	    !qn_core_file_read_u64(file, at + sizeof(words), &address) || words[0] <= 0 || words[0] > 64)
		return false;
	*ret = (struct qn_core_signal){.number = (uint32_t)words[0], .code = words[2]};
	/* a positive code is the kernel's own; SI_KERNEL (128) has no address */
	ret->has_address = words[2] > 0 && words[2] != 128 &&
			   (words[0] == 11 || words[0] == 7 || words[0] == 8 || words[0] == 4);
	if (ret->has_address)
		ret->address = address;
	else if (words[2] <= 0)
		ret->sender = (uint32_t)address;
	return true;
}

bool qn_signal_frame_signal(const struct qn_core_file *file, uint64_t sp, struct qn_core_signal *ret)
{
	struct qn_registers registers;

	if (!read_siginfo(file, sp, ret) && !read_trap(file, sp, ret))
		return false;
	if (qn_signal_frame_registers(file, sp, &registers))
		ret->pc = registers.pc;
	return true;
}
