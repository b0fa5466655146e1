/* The programs and libraries of a core, found again as files: told by NT_FILE (at the beginning of a core, so
 * that a truncated one has them too), checked by build-id. Where a core has no NT_FILE they are told by the
 * ELF headers in its memory. */
#ifndef QN_CORE_MODULES_H
#define QN_CORE_MODULES_H

#include "core/core_file.h"
#include "core/elfutils.h"
#include "core/module_find.h"

/* libdwfl and libdebuginfod take time in the square of them. */
#define QN_MODULES_REPORTED_MAX 16384U
#define QN_VDSO_BYTES_MAX (1U << 20)

struct qn_module {
	struct qn_core_module told; /* texts in the core file's arena */
	uint64_t bias;              /* address in the process minus address in the file */
	Dwfl_Module *dwfl;          /* NULL: no file, so nothing is known of it */
	struct qn_text name;        /* of its file: told.path without folders and " (deleted)" */

	/* the rest is of modules.c and its neighbours */
	struct qn_modules *owner;
	uint64_t offset;                /* of the file, mapped at told.start */
	uint64_t first_end;             /* of the mapping that has the ELF header */
	const struct qn_elf_head *head; /* out of the core; NULL: not known */
	const struct qn_elf_file *file; /* NULL: none (yet: debuginfod is asked when it is needed) */
	void *image;                    /* of the vDSO: its bytes, owned */
	size_t image_size;
	bool is_debug_asked; /* debug information of its own was looked for */
	struct qn_symbols_table *symbols;
};

struct qn_modules {
	struct qn_core_file *file;
	const struct qn_core_options *options;
	Dwfl *dwfl;
	struct qn_module *items; /* by address; they do not overlap */
	size_t count, capacity;
	struct qn_module_search search;
	bool has_debuginfod; /* DEBUGINFOD_URLS is set */
	size_t last;         /* index: whose memory was read last */
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

/* The address of a symbol (.dynsym, else .symtab) of the module at @index; 0: it has none of this name. */
uint64_t qn_modules_symbol(const struct qn_modules *modules, size_t index, const char *name);
/* The first module whose file name begins with @prefix ("libc.so", "libstdc++.so"); SIZE_MAX: none. */
size_t qn_modules_named(const struct qn_modules *modules, const char *prefix);

#endif
