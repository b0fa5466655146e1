#include "support/crash_feed.h"

#include "support/tables.h"

static void feed_shipped(struct feed *feed, const char *text)
{
	feed_init(feed);
	qn_stack_reader_destroy(feed->reader);
	qn_normalizer_destroy(feed->normalizer);
	feed->normalizer = qn_shipped_normalizer();
	assert_no_error(qn_stack_reader_create(feed->normalizer, keep, feed, &feed->reader));
	feed_text(feed, qn_text_of(text));
	feed_flush(feed);
}

#define CORE "PID 12 - core\nTID 13:\n"

struct frame_case {
	const char *text, *raw, *file, *module, *build_id;
	uint32_t line;
};

static void reads_each_form_of_a_frame(void **state)
{
	static const struct frame_case cases[] = {
		{"#0  0x00007f0000000001 milvus::f(int) const", "milvus::f(int) const", "", "", "", 0},
		{"#0  0x00007f0000000001", "", "", "", "", 0},
		{"#0  0x00007f0000000001 - /lib/x.so", "", "", "/lib/x.so", "", 0},
		{"#0  0x00007f0000000001 - 1 milvus::operator-(A) - /lib/x.so", "milvus::operator-(A)", "",
		 "/lib/x.so", "", 0},
		{"#0  0x00007f0000000001     milvus::f - [vdso: 12]", "milvus::f", "", "[vdso: 12]", "", 0},
		{"#0  0x00007f0000000001 milvus::f\n    /src/a.cpp:12:7", "milvus::f", "/src/a.cpp", "", "",
		 12},
		{"#0  0x00007f0000000001 milvus::f\n    /src/a.cpp:12", "milvus::f", "/src/a.cpp", "", "",
		 12},
		{"#0  0x00007f0000000001 milvus::f - /lib/x.so\n    [0123abcd]@0x7f0000000000+0x1\n"
		 "    /src/a.cpp:12:7",
		 "milvus::f", "/src/a.cpp", "/lib/x.so", "0123abcd", 12},
		{"#0  0x00007f0000000001 milvus::f+0x12", "milvus::f+0x12", "", "", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, QN_TEXT(CORE));
		feed_text(&feed, qn_text_of(cases[i].text));
		feed_text(&feed, QN_TEXT("\n#1  0x00007f0000000002 g\n"));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		assert_frame(feed.stacks[0], 0, cases[i].raw, cases[i].file, cases[i].line, 0x7f0000000001);
		assert_text(feed.stacks[0]->frames[0].module, cases[i].module);
		assert_text(feed.stacks[0]->frames[0].build_id, cases[i].build_id);
		feed_deinit(&feed);
	}
}

