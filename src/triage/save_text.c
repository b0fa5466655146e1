/* Lists in one column of the store. */
#include "triage/save.h"

#include "base/banned.h"

struct qn_text qn_join_damage(struct qn_arena *arena, const struct qn_stack *stack)
{
	struct qn_text joined = {0};

	for (size_t i = 0; i < stack->damage_count; i++)
		joined = i ? qn_arena_printf(arena, "%.*s\n%.*s", QN_ARG(joined), QN_ARG(stack->damage[i]))
			   : stack->damage[i];
	return joined;
}

struct qn_text qn_join_others(struct qn_arena *arena, const struct qn_stack *stack)
{
	struct qn_text joined = {0};

	for (size_t i = 0; i < stack->others_count; i++)
		joined = qn_arena_printf(arena, "%.*s%s%u\t%.*s", QN_ARG(joined), i ? "\n" : "",
					 stack->others[i].count, QN_ARG(stack->others[i].what));
	return joined;
}
