/* Compilation units by address. */
#include "core/code_parts.h"

#include <stdlib.h>

#include "base/banned.h"

void qn_code_units_deinit(struct qn_code *code)
{
	for (size_t i = 0; i < code->units_count; i++) {
		qn_spans_deinit(&code->units[i].functions);
		free(code->units[i].entries);
	}
	free(code->units);
	qn_spans_deinit(&code->unit_spans);
}

/* A linker that drops a function leaves its range at 0 or at the last addresses there are. */
static bool is_dropped(uint64_t start)
{
	return start == 0 || start >= UINT64_MAX - 1;
}

struct qn_error *qn_code_add_ranges(struct qn_spans *spans, Dwarf_Die *die, size_t value, bool *ret_any)
{
	Dwarf_Addr base = 0, start, end;
	ptrdiff_t offset = 0;

	*ret_any = false;
	for (size_t i = 0; i < QN_CODE_RANGES_MAX; i++) {
		offset = dwarf_ranges(die, offset, &base, &start, &end);
		if (offset <= 0)
			break;
		*ret_any = true;
		if (!is_dropped(start))
			QN_TRY(qn_spans_add(spans, start, end, value));
	}
	return NULL;
}

static struct qn_error *add_unit(struct qn_code *code, const Dwarf_Die *die)
{
	struct qn_code_unit *unit;

	QN_TRY(qn_array_reserve(&code->units, &code->units_capacity, code->units_count + 1,
				sizeof(*code->units)));
	unit = &code->units[code->units_count];
	*unit = (struct qn_code_unit){.die = *die, .whole = *die};
	QN_TRY(qn_code_add_ranges(&code->unit_spans, &unit->die, code->units_count, &unit->has_ranges));
	code->units_count++;
	return NULL;
}

static struct qn_error *read_units(struct qn_code *code)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t type;

	code->has_units = true;
	code->dwarf = dwfl_module_getdwarf(code->module, &code->bias);
	if (!code->dwarf)
		return NULL;
	while (code->units_count < QN_CODE_UNITS_MAX) {
		memset(&die, 0, sizeof(die));
		if (dwarf_get_units(code->dwarf, unit, &unit, NULL, &type, &die, NULL) != 0)
			break;
		if (type == DW_UT_type || type == DW_UT_split_type || type == DW_UT_partial || !die.addr)
			continue;
		QN_TRY(add_unit(code, &die));
	}
	qn_spans_sort(&code->unit_spans);
	return NULL;
}

/* Units that do not say what they cover: their functions do. */
static struct qn_error *read_rangeless(struct qn_code *code)
{
	code->has_rangeless = true;
	for (size_t i = 0; i < code->units_count; i++)
		if (!code->units[i].has_ranges)
			QN_TRY(qn_code_functions_add(&code->unit_spans, &code->units[i], i));
	qn_spans_sort(&code->unit_spans);
	return NULL;
}

struct qn_error *qn_code_unit_find(struct qn_code *code, uint64_t address, struct qn_code_unit **ret)
{
	const struct qn_span *span;

	*ret = NULL;
	if (!code->has_units)
		QN_TRY(read_units(code));
	if (!code->units_count)
		return NULL;
	span = qn_spans_find(&code->unit_spans, address - code->bias);
	if (!span && !code->has_rangeless) {
		QN_TRY(read_rangeless(code));
		span = qn_spans_find(&code->unit_spans, address - code->bias);
	}
	if (span)
		*ret = &code->units[span->value];
	return NULL;
}
