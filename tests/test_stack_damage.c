/* Pieces: names that a terminal wrapped, lines that others wrote into. */
#include "support/crash_feed.h"

#define NATIVE                                    \
	"SIGNAL CATCH BY NON-GO SIGNAL HANDLER\n" \
	"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x20\nBACKTRACE:\n"
#define ZAP "[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] [\"processing\"] [pending=0]"
#define GLOG "I20240531 17:30:14.165886 181993 index_factory.cc:52] [KNOWHERE][Create][milvus] text"

#define MANGLED                                                                                           \
	"_ZNK6milvus7segcore24SegmentInternalInterface15FillTargetEntryEPNS_6tracer12TraceContextEPKNS_"  \
	"5query12RetrievePlanERKSt10unique_ptrINS_5proto7segcore15RetrieveResultsESt14default_deleteIS9_" \
	"EEPKll"
#define DEMANGLED                                                                                          \
	"invoke<folly::futures::detail::FutureBase<folly::Unit>::thenImplementation<folly::Future<folly::" \
	"Unit>::thenTry<milvus::futures::Future<CProto>::asyncProduce<AsyncSearch(CTraceContext, "         \
	"CSegmentInterface, CSearchPlan, CPlaceholderGroup, uint64_t)::<lambda(milvus::futures::"          \
	"CancellationToken)> >(folly::Executor::KeepAlive<>, int, "                                        \
	"AsyncSearch(CTraceContext)::<lambda(auto:85)"                                                     \
	">&&)::<lambda(auto:93&&)> >&, folly::Executor::KeepAlive<folly::Executor>, "                      \
	"folly::Try<folly::Unit> >"
#define GO_NAME                                                                                   \
	"github.com/milvus-io/milvus/internal/querynodev2/segments.(*LocalSegment).Search.func1(" \
	"{0x5b8c2f0, 0xc0012a4120}, 0xc000d3a000, {0x7ffe2fd01680, 0x2, 0xc0012a4150})"
#define FILE_NAME                                                                                  \
	"/root/.conan/data/folly/2023.10.30.08/milvus/dev/package/00000000/include/folly/futures/" \
	"Future-inl.h"

struct piece_case {
	const char *name, *place, *file;
	uint32_t line;
};
static const struct piece_case pieces[] = {
	{MANGLED, "\t" FILE_NAME ":310 pc=0x7f26b49271f9", FILE_NAME, 310},
	{DEMANGLED, "\t" FILE_NAME ":310 pc=0x7f26b49271f9", FILE_NAME, 310},
};

/* As a terminal @width columns wide does it. */
static void append_wrapped(struct qn_buffer *buffer, struct qn_text text, size_t width, const char *indent)
{
	while (text.len > width) {
		qn_buffer_append_text(buffer, qn_text_first(text, width));
		qn_buffer_printf(buffer, "\n%s", indent);
		text = qn_text_from(text, width);
	}
	qn_buffer_append_text(buffer, text);
	qn_buffer_append_byte(buffer, '\n');
}

static void assert_piece(const struct qn_stack *stack, const struct piece_case *expected)
{
	assert_int_equal(stack->frames_count, 3);
	assert_text(stack->frames[0].raw, "inner");
	assert_text(stack->frames[1].raw, expected->name);
	assert_true(qn_text_ends(qn_text_of(expected->file), stack->frames[1].file));
	assert_int_equal(stack->frames[1].line, expected->line);
	assert_int_equal(stack->frames[1].pc, 0x7f26b49271f9);
	assert_text(stack->frames[2].raw, "start_thread");
}

