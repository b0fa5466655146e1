/* A program, library or debug file on this machine, as a candidate for a module of a core. Only regular files
 * are opened, and never in a way that waits. */
#ifndef QN_CORE_ELF_FILE_H
#define QN_CORE_ELF_FILE_H

#include "base/cleanup.h"
#include "core/elf_head.h"

struct qn_elf_file {
	char *path;
	const unsigned char *image; /* mapped, for reading only */
	uint64_t size;
	struct qn_elf_head head; /* its build-id also where only a section header tells it */
	bool has_head;           /* false: no program (a supplementary dwz file, a damaged one) */
	bool has_code;           /* what is loaded stands in it: false of one made with --only-keep-debug */
	bool has_dwarf;          /* .debug_info */
};

/* NULL: cannot be read, or is no ELF file of 64 bits. */
struct qn_elf_file *qn_elf_file_open(const char *path);
void qn_elf_file_close(struct qn_elf_file *file);
QN_DEFINE_GUARD(struct qn_elf_file, qn_elf_file_close);

/* For others to open it again: O_RDONLY of a regular file; -1: no. */
int qn_elf_file_descriptor(const char *path);

/* What the core or debug information knows against what the file has. */
static inline bool qn_elf_file_is_build(const struct qn_elf_file *file, const unsigned char *id, size_t size)
{
	return file->head.build_id_state == QN_BUILD_ID_KNOWN && size && file->head.build_id_size == size &&
	       memcmp(file->head.build_id, id, size) == 0;
}

#endif
