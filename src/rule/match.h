/* Which rules hold: on a line, and on a stack with what is known around it. */
#ifndef QN_RULE_MATCH_H
#define QN_RULE_MATCH_H

#include "rule/rule.h"

/* Scratch memory of one thread for matching. */
struct qn_matcher;
struct qn_error *qn_matcher_create(const struct qn_rule_set *set, struct qn_matcher **ret) QN_MUST_CHECK;
void qn_matcher_destroy(struct qn_matcher *matcher);
QN_DEFINE_GUARD(struct qn_matcher, qn_matcher_destroy);

/* The rules with terms whose terms all match @line, as indexes into the set, ascending. @ret points into the
 * matcher and is good until its next call. A pattern that hits its match limit is noted in @issues with the
 * rule's id and counts as no match. */
size_t qn_matcher_line(struct qn_matcher *matcher, struct qn_text line, struct qn_issues *issues,
		       const size_t **ret);

/* What is known of a pod's past, for `before`. */
struct qn_past_event {
	enum qn_before_event event;
	struct qn_text pod;  /* "" = not known */
	struct qn_time time; /* may be unknown: a restart count tells none */
};

/* Is @rule about @component? What is not known ("") may be any. */
bool qn_rule_fits_component(const struct qn_rule *rule, struct qn_text component);

/* Does the stack condition of @rule hold? False for a rule that has none. */
bool qn_rule_stack_holds(const struct qn_rule *rule, const struct qn_stack *stack);

/* Does the before condition hold for an event on @pod at @time? True for a rule that has none. @ret_cause, if
 * not NULL, gets the event that made it true. An event at an unknown time counts as before. */
bool qn_rule_before_holds(const struct qn_rule *rule, struct qn_text pod, struct qn_time time,
			  const struct qn_past_event *past, size_t past_count,
			  const struct qn_past_event **ret_cause);

/* Literals of the log conditions, for the prefilter: every line that can match a rule holds one of them;
 * has_always says that some rule has no literal, so every line is a candidate. */
size_t qn_rule_set_literals(const struct qn_rule_set *set, const struct qn_text **ret, bool *has_always);

#endif
