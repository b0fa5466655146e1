/* A core built byte by byte, in the layout of elf(5), for what no kernel would write. */
#ifndef QN_TESTS_SUPPORT_CORE_BYTES_H
#define QN_TESTS_SUPPORT_CORE_BYTES_H

#include <elf.h>

#include "core/core_file.h"
#include "support/test.h"

#define CORE_PARTS_MAX 64U

struct core_bytes {
	Elf64_Phdr parts[CORE_PARTS_MAX];
	size_t parts_count;
	struct qn_buffer notes, memory, file;
};

static inline void core_bytes_deinit(struct core_bytes *core)
{
	qn_buffer_deinit(&core->notes);
	qn_buffer_deinit(&core->memory);
	qn_buffer_deinit(&core->file);
}

/* @told_size: what the note says of itself. */
static inline void core_bytes_note_as(struct core_bytes *core, const char *name, uint32_t type,
				      const void *data, size_t size, uint32_t told_size)
{
	uint32_t head[] = {(uint32_t)strlen(name) + 1, told_size, type};

	qn_buffer_append(&core->notes, head, sizeof(head));
	qn_buffer_append(&core->notes, name, head[0]);
	while (core->notes.len % 4)
		qn_buffer_append_byte(&core->notes, 0);
	qn_buffer_append(&core->notes, data, size);
	while (core->notes.len % 4)
		qn_buffer_append_byte(&core->notes, 0);
}

static inline void core_bytes_note(struct core_bytes *core, uint32_t type, const void *data, size_t size)
{
	core_bytes_note_as(core, "CORE", type, data, size, (uint32_t)size);
}

/* NT_PRSTATUS of x86-64: 336 bytes, registers at 112. */
static inline void core_bytes_thread(struct core_bytes *core, uint32_t tid, uint64_t pc, uint64_t sp)
{
	unsigned char status[336] = {0};

	status[12] = 11;
	memcpy(status + 32, &tid, 4);
	memcpy(status + 112 + 15 * 8, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	memcpy(status + 112 + 16 * 8, &pc, 8);
	memcpy(status + 112 + 19 * 8, &sp, 8);
	core_bytes_note(core, NT_PRSTATUS, status, sizeof(status));
}

static inline void core_bytes_siginfo(struct core_bytes *core, int32_t number, int32_t code, uint64_t value)
{
	unsigned char data[128] = {0};

	memcpy(data, &number, 4);
	memcpy(data + 8, &code, 4);
	memcpy(data + 16, &value, 8);
	core_bytes_note(core, NT_SIGINFO, data, sizeof(data));
}

/* @size bytes of @data at @address; more of @memory_size is left out. */
static inline Elf64_Phdr *core_bytes_memory(struct core_bytes *core, uint64_t address, const void *data,
					    size_t size, uint64_t memory_size, uint32_t flags)
{
	Elf64_Phdr *part = &core->parts[core->parts_count++];

	assert_true(core->parts_count < CORE_PARTS_MAX);
	*part = (Elf64_Phdr){.p_type = PT_LOAD,
			     .p_flags = flags,
			     .p_offset = core->memory.len,
			     .p_vaddr = address,
			     .p_filesz = size,
			     .p_memsz = memory_size};
	qn_buffer_append(&core->memory, data, size);
	return part;
}

/* Notes come first, then memory: as the kernel has it. */
static inline void core_bytes_finish(struct core_bytes *core)
{
	Elf64_Ehdr header = {.e_type = ET_CORE,
			     .e_machine = EM_X86_64,
			     .e_version = 1,
			     .e_phoff = sizeof(header),
			     .e_ehsize = sizeof(header),
			     .e_phentsize = sizeof(Elf64_Phdr),
			     .e_phnum = (uint16_t)(core->parts_count + 1)};
	Elf64_Phdr notes = {.p_type = PT_NOTE, .p_filesz = core->notes.len};
	uint64_t memory_at;

	memcpy(header.e_ident,
	       "\x7f"
	       "ELF\x02\x01\x01",
	       7);
	notes.p_offset = sizeof(header) + (core->parts_count + 1) * sizeof(notes);
	memory_at = notes.p_offset + core->notes.len;
	qn_buffer_clear(&core->file);
	qn_buffer_append(&core->file, &header, sizeof(header));
	qn_buffer_append(&core->file, &notes, sizeof(notes));
	for (size_t i = 0; i < core->parts_count; i++) {
		Elf64_Phdr part = core->parts[i];

		part.p_offset += memory_at;
		qn_buffer_append(&core->file, &part, sizeof(part));
	}
	qn_buffer_append_text(&core->file, qn_buffer_text(&core->notes));
	qn_buffer_append_text(&core->file, qn_buffer_text(&core->memory));
	assert_no_error(qn_buffer_check(&core->file));
}

static inline struct qn_core_file *core_bytes_open(struct core_bytes *core)
{
	struct qn_core_file *file = NULL;

	core_bytes_finish(core);
	assert_no_error(qn_core_file_of_bytes(core->file.data, core->file.len, &file));
	return file;
}

/* The place of a note that begins with @start; SIZE_MAX: no such. */
static inline size_t core_note_find(const struct qn_core_file *file, const char *start)
{
	for (size_t i = 0; i < file->notes_count; i++)
		if (qn_text_starts(file->notes[i].text, qn_text_of(start)))
			return i;
	return SIZE_MAX;
}

static inline void assert_core_note(const struct qn_core_file *file, const char *start)
{
	if (core_note_find(file, start) != SIZE_MAX)
		return;
	for (size_t i = 0; i < file->notes_count; i++)
		print_error("note: %.*s\n", QN_ARG(file->notes[i].text));
	fail_msg("no note begins \"%s\"", start);
}

#endif
