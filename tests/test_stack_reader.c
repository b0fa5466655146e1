#include "support/crash_feed.h"

#define NATIVE(address)                           \
	"SIGNAL CATCH BY NON-GO SIGNAL HANDLER\n" \
	"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: " address "\nBACKTRACE:\n"
#define NATIVE_FRAMES                                         \
	"inner\n\t/a/in.cpp:3 pc=0x7f01\nLoad\n\t/a/c.cpp:4 " \
	"pc=0x7f02\nruntime.asmcgocall\n\t/go/asm_amd64.s:9 pc=0x5\n"
#define GO(address)                                                              \
	"SIGSEGV: segmentation violation\nPC=0x7f49 m=5 sigcode=1 addr=" address \
	"\nsignal arrived during cgo "                                           \
	"execution\n\ngoroutine 25 [syscall]:\n"
#define GO_C_FRAMES "inner\n\t/a/in.cpp:3 pc=0x9f01\nLoad\n\t/a/c.cpp:4 pc=0x9f02\n"
#define GO_FRAMES                                                                 \
	"runtime.cgocall(0x1)\n\t/go/cgocall.go:167 +0x6 fp=0x1 sp=0x2 pc=0x22\n" \
	"x/q._Cfunc_Load(0x7)\n\t_cgo_gotypes.go:5 +0x7 fp=0x1 sp=0x2 pc=0x23\n"  \
	"x/q.(*S).Load(0xc0)\n\t/x/s.go:11 +0x1 fp=0x1 sp=0x2 pc=0x24\n"
#define ZAP "[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] [\"processing\"] [pending=0]\n"

/* An hour and a half and some minutes on: no zone is that far from another. */
#define LATER "[2025/07/18 10:27:34.169 +00:00] [INFO] [a/b.go:97] [\"processing\"] [pending=0]\n"
#define THRICE(text) text text text

static void native_and_go_reports_of_one_signal_are_one_event(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed,
		 ZAP "\n" NATIVE("0x7ff3") NATIVE_FRAMES "\n\n" ZAP "\n" GO("0x7ff3") GO_C_FRAMES GO_FRAMES);
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_CRASH);
	assert_string_equal(stack->dialect, "native-handler");
	assert_int_equal(stack->goroutine, 25);
	assert_int_equal(stack->crash_pc, 0x7f49);
	assert_int_equal(stack->fault_address, 0x7ff3);
	assert_int_equal(stack->frames_count, 6);
	assert_frame(stack, 0, "inner", "/a/in.cpp", 3, 0x7f01);
	assert_frame(stack, 2, "runtime.asmcgocall", "/go/asm_amd64.s", 9, 5);
	assert_frame(stack, 5, "x/q.(*S).Load(0xc0)", "/x/s.go", 11, 0x24);
	assert_int_equal(stack->places_count, 2);
	assert_int_equal(stack->places[0].line, 3);
	assert_int_equal(stack->places[0].last_line, 11);
	assert_int_equal(stack->places[1].line, 16);
	feed_deinit(&feed);
}

struct join_case {
	const char *text;
	size_t events;
	enum qn_kind kind;
	size_t frames, places;
	const char *first; /* raw name of the first frame */
};

