#include "support/test.h"

#include <pthread.h>
#include <time.h>

#include "base/limits.h"
#include "stack/demangle.h"

static void reads_names_of_cpp_and_rust(void **state)
{
	static const struct {
		const char *mangled, *demangled;
	} cases[] = {
		{"_ZN6milvus9SkipIndexD4Ev", "milvus::SkipIndex::~SkipIndex()"},
		{"_ZNK6milvus12ColumnVector10GetRawDataEv", "milvus::ColumnVector::GetRawData() const"},
		{"_ZN5folly6detail8function14FunctionTraitsIFvvEEclEv",
		 "folly::detail::function::FunctionTraits<void ()>::operator()()"},
		{"_ZN7tantivy5index4open17h0123456789abcdefE", "tantivy::index::open"},
		{"_RNvC6_123foo3bar", "123foo::bar"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_text text = {0};

		assert_true(qn_demangle(&arena, qn_text_of(cases[i].mangled), &text));
		assert_text(text, cases[i].demangled);
		qn_arena_deinit(&arena);
	}
}

static void refuses_what_is_no_mangled_name(void **state)
{
	static const char *const names[] = {"",           "_",   "_Z", "_ZN",  "i",   "main",
					    "_ZN6milvus", "_Z9", "_R", "_RNv", "_Rx", "_ZN3fooE\x01",
					    "_RNvu3_"};
	struct qn_arena arena = {0};
	struct qn_text text = QN_TEXT("as before");

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_false(qn_demangle(&arena, qn_text_of(names[i]), &text));
	assert_false(qn_demangle(&arena, (struct qn_text){"_Z1fv\0x", 7}, &text));
	assert_text(text, "as before");
	qn_arena_deinit(&arena);
}

#ifdef HAVE_LLVM_DEMANGLER
static void reads_generic_lambdas_in_template_arguments(void **state)
{
	/* Of clang: GNU demanglers refuse the second. */
	static const char *const names[] = {
		"_ZZN6milvus7futures6FutureI15CRetrieveResultE12asyncProduceIZ13AsyncRetrieveE3$_0EEvOT_"
		"ENKUlOT_E_clIN5"
		"folly3TryINS8_4UnitEEEEEDaS6_",
		"_ZN5folly6FutureINS_"
		"4UnitEE7thenTryIZN6milvus7futures6FutureI15CRetrieveResultE12asyncProduceIZ13Async"
		"RetrieveE3$_0EEvT_EUlOT_E_EEvSB_",
	};
	struct qn_arena arena = {0};
	struct qn_text text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_true(qn_demangle(&arena, qn_text_of(names[i]), &text));
		assert_true(qn_text_contains(text, QN_TEXT("asyncProduce<AsyncRetrieve::$_0>")));
	}
	qn_arena_deinit(&arena);
}

/* As many as libstdc++ and libiberty failed on in one binary: 7 results, 47 tasks, 3 shapes of lambda. */
static void reads_all_987_names_of_generic_lambdas(void **state)
{
	static const char *const results[] = {"15CRetrieveResult",
					      "13CSearchResult",
					      "N6milvus5proto6CProtoE",
					      "17CRetrieveByOffset",
					      "i",
					      "St4pairIiSt6vectorIlSaIlEEE",
					      "Pv"};
	static const char *const shapes[] = {"EUlOT_E_", "EUlT_DpOT0_E_", "EUlOT_OT0_E1_"};
	struct qn_arena arena = {0};
	struct qn_text text = {0};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < 987; i++) {
		char task[32], name[512];

		snprintf(task, sizeof(task), "Task%0*zu", (int)(1 + i / 7 % 47 % 9), i / 7 % 47 + 10);
		snprintf(name, sizeof(name),
			 "_ZN5folly6FutureINS_4UnitEE7thenTryIZN6milvus7futures6FutureI%sE12asyncProduceIZ%"
			 "zu%s"
			 "vE3$_0EEvT_%sEEvSB_",
			 results[i % 7], strlen(task), task, shapes[i / 329]);
		if (!qn_demangle(&arena, qn_text_of(name), &text))
			fail_msg("%s is not read", name);
		assert_true(qn_text_contains(text, qn_text_of(task)));
		assert_true(qn_text_starts(text, QN_TEXT("void folly::Future<folly::Unit>::thenTry<")));
		count++;
		qn_arena_clear(&arena);
	}
	assert_int_equal(count, 987);
	qn_arena_deinit(&arena);
}
#endif

