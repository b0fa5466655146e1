#include "core/unwind_step.h"

#include "base/banned.h"

const struct qn_register_names *qn_register_names(enum qn_machine machine)
{
	static const struct qn_register_names x86_64 = {17, 7, 6, 16}, aarch64 = {32, 31, 29, 30};

	return machine == QN_MACHINE_AARCH64 ? &aarch64 : &x86_64;
}

void qn_registers_of_thread(const struct qn_core_file *file, const struct qn_core_status *status,
			    struct qn_registers *ret)
{
	/* DWARF's numbers in the words of struct user_regs_struct */
	static const unsigned char x86_64[17] = {10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16};
	const struct qn_register_names *names = qn_register_names(file->machine);

	*ret = (struct qn_registers){.pc = qn_core_status_register(file, status, QN_CORE_PC)};
	for (unsigned i = 0; i < names->count; i++)
		qn_register_set(ret, i,
				status->registers[file->machine == QN_MACHINE_AARCH64 ? i : x86_64[i]]);
}

/* A return address may be signed in the bits above those of an address (Armv8.3 pointer authentication). */
static uint64_t plain_address(const struct qn_core_file *file, uint64_t value)
{
	return file->machine == QN_MACHINE_AARCH64 ? value & ((UINT64_C(1) << 48) - 1) : value;
}

static bool find_cfa(const struct qn_rows *rows, const struct qn_step *step, uint64_t *ret)
{
	const struct qn_rule *rule = &step->row->cfa;

	if (rule->kind == QN_RULE_IS_EXPRESSION)
		return qn_expression_evaluate(rows->file, &step->registers, NULL, rule->ops, rule->ops_count,
					      ret);
	if (!qn_register_get(&step->registers, rule->number, ret))
		return false;
	*ret += (uint64_t)rule->offset;
	return true;
}

static bool apply_rule(const struct qn_rows *rows, const struct qn_registers *registers,
		       const struct qn_rule *rule, uint64_t cfa, uint64_t *ret)
{
	uint64_t address;

	switch (rule->kind) {
	case QN_RULE_AT_OFFSET: return qn_core_file_read_u64(rows->file, cfa + (uint64_t)rule->offset, ret);
	case QN_RULE_IS_OFFSET: *ret = cfa + (uint64_t)rule->offset; return true;
	case QN_RULE_REGISTER:
		return rule->offset < QN_REGISTERS_MAX &&
		       qn_register_get(registers, (unsigned)rule->offset, ret);
	default: break;
	}
	if (!qn_expression_evaluate(rows->file, registers, &cfa, rule->ops, rule->ops_count, &address))
		return false;
	*ret = address;
	return rule->kind == QN_RULE_IS_EXPRESSION || qn_core_file_read_u64(rows->file, address, ret);
}

/* What CFI says. A register that cannot be read is unknown from there on; only the pc is needed at once. */
static bool step_by_cfi(struct qn_rows *rows, struct qn_step *step)
{
	const struct qn_row *row = step->row;
	struct qn_registers next = step->registers;
	uint64_t cfa, value;

	if (!find_cfa(rows, step, &cfa)) {
		step->end = QN_UNWIND_END_NO_MEMORY;
		return false;
	}
	next.known &= row->same;
	for (size_t i = 0; i < row->rules_count; i++)
		if (apply_rule(rows, &step->registers, &row->rules[i], cfa, &value))
			qn_register_set(&next, row->rules[i].number, value);
	if (!qn_register_get(&next, row->return_address, &value)) {
		step->end = QN_UNWIND_END_NO_MEMORY;
		return false;
	}
	next.pc = plain_address(rows->file, value);
	step->is_activation = row->special == QN_SPECIAL_SIGPANIC;
	step->registers = next;
	return true;
}

static bool step_out_of_signal(struct qn_rows *rows, struct qn_step *step)
{
	uint64_t sp;

	if (!qn_register_get(&step->registers, qn_register_names(rows->file->machine)->sp, &sp) ||
	    !qn_signal_frame_registers(rows->file, sp, &step->registers)) {
		step->end = QN_UNWIND_END_NO_MEMORY;
		return false;
	}
	step->is_activation = true;
	step->is_switched = true;
	return true;
}

