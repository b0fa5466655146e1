/* Where a module's file is: --symbols, --sysroot, the path that the core names. A file of another build is
 * refused, and remembered so that it can be told. */
#ifndef QN_CORE_MODULE_FIND_H
#define QN_CORE_MODULE_FIND_H

#include "base/hash.h"
#include "core/core_file.h"
#include "core/elf_file.h"
#include "core/symbols_index.h"

#define QN_MODULE_FILES_MAX 8192U /* different files that are opened for one core */

struct qn_module_search {
	const struct qn_core_file *core;
	const struct qn_core_options *options;
	struct qn_symbols_index *index;
	struct qn_arena arena;
	struct qn_map files;        /* path -> struct qn_elf_file *; each is opened once */
	struct qn_map missing;      /* paths that are no ELF files */
	struct qn_elf_file **owned; /* all of `files` */
	size_t owned_count, owned_capacity;
};

struct qn_error *qn_module_search_init(struct qn_module_search *search, const struct qn_core_file *core,
				       const struct qn_core_options *options) QN_MUST_CHECK;
void qn_module_search_deinit(struct qn_module_search *search);

/* A module as the core knows it. */
struct qn_module_wanted {
	struct qn_text path;            /* without " (deleted)"; "" unknown */
	const struct qn_elf_head *head; /* out of memory; NULL: could not be read */
	uint64_t start, end, offset;    /* the mapping of its ELF header */
};

enum qn_module_fit {
	QN_MODULE_FIT_NONE,      /* no file */
	QN_MODULE_FIT_VERIFIED,  /* of the same build-id */
	QN_MODULE_FIT_UNCHECKED, /* the core does not tell the build-id; it has the same layout */
	QN_MODULE_FIT_OTHER,     /* another build */
};

struct qn_module_found {
	enum qn_module_fit fit;          /* NONE, VERIFIED or UNCHECKED */
	const struct qn_elf_file *file;  /* lives as long as the search */
	const struct qn_elf_file *other; /* of another build: the first that was met; NULL none */
	bool is_other_given;             /* it was named on the command line */
};

/* @may_use_path  the path itself may be opened on this machine */
struct qn_module_found qn_module_search_find(struct qn_module_search *search,
					     const struct qn_module_wanted *wanted, bool may_use_path);

/* Whether @file is what @wanted was when the process ran. */
enum qn_module_fit qn_module_search_judge(const struct qn_module_search *search,
					  const struct qn_module_wanted *wanted,
					  const struct qn_elf_file *file);

/* The file at @path, opened once; NULL: no ELF file. */
const struct qn_elf_file *qn_module_search_open(struct qn_module_search *search, const char *path);

/* The name of a file by its build-id in a tree of such: "<2 hex digits>/<the others><suffix>"; "" for an id
 * that is too short. In @arena. */
struct qn_text qn_build_id_path(struct qn_arena *arena, const unsigned char *id, size_t size,
				const char *suffix);

#endif
