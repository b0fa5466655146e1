#include "core/core_file.h"

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/banned.h"

void qn_core_file_note(struct qn_core_file *file, uint64_t offset, const char *format, ...)
{
	struct qn_error *error;
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (size_t i = 0; i < file->notes_count; i++)
		if (qn_text_equal(file->notes[i].text, qn_text_of(text)))
			return;
	if (file->notes_count >= QN_CORE_NOTES_MAX)
		return;
	error = qn_array_reserve(&file->notes, &file->notes_capacity, file->notes_count + 1,
				 sizeof(*file->notes));
	if (error) {
		qn_error_destroy(error);
		return;
	}
	file->notes[file->notes_count++] = (struct qn_core_note){
		.text = qn_arena_copy(&file->arena, qn_text_of(text)),
		.has_offset = offset != UINT64_MAX,
		.offset = offset == UINT64_MAX ? 0 : offset,
	};
}

static int compare_segments(const void *a, const void *b)
{
	const struct qn_core_segment *left = a, *right = b;

	return (left->address > right->address) - (left->address < right->address);
}

static const struct qn_core_segment *find(const struct qn_core_file *file, uint64_t address)
{
	size_t low = 0, high = file->segments_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->segments[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &file->segments[low - 1] : NULL;
}

const struct qn_core_segment *qn_core_file_segment(const struct qn_core_file *file, uint64_t address)
{
	const struct qn_core_segment *segment = find(file, address);

	return segment && address - segment->address < segment->memory_size ? segment : NULL;
}

const struct qn_core_mapping *qn_core_file_mapping(const struct qn_core_file *file, uint64_t address)
{
	size_t low = 0, high = file->mappings_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->mappings[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < file->mappings[low - 1].end ? &file->mappings[low - 1] : NULL;
}

bool qn_core_file_read_dumped(const struct qn_core_file *file, uint64_t address, void *to, size_t size)
{
	const struct qn_core_segment *segment = find(file, address);
	uint64_t at;

	if (!segment)
		return false;
	at = address - segment->address;
	if (at >= segment->size || size > segment->size - at)
		return false;
	memcpy(to, file->data + segment->offset + at, size);
	return true;
}

bool qn_core_file_read(const struct qn_core_file *file, uint64_t address, void *to, size_t size)
{
	if (qn_core_file_read_dumped(file, address, to, size))
		return true;
	return file->fallback && file->fallback(file->fallback_context, address, to, size);
}

struct qn_text qn_core_file_read_string(const struct qn_core_file *file, struct qn_arena *arena,
					uint64_t address, size_t max)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	char byte;

	while (text.len < max && qn_core_file_read(file, address + text.len, &byte, 1) && byte)
		qn_buffer_append_byte(&text, byte);
	return qn_arena_copy(arena, qn_buffer_text(&text));
}

uint64_t qn_core_status_register(const struct qn_core_file *file, const struct qn_core_status *status,
				 enum qn_core_register which)
{
	static const signed char x86_64[] = {
		[QN_CORE_PC] = 16,        [QN_CORE_SP] = 19,         [QN_CORE_FP] = 4,
		[QN_CORE_SYSCALL] = 15,   [QN_CORE_ARGUMENT_1] = 14, [QN_CORE_ARGUMENT_2] = 13,
		[QN_CORE_ARGUMENT_3] = 12};
	static const signed char aarch64[] = {
		[QN_CORE_PC] = 32,       [QN_CORE_SP] = 31,        [QN_CORE_FP] = 29,
		[QN_CORE_SYSCALL] = 8,   [QN_CORE_ARGUMENT_1] = 0, [QN_CORE_ARGUMENT_2] = 1,
		[QN_CORE_ARGUMENT_3] = 2};

	return status->registers[file->machine == QN_MACHINE_AARCH64 ? aarch64[which] : x86_64[which]];
}

/* One PT_LOAD, as far as the file holds it. */
static struct qn_error *add_segment(struct qn_core_file *file, const Elf64_Phdr *header)
{
	uint64_t size = header->p_filesz;

	if (header->p_offset >= file->size || size > file->size - header->p_offset) {
		file->is_truncated = true;
		size = header->p_offset >= file->size ? 0 : file->size - header->p_offset;
	}
	file->segments[file->segments_count++] = (struct qn_core_segment){
		.address = header->p_vaddr,
		.size = size,
		.memory_size = header->p_memsz,
		.offset = header->p_offset,
		.flags = header->p_flags,
	};
	return NULL;
}

static void read_siginfo(struct qn_core_file *file, struct qn_text data)
{
	int32_t words[4];
	uint64_t address;

	if (data.len < 24 || file->has_siginfo)
		return;
	memcpy(words, data.data, 12);
	memcpy(&address, data.data + 16, 8);
	file->has_siginfo = true;
	file->signal.number = (uint32_t)words[0];
	file->signal.code = words[2];
	/* a positive code is the kernel's own: of a fault there is an address where a sender stands else */
	file->signal.has_address =
		words[2] > 0 && (words[0] == 11 || words[0] == 7 || words[0] == 8 || words[0] == 4);
	if (file->signal.has_address)
		file->signal.address = address;
	else if (words[2] <= 0)
		file->signal.sender = (uint32_t)address;
}

static void read_prpsinfo(struct qn_core_file *file, struct qn_text data)
{
	if (data.len < 136)
		return;
	memcpy(&file->pid, data.data + 24, 4);
	file->name =
		qn_arena_copy(&file->arena, (struct qn_text){data.data + 40, strnlen(data.data + 40, 16)});
	file->arguments = qn_text_trim(
		qn_arena_copy(&file->arena, (struct qn_text){data.data + 56, strnlen(data.data + 56, 80)}));
}

static void read_auxv(struct qn_core_file *file, struct qn_text data)
{
	for (size_t at = 0; at + 16 <= data.len; at += 16) {
		uint64_t pair[2];

		memcpy(pair, data.data + at, 16);
		if (pair[0] == AT_ENTRY)
			file->entry = pair[1];
		else if (pair[0] == AT_PHDR)
			file->phdr = pair[1];
		else if (pair[0] == AT_PHNUM)
			file->phdr_count = pair[1];
		else if (pair[0] == AT_SYSINFO_EHDR)
			file->sysinfo = pair[1];
	}
}

/* count, page size; count times start, end, offset in pages; count times a path that ends in NUL */
static struct qn_error *read_mappings(struct qn_core_file *file, struct qn_text data)
{
	uint64_t count, page;
	struct qn_text names;

	if (data.len < 16 || file->mappings)
		return NULL;
	memcpy(&count, data.data, 8);
	memcpy(&page, data.data + 8, 8);
	if (count > QN_CORE_MAPPINGS_MAX || count > (data.len - 16) / 24)
		count = (data.len - 16) / 24;
	file->mappings = qn_arena_alloc(&file->arena, (count + 1) * sizeof(*file->mappings));
	QN_TRY(qn_arena_check(&file->arena));
	names = qn_text_from(data, 16 + count * 24);
	for (uint64_t i = 0; i < count && names.len; i++) {
		uint64_t words[3];
		size_t len = strnlen(names.data, names.len);

		memcpy(words, data.data + 16 + i * 24, 24);
		if (words[0] < words[1])
			file->mappings[file->mappings_count++] = (struct qn_core_mapping){
				words[0], words[1], words[2] * page, {names.data, len}};
		names = qn_text_from(names, len + 1);
	}
	return NULL;
}

static struct qn_error *read_status(struct qn_core_file *file, struct qn_text data, size_t *capacity)
{
	size_t words = file->machine == QN_MACHINE_AARCH64 ? 34 : 27;
	struct qn_core_status *status;
	uint16_t signal;

	if (data.len < 112 + words * 8 || file->threads_count >= QN_CORE_THREADS_MAX)
		return NULL;
	QN_TRY(qn_array_reserve(&file->threads, capacity, file->threads_count + 1, sizeof(*file->threads)));
	status = &file->threads[file->threads_count++];
	*status = (struct qn_core_status){0};
	memcpy(&signal, data.data + 12, 2);
	memcpy(&status->tid, data.data + 32, 4);
	memcpy(status->registers, data.data + 112, words * 8);
	status->signal = signal;
	return NULL;
}

static struct qn_error *read_notes(struct qn_core_file *file, struct qn_text notes, size_t *capacity)
{
	while (notes.len >= 12) {
		uint32_t head[3];
		struct qn_text data;
		uint64_t name, size;

		memcpy(head, notes.data, 12);
		name = ((uint64_t)head[0] + 3) & ~UINT64_C(3);
		size = ((uint64_t)head[1] + 3) & ~UINT64_C(3);
		if (name + head[1] > notes.len - 12)
			break;
		data = qn_text_first(qn_text_from(notes, 12 + name), head[1]);
		switch (head[2]) {
		case NT_PRSTATUS: QN_TRY(read_status(file, data, capacity)); break;
		case NT_PRPSINFO: read_prpsinfo(file, data); break;
		case NT_SIGINFO: read_siginfo(file, data); break;
		case NT_AUXV: read_auxv(file, data); break;
		case NT_FILE: QN_TRY(read_mappings(file, data)); break;
		default: break;
		}
		notes = qn_text_from(notes, 12 + name + size);
	}
	return NULL;
}

static struct qn_error *read_headers(struct qn_core_file *file)
{
	Elf64_Ehdr header;
	uint64_t count;
	size_t capacity = 0;

	if (file->size < sizeof(header))
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "not an ELF core");
	memcpy(&header, file->data, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_type != ET_CORE)
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "not an ELF core");
	file->machine = header.e_machine == EM_X86_64    ? QN_MACHINE_X86_64
			: header.e_machine == EM_AARCH64 ? QN_MACHINE_AARCH64
							 : QN_MACHINE_UNKNOWN;
	count = header.e_phnum;
	if (header.e_phoff > file->size || count > (file->size - header.e_phoff) / sizeof(Elf64_Phdr))
		count = header.e_phoff > file->size ? 0 : (file->size - header.e_phoff) / sizeof(Elf64_Phdr);
	file->segments = qn_arena_alloc(&file->arena, (count + 1) * sizeof(*file->segments));
	QN_TRY(qn_arena_check(&file->arena));
	for (uint64_t i = 0; i < count; i++) {
		Elf64_Phdr part;

		memcpy(&part, file->data + header.e_phoff + i * sizeof(part), sizeof(part));
		if (part.p_type == PT_LOAD)
			QN_TRY(add_segment(file, &part));
		else if (part.p_type == PT_NOTE && part.p_offset < file->size)
			QN_TRY(read_notes(
				file,
				qn_text_first((struct qn_text){(const char *)file->data + part.p_offset,
							       file->size - part.p_offset},
					      part.p_filesz),
				&capacity));
	}
	qsort(file->segments, file->segments_count, sizeof(*file->segments), compare_segments);
	return NULL;
}

struct qn_error *qn_core_file_open(int fd, struct qn_core_file **ret)
{
	_cleanup_(qn_core_file_close_guard) struct qn_core_file *file = calloc(1, sizeof(*file));
	struct stat stat;
	void *data;

	if (!file)
		return &qn_error_no_memory;
	if (fstat(fd, &stat) < 0)
		return qn_error_system(errno, "the core cannot be looked at");
	data = stat.st_size > 0
		       ? mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, fd, 0)
		       : MAP_FAILED;
	if (data == MAP_FAILED)
		return qn_error_create(QN_ERROR_UNRECOGNIZED, "not an ELF core");
	file->data = data;
	file->size = (uint64_t)stat.st_size;
	(void)madvise(data, (size_t)stat.st_size, MADV_RANDOM);
	QN_TRY(read_headers(file));
	*ret = qn_take(file);
	return NULL;
}

void qn_core_file_close(struct qn_core_file *file)
{
	if (!file)
		return;
	if (file->data)
		munmap((void *)file->data, (size_t)file->size);
	free(file->threads);
	free(file->notes);
	qn_arena_deinit(&file->arena);
	free(file);
}
