#include "record/format.h"

#include "record/bracket.h"
#include "base/banned.h"

/* Milvus's Go parts:
 *	[2025/06/18 16:32:47.127 +00:00] [INFO] [segments/loader.go:627] ["start loading"] [ids="[46]"]
 *	[2025/06/18 16:32:47.127 +00:00] [WARN] [rootcoord.kv] [etcd/etcd_kv.go:648] [slow] ["time cost"=1.2s]
 * The logger's name, the message and the fields may each be missing. Copying may have lost the first bracket.
 */

static unsigned bid(struct qn_text line)
{
	const char *p = line.data;

	if (line.len < 25)
		return 0;
	if (p[0] == '[')
		return p[5] == '/' && p[8] == '/' && p[11] == ' ' && p[20] == '.' ? 100 : 0;
	if (p[0] < '0' || p[0] > '9' || p[4] != '/' || p[19] != '.')
		return 0;
	return qn_text_contains(qn_text_first(line, 48), QN_TEXT("] [")) ? 95 : 0;
}

/* segments/segment_loader.go:627 */
static bool is_call_site(struct qn_text text)
{
	size_t digits = 0;

	while (digits < text.len && text.data[text.len - 1 - digits] >= '0' &&
	       text.data[text.len - 1 - digits] <= '9')
		digits++;
	return digits && digits + 2 < text.len && text.data[text.len - 1 - digits] == ':' &&
	       qn_text_find_byte(text, '.') < text.len - 1 - digits &&
	       qn_text_find_byte(text, ' ') == SIZE_MAX;
}

/* Takes a group that is neither quoted nor a field. */
static bool take_name(struct qn_cursor *cursor, struct qn_text *ret)
{
	struct qn_cursor at = *cursor;

	qn_cursor_skip_blanks(&at);
	if (!qn_cursor_take_byte(&at, '[') || qn_cursor_peek(&at) == '"' ||
	    !qn_cursor_take_until(&at, ']', ret) || qn_text_find_byte(*ret, '=') != SIZE_MAX)
		return false;
	*cursor = at;
	return true;
}

/* " [INFO]"; a line that was cut inside it has what is there. */
static bool take_level(struct qn_cursor *cursor, enum qn_level *ret)
{
	struct qn_text name;

	qn_cursor_skip_blanks(cursor);
	if (!qn_cursor_take_byte(cursor, '['))
		return false;
	if (qn_cursor_take_until(cursor, ']', &name)) {
		*ret = qn_level_of(name);
		return *ret != QN_LEVEL_NONE;
	}
	*ret = qn_level_of(cursor->rest);
	cursor->rest = qn_text_from(cursor->rest, cursor->rest.len);
	return true;
}

/* [logger] [file.go:1], of which each may be missing. */
static void take_origin(struct qn_cursor *cursor, struct qn_record *ret)
{
	struct qn_cursor at = *cursor;
	struct qn_text text;

	for (unsigned i = 0; i < 2 && take_name(&at, &text); i++)
		if (is_call_site(text)) {
			ret->call_site = text;
			*cursor = at;
			return;
		}
}

static bool read_line(struct qn_arena *arena, struct qn_text line, struct qn_record *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line), fields;
	struct qn_bracket group;

	qn_cursor_take_byte(&cursor, '[');
	if (!qn_time_take_zap(&cursor, &ret->time) || !qn_cursor_take_byte(&cursor, ']') ||
	    !take_level(&cursor, &ret->level))
		return false;
	take_origin(&cursor, ret);
	qn_cursor_skip_blanks(&cursor);
	fields = cursor;
	if (!qn_bracket_take(arena, &cursor, &group)) {
		ret->message = cursor.rest;
	} else if (group.value.data) {
		ret->fields = fields.rest;
	} else {
		ret->message = group.key;
		qn_cursor_skip_blanks(&cursor);
		ret->fields = cursor.rest;
	}
	return true;
}

const struct qn_format qn_format_zap = {"zap", bid, read_line};
