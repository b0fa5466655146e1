#include "stack/kernel_line.h"

#include <stdio.h>

#include "base/cursor.h"

#include "base/banned.h"

/* Fronts that stand one behind the other, at most. */
#define FRONTS_MAX 6U
/* A host's name is no longer (RFC 1035). */
#define HOST_BYTES_MAX 255U
/* A process's name is cut by the kernel at 15 bytes; a user's cgroup or container adds none. */
#define NAME_BYTES_MAX 64U

static const char *const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool is_month(struct qn_text text)
{
	const char *at = text.len >= 3 ? memmem(months, strlen(months), text.data, 3) : NULL;

	return at && (at - months) % 3 == 0;
}

/* "15:48:07" */
static bool take_clock(struct qn_cursor *cursor)
{
	struct qn_cursor ahead = *cursor;
	uint64_t ignored;

	if (!qn_cursor_take_digits(&ahead, 2, &ignored) || !qn_cursor_take_byte(&ahead, ':') ||
	    !qn_cursor_take_digits(&ahead, 2, &ignored) || !qn_cursor_take_byte(&ahead, ':') ||
	    !qn_cursor_take_digits(&ahead, 2, &ignored))
		return false;
	*cursor = ahead;
	return true;
}

/* "Nov 23 15:48:07" */
static bool take_syslog_date(struct qn_cursor *cursor)
{
	struct qn_cursor ahead = *cursor;
	uint64_t ignored;

	if (!is_month(ahead.rest) || ahead.rest.len < 3)
		return false;
	ahead.rest = qn_text_from(ahead.rest, 3);
	if (!qn_cursor_skip_blanks(&ahead) || !qn_take_number(&ahead.rest, &ignored) || ignored > 31 ||
	    !qn_cursor_skip_blanks(&ahead) || !take_clock(&ahead))
		return false;
	if (qn_cursor_take_byte(&ahead, '.') && !qn_take_number(&ahead.rest, &ignored))
		return false;
	*cursor = ahead;
	return true;
}

/* "Mon Nov 23 15:48:07 2026", as dmesg -T prints it */
static bool read_dmesg_date(struct qn_text text, struct qn_time *ret)
{
	char written[64];
	struct qn_cursor cursor;
	struct qn_text month;
	uint64_t day, year;
	int length;

	if (text.len < 20 || !is_month(qn_text_from(text, 4)))
		return false;
	month = qn_text_first(qn_text_from(text, 4), 3);
	cursor = qn_cursor_of(qn_text_trim(qn_text_from(text, 7)));
	if (!qn_take_number(&cursor.rest, &day) || day > 31 || !qn_cursor_skip_blanks(&cursor))
		return false;
	text = qn_text_first(cursor.rest, 8);
	if (!take_clock(&cursor) || !qn_cursor_skip_blanks(&cursor) || !qn_text_to_u64(cursor.rest, &year) ||
	    year > 9999)
		return false;
	length = snprintf(written, sizeof(written), "Mon, %02u %.*s %04u %.*s +0000", (unsigned)day,
			  QN_ARG(month), (unsigned)year, QN_ARG(text));
	if (length <= 0 || (size_t)length >= sizeof(written))
		return false;
	cursor = qn_cursor_of((struct qn_text){written, (size_t)length});
	return qn_time_take_rfc1123(&cursor, ret);
}

/* "12345.678901", "T123", "C0": since boot, and who called */
static bool is_stamp(struct qn_text text)
{
	size_t digits = 0, dots = 0;

	text = qn_text_trim(text);
	if (text.len && (text.data[0] == 'T' || text.data[0] == 'C'))
		text = qn_text_from(text, 1);
	else if (qn_text_find_byte(text, '.') == SIZE_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		digits += text.data[i] >= '0' && text.data[i] <= '9';
		dots += text.data[i] == '.';
	}
	return digits && dots <= 1 && digits + dots == text.len;
}

static bool take_bracket(struct qn_cursor *cursor, struct qn_kernel_line *line)
{
	struct qn_cursor ahead = *cursor;
	struct qn_text inner;
	struct qn_time time;

	if (!qn_cursor_take_byte(&ahead, '[') || !qn_cursor_take_until(&ahead, ']', &inner) ||
	    (!qn_cursor_at_end(&ahead) && qn_cursor_peek(&ahead) != ' ' && qn_cursor_peek(&ahead) != '['))
		return false;
	if (read_dmesg_date(inner, &time))
		line->time = time;
	else if (!is_stamp(inner))
		return false;
	*cursor = ahead;
	return true;
}

