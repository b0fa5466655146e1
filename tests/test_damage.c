/* What copying, viewers and people do to crash texts, and what is made of it. */
#include "support/crash_feed.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "stack/crash_line.h"
#include "stack/edit_distance.h"
#include "stack/line_mend.h"
#include "stack/line_split.h"
#include "stack/repair.h"
#include "stack/symbols.h"

struct mend_case {
	const char *line, *is;
	unsigned damage;
};

static const struct mend_case mends[] = {
	/* line numbers */
	{"4_ZNK6milvus12ColumnVector10GetRawDataEv", "_ZNK6milvus12ColumnVector10GetRawDataEv",
	 QN_DAMAGE_NUMBERS},
	{"12github.com/x/y.(*T).F(0xc0)", "github.com/x/y.(*T).F(0xc0)", QN_DAMAGE_NUMBERS},
	{"14614 panic: boom", "panic: boom", QN_DAMAGE_NUMBERS},
	{"  277\t/src/a.cpp:38 pc=0x7f12", "/src/a.cpp:38 pc=0x7f12", QN_DAMAGE_NUMBERS},
	{"9| goroutine 12 [running]:", " goroutine 12 [running]:", QN_DAMAGE_NUMBERS},
	/* digits of real names, of Rust's frames and of ordinary text */
	{"4d63.com/gochecknoglobals.Run(0x1)", NULL, 0},
	{"   4: core::panicking::panic", NULL, 0},
	{"2024/05/31 10:11:12 a message", NULL, 0},
	{"3 replicas of a::b are gone", NULL, 0},
	{"1000", NULL, 0},
	/* links */
	{"[github.com/x/y.go:61](http://github.com/x/y.go:61) +0x1d", "github.com/x/y.go:61 +0x1d",
	 QN_DAMAGE_MARKUP},
	{"github.com/x/y.(*T).F](http://github.com/x/y.F)(0xc0)", "github.com/x/y.(*T).F(0xc0)",
	 QN_DAMAGE_MARKUP},
	{"github.com/x/y.Map[...](0xc0, 0x1)", NULL, 0},
	/* entities, escapes, marks */
	{"std::vector&lt;int&gt;::at(int&amp;)", "std::vector<int>::at(int&)", QN_DAMAGE_MARKUP},
	{"\\_ZN6milvus3RunEv", "_ZN6milvus3RunEv", QN_DAMAGE_MARKUP},
	{"github.com/x/y.(\\*T).F(0x1)", "github.com/x/y.(*T).F(0x1)", QN_DAMAGE_MARKUP},
	{"`_ZN6milvus3RunEv`", "_ZN6milvus3RunEv", QN_DAMAGE_MARKUP},
	{"| _ZN6milvus3RunEv |", "_ZN6milvus3RunEv", QN_DAMAGE_PROMPT},
	{"\x1b[31m_ZN6milvus3RunEv\x1b[0m", "_ZN6milvus3RunEv", QN_DAMAGE_INVISIBLE},
	{"_ZN6mil\xe2\x80\x8bvus3RunEv", "_ZN6milvus3RunEv", QN_DAMAGE_INVISIBLE},
	{"/src/a.go:3\xc2\xa0+0x1d", "/src/a.go:3 +0x1d", QN_DAMAGE_INVISIBLE},
	{"\\t/src/a.go:3 +0x1d\\", "/src/a.go:3 +0x1d", QN_DAMAGE_ESCAPES},
	/* frames of one line each */
	{"#1  0x7f12 in a::b\\_c (x=&lt;optimized out&gt;) at /a\\_b.cpp:3",
	 "#1  0x7f12 in a::b_c (x=<optimized out>) at /a_b.cpp:3", QN_DAMAGE_MARKUP},
	{" 2# a::b\\_c() const in /x.so", " 2# a::b_c() const in /x.so", QN_DAMAGE_MARKUP},
	{"/x.so(\\_ZN1a1bEv+0x3)[0x7f12]", "/x.so(_ZN1a1bEv+0x3)[0x7f12]", QN_DAMAGE_MARKUP},
	/* letters read for others */
	{"SIGNAL CATGH BY N0N-GO SIGNAL HANDLER", "SIGNAL CATCH BY NON-GO SIGNAL HANDLER", QN_DAMAGE_LETTERS},
	{"BACKTRAGE:", "BACKTRACE:", QN_DAMAGE_LETTERS},
	{"BACKTRACE", "BACKTRACE:", QN_DAMAGE_LETTERS},
	{"SIGN0: l1; SIGNAME: Segmentation fault", "SIGNO: 11; SIGNAME: Segmentation fault",
	 QN_DAMAGE_LETTERS},
	{"\t/src/l1.cpp:l3O pc=Ox7fb1dOfbc37l", "\t/src/l1.cpp:130 pc=0x7fb1d0fbc371", QN_DAMAGE_LETTERS},
	{"/src/a.cpp:13O is not a place", NULL, 0},
	{"SIGNAL HANDLERS ARE INSTALLED BY GO RT", NULL, 0},
	{"BACKTRACK:", NULL, 0},
	/* what people and programs say may look like it */
	{"panic: no type for `folly::Unit`", NULL, 0},
	{"panic: bad json {\\\"a\\\": 1} &lt;x&gt;", NULL, 0},
	{"  what():  it isn\xe2\x80\x99t there", NULL, 0},
	{"see [the docs](http://milvus.io/docs)", NULL, 0},
	{"AT&T; and others", NULL, 0},
};

