#include "stack/normalize.h"

#include <stdlib.h>

#include "stack/executor.h"
#include "stack/frame_table.h"
#include "stack/name_cache.h"

#include "base/banned.h"

struct qn_normalizer {
	struct qn_frame_table table;
	struct qn_name_cache *names;
};

struct qn_error *qn_normalizer_create(const char *const *paths, size_t count, struct qn_normalizer **ret)
{
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer =
		calloc(1, sizeof(*normalizer));

	if (!normalizer)
		return &qn_error_no_memory;
	qn_frame_table_init(&normalizer->table);
	QN_TRY(qn_name_cache_create(&normalizer->names));
	for (size_t i = 0; i < count; i++)
		QN_TRY(qn_frame_table_load(&normalizer->table, paths[i]));
	*ret = qn_take(normalizer);
	return NULL;
}

void qn_normalizer_destroy(struct qn_normalizer *normalizer)
{
	if (!normalizer)
		return;
	qn_frame_table_deinit(&normalizer->table);
	qn_name_cache_destroy(normalizer->names);
	free(normalizer);
}

/* A function of the application that ends in an inlined one of the standard library has the header as its
 * file, and only where a debugger tells files. What is in those headers is in namespaces of its own. */
static bool is_foreign_to_header(struct qn_text raw, const struct qn_frame_name *name, struct qn_text file)
{
	static const char *const standard[] = {"std::", "__gnu_cxx::", "__cxxabiv1::", "__", NULL};

	return (qn_text_starts(raw, QN_TEXT("_Z")) || qn_text_contains(name->lookup, QN_TEXT("::"))) &&
	       qn_text_contains(file, QN_TEXT("include/c++/")) && !qn_text_starts_any(name->lookup, standard);
}

static void read_meaning(const struct qn_frame_table *table, struct qn_arena *arena, struct qn_text raw,
			 struct qn_text file, struct qn_name_meaning *ret)
{
	struct qn_frame_name name;

	*ret = (struct qn_name_meaning){.file = qn_frame_table_cut_path(table, arena, file)};
	if (ret->file.len == 0)
		file = ret->file;
	qn_frame_name_read(arena, raw, file, &name);
	ret->function = name.function;
	ret->key = name.key;
	ret->is_go = name.is_go;
	ret->is_damaged = name.is_damaged;
	ret->is_inlined = name.is_inlined;
	ret->role = qn_frame_table_role(table, &name,
					is_foreign_to_header(raw, &name, file) ? QN_TEXT("") : file);
	ret->is_ladder = ret->role == QN_ROLE_USER && qn_frame_table_is_ladder(table, &name);
}

static void name_frame(const struct qn_normalizer *normalizer, struct qn_arena *arena, struct qn_frame *frame,
		       bool is_unwound)
{
	struct qn_text name = qn_frame_name_without_values(
		arena, frame->is_repaired ? frame->repaired : frame->raw, frame->file);
	struct qn_name_meaning meaning;

	if (!qn_name_cache_find(normalizer->names, name, frame->file, &meaning)) {
		read_meaning(&normalizer->table, arena, name, frame->file, &meaning);
		if (!arena->is_failed)
			qn_name_cache_put(normalizer->names, name, frame->file, &meaning);
	}
	frame->function = meaning.function;
	frame->key = meaning.key;
	frame->file = meaning.file;
	frame->is_go = meaning.is_go;
	frame->is_damaged = meaning.is_damaged;
	frame->is_inlined = is_unwound ? frame->is_inlined : meaning.is_inlined;
	frame->role = frame->is_rethrow ? QN_ROLE_FAULT : meaning.role;
	frame->is_ladder = meaning.is_ladder && !frame->is_rethrow;
}

static bool is_copy(const struct qn_frame *a, const struct qn_frame *b)
{
	return a->line == b->line && qn_text_equal(a->raw, b->raw) && qn_text_equal(a->file, b->file);
}

/* Does @frame stand already at the end of frames[0..count), among those of its pc? Not for Go, whose
 * recursion repeats the pc, nor where no pc was told. */
