/* What a core tells (core/core.h), understood: the same as a dump of all threads, and what memory adds. */
#include <stdlib.h>

#include "base/limits.h"
#include "stack/assert_text.h"
#include "stack/end_words.h"
#include "stack/postmortem_parts.h"
#include "stack/told_end.h"

#include "base/banned.h"

static struct qn_text module_of(const struct qn_core *core, size_t module, bool wants_id)
{
	if (module >= core->modules_count)
		return (struct qn_text){0};
	return wants_id ? core->modules[module].build_id : core->modules[module].path;
}

/* Frames above @handler did something about the signal. */
static struct qn_error *take_frames(struct qn_postmortem *postmortem, const struct qn_core_stack *from,
				    size_t handler, struct qn_stack *to)
{
	const struct qn_core *core = postmortem->core;
	size_t count = from->count;

	to->frames = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*to->frames));
	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < count; i++) {
		const struct qn_core_frame *frame = &from->frames[i];

		to->frames[i] = (struct qn_frame){
			.raw = frame->name,
			.file = frame->file,
			.line = frame->line,
			.pc = frame->pc,
			.module = module_of(core, frame->module, false),
			.build_id = module_of(core, frame->module, true),
			.is_inlined = frame->is_inlined,
			.is_rethrow = i < handler,
		};
	}
	to->frames_count = count;
	to->is_unwound = true;
	to->is_cut = from->elided_count > 0;
	return NULL;
}

static struct qn_error *take_stacks(const struct qn_normalizer *normalizer, struct qn_map *kept,
				    struct qn_postmortem *postmortem)
{
	const struct qn_core *core = postmortem->core;

	postmortem->stacks =
		qn_arena_alloc(&postmortem->arena, (core->stacks_count + 1) * sizeof(*postmortem->stacks));
	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < core->stacks_count; i++) {
		struct qn_pm_stack *stack = &postmortem->stacks[postmortem->stacks_count++];

		QN_TRY(take_frames(postmortem, &core->stacks[i], 0, &stack->stack));
		stack->elided_at = core->stacks[i].elided_at;
		stack->elided_count = core->stacks[i].elided_count;
		qn_pm_describe_stack(normalizer, &postmortem->arena, stack);
		QN_TRY(qn_pm_keep_names(kept, &postmortem->arena, &stack->stack));
	}
	return qn_arena_check(&postmortem->arena);
}

/* "the module's file was not found (0x7f12)" */
static struct qn_text say_end(struct qn_arena *arena, const struct qn_core_thread *thread)
{
	const char *words = qn_unwind_end_words(thread->end);

	if (!*words)
		return (struct qn_text){0};
	if (!thread->end_pc)
		return qn_text_of(words);
	return qn_arena_printf(arena, "%s (0x%llx)", words, (unsigned long long)thread->end_pc);
}

static struct qn_error *take_threads(struct qn_postmortem *postmortem)
{
	const struct qn_core *core = postmortem->core;

	postmortem->threads =
		qn_arena_alloc(&postmortem->arena, (core->threads_count + 1) * sizeof(*postmortem->threads));
	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < core->threads_count; i++) {
		const struct qn_core_thread *from = &core->threads[i];

		if (from->stack >= core->stacks_count)
			continue;
		if (i == core->crashed)
			postmortem->crashed = postmortem->threads_count;
		postmortem->threads[postmortem->threads_count++] = (struct qn_pm_thread){
			.tid = from->tid,
			.stack = from->stack,
			.unwinder = from->unwinder,
			.stopped = say_end(&postmortem->arena, from),
			.wait = from->wait,
			.executor = from->executor,
			.pool_name = from->pool,
		};
		qn_pm_describe_by_wait(&postmortem->stacks[from->stack], &from->wait);
	}
	return qn_arena_check(&postmortem->arena);
}

/* Above what the process did when the signal came stands its handler: frames above the outermost one that a
 * signal interrupted, which has its exact address. */
static size_t find_handler(const struct qn_core_stack *stack)
{
	size_t found = 0;

	for (size_t i = 1; i < stack->count; i++)
		if ((stack->frames[i].is_activation && !stack->frames[i - 1].is_activation) ||
		    qn_text_equal(stack->frames[i - 1].name, QN_TEXT("__restore_rt")))
			found = i;
	return found;
}

static bool is_go_panic(const struct qn_stack *stack)
{
	static const struct qn_text names[] = {
		QN_TEXT("runtime.gopanic"),    QN_TEXT("runtime.sigpanic"), QN_TEXT("runtime.throw"),
		QN_TEXT("runtime.fatalpanic"), QN_TEXT("runtime.fatal"),    QN_TEXT("panic"),
	};

	for (size_t i = 0; i < stack->frames_count; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++)
			if (stack->frames[i].is_go && qn_text_equal(stack->frames[i].key, names[k]))
				return true;
	return false;
}

/* The signal that began it: a handler raises it again, or aborts. */
static struct qn_core_signal find_signal(const struct qn_core *core)
{
	const struct qn_core_thread *thread = &core->threads[core->crashed];
	size_t count =
		thread->handled_count < QN_CORE_SIGNALS_MAX ? thread->handled_count : QN_CORE_SIGNALS_MAX;

	while (count-- > 0)
		if (qn_signal_is_fault(thread->handled[count].number))
			return thread->handled[count];
	return core->signal.number ? core->signal : (struct qn_core_signal){.number = thread->signal};
}

