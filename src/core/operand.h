/* What one x86-64 instruction reaches in memory: the processor tells no address where it is non-canonical, so
 * the instruction and the registers must. Encoding: Intel's manual, volume 2, chapter 2 and appendix A.
 * No disassembler: what is not known is no operand. */
#ifndef QN_CORE_OPERAND_H
#define QN_CORE_OPERAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QN_X86_INSTRUCTION_BYTES_MAX 15U

/* rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8..r15: as instructions number them. */
struct qn_x86_registers {
	uint64_t general[16];
};
extern const char *const qn_x86_register_names[16];

enum qn_operand_use {
	QN_OPERAND_NONE,
	QN_OPERAND_ACCESS,  /* memory at `address` */
	QN_OPERAND_CALL,    /* the target of a call or jump stands in the register `base` */
	QN_OPERAND_CALL_AT, /* it stands in memory at `address` */
	QN_OPERAND_RETURN,  /* the same of a return */
};

struct qn_operand {
	enum qn_operand_use use;
	uint64_t address;
	int base, index; /* registers; -1: none */
	unsigned scale;
	int64_t displacement;
	bool is_vector;   /* an instruction that wants its operand aligned to 16 bytes */
	bool is_division; /* div or idiv: by the register `base` when is_register, else by memory */
	bool is_register; /* the operand is the register `base` itself */
	bool is_wide;     /* REX.W: 64 bits */
	bool has_other;   /* a string instruction that also reaches what rsi points to */
};

/* @bytes  at the pc, at most QN_X86_INSTRUCTION_BYTES_MAX are looked at */
void qn_operand_decode(const unsigned char *bytes, size_t size, const struct qn_x86_registers *registers,
		       struct qn_operand *ret);

#endif
