#include "core/core_file.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/core_parts.h"
#include "base/banned.h"

/* What goes into the content's hash of headers and of notes, at most. */
#define CONTENT_BYTES_MAX (UINT64_C(4) << 20)
/* What is asked for ahead of its being read, at most: the registers of some 10,000 threads. */
#define EXPECTED_BYTES_MAX (UINT64_C(32) << 20)

void qn_core_file_note(struct qn_core_file *file, uint64_t offset, const char *format, ...)
{
	struct qn_text kept;
	struct qn_error *error;
	char text[2048]; /* two long paths and two ids */
	va_list arguments;

	if (file->notes_count >= QN_CORE_NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (file->notes_count == QN_CORE_NOTES_MAX - 1) {
		snprintf(text, sizeof(text), "more than %u different oddities: the others are not listed",
			 QN_CORE_NOTES_MAX - 1);
		offset = UINT64_MAX;
	}
	if (qn_map_find(&file->notes_seen, qn_text_of(text)))
		return;
	kept = qn_arena_copy(&file->arena, qn_text_of(text));
	if (!kept.data)
		return;
	error = qn_array_reserve(&file->notes, &file->notes_capacity, file->notes_count + 1,
				 sizeof(*file->notes));
	if (!error)
		error = qn_map_put(&file->notes_seen, kept, file);
	if (error) {
		qn_error_destroy(error);
		return;
	}
	file->notes[file->notes_count++] = (struct qn_core_note){
		.text = kept,
		.has_offset = offset != UINT64_MAX,
		.offset = offset == UINT64_MAX ? 0 : offset,
	};
}

void qn_core_file_expect(const struct qn_core_file *file, uint64_t offset, uint64_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = offset / page * page;

	if (!file->is_mapped || offset >= file->size)
		return;
	if (size > EXPECTED_BYTES_MAX)
		size = EXPECTED_BYTES_MAX;
	if (size > file->size - offset)
		size = file->size - offset;
	(void)madvise((void *)(file->data + start), offset - start + size, MADV_WILLNEED);
}

/* --- What it is
 * --------------------------------------------------------------------------------------------------- */

static const struct {
	uint16_t number;
	const char *name;
} machines[] = {
	{EM_SPARC, "SPARC"},      {EM_386, "i386"},     {EM_MIPS, "MIPS"},           {EM_PPC, "PowerPC"},
	{EM_PPC64, "PowerPC 64"}, {EM_S390, "S/390"},   {EM_ARM, "ARM, 32-bit"},     {EM_SPARCV9, "SPARC V9"},
	{EM_IA_64, "Itanium"},    {EM_RISCV, "RISC-V"}, {EM_LOONGARCH, "LoongArch"},
};

static const char *machine_name(uint16_t number)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].number == number)
			return machines[i].name;
	return "unknown";
}

static struct qn_error *refuse_type(uint16_t type)
{
	const char *what = type == ET_REL    ? "an ELF object file"
			   : type == ET_EXEC ? "an ELF program"
			   : type == ET_DYN  ? "an ELF program or library"
					     : "an ELF file of another kind";

	return qn_error_create(QN_ERROR_UNRECOGNIZED, "%s, no core", what);
}

/* Sizes and places of fields are those of Elf64_Ehdr; up to e_machine Elf32_Ehdr has the same. */
static struct qn_error *recognize(struct qn_core_file *file, Elf64_Ehdr *ret)
{
	const unsigned char *ident = ret->e_ident;
	bool is_big;
	uint16_t type, machine;

	if (file->size < sizeof(*ret))
		return file->size ? qn_error_create(QN_ERROR_UNRECOGNIZED, "not an ELF core")
				  : qn_error_create(QN_ERROR_UNRECOGNIZED, "an empty file, no core");
	memcpy(ret, file->data, sizeof(*ret));
	if (memcmp(ident, ELFMAG, SELFMAG) != 0)
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "not an ELF core");
	is_big = ident[EI_DATA] == ELFDATA2MSB;
	type = is_big ? __builtin_bswap16(ret->e_type) : ret->e_type;
	machine = is_big ? __builtin_bswap16(ret->e_machine) : ret->e_machine;
	if (type != ET_CORE)
		return refuse_type(type);
	if (ident[EI_CLASS] != ELFCLASS64)
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "a 32-bit core%s: only 64-bit ones can be read",
				       machine == EM_X86_64 ? " (x32)" : "");
	file->machine = machine == EM_X86_64    ? QN_MACHINE_X86_64
			: machine == EM_AARCH64 ? QN_MACHINE_AARCH64
						: QN_MACHINE_UNKNOWN;
	if (file->machine == QN_MACHINE_UNKNOWN)
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "a core of machine %u (%s)", machine,
				       machine_name(machine));
	if (ident[EI_DATA] != ELFDATA2LSB)
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "a big-endian core");
	return NULL;
}

