/* Messages and exceptions, read from cores of tests/support/throwers.cc. What is expected is what the
 * program itself says when it dies (glibc's words, "terminate called after throwing..."). */
#include "core/last_words.h"
#include "support/live_core.h"
#include "support/test.h"

#include "base/banned.h"

struct expected {
	const char *mode, *exception, *message;
};

static const struct expected cases[] = {
	{"runtime", "std::runtime_error", "disk is full: 'a' \"b\""},
	{"derived", "app::detail::failure", "segment 4711 is gone"},
	{"second", "app::detail::second", "of two bases"},
	{"virtual", "app::detail::shared", "through a virtual base"},
	{"hidden", "(anonymous namespace)::hidden", "without linkage"},
	{"wrapped", "wrapped<app::detail::failure>", "of a template"},
	{"silent", "app::detail::silent", ""},
	{"system", "std::system_error", "open: No such file or directory"},
	{"memory", "std::bad_alloc", "std::bad_alloc"},
	{"chars", "char const*", "some characters"},
	{"int", "int", "-42"},
	{"noexcept", "std::runtime_error", "out of a function that lets none out"},
	{"nested", "app::detail::failure", "the second one"},
	{"again", "app::detail::failure", "thrown again"},
	{"handler", "app::detail::failure", "in its handler"},
	{"pointer", "app::detail::failure", "from another thread"},
	{"others", "std::out_of_range", "the last one"},
	{"thread", "std::logic_error", "in a thread"},
	{"caught", "", ""},
	{"abort", "", ""},
	{"pure", "", ""},
};

/* of libstdc++ alone, whose layout they have */
static const struct expected of_libstdcxx[] = {
	{"carrier", "app::detail::carrier", "words of its own, long enough"},
	{"brief", "app::detail::carrier", "brief"},
	{"string", "std::string", "a string"},
	{"at", "std::out_of_range", "basic_string::at: __n (which is 100) >= this->size() (which is 3)"},
	{"file", "std::filesystem::__cxx11::filesystem_error",
	 "filesystem error: cannot get file size: No such file or directory [/no/such/file]"},
};

static const struct expected of_glibc[] = {
	{"free", "", "free(): double free detected in tcache 2"},
	{"smash", "", "*** stack smashing detected ***: terminated"},
};

static void check_case(struct live *live, const struct expected *expected)
{
	struct qn_core *core = live_core(live, "throwers", expected->mode);
	char *exception = qn_text_copy(core->exception), *message = qn_text_copy(core->message);

	if (strcmp(exception, expected->exception) != 0 || strcmp(message, expected->message) != 0)
		print_error("%s: '%s' '%s' instead of '%s' '%s'\n", expected->mode, exception, message,
			    expected->exception, expected->message);
	assert_string_equal(exception, expected->exception);
	assert_string_equal(message, expected->message);
	free(exception);
	free(message);
	qn_core_destroy(core);
}

static bool build(struct live *live, const char *how)
{
	live_begin(live);
	if (live_compile(live, how, "throwers.cc", "throwers"))
		return true;
	live_end(live);
	return false;
}

static void check_build(const char *how, bool is_libstdcxx)
{
	struct live live;

	if (!build(&live, how))
		fail_msg("it cannot be compiled: %s", how);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_case(&live, &cases[i]);
	for (size_t i = 0; is_libstdcxx && i < sizeof(of_libstdcxx) / sizeof(*of_libstdcxx); i++)
		check_case(&live, &of_libstdcxx[i]);
	live_end(&live);
}

static void tells_the_exception_that_nobody_caught(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O2 -g -pthread", true);
}

static void needs_no_symbols_of_the_program(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O2 -s -pthread", true);
}

static void reads_static_programs(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O2 -static -pthread", true);
}

static void reads_static_programs_without_names(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O2 -static -s -pthread", true);
}

static void reads_what_clang_made(void **state)
{
	(void)state;
	if (live_has("clang++"))
		check_build("clang++ -std=c++17 -O1 -pthread", true);
}

