/* Programs and libraries on this machine that addresses in a text belong to: found by the path or name that
 * the text has, below --symbols and --sysroot, or at that path itself. Addresses are as in the file. */
#ifndef QN_CORE_BINARIES_H
#define QN_CORE_BINARIES_H

#include "core/code.h"
#include "core/elf_file.h"

#define QN_BINARIES_MAX 512U           /* files that are opened for one text */
#define QN_BINARIES_PER_FOLDER_MAX 64U /* of a folder of --symbols, for addresses that name no module */

struct qn_binary {
	struct qn_elf_file *file;
	const char *name; /* without folders */
	bool is_fixed;    /* always loaded where the file says (ET_EXEC) */
	bool is_offered;  /* named on the command line, or in a folder that is */
	Dwfl *dwfl;       /* of its own; the rest is for binaries.c */
	struct qn_code *code;
	char *path;
};

struct qn_binaries;

/* @options must outlive it. */
struct qn_error *qn_binaries_create(const struct qn_core_options *options,
				    struct qn_binaries **ret) QN_MUST_CHECK;
void qn_binaries_destroy(struct qn_binaries *binaries);
QN_DEFINE_GUARD(struct qn_binaries, qn_binaries_destroy);

/* @path      as the text has it, with folders or without
 * @build_id  hex, as far as the text has it: a file of another build is not taken; "" unknown
 * @ret       NULL: there is none */
struct qn_error *qn_binaries_find(struct qn_binaries *binaries, struct qn_text path, struct qn_text build_id,
				  struct qn_binary **ret) QN_MUST_CHECK;
/* All that were opened, in that order; the offered ones first. */
size_t qn_binaries_count(const struct qn_binaries *binaries);
struct qn_binary *qn_binaries_at(const struct qn_binaries *binaries, size_t index);

/* As qn_code_find(), at @address of the file. */
struct qn_error *qn_binary_look_up(struct qn_binaries *binaries, struct qn_binary *binary, uint64_t address,
				   struct qn_core_frame ret[QN_CODE_FUNCTIONS_MAX],
				   size_t *ret_count) QN_MUST_CHECK;
/* The function's symbol at @address, and how far into it that is; NULL: none. */
struct qn_error *qn_binary_symbol_at(struct qn_binary *binary, uint64_t address, const char **ret,
				     uint64_t *ret_offset) QN_MUST_CHECK;
/* The address of the symbol @name (of a function); false: it has none. */
struct qn_error *qn_binary_symbol_named(struct qn_binary *binary, struct qn_text name, bool *ret_has,
					uint64_t *ret) QN_MUST_CHECK;
/* The address in the file of the byte at @offset of it; false: it is not loaded. */
bool qn_binary_address_of_offset(const struct qn_binary *binary, uint64_t offset, uint64_t *ret);
/* The same of the byte @into a mapping of its executable part that has @size bytes. */
bool qn_binary_address_in_text(const struct qn_binary *binary, uint64_t into, uint64_t size, uint64_t *ret);

#endif
