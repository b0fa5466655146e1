#include "stack/stack.h"

#include "base/banned.h"

static const char *const kind_names[QN_KIND_COUNT] = {
	[QN_KIND_CRASH] = "crash",   [QN_KIND_PANIC] = "panic",         [QN_KIND_ABORT] = "abort",
	[QN_KIND_ASSERT] = "assert", [QN_KIND_SANITIZER] = "sanitizer", [QN_KIND_EXIT] = "exit",
	[QN_KIND_KILLED] = "killed", [QN_KIND_DEADLOCK] = "deadlock",   [QN_KIND_ERROR] = "error",
};

const char *qn_kind_name(enum qn_kind kind)
{
	return (unsigned)kind < QN_KIND_COUNT ? kind_names[kind] : "error";
}

bool qn_kind_of_name(struct qn_text name, enum qn_kind *ret)
{
	for (unsigned i = 0; i < QN_KIND_COUNT; i++) {
		if (!qn_text_equal(name, qn_text_of(kind_names[i])))
			continue;
		*ret = (enum qn_kind)i;
		return true;
	}
	return false;
}

const char *qn_role_name(enum qn_role role)
{
	static const char *const names[] = {
		[QN_ROLE_UNKNOWN] = "unknown", [QN_ROLE_FAULT] = "fault",
		[QN_ROLE_ASSERT] = "assert",   [QN_ROLE_USER] = "user",
		[QN_ROLE_LIBRARY] = "library", [QN_ROLE_EXECUTOR] = "executor",
		[QN_ROLE_RUNTIME] = "runtime", [QN_ROLE_THREAD_ENTRY] = "thread-entry",
	};

	return (unsigned)role < sizeof(names) / sizeof(*names) ? names[role] : "unknown";
}

size_t qn_stack_first_user(const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].role == QN_ROLE_USER)
			return i;
	return SIZE_MAX;
}

static struct qn_text copy_text(struct qn_arena *arena, struct qn_text text)
{
	return text.len ? qn_arena_copy(arena, text) : QN_TEXT("");
}

static void copy_frame(struct qn_arena *arena, const struct qn_frame *frame, struct qn_frame *ret)
{
	*ret = *frame;
	ret->raw = copy_text(arena, frame->raw);
	ret->function = copy_text(arena, frame->function);
	ret->key = copy_text(arena, frame->key);
	ret->repaired = copy_text(arena, frame->repaired);
	ret->file = copy_text(arena, frame->file);
	ret->module = copy_text(arena, frame->module);
	ret->build_id = copy_text(arena, frame->build_id);
}

struct qn_stack *qn_stack_copy(struct qn_arena *arena, const struct qn_stack *stack)
{
	struct qn_stack *copy = qn_arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *stack;
	copy->signal = copy_text(arena, stack->signal);
	copy->exception = copy_text(arena, stack->exception);
	copy->message = copy_text(arena, stack->message);
	copy->thread = copy_text(arena, stack->thread);
	copy->executor.kind = copy_text(arena, stack->executor.kind);
	copy->executor.pool = copy_text(arena, stack->executor.pool);
	copy->executor.task = copy_text(arena, stack->executor.task);
	for (size_t i = 0; i < stack->damage_count; i++)
		copy->damage[i] = copy_text(arena, stack->damage[i]);
	for (size_t i = 0; i < stack->others_count; i++)
		copy->others[i].what = copy_text(arena, stack->others[i].what);
	copy->frames = NULL;
	if (stack->frames_count) {
		copy->frames = qn_arena_alloc(arena, stack->frames_count * sizeof(*copy->frames));
		if (!copy->frames)
			return NULL;
		for (size_t i = 0; i < stack->frames_count; i++)
			copy_frame(arena, &stack->frames[i], &copy->frames[i]);
	}
	return arena->is_failed ? NULL : copy;
}