static void reads_what_libcxxabi_made(void **state)
{
	struct live live;

	(void)state;
	if (!live_has("clang++") || !build(&live, "clang++ -stdlib=libc++ -std=c++17 -O1 -pthread"))
		return;
	live_end(&live);
	check_build("clang++ -stdlib=libc++ -std=c++17 -O1 -pthread", false);
}

static void reads_the_words_of_glibc(void **state)
{
	static const char *const builds[] = {
		"g++ -std=c++17 -O2 -g -fstack-protector-all -pthread",
		"g++ -std=c++17 -O2 -s -fstack-protector-all -pthread",
		"g++ -std=c++17 -O2 -static -fstack-protector-all -pthread",
	};

	(void)state;
	for (size_t b = 0; b < sizeof(builds) / sizeof(*builds); b++) {
		struct live live;
		struct qn_core *core;

		assert_true(build(&live, builds[b]));
		for (size_t i = 0; i < sizeof(of_glibc) / sizeof(*of_glibc); i++)
			check_case(&live, &of_glibc[i]);
		core = live_core(&live, "throwers", "assert");
		assert_true(qn_text_starts(core->message, QN_TEXT("throwers: ")));
		assert_true(qn_text_ends(
			core->message,
			QN_TEXT("Assertion `getenv(\"NO_SUCH_VARIABLE\") && \"it must be set\"' failed.")));
		qn_core_destroy(core);
		live_end(&live);
	}
}

static void cuts_words_over_the_limit(void **state)
{
	struct live live;
	struct qn_core *core;

	(void)state;
	assert_true(build(&live, "g++ -std=c++17 -O2 -pthread"));
	core = live_core(&live, "throwers", "long");
	assert_int_equal(core->message.len, 16U << 10);
	qn_core_destroy(core);
	live_end(&live);
}

/* Judged by c++filt -t. */
static void reads_names_of_types(void **state)
{
	static const char *const names[][2] = {
		{"i", "int"},
		{"PKc", "char const*"},
		{"St13runtime_error", "std::runtime_error"},
		{"N6milvus12SegcoreErrorE", "milvus::SegcoreError"},
		{"N5boost10wrapexceptISt13runtime_errorEE", "boost::wrapexcept<std::runtime_error>"},
		{"NSt8ios_base7failureB5cxx11E", "std::ios_base::failure[abi:cxx11]"},
		{"N1a1bINS_1cENS0_1dEE1eE", "a::b<a::c, a::b::d>::e"},
		{"1fISt6vectorIiSaIiEELi4EE", "f<std::vector<int, std::allocator<int> >, 4>"},
		{"Z4mainE5local", "main::local"},
		{"ZN1a1fEiE5local", "a::f(int)::local"},
		{"N12_GLOBAL__N_16hiddenE", "(anonymous namespace)::hidden"},
		{"NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", "std::string"},
		/* beyond it */
		{"DpT_", "_ZTSDpT_"},
		{"N1aE1", "_ZTSN1aE1"},
		{"S_", "_ZTSS_"},
		{"99999999999999999999999999a", "_ZTS99999999999999999999999999a"},
		{"N", "_ZTSN"},
		{"", "_ZTS"},
	};
	struct qn_arena arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_text(qn_type_name_read(&arena, qn_text_of(names[i][0])), names[i][1]);
	qn_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_of_types),
		cmocka_unit_test(tells_the_exception_that_nobody_caught),
		cmocka_unit_test(needs_no_symbols_of_the_program),
		cmocka_unit_test(reads_static_programs),
		cmocka_unit_test(reads_static_programs_without_names),
		cmocka_unit_test(reads_what_clang_made),
		cmocka_unit_test(reads_what_libcxxabi_made),
		cmocka_unit_test(reads_the_words_of_glibc),
		cmocka_unit_test(cuts_words_over_the_limit),
	};
	const char *why = live_why_not();

	if (!why && !live_has("g++"))
		why = "there is no g++";
	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	return QN_RUN("last words", tests);
}