static const struct join_case joins[] = {
	/* cut behind the title of the second report */
	{NATIVE("(nil)") NATIVE_FRAMES "\n\nSIGSEGV: segmentation violation\n", 1, QN_KIND_CRASH, 3, 2,
	 "inner"},
	/* the first report was cut before its frames */
	{NATIVE("0x8") "\n" GO("0x8") GO_C_FRAMES GO_FRAMES, 1, QN_KIND_CRASH, 5, 2, "inner"},
	/* no name in the first, names in the second */
	{NATIVE("0x8") "(null)\n\t(null):0 pc=0x7f01\n\n" GO("0x8") GO_C_FRAMES GO_FRAMES, 1, QN_KIND_CRASH,
	 5, 2, "inner"},
	/* names in the first, none of C in the second */
	{NATIVE("0x8") NATIVE_FRAMES "\n" GO("0x8") "non-Go function\n\tpc=0x1\n" GO_FRAMES, 1, QN_KIND_CRASH,
	 6, 2, "inner"},
	/* they do not agree: the longer one of C is kept */
	{NATIVE("0x8") NATIVE_FRAMES "\n" GO("0x8") "other\n\t/a/o.cpp:3 pc=0x9f01\n" GO_FRAMES, 1,
	 QN_KIND_CRASH, 3, 2, "inner"},
	{NATIVE("0x8") "other\n\t/a/o.cpp:3 pc=0x9f01\n\n" GO("0x8") GO_C_FRAMES GO_FRAMES, 1, QN_KIND_CRASH,
	 5, 2, "inner"},
	/* before Go 1.21 there is no addr= */
	{NATIVE("0x8") NATIVE_FRAMES
	 "\nSIGSEGV: segmentation violation\nPC=0x7f m=1 sigcode=1\n\ngoroutine 1 [syscall]:\n" GO_FRAMES,
	 1, QN_KIND_CRASH, 6, 2, "inner"},
	/* a nil dereference in Go passes through the native handler too */
	{NATIVE("0x8") "runtime.sigpanic\n\t/go/signal_unix.go:1 pc=0x1\nx/q.F\n\t/x/f.go:2 pc=0x2\n\n"
		       "panic: runtime error: nil\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 "
		       "pc=0x2]\n\n"
		       "goroutine 1 [running]:\nx/q.F(0x1)\n\t/x/f.go:2 +0x3\n",
	 1, QN_KIND_PANIC, 1, 2, "x/q.F(0x1)"},
	{NATIVE("0x8") "x/q.F\n\t/x/f.go:2 pc=0x2\n", 1, QN_KIND_PANIC, 1, 1, "x/q.F"},
	/* the old handler writes to a buffered stream */
	{GO("0x8") GO_FRAMES "\n" NATIVE("0x8") NATIVE_FRAMES, 1, QN_KIND_CRASH, 6, 2, "inner"},
	/* the same report twice */
	{NATIVE("0x8") NATIVE_FRAMES "\n\n" NATIVE("0x8") NATIVE_FRAMES, 1, QN_KIND_CRASH, 3, 2, "inner"},
	/* two threads at once: the second came in between the frames of the first */
	{NATIVE("0x8") "inner\n\t/a/in.cpp:3 pc=0x7f01\n" NATIVE(
		 "0x8") "Load\n\t/a/c.cpp:4 pc=0x7f02\n" NATIVE_FRAMES,
	 1, QN_KIND_CRASH, 3, 1, "inner"},
	/* the same line of Go code in two runs: its addresses are the same, the goroutine's are not */
	{"panic: a\n\ngoroutine 1 [running]:\nx.F(0xc01)\n\t/x.go:1 +0x1 fp=0xc1 sp=0xc0 pc=0x22\n\n"
	 "panic: a\n\ngoroutine 1 [running]:\nx.F(0xc02)\n\t/x.go:1 +0x1 fp=0xc3 sp=0xc2 pc=0x22\n",
	 2, QN_KIND_PANIC, 1, 1, "x.F(0xc01)"},
	/* other addresses */
	{NATIVE("0x8") NATIVE_FRAMES "\n\n" NATIVE("0x10") NATIVE_FRAMES, 2, QN_KIND_CRASH, 3, 1, "inner"},
	{NATIVE("0x8") NATIVE_FRAMES "\n\n" GO("0x10") GO_FRAMES, 2, QN_KIND_CRASH, 3, 1, "inner"},
	/* another signal, a panic without any */
	{NATIVE("0x8") NATIVE_FRAMES
	 "\nSIGBUS: bus error\nPC=0x1 m=1 sigcode=2\n\ngoroutine 1 [syscall]:\n" GO_FRAMES,
	 2, QN_KIND_CRASH, 3, 1, "inner"},
	{NATIVE("0x8") NATIVE_FRAMES "\npanic: boom\n\ngoroutine 1 [running]:\nx.F()\n\t/x.go:1 +0x1\n", 2,
	 QN_KIND_CRASH, 3, 1, "inner"},
	{"panic: a\n\ngoroutine 1 [running]:\nx.F()\n\t/x.go:1 +0x1\n\npanic: b\n\ngoroutine 1 "
	 "[running]:\nx.F()\n\t/x.go:1 "
	 "+0x1\n",
	 2, QN_KIND_PANIC, 1, 1, "x.F()"},
	{"panic: a\npanic: b\n", 2, QN_KIND_PANIC, 0, 1, NULL},
	/* a panic without its goroutine, and the signal of somebody else */
	{"panic: a\n" GO("0x8") GO_FRAMES, 2, QN_KIND_PANIC, 0, 1, NULL},
	/* whoever wrote the first was gone long before the second */
	{ZAP NATIVE("0x8") NATIVE_FRAMES THRICE(THRICE(LATER)) GO("0x8") GO_FRAMES, 2, QN_KIND_CRASH, 3, 1,
	 "inner"},
	{ZAP "terminate called without an active exception\n" THRICE(THRICE(LATER)) GO("0x8") GO_FRAMES, 2,
	 QN_KIND_ABORT, 0, 1, NULL},
	{ZAP "panic: a\n" THRICE(THRICE(LATER)) "fatal error: b\n\ngoroutine 1 [running]:\nx.F()\n\t/x.go:1 "
						"+0x1\n",
	 2, QN_KIND_PANIC, 0, 1, NULL},
	{ZAP NATIVE("0x8") NATIVE_FRAMES THRICE(THRICE(LATER)) GO_C_FRAMES, 2, QN_KIND_CRASH, 3, 1, "inner"},
	/* a few lines are woven in, whatever their clock says */
	{ZAP NATIVE("0x8") "inner\n\t/a/in.cpp:3 pc=0x7f01\n" LATER "Load\n\t/a/c.cpp:4 pc=0x7f02\n", 1,
	 QN_KIND_CRASH, 2, 1, "inner"},
	/* no crash: a program printed its own stack */
	{"panic: a\n\n\ngoroutine 7 [running]:\nruntime/debug.Stack()\n\t/go/stack.go:24 +0x65\n"
	 "x.F()\n\t/x.go:1 +0x1\n",
	 1, QN_KIND_PANIC, 2, 1, "runtime/debug.Stack()"},
	{"panic: a\n\ngoroutine 1 [running]:\nx.F()\n\t/x.go:1 +0x1\npanic during panic\n", 1, QN_KIND_PANIC,
	 1, 1, "x.F()"},
};

