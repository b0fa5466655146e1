#include "stack/told_end.h"

#include "base/banned.h"

enum how {
	HOW_ANY,
	HOW_PANIC, /* below panic( */
	HOW_FATAL, /* below runtime.throw, runtime.fatal */
};

/* The innermost frame with one of these beginnings tells. */
static const struct {
	struct qn_text name;
	enum how how;
	struct qn_text message;
} go_ends[] = {
	{QN_TEXT("runtime.panicmem"), HOW_ANY, QN_TEXT("invalid memory address or nil pointer dereference")},
	{QN_TEXT("runtime.panicdivide"), HOW_ANY, QN_TEXT("integer divide by zero")},
	{QN_TEXT("runtime.goPanicIndex"), HOW_ANY, QN_TEXT("index out of range")},
	{QN_TEXT("runtime.panicIndex"), HOW_ANY, QN_TEXT("index out of range")},
	{QN_TEXT("runtime.goPanicSlice3"), HOW_ANY, QN_TEXT("slice bounds out of range")},
	{QN_TEXT("runtime.goPanicSliceA"), HOW_ANY, QN_TEXT("slice bounds out of range")},
	{QN_TEXT("runtime.goPanicSliceB"), HOW_ANY, QN_TEXT("slice bounds out of range")},
	{QN_TEXT("runtime.panicSlice3"), HOW_ANY, QN_TEXT("slice bounds out of range")},
	{QN_TEXT("runtime.panicSliceA"), HOW_ANY, QN_TEXT("slice bounds out of range")},
	{QN_TEXT("runtime.panicSliceB"), HOW_ANY, QN_TEXT("slice bounds out of range")},
	{QN_TEXT("runtime.panicdottype"), HOW_ANY, QN_TEXT("interface conversion")},
	{QN_TEXT("runtime.panicnildottype"), HOW_ANY, QN_TEXT("interface conversion")},
	{QN_TEXT("runtime.typeAssert"), HOW_PANIC, QN_TEXT("interface conversion")},
	{QN_TEXT("runtime.assertE2I"), HOW_PANIC, QN_TEXT("interface conversion")},
	{QN_TEXT("runtime.typehash"), HOW_PANIC, QN_TEXT("hash of unhashable type")},
	{QN_TEXT("runtime.interhash"), HOW_PANIC, QN_TEXT("hash of unhashable type")},
	{QN_TEXT("runtime.nilinterhash"), HOW_PANIC, QN_TEXT("hash of unhashable type")},
	{QN_TEXT("runtime.mapassign"), HOW_PANIC, QN_TEXT("assignment to entry in nil map")},
	{QN_TEXT("runtime.chansend"), HOW_PANIC, QN_TEXT("send on closed channel")},
	{QN_TEXT("runtime.map"), HOW_FATAL, QN_TEXT("concurrent map access")},
	{QN_TEXT("internal/runtime/maps."), HOW_FATAL, QN_TEXT("concurrent map access")},
	{QN_TEXT("runtime.newstack"), HOW_FATAL, QN_TEXT("stack overflow")},
};

static enum how how_of(struct qn_text key)
{
	static const struct qn_text fatal[] = {QN_TEXT("runtime.throw"), QN_TEXT("runtime.fatal"),
					       QN_TEXT("maps.fatal")};

	if (qn_text_equal(key, QN_TEXT("panic")) || qn_text_equal(key, QN_TEXT("runtime.gopanic")))
		return HOW_PANIC;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		if (qn_text_equal(key, fatal[i]))
			return HOW_FATAL;
	return HOW_ANY;
}

static struct qn_text message_of(const struct qn_frame *frame, enum how how)
{
	for (size_t i = 0; i < sizeof(go_ends) / sizeof(*go_ends); i++)
		if ((go_ends[i].how == HOW_ANY || go_ends[i].how == how) &&
		    qn_text_starts(frame->function, go_ends[i].name))
			return go_ends[i].message;
	return (struct qn_text){0};
}

static void find_go(struct qn_stack *stack)
{
	struct qn_text message = {0};
	bool is_signal = false;
	enum how how = HOW_ANY;

	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];
		enum how now = how_of(frame->key);

		if (!frame->is_go || frame->role == QN_ROLE_USER)
			break;
		/* Raised again further up: what stands below the last one is how it began. */
		if (now != HOW_ANY) {
			how = now;
			message = (struct qn_text){0};
		}
		if (!message.len)
			message = message_of(frame, how);
		is_signal |= qn_text_equal(frame->key, QN_TEXT("runtime.sigpanic"));
	}
	stack->message = message;
	if (qn_text_starts(message, QN_TEXT("invalid memory")))
		stack->signal = QN_TEXT("SIGSEGV");
	else if (is_signal && qn_text_starts(message, QN_TEXT("integer divide")))
		stack->signal = QN_TEXT("SIGFPE");
}

/* Nobody calls these and lives on. */
static bool is_abort(struct qn_text key)
{
	static const struct qn_text names[] = {
		QN_TEXT("abort"),
		QN_TEXT("__GI_abort"),
		QN_TEXT("std::terminate"),
		QN_TEXT("__cxxabiv1::__terminate"),
		QN_TEXT("__gnu_cxx::__verbose_terminate_handler"),
		QN_TEXT("__clang_call_terminate"),
		QN_TEXT("__cxa_pure_virtual"),
		QN_TEXT("__assert_fail"),
		QN_TEXT("__GI___assert_fail"),
		QN_TEXT("__assert_fail_base"),
		QN_TEXT("__stack_chk_fail"),
		QN_TEXT("__fortify_fail"),
		QN_TEXT("malloc_printerr"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_equal(key, names[i]))
			return true;
	return false;
}

static void find_native(struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->is_go || frame->role == QN_ROLE_USER)
			return;
		if (!is_abort(frame->key))
			continue;
		stack->kind = QN_KIND_ABORT;
		stack->signal = QN_TEXT("SIGABRT");
		return;
	}
}

void qn_told_end_find(struct qn_stack *stack)
{
	if (stack->signal.len || stack->message.len || stack->exception.len)
		return;
	if (stack->kind == QN_KIND_PANIC)
		find_go(stack);
	else if (stack->kind == QN_KIND_CRASH)
		find_native(stack);
}
