#include "signature/culprit.h"

#include "base/banned.h"

/* "_Cfunc_Search"; not the helpers that cgo itself makes, which run in Go. */
static bool is_c_call(struct qn_text key)
{
	static const struct qn_text helpers[] = {
		QN_TEXT("_Cfunc_CString"), QN_TEXT("_Cfunc_CBytes"),    QN_TEXT("_Cfunc_GoString"),
		QN_TEXT("_Cfunc_GoBytes"), QN_TEXT("_Cfunc_GoStringN"), QN_TEXT("_Cfunc__CMalloc"),
	};

	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		if (qn_text_equal(key, helpers[i]))
			return false;
	return qn_text_starts(key, QN_TEXT("_Cfunc_"));
}

/* "operator()", "load", "Insert": many functions have such a name. */
static bool is_bare(const struct qn_frame *frame)
{
	return !frame->is_go && !qn_text_contains(frame->key, QN_TEXT("::"));
}

static void add_name(struct qn_culprit *culprit, struct qn_text name)
{
	if (culprit->count < QN_CULPRIT_NAMES_MAX)
		culprit->names[culprit->count++] = name;
}

/* The application's frames of C and C++, up to the first that no other failure shares. */
static void find_native(const struct qn_stack *stack, struct qn_culprit *culprit)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->role != QN_ROLE_USER)
			continue;
		if (frame->is_go) /* the caller of C: the same whatever C does */
			break;
		add_name(culprit, frame->key);
		culprit->has_user = true;
		culprit->is_native = true;
		culprit->is_distinctive = !frame->is_ladder && !is_bare(frame);
		if (culprit->is_distinctive || !culprit->place.len ||
		    (!frame->is_ladder && qn_text_equal(culprit->place, QN_TEXT("operator()"))))
			culprit->place = frame->key;
		if (culprit->is_distinctive)
			return;
	}
}

/* The C function that Go called; empty when Go itself failed, above it. */
static struct qn_text find_c_call(const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (is_c_call(frame->key))
			return frame->key;
		if (frame->role == QN_ROLE_USER && frame->is_go)
			break;
	}
	return (struct qn_text){0};
}

static void find_go(const struct qn_stack *stack, struct qn_culprit *culprit)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->role != QN_ROLE_USER || !frame->is_go || is_c_call(frame->key))
			continue;
		add_name(culprit, frame->key);
		culprit->place = frame->key;
		culprit->has_user = true;
		culprit->is_distinctive = culprit->c_call.len == 0;
		return;
	}
}

static bool shows_cgo(const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->role == QN_ROLE_USER && frame->is_go && !is_c_call(frame->key))
			return false;
		if (frame->role == QN_ROLE_EXECUTOR && !frame->is_go)
			return true;
		if (qn_text_equal(frame->key, QN_TEXT("runtime.cgocall")) ||
		    qn_text_equal(frame->key, QN_TEXT("runtime.asmcgocall")) || is_c_call(frame->key))
			return true;
	}
	return false;
}

void qn_culprit_find(const struct qn_stack *stack, struct qn_culprit *ret)
{
	struct qn_text c_call = find_c_call(stack);

	*ret = (struct qn_culprit){0};
	find_native(stack, ret);
	if (ret->is_distinctive)
		return;
	if (ret->is_native) { /* ladders and bare names: what was asked for tells more */
		if (c_call.len)
			add_name(ret, c_call);
		if (stack->executor.task.len)
			add_name(ret, stack->executor.task);
		return;
	}
	ret->is_native = shows_cgo(stack);
	ret->c_call = c_call;
	if (c_call.len)
		add_name(ret, c_call);
	find_go(stack, ret);
}