static void joins_what_is_one_event_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(joins) / sizeof(*joins); i++) {
		struct feed feed;

		feed_all(&feed, joins[i].text);
		if (feed.count != joins[i].events)
			print_message("# case %zu\n", i);
		assert_int_equal(feed.count, joins[i].events);
		assert_int_equal(feed.stacks[0]->kind, joins[i].kind);
		if (feed.stacks[0]->frames_count != joins[i].frames)
			print_message("# case %zu\n", i);
		assert_int_equal(feed.stacks[0]->frames_count, joins[i].frames);
		assert_int_equal(feed.stacks[0]->places_count, joins[i].places);
		if (joins[i].first)
			assert_text(feed.stacks[0]->frames[0].raw, joins[i].first);
		feed_deinit(&feed);
	}
}

static void a_stack_that_a_program_printed_of_itself_is_no_event(void **state)
{
	static const char *const tops[] = {"runtime/debug.Stack()",
					   "runtime/pprof.writeGoroutineStacks({0x1})"};

	(void)state;
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, QN_TEXT("goroutine 7 [running]:\n"));
		feed_text(&feed, qn_text_of(tops[i]));
		feed_text(&feed, QN_TEXT("\n\t/go/stack.go:24 +0x65\nx.F()\n\t/x.go:1 +0x1\n"));
		feed_flush(&feed);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

static void a_flush_parts_two_lives(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT(NATIVE("0x8") NATIVE_FRAMES "\n\n"));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	feed_text(&feed, QN_TEXT(GO("0x8") GO_FRAMES));
	feed_flush(&feed);
	assert_int_equal(feed.count, 2);
	feed_flush(&feed);
	assert_int_equal(feed.count, 2);
	feed_deinit(&feed);
}

struct damage_case {
	const char *text, *damage;
	size_t frames;
};

