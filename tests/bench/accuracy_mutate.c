/* Variants of a text that leave its frames as they are: other numbers, wrappers, other writers, viewers. */
#include "bench/accuracy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"

#include "base/banned.h"

uint64_t qn_draft_random(struct qn_draft *draft, uint64_t below)
{
	uint64_t x = draft->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	draft->random = x;
	return below ? (x >> 11) % below : 0;
}

void qn_draft_set(struct qn_draft *draft, size_t line, struct qn_buffer *text)
{
	draft->lines[line] = qn_arena_copy(draft->arena, qn_buffer_text(text));
	qn_buffer_clear(text);
}

void qn_draft_drop(struct qn_draft *draft, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		draft->lines[i] = (struct qn_text){0};
}

/* --- Every line of the draft, those that are joined too ----------------------------------------------------
 */

typedef void (*line_change)(struct qn_draft *draft, struct qn_text line, size_t number,
			    struct qn_buffer *out);

static bool change_lines(struct qn_draft *draft, line_change change)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	size_t number = 0;

	for (size_t i = 0; i < draft->of->count; i++) {
		struct qn_cursor cursor = qn_cursor_of(draft->lines[i]);
		struct qn_text line = {0};
		bool is_first = true;

		if (!draft->lines[i].data)
			continue;
		do {
			if (!qn_cursor_take_line(&cursor, &line))
				line = (struct qn_text){"", 0};
			if (!is_first)
				qn_buffer_append_byte(&out, '\n');
			is_first = false;
			change(draft, line, number++, &out);
		} while (!qn_cursor_at_end(&cursor));
		qn_buffer_append_byte(&out, '\0'); /* an empty text has data, too */
		out.len--;
		qn_draft_set(draft, i, &out);
	}
	return true;
}

/* --- Other numbers --- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static size_t run_of(struct qn_text text, bool (*is)(char))
{
	size_t len = 0;

	while (len < text.len && is(text.data[len]))
		len++;
	return len;
}

/* As many digits, the first not zero, the same for the same number. */
static void put_mapped(struct qn_draft *draft, struct qn_text number, unsigned base, struct qn_buffer *out)
{
	uint64_t state = qn_hash64(number) ^ draft->seed;

	for (size_t i = 0; i < number.len; i++) {
		unsigned digit = (unsigned)(state % (base - (i == 0)) + (i == 0));

		state = state / base + (uint64_t)(i + 1) * UINT64_C(0x9e3779b97f4a7c15);
		qn_buffer_append_byte(out, "0123456789abcdef"[digit]);
	}
}

/* "0x7f05b8fa3fa3": the upper digits tell heap, stack and text apart and stay */
static size_t put_address(struct qn_draft *draft, struct qn_text text, struct qn_buffer *out)
{
	size_t len = run_of(qn_text_from(text, 2), is_hex), kept = len > 8 ? len - 8 : 1;

	if (len < 4 || qn_text_starts(text, QN_TEXT("0xffffff")))
		return 0;
	qn_buffer_append(out, text.data, 2 + kept);
	put_mapped(draft, qn_text_first(qn_text_from(text, 2 + kept), len - kept), 16, out);
	return 2 + len;
}

static size_t put_cgo_hash(struct qn_draft *draft, struct qn_text text, struct qn_buffer *out)
{
	size_t len = run_of(qn_text_from(text, 5), is_hex);

	if (len != 12)
		return 0;
	qn_buffer_append(out, text.data, 5);
	put_mapped(draft, qn_text_first(qn_text_from(text, 5), len), 16, out);
	return 5 + len;
}

static size_t put_long_id(struct qn_draft *draft, struct qn_text text, struct qn_buffer *out)
{
	size_t len = run_of(text, is_digit);

	if (len < 6)
		qn_buffer_append(out, text.data, len);
	else
		put_mapped(draft, qn_text_first(text, len), 10, out);
	return len;
}

static size_t put_goroutine(struct qn_draft *draft, struct qn_text text, struct qn_buffer *out)
{
	size_t len = run_of(qn_text_from(text, 10), is_digit);

	qn_buffer_append(out, text.data, 10);
	put_mapped(draft, qn_text_first(qn_text_from(text, 10), len), 10, out);
	return 10 + len;
}

