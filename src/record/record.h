/* One line of a log, and the log event that was read from it. */
#ifndef QN_RECORD_RECORD_H
#define QN_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "record/timestamp.h"

/* What a process writes to; two reports are not woven where the lines of one are of stdout, of the other of
 * stderr. */
enum qn_output { QN_OUTPUT_UNKNOWN, QN_OUTPUT_STDOUT, QN_OUTPUT_STDERR };

/* A line as its writer wrote it: wrappers peeled off, without CR and LF. */
struct qn_line {
	struct qn_text text;
	uint64_t number;             /* of the (first) line in the source's decoded text, from 1 */
	uint64_t offset;             /* of that line's first byte, wrapper included, in the decoded text */
	struct qn_time wrapper_time; /* what docker, CRI or a viewer put in front; often unknown */
	enum qn_output output;       /* of a container, where the wrapper tells */
	bool is_cut;                 /* longer than QN_LINE_BYTES_MAX: the end is missing */
};

enum qn_level {
	QN_LEVEL_NONE,
	QN_LEVEL_DEBUG,
	QN_LEVEL_INFO,
	QN_LEVEL_WARN,
	QN_LEVEL_ERROR,
	QN_LEVEL_DPANIC,
	QN_LEVEL_PANIC,
	QN_LEVEL_FATAL,
};

const char *qn_level_name(enum qn_level level); /* "WARN"; "" for NONE */
/* The level of "WARN", "WARNING", "warn"...; NONE when @name is none. */
enum qn_level qn_level_of(struct qn_text name);

struct qn_format; /* format.h */

/* Texts are borrowed from the line or live in the arena that was given to qn_record_read(). */
struct qn_record {
	const struct qn_format *format; /* never NULL */
	const struct qn_line *line;
	struct qn_time time; /* the record's own, else the wrapper's, else unknown */
	enum qn_level level;
	struct qn_text call_site; /* "segments/segment_loader.go:627"; empty: none */
	struct qn_text thread;    /* glog's thread id; empty: none */
	struct qn_text message;   /* decoded */
	struct qn_text fields;    /* zap: what follows the message, "[k=v] [k2=\"v 2\"]", as it stands */
};

/* Walks the fields of a zap record: quoting and JSON escapes undone (into @arena where there are any).
 * False at the end or where the text stops being fields. A field cut off by the end of the line gives what is
 * there. Values are never NULL. The caller counts, up to QN_FIELDS_MAX: a field without its end costs a look
 * at the whole rest of the line. */
struct qn_field {
	struct qn_text key, value;
};
bool qn_record_next_field(struct qn_arena *arena, struct qn_text *fields, struct qn_field *ret);

#endif
