/* What log stores write when they are asked for a file: rows of CSV, JSON with a member on each line,
 * Kibana's and Rancher's times; and the journal's head in front of a container's lines. */
#include "record/wrapper_kinds.h"

#include <stdio.h>

#include "record/escape.h"
#include "base/banned.h"

#define ISO_BYTES_MAX 40U

static bool take_month(struct qn_cursor *cursor, unsigned *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; i < 12; i++)
		if (qn_cursor_take(cursor, qn_text_first(qn_text_of(months + 3 * (size_t)i), 3))) {
			*ret = i + 1;
			return true;
		}
	return false;
}

static bool take_small(struct qn_cursor *cursor, uint64_t *ret)
{
	return qn_cursor_take_digits(cursor, 2, ret) || qn_cursor_take_digits(cursor, 1, ret);
}

static bool time_of(unsigned year, unsigned month, unsigned day, struct qn_text clock, struct qn_time *ret)
{
	char iso[ISO_BYTES_MAX];
	int length = snprintf(iso, sizeof(iso), "%04u-%02u-%02uT%.*s", year, month, day, (int)clock.len,
			      clock.data);
	struct qn_cursor cursor = qn_cursor_of(qn_text_of(iso));

	return length > 0 && (size_t)length < sizeof(iso) && qn_time_take_rfc3339(&cursor, ret) &&
	       qn_cursor_at_end(&cursor);
}

/* May 22, 2024 @ 20:35:47.842 */
static bool take_kibana_time(struct qn_cursor *cursor, struct qn_time *ret)
{
	struct qn_cursor at = *cursor;
	struct qn_text clock;
	unsigned month;
	uint64_t day, year;

	if (!take_month(&at, &month) || !qn_cursor_take_byte(&at, ' ') || !take_small(&at, &day) ||
	    !qn_cursor_take(&at, QN_TEXT(", ")) || !qn_cursor_take_digits(&at, 4, &year) ||
	    !qn_cursor_take(&at, QN_TEXT(" @ ")) || at.rest.len < 12)
		return false;
	clock = qn_text_first(at.rest, 12);
	if (!time_of((unsigned)year, month, (unsigned)day, clock, ret))
		return false;
	cursor->rest = qn_text_from(at.rest, clock.len);
	return true;
}

static bool is_pod_column(struct qn_text field)
{
	bool has_hyphen = false;

	for (size_t i = 0; i < field.len; i++) {
		char byte = field.data[i];

		if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
		      byte == '.'))
			return false;
		has_hyphen |= byte == '-';
	}
	return has_hyphen;
}

/* Discover's rows, copied: May 22, 2024 @ 20:35:47.842<TAB>milvus-querynode-0<TAB>text */
static bool peel_kibana(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line), inner;
	struct qn_text column;

	(void)scratch;
	*ret = (struct qn_wrapped){0};
	if (!take_kibana_time(&cursor, &ret->time) ||
	    (!qn_cursor_take_byte(&cursor, '\t') && !qn_cursor_take_byte(&cursor, ' ') &&
	     !qn_cursor_at_end(&cursor)))
		return false;
	inner = cursor;
	if (qn_cursor_take_until(&inner, '\t', &column) && is_pod_column(column)) {
		ret->pod = column;
		cursor = inner;
	}
	ret->text = cursor.rest;
	return true;
}

/* Rancher's download has no blank behind its time:
 *	Wed, May 22 2024 8:35:47 pmgoroutine 1 [running]: */
static bool peel_rancher(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(qn_text_from(line, 3));
	uint64_t day, year, hour;
	struct qn_text minutes;
	char clock[16];
	unsigned month;
	bool is_pm;

	(void)scratch;
	if (!qn_cursor_take(&cursor, QN_TEXT(", ")) || !take_month(&cursor, &month) ||
	    !qn_cursor_take_byte(&cursor, ' ') || !take_small(&cursor, &day) ||
	    !qn_cursor_take_byte(&cursor, ' ') || !qn_cursor_take_digits(&cursor, 4, &year) ||
	    !qn_cursor_take_byte(&cursor, ' ') || !take_small(&cursor, &hour) || !hour || hour > 12 ||
	    cursor.rest.len < 9)
		return false;
	minutes = qn_text_first(cursor.rest, 6);
	cursor.rest = qn_text_from(cursor.rest, 6);
	is_pm = qn_cursor_take(&cursor, QN_TEXT(" pm"));
	if (!is_pm && !qn_cursor_take(&cursor, QN_TEXT(" am")))
		return false;
	snprintf(clock, sizeof(clock), "%02u%.6s", (unsigned)(hour % 12) + (is_pm ? 12 : 0), minutes.data);
	*ret = (struct qn_wrapped){.text = cursor.rest};
	return time_of((unsigned)year, month, (unsigned)day, qn_text_of(clock), &ret->time);
}

