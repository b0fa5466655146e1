/* Odd input: a cut line, a binary file, a damaged member. The run goes on and the report shows it.
 *
 * Equal texts at several places of one source are one issue with a count and the first place. */
#ifndef QN_BASE_ISSUE_H
#define QN_BASE_ISSUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

struct qn_issue {
	struct qn_text source; /* path as in the report; empty: not of one source */
	uint64_t line;         /* from 1; 0: not known */
	uint64_t offset;       /* bytes; only if line or has_offset say so */
	bool has_offset;
	struct qn_text text;
	uint64_t count;
};

struct qn_issues {
	struct qn_issue *items;
	size_t count, capacity;
	uint64_t left_out; /* different issues over QN_ISSUES_MAX */
	struct qn_arena arena;
	struct qn_map index;
};

void qn_issues_deinit(struct qn_issues *issues);

/* Copies what @issue points to; its count 0 means 1. Memory that runs out is counted in left_out. */
void qn_issues_add(struct qn_issues *issues, const struct qn_issue *issue);

/* Shorthand: a text without a place in the source. */
void qn_issues_note(struct qn_issues *issues, struct qn_text source, const char *format, ...) QN_PRINTF(3, 4);

#endif
