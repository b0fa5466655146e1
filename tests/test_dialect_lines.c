#include "support/crash_feed.h"

#define LOG4J "2024-03-01 10:11:12,345 ERROR [worker-3] c.e.Service - "
#define AIRFLOW "[2024-03-01, 10:11:12 UTC] {mixin.py:109} WARNING - "
#define JOURNAL "Mar 01 10:11:12 node-7 broker[12]: "

struct fronted_case {
	const char *text, *exception, *message, *innermost;
	size_t frames;
};

static void reads_a_stack_with_a_log_prefix_before_each_line(void **state)
{
	static const struct fronted_case cases[] = {
		{LOG4J "load failed\n" LOG4J "io.acme.StoreException: not loaded\n" LOG4J
		       "\tat io.acme.Client.check(Client.java:38)\n" LOG4J
		       "\tat io.acme.Client.load(Client.java:12)\n" LOG4J
		       "Caused by: io.grpc.StatusException: GONE\n" LOG4J
		       "\tat io.grpc.Calls.status(Calls.java:27)\n" LOG4J "\t... 1 more\n"
		       "2024-03-01 10:11:13,001 INFO  [main] c.e.Other - fine\n",
		 "io.grpc.StatusException", "GONE\nwrapped in io.acme.StoreException: not loaded",
		 "io.grpc.Calls.status", 2},
		{JOURNAL "[2024-03-01 10:11:12,034] ERROR uncaught (net.Processor)\n" JOURNAL
			 "java.lang.OutOfMemoryError: Cannot reserve 7 bytes\n" JOURNAL
			 "        at java.base/java.nio.Bits.reserve(Bits.java:178)\n" JOURNAL
			 "        at net.Processor.run(SocketServer.scala:1012)\n" JOURNAL "started\n",
		 "java.lang.OutOfMemoryError", "Cannot reserve 7 bytes", "java.base/java.nio.Bits.reserve",
		 2},
		{AIRFLOW "Traceback (most recent call last):\n" AIRFLOW
			 "  File \"/app/client.py\", line 50, in handler\n" AIRFLOW "    return f(self)\n"
			 "[2024-03-01, 10:11:12 UTC] {other.py:1} INFO - not of it\n" AIRFLOW
			 "  File \"/app/load.py\", line 12, in run\n" AIRFLOW "    search()\n" AIRFLOW
			 "app.StoreError: <StoreError: (code=1, message=fail)>\n" AIRFLOW "next\n",
		 "app.StoreError", "<StoreError: (code=1, message=fail)>", "run", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		assert_text(feed.stacks[0]->exception, cases[i].exception);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_int_equal(feed.stacks[0]->frames_count, cases[i].frames);
		assert_text(feed.stacks[0]->frames[0].raw, cases[i].innermost);
		assert_true(feed_has_damage(feed.stacks[0], "log prefix before each line"));
		feed_deinit(&feed);
	}
}

struct message_case {
	const char *text, *exception, *message;
	size_t frames;
};

static void keeps_the_further_lines_of_a_message(void **state)
{
	static const struct message_case cases[] = {
		{"10:00:00 [main] ERROR a.Server - failed\norg.acme.ConfigException: Invalid value\n"
		 "  key: broker.id\nmust be positive\n\tat org.acme.Config.validate(Config.java:490)\n",
		 "org.acme.ConfigException", "Invalid value\nkey: broker.id\nmust be positive", 1},
		{"java.lang.RuntimeException: outer\n\tat a.b.C.f(C.java:1)\n"
		 "Caused by: com.acme.CheckException: two problems:\n"
		 " - java.lang.IllegalStateException: closed\n\tat a.b.D.g(D.java:2)\n\t... 1 more\n",
		 "com.acme.CheckException",
		 "two problems:\n- java.lang.IllegalStateException: closed\n"
		 "wrapped in java.lang.RuntimeException: outer",
		 2},
		{"Exception in thread \"main\" a.b.XException: one\ntwo\n\tat a.b.C.f(C.java:1)\n",
		 "a.b.XException", "one\ntwo", 1},
		{"Traceback (most recent call last):\n  File \"/a.py\", line 3, in f\n    g()\n"
		 "acme.StoreError: <StoreError: (code=5, message=worker failed: no type\n"
		 " at /src/Driver.cpp:12\nretry later\n)>\n"
		 "\nDuring handling of the above exception, another exception occurred:\n\n"
		 "Traceback (most recent call last):\n  File \"/b.py\", line 9, in run\nWrapped: no\ndone\n",
		 "acme.StoreError",
		 "<StoreError: (code=5, message=worker failed: no type\nat /src/Driver.cpp:12\nretry "
		 "later\n)>\n"
		 "wrapped in Wrapped",
		 1},
		{"Traceback (most recent call last):\n  File \"/a.py\", line 3, in f\n    M(**x)\n"
		 "acme.CheckError: 2 problems\nname\n  missing\nuri\n  wrong\n"
		 "\nDuring handling of the above exception, another exception occurred:\n\n"
		 "Traceback (most recent call last):\n  File \"/b.py\", line 9, in run\nacme.Bad: no\n",
		 "acme.CheckError", "2 problems\nwrapped in acme.Bad", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		assert_text(feed.stacks[0]->exception, cases[i].exception);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_int_equal(feed.stacks[0]->frames_count, cases[i].frames);
		feed_deinit(&feed);
	}
}

static void takes_no_dump_of_threads_for_exceptions(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "Full thread dump OpenJDK 64-Bit Server VM (11.0.16+8 mixed mode):\n\n"
			"\"main\" #1 prio=5 tid=0x00007f12 nid=0x7 waiting on condition\n"
			"   java.lang.Thread.State: TIMED_WAITING (sleeping)\n"
			"\tat java.lang.Thread.sleep(java.base@11.0.16/Native Method)\n"
			"\tat com.acme.Main.main(Main.java:12)\n\n\"io-1\" #12 prio=5 nid=0x8 runnable\n"
			"   java.lang.Thread.State: RUNNABLE\n\tat com.acme.Poll.wait(Poll.java:3)\n"
			"\t- locked <0x000000> (a com.acme.Util$2)\n\n"
			"java.lang.IllegalStateException: real\n\tat com.acme.Real.f(Real.java:1)\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message, "real");
	feed_deinit(&feed);
}

static void reads_the_tracebacks_of_notebooks(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "-------------------------------------------\n"
			"StoreError                           Traceback (most recent call last)\n"
			"Cell In[12], line 3\n      1 from acme import Client\n----> 3 Client()\n\n"
			"File ~/venv/acme/client.py:58, in Client.__init__(self, uri, **kwargs)\n"
			"     55 self.c = connect(\n---> 58     uri, user\n     59 )\n\n"
			"/usr/lib/acme/rpc.py in <locals>.wait(self)\n--> 166     raise StoreError(\n\n"
			"StoreError: <StoreError: (code=2, message=no server)>\nnext\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "StoreError");
	assert_text(feed.stacks[0]->message, "<StoreError: (code=2, message=no server)>");
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_frame(feed.stacks[0], 0, "wait", "/usr/lib/acme/rpc.py", 166, 0);
	assert_frame(feed.stacks[0], 1, "__init__", "~/venv/acme/client.py", 58, 0);
	assert_frame(feed.stacks[0], 2, "<module>", "<cell>", 3, 0);
	feed_deinit(&feed);
}

#define OUT "2024-05-01T10:00:00.000000001Z stdout F "
#define ERR "2024-05-01T10:00:00.000000002Z stderr F "

static void weaves_no_lines_of_stdout_into_a_report_on_stderr(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_source(&feed,
		    QN_TEXT(ERR "SIGNAL CATCH BY NON-GO SIGNAL HANDLER\n" OUT "plain_word\n" ERR
				"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x7\n" ERR
				"BACKTRACE:\n" ERR "_ZN4acme5query6SearchEv\n" OUT "another_name\n" ERR
				"\t/src/query/Search.cpp:38 pc=0x7f1203\n" OUT "some_word\n" ERR "main\n" OUT
				"\t/data/x.cpp:7 pc=0x7f9999\n" OUT "\n" OUT "\n" ERR
				"\t/src/main.cpp:8 pc=0x7f1300\n"));
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_text(feed.stacks[0]->frames[0].raw, "_ZN4acme5query6SearchEv");
	assert_frame(feed.stacks[0], 1, "main", "/src/main.cpp", 8, 0x7f1300);
	feed_deinit(&feed);
}

static void tells_reports_on_both_outputs(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_source(&feed,
		    QN_TEXT(OUT "java.lang.IllegalStateException: one\n" OUT "\tat a.b.C.f(C.java:1)\n" OUT
				"\tat a.b.C.g(C.java:2)\n" ERR "Traceback (most recent call last):\n" ERR
				"  File \"/a.py\", line 3, in f\n" OUT "starting\n" ERR "    g()\n" ERR
				"ValueError: two\n" OUT "java.lang.IllegalStateException: three\n" OUT
				"\tat a.b.C.h(C.java:1)\n"));
	assert_int_equal(feed.count, 3);
	assert_text(feed.stacks[0]->message, "one");
	assert_text(feed.stacks[1]->message, "two");
	assert_text(feed.stacks[2]->message, "three");
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_stack_with_a_log_prefix_before_each_line),
		cmocka_unit_test(keeps_the_further_lines_of_a_message),
		cmocka_unit_test(takes_no_dump_of_threads_for_exceptions),
		cmocka_unit_test(reads_the_tracebacks_of_notebooks),
		cmocka_unit_test(weaves_no_lines_of_stdout_into_a_report_on_stderr),
		cmocka_unit_test(tells_reports_on_both_outputs),
	};

	return QN_RUN("dialect_lines", tests);
}
