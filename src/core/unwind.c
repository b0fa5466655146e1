#include "core/unwind.h"

#include <stdlib.h>

#include "core/unwind_step.h"
#include "base/banned.h"

/* All threads together; a core in which every thread recurses for ever is not made by accident. */
#define STEPS_MAX UINT64_C(50000000)
#define STEPS_LATE_MAX 1000U /* of a thread, when these are used up */

struct walk {
	const struct qn_core_file *file;
	struct qn_modules *modules;
	struct qn_unwinding *unwinding;
	struct qn_rows rows;
	struct qn_map stacks; /* hash of its frames -> struct qn_unwound_stack's number + 1 */
	uint64_t steps;
	bool is_attached;

	/* of the thread that is unwound: the innermost frames, then a ring of the last ones */
	struct qn_unwound_frame frames[QN_CORE_FRAMES_INNER_MAX + QN_CORE_FRAMES_OUTER_MAX];
	struct qn_unwound_frame ordered[QN_CORE_FRAMES_OUTER_MAX];
	uint64_t count;
	struct qn_unwound_frame kept[QN_CORE_FRAMES_INNER_MAX]; /* libdw's, while libunwind is tried */
	struct qn_libunwind *libunwind;
	const struct qn_registers *registers; /* of the frame that libdwfl is to show */
};

/* libdwfl's frame of a place in the walk, for those who read variables: an attached "process" that has one
 * thread, whose registers are these. */
static pid_t next_thread(Dwfl *dwfl, void *context, void **position)
{
	(void)dwfl;
	if (*position)
		return 0;
	*position = context;
	return 1;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *context, void **position)
{
	(void)dwfl;
	(void)tid;
	*position = context;
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *context)
{
	const struct walk *walk = context;

	(void)dwfl;
	return qn_core_file_read(walk->file, address, ret, sizeof(*ret));
}

