/* What stands at an address of one program or library: the functions there, with file and line, out of its
 * DWARF (versions 2 to 5, split or not) and its ELF symbols. Tables are made when they are first needed.
 * Own tables of ranges instead of .debug_aranges, which clang leaves out. */
#ifndef QN_CORE_CODE_H
#define QN_CORE_CODE_H

#include "core/core.h"
#include "core/elfutils.h"
#include "base/hash.h"

#define QN_CODE_UNITS_MAX 1000000U    /* compilation units of a module */
#define QN_CODE_RANGES_MAX 1000000U   /* ranges of one unit or function */
#define QN_CODE_DEPTH_MAX 256U        /* blocks within blocks */
#define QN_CODE_ENTRIES_MAX 20000000U /* DIEs that are looked at in one unit */
#define QN_CODE_SYMBOLS_MAX 20000000U /* of a module */
#define QN_CODE_NAME_BYTES_MAX 65536U /* of a name that is put together */
#define QN_CODE_FUNCTIONS_MAX 256U    /* at one address */

/* Texts that many frames share, each kept once. */
struct qn_code_names {
	struct qn_arena *arena;
	struct qn_map map;
};

/* {NULL, 0} for no text, or when memory ran out: see the arena. */
struct qn_text qn_code_intern(struct qn_code_names *names, const char *text);

struct qn_code;

/* @module, @names  must outlive it */
struct qn_error *qn_code_create(Dwfl_Module *module, struct qn_code_names *names,
				struct qn_code **ret) QN_MUST_CHECK;
void qn_code_destroy(struct qn_code *code);
QN_DEFINE_GUARD(struct qn_code, qn_code_destroy);

/* Fills name, file, line and is_inlined of the functions at @address (of the process; for a return address
 * the caller takes one off), innermost first, the physical one last. There is always one, perhaps empty. */
struct qn_error *qn_code_find(struct qn_code *code, uint64_t address,
			      struct qn_core_frame ret[QN_CODE_FUNCTIONS_MAX],
			      size_t *ret_count) QN_MUST_CHECK;

/* The ELF symbol of the function at @address, and how far into it that is; NULL: none. */
struct qn_error *qn_code_symbol_place(struct qn_code *code, uint64_t address, const char **ret,
				      uint64_t *ret_offset) QN_MUST_CHECK;
/* The address of the ELF symbol @name of a function. */
struct qn_error *qn_code_symbol_named(struct qn_code *code, struct qn_text name, bool *ret_has,
				      uint64_t *ret) QN_MUST_CHECK;

#endif
