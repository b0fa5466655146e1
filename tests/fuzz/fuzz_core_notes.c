/* Headers and notes of a core on any bytes: as they are, and as the notes of a core that is right. Seeds:
 * testdata/fuzz/core_notes. */
#include "fuzz/fuzz.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "core/core_file.h"
#include "core/evidence.h"

/* What is told must be readable. */
static void read_all(const struct qn_core_file *file)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < file->threads_count; i++)
		for (int which = QN_CORE_PC; which <= QN_CORE_ARGUMENT_3; which++)
			sum += qn_core_status_register(file, &file->threads[i], (enum qn_core_register)which);
	for (size_t i = 0; i < file->mappings_count; i++) {
		if (file->mappings[i].start >= file->mappings[i].end)
			abort();
		sum += qn_hash64(file->mappings[i].path);
		if (!qn_core_file_mapping(file, file->mappings[i].start))
			abort();
	}
	for (size_t i = 0; i < file->notes_count; i++)
		sum += qn_hash64(file->notes[i].text);
	sum += qn_hash64(file->arguments) + qn_hash64(file->name) + qn_hash64(file->execfn);
	if (file->content.len != 32 || (sum == 1 && file->threads_count > QN_CORE_THREADS_MAX))
		abort();
}

static void read_core(const void *data, size_t size)
{
	struct qn_core_file *file;
	struct qn_core core = {.crashed = SIZE_MAX};
	struct qn_error *error = qn_core_file_of_bytes(data, size, &file);

	if (error) {
		qn_error_destroy(error);
		return;
	}
	read_all(file);
	core.signal = file->signal;
	core.pid = file->pid;
	qn_core_tell_fault(file, NULL, NULL, &core);
	qn_arena_deinit(&core.arena);
	qn_core_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr notes;
	} front = {
		.header = {.e_ident = "\x7f"
				      "ELF\x02\x01\x01",
			   .e_type = ET_CORE,
			   .e_machine = size % 2 ? EM_X86_64 : EM_AARCH64,
			   .e_phoff = sizeof(Elf64_Ehdr),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 1},
		.notes = {.p_type = PT_NOTE, .p_offset = sizeof(front), .p_filesz = size},
	};
	uint8_t *whole = malloc(sizeof(front) + size);

	read_core(data, size);
	if (!whole)
		return 0;
	memcpy(whole, &front, sizeof(front));
	if (size)
		memcpy(whole + sizeof(front), data, size);
	read_core(whole, sizeof(front) + size);
	free(whole);
	return 0;
}