static void mends_what_is_plainly_a_part_of_a_stack(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mends) / sizeof(*mends); i++) {
		struct qn_header_index headers;
		struct qn_line_mender mender = {.headers = &headers};
		unsigned damage = 0;
		struct qn_text mended;

		assert_no_error(qn_header_index_init(&headers));
		mended = qn_line_mend(&mender, qn_text_of(mends[i].line), &damage);
		assert_text(mended, mends[i].is ? mends[i].is : mends[i].line);
		assert_int_equal(damage, mends[i].damage);
		qn_line_mender_deinit(&mender);
		qn_header_index_deinit(&headers);
	}
}

static void a_number_that_grows_is_a_line_number(void **state)
{
	struct qn_header_index headers;
	struct qn_line_mender mender = {.headers = &headers};
	unsigned damage = 0;

	(void)state;
	assert_no_error(qn_header_index_init(&headers));
	assert_text(qn_line_mend(&mender, QN_TEXT("7 goroutine 1 [running]:"), &damage),
		    "goroutine 1 [running]:");
	assert_text(qn_line_mend(&mender, QN_TEXT("8main.run.func1(0x1)"), &damage), "main.run.func1(0x1)");
	assert_text(qn_line_mend(&mender, QN_TEXT("9/src/a.go:3 +0x1d"), &damage), "/src/a.go:3 +0x1d");
	assert_text(qn_line_mend(&mender, QN_TEXT("10:"), &damage), "");
	assert_text(qn_line_mend(&mender, QN_TEXT("99main.run.func1(0x1)"), &damage),
		    "99main.run.func1(0x1)");
	qn_line_mender_deinit(&mender);
	qn_header_index_deinit(&headers);
}

struct split_case {
	const char *line, *lines; /* NULL: it is one */
	unsigned damage;
};

