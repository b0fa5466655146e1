#include "core/evidence.h"

#include "base/banned.h"

void qn_core_tell_fault(const struct qn_core_file *file, const struct qn_modules *modules,
			const struct qn_unwinding *unwinding, struct qn_core *core)
{
	(void)file;
	(void)modules;
	(void)unwinding;
	(void)core;
}
