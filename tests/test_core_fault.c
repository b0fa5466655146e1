/* fault.c, fault_address.c and operand.c: faults in words. Instructions are what `as` makes of the text
 * beside them, signals' codes those of sigaction(2). */
#include "support/core_bytes.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "core/evidence.h"
#include "core/operand.h"

#define TEXT_AT 0x400000U
#define CONSTANTS_AT 0x500000U
#define DATA_AT 0x600000U
#define STACK_AT UINT64_C(0x7ffe00000000)
#define STACK_BYTES 0x4000U
#define PC (TEXT_AT + 0x100)
#define PC_NULL UINT64_MAX /* 0 stands for PC */
#define PID 77U

/* struct user_regs_struct */
enum { REG_AX_AT = 10, REG_CX_AT = 11, REG_PC_AT = 16, REG_SP_AT = 19 };

#define BYTES(text) text, sizeof(text) - 1

struct fault_case {
	const char *expected;
	int32_t signal, code;
	uint64_t value; /* address, or sender */
	uint64_t pc, sp;
	uint64_t rax, rcx;
	const char *bytes; /* of the instruction */
	size_t bytes_count;
};

static void add_thread(struct core_bytes *core, const struct fault_case *fault)
{
	unsigned char status[336] = {0};
	uint64_t registers[27] = {0};

	registers[REG_AX_AT] = fault->rax;
	registers[REG_CX_AT] = fault->rcx;
	registers[REG_PC_AT] = fault->pc == PC_NULL ? 0 : fault->pc ? fault->pc : PC;
	registers[REG_SP_AT] = fault->sp ? fault->sp : STACK_AT + 0x3000;
	memcpy(status + 112, registers, sizeof(registers));
	core_bytes_note(core, NT_PRSTATUS, status, sizeof(status));
}

static void add_file(struct core_bytes *core)
{
	unsigned char data[16 + 24 + 15];
	const uint64_t words[] = {1, 4096, CONSTANTS_AT, CONSTANTS_AT + 0x2000, 0};

	memcpy(data, words, sizeof(words));
	memcpy(data + sizeof(words), "/data/segment1", 15);
	core_bytes_note(core, NT_FILE, data, sizeof(data));
}

static void assert_fault(const struct fault_case *fault)
{
	static const uint64_t stack_words[STACK_BYTES / 8] = {[0x3000 / 8] = 0x4343434343434343};
	struct core_bytes bytes = {0};
	struct qn_core core = {.crashed = 0, .pid = PID};
	struct qn_core_file *file;
	char text[0x200] = "";

	if (fault->bytes)
		memcpy(text + 0x100, fault->bytes, fault->bytes_count);
	add_thread(&bytes, fault);
	core_bytes_siginfo(&bytes, fault->signal, fault->code, fault->value);
	add_file(&bytes);
	core_bytes_memory(&bytes, TEXT_AT, text, sizeof(text), 0x1000, PF_R | PF_X);
	core_bytes_memory(&bytes, CONSTANTS_AT, "", 0, 0x2000, PF_R);
	core_bytes_memory(&bytes, DATA_AT, "data", 4, 0x1000, PF_R | PF_W);
	core_bytes_memory(&bytes, DATA_AT + 0x2000, "", 0, 0x1000, 0);
	core_bytes_memory(&bytes, STACK_AT, stack_words, sizeof(stack_words), STACK_BYTES, PF_R | PF_W);
	file = core_bytes_open(&bytes);
	core.signal = file->signal;
	qn_core_tell_fault(file, NULL, NULL, &core);
	if (!qn_text_equal(core.fault, qn_text_of(fault->expected)))
		fail_msg("\"%.*s\" where \"%s\" is right", QN_ARG(core.fault), fault->expected);
	qn_arena_deinit(&core.arena);
	qn_core_file_close(file);
	core_bytes_deinit(&bytes);
}

