#include "support/tables.h"

#include <time.h>

static void read_stack(struct qn_arena *arena, struct qn_stack *stack)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();

	qn_normalizer_apply(normalizer, arena, stack);
	qn_normalizer_destroy(normalizer);
}

static void reads_the_task_in_every_spelling(void **state)
{
	static const char *const cases[][2] = {
		{"folly::makeTryWith<const milvus::futures::Future<R>::asyncProduce<AsyncRetrieve(void*, "
		 "bool)::<lambda("
		 "milvus::futures::CancellationToken)> >(int)::<lambda()> >",
		 "AsyncRetrieve"},
		{"invoke<folly::X<milvus::futures::Future<R>::asyncProduce<AsyncSearch::{lambda(int)#1}>(int)"
		 ">>",
		 "AsyncSearch"},
		{"f<milvus::futures::Future<R>::asyncProduce<AsyncSearch::$_0>>", "AsyncSearch"},
		{"f<milvus::futures::Future<R>::async<AsyncSearch::'lambda'(int)>>", "AsyncSearch"},
		{"f<milvus::futures::Future<R>::asyncProduce<milvus::segcore::Warm(int)::<lambda()> >>",
		 "milvus::segcore::Warm"},
		{"_ZN5folly1XIZN6milvus7futures6FutureI1RE12asyncProduceIZ22AsyncRetrieveByOffsetsEUlvE_EEvE",
		 "AsyncRetrieveByOffsets"},
		{"_ZN5folly1XIZN6milvus7futures6FutureI1RE12asyncProduceIRZ13AsyncRetrieveE3$_0",
		 "AsyncRetrieve"},
		{"_ZN5folly1XIZN6milvus7futures6FutureI1RE5asyncIZNK6milvus4WarmEvEUlvE_", "milvus::Warm"},
		/* length prefixes that lie, names that only look like it */
		{"_ZN5folly12asyncProduceIZ99AsyncRetrieve", ""},
		{"_ZN5folly11asyncProduceIZ13AsyncRetrieve", ""},
		{"myasyncProduce<AsyncRetrieve>", ""},
		{"f<X::asyncProduce<", ""},
		{"f<X::asyncProduce", ""},
		{"_ZN5folly12asyncProduceI", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_frame frame = {.raw = qn_text_of(cases[i][0])};
		struct qn_stack stack = {.frames = &frame, .frames_count = 1};

		read_stack(&arena, &stack);
		assert_text(stack.executor.task, cases[i][1]);
		assert_text(stack.executor.kind, "");
		qn_arena_deinit(&arena);
	}
}

static void names_the_kind_and_pool_of_the_worker(void **state)
{
	struct qn_frame frames[] = {
		{.raw = QN_TEXT("milvus::segcore::f()")},
		{.raw = QN_TEXT(
			 "_ZN5folly18ThreadPoolExecutor7runTaskERKSt10shared_ptrINS0_6ThreadEEONS0_4TaskE")},
		{.raw = QN_TEXT("_ZN5folly21CPUThreadPoolExecutor9threadRunESt10shared_ptrINS_"
				"18ThreadPoolExecutor6ThreadEE")},
	};
	struct qn_stack stack = {.frames = frames, .frames_count = 3, .thread = QN_TEXT("MILVUS_FUTURE_C")};
	struct qn_arena arena = {0};

	(void)state;
	read_stack(&arena, &stack);
	assert_text(stack.executor.kind, "CPUThreadPoolExecutor");
	assert_text(stack.executor.pool, "MILVUS_FUTURE_CPU_");
	assert_text(stack.executor.task, "");
	stack = (struct qn_stack){.frames = frames, .frames_count = 2};
	read_stack(&arena, &stack);
	assert_text(stack.executor.kind, "ThreadPoolExecutor");
	assert_text(stack.executor.pool, "");
	qn_arena_deinit(&arena);
}

static void searches_long_names_in_linear_time(void **state)
{
	size_t len = 1U << 19, at = 0;
	char *name = malloc(len);
	struct qn_arena arena = {0};
	struct qn_frame frame = {0};
	struct qn_stack stack = {.frames = &frame, .frames_count = 1};

	(void)state;
	assert_non_null(name);
	for (; at + 15 <= len; at += 15)
		memcpy(name + at, "::asyncProduce<", 15);
	frame.raw = (struct qn_text){name, at};
	read_stack(&arena, &stack);
	assert_text(stack.executor.task, "");
	free(name);
	qn_arena_deinit(&arena);
}

#define FUNCTION "folly::detail::function::FunctionTraits<void ()>::"
#define CPU_LOOP "folly::CPUThreadPoolExecutor::threadRun(std::shared_ptr<folly::ThreadPoolExecutor::Thread>)"
#define RUN_TASK                                                                                         \
	"folly::ThreadPoolExecutor::runTask(std::shared_ptr<folly::ThreadPoolExecutor::Thread> const&, " \
	"folly::ThreadPoolExecutor::Task&&)"
#define BIND                                                                                               \
	"void " FUNCTION                                                                                   \
	"callSmall<std::_Bind<void (folly::ThreadPoolExecutor::*(folly::ThreadPoolExecutor*, "             \
	"std::shared_ptr<folly::ThreadPoolExecutor::Thread>))(std::shared_ptr<folly::ThreadPoolExecutor::" \
	"Thread"                                                                                           \
	">)> >(folly::detail::function::Data&)"
#define LIFO "folly::LifoSemImpl<std::atomic, folly::SaturatingSemaphore<true, std::atomic> >"

#define FRAMES_MAX 16U

struct worker {
	const char *what; /* of the case */
	const char *kind, *task;
	enum qn_worker_state state;
	const char *frames[FRAMES_MAX]; /* innermost first */
};

/* Facts of Folly 2021 to 2026, gcc and clang, with and without DWARF; the frames of ../shared/folly-stacks
 * are tested in test_folly_stacks.c. */
static const struct worker workers[] = {
	{"idle, priorities",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall", "folly::detail::(anonymous namespace)::nativeFutexWaitImpl",
	  "bool folly::SaturatingSemaphore<true, "
	  "std::atomic>::try_wait_until<std::chrono::_V2::steady_clock>(int)",
	  "folly::PriorityUnboundedBlockingQueue<folly::CPUThreadPoolExecutor::CPUTask, " LIFO
	  " >::try_take_for(std::chrono::duration<long, std::ratio<1l, 1000l> >)",
	  CPU_LOOP, BIND, "", "start_thread", "clone3"}},
	{"idle, bounded queue",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall",
	  "folly::LifoSemMPMCQueue<folly::CPUThreadPoolExecutor::CPUTask, "
	  "(folly::QueueBehaviorIfFull)0, " LIFO " >::try_take_for",
	  CPU_LOOP, BIND}},
	{"idle, newest, all of the queue inlined",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall",
	  "bool folly::detail::LifoSemBase<folly::SaturatingSemaphore<true, std::atomic>, "
	  "std::atomic>::try_wait_for<long, std::ratio<1l, 1000l> >(folly::WaitOptions const&)",
	  CPU_LOOP, BIND}},
	{"idle, spinning, no system call",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"folly::ThrottledLifoSem::wait", CPU_LOOP}},
	{"idle, .dynsym only",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall", "folly::detail::futexWaitImpl(std::atomic<unsigned int> const*, unsigned int)", "",
	  CPU_LOOP, BIND, "", "start_thread", "__clone3"}},
	{"busy, .dynsym only",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_BUSY,
	 {"", "", RUN_TASK, CPU_LOOP, BIND, "", "start_thread"}},
	{"handing on, between tasks",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_BETWEEN,
	 {"syscall", "nativeFutexWake", "folly::detail::futexWakeImpl(std::atomic<unsigned int> const*, int)",
	  CPU_LOOP, BIND}},
	{"idle, newest EDF",
	 "CPUThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall",
	  "folly::(anonymous "
	  "namespace)::EDFPriorityBlockingQueue<folly::CPUThreadPoolExecutor::CPUTask>::take()",
	  CPU_LOOP}},
	{"idle EDF",
	 "EDFThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall", "folly::EDFThreadPoolSemaphoreImpl<" LIFO " >::wait",
	  "folly::EDFThreadPoolExecutor::take()",
	  "folly::EDFThreadPoolExecutor::threadRun(std::shared_ptr<folly::ThreadPoolExecutor::Thread>)"}},
	{"busy EDF, all in one physical frame",
	 "EDFThreadPoolExecutor",
	 "",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)",
	  "folly::EDFThreadPoolExecutor::threadRun(std::shared_ptr<folly::ThreadPoolExecutor::Thread>)"}},
	{"busy, gcc without DWARF",
	 "CPUThreadPoolExecutor",
	 "main::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)", "void " FUNCTION "callSmall<main::{lambda()#2}>(folly::detail::function::Data&)",
	  RUN_TASK, CPU_LOOP}},
	{"busy, clang without DWARF",
	 "CPUThreadPoolExecutor",
	 "milvus::Warm::run::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)",
	  "void " FUNCTION "callBig<milvus::Warm::run(std::vector<int> const&) const::$_12>("
	  "folly::detail::function::Data&)",
	  RUN_TASK, CPU_LOOP}},
	{"busy, newest",
	 "CPUThreadPoolExecutor",
	 "milvus::Warm::run::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)",
	  "void folly::detail::function::call_<milvus::Warm<int>::run()::{lambda()#1}, true, false, void>("
	  "folly::detail::function::Data&)",
	  RUN_TASK, CPU_LOOP}},
	{"busy, mangled",
	 "CPUThreadPoolExecutor",
	 "main::{lambda}",
	 QN_WORKER_BUSY,
	 {"_ZN6milvus1fEi",
	  "_ZN5folly6detail8function14FunctionTraitsIFvvEE9callSmallIZ4mainEUlvE_EEvRNS1_4DataE", RUN_TASK,
	  "_ZN5folly21CPUThreadPoolExecutor9threadRunESt10shared_ptrINS_18ThreadPoolExecutor6ThreadEE"}},
	{"thenValue",
	 "CPUThreadPoolExecutor",
	 "milvus::query::Warm::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)",
	  "void folly::detail::function::FunctionTraits<void (folly::futures::detail::CoreBase&)>::callSmall<"
	  "folly::futures::detail::Core<folly::Unit>::setCallback<folly::Future<folly::Unit>::thenValue<"
	  "milvus::query::Warm(int)::{lambda(folly::Unit)#1}>(milvus::query::Warm(int)::{lambda(folly::Unit)#"
	  "1}"
	  "&&)::{lambda(folly::Executor::KeepAlive<folly::Executor>&&)#1}>(int)>(int)",
	  "void " FUNCTION
	  "callSmall<folly::Executor::KeepAlive<folly::Executor>::add<folly::futures::detail::"
	  "CoreBase::doCallback(int)::{lambda(int)#2}>(int) "
	  "&&::{lambda()#1}>(folly::detail::function::Data&)",
	  RUN_TASK, CPU_LOOP}},
	{"consumer of a Milvus future",
	 "CPUThreadPoolExecutor",
	 "registerConsumeCallback",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)",
	  "void folly::detail::function::FunctionTraits<void (folly::futures::detail::CoreBase&)>::callSmall<"
	  "folly::Future<X>::thenValue<milvus::futures::Future<CRetrieveResult>::registerConsumeCallback("
	  "void "
	  "(*)(CLockedGoMutex*), CLockedGoMutex*)::{lambda(auto:1&&)#1}>(int)>(int)",
	  RUN_TASK, CPU_LOOP}},
	{"an inline continuation in a task",
	 "CPUThreadPoolExecutor",
	 "AsyncSearch",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)", "void " FUNCTION "callSmall<main::{lambda()#2}>(folly::detail::function::Data&)",
	  "folly::futures::detail::CoreBase::setResult_(folly::Executor::KeepAlive<folly::Executor>&&)",
	  "milvus::g(int)",
	  "void " FUNCTION
	  "callBig<milvus::futures::Future<R>::asyncProduce<AsyncSearch::{lambda(int)#1}>(int)"
	  "::{lambda()#1}>(folly::detail::function::Data&)",
	  RUN_TASK, CPU_LOOP}},
	{"a serial executor on a pool",
	 "CPUThreadPoolExecutor",
	 "milvus::Warm::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)",
	  "void " FUNCTION "callSmall<milvus::Warm()::{lambda()#1}>(folly::detail::function::Data&)",
	  "folly::SerialExecutorExt<8>::worker()", RUN_TASK, CPU_LOOP}},
	{"idle IO",
	 "IOThreadPoolExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"epoll_wait", "", "event_base_loop",
	  "(anonymous namespace)::EventBaseBackend::eb_event_base_loop(int)",
	  "folly::EventBase::loopBody(int, folly::EventBase::LoopOptions)", "folly::EventBase::loopForever()",
	  "folly::IOThreadPoolExecutor::threadRun(std::shared_ptr<folly::ThreadPoolExecutor::Thread>)"}},
	{"busy IO",
	 "IOThreadPoolExecutor",
	 "main::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)", "void " FUNCTION "callSmall<main::{lambda()#2}>(folly::detail::function::Data&)",
	  RUN_TASK,
	  "void " FUNCTION
	  "callBig<folly::IOThreadPoolExecutor::add(folly::Function<void ()>)::{lambda()#1}>(int)",
	  "non-virtual thunk to folly::EventBaseAtomicNotificationQueue<folly::Function<void ()>, "
	  "folly::EventBase::FuncRunner>::handlerReady(unsigned short)",
	  "folly::EventHandler::libeventCallback(int, short, void*)", "", "event_base_loop",
	  "folly::EventBase::loopForever()",
	  "folly::IOThreadPoolExecutor::threadRun(std::shared_ptr<folly::ThreadPoolExecutor::Thread>)"}},
	{"a manual executor",
	 "ManualExecutor",
	 "main::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)", "void " FUNCTION "callSmall<main::{lambda()#2}>(folly::detail::function::Data&)",
	  "folly::ManualExecutor::drain()", "main"}},
	{"a thread of its own for each task",
	 "ThreadedExecutor",
	 "main::{lambda}",
	 QN_WORKER_BUSY,
	 {"milvus::f(int)", "void " FUNCTION "callSmall<main::{lambda()#2}>(folly::detail::function::Data&)",
	  "folly::ThreadedExecutor::work(folly::Function<void ()>&)", ""}},
	{"the control thread of these",
	 "ThreadedExecutor",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall",
	  "folly::UnboundedQueue<folly::ThreadedExecutor::Message, false, true, true, 8ul>::dequeue(int&)",
	  "folly::ThreadedExecutor::control()", ""}},
	{"the timekeeper",
	 "HeapTimekeeper",
	 "",
	 QN_WORKER_IDLE,
	 {"syscall", "bool folly::SaturatingSemaphore<true, std::atomic>::try_wait_until<int>(int)",
	  "folly::HeapTimekeeper::worker()", ""}},
	{"a thread of no pool", "", "", QN_WORKER_NONE, {"poll", "milvus::f(int)", "start_thread", "clone3"}},
};