static void takes_the_first_thread_of_a_core(void **state)
{
	struct feed feed;

	(void)state;
	feed_shipped(&feed, CORE "#0  0x00007f0000000001 milvus::f\n#1  0x00007f0000000002 start_thread\n"
				 "TID 14:\n#0  0x00007f0000000003 milvus::g\n"
				 "TID 15 \"x\":\n#0  0x00007f0000000004 __poll\n"
				 "eu-stack: dwfl_thread_getframes tid 15 at 0x7f01 in <unknown>: No DWARF\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->thread, "LWP 13");
	assert_text(feed.stacks[0]->frames[0].key, "milvus::f");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_int_equal(feed.stacks[0]->others_count, 2);
	assert_text(feed.stacks[0]->others[0].what, "milvus::g");
	assert_text(feed.stacks[0]->others[1].what, "waiting in poll");
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
	assert_int_equal(feed.stacks[0]->damage_count, 0);
	feed_deinit(&feed);
}

static void passes_an_idle_first_thread_for_one_that_raises(void **state)
{
	struct feed feed;

	(void)state;
	feed_shipped(&feed,
		     CORE "#0  0x00007f0000000001 runtime.futex\n#1  0x00007f0000000002 runtime.mPark\n"
			  "TID 14:\n#0  0x00007f0000000003 __pthread_kill_implementation\n"
			  "#1  0x00007f0000000004 __GI_abort\n#2  0x00007f0000000005 milvus::g\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->thread, "LWP 14");
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_int_equal(feed.stacks[0]->others_count, 1);
	assert_text(feed.stacks[0]->others[0].what, "waiting in the Go runtime");
	feed_deinit(&feed);
}

#define PSTACK                                                                             \
	"12:\t/usr/bin/cmd\n-----------------  lwp# 1 / thread# 1  --------------------\n" \
	" ff31b8f8 poll     (0, 1234, 400)\n 00012345 main     (1, 2) + 5c\n"

static void tells_no_failure_where_nothing_crashed(void **state)
{
	static const char *const texts[] = {
		"PID 12 - process\nTID 12:\n#0  0x00007f0000000001 milvus::f\n",
		"PID 12 - core\nTID 12:\n#0  0x00007f0000000001 __poll\n#1  0x00007f0000000001 main\n",
		"PID 12 - core\n",
		"TID 12:\n#0  0x00007f0000000001 milvus::f\nTID 13:\n#0  0x00007f0000000001 milvus::f\n",
		"TID 12: started\nPID 13 - core dumped\nlwp# 12\ncore 'x' of\n",
		PSTACK,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_shipped(&feed, texts[i]);
		if (feed.count)
			fail_msg("told as a failure: %s", texts[i]);
		feed_deinit(&feed);
	}
}

static void reads_what_pstack_shows_of_a_core(void **state)
{
	struct feed feed;

	(void)state;
	feed_shipped(&feed, "core 'core.12' of 12:\t/usr/bin/milvus run\n"
			    "-----------------  lwp# 1 / thread# 1  --------------------\n"
			    " ff31b8f8 poll     (0, 1234, 400)\n 00012345 main     (1, 2) + 5c\n"
			    "-----------------  lwp# 2 / thread# 2  --------------------\n"
			    " ff31b8f0 raise    (6, 0)\n ff31b8f4 abort    (1, 2) + 1c\n"
			    " 00012349 _ZN6milvus1fEi (7) + 5c\n ff31b900 ???????? (7)\n");
	assert_int_equal(feed.count, 1);
	assert_string_equal(feed.stacks[0]->dialect, "pstack");
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_int_equal(feed.stacks[0]->frames_count, 4);
	assert_frame(feed.stacks[0], 2, "_ZN6milvus1fEi", "", 0, 0x12349);
	assert_text(feed.stacks[0]->frames[2].key, "milvus::f");
	assert_text(feed.stacks[0]->others[0].what, "waiting in poll");
	feed_deinit(&feed);
}

static void survives_hostile_text(void **state)
{
	static const char *const parts[] = {
		"#99999999999999 0x1 f\n",
		"#1  0xffffffffffffffffffff f\n",
		"TID 99999999999999999999:\n",
		"TID 1:\n",
		" - / - / - / - /",
		"    [[[[[[]]]]]@0x\n",
		"#1 0x1 - 1 - 1 - 1\n",
		"eu-stack: \n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, QN_TEXT(CORE "#0  0x00007f0000000001 f\n"));
		for (unsigned j = 0; j < 20000; j++)
			feed_text(&feed, qn_text_of(parts[i]));
		feed_flush(&feed);
		assert_in_range(feed.count, 0, 2);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_form_of_a_frame),
		cmocka_unit_test(takes_the_first_thread_of_a_core),
		cmocka_unit_test(passes_an_idle_first_thread_for_one_that_raises),
		cmocka_unit_test(tells_no_failure_where_nothing_crashed),
		cmocka_unit_test(reads_what_pstack_shows_of_a_core),
		cmocka_unit_test(survives_hostile_text),
	};
	return QN_RUN("dialect_eustack", tests);
}