/* --- Program headers
 * ---------------------------------------------------------------------------------------------- */

/* More segments than e_phnum can say: section 0 has their number. The kernel writes it behind all memory,
 * where a truncated core has nothing; but then the notes stand right behind the program headers. */
static uint64_t count_many_segments(struct qn_core_file *file, const Elf64_Ehdr *header)
{
	Elf64_Shdr section;
	Elf64_Phdr first;
	struct qn_text bytes = qn_core_file_bytes(file, header->e_shoff, sizeof(section));

	if (header->e_shoff && bytes.len == sizeof(section)) {
		memcpy(&section, bytes.data, sizeof(section));
		return section.sh_info;
	}
	file->is_truncated = true;
	bytes = qn_core_file_bytes(file, header->e_phoff, sizeof(first));
	if (bytes.len == sizeof(first)) {
		memcpy(&first, bytes.data, sizeof(first));
		if (first.p_type == PT_NOTE && first.p_offset > header->e_phoff &&
		    (first.p_offset - header->e_phoff) / sizeof(first) >= PN_XNUM)
			return (first.p_offset - header->e_phoff) / sizeof(first);
	}
	qn_core_file_note(file, header->e_shoff,
			  "the number of segments is not there (section header 0): %u are read", PN_XNUM);
	return PN_XNUM;
}

static uint64_t count_segments(struct qn_core_file *file, const Elf64_Ehdr *header)
{
	uint64_t told = header->e_phnum, room, count;

	if (told == PN_XNUM)
		told = count_many_segments(file, header);
	if (told && header->e_phentsize != sizeof(Elf64_Phdr)) {
		qn_core_file_note(file, 0, "program headers of %u bytes where %zu are right: none is read",
				  header->e_phentsize, sizeof(Elf64_Phdr));
		return 0;
	}
	room = header->e_phoff < file->size ? (file->size - header->e_phoff) / sizeof(Elf64_Phdr) : 0;
	count = told < room ? told : room;
	if (count < told) {
		file->is_truncated = true;
		qn_core_file_note(file, header->e_phoff,
				  "of %" PRIu64 " program headers %" PRIu64 " are there", told, count);
	}
	if (count > QN_CORE_SEGMENTS_MAX) {
		qn_core_file_note(file, header->e_phoff, "more than %u segments: the others are left out",
				  QN_CORE_SEGMENTS_MAX);
		count = QN_CORE_SEGMENTS_MAX;
	}
	return count;
}

/* One PT_LOAD, as far as the file holds it. @at: where its header stands. */
static void add_segment(struct qn_core_file *file, const Elf64_Phdr *header, uint64_t at)
{
	struct qn_core_segment segment = {
		.address = header->p_vaddr,
		.size = qn_core_file_bytes(file, header->p_offset, header->p_filesz).len,
		.memory_size = header->p_memsz > header->p_filesz ? header->p_memsz : header->p_filesz,
		.offset = header->p_offset < file->size ? header->p_offset : file->size,
		.flags = header->p_flags,
	};

	if (segment.memory_size > UINT64_MAX - segment.address) {
		qn_core_file_note(file, at,
				  "a segment of %" PRIu64 " bytes at 0x%" PRIx64
				  " goes beyond the end of all addresses: cut there",
				  segment.memory_size, segment.address);
		segment.memory_size = UINT64_MAX - segment.address;
		if (segment.size > segment.memory_size)
			segment.size = segment.memory_size;
	}
	if (segment.memory_size)
		file->segments[file->segments_count++] = segment;
}

/* Where the file should end, by what @header says; a lie ends nowhere. */
static uint64_t end_of(struct qn_core_file *file, const Elf64_Phdr *header, uint64_t at)
{
	uint64_t end;

	if (!header->p_filesz)
		return 0;
	if (!__builtin_add_overflow(header->p_offset, header->p_filesz, &end) && end <= INT64_MAX)
		return end;
	qn_core_file_note(file, at,
			  "a segment of 0x%" PRIx64 " bytes at offset 0x%" PRIx64 ": no file is so large",
			  header->p_filesz, header->p_offset);
	return 0;
}

static struct qn_error *read_segments(struct qn_core_file *file, const Elf64_Ehdr *header, uint64_t count)
{
	uint64_t end = 0;

