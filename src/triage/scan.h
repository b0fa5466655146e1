/* The fast pass over a block: peels wrappers, classifies each line by its first bytes, and marks the few
 * lines that the collector must look at. Everything else costs one search for literals and one look at the
 * front of the line. */
#ifndef QN_TRIAGE_SCAN_H
#define QN_TRIAGE_SCAN_H

#include "base/error.h"
#include "input/lines.h"
#include "record/record.h"
#include "record/wrapper.h"
#include "rule/prefilter.h"
#include "rule/rule.h"

/* Why a line is marked. */
enum qn_mark_reason {
	QN_MARK_TROUBLE = 1,     /* a record of level WARN or above, or one whose level has no fixed place */
	QN_MARK_CRASH_TEXT = 2,  /* holds a trigger of the stack reader */
	QN_MARK_LIFE = 4,        /* holds a trigger of the epoch */
	QN_MARK_RULE = 8,        /* holds a rule's literal */
	QN_MARK_CLOCK_FELL = 16, /* its time is at least a minute before the record above */
	QN_MARK_POD = 32,        /* another pod's than the line above */
};

struct qn_mark {
	uint32_t start; /* of the line in the text */
	uint32_t index; /* of the line in the block, from 0 */
	uint32_t reasons;
};

/* One line of a block whose source is wrapped. */
struct qn_peeled_line {
	uint32_t start;     /* in the text */
	uint32_t raw_index; /* of its (first) raw line in the block, from 0 */
	uint32_t raw_start; /* of that line in the block */
	struct qn_time time;
	uint16_t pod;   /* index into pods, + 1; 0: the wrapper tells none */
	uint8_t output; /* enum qn_output */
};

/* Pods told apart in one block; the lines of further ones have none. */
#define QN_SCAN_PODS_MAX 256U

enum qn_scan_format {
	QN_SCAN_ZAP,
	QN_SCAN_GLOG,
	QN_SCAN_EASYLOGGING,
	QN_SCAN_GO_STD,
	QN_SCAN_PLAIN,
	QN_SCAN_FORMATS
};

struct qn_scanned {
	struct qn_text text; /* what was scanned: the block itself, or `peeled` */
	struct qn_buffer peeled;
	struct qn_peeled_line *lines; /* of a wrapped source; lines_count is 0 otherwise */
	size_t lines_count, lines_capacity;
	struct qn_mark *marks; /* in order */
	size_t marks_count, marks_capacity;
	uint64_t raw_lines; /* in the block */
	uint64_t format_lines[QN_SCAN_FORMATS];
	uint64_t blank_lines;
	uint64_t plain_bytes;
	struct qn_text pods[QN_SCAN_PODS_MAX]; /* told by a wrapper, each once, in `names` */
	size_t pods_count;
	struct qn_text container; /* told by a wrapper; in `names` */
	struct qn_arena names;
};

void qn_scanned_deinit(struct qn_scanned *scanned);

/* What to look for; read-only, for all threads. */
struct qn_scanner {
	struct qn_prefilter *prefilter;
	uint8_t *reasons; /* by literal id */
	bool marks_all;   /* a rule has no literal: every line is a candidate */
};

struct qn_error *qn_scanner_init(struct qn_scanner *scanner, const struct qn_rule_set *rules) QN_MUST_CHECK;
void qn_scanner_deinit(struct qn_scanner *scanner);

/* Scratch of one thread. */
struct qn_scan_scratch {
	struct qn_prefilter_scratch *prefilter;
	struct qn_buffer layers[QN_WRAPPERS_NESTED_MAX];
};

struct qn_error *qn_scan_scratch_init(struct qn_scan_scratch *scratch,
				      const struct qn_scanner *scanner) QN_MUST_CHECK;
void qn_scan_scratch_deinit(struct qn_scan_scratch *scratch);

struct qn_error *qn_scan_block(const struct qn_scanner *scanner, struct qn_scan_scratch *scratch,
			       const struct qn_wrapping *wrapping, const struct qn_block *block,
			       struct qn_scanned *ret) QN_MUST_CHECK;

#endif