/* The kernel ended the process for what it did in the handler of a signal that was no fault: the handler's
 * frames are where it happened. */
static bool died_in_handler(const struct qn_core *core, const struct qn_core_thread *thread)
{
	for (size_t i = 0; i < thread->handled_count && i < QN_CORE_SIGNALS_MAX; i++)
		if (qn_signal_is_fault(thread->handled[i].number))
			return false;
	return core->signal.code > 0 && qn_signal_is_fault(core->signal.number);
}

static void set_signal(struct qn_postmortem *postmortem, const struct qn_core_signal *signal)
{
	postmortem->signal = qn_signal_name(&postmortem->arena, signal->number);
	postmortem->has_si_code = signal->number != 0;
	postmortem->si_code = signal->code;
	postmortem->has_fault_address = signal->has_address;
	postmortem->fault_address = signal->address;
}

static void set_facts(const struct qn_postmortem *postmortem, struct qn_stack *failure)
{
	const struct qn_core *core = postmortem->core;

	failure->kind = qn_text_equal(postmortem->signal, QN_TEXT("SIGABRT")) ? QN_KIND_ABORT : QN_KIND_CRASH;
	failure->dialect = "core";
	failure->signal = postmortem->signal;
	failure->has_si_code = postmortem->has_si_code;
	failure->si_code = postmortem->si_code;
	failure->has_fault_address = postmortem->has_fault_address;
	failure->fault_address = postmortem->fault_address;
	failure->exception = core->exception;
	failure->message = core->message;
}

/* What Go raises is no signal to whoever reads its own report. */
static void become_panic(struct qn_stack *failure)
{
	if (!is_go_panic(failure))
		return;
	failure->kind = QN_KIND_PANIC;
	if (!qn_text_equal(failure->signal, QN_TEXT("SIGABRT")))
		return;
	failure->signal = (struct qn_text){0};
	failure->has_si_code = failure->has_fault_address = false;
}

static struct qn_hash128 find_evidence(const struct qn_core *core)
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, core->content);
	return qn_hasher_result(&hasher);
}

static struct qn_error *find_crash(const struct qn_normalizer *normalizer, struct qn_map *kept,
				   struct qn_postmortem *postmortem)
{
	const struct qn_core *core = postmortem->core;
	const struct qn_core_thread *thread;
	const struct qn_core_stack *stack;
	struct qn_core_signal signal;
	struct qn_stack *failure = qn_arena_alloc(&postmortem->arena, sizeof(*failure));

	QN_TRY(qn_arena_check(&postmortem->arena));
	thread = &core->threads[core->crashed];
	stack = &core->stacks[thread->stack];
	signal = find_signal(core);
	set_signal(postmortem, &signal);
	QN_TRY(take_frames(postmortem, stack, died_in_handler(core, thread) ? 0 : find_handler(stack),
			   failure));
	set_facts(postmortem, failure);
	failure->thread = qn_arena_printf(&postmortem->arena, "LWP %llu", (unsigned long long)thread->tid);
	qn_assert_text_apply(&postmortem->arena, failure);
	qn_normalizer_apply(normalizer, &postmortem->arena, failure);
	QN_TRY(qn_pm_keep_names(kept, &postmortem->arena, failure));
	become_panic(failure);
	qn_told_end_find(failure);
	for (size_t i = 0; i < failure->frames_count && !failure->crash_pc; i++)
		if (failure->frames[i].role != QN_ROLE_FAULT)
			failure->crash_pc = failure->frames[i].pc;
	failure->evidence = find_evidence(core);
	postmortem->failure = failure;
	return qn_arena_check(&postmortem->arena);
}

static struct qn_error *take_notes(struct qn_postmortem *postmortem)
{
	const struct qn_core *core = postmortem->core;

	postmortem->issues =
		qn_arena_alloc(&postmortem->arena, (core->notes_count + 1) * sizeof(*postmortem->issues));
	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < core->notes_count; i++)
		postmortem->issues[postmortem->issues_count++] =
			(struct qn_issue){.text = core->notes[i].text,
					  .has_offset = core->notes[i].has_offset,
					  .offset = core->notes[i].offset,
					  .count = 1};
	return NULL;
}

struct qn_error *qn_postmortem_of_core(const struct qn_normalizer *normalizer, struct qn_core *core,
				       struct qn_postmortem **ret)
{
	_cleanup_(qn_postmortem_destroy_guard) struct qn_postmortem *postmortem =
		calloc(1, sizeof(*postmortem));
	_cleanup_(qn_map_deinit) struct qn_map kept = {0};

	if (!postmortem) {
		qn_core_destroy(core);
		return &qn_error_no_memory;
	}
	postmortem->core = core;
	postmortem->crashed = SIZE_MAX;
	postmortem->pid = core->pid;
	postmortem->command = core->command;
	postmortem->executable = core->executable;
	set_signal(postmortem, &core->signal);
	QN_TRY(take_notes(postmortem));
	QN_TRY(take_stacks(normalizer, &kept, postmortem));
	QN_TRY(take_threads(postmortem));
	if (postmortem->crashed != SIZE_MAX)
		QN_TRY(find_crash(normalizer, &kept, postmortem));
	QN_TRY(qn_pm_complete(postmortem));
	if (postmortem->failure)
		postmortem->failure->evidence = find_evidence(core);
	qn_say_reason(postmortem);
	QN_TRY(qn_arena_check(&postmortem->arena));
	*ret = qn_take(postmortem);
	return NULL;
}
