#include "support/crash_feed.h"

#define OLD "Assert \"offset < size\" at /src/segcore/Insert.cpp:643\n => index out of range\n"
#define NEW "Assert \"fs != nullptr\"  => fs is null at /src/segcore/Sealed.cpp:1716\n"
#define BOOST                                                                \
	" 0# milvus::impl::EasyStackTrace() at /src/EasyAssert.cpp:28\n"     \
	" 1# milvus::impl::EasyAssertInfo(bool) at /src/EasyAssert.cpp:52\n" \
	" 2# milvus::segcore::Insert(long) in /lib/libmilvus_segcore.so\n"   \
	" 3# 0x00007F12AB34CD56 in /lib/libmilvus_segcore.so\n"
#define TERMINATE "terminate called after throwing an instance of 'milvus::SegcoreError'\n"
#define ABORT                                                          \
	"SIGABRT: abort\nPC=0x7f12 m=5 sigcode=18446744073709551610\n" \
	"\ngoroutine 7 [syscall]:\nruntime.cgocall(0x1)\n\t/go/cgocall.go:157 +0x4b\n"

static void each_form_is_an_assert_at_its_place(void **state)
{
	static const struct {
		const char *text, *message, *file;
		uint32_t line;
	} cases[] = {
		{OLD, "Assert \"offset < size\" => index out of range", "/src/segcore/Insert.cpp", 643},
		{NEW, "Assert \"fs != nullptr\" => fs is null", "/src/segcore/Sealed.cpp", 1716},
		{"Assert \"ok\" at /s/a.cpp:5\n", "Assert \"ok\"", "/s/a.cpp", 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;
		const struct qn_stack *stack;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		stack = feed.stacks[0];
		assert_int_equal(stack->kind, QN_KIND_ASSERT);
		assert_string_equal(stack->dialect, "easyassert");
		assert_text(stack->message, cases[i].message);
		assert_text(stack->exception, "milvus::SegcoreError");
		assert_text(stack->signal, "");
		assert_int_equal(stack->frames_count, 1);
		assert_text(stack->frames[0].file, cases[i].file);
		assert_int_equal(stack->frames[0].line, cases[i].line);
		assert_int_equal(stack->damage_count, 0);
		feed_deinit(&feed);
	}
}

static void a_boost_stack_below_it_is_its_own(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, OLD BOOST "\nsomething else\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->frames_count, 4);
	assert_frame(stack, 1, "milvus::impl::EasyAssertInfo(bool)", "/src/EasyAssert.cpp", 52, 0);
	/* the function that asserted gets the place */
	assert_frame(stack, 2, "milvus::segcore::Insert(long)", "/src/segcore/Insert.cpp", 643, 0);
	assert_frame(stack, 3, "", "", 0, 0x7f12ab34cd56);
	assert_text(stack->frames[3].module, "/lib/libmilvus_segcore.so");
	assert_int_equal(stack->places[0].last_line, 6);
	feed_deinit(&feed);
}

static void records_may_stand_between(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "Assert \"x\" at /s/a.cpp:5\n"
			"[2025/06/18 16:32:47.127 +00:00] [INFO] [a/b.go:6] [woven]\n"
			" => info\n"
			"I20240531 17:30:14.165886 181993 x.cc:52] [milvus][]text\n" BOOST);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message, "Assert \"x\" => info");
	assert_int_equal(feed.stacks[0]->frames_count, 4);
	assert_true(feed_has_damage(feed.stacks[0], "interleaved log records"));
	feed_deinit(&feed);
}

static void two_asserts_are_two(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, OLD NEW OLD);
	assert_int_equal(feed.count, 3);
	feed_deinit(&feed);
}

/* Nobody caught it: one event, and its end is what it is called by. */
static void an_uncaught_assert_is_one_abort(void **state)
{
	static const char *const texts[] = {
		OLD TERMINATE "  what():  " OLD ABORT,   NEW TERMINATE "  what():  " NEW ABORT,
		NEW TERMINATE "  what():  " NEW,         TERMINATE NEW "  what():  " NEW ABORT,
		TERMINATE "  what():  " OLD BOOST ABORT, OLD BOOST TERMINATE "  what():  " OLD BOOST ABORT,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;
		const struct qn_stack *stack;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 1);
		stack = feed.stacks[0];
		assert_int_equal(stack->kind, QN_KIND_ABORT);
		assert_text(stack->exception, "milvus::SegcoreError");
		assert_true(qn_text_starts(stack->message, QN_TEXT("Assert \"")));
		assert_true(qn_text_contains(stack->message, QN_TEXT(" => ")));
		assert_true(stack->frames_count > 0);
		feed_deinit(&feed);
	}
}

