/* The message templates of logs, all levels: `qntriage templates`.
 *
 * Wrappers are peeled and formats read as `analyze` does. A record with a call site (level, file:line,
 * message) has its exact template; the text of its error= field, and every other line, goes to the miner
 * (signature/miner.h). Each source is read twice, so what cannot be (a pipe) is copied to a temporary file
 * without a name first. */
#ifndef QN_TRIAGE_TEMPLATES_H
#define QN_TRIAGE_TEMPLATES_H

#include "input/source.h"
#include "signature/miner.h"
#include "signature/template.h"

struct qn_templates_options {
	const char *const *paths;
	size_t paths_count;
	bool is_raw;                 /* lines are bare messages: no wrapper, no format */
	struct qn_time since, until; /* unknown: no limit. What has no time passes */
};

struct qn_templates_row {
	struct qn_text id; /* "T-" and 12 hex digits: of level, call site and text */
	enum qn_level level;
	struct qn_text call_site; /* "" none */
	bool is_error;            /* mined from error= fields */
	struct qn_text text;
	uint64_t count;
	struct qn_time first, last;
};

struct qn_templates;

struct qn_error *qn_templates_open(const struct qn_templates_options *options,
				   struct qn_templates **ret) QN_MUST_CHECK;
void qn_templates_close(struct qn_templates *templates);
QN_DEFINE_GUARD(struct qn_templates, qn_templates_close);

/* Counts; the most frequent first. Rows live as long as @templates. */
struct qn_error *qn_templates_count(struct qn_templates *templates, struct qn_templates_row **ret,
				    size_t *ret_count) QN_MUST_CHECK;

/* For raw lines: calls @each for every line of every source in their order, with the number of its group
 * (from 0, in the order of first lines) and the group's template. */
typedef struct qn_error *(*qn_templates_each)(void *context, size_t group, struct qn_text template);
struct qn_error *qn_templates_each_line(struct qn_templates *templates, qn_templates_each each,
					void *context) QN_MUST_CHECK;

/* What was odd: skipped sources, caps that were reached. */
const struct qn_issues *qn_templates_issues(const struct qn_templates *templates);
uint64_t qn_templates_lines(const struct qn_templates *templates); /* that were read, blank ones too */

#endif
