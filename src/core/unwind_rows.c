#include <stdlib.h>

#include "core/unwind_step.h"
#include "base/banned.h"

struct qn_error *qn_rows_init(struct qn_rows *rows, const struct qn_core_file *file,
			      struct qn_modules *modules)
{
	*rows = (struct qn_rows){.file = file, .modules = modules};
	rows->specials = qn_arena_alloc(&rows->arena, (modules->count + 1) * sizeof(*rows->specials));
	return qn_arena_check(&rows->arena);
}

void qn_rows_deinit(struct qn_rows *rows)
{
	for (size_t i = 0; rows->specials && i < rows->modules->count; i++)
		free(rows->specials[i].ranges);
	qn_map_deinit(&rows->map);
	qn_arena_deinit(&rows->arena);
}

/* libdw's operations that say where a register is, in the forms that nearly all have. */
static bool read_rule(const Dwarf_Op *ops, size_t count, struct qn_rule *rule)
{
	bool is_value = ops[count - 1].atom == DW_OP_stack_value;
	size_t length = count - is_value;

	if (length >= 1 && length <= 2 && ops[0].atom == DW_OP_call_frame_cfa &&
	    (length == 1 || ops[1].atom == DW_OP_plus_uconst)) {
		rule->kind = is_value ? QN_RULE_IS_OFFSET : QN_RULE_AT_OFFSET;
		rule->offset = length == 1 ? 0 : (int64_t)ops[1].number;
		return true;
	}
	if (count == 1 &&
	    (ops[0].atom == DW_OP_regx || (ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31))) {
		rule->kind = QN_RULE_REGISTER;
		rule->offset = (int64_t)(ops[0].atom == DW_OP_regx ? ops[0].number
								   : (Dwarf_Word)ops[0].atom - DW_OP_reg0);
		return true;
	}
	rule->kind = is_value ? QN_RULE_IS_EXPRESSION : QN_RULE_AT_EXPRESSION;
	return false;
}

/* An expression that libdw built for this call only is copied; others live as long as the CFI. */
static void keep_ops(struct qn_rows *rows, const Dwarf_Op *ops, size_t count, struct qn_rule *rule)
{
	Dwarf_Op *copy = qn_arena_alloc(&rows->arena, count * sizeof(*copy));

	if (copy)
		memcpy(copy, ops, count * sizeof(*copy));
	rule->ops = copy;
	rule->ops_count = copy ? count : 0;
}

static bool read_cfa(struct qn_rows *rows, Dwarf_Frame *frame, struct qn_rule *rule)
{
	Dwarf_Op *ops;
	size_t count;

	if (dwarf_frame_cfa(frame, &ops, &count) != 0 || !count)
		return false;
	if (count == 1 && ops[0].atom == DW_OP_bregx && ops[0].number < QN_REGISTERS_MAX) {
		*rule = (struct qn_rule){.kind = QN_RULE_IS_OFFSET,
					 .number = (uint8_t)ops[0].number,
					 .offset = (int64_t)ops[0].number2};
		return true;
	}
	rule->kind = QN_RULE_IS_EXPRESSION;
	keep_ops(rows, ops, count, rule);
	return true;
}

static bool read_registers(struct qn_rows *rows, Dwarf_Frame *frame, struct qn_row *row)
{
	const struct qn_register_names *names = qn_register_names(rows->file->machine);
	struct qn_rule rules[QN_REGISTERS_MAX];
	size_t rules_count = 0;

	for (unsigned i = 0; i < names->count; i++) {
		Dwarf_Op memory[3], *ops;
		struct qn_rule rule = {.number = (uint8_t)i};
		size_t count;

		if (dwarf_frame_register(frame, (int)i, memory, &ops, &count) != 0)
			continue;
		if (count == 0) {
			if (ops == NULL)
				row->same |= UINT64_C(1) << i;
			else if (i == row->return_address)
				row->kind = QN_ROW_ENTRY;
			continue;
		}
		if (!read_rule(ops, count, &rule))
			keep_ops(rows, ops, count, &rule);
		rules[rules_count++] = rule;
	}
	row->rules = qn_arena_alloc(&rows->arena, (rules_count + 1) * sizeof(*row->rules));
	if (!row->rules)
		return false;
	memcpy(row->rules, rules, rules_count * sizeof(*rules));
	row->rules_count = rules_count;
	return true;
}