/* A field without its quotes; a doubled quote is one. */
static struct qn_text unquote(struct qn_text field, struct qn_buffer *scratch)
{
	if (!field.len || field.data[0] != '"')
		return field;
	field = qn_text_from(field, 1);
	if (qn_text_ends(field, QN_TEXT("\"")))
		field.len--;
	if (!qn_text_contains(field, QN_TEXT("\"\"")))
		return field;
	qn_buffer_clear(scratch);
	for (size_t i = 0; i < field.len; i++) {
		qn_buffer_append_byte(scratch, field.data[i]);
		i += field.data[i] == '"' && i + 1 < field.len && field.data[i + 1] == '"';
	}
	return qn_buffer_text(scratch);
}

/* Where the last field of a row starts. */
static size_t last_field(struct qn_text row)
{
	bool is_quoted = false;
	size_t start = 0;

	for (size_t i = 0; i < row.len; i++) {
		if (row.data[i] == '"')
			is_quoted = !is_quoted;
		else if (row.data[i] == ',' && !is_quoted)
			start = i + 1;
	}
	return start;
}

/* The moment first, the text last:
 *	2024-05-22T20:35:47.842Z,"panic({0x56e1100?, 0xc003558138?})"
 *	"May 22, 2024 @ 20:35:47.842","milvus-querynode-0","panic: x" */
static bool peel_csv(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	bool is_quoted = qn_cursor_take_byte(&cursor, '"');

	*ret = (struct qn_wrapped){0};
	if (!take_kibana_time(&cursor, &ret->time) && !qn_time_take_rfc3339(&cursor, &ret->time))
		return false;
	/* "2020-09-28 10:08:52,013 text" is another's time, and its comma stands before the fraction. */
	if ((is_quoted && !qn_cursor_take_byte(&cursor, '"')) || !qn_cursor_take_byte(&cursor, ',') ||
	    qn_cursor_peek(&cursor) == ' ') /* prose: "2020-09-28 10:08:52, done" */
		return false;
	ret->text = unquote(qn_text_from(cursor.rest, last_field(cursor.rest)), scratch);
	return true;
}

static const char *const text_keys[] = {"\"line\":", "\"message\":", "\"textPayload\":", "\"log\":", NULL};

/* A list of objects, written with a member on each line:
 *	[
 *	  {
 *	    "line": "panic: x",
 *	    "timestamp": "1716410147000000000",
 *	  },
 * All but the text is the store's own. */
static bool peel_members(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_text text = qn_text_trim(line), value;
	struct qn_cursor cursor;
	bool is_escaped;
	size_t end;

	if (!text.len || !memchr("[]{}\"", text.data[0], 5))
		return false;
	*ret = (struct qn_wrapped){.text = QN_TEXT(""), .is_noise = true};
	if (text.data[0] != '"')
		return text.len <= 4;
	if (!qn_text_starts_any(text, text_keys))
		return qn_text_contains(text, QN_TEXT("\": ")) || qn_text_ends(text, QN_TEXT("\",")) ||
		       qn_text_ends(text, QN_TEXT("\""));
	cursor = qn_cursor_of(qn_text_from(text, qn_text_find_byte(text, ':') + 1));
	qn_cursor_skip_blanks(&cursor);
	if (!qn_cursor_take_byte(&cursor, '"'))
		return true;
	end = qn_escape_find_quote(cursor.rest, &is_escaped);
	value = qn_text_first(cursor.rest, end);
	if (scratch && is_escaped) {
		qn_buffer_clear(scratch);
		if (!qn_buffer_reserve(scratch, value.len))
			return false;
		scratch->len = qn_escape_undo(value, scratch->data);
		scratch->data[scratch->len] = '\0';
		value = qn_buffer_text(scratch);
	}
	if (qn_text_ends(value, QN_TEXT("\n")))
		value.len--;
	*ret = (struct qn_wrapped){.text = value};
	return true;
}

