/* Known issues as rules: one YAML file each, in the shape of the Common Reliability Enumerations (CRE), with
 * our own predicates under `qntriage:`. The format is defined in docs/rules.md.
 *
 * This version matches single events: `rule.set.match` with one or more terms (each a literal `value` or a
 * `regex`), a hit per line that matches a term (several terms without a window: the same line must match
 * all). `sequence`, windows, negate, count and jq are refused by name until the engine for them exists.
 *
 * Rules are read-only after loading; one set may serve several threads. */
#ifndef QN_RULE_RULE_H
#define QN_RULE_RULE_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/issue.h"
#include "base/text.h"
#include "stack/stack.h"

struct qn_pattern; /* pattern.h */

struct qn_term {
	bool is_regex;
	struct qn_text text;        /* the literal, or the regex as written */
	struct qn_pattern *pattern; /* of a regex */
	struct qn_text literal;     /* that every matching line must hold; "" = none could be found */
	struct qn_text
		*branches; /* without a literal: every matching line must hold one of these; may be none */
	size_t branches_count;
};

/* `qntriage.stack`: all that are given must hold. */
struct qn_stack_condition {
	bool is_given;
	unsigned kinds;          /* bits 1 << enum qn_kind; 0: any */
	struct qn_text *signals; /* any of; none: any */
	size_t signals_count;
	struct qn_pattern *top;     /* on the innermost USER frame's function */
	struct qn_pattern **frames; /* in this order with gaps, over all frames' functions */
	size_t frames_count;
	struct qn_pattern **not_frames; /* no frame may match any of these */
	size_t not_frames_count;
	bool has_no_name;      /* no frame names a failure: there are plumbing and ladders only */
	struct qn_text *tasks; /* executor.task is one of these */
	size_t tasks_count;
	struct qn_pattern *message; /* on message, what() or exception type */
};

/* `qntriage.before`: one of these happened to the same pod earlier (or, for `within`, not longer ago than
 * that). */
enum qn_before_event {
	QN_BEFORE_POD_KILLED = 1, /* a life that ended without last words, by a kill or by OOM */
	QN_BEFORE_RESTARTED = 2,  /* an earlier life in the same pod, or a restart that no log explains */
};
struct qn_before_condition {
	bool is_given;
	unsigned events;     /* bits of qn_before_event: any of */
	bool is_anywhere;    /* not only on the same pod */
	int64_t within_nsec; /* 0: any time before */
};

struct qn_rule {
	struct qn_text id;   /* cre.id */
	struct qn_text path; /* of its file */
	struct qn_text title, category, description, cause, impact, mitigation, author;
	unsigned severity; /* 0 critical .. 4 info */
	struct qn_text *tags, *references;
	size_t tags_count, references_count;

	struct qn_term *terms; /* rule.set.match; may be none if a stack condition is given */
	size_t terms_count;

	struct qn_stack_condition stack;
	struct qn_before_condition before;
	struct qn_text *components; /* qntriage.component: any of; none: any */
	size_t components_count;
	struct qn_text issue; /* "40308" */
	struct qn_text url;
	struct qn_text *fixed_in;
	size_t fixed_in_count;
	bool is_open;    /* qntriage.fix: open = known not to be fixed anywhere */
	bool is_failure; /* qntriage.failure, default true; false: what it recognizes is no failure (a
			    graceful stop) */
	struct qn_text advice;
	double confidence; /* 0..1; written H, M, L or a number: 0.9, 0.6, 0.3 */
};

struct qn_rule_set;

enum qn_rule_flags {
	QN_RULES_STRICT = 1,     /* unknown keys are errors, not issues */
	QN_RULES_KEEP_GOING = 2, /* a bad file is an issue and left out */
};

/* @paths  files, or folders whose *.yaml and *.yml are read in byte order of their path (the folders `tests`
 * inside are left out)
 * @issues warnings: unknown keys with a suggestion. May be NULL.
 * QN_ERROR_RULE: "FILE:LINE:COLUMN: what; remedy". Two rules with one id are an error. */
struct qn_error *qn_rule_set_load(const char *const *paths, size_t count, unsigned flags,
				  struct qn_issues *issues, struct qn_rule_set **ret) QN_MUST_CHECK;
void qn_rule_set_destroy(struct qn_rule_set *set);
QN_DEFINE_GUARD(struct qn_rule_set, qn_rule_set_destroy);

/* Paths of the frame tables that were among the rules (docs/signatures.md), checked, in the order given; the
 * set's.
 */
size_t qn_rule_set_tables(const struct qn_rule_set *set, const char *const **ret);

size_t qn_rule_set_count(const struct qn_rule_set *set);
const struct qn_rule *qn_rule_set_get(const struct qn_rule_set *set, size_t index); /* in order of id */
const struct qn_rule *qn_rule_set_find(const struct qn_rule_set *set, struct qn_text id);

#endif
