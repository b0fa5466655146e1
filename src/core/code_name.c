/* Names of functions out of DWARF. */
#include "core/code_parts.h"

#include "base/banned.h"

#define ORIGINS_MAX 16U /* from an inlined copy to the function to its declaration; a cycle has no end */

/* As the linker knows it. Of C and Go, which do not mangle, the plain name is that. */
static bool is_mangling_language(Dwarf_Die *die)
{
	Dwarf_Die unit;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return false;
	switch (dwarf_srclang(&unit)) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case 0x2c: /* DW_LANG_C17 */
	case DW_LANG_Go:
	case DW_LANG_Mips_Assembler: return false;
	default: return true;
	}
}

static const char *string_of(Dwarf_Die *die, unsigned attribute_name)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr_integrate(die, attribute_name, &attribute));
}

struct qn_text qn_code_linkage_name(struct qn_code *code, Dwarf_Die *function)
{
	const char *name = string_of(function, DW_AT_linkage_name);

	if (!name)
		name = string_of(function, DW_AT_MIPS_linkage_name);
	if (!name && !is_mangling_language(function))
		name = string_of(function, DW_AT_name);
	return qn_code_intern(code->names, name);
}

struct qn_text qn_code_plain_name(struct qn_code *code, Dwarf_Die *function)
{
	return qn_code_intern(code->names, string_of(function, DW_AT_name));
}

/* The declaration, which stands where the name is to be read: in its class. */
static void find_declaration(Dwarf_Die *die)
{
	static const unsigned ways[] = {DW_AT_abstract_origin, DW_AT_specification};

	for (size_t steps = 0; steps < ORIGINS_MAX; steps++) {
		Dwarf_Attribute attribute;
		Dwarf_Die next;
		bool is_moved = false;

		for (size_t i = 0; i < sizeof(ways) / sizeof(*ways) && !is_moved; i++)
			if (dwarf_attr(die, ways[i], &attribute) && dwarf_formref_die(&attribute, &next)) {
				*die = next;
				is_moved = true;
			}
		if (!is_moved)
			return;
	}
}

/* From the unit down to @target: DIEs lie in the order of the tree, so that of siblings the last one that
 * does not lie behind it holds it. */
static size_t find_path(Dwarf_Die *target, Dwarf_Die path[QN_CODE_DEPTH_MAX])
{
	Dwarf_Die unit, die, next;
	size_t depth = 0;

	if (!dwarf_diecu(target, &unit, NULL, NULL))
		return 0;
	for (size_t seen = 0; depth < QN_CODE_DEPTH_MAX; depth++) {
		if (dwarf_child(depth ? &path[depth - 1] : &unit, &die) != 0 || die.addr > target->addr)
			return depth;
		while (seen++ < QN_CODE_ENTRIES_MAX && dwarf_siblingof(&die, &next) == 0 &&
		       (const char *)next.addr <= (const char *)target->addr &&
		       (const char *)next.addr > (const char *)die.addr)
			die = next;
		path[depth] = die;
		if (die.addr == target->addr)
			return depth + 1;
	}
	return 0;
}

static bool is_class(int tag)
{
	return tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_interface_type;
}

/* @is_call  of a function `operator()`: a class without a name is a lambda's */
static void add_part(struct qn_buffer *buffer, Dwarf_Die *die, bool is_call)
{
	int tag = dwarf_tag(die);
	Dwarf_Die named = *die;
	const char *name;

	if (tag != DW_TAG_namespace && tag != DW_TAG_module && tag != DW_TAG_subprogram &&
	    tag != DW_TAG_enumeration_type && !is_class(tag))
		return;
	name = dwarf_diename(die);
	if (!name && tag == DW_TAG_subprogram)
		name = string_of(&named, DW_AT_name);
	if (!name && tag == DW_TAG_subprogram)
		return;
	if (buffer->len)
		qn_buffer_append_string(buffer, "::");
	if (name)
		qn_buffer_append_string(buffer, name);
	else
		qn_buffer_append_string(buffer, tag == DW_TAG_namespace    ? "(anonymous namespace)"
						: is_class(tag) && is_call ? "{lambda()}"
									   : "{unnamed}");
}

/* Where the function around it is a specification of its own, its class stands elsewhere. */
static void add_parts(struct qn_buffer *buffer, Dwarf_Die *target, size_t levels)
{
	const char *name = dwarf_diename(target);
	bool is_call = name && strncmp(name, "operator()", 10) == 0;
	Dwarf_Die path[QN_CODE_DEPTH_MAX];
	size_t count = find_path(target, path);

	if (!count) {
		add_part(buffer, target, is_call);
		return;
	}
	for (size_t i = count; i > 0; i--) {
		Dwarf_Die declared = path[i - 1];

		if (i == count || dwarf_tag(&declared) != DW_TAG_subprogram)
			continue;
		find_declaration(&declared);
		if (declared.addr == path[i - 1].addr || levels == 0)
			continue;
		add_parts(buffer, &declared, levels - 1);
		for (size_t j = i; j < count && buffer->len < QN_CODE_NAME_BYTES_MAX; j++)
			add_part(buffer, &path[j], is_call);
		return;
	}
	for (size_t i = 0; i < count && buffer->len < QN_CODE_NAME_BYTES_MAX; i++)
		add_part(buffer, &path[i], is_call);
}

#define SPECIFICATIONS_MAX 4U

struct qn_text qn_code_full_name(struct qn_code *code, struct qn_code_unit *unit, Dwarf_Die *function)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer buffer = {0};
	Dwarf_Die die = *function;

	(void)unit;
	if (!string_of(&die, DW_AT_name))
		return (struct qn_text){0};
	find_declaration(&die);
	add_parts(&buffer, &die, SPECIFICATIONS_MAX);
	if (buffer.is_failed)
		code->names->arena->is_failed = true;
	return buffer.len ? qn_code_intern(code->names, buffer.data) : (struct qn_text){0};
}
