/* A core that was never one: what a reader would tell of it, built by hand. */
#ifndef QN_TESTS_SUPPORT_MADE_CORE_H
#define QN_TESTS_SUPPORT_MADE_CORE_H

#include "core/core.h"
#include "stack/postmortem.h"
#include "support/tables.h"

#define MADE_STACKS_MAX 64U
#define MADE_THREADS_MAX 5000U

static inline struct qn_core *made_core(void)
{
	struct qn_core *core = calloc(1, sizeof(*core));

	assert_non_null(core);
	core->crashed = SIZE_MAX;
	core->stacks = qn_arena_alloc(&core->arena, MADE_STACKS_MAX * sizeof(*core->stacks));
	core->threads = qn_arena_alloc(&core->arena, MADE_THREADS_MAX * sizeof(*core->threads));
	core->modules = qn_arena_alloc(&core->arena, 2 * sizeof(*core->modules));
	core->modules[0] = (struct qn_core_module){.path = QN_TEXT("/opt/app"), .build_id = QN_TEXT("0a")};
	core->modules[1] = (struct qn_core_module){.path = QN_TEXT("/lib/libstdc++.so.6")};
	core->modules_count = 2;
	core->content = QN_TEXT("00112233445566778899aabbccddeeff");
	return core;
}

/* @names  innermost first, up to NULL. "~name" is inlined into the next, "@name" was interrupted by a signal,
 * "" has no name and is libstdc++'s. */
static inline size_t made_stack(struct qn_core *core, const char *const *names)
{
	struct qn_core_stack *stack = &core->stacks[core->stacks_count];
	size_t count = 0;
	uint64_t pc = 0x1000 * (core->stacks_count + 1);

	assert_true(core->stacks_count < MADE_STACKS_MAX);
	while (names[count])
		count++;
	stack->frames = qn_arena_alloc(&core->arena, (count + 1) * sizeof(*stack->frames));
	for (size_t i = 0; i < count; i++) {
		struct qn_core_frame *frame = &stack->frames[i];
		const char *name = names[i];

		frame->is_inlined = *name == '~';
		frame->is_activation = *name == '@' || i == 0;
		frame->name = qn_text_of(name + (frame->is_inlined || *name == '@'));
		frame->pc = pc;
		pc += frame->is_inlined ? 0 : 16;
		frame->module = *name ? 0 : 1;
	}
	stack->count = count;
	return core->stacks_count++;
}

static inline struct qn_core_thread *made_thread(struct qn_core *core, uint32_t tid, size_t stack)
{
	struct qn_core_thread *thread = &core->threads[core->threads_count++];

	assert_true(core->threads_count <= MADE_THREADS_MAX);
	*thread = (struct qn_core_thread){.tid = tid, .stack = stack, .unwinder = QN_UNWINDER_LIBDW};
	return thread;
}

#define MADE_STACK(core, ...) made_stack(core, (const char *const[]){__VA_ARGS__, NULL})

static inline struct qn_postmortem *made_postmortem(struct qn_core *core)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_postmortem *postmortem = NULL;

	assert_no_error(qn_postmortem_of_core(normalizer, core, &postmortem));
	qn_normalizer_destroy(normalizer);
	return postmortem;
}

/* Innermost first, of the shapes of Folly 2023.10 (docs/signatures.md). */
#define CPU_TAIL                                                                                       \
	"folly::CPUThreadPoolExecutor::threadRun(std::shared_ptr<folly::ThreadPoolExecutor::Thread>)", \
		"void folly::detail::function::FunctionTraits<void ()>::callSmall<std::_Bind<void "    \
		"(folly::ThreadPoolExecutor::*(folly::ThreadPoolExecutor*, "                           \
		"std::shared_ptr<folly::ThreadPoolExecutor::Thread>))(std::shared_ptr<folly::"         \
		"ThreadPoolExecutor::Thread>)> >(folly::detail::function::Data&)",                     \
		"", "start_thread", "clone3"
#define RUN_TASK                                                                                         \
	"folly::ThreadPoolExecutor::runTask(std::shared_ptr<folly::ThreadPoolExecutor::Thread> const&, " \
	"folly::ThreadPoolExecutor::Task&&)"
#define IDLE_CPU                                                                                   \
	"syscall",                                                                                 \
		"folly::UnboundedBlockingQueue<folly::CPUThreadPoolExecutor::CPUTask, "            \
		"folly::LifoSemImpl<std::atomic, folly::SaturatingSemaphore<true, std::atomic> > " \
		">::try_take_for(std::chrono::duration<long, std::ratio<1l, 1000l> >)",            \
		CPU_TAIL
#define FUTURE_WAIT                                                                                \
	"syscall", "folly::detail::futexWaitImpl(std::atomic<unsigned int> const*, unsigned int)", \
		"folly::fibers::Baton::waitThread()",                                              \
		"void folly::futures::detail::waitImpl<folly::SemiFuture<int>, "                   \
		"int>(folly::SemiFuture<int>&)",                                                   \
		"folly::Future<int>::get() &&"

#endif
