#include "input/lines.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/banned.h"

/* How far back a block's end may move for pieces of one line. */
#define PIECES_MAX 256U

struct qn_error *qn_block_init(struct qn_block *ret)
{
	*ret = (struct qn_block){.data = malloc(QN_BLOCK_BYTES + 1)};
	return ret->data ? NULL : &qn_error_no_memory;
}

void qn_block_deinit(struct qn_block *block)
{
	free(block->data);
	*block = (struct qn_block){0};
}

void qn_block_blank_nuls(struct qn_block *block)
{
	char *end = block->data + block->len;

	block->nuls = block->first_nul = 0;
	for (char *nul = memchr(block->data, '\0', block->len); nul;
	     nul = memchr(nul, '\0', (size_t)(end - nul))) {
		if (!block->nuls)
			block->first_nul = (size_t)(nul - block->data);
		for (; nul < end && *nul == '\0'; nul++, block->nuls++)
			*nul = ' ';
	}
}

void qn_block_reader_init(struct qn_block_reader *reader, struct qn_stream stream)
{
	*reader = (struct qn_block_reader){.stream = stream};
}

void qn_block_reader_deinit(struct qn_block_reader *reader)
{
	qn_stream_close(&reader->stream);
	qn_buffer_deinit(&reader->carry);
	qn_digest_deinit(&reader->content);
}

/* Where the block may end: behind its last LF, or behind an earlier one when the last lines are pieces. 0: no
 * LF. */
static size_t find_end(const struct qn_block_reader *reader, struct qn_text data)
{
	const char *last = memrchr(data.data, '\n', data.len);
	size_t end = last ? (size_t)(last - data.data) + 1 : 0, first_choice = end;

	for (unsigned i = 0; end && reader->may_end && i < PIECES_MAX; i++) {
		const char *before = end > 1 ? memrchr(data.data, '\n', end - 1) : NULL;
		size_t start = before ? (size_t)(before - data.data) + 1 : 0;

		if (reader->may_end(reader->may_end_context,
				    (struct qn_text){data.data + start, end - 1 - start}))
			return end;
		end = start;
	}
	return end ? end : first_choice;
}

static struct qn_error *digest(struct qn_block_reader *reader, struct qn_text data)
{
	size_t known = reader->digested < data.len ? reader->digested : data.len;

	if (reader->digested != SIZE_MAX)
		reader->digested -= known;
	data = qn_text_from(data, known);
	return data.len ? qn_digest_add(&reader->content, data) : NULL;
}

/* Skips the rest of a line that is too long; what follows it becomes the carry. */
static struct qn_error *skip_line(struct qn_block_reader *reader)
{
	_cleanup_free_ char *rest = malloc(QN_PROBE_BYTES);

	if (!rest)
		return &qn_error_no_memory;
	for (;;) {
		size_t got;
		const char *end;

		QN_TRY(qn_stream_read(&reader->stream, rest, QN_PROBE_BYTES, &got));
		QN_TRY(digest(reader, (struct qn_text){rest, got}));
		if (!got) {
			reader->is_at_end = true;
			return NULL;
		}
		end = memchr(rest, '\n', got);
		if (end) {
			size_t skipped = (size_t)(end - rest) + 1;

			reader->offset += skipped;
			qn_buffer_append(&reader->carry, rest + skipped, got - skipped);
			return qn_buffer_check(&reader->carry);
		}
		reader->offset += got;
	}
}

struct qn_error *qn_block_reader_next(struct qn_block_reader *reader, struct qn_block *block, bool *ret_has)
{
	size_t have = reader->carry.len, got = 0, end;

	*ret_has = false;
	if (have)
		memcpy(block->data, reader->carry.data, have);
	qn_buffer_clear(&reader->carry);
	if (!reader->is_at_end && have < QN_BLOCK_BYTES) {
		QN_TRY(qn_stream_read(&reader->stream, block->data + have, QN_BLOCK_BYTES - have, &got));
		QN_TRY(digest(reader, (struct qn_text){block->data + have, got}));
		reader->is_at_end = got < QN_BLOCK_BYTES - have;
		have += got;
	}
	if (!have)
		return NULL;
	block->offset = reader->offset;
	block->sequence = reader->sequence++;
	block->is_cut = false;
	end = have;
	if (!reader->is_at_end)
		end = find_end(reader, (struct qn_text){block->data, have});
	if (end) {
		qn_buffer_append(&reader->carry, block->data + end, have - end);
		QN_TRY(qn_buffer_check(&reader->carry));
		reader->offset += end;
	} else { /* a line fills the block */
		end = QN_LINE_BYTES_MAX;
		block->is_cut = true;
		reader->offset += have;
		QN_TRY(skip_line(reader));
	}
	block->len = end;
	*ret_has = true;
	return NULL;
}

struct qn_error *qn_block_reader_recut(struct qn_block_reader *reader, struct qn_block *block)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer carry = {0};
	size_t end;

	if (block->is_cut || (reader->is_at_end && !reader->carry.len))
		return NULL;
	end = find_end(reader, (struct qn_text){block->data, block->len});
	if (end == block->len)
		return NULL;
	qn_buffer_append(&carry, block->data + end, block->len - end);
	qn_buffer_append_text(&carry, qn_buffer_text(&reader->carry));
	QN_TRY(qn_buffer_check(&carry));
	qn_buffer_clear(&reader->carry);
	qn_buffer_append_text(&reader->carry, qn_buffer_text(&carry));
	reader->offset -= block->len - end;
	block->len = end;
	return qn_buffer_check(&reader->carry);
}