static bool set_registers(Dwfl_Thread *thread, void *position)
{
	const struct walk *walk = position;
	const struct qn_register_names *names = qn_register_names(walk->file->machine);

	for (unsigned i = 0; i < names->count; i++) {
		Dwarf_Word value;

		if (qn_register_get(walk->registers, i, &value) &&
		    !dwfl_thread_state_registers(thread, (int)i, 1, &value))
			return false;
	}
	dwfl_thread_state_register_pc(thread, walk->registers->pc);
	return true;
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

struct worker {
	struct walk *walk;
	struct qn_unwound *thread;
};

static int ask_executor(Dwfl_Frame *frame, void *context)
{
	struct worker *worker = context;
	struct walk *walk = worker->walk;

	qn_unwind_executor(walk->file, walk->modules, frame, walk->registers->pc, &walk->unwinding->arena,
			   worker->thread);
	return DWARF_CB_ABORT; /* this frame only */
}

static void find_executor(struct walk *walk, const struct qn_registers *registers, struct qn_unwound *thread)
{
	struct worker worker = {walk, thread};

	if (!walk->is_attached || thread->executor)
		return;
	walk->registers = registers;
	(void)dwfl_getthread_frames(walk->modules->dwfl, 1, ask_executor, &worker);
}

static struct qn_unwound_frame *frame_slot(struct walk *walk, uint64_t number)
{
	if (number >= QN_CORE_FRAMES_INNER_MAX)
		number = QN_CORE_FRAMES_INNER_MAX +
			 (number - QN_CORE_FRAMES_INNER_MAX) % QN_CORE_FRAMES_OUTER_MAX;
	return &walk->frames[number];
}

static void take_frame(struct walk *walk, const struct qn_step *step, struct qn_unwound *thread)
{
	struct qn_unwound_frame *frame = frame_slot(walk, walk->count++);
	unsigned sp = qn_register_names(walk->file->machine)->sp;

	*frame = (struct qn_unwound_frame){
		.pc = step->registers.pc,
		.is_activation = step->row->is_exact,
		.is_signal = step->row->kind == QN_ROW_SIGNAL_FRAME,
	};
	(void)qn_register_get(&step->registers, sp, &frame->sp);
	if (walk->count == 1)
		thread->sp = frame->sp;
	if (frame->is_signal && thread->handled_count < QN_CORE_SIGNALS_MAX &&
	    qn_signal_frame_signal(walk->file, frame->sp, &thread->handled[thread->handled_count]))
		thread->handled_count++;
	if (step->row->special == QN_SPECIAL_WORKER)
		find_executor(walk, &step->registers, thread);
}

static bool is_same_place(const struct qn_registers *a, const struct qn_registers *b)
{
	if (a->pc != b->pc || a->known != b->known)
		return false;
	for (unsigned i = 0; i < QN_REGISTERS_MAX; i++)
		if (a->known >> i & 1 && a->value[i] != b->value[i])
			return false;
	return true;
}

/* Walks until there is no caller. A place that was left before, with all registers the same, would be left
 * the same way for ever: it is compared with one before it that is moved on at every power of two (Brent), so
 * that cycles of any length are found in linear time. */
static struct qn_error *walk_frames(struct walk *walk, struct qn_step *step, struct qn_unwound *thread)
{
	uint64_t max = walk->steps < STEPS_MAX ? QN_CORE_FRAMES_WALKED_MAX : STEPS_LATE_MAX, next_mark = 1;
	struct qn_registers mark = {0};

	for (;; walk->steps++) {
		QN_TRY(qn_rows_find(&walk->rows, step->registers.pc, step->is_activation, &step->row));
		take_frame(walk, step, thread);
		thread->end_pc = step->registers.pc;
		if (walk->count >= max) {
			thread->end = QN_UNWIND_END_LIMIT;
			return NULL;
		}
		if (walk->count == next_mark) {
			mark = step->registers;
			next_mark *= 2;
		}
		if (!qn_step(&walk->rows, step)) {
			thread->end = step->end;
			return NULL;
		}
		if (is_same_place(&step->registers, &mark)) {
			thread->end = QN_UNWIND_END_NO_STEP;
			return NULL;
		}
	}
}

/* The frames that are kept, innermost first, at the begin of walk->frames; how many there are. */
static size_t order_frames(struct walk *walk)
{
	uint64_t begin;

	if (walk->count <= QN_CORE_FRAMES_INNER_MAX + QN_CORE_FRAMES_OUTER_MAX)
		return (size_t)walk->count;
	begin = walk->count - QN_CORE_FRAMES_OUTER_MAX;
	for (unsigned i = 0; i < QN_CORE_FRAMES_OUTER_MAX; i++)
		walk->ordered[i] = *frame_slot(walk, begin + i);
	memcpy(&walk->frames[QN_CORE_FRAMES_INNER_MAX], walk->ordered, sizeof(walk->ordered));
	return QN_CORE_FRAMES_INNER_MAX + QN_CORE_FRAMES_OUTER_MAX;
}

/* Threads with equal frames share one stack. */
static struct qn_error *keep_stack(struct walk *walk, size_t *ret)
{
	struct qn_unwinding *unwinding = walk->unwinding;
	size_t count = order_frames(walk);
	struct qn_unwound_stack *stack;
	struct qn_hasher hasher;
	char hex[33];
	struct qn_text key;
	void *found;

	qn_hasher_init(&hasher);
	qn_hasher_add_u64(&hasher, walk->count);
	for (size_t i = 0; i < count; i++)
		qn_hasher_add_u64(&hasher, walk->frames[i].pc * 2 + walk->frames[i].is_activation);
	qn_hash_hex(qn_hasher_result(&hasher), 32, hex);
	found = qn_map_find(&walk->stacks, qn_text_of(hex));
	if (found) {
		*ret = (size_t)(uintptr_t)found - 1;
		return NULL;
	}
	QN_TRY(qn_array_reserve(&unwinding->stacks, &unwinding->stacks_capacity, unwinding->stacks_count + 1,
				sizeof(*unwinding->stacks)));
	stack = &unwinding->stacks[unwinding->stacks_count++];
	*stack = (struct qn_unwound_stack){.count = count, .elided_count = walk->count - count};
	stack->elided_at = stack->elided_count ? QN_CORE_FRAMES_INNER_MAX : 0;
	stack->frames = qn_arena_alloc(&unwinding->arena, (count + 1) * sizeof(*stack->frames));
	key = qn_arena_copy(&unwinding->arena, qn_text_of(hex));
	QN_TRY(qn_arena_check(&unwinding->arena));
	if (count)
		memcpy(stack->frames, walk->frames, count * sizeof(*stack->frames));
	*ret = unwinding->stacks_count - 1;
	return qn_map_put(&walk->stacks, key, (void *)(uintptr_t)unwinding->stacks_count);
}

static bool has_registers(const struct qn_registers *registers)
{
	for (unsigned i = 0; i < QN_REGISTERS_MAX; i++)
		if (registers->value[i])
			return true;
	return registers->pc != 0;
}

/* All frames that libunwind tells of a thread; with @at_least those above that number must look like what a
 * call left, since libunwind goes on by guesses where it has no table. */
static struct qn_error *walk_libunwind(struct walk *walk, const struct qn_registers *registers,
				       uint64_t at_least, struct qn_unwound *thread)
{
	struct qn_step step = {.is_activation = true};
	uint64_t pc = 0, sp = 0, last_pc, last_sp;
	unsigned number = qn_register_names(walk->file->machine)->sp;

	if (!qn_libunwind_start(walk->libunwind, registers, &step))
		return NULL;
	do {
		last_pc = pc;
		last_sp = sp;
		pc = step.registers.pc;
		(void)qn_register_get(&step.registers, number, &sp);
		if (walk->count && pc == last_pc && sp == last_sp) {
			thread->end = QN_UNWIND_END_NO_STEP;
			return NULL;
		}
		if (at_least && walk->count >= at_least && !step.is_activation &&
		    !qn_is_return_address(&walk->rows, pc))
			return NULL;
		QN_TRY(qn_rows_find(&walk->rows, pc, step.is_activation, &step.row));
		take_frame(walk, &step, thread);
		thread->end_pc = pc;
		thread->end = qn_row_end(step.row);
		if (walk->count >= QN_CORE_FRAMES_WALKED_MAX) {
			thread->end = QN_UNWIND_END_LIMIT;
			return NULL;
		}
	} while (qn_libunwind_step(walk->libunwind, &step));
	return NULL;
}

/* libunwind's stack counts where it begins with libdw's and goes further. */
static bool is_further(const struct walk *walk, uint64_t kept_count)
{
	if (walk->count <= kept_count)
		return false;
	for (uint64_t i = 0; i < kept_count; i++)
		if (walk->frames[i].pc != walk->kept[i].pc)
			return false;
	return true;
}

static struct qn_error *try_libunwind(struct walk *walk, const struct qn_registers *registers,
				      struct qn_unwound *thread)
{
	struct qn_unwound by_libdw = *thread;
	uint64_t count = walk->count;

	if (!walk->libunwind || count > QN_CORE_FRAMES_INNER_MAX)
		return NULL;
	memcpy(walk->kept, walk->frames, (size_t)count * sizeof(*walk->kept));
	walk->count = 0;
	thread->handled_count = 0;
	QN_TRY(walk_libunwind(walk, registers, count, thread));
	if (is_further(walk, count)) {
		thread->unwinder = QN_UNWINDER_LIBUNWIND;
		return NULL;
	}
	memcpy(walk->frames, walk->kept, (size_t)count * sizeof(*walk->kept));
	walk->count = count;
	*thread = by_libdw;
	return NULL;
}

static struct qn_error *unwind_registers(struct walk *walk, const struct qn_registers *registers,
					 enum qn_unwinder_choice choice, struct qn_unwound *thread)
{
	struct qn_step step = {.registers = *registers, .is_activation = true};

	if (choice == QN_UNWIND_WITH_LIBUNWIND && walk->libunwind) {
		thread->unwinder = QN_UNWINDER_LIBUNWIND;
		return walk_libunwind(walk, registers, 0, thread);
	}
	thread->unwinder = QN_UNWINDER_LIBDW;
	QN_TRY(walk_frames(walk, &step, thread));
	if (choice != QN_UNWIND_AUTO || thread->end == QN_UNWIND_END_ENTRY)
		return NULL;
	return try_libunwind(walk, registers, thread);
}

static struct qn_error *unwind_thread(struct walk *walk, size_t index, enum qn_unwinder_choice choice)
{
	struct qn_unwound *thread = &walk->unwinding->threads[index];
	struct qn_registers registers;

	walk->count = 0;
	qn_registers_of_thread(walk->file, &walk->file->threads[index], &registers);
	thread->end = QN_UNWIND_END_NO_REGISTERS;
	if (has_registers(&registers))
		QN_TRY(unwind_registers(walk, &registers, choice, thread));
	if (thread->end == QN_UNWIND_END_ENTRY)
		thread->end_pc = 0;
	return keep_stack(walk, &thread->stack);
}

static struct qn_error *unwind_threads(struct walk *walk, enum qn_unwinder_choice choice)
{
	QN_TRY(qn_rows_init(&walk->rows, walk->file, walk->modules));
	walk->is_attached = dwfl_attach_state(walk->modules->dwfl, NULL, 1, &thread_callbacks, walk);
	if (choice != QN_UNWIND_WITH_LIBDW)
		walk->libunwind = qn_libunwind_create(&walk->rows);
	if (choice == QN_UNWIND_WITH_LIBUNWIND && !walk->libunwind)
		qn_core_file_note(walk->modules->file, UINT64_MAX,
				  "libunwind cannot unwind %s here: libdw does",
				  qn_machine_name(walk->file->machine));
	for (size_t i = 0; i < walk->file->threads_count; i++)
		QN_TRY(unwind_thread(walk, i, choice));
	return NULL;
}

struct qn_error *qn_unwind_all(const struct qn_core_file *file, struct qn_modules *modules,
			       const struct qn_core_options *options, struct qn_unwinding **ret)
{
	_cleanup_(qn_unwinding_destroy_guard) struct qn_unwinding *unwinding = calloc(1, sizeof(*unwinding));
	_cleanup_free_ struct walk *walk = calloc(1, sizeof(*walk));
	struct qn_error *error = NULL;

	if (!unwinding || !walk)
		return &qn_error_no_memory;
	*walk = (struct walk){.file = file, .modules = modules, .unwinding = unwinding};
	unwinding->threads =
		qn_arena_alloc(&unwinding->arena, (file->threads_count + 1) * sizeof(*unwinding->threads));
	QN_TRY(qn_arena_check(&unwinding->arena));
	unwinding->threads_count = file->threads_count;
	error = unwind_threads(walk, options->unwinder);
	qn_libunwind_destroy(walk->libunwind);
	qn_rows_deinit(&walk->rows);
	qn_map_deinit(&walk->stacks);
	QN_TRY(error);
	*ret = qn_take(unwinding);
	return NULL;
}

void qn_unwinding_destroy(struct qn_unwinding *unwinding)
{
	if (!unwinding)
		return;
	free(unwinding->stacks);
	qn_arena_deinit(&unwinding->arena);
	free(unwinding);
}
