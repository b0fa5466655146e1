/* What is told of a core, put together. */
#include <stdlib.h>

#include "core/evidence.h"
#include "core/inspect.h"
#include "core/symbolizer.h"
#include "base/banned.h"

struct inspection {
	struct qn_core_file *file;
	struct qn_modules *modules;
	struct qn_unwinding *unwinding;
	struct qn_symbolizer *symbolizer;
	struct qn_core *core;
};

static void inspection_deinit(struct inspection *inspection)
{
	qn_symbolizer_destroy(inspection->symbolizer);
	qn_unwinding_destroy(inspection->unwinding);
	qn_modules_destroy(inspection->modules);
	qn_core_file_close(inspection->file);
	qn_core_destroy(inspection->core);
}

static struct qn_text keep(struct qn_core *core, struct qn_text text)
{
	return text.len ? qn_arena_copy(&core->arena, text) : (struct qn_text){0};
}

/* All functions of one stack; equal names are kept once by the symbolizer, and copied once a stack. */
static struct qn_error *tell_stack(struct inspection *inspection, const struct qn_unwound_stack *from,
				   struct qn_core_stack *to)
{
	struct qn_core *core = inspection->core;
	const struct qn_core_frame *frames;
	size_t count, total = 0, gap = 0;

	for (size_t i = 0; i < from->count; i++) {
		QN_TRY(qn_symbolizer_find(inspection->symbolizer, from->frames[i].pc,
					  from->frames[i].is_activation, &frames, &count));
		if (i == from->elided_at)
			gap = total;
		total += count;
	}
	to->frames = qn_arena_alloc(&core->arena, (total + 1) * sizeof(*to->frames));
	QN_TRY(qn_arena_check(&core->arena));
	to->elided_at = gap;
	to->elided_count = from->elided_count;
	for (size_t i = 0; i < from->count; i++) {
		QN_TRY(qn_symbolizer_find(inspection->symbolizer, from->frames[i].pc,
					  from->frames[i].is_activation, &frames, &count));
		memcpy(&to->frames[to->count], frames, count * sizeof(*frames));
		to->count += count;
	}
	return NULL;
}

static struct qn_error *tell_stacks(struct inspection *inspection)
{
	struct qn_core *core = inspection->core;
	const struct qn_unwinding *unwinding = inspection->unwinding;

	core->stacks = qn_arena_alloc(&core->arena, (unwinding->stacks_count + 1) * sizeof(*core->stacks));
	core->threads = qn_arena_alloc(&core->arena, (unwinding->threads_count + 1) * sizeof(*core->threads));
	QN_TRY(qn_arena_check(&core->arena));
	for (size_t i = 0; i < unwinding->stacks_count; i++)
		QN_TRY(tell_stack(inspection, &unwinding->stacks[i], &core->stacks[i]));
	core->stacks_count = unwinding->stacks_count;
	for (size_t i = 0; i < unwinding->threads_count; i++) {
		const struct qn_unwound *from = &unwinding->threads[i];
		struct qn_core_thread *to = &core->threads[core->threads_count++];

		*to = (struct qn_core_thread){
			.tid = inspection->file->threads[i].tid,
			.stack = from->stack,
			.unwinder = from->unwinder,
			.end = from->end,
			.end_pc = from->end_pc,
			.signal = inspection->file->threads[i].signal,
			.handled_count = from->handled_count,
			.executor = from->executor,
			.pool = keep(core, from->pool),
		};
		memcpy(to->handled, from->handled, sizeof(to->handled));
	}
	return NULL;
}

static struct qn_error *tell_process(struct inspection *inspection)
{
	const struct qn_core_file *file = inspection->file;
	struct qn_core *core = inspection->core;

	core->machine = file->machine;
	core->size_bytes = file->size;
	core->is_truncated = file->is_truncated;
	core->content = keep(core, file->content);
	core->pid = file->pid;
	core->command = keep(core, file->arguments.len ? file->arguments : file->name);
	core->signal = file->signal;
	if (!core->signal.number && file->threads_count)
		core->signal.number = file->threads[0].signal;
	core->executable = keep(core, file->execfn);
	return qn_arena_check(&core->arena);
}

/* AT_EXECFN is what was typed; the mapping has the path. */
static void tell_executable(struct inspection *inspection)
{
	size_t index = qn_modules_find(inspection->modules, inspection->file->entry);

	if (index != SIZE_MAX)
		inspection->core->executable =
			keep(inspection->core, inspection->modules->items[index].told.path);
}

static struct qn_error *tell_modules(struct inspection *inspection)
{
	const struct qn_modules *modules = inspection->modules;
	struct qn_core *core = inspection->core;

