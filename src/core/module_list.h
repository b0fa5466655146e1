/* Which modules a core has, out of NT_FILE and memory: no file is opened but to see whether it is one. For
 * modules.c. */
#ifndef QN_CORE_MODULE_LIST_H
#define QN_CORE_MODULE_LIST_H

#include "core/modules.h"

/* Fills modules->items, by address, with path, addresses, bias, build-id and head. */
struct qn_error *qn_module_list_make(struct qn_modules *modules) QN_MUST_CHECK;

/* module_memory.c: those of a core without NT_FILE, and the vDSO. They are not sorted. */
struct qn_error *qn_module_list_add_from_memory(struct qn_modules *modules) QN_MUST_CHECK;
struct qn_error *qn_module_list_add_vdso(struct qn_modules *modules) QN_MUST_CHECK;
struct qn_error *qn_module_list_add_program(struct qn_modules *modules) QN_MUST_CHECK;

/* One more, whose ELF header is mapped at @start; takes no ownership of @head, copies it. */
struct qn_error *qn_module_list_add(struct qn_modules *modules, const struct qn_module *module,
				    const struct qn_elf_head *head) QN_MUST_CHECK;

/* @path without the kernel's mark of a file that was removed. */
struct qn_text qn_module_file_path(struct qn_text path);

#endif
