#include "record/format.h"

#include "base/banned.h"

/* The C++ core up to Milvus 2.2; both forms stand in one file:
 *	2023-06-08 01:46:31,946 | DEBUG | default | [SEGCORE][SegcoreSetSimdType][milvus] set config
 *	2023-06-08 01:46:31,945 INFO [default] [KNOWHERE][SetEarlyStopThreshold][milvus] Set faiss */

static unsigned bid(struct qn_text line)
{
	const char *p = line.data;

	if (line.len < 25 || p[0] < '0' || p[0] > '9' || p[4] != '-' || p[7] != '-' || p[10] != ' ' ||
	    p[19] != ',')
		return 0;
	return 90;
}

/* "DEBUG | default | text": what follows the first bar. */
static bool take_bars(struct qn_cursor *cursor, struct qn_text *ret_level)
{
	struct qn_text logger;

	if (!qn_cursor_take_until(cursor, '|', ret_level) || !qn_cursor_take_until(cursor, '|', &logger))
		return false;
	*ret_level = qn_text_trim(*ret_level);
	qn_cursor_take_byte(cursor, ' ');
	return true;
}

/* "INFO [default] text" */
static bool take_brackets(struct qn_cursor *cursor, struct qn_text *ret_level)
{
	struct qn_text logger;

	if (!qn_cursor_take_until(cursor, ' ', ret_level))
		return false;
	qn_cursor_skip_blanks(cursor);
	if (!qn_cursor_take_byte(cursor, '[') || !qn_cursor_take_until(cursor, ']', &logger))
		return false;
	qn_cursor_take_byte(cursor, ' ');
	return true;
}

static bool read_line(struct qn_arena *arena, struct qn_text line, struct qn_record *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text level;
	struct qn_time time;
	bool is_read;

	(void)arena;
	if (!qn_time_take_rfc3339(&cursor, &time) || !qn_cursor_skip_blanks(&cursor))
		return false;
	is_read = qn_cursor_take_byte(&cursor, '|') ? take_bars(&cursor, &level)
						    : take_brackets(&cursor, &level);
	if (!is_read || qn_level_of(level) == QN_LEVEL_NONE)
		return false;
	ret->time = time;
	ret->level = qn_level_of(level);
	ret->message = cursor.rest;
	return true;
}

const struct qn_format qn_format_easylogging = {"easylogging", bid, read_line};