/* f(pair<int, int>, pair<that, that>, pair<that, that>, ...): each level twice the one before */
static size_t write_bomb(char *name, unsigned levels)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"; /* of substitutions */
	size_t len = 15;

	memcpy(name, "_Z1fSt4pairIiiE", len);
	for (unsigned i = 0; i < levels; i++)
		len += (size_t)snprintf(name + len, 16, "S_IS%c_S%c_E", digits[i], digits[i]);
	return len;
}

static void gives_up_on_a_name_that_expands_without_end(void **state)
{
	char name[1024];
	struct qn_arena arena = {0};
	struct qn_text text;
	struct timespec begin, end;

	(void)state;
	for (unsigned levels = 9; levels < 36; levels += 3) {
		size_t len = write_bomb(name, levels);

		clock_gettime(CLOCK_MONOTONIC, &begin);
		assert_int_equal(qn_demangle(&arena, (struct qn_text){name, len}, &text), levels < 12);
		assert_true(levels >= 12 || text.len <= QN_DEMANGLED_BYTES_MAX);
		clock_gettime(CLOCK_MONOTONIC, &end);
		assert_true((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000 <
			    250);
	}
	assert_false(qn_demangle(&arena, qn_text_of("_Z1fSt4pairIS_IS_IS_IS_IS_IS_IS_IS_"), &text));
	qn_arena_deinit(&arena);
}

static void *demangle_nested_names(void *context)
{
	static const char *const pieces[] = {"P",    "N",    "I",    "Z",     "K",        "F", "J",  "LZ",
					     "N1aI", "Z1aI", "NUlZ", "ZN1aI", "nt",       "X", "cv", "nw",
					     "A_",   "DpPK", "M",    "C",     "St4pairI", "Dp"};
	static const char *const starts[] = {"_Z", "_Z1f", "_Z1fI", "_Z1fIX", "_RNvC", "_RIC1a", "_RX"};
	struct qn_arena arena = {0};
	struct qn_text text;
	char *name = malloc(QN_SYMBOL_BYTES_MAX + 64);

	for (size_t i = 0; name && i < sizeof(starts) / sizeof(*starts); i++)
		for (size_t j = 0; j < sizeof(pieces) / sizeof(*pieces); j++) {
			size_t len = strlen(starts[i]), piece = strlen(pieces[j]);

			memcpy(name, starts[i], len);
			for (; len + piece + 1 < QN_SYMBOL_BYTES_MAX; len += piece)
				memcpy(name + len, pieces[j], piece);
			name[len++] = 'i';
			(void)qn_demangle(&arena, (struct qn_text){name, len}, &text);
			qn_arena_clear(&arena);
		}
	free(name);
	qn_arena_deinit(&arena);
	return context;
}

static void survives_deep_nesting_on_a_thread_s_stack(void **state)
{
	pthread_attr_t attributes;
	pthread_t thread;
	void *result = NULL;
	int here = 0;

	(void)state;
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstacksize(&attributes, 8U << 20), 0);
	assert_int_equal(pthread_create(&thread, &attributes, demangle_nested_names, &here), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, &here);
	pthread_attr_destroy(&attributes);
}

static void refuses_names_over_the_caps(void **state)
{
	size_t len = QN_SYMBOL_BYTES_MAX + 1;
	char *name = malloc(len);
	struct qn_arena arena = {0};
	struct qn_text text;

	(void)state;
	assert_non_null(name);
	memset(name, 'P', len);
	memcpy(name, "_Z1f", 4);
	name[len - 2] = 'i';
#ifdef HAVE_LLVM_DEMANGLER /* libiberty stops at 2048 levels of its own */
	assert_true(qn_demangle(&arena, (struct qn_text){name, len - 1}, &text));
#endif
	name[len - 1] = 'i';
	assert_false(qn_demangle(&arena, (struct qn_text){name, len}, &text));
	memset(name + 4, 'Z', len - 5);
	assert_false(qn_demangle(&arena, (struct qn_text){name, len - 1}, &text));
	free(name);
	qn_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_of_cpp_and_rust),
		cmocka_unit_test(refuses_what_is_no_mangled_name),
#ifdef HAVE_LLVM_DEMANGLER
		cmocka_unit_test(reads_generic_lambdas_in_template_arguments),
		cmocka_unit_test(reads_all_987_names_of_generic_lambdas),
#endif
		cmocka_unit_test(gives_up_on_a_name_that_expands_without_end),
		cmocka_unit_test(survives_deep_nesting_on_a_thread_s_stack),
		cmocka_unit_test(refuses_names_over_the_caps),
	};
	return QN_RUN("demangle", tests);
}