/* "message" is a member of much else; together with "@timestamp" it is a log's. */
static bool confirm_members(const struct qn_text *lines, size_t count)
{
	struct qn_text first = count ? qn_text_trim(lines[0]) : QN_TEXT("");
	size_t texts = 0, messages = 0, times = 0;

	if (!qn_text_equal(first, QN_TEXT("[")) && !qn_text_equal(first, QN_TEXT("{")) &&
	    !qn_text_equal(first, QN_TEXT("[{")))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct qn_text text = qn_text_trim(lines[i]);

		texts += qn_text_starts_any(text, text_keys);
		messages += qn_text_starts(text, QN_TEXT("\"message\":"));
		times += qn_text_starts(text, QN_TEXT("\"@timestamp\":")) ||
			 qn_text_starts(text, QN_TEXT("\"timestamp\":"));
	}
	return times >= 2 && texts >= 2 && texts <= times * 2 && messages <= times;
}

/* "milvus", "milvus-standalone", "querynode"; docker's journald driver writes the container's id. */
static bool is_container(struct qn_text name)
{
	static const char *const words[] = {"milvus",        "querynode", "datanode",  "indexnode",
					    "streamingnode", "coord",     "standalone"};
	size_t hex = 0;

	while (hex < name.len && strchr("0123456789abcdef", name.data[hex] ? name.data[hex] : 'x'))
		hex++;
	if (hex == name.len)
		return name.len == 12;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (qn_text_contains(name, qn_text_of(words[i])))
			return true;
	return qn_text_equal(name, QN_TEXT("proxy")); /* not "kube-proxy" */
}

/* May 22 20:35:47, without its year; or RFC 3339 */
static bool take_journal_time(struct qn_cursor *cursor, struct qn_time *ret)
{
	static const size_t clock_bytes = 8;
	uint64_t day;
	unsigned month;

	if (!take_month(cursor, &month))
		return qn_time_take_rfc3339(cursor, ret);
	if (!qn_cursor_skip_blanks(cursor) || !take_small(cursor, &day) ||
	    !qn_cursor_take_byte(cursor, ' ') || cursor->rest.len < clock_bytes ||
	    cursor->rest.data[2] != ':' || cursor->rest.data[5] != ':')
		return false;
	cursor->rest = qn_text_from(cursor->rest, clock_bytes);
	return true;
}

/* May 22 20:35:47 host-1 milvus[4711]: text */
static bool peel_journal(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	static const size_t head_bytes_max = 256;
	struct qn_cursor cursor = qn_cursor_of(qn_text_first(line, head_bytes_max));
	struct qn_text host, name, pid;
	uint64_t number;

	(void)scratch;
	*ret = (struct qn_wrapped){0};
	if (!take_journal_time(&cursor, &ret->time) || !qn_cursor_take_byte(&cursor, ' ') ||
	    !qn_cursor_take_until(&cursor, ' ', &host) || !qn_cursor_take_until(&cursor, '[', &name) ||
	    !is_container(name) || qn_text_find_byte(name, ' ') != SIZE_MAX ||
	    !qn_cursor_take_until(&cursor, ']', &pid) || !qn_text_to_u64(pid, &number) ||
	    !qn_cursor_take_byte(&cursor, ':'))
		return false;
	cursor.rest = qn_text_from(line, (size_t)(cursor.rest.data - line.data));
	qn_cursor_take_byte(&cursor, ' ');
	ret->text = cursor.rest;
	return true;
}

const struct qn_wrapper qn_wrapper_kibana = {.name = "kibana", .peel = peel_kibana};
const struct qn_wrapper qn_wrapper_rancher = {.name = "rancher", .peel = peel_rancher};
const struct qn_wrapper qn_wrapper_csv = {.name = "csv", .peel = peel_csv};
const struct qn_wrapper qn_wrapper_journal = {.name = "journal", .peel = peel_journal};
const struct qn_wrapper qn_wrapper_members = {
	.name = "json-members", .peel = peel_members, .confirm = confirm_members};