static const struct split_case splits[] = {
	{"_ZN6milvus3RunEv /src/a.cpp:38 pc=0x7f12", "_ZN6milvus3RunEv\n\t/src/a.cpp:38 pc=0x7f12\n",
	 QN_DAMAGE_TABS},
	{"_ZN6milvus3RunEv/src/a.cpp:38 pc=0x7f12", "_ZN6milvus3RunEv\n\t/src/a.cpp:38 pc=0x7f12\n",
	 QN_DAMAGE_TABS},
	{"void a::f(int, long) /src/a.cpp:38 pc=0x7f12", "void a::f(int, long)\n\t/src/a.cpp:38 pc=0x7f12\n",
	 QN_DAMAGE_TABS},
	{"panic: x goroutine 1 [running]: main.f(0x1, 0x2) /src/a.go:3 +0x1d main.main() /src/a.go:9 +0x5 "
	 "exit "
	 "status 2",
	 "panic: x\ngoroutine 1 [running]:\nmain.f(0x1, 0x2)\n\t/src/a.go:3 "
	 "+0x1d\nmain.main()\n\t/src/a.go:9 "
	 "+0x5\nexit status 2\n",
	 QN_DAMAGE_NEWLINES},
	{"panic: x\\n\\ngoroutine 1 [running]:\\nmain.f()\\n\\t/src/a.go:3 +0x1d\\n",
	 "panic: x\n\ngoroutine 1 [running]:\nmain.f()\n\t/src/a.go:3 +0x1d\n\n", QN_DAMAGE_ESCAPES},
	{"{\"level\":\"fatal\",\"message\":\"panic: \\\"x\\\"\\\\nmain.f()\\\\n\\\\t/src/a.go:3\",\"n\":1}",
	 "panic: \"x\"\nmain.f()\n\t/src/a.go:3\n", QN_DAMAGE_ESCAPES},
	{"a | (no unique labels) | main.f() |  | 2024-03-04 14:32:44.664 | (no unique labels) | /src/a.go:3 "
	 "+0x1d |",
	 "a\nmain.f()\n/src/a.go:3 +0x1d\n", QN_DAMAGE_NEWLINES},
	{"| 2024-03-04 14:32:45.100 | (no unique labels) | below | | 2024-03-04 14:32:44.100 | (no unique "
	 "labels) | above |",
	 "above\nbelow\n", QN_DAMAGE_NEWLINES},
	{"Program terminated with signal SIGSEGV, Segmentation fault. #0  0x7f12 in a::b () at a.cpp:3 "
	 "#1  0x7f13 in main () at m.cpp:4",
	 "Program terminated with signal SIGSEGV, Segmentation fault.\n#0  0x7f12 in a::b () at a.cpp:3\n"
	 "#1  0x7f13 in main () at m.cpp:4\n",
	 QN_DAMAGE_NEWLINES},
	{"Assert \"x\" at /a.cpp:1 => y  0# a::b() in /x.so  1# c in /x.so",
	 "Assert \"x\" at /a.cpp:1 => y\n0# a::b() in /x.so\n1# c in /x.so\n", QN_DAMAGE_NEWLINES},
	{"Traceback (most recent call last):\\n  File \"a.py\", line 3, in f\\n    g()\\nE: x",
	 "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\nE: x\n",
	 QN_DAMAGE_ESCAPES},
	{"main.f() _cgo_gotypes.go:4 +0x5 main.g() /src/a.go:9 +0x5",
	 "main.f()\n\t_cgo_gotypes.go:4 +0x5\nmain.g()\n\t/src/a.go:9 +0x5\n", QN_DAMAGE_NEWLINES},
	/* one line */
	{"tests #0 and #2 of 1# are late, #1 is not", NULL, 0},
	{"\t/src/a.go:3 +0x1d fp=0xc1 sp=0xc0 pc=0x2", NULL, 0},
	{"[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1f]", NULL, 0},
	{"panic: a message\\nwith an escaped newline", NULL, 0},
	{"it failed near /src/a.go:3 +0x1d, says the linker", NULL, 0},
	{"PC=0x7f m=5 sigcode=1", NULL, 0},
	{"", NULL, 0},
};

static void splits_lines_that_were_many(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer lines = {0};
		unsigned damage = 0;
		bool is_split = qn_line_split(qn_text_of(splits[i].line), &lines, &damage);

		assert_int_equal(is_split, splits[i].lines != NULL);
		if (is_split)
			assert_text(qn_buffer_text(&lines), splits[i].lines);
		assert_int_equal(damage, splits[i].damage);
	}
}

/* Each would take hours if a byte were looked at once for each before it. */
static void hostile_lines_end_in_linear_time(void **state)
{
	static const char *const parts[] = {
		"](http://",   "[",   "\\",      "&",          "\\n\\t",
		"/a:1 +0x1 ",  "_Z/", "pc=0x1 ", "goroutine ", "(no unique labels)",
		"{\"a\":\"\\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer line = {0}, lines = {0};
		struct qn_header_index headers;
		struct qn_line_mender mender = {.headers = &headers};
		unsigned damage = 0;

		while (line.len < 400000)
			qn_buffer_append_string(&line, parts[i]);
		qn_line_mend(&mender, qn_buffer_text(&line), &damage);
		qn_line_split(qn_buffer_text(&line), &lines, &damage);
		qn_line_mender_deinit(&mender);
		qn_header_index_deinit(&headers);
	}
}

