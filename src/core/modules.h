/* The programs and libraries of a core, found again as files: told by NT_FILE (at the beginning of a core, so
 * that a truncated one has them too), checked by build-id. */
#ifndef QN_CORE_MODULES_H
#define QN_CORE_MODULES_H

#include "core/core_file.h"
#include "core/elfutils.h"

struct qn_module {
	struct qn_core_module told; /* texts in the core file's arena */
	uint64_t bias;              /* address in the process minus address in the file */
	Dwfl_Module *dwfl;          /* NULL: no file, so nothing is known of it */
	Elf *memory;                /* of one that is no file (the vDSO); owned */
};

struct qn_modules {
	struct qn_core_file *file;
	const struct qn_core_options *options;
	Dwfl *dwfl;
	struct qn_module *items; /* by address */
	size_t count, capacity;
};

/* Finds the files, reports them to libdwfl and becomes the fallback of @file. @file and @options must outlive
 * it. */
struct qn_error *qn_modules_create(struct qn_core_file *file, const struct qn_core_options *options,
				   struct qn_modules **ret) QN_MUST_CHECK;
void qn_modules_destroy(struct qn_modules *modules);
QN_DEFINE_GUARD(struct qn_modules, qn_modules_destroy);

/* SIZE_MAX: none. */
size_t qn_modules_find(const struct qn_modules *modules, uint64_t address);

/* Fills told.debug of the modules whose debug information was looked for. At the end. */
void qn_modules_tell(struct qn_modules *modules);

/* The address of a symbol (.symtab, else .dynsym) of the module at @index; 0: it has none of this name. */
uint64_t qn_modules_symbol(const struct qn_modules *modules, size_t index, const char *name);
/* The first module whose file name begins with @prefix ("libc.so", "libstdc++.so"); SIZE_MAX: none. */
size_t qn_modules_named(const struct qn_modules *modules, const char *prefix);

#endif
