#include "core/wire.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/banned.h"

/* A message is a magic word, then the fields of struct qn_core in order: numbers of 8 bytes as they lie in
 * memory (both ends are one program), texts as the number of an earlier one, or as the next number and length
 * and bytes. */
#define MAGIC UINT64_C(0x3130657243746e51)

struct encoder {
	struct qn_buffer *out;
	struct qn_map texts; /* text -> number + 1 */
	uint64_t texts_count;
};

static void put(struct encoder *encoder, uint64_t value)
{
	qn_buffer_append(encoder->out, &value, sizeof(value));
}

static void put_text(struct encoder *encoder, struct qn_text text)
{
	void *known = text.len ? qn_map_find(&encoder->texts, text) : NULL;
	struct qn_error *error;

	if (known) {
		put(encoder, (uint64_t)(uintptr_t)known - 1);
		return;
	}
	put(encoder, encoder->texts_count);
	put(encoder, text.len);
	qn_buffer_append_text(encoder->out, text);
	encoder->texts_count++;
	if (!text.len)
		return;
	error = qn_map_put(&encoder->texts, text, (void *)(uintptr_t)encoder->texts_count);
	encoder->out->is_failed |= error != NULL;
	qn_error_destroy(error);
}

static void put_signal(struct encoder *encoder, const struct qn_core_signal *signal)
{
	put(encoder, signal->number);
	put(encoder, (uint64_t)(int64_t)signal->code);
	put(encoder, signal->has_address);
	put(encoder, signal->address);
	put(encoder, signal->sender);
	put(encoder, signal->pc);
}

static void put_process(struct encoder *encoder, const struct qn_core *core)
{
	put(encoder, core->machine);
	put(encoder, core->size_bytes);
	put(encoder, core->is_truncated);
	put_text(encoder, core->content);
	put_signal(encoder, &core->signal);
	put_text(encoder, core->fault);
	put(encoder, core->pid);
	put_text(encoder, core->command);
	put_text(encoder, core->executable);
	put(encoder, core->crashed);
	put_text(encoder, core->crashed_because);
	put_text(encoder, core->message);
	put_text(encoder, core->exception);
}

static void put_stack(struct encoder *encoder, const struct qn_core_stack *stack)
{
	put(encoder, stack->count);
	put(encoder, stack->elided_at);
	put(encoder, stack->elided_count);
	for (size_t i = 0; i < stack->count; i++) {
		const struct qn_core_frame *frame = &stack->frames[i];

		put_text(encoder, frame->name);
		put_text(encoder, frame->file);
		put(encoder, frame->line);
		put(encoder, frame->pc);
		put(encoder, frame->module);
		put(encoder, (frame->is_inlined ? 1U : 0U) | (frame->is_activation ? 2U : 0U));
	}
}

static void put_thread(struct encoder *encoder, const struct qn_core_thread *thread)
{
	put(encoder, thread->tid);
	put(encoder, thread->stack);
	put(encoder, thread->unwinder);
	put(encoder, thread->end);
	put(encoder, thread->end_pc);
	put(encoder, thread->signal);
	put(encoder, thread->handled_count);
	for (size_t i = 0; i < thread->handled_count; i++)
		put_signal(encoder, &thread->handled[i]);
	put(encoder, thread->wait.kind);
	put(encoder, thread->wait.address);
	put(encoder, thread->wait.owner);
	put_text(encoder, thread->wait.state);
	put(encoder, thread->executor);
	put_text(encoder, thread->pool);
}

static void put_module(struct encoder *encoder, const struct qn_core_module *module)
{
	put_text(encoder, module->path);
	put(encoder, module->start);
	put(encoder, module->end);
	put_text(encoder, module->build_id);
	put_text(encoder, module->found);
	put_text(encoder, module->debug);
	put(encoder, module->is_verified);
}

void qn_core_encode(const struct qn_core *core, struct qn_buffer *out)
{
	struct encoder encoder = {.out = out};

	put(&encoder, MAGIC);
	put_process(&encoder, core);
	put(&encoder, core->modules_count);
	for (size_t i = 0; i < core->modules_count; i++)
		put_module(&encoder, &core->modules[i]);
	put(&encoder, core->stacks_count);
	for (size_t i = 0; i < core->stacks_count; i++)
		put_stack(&encoder, &core->stacks[i]);
	put(&encoder, core->threads_count);
	for (size_t i = 0; i < core->threads_count; i++)
		put_thread(&encoder, &core->threads[i]);
	put(&encoder, core->notes_count);
	for (size_t i = 0; i < core->notes_count; i++) {
		put_text(&encoder, core->notes[i].text);
		put(&encoder, core->notes[i].has_offset);
		put(&encoder, core->notes[i].offset);
	}
	qn_map_deinit(&encoder.texts);
}

