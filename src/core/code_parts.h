/* Between the code*.c files. */
#ifndef QN_CORE_CODE_PARTS_H
#define QN_CORE_CODE_PARTS_H

#include "core/code.h"
#include "core/spans.h"

/* A compilation unit: what its functions cover, made when an address falls into it. */
struct qn_code_unit {
	Dwarf_Die die;   /* of the unit, or of its skeleton */
	Dwarf_Die whole; /* of the split unit; `die` where it is not split or the .dwo file is missing */
	bool is_opened, is_walked, has_ranges;
	struct qn_spans functions; /* value: index in entries */
	Dwarf_Die *entries;
	size_t entries_count, entries_capacity;
};

struct qn_code_symbol {
	const char *name; /* libelf's */
	unsigned char preference;
	uint64_t address;
};

struct qn_code {
	Dwfl_Module *module;
	struct qn_code_names *names;
	bool has_units, has_rangeless, has_symbols, has_symbol_names;
	Dwarf *dwarf; /* NULL: none */
	Dwarf_Addr bias;
	struct qn_code_unit *units;
	size_t units_count, units_capacity;
	struct qn_spans unit_spans; /* value: index in units */
	struct qn_code_symbol *symbols;
	size_t symbols_count, symbols_capacity;
	struct qn_spans symbol_spans;
	struct qn_map symbol_names; /* name -> struct qn_code_symbol * */
};

/* code_units.c. @address is as DWARF has it. NULL in @ret: none. */
struct qn_error *qn_code_unit_find(struct qn_code *code, uint64_t address,
				   struct qn_code_unit **ret) QN_MUST_CHECK;
void qn_code_units_deinit(struct qn_code *code);
struct qn_error *qn_code_add_ranges(struct qn_spans *spans, Dwarf_Die *die, size_t value,
				    bool *ret_any) QN_MUST_CHECK;

/* code_functions.c. The physical function; NULL: none. */
struct qn_error *qn_code_function_find(struct qn_code_unit *unit, uint64_t address,
				       Dwarf_Die **ret) QN_MUST_CHECK;
struct qn_error *qn_code_functions_add(struct qn_spans *spans, struct qn_code_unit *unit,
				       size_t value) QN_MUST_CHECK;
/* Functions at @address that were inlined into @function, outermost first; how many. */
size_t qn_code_inlines(Dwarf_Die *function, uint64_t address, Dwarf_Die *ret, size_t max);

/* code_name.c. {NULL, 0}: it has none that says it all; its ELF symbol does. */
struct qn_text qn_code_linkage_name(struct qn_code *code, Dwarf_Die *function);
struct qn_text qn_code_plain_name(struct qn_code *code, Dwarf_Die *function); /* DW_AT_name */
/* The name with those of its namespaces, classes and functions around it. */
struct qn_text qn_code_full_name(struct qn_code *code, struct qn_code_unit *unit, Dwarf_Die *function);

/* code_symbols.c. @address is the process'. NULL: none. */
struct qn_error *qn_code_symbol_find(struct qn_code *code, uint64_t address, const char **ret) QN_MUST_CHECK;

/* code_lines.c */
void qn_code_line_find(struct qn_code *code, struct qn_code_unit *unit, uint64_t address,
		       struct qn_core_frame *ret);
void qn_code_call_place(struct qn_code *code, Dwarf_Die *inlined, struct qn_core_frame *ret);

#endif
