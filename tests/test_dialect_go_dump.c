/* What stands behind a culprit, dumps that were asked for, and the forms of each version of Go. */
#include "support/crash_feed.h"

#define WAITING                                                                           \
	"goroutine 1 [select, 5 minutes]:\nx.G()\n\t/x.go:2 +0x3\n\n"                     \
	"goroutine 2 [select, locked to thread]:\nx.G()\n\t/x.go:2 +0x3\n\n"              \
	"goroutine 3 gp=0xc0 m=nil [chan receive (nil chan)]:\nx.G()\n\t/x.go:2 +0x3\n\n" \
	"goroutine 4 [chan receive (scan), 2 minutes]:\nx.G()\n\t/x.go:2 +0x3\n\n"        \
	"goroutine 5 [select]:\nx.G()\n\t/x.go:2 +0x3\n\n"                                \
	"goroutine 6 [running]:\n\tgoroutine running on other thread; stack unavailable\n\n"

static void assert_others(const struct qn_stack *stack)
{
	static const struct {
		const char *what;
		uint32_t count;
	} others[] = {{"select", 3}, {"chan receive", 2}, {"running", 1}};

	assert_int_equal(stack->goroutines_behind, 6);
	assert_int_equal(stack->others_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_text(stack->others[i].what, others[i].what);
		assert_int_equal(stack->others[i].count, others[i].count);
	}
}

static void groups_the_others_by_what_they_wait_for(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "panic: boom\n\ngoroutine 9 [running]:\nx.F()\n\t/x.go:1 +0x3\n\n" WAITING);
	assert_int_equal(feed.count, 1);
	assert_others(feed.stacks[0]);
	feed_deinit(&feed);
}

#define THREAD                                                                                       \
	"-----\n\nSIGQUIT: quit\nPC=0x469d83 m=2 sigcode=0\n\n"                                      \
	"goroutine 0 gp=0xc0 m=2 mp=0xc1 [idle]:\nruntime.futex()\n\t/go/s.s:5 +0x2 fp=0x1 sp=0x2 "  \
	"pc=0x3\n\n"                                                                                 \
	"goroutine 6 gp=0xc2 m=2 mp=0xc1 [syscall]:\nx.H()\n\t/x.go:3 +0x3 fp=0x1 sp=0x2 pc=0x3\n\n" \
	"rax    0xca\nrflags 0x286\n\n"

static void the_threads_of_a_crash_are_not_counted_again(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "SIGABRT: abort\nPC=0x7fc4 m=9 sigcode=18446744073709551610\n\n"
			"goroutine 9 [syscall]:\nx.F()\n\t/x.go:1 +0x3\n\n" WAITING
			"rax    0x0\nrflags 0x246\n\n" THREAD THREAD THREAD);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_others(feed.stacks[0]);
	feed_deinit(&feed);
}

