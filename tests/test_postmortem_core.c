/* What is understood of a core: groups, states, why it died. The cores are built by hand. */
#include "stack/postmortem.h"

#include <time.h>

#include "signature/signature.h"
#include "support/made_core.h"

static void groups_threads_by_their_functions_and_the_crashed_one_alone(void **state)
{
	struct qn_core *core = made_core();
	size_t idle = MADE_STACK(core, IDLE_CPU);
	size_t same = MADE_STACK(core, IDLE_CPU); /* other addresses, named frames: equal but for the "" */
	size_t search = MADE_STACK(core, "milvus::Search(int)", RUN_TASK, CPU_TAIL);
	struct qn_postmortem *postmortem;

	(void)state;
	core->stacks[same].frames[4].pc = core->stacks[idle].frames[4].pc;
	core->stacks[idle].frames[0].line = 3;
	made_thread(core, 30, idle);
	made_thread(core, 20, search);
	made_thread(core, 10, same);
	made_thread(core, 40, search);
	core->crashed = 3;
	core->signal = (struct qn_core_signal){.number = 11, .code = 1, .has_address = true, .address = 0x20};
	core->fault = QN_TEXT("null + 0x20");
	postmortem = made_postmortem(core);
	assert_int_equal(postmortem->threads_count, 4);
	assert_int_equal(postmortem->threads[0].tid, 10);
	assert_int_equal(postmortem->threads[3].tid, 40);
	assert_int_equal(postmortem->crashed, 3);
	assert_int_equal(postmortem->groups_count, 3);
	assert_true(postmortem->groups[0].is_crashed);
	assert_int_equal(postmortem->groups[0].count, 1);
	assert_int_equal(postmortem->groups[0].threads[0], 3);
	assert_int_equal(postmortem->groups[1].activity, QN_ACTIVITY_RUNNING);
	assert_int_equal(postmortem->groups[1].threads[0], 1);
	assert_int_equal(postmortem->groups[2].activity, QN_ACTIVITY_IDLE);
	assert_int_equal(postmortem->groups[2].count, 2);
	assert_text(postmortem->groups[2].what, "idle CPUThreadPoolExecutor worker");
	assert_int_equal(postmortem->threads[0].group, 2);
	assert_int_equal(postmortem->threads[3].group, 0);
	assert_text(postmortem->reason, "SIGSEGV (address not mapped to object) at 0x20: null + 0x20");
	assert_int_equal(postmortem->failure->kind, QN_KIND_CRASH);
	assert_text(postmortem->failure->thread, "LWP 40");
	qn_postmortem_destroy(postmortem);
}

