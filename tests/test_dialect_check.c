#include "support/crash_feed.h"

static const struct check_case {
	const char *text, *dialect, *exception, *message, *name, *file; /* name NULL: no frame */
	uint32_t line;
} cases[] = {
	{"/usr/include/c++/12/bits/stl_deque.h:88: reference std::deque<_Tp>::front() [with _Tp = long]: "
	 "Assertion '!this->empty()' failed.\n",
	 "c-assert", "assert()", "Assertion '!this->empty()' failed.",
	 "reference std::deque<_Tp>::front() [with _Tp = long]", "/usr/include/c++/12/bits/stl_deque.h", 88},
	{"Faiss assertion 'k > 0' failed in virtual void faiss::IndexX::range(long) const at "
	 "/src/faiss/IndexX.cpp:41\n",
	 "faiss-assert", "Faiss assertion", "Faiss assertion 'k > 0' failed",
	 "virtual void faiss::IndexX::range(long) const", "/src/faiss/IndexX.cpp", 41},
	{"Faiss assertion 'k > 0' failed in void f() at IndexX.cpp:41; details: k at 3\n", "faiss-assert",
	 "Faiss assertion", "Faiss assertion 'k > 0' failed", "void f()", "IndexX.cpp", 41},
	{"/src/arrow/buffer.cc:51:  Check failed: (size) <= (capacity) too large\n", "arrow-check",
	 "arrow CHECK", "Check failed: (size) <= (capacity) too large", NULL, NULL, 0},
	{"<jemalloc>: src/rtree.c:12: Failed assertion: \"leaf != NULL\"\n", "abort-text", "",
	 "<jemalloc>: src/rtree.c:12: Failed assertion: \"leaf != NULL\"", NULL, NULL, 0},
	{"src/tcmalloc.cc:278] Attempt to free invalid pointer 0x7f00\n", "abort-text", "",
	 "Attempt to free invalid pointer 0x7f00", NULL, NULL, 0},
};

static void tells_what_was_asserted_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;
		const struct qn_stack *stack;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		stack = feed.stacks[0];
		assert_int_equal(stack->kind, QN_KIND_ABORT);
		assert_string_equal(stack->dialect, cases[i].dialect);
		assert_text(stack->exception, cases[i].exception);
		assert_text(stack->message, cases[i].message);
		assert_int_equal(stack->frames_count, cases[i].name != NULL);
		if (cases[i].name)
			assert_frame(stack, 0, cases[i].name, cases[i].file, cases[i].line, 0);
		assert_int_equal(stack->damage_count, 0);
		feed_deinit(&feed);
	}
}

static void what_only_begins_like_it_is_no_failure(void **state)
{
	static const char *const texts[] = {
		"<jemalloc>: Number of CPUs detected is not deterministic. Per-CPU arena disabled.\n",
		"<jemalloc>: Invalid conf pair: prof:true\n",
		"the check says: Assertion 'x' failed.\n",
		"a.cc: see what Assertion 'x' failed. means\n",
		"Faiss assertion 'x' failed in some way\n",
		"retry:  Check failed: no such file\n",
		"x] Attempt to free invalid pointer p\n",
		"tcmalloc: large alloc 1073741824 bytes == 0x5581a6000 @  0x7f8d5d0a1b03\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		if (feed.count)
			print_error("%s", texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

/* Arrow prints its backtrace below, and Go's runtime tells of the signal. */
static void the_signal_that_follows_is_the_same_event(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "/src/arrow/buffer.cc:51:  Check failed: (size) <= (capacity)\n"
			"/lib/libarrow.so(+0x8a1b2c)[0x7f5b41e31a45]\n"
			"/lib/libmilvus_core.so(_ZN6milvus7storage6Reader4openEv+0x1c)[0x7f5b42e31c45]\n"
			"SIGABRT: abort\nPC=0x7f5b3c036387 m=3 sigcode=18446744073709551610\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_ABORT);
	assert_text(feed.stacks[0]->signal, "SIGABRT");
	assert_text(feed.stacks[0]->exception, "arrow CHECK");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void a_complaint_of_jemalloc_ends_no_report(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "/src/arrow/buffer.cc:51:  Check failed: (a) == (b)\n"
			"<jemalloc>: Error in munmap(): Cannot allocate memory\n"
			"<jemalloc>: src/rtree.c:12: Failed assertion: \"leaf != NULL\"\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->exception, "arrow CHECK");
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_was_asserted_and_where),
		cmocka_unit_test(what_only_begins_like_it_is_no_failure),
		cmocka_unit_test(the_signal_that_follows_is_the_same_event),
		cmocka_unit_test(a_complaint_of_jemalloc_ends_no_report),
	};

	return QN_RUN("dialect_check", tests);
}
