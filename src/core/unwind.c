#include "core/unwind.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/banned.h"

struct walk {
	const struct qn_core_file *file;
	struct qn_modules *modules;
	struct qn_unwinding *unwinding;
	size_t index;         /* of the thread that is unwound */
	struct qn_map stacks; /* hash of its frames -> struct qn_unwound_stack's number + 1 */
	struct qn_unwound_frame *frames;
	size_t count, capacity;
	struct qn_error *error;
};

static pid_t next_thread(Dwfl *dwfl, void *context, void **position)
{
	(void)dwfl;
	if (*position)
		return 0;
	*position = context;
	return 1;
}

/* Which thread is meant stands in the walk: the tids of a damaged core may be equal. */
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
	/* DWARF's numbers (x86-64 psABI, figure 3.36) in the words of struct user_regs_struct */
	static const unsigned char x86_64[17] = {10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16};
	const struct walk *walk = position;
	const struct qn_core_status *status = &walk->file->threads[walk->index];
	Dwarf_Word registers[32];

	if (walk->file->machine == QN_MACHINE_AARCH64) {
		for (unsigned i = 0; i < 32; i++)
			registers[i] = status->registers[i];
		if (!dwfl_thread_state_registers(thread, 0, 32, registers))
			return false;
		dwfl_thread_state_register_pc(thread, status->registers[32]);
		return true;
	}
	for (unsigned i = 0; i < 17; i++)
		registers[i] = status->registers[x86_64[i]];
	return dwfl_thread_state_registers(thread, 0, 17, registers);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

static int take_frame(Dwfl_Frame *state, void *context)
{
	struct walk *walk = context;
	struct qn_unwound_frame frame = {0};
	Dwarf_Word sp = 0;

	if (!dwfl_frame_pc(state, &frame.pc, &frame.is_activation))
		return DWARF_CB_ABORT;
	if (dwfl_frame_reg(state, walk->file->machine == QN_MACHINE_AARCH64 ? 31 : 7, &sp) == 0)
		frame.sp = sp;
	walk->error = walk->count >= QN_CORE_FRAMES_WALKED_MAX
			      ? NULL
			      : qn_array_reserve(&walk->frames, &walk->capacity, walk->count + 1,
						 sizeof(*walk->frames));
	if (walk->error || walk->count >= QN_CORE_FRAMES_WALKED_MAX)
		return DWARF_CB_ABORT;
	walk->frames[walk->count++] = frame;
	return DWARF_CB_OK;
}

static struct qn_error *keep_stack(struct walk *walk, size_t *ret)
{
	struct qn_unwinding *unwinding = walk->unwinding;
	struct qn_unwound_stack *stack;
	struct qn_hasher hasher;
	char hex[33];
	struct qn_text key;
	void *found;

	qn_hasher_init(&hasher);
	for (size_t i = 0; i < walk->count; i++)
		qn_hasher_add_u64(&hasher, walk->frames[i].pc);
	qn_hash_hex(qn_hasher_result(&hasher), 32, hex);
	found = qn_map_find(&walk->stacks, qn_text_of(hex));
	if (found) {
		*ret = (size_t)(uintptr_t)found - 1;
		return NULL;
	}
	QN_TRY(qn_array_reserve(&unwinding->stacks, &unwinding->stacks_capacity, unwinding->stacks_count + 1,
				sizeof(*unwinding->stacks)));
	stack = &unwinding->stacks[unwinding->stacks_count++];
	*stack = (struct qn_unwound_stack){.count = walk->count};
	stack->frames = qn_arena_alloc(&unwinding->arena, (walk->count + 1) * sizeof(*stack->frames));
	key = qn_arena_copy(&unwinding->arena, qn_text_of(hex));
	QN_TRY(qn_arena_check(&unwinding->arena));
	if (walk->count)
		memcpy(stack->frames, walk->frames, walk->count * sizeof(*stack->frames));
	*ret = unwinding->stacks_count - 1;
	return qn_map_put(&walk->stacks, key, (void *)(uintptr_t)unwinding->stacks_count);
}

static struct qn_error *unwind_thread(struct walk *walk, size_t index)
{
	struct qn_unwound *thread = &walk->unwinding->threads[index];

	walk->index = index;
	walk->count = 0;
	(void)dwfl_getthread_frames(walk->modules->dwfl, 1, take_frame, walk);
	if (walk->error)
		return walk->error;
	thread->unwinder = QN_UNWINDER_LIBDW;
	thread->sp = walk->count ? walk->frames[0].sp : 0;
	return keep_stack(walk, &thread->stack);
}

struct qn_error *qn_unwind_all(const struct qn_core_file *file, struct qn_modules *modules,
			       const struct qn_core_options *options, struct qn_unwinding **ret)
{
	_cleanup_(qn_unwinding_destroy_guard) struct qn_unwinding *unwinding = calloc(1, sizeof(*unwinding));
	struct walk walk = {.file = file, .modules = modules, .unwinding = unwinding};
	struct qn_error *error = NULL;

	(void)options;
	if (!unwinding)
		return &qn_error_no_memory;
	unwinding->threads =
		qn_arena_alloc(&unwinding->arena, (file->threads_count + 1) * sizeof(*unwinding->threads));
	QN_TRY(qn_arena_check(&unwinding->arena));
	unwinding->threads_count = file->threads_count;
	(void)dwfl_attach_state(modules->dwfl, NULL, 1, &thread_callbacks, &walk);
	for (size_t i = 0; i < file->threads_count && !error; i++)
		error = unwind_thread(&walk, i);
	free(walk.frames);
	qn_map_deinit(&walk.stacks);
	if (error)
		return error;
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
