/* Verdicts on thread pools, and how they are explained. */
#include "support/made_core.h"

#define JOIN                                                                                      \
	"syscall", "folly::detail::LifoSemBase<X, std::atomic>::wait(folly::WaitOptions const&)", \
		"folly::ThreadPoolExecutor::joinStoppedThreads(unsigned long)",                   \
		"folly::ThreadPoolExecutor::stop()",                                              \
		"folly::CPUThreadPoolExecutor::~CPUThreadPoolExecutor()"
#define STARVED FUTURE_WAIT, "milvus::Outer(int)", RUN_TASK, CPU_TAIL
#define LOCKED "pthread_mutex_lock", "milvus::Locked(int)", RUN_TASK, CPU_TAIL
#define RUNNING "milvus::Search(int)", RUN_TASK, CPU_TAIL
#define PROMISED "std::__basic_future<int>::wait() const", "milvus::Outer(int)", RUN_TASK, CPU_TAIL

struct worker {
	uint64_t executor;
	const char *pool;
	const char *frames[24];
};

struct expectation {
	const char *what;
	enum qn_pool_verdict verdict; /* of the first pool */
	size_t pools;
	bool is_failure;
	const char *evidence; /* a part of it */
	struct worker workers[5];
};

static const struct expectation cases[] = {
	{"all wait for futures",
	 QN_POOL_STARVED,
	 1,
	 true,
	 "2 of 2 workers wait in folly::Future wait inside a task (threads 1, 2), called from milvus::Outer: "
	 "nobody is left to run what they wait for. Frames alone tell the pool: it may be several of this "
	 "kind.",
	 {{0, "", {STARVED}}, {0, "", {STARVED}}, {0, "", {"epoll_wait", "main"}}}},
	{"one is idle",
	 QN_POOL_OK,
	 1,
	 false,
	 "1 of 2 workers is idle",
	 {{0, "", {STARVED}}, {0, "", {IDLE_CPU}}}},
	{"locks",
	 QN_POOL_EXHAUSTED,
	 1,
	 false,
	 "1 of 2 workers wait in std::mutex lock inside a task (thread 1), called from milvus::Locked; 1 of "
	 "2 "
	 "workers run a task (thread 2): milvus::Search.",
	 {{0, "", {LOCKED}}, {0, "", {RUNNING}}}},
	{"the other pool runs",
	 QN_POOL_EXHAUSTED,
	 2,
	 false,
	 "another pool runs tasks that may answer them",
	 {{0x10, "A", {STARVED}}, {0x20, "B", {RUNNING}}}},
	{"the other pool is idle",
	 QN_POOL_STARVED,
	 2,
	 true,
	 "nobody is left",
	 {{0x10, "A", {STARVED}}, {0x20, "B", {IDLE_CPU}}, {0x10, "A", {STARVED}}}},
	{"a promise, and somebody runs",
	 QN_POOL_EXHAUSTED,
	 1,
	 false,
	 "another thread may answer them",
	 {{0, "", {PROMISED}}, {0, "", {PROMISED}}, {0, "", {"milvus::Serve(int)", "main"}}}},
	{"a promise, and nobody runs",
	 QN_POOL_STARVED,
	 1,
	 true,
	 "nobody is left",
	 {{0, "", {PROMISED}}, {0, "", {PROMISED}}, {0, "", {"pause", "main"}}}},
	{"one busy worker of a pool that may grow",
	 QN_POOL_UNKNOWN,
	 1,
	 false,
	 "more may be allowed",
	 {{0, "", {RUNNING}}}},
	{"destroyed while a task runs",
	 QN_POOL_SHUTTING_DOWN,
	 1,
	 false,
	 "Thread 2 waits in its destructor for the end of the pool while 1 worker has a task.",
	 {{0, "", {RUNNING}}, {0, "", {JOIN, "main"}}}},
	{"destroyed at exit",
	 QN_POOL_SHUTTING_DOWN,
	 1,
	 false,
	 "Thread 2 waits at exit for the end of the pool",
	 {{0, "", {RUNNING}}, {0, "", {JOIN, "__run_exit_handlers", "exit", "main"}}}},
	{"which of two is not told",
	 QN_POOL_UNKNOWN,
	 2,
	 false,
	 "for the end of a pool of this kind (which one is not told)",
	 {{0x10, "A", {RUNNING}}, {0x20, "B", {RUNNING}}, {0, "", {JOIN, "main"}}}},
	{"joins itself",
	 QN_POOL_SHUTTING_DOWN,
	 1,
	 true,
	 "waits for itself, for ever (self-join)",
	 {{0, "", {JOIN, "milvus::Drop(int)", RUN_TASK, CPU_TAIL}}}},
	{"joins itself or another",
	 QN_POOL_SHUTTING_DOWN,
	 1,
	 false,
	 "while 2 workers have a task",
	 {{0, "", {JOIN, "milvus::Drop(int)", RUN_TASK, CPU_TAIL}}, {0, "", {RUNNING}}}},
};

static void judges_a_pool_by_its_workers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_core *core = made_core();
		struct qn_postmortem *postmortem;

		for (uint32_t k = 0; k < 5 && cases[i].workers[k].frames[0]; k++) {
			const struct worker *worker = &cases[i].workers[k];
			struct qn_core_thread *thread =
				made_thread(core, k + 1, made_stack(core, worker->frames));

			thread->executor = worker->executor;
			thread->pool = qn_text_of(worker->pool);
		}
		postmortem = made_postmortem(core);
		if (postmortem->pools_count != cases[i].pools ||
		    postmortem->pools[0].verdict != cases[i].verdict ||
		    (postmortem->failure != NULL) != cases[i].is_failure ||
		    !qn_text_contains(postmortem->pools[0].evidence, qn_text_of(cases[i].evidence)))
			fail_msg("%s: %zu pools, %s, failure %d: %.*s", cases[i].what,
				 postmortem->pools_count, qn_pool_verdict_name(postmortem->pools[0].verdict),
				 postmortem->failure != NULL, QN_ARG(postmortem->pools[0].evidence));
		qn_postmortem_destroy(postmortem);
	}
}

/* A worker whose registers are lost is of the only pool of its kind that is known. */
static void counts_a_worker_without_an_address_where_only_one_pool_can_be(void **state)
{
	struct qn_core *core = made_core();
	size_t idle = MADE_STACK(core, IDLE_CPU);
	struct qn_postmortem *postmortem;

	(void)state;
	made_thread(core, 1, idle);
	made_thread(core, 2, idle)->executor = 0x10;
	postmortem = made_postmortem(core);
	assert_int_equal(postmortem->pools_count, 1);
	assert_int_equal(postmortem->pools[0].idle, 2);
	assert_int_equal(postmortem->pools[0].address, 0x10);
	assert_int_equal(postmortem->threads[0].pool, 0);
	qn_postmortem_destroy(postmortem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_a_pool_by_its_workers),
		cmocka_unit_test(counts_a_worker_without_an_address_where_only_one_pool_can_be),
	};
	return QN_RUN("pool", tests);
}
