#include "support/crash_feed.h"

#define CHAIN                                                                                               \
	"org.apache.pulsar.ServiceException: could not open\n"                                              \
	"\tat org.apache.pulsar.Ledger.open(Ledger.java:12) ~[pulsar-broker-2.8.jar:2.8.0]\n"               \
	"\tat org.apache.pulsar.Broker.lambda$start$58(Broker.java:7)\n"                                    \
	"\tat java.base/java.lang.Thread.run(Thread.java:829) [?:?]\n"                                      \
	"\tSuppressed: java.io.IOException: closed\n"                                                       \
	"\t\tat org.apache.pulsar.Other.close(Other.java:1)\n"                                              \
	"\t\t... 2 more\n"                                                                                  \
	"Caused by: org.apache.zookeeper.KeeperException$ConnectionLossException: KeeperErrorCode = Loss\n" \
	"\tat org.apache.zookeeper.Keeper.create(Keeper.java:102)\n"                                        \
	"\t... 2 more\n"

static void tells_the_cause_with_the_frames_it_shares(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, CHAIN);
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_ERROR);
	assert_text(stack->exception, "org.apache.zookeeper.KeeperException$ConnectionLossException");
	assert_text(stack->message,
		    "KeeperErrorCode = Loss\nwrapped in org.apache.pulsar.ServiceException: could not open");
	assert_int_equal(stack->frames_count, 3);
	assert_frame(stack, 0, "org.apache.zookeeper.Keeper.create", "Keeper.java", 102, 0);
	assert_frame(stack, 1, "org.apache.pulsar.Broker.lambda$start$58", "Broker.java", 7, 0);
	assert_frame(stack, 2, "java.base/java.lang.Thread.run", "Thread.java", 829, 0);
	assert_text(stack->frames[1].key, "org.apache.pulsar.Broker.lambda$start");
	assert_text(stack->frames[2].key, "java.lang.Thread.run");
	assert_int_equal(stack->frames[2].role, QN_ROLE_USER); /* without tables */
	feed_deinit(&feed);
}

static void tells_each_cause_of_a_long_chain(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "a.b.C1Exception: one\n\tat a.b.C.f1(C.java:1)\n\tat a.b.C.g(C.java:2)\n"
			"Caused by: a.b.C2Exception: two\n\tat a.b.C.f2(C.java:3)\n\t... 1 more\n"
			"Caused by: a.b.C3Exception\n\tat a.b.C.f3(C.java:4)\n\tat a.b.C.f4(C.java:4)\n\t... "
			"2 more\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "a.b.C3Exception");
	assert_int_equal(feed.stacks[0]->frames_count, 4);
	assert_text(feed.stacks[0]->frames[0].raw, "a.b.C.f3");
	assert_text(feed.stacks[0]->frames[1].raw, "a.b.C.f4");
	assert_text(feed.stacks[0]->frames[2].raw, "a.b.C.f2");
	assert_text(feed.stacks[0]->frames[3].raw, "a.b.C.g");
	feed_deinit(&feed);
}

static void puts_a_cause_that_was_cut_above_what_it_caused(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "a.b.C1Exception: one\n\tat a.b.C.f1(C.java:1)\n"
			"Caused by: a.b.C2Exception: two\n\tat a.b.C.f2(C.java:3)\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->frames[0].raw, "a.b.C.f2");
	feed_deinit(&feed);
}

struct place_case {
	const char *above, *exception, *message;
};

static void finds_the_exception_above_the_first_frame(void **state)
{
	static const struct place_case cases[] = {
		{"java.lang.NullPointerException", "java.lang.NullPointerException", ""},
		{"2024-05-01 10:00:00 ERROR o.a.p.Server - failed: java.lang.IllegalStateException: not open",
		 "java.lang.IllegalStateException", "not open"},
		{"java.util.concurrent.CompletionException: org.apache.pulsar.X$YException: bundle",
		 "java.util.concurrent.CompletionException", "org.apache.pulsar.X$YException: bundle"},
		{"Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space",
		 "java.lang.OutOfMemoryError", "Java heap space"},
		{"it went wrong", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, qn_text_of(cases[i].above));
		feed_text(&feed, QN_TEXT("\tat a.b.C.f(C.java:1)\n\tat a.b.C.g(Native Method)\n"));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_text(feed.stacks[0]->exception, cases[i].exception);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		feed_deinit(&feed);
	}
}

