#include "support/crash_feed.h"

#define FOLLOWS                                                                                         \
	"E20261123 12:03:39.734570 32477 ExceptionTracer.cpp:218] terminate() called, exception stack " \
	"follows\n"
#define TYPE "E20261123 12:03:39.734735 32477 ExceptionTracer.cpp:220] Exception type: "
#define FRAMES                                          \
	"    @ 00000000002ab54b __cxa_throw\n"          \
	"                       /x/Lib.cpp:74\n"        \
	"    @ 0000000000013e53 thrower(char const*)\n" \
	"                       /x/crash.cpp:75\n"
#define COMPLETE "E20261123 12:03:39.737943 32477 ExceptionTracer.cpp:222] exception stack complete\n"
#define TERMINATE \
	"terminate called after throwing an instance of 'std::runtime_error'\n  what():  through noexcept\n"

static void the_stack_of_the_throw_is_the_event_s(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, FOLLOWS TYPE "std::runtime_error (11 frames)\n" FRAMES COMPLETE TERMINATE);
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_ABORT);
	assert_text(stack->exception, "std::runtime_error");
	assert_text(stack->message, "through noexcept");
	assert_int_equal(stack->frames_count, 2);
	assert_frame(stack, 0, "__cxa_throw", "/x/Lib.cpp", 74, 0x2ab54b);
	assert_frame(stack, 1, "thrower(char const*)", "/x/crash.cpp", 75, 0x13e53);
	assert_int_equal(stack->places[0].line, 1);
	assert_int_equal(stack->places[0].last_line, 9);
	feed_deinit(&feed);
}

static void only_the_first_exception_is_the_culprit(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, FOLLOWS TYPE "A (2 frames)\n" FRAMES TYPE "B (1 frame)\n"
				     "    @ 0000000000000099 other()\n" COMPLETE);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "A");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void a_complaint_of_the_tracer_is_nothing(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "E20241129 05:21:59.369000 32477 ExceptionTracer.cpp:187] Invalid trace stack for "
			"exception of type: milvus::SegcoreError\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

static void printed_by_the_program_itself_it_may_live_on(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "Exception type: milvus::SegcoreError (2 frames)\n" FRAMES);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ERROR);
	feed_deinit(&feed);
	feed_all(&feed, "Exception type: timeout\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

static void go_s_report_of_the_abort_joins(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 FOLLOWS TYPE "std::runtime_error (11 frames)\n" FRAMES COMPLETE TERMINATE
			      "SIGABRT: abort\nPC=0x7f12 m=5 sigcode=18446744073709551610\n\n"
			      "goroutine 7 [syscall]:\nruntime.cgocall(0x1)\n\t/go/cgocall.go:157 +0x4b\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_text(feed.stacks[0]->frames[1].raw, "thrower(char const*)");
	feed_deinit(&feed);
}

static void a_report_cut_off_is_told(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, FOLLOWS TYPE "std::runtime_error (11 frames)\n    @ 00000000002ab54b __cxa_thr");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	feed_deinit(&feed);
}

static void a_type_that_was_cut_does_not_part_the_report(void **state)
{
	static const struct {
		const char *type, *exception;
	} cases[] = {{"std::runtime_er\n", "std::runtime_error"},
		     {"std::runtime_error (11 fra\n", "std::runtime_error"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
		struct feed feed;

		qn_buffer_printf(&text, "%s%s%s%s", FOLLOWS TYPE, cases[i].type, FRAMES COMPLETE, TERMINATE);
		feed_all(&feed, text.data);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
		assert_text(feed.stacks[0]->exception, cases[i].exception);
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		feed_deinit(&feed);
	}
	struct feed feed;

	feed_all(&feed, FOLLOWS TYPE "std::runt\n" TYPE "std::runtime_error (2 frames)\n" FRAMES COMPLETE);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "std::runtime_error");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stack_of_the_throw_is_the_event_s),
		cmocka_unit_test(only_the_first_exception_is_the_culprit),
		cmocka_unit_test(a_complaint_of_the_tracer_is_nothing),
		cmocka_unit_test(printed_by_the_program_itself_it_may_live_on),
		cmocka_unit_test(go_s_report_of_the_abort_joins),
		cmocka_unit_test(a_report_cut_off_is_told),
		cmocka_unit_test(a_type_that_was_cut_does_not_part_the_report),
	};
	return QN_RUN("dialect_exception", tests);
}