static bool is_repeated(const struct qn_frame *frames, size_t count, const struct qn_frame *frame)
{
	if (frame->is_go || frame->pc == 0)
		return false;
	while (count > 0 && frames[count - 1].pc == frame->pc && !frames[count - 1].is_go)
		if (is_copy(&frames[--count], frame))
			return true;
	return false;
}

/* "(null) (null):0 pc=0xffffffffffffffff": the end mark of the unwinder, not a frame */
static bool is_end_mark(const struct qn_frame *frame)
{
	return frame->pc == UINT64_MAX && frame->key.len == 0;
}

/* So many equal frames on end are a function that calls itself. */
#define RECURSION_FRAMES_MIN 3U

static size_t count_equal(const struct qn_stack *stack, size_t from)
{
	size_t end = from + 1;

	while (end < stack->frames_count && stack->frames[end].pc == stack->frames[from].pc &&
	       is_copy(&stack->frames[end], &stack->frames[from]))
		end++;
	return end - from;
}

static void drop_copies(struct qn_stack *stack)
{
	size_t count = 0, run_end = 0;
	bool is_recursion = false;

	for (size_t i = 0; i < stack->frames_count; i++) {
		struct qn_frame frame = stack->frames[i];

		if (i >= run_end) {
			run_end = i + count_equal(stack, i);
			is_recursion = run_end - i >= RECURSION_FRAMES_MIN;
		}
		if (!is_end_mark(&frame) && (is_recursion || !is_repeated(stack->frames, count, &frame)))
			stack->frames[count++] = frame;
	}
	stack->frames_count = count;
}

/* One physical frame is told once per function, the innermost first. */
static void mark_inlined(struct qn_stack *stack)
{
	for (size_t i = 0; i + 1 < stack->frames_count; i++) {
		struct qn_frame *frame = &stack->frames[i];

		if (frame->pc && frame->pc == frame[1].pc && !frame->is_go && !frame[1].is_go)
			frame->is_inlined = true;
	}
}

static bool is_panic(struct qn_text key)
{
	return qn_text_equal(key, QN_TEXT("panic")) || qn_text_equal(key, QN_TEXT("runtime.gopanic")) ||
	       qn_text_equal(key, QN_TEXT("runtime.sigpanic"));
}

/* What stands above the last panic of a Go stack threw it again or tidied up: "pool.func1",
 * "goWorker.run.func1.1". */
static void mark_rethrows(struct qn_stack *stack)
{
	size_t end = 0;

	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].is_go && is_panic(stack->frames[i].key))
			end = i;
	for (size_t i = 0; i < end; i++)
		if (stack->frames[i].is_go)
			stack->frames[i].role = QN_ROLE_FAULT;
}

/* Where no other frame is the application's, the bridge to its C function is all that tells the place. */
static void name_by_bridge(struct qn_stack *stack)
{
	if (qn_stack_first_user(stack) != SIZE_MAX)
		return;
	for (size_t i = 0; i < stack->frames_count; i++) {
		if (stack->frames[i].role == QN_ROLE_RUNTIME &&
		    qn_text_starts(stack->frames[i].key, QN_TEXT("_Cfunc_"))) {
			stack->frames[i].role = QN_ROLE_USER;
			return;
		}
	}
}

/* What all frames together tell. */
static void read_together(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			  struct qn_stack *stack)
{
	if (!stack->is_unwound) {
		drop_copies(stack);
		mark_inlined(stack);
	}
	mark_rethrows(stack);
	name_by_bridge(stack);
	qn_executor_find(&normalizer->table, arena, stack);
}

void qn_normalizer_rename(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			  struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++) {
		struct qn_text file = stack->frames[i].file;

		if (!stack->frames[i].is_repaired)
			continue;
		name_frame(normalizer, arena, &stack->frames[i], stack->is_unwound);
		stack->frames[i].file = file;
	}
	read_together(normalizer, arena, stack);
}

void qn_normalizer_apply(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			 struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		name_frame(normalizer, arena, &stack->frames[i], stack->is_unwound);
	read_together(normalizer, arena, stack);
}

void qn_normalizer_describe(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			    struct qn_stack *stack, struct qn_thread_state *ret)
{
	qn_normalizer_apply(normalizer, arena, stack);
	qn_executor_describe(&normalizer->table, arena, stack, ret);
}