/* "2025/07/18": another day for all lines */
static size_t put_date(struct qn_draft *draft, struct qn_text text, struct qn_buffer *out)
{
	unsigned day = (unsigned)(text.data[8] - '0') * 10 + (unsigned)(text.data[9] - '0');

	day = 1 + (day + (unsigned)(draft->seed % 27)) % 28;
	qn_buffer_append(out, text.data, 8);
	qn_buffer_printf(out, "%02u", day);
	return 10;
}

static bool is_date(struct qn_text text)
{
	static const char shape[] = "dddd/dd/dd";

	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (i >= text.len ||
		    (shape[i] == 'd' ? !is_digit(text.data[i]) : text.data[i] != '/' && text.data[i] != '-'))
			return false;
	return true;
}

static size_t put_number(struct qn_draft *draft, struct qn_text text, bool is_word_start,
			 struct qn_buffer *out)
{
	if (qn_text_starts(text, QN_TEXT("0x")))
		return put_address(draft, text, out);
	if (qn_text_starts(text, QN_TEXT("_cgo_")))
		return put_cgo_hash(draft, text, out);
	if (!is_word_start)
		return 0;
	if (qn_text_starts(text, QN_TEXT("goroutine ")))
		return put_goroutine(draft, text, out);
	if (is_date(text))
		return put_date(draft, text, out);
	return is_digit(text.data[0]) ? put_long_id(draft, text, out) : 0;
}

static void change_numbers(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	bool is_word_start = true;

	(void)number;
	for (size_t i = 0; i < line.len;) {
		size_t taken = put_number(draft, qn_text_from(line, i), is_word_start, out);

		if (!taken) {
			qn_buffer_append_byte(out, line.data[i]);
			taken = 1;
		}
		i += taken;
		is_word_start = strchr(" [(=:,\t", line.data[i - 1] ? line.data[i - 1] : 'x');
	}
}

static bool mutate_numbers(struct qn_draft *draft)
{
	return change_lines(draft, change_numbers);
}

/* --- Wrappers --- */

static void wrap_docker(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	qn_buffer_append_string(out, "{\"log\":\"");
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if (c == '"' || c == '\\')
			qn_buffer_printf(out, "\\%c", c);
		else if (c == '\t')
			qn_buffer_append_string(out, "\\t");
		else if (c < ' ' || c == '<' || c == '>' || c == '&')
			qn_buffer_printf(out, "\\u%04x", c);
		else
			qn_buffer_append_byte(out, (char)c);
	}
	qn_buffer_printf(out, "\\n\",\"stream\":\"stderr\",\"time\":\"2025-03-04T07:%02zu:%02zu.%06zu123Z\"}",
			 number / 60 % 60, number % 60, number);
}

/* Lines over 16 KiB come in pieces, and now and then shorter ones do. */
static void wrap_cri(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	size_t cut = line.len > 8 && qn_draft_random(draft, 4) == 0 ? line.len / 2 : 0;

	if (cut)
		qn_buffer_printf(out, "2025-03-04T07:%02zu:%02zu.000000111Z stderr P %.*s\n",
				 number / 60 % 60, number % 60, QN_ARG(qn_text_first(line, cut)));
	qn_buffer_printf(out, "2025-03-04T07:%02zu:%02zu.000000123Z stderr F %.*s", number / 60 % 60,
			 number % 60, QN_ARG(qn_text_from(line, cut)));
}

static void wrap_compose(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)number;
	qn_buffer_printf(out, "milvus-querynode-%u  | %.*s", (unsigned)(draft->seed % 100000), QN_ARG(line));
}

static void wrap_kubectl(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)number;
	qn_buffer_printf(out, "[pod/rel-milvus-querynode-6f4d9c7b5d-%05x/querynode] %.*s",
			 (unsigned)(draft->seed & 0xfffff), QN_ARG(line));
}

