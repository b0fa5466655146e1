#include "support/test.h"

#include "base/cleanup.h"
#include "triage/scan.h"

struct scanning {
	struct qn_rule_set *rules;
	struct qn_scanner scanner;
	struct qn_scan_scratch scratch;
	struct qn_scanned scanned;
};

static void begin(struct scanning *scanning)
{
	*scanning = (struct scanning){0};
	assert_no_error(qn_rule_set_load(NULL, 0, 0, NULL, &scanning->rules));
	assert_no_error(qn_scanner_init(&scanning->scanner, scanning->rules));
	assert_no_error(qn_scan_scratch_init(&scanning->scratch, &scanning->scanner));
}

static void end(struct scanning *scanning)
{
	qn_scanned_deinit(&scanning->scanned);
	qn_scan_scratch_deinit(&scanning->scratch);
	qn_scanner_deinit(&scanning->scanner);
	qn_rule_set_destroy(scanning->rules);
}

static void scan(struct scanning *scanning, const char *text, const struct qn_wrapping *wrapping)
{
	struct qn_block block = {.data = (char *)text, .len = strlen(text)};
	struct qn_wrapping none = {0};

	assert_no_error(qn_scan_block(&scanning->scanner, &scanning->scratch, wrapping ? wrapping : &none,
				      &block, &scanning->scanned));
}

#define STAMP "[2025/06/18 16:32:47.127 +00:00] "

static void marks_what_the_collector_must_see_and_nothing_else(void **state)
{
	static const struct {
		const char *line;
		unsigned reasons;
	} cases[] = {
		{STAMP "[INFO] [segments/segment_loader.go:627] [\"start loading remote...\"]", 0},
		{STAMP "[DEBUG] [segments/segment_loader.go:627] [x]", 0},
		{STAMP "[WARN] [segments/segment_loader.go:627] [x]", QN_MARK_TROUBLE},
		{STAMP "[ERROR] [segments/segment_loader.go:627] [x]", QN_MARK_TROUBLE},
		{STAMP "[DPANIC] [segments/segment_loader.go:627] [x]", QN_MARK_TROUBLE},
		{STAMP "[PANIC] [segments/segment_loader.go:627] [x]", QN_MARK_TROUBLE},
		{STAMP "[FATAL] [segments/segment_loader.go:627] [x]", QN_MARK_TROUBLE},
		{"I20240531 17:30:14.165886 181993 index_factory.cc:52] [KNOWHERE][Create][milvus] x", 0},
		{"W20240531 17:30:14.165886 181993 index_factory.cc:52] [KNOWHERE][Create][milvus] x",
		 QN_MARK_TROUBLE},
		{"E1123 12:03:46.211184 32565 Executor.cpp:31] x", QN_MARK_TROUBLE},
		{"panic: runtime error: index out of range [1] with length 1", QN_MARK_CRASH_TEXT},
		{"SIGNAL CATCH BY NON-GO SIGNAL HANDLER", QN_MARK_CRASH_TEXT},
		{"\t/a/b/c.cpp:12 pc=0x7f0012345678", QN_MARK_CRASH_TEXT},
		{"Welcome to use Milvus!", QN_MARK_LIFE},
		{"plain words of somebody", 0},
		{"Weather is fine today", 0},
		{"", 0},
	};
	struct scanning scanning;

	(void)state;
	begin(&scanning);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scan(&scanning, cases[i].line, NULL);
		if (scanning.scanned.marks_count != (cases[i].reasons != 0) ||
		    (cases[i].reasons && scanning.scanned.marks[0].reasons != cases[i].reasons))
			fail_msg("%s: %zu marks, reasons %u", cases[i].line, scanning.scanned.marks_count,
				 scanning.scanned.marks_count ? scanning.scanned.marks[0].reasons : 0);
	}
	end(&scanning);
}