static const struct damage_case damages[] = {
	{NATIVE("0x8") "inner\n" ZAP "\t/a/in.cpp:3 pc=0x7f01\nLoad\n\t/a/c.cpp:4 pc=0x7f02\n",
	 "interleaved log records", 2},
	{NATIVE("0x8") "inner\n\t/a/in.cpp:3 pc=0x7f01\n" ZAP ZAP "Load\n\t/a/c.cpp:4 pc=0x7f02\n",
	 "interleaved log records", 2},
	{NATIVE("0x8") "inner\nWARNING clustering 1 points to 1 centroids: please\n\t/a/in.cpp:3 "
		       "pc=0x7f01\nLoad\n\t/a/c.cpp:4 "
		       "pc=0x7f02\n",
	 "interleaved lines of other writers", 2},
	{NATIVE("0x8") "inner\n\t/a/in.cpp:3 pc=0x7f01\n[AWS LOG] x\nHTTP response code: "
		       "404\nLoad\n\t/a/c.cpp:4 pc=0x7f02\n",
	 "interleaved lines of other writers", 2},
	{NATIVE("0x8") "inner\n\n\t/a/in.cpp:3 pc=0x7f01\n\nLoad\n\n\t/a/c.cpp:4 pc=0x7f02\n\n",
	 "blank line after each line", 2},
	{NATIVE("0x8") "inner\n        /a/in.cpp:3 pc=0x7f01\nLoad\n    /a/c.cpp:4 pc=0x7f02\n", "tabs lost",
	 2},
	{NATIVE("0x8") "inner\n/a/in.cpp:3 pc=0x7f01\nLoad\n/a/c.cpp:4 pc=0x7f02\n", "tabs lost", 2},
	{">>> panic: boom\n\ngoroutine 5 [running]:\nx.F()\n\t/x.go:1 +0x3\nx.G()\n\t/x.go:1 +0x3\n",
	 "prompt or quote marks", 2},
	{"> panic: boom\n>\n> goroutine 5 [running]:\n> x.F()\n> \t/x.go:1 +0x3\n> x.G()\n> \t/x.go:1 +0x3\n",
	 "prompt or quote marks", 2},
	{NATIVE("0x8") "inner\n\t/a/in.cpp:3 pc=0x7f01[2024/09/12 10:11:12.123 +00:00] [INFO] [a.go:1] "
		       "[x]\nLoad\n"
		       "\t/a/c.cpp:4 pc=0x7f02\n",
	 "log record glued to a line", 2},
	{NATIVE("0x8") "inner[2024/09/12 10:11:12.123 +00:00] [INFO]\n\t/a/in.cpp:3 pc=0x7f01\nLoad\n"
		       "\t/a/c.cpp:4 pc=0x7f02[2024-10-17T13:55:35Z INFO  tantivy] x\n",
	 "log record glued to a line", 2},
	{"panic: x\n\n" ZAP "goroutine 5 [running]:\n" ZAP "x.F()\n" ZAP
	 "\t/x.go:1 +0x3\nx.G()\n\t/x.go:1 +0x3\n",
	 "interleaved log records", 2},
};

static void undoes_and_notes_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		struct feed feed;

		feed_all(&feed, damages[i].text);
		assert_int_equal(feed.count, 1);
		if (!feed_has_damage(feed.stacks[0], damages[i].damage) ||
		    feed.stacks[0]->frames_count != damages[i].frames)
			print_message("# case %zu\n", i);
		assert_int_equal(feed.stacks[0]->frames_count, damages[i].frames);
		assert_true(feed_has_damage(feed.stacks[0], damages[i].damage));
		if (damages[i].text[0] == 'S') {
			assert_frame(feed.stacks[0], 0, "inner", "/a/in.cpp", 3, 0x7f01);
			assert_frame(feed.stacks[0], 1, "Load", "/a/c.cpp", 4, 0x7f02);
		}
		feed_deinit(&feed);
	}
}

static void woven_lines_and_wrappers_do_not_change_the_evidence(void **state)
{
	static const char *const same[] = {
		NATIVE("0x8") NATIVE_FRAMES,
		"\n\n" ZAP NATIVE("0x8") ZAP NATIVE_FRAMES "\n",
		NATIVE("0x8") "inner\n\n\t/a/in.cpp:3 pc=0x7f01\nsome other text here\nLoad\n/a/c.cpp:4 "
			      "pc=0x7f02\n"
			      "runtime.asmcgocall  \n\t/go/asm_amd64.s:9 pc=0x5\n",
		NATIVE("0x8") NATIVE_FRAMES "\n\n" GO("0x8") GO_FRAMES,
	};
	static const char *const different[] = {
		NATIVE("0x10") NATIVE_FRAMES,
		NATIVE("0x8") "inner\n\t/a/in.cpp:3 pc=0x8f01\n",
	};
	struct qn_hash128 first = {0};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct feed feed;

		feed_all(&feed, i < 4 ? same[i] : different[i - 4]);
		assert_int_equal(feed.count, 1);
		if (i == 0)
			first = feed.stacks[0]->evidence;
		assert_int_equal(feed.stacks[0]->evidence.low == first.low &&
					 feed.stacks[0]->evidence.high == first.high,
				 i < 4);
		feed_deinit(&feed);
	}
}

