/* The lines of sources, wrappers peeled, as often as they are asked for. */
#ifndef QN_TRIAGE_REREAD_H
#define QN_TRIAGE_REREAD_H

#include <stdio.h>

#include "input/source.h"
#include "triage/scan.h"

/* What can be read once only (a pipe) is copied to a temporary file without a name first. */
struct qn_reread {
	struct qn_sources sources;
	struct qn_issues issues;
	bool is_raw;               /* no wrapper is peeled, and all is text */
	FILE **spools;             /* of each source: its copy; NULL: it can be read again */
	struct qn_rule_set *rules; /* none: the scanner wants them */
	struct qn_scanner scanner;
	struct qn_scan_scratch scan;
	struct qn_scanned scanned;
	struct qn_block block;
	unsigned walks;
	uint64_t lines; /* of the last walk, blank ones too */
};

struct qn_error *qn_reread_init(struct qn_reread *reread, const char *const *paths, size_t count,
				bool is_raw) QN_MUST_CHECK;
void qn_reread_deinit(struct qn_reread *reread);

/* @line  without its LF; @time  the wrapper's */
typedef struct qn_error *(*qn_reread_step)(void *context, struct qn_text line, struct qn_time time);

/* All lines of all sources, in their order. */
struct qn_error *qn_reread_walk(struct qn_reread *reread, qn_reread_step step, void *context) QN_MUST_CHECK;

#endif