static void places_marks_at_their_lines(void **state)
{
	struct scanning scanning;
	const char *text = "one\n\npanic: a\ntwo\r\n" STAMP "[WARN] [a.go:1] [x]\nfatal error: b";

	(void)state;
	begin(&scanning);
	scan(&scanning, text, NULL);
	assert_int_equal(scanning.scanned.raw_lines, 6);
	assert_int_equal(scanning.scanned.blank_lines, 1);
	assert_int_equal(scanning.scanned.marks_count, 3);
	assert_int_equal(scanning.scanned.marks[0].index, 2);
	assert_int_equal(scanning.scanned.marks[0].start, 5);
	assert_int_equal(scanning.scanned.marks[1].index, 4);
	assert_int_equal(scanning.scanned.marks[2].index, 5);
	assert_int_equal(scanning.scanned.format_lines[QN_SCAN_ZAP], 1);
	assert_int_equal(scanning.scanned.format_lines[QN_SCAN_PLAIN], 4);
	end(&scanning);
}

static void marks_a_clock_that_falls_by_minutes_only(void **state)
{
	struct scanning scanning;

	(void)state;
	begin(&scanning);
	scan(&scanning,
	     "[2025/06/18 16:32:47.127 +00:00] [INFO] [a.go:1] [x]\n"
	     "[2025/06/18 16:32:46.127 +00:00] [INFO] [a.go:1] [x]\n"
	     "[2025/06/18 16:29:00.000 +00:00] [INFO] [a.go:1] [x]\n"
	     "[2025/06/18 16:30:00.000 +00:00] [INFO] [a.go:1] [x]\n",
	     NULL);
	assert_int_equal(scanning.scanned.marks_count, 1);
	assert_int_equal(scanning.scanned.marks[0].index, 2);
	assert_int_equal(scanning.scanned.marks[0].reasons, QN_MARK_CLOCK_FELL);
	end(&scanning);
}

static void joins_the_pieces_of_each_stream_of_a_container(void **state)
{
	static const char text[] = "2023-12-18T03:33:58.1+08:00 stderr P panic: a very \n"
				   "2023-12-18T03:33:58.2+08:00 stdout F plain words\n"
				   "2023-12-18T03:33:58.3+08:00 stderr F long text\n"
				   "2023-12-18T03:33:58.4+08:00 stderr F last\n";
	struct qn_wrapping wrapping;
	struct scanning scanning;

	(void)state;
	begin(&scanning);
	qn_wrapping_detect(QN_TEXT(""), &wrapping);
	assert_int_equal(wrapping.count, 0);
	qn_wrapping_detect(qn_text_of(text), &wrapping);
	assert_int_equal(wrapping.count, 1);
	scan(&scanning, text, &wrapping);
	assert_text(scanning.scanned.text, "plain words\npanic: a very long text\nlast\n");
	assert_int_equal(scanning.scanned.raw_lines, 4);
	assert_int_equal(scanning.scanned.lines_count, 3);
	assert_int_equal(scanning.scanned.lines[0].raw_index, 1);
	assert_int_equal(scanning.scanned.lines[1].raw_index, 0);
	assert_int_equal(scanning.scanned.lines[1].raw_start, 0);
	assert_int_equal(scanning.scanned.lines[2].raw_index, 3);
	assert_true(scanning.scanned.lines[0].time.is_known);
	assert_int_equal(scanning.scanned.marks_count, 1);
	assert_int_equal(scanning.scanned.marks[0].index, 1);
	end(&scanning);
}

static void an_empty_block_has_no_marks(void **state)
{
	struct scanning scanning;

	(void)state;
	begin(&scanning);
	scan(&scanning, "", NULL);
	assert_int_equal(scanning.scanned.marks_count, 0);
	assert_int_equal(scanning.scanned.raw_lines, 0);
	end(&scanning);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_what_the_collector_must_see_and_nothing_else),
		cmocka_unit_test(places_marks_at_their_lines),
		cmocka_unit_test(marks_a_clock_that_falls_by_minutes_only),
		cmocka_unit_test(joins_the_pieces_of_each_stream_of_a_container),
		cmocka_unit_test(an_empty_block_has_no_marks),
	};

	return QN_RUN("scan", tests);
}
