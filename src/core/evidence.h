/* What memory and registers tell beside stacks. Each function fills its part of @core, whose threads, stacks
 * and modules are there, in the order of this file. */
#ifndef QN_CORE_EVIDENCE_H
#define QN_CORE_EVIDENCE_H

#include "core/unwind.h"

/* fault.c: what the fault address is, in words; core->fault. */
void qn_core_tell_fault(const struct qn_core_file *file, const struct qn_modules *modules,
			const struct qn_unwinding *unwinding, struct qn_core *core);

/* crashed.c: which thread crashed, by siginfo, signal frames, abort machinery and Go's crash path;
 * core->crashed, crashed_because, and core->signal where a handler's frame tells it better. */
void qn_core_find_crashed(const struct qn_core_file *file, const struct qn_unwinding *unwinding,
			  struct qn_core *core);

/* locks.c: what each thread waits for and who has it; thread.wait. */
void qn_core_find_waits(const struct qn_core_file *file, const struct qn_unwinding *unwinding,
			struct qn_core *core);

/* last_words.c: core->message and core->exception. */
void qn_core_read_last_words(const struct qn_core_file *file, const struct qn_modules *modules,
			     const struct qn_unwinding *unwinding, struct qn_core *core);

#endif