static bool read_table(struct qn_rows *rows, Dwarf_CFI *cfi, uint64_t at, struct qn_row *row)
{
	_cleanup_free_ Dwarf_Frame *frame = NULL;
	int number;

	if (!cfi || dwarf_cfi_addrframe(cfi, at, &frame) != 0) {
		frame = NULL;
		return false;
	}
	number = dwarf_frame_info(frame, NULL, NULL, NULL);
	if (number < 0 || (unsigned)number >= QN_REGISTERS_MAX)
		return false;
	row->kind = QN_ROW_CFI;
	row->return_address = (unsigned)number;
	return read_cfa(rows, frame, &row->cfa) && read_registers(rows, frame, row);
}

static bool read_cfi(struct qn_rows *rows, uint64_t at, struct qn_row *row)
{
	Dwfl_Module *module = rows->modules->items[row->module].dwfl;
	Dwarf_Addr bias;
	Dwarf_CFI *cfi = dwfl_module_eh_cfi(module, &bias);

	row->same = 0;
	if (cfi && read_table(rows, cfi, at - bias, row))
		return true;
	cfi = dwfl_module_dwarf_cfi(module, &bias);
	row->same = 0;
	if (cfi && read_table(rows, cfi, at - bias, row))
		return true;
	row->kind = QN_ROW_NO_CFI;
	return false;
}

static void read_row(struct qn_rows *rows, uint64_t pc, bool is_activation, struct qn_row *row)
{
	enum qn_call call = is_activation ? QN_CALL_NO : qn_code_is_after_call(rows->file, pc);

	row->is_exact = is_activation || call == QN_CALL_NO;
	row->module = qn_modules_find(rows->modules, row->is_exact ? pc : pc - 1);
	if (qn_code_is_sigreturn(rows->file, pc)) {
		row->kind = QN_ROW_SIGNAL_FRAME;
		row->is_exact = true;
		return;
	}
	if (row->module == SIZE_MAX) {
		row->kind = QN_ROW_NO_MODULE;
		return;
	}
	if (!rows->modules->items[row->module].dwfl) {
		row->kind = QN_ROW_NO_FILE;
		return;
	}
	/* a call that does not return may end its function, and what a handler put there may begin one: the
	   other place is tried where one has no table */
	if (!read_cfi(rows, row->is_exact ? pc : pc - 1, row) && !is_activation &&
	    read_cfi(rows, row->is_exact ? pc - 1 : pc, row))
		row->is_exact = !row->is_exact;
	row->special = qn_special_at(rows, row->module, row->is_exact ? pc : pc - 1);
}

struct qn_error *qn_rows_find(struct qn_rows *rows, uint64_t pc, bool is_activation,
			      const struct qn_row **ret)
{
	uint64_t key[2] = {pc, is_activation};
	struct qn_row *row = qn_map_find(&rows->map, (struct qn_text){(const char *)key, sizeof(key)});

	if (!row) {
		row = qn_arena_alloc(&rows->arena, sizeof(*row));
		QN_TRY(qn_arena_check(&rows->arena));
		memcpy(row->key, key, sizeof(key));
		read_row(rows, pc, is_activation, row);
		QN_TRY(qn_arena_check(&rows->arena));
		QN_TRY(qn_map_put(&rows->map, (struct qn_text){(const char *)row->key, sizeof(row->key)},
				  row));
	}
	*ret = row;
	return NULL;
}
