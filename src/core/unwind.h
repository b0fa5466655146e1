/* From registers to physical frames, thread by thread. */
#ifndef QN_CORE_UNWIND_H
#define QN_CORE_UNWIND_H

#include "core/modules.h"

/* A physical frame. */
struct qn_unwound_frame {
	uint64_t pc;
	uint64_t sp; /* stack pointer in the frame; 0 unknown */
	bool is_activation;
	bool is_signal; /* the signal trampoline: the kernel's frame lies at sp */
};

/* One thread's; frames shared by threads that stand alike. */
struct qn_unwound {
	size_t stack; /* index in qn_unwinding.stacks */
	uint64_t sp;  /* the innermost frame's */
	enum qn_unwinder unwinder;
	enum qn_unwind_end end;
	uint64_t end_pc;
	struct qn_core_signal handled[QN_CORE_SIGNALS_MAX];
	size_t handled_count;
	uint64_t executor; /* as in struct qn_core_thread */
	struct qn_text pool;
};

struct qn_unwound_stack {
	struct qn_unwound_frame *frames; /* innermost first; sp is that of the first thread that has it */
	size_t count;
	size_t elided_at;
	uint64_t elided_count;
};

struct qn_unwinding {
	struct qn_arena arena;
	struct qn_unwound *threads; /* one for each of the core's */
	size_t threads_count;
	struct qn_unwound_stack *stacks;
	size_t stacks_count, stacks_capacity;
};

struct qn_error *qn_unwind_all(const struct qn_core_file *file, struct qn_modules *modules,
			       const struct qn_core_options *options,
			       struct qn_unwinding **ret) QN_MUST_CHECK;
void qn_unwinding_destroy(struct qn_unwinding *unwinding);
QN_DEFINE_GUARD(struct qn_unwinding, qn_unwinding_destroy);

/* unwind_executor.c: called while a thread is unwound, for a frame of a function of some ThreadPoolExecutor:
 * registers are at hand. @ret gets executor and pool if they can be told. */
void qn_unwind_executor(const struct qn_core_file *file, struct qn_modules *modules, Dwfl_Frame *frame,
			uint64_t pc, struct qn_arena *arena, struct qn_unwound *ret);

#endif