static void joins_what_a_terminal_wrapped(void **state)
{
	static const size_t widths[] = {60, 61, 72, 80, 100, 120, 132, 135, 158};
	static const char *const indents[] = {"", "\t", "      "};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		for (size_t k = 0; k < sizeof(widths) / sizeof(*widths); k++)
			for (size_t j = 0; j < sizeof(indents) / sizeof(*indents); j++) {
				_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
				struct feed feed;

				qn_buffer_append_string(&text,
							NATIVE "inner\n\t/a/in.cpp:3 pc=0x7f0000000001\n");
				append_wrapped(&text, qn_text_of(pieces[i].name), widths[k], indents[j]);
				append_wrapped(&text, qn_text_of(pieces[i].place), widths[k], indents[j]);
				qn_buffer_append_string(&text,
							"start_thread\n\t/a/t.c:9 pc=0x7f0000000009\n\n\n");
				feed_init(&feed);
				feed_text(&feed, qn_buffer_text(&text));
				feed_flush(&feed);
				if (feed.count != 1 || feed.stacks[0]->frames_count != 3 ||
				    feed.stacks[0]->frames[1].line != 310)
					print_message("# case %zu width %zu indent %zu\n%.*s", i, widths[k],
						      j, QN_ARG(qn_buffer_text(&text)));
				assert_int_equal(feed.count, 1);
				assert_piece(feed.stacks[0], &pieces[i]);
				assert_true(feed_has_damage(feed.stacks[0], "wrapped names"));
				feed_deinit(&feed);
			}
}

#define FRAMES_BELOW "start_thread\n\t/a/t.c:9 pc=0x7f0000000009\n\n\n"
#define FIRST_FRAME "inner\n\t/a/in.cpp:3 pc=0x7f0000000001\n"

static const char *const half_lines[] = {
	NATIVE FIRST_FRAME "_ZN6milvus5query6Sear" ZAP
			   "\nchEv\n\t/a/s.cpp:7 pc=0x7f26b49271f9\n" FRAMES_BELOW,
	NATIVE FIRST_FRAME "_ZN6milvus5query6Sear\n" ZAP
			   "\nchEv\n\t/a/s.cpp:7 pc=0x7f26b49271f9\n" FRAMES_BELOW,
	NATIVE FIRST_FRAME "_ZN6milvus5query6Sear\n" GLOG
			   "\nchEv\n\t/a/s.cpp:7 pc=0x7f26b49271f9\n" FRAMES_BELOW,
	NATIVE FIRST_FRAME "_ZN6milvus5query6Sear" GLOG
			   "\nchEv\n\t/a/s.cpp:7 pc=0x7f26b49271f9\n" FRAMES_BELOW,
	NATIVE FIRST_FRAME "_ZN6milvus5query6Sear\nWARNING clustering 1 points to 1 centroids\nchEv\n"
			   "\t/a/s.cpp:7 pc=0x7f26b49271f9\n" FRAMES_BELOW,
	NATIVE FIRST_FRAME "_ZN6milvus5query6Sear\nsome other text of nobody knows whom\nchEv\n"
			   "\t/a/s.cpp:7 pc=0x7f26b49271f9\n" FRAMES_BELOW,
};

static void joins_halves_around_what_others_wrote(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(half_lines) / sizeof(*half_lines); i++) {
		struct feed feed;

		feed_all(&feed, half_lines[i]);
		if (feed.count != 1 || feed.stacks[0]->frames_count != 3 ||
		    !feed_has_damage(feed.stacks[0], "half lines of other writers"))
			print_message("# case %zu\n", i);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->frames_count, 3);
		assert_frame(feed.stacks[0], 1, "_ZN6milvus5query6SearchEv", "/a/s.cpp", 7, 0x7f26b49271f9);
		assert_true(feed_has_damage(feed.stacks[0], "half lines of other writers"));
		feed_deinit(&feed);
	}
}

static void a_whole_name_is_never_joined_to_its_neighbour(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, NATIVE "_ZN6milvus5query6SearchEv\noperator()\n\t/a/s.cpp:7 pc=0x7f01\n"
			       "\t/a/o.cpp:8 pc=0x7f02\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "_ZN6milvus5query6SearchEv", "/a/s.cpp", 7, 0x7f01);
	assert_frame(feed.stacks[0], 1, "operator()", "/a/o.cpp", 8, 0x7f02);
	feed_deinit(&feed);
}