	core->modules_count = 0;
	core->modules_count = 0;
	core->modules = qn_arena_alloc(&core->arena, (modules->count + 1) * sizeof(*core->modules));
	QN_TRY(qn_arena_check(&core->arena));
	for (size_t i = 0; i < modules->count; i++) {
		struct qn_core_module *to = &core->modules[core->modules_count++];

		*to = modules->items[i].told;
		to->path = keep(core, to->path);
		to->build_id = keep(core, to->build_id);
		to->found = keep(core, to->found);
		to->debug = keep(core, to->debug);
	}
	return NULL;
}

static struct qn_error *tell_notes(struct inspection *inspection)
{
	const struct qn_core_file *file = inspection->file;
	struct qn_core *core = inspection->core;

	core->notes = qn_arena_alloc(&core->arena, (file->notes_count + 1) * sizeof(*core->notes));
	QN_TRY(qn_arena_check(&core->arena));
	for (size_t i = 0; i < file->notes_count; i++) {
		core->notes[i] = file->notes[i];
		core->notes[i].text = keep(core, file->notes[i].text);
	}
	core->notes_count = file->notes_count;
	return qn_arena_check(&core->arena);
}

/* What frames say was borrowed from the symbolizer. */
static struct qn_error *keep_names(struct qn_core *core)
{
	struct qn_map kept = {0};
	struct qn_error *error = NULL;

	for (size_t i = 0; i < core->stacks_count && !error; i++) {
		for (size_t k = 0; k < core->stacks[i].count && !error; k++) {
			struct qn_text *texts[] = {&core->stacks[i].frames[k].name,
						   &core->stacks[i].frames[k].file};

			for (size_t t = 0; t < 2 && !error; t++) {
				struct qn_text *copy =
					texts[t]->len ? qn_map_find(&kept, *texts[t]) : texts[t];

				if (!copy) {
					copy = qn_arena_alloc(&core->arena, sizeof(*copy));
					if (copy)
						*copy = qn_arena_copy(&core->arena, *texts[t]);
					error = qn_arena_check(&core->arena);
					if (!error)
						error = qn_map_put(&kept, *copy, copy);
				}
				if (!error)
					*texts[t] = *copy;
			}
		}
	}
	qn_map_deinit(&kept);
	return error;
}

/* So that a reader that dies later leaves what it knew. */
static struct qn_error *end_stage(struct inspection *inspection, qn_core_stage stage, void *context)
{
	struct qn_core *core = inspection->core;

	if (!stage)
		return NULL;
	QN_TRY(tell_notes(inspection));
	QN_TRY(stage(context, core));
	core->notes_count = 0;
	return NULL;
}

struct qn_error *qn_core_inspect_in_stages(int fd, const struct qn_core_options *options, qn_core_stage stage,
					   void *context, struct qn_core **ret)
{
	_cleanup_(inspection_deinit) struct inspection inspection = {0};
	struct qn_core *core = calloc(1, sizeof(*core));

	if (!core)
		return &qn_error_no_memory;
	inspection.core = core;
	core->crashed = SIZE_MAX;
	QN_TRY(qn_core_file_open(fd, &inspection.file));
	QN_TRY(tell_process(&inspection));
	QN_TRY(end_stage(&inspection, stage, context));
	QN_TRY(qn_modules_create(inspection.file, options, &inspection.modules));
	tell_executable(&inspection);
	QN_TRY(tell_modules(&inspection));
	QN_TRY(end_stage(&inspection, stage, context));
	QN_TRY(qn_unwind_all(inspection.file, inspection.modules, options, &inspection.unwinding));
	QN_TRY(qn_symbolizer_create(inspection.modules, &inspection.symbolizer));
	QN_TRY(tell_stacks(&inspection));
	QN_TRY(end_stage(&inspection, stage, context));
	qn_modules_tell(inspection.modules);
	QN_TRY(tell_modules(&inspection));
	qn_core_find_crashed(inspection.file, inspection.unwinding, core);
	qn_core_tell_fault(inspection.file, inspection.modules, inspection.unwinding, core);
	qn_core_find_waits(inspection.file, inspection.unwinding, core);
	qn_core_read_last_words(inspection.file, inspection.modules, inspection.unwinding, core);
	QN_TRY(tell_notes(&inspection));
	QN_TRY(keep_names(core));
	QN_TRY(qn_arena_check(&core->arena));
	*ret = qn_take(inspection.core);
	return NULL;
}

struct qn_error *qn_core_inspect(int fd, const struct qn_core_options *options, struct qn_core **ret)
{
	return qn_core_inspect_in_stages(fd, options, NULL, NULL, ret);
}
