#include "record/format.h"

#include "base/banned.h"

/* The C++ core from Milvus 2.3 on, and glog's own form without a year:
 *	I20240531 17:30:14.165886 181993 index_factory.cc:52] [KNOWHERE][Create][milvus] use key HNSW_fp32
 *	W20231212 04:40:48.516067  1372 ivf.cc:211] [milvus][]text
 *	E1123 12:03:46.204781   177 server.cpp:96] text
 * Without a year the time is not known (a wrapper's time stands in for it). */

static enum qn_level level_of_letter(char letter)
{
	switch (letter) {
	case 'I': return QN_LEVEL_INFO;
	case 'W': return QN_LEVEL_WARN;
	case 'E': return QN_LEVEL_ERROR;
	case 'F': return QN_LEVEL_FATAL;
	default: return QN_LEVEL_NONE;
	}
}

/* The number of digits from @line[1] on, at most 9. */
static size_t date_length(struct qn_text line)
{
	size_t length = 0;

	while (length < 9 && 1 + length < line.len && line.data[1 + length] >= '0' &&
	       line.data[1 + length] <= '9')
		length++;
	return length;
}

static unsigned bid(struct qn_text line)
{
	size_t length;

	if (line.len < 22 || level_of_letter(line.data[0]) == QN_LEVEL_NONE)
		return 0;
	length = date_length(line);
	if ((length != 8 && length != 4) || line.data[1 + length] != ' ' || line.data[4 + length] != ':')
		return 0;
	return 95;
}

/* " 17:30:14.165886": passed over. */
static bool skip_clock(struct qn_cursor *cursor)
{
	struct qn_text clock;

	return qn_cursor_take_byte(cursor, ' ') && qn_cursor_take_until(cursor, ' ', &clock) &&
	       clock.len >= 8 && clock.data[2] == ':' && clock.data[5] == ':';
}

static bool read_line(struct qn_arena *arena, struct qn_text line, struct qn_record *ret)
{
	struct qn_cursor cursor = qn_cursor_of(qn_text_from(line, 1));
	struct qn_text thread, call_site;
	uint64_t number;

	(void)arena;
	if (date_length(line) == 4) {
		cursor.rest = qn_text_from(cursor.rest, 4);
		if (!skip_clock(&cursor))
			return false;
	} else if (!qn_time_take_glog(&cursor, &ret->time) || !qn_cursor_take_byte(&cursor, ' ')) {
		return false;
	}
	qn_cursor_skip_blanks(&cursor);
	if (!qn_cursor_take_until(&cursor, ' ', &thread) || !qn_text_to_u64(thread, &number) ||
	    !qn_cursor_take_until(&cursor, ']', &call_site) || qn_text_find_byte(call_site, ':') == SIZE_MAX)
		return false;
	qn_cursor_take_byte(&cursor, ' ');
	ret->level = level_of_letter(line.data[0]);
	ret->thread = thread;
	ret->call_site = call_site;
	ret->message = cursor.rest;
	return true;
}

const struct qn_format qn_format_glog = {"glog", bid, read_line};
