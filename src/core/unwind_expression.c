#include "core/unwind_step.h"

#include "base/banned.h"

#define STACK_MAX 64U
#define OPS_MAX 4096U /* a loop of jumps ends somewhere */

struct machine {
	const struct qn_core_file *file;
	const struct qn_registers *registers;
	const uint64_t *cfa;
	uint64_t stack[STACK_MAX];
	size_t count;
};

static bool push(struct machine *machine, uint64_t value)
{
	if (machine->count >= STACK_MAX)
		return false;
	machine->stack[machine->count++] = value;
	return true;
}

static bool push_register(struct machine *machine, uint64_t number, uint64_t offset)
{
	uint64_t value;

	return number < QN_REGISTERS_MAX && qn_register_get(machine->registers, (unsigned)number, &value) &&
	       push(machine, value + offset);
}

static bool dereference(struct machine *machine, uint64_t size)
{
	uint64_t value = 0;

	if (!machine->count || !size || size > sizeof(value) ||
	    !qn_core_file_read(machine->file, machine->stack[machine->count - 1], &value, (size_t)size))
		return false;
	machine->stack[machine->count - 1] = value;
	return true;
}

static bool unary(struct machine *machine, const Dwarf_Op *op)
{
	uint64_t *top = &machine->stack[machine->count - 1];

	if (!machine->count)
		return false;
	switch (op->atom) {
	case DW_OP_abs: *top = (int64_t)*top < 0 ? -*top : *top; return true;
	case DW_OP_neg: *top = -*top; return true;
	case DW_OP_not: *top = ~*top; return true;
	case DW_OP_plus_uconst: *top += op->number; return true;
	default: return false;
	}
}

static bool divide(uint64_t a, uint64_t b, bool is_remainder, uint64_t *ret)
{
	if (b == 0 || (b == UINT64_MAX && a == UINT64_C(1) << 63))
		return false;
	*ret = is_remainder ? a % b : (uint64_t)((int64_t)a / (int64_t)b);
	return true;
}

static bool binary(struct machine *machine, unsigned atom)
{
	uint64_t a, b, value;

	if (machine->count < 2)
		return false;
	a = machine->stack[machine->count - 2];
	b = machine->stack[machine->count - 1];
	switch (atom) {
	case DW_OP_and: value = a & b; break;
	case DW_OP_or: value = a | b; break;
	case DW_OP_xor: value = a ^ b; break;
	case DW_OP_plus: value = a + b; break;
	case DW_OP_minus: value = a - b; break;
	case DW_OP_mul: value = a * b; break;
	case DW_OP_shl: value = b < 64 ? a << b : 0; break;
	case DW_OP_shr: value = b < 64 ? a >> b : 0; break;
	case DW_OP_shra: value = (uint64_t)((int64_t)a >> (b < 64 ? b : 63)); break;
	case DW_OP_eq: value = a == b; break;
	case DW_OP_ne: value = a != b; break;
	case DW_OP_lt: value = (int64_t)a < (int64_t)b; break;
	case DW_OP_le: value = (int64_t)a <= (int64_t)b; break;
	case DW_OP_gt: value = (int64_t)a > (int64_t)b; break;
	case DW_OP_ge: value = (int64_t)a >= (int64_t)b; break;
	case DW_OP_div:
	case DW_OP_mod:
		if (!divide(a, b, atom == DW_OP_mod, &value))
			return false;
		break;
	default: return false;
	}
	machine->stack[--machine->count - 1] = value;
	return true;
}

/* dup, over, pick, drop, swap, rot */
static bool arrange(struct machine *machine, const Dwarf_Op *op)
{
	uint64_t depth = op->atom == DW_OP_dup ? 0 : op->atom == DW_OP_over ? 1 : op->number;
	uint64_t *end = &machine->stack[machine->count], top;

	switch (op->atom) {
	case DW_OP_dup:
	case DW_OP_over:
	case DW_OP_pick: return depth < machine->count && push(machine, end[-1 - (ptrdiff_t)depth]);
	case DW_OP_drop: return machine->count && machine->count--;
	case DW_OP_swap:
		if (machine->count < 2)
			return false;
		top = end[-1];
		end[-1] = end[-2];
		end[-2] = top;
		return true;
	case DW_OP_rot:
		if (machine->count < 3)
			return false;
		top = end[-1];
		end[-1] = end[-2];
		end[-2] = end[-3];
		end[-3] = top;
		return true;
	default: return false;
	}
}

/* The place of a jump: `offset` counts bytes of the expression, and an operation knows its own. */
static bool jump(const Dwarf_Op *ops, size_t count, size_t *at)
{
	Dwarf_Word target = ops[*at].offset + 3 + (Dwarf_Word)(int16_t)ops[*at].number;

	for (size_t i = 0; i < count; i++) {
		if (ops[i].offset == target) {
			*at = i;
			return true;
		}
	}
	*at = count; /* behind the last one */
	return count && target > ops[count - 1].offset;
}

static bool run_one(struct machine *machine, const Dwarf_Op *op)
{
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		return push(machine, op->atom - DW_OP_lit0);
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		return push_register(machine, op->atom - DW_OP_breg0, op->number);
	switch (op->atom) {
	case DW_OP_addr:
	case DW_OP_const1u:
	case DW_OP_const1s:
	case DW_OP_const2u:
	case DW_OP_const2s:
	case DW_OP_const4u:
	case DW_OP_const4s:
	case DW_OP_const8u:
	case DW_OP_const8s:
	case DW_OP_constu:
	case DW_OP_consts: return push(machine, op->number);
	case DW_OP_bregx: return push_register(machine, op->number, op->number2);
	case DW_OP_call_frame_cfa: return machine->cfa && push(machine, *machine->cfa);
	case DW_OP_deref: return dereference(machine, 8);
	case DW_OP_deref_size: return dereference(machine, op->number);
	case DW_OP_nop:
	case DW_OP_stack_value: return true;
	default: return arrange(machine, op) || unary(machine, op) || binary(machine, op->atom);
	}
}

bool qn_expression_evaluate(const struct qn_core_file *file, const struct qn_registers *registers,
			    const uint64_t *cfa, const Dwarf_Op *ops, size_t count, uint64_t *ret)
{
	struct machine machine = {.file = file, .registers = registers, .cfa = cfa};
	unsigned done = 0;

	for (size_t at = 0; at < count;) {
		if (++done > OPS_MAX)
			return false;
		if (ops[at].atom == DW_OP_skip || ops[at].atom == DW_OP_bra) {
			bool is_taken = ops[at].atom == DW_OP_skip;

			if (!is_taken && !machine.count)
				return false;
			if (!is_taken)
				is_taken = machine.stack[--machine.count] != 0;
			if (!is_taken)
				at++;
			else if (!jump(ops, count, &at))
				return false;
			continue;
		}
		if (!run_one(&machine, &ops[at++]))
			return false;
	}
	if (!machine.count)
		return false;
	*ret = machine.stack[machine.count - 1];
	return true;
}
