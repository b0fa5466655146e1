/* Segments and memory of a core on any bytes: reads at addresses of the input's own never leave the file, and
 * segments stay apart. Seeds: testdata/fuzz/core_memory. */
#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "core/core_file.h"

static void read_around(const struct qn_core_file *file, struct qn_arena *arena, uint64_t address)
{
	static const uint64_t offsets[] = {0, 1, 7, (uint64_t)-1, (uint64_t)-8, 4096};
	static const size_t sizes[] = {0, 1, 8, 300};
	char bytes[300];

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		const struct qn_core_segment *segment = qn_core_file_segment(file, address + offsets[i]);

		if (segment && address + offsets[i] - segment->address >= segment->memory_size)
			abort();
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
			if (qn_core_file_read(file, address + offsets[i], bytes, sizes[k]) && sizes[k] &&
			    !segment)
				abort();
		qn_arena_clear(arena);
		(void)qn_core_file_read_string(file, arena, address + offsets[i], 200);
	}
}

static void read_segments(const struct qn_core_file *file, struct qn_arena *arena)
{
	for (size_t i = 0; i < file->segments_count; i++) {
		const struct qn_core_segment *segment = &file->segments[i];

		if (segment->offset > file->size || segment->size > file->size - segment->offset ||
		    segment->memory_size > UINT64_MAX - segment->address)
			abort();
		if (i && segment->address - segment[-1].address < segment[-1].memory_size)
			abort();
		if (i < 64) {
			read_around(file, arena, segment->address);
			read_around(file, arena, segment->address + segment->size);
			read_around(file, arena, segment->address + segment->memory_size);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qn_arena arena = {0};
	struct qn_core_file *file;
	struct qn_error *error = qn_core_file_of_bytes(data, size, &file);

	if (error) {
		qn_error_destroy(error);
		return 0;
	}
	read_segments(file, &arena);
	for (size_t at = 0; at + 8 <= size && at < 2048; at += 8) {
		uint64_t address;

		memcpy(&address, data + at, 8);
		read_around(file, &arena, address);
	}
	qn_arena_deinit(&arena);
	qn_core_file_close(file);
	return 0;
}
