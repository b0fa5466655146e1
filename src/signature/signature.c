#include "signature/signature.h"

#include "base/hash.h"
#include "signature/culprit.h"
#include "signature/exception_type.h"
#include "signature/runtime_error.h"
#include "signature/template.h"
#include "signature/title.h"
#include "stack/normalize.h"

#include "base/banned.h"

#define REASON_BYTES 512U  /* of a message, before it is masked */
#define PLUMBING_FRAMES 3U /* that name a stack without any other frame, text or task */
#define MODULES 3U         /* that name a stack none of whose frames has a name */
#define CONFIDENCE_PLUMBING 0.3
#define CONFIDENCE_TEXT_ONLY 0.6

/* Names are compared without case: "(*rocksmq).seek" became "(*rocksmq).Seek". */
static void add_name(struct qn_arena *arena, struct qn_hasher *hasher, struct qn_text name)
{
	struct qn_text copy = qn_arena_copy(arena, name);
	char *data = (char *)copy.data;

	for (size_t i = 0; i < copy.len; i++)
		if (data[i] >= 'A' && data[i] <= 'Z')
			data[i] = (char)(data[i] + 'a' - 'A');
	qn_hasher_add(hasher, copy);
}

static struct qn_text make_id(struct qn_arena *arena, const char *prefix, const struct qn_hasher *hasher)
{
	char digits[13];

	qn_hash_hex(qn_hasher_result(hasher), 12, digits);
	return qn_arena_printf(arena, "%s-%s", prefix, digits);
}

static void begin_key(struct qn_hasher *hasher, struct qn_text sort)
{
	qn_hasher_init(hasher);
	qn_hasher_add(hasher, sort);
	qn_hasher_add_u64(hasher, QN_SIGNATURE_VERSION);
}

