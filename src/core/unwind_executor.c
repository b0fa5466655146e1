/* Whose worker a thread is. `this` of threadRun lives as long as the worker does, so that the compiler keeps
 * it in a register that calls preserve, or, where it does not optimize, in the frame. Which one does not need
 * to be known: the object says itself that it is an executor. */
#include "core/pool_name.h"
#include "core/unwind.h"

#include "base/banned.h"

#define FRAME_BYTES_MAX \
	512U /* between stack and frame pointer: that of a function that keeps variables there */

/* DWARF's numbers (System V ABI for x86-64, figure 3.36; DWARF for the Arm 64-bit Architecture) */
static const struct {
	enum qn_machine machine;
	unsigned char stack, frame;
	unsigned char preserved[11];
	unsigned char count;
} machines[] = {
	{QN_MACHINE_X86_64, 7, 6, {3, 6, 12, 13, 14, 15}, 6},
	{QN_MACHINE_AARCH64, 31, 29, {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29}, 11},
};

/* The one executor of those that were seen; two different ones say nothing. */
struct seen {
	uint64_t executor;
	bool is_ambiguous;
};

static void look(const struct qn_core_file *file, uint64_t word, struct seen *seen)
{
	uint64_t executor = qn_executor_at(file, word);

	if (executor && seen->executor && executor != seen->executor)
		seen->is_ambiguous = true;
	else if (executor)
		seen->executor = executor;
}

static void look_at_frame(const struct qn_core_file *file, uint64_t stack, uint64_t frame, struct seen *seen)
{
	if (frame <= stack || frame - stack > FRAME_BYTES_MAX || stack % 8)
		return;
	for (uint64_t at = stack; at + 8 <= frame; at += 8) {
		uint64_t word;

		if (qn_core_file_read_dumped(file, at, &word, sizeof(word)))
			look(file, word, seen);
	}
}

void qn_unwind_executor(const struct qn_core_file *file, struct qn_modules *modules, Dwfl_Frame *frame,
			uint64_t pc, struct qn_arena *arena, struct qn_unwound *ret)
{
	struct seen seen = {0};
	Dwarf_Word word, base;
	size_t machine = 0;

	(void)modules;
	(void)pc;
	while (machines[machine].machine != file->machine)
		if (++machine == sizeof(machines) / sizeof(*machines))
			return;
	for (size_t i = 0; i < machines[machine].count; i++)
		if (dwfl_frame_reg(frame, machines[machine].preserved[i], &word) == 0)
			look(file, word, &seen);
	if (!seen.executor && dwfl_frame_reg(frame, machines[machine].stack, &word) == 0 &&
	    dwfl_frame_reg(frame, machines[machine].frame, &base) == 0)
		look_at_frame(file, word, base, &seen);
	if (!seen.executor || seen.is_ambiguous)
		return;
	ret->executor = seen.executor;
	ret->pool = qn_pool_name_read(file, arena, seen.executor);
}