static void counts_letters_apart(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned max, is;
	} cases[] = {
		{"kitten", "sitting", 5, 3}, {"shwo", "show", 5, 1},
		{"", "abc", 5, 3},           {"abc", "", 2, 3},
		{"same", "same", 0, 0},      {"abcdef", "abcdex", 1, 1},
		{"abcdef", "xbcdex", 1, 2},  {"aab", "ab", 1, 1},
		{"ab", "aab", 3, 1},         {"SI_COPDE", "SI_CODE", 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(
			qn_letters_apart(qn_text_of(cases[i].a), qn_text_of(cases[i].b), cases[i].max),
			cases[i].is);
}

struct repair_case {
	const char *damaged;
	const char *offers[3];
	const char *is; /* NULL: left alone */
};

#define GOOD "_ZNK6milvus12ColumnVector10GetRawDataEv"

static const struct repair_case repairs_of[] = {
	{"_ZNK6milvus12ColumVector10GetRawDataEv", {GOOD}, "milvus::ColumnVector::GetRawData"},
	{"_ZNK6milvus12CoolumnVector10GetRawDataEv", {GOOD}, "milvus::ColumnVector::GetRawData"},
	{"_ZNK6rnilvus12ColumnVector10GetRawDataEv", {GOOD}, "milvus::ColumnVector::GetRawData"},
	{"ZNK6milvus12ColumnVector10GetRawDataEv", {GOOD}, "milvus::ColumnVector::GetRawData"},
	/* two constructors are one function */
	{"_ZN6milvus12CoolumnVectorC1Ev",
	 {"_ZN6milvus12ColumnVectorC2Ev", "_ZN6milvus12ColumnVectorC1Ev"},
	 "milvus::ColumnVector::ColumnVector"},
	/* two are equally near: Coolum, Columm */
	{"_ZN6milvus6Columxx3RunEv", {"_ZN6milvus7Columxy3RunEv", "_ZN6milvus7Columyx3RunEv"}, NULL},
	/* too far, not whole itself, or nothing wrong */
	{"_ZNK6milvus12CVector10GetRawDataEv", {GOOD}, NULL},
	{"_ZNK6milvus12ColumVector10GetRawDataEv", {"_ZNK6milvus12ColumVectr10GetRawDataEv"}, NULL},
	{GOOD, {"_ZNK6milvus12ColumnVectr10GetRawDataEv"}, NULL},
};

static void repairs_to_the_one_name_that_is_near(void **state)
{
	struct qn_normalizer *normalizer;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	for (size_t i = 0; i < sizeof(repairs_of) / sizeof(*repairs_of); i++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
		_cleanup_(qn_repairs_destroy_guard) struct qn_repairs *repairs = NULL;
		struct qn_frame frame = {
			.raw = qn_text_of(repairs_of[i].damaged), .file = QN_TEXT("/src/a.cpp"), .line = 7};
		struct qn_stack stack = {.frames = &frame, .frames_count = 1};
		bool is_changed;

		qn_normalizer_apply(normalizer, &arena, &stack);
		assert_no_error(qn_repairs_create(&repairs));
		assert_no_error(qn_repairs_ask(repairs, &stack));
		assert_no_error(qn_repairs_prepare(repairs));
		for (size_t k = 0; k < 3 && repairs_of[i].offers[k]; k++)
			qn_repairs_offer_symbol(repairs, qn_text_of(repairs_of[i].offers[k]));
		assert_no_error(qn_repairs_apply(repairs, normalizer, &arena, &stack, &is_changed));
		assert_int_equal(is_changed, repairs_of[i].is != NULL);
		assert_int_equal(frame.is_repaired, repairs_of[i].is != NULL);
		assert_text(frame.raw, repairs_of[i].damaged);
		if (repairs_of[i].is) {
			assert_text(frame.function, repairs_of[i].is);
			assert_true(feed_has_damage(&stack, "name repaired"));
		}
	}
	qn_normalizer_destroy(normalizer);
}

/* Close and Clone are both somebody's: only where the text shows that it was retyped, and the place is the
 * same, is one the other. */
static void a_plain_name_needs_the_same_place(void **state)
{
	static const struct {
		const char *damage;
		uint32_t line;
		bool is_repaired;
	} cases[] = {
		{"tabs lost", 31, true}, {"tabs lost", 32, false}, {"interleaved log records", 31, false}};
	struct qn_normalizer *normalizer;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
		_cleanup_(qn_repairs_destroy_guard) struct qn_repairs *repairs = NULL;
		struct qn_frame frame = {.raw = QN_TEXT("github.com/x/y.(*Segment).Claose(0xc0, 0x1)"),
					 .file = QN_TEXT("/src/a.go"),
					 .line = 31};
		struct qn_stack stack = {.frames = &frame, .frames_count = 1, .damage_count = 1};
		bool is_changed;

		stack.damage[0] = qn_text_of(cases[i].damage);
		qn_normalizer_apply(normalizer, &arena, &stack);
		assert_no_error(qn_repairs_create(&repairs));
		assert_no_error(qn_repairs_ask(repairs, &stack));
		assert_no_error(qn_repairs_prepare(repairs));
		qn_repairs_offer(repairs, QN_TEXT("github.com/x/y.(*Segment).Close(...)"), frame.file,
				 cases[i].line);
		assert_no_error(qn_repairs_apply(repairs, normalizer, &arena, &stack, &is_changed));
		assert_int_equal(is_changed, cases[i].is_repaired);
	}
	qn_normalizer_destroy(normalizer);
}

