/* Moments, with the precision that the input had, and the time layouts of the formats we read. */
#ifndef QN_RECORD_TIMESTAMP_H
#define QN_RECORD_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/text.h"

struct qn_time {
	int64_t nsec;   /* since 1970-01-01 UTC */
	bool is_known;  /* false: everything else is meaningless (so {0} is "unknown") */
	uint8_t digits; /* of the second's fraction in the input, 0 to 9 */
};

/* Each takes its layout off the front of @cursor; false, nothing taken, when it is not there. Dates are
 * checked. */

/* 2025/06/18 16:32:47.127 +00:00 (zap; fraction of 1 to 9 digits, the zone is required) */
bool qn_time_take_zap(struct qn_cursor *cursor, struct qn_time *ret);
/* 2025/06/24 20:30:41 with an optional .000000 (Go's log package; no zone: UTC) */
bool qn_time_take_go(struct qn_cursor *cursor, struct qn_time *ret);
/* 20240531 17:30:14.165886 (glog; local time, taken as UTC) */
bool qn_time_take_glog(struct qn_cursor *cursor, struct qn_time *ret);
/* 2023-12-18T03:33:58.956814076+08:00; also Z, +0800, a blank instead of T, a comma for the fraction, and no
 * zone (UTC) */
bool qn_time_take_rfc3339(struct qn_cursor *cursor, struct qn_time *ret);
/* Thu, 20 Feb 2025 07:40:21 +0000 (RFC 1123, as kubectl describe prints times; the weekday is not checked) */
bool qn_time_take_rfc1123(struct qn_cursor *cursor, struct qn_time *ret);

/* RFC 3339 in UTC with the input's precision, "2025-06-18T16:32:47.127Z"; "" when unknown. */
#define QN_TIME_BYTES 40
const char *qn_time_format(struct qn_time time, char ret[QN_TIME_BYTES]);

/* Known before unknown, earlier before later. */
int qn_time_compare(struct qn_time a, struct qn_time b);

/* Takes @time, if it is known, into the span from @first to @last. */
void qn_time_widen(struct qn_time *first, struct qn_time *last, struct qn_time time);

#endif
