#include "record/wrapper_kinds.h"

#include "base/json.h"
#include "record/escape.h"
#include "base/banned.h"

/* docker's json-file driver:
 *	{"log":"\u0009/src/runtime/panic.go:992 +0x71\n","stream":"stderr","time":"2022-03-21T02:31:53.9Z"}
 * A piece without \n at its end goes on in the next line (docker cuts at 16 KiB). Other shippers write the
 * same with further keys or in other order; Loki's logcli says "line" and "timestamp", beats "message" and
 * "@timestamp" (in an export of Elasticsearch under "_source"), Google "textPayload", go test -json "Output".
 */

static struct qn_time time_of(struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_time time = {0};

	return qn_time_take_rfc3339(&cursor, &time) && qn_cursor_at_end(&cursor) ? time : (struct qn_time){0};
}

/* @text still has the newline that tells a whole line from a piece. */
static void set_text(struct qn_text text, bool newline_needed, struct qn_wrapped *ret)
{
	ret->is_partial = newline_needed && !qn_text_ends(text, QN_TEXT("\n"));
	if (qn_text_ends(text, QN_TEXT("\n")))
		text.len--;
	if (!ret->is_partial && qn_text_ends(text, QN_TEXT("\r")))
		text.len--;
	ret->text = text;
}

/* What stands before the closing quote; the quote is taken. */
static bool take_string(struct qn_cursor *cursor, struct qn_text *ret, bool *ret_is_escaped)
{
	size_t end = qn_escape_find_quote(cursor->rest, ret_is_escaped);

	if (end == SIZE_MAX)
		return false;
	*ret = qn_text_first(cursor->rest, end);
	cursor->rest = qn_text_from(cursor->rest, end + 1);
	return true;
}

/* The three keys as docker writes them, without a JSON parser. */
static bool peel_fast(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text log, stream, time;
	bool log_is_escaped, is_escaped;

	if (!qn_cursor_take(&cursor, QN_TEXT("{\"log\":\"")) ||
	    !take_string(&cursor, &log, &log_is_escaped) ||
	    !qn_cursor_take(&cursor, QN_TEXT(",\"stream\":\"")) ||
	    !take_string(&cursor, &stream, &is_escaped) || is_escaped ||
	    !qn_cursor_take(&cursor, QN_TEXT(",\"time\":\"")) || !take_string(&cursor, &time, &is_escaped) ||
	    is_escaped || !qn_text_equal(cursor.rest, QN_TEXT("}")))
		return false;
	if (log_is_escaped) {
		qn_buffer_clear(scratch);
		if (!qn_buffer_reserve(scratch, log.len))
			return false;
		scratch->len = qn_escape_undo(log, scratch->data);
		scratch->data[scratch->len] = '\0';
		log = qn_buffer_text(scratch);
	}
	*ret = (struct qn_wrapped){.time = time_of(time), .stream = stream};
	set_text(log, true, ret);
	return true;
}

enum part {
	PART_LOG,
	PART_LINE,
	PART_MESSAGE,
	PART_LEVEL,
	PART_STREAM,
	PART_TIME,
	PART_POD,
	PART_CONTAINER,
	PARTS
};

struct member {
	const char *path;
	enum part part;
};

static const struct member members[] = {
	{"log", PART_LOG},
	{"line", PART_LINE},
	{"textPayload", PART_LINE},
	{"Output", PART_LINE},
	{"message", PART_MESSAGE},
	{"_source.message", PART_MESSAGE},
	{"_source.log", PART_LINE},
	{"level", PART_LEVEL},
	{"log.level", PART_LEVEL},
	{"severity_text", PART_LEVEL},
	{"stream", PART_STREAM},
	{"time", PART_TIME},
	{"timestamp", PART_TIME},
	{"@timestamp", PART_TIME},
	{"_source.@timestamp", PART_TIME},
	{"Time", PART_TIME},
	{"date", PART_TIME},
	{"kubernetes.pod_name", PART_POD},
	{"kubernetes.pod.name", PART_POD},
	{"_source.kubernetes.pod_name", PART_POD},
	{"_source.kubernetes.pod.name", PART_POD},
	{"resource.labels.pod_name", PART_POD},
	{"labels.pod", PART_POD},
	{"kubernetes.container_name", PART_CONTAINER},
	{"labels.container", PART_CONTAINER},
};

