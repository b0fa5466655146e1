/* What the parts of the reader of core files (core_file.h) call of each other. */
#ifndef QN_CORE_CORE_PARTS_H
#define QN_CORE_CORE_PARTS_H

#include "core/core_file.h"

/* core_notes.c: the notes of one PT_NOTE segment, @size bytes at @offset; both may lie. */
struct qn_error *qn_core_notes_read(struct qn_core_file *file, uint64_t offset, uint64_t size) QN_MUST_CHECK;
/* After the last of them: sorts the mappings. */
void qn_core_notes_finish(struct qn_core_file *file);

/* core_memory.c: sorts the segments and takes from each what an earlier one has. */
void qn_core_memory_finish(struct qn_core_file *file);

/* Bytes of the file that are read in order soon: the rest of the file is advised to be read at random. */
void qn_core_file_expect(const struct qn_core_file *file, uint64_t offset, uint64_t size);

/* @size bytes of the file at @offset, fewer when it ends before. */
static inline struct qn_text qn_core_file_bytes(const struct qn_core_file *file, uint64_t offset,
						uint64_t size)
{
	if (offset >= file->size)
		return (struct qn_text){0};
	return qn_text_first((struct qn_text){(const char *)file->data + offset, file->size - offset}, size);
}

#endif