static void sees_what_each_worker_is_at(void **state)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();

	(void)state;
	for (size_t i = 0; i < sizeof(workers) / sizeof(*workers); i++) {
		struct qn_arena arena = {0};
		struct qn_frame frames[FRAMES_MAX] = {0};
		struct qn_stack stack = {.frames = frames};

		while (stack.frames_count < FRAMES_MAX && workers[i].frames[stack.frames_count]) {
			frames[stack.frames_count].raw = qn_text_of(workers[i].frames[stack.frames_count]);
			stack.frames_count++;
		}
		qn_normalizer_apply(normalizer, &arena, &stack);
		if (stack.executor.state != workers[i].state ||
		    !qn_text_equal(stack.executor.kind, qn_text_of(workers[i].kind)) ||
		    !qn_text_equal(stack.executor.task, qn_text_of(workers[i].task)))
			fail_msg("%s: %.*s, state %d, task %.*s", workers[i].what,
				 QN_ARG(stack.executor.kind), (int)stack.executor.state,
				 QN_ARG(stack.executor.task));
		for (size_t j = 0; j < stack.frames_count; j++)
			if (frames[j].role == QN_ROLE_USER &&
			    !qn_text_starts(frames[j].key, QN_TEXT("milvus::")) &&
			    !qn_text_equal(frames[j].key, QN_TEXT("main")))
				fail_msg("%s: %.*s is taken for the application's", workers[i].what,
					 QN_ARG(frames[j].key));
		qn_arena_deinit(&arena);
	}
	qn_normalizer_destroy(normalizer);
}

