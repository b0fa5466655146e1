/* Sources whose newest line is first, as log viewers export them, and those whose lines a terminal broke. */
#include "input/lines.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/banned.h"

/* The whole source up to the cap, as it will be read ahead. */
static struct qn_error *hold(struct qn_block_reader *reader, const struct qn_block *block,
			     struct qn_buffer *ret, bool *ret_is_whole)
{
	*ret_is_whole = reader->is_at_end;
	qn_buffer_append(ret, block->data, block->len);
	qn_buffer_append_text(ret, qn_buffer_text(&reader->carry));
	while (!*ret_is_whole && ret->len <= QN_BACKWARDS_BYTES_MAX) {
		size_t got;

		if (!qn_buffer_reserve(ret, QN_BLOCK_BYTES))
			return &qn_error_no_memory;
		QN_TRY(qn_stream_read(&reader->stream, ret->data + ret->len, QN_BLOCK_BYTES, &got));
		/* A source whose lines were joined before is read again, and was digested then. */
		if (reader->digested != SIZE_MAX)
			QN_TRY(qn_digest_add(&reader->content, (struct qn_text){ret->data + ret->len, got}));
		ret->len += got;
		*ret_is_whole = got < QN_BLOCK_BYTES;
	}
	return qn_buffer_check(ret);
}

/* A group of lines, in the order of the source. */
struct group {
	size_t start;
	uint64_t line;
};

struct groups {
	struct group *items;
	size_t count, capacity;
	uint64_t lines;
};

static struct qn_error *find_groups(struct qn_text text, qn_line_may_end begins, const void *context,
				    struct groups *ret)
{
	size_t start = 0;

	while (start < text.len) {
		const char *end = memchr(text.data + start, '\n', text.len - start);
		size_t stop = end ? (size_t)(end - text.data) : text.len;

		ret->lines++;
		if (!ret->count || begins(context, (struct qn_text){text.data + start, stop - start})) {
			QN_TRY(qn_array_reserve(&ret->items, &ret->capacity, ret->count + 1,
						sizeof(*ret->items)));
			ret->items[ret->count++] = (struct group){start, ret->lines};
		}
		start = stop + 1;
	}
	return NULL;
}

static void put_group(struct qn_text text, const struct group *group, size_t end, struct qn_buffer *turned,
		      struct qn_line_place *places, size_t *count)
{
	uint64_t number = group->line;

	for (size_t start = group->start; start < end;) {
		const char *newline = memchr(text.data + start, '\n', end - start);
		size_t stop = newline ? (size_t)(newline - text.data) : end;

		places[(*count)++] = (struct qn_line_place){number++, start};
		qn_buffer_append(turned, text.data + start, stop - start);
		qn_buffer_append_byte(turned, '\n');
		start = stop + 1;
	}
}

/* The source begins again, with what was held. */
static void restart(struct qn_block_reader *reader)
{
	qn_buffer_deinit(&reader->carry);
	reader->offset = reader->sequence = 0;
	reader->is_at_end = false;
}

/* The source is larger than what may be held: it begins again as it stands. */
static struct qn_error *give_back(struct qn_block_reader *reader, struct qn_block *block,
				  struct qn_buffer *held)
{
	bool has;

	restart(reader);
	reader->stream.ahead = *held;
	reader->digested = held->len;
	*held = (struct qn_buffer){0};
	return qn_block_reader_next(reader, block, &has);
}

/* The source begins again with what stands ready in stream.ahead. */
static struct qn_error *begin_again(struct qn_block_reader *reader, struct qn_block *block)
{
	bool has;

	restart(reader);
	reader->digested = SIZE_MAX;
	reader->stream.is_ahead_all = true;
	QN_TRY(qn_buffer_check(&reader->stream.ahead));
	return qn_block_reader_next(reader, block, &has);
}

struct qn_error *qn_block_reader_turn(struct qn_block_reader *reader, struct qn_block *block,
				      qn_line_may_end begins, const void *context, struct qn_line_place **ret,
				      size_t *ret_count)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer held = {0};
	_cleanup_free_ struct qn_line_place *places = NULL;
	struct groups groups = {0};
	struct qn_error *error;
	bool is_whole;
	size_t count = 0;

	*ret = NULL;
	*ret_count = 0;
	if (block->is_cut)
		return NULL;
	QN_TRY(hold(reader, block, &held, &is_whole));
	if (!is_whole || held.len > QN_BACKWARDS_BYTES_MAX)
		return give_back(reader, block, &held);
	error = find_groups(qn_buffer_text(&held), begins, context, &groups);
	if (!error)
		places = calloc(groups.lines + 1, sizeof(*places));
	if (!error && (!places || !qn_buffer_reserve(&reader->stream.ahead, held.len + 1)))
		error = &qn_error_no_memory;
	for (size_t i = groups.count; !error && i-- > 0;)
		put_group(qn_buffer_text(&held), &groups.items[i],
			  i + 1 < groups.count ? groups.items[i + 1].start : held.len, &reader->stream.ahead,
			  places, &count);
	free(groups.items);
	if (error)
		return error;
	/* The newline that the source's last line did not have; it stands elsewhere now. */
	if (held.len && held.data[held.len - 1] != '\n')
		reader->stream.ahead.len--;
	QN_TRY(begin_again(reader, block));
	*ret = qn_take(places);
	*ret_count = count;
	return NULL;
}

struct qn_error *qn_block_reader_join(struct qn_block_reader *reader, struct qn_block *block,
				      qn_line_take take, const void *context, struct qn_line_place **ret,
				      size_t *ret_count, uint64_t *ret_lines)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer held = {0}, joined = {0};
	_cleanup_free_ struct qn_line_place *places = NULL;
	size_t count = 0, capacity = 0;
	struct qn_text rest;
	bool is_whole;

	*ret = NULL;
	*ret_count = 0;
	*ret_lines = 0;
	if (block->is_cut)
		return NULL;
	QN_TRY(hold(reader, block, &held, &is_whole));
	if (!is_whole || held.len > QN_BACKWARDS_BYTES_MAX)
		return give_back(reader, block, &held);
	rest = qn_buffer_text(&held);
	while (rest.len) {
		QN_TRY(qn_array_reserve(&places, &capacity, count + 1, sizeof(*places)));
		places[count++] = (struct qn_line_place){*ret_lines + 1, (uint64_t)(rest.data - held.data)};
		*ret_lines += take(context, rest, &joined, &rest);
		QN_TRY(qn_buffer_check(&joined));
		qn_buffer_append_text(&reader->stream.ahead, qn_buffer_text(&joined));
		if (rest.len || held.data[held.len - 1] == '\n')
			qn_buffer_append_byte(&reader->stream.ahead, '\n');
	}
	QN_TRY(begin_again(reader, block));
	*ret = qn_take(places);
	*ret_count = count;
	return NULL;
}