/* What each thread was at, by the functions that it stood in. */
static void tells_what_a_thread_was_at(void **state)
{
	static const struct {
		const char *frames[16];
		enum qn_thread_activity activity;
		const char *what;
	} cases[] = {
		{{"futex_wait", "__GI___lll_lock_wait", "___pthread_mutex_lock", "f()", "start_thread"},
		 QN_ACTIVITY_BLOCKED,
		 "blocked in std::mutex lock"},
		{{"", "pthread_mutex_lock", "", "start_thread"},
		 QN_ACTIVITY_BLOCKED,
		 "blocked in std::mutex lock"},
		{{"epoll_wait", "serve()", "main"}, QN_ACTIVITY_IDLE, "waiting in epoll_wait"},
		{{"clock_nanosleep@GLIBC_2.2.5", "nanosleep", "main"}, QN_ACTIVITY_IDLE, "sleeping"},
		{{"__futex_abstimed_wait_common", "pthread_cond_wait@@GLIBC_2.3.2",
		  "std::condition_variable::wait(std::unique_lock<std::mutex>&)", "loop()"},
		 QN_ACTIVITY_IDLE,
		 "waiting in pthread_cond_wait"},
		{{"__futex_abstimed_wait_common", "pthread_cond_wait", "work()", RUN_TASK, CPU_TAIL},
		 QN_ACTIVITY_BLOCKED,
		 "waiting in pthread_cond_wait, busy (CPUThreadPoolExecutor)"},
		{{"__pthread_clockjoin_ex", "std::thread::join()", "main"},
		 QN_ACTIVITY_BLOCKED,
		 "joins a thread"},
		{{"clock_nanosleep", "work()", RUN_TASK, CPU_TAIL},
		 QN_ACTIVITY_RUNNING,
		 "busy (CPUThreadPoolExecutor)"},
		{{FUTURE_WAIT, "main"}, QN_ACTIVITY_BLOCKED, "blocked in folly::Future wait"},
		{{"runtime.futex", "runtime.futexsleep", "runtime.notesleep", "runtime.stopm"},
		 QN_ACTIVITY_IDLE,
		 "waiting in the Go runtime"},
		{{"milvus::Score(int)", "main"}, QN_ACTIVITY_RUNNING, "milvus::Score"},
		{{"", "", ""}, QN_ACTIVITY_UNKNOWN, "unknown"},
		{{"kill", "dump()", "main"}, QN_ACTIVITY_RUNNING, "dump"},
		{{"std::__basic_future<int>::wait() const", "work()", RUN_TASK, CPU_TAIL},
		 QN_ACTIVITY_BLOCKED,
		 "blocked in std::future wait"},
		/* no queue that we know, but nothing else that the loop could wait for */
		{{"__futex_abstimed_wait_common", "pthread_cond_wait", CPU_TAIL},
		 QN_ACTIVITY_IDLE,
		 "idle CPUThreadPoolExecutor worker"},
		{{"syscall", "nativeFutexWake", CPU_TAIL},
		 QN_ACTIVITY_BETWEEN,
		 "between tasks (CPUThreadPoolExecutor)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_core *core = made_core();
		struct qn_postmortem *postmortem;

		made_thread(core, 1, made_stack(core, cases[i].frames));
		postmortem = made_postmortem(core);
		assert_text(postmortem->groups[0].what, cases[i].what);
		assert_int_equal(postmortem->groups[0].activity, cases[i].activity);
		assert_null(postmortem->failure);
		qn_postmortem_destroy(postmortem);
	}
}

static void tells_by_the_lock_where_no_frame_has_a_name(void **state)
{
	struct qn_core *core = made_core();
	struct qn_core_thread *thread = made_thread(core, 1, MADE_STACK(core, "", ""));
	struct qn_postmortem *postmortem;

	(void)state;
	thread->wait = (struct qn_core_wait){.kind = QN_LOCK_MUTEX, .address = 0x10};
	postmortem = made_postmortem(core);
	assert_int_equal(postmortem->groups[0].activity, QN_ACTIVITY_BLOCKED);
	assert_text(postmortem->groups[0].what, "blocked in a mutex");
	qn_postmortem_destroy(postmortem);
}

#define THROW_STRIPPED                                                                            \
	"__pthread_kill_implementation", "__pthread_kill_internal", "raise", "abort", "", "", "", \
		"__gxx_personality_v0", "_Unwind_RaiseException", "__cxa_throw"

static void names_an_exception_abort_after_the_frame_below_cxa_throw(void **state)
{
	struct qn_core *core = made_core();
	size_t stack = MADE_STACK(core, THROW_STRIPPED, "thrower(int)", "guarded()", RUN_TASK, CPU_TAIL);
	struct qn_postmortem *postmortem;
	struct qn_signature signature;
	size_t first;

	(void)state;
	made_thread(core, 7, stack);
	core->crashed = 0;
	core->signal.number = 6;
	core->exception = QN_TEXT("std::runtime_error");
	core->message = QN_TEXT("through noexcept");
	postmortem = made_postmortem(core);
	assert_text(postmortem->reason,
		    "SIGABRT: terminate called after throwing std::runtime_error: through noexcept");
	assert_int_equal(postmortem->failure->kind, QN_KIND_ABORT);
	first = qn_stack_first_user(postmortem->failure);
	assert_text(postmortem->failure->frames[first].key, "thrower");
	assert_no_error(qn_signature_of_stack(&postmortem->arena, postmortem->failure, &signature));
	assert_non_null(strstr(signature.title.data, "thrower"));
	qn_postmortem_destroy(postmortem);
}

/* The handler of a program may have functions of its own, and raises the signal again or aborts. */
static void looks_below_the_frames_of_a_signal_handler(void **state)
{
	struct qn_core *core = made_core();
	size_t stack = MADE_STACK(core, "raise", "abort", "app::OnCrash(int)", "__restore_rt",
				  "@milvus::Read(char*)", "main");
	struct qn_core_thread *thread = made_thread(core, 7, stack);
	struct qn_postmortem *postmortem;

	(void)state;
	thread->handled[0] = (struct qn_core_signal){
		.number = 11, .code = 1, .has_address = true, .address = 0, .pc = 0x1234};
	thread->handled_count = 1;
	core->crashed = 0;
	core->signal.number = 6;
	postmortem = made_postmortem(core);
	assert_text(postmortem->signal, "SIGSEGV");
	assert_int_equal(postmortem->failure->kind, QN_KIND_CRASH);
	assert_text(postmortem->failure->frames[qn_stack_first_user(postmortem->failure)].key,
		    "milvus::Read");
	assert_true(postmortem->failure->frames[2].is_rethrow);
	assert_false(postmortem->failure->frames[4].is_rethrow);
	qn_postmortem_destroy(postmortem);
}

static void keeps_the_gap_of_a_runaway_recursion(void **state)
{
	struct qn_core *core = made_core();
	size_t stack = MADE_STACK(core, "f(int)", "f(int)", "f(int)", "f(int)", "main");
	struct qn_postmortem *postmortem;

	(void)state;
	core->stacks[stack].elided_at = 2;
	core->stacks[stack].elided_count = 100000;
	made_thread(core, 7, stack);
	core->crashed = 0;
	core->signal.number = 11;
	postmortem = made_postmortem(core);
	assert_int_equal(postmortem->stacks[0].elided_at, 2);
	assert_int_equal(postmortem->stacks[0].elided_count, 100000);
	assert_int_equal(postmortem->stacks[0].stack.frames_count, 5);
	assert_true(postmortem->failure->is_cut);
	qn_postmortem_destroy(postmortem);
}

static void knows_the_same_core_by_its_content(void **state)
{
	struct qn_hash128 evidence[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct qn_core *core = made_core();
		struct qn_postmortem *postmortem;

		made_thread(core, 7, MADE_STACK(core, "f(int)", "main"));
		core->crashed = 0;
		core->signal.number = 11;
		if (i == 2)
			core->content = QN_TEXT("ff112233445566778899aabbccddeeff");
		postmortem = made_postmortem(core);
		evidence[i] = postmortem->failure->evidence;
		qn_postmortem_destroy(postmortem);
	}
	assert_memory_equal(&evidence[0], &evidence[1], sizeof(evidence[0]));
	assert_memory_not_equal(&evidence[0], &evidence[2], sizeof(evidence[0]));
}

static void groups_thousands_of_threads_in_no_time(void **state)
{
	struct qn_core *core = made_core();
	size_t stacks[] = {MADE_STACK(core, IDLE_CPU),
			   MADE_STACK(core, FUTURE_WAIT, "w()", RUN_TASK, CPU_TAIL),
			   MADE_STACK(core, "epoll_wait", "main")};
	struct qn_postmortem *postmortem;
	clock_t start;

	(void)state;
	for (uint32_t i = 0; i < 4000; i++) {
		struct qn_core_thread *thread = made_thread(core, 4000 - i, stacks[i % 3]);

		thread->wait = (struct qn_core_wait){.kind = QN_LOCK_MUTEX, .owner = i + 1};
		thread->executor = 0x1000 + i; /* as damaged memory might have it: a pool each */
	}
	start = clock();
	postmortem = made_postmortem(core);
	assert_in_range((clock() - start) * 1000 / CLOCKS_PER_SEC, 0, 1000); /* with sanitizers */
	assert_int_equal(postmortem->groups_count, 3);
	qn_postmortem_destroy(postmortem);
}

static void tells_nothing_of_a_core_that_holds_nothing(void **state)
{
	struct qn_core *core = made_core();
	struct qn_postmortem *postmortem;
	struct qn_core_note note = {.text = QN_TEXT("the reader died"), .has_offset = true, .offset = 7};

	(void)state;
	core->notes = &note;
	core->notes_count = 1;
	core->crashed = 5; /* nonsense */
	postmortem = made_postmortem(core);
	assert_int_equal(postmortem->threads_count, 0);
	assert_int_equal(postmortem->groups_count, 0);
	assert_null(postmortem->failure);
	assert_int_equal(postmortem->crashed, SIZE_MAX);
	assert_int_equal(postmortem->issues_count, 1);
	assert_text(postmortem->issues[0].text, "the reader died");
	qn_postmortem_destroy(postmortem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_threads_by_their_functions_and_the_crashed_one_alone),
		cmocka_unit_test(tells_what_a_thread_was_at),
		cmocka_unit_test(tells_by_the_lock_where_no_frame_has_a_name),
		cmocka_unit_test(names_an_exception_abort_after_the_frame_below_cxa_throw),
		cmocka_unit_test(looks_below_the_frames_of_a_signal_handler),
		cmocka_unit_test(keeps_the_gap_of_a_runaway_recursion),
		cmocka_unit_test(knows_the_same_core_by_its_content),
		cmocka_unit_test(groups_thousands_of_threads_in_no_time),
		cmocka_unit_test(tells_nothing_of_a_core_that_holds_nothing),
	};
	return QN_RUN("postmortem_core", tests);
}