static void tells_what_an_address_is(void **state)
{
	static const struct fault_case cases[] = {
		{"null", SIGSEGV, SEGV_MAPERR, 0, 0, 0, 0, 0, NULL, 0},
		{"null + 0x20", SIGSEGV, SEGV_MAPERR, 0x20, 0, 0, 0, 0, NULL, 0},
		{"null + 0xffff", SIGSEGV, SEGV_MAPERR, 0xffff, 0, 0, 0, 0, NULL, 0},
		{"address not mapped", SIGSEGV, SEGV_MAPERR, 0x10000, 0, 0, 0, 0, NULL, 0},
		{"null - 0x8", SIGSEGV, SEGV_MAPERR, (uint64_t)-8, 0, 0, 0, 0, NULL, 0},
		{"null, called as a function", SIGSEGV, SEGV_MAPERR, 0, PC_NULL, 0, 0, 0, NULL, 0},
		{"write to read-only memory (segment1)", SIGSEGV, SEGV_ACCERR, CONSTANTS_AT + 8, 0, 0, 0, 0,
		 NULL, 0},
		{"write to read-only memory", SIGSEGV, SEGV_ACCERR, TEXT_AT + 8, 0, 0, 0, 0, NULL, 0},
		{"access to protected memory", SIGSEGV, SEGV_ACCERR, DATA_AT + 0x2000, 0, 0, 0, 0, NULL, 0},
		{"execution of data", SIGSEGV, SEGV_ACCERR, DATA_AT, DATA_AT, 0, 0, 0, NULL, 0},
		{"execution of an address that is not mapped", SIGSEGV, SEGV_MAPERR, 0x12345678, 0x12345678,
		 0, 0, 0, NULL, 0},
		{"address not mapped, 0xdeadbeef", SIGSEGV, SEGV_MAPERR, 0xdeadbeef + 8, 0, 0, 0, 0, NULL, 0},
		{"address not mapped, jemalloc's fill of freed memory", SIGSEGV, SEGV_MAPERR, 0x5a5a5a5a5a62,
		 0, 0, 0, 0, NULL, 0},
		{"address not mapped, looks like text \"vector\"", SIGSEGV, SEGV_MAPERR, 0x726f74636576, 0, 0,
		 0, 0, NULL, 0},
		{"non-canonical address", SIGSEGV, SEGV_MAPERR, UINT64_C(1) << 60, 0, 0, 0, 0, NULL, 0},
		{"address of the kernel", SIGSEGV, SEGV_MAPERR, UINT64_C(0xffff900000000000), 0, 0, 0, 0,
		 NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(&cases[i]);
}

static void tells_a_stack_overflow_from_other_addresses_near_a_stack(void **state)
{
	static const struct fault_case cases[] = {
		/* the next push; a frame of 32 kB; a frame that moved the stack pointer out already */
		{"stack overflow", SIGSEGV, SEGV_MAPERR, STACK_AT - 8, 0, STACK_AT, 0, 0, NULL, 0},
		{"stack overflow", SIGSEGV, SEGV_ACCERR, STACK_AT - 0x7000, 0, STACK_AT + 0x100, 0, 0, NULL,
		 0},
		{"stack overflow", SIGSEGV, SEGV_MAPERR, STACK_AT - 0x300000, 0, STACK_AT - 0x300008, 0, 0,
		 NULL, 0},
		/* a handler's frame finds no room: the kernel tells no address */
		{"stack overflow", SIGSEGV, SI_KERNEL, 0, 0, STACK_AT, 0, 0, BYTES("\x50")},
		/* mov %rax,(%rax), from a frame that ends at the stack's */
		{"stack overflow", SIGSEGV, SI_KERNEL, 0, 0, STACK_AT + 16, STACK_AT - 64, 0,
		 BYTES("\x48\x89\x00")},
		/* the stack pointer is far above: a wild pointer */
		{"address not mapped", SIGSEGV, SEGV_MAPERR, STACK_AT - 0x100000, 0, STACK_AT + 0x3000, 0, 0,
		 NULL, 0},
		/* the stack pointer is of no stack */
		{"address not mapped", SIGSEGV, SEGV_MAPERR, 0x1234567888, 0, 0x1234567890, 0, 0, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(&cases[i]);
}

#define A UINT64_C(0x4141414141414141)

static void finds_what_is_not_canonical_by_the_instruction(void **state)
{
	static const struct fault_case cases[] = {
		/* mov 0x8(%rax),%rax */
		{"non-canonical address 0x4141414141414149 (rax + 0x8), looks like text \"AAAAAAAA\"",
		 SIGSEGV, SI_KERNEL, 0, 0, 0, A, 0, BYTES("\x48\x8b\x40\x08")},
		/* mov -0x10(%rax,%rcx,8),%edx */
		{"non-canonical address 0x80000000600ff0 (rax + rcx*8 - 0x10)", SIGSEGV, SI_KERNEL, 0, 0, 0,
		 0x601000, UINT64_C(0x10000000000000), BYTES("\x8b\x54\xc8\xf0")},
		/* mov (%rax),%rdx */
		{"non-canonical address 0x5a5a5a5a5a5a5a5a (rax), jemalloc's fill of freed memory", SIGSEGV,
		 SI_KERNEL, 0, 0, 0, UINT64_C(0x5a5a5a5a5a5a5a5a), 0, BYTES("\x48\x8b\x10")},
		/* call *%rax; call *0x18(%rax) */
		{"call of non-canonical address 0x4141414141414141 (rax), looks like text \"AAAAAAAA\"",
		 SIGSEGV, SI_KERNEL, 0, 0, 0, A, 0, BYTES("\xff\xd0")},
		{"non-canonical address 0x4141414141414159 (rax + 0x18), looks like text \"AAAAAAAA\"",
		 SIGSEGV, SI_KERNEL, 0, 0, 0, A, 0, BYTES("\xff\x50\x18")},
		/* jmp *(%rax), where the table holds letters */
		{"call of non-canonical address 0x4343434343434343, looks like text \"CCCCCCCC\"", SIGSEGV,
		 SI_KERNEL, 0, 0, 0, STACK_AT + 0x3000, 0, BYTES("\xff\x20")},
		/* ret */
		{"return to non-canonical address 0x4343434343434343, looks like text \"CCCCCCCC\"", SIGSEGV,
		 SI_KERNEL, 0, 0, 0, 0, 0, BYTES("\xc3")},
		/* lock incl (%rcx); vmovdqu (%rax),%ymm0; mov %gs:(%rax),%rax: its base is not known */
		{"non-canonical address 0x4141414141414141 (rcx), looks like text \"AAAAAAAA\"", SIGSEGV,
		 SI_KERNEL, 0, 0, 0, 0, A, BYTES("\xf0\xff\x01")},
		{"non-canonical address 0x4141414141414141 (rax), looks like text \"AAAAAAAA\"", SIGSEGV,
		 SI_KERNEL, 0, 0, 0, A, 0, BYTES("\xc5\xfe\x6f\x00")},
		{"general protection: non-canonical address or privileged instruction", SIGSEGV, SI_KERNEL, 0,
		 0, 0, A, 0, BYTES("\x65\x48\x8b\x00")},
		/* movaps 0x1(%rax),%xmm0: canonical but misaligned */
		{"misaligned address 0x600001 (rax + 0x1) of a vector instruction", SIGSEGV, SI_KERNEL, 0, 0,
		 0, DATA_AT, 0, BYTES("\x0f\x28\x40\x01")},
		/* lea (%rax),%rax reaches nothing; hlt is privileged; what is no instruction */
		{"general protection: non-canonical address or privileged instruction", SIGSEGV, SI_KERNEL, 0,
		 0, 0, A, 0, BYTES("\x48\x8d\x00")},
		{"general protection: non-canonical address or privileged instruction", SIGSEGV, SI_KERNEL, 0,
		 0, 0, A, 0, BYTES("\xf4")},
		{"general protection: non-canonical address or privileged instruction", SIGSEGV, SI_KERNEL, 0,
		 0x777777, 0, A, 0, NULL, 0},
		/* a stack fault */
		{"non-canonical address 0x4141414141414141 (rsp), looks like text \"AAAAAAAA\"", SIGBUS,
		 SI_KERNEL, 0, 0, A, 0, 0, BYTES("\x50")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(&cases[i]);
}

static void tells_other_signals_and_senders(void **state)
{
	static const struct fault_case cases[] = {
		{"past the end of /data/segment1, which was truncated (or cannot be read)", SIGBUS,
		 BUS_ADRERR, CONSTANTS_AT + 0x1000, 0, 0, 0, 0, NULL, 0},
		{"no memory behind the address", SIGBUS, BUS_ADRERR, 0x900000, 0, 0, 0, 0, NULL, 0},
		{"misaligned address", SIGBUS, BUS_ADRALN, 1, 0, 0, 0, 0, NULL, 0},
		{"memory error of the hardware", SIGBUS, BUS_MCEERR_AR, 1, 0, 0, 0, 0, NULL, 0},
		/* div %ecx; idiv %rcx by -1; by 32 bits of it */
		{"integer division by zero", SIGFPE, FPE_INTDIV, PC, 0, 0, 0, 0, BYTES("\xf7\xf1")},
		{"integer division overflow: the smallest number by -1", SIGFPE, FPE_INTDIV, PC, 0, 0, 0,
		 UINT64_MAX, BYTES("\x48\xf7\xf9")},
		{"integer division overflow: the smallest number by -1", SIGFPE, FPE_INTDIV, PC, 0, 0, 0,
		 UINT32_MAX, BYTES("\xf7\xf9")},
		{"floating-point invalid operation", SIGFPE, FPE_FLTINV, PC, 0, 0, 0, 0, NULL, 0},
		{"ud2: a trap of the compiler (__builtin_trap, unreachable code)", SIGILL, ILL_ILLOPN, PC, 0,
		 0, 0, 0, BYTES("\x0f\x0b")},
		{"AVX-512 instruction that this processor does not have", SIGILL, ILL_ILLOPN, PC, 0, 0, 0, 0,
		 BYTES("\x62\xf1\x7c\x48\x28\x00")},
		{"illegal instruction", SIGILL, ILL_ILLOPN, PC, 0, 0, 0, 0, BYTES("\x06")},
		{"int3: a breakpoint or trap in the program", SIGTRAP, SI_KERNEL, 0, PC + 1, 0, 0, 0,
		 BYTES("\xcc")},
		{"system call forbidden by seccomp", SIGSYS, 1, PC, 0, 0, 0, 0, NULL, 0},
		{"", SIGABRT, SI_TKILL, PID, 0, 0, 0, 0, NULL, 0},
		{"sent by process 4711", SIGABRT, SI_USER, 4711, 0, 0, 0, 0, NULL, 0},
		{"sent by process 4711", SIGSEGV, SI_USER, 4711, 0, 0, 0, 0, NULL, 0},
		{"sent by the process itself", SIGSEGV, SI_TKILL, PID, 0, 0, 0, 0, NULL, 0},
		{"sent from outside the process's pid namespace", SIGSEGV, SI_USER, 0, 0, 0, 0, 0, NULL, 0},
		{"", SIGXCPU, SI_KERNEL, 0, 0, 0, 0, 0, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(&cases[i]);
}

/* Every start of two bytes, cut at every length, with sanitizers at the end of each. */
static void decodes_any_bytes(void **state)
{
	struct qn_x86_registers registers = {0};

	(void)state;
	for (unsigned start = 0; start < 0x10000; start++) {
		for (size_t size = 0; size <= QN_X86_INSTRUCTION_BYTES_MAX; size += 1 + size / 4) {
			unsigned char *bytes = calloc(1, size + !size);
			struct qn_operand operand;

			assert_non_null(bytes);
			for (size_t i = 0; i < size; i++)
				bytes[i] = (unsigned char)(i % 2 ? start >> 8 : start);
			qn_operand_decode(bytes, size, &registers, &operand);
			assert_true(operand.base >= -1 && operand.base < 16);
			assert_true(operand.index >= -1 && operand.index < 16);
			free(bytes);
		}
	}
}

static void tells_the_faults_of_the_committed_cores(void **state)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{"null.x86-64", "null + 0x20"},
		{"null.aarch64", "null + 0x20"},
		{"overflow.x86-64", "stack overflow"},
		{"overflow.aarch64", "stack overflow"},
		{"abort.x86-64", ""},
		{"abort.aarch64", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_core core = {.crashed = SIZE_MAX};
		struct qn_core_file *file;
		char path[4096];
		int fd;

		snprintf(path, sizeof(path), "%s/testdata/cores/%s.core", qn_srcdir(), cases[i].name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_no_error(qn_core_file_open(fd, &file));
		close(fd);
		core.signal = file->signal;
		core.pid = file->pid;
		qn_core_tell_fault(file, NULL, NULL, &core);
		assert_text(core.fault, cases[i].expected);
		qn_arena_deinit(&core.arena);
		qn_core_file_close(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_an_address_is),
		cmocka_unit_test(tells_a_stack_overflow_from_other_addresses_near_a_stack),
		cmocka_unit_test(finds_what_is_not_canonical_by_the_instruction),
		cmocka_unit_test(tells_other_signals_and_senders),
		cmocka_unit_test(decodes_any_bytes),
		cmocka_unit_test(tells_the_faults_of_the_committed_cores),
	};
	return QN_RUN("core_fault", tests);
}
