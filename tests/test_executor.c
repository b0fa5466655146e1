#include "support/tables.h"

static void read_stack(struct qn_arena *arena, struct qn_stack *stack)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();

	qn_normalizer_apply(normalizer, arena, stack);
	qn_normalizer_destroy(normalizer);
}

static void reads_the_task_in_every_spelling(void **state)
{
	static const char *const cases[][2] = {
		{"folly::makeTryWith<const milvus::futures::Future<R>::asyncProduce<AsyncRetrieve(void*, "
		 "bool)::<lambda("
		 "milvus::futures::CancellationToken)> >(int)::<lambda()> >",
		 "AsyncRetrieve"},
		{"invoke<folly::X<milvus::futures::Future<R>::asyncProduce<AsyncSearch::{lambda(int)#1}>(int)"
		 ">>",
		 "AsyncSearch"},
		{"f<milvus::futures::Future<R>::asyncProduce<AsyncSearch::$_0>>", "AsyncSearch"},
		{"f<milvus::futures::Future<R>::async<AsyncSearch::'lambda'(int)>>", "AsyncSearch"},
		{"f<milvus::futures::Future<R>::asyncProduce<milvus::segcore::Warm(int)::<lambda()> >>",
		 "milvus::segcore::Warm"},
		{"_ZN5folly1XIZN6milvus7futures6FutureI1RE12asyncProduceIZ22AsyncRetrieveByOffsetsEUlvE_EEvE",
		 "AsyncRetrieveByOffsets"},
		{"_ZN5folly1XIZN6milvus7futures6FutureI1RE12asyncProduceIRZ13AsyncRetrieveE3$_0",
		 "AsyncRetrieve"},
		{"_ZN5folly1XIZN6milvus7futures6FutureI1RE5asyncIZNK6milvus4WarmEvEUlvE_", "milvus::Warm"},
		/* length prefixes that lie, names that only look like it */
		{"_ZN5folly12asyncProduceIZ99AsyncRetrieve", ""},
		{"_ZN5folly11asyncProduceIZ13AsyncRetrieve", ""},
		{"myasyncProduce<AsyncRetrieve>", ""},
		{"f<X::asyncProduce<", ""},
		{"f<X::asyncProduce", ""},
		{"_ZN5folly12asyncProduceI", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_frame frame = {.raw = qn_text_of(cases[i][0])};
		struct qn_stack stack = {.frames = &frame, .frames_count = 1};

		read_stack(&arena, &stack);
		assert_text(stack.executor.task, cases[i][1]);
		assert_text(stack.executor.kind, "");
		qn_arena_deinit(&arena);
	}
}

static void names_the_kind_and_pool_of_the_worker(void **state)
{
	struct qn_frame frames[] = {
		{.raw = QN_TEXT("milvus::segcore::f()")},
		{.raw = QN_TEXT(
			 "_ZN5folly18ThreadPoolExecutor7runTaskERKSt10shared_ptrINS0_6ThreadEEONS0_4TaskE")},
		{.raw = QN_TEXT("_ZN5folly21CPUThreadPoolExecutor9threadRunESt10shared_ptrINS_"
				"18ThreadPoolExecutor6ThreadEE")},
	};
	struct qn_stack stack = {.frames = frames, .frames_count = 3, .thread = QN_TEXT("MILVUS_FUTURE_C")};
	struct qn_arena arena = {0};

	(void)state;
	read_stack(&arena, &stack);
	assert_text(stack.executor.kind, "CPUThreadPoolExecutor");
	assert_text(stack.executor.pool, "MILVUS_FUTURE_CPU_");
	assert_text(stack.executor.task, "");
	stack = (struct qn_stack){.frames = frames, .frames_count = 2};
	read_stack(&arena, &stack);
	assert_text(stack.executor.kind, "ThreadPoolExecutor");
	assert_text(stack.executor.pool, "");
	qn_arena_deinit(&arena);
}

static void searches_long_names_in_linear_time(void **state)
{
	size_t len = 1U << 19, at = 0;
	char *name = malloc(len);
	struct qn_arena arena = {0};
	struct qn_frame frame = {0};
	struct qn_stack stack = {.frames = &frame, .frames_count = 1};

	(void)state;
	assert_non_null(name);
	for (; at + 15 <= len; at += 15)
		memcpy(name + at, "::asyncProduce<", 15);
	frame.raw = (struct qn_text){name, at};
	read_stack(&arena, &stack);
	assert_text(stack.executor.task, "");
	free(name);
	qn_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_task_in_every_spelling),
		cmocka_unit_test(names_the_kind_and_pool_of_the_worker),
		cmocka_unit_test(searches_long_names_in_linear_time),
	};
	return QN_RUN("executor", tests);
}
