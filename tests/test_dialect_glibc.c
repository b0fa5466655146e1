#include "support/crash_feed.h"

#define FRONT "[2020-09-28 10:08:52,061][INFO][SERVER][PrintStacktrace][taskloader_th] "
#define ERROR_TEXT "*** Error in `./milvus': double free or corruption (out): 0x00007f1203004567 ***\n"
#define MAP                                                                               \
	"======= Memory map: ========\n"                                                  \
	"00400000-00452000 r-xp 00000000 08:02 173521                  /usr/bin/milvus\n" \
	"7f120000-7f128000 rw-p 00000000 00:00 0\n"

struct frame_case {
	const char *line, *name, *module;
	uint64_t pc;
};

static void reads_each_form_of_a_frame(void **state)
{
	static const struct frame_case cases[] = {
		{"/usr/lib/libx.so(_ZN1aEv+0x1f) [0x7f12]", "_ZN1aEv", "/usr/lib/libx.so", 0x7f12},
		{"./bin(+0x363b0) [0x7f12]", "", "./bin", 0x7f12},
		{"./bin() [0x7f12]", "", "./bin", 0x7f12},
		{"libc.so.6(gsignal+0x110)[0x7f12]", "gsignal", "libc.so.6", 0x7f12},
		{"No.3: /usr/lib64/libc.so.6(clone+0x6d) [0x7f12]", "clone", "/usr/lib64/libc.so.6", 0x7f12},
		{"#3 ./bin(f+0x1) [0x7f12]", "f", "./bin", 0x7f12},
		{"[bt] (3) ./bin(f+0x1) [0x7f12]", "f", "./bin", 0x7f12},
		{"./bin(f(int, char*)+0x1) [0x7f12]", "f(int, char*)", "./bin", 0x7f12},
		{FRONT "/var/lib/milvus/bin/milvus_server() [0x7f12]", "",
		 "/var/lib/milvus/bin/milvus_server", 0x7f12},
		{"2020-09-28 10:08:52,067][INFO][SERVER][PrintStacktrace][taskloader_th] ./bin() [0x7f12]",
		 "", "./bin", 0x7f12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_buffer text = {0};
		struct feed feed;

		qn_buffer_printf(&text, "%s\n/lib/libc.so.6(abc+0x1) [0x99]\n", cases[i].line);
		feed_init(&feed);
		feed_text(&feed, qn_buffer_text(&text));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_string_equal(feed.stacks[0]->dialect, "backtrace-symbols");
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		assert_frame(feed.stacks[0], 0, cases[i].name, "", 0, cases[i].pc);
		assert_text(feed.stacks[0]->frames[0].module, cases[i].module);
		assert_int_equal(feed.stacks[0]->damage_count, 0);
		feed_deinit(&feed);
		qn_buffer_deinit(&text);
	}
}

static void the_server_of_1_x_tells_the_signal_and_the_time(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed,
		 "[2020-09-28 10:08:52,061][INFO][SERVER][HandleSignal][taskloader_th] Server received "
		 "critical signal: 11\n" FRONT "Call stack:\n" FRONT "./milvus_server() [0xcee662]\n"
		 "[2020-09-28 10:08:52,063][INFO][SERVER][Search][grpcpp] Request [65328] begin.\n" FRONT
		 "./milvus_server(clone+0x6d) [0xcee663]\n"
		 "Milvus server is going to shutdown ...\n"
		 "./other() [0x40]\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_string_equal(stack->dialect, "server-1.x");
	assert_int_equal(stack->kind, QN_KIND_CRASH);
	assert_text(stack->signal, "SIGSEGV");
	assert_text(stack->thread, "taskloader_th");
	assert_int_equal(stack->frames_count, 2);
	assert_true(stack->time.is_known);
	assert_int_equal(stack->time.nsec % INT64_C(1000000000), 61000000);
	feed_deinit(&feed);
}

static void a_broken_heap_is_an_abort_with_its_words(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed,
		 ERROR_TEXT "======= Backtrace: =========\n"
			    "/lib64/libc.so.6(+0x7f3e4)[0x7f12]\n./milvus(_ZN1aEv+0x1f)[0x401234]\n" MAP
			    "other words\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_string_equal(stack->dialect, "glibc-error");
	assert_int_equal(stack->kind, QN_KIND_ABORT);
	assert_text(stack->message, "double free or corruption (out)");
	assert_int_equal(stack->frames_count, 2);
	assert_int_equal(stack->places[0].last_line, 7);
	assert_int_equal(feed.taken, 7);
	feed_deinit(&feed);
}

static void a_backtrace_follows_words_of_the_prelude(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "*** buffer overflow detected ***: ./milvus terminated\n"
			"======= Backtrace: =========\n./milvus(_ZN1aEv+0x1f)[0x401234]\n" MAP);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_true(qn_text_starts(feed.stacks[0]->message, QN_TEXT("*** buffer overflow detected")));
	feed_deinit(&feed);
}

static void a_second_numbered_stack_is_another(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "No.0: ./a(f+0x1) [0x41]\nNo.1: ./a(g+0x1) [0x42]\n"
			"No.0: ./a(h+0x1) [0x43]\nNo.1: ./a(i+0x1) [0x44]\n");
	assert_int_equal(feed.count, 2);
	feed_deinit(&feed);
}

static void other_lines_begin_none(void **state)
{
	static const char *const texts[] = {
		"./bin() [0x40]\n", /* one alone may be anything */
		"--- Logging error ---\nCall stack:\n  File \"x.py\", line 3, in <module>\n",
		"request (id) [0x40] done\nrequest (id) [0x41] done\n",
		"reply (ok) [0x40]\nreply (ok) [0x41]\n",
		"Server received critical signal: none\n",
		"*** Error in `x' ***\n",
		"mem [0x0] mem [0x10]\n",
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
		cmocka_unit_test(the_server_of_1_x_tells_the_signal_and_the_time),
		cmocka_unit_test(a_broken_heap_is_an_abort_with_its_words),
		cmocka_unit_test(a_backtrace_follows_words_of_the_prelude),
		cmocka_unit_test(a_second_numbered_stack_is_another),
		cmocka_unit_test(other_lines_begin_none),
	};
	return QN_RUN("dialect_glibc", tests);
}
