#include "support/crash_feed.h"

#define TITLE "\nSIGNAL CATCH BY NON-GO SIGNAL HANDLER\n"
#define FACTS "SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x20\n"
#define REPORT                                                      \
	TITLE FACTS "BACKTRACE:\n"                                  \
		    "_ZN6milvus3RunEv\n\t/a/run.cpp:38 pc=0x7f01\n" \
		    "Search\n\t/a/segment_c.cpp:12 pc=0x7f02\n"

static void reads_facts_and_frames(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, "noise before\n" REPORT "(null)\n\t(null):0 pc=0xffffffffffffffff\n\n\n");
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_CRASH);
	assert_string_equal(stack->dialect, "native-handler");
	assert_text(stack->signal, "SIGSEGV");
	assert_true(stack->has_si_code);
	assert_int_equal(stack->si_code, 1);
	assert_true(stack->has_fault_address);
	assert_int_equal(stack->fault_address, 0x20);
	assert_int_equal(stack->frames_count, 2);
	assert_frame(stack, 0, "_ZN6milvus3RunEv", "/a/run.cpp", 38, 0x7f01);
	assert_frame(stack, 1, "Search", "/a/segment_c.cpp", 12, 0x7f02);
	assert_int_equal(stack->places_count, 1);
	assert_int_equal(stack->places[0].line, 3);
	assert_int_equal(stack->places[0].last_line, 11);
	assert_int_equal(stack->places[0].offset, strlen("noise before\n\n"));
	assert_int_equal(stack->damage_count, 0);
	assert_false(stack->time.is_known);
	feed_deinit(&feed);
}

struct facts_case {
	const char *line, *signal;
	bool has_code, has_address;
	int64_t code;
	uint64_t address;
};

static void reads_each_form_of_the_facts(void **state)
{
	static const struct facts_case cases[] = {
		{"SIGNO: 7; SIGNAME: Bus error; SI_CODE: 2; SI_ADDR: 0x7f265cb5ded1", "SIGBUS", true, true, 2,
		 0x7f265cb5ded1},
		{"SIGNO: 8; SIGNAME: Floating point exception; SI_CODE: 1; SI_ADDR: (nil)", "SIGFPE", true,
		 true, 1, 0},
		{"SIGNO: 11; SIGNAME: Segmentation fault; SI_COPDE: 128; SI_ADDR: (nil)", "SIGSEGV", true,
		 true, 128, 0},
		{"SIGNO: 6; SIGNAME: Aborted; SI_CODE: -6; SI_ADDR: 0x3e8", "SIGABRT", true, true, -6, 0x3e8},
		{"SIGNO: 77; SIGNAME: Unknown", "", false, false, 0, 0},
		{"SIGNO: 11; SIGNAME", "SIGSEGV", false, false, 0, 0},
		{"SIGNO: ; SI_CODE: x; SI_ADDR: 0x", "", false, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, qn_text_of(cases[i].line));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_text(feed.stacks[0]->signal, cases[i].signal);
		assert_int_equal(feed.stacks[0]->has_si_code, cases[i].has_code);
		assert_int_equal(feed.stacks[0]->si_code, cases[i].code);
		assert_int_equal(feed.stacks[0]->has_fault_address, cases[i].has_address);
		assert_int_equal(feed.stacks[0]->fault_address, cases[i].address);
		assert_int_equal(feed.stacks[0]->kind, i == 3 ? QN_KIND_ABORT : QN_KIND_CRASH);
		feed_deinit(&feed);
	}
}

static void a_doubled_line_of_the_head_is_no_other_thread(void **state)
{
	static const char *const heads[] = {TITLE FACTS FACTS "BACKTRACE:\n",
					    TITLE TITLE FACTS "BACKTRACE:\n",
					    TITLE "SIGNO: ; SI_ADDR: 0x\n" FACTS "BACKTRACE:\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, qn_text_of(heads[i]));
		feed_text(&feed, QN_TEXT("A\n\t/a/a.cpp:1 pc=0x1\nB\n\t/a/b.cpp:2 pc=0x2\nC\n\t/a/c.cpp:3 "
					 "pc=0x3\nD\n\t/a/d.cpp:4 pc=0x4\n"));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_text(feed.stacks[0]->signal, "SIGSEGV");
		assert_int_equal(feed.stacks[0]->frames_count, 4);
		assert_frame(feed.stacks[0], 1, "B", "/a/b.cpp", 2, 2);
		feed_deinit(&feed);
	}
}