/* What every report of a signal says: nothing about this one. */
static bool is_boilerplate(struct qn_text message)
{
	static const struct qn_text texts[] = {
		QN_TEXT("unexpected signal during runtime execution"),
		QN_TEXT("signal arrived during cgo execution"),
		QN_TEXT("signal arrived during external code execution"),
		QN_TEXT("SIGSEGV"),
		QN_TEXT("SIGABRT"),
		QN_TEXT("SIGBUS"),
		QN_TEXT("SIGFPE"),
		QN_TEXT("SIGILL"),
		QN_TEXT("segmentation violation"),
		QN_TEXT("Segmentation fault"),
		QN_TEXT("abort"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (qn_text_starts(message, texts[i]))
			return true;
	return false;
}

/* The first line that says something, masked: "runtime error: index out of range [-1] [recovered]" ->
 * "index out of range [<*>]" */
static struct qn_text make_reason(struct qn_arena *arena, struct qn_text message)
{
	static const struct qn_text starts[] = {QN_TEXT("panic: "), QN_TEXT("fatal error: "),
						QN_TEXT("runtime error: "), QN_TEXT("=> "),
						QN_TEXT("AddressSanitizer: ")};
	size_t end;

	message = qn_text_trim(message);
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (qn_text_starts(message, starts[i]))
			message = qn_text_trim(qn_text_from(message, starts[i].len));
	end = qn_text_find_byte(message, '\n');
	message = qn_text_trim(qn_text_first(message, end < REASON_BYTES ? end : REASON_BYTES));
	while (qn_text_ends(message, QN_TEXT("[recovered]")))
		message = qn_text_trim(qn_text_first(message, message.len - 11));
	if (qn_text_starts(message, QN_TEXT("exit code "))) /* of which the number is what it says */
		return qn_arena_copy(arena, message);
	return is_boilerplate(message) ? (struct qn_text){0} : qn_mask_message(arena, message);
}

static bool is_fault_signal(struct qn_text signal)
{
	static const struct qn_text signals[] = {QN_TEXT("SIGSEGV"), QN_TEXT("SIGBUS"), QN_TEXT("SIGFPE"),
						 QN_TEXT("SIGILL")};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (qn_text_equal(signal, signals[i]))
			return true;
	return false;
}

/* By where it happened, not by who told: the native handler also reports nil dereferences in Go, and the Go
 * runtime also reports crashes in C++. */
static enum qn_kind find_kind(const struct qn_stack *stack, const struct qn_culprit *culprit)
{
	if (stack->kind != QN_KIND_CRASH && stack->kind != QN_KIND_PANIC)
		return stack->kind;
	if (!is_fault_signal(stack->signal) || stack->frames_count == 0)
		return stack->kind;
	if (culprit->is_native)
		return QN_KIND_CRASH;
	return culprit->has_user ? QN_KIND_PANIC : stack->kind;
}

/* The signal, or the word for what happened without one. */
static struct qn_text find_class(const struct qn_stack *stack, struct qn_text reason)
{
	struct qn_text runtime;

	if (stack->kind == QN_KIND_SANITIZER)
		return reason;
	if (stack->signal.len)
		return stack->signal;
	if (stack->kind == QN_KIND_ABORT)
		return QN_TEXT("SIGABRT");
	if (qn_text_starts(reason, QN_TEXT("invalid memory address or nil pointer dereference")))
		return QN_TEXT("SIGSEGV"); /* its "[signal SIGSEGV..." line may be lost */
	runtime = qn_runtime_error(reason);
	return stack->kind == QN_KIND_PANIC && runtime.len ? runtime : qn_text_of(qn_kind_name(stack->kind));
}

/* What was borrowed from the stack or record outlives it. */
static void own_texts(struct qn_arena *arena, struct qn_signature *signature)
{
	signature->signal = qn_arena_copy(arena, signature->signal);
	signature->reason = qn_arena_copy(arena, signature->reason);
	signature->title = qn_arena_copy(arena, signature->title);
}

/* Not even the task is known: the innermost frames, whatever they are, are better than to take all such
 * stacks for one failure. */
static void add_plumbing(struct qn_arena *arena, struct qn_hasher *hasher, const struct qn_stack *stack)
{
	size_t added = 0;

	for (size_t i = 0; i < stack->frames_count && added < PLUMBING_FRAMES; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		if (frame->is_inlined || frame->role == QN_ROLE_THREAD_ENTRY ||
		    frame->role == QN_ROLE_UNKNOWN)
			continue;
		add_name(arena, hasher, frame->key);
		added++;
	}
}

static struct qn_text base_name(struct qn_text path)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));

	return slash == SIZE_MAX ? path : qn_text_from(path, slash + 1);
}

/* Stripped modules: which ones, innermost first, is all there is. Not where in them: addresses differ from
 * process to process, offsets from build to build. An end of which no frame is known is none of these. */
static void add_modules(struct qn_arena *arena, struct qn_hasher *hasher, const struct qn_stack *stack)
{
	struct qn_text last = {0};
	size_t added = 0;

	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].key.len)
			return;
	if (stack->frames_count)
		qn_hasher_add(hasher, QN_TEXT("frames without names"));
	for (size_t i = 0; i < stack->frames_count && added < MODULES; i++) {
		struct qn_text module = base_name(stack->frames[i].module);

		if (!module.len || qn_text_equal(module, last))
			continue;
		add_name(arena, hasher, module);
		last = module;
		added++;
	}
}

struct qn_error *qn_signature_of_stack(struct qn_arena *arena, const struct qn_stack *stack,
				       struct qn_signature *ret)
{
	struct qn_culprit culprit;
	struct qn_hasher key;
	struct qn_text reason = make_reason(arena, stack->message), class = find_class(stack, reason);
	struct qn_text words = qn_panic_words(reason);