static void the_time_is_the_wrapper_s_or_the_last_one_known(void **state)
{
	struct feed feed;
	char time[QN_TIME_BYTES];

	(void)state;
	feed_all(&feed, ZAP "panic: boom\n");
	assert_string_equal(qn_time_format(feed.stacks[0]->time, time), "2025-07-18T08:50:34.169Z");
	feed_deinit(&feed);
	feed_init(&feed);
	feed_source(&feed,
		    QN_TEXT("{\"log\":\"panic: "
			    "boom\\n\",\"stream\":\"stderr\",\"time\":\"2022-03-21T02:31:53.93Z\"}\n"
			    "{\"log\":\"\\n\",\"stream\":\"stderr\",\"time\":\"2022-03-21T02:31:54Z\"}\n"));
	assert_int_equal(feed.count, 1);
	assert_string_equal(qn_time_format(feed.stacks[0]->time, time), "2022-03-21T02:31:53.93Z");
	feed_deinit(&feed);
}

static void lines_of_others_close_a_report(void **state)
{
	struct feed feed;
	size_t taken;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT(NATIVE("0x8") NATIVE_FRAMES));
	assert_true(qn_stack_reader_wants_all(feed.reader));
	taken = feed.taken;
	for (int i = 0; i < 100; i++)
		feed_text(&feed, QN_TEXT("this is a line of a program that nobody knows\n"));
	assert_false(qn_stack_reader_wants_all(feed.reader));
	assert_int_equal(feed.taken, taken);
	feed_text(&feed, QN_TEXT(NATIVE("0x8") NATIVE_FRAMES));
	for (int i = 0; i < 5000; i++)
		feed_text(&feed, QN_TEXT(ZAP));
	assert_false(qn_stack_reader_wants_all(feed.reader));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	feed_deinit(&feed);
}

static void a_report_goes_on_behind_an_interruption(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed);
	feed_text(&feed, QN_TEXT(NATIVE("0x8") "inner\n\t/a/in.cpp:3 pc=0x7f01\n"));
	for (int i = 0; i < 3000; i++)
		feed_text(&feed, QN_TEXT(ZAP));
	feed_text(&feed, QN_TEXT("Load\n\t/a/c.cpp:4 pc=0x7f02\n"));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 1, "Load", "/a/c.cpp", 4, 0x7f02);
	feed_deinit(&feed);
}

static void another_stack_behind_the_end_is_another_event(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, NATIVE("0x8") NATIVE_FRAMES
		 "\n\nother\n\t/a/o.cpp:3 pc=0x9f01\nmore\n\t/a/m.cpp:3 pc=0x9f02\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_int_equal(feed.stacks[1]->frames_count, 2);
	assert_frame(feed.stacks[1], 0, "other", "/a/o.cpp", 3, 0x9f01);
	feed_deinit(&feed);
}

static void caps_frames_names_and_messages(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct feed feed;

	(void)state;
	qn_buffer_append_string(&text, "panic: ");
	for (int i = 0; i < 20000; i++)
		qn_buffer_append_string(&text, "long ");
	qn_buffer_append_string(&text, "\n\ngoroutine 5 [running]:\n");
	for (int i = 0; i < 80000; i++)
		qn_buffer_append_byte(&text, 'a');
	qn_buffer_append_string(&text, "(0x1)\n\t/x.go:1 +0x3\n");
	for (int i = 0; i < 600; i++)
		qn_buffer_append_string(&text, "x.F(0x1)\n\t/x.go:1 +0x3\n");
	feed_init(&feed);
	feed_text(&feed, qn_buffer_text(&text));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 512);
	assert_int_equal(feed.stacks[0]->frames[0].raw.len, 65536);
	assert_true(feed.stacks[0]->is_cut);
	assert_true(feed.stacks[0]->message.len <= 16384);
	feed_deinit(&feed);
}

#define REDUMP                                                                                              \
	"\n-----\n\nSIGQUIT: quit\nPC=0x1c9c0a1 m=0 sigcode=0\n\ngoroutine 0 [idle]:\nruntime.futex(0x8e, " \
	"0x80)\n"                                                                                           \
	"\t/go/sys_linux_amd64.s:557 +0x21 fp=0x7f sp=0x7e pc=0x1c\nrax    0xca\nrip    0x1c9c0a1\n"

