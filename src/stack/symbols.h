/* The names of the functions of a program or library, out of its symbol tables (.symtab and .dynsym, ELF;
 * elf(5)). The file is not trusted: what does not fit in it is left out. */
#ifndef QN_STACK_SYMBOLS_H
#define QN_STACK_SYMBOLS_H

#include "base/error.h"
#include "base/text.h"

#define QN_SYMBOLS_FILE_BYTES_MAX (UINT64_C(8) << 30)
#define QN_SYMBOLS_MAX 4000000U /* of one file; the rest is not looked at */

typedef void (*qn_symbol_sink)(void *context, struct qn_text name);

/* @name lives until the sink returns.
 * @ret_is_elf  false: the file is something else, and nothing was told
 * @ret_is_cut  there were more than QN_SYMBOLS_MAX, or a table is damaged
 * QN_ERROR_SYSTEM: it cannot be read. */
struct qn_error *qn_symbols_read(const char *path, qn_symbol_sink sink, void *context, bool *ret_is_elf,
				 bool *ret_is_cut) QN_MUST_CHECK;

#endif
