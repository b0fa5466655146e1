/* The ELF notes of a core: each begins with three words (bytes of its name, bytes of its description, type),
 * name and description are padded to 4 bytes. What is read here is named "CORE"; registers beyond the general
 * ones are "LINUX" notes, which nobody needs. */
#include <elf.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#include "core/core_parts.h"
#include "base/banned.h"

#define HEAD_BYTES 12U
#define PRPSINFO_BYTES 136U
#define NAME_MAX_BYTES 16U
#define ARGUMENTS_MAX_BYTES 80U
#define PATH_MAX_BYTES 4096U

/* struct elf_prstatus: 12 bytes of siginfo, short pr_cursig; pr_pid at 32; the registers at 112; then a word
 * that tells whether floating-point registers follow, and padding. */
static const struct {
	size_t words, bytes;
} statuses[] = {
	[QN_MACHINE_X86_64] = {27, 336},
	[QN_MACHINE_AARCH64] = {34, 392},
};
#define STATUS_SIGNAL_AT 12U
#define STATUS_TID_AT 32U
#define STATUS_REGISTERS_AT 112U

/* A note, as found. */
struct note {
	struct qn_text data;
	uint64_t offset; /* of its first word */
	uint32_t type;
	uint32_t told_size; /* data is shorter when the file ends */
};

static struct qn_error *read_status(struct qn_core_file *file, const struct note *note)
{
	struct qn_core_status *status;
	uint16_t signal;

	if (note->told_size != statuses[file->machine].bytes) {
		qn_core_file_note(file, note->offset,
				  "registers of a thread left out: %" PRIu32 " bytes where %zu are right",
				  note->told_size, statuses[file->machine].bytes);
		return NULL;
	}
	if (file->threads_count >= QN_CORE_THREADS_MAX) {
		qn_core_file_note(file, note->offset, "more than %u threads: the others are left out",
				  QN_CORE_THREADS_MAX);
		return NULL;
	}
	QN_TRY(qn_array_reserve(&file->threads, &file->threads_capacity, file->threads_count + 1,
				sizeof(*file->threads)));
	status = &file->threads[file->threads_count++];
	*status = (struct qn_core_status){0};
	memcpy(&signal, note->data.data + STATUS_SIGNAL_AT, sizeof(signal));
	memcpy(&status->tid, note->data.data + STATUS_TID_AT, sizeof(status->tid));
	memcpy(status->registers, note->data.data + STATUS_REGISTERS_AT,
	       statuses[file->machine].words * sizeof(status->registers[0]));
	status->signal = signal;
	return NULL;
}

/* struct elf_prpsinfo: pr_pid at 24, pr_fname[16] at 40, pr_psargs[80] at 56. */
static struct qn_error *read_prpsinfo(struct qn_core_file *file, const struct note *note)
{
	const char *data = note->data.data;

	if (note->told_size != PRPSINFO_BYTES) {
		qn_core_file_note(file, note->offset,
				  "process left out: %" PRIu32 " bytes where %u are right", note->told_size,
				  PRPSINFO_BYTES);
		return NULL;
	}
	if (file->has_process) {
		qn_core_file_note(file, note->offset, "a second process in one core: left out");
		return NULL;
	}
	file->has_process = true;
	memcpy(&file->pid, data + 24, sizeof(file->pid));
	file->name =
		qn_arena_copy(&file->arena, (struct qn_text){data + 40, strnlen(data + 40, NAME_MAX_BYTES)});
	file->arguments = qn_text_trim_right(qn_arena_copy(
		&file->arena, (struct qn_text){data + 56, strnlen(data + 56, ARGUMENTS_MAX_BYTES)}));
	return NULL;
}

static bool is_fault(uint32_t number, int32_t code)
{
	return code > 0 && code != SI_KERNEL &&
	       (number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE ||
		number == SIGTRAP);
}

/* siginfo_t: si_signo, si_errno, si_code, padding, and at 16 what depends on the code: the address of a
 * fault, or the pid of the sender. */