/* Offsets and not pointers: the buffer moves as it grows. */
struct parts {
	struct qn_buffer *scratch;
	size_t start[PARTS], len[PARTS];
	bool has[PARTS];
};

static void take_member(void *context, const char *path, struct qn_text value)
{
	struct parts *parts = context;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		enum part part = members[i].part;

		if (parts->has[part] || strcmp(members[i].path, path) != 0)
			continue;
		parts->has[part] = true;
		parts->start[part] = parts->scratch->len;
		parts->len[part] = value.len;
		qn_buffer_append_text(parts->scratch, value);
		return;
	}
}

static struct qn_text part_text(const struct parts *parts, enum part part)
{
	struct qn_text all = qn_buffer_text(parts->scratch);

	return parts->has[part] ? qn_text_first(qn_text_from(all, parts->start[part]), parts->len[part])
				: QN_TEXT("");
}

static bool has_text_key(struct qn_text line)
{
	static const char *const keys[] = {"\"log\"", "\"line\"", "\"message\"", "\"textPayload\"",
					   "\"Output\""};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (qn_text_contains(line, qn_text_of(keys[i])))
			return true;
	return false;
}

/* An object that is an element of a list, without what stands around it: "[{...}," or "  {...}," or ",{...}]"
 */
static struct qn_text element(struct qn_text line)
{
	line = qn_text_trim(line);
	if (line.len && (line.data[0] == '[' || line.data[0] == ','))
		line = qn_text_trim(qn_text_from(line, 1));
	if (qn_text_ends(line, QN_TEXT(",")) || qn_text_ends(line, QN_TEXT("]")))
		line.len--;
	return qn_text_trim(line);
}

static bool peel(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct parts parts = {.scratch = scratch};

	if (line.len && (line.data[0] != '{' || line.data[line.len - 1] != '}'))
		line = element(line);
	if (line.len < 2 || line.data[0] != '{')
		return false;
	if (peel_fast(line, scratch, ret))
		return true;
	/* Most other JSON lines are somebody's own log: let them go before a tree is built. */
	if (!has_text_key(line))
		return false;
	qn_buffer_clear(scratch);
	if (!qn_json_read_object(line, take_member, &parts) || scratch->is_failed)
		return false;
	/* A "message" beside a "level" is what a program wrote itself. */
	if (parts.has[PART_MESSAGE] && !parts.has[PART_LEVEL] && !parts.has[PART_LINE]) {
		parts.has[PART_LINE] = true;
		parts.start[PART_LINE] = parts.start[PART_MESSAGE];
		parts.len[PART_LINE] = parts.len[PART_MESSAGE];
	}
	if (!(parts.has[PART_LOG] || parts.has[PART_LINE]) ||
	    !(parts.has[PART_STREAM] || parts.has[PART_TIME]))
		return false;
	*ret = (struct qn_wrapped){
		.time = time_of(part_text(&parts, PART_TIME)),
		.pod = part_text(&parts, PART_POD),
		.container = part_text(&parts, PART_CONTAINER),
		.stream = part_text(&parts, PART_STREAM),
	};
	/* Loki's lines, and what a shipper has labelled, have lost their newline. */
	set_text(part_text(&parts, parts.has[PART_LOG] ? PART_LOG : PART_LINE),
		 parts.has[PART_LOG] && !parts.has[PART_POD], ret);
	return true;
}

const struct qn_wrapper qn_wrapper_docker = {.name = "docker", .peel = peel, .is_unmistakable = true};
