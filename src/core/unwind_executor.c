#include "core/unwind.h"

#include "base/banned.h"

void qn_unwind_executor(const struct qn_core_file *file, struct qn_modules *modules, Dwfl_Frame *frame,
			uint64_t pc, struct qn_arena *arena, struct qn_unwound *ret)
{
	(void)file;
	(void)modules;
	(void)frame;
	(void)pc;
	(void)arena;
	(void)ret;
}
