/* core_file.c and core_memory.c: headers, segments and memory of cores that are right, odd and hostile. */
#include "support/core_bytes.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/folder.h"

static void tells_what_is_no_core_for_us(void **state)
{
	static const struct {
		size_t at;
		unsigned char bytes[2];
		size_t count;
		const char *message;
	} cases[] = {
		{0, {'X'}, 1, "not an ELF core"},
		{4, {1}, 1, "a 32-bit core (x32): only 64-bit ones can be read"},
		{5, {2}, 1, "an ELF file of another kind, no core"}, /* its type reads 0x0400 */
		{16, {2, 0}, 2, "an ELF program, no core"},
		{16, {3, 0}, 2, "an ELF program or library, no core"},
		{16, {1, 0}, 2, "an ELF object file, no core"},
		{18, {8, 0}, 2, "a core of machine 8 (MIPS)"},
		{18, {243, 0}, 2, "a core of machine 243 (RISC-V)"},
		{18, {0xfe, 0xca}, 2, "a core of machine 51966 (unknown)"},
	};
	struct core_bytes core = {0};
	struct qn_core_file *file = NULL;

	(void)state;
	core_bytes_finish(&core);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *copy = malloc(core.file.len);

		assert_non_null(copy);
		memcpy(copy, core.file.data, core.file.len);
		memcpy(copy + cases[i].at, cases[i].bytes, cases[i].count);
		assert_error(qn_core_file_of_bytes(copy, core.file.len, &file), QN_ERROR_UNRECOGNIZED,
			     cases[i].message);
		free(copy);
	}
	/* big-endian AArch64, all fields turned */
	core.file.data[5] = 2;
	memcpy(core.file.data + 16, "\0\4\0\267", 4);
	assert_error(qn_core_file_of_bytes(core.file.data, core.file.len, &file), QN_ERROR_UNRECOGNIZED,
		     "a big-endian core");
	assert_error(qn_core_file_of_bytes("", 0, &file), QN_ERROR_UNRECOGNIZED, "an empty file, no core");
	assert_error(qn_core_file_of_bytes(core.file.data, 63, &file), QN_ERROR_UNRECOGNIZED,
		     "not an ELF core");
	assert_null(file);
	core_bytes_deinit(&core);
}

