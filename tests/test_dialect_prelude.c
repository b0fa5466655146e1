#include "support/crash_feed.h"

#define ABORT                                                                                               \
	"SIGABRT: abort\nPC=0x7f m=1 sigcode=18446744073709551610\nsignal arrived during cgo execution\n\n" \
	"goroutine 8 [syscall]:\nx._Cfunc_L(0x1)\n\t_cgo_gotypes.go:5 +0x4 fp=0x1 sp=0x2 pc=0x3\n"

struct prelude_case {
	const char *text;
	enum qn_kind kind_alone;
	const char *dialect, *exception, *message;
};

static const struct prelude_case cases[] = {
	{"terminate called after throwing an instance of 'a::Error'\n  what():  no such file\n",
	 QN_KIND_ABORT, "terminate", "a::Error", "no such file"},
	{"terminate called after throwing an instance of 'int'\n", QN_KIND_ABORT, "terminate", "int", ""},
	{"terminate called after throwing an instance of 'terminate called recursively\n", QN_KIND_ABORT,
	 "terminate", "", ""},
	{"terminate called after throwing an instance of 'a::E'\nterminate called recursively\n  what():  "
	 "x\n",
	 QN_KIND_ABORT, "terminate", "a::E", "x"},
	{"  what():  only this is left\n", QN_KIND_ABORT, "terminate", "", "only this is left"},
	{"terminate called after throwing an instance of 'a::E'\n  what():  x\n  what():  x\n", QN_KIND_ABORT,
	 "terminate", "a::E", "x"},
	{"terminate called after throwing an instance of 'a::E'\n  what():  short\n  and more\n",
	 QN_KIND_ABORT, "terminate", "a::E", "short\nand more"},
	{"terminate called after throwing an instance of 'a::E'\n"
	 "  what():  a line that is so long that the viewer it came through has cut it in the midd\n  le\n",
	 QN_KIND_ABORT, "terminate", "a::E",
	 "a line that is so long that the viewer it came through has cut it in the middle"},
	{"terminate called without an active exception\n", QN_KIND_ABORT, "terminate", "",
	 "terminate called without an active exception"},
	{"pure virtual method called\nterminate called without an active exception\n", QN_KIND_ABORT,
	 "terminate", "", "pure virtual method called"},
	{"runtime/cgo: pthread_create failed: Resource temporarily unavailable\n", QN_KIND_ABORT,
	 "abort-text", "", "runtime/cgo: pthread_create failed: Resource temporarily unavailable"},
	{"libgomp: Thread creation failed: Resource temporarily unavailable\n", QN_KIND_ABORT, "abort-text",
	 "", "libgomp: Thread creation failed: Resource temporarily unavailable"},
	{"double free or corruption (out)\n", QN_KIND_ABORT, "abort-text", "",
	 "double free or corruption (out)"},
	{"malloc(): unsorted double linked list corrupted\n", QN_KIND_ABORT, "abort-text", "",
	 "malloc(): unsorted double linked list corrupted"},
	{"free(): invalid pointer\n", QN_KIND_ABORT, "abort-text", "", "free(): invalid pointer"},
	{"munmap_chunk(): invalid pointer\n", QN_KIND_ABORT, "abort-text", "",
	 "munmap_chunk(): invalid pointer"},
	{"corrupted size vs. prev_size\n", QN_KIND_ABORT, "abort-text", "", "corrupted size vs. prev_size"},
	{"thread '<unnamed>' panicked at src/util.rs:7:41:\ncalled `unwrap()` on an `Err`: X\n"
	 "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
	 "fatal runtime error: failed to initiate panic, error 5\n",
	 QN_KIND_PANIC, "rust-panic", "", "panicked at src/util.rs:7:41: called `unwrap()` on an `Err`: X"},
	{"thread 'w' panicked at src/x.rs:1:1:\ntime=\"2022-03-08T08:42:46Z\" level=info msg=\"x\"\nfirst\n",
	 QN_KIND_PANIC, "rust-panic", "", "panicked at src/x.rs:1:1: first"},
	{"thread 'main' panicked at 'assertion failed: a', src/x.rs:7:41\n", QN_KIND_PANIC, "rust-panic", "",
	 "panicked at src/x.rs:7:41: assertion failed: a"},
	{"thread 'main' panicked at 'first line\n", QN_KIND_PANIC, "rust-panic", "", "'first line"},
	{"thread 'a' panicked at src/x.rs:1:1:\nfirst\nthread 'a' panicked at core/panicking.rs:2:2:\n"
	 "panic in a function that cannot unwind\n",
	 QN_KIND_PANIC, "rust-panic", "", "panicked at src/x.rs:1:1: first"},
	{"fatal runtime error: Rust cannot catch foreign exceptions\n", QN_KIND_PANIC, "rust-panic", "",
	 "fatal runtime error: Rust cannot catch foreign exceptions"},
};

