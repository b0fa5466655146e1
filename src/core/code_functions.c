/* Functions of a compilation unit by address, and what was inlined into them. */
#include "core/code_parts.h"

#include "base/banned.h"

/* The unit itself, or its .dwo file's. */
static void open_unit(struct qn_code_unit *unit)
{
	Dwarf_Die split = {0};

	if (unit->is_opened)
		return;
	unit->is_opened = true;
	if (dwarf_cu_info(unit->die.cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) == 0 && split.addr)
		unit->whole = split;
}

static struct qn_error *add_function(struct qn_spans *spans, struct qn_code_unit *unit, Dwarf_Die *die)
{
	bool any;

	QN_TRY(qn_array_reserve(&unit->entries, &unit->entries_capacity, unit->entries_count + 1,
				sizeof(*unit->entries)));
	QN_TRY(qn_code_add_ranges(spans, die, unit->entries_count, &any));
	if (any)
		unit->entries[unit->entries_count++] = *die;
	return NULL;
}

/* Functions stand within namespaces and, outlined ones (OpenMP) and those of GNU C, within functions.
 * Definitions of methods stand outside of their classes, but not those of local classes (lambdas). */
static bool holds_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
	       tag == DW_TAG_module || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_union_type;
}

/* @is_deep  else only what stands directly in the unit, where most functions are */
static struct qn_error *walk(struct qn_spans *spans, struct qn_code_unit *unit, bool is_deep)
{
	Dwarf_Die path[QN_CODE_DEPTH_MAX], child;
	size_t depth = 1;

	if (dwarf_child(&unit->whole, &path[0]) != 0)
		return NULL;
	for (size_t seen = 0; depth > 0 && seen < QN_CODE_ENTRIES_MAX; seen++) {
		Dwarf_Die *die = &path[depth - 1];
		int tag = dwarf_tag(die);

		if (tag == DW_TAG_subprogram && (depth == 1) == !is_deep)
			QN_TRY(add_function(spans, unit, die));
		if (is_deep && depth < QN_CODE_DEPTH_MAX && holds_functions(tag) &&
		    dwarf_child(die, &child) == 0) {
			path[depth++] = child;
			continue;
		}
		while (depth > 0 && dwarf_siblingof(&path[depth - 1], &path[depth - 1]) != 0)
			depth--;
	}
	return NULL;
}

struct qn_error *qn_code_functions_add(struct qn_spans *spans, struct qn_code_unit *unit, size_t value)
{
	struct qn_spans own = {0};
	struct qn_error *error;

	open_unit(unit);
	error = walk(&own, unit, false);
	for (size_t i = 0; !error && i < own.count; i++)
		error = qn_spans_add(spans, own.items[i].start, own.items[i].end, value);
	qn_spans_deinit(&own);
	unit->entries_count = 0;
	return error;
}

struct qn_error *qn_code_function_find(struct qn_code_unit *unit, uint64_t address, Dwarf_Die **ret)
{
	const struct qn_span *span;

	*ret = NULL;
	open_unit(unit);
	if (!unit->functions.count && !unit->is_walked) {
		QN_TRY(walk(&unit->functions, unit, false));
		qn_spans_sort(&unit->functions);
	}
	span = qn_spans_find(&unit->functions, address);
	if (!span && !unit->is_walked) {
		unit->is_walked = true;
		QN_TRY(walk(&unit->functions, unit, true));
		qn_spans_sort(&unit->functions);
		span = qn_spans_find(&unit->functions, address);
	}
	if (span)
		*ret = &unit->entries[span->value];
	return NULL;
}

static bool is_block(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

static bool has_no_ranges(Dwarf_Die *die)
{
	return !dwarf_hasattr(die, DW_AT_low_pc) && !dwarf_hasattr(die, DW_AT_ranges);
}

size_t qn_code_inlines(Dwarf_Die *function, uint64_t address, Dwarf_Die *ret, size_t max)
{
	Dwarf_Die path[QN_CODE_DEPTH_MAX], child;
	size_t depth = 1, count = 0;

	if (dwarf_child(function, &path[0]) != 0)
		return 0;
	for (size_t seen = 0; depth > 0 && seen < QN_CODE_ENTRIES_MAX; seen++) {
		Dwarf_Die *die = &path[depth - 1];
		int tag = dwarf_tag(die);
		bool is_inlined = tag == DW_TAG_inlined_subroutine;
		bool is_held = (is_inlined || is_block(tag)) && dwarf_haspc(die, address) > 0;

		if (is_held && is_inlined && count < max)
			ret[count++] = *die;
		if ((is_held || (is_block(tag) && has_no_ranges(die))) && depth < QN_CODE_DEPTH_MAX &&
		    dwarf_child(die, &child) == 0) {
			if (is_held) /* nothing beside it can hold the address, too */
				depth = 0;
			path[depth++] = child;
			continue;
		}
		if (is_held)
			break;
		while (depth > 0 && dwarf_siblingof(&path[depth - 1], &path[depth - 1]) != 0)
			depth--;
	}
	return count;
}
