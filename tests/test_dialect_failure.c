#include "support/crash_feed.h"

#define ABORTED \
	"*** Aborted at 1718000000 (unix time) try \"date -d @1718000000\" if you are using GNU date ***\n"
#define GLOG                                                                                             \
	ABORTED "PC: @     0x7f12030045 milvus::segcore::Search()\n"                                     \
		"*** SIGSEGV (@0x20) received by PID 12 (TID 0x7f90e65fe6c0) from PID 32; stack trace: " \
		"***\n"                                                                                  \
		"    @     0x7f1203004567 (unknown)\n"                                                   \
		"    @     0x7f1203004599 milvus::segcore::Search()\n"                                   \
		"    @                0x0 (unknown)\n"
#define FOLLY                                                                                          \
	"*** Aborted at 1795435777 (Unix time, try 'date -d @1795435777') ***\n"                       \
	"*** Signal 11 (SIGSEGV) (0x20) received by PID 5907 (pthread TID 0x7f90e65fe6c0) (linux TID " \
	"5909) (code: address not mapped to object), stack trace: ***\n"                               \
	"    @ 000000000002bf90 folly::symbolizer::handler(int)\n"                                     \
	"    @ 000000000001bf90 milvus::Search(int const*, long) const\n"                              \
	"                       crash.cpp:64\n"                                                        \
	"                       -> /path/compilation-unit.cpp\n"                                       \
	"    @ 000000000003c04f milvus::Inner() (inlined)\n"                                           \
	"                       /src/a.cpp:7\n"
#define CHECK                                                                               \
	"F20240531 17:30:14.165886 181993 segment.cc:52] Check failed: a == b (1 vs. 2) \n" \
	"*** Check failure stack trace: ***\n"                                              \
	"    @     0x7f1203004567  google::LogMessage::Fail()\n"                            \
	"    @     0x7f1203004569  google::LogMessageFatal::~LogMessageFatal()\n"           \
	"    @     0x7f1203004577  milvus::segcore::Search()\n"

static void reads_the_report_of_glog(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, "noise\n" GLOG "noise\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_string_equal(stack->dialect, "failure-handler");
	assert_int_equal(stack->kind, QN_KIND_CRASH);
	assert_text(stack->signal, "SIGSEGV");
	assert_true(stack->has_fault_address);
	assert_int_equal(stack->fault_address, 0x20);
	assert_int_equal(stack->crash_pc, 0x7f12030045);
	assert_text(stack->thread, "0x7f90e65fe6c0");
	assert_int_equal(stack->time.nsec, INT64_C(1718000000) * 1000000000);
	assert_int_equal(stack->frames_count, 3);
	assert_frame(stack, 1, "milvus::segcore::Search()", "", 0, 0x7f1203004599);
	assert_int_equal(stack->damage_count, 0);
	feed_deinit(&feed);
}

static void reads_the_report_of_folly(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, FOLLY);
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_text(stack->signal, "SIGSEGV");
	assert_text(stack->thread, "5909");
	assert_int_equal(stack->fault_address, 0x20);
	assert_int_equal(stack->frames_count, 3);
	assert_frame(stack, 1, "milvus::Search(int const*, long) const", "crash.cpp", 64, 0x1bf90);
	assert_frame(stack, 2, "milvus::Inner()", "/src/a.cpp", 7, 0x3c04f);
	assert_int_equal(stack->places[0].last_line, 8);
	feed_deinit(&feed);
}

/* What si_addr holds of a signal that was sent is its sender, not an address. */
static void a_sent_signal_has_no_address(void **state)
{
	static const char *const texts[] = {
		"*** SIGABRT (@0x3e80002c6e9) received by PID 1 (TID 0x7f) from PID 1; stack trace: ***\n",
		"*** Signal 6 (SIGABRT) (0x171b) received by PID 5915 (pthread TID 0x7f) (linux TID 5915) "
		"(maybe from PID 5915, UID 0) (code: 0), stack trace: ***\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
		assert_text(feed.stacks[0]->signal, "SIGABRT");
		assert_false(feed.stacks[0]->has_fault_address);
		feed_deinit(&feed);
	}
}

static void a_failed_check_is_an_abort_at_its_place(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, CHECK);
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_string_equal(stack->dialect, "check-failure");
	assert_int_equal(stack->kind, QN_KIND_ABORT);
	assert_text(stack->message, "Check failed: a == b (1 vs. 2)");
	assert_text(stack->exception, "glog CHECK");
	assert_text(stack->thread, "181993");
	assert_int_equal(stack->frames_count, 3);
	assert_frame(stack, 2, "milvus::segcore::Search()", "segment.cc", 52, 0x7f1203004577);
	feed_deinit(&feed);
}

static void the_signal_behind_a_check_is_its_effect(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, CHECK ABORTED "PC: @     0x7f12030045 raise\n"
				      "*** SIGABRT (@0x3e8) received by PID 1 (TID 0x7f) from PID 1; stack "
				      "trace: ***\n    @     0x7f1203004577 milvus::segcore::Search()\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_text(feed.stacks[0]->message, "Check failed: a == b (1 vs. 2)");
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	feed_deinit(&feed);
}

static void a_check_without_its_stack_keeps_its_place(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "F20240531 17:30:14.165886 181993 segment.cc:52] no space left\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_frame(feed.stacks[0], 0, "", "segment.cc", 52, 0);
	feed_deinit(&feed);
}

