#include "support/crash_feed.h"

#define STACK                                                         \
	" 0# handle(int) at /src/main.cpp:12\n"                       \
	" 1# 0x00007F12AB34CD56 in /lib/x86_64-linux-gnu/libc.so.6\n" \
	" 2# milvus::Search(int) in /lib/libmilvus_segcore.so\n"      \
	" 3# main at /src/main.cpp:40\n"

static void reads_each_form_of_a_frame(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, "noise\n" STACK "\nnoise\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_string_equal(stack->dialect, "boost-stacktrace");
	assert_int_equal(stack->kind, QN_KIND_CRASH);
	assert_int_equal(stack->frames_count, 4);
	assert_frame(stack, 0, "handle(int)", "/src/main.cpp", 12, 0);
	assert_frame(stack, 1, "", "", 0, 0x7f12ab34cd56);
	assert_text(stack->frames[1].module, "/lib/x86_64-linux-gnu/libc.so.6");
	assert_frame(stack, 2, "milvus::Search(int)", "", 0, 0);
	assert_text(stack->frames[2].module, "/lib/libmilvus_segcore.so");
	assert_int_equal(stack->places[0].line, 2);
	assert_int_equal(stack->places[0].last_line, 5);
	feed_deinit(&feed);
}

static void machinery_tells_the_kind(void **state)
{
	static const struct {
		const char *text;
		enum qn_kind kind;
	} cases[] = {
		{" 0# milvus::impl::EasyStackTrace() at /s/E.cpp:28\n 1# f() in /l.so\n", QN_KIND_ASSERT},
		{" 0# raise in /lib/libc.so.6\n 1# abort in /lib/libc.so.6\n", QN_KIND_ABORT},
		{" 0# on_terminate() at /s/a.cpp:1\n 1# std::terminate() in /l.so\n", QN_KIND_ABORT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, cases[i].kind);
		feed_deinit(&feed);
	}
}

static void it_joins_what_was_said_before_and_after(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "terminate called without an active exception\n" STACK
			"SIGABRT: abort\nPC=0x7f12 m=5 sigcode=18446744073709551610\n\n"
			"goroutine 7 [syscall]:\nruntime.cgocall(0x1)\n\t/go/cgocall.go:157 +0x4b\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_true(feed.stacks[0]->frames_count >= 4);
	feed_deinit(&feed);
}

static void two_stacks_are_two(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, " 0# f() in /a.so\n 1# g() in /a.so\n 0# h() in /a.so\n 1# i() in /a.so\n");
	assert_int_equal(feed.count, 2);
	feed_deinit(&feed);
}

static void other_lines_begin_none(void **state)
{
	static const char *const texts[] = {
		" 0# f() at /s/a.cpp:1\n",
		"10# something went by\n20# more\n",
		"root@host:0# ls\n",
		" 0# is a comment\n 1# is another comment\n",
		" 0# \n 1# \n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_form_of_a_frame),
		cmocka_unit_test(machinery_tells_the_kind),
		cmocka_unit_test(it_joins_what_was_said_before_and_after),
		cmocka_unit_test(two_stacks_are_two),
		cmocka_unit_test(other_lines_begin_none),
	};
	return QN_RUN("dialect_boost", tests);
}