bool qn_is_return_address(const struct qn_rows *rows, uint64_t pc)
{
	return qn_modules_find(rows->modules, pc) != SIZE_MAX && qn_code_may_run(rows->file, pc) &&
	       qn_code_is_after_call(rows->file, pc) == QN_CALL_YES;
}

/* Go's runtime.asmcgocall (runtime/asm_amd64.s) runs C on the system stack and leaves there the goroutine and
 * how deep its stack was:
 *
 *	sp + 40   stack.hi - sp of the caller
 *	sp + 48   g, which begins with stack.lo, stack.hi */
static bool step_out_of_c(struct qn_rows *rows, struct qn_step *step)
{
	const struct qn_core_file *file = rows->file;
	uint64_t sp, depth, g, bounds[2], pc;

	if (file->machine != QN_MACHINE_X86_64 || !qn_register_get(&step->registers, 7, &sp) ||
	    !qn_core_file_read_u64(file, sp + 40, &depth) || !qn_core_file_read_u64(file, sp + 48, &g) ||
	    !qn_core_file_read(file, g, bounds, sizeof(bounds)) || bounds[0] >= bounds[1] || depth < 8 ||
	    depth > bounds[1] - bounds[0] || !qn_core_file_read_u64(file, bounds[1] - depth, &pc) ||
	    !qn_is_return_address(rows, pc))
		return false;
	/* the frame pointer, and what C keeps, are as in the caller */
	qn_register_set(&step->registers, 7, bounds[1] - depth + 8);
	qn_register_set(&step->registers, 16, pc);
	step->registers.pc = pc;
	step->is_activation = false;
	step->is_switched = true;
	return true;
}

/* runtime/cgo/gcc_amd64.S pushes rbx, rbp, r12..r15 and calls. */
static bool step_out_of_go(struct qn_rows *rows, struct qn_step *step)
{
	static const unsigned char pushed[6] = {15, 14, 13, 12, 6, 3};
	uint64_t sp, words[7];

	if (rows->file->machine != QN_MACHINE_X86_64 || !qn_register_get(&step->registers, 7, &sp) ||
	    !qn_core_file_read(rows->file, sp, words, sizeof(words)) || !qn_is_return_address(rows, words[6]))
		return false;
	for (unsigned i = 0; i < 6; i++)
		qn_register_set(&step->registers, pushed[i], words[i]);
	qn_register_set(&step->registers, 7, sp + sizeof(words));
	step->registers.pc = words[6];
	step->is_activation = false;
	return true;
}

/* A call into nowhere: its return address is the last thing on the stack. */
static bool step_out_of_nowhere(struct qn_rows *rows, struct qn_step *step)
{
	const struct qn_register_names *names = qn_register_names(rows->file->machine);
	uint64_t sp, pc;

	if (!step->is_activation || !qn_register_get(&step->registers, names->sp, &sp))
		return false;
	if (rows->file->machine == QN_MACHINE_AARCH64) {
		if (!qn_register_get(&step->registers, names->return_address, &pc))
			return false;
	} else if (!qn_core_file_read_u64(rows->file, sp, &pc)) {
		return false;
	}
	pc = plain_address(rows->file, pc);
	if (!qn_is_return_address(rows, pc))
		return false;
	if (rows->file->machine != QN_MACHINE_AARCH64)
		qn_register_set(&step->registers, names->sp, sp + 8);
	step->registers.pc = pc;
	step->is_activation = false;
	return true;
}

/* Code without tables (assembly, generated code, Go without DWARF) that keeps frame pointers: the caller's
 * and the return address lie where it points to, on both machines. */
