/* Files and lines. */
#include "core/code_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

/* A name that is not absolute counts from where the compiler ran. */
static struct qn_text whole_path(struct qn_code *code, Dwarf_Die *unit, const char *name)
{
	_cleanup_free_ char *whole = NULL;
	Dwarf_Attribute attribute;
	const char *folder;

	if (!name || name[0] == '/' || name[0] == '<') /* "<artificial>" */
		return qn_code_intern(code->names, name);
	folder = dwarf_formstring(dwarf_attr_integrate(unit, DW_AT_comp_dir, &attribute));
	if (!folder || !*folder)
		return qn_code_intern(code->names, name);
	if (asprintf(&whole, "%s/%s", folder, name) < 0) {
		whole = NULL;
		code->names->arena->is_failed = true;
	}
	return qn_code_intern(code->names, whole);
}

/* The last row at or before @address, in the unit's sorted rows; false: none. */
static bool find_row(Dwarf_Lines *lines, size_t count, uint64_t address, size_t *ret)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		Dwarf_Addr at = 0;

		dwarf_lineaddr(dwarf_onesrcline(lines, middle), &at);
		if (at <= address)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = low - 1;
	return low > 0;
}

/* Of several rows at one address the last one that begins a statement counts; else the last. Rows of line 0
 * are of no line (code that the compiler made up): the one before them goes on, as gdb has it. NULL: none. */
static Dwarf_Line *best_row(Dwarf_Lines *lines, size_t row)
{
	Dwarf_Line *last = NULL;
	Dwarf_Addr address = 0;

	for (size_t i = row + 1; i > 0; i--) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i - 1);
		Dwarf_Addr at = 0;
		bool is_end = false, is_statement = false;
		int number = 0;

		dwarf_lineaddr(line, &at);
		dwarf_lineendsequence(line, &is_end);
		if ((last && at != address) || is_end)
			break;
		dwarf_lineno(line, &number);
		if (number <= 0)
			continue;
		dwarf_linebeginstatement(line, &is_statement);
		if (is_statement)
			return line;
		if (!last)
			last = line;
		address = at;
	}
	return last;
}

void qn_code_line_find(struct qn_code *code, struct qn_code_unit *unit, uint64_t address,
		       struct qn_core_frame *ret)
{
	Dwarf_Lines *lines;
	Dwarf_Line *line;
	size_t count, row;
	int number = 0;

	if (dwarf_getsrclines(&unit->die, &lines, &count) != 0 || !find_row(lines, count, address, &row))
		return;
	line = best_row(lines, row);
	if (!line)
		return;
	dwarf_lineno(line, &number);
	ret->file = whole_path(code, &unit->die, dwarf_linesrc(line, NULL, NULL));
	ret->line = (uint32_t)number;
}

void qn_code_call_place(struct qn_code *code, Dwarf_Die *inlined, struct qn_core_frame *ret)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	Dwarf_Die unit;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 ||
	    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
	    line > UINT32_MAX || !dwarf_diecu(inlined, &unit, NULL, NULL) ||
	    dwarf_getsrcfiles(&unit, &files, &count) != 0 || file >= count)
		return;
	ret->file = whole_path(code, &unit, dwarf_filesrc(files, file, NULL, NULL));
	ret->line = (uint32_t)line;
}
