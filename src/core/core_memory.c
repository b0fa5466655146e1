/* The process's memory, as far as the core has it. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/core_parts.h"
#include "base/banned.h"

/* By address; of two at one address the one that stands first in the file. The rest is there so that the
 * order depends on nothing else. */
static int compare_segments(const void *a, const void *b)
{
	const struct qn_core_segment *left = a, *right = b;
	const uint64_t keys[][2] = {
		{left->address, right->address}, {left->offset, right->offset},
		{left->size, right->size},       {left->memory_size, right->memory_size},
		{left->flags, right->flags},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] > keys[i][1] ? 1 : -1;
	return 0;
}

/* Takes the first @count bytes of @segment away. False: nothing is left of it. */
static bool cut_front(struct qn_core_segment *segment, uint64_t count)
{
	if (count >= segment->memory_size)
		return false;
	segment->address += count;
	segment->memory_size -= count;
	segment->offset += count < segment->size ? count : segment->size;
	segment->size -= count < segment->size ? count : segment->size;
	return true;
}

void qn_core_memory_finish(struct qn_core_file *file)
{
	size_t kept = 0, overlapping = 0;
	uint64_t first = 0;

	qsort(file->segments, file->segments_count, sizeof(*file->segments), compare_segments);
	for (size_t i = 0; i < file->segments_count; i++) {
		struct qn_core_segment segment = file->segments[i];
		struct qn_core_segment *before = kept ? &file->segments[kept - 1] : NULL;
		uint64_t apart = before ? segment.address - before->address : 0;

		if (before && apart < before->memory_size) {
			if (!overlapping++)
				first = segment.address;
			/* bytes win against bytes that were left out */
			if (apart && segment.size && apart >= before->size)
				before->memory_size = apart;
			else if (!cut_front(&segment, before->memory_size - apart))
				continue;
		}
		file->segments[kept++] = segment;
	}
	file->segments_count = kept;
	if (overlapping)
		qn_core_file_note(file, UINT64_MAX,
				  "%zu segments overlap others, the first at 0x%" PRIx64
				  ": what lies lower counts",
				  overlapping, first);
}

/* The last segment that begins at or before @address. */
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

/* Segments that touch are one memory: mprotect() cuts a stack or a heap in two. */
bool qn_core_file_read_dumped(const struct qn_core_file *file, uint64_t address, void *to, size_t size)
{
	const struct qn_core_segment *segment = find(file, address);
	char *next = to;

	while (size) {
		uint64_t at, piece;

		if (!segment || segment == file->segments + file->segments_count)
			return false;
		if (address < segment->address)
			return false;
		at = address - segment->address;
		if (at >= segment->size)
			return false;
		piece = segment->size - at < size ? segment->size - at : size;
		memcpy(next, file->data + segment->offset + at, piece);
		next += piece;
		address += piece;
		size -= piece;
		segment++;
	}
	return true;
}

bool qn_core_file_read(const struct qn_core_file *file, uint64_t address, void *to, size_t size)
{
	if (qn_core_file_read_dumped(file, address, to, size))
		return true;
	return file->fallback && file->fallback(file->fallback_context, address, to, size);
}

#define STRING_PIECE_BYTES 64U

struct qn_text qn_core_file_read_string(const struct qn_core_file *file, struct qn_arena *arena,
					uint64_t address, size_t max)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	while (text.len < max && address + text.len >= address) {
		char piece[STRING_PIECE_BYTES];
		uint64_t at = address + text.len;
		size_t size = STRING_PIECE_BYTES - at % STRING_PIECE_BYTES;
		size_t len;

		if (size > max - text.len)
			size = max - text.len;
		/* where memory ends within the piece, what is there byte by byte */
		while (size && !qn_core_file_read(file, at, piece, size))
			size = size > 1 ? 1 : 0;
		len = strnlen(piece, size);
		qn_buffer_append(&text, piece, len);
		if (!size || len < size || text.is_failed)
			break;
	}
	return qn_arena_copy(arena, qn_buffer_text(&text));
}

/* AArch64 does not record whether a thread is in a system call: it is when its pc stands behind `svc #0`, or
 * at it, where the kernel puts it to begin the call anew. */
static bool is_in_call(const struct qn_core_file *file, uint64_t pc)
{
	const uint32_t call = 0xd4000001;
	uint32_t instruction;

	return (qn_core_file_read(file, pc - 4, &instruction, 4) && instruction == call) ||
	       (qn_core_file_read(file, pc, &instruction, 4) && instruction == call);
}

/* Indices of struct user_regs_struct (x86-64) and struct user_pt_regs (AArch64). */
static const signed char indices[][7] = {
	[QN_MACHINE_X86_64] = {[QN_CORE_PC] = 16,
			       [QN_CORE_SP] = 19,
			       [QN_CORE_FP] = 4,
			       [QN_CORE_SYSCALL] = 15,
			       [QN_CORE_ARGUMENT_1] = 14,
			       [QN_CORE_ARGUMENT_2] = 13,
			       [QN_CORE_ARGUMENT_3] = 12},
	[QN_MACHINE_AARCH64] = {[QN_CORE_PC] = 32,
				[QN_CORE_SP] = 31,
				[QN_CORE_FP] = 29,
				[QN_CORE_SYSCALL] = 8,
				[QN_CORE_ARGUMENT_1] = 0,
				[QN_CORE_ARGUMENT_2] = 1,
				[QN_CORE_ARGUMENT_3] = 2},
};

uint64_t qn_core_status_register(const struct qn_core_file *file, const struct qn_core_status *status,
				 enum qn_core_register which)
{
	uint64_t value = status->registers[indices[file->machine][which]];

	if (which != QN_CORE_SYSCALL)
		return value;
	if (file->machine == QN_MACHINE_AARCH64)
		return is_in_call(file, status->registers[indices[file->machine][QN_CORE_PC]]) ? value : 0;
	return value == UINT64_MAX ? 0 : value; /* orig_rax is -1 outside of calls */
}