	qn_culprit_find(stack, &culprit);
	*ret = (struct qn_signature){.kind = find_kind(stack, &culprit),
				     .signal = stack->signal,
				     .reason = reason.len ? reason : stack->exception,
				     .confidence = 1.0};
	begin_key(&key, QN_TEXT("stack"));
	qn_hasher_add(&key, class);
	qn_hasher_add(&key, qn_exception_type(arena, stack->exception));
	qn_hasher_add_u64(&key, culprit.count);
	for (size_t i = 0; i < culprit.count; i++)
		add_name(arena, &key, culprit.names[i]);
	if (!culprit.has_user || stack->exception.len || stack->kind == QN_KIND_ASSERT)
		qn_hasher_add(&key, reason);
	else if (qn_text_equal(class, QN_TEXT("panic")) && words.len)
		add_name(arena, &key, words);
	if (culprit.count == 0) {
		qn_hasher_add(&key, qn_task_key(stack->executor.task));
		if (!stack->executor.task.len && !reason.len) {
			add_plumbing(arena, &key, stack);
			add_modules(arena, &key, stack);
		}
		if (!ret->reason.len)
			ret->confidence = CONFIDENCE_PLUMBING;
		else if (stack->frames_count)
			ret->confidence = CONFIDENCE_TEXT_ONLY;
	}
	ret->id = make_id(arena, "QN", &key);
	ret->family = make_id(arena, "QF", &key);
	ret->title = qn_title_of_stack(arena, stack, ret->kind, &culprit, reason);
	own_texts(arena, ret);
	return qn_arena_check(arena);
}

/* Of one message in one file, whatever line it moved to and whatever level it was given. */
static struct qn_text make_error_family(struct qn_arena *arena, struct qn_text call_site, struct qn_text text)
{
	size_t colon = qn_text_rfind(call_site, QN_TEXT(":"));
	struct qn_hasher key;

	begin_key(&key, QN_TEXT("error family"));
	qn_hasher_add(&key, qn_text_first(call_site, colon));
	qn_hasher_add(&key, text);
	return make_id(arena, "QF", &key);
}

struct qn_error *qn_signature_of_error(struct qn_arena *arena, const struct qn_record *record,
				       struct qn_text error, struct qn_signature *ret)
{
	struct qn_text reason = make_reason(arena, error), text;
	struct qn_template template;
	struct qn_hasher key;

	QN_TRY(qn_template_of(arena, record, &template));
	text = template.text.len ? template.text : reason;
	begin_key(&key, QN_TEXT("error"));
	qn_hasher_add(&key, qn_text_of(qn_level_name(record->level)));
	qn_hasher_add(&key, record->call_site);
	qn_hasher_add(&key, text);
	*ret = (struct qn_signature){.id = make_id(arena, "QN", &key),
				     .family = make_error_family(arena, record->call_site, text),
				     .kind = QN_KIND_ERROR,
				     .reason = reason.len ? reason : text,
				     .confidence = 1.0};
	text = qn_title_clip(arena, text, QN_TITLE_BYTES - 30);
	ret->title = record->call_site.len
			     ? qn_arena_printf(arena, "%.*s (%.*s)", QN_ARG(text), QN_ARG(record->call_site))
			     : text;
	own_texts(arena, ret);
	return qn_arena_check(arena);
}

struct qn_error *qn_signature_of_reason(struct qn_arena *arena, enum qn_kind kind, struct qn_text signal,
					struct qn_text reason, struct qn_text component,
					struct qn_signature *ret)
{
	struct qn_hasher key;
	struct qn_text what = reason.len ? reason : signal.len ? signal : qn_text_of(qn_kind_name(kind));

	begin_key(&key, QN_TEXT("reason"));
	qn_hasher_add(&key, qn_text_of(qn_kind_name(kind)));
	qn_hasher_add(&key, signal);
	qn_hasher_add(&key, reason);
	qn_hasher_add(&key, component);
	*ret = (struct qn_signature){.id = make_id(arena, "QN", &key),
				     .family = make_id(arena, "QF", &key),
				     .kind = kind,
				     .signal = signal,
				     .reason = reason,
				     .confidence = 1.0};
	what = qn_title_clip(arena, what, QN_TITLE_BYTES - 20);
	ret->title = component.len ? qn_arena_printf(arena, "%.*s: %.*s", QN_ARG(component), QN_ARG(what))
				   : qn_arena_copy(arena, what);
	own_texts(arena, ret);
	return qn_arena_check(arena);
}
