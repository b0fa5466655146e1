#include "support/crash_feed.h"

static void assert_one(struct feed *feed, const char *text, enum qn_kind kind, const char *signal,
		       const char *message, size_t frames)
{
	feed_all(feed, text);
	assert_int_equal(feed->count, 1);
	assert_int_equal(feed->stacks[0]->kind, kind);
	assert_text(feed->stacks[0]->signal, signal);
	assert_text(feed->stacks[0]->message, message);
	assert_int_equal(feed->stacks[0]->frames_count, frames);
}

static void reads_a_panic(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "panic: runtime error: invalid memory address or nil pointer dereference\n"
		   "[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x24ddc33]\n\n"
		   "goroutine 910 [running, locked to thread]:\n"
		   "example.com/q.(*loader).load(0xc05acbf037, {0x1?, 0x2})\n\t/q/loader.go:131 +0x1df\n"
		   "example.com/q.run(...)\n\t/q/run.go:7\n"
		   "created by example.com/q.start in goroutine 4\n\t/q/start.go:9 +0x2a6\n"
		   "exit status 2\n",
		   QN_KIND_PANIC, "SIGSEGV",
		   "runtime error: invalid memory address or nil pointer dereference", 2);
	assert_string_equal(feed.stacks[0]->dialect, "go-panic");
	assert_int_equal(feed.stacks[0]->goroutine, 910);
	assert_int_equal(feed.stacks[0]->si_code, 1);
	assert_int_equal(feed.stacks[0]->fault_address, 8);
	assert_int_equal(feed.stacks[0]->crash_pc, 0x24ddc33);
	assert_frame(feed.stacks[0], 0, "example.com/q.(*loader).load(0xc05acbf037, {0x1?, 0x2})",
		     "/q/loader.go", 131, 0);
	assert_frame(feed.stacks[0], 1, "example.com/q.run(...)", "/q/run.go", 7, 0);
	assert_true(feed.stacks[0]->frames[0].is_go);
	assert_int_equal(feed.stacks[0]->places[0].last_line, 11);
	feed_deinit(&feed);
}

static void a_chain_of_recovered_panics_is_one(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "panic: boom [recovered]\n\tpanic: boom [recovered]\n\tpanic: boom\n\ngoroutine 5 "
		   "[running]:\n"
		   "panic({0x5?, 0xc?})\n\t/go/panic.go:1017 +0xab7\n"
		   "x/pool.run.func1()\n\t/x/pool.go:54 +0x7\n"
		   "panic({0x5?, 0xc?})\n\t/go/panic.go:914 +0x29\n"
		   "x/q.Reduce({0x1, 0x2})\n\t/x/result.go:89 +0x3\n",
		   QN_KIND_PANIC, "", "boom", 4);
	assert_true(feed.stacks[0]->frames[0].is_rethrow);
	assert_true(feed.stacks[0]->frames[1].is_rethrow);
	assert_false(feed.stacks[0]->frames[2].is_rethrow);
	assert_false(feed.stacks[0]->frames[3].is_rethrow);
	feed_deinit(&feed);
}

static void a_chain_whose_tabs_were_lost_is_one(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(
		&feed,
		"panic: boom [recovered]\npanic: boom\n\ngoroutine 5 [running]:\nx/q.F()\n/x/f.go:9 +0x3\n",
		QN_KIND_PANIC, "", "boom", 1);
	assert_true(feed_has_damage(feed.stacks[0], "tabs lost"));
	feed_deinit(&feed);
}

static void a_panic_while_panicking_keeps_the_first_message(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "panic: first\n\tpanic: second\n\ngoroutine 5 [running]:\nx/q.F()\n\t/x/f.go:9 +0x3\n",
		   QN_KIND_PANIC, "", "first", 1);
	feed_deinit(&feed);
}

static void a_message_of_many_lines_ends_at_the_goroutine(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "panic: no consumer, error = All attempts:\nfirst reason\nsecond reason\n\ngoroutine 5 "
		   "[running]:\n"
		   "x/q.F()\n\t/x/f.go:9 +0x3\n",
		   QN_KIND_PANIC, "", "no consumer, error = All attempts:\nfirst reason\nsecond reason", 1);
	feed_deinit(&feed);
}

