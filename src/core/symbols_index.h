/* The ELF files below the folders that were given with --symbols, by build-id and by name. It is made when it
 * is asked for the first time. */
#ifndef QN_CORE_SYMBOLS_INDEX_H
#define QN_CORE_SYMBOLS_INDEX_H

#include "core/core.h"
#include "core/elf_file.h"

#define QN_SYMBOLS_DEPTH_MAX 16U
#define QN_SYMBOLS_ENTRIES_MAX 500000U /* files and folders that are walked over */
#define QN_SYMBOLS_FILES_MAX 50000U    /* ELF files that are opened */

struct qn_symbols_file {
	struct qn_text path, name; /* name: the last part of the path; path ends in NUL */
	struct qn_text build_id;   /* bytes; "" none */
	bool has_code, has_dwarf;
	bool is_given; /* itself on the command line */
	const struct qn_symbols_file *next_id, *next_name;
};

struct qn_symbols_index;

/* @options must outlive it. */
struct qn_error *qn_symbols_index_create(const struct qn_core_options *options,
					 struct qn_symbols_index **ret) QN_MUST_CHECK;
void qn_symbols_index_destroy(struct qn_symbols_index *index);
QN_DEFINE_GUARD(struct qn_symbols_index, qn_symbols_index_destroy);

/* The first in the order of the command line, the others by `next_id` and `next_name`; NULL: none. */
const struct qn_symbols_file *qn_symbols_index_build(struct qn_symbols_index *index, struct qn_text build_id);
const struct qn_symbols_file *qn_symbols_index_name(struct qn_symbols_index *index, struct qn_text name);

/* True once a cap was reached: what lies behind it is not known. */
bool qn_symbols_index_is_cut(const struct qn_symbols_index *index);

#endif