/* One user frame between two runs of Folly's is no plumbing. */
static void keeps_the_frames_between_two_runs_of_plumbing(void **state)
{
	static const char *const names[] = {
		"folly::Future<int>::get() &&",
		"milvus::Deferred::work()",
		"folly::fibers::runInMainContext<folly::futures::detail::WaitExecutor::drive()::{lambda()#1}>"
		"(int)",
		"folly::futures::detail::waitImpl<folly::SemiFuture<int>, int>(folly::SemiFuture<int>&)",
		"milvus::Waiter::wait()",
		RUN_TASK,
		CPU_LOOP,
	};
	static const enum qn_role roles[] = {QN_ROLE_EXECUTOR, QN_ROLE_USER, QN_ROLE_EXECUTOR,
					     QN_ROLE_EXECUTOR, QN_ROLE_USER, QN_ROLE_EXECUTOR,
					     QN_ROLE_EXECUTOR};
	struct qn_frame frames[7] = {0};
	struct qn_stack stack = {.frames = frames, .frames_count = 7};
	struct qn_arena arena = {0};

	(void)state;
	for (size_t i = 0; i < 7; i++)
		frames[i].raw = qn_text_of(names[i]);
	read_stack(&arena, &stack);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(frames[i].role, roles[i]);
	qn_arena_deinit(&arena);
}

