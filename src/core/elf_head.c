#include "core/elf_head.h"

#include <elf.h>

#include "base/banned.h"

void qn_build_id_hex(const unsigned char *id, size_t size, char ret[QN_BUILD_ID_HEX])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < size && i < QN_BUILD_ID_BYTES_MAX; i++) {
		ret[2 * i] = digits[id[i] >> 4];
		ret[2 * i + 1] = digits[id[i] & 15];
	}
	ret[2 * i] = '\0';
}

/* One note, at @at of a part that ends at @end:
 *
 *	size of the owner, size of the data, type: 4 bytes each; owner and data, each padded to 4 bytes
 *
 * (GNU properties are padded to 8; they stand in a part of their own, and the sizes of what comes before a
 * build-id in a common one are multiples of 8.)
 * @ret_next  where the next one begins */
static bool read_note(qn_elf_read read, const void *context, uint64_t at, uint64_t end,
		      struct qn_elf_head *head, uint64_t *ret_next)
{
	uint32_t words[3];
	char owner[4];
	uint64_t data;

	if (!read(context, at, words, sizeof(words)))
		return false;
	data = at + 12 + (((uint64_t)words[0] + 3) & ~UINT64_C(3));
	*ret_next = data + (((uint64_t)words[1] + 3) & ~UINT64_C(3));
	if (words[2] != NT_GNU_BUILD_ID || words[0] != 4 || !words[1] || words[1] > sizeof(head->build_id) ||
	    data + words[1] > end)
		return true;
	if (!read(context, at + 12, owner, sizeof(owner)))
		return false;
	if (memcmp(owner, "GNU", 4) != 0)
		return true;
	if (!read(context, data, head->build_id, words[1]))
		return false;
	head->build_id_size = words[1];
	head->build_id_state = QN_BUILD_ID_KNOWN;
	return true;
}

static void read_notes(qn_elf_read read, const void *context, const Elf64_Phdr *part,
		       struct qn_elf_head *head)
{
	uint64_t size = part->p_filesz < QN_ELF_NOTE_BYTES_MAX ? part->p_filesz : QN_ELF_NOTE_BYTES_MAX;
	uint64_t at = part->p_offset, end = part->p_offset + size;

	if (end < at)
		return;
	while (end - at >= 12 && head->build_id_state != QN_BUILD_ID_KNOWN) {
		uint64_t next;

		if (!read_note(read, context, at, end, head, &next)) {
			head->build_id_state = QN_BUILD_ID_UNKNOWN;
			return;
		}
		if (next > end)
			return;
		at = next;
	}
}

static void add_load(struct qn_elf_head *head, const Elf64_Phdr *part)
{
	if (head->loads_count == QN_ELF_LOADS_MAX || part->p_vaddr + part->p_memsz < part->p_vaddr ||
	    part->p_offset + part->p_filesz < part->p_offset)
		return;
	if (head->loads_count == 0)
		head->low = part->p_vaddr & -part->p_align;
	if (part->p_vaddr + part->p_memsz > head->end)
		head->end = part->p_vaddr + part->p_memsz;
	head->loads[head->loads_count++] = (struct qn_elf_load){
		.offset = part->p_offset,
		.address = part->p_vaddr,
		.size = part->p_filesz < part->p_memsz ? part->p_filesz : part->p_memsz,
		.memory_size = part->p_memsz,
		.is_writable = part->p_flags & PF_W,
		.is_executable = part->p_flags & PF_X,
	};
}

static bool read_parts(qn_elf_read read, const void *context, uint64_t offset, struct qn_elf_head *head)
{
	bool is_unknown = false;

	for (unsigned i = 0; i < head->parts_count && i < QN_ELF_PARTS_MAX; i++) {
		Elf64_Phdr part;

		if (!read(context, offset + i * sizeof(part), &part, sizeof(part)))
			return false;
		if (part.p_type == PT_LOAD) {
			add_load(head, &part);
		} else if (part.p_type == PT_PHDR) {
			head->parts_address = part.p_vaddr;
		} else if (part.p_type == PT_DYNAMIC) {
			head->dynamic = part.p_offset;
			head->dynamic_size = part.p_filesz;
		} else if (part.p_type == PT_NOTE && head->build_id_state != QN_BUILD_ID_KNOWN) {
			head->build_id_state = QN_BUILD_ID_NONE;
			read_notes(read, context, &part, head);
			is_unknown |= head->build_id_state == QN_BUILD_ID_UNKNOWN;
		}
	}
	if (is_unknown && head->build_id_state == QN_BUILD_ID_NONE)
		head->build_id_state = QN_BUILD_ID_UNKNOWN;
	return true;
}

bool qn_elf_head_read(qn_elf_read read, const void *context, struct qn_elf_head *ret)
{
	Elf64_Ehdr header;

	*ret = (struct qn_elf_head){.build_id_state = QN_BUILD_ID_NONE};
	if (!read(context, 0, &header, sizeof(header)) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    (header.e_type != ET_EXEC && header.e_type != ET_DYN) || header.e_phnum == 0 ||
	    header.e_phnum == PN_XNUM || header.e_phentsize != sizeof(Elf64_Phdr) ||
	    header.e_phoff > UINT64_MAX / 2)
		return false;
	ret->type = header.e_type;
	ret->machine = header.e_machine;
	ret->entry = header.e_entry;
	ret->parts_count = header.e_phnum;
	if (!read_parts(read, context, header.e_phoff, ret) || ret->loads_count == 0)
		return false;
	for (size_t i = 0; i < ret->loads_count && !ret->parts_address; i++)
		if (header.e_phoff >= ret->loads[i].offset &&
		    header.e_phoff - ret->loads[i].offset < ret->loads[i].size)
			ret->parts_address = ret->loads[i].address + (header.e_phoff - ret->loads[i].offset);
	return true;
}

bool qn_elf_head_bias(const struct qn_elf_head *head, uint64_t start, uint64_t end, uint64_t offset,
		      uint64_t *ret)
{
	for (size_t i = 0; i < head->loads_count; i++) {
		const struct qn_elf_load *load = &head->loads[i];

		if (!load->size || load->offset < offset || load->offset - offset >= end - start)
			continue;
		*ret = start + (load->offset - offset) - load->address;
		return true;
	}
	return false;
}