struct glued_case {
	const char *text;
	size_t events;
};
#define TITLE "SIGNAL CATCH BY NON-GO SIGNAL HANDLER"
static const struct glued_case glued[] = {
	{ZAP TITLE "\nBACKTRACE:\ninner\n\t/a/in.cpp:3 pc=0x7f01\n", 1},
	{GLOG TITLE "\nBACKTRACE:\ninner\n\t/a/in.cpp:3 pc=0x7f01\n", 1},
	{"[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] [\"proc" TITLE
	 "\nBACKTRACE:\ninner\n\t/a/in.cpp:3 pc=0x7f01\n",
	 1},
	{ZAP "panic: boom\n\ngoroutine 5 [running]:\nx.F()\n\t/x.go:1 +0x3\n", 1},
	{"[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] [\"procpanic: boom\n\ngoroutine 5 "
	 "[running]:\nx.F()\n\t/x.go:1 +0x3\n",
	 1},
	{ZAP "fatal error: concurrent map writes\n\ngoroutine 5 [running]:\nx.F()\n\t/x.go:1 +0x3\n", 1},
	{"[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] [\"recovered from panic: boom\"]\n", 0},
	{"[2025/07/18 08:50:34.169 +00:00] [WARN] [a/b.go:97] [x] [error=\"[a]panic: boom\"]\n", 0},
	{"[2025/07/18 08:50:34.169 +00:00] [WARN] [a/b.go:97] [\"the log says panic: bo\n", 0},
	{"[2025/07/18 08:50:34.169 +00:00] [WARN] [a/b.go:97] [\"fatal error: x\"]\n", 0},
};

static void finds_crash_text_behind_a_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(glued) / sizeof(*glued); i++) {
		struct feed feed;

		feed_all(&feed, glued[i].text);
		if (feed.count != glued[i].events)
			print_message("# case %zu\n", i);
		assert_int_equal(feed.count, glued[i].events);
		if (feed.count)
			assert_int_equal(feed.stacks[0]->frames_count, 1);
		feed_deinit(&feed);
	}
}

/* Other threads' words between the frames. */
static const char *const asides[] = {
	"terminate called after throwing an instance of 'milvus::SegcoreError'\n",
	"terminate called after throwing an instance of 'milvus::SegcoreError'\n  what():  boom\n",
	"double free or corruption (out)\n",
	"libgomp: Thread creation failed: Resource temporarily unavailable\n",
	"SIGSEGV: segmentation violation\nPC=0x7f49 m=5 sigcode=1 addr=0x20\n",
};

static void other_threads_words_do_not_part_a_report(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(asides) / sizeof(*asides); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
		struct feed feed;

		qn_buffer_printf(&text,
				 "%sinner\n\t/a/in.cpp:3 pc=0x7f01\n%sLoad\n\t/a/c.cpp:4 pc=0x7f02\n\n\n",
				 NATIVE, asides[i]);
		feed_init(&feed);
		feed_text(&feed, qn_buffer_text(&text));
		feed_flush(&feed);
		if (feed.count != 1 || feed.stacks[0]->frames_count != 2)
			print_message("# case %zu\n", i);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
		feed_deinit(&feed);
	}
}

static void the_go_report_of_an_unended_native_one_joins_it(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 NATIVE "inner\n\t/a/in.cpp:3 pc=0x7f01\nSIGSEGV: segmentation violation\nPC=0x7f49 m=5 "
			"sigcode=1 addr=0x20\n\ngoroutine 25 [syscall]:\nruntime.cgocall(0x1)\n"
			"\t/go/cgocall.go:167 +0x6 fp=0x1 sp=0x2 pc=0x22\nx/q.(*S).Load(0xc0)\n"
			"\t/x/s.go:11 +0x1 fp=0x1 sp=0x2 pc=0x24\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_int_equal(feed.stacks[0]->goroutine, 25);
	assert_frame(feed.stacks[0], 2, "x/q.(*S).Load(0xc0)", "/x/s.go", 11, 0x24);
	feed_deinit(&feed);
}