static void begins_anew_with_another_exception(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "a.b.C1Exception: one\n\tat a.b.C.f1(C.java:1)\nplain words of another writer\n"
			"a.b.C2Exception: two\n\tat a.b.C.f2(C.java:1)\n");
	assert_int_equal(feed.count, 2);
	assert_text(feed.stacks[0]->message, "one");
	assert_text(feed.stacks[1]->exception, "a.b.C2Exception");
	assert_text(feed.stacks[1]->message, "two");
	feed_deinit(&feed);
}

#define FIRST                                                                                \
	"Traceback (most recent call last):\n"                                               \
	"  File \"/x/pymilvus/decorators.py\", line 128, in handler\n"                       \
	"    return func(*args, **kwargs)\n"                                                 \
	"           ^^^^^^^^^^^^^^^^^^^^^\n"                                                 \
	"  File \"/x/pymilvus/client/grpc_handler.py\", line 7, in call\n"                   \
	"  [Previous line repeated 996 more times]\n"                                        \
	"grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n" \
	"\tstatus = StatusCode.UNAVAILABLE\n"                                                \
	">\n"

static void turns_a_traceback_to_the_innermost_first(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, "2024 E | " FIRST "plain line behind\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_ERROR);
	assert_text(stack->exception, "grpc._channel._InactiveRpcError");
	assert_text(stack->message, "<_InactiveRpcError of RPC that terminated with:\nstatus = "
				    "StatusCode.UNAVAILABLE");
	assert_int_equal(stack->frames_count, 2);
	assert_frame(stack, 0, "call", "/x/pymilvus/client/grpc_handler.py", 7, 0);
	assert_frame(stack, 1, "handler", "/x/pymilvus/decorators.py", 128, 0);
	assert_text(stack->frames[0].key, "grpc_handler.call");
	assert_int_equal(stack->places[0].last_line, 8);
	feed_deinit(&feed);
}

static void tells_the_first_exception_of_a_chain(void **state)
{
	static const char *const links[] = {
		"\nThe above exception was the direct cause of the following exception:\n\n",
		"\nDuring handling of the above exception, another exception occurred:\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, QN_TEXT(FIRST));
		feed_text(&feed, qn_text_of(links[i]));
		feed_text(&feed,
			  QN_TEXT("Traceback (most recent call last):\n  File \"/x/test.py\", line 3, in "
				  "<module>\n    run()\n[2025/01/01 00:00:00.000 +00:00] [INFO] [a/b.go:1] "
				  "[x]\npymilvus.exceptions.MilvusException: no\n"));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_text(feed.stacks[0]->exception, "grpc._channel._InactiveRpcError");
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		assert_true(qn_text_ends(feed.stacks[0]->message,
					 QN_TEXT("wrapped in pymilvus.exceptions.MilvusException")));
		feed_deinit(&feed);
	}
}

static void keeps_two_tracebacks_apart(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, FIRST FIRST);
	assert_int_equal(feed.count, 2);
	feed_deinit(&feed);
}

static void keeps_the_innermost_of_too_many_frames(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct feed feed;

	(void)state;
	qn_buffer_append_string(&text, "Traceback (most recent call last):\n");
	for (unsigned i = 0; i < 2000; i++)
		qn_buffer_printf(&text, "  File \"/x/a.py\", line %u, in f%u\n", i + 1, i);
	qn_buffer_append_string(&text, "RecursionError: too deep\n");
	feed_all(&feed, text.data);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->frames[0].raw, "f1999");
	assert_true(feed.stacks[0]->is_cut);
	assert_true(feed.stacks[0]->frames_count <= 512);
	feed_deinit(&feed);
}

static void takes_no_words_for_a_stack(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "we met at noon (by chance)\n    at last (he said)\n\tat 10.0.0.1(port 80)\n"
			"    at Object.<anonymous> (/x/a.js:1:2)\n    at System.Foo.Bar(String x) in "
			"C:\\a.cs:line 3\n"
			"    at ./src/x.rs:1:2\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_cause_with_the_frames_it_shares),
		cmocka_unit_test(tells_each_cause_of_a_long_chain),
		cmocka_unit_test(puts_a_cause_that_was_cut_above_what_it_caused),
		cmocka_unit_test(finds_the_exception_above_the_first_frame),
		cmocka_unit_test(begins_anew_with_another_exception),
		cmocka_unit_test(turns_a_traceback_to_the_innermost_first),
		cmocka_unit_test(tells_the_first_exception_of_a_chain),
		cmocka_unit_test(keeps_two_tracebacks_apart),
		cmocka_unit_test(keeps_the_innermost_of_too_many_frames),
		cmocka_unit_test(takes_no_words_for_a_stack),
	};

	return QN_RUN("dialect_script", tests);
}
