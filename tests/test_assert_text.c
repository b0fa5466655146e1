#include "stack/assert_text.h"

#include "base/cleanup.h"
#include "support/test.h"

struct text_case {
	const char *text, *expression, *info, *file;
	uint32_t line;
};

static void reads_each_form(void **state)
{
	static const struct text_case cases[] = {
		{"Assert \"a == b\" at /src/x.cpp:12\n => not equal", "a == b", "not equal", "/src/x.cpp",
		 12},
		{"Assert \"fs != nullptr\"  => fs is null at /src/y.cpp:1716\n", "fs != nullptr",
		 "fs is null", "/src/y.cpp", 1716},
		/* quotes within */
		{"Assert \"type == \"json\"\" at /src/x.h:7\n => odd \"type\"", "type == \"json\"",
		 "odd \"type\"", "/src/x.h", 7},
		/* no info */
		{"Assert \"ok\" at /src/x.cpp:12\n", "ok", "", "/src/x.cpp", 12},
		{"Assert \"ok\" at /src/x.cpp:12", "ok", "", "/src/x.cpp", 12},
		/* no expression */
		{" => remove local directory:/a/b", "", "remove local directory:/a/b", "", 0},
		{" => bad schema at /src/Schema.cpp:99", "", "bad schema", "/src/Schema.cpp", 99},
		{"[UnexpectedError]  => bad schema", "", "bad schema", "", 0},
		/* what Go puts around it */
		{"At LoadSegment: Assert \"x\"  => info at /s/a.cpp:5\n: segcore error[segcoreCode=2001]",
		 "x", "info", "/s/a.cpp", 5},
		{"UnknownError: Assert \"x\" at /s/a.cpp:5\n => info 107: segcore error[segcoreCode=2001]",
		 "x", "info 107", "/s/a.cpp", 5},
		/* the info has an "at" of its own */
		{"Assert \"x\"  => stopped at row 7 at /s/a.cpp:5", "x", "stopped at row 7", "/s/a.cpp", 5},
		/* quoted once more than it was read */
		{"err=\\\"Assert \\\"x > 0\\\" at /s/a.cpp:5\\n => info\\n\\\"", "x > 0", "info\\n\\\"",
		 "/s/a.cpp", 5},
		/* cut off */
		{"Assert \"get_bit(fie", "get_bit(fie", "", "", 0},
		{"Assert \"x\" at /s/a.c", "x", "", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_assert_text text;

		assert_true(qn_assert_text_read(qn_text_of(cases[i].text), &text));
		assert_text(text.expression, cases[i].expression);
		assert_text(text.info, cases[i].info);
		assert_text(text.file, cases[i].file);
		assert_int_equal(text.line, cases[i].line);
	}
}

static void other_texts_are_none(void **state)
{
	static const char *const texts[] = {
		"",
		"load segment failed",
		"a => b",
		"move x => y: no such file",
		"AssertionError: x",
		"Asserting \"x\"",
		"x=>y",
	};
	struct qn_assert_text text;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(qn_assert_text_read(qn_text_of(texts[i]), &text));
}

static void a_boost_stack_is_no_info(void **state)
{
	struct qn_assert_text text;

	(void)state;
	assert_true(qn_assert_text_read(
		QN_TEXT("Assert \"x\" at /s/a.cpp:5\n => info\n 0# f() at /s/b.cpp:1\n 1# g() in /l.so\n"),
		&text));
	assert_text(text.info, "info");
	assert_text(text.behind, " 0# f() at /s/b.cpp:1\n 1# g() in /l.so");
}

static void a_stack_has_the_place_and_the_frames(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	struct qn_stack stack;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	assert_true(qn_stack_read_assert(normalizer, &arena,
					 QN_TEXT("[UnexpectedError] Assert \"x\" at /s/a.cpp:5\n => info\n"
						 " 0# milvus::impl::EasyAssertInfo(bool) at /s/E.cpp:1\n"
						 " 1# milvus::Search() in /l.so\n 2# 0x00007F12 in /m.so"),
					 &stack));
	assert_int_equal(stack.kind, QN_KIND_ASSERT);
	assert_text(stack.exception, "milvus::SegcoreError");
	assert_text(stack.message, "Assert \"x\" => info");
	assert_int_equal(stack.frames_count, 3);
	assert_text(stack.frames[0].file, "/s/E.cpp");
	/* it asserted, so its place is the assertion's */
	assert_text(stack.frames[1].raw, "milvus::Search()");
	assert_text(stack.frames[1].file, "/s/a.cpp");
	assert_int_equal(stack.frames[1].line, 5);
	assert_text(stack.frames[2].module, "/m.so");
	assert_int_equal(stack.frames[2].pc, 0x7f12);
}

/* The asserting function's own frame is missing: its place stands where it would. */
static void a_cut_stack_keeps_the_order(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	struct qn_stack stack;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	assert_true(qn_stack_read_assert(normalizer, &arena,
					 QN_TEXT("Assert \"x\" at /s/a.cpp:99999999999\n => info\n"
						 " 0# milvus::impl::EasyAssertInfo(bool) at /s/E.cpp:1\n"),
					 &stack));
	assert_int_equal(stack.frames_count, 2);
	assert_text(stack.frames[0].file, "/s/E.cpp");
	assert_text(stack.frames[1].file, "/s/a.cpp");
	assert_int_equal(stack.frames[1].line, 0);
}

static void without_frames_the_place_is_one(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	struct qn_stack stack;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	assert_true(qn_stack_read_assert(normalizer, &arena, QN_TEXT("Assert \"x\"  => y at /s/a.cpp:5"),
					 &stack));
	assert_int_equal(stack.frames_count, 1);
	assert_text(stack.frames[0].raw, "");
	assert_text(stack.frames[0].file, "/s/a.cpp");
	assert_int_equal(stack.frames[0].line, 5);
}

/* Each quote and arrow costs a look, not a search to the end. */
static void hostile_texts_end(void **state)
{
	static const char *const pieces[] = {"Assert \"", "\" ", " => ",    "\\n",
					     " at ",      "0# ", "\" at :", "]=> "};
	_cleanup_(qn_buffer_deinit) struct qn_buffer buffer = {0};
	struct qn_assert_text text;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		qn_buffer_clear(&buffer);
		qn_buffer_append_string(&buffer, i % 2 ? "Assert \"x\" " : "");
		while (buffer.len < (4U << 20))
			qn_buffer_append_string(&buffer, pieces[i]);
		qn_assert_text_read(qn_buffer_text(&buffer), &text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_form),
		cmocka_unit_test(other_texts_are_none),
		cmocka_unit_test(a_boost_stack_is_no_info),
		cmocka_unit_test(a_stack_has_the_place_and_the_frames),
		cmocka_unit_test(a_cut_stack_keeps_the_order),
		cmocka_unit_test(without_frames_the_place_is_one),
		cmocka_unit_test(hostile_texts_end),
	};
	return QN_RUN("assert_text", tests);
}
