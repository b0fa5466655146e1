/* Cuts a stream into blocks of whole lines.
 *
 * Memory stays at one block however large or long-lined the source is. A line that fills a block
 * (QN_BLOCK_BYTES) is cut: its first QN_LINE_BYTES_MAX bytes are the block, is_cut is set, and the rest of
 * the line is skipped (and counted in the offset). */
#ifndef QN_INPUT_LINES_H
#define QN_INPUT_LINES_H

#include <stdbool.h>

#include "base/hash.h"
#include "input/stream.h"

struct qn_block {
	char *data;        /* QN_BLOCK_BYTES allocated, plus one */
	size_t len;        /* whole lines, each with its LF; the source's last one may have none */
	uint64_t offset;   /* of data[0] in the stream */
	uint64_t sequence; /* of the block, from 0 */
	size_t nuls;       /* bytes that qn_block_blank_nuls() found */
	size_t first_nul;  /* offset of the first one in the block */
	bool is_cut;       /* the block is one line, the front of one that was longer than a block */
};

/* May a block end behind @line (without its LF)? A collector's piece of a longer line must stay with what
 * follows. */
typedef bool (*qn_line_may_end)(const void *context, struct qn_text line);

struct qn_block_reader {
	struct qn_stream stream;
	qn_line_may_end may_end; /* NULL: always */
	const void *may_end_context;
	uint64_t offset; /* of the next byte to hand out */
	uint64_t sequence;
	struct qn_digest content; /* over all bytes read */
	size_t digested;          /* bytes to come that are in it already; SIZE_MAX: all */
	struct qn_buffer carry;   /* the start of a line whose end was not read yet */
	bool is_at_end;
};

/* Blanks in place of NUL bytes, which a log has where it was truncated while it was written or lost power;
 * after a source was recognized, before its lines are looked at. */
void qn_block_blank_nuls(struct qn_block *block);

struct qn_error *qn_block_init(struct qn_block *ret) QN_MUST_CHECK;
void qn_block_deinit(struct qn_block *block);

/* Takes ownership of @stream. */
void qn_block_reader_init(struct qn_block_reader *reader, struct qn_stream stream);
void qn_block_reader_deinit(struct qn_block_reader *reader);

/* The next block; @ret_has is false at the end. */
struct qn_error *qn_block_reader_next(struct qn_block_reader *reader, struct qn_block *block,
				      bool *ret_has) QN_MUST_CHECK;

/* may_end was set after the first block was read, which showed what the source is: what may not end it goes
 * back and begins the next block. */
struct qn_error *qn_block_reader_recut(struct qn_block_reader *reader, struct qn_block *block) QN_MUST_CHECK;

/* Where a line stood before its source was turned round. */
struct qn_line_place {
	uint64_t number; /* from 1 */
	uint64_t offset;
};

/* Turns the source round, of which @block is the first block: groups of lines come last to first, the lines
 * of a group as they stood. The first line that @begins begins a group, and so does the source. @block
 * becomes the new first one.
 * @ret  for each line, in the new order, where it stood; the caller's to free(). NULL: the source is larger
 *       than QN_BACKWARDS_BYTES_MAX and comes as it stands. */
struct qn_error *qn_block_reader_turn(struct qn_block_reader *reader, struct qn_block *block,
				      qn_line_may_end begins, const void *context, struct qn_line_place **ret,
				      size_t *ret_count) QN_MUST_CHECK;

/* Takes the line that @text begins with, perhaps in several pieces, into @joined (cleared before, without a
 * newline) and returns the number of pieces; @ret_rest is what follows. */
typedef size_t (*qn_line_take)(const void *context, struct qn_text text, struct qn_buffer *joined,
			       struct qn_text *ret_rest);

/* Joins the lines of the source, of which @block is the first block, from their pieces; @block becomes the
 * new first one.
 * @ret  as above; @ret_lines is the number of lines that the source had */
struct qn_error *qn_block_reader_join(struct qn_block_reader *reader, struct qn_block *block,
				      qn_line_take take, const void *context, struct qn_line_place **ret,
				      size_t *ret_count, uint64_t *ret_lines) QN_MUST_CHECK;

#endif
