/* What is understood of the text of a dump of all threads: of the real ones in ../shared/folly-stacks, and of
 * small ones here. */
#include "stack/postmortem.h"

#include "signature/signature.h"
#include "support/made_core.h"

static struct qn_postmortem *read_text(const char *text)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_postmortem *postmortem = NULL;

	assert_no_error(qn_postmortem_of_text(normalizer, qn_text_of(text), &postmortem));
	qn_normalizer_destroy(normalizer);
	return postmortem;
}

static char *read_dump(const char *name)
{
	char path[4096];
	char *text = calloc(1, 1 << 20);
	FILE *file;

	snprintf(path, sizeof(path), "%s/../shared/folly-stacks/%s", qn_srcdir(), name);
	file = fopen(path, "r");
	if (!file) {
		free(text);
		return NULL;
	}
	(void)!fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	return text;
}

struct real {
	const char *dump;
	size_t threads, groups;
	const char *kind; /* of its only pool */
	size_t idle, running, blocked;
	enum qn_pool_verdict verdict;
	bool is_failure;
	enum qn_kind failure;
};

static void understands_the_real_dumps(void **state)
{
	static const struct real cases[] = {
		{"idle", 11, 6, "CPUThreadPoolExecutor", 10, 0, 0, QN_POOL_OK, false, 0},
		{"busy", 3, 2, "CPUThreadPoolExecutor", 0, 2, 0, QN_POOL_EXHAUSTED, false, 0},
		{"segv", 3, 3, "CPUThreadPoolExecutor", 0, 2, 0, QN_POOL_EXHAUSTED, true, QN_KIND_CRASH},
		{"noexcept", 2, 2, "CPUThreadPoolExecutor", 0, 1, 0, QN_POOL_UNKNOWN, true, QN_KIND_ABORT},
		{"starve", 3, 2, "CPUThreadPoolExecutor", 0, 0, 2, QN_POOL_STARVED, true, QN_KIND_DEADLOCK},
		{"sdeadlock", 3, 2, "CPUThreadPoolExecutor", 0, 0, 2, QN_POOL_EXHAUSTED, false, 0},
		{"destroy", 2, 2, "CPUThreadPoolExecutor", 0, 1, 0, QN_POOL_SHUTTING_DOWN, false, 0},
		{"edf", 4, 3, "EDFThreadPoolExecutor", 2, 1, 0, QN_POOL_OK, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		const struct real *expected = &cases[i / 2];
		struct qn_postmortem *postmortem;
		char name[64], *text;

		snprintf(name, sizeof(name), "%s.%s", expected->dump, i % 2 ? "eustack" : "gdb");
		text = read_dump(name);
		if (!text)
			qn_skip("../shared/folly-stacks is missing");
		postmortem = read_text(text);
		assert_int_equal(postmortem->threads_count, expected->threads);
		assert_int_equal(postmortem->groups_count, expected->groups);
		assert_int_equal(postmortem->pools_count, 1);
		assert_text(postmortem->pools[0].kind, expected->kind);
		assert_int_equal(postmortem->pools[0].idle, expected->idle);
		assert_int_equal(postmortem->pools[0].running, expected->running);
		assert_int_equal(postmortem->pools[0].blocked, expected->blocked);
		assert_string_equal(qn_pool_verdict_name(postmortem->pools[0].verdict),
				    qn_pool_verdict_name(expected->verdict));
		assert_true((postmortem->failure != NULL) == expected->is_failure);
		if (postmortem->failure)
			assert_int_equal(postmortem->failure->kind, expected->failure);
		assert_int_equal(postmortem->crashed != SIZE_MAX,
				 expected->is_failure && expected->failure != QN_KIND_DEADLOCK);
		qn_postmortem_destroy(postmortem);
		free(text);
	}
}

#define WORKER(number, lwp, address, inner)                                                  \
	"Thread " number " (Thread 0x7f000000" number "000 (LWP " lwp ")):\n"                \
	"#0  0x0000000000000001 in " inner "\n"                                              \
	"#1  0x0000000000000002 in milvus::work (x=1) at w.cpp:7\n"                          \
	"#2  0x0000000000000005 in folly::ThreadPoolExecutor::runTask (this=0x" address      \
	", thread=...) at T.cpp:1\n"                                                         \
	"#3  0x0000000000000006 in folly::CPUThreadPoolExecutor::threadRun (this=0x" address \
	") at C.cpp:2\n"                                                                     \
	"#4  0x0000000000000007 in start_thread (arg=...) at p.c:3\n\n"
#define GET "folly::Future<int>::get() && (this=0x11) at F.h:1"

/* Where gdb prints the values of arguments. */
static void tells_pools_apart_by_the_address_of_their_loop(void **state)
{
	struct qn_postmortem *postmortem =
		read_text("Attaching to process 12\n" WORKER("2", "102", "aa0", GET) WORKER(
			"3", "103", "bb0", "milvus::spin (n=1) at s.cpp:1") WORKER("4", "104", "aa0", GET));

	(void)state;
	assert_int_equal(postmortem->pools_count, 2);
	assert_int_equal(postmortem->pools[0].address, 0xaa0);
	assert_int_equal(postmortem->pools[0].blocked, 2);
	/* the other pool runs something, which may be what they wait for */
	assert_int_equal(postmortem->pools[0].verdict, QN_POOL_EXHAUSTED);
	assert_non_null(strstr(postmortem->pools[0].evidence.data, "another pool runs tasks"));
	assert_int_equal(postmortem->pools[1].address, 0xbb0);
	assert_int_equal(postmortem->pools[1].running, 1);
	assert_null(postmortem->failure);
	qn_postmortem_destroy(postmortem);
}

static void takes_a_mutex_and_its_address_from_the_arguments(void **state)
{
	struct qn_postmortem *postmortem =
		read_text("Attaching to process 12\n"
			  "Thread 2 (Thread 0x7f0000002000 (LWP 102)):\n"
			  "#0  futex_wait (private=0, expected=2, futex_word=0x7ffe10) at futex.h:146\n"
			  "#1  __GI___lll_lock_wait (futex=0x7ffe10, private=0) at lowlevellock.c:49\n"
			  "#2  0x0000000000000003 in ___pthread_mutex_lock (mutex=0x7ffe10) at "
			  "pthread_mutex_lock.c:93\n"
			  "#3  0x0000000000000004 in milvus::work (x=1) at w.cpp:7\n"
			  "#4  0x0000000000000007 in start_thread (arg=...) at p.c:3\n");

	(void)state;
	assert_int_equal(postmortem->threads_count, 1);
	assert_int_equal(postmortem->threads[0].wait.kind, QN_LOCK_MUTEX);
	assert_int_equal(postmortem->threads[0].wait.address, 0x7ffe10);
	assert_int_equal(postmortem->threads[0].wait.owner, 0);
	assert_int_equal(postmortem->groups[0].activity, QN_ACTIVITY_BLOCKED);
	assert_int_equal(postmortem->cycles_count, 0);
	qn_postmortem_destroy(postmortem);
}

/* pthread_t stands in the heading of each thread, and as the argument of the join. */
static void follows_joins_by_the_handle_of_the_thread(void **state)
{
	struct qn_postmortem *postmortem = read_text(
		"Attaching to process 12\n"
		"Thread 2 (Thread 0x7f0000002000 (LWP 102)):\n"
		"#0  __pthread_clockjoin_ex (threadid=139637976731648, thread_return=0x0) at j.c:102\n"
		"#1  0x0000000000000004 in milvus::first (x=1) at w.cpp:7\n"
		"\n"
		"Thread 1 (Thread 0x7f0000001000 (LWP 101)):\n"
		"#0  __pthread_clockjoin_ex (threadid=139637976735744, thread_return=0x0) at j.c:102\n"
		"#1  0x0000000000000004 in milvus::second (x=1) at w.cpp:8\n");

	(void)state;
	assert_int_equal(postmortem->threads[0].wait.kind, QN_LOCK_JOIN);
	assert_int_equal(postmortem->threads[0].wait.owner, 102);
	assert_int_equal(postmortem->cycles_count, 1);
	assert_int_equal(postmortem->cycles[0].count, 2);
	assert_int_equal(postmortem->cycles[0].threads[0], 0);
	assert_non_null(postmortem->failure);
	assert_int_equal(postmortem->failure->kind, QN_KIND_DEADLOCK);
	assert_text(postmortem->failure->frames[1].key, "milvus::first");
	qn_postmortem_destroy(postmortem);
}

/* One crash, told by gdb and by the core: one signature. */
static void gives_a_crash_the_signature_that_its_core_has(void **state)
{
	struct qn_core *core = made_core();
	struct qn_postmortem *of_core, *of_text;
	struct qn_signature core_signature, text_signature;

	(void)state;
	made_thread(core, 102,
		    MADE_STACK(core, "milvus::segcore::Get(int)", "~milvus::segcore::Inlined",
			       "milvus::segcore::Retrieve(long)", RUN_TASK, CPU_TAIL));
	core->crashed = 0;
	core->signal = (struct qn_core_signal){.number = 11, .code = 1, .has_address = true};
	of_core = made_postmortem(core);
	of_text = read_text(
		"Program terminated with signal SIGSEGV, Segmentation fault.\n"
		"#0  0x0000000000000001 in milvus::segcore::Get (n=1) at g.cpp:1\n"
		"[Current thread is 1 (Thread 0x7f0000002000 (LWP 102))]\n"
		"#0  0x0000000000000001 in milvus::segcore::Get (n=1) at g.cpp:1\n"
		"#1  0x0000000000000002 in milvus::segcore::Retrieve (n=1) at r.cpp:1\n"
		"#2  0x0000000000000005 in folly::ThreadPoolExecutor::runTask (this=...) at T.cpp:1\n");
	assert_int_equal(of_text->crashed, 0);
	assert_true(of_text->groups[0].is_crashed);
	assert_no_error(qn_signature_of_stack(&of_core->arena, of_core->failure, &core_signature));
	assert_no_error(qn_signature_of_stack(&of_text->arena, of_text->failure, &text_signature));
	assert_text(core_signature.id, text_signature.id.data);
	qn_postmortem_destroy(of_core);
	qn_postmortem_destroy(of_text);
}

/* The same for one that hangs: nothing of it is in the frames but the wait. */
static void gives_a_starved_pool_the_signature_that_its_core_has(void **state)
{
	struct qn_core *core = made_core();
	size_t stack =
		MADE_STACK(core, "folly::Future<int>::get() &&", "milvus::work(int)", RUN_TASK, CPU_TAIL);
	struct qn_postmortem *of_core, *of_text;
	struct qn_signature core_signature, text_signature;

	(void)state;
	made_thread(core, 102, stack);
	made_thread(core, 103, stack);
	of_core = made_postmortem(core);
	of_text = read_text("Attaching to process 12\n" WORKER("2", "102", "aa0", GET)
				    WORKER("3", "103", "aa0", GET));
	assert_int_equal(of_core->pools[0].verdict, QN_POOL_STARVED);
	assert_int_equal(of_text->pools[0].verdict, QN_POOL_STARVED);
	assert_no_error(qn_signature_of_stack(&of_core->arena, of_core->failure, &core_signature));
	assert_no_error(qn_signature_of_stack(&of_text->arena, of_text->failure, &text_signature));
	assert_int_equal(core_signature.kind, QN_KIND_DEADLOCK);
	assert_text(core_signature.id, text_signature.id.data);
	qn_postmortem_destroy(of_core);
	qn_postmortem_destroy(of_text);
}

static void refuses_a_text_without_threads(void **state)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_postmortem *postmortem = NULL;

	(void)state;
	assert_error(qn_postmortem_of_text(normalizer, QN_TEXT("hello\nworld\n"), &postmortem),
		     QN_ERROR_UNRECOGNIZED, "no thread of gdb, eu-stack or pstack is in it");
	qn_normalizer_destroy(normalizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_the_real_dumps),
		cmocka_unit_test(tells_pools_apart_by_the_address_of_their_loop),
		cmocka_unit_test(takes_a_mutex_and_its_address_from_the_arguments),
		cmocka_unit_test(follows_joins_by_the_handle_of_the_thread),
		cmocka_unit_test(gives_a_crash_the_signature_that_its_core_has),
		cmocka_unit_test(gives_a_starved_pool_the_signature_that_its_core_has),
		cmocka_unit_test(refuses_a_text_without_threads),
	};
	return QN_RUN("postmortem_text", tests);
}