/* A place with numbers out of bounds takes the name above it along. */
static void a_place_out_of_bounds_shifts_no_other(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, TITLE FACTS "BACKTRACE:\nA\n\t/a/a.cpp:99999999999 pc=0xfffffffffffffffffff\n"
				    "B\n\t/a/b.cpp:2 pc=0x2\nC\n\t/a/c.cpp:3 pc=0x3\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_frame(feed.stacks[0], 0, "A", "/a/a.cpp", 0, 0);
	assert_frame(feed.stacks[0], 1, "B", "/a/b.cpp", 2, 2);
	feed_deinit(&feed);
}

static void keeps_frames_without_a_name(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 TITLE FACTS "BACKTRACE:\n\n(null)\n\t(null):0 pc=0x7f643d491339\nA\n\t/a/a.cpp:1 pc=0x5\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "(null)", "", 0, 0x7f643d491339);
	assert_int_equal(feed.stacks[0]->frames[0].role, QN_ROLE_UNKNOWN);
	feed_deinit(&feed);
}

static void cuts_the_complaint_of_the_symbol_reader_off_the_name(void **state)
{
	static const struct {
		const char *line, *raw;
	} cases[] = {
		{"Error 2 occurred when getting the stacktrace: No such file or directory_ZN1a1bEv",
		 "_ZN1a1bEv"},
		{"Error -1 occurred when getting the stacktrace: no debug info in ELF executableload",
		 "load"},
		{"Error 0 occurred when getting the stacktrace: odd words_ZN1a1bEv", "_ZN1a1bEv"},
		{"Error 0 occurred when getting the stacktrace: odd words(null)", "(null)"},
		{"Error 0 occurred when getting the stacktrace: odd_words", ""},
		{"Error 1 occurred when getting the stacktrace: xError 2 occurred when getting the "
		 "stacktrace: "
		 "Success_ZN1a1bEv",
		 "_ZN1a1bEv"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_init(&feed);
		feed_text(&feed, QN_TEXT(TITLE FACTS "BACKTRACE:\n"));
		feed_text(&feed, qn_text_of(cases[i].line));
		feed_text(&feed, QN_TEXT("\t/a/b.cpp:7 pc=0x9\n"));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->frames_count, 1);
		assert_frame(feed.stacks[0], 0, cases[i].raw, "/a/b.cpp", 7, 9);
		feed_deinit(&feed);
	}
}

static void two_headers_of_two_threads_are_one_report(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, TITLE TITLE FACTS FACTS "BACKTRACE:\nBACKTRACE:\n"
						"A\nA\n\t/a/a.cpp:1 pc=0x5\n\t/a/a.cpp:1 pc=0x5\n"
						"B\n\t/a/b.cpp:2 pc=0x6\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2); /* the copy is the normalizer's to drop */
	assert_frame(feed.stacks[0], 0, "A", "/a/a.cpp", 1, 5);
	assert_frame(feed.stacks[0], 1, "B", "/a/b.cpp", 2, 6);
	feed_deinit(&feed);
}

static void a_name_without_a_place_does_not_shift_the_others(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, TITLE FACTS "BACKTRACE:\nA\nA\n\t/a/a.cpp:1 pc=0x5\nB\n\t/a/b.cpp:2 pc=0x6\n");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 1, "B", "/a/b.cpp", 2, 6);
	feed_deinit(&feed);
}

static void frames_in_mid_air_begin_a_crash(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "some text\n_ZN6milvus3RunEv\n\t/a/run.cpp:38 pc=0x7f01\nB\n\t/a/b.cpp:2 pc=0x6\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
	assert_text(feed.stacks[0]->signal, "");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "_ZN6milvus3RunEv", "/a/run.cpp", 38, 0x7f01);
	assert_int_equal(feed.stacks[0]->places[0].line, 2);
	assert_true(feed_has_damage(feed.stacks[0], "beginning of the report lost"));
	feed_deinit(&feed);
}