static struct qn_error *read_siginfo(struct qn_core_file *file, const struct note *note)
{
	struct qn_core_signal *signal = &file->signal;
	uint32_t sender;

	if (note->told_size < 24 || file->has_siginfo) {
		qn_core_file_note(file, note->offset,
				  file->has_siginfo ? "a second signal in one core: left out"
						    : "signal left out: %" PRIu32 " bytes",
				  note->told_size);
		return NULL;
	}
	file->has_siginfo = true;
	memcpy(&signal->number, note->data.data, sizeof(signal->number));
	memcpy(&signal->code, note->data.data + 8, sizeof(signal->code));
	signal->has_address = is_fault(signal->number, signal->code);
	if (signal->has_address)
		memcpy(&signal->address, note->data.data + 16, sizeof(signal->address));
	memcpy(&sender, note->data.data + 16, sizeof(sender));
	if (signal->code == SI_USER || signal->code == SI_QUEUE || signal->code == SI_TKILL ||
	    signal->code == SI_MESGQ)
		signal->sender = sender;
	return NULL;
}

/* Pairs of words: what, and its value. */
static struct qn_error *read_auxv(struct qn_core_file *file, const struct note *note)
{
	for (size_t at = 0; at + 16 <= note->data.len; at += 16) {
		uint64_t pair[2];

		memcpy(pair, note->data.data + at, sizeof(pair));
		switch (pair[0]) {
		case AT_NULL: return NULL;
		case AT_ENTRY: file->entry = pair[1]; break;
		case AT_PHDR: file->phdr = pair[1]; break;
		case AT_PHNUM: file->phdr_count = pair[1]; break;
		case AT_PAGESZ: file->page_size = pair[1]; break;
		case AT_SYSINFO_EHDR: file->sysinfo = pair[1]; break;
		case AT_EXECFN: file->execfn_at = pair[1]; break;
		default: break;
		}
	}
	return NULL;
}

/* How many mappings an NT_FILE really has; its @page is made sane, too. */
static uint64_t count_mappings(struct qn_core_file *file, const struct note *note, uint64_t *page)
{
	uint64_t told, room = (note->data.len - 16) / 24, count;

	memcpy(&told, note->data.data, sizeof(told));
	memcpy(page, note->data.data + 8, sizeof(*page));
	count = told < room ? told : room;
	if (count > QN_CORE_MAPPINGS_MAX)
		count = QN_CORE_MAPPINGS_MAX;
	if (count < told)
		qn_core_file_note(file, note->offset,
				  "the list of mapped files says that it has %" PRIu64 " entries: %" PRIu64
				  " are read",
				  told, count);
	if (!*page || (*page & (*page - 1)) || *page > UINT32_MAX) {
		qn_core_file_note(file, note->offset,
				  "the list of mapped files has pages of %" PRIu64 " bytes: 4096 are assumed",
				  *page);
		*page = 4096;
	}
	return count;
}

/* NT_FILE: count, page size; count times start, end, offset in pages; count times a path that ends in NUL */
static struct qn_error *read_mappings(struct qn_core_file *file, const struct note *note)
{
	uint64_t page, count, named = 0;
	struct qn_text names;

	if (file->has_mappings || note->data.len < 16) {
		qn_core_file_note(file, note->offset, "%s list of mapped files: left out",
				  file->has_mappings ? "a second" : "an empty");
		return NULL;
	}
	file->has_mappings = true;
	count = count_mappings(file, note, &page);
	file->mappings = qn_arena_alloc(&file->arena, (count + 1) * sizeof(*file->mappings));
	QN_TRY(qn_arena_check(&file->arena));
	names = qn_text_from(note->data, 16 + count * 24);
	for (; named < count && names.len; named++) {
		uint64_t words[3], offset;
		size_t len = strnlen(names.data, names.len);

		memcpy(words, note->data.data + 16 + named * 24, sizeof(words));
		if (words[0] >= words[1] || __builtin_mul_overflow(words[2], page, &offset))
			qn_core_file_note(file, note->offset,
					  "mapped file left out: 0x%" PRIx64 "-0x%" PRIx64
					  " at page 0x%" PRIx64,
					  words[0], words[1], words[2]);
		else
			file->mappings[file->mappings_count++] =
				(struct qn_core_mapping){words[0], words[1], offset, {names.data, len}};
		names = qn_text_from(names, len + 1);
	}
	if (named < count)
		qn_core_file_note(file, note->offset,
				  "the list of mapped files is cut: of %" PRIu64 " entries %" PRIu64
				  " have a path",
				  count, named);
	return NULL;
}