	file->segments = qn_arena_alloc(&file->arena, (count + 1) * sizeof(*file->segments));
	QN_TRY(qn_arena_check(&file->arena));
	qn_core_file_expect(file, header->e_phoff, count * sizeof(Elf64_Phdr));
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = header->e_phoff + i * sizeof(Elf64_Phdr), its_end;
		Elf64_Phdr part;

		memcpy(&part, file->data + at, sizeof(part));
		if (part.p_type != PT_LOAD && part.p_type != PT_NOTE)
			continue;
		its_end = end_of(file, &part, at);
		if (its_end > end)
			end = its_end;
		if (part.p_type == PT_LOAD) {
			add_segment(file, &part, at);
		} else {
			qn_core_file_expect(file, part.p_offset, part.p_filesz);
			QN_TRY(qn_core_notes_read(file, part.p_offset, part.p_filesz));
		}
	}
	if (end > file->size) {
		/* what the headers say that are missing is not known */
		qn_core_file_note(file, file->size,
				  "truncated: of %s%" PRIu64 " bytes %" PRIu64 " are there (%.1f %%)",
				  file->is_truncated ? "at least " : "", end, file->size,
				  100.0 * (double)file->size / (double)end);
		file->is_truncated = true;
	}
	return NULL;
}

/* Over what a core has at its front, so that memory is not read; a packed copy has the same. */
static void hash_content(struct qn_core_file *file, const Elf64_Ehdr *header, uint64_t count)
{
	struct qn_hasher hasher;
	uint64_t left = CONTENT_BYTES_MAX;
	uint64_t bytes = count * sizeof(Elf64_Phdr);
	char hex[33];

	qn_hasher_init(&hasher);
	qn_hasher_add_u64(&hasher, file->size);
	qn_hasher_add(&hasher, (struct qn_text){(const char *)header, sizeof(*header)});
	qn_hasher_add(&hasher, qn_core_file_bytes(file, header->e_phoff,
						  bytes < CONTENT_BYTES_MAX ? bytes : CONTENT_BYTES_MAX));
	for (uint64_t i = 0; i < count && left; i++) {
		struct qn_text notes;
		Elf64_Phdr part;

		memcpy(&part, file->data + header->e_phoff + i * sizeof(part), sizeof(part));
		if (part.p_type != PT_NOTE)
			continue;
		notes = qn_core_file_bytes(file, part.p_offset, part.p_filesz < left ? part.p_filesz : left);
		qn_hasher_add(&hasher, notes);
		left -= notes.len;
	}
	qn_hash_hex(qn_hasher_result(&hasher), 32, hex);
	file->content = qn_arena_copy(&file->arena, qn_text_of(hex));
}

static struct qn_error *read_file(struct qn_core_file *file)
{
	Elf64_Ehdr header;
	uint64_t count;

	QN_TRY(recognize(file, &header));
	count = count_segments(file, &header);
	QN_TRY(read_segments(file, &header, count));
	qn_core_memory_finish(file);
	qn_core_notes_finish(file);
	hash_content(file, &header, count);
	return qn_arena_check(&file->arena);
}

struct qn_error *qn_core_file_open(int fd, struct qn_core_file **ret)
{
	_cleanup_(qn_core_file_close_guard) struct qn_core_file *file = calloc(1, sizeof(*file));
	struct stat status;

	if (!file)
		return &qn_error_no_memory;
	if (fstat(fd, &status) < 0)
		return qn_error_system(errno, "the core cannot be looked at");
	if (!S_ISREG(status.st_mode))
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "not a regular file, no core");
	if (status.st_size > 0) {
		void *data =
			mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, fd, 0);

		if (data == MAP_FAILED)
			return qn_error_system(errno, "the core cannot be mapped");
		file->data = data;
		file->size = (uint64_t)status.st_size;
		file->is_mapped = true;
		(void)madvise(data, (size_t)status.st_size, MADV_RANDOM);
	}
	QN_TRY(read_file(file));
	*ret = qn_take(file);
	return NULL;
}

struct qn_error *qn_core_file_of_bytes(const void *data, size_t size, struct qn_core_file **ret)
{
	_cleanup_(qn_core_file_close_guard) struct qn_core_file *file = calloc(1, sizeof(*file));

	if (!file)
		return &qn_error_no_memory;
	file->data = data;
	file->size = size;
	QN_TRY(read_file(file));
	*ret = qn_take(file);
	return NULL;
}

void qn_core_file_close(struct qn_core_file *file)
{
	if (!file)
		return;
	if (file->is_mapped)
		munmap((void *)file->data, (size_t)file->size);
	free(file->threads);
	free(file->notes);
	qn_map_deinit(&file->notes_seen);
	qn_arena_deinit(&file->arena);
	free(file);
}
