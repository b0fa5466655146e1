#include "support/crash_feed.h"

#define BACKTRACE                                                          \
	"stack backtrace:\n   0: rust_begin_unwind\n"                      \
	"             at /rustc/90c5/library/std/src/panicking.rs:578:5\n" \
	"   1:     0x7f12 - tantivy::open::h0123456789abcdef\n"            \
	"                       at ./src/reader.rs:20:13\n"                \
	"   2: _RNvCs15kBYyAo9fc_7mycrate7example\n"                       \
	"note: Some details are omitted, run with `RUST_BACKTRACE=full`.\n"

static void reads_each_form_of_a_panic(void **state)
{
	static const struct {
		const char *text, *message, *thread;
	} cases[] = {
		{"thread '<unnamed>' panicked at src/util.rs:7:41:\nboom\n" BACKTRACE,
		 "panicked at src/util.rs:7:41: boom", "<unnamed>"},
		/* Rust 1.91 on: the thread's id */
		{"\nthread 'worker' (12345) panicked at src/util.rs:7:41:\nboom\n" BACKTRACE,
		 "panicked at src/util.rs:7:41: boom", "worker"},
		{"thread 'main' panicked at 'boom', src/util.rs:7:41\n" BACKTRACE,
		 "panicked at src/util.rs:7:41: boom", "main"},
		{"thread 'main' panicked at src/util.rs:7:5:\nassertion `left == right` failed\n  left: 1\n "
		 "right: "
		 "2\n" BACKTRACE,
		 "panicked at src/util.rs:7:5: assertion `left == right` failed\nleft: 1\nright: 2", "main"},
		{"thread 'main' panicked at 'assertion failed: `(left == right)`\n  left: `1`,\n right: "
		 "`2`', "
		 "src/x.rs:7:41\n" BACKTRACE,
		 "panicked at src/x.rs:7:41: assertion failed: `(left == right)`\nleft: `1`,\nright: `2`",
		 "main"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_PANIC);
		assert_string_equal(feed.stacks[0]->dialect, "rust-panic");
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_text(feed.stacks[0]->thread, cases[i].thread);
		assert_int_equal(feed.stacks[0]->damage_count, 0);
		assert_int_equal(feed.stacks[0]->frames_count, 3);
		assert_frame(feed.stacks[0], 1, "tantivy::open::h0123456789abcdef", "src/reader.rs", 20,
			     0x7f12);
		assert_text(feed.stacks[0]->frames[1].key, "tantivy::open");
		assert_text(feed.stacks[0]->frames[2].key, "mycrate::example");
		feed_deinit(&feed);
	}
}

static void a_panic_that_reaches_c_is_one_event_with_go_s_report(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "thread '<unnamed>' panicked at src/util.rs:7:41:\nboom\nnote: run with `RUST_BACKTRACE=1`\n"
		 "thread '<unnamed>' panicked at core/src/panicking.rs:221:5:\n"
		 "panic in a function that cannot unwind\n"
		 "thread caused non-unwinding panic. aborting.\n"
		 "SIGABRT: abort\nPC=0x7f12 m=3 sigcode=18446744073709551610\nsignal arrived during cgo "
		 "execution\n\n"
		 "goroutine 29 [syscall]:\nruntime.cgocall(0x1, 0x2)\n\t/go/c.go:157 +0x4 fp=0x1 sp=0x2 "
		 "pc=0x3\n"
		 "x._Cfunc_L(0x1)\n\t_cgo_gotypes.go:5 +0x4 fp=0x1 sp=0x2 pc=0x3\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_text(feed.stacks[0]->message, "panicked at src/util.rs:7:41: boom");
	feed_deinit(&feed);
}

static void what_follows_a_panic_without_a_note_is_not_its_message(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "thread 'main' panicked at src/util.rs:7:41:\nboom\nstarting again\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message, "panicked at src/util.rs:7:41: boom");
	feed_deinit(&feed);
}

static void a_message_without_end_is_cut(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT("thread 'main' panicked at 'never ends\n"));
	for (int i = 0; i < 5000; i++)
		feed_text(&feed, QN_TEXT("one more line of it\n"));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_true(feed.stacks[0]->places[0].last_line < 50);
	feed_deinit(&feed);
}

