/* core_notes.c: what the notes say, and notes that lie. Layouts: core(5), elf(5), sigaction(2). */
#include "support/core_bytes.h"

#include <signal.h>

static void reads_every_thread_with_its_registers(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;

	(void)state;
	core_bytes_thread(&core, 11, 0x1111, 0x2222);
	core_bytes_note_as(&core, "LINUX", NT_X86_XSTATE, "registers", 9, 9);
	core_bytes_thread(&core, 12, 0x3333, 0x4444);
	file = core_bytes_open(&core);
	assert_int_equal(file->threads_count, 2);
	assert_int_equal(file->threads[0].tid, 11);
	assert_int_equal(file->threads[0].signal, 11);
	assert_int_equal(file->threads[1].tid, 12);
	assert_int_equal(qn_core_status_register(file, &file->threads[1], QN_CORE_PC), 0x3333);
	assert_int_equal(qn_core_status_register(file, &file->threads[1], QN_CORE_SP), 0x4444);
	/* orig_rax is -1: not in a system call */
	assert_int_equal(qn_core_status_register(file, &file->threads[1], QN_CORE_SYSCALL), 0);
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void leaves_out_registers_of_another_size(void **state)
{
	static const size_t sizes[] = {0, 4, 144, 296, 335, 337, 392};
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char data[400] = "";

	(void)state;
	core_bytes_thread(&core, 1, 0, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		core_bytes_note(&core, NT_PRSTATUS, data, sizes[i]);
	core_bytes_note_as(&core, "NOISE", NT_PRSTATUS, data, 336, 336);
	file = core_bytes_open(&core);
	assert_int_equal(file->threads_count, 1);
	assert_core_note(file, "registers of a thread left out: 0 bytes where 336 are right");
	assert_core_note(file, "registers of a thread left out: 392 bytes where 336 are right");
	assert_true(file->notes[core_note_find(file, "registers of a thread left out: 0 ")].has_offset);
	/* behind ELF header, one program header and the first thread's note */
	assert_int_equal(file->notes[core_note_find(file, "registers of a thread left out: 0 ")].offset,
			 64 + 56 + 20 + 336);
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void reads_what_process_it_was(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;
	unsigned char data[136] = {0};

	(void)state;
	memcpy(data + 24, "\x39\x05\0\0", 4);
	memcpy(data + 40, "sixteen bytes ok", 16); /* no NUL */
	memset(data + 56, 'a', 80);                /* nor here */
	core_bytes_note(&core, NT_PRPSINFO, data, sizeof(data));
	core_bytes_note(&core, NT_PRPSINFO, data, sizeof(data));
	core_bytes_note(&core, NT_PRPSINFO, data, 124); /* a 32-bit one */
	file = core_bytes_open(&core);
	assert_int_equal(file->pid, 1337);
	assert_text(file->name, "sixteen bytes ok");
	assert_int_equal(file->arguments.len, 80);
	assert_core_note(file, "a second process in one core: left out");
	assert_core_note(file, "process left out: 124 bytes where 136 are right");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void tells_faults_from_signals_that_were_sent(void **state)
{
	static const struct {
		int32_t number, code;
		bool has_address;
		uint32_t sender;
	} cases[] = {
		{SIGSEGV, SEGV_MAPERR, true, 0},  {SIGSEGV, SEGV_ACCERR, true, 0},
		{SIGBUS, BUS_ADRERR, true, 0},    {SIGILL, ILL_ILLOPN, true, 0},
		{SIGFPE, FPE_INTDIV, true, 0},    {SIGTRAP, TRAP_BRKPT, true, 0},
		{SIGSEGV, SI_KERNEL, false, 0},   {SIGSEGV, SI_USER, false, 4711},
		{SIGABRT, SI_TKILL, false, 4711}, {SIGUSR1, SI_QUEUE, false, 4711},
		{SIGALRM, SI_TIMER, false, 0},    {SIGXCPU, SI_KERNEL, false, 0},
		{SIGCHLD, CLD_EXITED, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct core_bytes core = {0};
		struct qn_core_file *file;

		core_bytes_siginfo(&core, cases[i].number, cases[i].code, 4711);
		core_bytes_siginfo(&core, SIGHUP, 0, 1);
		file = core_bytes_open(&core);
		assert_true(file->has_siginfo);
		assert_int_equal(file->signal.number, cases[i].number);
		assert_int_equal(file->signal.code, cases[i].code);
		assert_int_equal(file->signal.has_address, cases[i].has_address);
		assert_int_equal(file->signal.address, cases[i].has_address ? 4711 : 0);
		assert_int_equal(file->signal.sender, cases[i].sender);
		assert_core_note(file, "a second signal in one core: left out");
		qn_core_file_close(file);
		core_bytes_deinit(&core);
	}
}

static void reads_the_auxiliary_vector_up_to_its_end(void **state)
{
	const uint64_t pairs[] = {AT_PAGESZ, 4096, AT_ENTRY,        0x401000, AT_PHDR,   0x400040,
				  AT_PHNUM,  9,    AT_SYSINFO_EHDR, 0x7000,   AT_EXECFN, 0x9000,
				  AT_NULL,   0,    AT_ENTRY,        1};
	struct core_bytes core = {0};
	struct qn_core_file *file;

	(void)state;
	core_bytes_note(&core, NT_AUXV, pairs, sizeof(pairs));
	core_bytes_memory(&core, 0x9000, "/usr/bin/milvus", 16, 16, PF_R);
	file = core_bytes_open(&core);
	assert_int_equal(file->entry, 0x401000);
	assert_int_equal(file->phdr, 0x400040);
	assert_int_equal(file->phdr_count, 9);
	assert_int_equal(file->page_size, 4096);
	assert_int_equal(file->sysinfo, 0x7000);
	assert_text(file->execfn, "/usr/bin/milvus");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

/* NT_FILE with so many triples and names as there are. */
static size_t make_mappings(char *to, uint64_t told, uint64_t page, const uint64_t (*triples)[3],
			    size_t count, const char *names, size_t names_size)
{
	memcpy(to, &told, 8);
	memcpy(to + 8, &page, 8);
	memcpy(to + 16, triples, count * 24);
	memcpy(to + 16 + count * 24, names, names_size);
	return 16 + count * 24 + names_size;
}

static void sorts_the_mapped_files_and_keeps_their_paths_as_bytes(void **state)
{
	static const uint64_t triples[][3] = {{0x7000, 0x9000, 2},
					      {0x1000, 0x2000, 0},
					      {0x5000, 0x4000, 0},
					      {0xa000, 0xb000, UINT64_MAX / 2}};
	static const char names[] = "/lib/b.so\0/a\nb \xff (deleted)\0/lying\0/far";
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char data[512];
	size_t size = make_mappings(data, 4, 4096, triples, 4, names, sizeof(names));

	(void)state;
	core_bytes_note(&core, NT_FILE, data, size);
	core_bytes_note(&core, NT_FILE, data, size);
	file = core_bytes_open(&core);
	assert_int_equal(file->mappings_count, 2);
	assert_text(file->mappings[0].path, "/a\nb \xff (deleted)");
	assert_int_equal(file->mappings[1].offset, 8192);
	assert_ptr_equal(qn_core_file_mapping(file, 0x8fff), &file->mappings[1]);
	assert_null(qn_core_file_mapping(file, 0x9000));
	assert_null(qn_core_file_mapping(file, 0xfff));
	assert_core_note(file, "mapped file left out: 0x5000-0x4000 at page 0x0");
	assert_core_note(file, "mapped file left out: 0xa000-0xb000");
	assert_core_note(file, "a second list of mapped files: left out");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void survives_lists_of_mapped_files_that_lie(void **state)
{
	static const uint64_t one[][3] = {{0x1000, 0x2000, 1}};
	static const struct {
		uint64_t told, page;
		size_t names_size, mappings, bytes;
		const char *note;
	} cases[] = {
		{UINT64_MAX, 4096, 5, 1, 0,
		 "the list of mapped files says that it has 18446744073709551615 "},
		{2, 4096, 5, 1, 0, "the list of mapped files says that it has 2 entries: 1 are read"},
		{1, 4096, 0, 0, 0, "the list of mapped files is cut: of 1 entries 0 have a path"},
		{1, 4096, 3, 1, 0, NULL}, /* the name is cut */
		{1, 0, 5, 1, 0, "the list of mapped files has pages of 0 bytes: 4096 are assumed"},
		{1, 4097, 5, 1, 0, "the list of mapped files has pages of 4097 bytes: 4096 are assumed"},
		{0, 4096, 0, 0, 15, "an empty list of mapped files: left out"},
		{0, 4096, 0, 0, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct core_bytes core = {0};
		struct qn_core_file *file;
		char data[128];
		size_t size = make_mappings(data, cases[i].told, cases[i].page, one, 1, "/lib",
					    cases[i].names_size);

		core_bytes_note(&core, NT_FILE, data, cases[i].bytes ? cases[i].bytes : size);
		file = core_bytes_open(&core);
		assert_int_equal(file->mappings_count, cases[i].mappings);
		if (cases[i].mappings)
			assert_int_equal(file->mappings[0].offset, 4096);
		if (cases[i].note)
			assert_core_note(file, cases[i].note);
		qn_core_file_close(file);
		core_bytes_deinit(&core);
	}
}

static void stops_at_a_note_that_is_longer_than_its_segment(void **state)
{
	static const uint32_t sizes[] = {337, 4096, UINT32_MAX - 3, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct core_bytes core = {0};
		struct qn_core_file *file;
		char data[336] = "";

		core_bytes_thread(&core, 1, 0, 0);
		core_bytes_note_as(&core, "CORE", NT_PRSTATUS, data, sizeof(data), sizes[i]);
		file = core_bytes_open(&core);
		assert_int_equal(file->threads_count, 1);
		assert_core_note(file, "a note of type 1 says that it has ");
		qn_core_file_close(file);
		/* the same of the name's size */
		memcpy(core.notes.data + 356, &sizes[i], 4);
		file = core_bytes_open(&core);
		assert_int_equal(file->threads_count, 1);
		qn_core_file_close(file);
		core_bytes_deinit(&core);
	}
}

static void reads_the_mapped_files_of_a_cut_list(void **state)
{
	static const uint64_t triples[][3] = {{0x1000, 0x2000, 0}, {0x3000, 0x4000, 0}};
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char data[256];
	size_t size = make_mappings(data, 2, 4096, triples, 2, "/first\0/second", 15);

	(void)state;
	core_bytes_note(&core, NT_FILE, data, size);
	core_bytes_finish(&core);
	assert_no_error(qn_core_file_of_bytes(core.file.data, core.file.len - 9, &file));
	assert_true(file->is_truncated);
	assert_int_equal(file->mappings_count, 1);
	assert_text(file->mappings[0].path, "/first");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void reads_several_segments_of_notes(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;
	Elf64_Phdr *second;

	(void)state;
	core_bytes_thread(&core, 1, 0, 0);
	core_bytes_thread(&core, 2, 0, 0);
	core_bytes_memory(&core, 0, core.notes.data, core.notes.len, 0, 0);
	second = &core.parts[0];
	second->p_type = PT_NOTE;
	file = core_bytes_open(&core);
	assert_int_equal(file->threads_count, 4);
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void takes_a_hundred_thousand_threads_and_no_more(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;

	(void)state;
	for (uint32_t i = 0; i < QN_CORE_THREADS_MAX + 1; i++)
		core_bytes_thread(&core, i, i, i);
	file = core_bytes_open(&core);
	assert_int_equal(file->threads_count, QN_CORE_THREADS_MAX);
	assert_int_equal(file->threads[QN_CORE_THREADS_MAX - 1].tid, QN_CORE_THREADS_MAX - 1);
	assert_core_note(file, "more than 100000 threads: the others are left out");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

static void lists_a_thousand_oddities_and_no_more(void **state)
{
	struct core_bytes core = {0};
	struct qn_core_file *file;
	char data[2048] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		core_bytes_note(&core, NT_PRSTATUS, data, i == 336 ? 0 : i);
	file = core_bytes_open(&core);
	assert_int_equal(file->notes_count, QN_CORE_NOTES_MAX);
	assert_text(file->notes[QN_CORE_NOTES_MAX - 1].text,
		    "more than 999 different oddities: the others are not listed");
	qn_core_file_close(file);
	core_bytes_deinit(&core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_thread_with_its_registers),
		cmocka_unit_test(leaves_out_registers_of_another_size),
		cmocka_unit_test(reads_what_process_it_was),
		cmocka_unit_test(tells_faults_from_signals_that_were_sent),
		cmocka_unit_test(reads_the_auxiliary_vector_up_to_its_end),
		cmocka_unit_test(sorts_the_mapped_files_and_keeps_their_paths_as_bytes),
		cmocka_unit_test(survives_lists_of_mapped_files_that_lie),
		cmocka_unit_test(stops_at_a_note_that_is_longer_than_its_segment),
		cmocka_unit_test(reads_the_mapped_files_of_a_cut_list),
		cmocka_unit_test(reads_several_segments_of_notes),
		cmocka_unit_test(takes_a_hundred_thousand_threads_and_no_more),
		cmocka_unit_test(lists_a_thousand_oddities_and_no_more),
	};
	return QN_RUN("core_notes", tests);
}