static void a_caught_assert_does_not_join_what_follows(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, OLD "\nSIGNAL CATCH BY NON-GO SIGNAL HANDLER\n"
			    "SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x20\nBACKTRACE:\n"
			    "_ZN6milvus3RunEv\n\t/a/run.cpp:38 pc=0x7f01\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ASSERT);
	assert_int_equal(feed.stacks[1]->kind, QN_KIND_CRASH);
	feed_deinit(&feed);
	feed_all(&feed, OLD TERMINATE "  what():  " NEW);
	assert_int_equal(feed.count, 2);
	feed_deinit(&feed);
	feed_all(&feed, OLD "thread '<unnamed>' panicked at src/x.rs:7:41:\nbad\n");
	assert_int_equal(feed.count, 2);
	feed_deinit(&feed);
}

/* The text is written in one piece, the newline behind it in another. */
static void asserts_of_two_threads_may_be_glued(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "Assert \"x\" at /s/a.cpp:5\n => infoAssert \"y\" at /s/a.cpp:6\n => other\n\n");
	assert_int_equal(feed.count, 2);
	assert_text(feed.stacks[0]->message, "Assert \"x\" => info");
	assert_text(feed.stacks[1]->message, "Assert \"y\" => other");
	assert_true(feed_has_damage(feed.stacks[1], "two texts glued into one line"));
	feed_deinit(&feed);
}

/* What one thread asserts while another dies does not end the report. */
static void an_open_report_goes_on(void **state)
{
	static const char *const lines[] = {NEW, " => info\n", " 0# f() in /l.so\n", "    @     0x7f01 f()\n",
					    "./a() [0x40]\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct qn_buffer text = {0};
		struct feed feed;

		qn_buffer_printf(
			&text,
			"\nSIGNAL CATCH BY NON-GO SIGNAL HANDLER\n"
			"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x20\nBACKTRACE:\n"
			"_ZN6milvus3RunEv\n\t/a/run.cpp:38 pc=0x7f01\n%s"
			"_ZN6milvus4MainEv\n\t/a/run.cpp:39 pc=0x7f02\n",
			lines[i]);
		feed_init(&feed);
		feed_text(&feed, qn_buffer_text(&text));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		feed_deinit(&feed);
		qn_buffer_deinit(&text);
	}
}

static void the_message_of_a_panic_may_hold_one(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "panic: load failed: Assert \"x\" at /s/a.cpp:5\n => info\n\ngoroutine 1 [running]:\n"
			"main.main()\n\t/src/main.go:5 +0x1\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_PANIC);
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	feed_deinit(&feed);
}

static void an_arrow_alone_is_told_apart_from_others(void **state)
{
	static const char *const texts[] = {
		" => [internal] load build definition from Dockerfile\n",
		" => => transferring context: 2B\n",
		" => CACHED [2/5] RUN apt-get update\n",
		"=> Booting Puma\n",
		"x => y\n",
		"Assert \"x\" is a word\n",
		"Assert \"\n",
	};
	struct feed feed;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
	/* not sure alone: the collector looks for another who says so */
	feed_all(&feed, " => remove local directory:/a\n");
	assert_int_equal(feed.count, 1);
	assert_string_equal(feed.stacks[0]->dialect, "easyassert-info");
	feed_deinit(&feed);
}

static void a_hostile_assert_ends(void **state)
{
	struct qn_buffer text = {0};
	struct feed feed;

	(void)state;
	qn_buffer_append_string(&text, OLD);
	for (unsigned i = 0; i < 20000; i++)
		qn_buffer_printf(&text, "%3u# f<%u>\x1b[31m() at /s/a.cpp:999999999999\n", i + 1, i);
	feed_init(&feed);
	feed_text(&feed, qn_buffer_text(&text));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_true(feed.stacks[0]->is_cut);
	assert_true(feed.stacks[0]->frames_count <= 512);
	feed_deinit(&feed);
	qn_buffer_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_an_assert_at_its_place),
		cmocka_unit_test(a_boost_stack_below_it_is_its_own),
		cmocka_unit_test(records_may_stand_between),
		cmocka_unit_test(two_asserts_are_two),
		cmocka_unit_test(an_uncaught_assert_is_one_abort),
		cmocka_unit_test(a_caught_assert_does_not_join_what_follows),
		cmocka_unit_test(asserts_of_two_threads_may_be_glued),
		cmocka_unit_test(an_open_report_goes_on),
		cmocka_unit_test(the_message_of_a_panic_may_hold_one),
		cmocka_unit_test(an_arrow_alone_is_told_apart_from_others),
		cmocka_unit_test(a_hostile_assert_ends),
	};
	return QN_RUN("dialect_easyassert", tests);
}
