#include "core/core.h"

#include "base/banned.h"

const char *qn_machine_name(enum qn_machine machine)
{
	switch (machine) {
	case QN_MACHINE_X86_64: return "x86-64";
	case QN_MACHINE_AARCH64: return "AArch64";
	case QN_MACHINE_UNKNOWN: break;
	}
	return "";
}

const char *qn_unwinder_name(enum qn_unwinder unwinder)
{
	switch (unwinder) {
	case QN_UNWINDER_LIBDW: return "libdw";
	case QN_UNWINDER_LIBUNWIND: return "libunwind";
	case QN_UNWINDER_NONE: break;
	}
	return "";
}

const char *qn_unwind_end_words(enum qn_unwind_end end)
{
	static const char *const words[QN_UNWIND_END_COUNT] = {
		[QN_UNWIND_END_ENTRY] = "",
		[QN_UNWIND_END_NO_MODULE] = "the address is in no module",
		[QN_UNWIND_END_NO_FILE] = "the module's file was not found",
		[QN_UNWIND_END_NO_CFI] = "the module has no unwind table for it",
		[QN_UNWIND_END_NO_MEMORY] = "its stack is not in the core",
		[QN_UNWIND_END_NO_STEP] = "its caller would be itself",
		[QN_UNWIND_END_LIMIT] = "there are more frames than are walked",
		[QN_UNWIND_END_NO_REGISTERS] = "the core has no registers of the thread",
	};

	return (unsigned)end < QN_UNWIND_END_COUNT ? words[end] : "";
}

const char *qn_lock_kind_name(enum qn_lock_kind kind)
{
	static const char *const names[] = {
		[QN_LOCK_NONE] = "",
		[QN_LOCK_FUTEX] = "futex",
		[QN_LOCK_MUTEX] = "mutex",
		[QN_LOCK_RWLOCK] = "rwlock",
		[QN_LOCK_SHARED_MUTEX] = "folly::SharedMutex",
		[QN_LOCK_JOIN] = "thread",
		[QN_LOCK_CONDITION] = "condition variable",
		[QN_LOCK_SEMAPHORE] = "semaphore",
	};

	return (size_t)kind < sizeof(names) / sizeof(*names) ? names[kind] : "";
}

void qn_core_destroy(struct qn_core *core)
{
	if (!core)
		return;
	qn_arena_deinit(&core->arena);
	free(core);
}
