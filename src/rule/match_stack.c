/* Conditions on components, on stacks and on what happened before. */
#include "rule/match.h"

#include "rule/pattern.h"
#include "base/banned.h"

/* An empty list is no condition. */
static bool is_any_of(struct qn_text text, const struct qn_text *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (qn_text_equal(text, list[i]))
			return true;
	return count == 0;
}

bool qn_rule_fits_component(const struct qn_rule *rule, struct qn_text component)
{
	return !component.len || is_any_of(component, rule->components, rule->components_count);
}

static bool matches(const struct qn_pattern *pattern, struct qn_pattern_scratch *scratch, struct qn_text text)
{
	return text.len && qn_pattern_match(pattern, scratch, text) == QN_MATCH_YES;
}

static bool top_matches(const struct qn_pattern *top, struct qn_pattern_scratch *scratch,
			const struct qn_stack *stack)
{
	size_t index = qn_stack_first_user(stack);

	return index != SIZE_MAX && matches(top, scratch, stack->frames[index].function);
}

/* Each pattern at its first frame behind that of the pattern before: if any choice of frames is in order,
 * this one is. */
static bool frames_match(const struct qn_stack_condition *condition, struct qn_pattern_scratch *scratch,
			 const struct qn_stack *stack)
{
	size_t found = 0;

	for (size_t i = 0; i < stack->frames_count && found < condition->frames_count; i++)
		if (matches(condition->frames[found], scratch, stack->frames[i].function))
			found++;
	return found == condition->frames_count;
}

static bool has_forbidden_frame(const struct qn_stack_condition *condition,
				struct qn_pattern_scratch *scratch, const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		for (size_t k = 0; k < condition->not_frames_count; k++)
			if (matches(condition->not_frames[k], scratch, stack->frames[i].function))
				return true;
	return false;
}

/* A frame of the application that is no ladder names the failure. */
static bool has_name(const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].role == QN_ROLE_USER && !stack->frames[i].is_ladder)
			return true;
	return false;
}

bool qn_rule_stack_holds(const struct qn_rule *rule, const struct qn_stack *stack)
{
	_cleanup_(qn_pattern_scratch_destroy_guard) struct qn_pattern_scratch *scratch = NULL;
	const struct qn_stack_condition *condition = &rule->stack;
	_cleanup_error_ struct qn_error *error = NULL;

	if (!condition->is_given || (condition->kinds && !(condition->kinds & 1U << stack->kind)) ||
	    !is_any_of(stack->signal, condition->signals, condition->signals_count) ||
	    !is_any_of(stack->executor.task, condition->tasks, condition->tasks_count))
		return false;
	if (condition->has_no_name && has_name(stack))
		return false;
	error = qn_pattern_scratch_create(&scratch); /* without it every pattern makes its own */
	if (condition->message && !matches(condition->message, scratch, stack->message) &&
	    !matches(condition->message, scratch, stack->exception))
		return false;
	return (!condition->top || top_matches(condition->top, scratch, stack)) &&
	       frames_match(condition, scratch, stack) && !has_forbidden_frame(condition, scratch, stack);
}

static bool is_before(const struct qn_before_condition *condition, struct qn_time event, struct qn_time time)
{
	if (!event.is_known || !time.is_known)
		return true;
	if (event.nsec > time.nsec)
		return false;
	return !condition->within_nsec || time.nsec - event.nsec <= condition->within_nsec;
}

bool qn_rule_before_holds(const struct qn_rule *rule, struct qn_text pod, struct qn_time time,
			  const struct qn_past_event *past, size_t past_count,
			  const struct qn_past_event **ret_cause)
{
	const struct qn_before_condition *condition = &rule->before;

	if (!condition->is_given)
		return true;
	for (size_t i = 0; i < past_count; i++) {
		bool is_same_pod = pod.len && qn_text_equal(past[i].pod, pod);

		if (!(condition->events & (unsigned)past[i].event) ||
		    (!condition->is_anywhere && !is_same_pod) || !is_before(condition, past[i].time, time))
			continue;
		if (ret_cause)
			*ret_cause = &past[i];
		return true;
	}
	return false;
}
