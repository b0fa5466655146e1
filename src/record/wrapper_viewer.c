#include "record/wrapper_kinds.h"

#include "base/banned.h"

/* 2024-09-18 15:42:40.755, with @between between day and hour. A comma for the fraction is easylogging's own
 * time and not a viewer's. */
static bool take_time(struct qn_cursor *cursor, char between, struct qn_time *ret)
{
	struct qn_text text = cursor->rest;

	return text.len >= 19 && text.data[10] == between && (text.len == 19 || text.data[19] != ',') &&
	       qn_time_take_rfc3339(cursor, ret);
}

/* Grafana's export (an empty line may have lost its tab), and its newer form, which begins with nanoseconds:
 *	2024-09-18 15:42:40.755<TAB>text
 *	1726674160755000000<TAB>2024-09-18T15:42:40.755Z<TAB>text */
static bool peel_loki(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	static const unsigned nsec_digits = 19;
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_time time;
	uint64_t nsec;

	(void)scratch;
	if (qn_cursor_take_digits(&cursor, nsec_digits, &nsec) && !qn_cursor_take_byte(&cursor, '\t'))
		return false;
	if ((!take_time(&cursor, ' ', &time) && !take_time(&cursor, 'T', &time)) ||
	    (!qn_cursor_take_byte(&cursor, '\t') && !qn_cursor_at_end(&cursor)))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .time = time};
	return true;
}

const struct qn_wrapper qn_wrapper_loki = {.name = "loki", .peel = peel_loki};

/* [2025-06-18T16:45:30.456Z] text; [2025-06-18 16:45:30] text, where no second bracket follows: records of
 * many programs begin like that. */
static bool peel_jenkins(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_time time;

	(void)scratch;
	if (!qn_cursor_take_byte(&cursor, '[') ||
	    (!take_time(&cursor, 'T', &time) && !take_time(&cursor, ' ', &time)) ||
	    !qn_cursor_take_byte(&cursor, ']') ||
	    (!qn_cursor_take_byte(&cursor, ' ') && !qn_cursor_at_end(&cursor)) ||
	    (line.data[11] == ' ' && qn_cursor_peek(&cursor) == '['))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .time = time};
	return true;
}

const struct qn_wrapper qn_wrapper_jenkins = {.name = "jenkins", .peel = peel_jenkins};

static bool peel_time(struct qn_text line, char between, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_time time;

	if (!take_time(&cursor, between, &time) ||
	    (!qn_cursor_take_byte(&cursor, ' ') && !qn_cursor_at_end(&cursor)))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .time = time};
	return true;
}

/* docker logs -t, kubectl logs --timestamps: 2024-06-14T13:04:32.123456789Z text */
static bool peel_timestamps(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	(void)scratch;
	return peel_time(line, 'T', ret);
}

const struct qn_wrapper qn_wrapper_timestamps = {.name = "timestamps", .peel = peel_timestamps};

/* Docker Desktop: 2024-06-14 13:04:32 text */
static bool peel_viewer(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	(void)scratch;
	return peel_time(line, ' ', ret);
}

const struct qn_wrapper qn_wrapper_viewer = {.name = "viewer", .peel = peel_viewer};

/* Jenkins' console: 20:35:47  text. Behind the clock stand two blanks. */
static bool peel_clock(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	static const char shape[] = "00:00:00  ";
	size_t length = sizeof(shape) - 1;

	(void)scratch;
	if (line.len < 8 || (line.len > 8 && line.len < length))
		return false;
	for (size_t i = 0; i < length && i < line.len; i++)
		if (shape[i] == '0' ? line.data[i] < '0' || line.data[i] > '9' : line.data[i] != shape[i])
			return false;
	*ret = (struct qn_wrapped){.text = qn_text_from(line, length)};
	return true;
}

const struct qn_wrapper qn_wrapper_clock = {.name = "clock", .peel = peel_clock};

/* -- | -- | -- | -- */
static bool is_rule_row(struct qn_text line)
{
	bool has_bar = false, has_dashes = qn_text_contains(line, QN_TEXT("--"));

	for (size_t i = 0; i < line.len; i++) {
		if (!line.data[i] || !strchr("-|: \t", line.data[i]))
			return false;
		has_bar |= line.data[i] == '|';
	}
	return has_bar && has_dashes;
}

/* Without the bar that closes a row. */
static struct qn_text without_last_bar(struct qn_text text)
{
	struct qn_text trimmed = qn_text_trim_right(text);

	if (!qn_text_ends(trimmed, QN_TEXT(" |")) && !qn_text_equal(trimmed, QN_TEXT("|")))
		return text;
	trimmed.len--;
	return qn_text_trim_right(trimmed);
}

