#include "support/test.h"

#include <elf.h>

#include "core/elf_head.h"

#define LOADS 2

/* A program of which only the headers and a note are there. */
struct program {
	Elf64_Ehdr header;
	Elf64_Phdr parts[LOADS + 1];
	struct {
		uint32_t owner_size, size, type;
		char owner[4];
		unsigned char data[20];
	} note;
	size_t known; /* bytes that can be read */
};

static bool read_program(const void *context, uint64_t offset, void *to, size_t size)
{
	const struct program *program = context;

	if (offset > program->known || size > program->known - offset)
		return false;
	memcpy(to, (const char *)program + offset, size);
	return true;
}

static struct program make(void)
{
	struct program program = {
		.header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			   .e_type = ET_DYN,
			   .e_machine = EM_X86_64,
			   .e_entry = 0x1040,
			   .e_phoff = sizeof(Elf64_Ehdr),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = LOADS + 1},
		.parts = {{.p_type = PT_LOAD,
			   .p_flags = PF_R,
			   .p_filesz = 0x600,
			   .p_memsz = 0x600,
			   .p_align = 4096},
			  {.p_type = PT_LOAD,
			   .p_flags = PF_R | PF_W,
			   .p_offset = 0x2df0,
			   .p_vaddr = 0x3df0,
			   .p_filesz = 0x220,
			   .p_memsz = 0x500,
			   .p_align = 4096},
			  {.p_type = PT_NOTE, .p_offset = offsetof(struct program, note), .p_filesz = 36}},
		.note = {4, 20, NT_GNU_BUILD_ID, "GNU", {0xab, 0xcd, 0x01}},
		.known = offsetof(struct program, known),
	};

	return program;
}

static void reads_where_a_program_is_loaded(void **state)
{
	struct program program = make();
	struct qn_elf_head head;
	char hex[QN_BUILD_ID_HEX];
	uint64_t bias = 0;

	(void)state;
	assert_true(qn_elf_head_read(read_program, &program, &head));
	assert_int_equal(head.loads_count, 2);
	assert_int_equal(head.low, 0);
	assert_int_equal(head.end, 0x42f0);
	assert_int_equal(head.parts_address, sizeof(Elf64_Ehdr));
	assert_true(!head.loads[0].is_writable && head.loads[1].is_writable);
	assert_int_equal(head.build_id_state, QN_BUILD_ID_KNOWN);
	qn_build_id_hex(head.build_id, head.build_id_size, hex);
	assert_string_equal(hex, "abcd010000000000000000000000000000000000");
	/* the header's mapping, and that of the second part: page 2 of the file */
	assert_true(qn_elf_head_bias(&head, 0x7f0000000000, 0x7f0000001000, 0, &bias));
	assert_int_equal(bias, 0x7f0000000000);
	assert_true(qn_elf_head_bias(&head, 0x7f0000003000, 0x7f0000005000, 0x2000, &bias));
	assert_int_equal(bias, 0x7f0000000000);
	assert_false(qn_elf_head_bias(&head, 0x7f0000003000, 0x7f0000005000, 0x9000, &bias));
}

static void tells_no_build_id_from_one_that_cannot_be_read(void **state)
{
	struct program program = make();
	struct qn_elf_head head;

	(void)state;
	program.known = offsetof(struct program, note) + 4;
	assert_true(qn_elf_head_read(read_program, &program, &head));
	assert_int_equal(head.build_id_state, QN_BUILD_ID_UNKNOWN);
	program = make();
	program.note.type = NT_GNU_ABI_TAG;
	assert_true(qn_elf_head_read(read_program, &program, &head));
	assert_int_equal(head.build_id_state, QN_BUILD_ID_NONE);
	program = make();
	program.note.owner[0] = 'X';
	assert_true(qn_elf_head_read(read_program, &program, &head));
	assert_int_equal(head.build_id_state, QN_BUILD_ID_NONE);
	program = make();
	program.note.size = UINT32_MAX; /* more than the note holds */
	assert_true(qn_elf_head_read(read_program, &program, &head));
	assert_int_equal(head.build_id_state, QN_BUILD_ID_NONE);
}

static void refuses_what_is_no_program(void **state)
{
	struct program program;
	struct qn_elf_head head;

	(void)state;
	program = make();
	program.header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_false(qn_elf_head_read(read_program, &program, &head));
	program = make();
	program.header.e_type = ET_CORE;
	assert_false(qn_elf_head_read(read_program, &program, &head));
	program = make();
	program.header.e_phoff = UINT64_MAX - 8;
	assert_false(qn_elf_head_read(read_program, &program, &head));
	program = make();
	program.header.e_phnum = 60000; /* the table ends before */
	assert_false(qn_elf_head_read(read_program, &program, &head));
	program = make();
	program.known = 40;
	assert_false(qn_elf_head_read(read_program, &program, &head));
	program = make(); /* parts that wrap round */
	program.parts[0].p_vaddr = program.parts[1].p_vaddr = UINT64_MAX - 16;
	assert_false(qn_elf_head_read(read_program, &program, &head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_where_a_program_is_loaded),
		cmocka_unit_test(tells_no_build_id_from_one_that_cannot_be_read),
		cmocka_unit_test(refuses_what_is_no_program),
	};

	return QN_RUN("build_id", tests);
}