struct decoder {
	struct qn_text rest;
	struct qn_core *core;
	struct qn_text *texts;
	size_t texts_count, texts_capacity;
	bool is_bad;
};

static uint64_t take(struct decoder *decoder)
{
	uint64_t value = 0;

	if (decoder->rest.len < sizeof(value)) {
		decoder->is_bad = true;
		decoder->rest.len = 0;
		return 0;
	}
	memcpy(&value, decoder->rest.data, sizeof(value));
	decoder->rest = qn_text_from(decoder->rest, sizeof(value));
	return value;
}

/* A number below @end. */
static uint64_t take_below(struct decoder *decoder, uint64_t end)
{
	uint64_t value = take(decoder);

	if (value < end)
		return value;
	decoder->is_bad = true;
	return 0;
}

/* How many things of at least @size bytes follow. */
static size_t take_count(struct decoder *decoder, size_t size, uint64_t max)
{
	uint64_t count = take(decoder);

	if (count <= max && count <= decoder->rest.len / size)
		return (size_t)count;
	decoder->is_bad = true;
	return 0;
}

/* An index, or SIZE_MAX for none. */
static size_t take_index(struct decoder *decoder, uint64_t end)
{
	uint64_t value = take(decoder);

	if (value == SIZE_MAX || value < end)
		return (size_t)value;
	decoder->is_bad = true;
	return SIZE_MAX;
}

static struct qn_text take_text(struct decoder *decoder)
{
	uint64_t number = take(decoder), len;
	struct qn_error *error;
	struct qn_text text;

	if (number < decoder->texts_count)
		return decoder->texts[number];
	len = take(decoder);
	if (number != decoder->texts_count || len > decoder->rest.len) {
		decoder->is_bad = true;
		return (struct qn_text){0};
	}
	text = len ? qn_arena_copy(&decoder->core->arena, qn_text_first(decoder->rest, (size_t)len))
		   : (struct qn_text){0};
	decoder->rest = qn_text_from(decoder->rest, (size_t)len);
	error = qn_array_reserve(&decoder->texts, &decoder->texts_capacity, decoder->texts_count + 1,
				 sizeof(*decoder->texts));
	if (error) {
		decoder->core->arena.is_failed = true;
		qn_error_destroy(error);
		return (struct qn_text){0};
	}
	decoder->texts[decoder->texts_count++] = text;
	return text;
}

static void take_signal(struct decoder *decoder, struct qn_core_signal *ret)
{
	ret->number = (uint32_t)take(decoder);
	ret->code = (int32_t)take(decoder);
	ret->has_address = take_below(decoder, 2) != 0;
	ret->address = take(decoder);
	ret->sender = (uint32_t)take(decoder);
	ret->pc = take(decoder);
}

static void take_process(struct decoder *decoder)
{
	struct qn_core *core = decoder->core;

	core->machine = (enum qn_machine)take_below(decoder, QN_MACHINE_AARCH64 + 1);
	core->size_bytes = take(decoder);
	core->is_truncated = take_below(decoder, 2) != 0;
	core->content = take_text(decoder);
	take_signal(decoder, &core->signal);
	core->fault = take_text(decoder);
	core->pid = (uint32_t)take(decoder);
	core->command = take_text(decoder);
	core->executable = take_text(decoder);
	core->crashed = (size_t)take(decoder); /* checked when the threads are there */
	core->crashed_because = take_text(decoder);
	core->message = take_text(decoder);
	core->exception = take_text(decoder);
}

static void take_frames(struct decoder *decoder, struct qn_core_stack *stack)
{
	for (size_t i = 0; i < stack->count && !decoder->is_bad; i++) {
		struct qn_core_frame *frame = &stack->frames[i];
		uint64_t flags;

		frame->name = take_text(decoder);
		frame->file = take_text(decoder);
		frame->line = (uint32_t)take(decoder);
		frame->pc = take(decoder);
		frame->module = take_index(decoder, decoder->core->modules_count);
		flags = take_below(decoder, 4);
		frame->is_inlined = (flags & 1) != 0;
		frame->is_activation = (flags & 2) != 0;
	}
}

/* Smallest sizes of what is counted, in numbers. */
#define MODULE_BYTES (7 * 8)
#define STACK_BYTES (3 * 8)
#define FRAME_BYTES (6 * 8)
#define THREAD_BYTES (13 * 8)
#define NOTE_BYTES (3 * 8)