static void a_name_without_a_number_was_inlined_into_the_frame_above(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "thread 'main' panicked at src/util.rs:7:41:\nboom\nstack backtrace:\n"
			"   0: core::panicking::panic\n             at "
			"/rustc/90c5/library/core/src/panicking.rs:1:2\n"
			"      tantivy::Reader::open\n             at ./src/reader.rs:20:13\n"
			"      <tantivy::A<F> as core::ops::FnOnce<()>>::call_once\n"
			"   1: main\n             at ./src/main.rs:3:1\n"
			"ordinary: words of another writer\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->damage_count, 0);
	assert_int_equal(feed.stacks[0]->frames_count, 4);
	assert_frame(feed.stacks[0], 1, "tantivy::Reader::open", "src/reader.rs", 20, 0);
	assert_text(feed.stacks[0]->frames[2].key, "tantivy::A::call_once");
	assert_frame(feed.stacks[0], 3, "main", "src/main.rs", 3, 0);
	feed_deinit(&feed);
}

static void reads_what_color_eyre_makes_of_a_panic(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "The application panicked (crashed).\nMessage:  boom\nLocation: src/util.rs:7\n\n"
			"  \xe2\x94\x81\xe2\x94\x81 SPANTRACE \xe2\x94\x81\xe2\x94\x81\n\n"
			"   0: tantivy::span with id=3\n      at src/util.rs:2\n\n"
			"  \xe2\x94\x81\xe2\x94\x81 BACKTRACE \xe2\x94\x81\xe2\x94\x81\n"
			"                 \xe2\x8b\xae 7 frames hidden \xe2\x8b\xae\n"
			"   8: core::panicking::panic::h0123456789abcdef\n      at "
			"/rustc/90c5/core/src/panicking.rs:1\n"
			"   9: tantivy::open::h0123456789abcdef\n      at /src/util.rs:7\n"
			"        6 \xe2\x94\x82     let x = tantivy::check();\n        7 >     v[0];\n"
			"  10: main::h0123456789abcdef\n      at /src/main.rs:9\n\n"
			"Run with RUST_BACKTRACE=full to include source snippets.\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_PANIC);
	assert_text(feed.stacks[0]->message, "panicked at src/util.rs:7: boom");
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_frame(feed.stacks[0], 1, "tantivy::open::h0123456789abcdef", "/src/util.rs", 7, 0);
	feed_deinit(&feed);
}

static void a_panic_behind_another_report_keeps_its_message_and_stack(void **state)
{
	static const char *const before[] = {
		"panic: broken\n\ngoroutine 7 [running]:\nmain.serve(0xc001)\n\t/src/main.go:12 +0x1f\n",
		"SIGNAL CATCH BY NON-GO SIGNAL HANDLER\nSIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; "
		"SI_ADDR: 0x8\nBACKTRACE:\nmilvus::Reader::next()\n\t/src/reader.cpp:9 pc=0x7f12\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		char text[2048];
		struct feed feed;

		snprintf(text, sizeof(text),
			 "%sordinary: words of another writer\n"
			 "thread 'w' panicked at src/util.rs:7:41:\nassertion failed\n  left: 1\n"
			 "stack backtrace:\n   0: rust_begin_unwind\n"
			 "             at /rustc/90c5/library/std/src/panicking.rs:578:5\n"
			 "   1: tantivy::open\n             at ./src/util.rs:7:41\n",
			 before[i]);
		feed_all(&feed, text);
		assert_int_equal(feed.count, 2);
		assert_int_equal(feed.stacks[0]->frames_count, 1);
		assert_text(feed.stacks[1]->message,
			    "panicked at src/util.rs:7:41: assertion failed\nleft: 1");
		assert_frame(feed.stacks[1], 1, "tantivy::open", "src/util.rs", 7, 0);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_form_of_a_panic),
		cmocka_unit_test(a_panic_that_reaches_c_is_one_event_with_go_s_report),
		cmocka_unit_test(what_follows_a_panic_without_a_note_is_not_its_message),
		cmocka_unit_test(a_message_without_end_is_cut),
		cmocka_unit_test(a_name_without_a_number_was_inlined_into_the_frame_above),
		cmocka_unit_test(reads_what_color_eyre_makes_of_a_panic),
		cmocka_unit_test(a_panic_behind_another_report_keeps_its_message_and_stack),
	};
	return QN_RUN("dialect_rust", tests);
}