/* GOTRACEBACK=crash: each thread tells of itself behind the culprit's report. */
static void the_threads_of_a_crash_belong_to_it(void **state)
{
	static const char *const crashes[] = {
		"panic: boom\n\ngoroutine 1 [running]:\nx.F()\n\t/x.go:1 +0x1\n",
		"fatal error: concurrent map writes\n\ngoroutine 1 [running]:\nx.F()\n\t/x.go:1 +0x1\n",
		GO("0x8") GO_FRAMES,
		"terminate called without an active exception\nSIGABRT: abort\nPC=0x1 m=1 sigcode=0\n\n"
		"goroutine 1 [syscall]:\n" GO_FRAMES,
	};
	static const char *const behind[] = {REDUMP, REDUMP REDUMP REDUMP, ZAP ZAP REDUMP ZAP REDUMP ZAP};

	(void)state;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		for (size_t k = 0; k < sizeof(behind) / sizeof(*behind); k++) {
			_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
			struct feed feed;

			qn_buffer_printf(&text, "%s%s", crashes[i], behind[k]);
			feed_init(&feed);
			feed_text(&feed, qn_buffer_text(&text));
			feed_flush(&feed);
			if (feed.count != 1)
				print_message("# case %zu %zu\n", i, k);
			assert_int_equal(feed.count, 1);
			for (size_t j = 0; j < feed.stacks[0]->frames_count; j++)
				assert_false(qn_text_starts(feed.stacks[0]->frames[j].raw,
							    QN_TEXT("runtime.futex")));
			feed_deinit(&feed);
		}
}

static void a_go_report_within_a_traceback_is_go_s(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "Traceback (most recent call last):\n  File \"/a.py\", line 8, in main\n"
			"panic: boom\n\ngoroutine 1 [running]:\nx.F()\n\t/x.go:1 +0x1\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->exception.len, 0);
	assert_int_equal(feed.stacks[1]->kind, QN_KIND_PANIC);
	assert_text(feed.stacks[1]->message, "boom");
	feed_deinit(&feed);
}

static struct qn_error *refuse(void *context, const struct qn_stack *stack)
{
	(void)context;
	(void)stack;
	return qn_error_create(QN_ERROR_STORE, "no room");
}

static void an_error_of_the_sink_comes_back(void **state)
{
	struct qn_line line = {.text = QN_TEXT("panic: boom"), .number = 1};
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	_cleanup_(qn_stack_reader_destroy_guard) struct qn_stack_reader *reader = NULL;
	bool is_taken;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	assert_no_error(qn_stack_reader_create(normalizer, refuse, NULL, &reader));
	assert_no_error(qn_stack_reader_plain(reader, &line, NULL, (struct qn_time){0}, &is_taken));
	assert_true(is_taken);
	assert_error(qn_stack_reader_flush(reader), QN_ERROR_STORE, "no room");
	assert_no_error(qn_stack_reader_flush(reader));
	assert_no_error(qn_stack_reader_plain(reader, &line, NULL, (struct qn_time){0}, &is_taken));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_and_go_reports_of_one_signal_are_one_event),
		cmocka_unit_test(joins_what_is_one_event_and_nothing_else),
		cmocka_unit_test(a_stack_that_a_program_printed_of_itself_is_no_event),
		cmocka_unit_test(a_flush_parts_two_lives),
		cmocka_unit_test(undoes_and_notes_damage),
		cmocka_unit_test(woven_lines_and_wrappers_do_not_change_the_evidence),
		cmocka_unit_test(the_time_is_the_wrapper_s_or_the_last_one_known),
		cmocka_unit_test(lines_of_others_close_a_report),
		cmocka_unit_test(a_report_goes_on_behind_an_interruption),
		cmocka_unit_test(another_stack_behind_the_end_is_another_event),
		cmocka_unit_test(caps_frames_names_and_messages),
		cmocka_unit_test(the_threads_of_a_crash_belong_to_it),
		cmocka_unit_test(a_go_report_within_a_traceback_is_go_s),
		cmocka_unit_test(an_error_of_the_sink_comes_back),
	};
	return QN_RUN("stack_reader", tests);
}