static void lines_of_other_writers_are_not_in_the_message(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "panic: no consumer, error = All attempts:\n2025/06/24 20:30:41 failed to upload traces\n"
		   "time=\"2022-03-08T08:42:46Z\" level=info msg=x\nfirst reason\n\ngoroutine 5 [running]:\n"
		   "2025/06/24 20:30:41 done\nx/q.F()\n\t/x/f.go:9 +0x3\n",
		   QN_KIND_PANIC, "", "no consumer, error = All attempts:\nfirst reason", 1);
	assert_frame(feed.stacks[0], 0, "x/q.F()", "/x/f.go", 9, 0);
	assert_true(feed_has_damage(feed.stacks[0], "interleaved lines of other writers"));
	feed_deinit(&feed);
}

static void an_abort_is_none_the_less_one_if_the_runtime_calls_it_unexpected(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "fatal error: unexpected signal during runtime execution\n[signal SIGABRT: abort code=0x0 "
		   "addr=0x0 "
		   "pc=0x7f]\n",
		   QN_KIND_ABORT, "SIGABRT", "unexpected signal during runtime execution", 0);
	feed_deinit(&feed);
}

static void what_follows_a_panic_that_was_cut_is_not_its_message(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed, "panic: channel closed\nsome other program's text\n", QN_KIND_PANIC, "",
		   "channel closed", 0);
	assert_int_equal(feed.stacks[0]->places[0].last_line, 1);
	feed_deinit(&feed);
}

static void frames_may_follow_a_panic_whose_goroutine_line_was_lost(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed, "panic: boom\nmore of it\nx/q.F(0x1)\n\t/x/f.go:9 +0x3 fp=0x1 sp=0x2 pc=0x77\n",
		   QN_KIND_PANIC, "", "boom\nmore of it", 1);
	assert_frame(feed.stacks[0], 0, "x/q.F(0x1)", "/x/f.go", 9, 0x77);
	feed_deinit(&feed);
}

static void a_dated_panic_has_its_own_time_and_is_an_event_of_its_own(void **state)
{
	struct feed feed;
	char time[QN_TIME_BYTES];

	(void)state;
	feed_all(&feed, "2026/06/05 16:12:10 panic: no etcd\n2026/06/05 16:12:23 panic: no etcd\n");
	assert_int_equal(feed.count, 2);
	assert_text(feed.stacks[0]->message, "no etcd");
	assert_string_equal(qn_time_format(feed.stacks[1]->time, time), "2026-06-05T16:12:23Z");
	assert_int_equal(feed.stacks[1]->places[0].line, 2);
	assert_false(feed.stacks[0]->evidence.low == feed.stacks[1]->evidence.low);
	feed_deinit(&feed);
}

static void fatal_errors_have_a_kind_by_what_they_say(void **state)
{
	static const struct {
		const char *words;
		enum qn_kind kind;
	} cases[] = {
		{"concurrent map iteration and map write", QN_KIND_PANIC},
		{"all goroutines are asleep - deadlock!", QN_KIND_DEADLOCK},
		{"unexpected signal during runtime execution", QN_KIND_CRASH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;
		char text[200];

		snprintf(text, sizeof(text),
			 "fatal error: %s\n\ngoroutine 1 [chan receive]:\nx.F(0x1)\n\t/x.go:1 +0x3\n",
			 cases[i].words);
		feed_init(&feed);
		feed_text(&feed, qn_text_of(text));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, cases[i].kind);
		assert_text(feed.stacks[0]->message, cases[i].words);
		assert_int_equal(feed.stacks[0]->frames_count, 1);
		feed_deinit(&feed);
	}
}

#define UNEXPECTED                                                                   \
	"fatal error: unexpected signal during runtime execution\n"                  \
	"fatal error: unexpected signal during runtime execution\n"                  \
	"[signal SIGSEGV: segmentation violation code=0x80 addr=0x0 pc=0x7f9e]\n\n"  \
	"runtime stack:\nruntime.throw({0x13?, 0x03?})\n\t/go/panic.go:1117 +0x71\n" \
	"runtime.sigpanic()\n\t/go/signal_unix.go:718 +0x3a9\n\n"

