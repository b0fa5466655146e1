#include "report/report_core.h"

#include "base/cleanup.h"
#include "base/cursor.h"
#include "report/paint.h"
#include "support/made_postmortem.h"
#include "support/test.h"

#include "base/banned.h"

static const struct qn_signature signature = {.id = QN_TEXT("QN-0123456789ab"),
					      .kind = QN_KIND_CRASH,
					      .title = QN_TEXT("SIGSEGV in milvus::inner")};

static void print(const struct qn_signature *of, unsigned width, bool is_verbose, struct qn_buffer *out)
{
	const struct qn_report_style style = {.width = width, .is_verbose = is_verbose};
	struct made_postmortem made;

	made_postmortem_init(&made);
	if (!of) {
		made.told.failure = NULL;
		made.told.crashed = SIZE_MAX;
		made.groups[0].is_crashed = false;
	}
	assert_no_error(qn_report_core_text(&made.told, of, &style, out));
}

static void assert_holds(const struct qn_buffer *out, const char *expected)
{
	if (!strstr(out->data, expected))
		fail_msg("not there: %s\nin:\n%s", expected, out->len > 900 ? out->data + 900 : out->data);
}

static void tells_why_it_died_first(void **state)
{
	static const char first[] = "QN-0123456789ab  SIGSEGV in milvus::inner\n"
				    "  why       SIGSEGV: address not mapped\n";
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(&signature, 100, false, &out);
	assert_memory_equal(out.data, first, sizeof(first) - 1);
	assert_holds(&out, "  thread    13 of 5: the kernel raised it\n");
	assert_holds(&out, "  core      dir/core.1, x86-64, 2.0 MB, truncated\n");
	assert_holds(&out,
		     "  deadlock  thread 11 waits for mutex 0x7000 that thread 12 holds, which waits for "
		     "mutex 0x7100 that\n            thread 11 holds\n");
	assert_holds(&out, "  pool      CPUThreadPoolExecutor POOL is starved\n");
}

static void the_crashed_stack_marks_what_was_inlined(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(&signature, 100, false, &out);
	assert_holds(&out, "CRASHED  thread 13\n"
			   "    #0   milvus::inner  a.cpp:7 inlined\n"
			   "    #1   milvus::outer  a.cpp:9\n");
}

static void a_runaway_recursion_is_one_line_and_later_frames_keep_their_numbers(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(&signature, 100, false, &out);
	assert_holds(&out, "    #0   milvus::visit  c.cpp:5\n"
			   "         … the same × 1,006 more\n"
			   "    #1007 main  c.cpp:50\n");
}

static void verbose_lists_every_frame_and_the_gap(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(&signature, 100, true, &out);
	assert_holds(&out, "    #3   milvus::visit  c.cpp:5\n"
			   "         … 1,000 frames left out\n"
			   "    #1004 milvus::visit  c.cpp:5\n");
	assert_holds(&out, "    #0   pthread_mutex_lock\n    #1   milvus::take_both  b.cpp:3\n");
	assert_holds(&out, "  /bin/milvus  build-id 0123abcd\n");
	assert_holds(&out, "thread 15: at 0x4010");
}

static void the_threads_of_a_deadlock_have_their_stack(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(&signature, 100, false, &out);
	assert_holds(&out, "     2×  blocked in std::mutex lock  threads 11, 12\n"
			   "    #0   pthread_mutex_lock\n"
			   "    #1   milvus::take_both  b.cpp:3\n");
	assert_holds(&out, "LOCKS  who waits for whom\n"
			   "  thread 11 waits for mutex 0x7000 that thread 12 holds\n");
}

static void says_what_is_missing_and_odd(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(&signature, 100, false, &out);
	assert_holds(&out,
		     "MODULES  2 modules, 1 with debug information, 1 not found (--symbols, --sysroot)\n");
	assert_holds(&out, "UNWOUND  5 threads by libdw, 1 stack ends early\n");
	assert_holds(&out, "NOT UNDERSTOOD  1 issue\n  at byte 64: segment cut ");
}

static void without_a_failure_it_says_that_nothing_crashed(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(NULL, 100, false, &out);
	assert_holds(&out, "No thread of this core crashed\n  signal    SIGSEGV: address not mapped\n");
	assert_null(strstr(out.data, "CRASHED"));
	assert_holds(&out, "THREADS  5 threads, 4 different stacks\n");
}

static void no_line_is_wider_than_the_terminal_and_nothing_steers_it(void **state)
{
	(void)state;
	for (unsigned width = 20; width <= 120; width += 5)
		for (int is_verbose = 0; is_verbose < 2; is_verbose++) {
			_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
			struct qn_cursor cursor;
			struct qn_text line;

			print(&signature, width, is_verbose, &out);
			assert_null(memchr(out.data, '\x1b', out.len));
			cursor = qn_cursor_of(qn_buffer_text(&out));
			while (qn_cursor_take_line(&cursor, &line))
				assert_in_range(qn_paint_columns(line), 0, width);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_why_it_died_first),
		cmocka_unit_test(the_crashed_stack_marks_what_was_inlined),
		cmocka_unit_test(a_runaway_recursion_is_one_line_and_later_frames_keep_their_numbers),
		cmocka_unit_test(verbose_lists_every_frame_and_the_gap),
		cmocka_unit_test(the_threads_of_a_deadlock_have_their_stack),
		cmocka_unit_test(says_what_is_missing_and_odd),
		cmocka_unit_test(without_a_failure_it_says_that_nothing_crashed),
		cmocka_unit_test(no_line_is_wider_than_the_terminal_and_nothing_steers_it),
	};

	return QN_RUN("report_core", tests);
}
