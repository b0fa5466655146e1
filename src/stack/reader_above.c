/* What stands above a line and belongs to no report: the exception whose frames begin with it. */
#include "stack/reader_state.h"

#include "base/banned.h"

/* What is kept of the line above a report, and of all lines above it: the type of an exception and its
 * message. */
#define BEFORE_BYTES_MAX 4096U
#define ABOVE_BYTES_MAX 4096U

/* Drops the oldest half, so that a line costs its own length. */
static void make_room(struct qn_buffer *above)
{
	size_t half = above->len / 2;

	memmove(above->data, above->data + half, above->len - half);
	above->len -= half;
	above->data[above->len] = '\0';
}

void qn_reader_set_before(struct qn_stack_reader *reader, struct qn_text text)
{
	qn_buffer_clear(&reader->before);
	qn_buffer_append_text(&reader->before, qn_text_first(text, BEFORE_BYTES_MAX));
}

void qn_reader_keep_before(struct qn_stack_reader *reader, struct qn_text text)
{
	text = qn_text_first(text, BEFORE_BYTES_MAX);
	qn_reader_set_before(reader, text);
	qn_buffer_append_byte(&reader->above, '\n');
	qn_buffer_append_text(&reader->above, text);
	if (reader->above.len > 2 * (size_t)ABOVE_BYTES_MAX && !reader->above.is_failed)
		make_room(&reader->above);
}

void qn_stack_reader_above(struct qn_stack_reader *reader, struct qn_text text)
{
	qn_buffer_clear(&reader->above);
	if (text.len > ABOVE_BYTES_MAX)
		text = qn_text_from(text, text.len - ABOVE_BYTES_MAX);
	qn_buffer_append_text(&reader->above, text);
}

bool qn_stack_reader_wants_record(const struct qn_stack_reader *reader, struct qn_text text)
{
	return reader->open && qn_line_prefix_fits(&reader->mender.prefix, text);
}