static void frames_in_mid_air_that_go_on_in_go_are_a_cgo_report(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "DeleteSegment\n\t/a/c.cpp:3 pc=0x7f01\nruntime.cgocall(0x1, 0x2)\n\t/go/c.go:157 "
			"+0x6 fp=0x1 "
			"sp=0x2 pc=0x27\n");
	assert_int_equal(feed.count, 1);
	assert_string_equal(feed.stacks[0]->dialect, "cgo-signal");
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void text_that_only_mentions_a_pc_is_no_crash(void **state)
{
	static const char *const texts[] = {
		"the register pc=0x7f was saved\n",   "jump to pc=0x12\n", "name with no place\npc=0x12\n",
		"[profile] a.go:1 pc=0x1 and more\n", "BACKTRACE: none\n", "SI_ADDR: 0x20\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

static void a_place_whose_name_was_lost_is_a_frame(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, TITLE FACTS "BACKTRACE:\n\t/a/a.cpp:1 pc=0x5\nB\n\t/a/b.cpp:2 pc=0x6\n");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "", "/a/a.cpp", 1, 5);
	feed_deinit(&feed);
}

/* As a terminal does it that is @width columns wide. */
static void facts_that_a_terminal_broke_in_two_are_read(void **state)
{
	static const char facts[] =
		"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 128; SI_ADDR: 0x7f1203aabb40";

	(void)state;
	for (size_t width = 40; width < sizeof(facts) - 1; width++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
		struct feed feed;

		qn_buffer_printf(&text, TITLE "%.*s\n%s\nBACKTRACE:\nA\n\t/a/a.cpp:1 pc=0x5\n", (int)width,
				 facts, facts + width);
		feed_init(&feed);
		feed_text(&feed, qn_buffer_text(&text));
		feed_flush(&feed);
		assert_int_equal(feed.count, 1);
		assert_text(feed.stacks[0]->signal, "SIGSEGV");
		assert_int_equal(feed.stacks[0]->si_code, 128);
		assert_true(feed.stacks[0]->has_fault_address);
		assert_int_equal(feed.stacks[0]->fault_address, 0x7f1203aabb40);
		feed_deinit(&feed);
	}
}

static void words_below_the_facts_are_no_address(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, TITLE FACTS "some words\ndeadbeef\nBACKTRACE:\nA\n\t/a/a.cpp:1 pc=0x5\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->fault_address, 0x20);
	feed_deinit(&feed);
}

static void tells_nothing_of_the_word_alone(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{"BACKTRACE:\n", 0},
		{"noise\nBACKTRACE:\n\nnoise\nBACKTRACE:\n", 0},
		{TITLE "BACKTRACE:\n", 1},
		{FACTS "BACKTRACE:\n", 1},
		{"BACKTRACE:\nA\n\t/a/a.cpp:1 pc=0x5\n", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, cases[i].count);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_facts_and_frames),
		cmocka_unit_test(reads_each_form_of_the_facts),
		cmocka_unit_test(a_doubled_line_of_the_head_is_no_other_thread),
		cmocka_unit_test(a_place_out_of_bounds_shifts_no_other),
		cmocka_unit_test(keeps_frames_without_a_name),
		cmocka_unit_test(cuts_the_complaint_of_the_symbol_reader_off_the_name),
		cmocka_unit_test(two_headers_of_two_threads_are_one_report),
		cmocka_unit_test(a_name_without_a_place_does_not_shift_the_others),
		cmocka_unit_test(frames_in_mid_air_begin_a_crash),
		cmocka_unit_test(frames_in_mid_air_that_go_on_in_go_are_a_cgo_report),
		cmocka_unit_test(text_that_only_mentions_a_pc_is_no_crash),
		cmocka_unit_test(a_place_whose_name_was_lost_is_a_frame),
		cmocka_unit_test(facts_that_a_terminal_broke_in_two_are_read),
		cmocka_unit_test(words_below_the_facts_are_no_address),
		cmocka_unit_test(tells_nothing_of_the_word_alone),
	};
	return QN_RUN("dialect_native", tests);
}
