#include "record/format.h"

#include "base/banned.h"

/* Go's log package, Milvus's parent process, maxprocs:
 *	2025/06/24 20:30:41 failed to upload traces; context deadline exceeded
 *	2026/06/05 16:12:10.004711 panic: failed to create etcd client */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static unsigned bid(struct qn_text line)
{
	const char *p = line.data;

	if (line.len < 19 || !is_digit(p[0]) || p[4] != '/' || p[7] != '/' || p[10] != ' ' || p[13] != ':')
		return 0;
	return 60;
}

static bool read_line(struct qn_arena *arena, struct qn_text line, struct qn_record *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_time time;

	(void)arena;
	if (!qn_time_take_go(&cursor, &time) ||
	    (!qn_cursor_take_byte(&cursor, ' ') && !qn_cursor_at_end(&cursor)))
		return false;
	ret->time = time;
	ret->message = cursor.rest;
	return true;
}

const struct qn_format qn_format_go_std = {"go-std", bid, read_line};