static double seconds_to_read(const struct qn_normalizer *normalizer, const char *piece, size_t len)
{
	struct qn_buffer name = {0};
	struct timespec start, end;
	double best = 1e9;

	qn_buffer_append_string(&name, "folly::x<");
	while (name.len + strlen(piece) <= len)
		qn_buffer_append_string(&name, piece);
	for (unsigned i = 0; i < 3; i++) {
		struct qn_arena arena = {0};
		struct qn_frame frame = {.raw = qn_buffer_text(&name)};
		struct qn_stack stack = {.frames = &frame, .frames_count = 1};
		double seconds;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
		qn_normalizer_apply(normalizer, &arena, &stack);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
		seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
		if (seconds < best)
			best = seconds;
		qn_arena_deinit(&arena);
	}
	qn_buffer_deinit(&name);
	return best;
}

/* A name twice as long takes twice as long: less than three times, as clocks are. 64 kB is the longest that a
 * report keeps. (Of longer ones AddressSanitizer makes memmem() look at all the rest at each call.) */
static void takes_twice_the_time_for_twice_the_name(void **state)
{
	static const char *const pieces[] = {
		"<",           "::asyncProduce<", "::asyncProduce<asyncProduce<a(",
		"a(::<lambda", "<x>::{lambda",    "f(a)::{lambda()#1}, ",
		"))::$_1",     ">>::'lambda'(",   "12asyncProduceIZ13AsyncRetrieve",
		"a::b<c>::",
	};
	struct qn_normalizer *normalizer = qn_shipped_normalizer();

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		double once = seconds_to_read(normalizer, pieces[i], 32U << 10);
		double twice = seconds_to_read(normalizer, pieces[i], 64U << 10);

		if (twice > 3 * once && twice > 0.05)
			fail_msg("%s: %f s, then %f s", pieces[i], once, twice);
	}
	qn_normalizer_destroy(normalizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_task_in_every_spelling),
		cmocka_unit_test(names_the_kind_and_pool_of_the_worker),
		cmocka_unit_test(searches_long_names_in_linear_time),
		cmocka_unit_test(sees_what_each_worker_is_at),
		cmocka_unit_test(keeps_the_frames_between_two_runs_of_plumbing),
		cmocka_unit_test(takes_twice_the_time_for_twice_the_name),
	};
	return QN_RUN("executor", tests);
}