/* Loki's table, pasted:
 *	  |   | 2023-07-17 20:37:55 | panic({0x386b2c0, 0xc0dcd894a0})
 *	  |   | 2024-03-04 14:32:44.664 | (no unique labels) | text |
 *	  |   | panic: the column of the time was not shown   */
static bool peel_table(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_time time;
	unsigned bars = 0;

	(void)scratch;
	if (is_rule_row(line)) {
		*ret = (struct qn_wrapped){.is_noise = true, .text = QN_TEXT("")};
		return true;
	}
	for (;; bars++) {
		qn_cursor_skip_blanks(&cursor);
		if (!qn_cursor_take_byte(&cursor, '|'))
			break;
	}
	if (!take_time(&cursor, ' ', &time) && !take_time(&cursor, 'T', &time)) {
		*ret = (struct qn_wrapped){.text = without_last_bar(cursor.rest)};
		return bars >= 2 && line.data[0] == ' ';
	}
	if (!qn_cursor_skip_blanks(&cursor) || !qn_cursor_take_byte(&cursor, '|'))
		return false;
	qn_cursor_take_byte(&cursor, ' ');
	if (qn_cursor_take(&cursor, QN_TEXT("(no unique labels)"))) {
		qn_cursor_skip_blanks(&cursor);
		qn_cursor_take_byte(&cursor, '|');
		qn_cursor_take_byte(&cursor, ' ');
	}
	*ret = (struct qn_wrapped){.text = without_last_bar(cursor.rest), .time = time};
	return true;
}

const struct qn_wrapper qn_wrapper_table = {.name = "table", .peel = peel_table};

#define DATE_DIGITS_MIN 8U /* "20240522-17:41:44:747|..." is a moment */

/* 25657 text, or right-aligned: " 277 text". One blank or tab belongs to the number, the rest to the text.
 * Editors and grep put a mark between: "277: text", "277| text", "277:text", "278-text". */
static bool take_number(struct qn_text line, uint64_t *ret, struct qn_text *ret_text, bool *ret_is_marked)
{
	static const size_t digits_max = 9;
	struct qn_cursor cursor = qn_cursor_of(line);
	size_t digits = 0;

	qn_cursor_skip_blanks(&cursor);
	while (digits < cursor.rest.len && cursor.rest.data[digits] >= '0' && cursor.rest.data[digits] <= '9')
		digits++;
	if (!digits || digits > digits_max || !qn_text_to_u64(qn_text_first(cursor.rest, digits), ret))
		return false;
	cursor.rest = qn_text_from(cursor.rest, digits);
	*ret_is_marked = qn_cursor_take_byte(&cursor, ':') || qn_cursor_take_byte(&cursor, '|') ||
			 (digits < DATE_DIGITS_MIN && qn_cursor_take_byte(&cursor, '-')) ||
			 qn_cursor_take(&cursor, QN_TEXT(" | "));
	if (!qn_cursor_take_byte(&cursor, ' ') && (*ret_is_marked || !qn_cursor_take_byte(&cursor, '\t')) &&
	    !*ret_is_marked && !qn_cursor_at_end(&cursor))
		return false;
	*ret_text = cursor.rest;
	return true;
}

static bool peel_numbers(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_text text;
	uint64_t number;
	bool is_marked;

	(void)scratch;
	if (!take_number(line, &number, &text, &is_marked))
		return false;
	*ret = (struct qn_wrapped){.text = text};
	return true;
}

/* "[2025/12/26 07:40:12.001 +00:00] [WARN] ..." */
static bool begins_a_record(struct qn_text text)
{
	static const char shape[] = "[0000/00/00 00:00:00";

	if (text.len < sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? text.data[i] < '0' || text.data[i] > '9' : text.data[i] != shape[i])
			return false;
	return true;
}

/* A number in front of a line is a line number only where the numbers rise by one, or where each line has one
 * and a record of Milvus behind it: a few that somebody picked. "4: f" is also how Rust writes a frame: with
 * a mark all lines must have one. */
static bool confirm_numbers(const struct qn_text *lines, size_t count)
{
	size_t numbered = 0, rising = 0, marked = 0, records = 0;
	bool is_marked;
	uint64_t before = 0, number;
	struct qn_text text;

	for (size_t i = 0; i < count; i++) {
		if (!take_number(lines[i], &number, &text, &is_marked))
			continue;
		marked += is_marked;
		rising += numbered && number == before + 1;
		records += begins_a_record(text);
		numbered++;
		before = number;
	}
	if (marked && (marked != numbered || numbered * 20 < count * 19))
		return false;
	if (records && records == count)
		return true;
	return numbered >= 2 && rising * 10 >= (numbered - 1) * 8;
}

const struct qn_wrapper qn_wrapper_numbers = {
	.name = "numbers",
	.peel = peel_numbers,
	.confirm = confirm_numbers,
	.repair = "viewer line numbers",
};