static void wrap_loki(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	qn_buffer_printf(out, "2025-03-04 07:%02zu:%02zu.%03zu\t%.*s", number / 60 % 60, number % 60,
			 number % 1000, QN_ARG(line));
}

static void wrap_table(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	if (number == 0)
		qn_buffer_append_string(out, "-- | -- | -- | --\n");
	qn_buffer_printf(out, "  |   | 2025-03-04 07:%02zu:%02zu | %.*s", number / 60 % 60, number % 60,
			 QN_ARG(qn_text_trim(line)));
}

static void wrap_timestamps(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	qn_buffer_printf(out, "2025-03-04T07:%02zu:%02zu.123456789Z %.*s", number / 60 % 60, number % 60,
			 QN_ARG(line));
}

static void strip_tab(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	(void)number;
	qn_buffer_append_text(out, qn_text_trim(line));
}

static void quote(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	(void)number;
	qn_buffer_printf(out, "> %.*s", QN_ARG(line));
}

static void put_line_number(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	qn_buffer_printf(out, "%zu %.*s", number + (size_t)(draft->seed % 90000) + 100, QN_ARG(line));
}

static void put_blank(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	(void)number;
	qn_buffer_printf(out, "%.*s\n", QN_ARG(line));
}

static void put_crlf(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	(void)draft;
	(void)number;
	qn_buffer_printf(out, "%.*s\r", QN_ARG(line));
}

#define LINE_MUTATOR(name, change)                  \
	static bool name(struct qn_draft *draft)    \
	{                                           \
		return change_lines(draft, change); \
	}

LINE_MUTATOR(mutate_docker, wrap_docker)
LINE_MUTATOR(mutate_cri, wrap_cri)
LINE_MUTATOR(mutate_compose, wrap_compose)
LINE_MUTATOR(mutate_kubectl, wrap_kubectl)
LINE_MUTATOR(mutate_loki, wrap_loki)
LINE_MUTATOR(mutate_table, wrap_table)
LINE_MUTATOR(mutate_timestamps, wrap_timestamps)
LINE_MUTATOR(mutate_tabs, strip_tab)
LINE_MUTATOR(mutate_quoted, quote)
LINE_MUTATOR(mutate_line_numbers, put_line_number)
LINE_MUTATOR(mutate_crlf, put_crlf)

/* A blank behind each line: where the text has none of its own, which would be doubled. */
static bool mutate_blank_lines(struct qn_draft *draft)
{
	return draft->of->frames_count && change_lines(draft, put_blank);
}

/* --- Other writers --- */

/* Their times are the text's own: the process that died did not write for months. */
struct moment {
	unsigned year, month, day, hour, minute, second;
};

static bool read_moment(struct qn_text text, struct moment *ret)
{
	char copy[20];

	if (text.len < 19 || !is_date(text) || text.data[13] != ':' || text.data[16] != ':')
		return false;
	memcpy(copy, text.data, 19);
	copy[19] = '\0';
	return sscanf(copy, "%4u%*c%2u%*c%2u%*c%2u:%2u:%2u", &ret->year, &ret->month, &ret->day, &ret->hour,
		      &ret->minute, &ret->second) == 6;
}

static struct moment find_moment(const struct qn_draft *draft)
{
	struct moment moment = {2025, 3, 4, 7, 52, 1};

	for (size_t i = 0; i < draft->of->count; i++)
		for (size_t at = 0; at < draft->lines[i].len && at < 64; at++)
			if (read_moment(qn_text_from(draft->lines[i], at), &moment))
				return moment;
	return moment;
}

