/* The symbols of one module by name. For qn_modules_symbol(). */
#ifndef QN_CORE_SYMBOLS_TABLE_H
#define QN_CORE_SYMBOLS_TABLE_H

#include "core/elf_file.h"
#include "core/elfutils.h"

struct qn_symbols_table;

/* Of all that libdwfl knows of @module (.symtab of the file or of its debug file, .dynsym, .gnu_debugdata).
 * NULL: no memory. */
struct qn_symbols_table *qn_symbols_table_create(Dwfl_Module *module);
void qn_symbols_table_destroy(struct qn_symbols_table *table);

/* The first one that is defined; an address in the process. 0: none. */
uint64_t qn_symbols_table_find(const struct qn_symbols_table *table, const char *name);

/* By the hash table of what the file exports (DT_GNU_HASH); an address in the file. 0: it is not exported, or
 * there is no such table. */
uint64_t qn_elf_file_export(const struct qn_elf_file *file, const char *name);

#endif