static void woven_goroutines_are_one(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "SIGSEGV: segmentation violation\nSIGSEGV: segmentation violation\nPC=0x7f49 m=5 sigcode=1 "
		 "addr=0x20\nPC=0x7f49 m=6 sigcode=1 addr=0x20\n\ngoroutine 25 [syscall]:\n"
		 "inner\ngoroutine 26 [syscall]:\ninner\n\t/a/in.cpp:3 pc=0x7f01\n\t/a/in.cpp:3 "
		 "pc=0x7f01\nLoad\nLoad\n\t/a/c.cpp:4 pc=0x7f02\nx/q.(*S).Load(0xc0)\n\t/a/c.cpp:4 "
		 "pc=0x7f02\n\t/x/s.go:11 +0x1 fp=0x1 sp=0x2 pc=0x24\nx/q.(*S).Load(0xc1)\n\t/x/s.go:11 +0x1 "
		 "fp=0x3 sp=0x4 pc=0x24\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->goroutine, 25);
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_frame(feed.stacks[0], 0, "inner", "/a/in.cpp", 3, 0x7f01);
	assert_frame(feed.stacks[0], 1, "Load", "/a/c.cpp", 4, 0x7f02);
	assert_frame(feed.stacks[0], 2, "x/q.(*S).Load(0xc0)", "/x/s.go", 11, 0x24);
	feed_deinit(&feed);
}

static void two_reports_without_an_end_are_two(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 NATIVE "inner\n\t/a/in.cpp:3 pc=0x7f01\n"
			"SIGNAL CATCH BY NON-GO SIGNAL HANDLER\nSIGNO: 8; SIGNAME: x; SI_CODE: 1; SI_ADDR: "
			"0x99\nBACKTRACE:\nother\n\t/a/o.cpp:5 pc=0x8f05\nmore\n\t/a/m.cpp:6 pc=0x8f06\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_int_equal(feed.stacks[0]->fault_address, 0x20);
	assert_int_equal(feed.stacks[0]->places[0].last_line, 5);
	assert_int_equal(feed.stacks[1]->frames_count, 2);
	assert_text(feed.stacks[1]->signal, "SIGFPE");
	assert_int_equal(feed.stacks[1]->fault_address, 0x99);
	assert_int_equal(feed.stacks[1]->places[0].line, 6);
	feed_deinit(&feed);
}

static void a_deep_recursion_stays(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct feed feed;

	(void)state;
	qn_buffer_append_string(&text, NATIVE "leaf\n\t/a/l.cpp:1 pc=0x7f01\n");
	for (int i = 0; i < 300; i++)
		qn_buffer_append_string(&text, "visit\n\t/a/v.cpp:2 pc=0x7f02\n");
	qn_buffer_append_string(&text, "main\n\t/a/m.cpp:3 pc=0x7f03\n");
	feed_init(&feed);
	feed_text(&feed, qn_buffer_text(&text));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 302);
	assert_false(feed_has_damage(feed.stacks[0], "reports of several threads woven"));
	feed_deinit(&feed);
}

static void a_report_without_end_is_cut(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct feed feed;

	(void)state;
	qn_buffer_append_string(&text, NATIVE NATIVE);
	for (int i = 0; i < 100000; i++) {
		qn_buffer_printf(&text, "f%d<std::vector<\n", i % 5000);
		if (i % 3)
			qn_buffer_printf(&text, "\t/a/v.cpp:%d pc=0x7f0000%06x\n", i % 7000, i % 7000);
		if (i % 50 == 0)
			qn_buffer_append_string(&text, "BACKTRACE:\n");
	}
	feed_init(&feed);
	feed_text(&feed, qn_buffer_text(&text));
	feed_flush(&feed);
	assert_int_equal(feed.count, 1);
	assert_true(feed.stacks[0]->is_cut);
	assert_true(feed.stacks[0]->frames_count <= 512);
	feed_deinit(&feed);
}

