/* A first reading: a group for each stack, without meaning. To be replaced whole by its owner. */
#include "stack/postmortem.h"

#include <stdlib.h>

#include "base/banned.h"

const char *qn_activity_name(enum qn_thread_activity activity)
{
	static const char *const names[] = {"unknown", "idle", "running", "blocked", "running"};

	return names[activity];
}

const char *qn_pool_verdict_name(enum qn_pool_verdict verdict)
{
	static const char *const names[] = {"unknown", "ok", "starved", "exhausted", "shutting-down"};

	return names[verdict];
}

void qn_postmortem_destroy(struct qn_postmortem *postmortem)
{
	if (!postmortem)
		return;
	qn_core_destroy(postmortem->core);
	qn_arena_deinit(&postmortem->arena);
	free(postmortem);
}

static void fill_stack(const struct qn_normalizer *normalizer, struct qn_arena *arena,
		       const struct qn_core *core, size_t index, struct qn_pm_stack *to)
{
	const struct qn_core_stack *from = &core->stacks[index];

	to->stack.frames = qn_arena_alloc(arena, (from->count + 1) * sizeof(*to->stack.frames));
	if (!to->stack.frames)
		return;
	for (size_t i = 0; i < from->count; i++)
		to->stack.frames[i] = (struct qn_frame){
			.raw = from->frames[i].name,
			.file = from->frames[i].file,
			.line = from->frames[i].line,
			.pc = from->frames[i].pc,
			.is_inlined = from->frames[i].is_inlined,
			.module = from->frames[i].module < core->modules_count
					  ? core->modules[from->frames[i].module].path
					  : (struct qn_text){0},
		};
	to->stack.frames_count = from->count;
	to->stack.is_unwound = true;
	to->elided_at = from->elided_at;
	to->elided_count = from->elided_count;
	qn_normalizer_apply(normalizer, arena, &to->stack);
}

struct qn_error *qn_postmortem_of_core(const struct qn_normalizer *normalizer, struct qn_core *core,
				       struct qn_postmortem **ret)
{
	struct qn_postmortem *pm = calloc(1, sizeof(*pm));
	struct qn_arena *arena;

	if (!pm)
		return &qn_error_no_memory;
	arena = &pm->arena;
	pm->core = core;
	pm->pid = core->pid;
	pm->command = core->command;
	pm->executable = core->executable;
	pm->crashed = core->threads_count ? 0 : SIZE_MAX;
	pm->threads = qn_arena_alloc(arena, (core->threads_count + 1) * sizeof(*pm->threads));
	pm->groups = qn_arena_alloc(arena, (core->stacks_count + 1) * sizeof(*pm->groups));
	pm->stacks = qn_arena_alloc(arena, (core->stacks_count + 1) * sizeof(*pm->stacks));
	for (size_t i = 0; i < core->stacks_count; i++) {
		fill_stack(normalizer, arena, core, i, &pm->stacks[i]);
		pm->groups[i].stack = i;
		pm->groups[i].is_crashed = core->threads[0].stack == i;
		pm->groups[i].threads = qn_arena_alloc(arena, core->threads_count * sizeof(size_t));
	}
	pm->stacks_count = pm->groups_count = core->stacks_count;
	for (size_t i = 0; i < core->threads_count; i++) {
		size_t group = core->threads[i].stack;

		pm->threads[i] = (struct qn_pm_thread){.tid = core->threads[i].tid,
						       .group = group,
						       .stack = group,
						       .unwinder = core->threads[i].unwinder,
						       .wait = core->threads[i].wait,
						       .pool = SIZE_MAX};
		pm->groups[group].threads[pm->groups[group].count++] = i;
	}
	pm->threads_count = core->threads_count;
	if (core->threads_count) {
		pm->failure = qn_arena_alloc(arena, sizeof(*pm->failure));
		*pm->failure = pm->stacks[core->threads[0].stack].stack;
		pm->failure->kind = QN_KIND_CRASH;
		pm->signal = pm->failure->signal = QN_TEXT("SIGSEGV");
	}
	*ret = pm;
	return NULL;
}

struct qn_error *qn_postmortem_of_text(const struct qn_normalizer *normalizer, struct qn_text text,
				       struct qn_postmortem **ret)
{
	(void)normalizer;
	(void)text;
	(void)ret;
	return qn_error_create(QN_ERROR_UNRECOGNIZED, "no thread of a form that is known");
}
