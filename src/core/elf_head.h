/* What the beginning of a program or library says of it: where it is loaded and which build it is. Read in
 * the same way out of a file and out of the memory of a process, by offsets of the file; no section headers
 * are needed. Format: elf(5); build-ids: NT_GNU_BUILD_ID, a note of the owner "GNU". */
#ifndef QN_CORE_ELF_HEAD_H
#define QN_CORE_ELF_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define QN_ELF_PARTS_MAX 512U /* program headers that are looked at */
#define QN_ELF_LOADS_MAX 64U
#define QN_BUILD_ID_BYTES_MAX 64U
#define QN_ELF_NOTE_BYTES_MAX (64U << 10) /* of one PT_NOTE */

/* Copies @size bytes at @offset of the file; false when not all of them are known. */
typedef bool (*qn_elf_read)(const void *context, uint64_t offset, void *to, size_t size);

struct qn_elf_load { /* PT_LOAD */
	uint64_t offset, address, size, memory_size;
	bool is_writable, is_executable;
};

enum qn_build_id_state {
	QN_BUILD_ID_UNKNOWN, /* a note could not be read */
	QN_BUILD_ID_NONE,    /* all notes were read: it has none */
	QN_BUILD_ID_KNOWN,
};

struct qn_elf_head {
	uint16_t type, machine, parts_count;
	uint64_t entry;
	uint64_t parts_address; /* of the program headers, as AT_PHDR has it without the bias; 0 unknown */
	uint64_t low; /* as libdwfl aligns it: the first PT_LOAD's address rounded down to its alignment */
	uint64_t end; /* of the last PT_LOAD, exclusive */
	uint64_t dynamic, dynamic_size; /* PT_DYNAMIC: offset; 0 none */
	struct qn_elf_load loads[QN_ELF_LOADS_MAX];
	size_t loads_count;
	enum qn_build_id_state build_id_state;
	unsigned char build_id[QN_BUILD_ID_BYTES_MAX];
	size_t build_id_size;
};

/* False: no ELF64 little-endian program or library, or its headers cannot be read. */
bool qn_elf_head_read(qn_elf_read read, const void *context, struct qn_elf_head *ret);

/* Lower-case hex and a NUL. */
#define QN_BUILD_ID_HEX (2 * QN_BUILD_ID_BYTES_MAX + 1)
void qn_build_id_hex(const unsigned char *id, size_t size, char ret[QN_BUILD_ID_HEX]);

/* How a file of this head, of which @offset is mapped to @start (up to @end), is moved: address in the
 * process minus address in the file. False: nothing of it is loaded there. */
bool qn_elf_head_bias(const struct qn_elf_head *head, uint64_t start, uint64_t end, uint64_t offset,
		      uint64_t *ret);

#endif
