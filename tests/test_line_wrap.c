#include "support/test.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "stack/line_wrap.h"

/* Reads all lines of @text with what was detected in it; one a line in @ret. */
static void unwrap(const char *text, struct qn_buffer *ret)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer joined = {0};
	struct qn_text rest = qn_text_of(text);
	struct qn_line_wrap wrap;

	qn_line_wrap_detect(rest, &wrap);
	while (rest.len) {
		assert_true(qn_line_wrap_take(&wrap, rest, &joined, &rest) >= 1);
		qn_buffer_append_text(ret, qn_buffer_text(&joined));
		qn_buffer_append_byte(ret, '\n');
	}
	assert_no_error(qn_buffer_check(ret));
}

/* @whole with a newline where a window of @width ends; @front stands before each further piece, too. */
static void fold(const char *whole, size_t width, const char *front, struct qn_buffer *ret)
{
	size_t column = 0;

	for (const char *p = whole; *p; p++) {
		if (*p != '\n' && column == width) {
			qn_buffer_append_byte(ret, '\n');
			qn_buffer_append_text(ret, qn_text_of(front));
			column = strlen(front);
		}
		qn_buffer_append_byte(ret, *p);
		column = *p == '\n' ? 0 : column + 1;
	}
	assert_no_error(qn_buffer_check(ret));
}

static const struct folded {
	const char *what, *front;
	size_t first, last; /* widths */
	const char *whole;
} folded_texts[] = {
	{"boost's frames", "", 45, 120,
	 " 0# milvus::exec::Operator::next(folly::Function<void ()>&, folly::Executor::KeepAlive<>) const at "
	 "/src/exec/Operator.cpp:1022\n"
	 " 1# milvus::exec::Driver::drive(folly::Function<void ()>&, folly::Executor::KeepAlive<>, bool) at "
	 "/src/exec/Driver.cpp:99\n"},
	{"backtrace_symbols", "", 45, 90,
	 "/opt/milvus/lib/libmilvus_core.so(_ZN6milvus7segcore12SegmentOwner4dropElbPK4RowsS3_+0x1f4) "
	 "[0x7f6864980050]\n"
	 "/opt/milvus/lib/libmilvus_core.so(_ZN6milvus7segcore12SegmentOwner4killElbPK4RowsS3_+0x1fc) "
	 "[0x7f6864980150]\n"
	 "/lib/libc.so.6(clone+0x44) [0x7f6864]\n"},
	{"glog's frames", "", 50, 90,
	 "    @     0x7f3a1b2c3d4e milvus::exec::Task::RunTheOperator(std::vector<int> const&, long)\n"
	 "    @     0x7f3a1b2caaaa AsyncRetrieve\n"},
	{"gdb's frames", "", 45, 110,
	 "#0  0x00007f3a1b2c3d4e in milvus::exec::Task::Run (this=0x7f3a1000, rows=std::vector of length 0) "
	 "at /src/exec/Task.cpp:12\n"
	 "#1  0x00007f3a1b2c3fff in start_thread () from /lib/libc.so.6\n"},
	{"records, also between a backslash and its letter", "", 60, 120,
	 "[2025/03/02 10:11:12.300 +00:00] [WARN] [retry/retry.go:130] [\"retry func failed\"] [error=\"no "
	 "leader\"] "
	 "[stack=\"github.com/x/y.(*T).F\\n\\t/src/x/y.go:44\\nruntime.goexit\\n\\t/usr/lib/go/asm.s:1\"]\n"
	 "[2025/03/02 10:11:12.301 +00:00] [WARN] [retry/retry.go:130] [\"retry func failed\"] [error=\"no "
	 "leader there\"] "
	 "[stack=\"github.com/x/y.(*T).G\\n\\t/src/x/y.go:45\\nruntime.goexit\\n\\t/usr/lib/go/asm.s:1\"]\n"},
	{"a front on each piece", "> ", 60, 90,
	 "> 0# milvus::exec::Task::RunTheOperator(long, folly::Function<void ()>&) at /src/exec/Task.cpp:12\n"
	 "> 1# main at /src/main.cpp:3\n"},
	{"a collector's front on each line", "", 75, 117,
	 "[pod/milvus-querynode-0/querynode] 0# milvus::exec::Task::Run(long, folly::Function<void ()>&) at "
	 "/src/exec/Task.cpp:12\n"
	 "[pod/milvus-querynode-0/querynode] 1# main at /src/main.cpp:3\n"},
	{"docker compose's front", "", 75, 117,
	 "milvus-standalone  |  0# milvus::exec::Task::Run(long, folly::Function<void ()>&, std::vector<int> "
	 "const&) at /src/exec/Task.cpp:12\n"
	 "milvus-standalone  |  1# main at /src/main.cpp:3\n"},
	{"CRI's front", "", 90, 117,
	 "2025-03-02T10:11:12.300000001Z stderr F  0# milvus::exec::Task::Run(long, folly::Function<void "
	 "()>&) at /src/exec/Task.cpp:12\n"
	 "2025-03-02T10:11:12.300000002Z stderr F  1# main at /src/main.cpp:3\n"},
};

static void folded_lines_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(folded_texts) / sizeof(*folded_texts); i++)
		for (size_t width = folded_texts[i].first; width < folded_texts[i].last; width++) {
			_cleanup_(qn_buffer_deinit) struct qn_buffer folded = {0}, got = {0};

			fold(folded_texts[i].whole, width, folded_texts[i].front, &folded);
			unwrap(folded.data, &got);
			if (strcmp(got.data, folded_texts[i].whole) != 0)
				print_error("%s, %zu columns:\n%s", folded_texts[i].what, width, got.data);
			assert_string_equal(got.data, folded_texts[i].whole);
		}
}

