#include "record/format.h"

#include "base/banned.h"

/* Anything: a frame, a banner, text of a library. The message is the line. */

static unsigned bid(struct qn_text line)
{
	(void)line;
	return 1;
}

static bool read_line(struct qn_arena *arena, struct qn_text line, struct qn_record *ret)
{
	(void)arena;
	ret->message = line;
	return true;
}

const struct qn_format qn_format_plain = {"plain", bid, read_line};
