#include "record/wrapper_kinds.h"

#include "base/banned.h"

/* containerd and CRI-O:
 *	2023-12-18T03:33:58.956814076+08:00 stderr F fatal error: unexpected signal during runtime execution
 * P instead of F: a piece of at most 16 KiB, which goes on in the stream's next line. Further tags
 * may follow a colon. */

static bool peel(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text stream, tag;
	struct qn_time time;

	(void)scratch;
	if (line.len < 30 || line.data[10] != 'T' || !qn_time_take_rfc3339(&cursor, &time) ||
	    !qn_cursor_take_byte(&cursor, ' ') || !qn_cursor_take_until(&cursor, ' ', &stream) ||
	    (!qn_text_equal(stream, QN_TEXT("stdout")) && !qn_text_equal(stream, QN_TEXT("stderr"))))
		return false;
	if (!qn_cursor_take_until(&cursor, ' ', &tag)) {
		/* An empty line whose last blank was trimmed. */
		tag = cursor.rest;
		cursor.rest = qn_text_from(cursor.rest, cursor.rest.len);
	}
	if (!tag.len || (tag.data[0] != 'F' && tag.data[0] != 'P') || (tag.len > 1 && tag.data[1] != ':'))
		return false;
	*ret = (struct qn_wrapped){
		.text = cursor.rest, .time = time, .stream = stream, .is_partial = tag.data[0] == 'P'};
	return true;
}

const struct qn_wrapper qn_wrapper_cri = {.name = "cri", .peel = peel, .is_unmistakable = true};