/* "%D" is the time as the sort of log has it, by the letter behind it. */
static const char *const writers[] = {
	"[%D/.001 +00:00] [INFO] [querynodev2/services.go:923] [\"start do query\"] "
	"[traceID=0f1e2d3c4b5a69788796a5b4c3d2e1f0] [collectionID=456789012345678901]",
	"[%D/.204 +00:00] [DEBUG] [segments/collection.go:252] [\"collection ref increment\"] [nodeID=5]",
	"I%Dg.516067  1372 SegmentSealedImpl.cpp:220] [SEGCORE][LoadFieldData][milvus] finish loading "
	"segment field, segmentID:460384356842429014, fieldID:101",
	"[%DTZ INFO  tantivy::indexer::segment_updater] save metas",
	"time=\"%DTZ\" level=info msg=\"Connection is ready\" remote_addr=\"pulsar://p:6650\"",
	"%D ,123 | INFO | default | [SERVER][Load][milvus] loaded",
	"{\"level\":\"info\",\"ts\":\"%DT.173Z\",\"caller\":\"embed/etcd.go:131\",\"msg\":\"configuring "
	"peer\"}",
	"WARNING clustering 1 points to 1 centroids: please provide at least 39 training points",
};

static void put_writer(size_t which, const struct moment *at, struct qn_buffer *out)
{
	struct qn_text text = qn_text_of(writers[which]);
	size_t place = qn_text_find(text, QN_TEXT("%D"));
	char sort;

	if (place == SIZE_MAX) {
		qn_buffer_append_text(out, text);
		return;
	}
	sort = text.data[place + 2];
	qn_buffer_append_text(out, qn_text_first(text, place));
	if (sort == 'g')
		qn_buffer_printf(out, "%04u%02u%02u", at->year, at->month, at->day);
	else
		qn_buffer_printf(out, "%04u%c%02u%c%02u", at->year, sort == '/' ? '/' : '-', at->month,
				 sort == '/' ? '/' : '-', at->day);
	qn_buffer_printf(out, "%c%02u:%02u:%02u", sort == 'T' ? 'T' : ' ', at->hour, at->minute, at->second);
	qn_buffer_append_text(out, qn_text_from(text, place + 3));
}

/* Where the head is lost, a name is one by the place below it. */
static bool may_weave_above(const struct qn_draft *draft, struct qn_text line)
{
	return !draft->of->is_headless || !draft->of->frames_count ||
	       line.data != draft->lines[draft->of->frames[0].place].data;
}

static void weave(struct qn_draft *draft, struct qn_text line, size_t number, struct qn_buffer *out)
{
	struct moment moment = find_moment(draft);

	uint64_t count = qn_draft_random(draft, 3) ? 0 : 1 + qn_draft_random(draft, 2);

	(void)number;
	for (; may_weave_above(draft, line) && count > 0; count--) {
		put_writer(qn_draft_random(draft, sizeof(writers) / sizeof(*writers)), &moment, out);
		qn_buffer_append_byte(out, '\n');
	}
	qn_buffer_append_text(out, line);
}

LINE_MUTATOR(mutate_woven, weave)

/* A record begins in the middle of a line of the stack: behind its last byte the newline is late. */
static bool mutate_glued(struct qn_draft *draft)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct moment moment = find_moment(draft);

	for (size_t i = 0; i < draft->of->frames_count; i++) {
		size_t place = draft->of->frames[i].place;

		if (qn_draft_random(draft, 4) || !draft->lines[place].data)
			continue;
		qn_buffer_append_text(&out, draft->lines[place]);
		put_writer(qn_draft_random(draft, 2), &moment, &out);
		qn_draft_set(draft, place, &out);
	}
	return draft->of->frames_count > 2;
}

const struct qn_mutator qn_mutators_text[] = {
	{"numbers", mutate_numbers, 4, false},
	{"docker", mutate_docker, 1, false},
	{"cri", mutate_cri, 2, false},
	{"compose", mutate_compose, 1, false},
	{"kubectl-prefix", mutate_kubectl, 1, false},
	{"loki", mutate_loki, 1, false},
	{"loki-table", mutate_table, 1, false},
	{"timestamps", mutate_timestamps, 1, false},
	{"lost-tabs", mutate_tabs, 1, false},
	{"quoted", mutate_quoted, 1, false},
	{"line-numbers", mutate_line_numbers, 1, false},
	{"blank-lines", mutate_blank_lines, 1, false},
	{"crlf", mutate_crlf, 1, false},
	{"woven", mutate_woven, 4, false},
	{"glued-records", mutate_glued, 2, false},
	{NULL, NULL, 0, false},
};