static void the_scheduler_s_stack_is_not_the_culprit_s(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   UNEXPECTED "goroutine 36 [syscall]:\n"
			      "_ZN1a1bEv\n\t/a/b.cpp:38 pc=0x7f01\n"
			      "non-Go function\n\tpc=0x7f02\n"
			      "runtime.cgocall(0x1, 0x2)\n\t/go/cgocall.go:157 +0x4df fp=0x1 sp=0x2 pc=0x22\n"
			      "x/q._Cfunc_Load(0x7)\n\t_cgo_gotypes.go:871 +0x77f fp=0x1 sp=0x2 pc=0x1f\n",
		   QN_KIND_CRASH, "SIGSEGV", "unexpected signal during runtime execution", 4);
	assert_string_equal(feed.stacks[0]->dialect, "go-fatal");
	assert_int_equal(feed.stacks[0]->si_code, 0x80);
	assert_frame(feed.stacks[0], 0, "_ZN1a1bEv", "/a/b.cpp", 38, 0x7f01);
	assert_frame(feed.stacks[0], 1, "non-Go function", "", 0, 0x7f02);
	assert_frame(feed.stacks[0], 3, "x/q._Cfunc_Load(0x7)", "_cgo_gotypes.go", 871, 0x1f);
	feed_deinit(&feed);
}

static void a_goroutine_that_waited_is_not_the_culprit(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed, UNEXPECTED "goroutine 1 [chan receive]:\nmain.main()\n\t/m.go:1 +0x3\n",
		   QN_KIND_CRASH, "SIGSEGV", "unexpected signal during runtime execution", 0);
	assert_int_equal(feed.stacks[0]->goroutines_behind, 1);
	assert_int_equal(feed.stacks[0]->goroutine, 0);
	feed_deinit(&feed);
}

static void counts_the_goroutines_behind_the_culprit(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT("panic: boom\n\ngoroutine 5 gp=0xc0 m=1 mp=0xc1 "
				 "[running]:\nx.F()\n\t/x.go:1 +0x3\n"));
	for (int i = 0; i < 100; i++)
		feed_text(&feed, QN_TEXT("\ngoroutine 6 [select, 2 minutes]:\nx.G()\n\t/x.go:2 +0x3\n"
					 "created by x.H\n\t/x.go:3 +0x4\n"));
	feed_text(&feed, QN_TEXT("\nrax    0x0\nrbx    0x7f12\nrflags 0x246\n"));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_int_equal(feed.stacks[0]->goroutine, 5);
	assert_int_equal(feed.stacks[0]->goroutines_behind, 100);
	assert_int_equal(feed.stacks[0]->places[0].last_line, 5 + 600 + 4);
	assert_false(feed.stacks[0]->is_cut);
	feed_deinit(&feed);
}

static void elided_frames_mark_a_cut(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "panic: deep\n\ngoroutine 5 [running]:\nx.F()\n\t/x.go:1 +0x3\n...additional frames "
		   "elided...\n"
		   "created by x.H\n\t/x.go:3 +0x4\n",
		   QN_KIND_PANIC, "", "deep", 1);
	assert_true(feed.stacks[0]->is_cut);
	feed_deinit(&feed);
}

struct cgo_case {
	const char *title, *signal;
	enum qn_kind kind;
	const char *facts;
	int64_t code;
	bool has_address;
};