static void two_reports_are_two_and_other_lines_may_be_between(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 ABORTED "[2025/06/18 16:32:47.127 +00:00] [INFO] [a/b.go:6] [woven]\n"
			 "*** SIGBUS (@0x20) received by PID 12 (TID 0x7f) from PID 32; stack trace: ***\n"
			 "    @     0x7f01 f()\n"
			 "words of another\n"
			 "    @     0x7f02 g()\n" FOLLY);
	assert_int_equal(feed.count, 2);
	assert_text(feed.stacks[0]->signal, "SIGBUS");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_text(feed.stacks[1]->signal, "SIGSEGV");
	feed_deinit(&feed);
}

static void two_threads_that_crash_together_are_one(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, ABORTED ABORTED
		 "*** SIGSEGV (@0x20) received by PID 12 (TID 0x7f) from PID 32; stack trace: ***\n"
		 "*** SIGSEGV (@0x20) received by PID 12 (TID 0x80) from PID 32; stack trace: ***\n"
		 "    @     0x7f01 f()\n    @     0x7f01 f()\n    @     0x7f02 g()\n    @     0x7f02 g()\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void frames_without_a_header_are_a_stack(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "    @     0x7f01 milvus::f()\n    @     0x7f02 milvus::g()\n");
	assert_int_equal(feed.count, 1);
	assert_true(feed_has_damage(feed.stacks[0], "beginning of the report lost"));
	feed_deinit(&feed);
}

static void other_lines_and_an_ordered_stop_are_none(void **state)
{
	static const char *const texts[] = {
		"    @     0x7f01 milvus::f()\n",
		"mail me @ home\n    @ 12 o'clock\n    @ 13 o'clock\n",
		"*** Aborted at noon ***\n",
		"*** SIGNIFICANT CHANGE ***\n",
		ABORTED "*** SIGTERM (@0x20) received by PID 12 (TID 0x7f) from PID 32; stack trace: ***\n"
			"    @     0x7f01 f()\n    @     0x7f02 g()\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

static void hostile_numbers_are_read(void **state)
{
	static const char *const texts[] = {
		"*** Aborted at 99999999999999999999999 (unix time) ***\n",
		"*** Aborted at 18446744073709551615 (unix time) ***\n",
		"*** SIG received by PID \n",
		"*** Signal ( received by PID \n",
		"    @ 0x\n    @ ffffffffffffffffffffffff x\n",
		"F20240531 17:30:14.165886 181993 :99999999999] x\n",
		"F20240531 17:30:14.165886 1 x.cc:4294967296] \n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		feed_deinit(&feed);
	}
}

static void a_handler_that_was_cut_off_has_its_pc_for_a_stack(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "*** Aborted at 1718000000 (unix time) try \"date -d @1718000000\" ***\n"
			"PC: @     0x7f1203004567 milvus::query::Search()\n*** SIGBUS (@0x20) receiv\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGBUS");
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_frame(feed.stacks[0], 0, "milvus::query::Search()", "", 0, 0x7f1203004567);
	feed_deinit(&feed);
}

/* The signal first, then the place, and the sizes of the frames. */
static void reads_the_report_of_abseil(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, "*** SIGBUS received at time=1718000000 on cpu 12 ***\n"
			"PC: @     0x7f8d5e0a36d9  (unknown)  milvus::storage::Reader::open()\n"
			"    @     0x7f8d5d042520       3392  (unknown)\n"
			"    @     0x7f8d5e0a36d9         80  milvus::storage::Reader::open()\n"
			"    @     0x7f8d5f0a3700  (unknown)  (unknown)\n"
			"    @ ... and at least 3 more frames\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_CRASH);
	assert_text(stack->signal, "SIGBUS");
	assert_int_equal(stack->crash_pc, 0x7f8d5e0a36d9);
	assert_int_equal(stack->time.nsec, INT64_C(1718000000) * 1000000000);
	assert_int_equal(stack->frames_count, 3);
	assert_frame(stack, 1, "milvus::storage::Reader::open()", "", 0, 0x7f8d5e0a36d9);
	assert_frame(stack, 2, "", "", 0, 0x7f8d5f0a3700);
	assert_true(stack->is_cut);
	feed_deinit(&feed);
}

static void reads_the_frames_of_boost_below_the_words_of_glog(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, ABORTED "*** SIGSEGV address not mapped to object (@0x0) received by PID 7 (TID 8 OR "
				"0x7f02) from PID 0; stack trace: ***\n"
				" 0# demo::handler(int) at /src/handler.h:4\n"
				" 1# 0x00007F8020A7F400 in /lib64/libc.so.6\n"
				" 2# milvus::Drop(long) at /src/Drop.cpp:9\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGSEGV");
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_frame(feed.stacks[0], 2, "milvus::Drop(long)", "/src/Drop.cpp", 9, 0);
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_report_of_glog),
		cmocka_unit_test(reads_the_report_of_folly),
		cmocka_unit_test(a_sent_signal_has_no_address),
		cmocka_unit_test(a_failed_check_is_an_abort_at_its_place),
		cmocka_unit_test(the_signal_behind_a_check_is_its_effect),
		cmocka_unit_test(a_check_without_its_stack_keeps_its_place),
		cmocka_unit_test(two_reports_are_two_and_other_lines_may_be_between),
		cmocka_unit_test(two_threads_that_crash_together_are_one),
		cmocka_unit_test(frames_without_a_header_are_a_stack),
		cmocka_unit_test(other_lines_and_an_ordered_stop_are_none),
		cmocka_unit_test(hostile_numbers_are_read),
		cmocka_unit_test(a_handler_that_was_cut_off_has_its_pc_for_a_stack),
		cmocka_unit_test(reads_the_report_of_abseil),
		cmocka_unit_test(reads_the_frames_of_boost_below_the_words_of_glog),
	};
	return QN_RUN("dialect_failure", tests);
}
