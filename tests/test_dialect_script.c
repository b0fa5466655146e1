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

static void knows_a_class_without_a_package_and_what_wrapped_it(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "EndOfStreamException: Unable to read data\n"
			"\tat org.apache.zookeeper.server.NIOServerCnxn.doIO(NIOServerCnxn.java:326)\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "EndOfStreamException");
	assert_text(feed.stacks[0]->message, "Unable to read data");
	feed_deinit(&feed);

	feed_all(&feed,
		 "java.io.IOException: disk gone\n\tat com.example.Disk.read(Disk.java:10)\n"
		 "\tat com.example.Store.load(Store.java:20)\n\t... 3 common frames omitted\n"
		 "Wrapped by: com.example.StoreException: cannot load\n"
		 "\tat com.example.Store.load(Store.java:22)\n\tat com.example.App.main(App.java:5)\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "java.io.IOException");
	assert_text(feed.stacks[0]->message, "disk gone\nwrapped in com.example.StoreException: cannot load");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void leaves_out_what_caused_a_suppressed_exception(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "Exception in thread \"main\" java.lang.IllegalStateException: outer\n"
		 "\tat com.example.App.run(App.java:9)\n\tat com.example.App.main(App.java:4)\n"
		 "\tSuppressed: java.io.IOException: closed\n\t\tat com.example.Res.close(Res.java:3)\n"
		 "\t\tCaused by: java.lang.RuntimeException: deep\n"
		 "\t\t\tat com.example.Res.inner(Res.java:4)\n"
		 "Caused by: java.io.EOFException: end\n\tat com.example.App.len(App.java:15)\n"
		 "\t... 1 more\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "java.io.EOFException");
	assert_text(feed.stacks[0]->message, "end\nwrapped in java.lang.IllegalStateException: outer");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void tells_a_group_of_exceptions_once(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "  + Exception Group Traceback (most recent call last):\n"
			"  |   File \"/app/main.py\", line 9, in run\n"
			"  |     raise ExceptionGroup(\"eg\", [ValueError(1)])\n"
			"  | ExceptionGroup: eg (2 sub-exceptions)\n"
			"  +-+---------------- 1 ----------------\n"
			"    | Traceback (most recent call last):\n"
			"    |   File \"/app/a.py\", line 4, in f\n    |     raise ValueError(1)\n"
			"    | ValueError: 1\n    +---------------- 2 ----------------\n"
			"    | TypeError: 2\n    +------------------------------------\ndone\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "ExceptionGroup");
	assert_text(feed.stacks[0]->message, "eg (2 sub-exceptions)\nwith ValueError: 1\nwith TypeError: 2");
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_int_equal(feed.stacks[0]->damage_count, 0);
	feed_deinit(&feed);
}

static void takes_no_lone_title_for_a_traceback(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "Look for \"Traceback (most recent call last):\" in the log.\n"
		 "If you get `Fatal Python error: Segmentation fault`, upgrade.\n"
		 "A fatal error has been detected by the Java Runtime Environment: is what you see.\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

static void tells_the_thread_at_which_python_died(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "Fatal Python error: Segmentation fault\n\n"
		 "Thread 0x00007f1c2f7fe700 (most recent call first):\n"
		 "  File \"/usr/lib/python3.8/threading.py\", line 302 in wait\n"
		 "  File \"/usr/lib/python3.8/queue.py\", line 170 in get\n\n"
		 "Current thread 0x00007f1c40a2a740 (most recent call first):\n"
		 "  File \"/app/wrap.py\", line 77 in search\n  File \"/app/main.py\", line 30 in <module>\n"
		 "\nExtension modules: numpy.core._multiarray_umath (total: 1)\n"
		 "Segmentation fault (core dumped)\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
	assert_text(feed.stacks[0]->signal, "SIGSEGV");
	assert_text(feed.stacks[0]->thread, "0x00007f1c40a2a740");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "search", "/app/wrap.py", 77, 0);
	assert_int_equal(feed.stacks[0]->others_count, 1);
	assert_text(feed.stacks[0]->others[0].what, "wait");
	feed_deinit(&feed);
}

#define JVM                                                                                          \
	"#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"                 \
	"#  SIGSEGV (0xb) at pc=0x00007f5c9a1b2c3d, pid=7, tid=23\n#\n"                              \
	"# JRE version: OpenJDK Runtime Environment (11.0.17+8)\n# Problematic frame:\n"             \
	"# C  [librocksdbjni.so+0x2f3c3d]  rocksdb::DBImpl::Get(rocksdb::ReadOptions const&)+0x5d\n" \
	"#\n# An error report file with more information is saved as:\n# /x/hs_err_pid7.log\n#\n"

static void tells_the_end_of_a_virtual_machine(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, JVM);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
	assert_text(feed.stacks[0]->signal, "SIGSEGV");
	assert_int_equal(feed.stacks[0]->crash_pc, 0x7f5c9a1b2c3d);
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_text(feed.stacks[0]->frames[0].raw, "rocksdb::DBImpl::Get(rocksdb::ReadOptions const&)");
	assert_text(feed.stacks[0]->frames[0].module, "librocksdbjni.so");
	feed_deinit(&feed);

	feed_all(&feed,
		 JVM "\n---------------  T H R E A D  ---------------\n\n"
		     "Current thread (0x00007f5c8c001000):  GCTaskThread [stack: 0x1,0x2] [id=23]\n\n"
		     "siginfo: si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0x8\n\n"
		     "Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)\n"
		     "C  [librocksdbjni.so+0x2f3c3d]  rocksdb::DBImpl::Get(rocksdb::ReadOptions "
		     "const&)+0x5d\n"
		     "J 12 C2 com.example.Db.get([BI)I (12 bytes) @ 0x00007f5c91 [0x00007f5c90+0x1]\n"
		     "j  com.example.App.main([Ljava/lang/String;)V+12\nv  ~StubRoutines::call_stub\n\n"
		     "Java frames: (J=compiled Java code, j=interpreted, Vv=VM code)\n"
		     "j  com.example.App.main([Ljava/lang/String;)V+12\n\n"
		     "---------------  P R O C E S S  ---------------\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->thread, "GCTaskThread");
	assert_int_equal(feed.stacks[0]->fault_address, 8);
	assert_int_equal(feed.stacks[0]->frames_count, 4);
	assert_text(feed.stacks[0]->frames[1].raw, "com.example.Db.get");
	assert_text(feed.stacks[0]->frames[3].raw, "~StubRoutines::call_stub");
	feed_deinit(&feed);

	feed_all(&feed, "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"
			"#  Internal Error (g1ConcurrentMark.cpp:1665), pid=7, tid=23\n"
			"#  guarantee(task_entry.is_oop()) failed: invariant\n#\n# JRE version: OpenJDK\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_text(feed.stacks[0]->message, "Internal Error (g1ConcurrentMark.cpp:1665)\n"
					     "guarantee(task_entry.is_oop()) failed: invariant");
	feed_deinit(&feed);
}

static void reads_a_java_stack_whose_tabs_were_lost(void **state)
{
	static const char *const prose[] = {
		"it fails\nat a.b.C.f(C.java:1)\nand then\n",
		"at a.b.C.f(C.java:1) we see\n",
		"INFO [main:QuorumPeerConfig.java:103] - at last\n",
		"(Native Method)\n",
	};
	struct feed feed;

	(void)state;
	feed_all(&feed, "a.b.OuterException: one\nat a.b.C.f(C.java:1)\nat a.b.C.g(C.java:2)\n"
			"Caused by: a.b.InnerException: two\nat a.b.D.h(D.java:3)\n... 1 more\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "a.b.InnerException");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "a.b.D.h", "D.java", 3, 0);
	assert_frame(feed.stacks[0], 1, "a.b.C.g", "C.java", 2, 0);
	assert_true(feed_has_damage(feed.stacks[0], "tabs lost"));
	feed_deinit(&feed);
	feed_all(&feed, "Caused by: a.b.IOException: gone\nat a.b.N.read(Native Method)\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "a.b.IOException");
	feed_deinit(&feed);
	for (size_t i = 0; i < sizeof(prose) / sizeof(*prose); i++) {
		feed_all(&feed, prose[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
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
		cmocka_unit_test(knows_a_class_without_a_package_and_what_wrapped_it),
		cmocka_unit_test(leaves_out_what_caused_a_suppressed_exception),
		cmocka_unit_test(tells_a_group_of_exceptions_once),
		cmocka_unit_test(takes_no_lone_title_for_a_traceback),
		cmocka_unit_test(tells_the_thread_at_which_python_died),
		cmocka_unit_test(tells_the_end_of_a_virtual_machine),
		cmocka_unit_test(reads_a_java_stack_whose_tabs_were_lost),
	};

	return QN_RUN("dialect_script", tests);
}