/* Lines that are none, or of which that is not sure. */
static const char *const apart[] = {
	/* narrower than anybody reads */
	" 0# a::b(int\n) at /src/a.cpp:1\n",
	/* what follows a frame */
	"    @     0x7f3a1b2c3d4e milvus_exec_Task_RunTheOperator\nSegmentation fault (core dumped)\n",
	"    @     0x7f3a1b2c3d4e milvus::exec::Task::RunTheOperator\nSegmentation fault (core dumped)\n",
	" 0# milvus::exec::Task::RunTheOperator(long) at /src/exec/Task.cpp:12\nterminate called "
	"recursively\n",
	/* a record that a viewer cut */
	"[2025/03/02 10:11:12.300 +00:00] [WARN] [x.go:1] [\"no\"] [stack=\"a.F\\\nSIGABRT: abort\n",
	/* whole records */
	"[2025/03/02 10:11:12.300 +00:00] [WARN] [x.go:1] [\"no\"]\nSIGABRT: abort\n"
	"[2025/03/02 10:11:12.300 +00:00] [WARN] [x.go:1] [\"no\"]\nfree(): invalid pointer [x]\n",
	/* cut records of several writers */
	"q-0  | [2025/03/02 10:11:12.300 +00:00] [WARN] [\"no\nq-1  | [2025/03/02 10:11:12.300 +00:00] "
	"[WARN] [no\"]\n"
	"q-0  | [2025/03/02 10:11:12.300 +00:00] [WARN] [\"no\nq-1  | [2025/03/02 10:11:12.300 +00:00] "
	"[WARN] [no\"]\n",
	/* a table; a certificate */
	"NAME                                    READY\nmilvus-querynode-7c9d7b9c5d-abcde       1/1  \n"
	"milvus-querynode-7c9d7b9c5d-abcdf       1/1  \n",
	"MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n"
	"AQ==\n",
};

static void other_lines_stay_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(apart) / sizeof(*apart); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer got = {0};

		unwrap(apart[i], &got);
		assert_string_equal(got.data, apart[i]);
	}
}

static void beside_longer_lines_only_what_is_plainly_broken_is_joined(void **state)
{
	static const char text[] =
		"an ordinary line of text that is just as wide as it\nand another\n"
		" 0# milvus::exec::Task::RunTheOperator(long, int, bo\nol) at /src/exec/Task.cpp:12\n"
		"a line that is a good deal longer than all of the pieces above it are, and so on\n";
	static const char expected[] =
		"an ordinary line of text that is just as wide as it\nand another\n"
		" 0# milvus::exec::Task::RunTheOperator(long, int, bool) at /src/exec/Task.cpp:12\n"
		"a line that is a good deal longer than all of the pieces above it are, and so on\n";
	_cleanup_(qn_buffer_deinit) struct qn_buffer got = {0};

	(void)state;
	unwrap(text, &got);
	assert_string_equal(got.data, expected);
}

/* A line may by accident be as wide as the window. */
static void heads_of_reports_stay_apart_from_full_lines(void **state)
{
	static const char broken[] =
		" 0# milvus::exec::Task::RunTheOperator(long, int, bo\nol) at /src/exec/Task.cpp:12\n";
	static const char joined[] =
		" 0# milvus::exec::Task::RunTheOperator(long, int, bool) at /src/exec/Task.cpp:12\n";
	static const char full[] = "an ordinary line of text that is just as wide as it.\n";
	static const char *const heads[] = {
		"panic: no leader\n",
		"fatal error: all is lost\n",
		"[signal SIGSEGV: segmentation violation]\n",
		"Fatal Python error: Aborted\n",
		"Exception in thread \"main\" a.B: x\n",
		"Caused by: a.B: x\n",
		"java.lang.Error: x\n",
		"thread 'main' panicked at a.rs:3:4:\n",
		"==77==ERROR: AddressSanitizer: SEGV\n",
		"Program terminated with signal 11.\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		const char *const before[] = {broken, full, heads[i]}, *const after[] = {joined, full,
											 heads[i]};
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0}, expected = {0}, got = {0};

		for (size_t k = 0; k < 3; k++) {
			qn_buffer_append_text(&text, qn_text_of(before[k]));
			qn_buffer_append_text(&expected, qn_text_of(after[k]));
		}
		unwrap(text.data, &got);
		assert_string_equal(got.data, expected.data);
	}
}

/* A million bytes that might all be pieces end soon. */
static void hostile_pieces_end_in_linear_time(void **state)
{
	static const char *const lines[] = {
		"[2025/03/02 10:11:12.300 +00:00] [WARN] []",  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]",
		" 1# f<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "/lib/libx.so(_ZN1aaaaaaaaaaaaaaaaaaaaaaaaa",
		"@ 0x7f1 a::b<(((((((((((((((((((((((((((((",  "\t/src/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	(void)state;
	for (size_t first = 0; first < sizeof(lines) / sizeof(*lines); first++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0}, got = {0};

		qn_buffer_append_text(&text, qn_text_of(lines[first]));
		qn_buffer_append_byte(&text, '\n');
		for (size_t i = 0; i < 24000; i++) {
			qn_buffer_append_text(&text, qn_text_of(lines[i % 7 ? 1 : first]));
			qn_buffer_append_byte(&text, '\n');
		}
		unwrap(text.data, &got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folded_lines_come_back),
		cmocka_unit_test(other_lines_stay_apart),
		cmocka_unit_test(beside_longer_lines_only_what_is_plainly_broken_is_joined),
		cmocka_unit_test(heads_of_reports_stay_apart_from_full_lines),
		cmocka_unit_test(hostile_pieces_end_in_linear_time),
	};

	return QN_RUN("line_wrap", tests);
}
