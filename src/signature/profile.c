#include "signature/profile.h"

#include "base/hash.h"
#include "signature/culprit.h"
#include "signature/exception_type.h"
#include "signature/runtime_error.h"

#include "base/banned.h"

#define WHOLE_FRAMES_MIN 3U

static struct qn_text fold(struct qn_arena *arena, struct qn_text text)
{
	struct qn_text copy = qn_arena_copy(arena, text);
	char *data = (char *)copy.data;

	for (size_t i = 0; i < copy.len; i++)
		if (data[i] >= 'A' && data[i] <= 'Z')
			data[i] = (char)(data[i] + 'a' - 'A');
	return copy;
}

/* "milvus::segcore::X::Insert" -> "insert"; a lambda is named by what it stands in: the whole of it. */
static struct qn_text find_tail(struct qn_text folded, bool is_go)
{
	struct qn_text separator = is_go ? QN_TEXT(".") : QN_TEXT("::");
	size_t at = qn_text_rfind(folded, separator);
	struct qn_text tail = at == SIZE_MAX ? folded : qn_text_from(folded, at + separator.len);

	return !tail.len || tail.data[0] == '{' || qn_text_equal(tail, QN_TEXT("operator()")) ? folded : tail;
}

/* Unknown where a headless stack does not say: it may have been any signal. */
static struct qn_text find_class(const struct qn_stack *stack)
{
	struct qn_text runtime;

	if (stack->kind == QN_KIND_SANITIZER)
		return qn_text_first(stack->message, qn_text_find_byte(stack->message, ' '));
	if (stack->signal.len)
		return stack->signal;
	/* An assertion that was caught would have been an abort: the same was thrown. */
	if (stack->kind == QN_KIND_ABORT || (stack->kind == QN_KIND_ASSERT && stack->exception.len))
		return QN_TEXT("SIGABRT");
	if (qn_text_starts(stack->message, QN_TEXT("invalid memory address or nil pointer dereference")))
		return QN_TEXT("SIGSEGV");
	if (stack->kind == QN_KIND_CRASH || (stack->kind == QN_KIND_PANIC && !stack->message.len))
		return (struct qn_text){0};
	runtime = qn_runtime_error(stack->message);
	return stack->kind == QN_KIND_PANIC && runtime.len ? runtime : qn_text_of(qn_kind_name(stack->kind));
}

static bool is_wanted(const struct qn_frame *frame, const struct qn_profile *profile)
{
	return frame->role == QN_ROLE_USER && frame->key.len && frame->is_go == profile->is_go &&
	       !qn_text_starts(frame->key, QN_TEXT("_Cfunc_"));
}

static struct qn_error *add_frames(struct qn_arena *arena, const struct qn_weights *weights,
				   const struct qn_stack *stack, struct qn_profile *profile)
{
	profile->frames = qn_arena_alloc(arena, QN_PROFILE_FRAMES_MAX * sizeof(*profile->frames));
	if (!profile->frames)
		return &qn_error_no_memory;
	for (size_t i = 0; i < stack->frames_count && profile->count < QN_PROFILE_FRAMES_MAX; i++) {
		const struct qn_frame *frame = &stack->frames[i];
		struct qn_text folded;

		if (!profile->is_go && frame->is_go && frame->role == QN_ROLE_USER)
			break; /* the caller of C is the same whatever C does */
		if (!is_wanted(frame, profile))
			continue;
		folded = fold(arena, frame->key);
		profile->frames[profile->count++] =
			(struct qn_profile_frame){.key = qn_arena_copy(arena, frame->key),
						  .folded = folded,
						  .tail = find_tail(folded, profile->is_go),
						  .weight = qn_weight_of_frame(weights, frame),
						  .is_inlined = frame->is_inlined,
						  .is_ladder = frame->is_ladder};
	}
	return NULL;
}

static uint64_t hash_whole(const struct qn_stack *stack)
{
	struct qn_hasher hasher;
	size_t count = 0;

	qn_hasher_init(&hasher);
	for (size_t i = 0; i < stack->frames_count; i++) {
		if (stack->frames[i].is_inlined)
			continue;
		qn_hasher_add(&hasher, stack->frames[i].key);
		count++;
	}
	return count < WHOLE_FRAMES_MIN ? 0 : qn_hasher_result(&hasher).high | 1;
}

/* What an assertion tells of itself, whoever caught it. */
static struct qn_text find_place(struct qn_arena *arena, const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count && stack->exception.len; i++) {
		const struct qn_frame *frame = &stack->frames[i];
		size_t slash = qn_text_rfind(frame->file, QN_TEXT("/"));
		struct qn_text name = slash == SIZE_MAX ? frame->file : qn_text_from(frame->file, slash + 1);

		if (!frame->key.len && name.len && frame->line)
			return qn_arena_printf(arena, "%.*s:%u", QN_ARG(name), frame->line);
	}
	return (struct qn_text){0};
}

struct qn_error *qn_profile_of_stack(struct qn_arena *arena, const struct qn_weights *weights,
				     struct qn_text id, const struct qn_stack *stack, struct qn_profile *ret)
{
	struct qn_culprit culprit;

	qn_culprit_find(stack, &culprit);
	*ret = (struct qn_profile){
		.id = qn_arena_copy(arena, id),
		.kind = stack->kind,
		.class = qn_arena_copy(arena, find_class(stack)),
		.exception = qn_exception_type(arena, stack->exception),
		.message = qn_arena_copy(arena, stack->message),
		.task = qn_arena_copy(arena, qn_task_key(stack->executor.task)),
		.place = find_place(arena, stack),
		.c_call = qn_arena_copy(arena, culprit.c_call),
		.whole = hash_whole(stack),
		.is_go = culprit.has_user && !culprit.is_native,
	};
	QN_TRY(add_frames(arena, weights, stack, ret));
	ret->is_c_only = culprit.is_native && !ret->count && culprit.c_call.len;
	return qn_arena_check(arena);
}