static void preludes_stand_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, cases[i].kind_alone);
		assert_string_equal(feed.stacks[0]->dialect, cases[i].dialect);
		assert_text(feed.stacks[0]->exception, cases[i].exception);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_text(feed.stacks[0]->signal, "");
		assert_int_equal(feed.stacks[0]->frames_count, 0);
		feed_deinit(&feed);
	}
}

static void preludes_belong_to_the_signal_that_follows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, qn_text_of(cases[i].text));
		feed_text(&feed, QN_TEXT("[2024/05/31 17:30:26.227 +00:00] [INFO] [a.go:1] [x]\n" ABORT));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
		assert_string_equal(feed.stacks[0]->dialect, "cgo-signal");
		assert_text(feed.stacks[0]->signal, "SIGABRT");
		assert_text(feed.stacks[0]->exception, cases[i].exception);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_int_equal(feed.stacks[0]->goroutine, 8);
		assert_int_equal(feed.stacks[0]->frames_count, 1);
		assert_int_equal(feed.stacks[0]->places_count, 1);
		assert_int_equal(feed.stacks[0]->places[0].line, 1);
		feed_deinit(&feed);
	}
}

static void a_message_of_free_lines_is_whole_when_the_signal_follows(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT("terminate called after throwing an instance of 'a::E'\n  what():  Assert "
				 "\"x\" at /a.cpp:1\n"
				 " => bad state\n" ABORT));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message, "Assert \"x\" => bad state");
	feed_deinit(&feed);
}

static void lines_of_a_message_need_not_be_indented(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "terminate called after throwing an instance of 'a::E'\n  what():  first line\n"
			"second line: of it\n"
			"[2025/06/18 16:32:47.127 +00:00] [INFO] [a/b.go:6] [woven]\n"
			"third line\n" ABORT);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message, "first line\nsecond line: of it\nthird line");
	feed_deinit(&feed);
}