static void count_name(void *context, struct qn_text name)
{
	size_t *counts = context;

	counts[0]++;
	counts[1] += qn_text_equal(name, QN_TEXT("main"));
}

static void reads_the_functions_of_a_program(void **state)
{
	size_t counts[2] = {0};
	bool is_elf, is_cut;

	(void)state;
	assert_no_error(qn_symbols_read("/proc/self/exe", count_name, counts, &is_elf, &is_cut));
	assert_true(is_elf && !is_cut);
	assert_true(counts[0] > 10);
	assert_int_equal(counts[1], 1);
	assert_no_error(qn_symbols_read("/dev/null", count_name, counts, &is_elf, &is_cut));
	assert_false(is_elf);
}

/* Cut at each of many places, and with bytes changed: nothing is read outside of the file. */
static void a_damaged_program_is_read_as_far_as_it_goes(void **state)
{
	char path[] = "symbols-XXXXXX";
	unsigned char image[64 << 10];
	int fd = mkstemp(path);
	FILE *self = fopen("/proc/self/exe", "re");
	size_t size = self ? fread(image, 1, sizeof(image), self) : 0, counts[2];
	uint32_t random = 1;

	(void)state;
	assert_true(fd >= 0 && size > 4096);
	for (unsigned i = 0; i < 64; i++) {
		bool is_elf, is_cut;

		assert_int_equal(pwrite(fd, image, size, 0), size);
		for (unsigned k = 0; k < 8 && i; k++) {
			unsigned char byte;

			random = random * 1664525 + 1013904223;
			byte = (unsigned char)(random >> 8);
			assert_int_equal(pwrite(fd, &byte, 1, 16 + (random >> 16) % 1024), 1);
		}
		assert_int_equal(ftruncate(fd, (off_t)(size - i * 900)), 0);
		assert_no_error(qn_symbols_read(path, count_name, counts, &is_elf, &is_cut));
	}
	fclose(self);
	close(fd);
	unlink(path);
}

#define LOKI(time, text) "2025-11-12 00:23:" time "\t" text "\n"

static void tells_a_source_whose_newest_line_is_first(void **state)
{
	static const struct {
		const char *sample;
		bool is_newest_first;
	} cases[] = {
		{LOKI("34.4", "d") LOKI("34.3", "c") LOKI("34.2", "b") LOKI("34.1", "a"), true},
		{LOKI("34.1", "d") LOKI("34.2", "c") LOKI("34.3", "b") LOKI("34.4", "a"), false},
		{LOKI("34.4", "d") LOKI("34.3", "c") LOKI("34.5", "b") LOKI("34.1", "a"), false},
		{LOKI("34.1", "\t/a.go:3 +0x1") LOKI("34.1", "m.f()") LOKI("34.1", "\t/a.go:9 +0x1")
			 LOKI("34.1", "m.g()") LOKI("34.1", "goroutine 1 [running]:"),
		 true},
		{LOKI("34.1", "goroutine 1 [running]:") LOKI("34.1", "m.f()") LOKI("34.1", "\t/a.go:3 +0x1")
			 LOKI("34.1", "m.g()") LOKI("34.1", "\t/a.go:9 +0x1"),
		 false},
		{"4\n3\n2\n1\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_wrapping wrapping;

		qn_wrapping_detect(qn_text_of(cases[i].sample), &wrapping);
		assert_int_equal(qn_wrapping_is_newest_first(&wrapping, qn_text_of(cases[i].sample)),
				 cases[i].is_newest_first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mends_what_is_plainly_a_part_of_a_stack),
		cmocka_unit_test(a_number_that_grows_is_a_line_number),
		cmocka_unit_test(splits_lines_that_were_many),
		cmocka_unit_test(hostile_lines_end_in_linear_time),
		cmocka_unit_test(counts_letters_apart),
		cmocka_unit_test(repairs_to_the_one_name_that_is_near),
		cmocka_unit_test(a_plain_name_needs_the_same_place),
		cmocka_unit_test(reads_the_functions_of_a_program),
		cmocka_unit_test(a_damaged_program_is_read_as_far_as_it_goes),
		cmocka_unit_test(tells_a_source_whose_newest_line_is_first),
	};

	return QN_RUN("damage", tests);
}