static void take_modules(struct decoder *decoder)
{
	struct qn_core *core = decoder->core;
	size_t count = take_count(decoder, MODULE_BYTES, QN_CORE_MODULES_MAX);

	core->modules = qn_arena_alloc(&core->arena, (count + 1) * sizeof(*core->modules));
	for (size_t i = 0; core->modules && i < count && !decoder->is_bad; i++) {
		struct qn_core_module *module = &core->modules[core->modules_count++];

		module->path = take_text(decoder);
		module->start = take(decoder);
		module->end = take(decoder);
		module->build_id = take_text(decoder);
		module->found = take_text(decoder);
		module->debug = take_text(decoder);
		module->is_verified = take_below(decoder, 2) != 0;
	}
}

static void take_stacks(struct decoder *decoder)
{
	struct qn_core *core = decoder->core;
	size_t count = take_count(decoder, STACK_BYTES, QN_CORE_THREADS_MAX);

	core->stacks = qn_arena_alloc(&core->arena, (count + 1) * sizeof(*core->stacks));
	for (size_t i = 0; core->stacks && i < count && !decoder->is_bad; i++) {
		struct qn_core_stack *stack = &core->stacks[core->stacks_count++];
		size_t frames = take_count(decoder, 1, UINT32_MAX);

		stack->elided_at = (size_t)take_below(decoder, (uint64_t)frames + 1);
		stack->elided_count = take(decoder);
		if (frames > decoder->rest.len / FRAME_BYTES)
			decoder->is_bad = true;
		else
			stack->frames = qn_arena_alloc(&core->arena, (frames + 1) * sizeof(*stack->frames));
		stack->count = stack->frames ? frames : 0;
		take_frames(decoder, stack);
	}
}

static void take_thread(struct decoder *decoder, struct qn_core_thread *thread)
{
	thread->tid = (uint32_t)take(decoder);
	thread->stack = (size_t)take_below(decoder, decoder->core->stacks_count);
	thread->unwinder = (enum qn_unwinder)take_below(decoder, QN_UNWINDER_LIBUNWIND + 1);
	thread->end = (enum qn_unwind_end)take_below(decoder, QN_UNWIND_END_COUNT);
	thread->end_pc = take(decoder);
	thread->signal = (uint32_t)take(decoder);
	thread->handled_count = (size_t)take_below(decoder, QN_CORE_SIGNALS_MAX + 1);
	for (size_t i = 0; i < thread->handled_count; i++)
		take_signal(decoder, &thread->handled[i]);
	thread->wait.kind = (enum qn_lock_kind)take_below(decoder, QN_LOCK_SEMAPHORE + 1);
	thread->wait.address = take(decoder);
	thread->wait.owner = (uint32_t)take(decoder);
	thread->wait.state = take_text(decoder);
	thread->executor = take(decoder);
	thread->pool = take_text(decoder);
}

static void take_threads(struct decoder *decoder)
{
	struct qn_core *core = decoder->core;
	size_t count = take_count(decoder, THREAD_BYTES, QN_CORE_THREADS_MAX);

	core->threads = qn_arena_alloc(&core->arena, (count + 1) * sizeof(*core->threads));
	for (size_t i = 0; core->threads && i < count && !decoder->is_bad; i++)
		take_thread(decoder, &core->threads[core->threads_count++]);
	if (core->crashed != SIZE_MAX && core->crashed >= core->threads_count)
		decoder->is_bad = true;
}

static void take_notes(struct decoder *decoder)
{
	struct qn_core *core = decoder->core;
	size_t count = take_count(decoder, NOTE_BYTES, UINT32_MAX);

	core->notes = qn_arena_alloc(&core->arena, (count + 1) * sizeof(*core->notes));
	for (size_t i = 0; core->notes && i < count && !decoder->is_bad; i++) {
		struct qn_core_note *note = &core->notes[core->notes_count++];

		note->text = take_text(decoder);
		note->has_offset = take_below(decoder, 2) != 0;
		note->offset = take(decoder);
	}
}

struct qn_error *qn_core_decode(struct qn_text bytes, struct qn_core **ret)
{
	_cleanup_(qn_core_destroy_guard) struct qn_core *core = calloc(1, sizeof(*core));
	struct decoder decoder = {.rest = bytes, .core = core};

	if (!core)
		return &qn_error_no_memory;
	decoder.is_bad = take(&decoder) != MAGIC;
	take_process(&decoder);
	take_modules(&decoder);
	take_stacks(&decoder);
	take_threads(&decoder);
	take_notes(&decoder);
	free(decoder.texts);
	QN_TRY(qn_arena_check(&core->arena));
	if (decoder.is_bad || decoder.rest.len)
		return qn_error_create(QN_ERROR_DAMAGED, "what the reader of the core told is damaged");
	*ret = qn_take(core);
	return NULL;
}
