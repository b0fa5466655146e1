/* The door to PCRE2: compiled with JIT, matched under limits, in the dialect that RE2 and PCRE2 share. */
#ifndef QN_RULE_PATTERN_H
#define QN_RULE_PATTERN_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

struct qn_pattern;

/* QN_ERROR_RULE: "offset N: what" (the caller adds the place), also for what PCRE2 takes and RE2 refuses
 * (lookaround, backreferences, possessive and atomic groups, \K, \R, \h, \Z, \C, (*VERBS), (?x), comments).
 */
struct qn_error *qn_pattern_compile(struct qn_text regex, struct qn_pattern **ret) QN_MUST_CHECK;
void qn_pattern_destroy(struct qn_pattern *pattern);
QN_DEFINE_GUARD(struct qn_pattern, qn_pattern_destroy);
struct qn_text qn_pattern_source(const struct qn_pattern *pattern);

enum qn_match { QN_MATCH_NO, QN_MATCH_YES, QN_MATCH_LIMIT_HIT };

struct qn_pattern_scratch; /* one a thread */
struct qn_error *qn_pattern_scratch_create(struct qn_pattern_scratch **ret) QN_MUST_CHECK;
void qn_pattern_scratch_destroy(struct qn_pattern_scratch *scratch);
QN_DEFINE_GUARD(struct qn_pattern_scratch, qn_pattern_scratch_destroy);

/* Unanchored. @scratch may be NULL (slower). */
enum qn_match qn_pattern_match(const struct qn_pattern *pattern, struct qn_pattern_scratch *scratch,
			       struct qn_text subject);

/* The longest literal that every match must contain, copied into @arena; empty when there is none. */
struct qn_text qn_pattern_required_literal(struct qn_arena *arena, struct qn_text regex);

/* The branches of an alternation over the whole of @regex: the longest literal of each, copied into @arena,
 * so that every match contains one of them. The count; 0 when a branch has none, or for more than
 * QN_PATTERN_BRANCHES_MAX branches. */
#define QN_PATTERN_BRANCHES_MAX 16U
size_t qn_pattern_branch_literals(struct qn_arena *arena, struct qn_text regex,
				  struct qn_text ret[QN_PATTERN_BRANCHES_MAX]);

#endif