static const struct {
	uint32_t type;
	bool is_useful_when_cut;
	struct qn_error *(*read)(struct qn_core_file *file, const struct note *note);
} readers[] = {
	{NT_PRSTATUS, false, read_status}, {NT_PRPSINFO, false, read_prpsinfo},
	{NT_SIGINFO, false, read_siginfo}, {NT_AUXV, true, read_auxv},
	{NT_FILE, true, read_mappings},
};

static bool is_core(struct qn_text name)
{
	while (name.len && !name.data[name.len - 1])
		name.len--;
	return qn_text_equal(name, QN_TEXT("CORE"));
}

static struct qn_error *read_note(struct qn_core_file *file, const struct note *note)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].type == note->type &&
		    (note->data.len == note->told_size || readers[i].is_useful_when_cut))
			return readers[i].read(file, note);
	return NULL;
}

struct qn_error *qn_core_notes_read(struct qn_core_file *file, uint64_t offset, uint64_t size)
{
	struct qn_text rest = qn_core_file_bytes(file, offset, size);

	if (rest.len > QN_CORE_NOTE_BYTES_MAX - file->note_bytes) {
		qn_core_file_note(file, offset, "more than %" PRIu64 " MB of notes: the others are left out",
				  QN_CORE_NOTE_BYTES_MAX >> 20);
		rest.len = QN_CORE_NOTE_BYTES_MAX - file->note_bytes;
	}
	file->note_bytes += rest.len;
	while (rest.len >= HEAD_BYTES) {
		uint32_t head[3];
		uint64_t name_room, room;
		struct note note = {.offset = offset};

		memcpy(head, rest.data, sizeof(head));
		name_room = ((uint64_t)head[0] + 3) & ~UINT64_C(3);
		room = HEAD_BYTES + name_room + (((uint64_t)head[1] + 3) & ~UINT64_C(3));
		note.told_size = head[1];
		note.type = head[2];
		note.data = qn_text_first(qn_text_from(rest, HEAD_BYTES + name_room), head[1]);
		if (note.data.len < head[1])
			qn_core_file_note(file, offset,
					  "a note of type %" PRIu32 " says that it has %" PRIu32
					  " bytes: %zu are there, and nothing after it",
					  note.type, head[1], note.data.len);
		if (is_core(qn_text_first(qn_text_from(rest, HEAD_BYTES), head[0])))
			QN_TRY(read_note(file, &note));
		rest = qn_text_from(rest, room);
		offset += room;
	}
	return NULL;
}

static int compare_mappings(const void *a, const void *b)
{
	const struct qn_core_mapping *left = a, *right = b;

	if (left->start != right->start)
		return left->start > right->start ? 1 : -1;
	if (left->end != right->end)
		return left->end > right->end ? 1 : -1;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

void qn_core_notes_finish(struct qn_core_file *file)
{
	if (file->mappings_count)
		qsort(file->mappings, file->mappings_count, sizeof(*file->mappings), compare_mappings);
	/* long ago the kernel wrote none, and it writes none where it would take more than 4 MB */
	if (!file->has_mappings)
		qn_core_file_note(file, UINT64_MAX, "no list of mapped files (NT_FILE)");
	if (!file->threads_count)
		qn_core_file_note(file, UINT64_MAX, "no registers of any thread (NT_PRSTATUS)");
	/* a path in memory that was left out stays unknown */
	if (file->execfn_at)
		file->execfn = qn_core_file_read_string(file, &file->arena, file->execfn_at, PATH_MAX_BYTES);
}
