#include "rule/match.h"

#include <stdlib.h>

#include "base/limits.h"
#include "rule/pattern.h"
#include "rule/prefilter.h"
#include "rule/rule_set.h"
#include "base/banned.h"

/* For a line that holds at least one literal the matcher finds out which, once for all rules, and tests only
 * the rules whose terms' literals are all there. The rule's regexes then look at the line itself. */
struct qn_matcher {
	const struct qn_rule_set *set;
	struct qn_arena arena;
	struct qn_prefilter *prefilter;
	struct qn_prefilter_scratch *scratch;
	struct qn_pattern_scratch *pattern_scratch;
	uint64_t *seen; /* by literal: the number of the line that held it last */
	uint64_t line;
	size_t *hits;
};

struct qn_error *qn_matcher_create(const struct qn_rule_set *set, struct qn_matcher **ret)
{
	_cleanup_(qn_matcher_destroy_guard) struct qn_matcher *matcher = calloc(1, sizeof(*matcher));

	if (!matcher)
		return &qn_error_no_memory;
	matcher->set = set;
	matcher->seen = qn_arena_alloc(&matcher->arena, set->literals_count * sizeof(*matcher->seen) + 1);
	matcher->hits = qn_arena_alloc(&matcher->arena, set->count * sizeof(*matcher->hits) + 1);
	QN_TRY(qn_arena_check(&matcher->arena));
	QN_TRY(qn_prefilter_create(set->literals, set->literals_count, QN_PREFILTER_BEST,
				   &matcher->prefilter));
	QN_TRY(qn_prefilter_scratch_create(matcher->prefilter, &matcher->scratch));
	QN_TRY(qn_pattern_scratch_create(&matcher->pattern_scratch));
	*ret = qn_take(matcher);
	return NULL;
}

void qn_matcher_destroy(struct qn_matcher *matcher)
{
	if (!matcher)
		return;
	qn_pattern_scratch_destroy(matcher->pattern_scratch);
	qn_prefilter_scratch_destroy(matcher->scratch);
	qn_prefilter_destroy(matcher->prefilter);
	qn_arena_deinit(&matcher->arena);
	free(matcher);
}

/* Marks the literals that @line holds, and says whether any rule can match it. */
static struct qn_error *mark_literals(struct qn_matcher *matcher, struct qn_text line, bool *ret_is_candidate)
{
	const struct qn_prefilter_hit *hits;
	size_t count;

	matcher->line++;
	QN_TRY(qn_prefilter_scan(matcher->prefilter, matcher->scratch, line, &hits, &count));
	for (size_t i = 0; i < count; i++)
		matcher->seen[hits[i].literal] = matcher->line;
	*ret_is_candidate = count || matcher->set->has_always;
	return NULL;
}

static bool has_literal(const struct qn_matcher *matcher, const struct qn_term_literals *literals)
{
	for (size_t i = 0; i < literals->count; i++)
		if (matcher->seen[literals->numbers[i]] == matcher->line)
			return true;
	return literals->count == 0;
}

static bool has_all_literals(const struct qn_matcher *matcher, size_t rule)
{
	for (size_t i = 0; i < matcher->set->rules[rule].terms_count; i++)
		if (!has_literal(matcher, &matcher->set->term_literals[rule][i]))
			return false;
	return true;
}

static bool matches_regexes(struct qn_matcher *matcher, const struct qn_rule *rule, struct qn_text line,
			    struct qn_issues *issues)
{
	for (size_t i = 0; i < rule->terms_count; i++) {
		enum qn_match match;

		if (!rule->terms[i].is_regex)
			continue;
		match = qn_pattern_match(rule->terms[i].pattern, matcher->pattern_scratch, line);
		if (match == QN_MATCH_LIMIT_HIT && issues)
			qn_issues_note(issues, rule->path,
				       "rule %.*s: a regex took too long on a line and was given up; make it "
				       "simpler",
				       QN_ARG(rule->id));
		if (match != QN_MATCH_YES)
			return false;
	}
	return true;
}

size_t qn_matcher_line(struct qn_matcher *matcher, struct qn_text line, struct qn_issues *issues,
		       const size_t **ret)
{
	bool is_candidate = false;
	_cleanup_error_ struct qn_error *error = mark_literals(matcher, line, &is_candidate);
	size_t count = 0;

	if (error && issues)
		qn_issues_note(issues, QN_TEXT(""), "a line could not be searched for rules: %s",
			       error->message);
	for (size_t i = 0; i < matcher->set->count && is_candidate; i++) {
		const struct qn_rule *rule = &matcher->set->rules[i];

		if (rule->terms_count && has_all_literals(matcher, i) &&
		    matches_regexes(matcher, rule, line, issues))
			matcher->hits[count++] = i;
	}
	*ret = matcher->hits;
	return count;
}

size_t qn_rule_set_literals(const struct qn_rule_set *set, const struct qn_text **ret, bool *has_always)
{
	*ret = set->literals;
	*has_always = set->has_always;
	return set->literals_count;
}