static bool step_by_frame_pointer(struct qn_rows *rows, struct qn_step *step)
{
	const struct qn_register_names *names = qn_register_names(rows->file->machine);
	const struct qn_core_segment *segment;
	uint64_t sp, fp, words[2];

	if (!qn_register_get(&step->registers, names->sp, &sp) ||
	    !qn_register_get(&step->registers, names->fp, &fp) || fp < sp || fp % 8 != 0)
		return false;
	segment = qn_core_file_segment(rows->file, sp);
	if (!segment || fp - segment->address >= segment->memory_size ||
	    !qn_core_file_read(rows->file, fp, words, sizeof(words)))
		return false;
	words[1] = plain_address(rows->file, words[1]);
	if (!qn_is_return_address(rows, words[1]))
		return false;
	step->registers.known = 0;
	qn_register_set(&step->registers, names->fp, words[0]);
	qn_register_set(&step->registers, names->sp, fp + sizeof(words));
	step->registers.pc = words[1];
	step->is_activation = false;
	return true;
}

static bool step_by_kind(struct qn_rows *rows, struct qn_step *step)
{
	switch (step->row->kind) {
	case QN_ROW_CFI: return step_by_cfi(rows, step);
	case QN_ROW_SIGNAL_FRAME: return step_out_of_signal(rows, step);
	case QN_ROW_ENTRY: step->end = QN_UNWIND_END_ENTRY; return false;
	case QN_ROW_NO_FILE: step->end = QN_UNWIND_END_NO_FILE; return false;
	case QN_ROW_NO_MODULE:
		step->end = QN_UNWIND_END_NO_MODULE;
		/* no code: the pc itself is what went wrong */
		if (!qn_code_may_run(rows->file, step->registers.pc))
			return step_out_of_nowhere(rows, step);
		return step_by_frame_pointer(rows, step);
	case QN_ROW_NO_CFI: break;
	}
	step->end = QN_UNWIND_END_NO_CFI;
	return step_by_frame_pointer(rows, step) || step_out_of_nowhere(rows, step);
}

bool qn_step(struct qn_rows *rows, struct qn_step *step)
{
	enum qn_special special = step->row->special;

	step->is_switched = false;
	if (special == QN_SPECIAL_TOP) {
		step->end = QN_UNWIND_END_ENTRY;
		return false;
	}
	if (special == QN_SPECIAL_ASMCGOCALL && step_out_of_c(rows, step))
		return true;
	if (special == QN_SPECIAL_CROSSCALL && step->row->kind == QN_ROW_NO_CFI && step_out_of_go(rows, step))
		return true;
	if (!step_by_kind(rows, step)) {
		if (special == QN_SPECIAL_ENTRY)
			step->end = QN_UNWIND_END_ENTRY;
		return false;
	}
	/* nothing is called from 0, nor is a thread's first function from where no code is */
	if (!step->registers.pc ||
	    (special == QN_SPECIAL_ENTRY && qn_modules_find(rows->modules, step->registers.pc) == SIZE_MAX)) {
		bool is_entry = special == QN_SPECIAL_ENTRY;

		step->end = is_entry ? QN_UNWIND_END_ENTRY : QN_UNWIND_END_NO_MODULE;
		return step->is_switched && !is_entry; /* what a signal interrupted at 0 is a frame */
	}
	return true;
}

enum qn_unwind_end qn_row_end(const struct qn_row *row)
{
	static const enum qn_unwind_end ends[] = {
		[QN_ROW_CFI] = QN_UNWIND_END_NO_MEMORY,   [QN_ROW_SIGNAL_FRAME] = QN_UNWIND_END_NO_MEMORY,
		[QN_ROW_ENTRY] = QN_UNWIND_END_ENTRY,     [QN_ROW_NO_MODULE] = QN_UNWIND_END_NO_MODULE,
		[QN_ROW_NO_FILE] = QN_UNWIND_END_NO_FILE, [QN_ROW_NO_CFI] = QN_UNWIND_END_NO_CFI,
	};

	if (row->special == QN_SPECIAL_TOP || row->special == QN_SPECIAL_ENTRY)
		return QN_UNWIND_END_ENTRY;
	return ends[row->kind];
}
