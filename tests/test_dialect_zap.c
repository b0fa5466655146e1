#include "support/crash_feed.h"

struct field_case {
	const char *key, *value;
	size_t frames;
	const char *dialect, *raw, *file;
	uint32_t line;
};

static const struct field_case cases[] = {
	{"stack", "x/q.(*T).Run.func1\n\t/x/q/server.go:180", 1, "zap-stack", "x/q.(*T).Run.func1",
	 "/x/q/server.go", 180},
	{"stack", "a.F\n\t/a.go:1\nb.G\n\t/b.go:2\nruntime.goexit\n\t/go/asm_amd64.s:1571", 3, "zap-stack",
	 "a.F", "/a.go", 1},
	{"stack", "a.F\r\n  /a.go:1\r\n", 1, "zap-stack", "a.F", "/a.go", 1},
	{"errorVerbose",
	 "segment lacks\n(1) attached stack trace\n  -- stack trace:\n  | x/merr.Wrap\n  | \t/x/merr.go:308\n"
	 "  | x/p.run\n  | \t/x/p.go:9\nWraps: (2) segment lacks\nError types: (1) *withstack.withStack",
	 2, "error-verbose", "x/merr.Wrap", "/x/merr.go", 308},
	{"errorVerbose",
	 "At Load: lacks\n(1) attached stack trace\n  -- stack trace:\n  | x/outer.Wrap\n  | "
	 "\t/x/outer.go:3\n"
	 "  | [...repeated from below...]\nWraps: (2) At Load\nWraps: (3) attached stack trace\n  -- stack "
	 "trace:\n"
	 "  | x/inner.Make\n  | \t/x/inner.go:5\n  | x/outer.Run\n  | \t/x/outer.go:2\nWraps: (4) "
	 "lacks\nError types: (1) x",
	 2, "error-verbose", "x/inner.Make", "/x/inner.go", 5},
	{"errorVerbose",
	 "x\n(1) attached stack trace\n  -- stack trace:\n  | x/outer.Wrap\n  | \t/x/outer.go:3\n"
	 "Wraps: (2) attached stack trace\n  -- stack trace: cut",
	 1, "error-verbose", "x/outer.Wrap", "/x/outer.go", 3},
	{"error",
	 "fail to search on QueryNode 3: stack trace: /w/stack_trace.go:51 x/tracer.StackTrace\n"
	 "/w/client.go:352 x/util.(*ClientBase[...]).Call: rpc error: code = Unavailable",
	 2, "error-trace", "x/tracer.StackTrace", "/w/stack_trace.go", 51},
	{"error", "a: stack trace: /w/a.go:1 x.A\n: b: stack trace: /w/b.go:2 x.B\n/w/c.go:3 x.C", 2,
	 "error-trace", "x.B", "/w/b.go", 2},
	/* file first, in cockroachdb's text too */
	{"errorVerbose",
	 "x\n(1) attached stack trace\n  -- stack trace:\n  | /x/merr.go:308\n  | x/merr.Wrap\n  | "
	 "/x/p.go:9\n  | "
	 "x/p.run\nWraps: (2) x\nError types: (1) y",
	 2, "error-verbose", "x/merr.Wrap", "/x/merr.go", 308},
	{"errorVerbose",
	 "x\n(1) attached stack trace\n  -- stack trace:\n  | /x/merr.go:308 x/merr.Wrap\nWraps: (2) x", 1,
	 "error-verbose", "x/merr.Wrap", "/x/merr.go", 308},
	/* pkg/errors: the origin stands first */
	{"errorVerbose",
	 "lacks\nx/merr.New\n\t/x/merr.go:3\nx/p.run\n\t/x/p.go:9\nat load\nx/outer.Wrap\n\t/x/outer.go:7\n",
	 2, "error-verbose", "x/merr.New", "/x/merr.go", 3},
	/* escaped by one hand more than usual, and by two */
	{"stack", "a.F\\n\\t/a.go:1\\nb.G\\n\\t/b.go:2", 2, "zap-stack", "a.F", "/a.go", 1},
	{"stack", "a.F\\\\n\\\\t/a.go:1", 1, "zap-stack", "a.F", "/a.go", 1},
	/* the deepest was cut off: the one above it is what is left */
	{"error", "a: stack trace: /w/a.go:1 x.A\n: b: stack trace: /w/b.g", 1, "error-trace", "x.A",
	 "/w/a.go", 1},
	{"error",
	 "<MilvusException: (code=65535, message=fail to search on QueryNode 3: stack trace: "
	 "/w/stack_trace.go:51 x/tracer.StackTrace\n/w/client.go:352 x.(*Base[...]).Call",
	 2, "error-trace", "x/tracer.StackTrace", "/w/stack_trace.go", 51},
	{"error", "stack trace: none", 0, NULL, NULL, NULL, 0},
	{"error", "channel not found", 0, NULL, NULL, NULL, 0},
	{"stack", "", 0, NULL, NULL, NULL, 0},
	{"stack", "no frames at all\nhere", 0, NULL, NULL, NULL, 0},
	{"errorVerbose", "plain text", 0, NULL, NULL, NULL, 0},
	{"reason", "a.F\n\t/a.go:1", 0, NULL, NULL, NULL, 0},
};

static void reads_the_frames_of_each_field(void **state)
{
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
		struct qn_stack stack = {.message = QN_TEXT("untouched")};
		bool found = qn_stack_read_field(normalizer, &arena, qn_text_of(cases[i].key),
						 qn_text_of(cases[i].value), &stack);

		assert_int_equal(found, cases[i].frames > 0);
		if (!found) {
			assert_text(stack.message, "untouched");
			continue;
		}
		assert_string_equal(stack.dialect, cases[i].dialect);
		assert_int_equal(stack.frames_count, cases[i].frames);
		assert_frame(&stack, 0, cases[i].raw, cases[i].file, cases[i].line, 0);
		assert_true(stack.frames[0].is_go);
	}
}

static void the_last_frame_of_a_trace_ends_before_the_reason(void **state)
{
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_stack stack;

	(void)state;
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	assert_true(qn_stack_read_field(
		normalizer, &arena, QN_TEXT("error"),
		QN_TEXT("stack trace: /w/a.go:1 x.A\n/w/b.go:2 x.(*B[...]).Call: rpc error: x"), &stack));
	assert_frame(&stack, 1, "x.(*B[...]).Call", "/w/b.go", 2, 0);
}

static void frames_over_the_limit_are_cut(void **state)
{
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	_cleanup_(qn_buffer_deinit) struct qn_buffer value = {0};
	struct qn_stack stack;

	(void)state;
	for (int i = 0; i < 600; i++)
		qn_buffer_append_string(&value, "x.F\n\t/x.go:7\n");
	assert_no_error(qn_normalizer_create(NULL, 0, &normalizer));
	assert_true(
		qn_stack_read_field(normalizer, &arena, QN_TEXT("stack"), qn_buffer_text(&value), &stack));
	assert_int_equal(stack.frames_count, 512);
	assert_true(stack.is_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_frames_of_each_field),
		cmocka_unit_test(the_last_frame_of_a_trace_ends_before_the_reason),
		cmocka_unit_test(frames_over_the_limit_are_cut),
	};
	return QN_RUN("dialect_zap", tests);
}
