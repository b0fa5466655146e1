#include "record/timestamp.h"

#include <stdio.h>

#include "base/banned.h"

#define NSEC_PER_SEC 1000000000LL
#define DIGITS_MAX 9U
/* Years whose every moment fits into 64 bits of nanoseconds, whatever the zone. */
#define YEAR_MIN 1678
#define YEAR_MAX 2261

struct moment {
	unsigned year, month, day, hour, minute, second;
	unsigned nsec;
	uint8_t digits;
	int zone_sec; /* east of UTC */
};

/* Days since 1970-01-01 to a proleptic Gregorian date. The year begins in March, so that the odd day of a
 * leap year is its last: H. Hinnant, "chrono-compatible low-level date algorithms". */
static void civil_from_days(int64_t days, struct moment *ret)
{
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	ret->day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
	ret->month = (unsigned)(month < 10 ? month + 3 : month - 9);
	ret->year = (unsigned)(year_of_era + era * 400 + (ret->month <= 2));
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Two digits at @p; sets *@bad when they are none. */
static inline unsigned two(const char *p, bool *bad)
{
	unsigned tens = (unsigned char)p[0] - '0', ones = (unsigned char)p[1] - '0';

	*bad |= tens > 9 || ones > 9;
	return tens * 10 + ones;
}

static inline bool is_leap_year(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline bool is_date(const struct moment *m)
{
	static const uint8_t days_of_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (m->year < YEAR_MIN || m->year > YEAR_MAX || m->month < 1 || m->month > 12 || m->day < 1)
		return false;
	return m->day <= days_of_month[m->month - 1] + (unsigned)(m->month == 2 && is_leap_year(m->year));
}

/* 2025/06/18 with @separator for the slash, or 20250618 when it is '\0'; @p has the bytes for it. */
static inline bool read_date(const char *p, char separator, struct moment *ret)
{
	unsigned gap = separator != '\0';
	bool bad = gap && (p[4] != separator || p[7] != separator);

	ret->year = two(p, &bad) * 100 + two(p + 2, &bad);
	ret->month = two(p + 4 + gap, &bad);
	ret->day = two(p + 6 + 2 * gap, &bad);
	return !bad && is_date(ret);
}

/* 16:32:47 at @p, which has the bytes for it. */
static inline bool read_clock(const char *p, struct moment *ret)
{
	bool bad = p[2] != ':' || p[5] != ':';

	ret->hour = two(p, &bad);
	ret->minute = two(p + 3, &bad);
	ret->second = two(p + 6, &bad);
	return !bad && ret->hour <= 23 && ret->minute <= 59 && ret->second <= 59;
}

/* Date, one byte of @between (or of @or_between), clock. */
static inline bool take_date_clock(struct qn_cursor *cursor, char separator, char between, char or_between,
				   struct moment *ret)
{
	const char *p = cursor->rest.data;
	size_t date_len = separator ? 10 : 8;

	if (cursor->rest.len < date_len + 9 || (p[date_len] != between && p[date_len] != or_between) ||
	    !read_date(p, separator, ret) || !read_clock(p + date_len + 1, ret))
		return false;
	cursor->rest = qn_text_from(cursor->rest, date_len + 9);
	return true;
}

/* .127: a mark with 1 to 9 digits behind it. False when there is no such thing (10 digits are none). */
static inline bool take_fraction(struct qn_cursor *cursor, char mark, struct moment *ret)
{
	static const unsigned scale[] = {1000000000, 100000000, 10000000, 1000000, 100000,
					 10000,      1000,      100,      10,      1};
	const char *p = cursor->rest.data;
	size_t len = cursor->rest.len, at = 1;
	unsigned value = 0;

	if (len < 2 || p[0] != mark)
		return false;
	while (at < len && at <= DIGITS_MAX && is_digit(p[at]))
		value = value * 10 + (unsigned)(p[at++] - '0');
	if (at == 1 || (at < len && is_digit(p[at])))
		return false;
	ret->digits = (uint8_t)(at - 1);
	ret->nsec = value * scale[ret->digits];
	cursor->rest = qn_text_from(cursor->rest, at);
	return true;
}

/* +08:00, or +0800 when @colon_needed is false */
static inline bool take_zone(struct qn_cursor *cursor, bool colon_needed, struct moment *ret)
{
	const char *p = cursor->rest.data;
	size_t len = cursor->rest.len;
	bool bad = false, has_colon;
	unsigned hours, minutes;

	if (len < 5 || (p[0] != '+' && p[0] != '-'))
		return false;
	has_colon = p[3] == ':';
	if (has_colon ? len < 6 : colon_needed)
		return false;
	hours = two(p + 1, &bad);
	minutes = two(p + (has_colon ? 4 : 3), &bad);
	if (bad || hours > 23 || minutes > 59)
		return false;
	ret->zone_sec = (int)(hours * 3600 + minutes * 60) * (p[0] == '-' ? -1 : 1);
	cursor->rest = qn_text_from(cursor->rest, has_colon ? 6 : 5);
	return true;
}

/* The way back from civil_from_days(), for years that is_date() lets through: 32 bits do, and this is the hot
 * path. */
static inline int64_t days_of(const struct moment *m)
{
	static const uint16_t days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	static const int days_to_1970 = 719162; /* from the first day of the year 1 */
	unsigned before = m->year - 1;
	unsigned days = 365 * before + before / 4 - before / 100 + before / 400 + days_before[m->month - 1] +
			(unsigned)(m->month > 2 && is_leap_year(m->year)) + m->day - 1;

	return (int64_t)days - days_to_1970;
}

static inline void finish(struct qn_cursor *cursor, struct qn_cursor at, const struct moment *m,
			  struct qn_time *ret)
{
	int64_t seconds = days_of(m) * 86400 + m->hour * 3600 + m->minute * 60 + m->second - m->zone_sec;

	*ret = (struct qn_time){seconds * NSEC_PER_SEC + m->nsec, true, m->digits};
	*cursor = at;
}

bool qn_time_take_zap(struct qn_cursor *cursor, struct qn_time *ret)
{
	struct qn_cursor at = *cursor;
	struct moment m = {0};

	if (!take_date_clock(&at, '/', ' ', ' ', &m) || !take_fraction(&at, '.', &m) ||
	    !qn_cursor_take_byte(&at, ' ') || !take_zone(&at, true, &m))
		return false;
	finish(cursor, at, &m, ret);
	return true;
}

bool qn_time_take_go(struct qn_cursor *cursor, struct qn_time *ret)
{
	struct qn_cursor at = *cursor;
	struct moment m = {0};

	if (!take_date_clock(&at, '/', ' ', ' ', &m))
		return false;
	take_fraction(&at, '.', &m);
	finish(cursor, at, &m, ret);
	return true;
}

bool qn_time_take_glog(struct qn_cursor *cursor, struct qn_time *ret)
{
	struct qn_cursor at = *cursor;
	struct moment m = {0};

	if (!take_date_clock(&at, '\0', ' ', ' ', &m) || !take_fraction(&at, '.', &m))
		return false;
	finish(cursor, at, &m, ret);
	return true;
}

bool qn_time_take_rfc3339(struct qn_cursor *cursor, struct qn_time *ret)
{
	struct qn_cursor at = *cursor;
	struct moment m = {0};

	if (!take_date_clock(&at, '-', 'T', ' ', &m))
		return false;
	if (!take_fraction(&at, '.', &m))
		take_fraction(&at, ',', &m);
	if (!qn_cursor_take_byte(&at, 'Z'))
		take_zone(&at, false, &m);
	finish(cursor, at, &m, ret);
	return true;
}

/* 20 Feb 2025 at @p, which has the bytes for it. */
static bool read_named_date(const char *p, struct moment *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	bool bad = p[2] != ' ' || p[6] != ' ';

	ret->day = two(p, &bad);
	for (unsigned i = 0; i < 12; i++)
		if (memcmp(p + 3, months + 3 * (size_t)i, 3) == 0)
			ret->month = i + 1;
	ret->year = two(p + 7, &bad) * 100 + two(p + 9, &bad);
	return !bad && is_date(ret);
}

bool qn_time_take_rfc1123(struct qn_cursor *cursor, struct qn_time *ret)
{
	struct qn_cursor at = *cursor;
	struct moment m = {0};
	const char *p = at.rest.data;

	if (at.rest.len < 26 || p[3] != ',' || p[4] != ' ' || p[16] != ' ' || p[25] != ' ' ||
	    !read_named_date(p + 5, &m) || !read_clock(p + 17, &m))
		return false;
	at.rest = qn_text_from(at.rest, 26);
	if (!take_zone(&at, false, &m))
		return false;
	finish(cursor, at, &m, ret);
	return true;
}

const char *qn_time_format(struct qn_time time, char ret[QN_TIME_BYTES])
{
	struct moment m = {0};
	int64_t seconds, days;
	unsigned digits = time.digits > DIGITS_MAX ? DIGITS_MAX : time.digits, fraction;
	size_t length;

	ret[0] = '\0';
	if (!time.is_known)
		return ret;
	seconds = time.nsec / NSEC_PER_SEC - (time.nsec % NSEC_PER_SEC < 0);
	fraction = (unsigned)(time.nsec - seconds * NSEC_PER_SEC);
	days = seconds / 86400 - (seconds % 86400 < 0);
	seconds -= days * 86400;
	civil_from_days(days, &m);
	snprintf(ret, QN_TIME_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u", m.year, m.month, m.day,
		 (unsigned)(seconds / 3600), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
	length = strlen(ret);
	if (digits) {
		snprintf(ret + length, QN_TIME_BYTES - length, ".%09u", fraction);
		length += 1 + digits;
	}
	ret[length++] = 'Z';
	ret[length] = '\0';
	return ret;
}

int qn_time_compare(struct qn_time a, struct qn_time b)
{
	if (a.is_known != b.is_known)
		return a.is_known ? -1 : 1;
	if (!a.is_known || a.nsec == b.nsec)
		return 0;
	return a.nsec < b.nsec ? -1 : 1;
}

void qn_time_widen(struct qn_time *first, struct qn_time *last, struct qn_time time)
{
	if (!time.is_known)
		return;
	if (!first->is_known || time.nsec < first->nsec)
		*first = time;
	if (!last->is_known || time.nsec > last->nsec)
		*last = time;
}