/* "<4>" */
static bool take_priority(struct qn_cursor *cursor)
{
	struct qn_cursor ahead = *cursor;
	uint64_t number;

	if (!qn_cursor_take_byte(&ahead, '<') || !qn_take_number(&ahead.rest, &number) || number > 191 ||
	    !qn_cursor_take_byte(&ahead, '>'))
		return false;
	*cursor = ahead;
	return true;
}

/* "kern  :err   : ", as dmesg -x prints it */
static bool take_facility(struct qn_cursor *cursor)
{
	static const char *const facilities[] = {"kern", "user", "daemon", "syslog"};
	struct qn_cursor ahead = *cursor;
	struct qn_text level;

	for (size_t i = 0; i < sizeof(facilities) / sizeof(*facilities); i++) {
		if (!qn_cursor_take(&ahead, qn_text_of(facilities[i])))
			continue;
		qn_cursor_skip_blanks(&ahead);
		if (!qn_cursor_take_byte(&ahead, ':') || !qn_cursor_take_until(&ahead, ':', &level) ||
		    level.len > 8)
			return false;
		*cursor = ahead;
		return true;
	}
	return false;
}

/* "kernel: ", "systemd-coredump[99]: " */
static bool take_writer(struct qn_cursor *cursor, struct qn_kernel_line *line)
{
	static const char *const writers[] = {"kernel", "systemd-coredump", "systemd"};
	uint64_t ignored;

	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		struct qn_cursor ahead = *cursor;

		if (!qn_cursor_take(&ahead, qn_text_of(writers[i])))
			continue;
		if (qn_cursor_take_byte(&ahead, '[') &&
		    (!qn_take_number(&ahead.rest, &ignored) || !qn_cursor_take_byte(&ahead, ']')))
			continue;
		if (!qn_cursor_take_byte(&ahead, ':'))
			continue;
		line->writer = qn_text_of(writers[i]);
		*cursor = ahead;
		return true;
	}
	return false;
}

/* "node-1 kernel: " */
static bool take_host(struct qn_cursor *cursor, struct qn_kernel_line *line)
{
	struct qn_cursor ahead = *cursor;
	size_t blank = qn_text_find_byte(qn_text_first(ahead.rest, HOST_BYTES_MAX + 1), ' ');

	if (blank == SIZE_MAX || blank == 0)
		return false;
	ahead.rest = qn_text_from(ahead.rest, blank + 1);
	if (!take_writer(&ahead, line))
		return false;
	*cursor = ahead;
	return true;
}

void qn_kernel_line_read(struct qn_text text, struct qn_kernel_line *ret)
{
	struct qn_cursor cursor = qn_cursor_of(qn_text_trim(text));
	struct qn_time time;

	*ret = (struct qn_kernel_line){0};
	for (unsigned i = 0; i < FRONTS_MAX; i++) {
		if (qn_time_take_rfc3339(&cursor, &time))
			ret->time = time;
		else if (!take_syslog_date(&cursor) && !take_bracket(&cursor, ret) &&
			 !take_priority(&cursor) && !take_facility(&cursor) &&
			 (ret->writer.len || !take_writer(&cursor, ret)) &&
			 (ret->writer.len || !take_host(&cursor, ret)))
			break;
		qn_cursor_skip_blanks(&cursor);
	}
	ret->text = qn_text_trim(cursor.rest);
}

bool qn_kernel_line_may_be(struct qn_text text)
{
	struct qn_text word = qn_text_first(text, qn_text_find_byte(text, ' '));

	if (word.len == text.len)
		return qn_text_starts(text, QN_TEXT("oom-kill:")) ||
		       qn_text_starts(text, QN_TEXT("COREDUMP_"));
	if (word.len == 0 || memchr("/#", word.data[0], 2))
		return false;
	return word.len <= HOST_BYTES_MAX && qn_text_find_byte(word, '(') == SIZE_MAX &&
	       !qn_text_contains(word, QN_TEXT("::"));
}

bool qn_kernel_take_process(struct qn_text *text, uint64_t *ret_pid, struct qn_text *ret_name)
{
	struct qn_text rest = *text, name;
	size_t end;

	if (!qn_take_number(&rest, ret_pid) || !qn_text_starts(rest, QN_TEXT(" (")))
		return false;
	name = qn_text_first(qn_text_from(rest, 2), NAME_BYTES_MAX);
	end = qn_text_find_byte(name, ')');
	if (end == SIZE_MAX)
		return false;
	*ret_name = qn_text_first(name, end);
	*text = qn_text_from(rest, end + 3);
	return true;
}