static void reads_memory_also_across_segments_that_touch(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char four[5] = "";
	uint64_t word;

	(void)state;
	core_bytes_memory(&core, 0x3000, "ijkl", 4, 8, PF_R);
	core_bytes_memory(&core, 0x1000, "abcd", 4, 4, PF_R);
	core_bytes_memory(&core, 0x1004, "efgh", 4, 4, PF_R | PF_W);
	file = core_bytes_open(&core);
	assert_int_equal(file->segments_count, 3);
	assert_true(qn_core_file_read(file, 0x1002, four, 4));
	assert_string_equal(four, "cdef");
	assert_true(qn_core_file_read_u64(file, 0x1000, &word));
	assert_false(qn_core_file_read_u64(file, 0x1001, &word));
	assert_false(qn_core_file_read(file, 0x3001, four, 4)); /* left out */
	assert_false(qn_core_file_read(file, 0xfff, four, 1));
	assert_false(qn_core_file_read(file, UINT64_MAX - 2, four, 4));
	assert_non_null(qn_core_file_segment(file, 0x3007));
	assert_null(qn_core_file_segment(file, 0x3008));
	assert_text(qn_core_file_read_string(file, &file->arena, 0x1001, 100), "bcdefgh");
	assert_text(qn_core_file_read_string(file, &file->arena, 0x1001, 3), "bcd");
	assert_text(qn_core_file_read_string(file, &file->arena, UINT64_MAX, 3), "");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void makes_segments_not_overlap(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char bytes[17] = "";

	(void)state;
	core_bytes_memory(&core, 0x1008, "BBBBBBBB", 8, 8, PF_R);
	core_bytes_memory(&core, 0x1000, "AAAAAAAAAAAA", 12, 12, PF_R);
	core_bytes_memory(&core, 0x1002, "CC", 2, 2, PF_R); /* wholly within the first */
	core_bytes_memory(&core, 0x2000, "", 0, 0x1000, PF_R);
	core_bytes_memory(&core, 0x2800, "D", 1, 1, PF_R); /* bytes in what another left out */
	file = core_bytes_open(&core);
	assert_true(qn_core_file_read(file, 0x1000, bytes, 16));
	assert_string_equal(bytes, "AAAAAAAAAAAABBBB");
	assert_true(qn_core_file_read(file, 0x2800, bytes, 1));
	assert_int_equal(bytes[0], 'D');
	for (size_t i = 1; i < file->segments_count; i++)
		assert_true(file->segments[i - 1].address + file->segments[i - 1].memory_size <=
			    file->segments[i].address);
	assert_core_note(file, "3 segments overlap others, the first at 0x1002");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void survives_lying_segments(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char byte;

	(void)state;
	core_bytes_memory(&core, 0xfffffffffffff000, "wrap", 4, 0x2000, PF_R);
	core_bytes_memory(&core, 0x1000, "x", 1, 1, PF_R)->p_filesz = UINT64_MAX;
	core_bytes_memory(&core, 0x100000, "y", 1, 1, PF_R)->p_offset = UINT64_C(1) << 62;
	file = core_bytes_open(&core);
	assert_core_note(file, "a segment of 8192 bytes at 0xfffffffffffff000 goes beyond the end");
	assert_core_note(file, "a segment of 0xffffffffffffffff bytes at offset");
	assert_true(file->is_truncated);
	assert_true(qn_core_file_read(file, 0xfffffffffffff000, &byte, 1));
	assert_int_equal(byte, 'w');
	assert_false(qn_core_file_read(file, 0x100000, &byte, 1));
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void says_how_much_of_a_truncated_core_is_there(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char text[128];
	char byte;

	(void)state;
	core_bytes_thread(&core, 1, 0x1000, 0x2000);
	core_bytes_memory(&core, 0x1000, "0123456789", 10, 10, PF_R);
	core_bytes_finish(&core);
	assert_no_error(qn_core_file_of_bytes(core.file.data, core.file.len - 4, &file));
	snprintf(text, sizeof(text), "truncated: of %zu bytes %zu are there (", core.file.len,
		 core.file.len - 4);
	assert_core_note(file, text);
	assert_true(file->is_truncated);
	assert_true(qn_core_file_read(file, 0x1005, &byte, 1));
	assert_false(qn_core_file_read(file, 0x1006, &byte, 1));
	assert_non_null(qn_core_file_segment(file, 0x1009));
	qn_core_file_close(file);
	/* within the program headers */
	assert_no_error(qn_core_file_of_bytes(core.file.data, 64 + 56 + 10, &file));
	assert_core_note(file, "of 2 program headers 1 are there");
	assert_true(file->is_truncated);
	qn_core_file_close(file);
	core.file.data[54] = 55;
	assert_no_error(qn_core_file_of_bytes(core.file.data, core.file.len, &file));
	assert_core_note(file, "program headers of 55 bytes where 56 are right: none is read");
	assert_int_equal(file->segments_count, 0);
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

#define MANY 100000U

/* @has_count: section 0 stands at the end of the file, as the kernel puts it. */
static struct qn_core_file *open_many(bool has_count, struct qn_buffer *bytes)
{
	struct qn_core_file *file = NULL;
	uint64_t memory_at = sizeof(Elf64_Ehdr) + (MANY + 1) * sizeof(Elf64_Phdr);
	Elf64_Ehdr header = {.e_type = ET_CORE,
			     .e_machine = EM_X86_64,
			     .e_phoff = sizeof(header),
			     .e_shoff = memory_at + MANY * 8,
			     .e_phentsize = sizeof(Elf64_Phdr),
			     .e_shentsize = sizeof(Elf64_Shdr),
			     .e_phnum = PN_XNUM,
			     .e_shnum = 1};
	Elf64_Phdr notes = {.p_type = PT_NOTE, .p_offset = memory_at};
	Elf64_Shdr section = {.sh_info = MANY + 1};

	memcpy(header.e_ident,
	       "\x7f"
	       "ELF\x02\x01\x01",
	       7);
	qn_buffer_append(bytes, &header, sizeof(header));
	qn_buffer_append(bytes, &notes, sizeof(notes));
	for (uint64_t i = MANY; i > 0; i--) {
		Elf64_Phdr part = {.p_type = PT_LOAD,
				   .p_flags = PF_R,
				   .p_offset = memory_at + (i - 1) * 8,
				   .p_vaddr = i * 0x10000,
				   .p_filesz = 8,
				   .p_memsz = 0x10000};

		qn_buffer_append(bytes, &part, sizeof(part));
	}
	for (uint64_t i = 1; i <= MANY; i++)
		qn_buffer_append(bytes, &i, sizeof(i));
	if (has_count)
		qn_buffer_append(bytes, &section, sizeof(section));
	assert_no_error(qn_core_file_of_bytes(bytes->data, bytes->len, &file));
	return file;
}

static void reads_more_segments_than_e_phnum_can_count(void **state)
{
	(void)state;
	for (int has_count = 0; has_count < 2; has_count++) {
		struct qn_buffer bytes = {0};
		struct qn_core_file *file = open_many(has_count, &bytes);

		assert_int_equal(file->segments_count, MANY);
		/* without the count the core is cut: the kernel writes it last */
		assert_int_equal(file->is_truncated, !has_count);
		for (uint64_t i = 1; i <= MANY; i++) {
			uint64_t word = 0;

			assert_true(qn_core_file_read_u64(file, i * 0x10000, &word));
			assert_int_equal(word, i);
		}
		qn_core_file_close(file);
		qn_buffer_deinit(&bytes);
	}
}

static struct qn_core_file *open_path(const char *path)
{
	struct qn_core_file *file = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_no_error(qn_core_file_open(fd, &file));
	close(fd);
	return file;
}

/* 17 GB of which 4 kB are on the disk, with one byte at the very end. */
static void opens_a_sparse_core_without_reading_it(void **state)
{
	char *folder = qn_folder_make(), *path = qn_folder_path(folder, "core");
	const uint64_t size = UINT64_C(17) << 30;
	struct core_bytes core = {0};
	struct qn_core_file *file;
	struct rusage before, after;
	struct timespec start, end;
	char byte = 0;
	int fd;

	(void)state;
	core_bytes_thread(&core, 7, 0x1000, 0x2000);
	core_bytes_memory(&core, 0x10000, "", 0, size, PF_R | PF_W);
	core_bytes_finish(&core);
	/* the last program header: of its memory all is there */
	memcpy(core.file.data + 64 + 56 + 32, &size, sizeof(size));
	qn_folder_write(folder, "core", core.file.data, core.file.len);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "Z", 1, (off_t)(core.file.len + size - 1)), 1);
	close(fd);
	getrusage(RUSAGE_SELF, &before);
	clock_gettime(CLOCK_MONOTONIC, &start);
	file = open_path(path);
	assert_true(qn_core_file_read(file, 0x10000 + size - 1, &byte, 1));
	clock_gettime(CLOCK_MONOTONIC, &end);
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(byte, 'Z');
	assert_false(file->is_truncated);
	assert_int_equal(file->threads_count, 1);
	/* what a core takes is a few pages: reading it all would take seconds and gigabytes */
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 * 1024);
	assert_true(end.tv_sec - start.tv_sec <= 1);
	qn_core_file_close(file);
	core_bytes_deinit(&core);
	free(path);
	qn_folder_remove(folder);
}

static void a_cores_content_is_that_of_its_front(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *first, *second;

	(void)state;
	core_bytes_thread(&core, 7, 0x1000, 0x2000);
	core_bytes_memory(&core, 0x1000, "memory", 6, 6, PF_R);
	core_bytes_finish(&core);
	assert_no_error(qn_core_file_of_bytes(core.file.data, core.file.len, &first));
	assert_int_equal(first->content.len, 32);
	assert_int_equal(strspn(first->content.data, "0123456789abcdef"), 32);
	core.file.data[core.file.len - 1] ^= 1; /* memory does not count */
	assert_no_error(qn_core_file_of_bytes(core.file.data, core.file.len, &second));
	assert_true(qn_text_equal(first->content, second->content));
	qn_core_file_close(second);
	core.file.data[64 + 2 * 56 + 20 + 32] ^= 1; /* the thread's id does */
	assert_no_error(qn_core_file_of_bytes(core.file.data, core.file.len, &second));
	assert_false(qn_text_equal(first->content, second->content));
	qn_core_file_close(second);
	qn_core_file_close(first);
	core_bytes_deinit(&core);
}

/* Judged by readelf and gdb when they were made: testdata/cores/README.md. */
static void reads_the_committed_cores(void **state)
{
	static const struct {
		const char *name;
		size_t threads;
		uint32_t signal;
		bool is_arm;
	} cases[] = {
		{"null.x86-64", 3, 11, false},     {"null.aarch64", 3, 11, true},
		{"abort.x86-64", 2, 6, false},     {"abort.aarch64", 2, 6, true},
		{"overflow.x86-64", 2, 11, false}, {"overflow.aarch64", 2, 11, true},
		{"deadlock.x86-64", 4, 6, false},  {"deadlock.aarch64", 4, 6, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[4096], program[64];
		struct qn_core_file *file;

		snprintf(path, sizeof(path), "%s/testdata/cores/%s.core", qn_srcdir(), cases[i].name);
		snprintf(program, sizeof(program), "/tmp/x/%s", cases[i].name);
		file = open_path(path);
		assert_int_equal(file->threads_count, cases[i].threads);
		assert_int_equal(file->signal.number, cases[i].signal);
		assert_int_equal(file->machine, cases[i].is_arm ? QN_MACHINE_AARCH64 : QN_MACHINE_X86_64);
		assert_false(file->is_truncated);
		assert_int_equal(file->notes_count, 0);
		assert_true(file->mappings_count > 0);
		assert_text(file->mappings[0].path, program);
		assert_true(file->entry > 0x400000 && file->entry < 0x401000);
		assert_int_equal(file->pid, file->signal.number == 6 ? file->signal.sender : file->pid);
		/* all other threads sleep in futex(): 202, 98 */
		assert_int_equal(qn_core_status_register(file, &file->threads[1], QN_CORE_SYSCALL),
				 cases[i].is_arm ? 98 : 202);
		qn_core_file_close(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_is_no_core_for_us),
		cmocka_unit_test(reads_memory_also_across_segments_that_touch),
		cmocka_unit_test(makes_segments_not_overlap),
		cmocka_unit_test(survives_lying_segments),
		cmocka_unit_test(says_how_much_of_a_truncated_core_is_there),
		cmocka_unit_test(reads_more_segments_than_e_phnum_can_count),
		cmocka_unit_test(opens_a_sparse_core_without_reading_it),
		cmocka_unit_test(a_cores_content_is_that_of_its_front),
		cmocka_unit_test(reads_the_committed_cores),
	};
	return QN_RUN("core_file", tests);
}
