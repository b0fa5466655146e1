/* Line formats: each bids for a line, the highest bid reads it. Adding one is a format_<x>.c and a line in
 * format.c. Where the definitions come from: zap text is Milvus's pkg/log/zap_text_encoder.go; glog is
 * core/src/log/Log.h. */
#ifndef QN_RECORD_FORMAT_H
#define QN_RECORD_FORMAT_H

#include "record/record.h"

struct qn_format {
	const char *name; /* as in the report: "zap", "glog", "go-std", "plain" */
	/* 0: not mine; 100: certainly mine. Looks at the front of the line only. */
	unsigned (*bid)(struct qn_text line);
	/* Fills level, time, call_site, thread, message, fields. False: it was not ours after all. */
	bool (*read)(struct qn_arena *arena, struct qn_text line, struct qn_record *ret);
};

extern const struct qn_format qn_format_zap;
extern const struct qn_format qn_format_glog;
extern const struct qn_format qn_format_easylogging;
extern const struct qn_format qn_format_go_std;
extern const struct qn_format qn_format_plain; /* bids 1 for everything: what no other wanted */

/* Reads @line with the format that bids most. Never fails: at worst it is plain. @line and what it points to
 * are borrowed by @ret. */
void qn_record_read(struct qn_arena *arena, const struct qn_line *line, struct qn_record *ret);

static inline bool qn_record_is_plain(const struct qn_record *record)
{
	return record->format == &qn_format_plain;
}

#endif