/* No bracket tells that these were cut: "operator" does, and a name that stood elsewhere in one piece. */
static void joins_names_without_brackets_where_it_is_sure(void **state)
{
	static const char *const texts[] = {
		NATIVE "milvus::Row::opera\ntor()(int) const\n\t/src/a.cpp:12 pc=0x7fb8346a62f7\n",
		NATIVE "milvus::Row::operator()(int) const\n\t/src/a.cpp:12 pc=0x7fb8346a6200\n"
		       "milvus::Row::opera\ntor()(int) const\n\t/src/a.cpp:13 pc=0x7fb8346a62f7\n",
		NATIVE "AsyncRetrieve\n\t/src/a.cpp:12 pc=0x7fb8346a6200\n"
		       "start_thread\n\t/src/a.cpp:14 pc=0x7fb8346a6300\n"
		       "AsyncRe\ntrieve\n\t/src/a.cpp:13 pc=0x7fb8346a62f7\n",
	};
	static const char *const names[] = {"milvus::Row::operator()(int) const",
					    "milvus::Row::operator()(int) const", "AsyncRetrieve"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;
		const struct qn_stack *stack;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 1);
		stack = feed.stacks[0];
		assert_text(stack->frames[stack->frames_count - 1].raw, names[i]);
		assert_true(feed_has_damage(stack, "wrapped names"));
		feed_deinit(&feed);
	}
}

/* An editor that shows line numbers broke the line, and the newline was lost: its blank column is left. */
static void takes_a_viewer_s_column_out_of_names_and_places(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, "14623 goroutine 710 [syscall]:\n"
			"14624 _ZN6milvus7segcore24SegmentIntern      alInterface15FillTargetEntryEv\n"
			"14625     /src/Segment      Interface.cpp:29 pc=0x7f18eb8e2b75\n"
			"14626 milvus::f(int,      long)\n"
			"14627     /src/F.cpp:31 pc=0x7f18eb8e2c75\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->frames_count, 2);
	assert_frame(stack, 0, "_ZN6milvus7segcore24SegmentInternalInterface15FillTargetEntryEv",
		     "/src/SegmentInterface.cpp", 29, 0x7f18eb8e2b75);
	assert_frame(stack, 1, "milvus::f(int,      long)", "/src/F.cpp", 31, 0x7f18eb8e2c75);
	assert_true(feed_has_damage(stack, "viewer line numbers"));
	assert_true(feed_has_damage(stack, "lines broken by a terminal or pager"));
	feed_deinit(&feed);
}

static void other_names_on_end_are_not_joined(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, NATIVE "AsyncRetrieve\n\t/src/a.cpp:12 pc=0x7fb8346a6200\n"
			       "AsyncSe\narch\n\t/src/a.cpp:13 pc=0x7fb8346a62f7\n"
			       "cooperat\norial()\n\t/src/a.cpp:14 pc=0x7fb8346a63f7\n");
	assert_int_equal(feed.count, 1);
	assert_false(feed_has_damage(feed.stacks[0], "wrapped names"));
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_what_a_terminal_wrapped),
		cmocka_unit_test(joins_halves_around_what_others_wrote),
		cmocka_unit_test(a_whole_name_is_never_joined_to_its_neighbour),
		cmocka_unit_test(finds_crash_text_behind_a_record),
		cmocka_unit_test(other_threads_words_do_not_part_a_report),
		cmocka_unit_test(the_go_report_of_an_unended_native_one_joins_it),
		cmocka_unit_test(woven_goroutines_are_one),
		cmocka_unit_test(two_reports_without_an_end_are_two),
		cmocka_unit_test(a_deep_recursion_stays),
		cmocka_unit_test(a_report_without_end_is_cut),
		cmocka_unit_test(joins_names_without_brackets_where_it_is_sure),
		cmocka_unit_test(other_names_on_end_are_not_joined),
		cmocka_unit_test(takes_a_viewer_s_column_out_of_names_and_places),
	};
	return QN_RUN("stack_damage", tests);
}
