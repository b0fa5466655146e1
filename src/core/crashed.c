#include "core/evidence.h"

#include "base/banned.h"

void qn_core_find_crashed(const struct qn_core_file *file, const struct qn_unwinding *unwinding,
			  struct qn_core *core)
{
	(void)file;
	(void)unwinding;
	core->crashed = core->threads_count ? 0 : SIZE_MAX;
}
