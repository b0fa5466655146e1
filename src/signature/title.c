#include "signature/title.h"

#include "base/cleanup.h"

#include "base/banned.h"

#define NAME_BYTES 72U    /* of a function in a title */
#define MESSAGE_BYTES 32U /* of a message, at least */
#define EVENT_BYTES 64U   /* of what a sanitizer says */

struct qn_text qn_title_clip(struct qn_arena *arena, struct qn_text text, size_t max)
{
	size_t len = max > 3 ? max - 3 : 0;

	if (text.len <= max)
		return text;
	while (len > 0 && ((unsigned char)text.data[len] & 0xc0) == 0x80) /* not within a character */
		len--;
	text = qn_text_trim_right(qn_text_first(text, len));
	return qn_arena_printf(arena, "%.*s...", QN_ARG(text));
}

/* "_Cfunc_Search" -> "C.Search"; of a long name the end: "...::SegmentSealedImpl::bulk_subscript" */
static struct qn_text show_name(struct qn_arena *arena, struct qn_text name)
{
	struct qn_text c_function = qn_text_from(name, 7), tail;
	size_t start, next;

	if (qn_text_starts(name, QN_TEXT("_Cfunc_")))
		return qn_arena_printf(arena, "C.%.*s", QN_ARG(c_function));
	if (name.len <= NAME_BYTES)
		return name;
	start = name.len - NAME_BYTES + 3;
	next = qn_text_find(qn_text_from(name, start), QN_TEXT("::"));
	if (next == SIZE_MAX)
		return qn_title_clip(arena, name, NAME_BYTES);
	tail = qn_text_from(name, start + next);
	return qn_arena_printf(arena, "...%.*s", QN_ARG(tail));
}

/* "org.apache.pulsar.X$NotReadyException" -> "NotReadyException" */
static struct qn_text short_type(struct qn_text type)
{
	size_t dot = qn_text_rfind(type, QN_TEXT(".")), dollar = qn_text_rfind(type, QN_TEXT("$"));

	type = qn_text_from(type, dollar != SIZE_MAX ? dollar + 1 : dot != SIZE_MAX ? dot + 1 : 0);
	return type.len ? type : QN_TEXT("error");
}

/* The first words: what happened. */
static struct qn_text show_event(struct qn_arena *arena, const struct qn_stack *stack, enum qn_kind kind,
				 struct qn_text message)
{
	switch (kind) {
	case QN_KIND_PANIC:
		return stack->dialect && strcmp(stack->dialect, "go-fatal") == 0 ? QN_TEXT("fatal error")
										 : QN_TEXT("panic");
	case QN_KIND_SANITIZER:
		return message.len ? qn_title_clip(arena, message, EVENT_BYTES) : QN_TEXT("sanitizer report");
	case QN_KIND_ABORT: return stack->signal.len ? stack->signal : QN_TEXT("SIGABRT");
	case QN_KIND_CRASH: return stack->signal.len ? stack->signal : QN_TEXT("crash");
	case QN_KIND_ASSERT:
	case QN_KIND_EXIT:
	case QN_KIND_KILLED:
	case QN_KIND_DEADLOCK: break;
	case QN_KIND_ERROR: return stack->exception.len ? short_type(stack->exception) : QN_TEXT("error");
	}
	return qn_text_of(qn_kind_name(kind));
}

static struct qn_text base_name(struct qn_text path)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));

	return slash == SIZE_MAX ? path : qn_text_from(path, slash + 1);
}

/* Where no frame has a name: the module of the innermost. */
static struct qn_text find_module(const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].key.len)
			return (struct qn_text){0};
	for (size_t i = 0; i < stack->frames_count; i++) {
		struct qn_text module = qn_text_trim(base_name(stack->frames[i].module));

		if (module.len)
			return module;
	}
	return (struct qn_text){0};
}

/* What the title says already is cut: "in a.c: " before what a sanitizer says, "panicked at src/x.rs:<*>: "
 * before what Rust says. */