static void a_dump_that_was_asked_for_is_no_failure(void **state)
{
	static const char *const texts[] = {
		"SIGQUIT: quit\nPC=0x469fa0 m=0 sigcode=0\n\ngoroutine 0 [idle]:\nruntime.epollwait()\n"
		"\t/go/s.s:7 +0x2 fp=0x1 sp=0x2 pc=0x3\n\ngoroutine 9 [syscall]:\nx.F()\n\t/x.go:1 "
		"+0x3\n\n" WAITING THREAD,
		"goroutine 1 [running]:\nruntime/pprof.writeGoroutineStacks({0x1, 0x2})\n\t/go/pprof.go:692 "
		"+0x7\n"
		"main.main()\n\t/m.go:1 +0x3\n\n" WAITING,
		"goroutine 1 [running]:\nruntime/debug.Stack()\n\t/go/stack.go:24 +0x7\n"
		"main.main()\n\t/m.go:1 +0x3\n",
		WAITING "goroutine 7 [syscall]:\nruntime.cgocall(0x1, 0x2)\n\t/go/c.go:157 +0x4\n",
		"goroutine 7 [syscall, 9 minutes]:\nruntime.cgocall(0x1, 0x2)\n\t/go/c.go:157 +0x4\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

static void a_crash_behind_a_dump_that_was_asked_for_is_one(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "SIGQUIT: quit\nPC=0x469fa0 m=0 sigcode=0\n\n" WAITING
			"panic: boom\n\ngoroutine 9 [running]:\nx.F()\n\t/x.go:1 +0x3\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message, "boom");
	assert_int_equal(feed.stacks[0]->goroutine, 9);
	feed_deinit(&feed);
}

static void reads_panics_of_each_go_version(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"panic: main.MyErr{Code:7}", "main.MyErr{Code:7}"},
		{"panic: (*errors.errorString) 0xc00001a090", "(*errors.errorString) 0xc00001a090"},
		{"panic: main.MyInt(5)", "main.MyInt(5)"},
		{"panic: runtime error: index out of range [3] with length 2 [recovered, repanicked]",
		 "runtime error: index out of range [3] with length 2"},
		{"panic: boom [recovered]\n\tpanic: again boom", "boom"},
		{"fatal error: sync: unlock of unlocked mutex", "sync: unlock of unlocked mutex"},
		{"panic: boom\n[originating from goroutine 12]", "boom"},
		{"runtime: goroutine stack exceeds 1000000000-byte limit\nruntime: sp=0xc0 stack=[0xc0, "
		 "0xc1]\n"
		 "fatal error: stack overflow",
		 "stack overflow"},
		{"fatal error: runtime: cannot allocate memory", "runtime: cannot allocate memory"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
		struct feed feed;

		qn_buffer_printf(&text,
				 "%s\n\ngoroutine 9 gp=0xc0 m=0 mp=0xc1 [running]:\nx.F[...](0x1)\n\t/x.go:1 "
				 "+0x3\n...23 frames elided...\ncreated by x.G in goroutine 1\n\t/x.go:2 "
				 "+0x3\nexit status 2\n",
				 cases[i].text);
		feed_all(&feed, text.data);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_PANIC);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_int_equal(feed.stacks[0]->frames_count, 1);
		assert_text(feed.stacks[0]->frames[0].key, "x.F");
		assert_true(feed.stacks[0]->is_cut);
		feed_deinit(&feed);
	}
}

static void a_panic_that_a_server_lived_on_with_is_an_error(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "2026/11/23 16:02:40 http: panic serving 127.0.0.1:46150: in handler\n"
			"goroutine 9 [running]:\nnet/http.(*conn).serve.func1()\n\t/go/server.go:1850 +0xbf\n"
			"panic({0x1, 0x2})\n\t/go/panic.go:890 +0x262\nx.F()\n\t/x.go:1 +0x3\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ERROR);
	assert_text(feed.stacks[0]->message, "http: panic serving a request: in handler");
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	feed_deinit(&feed);
}

#define RACE                                                                                          \
	"==================\nWARNING: DATA RACE\nWrite at 0x00c0000b4018 by goroutine 7:\n"           \
	"  x.(*cache).put()\n      /x/cache.go:12 +0x44\n  x.run.func1()\n      /x/run.go:3 +0x4\n\n" \
	"Previous read at 0x00c0000b4018 by main goroutine:\n  main.main()\n      /m.go:15 +0x88\n\n" \
	"Goroutine 7 (running) created at:\n  main.main()\n      /m.go:10 +0x7a\n==================\n"

static void reads_each_data_race(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, RACE RACE "Found 2 data race(s)\nexit status 66\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_SANITIZER);
	assert_string_equal(feed.stacks[0]->dialect, "go-race");
	assert_int_equal(feed.stacks[0]->goroutine, 7);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_int_equal(feed.stacks[0]->damage_count, 0);
	assert_frame(feed.stacks[0], 0, "x.(*cache).put()", "/x/cache.go", 12, 0);
	feed_deinit(&feed);
}

static void registers_without_a_head_are_of_a_signal(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "goroutine 12 [running]:\nx/y.F(0x1)\n\t/a/b.go:7 +0x1\n\nrax    0x0\nrip    0x7f1\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
	feed_deinit(&feed);
	feed_all(&feed, "goroutine 12 [running]:\nx/y.F(0x1)\n\t/a/b.go:7 +0x1\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_PANIC);
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_the_others_by_what_they_wait_for),
		cmocka_unit_test(the_threads_of_a_crash_are_not_counted_again),
		cmocka_unit_test(a_dump_that_was_asked_for_is_no_failure),
		cmocka_unit_test(a_crash_behind_a_dump_that_was_asked_for_is_one),
		cmocka_unit_test(reads_panics_of_each_go_version),
		cmocka_unit_test(a_panic_that_a_server_lived_on_with_is_an_error),
		cmocka_unit_test(reads_each_data_race),
		cmocka_unit_test(registers_without_a_head_are_of_a_signal),
	};
	return QN_RUN("dialect_go_dump", tests);
}