static void libcxx_tells_type_and_text_on_one_line(void **state)
{
	static const struct {
		const char *line, *exception, *message;
	} forms[] = {
		{"libc++abi: terminating due to uncaught exception of type std::runtime_error: too many\n",
		 "std::runtime_error", "too many"},
		{"libc++abi: terminating with uncaught exception of type milvus::SegcoreError\n",
		 "milvus::SegcoreError", ""},
		{"libc++abi.dylib: terminating with uncaught exception of type A: x: y\n", "A", "x: y"},
		{"libc++abi: terminating\n", "", "libc++abi: terminating"},
		{"libc++abi: Pure virtual function called!\n", "",
		 "libc++abi: Pure virtual function called!"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct feed feed;

		feed_all(&feed, forms[i].line);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
		assert_text(feed.stacks[0]->exception, forms[i].exception);
		assert_text(feed.stacks[0]->message, forms[i].message);
		feed_deinit(&feed);
	}
}

static void a_failed_assert_of_c_has_function_and_place(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, "milvus: /src/EvalCtx.h:36: milvus::exec::EvalCtx::EvalCtx(RowVector*): Assertion "
			"`set_ != nullptr' failed.\n" ABORT);
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_ABORT);
	assert_text(stack->message, "Assertion `set_ != nullptr' failed.");
	assert_frame(stack, 0, "milvus::exec::EvalCtx::EvalCtx(RowVector*)", "/src/EvalCtx.h", 36, 0);
	feed_deinit(&feed);
	feed_all(&feed, "the Assertion `x' failed.\nx: Assertion `y' failed.\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

static void a_prelude_does_not_join_a_panic_of_go(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "double free or corruption (out)\npanic: move consume position backward\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_int_equal(feed.stacks[1]->kind, QN_KIND_PANIC);
	feed_deinit(&feed);
}

static void texts_glued_to_another_writer_s_line_are_found(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "WARNING clustering 1 pointsterminate called after throwing an instance of 'a::E'\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "a::E");
	assert_true(feed_has_damage(feed.stacks[0], "two texts glued into one line"));
	feed_deinit(&feed);
}

static void harmless_words_of_the_same_writers_are_none(void **state)
{
	static const char *const texts[] = {
		"libgomp: Invalid value for environment variable OMP_NUM_THREADS\n",
		"what a day\n",
		"somebody panicked at noon\n",
		"stack backtrace:\n",
		"corrupted file found\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

static void rust_frames_stand_above_those_of_go(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT("thread 'w' panicked at src/x.rs:1:1:\nfirst\nstack backtrace:\n"
				 "   0:     0x7f12 - tantivy::open::h0123456789abcdef\n"
				 "                       at /src/reader.rs:20:13\n"
				 "   1: tantivy_open\n             at ./src/c.rs:7:5\n   2: <unknown>\nat "
				 "odd\n" ABORT));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->thread, "w");
	assert_int_equal(feed.stacks[0]->frames_count, 4);
	assert_text(feed.stacks[0]->frames[0].raw, "tantivy::open::h0123456789abcdef");
	assert_text(feed.stacks[0]->frames[0].file, "/src/reader.rs");
	assert_int_equal(feed.stacks[0]->frames[0].line, 20);
	assert_int_equal(feed.stacks[0]->frames[0].pc, 0x7f12);
	assert_text(feed.stacks[0]->frames[1].raw, "tantivy_open");
	assert_int_equal(feed.stacks[0]->frames[1].line, 7);
	assert_text(feed.stacks[0]->frames[3].raw, "x._Cfunc_L(0x1)");
	feed_deinit(&feed);
}

static void the_parent_tells_how_its_child_ended(void **state)
{
	static const struct {
		const char *words, *signal, *message;
		enum qn_kind kind;
		const char *dialect;
	} ends[] = {
		{"subprocess exit,  signal: segmentation fault", "SIGSEGV", "", QN_KIND_CRASH,
		 "subprocess-exit"},
		{"subprocess exit,  signal: aborted (core dumped)", "SIGABRT", "", QN_KIND_ABORT,
		 "subprocess-exit"},
		{"subprocess exit,  signal: bus error", "SIGBUS", "", QN_KIND_CRASH, "subprocess-exit"},
		{"subprocess exit,  signal: killed", "SIGKILL", "", QN_KIND_KILLED, "subprocess-exit"},
		{"subprocess exit,  signal: segmentation fau", "SIGSEGV", "", QN_KIND_CRASH,
		 "subprocess-exit"},
		{"exit code: 134", "", "exit code 134", QN_KIND_EXIT, "exit-code"},
	};
	static const char *const nothing[] = {
		"exit code: 0\n",       "subprocess exit,  signal: terminated\n", "subprocess exit, done\n",
		"exit code: unknown\n", "subprocess exit,  signal: s\n",          "exit code: 256\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct feed feed;
		char text[100], time[QN_TIME_BYTES];

		snprintf(text, sizeof(text), "2026/08/20 07:15:40 %s\n", ends[i].words);
		feed_all(&feed, text);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, ends[i].kind);
		assert_text(feed.stacks[0]->signal, ends[i].signal);
		assert_text(feed.stacks[0]->message, ends[i].message);
		assert_string_equal(feed.stacks[0]->dialect, ends[i].dialect);
		assert_string_equal(qn_time_format(feed.stacks[0]->time, time), "2026-08-20T07:15:40Z");
		feed_deinit(&feed);
	}
	for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++) {
		struct feed feed;

		feed_all(&feed, nothing[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

static void the_parent_s_words_join_the_child_s_report(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT(ABORT "\n2026/08/20 07:15:40 subprocess exit,  signal: aborted\n"
				       "2026/08/20 07:15:40 exit code: 134\n"));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_string_equal(feed.stacks[0]->dialect, "cgo-signal");
	assert_text(feed.stacks[0]->message, "");
	assert_int_equal(feed.stacks[0]->places_count, 3);
	assert_int_equal(feed.stacks[0]->places[1].line, 9);
	assert_int_equal(feed.stacks[0]->places[2].line, 10);
	feed_deinit(&feed);
}

static void the_parent_s_words_on_the_next_child_are_an_event_of_their_own(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "2026/08/20 07:15:40 subprocess exit,  signal: segmentation fault\n"
			"2026/08/20 07:15:40 exit code: 1\n"
			"2026/08/20 07:15:49 subprocess exit,  signal: segmentation fault\n"
			"2026/08/20 07:15:49 exit code: 1\n"
			"signal: killed\n");
	assert_int_equal(feed.count, 3);
	assert_int_equal(feed.stacks[0]->places_count, 2);
	assert_int_equal(feed.stacks[1]->places[0].line, 3);
	assert_text(feed.stacks[2]->signal, "SIGKILL");
	feed_deinit(&feed);
}

static void the_parent_s_words_join_last_words_too(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "double free or corruption (out)\n2026/08/20 07:15:40 subprocess exit,  signal: aborted\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_text(feed.stacks[0]->message, "double free or corruption (out)");
	assert_int_equal(feed.stacks[0]->places_count, 2);
	assert_int_equal(feed.stacks[0]->places[0].last_line, 1);
	feed_deinit(&feed);
}

static void the_parent_s_words_of_another_day_are_an_event_of_their_own(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "2026/08/20 07:15:40 panic: boom\n2026/08/21 07:15:40 exit code: 2\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[1]->kind, QN_KIND_EXIT);
	feed_deinit(&feed);
}

static void leaves_prose_about_an_exception(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} prose[] = {
		{"terminate called after throwing an instance of\n", 0},
		{"then it says terminate called after throwing an instance of something\nand so on\n", 0},
		{"terminate called after throwing an instance of\n  what():  boom\n", 1},
		{"terminate called after throwing an instance of 'int'\n", 1},
		{"terminate called recursively\n", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(prose) / sizeof(*prose); i++) {
		struct feed feed;

		feed_all(&feed, prose[i].text);
		assert_int_equal(feed.count, prose[i].count);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preludes_stand_alone),
		cmocka_unit_test(preludes_belong_to_the_signal_that_follows),
		cmocka_unit_test(a_message_of_free_lines_is_whole_when_the_signal_follows),
		cmocka_unit_test(lines_of_a_message_need_not_be_indented),
		cmocka_unit_test(libcxx_tells_type_and_text_on_one_line),
		cmocka_unit_test(a_failed_assert_of_c_has_function_and_place),
		cmocka_unit_test(a_prelude_does_not_join_a_panic_of_go),
		cmocka_unit_test(texts_glued_to_another_writer_s_line_are_found),
		cmocka_unit_test(harmless_words_of_the_same_writers_are_none),
		cmocka_unit_test(rust_frames_stand_above_those_of_go),
		cmocka_unit_test(the_parent_tells_how_its_child_ended),
		cmocka_unit_test(the_parent_s_words_join_the_child_s_report),
		cmocka_unit_test(the_parent_s_words_on_the_next_child_are_an_event_of_their_own),
		cmocka_unit_test(the_parent_s_words_join_last_words_too),
		cmocka_unit_test(the_parent_s_words_of_another_day_are_an_event_of_their_own),
		cmocka_unit_test(leaves_prose_about_an_exception),
	};
	return QN_RUN("dialect_prelude", tests);
}