static void reads_each_signal_that_hit_c_code(void **state)
{
	static const struct cgo_case cases[] = {
		{"SIGSEGV: segmentation violation", "SIGSEGV", QN_KIND_CRASH, "PC=0x7f m=97 sigcode=1", 1,
		 false},
		{"SIGBUS: bus error", "SIGBUS", QN_KIND_CRASH, "PC=0x7f m=3 sigcode=2 addr=0x77", 2, true},
		{"SIGILL: illegal instruction", "SIGILL", QN_KIND_CRASH, "PC=0x7f m=3 sigcode=2", 2, false},
		{"SIGFPE: floating-point exception", "SIGFPE", QN_KIND_CRASH, "PC=0x7f m=3 sigcode=1", 1,
		 false},
		{"SIGABRT: abort ", "SIGABRT", QN_KIND_ABORT, "PC=0x7f m=30 sigcode=18446744073709551610", -6,
		 false},
		{"SIGTRAP: trace trap", "SIGTRAP", QN_KIND_CRASH, "PC=0x7f m=3 sigcode=-6", -6, false},
		{"SIGSYS: bad system call", "SIGSYS", QN_KIND_CRASH, "PC=0x7f m=3 sigcode=1", 1, false},
		{"SIGPIPE: broken pipe", "SIGPIPE", QN_KIND_CRASH, "PC=0x7f m=3 sigcode=0", 0, false},
		{"SIGXCPU: cpu limit exceeded", "SIGXCPU", QN_KIND_CRASH, "PC=0x7f m=3 sigcode=0", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;
		char text[400];

		snprintf(text, sizeof(text),
			 "%s\n%s\nsignal arrived during cgo execution\ninstruction bytes: 0xc4 0xe3\n\n"
			 "goroutine 29 gp=0xc0 m=5 mp=0xc1 [syscall, locked to thread]:\n"
			 "load\n\t/a/b.cpp:38 pc=0x7f01\nx._Cfunc_L(0x1)\n\t_cgo_gotypes.go:5 +0x4 fp=0x1 "
			 "sp=0x2 pc=0x3\n",
			 cases[i].title, cases[i].facts);
		assert_one(&feed, text, cases[i].kind, cases[i].signal, "", 2);
		assert_string_equal(feed.stacks[0]->dialect, "cgo-signal");
		assert_int_equal(feed.stacks[0]->si_code, cases[i].code);
		assert_int_equal(feed.stacks[0]->crash_pc, 0x7f);
		assert_int_equal(feed.stacks[0]->has_fault_address, cases[i].has_address);
		assert_int_equal(feed.stacks[0]->goroutine, 29);
		feed_deinit(&feed);
	}
}

static void a_memory_dump_is_skipped(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "SIGABRT: abort\nPC=0x7fc4 m=9 sigcode=18446744073709551610\n\ngoroutine 0 [idle]:\n"
		   "runtime: unknown pc 0x7fc4\nstack: frame={sp:0x7fc3, fp:0x0} stack=[0x7f,0x80)\n"
		   "00007fc3e4cd71a0:  0c5e6908f7b4cdc6  441859c93cdd8a90 \n"
		   "00007fc3e4cd72a0: <0000000000000000  00007fc3c402c9f0 \n\n"
		   "goroutine 1 [select]:\nmain.main()\n\t/m.go:1 +0x3\n",
		   QN_KIND_ABORT, "SIGABRT", "", 0);
	assert_int_equal(feed.stacks[0]->goroutines_behind, 1);
	assert_int_equal(feed.stacks[0]->places[0].last_line, 12);
	feed_deinit(&feed);
}

static void goroutine_0_may_have_the_frames(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "SIGSEGV: segmentation violation\nPC=0x7fc4 m=9 sigcode=1 addr=0x9\n\n"
		   "goroutine 0 gp=0xc0 m=9 mp=0xc1 [idle]:\n_ZN1a1bEv\n\t/a/b.cpp:38 pc=0x7f01\n\n"
		   "goroutine 7 [syscall]:\nmain.main()\n\t/m.go:1 +0x3\n",
		   QN_KIND_CRASH, "SIGSEGV", "", 1);
	assert_frame(feed.stacks[0], 0, "_ZN1a1bEv", "/a/b.cpp", 38, 0x7f01);
	feed_deinit(&feed);
}

