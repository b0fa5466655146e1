#include "signature/culprit.h"

#include "signature/weight.h"

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

static void add_name(struct qn_culprit *culprit, struct qn_text name)
{
	if (culprit->count < QN_CULPRIT_NAMES_MAX)
		culprit->names[culprit->count++] = name;
}

struct qn_text qn_task_key(struct qn_text task)
{
	size_t len = task.len;

	while (len > 0 && task.data[len - 1] >= '0' && task.data[len - 1] <= '9')
		len--;
	return len > 0 && len < task.len && task.data[len - 1] == ':' ? qn_text_first(task, len - 1) : task;
}

static bool is_nameless(struct qn_text key)
{
	return qn_text_equal(key, QN_TEXT("operator()")) || qn_text_equal(key, QN_TEXT("{lambda}"));
}

/* The application's frames of C and C++, up to the first that no other failure shares. */
static void find_native(const struct qn_stack *stack, bool has_inlined, struct qn_culprit *culprit)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->role != QN_ROLE_USER || (frame->is_inlined && !has_inlined))
			continue;
		if (frame->is_go) /* the caller of C: the same whatever C does */
			break;
		if (!is_nameless(frame->key)) /* whether it is shown as the application's depends on the
						 unwinder */
			add_name(culprit, frame->key);
		culprit->has_user = true;
		culprit->is_native = true;
		culprit->is_distinctive = !frame->is_ladder && !qn_frame_is_bare(frame);
		if (culprit->is_distinctive || !culprit->place.len ||
		    (!frame->is_ladder && is_nameless(culprit->place)))
			culprit->place = frame->key;
		if (culprit->is_distinctive)
			return;
	}
	if (culprit->has_user && culprit->count == 0)
		add_name(culprit, culprit->place);
}

static bool begins_with_ladder(const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].role == QN_ROLE_USER && !stack->frames[i].is_inlined)
			return stack->frames[i].is_ladder;
	return false;
}

/* Not every unwinder shows what was inlined, so the names are those of functions that are there without.
 * People are told the innermost one. What was inlined into a ladder, or into plumbing, is all there is. */
static void prefer_physical(const struct qn_stack *stack, struct qn_culprit *culprit)
{
	struct qn_culprit physical = {0};

	if (begins_with_ladder(stack))
		return;
	find_native(stack, false, &physical);
	if (physical.count == 0 || (culprit->is_distinctive && !physical.is_distinctive))
		return;
	memcpy(culprit->names, physical.names, sizeof(physical.names));
	culprit->count = physical.count;
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

static bool find_go(const struct qn_stack *stack, bool has_inlined, struct qn_culprit *culprit)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->role != QN_ROLE_USER || !frame->is_go || is_c_call(frame->key) ||
		    (frame->is_inlined && !has_inlined))
			continue;
		add_name(culprit, frame->key);
		if (!culprit->place.len)
			culprit->place = frame->key;
		culprit->has_user = true;
		culprit->is_distinctive = culprit->c_call.len == 0;
		return true;
	}
	return false;
}

/* The place is the innermost one, the name the innermost that was not inlined. */
static void find_go_names(const struct qn_stack *stack, struct qn_culprit *culprit)
{
	size_t before = culprit->count;

	if (!find_go(stack, true, culprit))
		return;
	culprit->count = before;
	if (!find_go(stack, false, culprit))
		culprit->count = before + 1;
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
	find_native(stack, true, ret);
	if (ret->is_native) {
		prefer_physical(stack, ret);
		/* ladders and bare names: what was asked for tells more */
		if (!ret->is_distinctive && stack->executor.task.len)
			add_name(ret, qn_task_key(stack->executor.task));
		return;
	}
	ret->is_native = shows_cgo(stack);
	ret->c_call = c_call;
	if (c_call.len)
		add_name(ret, c_call);
	find_go_names(stack, ret);
}
