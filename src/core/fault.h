/* What fault.c and fault_address.c know of a fault. */
#ifndef QN_CORE_FAULT_H
#define QN_CORE_FAULT_H

#include "core/evidence.h"
#include "core/operand.h"

/* The moment of the fault. */
struct qn_fault {
	const struct qn_core_file *file;
	const struct qn_modules *modules;
	struct qn_core *core;
	const struct qn_core_signal *signal;
	uint64_t pc, sp;                   /* 0 unknown */
	struct qn_x86_registers registers; /* x86-64 only */
	struct qn_operand operand;
};

/* Both append to @to, or nothing where nothing is known. The second one: x86-64's general protection and
 * stack faults, which come without address. */
void qn_fault_tell_segv(const struct qn_fault *fault, struct qn_buffer *to);
void qn_fault_tell_protection(const struct qn_fault *fault, struct qn_buffer *to);

#endif