static void a_goroutine_without_any_header_is_read_if_it_was_at_work(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(
		&feed,
		"goroutine 9 [running]:\npanic({0x1, 0x2})\n\t/go/panic.go:1 +0x1\nx.F()\n\t/x.go:1 +0x3\n",
		QN_KIND_PANIC, "", "", 2);
	assert_string_equal(feed.stacks[0]->dialect, "go-panic");
	feed_deinit(&feed);
	feed_all(&feed,
		 "goroutine 9 [select]:\nx.F()\n\t/x.go:1 +0x3\ngoroutine running on other thread; x\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

static void a_signal_whose_bracket_was_not_copied_is_one(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "signal SIGSEGV: segmentation violation code=0x1 addr=0x10 pc=0x7f11]\n"
			"goroutine 70 [syscall]:\nruntime.cgocall(0x1, 0x2)\n\t/go/cgocall.go:157 +0x5c\n"
			"x._Cfunc_Go(0x1)\n\t_cgo_gotypes.go:9 +0x1\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGSEGV");
	assert_int_equal(feed.stacks[0]->fault_address, 0x10);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void a_name_whose_place_was_cut_off_is_the_last_frame(void **state)
{
	struct feed feed;

	(void)state;
	assert_one(&feed,
		   "panic: boom\n\ngoroutine 7 [running]:\npanic({0x1, 0x2})\n\t/go/panic.go:1 +0x1\n"
		   "x/y.(*T).F(0x1400138",
		   QN_KIND_PANIC, "", "boom", 2);
	assert_true(feed.stacks[0]->is_cut);
	feed_deinit(&feed);
	assert_one(&feed,
		   "panic: boom\n\ngoroutine 7 [running]:\npanic({0x1, 0x2})\n\t/go/panic.go:1 +0x1\n"
		   "exit status 2\nFAIL",
		   QN_KIND_PANIC, "", "boom", 1);
	feed_deinit(&feed);
}

static void what_was_broken_off_a_line_is_no_name(void **state)
{
	static const char *const texts[] = {
		/* a mail program breaks at blanks */
		"x/y.(*T).F(0xc0015, {0x6e0a1f0,\n0x2}, 0xc0038a6ba0)\n\t/y/t.go:5 +0x3ac fp=0xc0027071b8\n"
		"sp=0xc002707108 pc=0x1e57bec\nx.G(0x1)\n\t/x.go:6 +0x1\n",
		/* a terminal where its line is full */
		"x/y.(*T).F(0xc0015, {0x6e0a1f0, 0x\nc2}, 0xc0038a6ba0)\n\t/y/t.go:5 +0x3ac\nx.G(0x1)\n"
		"\t/x.go:6 +0x1\n",
		"x/y.(*T).F(0xc0015, 0x\nc0038a6ba0)\n\t/y/t.go:5 +0x3ac\nx.G(0x1)\n\t/x.go:6 +0x1\n",
		"x/y.(*T).F(0xc0015,\n{0x6e0a1f0, 0x1})\n\t/y/t.go:5 +0x3ac\nx.G(0x1)\n\t/x.go:6 +0x1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char text[512];
		struct feed feed;

		snprintf(text, sizeof(text), "panic: boom\n\ngoroutine 7 [running]:\n%s", texts[i]);
		feed_all(&feed, text);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		assert_true(qn_text_starts(feed.stacks[0]->frames[0].raw, QN_TEXT("x/y.(*T).F(0xc0015")));
		assert_int_equal(feed.stacks[0]->frames[0].line, 5);
		assert_true(qn_text_starts(feed.stacks[0]->frames[1].raw, QN_TEXT("x.G(")));
		assert_int_equal(feed.stacks[0]->frames[1].line, 6);
		feed_deinit(&feed);
	}
}

static void texts_that_look_like_headers_are_not(void **state)
{
	static const char *const texts[] = {
		"signal SIGSEGV: handled by the application\n",
		"signal SIGTERM: code=0x1 pc=0x2\n",
		"SIGSEGV: handled by the application\n",
		"[signal SIGWINCH: window changed]\n",
		"goroutine pool is full\n",
		"runtime stack: 5 kB\n",
		"a.cpp:1:10: fatal error: x.h: No such file\n",
		"PC=0x7f m=3 sigcode=1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		assert_int_equal(feed.taken, 0);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_panic),
		cmocka_unit_test(a_chain_of_recovered_panics_is_one),
		cmocka_unit_test(a_chain_whose_tabs_were_lost_is_one),
		cmocka_unit_test(a_panic_while_panicking_keeps_the_first_message),
		cmocka_unit_test(a_message_of_many_lines_ends_at_the_goroutine),
		cmocka_unit_test(lines_of_other_writers_are_not_in_the_message),
		cmocka_unit_test(an_abort_is_none_the_less_one_if_the_runtime_calls_it_unexpected),
		cmocka_unit_test(what_follows_a_panic_that_was_cut_is_not_its_message),
		cmocka_unit_test(frames_may_follow_a_panic_whose_goroutine_line_was_lost),
		cmocka_unit_test(a_dated_panic_has_its_own_time_and_is_an_event_of_its_own),
		cmocka_unit_test(fatal_errors_have_a_kind_by_what_they_say),
		cmocka_unit_test(the_scheduler_s_stack_is_not_the_culprit_s),
		cmocka_unit_test(a_goroutine_that_waited_is_not_the_culprit),
		cmocka_unit_test(counts_the_goroutines_behind_the_culprit),
		cmocka_unit_test(elided_frames_mark_a_cut),
		cmocka_unit_test(reads_each_signal_that_hit_c_code),
		cmocka_unit_test(a_memory_dump_is_skipped),
		cmocka_unit_test(goroutine_0_may_have_the_frames),
		cmocka_unit_test(a_goroutine_without_any_header_is_read_if_it_was_at_work),
		cmocka_unit_test(a_signal_whose_bracket_was_not_copied_is_one),
		cmocka_unit_test(a_name_whose_place_was_cut_off_is_the_last_frame),
		cmocka_unit_test(what_was_broken_off_a_line_is_no_name),
		cmocka_unit_test(texts_that_look_like_headers_are_not),
	};
	return QN_RUN("dialect_go", tests);
}