static struct qn_text cut_place(const struct qn_stack *stack, const struct qn_culprit *culprit,
				struct qn_text message)
{
	static const struct qn_text begins[] = {QN_TEXT("in "), QN_TEXT("panicked at ")};
	size_t colon = qn_text_find(message, QN_TEXT(": "));
	bool is_placed = stack->kind == QN_KIND_SANITIZER || culprit->place.len;

	for (size_t i = 0; i < 2 && is_placed && colon != SIZE_MAX && colon + 2 < message.len; i++)
		if (qn_text_starts(message, begins[i]) && (i == 0) == (stack->kind == QN_KIND_SANITIZER))
			return qn_text_from(message, colon + 2);
	return message;
}

/* An assertion tells its place without the function. */
static bool put_file(struct qn_buffer *title, const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];
		struct qn_text name = base_name(frame->file);

		if (frame->key.len || !name.len)
			continue;
		qn_buffer_printf(title, " at %.*s:%u", QN_ARG(name), frame->line);
		return true;
	}
	return false;
}

static void put_place(struct qn_arena *arena, struct qn_buffer *title, const struct qn_stack *stack,
		      const struct qn_culprit *culprit, struct qn_text message)
{
	struct qn_text place = show_name(arena, culprit->place), c_call = show_name(arena, culprit->c_call),
		       module = find_module(stack);

	if (culprit->place.len && culprit->c_call.len)
		qn_buffer_printf(title, " in %.*s, called from %.*s", QN_ARG(c_call), QN_ARG(place));
	else if (culprit->c_call.len)
		qn_buffer_printf(title, " in %.*s", QN_ARG(c_call));
	else if (culprit->place.len)
		qn_buffer_printf(title, " in %.*s", QN_ARG(place));
	else if (stack->executor.task.len)
		qn_buffer_printf(title, " in a Folly task %.*s (only plumbing on the stack)",
				 QN_ARG(stack->executor.task));
	else if (stack->executor.kind.len)
		qn_buffer_printf(title, " in a task of a Folly %.*s (only plumbing on the stack)",
				 QN_ARG(stack->executor.kind));
	else if (put_file(title, stack))
		;
	else if (module.len && qn_text_ends(message, module))
		; /* the kernel's "segfault in libsegcore.so" */
	else if (module.len)
		qn_buffer_printf(title, " in %.*s (no symbols)", QN_ARG(module));
	else if (stack->frames_count)
		qn_buffer_append_string(title, " (no application frame on the stack)");
	if (culprit->place.len && culprit->is_native && !culprit->is_distinctive && stack->executor.task.len)
		qn_buffer_printf(title, ", task %.*s", QN_ARG(stack->executor.task));
}

struct qn_text qn_title_of_stack(struct qn_arena *arena, const struct qn_stack *stack, enum qn_kind kind,
				 const struct qn_culprit *culprit, struct qn_text message)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer title = {0};

	if (kind == QN_KIND_EXIT && qn_text_starts(message, QN_TEXT("exit code ")))
		return qn_arena_copy(arena, message);
	message = cut_place(stack, culprit, message);
	qn_buffer_append_text(&title, show_event(arena, stack, kind, message));
	if (stack->exception.len && kind != QN_KIND_ERROR) {
		struct qn_text exception = show_name(arena, stack->exception);

		qn_buffer_printf(&title, " (%.*s)", QN_ARG(exception));
	}
	put_place(arena, &title, stack, culprit, message);
	if (message.len && kind != QN_KIND_SANITIZER && (kind != QN_KIND_CRASH || !culprit->has_user)) {
		size_t room = title.len + 2 + MESSAGE_BYTES < QN_TITLE_BYTES ? QN_TITLE_BYTES - title.len - 2
									     : MESSAGE_BYTES;
		struct qn_text clipped = qn_title_clip(arena, message, room);

		qn_buffer_printf(&title, ": %.*s", QN_ARG(clipped));
	}
	return title.is_failed ? (struct qn_text){0} : qn_arena_copy(arena, qn_buffer_text(&title));
}
