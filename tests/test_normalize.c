#include "support/tables.h"

#include "stack/normalize.h"

/* One frame through the shipped tables, with one of the application below it. */
static struct qn_frame normalize_frame(struct qn_arena *arena, const char *raw, const char *file)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_frame frames[] = {{.raw = qn_text_of(raw), .file = qn_text_of(file)},
				    {.raw = QN_TEXT("milvus::query::Search")}};
	struct qn_stack stack = {.frames = frames, .frames_count = 2};

	qn_normalizer_apply(normalizer, arena, &stack);
	qn_normalizer_destroy(normalizer);
	return frames[0];
}

#define LAMBDA_GCC                                                                                        \
	"milvus::futures::Future<R>::asyncProduce<AsyncRetrieve(void*, uint64_t, bool)::<lambda(milvus::" \
	"futures::CancellationToken)> >(folly::Executor::KeepAlive<>, int)::<lambda(auto:85&&)>"

static void makes_names_and_keys(void **state)
{
	static const struct {
		const char *raw, *function, *key;
	} cases[] = {
		{"_ZN6milvus9SkipIndexD4Ev", "milvus::SkipIndex::~SkipIndex",
		 "milvus::SkipIndex::~SkipIndex"},
		{"_ZN6milvus9SkipIndexD4Ev.cold", "milvus::SkipIndex::~SkipIndex",
		 "milvus::SkipIndex::~SkipIndex"},
		{"_ZNK6milvus9SkipIndex6FilterIiEENSt9enable_ifIXntsr3std13is_arithmeticIT_"
		 "EE5valueEbE4typeERKS3_",
		 "milvus::SkipIndex::Filter<int>", "milvus::SkipIndex::Filter"},
		{"folly::ThreadPoolExecutor::runTask (this=0x1, task=...)",
		 "folly::ThreadPoolExecutor::runTask", "folly::ThreadPoolExecutor::runTask"},
		{"operator()<folly::Try<folly::Unit> > (__closure=...)",
		 "operator()<folly::Try<folly::Unit> >", "operator()"},
		{"void f<int>(int) [clone .isra.0]", "f<int>", "f"},
		{"std::vector<int>::operator[](unsigned long) const", "std::vector<int>::operator[]",
		 "std::vector::operator[]"},
		{"bool operator< <int>(int const&, int const&)", "operator<<int>", "operator<"},
		{"std::ostream& milvus::operator<<(std::ostream&, milvus::X const&)", "milvus::operator<<",
		 "milvus::operator<<"},
		{"milvus::operator<<int>(int)", "milvus::operator<<int>", "milvus::operator<"},
		{"milvus::X::operator bool() const", "milvus::X::operator bool", "milvus::X::operator bool"},
		{"operator new(unsigned long)", "operator new", "operator new"},
		{"operator delete[](void*)", "operator delete[]", "operator delete[]"},
		{"(anonymous namespace)::f(int)", "(anonymous namespace)::f", "(anonymous namespace)::f"},
		{"void {anonymous}::f(int)", "(anonymous namespace)::f", "(anonymous namespace)::f"},
		{"int <unnamed>::f()", "(anonymous namespace)::f", "(anonymous namespace)::f"},
		{"non-virtual thunk to folly::A<int>::handlerReady(unsigned short)",
		 "folly::A<int>::handlerReady", "folly::A::handlerReady"},
		{"f(int) const::{lambda(int)#2}::operator()(int) const", "f::{lambda}::operator()",
		 "f::{lambda}"},
		{"f(int)::'lambda0'(auto&&)::operator()(int) const", "f::{lambda}::operator()",
		 "f::{lambda}"},
		{"f()::$_0::operator()() const", "f::{lambda}::operator()", "f::{lambda}"},
		{"f(int) [with T = int]::<lambda()>::_FUN()", "f::{lambda}::_FUN", "f::{lambda}"},
		{LAMBDA_GCC, "milvus::futures::Future<R>::asyncProduce<...>::{lambda}",
		 "milvus::futures::Future::asyncProduce::{lambda}"},
		{"std::__cxx11::basic_string<char>::_M_data[abi:cxx11]() const",
		 "std::__cxx11::basic_string<char>::_M_data", "std::basic_string::_M_data"},
		{"decltype ((f)(0)) std::invoke<int>(int&&)", "std::invoke<int>", "std::invoke"},
		{"std::enable_if<((sizeof...(A))>(1)), int>::type X::f<(a)<(b)>(A...)", "X::f<(a)<(b)>",
		 "X::f"},
		{"runTask+0x45", "runTask", "runTask"},
		{"memcpy@@GLIBC_2.14", "memcpy", "memcpy"},
		{"f.isra.0", "f", "f"},
		{"_cgo_0123456789ab_Cfunc_Insert", "_cgo_0123456789ab_Cfunc_Insert", "_Cfunc_Insert"},
		{"tantivy::index::{{closure}}::h0123456789abcdef", "tantivy::index::{closure}",
		 "tantivy::index::{closure}"},
		{"<tantivy::Foo<T> as core::Bar>::baz::<u8>", "tantivy::Foo<T>::baz::<u8>",
		 "tantivy::Foo::baz"},
		/* cut names: what can be read of them */
		{"_ZN6milvus4exec6Driver4NextER", "milvus::exec::Driver::Next", "milvus::exec::Driver::Next"},
		{"_ZNKSt10_HashtableIN6flu", "std::_Hashtable", "std::_Hashtable"},
		{"_ZN6milvus3FooD2", "milvus::Foo::~Foo", "milvus::Foo::~Foo"},
		{"_ZN12_GLOBAL__N_13fooEq9", "(anonymous namespace)::foo", "(anonymous namespace)::foo"},
		{"_Zq", "_Zq", "_Zq"},
		{"milvus::_GLOBAL__N_1::f(int)", "milvus::(anonymous namespace)::f",
		 "milvus::(anonymous namespace)::f"},
		{"_ZNK6milvus7DerivedcvNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEEv",
		 "milvus::Derived::operator std::__cxx11::basic_string<char, std::char_traits<char>, "
		 "std::allocator<char> >",
		 "milvus::Derived::operator std::basic_string"},
		{"milvus::`anonymous namespace'::f(int)", "milvus::(anonymous namespace)::f",
		 "milvus::(anonymous namespace)::f"},
		{"milvus::<anonymous>::f(int)", "milvus::(anonymous namespace)::f",
		 "milvus::(anonymous namespace)::f"},
		{"f(int)::(anonymous class)::operator()(int) const", "f::{lambda}::operator()",
		 "f::{lambda}"},
		{"f(int)::{default arg#1}::{lambda()#1}::operator()() const", "f::{lambda}::operator()",
		 "f::{lambda}"},
		{"milvus::X::f(std::map<int, long> const&) + 123", "milvus::X::f", "milvus::X::f"},
		{"f.__uniq.123456", "f", "f"},
		{"f._omp_fn.0", "f", "f"},
		{"_cgo_0123456789ab_C2func_Insert", "_cgo_0123456789ab_C2func_Insert", "_Cfunc_Insert"},
		{"_cgoexp_0123456789ab_goCallback", "_cgoexp_0123456789ab_goCallback", "_cgoexp_goCallback"},
		{"_$LT$tantivy..Index$u20$as$u20$core..fmt..Debug$GT$::fmt::h0123456789abcdef",
		 "tantivy::Index::fmt", "tantivy::Index::fmt"},
		{"_ZN55_$LT$r..index..Foo$LT$T$GT$$u20$as$u20$r..index..Go$GT$2go17h64c470b9a6c903c8E",
		 "r::index::Foo<T>::go", "r::index::Foo::go"},
		{"tantivy::index::{impl#3}::open", "tantivy::index::{impl}::open",
		 "tantivy::index::{impl}::open"},
		/* Go */
		{"github.com/milvus-io/milvus/internal/querynodev2/segments.(*LocalSegment).Insert(0xc0, "
		 "{0x1, 0x2})",
		 "github.com/milvus-io/milvus/internal/querynodev2/segments.(*LocalSegment).Insert",
		 "segments.(*LocalSegment).Insert"},
		{"github.com/milvus-io/milvus/pkg/v2/util/conc.(*Pool[...]).Submit.func1.2()",
		 "github.com/milvus-io/milvus/pkg/v2/util/conc.(*Pool[...]).Submit.func1.2",
		 "conc.(*Pool).Submit"},
		{"github.com/panjf2000/ants/v2.(*goWorker).run.func1.1()",
		 "github.com/panjf2000/ants/v2.(*goWorker).run.func1.1", "ants.(*goWorker).run"},
		{"created by github.com/milvus-io/milvus/internal/querynode.(*insertNode).Operate in "
		 "goroutine 12",
		 "github.com/milvus-io/milvus/internal/querynode.(*insertNode).Operate",
		 "querynode.(*insertNode).Operate"},
		{"a/b.(*T).Run-fm(...)", "a/b.(*T).Run-fm", "b.(*T).Run"},
		{"a/b.F.gowrap1()", "a/b.F.gowrap1", "b.F"},
		{"a/b.F-range1()", "a/b.F-range1", "b.F"},
		{"a/b.F.func1-range2()", "a/b.F.func1-range2", "b.F"},
		{"a/b.glob..func1()", "a/b.glob..func1", "b.glob"},
		{"a/b.F\302\267dwrap\302\2671()", "a/b.F\302\267dwrap\302\2671", "b.F"},
		{"a/b.(*T).Run.func1.Close.func2()", "a/b.(*T).Run.func1.Close.func2", "b.(*T).Run"},
		{"a/func1.F()", "a/func1.F", "func1.F"},
		{"c.d/app/vendor/a/b.(*T).Run(0x1)", "c.d/app/vendor/a/b.(*T).Run", "b.(*T).Run"},
		{"a/b@v1.2.3-0.2024-ab/c.(*T).F(0x1)", "a/b@v1.2.3-0.2024-ab/c.(*T).F", "c.(*T).F"},
		{"a/b/v3@v3.5.5.(*T).Run(0x1)", "a/b/v3@v3.5.5.(*T).Run", "b.(*T).Run"},
		{"gopkg.in/yaml%2ev2.F()", "gopkg.in/yaml%2ev2.F", "yaml.v2.F"},
		{"github.com/x/y._Cfunc_Search(0x1)", "github.com/x/y._Cfunc_Search", "_Cfunc_Search"},
		{"github.com/x/y._C2func_Search(0x1)", "github.com/x/y._C2func_Search", "_Cfunc_Search"},
		{"panic({0x1, 0x2})", "panic", "panic"},
		{"runtime.sigpanic()", "runtime.sigpanic", "runtime.sigpanic"},
		/* no names */
		{"(null)", "", ""},
		{"??", "", ""},
		{"?? ()", "", ""},
		{"", "", ""},
		{"non-Go function", "", ""},
		{"0x00007fbce02d44a3", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_frame frame = normalize_frame(&arena, cases[i].raw, "");

		if (!qn_text_equal(frame.key, qn_text_of(cases[i].key)) ||
		    !qn_text_equal(frame.function, qn_text_of(cases[i].function)))
			fail_msg("%s: %.*s | %.*s", cases[i].raw, QN_ARG(frame.key), QN_ARG(frame.function));
		qn_arena_deinit(&arena);
	}
}

static void gives_all_spellings_of_a_function_one_key(void **state)
{
	static const char *const spellings[][4] = {
		{"_ZNK6milvus4Json2atERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
		 "milvus::Json::at(std::__cxx11::basic_string<char> const&) const",
		 "milvus::Json::at (this=0x1, s=...)", "milvus::Json::at"},
		{"_ZZ13AsyncRetrieveENKUlN6milvus7futures17CancellationTokenEE_clES1_",
		 "AsyncRetrieve(void*, bool)::<lambda(milvus::futures::CancellationToken)>",
		 "AsyncRetrieve::{lambda(milvus::futures::CancellationToken)#1}::operator()(milvus::futures::"
		 "CancellationToken) const",
		 "AsyncRetrieve::$_0::operator()(milvus::futures::CancellationToken) const"},
		{"_ZN6milvus12_GLOBAL__N_11fEv", "milvus::(anonymous namespace)::f()",
		 "milvus::{anonymous}::f()", "void milvus::<unnamed>::f()"},
		{"_ZN5folly18ThreadPoolExecutor7runTaskERKSt10shared_ptrINS0_6ThreadEEONS0_4TaskE",
		 "folly::ThreadPoolExecutor::runTask(std::shared_ptr<folly::ThreadPoolExecutor::Thread> "
		 "const&, "
		 "folly::ThreadPoolExecutor::Task&&)",
		 "_ZN5folly18ThreadPoolExecutor7runTaskERKSt10shared_ptrINS0_6ThreadEEON",
		 "folly::ThreadPoolExecutor::runTask(std::shared_ptr<folly::ThreadPoolExecutor::Thread> "
		 "const&, "
		 "folly::ThreadPoolExecutor::Task&&) (.isra.0)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++)
		for (size_t j = 1; j < 4; j++) {
			struct qn_arena arena = {0};
			struct qn_frame first = normalize_frame(&arena, spellings[i][0], "");
			struct qn_frame other = normalize_frame(&arena, spellings[i][j], "");
			char *key = qn_text_copy(first.key);

			assert_text(other.key, key);
			free(key);
			qn_arena_deinit(&arena);
		}
}

static void cuts_build_roots(void **state)
{
	static const char *const cases[][2] = {
		{"/go/src/github.com/milvus-io/milvus/internal/core/src/segcore/segment_c.cpp",
		 "internal/core/src/segcore/segment_c.cpp"},
		{"/workspace/source/internal/core/src/exec/Driver.cpp", "internal/core/src/exec/Driver.cpp"},
		{"/workspace/source/pkg/util/x.go", "pkg/util/x.go"},
		{"/root/milvus/cmd/roles/roles.go", "cmd/roles/roles.go"},
		{"/home/u/ws/internal/core/src/common/Json.h", "internal/core/src/common/Json.h"},
		{"../internal/core/src/common/Json.h", "internal/core/src/common/Json.h"},
		{"/root/.conan/data/folly/2023.10.30.08/milvus/dev/package/00000000/include/folly/futures/"
		 "Future-inl.h",
		 "folly/futures/Future-inl.h"},
		{"/root/.conan/data/arrow/17.0/x/y/package/00/include/arrow/buffer.h", "arrow/buffer.h"},
		{"/go/pkg/mod/github.com/panjf2000/ants/v2@v2.7.2/worker.go",
		 "github.com/panjf2000/ants/v2/worker.go"},
		{"/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.24.4.linux-amd64/src/runtime/asm_amd64.s",
		 "runtime/asm_amd64.s"},
		{"/usr/local/go/src/runtime/panic.go", "runtime/panic.go"},
		{"/usr/include/c++/12/bits/invoke.h", "c++/bits/invoke.h"},
		{"/usr/lib/gcc/x86_64-linux-gnu/9/include/avxintrin.h", "gcc/include/avxintrin.h"},
		{"/rustc/0123456789/library/core/src/panicking.rs", "library/core/src/panicking.rs"},
		{"/home/u/x.cpp", "x.cpp"},
		{"/home/jenkins/agent/workspace/milvus/x/y.cpp", "x/y.cpp"},
		{"/__w/milvus/milvus/x/y.cpp", "x/y.cpp"},
		{"/root/.cache/bazel/_bazel_root/0123/execroot/_main/a/b.cc", "a/b.cc"},
		{"/build/milvus/x/y.cpp", "x/y.cpp"},
		{"/root/.conan2/p/b/follya1b2c3/b/src/folly/Executor.h", "folly/Executor.h"},
		{"./nptl/pthread_create.c", "nptl/pthread_create.c"},
		{"_cgo_gotypes.go", "_cgo_gotypes.go"},
		{"(null)", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_frame frame = normalize_frame(&arena, "f", cases[i][0]);

		assert_text(frame.file, cases[i][1]);
		qn_arena_deinit(&arena);
	}
}

static void gives_roles_by_name_and_file(void **state)
{
	static const struct {
		const char *raw, *file;
		enum qn_role role;
	} cases[] = {
		{"raise", "", QN_ROLE_FAULT},
		{"__GI_abort", "", QN_ROLE_FAULT},
		{"_ZSt9terminatev", "", QN_ROLE_FAULT},
		{"__cxa_throw", "", QN_ROLE_FAULT},
		{"milvus::server::SignalUtil::PrintStacktrace()", "", QN_ROLE_FAULT},
		{"_ZN6milvus6server10SignalUtil12HandleSignalEi", "", QN_ROLE_FAULT},
		{"runtime.goPanicIndex(0x1, 0x2)", "", QN_ROLE_FAULT},
		{"panic({0x1, 0x2})", "/usr/local/go/src/runtime/panic.go", QN_ROLE_FAULT},
		{"github.com/milvus-io/milvus/pkg/v2/log.(*MLogger).Panic(0x1)", "", QN_ROLE_FAULT},
		{"go.uber.org/zap.(*Logger).Panic(...)", "", QN_ROLE_FAULT},
		{"core::panicking::panic_fmt", "", QN_ROLE_FAULT},
		{"milvus::impl::EasyAssertInfo(bool, char const*)", "", QN_ROLE_ASSERT},
		{"std::__invoke_impl<int>(int)", "", QN_ROLE_LIBRARY},
		{"__lower_bound<long const*, milvus::segcore::X::<lambda(int64_t)> >",
		 "/usr/include/c++/12/bits/stl_algobase.h", QN_ROLE_LIBRARY},
		{"load", "/home/u/cmake_build/3rdparty_download/simdjson-src/include/simdjson/haswell/simd.h",
		 QN_ROLE_LIBRARY},
		{"_mm256_loadu_si256(double)", "", QN_ROLE_LIBRARY},
		{"sync.(*Once).doSlow(0x1)", "", QN_ROLE_LIBRARY},
		{"google.golang.org/grpc.(*Server).handleStream(0x1)", "", QN_ROLE_LIBRARY},
		{"github.com/milvus-io/milvus/internal/proto/querypb._QueryNode_Search_Handler(0x1)", "",
		 QN_ROLE_LIBRARY},
		{"github.com/milvus-io/milvus/pkg/v2/util/conc.(*Pool[...]).Submit.func1()", "",
		 QN_ROLE_EXECUTOR},
		{"golang.org/x/sync/errgroup.(*Group).Go.func1()", "", QN_ROLE_EXECUTOR},
		{"folly::CPUThreadPoolExecutor::threadRun(std::shared_ptr<X>)", "", QN_ROLE_EXECUTOR},
		{"invoke<folly::futures::detail::X>", "", QN_ROLE_EXECUTOR},
		{"operator()", "/root/.conan/data/folly/include/folly/futures/Future-inl.h",
		 QN_ROLE_EXECUTOR},
		{"milvus::futures::Future<R>::asyncProduce<F>(int)::{lambda()#1}::operator()() const", "",
		 QN_ROLE_EXECUTOR},
		{"runtime.cgocall(0x1, 0x2)", "", QN_ROLE_RUNTIME},
		{"a/b._Cfunc_Search(0x1)", "_cgo_gotypes.go", QN_ROLE_RUNTIME},
		{"_cgo_0123456789ab_Cfunc_Insert", "/tmp/go-build/cgo-gcc-prolog", QN_ROLE_RUNTIME},
		{"start_thread", "./nptl/pthread_create.c", QN_ROLE_THREAD_ENTRY},
		{"runtime.goexit()", "", QN_ROLE_THREAD_ENTRY},
		{"(null)", "(null)", QN_ROLE_UNKNOWN},
		{"Insert", "/root/milvus/internal/core/src/segcore/segment_c.cpp", QN_ROLE_USER},
		{"AsyncSearch", "", QN_ROLE_USER},
		{"operator()", "/workspace/source/internal/core/src/segcore/segment_c.cpp", QN_ROLE_USER},
		{"knowhere::Config::Load",
		 "/go/src/x/cmake_build/thirdparty/knowhere/knowhere-src/src/config.cc", QN_ROLE_USER},
		{"operator()", "", QN_ROLE_LIBRARY},
		{"github.com/milvus-io/milvus/internal/proxy.(*MetaCache).GetShards(0x1)", "", QN_ROLE_USER},
		{"c.d/app/vendor/github.com/milvus-io/milvus/internal/proxy.(*MetaCache).GetShards(0x1)", "",
		 QN_ROLE_USER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_frame frame = normalize_frame(&arena, cases[i].raw, cases[i].file);

		if (frame.role != cases[i].role)
			fail_msg("%s (%s): %s", cases[i].raw, cases[i].file, qn_role_name(frame.role));
		qn_arena_deinit(&arena);
	}
}

static void apply(struct qn_arena *arena, struct qn_stack *stack)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();

	qn_normalizer_apply(normalizer, arena, stack);
	qn_normalizer_destroy(normalizer);
}

static void drops_copies_and_marks_inlined_frames(void **state)
{
	struct qn_frame frames[] = {
		{.raw = QN_TEXT("milvus::a"), .file = QN_TEXT("a.h"), .line = 1, .pc = 16},
		{.raw = QN_TEXT("milvus::a"), .file = QN_TEXT("a.h"), .line = 1, .pc = 16},
		{.raw = QN_TEXT("milvus::b"), .file = QN_TEXT("b.h"), .line = 2, .pc = 16},
		{.raw = QN_TEXT("milvus::a"), .file = QN_TEXT("a.h"), .line = 1, .pc = 16},
		{.raw = QN_TEXT("milvus::a"), .file = QN_TEXT("a.h"), .line = 1, .pc = 32},
		{.raw = QN_TEXT("a/b.F(0x1)"), .file = QN_TEXT("b.go"), .line = 1, .pc = 48},
		{.raw = QN_TEXT("a/b.F(0x1)"), .file = QN_TEXT("b.go"), .line = 1, .pc = 48},
		{.raw = QN_TEXT("a/b.G(...)"), .file = QN_TEXT("b.go"), .line = 1},
		{.raw = QN_TEXT("(null)"), .file = QN_TEXT("(null)"), .pc = UINT64_MAX},
	};
	struct qn_stack stack = {.frames = frames, .frames_count = sizeof(frames) / sizeof(*frames)};
	struct qn_arena arena = {0};
	static const bool inlined[] = {true, false, false, false, false, true};

	(void)state;
	apply(&arena, &stack);
	assert_int_equal(stack.frames_count, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(stack.frames[i].is_inlined, inlined[i]);
	assert_text(stack.frames[1].key, "milvus::b");
	qn_arena_deinit(&arena);
}

static void the_bridge_to_c_stands_in_where_no_frame_is_the_application_s(void **state)
{
	struct qn_frame frames[] = {
		{.raw = QN_TEXT("runtime.cgocall(0x1, 0x2)")},
		{.raw = QN_TEXT("a/b._Cfunc_Search(0x1)")},
	};
	struct qn_stack stack = {.frames = frames, .frames_count = 2};
	struct qn_arena arena = {0};

	(void)state;
	apply(&arena, &stack);
	assert_int_equal(stack.frames[0].role, QN_ROLE_RUNTIME);
	assert_int_equal(stack.frames[1].role, QN_ROLE_USER);
	qn_arena_deinit(&arena);
}

static void skips_the_re_throws_of_a_go_panic(void **state)
{
	struct qn_frame frames[] = {
		{.raw = QN_TEXT("panic({0x1, 0x2})")},
		{.raw = QN_TEXT("github.com/milvus-io/milvus/internal/x.(*T).recover.func1()")},
		{.raw = QN_TEXT("panic({0x1, 0x2})")},
		{.raw = QN_TEXT("github.com/milvus-io/milvus/internal/x.Origin()")},
	};
	struct qn_stack stack = {.kind = QN_KIND_PANIC, .frames = frames, .frames_count = 4};
	struct qn_arena arena = {0};

	(void)state;
	apply(&arena, &stack);
	assert_int_equal(frames[1].role, QN_ROLE_FAULT);
	assert_int_equal(qn_stack_first_user(&stack), 3);
	qn_arena_deinit(&arena);
}

static void reads_hostile_names_in_linear_time(void **state)
{
	static const char *const pieces[] = {
		"<",         "(",          "[",       "{",       "a<",      "a(",      " (",
		" <",        "::",         "<lambda", "{lambda", "'lambda", "$_",      "operator",
		"operator<", " const",     ">",       ")",       "<>",      "()",      ".",
		"/",         "/v2",        ".func1",  "_Z",      "N1a",     "\xff",    "operator ",
		" as ",      "(anonymous", "[...]",   "a.b(",    "@v1",     "vendor/", "func1."};
	char *name = malloc(100000);
	struct qn_arena arena = {0};

	(void)state;
	assert_non_null(name);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		size_t len = 0, piece = strlen(pieces[i]);
		struct qn_normalizer *normalizer = qn_shipped_normalizer();
		struct qn_frame frame = {0};
		struct qn_stack stack = {.frames = &frame, .frames_count = 1};

		for (; len + piece < 99999; len += piece)
			memcpy(name + len, pieces[i], piece);
		frame.raw = (struct qn_text){name, len};
		qn_normalizer_apply(normalizer, &arena, &stack);
		assert_true(frame.key.len <= 5U * 65536U);
		qn_arena_clear(&arena);
		qn_normalizer_destroy(normalizer);
	}
	free(name);
	qn_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_names_and_keys),
		cmocka_unit_test(gives_all_spellings_of_a_function_one_key),
		cmocka_unit_test(cuts_build_roots),
		cmocka_unit_test(gives_roles_by_name_and_file),
		cmocka_unit_test(drops_copies_and_marks_inlined_frames),
		cmocka_unit_test(the_bridge_to_c_stands_in_where_no_frame_is_the_application_s),
		cmocka_unit_test(skips_the_re_throws_of_a_go_panic),
		cmocka_unit_test(reads_hostile_names_in_linear_time),
	};
	return QN_RUN("normalize", tests);
}
