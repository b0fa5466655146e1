#include "support/tables.h"

#include "base/cursor.h"
#include "stack/told_end.h"

#define FRAMES_MAX 16

/* @frames: names in lines, innermost first */
static struct qn_stack read_end(struct qn_arena *arena, struct qn_frame list[FRAMES_MAX], const char *frames,
				struct qn_stack stack)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_cursor cursor = qn_cursor_of(qn_text_of(frames));
	struct qn_text line;

	stack.frames = list;
	while (qn_cursor_take_line(&cursor, &line))
		list[stack.frames_count++] = (struct qn_frame){.raw = line};
	qn_normalizer_apply(normalizer, arena, &stack);
	qn_told_end_find(&stack);
	qn_normalizer_destroy(normalizer);
	return stack;
}

#define APP "github.com/milvus-io/milvus/internal/datanode.(*syncTask).Flush(0x1)\n"
#define NIL "invalid memory address or nil pointer dereference"
#define CPP "milvus::storage::Reader::Next()\n"

static void tells_the_end_that_frames_prove(void **state)
{
	static const struct {
		const char *frames, *signal, *message;
		enum qn_kind kind;
	} cases[] = {
		{"panic({0x1, 0x2})\nruntime.panicmem(...)\nruntime.sigpanic()\n" APP, "SIGSEGV", NIL,
		 QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.goPanicIndex(0x5, 0x5)\n" APP, "", "index out of range",
		 QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.goPanicSliceAlen(0x5, 0x5)\n" APP, "",
		 "slice bounds out of range", QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.panicdottypeE(0x1, 0x2, 0x3)\n" APP, "", "interface conversion",
		 QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.panicdivide()\n" APP, "", "integer divide by zero",
		 QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.panicdivide()\nruntime.sigpanic()\n" APP, "SIGFPE",
		 "integer divide by zero", QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.mapassign_faststr(0x1)\n" APP, "",
		 "assignment to entry in nil map", QN_KIND_PANIC},
		{"panic({0x1, "
		 "0x2})\nruntime.typehash(0x1)\nruntime.nilinterhash(0x1)\nruntime.mapassign(0x1)\n" APP,
		 "", "hash of unhashable type", QN_KIND_PANIC},
		{"runtime.throw({0x1, 0x2})\nruntime.mapassign_fast64(0x1)\n" APP, "",
		 "concurrent map access", QN_KIND_PANIC},
		{"internal/runtime/maps.fatal({0x1, 0x2})\nruntime.mapaccess1_fast64(0x1)\n" APP, "",
		 "concurrent map access", QN_KIND_PANIC},
		/* it was raised again: the first one is what happened */
		{"panic({0x1, 0x2})\nruntime.goPanicIndex(0x5, 0x5)\n" APP
		 "panic({0x1, 0x2})\nruntime.panicmem(...)\nruntime.sigpanic()\n" APP,
		 "SIGSEGV", NIL, QN_KIND_PANIC},
		{"raise\nabort\nstd::terminate()\n" CPP, "SIGABRT", "", QN_KIND_ABORT},
		{"__pthread_kill_implementation\n__GI_abort\n__assert_fail\n" CPP, "SIGABRT", "",
		 QN_KIND_ABORT},
		/* any panic, any signal */
		{"panic({0x1, 0x2})\n" APP, "", "", QN_KIND_PANIC},
		{"panic({0x1, 0x2})\n" APP "runtime.panicmem(...)\n", "", "", QN_KIND_PANIC},
		{"runtime.throw({0x1, 0x2})\nruntime.sigpanic()\n" APP, "", "", QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.mapaccess1(0x1)\n" APP, "", "", QN_KIND_PANIC},
		{"panic({0x1, 0x2})\nruntime.goPanicSliceConvert(0x1, 0x2)\n" APP, "", "", QN_KIND_PANIC},
		{CPP "abort\n", "", "", QN_KIND_CRASH},
		{"memcpy\n" CPP, "", "", QN_KIND_CRASH},
		{"__cxa_throw\n" CPP, "", "", QN_KIND_CRASH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_frame frames[FRAMES_MAX] = {0};
		struct qn_arena arena = {0};
		enum qn_kind kind = cases[i].kind == QN_KIND_PANIC ? QN_KIND_PANIC : QN_KIND_CRASH;
		struct qn_stack stack =
			read_end(&arena, frames, cases[i].frames, (struct qn_stack){.kind = kind});

		if (stack.kind != cases[i].kind ||
		    !qn_text_equal(stack.signal, qn_text_of(cases[i].signal)) ||
		    !qn_text_equal(stack.message, qn_text_of(cases[i].message)))
			fail_msg("%s: %s, %.*s, %.*s", cases[i].frames, qn_kind_name(stack.kind),
				 QN_ARG(stack.signal), QN_ARG(stack.message));
		qn_arena_deinit(&arena);
	}
}

static void what_is_told_stays(void **state)
{
	static const char frames[] = "panic({0x1, 0x2})\nruntime.panicmem(...)\nruntime.sigpanic()\n" APP;
	const struct qn_stack told[] = {
		{.kind = QN_KIND_PANIC, .message = QN_TEXT("no such channel")},
		{.kind = QN_KIND_PANIC, .signal = QN_TEXT("SIGBUS")},
		{.kind = QN_KIND_ABORT, .exception = QN_TEXT("std::bad_alloc")},
		{.kind = QN_KIND_SANITIZER},
		{.kind = QN_KIND_ERROR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		struct qn_frame list[FRAMES_MAX] = {0};
		struct qn_arena arena = {0};
		struct qn_stack stack = read_end(&arena, list, frames, told[i]);

		assert_int_equal(stack.kind, told[i].kind);
		assert_true(qn_text_equal(stack.message, told[i].message));
		assert_true(qn_text_equal(stack.signal, told[i].signal));
		qn_arena_deinit(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_end_that_frames_prove),
		cmocka_unit_test(what_is_told_stays),
	};
	return QN_RUN("told_end", tests);
}
