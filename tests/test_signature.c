#include "support/tables.h"

#include "base/cursor.h"
#include "signature/culprit.h"
#include "signature/signature.h"

#define FRAMES_MAX 32

/* "name\tfile" lines, innermost first; "+name" is inlined into the next */
static struct qn_signature sign(struct qn_arena *arena, const char *frames, struct qn_stack stack)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_frame list[FRAMES_MAX] = {0};
	struct qn_cursor cursor = qn_cursor_of(qn_text_of(frames));
	struct qn_signature signature = {0};
	struct qn_text line;
	uint64_t pc = 4096;

	stack.frames = list;
	while (qn_cursor_take_line(&cursor, &line)) {
		size_t tab = qn_text_find_byte(line, '\t');
		struct qn_frame *frame = &list[stack.frames_count++];

		frame->raw = qn_text_first(line, tab);
		if (tab != SIZE_MAX)
			frame->file = qn_text_from(line, tab + 1);
		frame->pc = pc;
		pc += !qn_text_starts(line, QN_TEXT("+"));
		if (qn_text_starts(line, QN_TEXT("+")))
			frame->raw = qn_text_from(frame->raw, 1);
	}
	qn_normalizer_apply(normalizer, arena, &stack);
	assert_no_error(qn_signature_of_stack(arena, &stack, &signature));
	signature.title = qn_arena_copy(arena, signature.title);
	signature.signal = qn_arena_copy(arena, signature.signal);
	signature.reason = qn_arena_copy(arena, signature.reason);
	qn_normalizer_destroy(normalizer);
	return signature;
}

#define SEGV(kind_)                                                                        \
	(struct qn_stack)                                                                  \
	{                                                                                  \
		.kind = (kind_), .signal = QN_TEXT("SIGSEGV"), .dialect = "native-handler" \
	}
#define PANIC(message_)                                                                    \
	(struct qn_stack)                                                                  \
	{                                                                                  \
		.kind = QN_KIND_PANIC, .message = QN_TEXT(message_), .dialect = "go-panic" \
	}
#define TERMINATE(exception_, what_)                                                                   \
	(struct qn_stack)                                                                              \
	{                                                                                              \
		.kind = QN_KIND_ABORT, .signal = QN_TEXT("SIGABRT"), .exception = QN_TEXT(exception_), \
		.message = QN_TEXT(what_), .dialect = "cgo-signal"                                     \
	}

#define M "github.com/milvus-io/milvus/internal/"
#define CGO "runtime.cgocall(0x1, 0x2)\n"
#define DELETE                                                      \
	CGO M "querynodev2/segments._Cfunc_DeleteSegment(0x7f)\n" M \
	      "querynodev2/segments.(*LocalSegment).Release.func1()\n"
#define NATIVE                                                                                      \
	"_ZN6milvus7segcore13SegmentSealed6LookupEv\nDeleteSegment\t/go/internal/core/src/segcore/" \
	"segment_c.cpp\n"
#define FOLLY                                                                                             \
	"invoke<folly::futures::detail::X<milvus::futures::Future<R>::asyncProduce<AsyncSearch(void*)::<" \
	"lambda()> >\n"                                                                                   \
	"_ZN5folly6detail8function14FunctionTraitsIFvvEEclEv\n"                                           \
	"_ZN5folly21CPUThreadPoolExecutor9threadRunESt10shared_ptrINS_18ThreadPoolExecutor6ThreadEE\n"
#define LADDER                                             \
	"_ZN6milvus4exec17PhyFilterBitsNode9GetOutputEv\n" \
	"_ZN6milvus4exec6Driver4NextERSt10shared_ptrINS0_13BlockingStateEE\n"

#define START "github.com/milvus-io/milvus/cmd/roles.runComponent[...].func1()\n"

static void names_failures_for_people(void **state)
{
	const struct {
		const char *frames;
		struct qn_stack stack;
		const char *title;
		enum qn_kind kind;
		int tenths; /* of confidence */
	} cases[] = {
		{"std::get()\n_ZNK6milvus12ColumnVector10GetRawDataEv\n" FOLLY, SEGV(QN_KIND_CRASH),
		 "SIGSEGV in milvus::ColumnVector::GetRawData", QN_KIND_CRASH, 10},
		{NATIVE DELETE, SEGV(QN_KIND_PANIC), "SIGSEGV in milvus::segcore::SegmentSealed::Lookup",
		 QN_KIND_CRASH, 10},
		{"panic({0x1})\n" M "querynodev2/segments.ReduceSearchResults(0x1)\n",
		 PANIC("runtime error: index out of range [-1] [recovered]"),
		 "panic in segments.ReduceSearchResults: index out of range [<*>]", QN_KIND_PANIC, 10},
		{"runtime.throw({0x1})\nruntime.mapiternext(0x1)\n" M "proxy.(*MetaCache).GetShards(0x1)\n",
		 (struct qn_stack){.kind = QN_KIND_PANIC,
				   .dialect = "go-fatal",
				   .message = QN_TEXT("concurrent map iteration and map write")},
		 "fatal error in proxy.(*MetaCache).GetShards: concurrent map iteration and map write",
		 QN_KIND_PANIC, 10},
		{DELETE, TERMINATE("milvus::SegcoreError", "Error:RemoveDir:Directory not empty"),
		 "SIGABRT (milvus::SegcoreError) in C.DeleteSegment, called from "
		 "segments.(*LocalSegment).Release: "
		 "Error:RemoveDir:Directory not...",
		 QN_KIND_ABORT, 10},
		{CGO M "querynode._Cfunc_Search(0x1)\n", SEGV(QN_KIND_CRASH), "SIGSEGV in C.Search",
		 QN_KIND_CRASH, 10},
		{FOLLY, SEGV(QN_KIND_CRASH),
		 "SIGSEGV in a Folly task AsyncSearch (only plumbing on the stack)", QN_KIND_CRASH, 3},
		{"folly::CPUThreadPoolExecutor::threadRun()\n", SEGV(QN_KIND_CRASH),
		 "SIGSEGV in a task of a Folly CPUThreadPoolExecutor (only plumbing on the stack)",
		 QN_KIND_CRASH, 3},
		{"(null)\n(null)\n", SEGV(QN_KIND_CRASH), "SIGSEGV (no application frame on the stack)",
		 QN_KIND_CRASH, 3},
		{LADDER FOLLY, SEGV(QN_KIND_CRASH),
		 "SIGSEGV in milvus::exec::PhyFilterBitsNode::GetOutput, task AsyncSearch", QN_KIND_CRASH,
		 10},
		{"", PANIC("failed to create etcd client: context deadline exceeded"),
		 "panic: failed to create etcd client: context deadline exceeded", QN_KIND_PANIC, 10},
		{"", TERMINATE("std::invalid_argument", "stoi"), "SIGABRT (std::invalid_argument): stoi",
		 QN_KIND_ABORT, 10},
		{CGO,
		 (struct qn_stack){
			 .kind = QN_KIND_ABORT,
			 .message = QN_TEXT("pthread_create failed: Resource temporarily unavailable")},
		 "SIGABRT (no application frame on the stack): pthread_create failed: Resource temporarily "
		 "unavailable",
		 QN_KIND_ABORT, 6},
		{"faiss::Index::compute(float)\n",
		 (struct qn_stack){.kind = QN_KIND_SANITIZER, .message = QN_TEXT("heap-use-after-free")},
		 "heap-use-after-free in faiss::Index::compute", QN_KIND_SANITIZER, 10},
		{"milvus::impl::EasyAssertInfo()\nmilvus::Load()\n",
		 (struct qn_stack){.kind = QN_KIND_ASSERT, .message = QN_TEXT("Assert \"fs != nullptr\"")},
		 "assert in milvus::Load: Assert \"fs != nullptr\"", QN_KIND_ASSERT, 10},
		{M "q._Cfunc_CString(0x1)\n" M "q.(*Segment).insert(0x1)\n",
		 PANIC("runtime error: out of memory"), "panic in q.(*Segment).insert: out of memory",
		 QN_KIND_PANIC, 10},
		/* what the title says already */
		{"a::b::c\n",
		 (struct qn_stack){.kind = QN_KIND_PANIC,
				   .message = QN_TEXT("panicked at src/x.rs:7:5: no luck")},
		 "panic in a::b::c: no luck", QN_KIND_PANIC, 10},
		{"main\n",
		 (struct qn_stack){.kind = QN_KIND_SANITIZER,
				   .message = QN_TEXT("in a.c: signed integer overflow: x + y")},
		 "signed integer overflow: x + y in main", QN_KIND_SANITIZER, 10},
		/* the native handler saw a nil dereference of Go */
		{M "rootcoord.(*Server).init(0x1)\n", SEGV(QN_KIND_CRASH),
		 "panic in rootcoord.(*Server).init", QN_KIND_PANIC, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_signature signature = sign(&arena, cases[i].frames, cases[i].stack);

		assert_text(signature.title, cases[i].title);
		assert_int_equal(signature.kind, cases[i].kind);
		assert_int_equal((int)(signature.confidence * 10 + 0.5), cases[i].tenths);
		assert_int_equal(signature.id.len, 15);
		assert_true(qn_text_starts(signature.id, QN_TEXT("QN-")));
		assert_int_equal(signature.family.len, 15);
		assert_true(qn_text_starts(signature.family, QN_TEXT("QF-")));
		qn_arena_deinit(&arena);
	}
}

struct pair {
	const char *a_frames, *b_frames;
	struct qn_stack a, b;
};

static void assert_pair(const struct pair *pair, bool is_same)
{
	struct qn_arena arena = {0};
	struct qn_signature a = sign(&arena, pair->a_frames, pair->a),
			    b = sign(&arena, pair->b_frames, pair->b);

	if (qn_text_equal(a.id, b.id) != is_same)
		fail_msg("%.*s / %.*s", QN_ARG(a.title), QN_ARG(b.title));
	qn_arena_deinit(&arena);
}

static void holds_together_what_is_one_failure(void **state)
{
	const struct pair pairs[] = {
		/* native report and Go report of one crash */
		{NATIVE "_cgo_0123456789ab_Cfunc_DeleteSegment\t/tmp/go-build/"
			"cgo-gcc-prolog\nruntime.asmcgocall\tasm.s\n",
		 NATIVE DELETE, SEGV(QN_KIND_CRASH), SEGV(QN_KIND_PANIC)},
		/* upper and lower case, other callers */
		{M "mq/server.(*rocksmq).moveConsumePos(0x1)\n" M "mq/server.(*rocksmq).seek(0x1)\n",
		 M "mq/server.(*rocksmq).MoveConsumePos(0x9)\n" M "mq/server.(*rocksmq).Seek(0x1)\n",
		 PANIC("move consume position backward"), PANIC("move consume position backward")},
		/* mangled and demangled, other build roots and lines, deeper */
		{"_ZNK6milvus4Json2atERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE\t/a/"
		 "Json.h\n" FOLLY,
		 "load\t/x/3rdparty_download/simdjson/simd.h\nmilvus::Json::at(std::string const&) "
		 "const\t/b/Json.h\nmilvus::f()\n",
		 SEGV(QN_KIND_CRASH), SEGV(QN_KIND_CRASH)},
		/* numbers in the message */
		{"", "", PANIC("channel not found[channel=by-dev-dml_14_464876304356846575v0]"),
		 PANIC("channel not found[channel=by-dev-dml_1_464876304356846599v0]")},
		/* what a panic says, up to its first value */
		{START, START, PANIC("Failed to create consumer by-dev-a_0, error = timeout"),
		 PANIC("Failed to create consumer in01-b_17, error = busy")},
		{START, START, PANIC("node 7 is gone"), PANIC("node 8 is gone")},
		{START, START, PANIC("lookup etcd-0.etcd.blue on 10.0.0.2:53: no such host"),
		 PANIC("lookup minio.green on 10.0.0.7:53: no such host")},
		{START, START, PANIC("open /var/lib/a/b: no such file"),
		 PANIC("open conf.yaml: no such file")},
		{START, START, PANIC("no key `alpha` here"), PANIC("no key `beta` here")},
		{START, START, PANIC("no partition:alpha here"), PANIC("no partition:beta here")},
		{START, START, PANIC("index seg.idx broken"), PANIC("index part.bin broken")},
		/* an exception's type as three libraries spell it */
		{"", "", TERMINATE("std::__1::system_error", "no thread"),
		 TERMINATE("std::system_error", "no thread")},
		{"", "", TERMINATE("std::ios_base::failure[abi:cxx11]", "no file"),
		 TERMINATE("std::ios_base::failure", "no file")},
		/* what was lost of a report */
		{M "a.(*T).F(0x1)\n", M "a.(*T).F(0x1)\n",
		 PANIC("runtime error: invalid memory address or nil pointer dereference"),
		 SEGV(QN_KIND_PANIC)},
		{CGO M "q._Cfunc_Search(0x1)\n", CGO M "q._Cfunc_Search(0x1)\n", SEGV(QN_KIND_CRASH),
		 (struct qn_stack){.kind = QN_KIND_CRASH,
				   .signal = QN_TEXT("SIGSEGV"),
				   .message = QN_TEXT("unexpected signal during runtime execution")}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		assert_pair(&pairs[i], true);
}

static void keeps_apart_what_only_looks_alike(void **state)
{
	const struct pair pairs[] = {
		/* the most common panic text */
		{M "a.(*T).F(0x1)\n", M "a.(*T).G(0x1)\n",
		 PANIC("runtime error: invalid memory address or nil pointer dereference"),
		 PANIC("runtime error: invalid memory address or nil pointer dereference")},
		/* the same frames with and without an exception, and with another text */
		{DELETE, DELETE, TERMINATE("", ""),
		 TERMINATE("milvus::SegcoreError", "remove local directory:/a/b/c failed")},
		{DELETE, DELETE, TERMINATE("milvus::SegcoreError", "Error:RemoveDir:Directory not empty"),
		 TERMINATE("milvus::SegcoreError", "remove local directory:/a/b/c failed")},
		{"milvus::f()\n", "milvus::f()\n", SEGV(QN_KIND_CRASH),
		 (struct qn_stack){.kind = QN_KIND_CRASH, .signal = QN_TEXT("SIGBUS")}},
		/* the same ladder under another task, or with one frame of its own */
		{LADDER FOLLY, LADDER "folly::CPUThreadPoolExecutor::threadRun()\n", SEGV(QN_KIND_CRASH),
		 SEGV(QN_KIND_CRASH)},
		{LADDER FOLLY, "milvus::SkipIndex::F()\n" LADDER FOLLY, SEGV(QN_KIND_CRASH),
		 SEGV(QN_KIND_CRASH)},
		{"", "", PANIC("a"), PANIC("b")},
		/* one function of Go, two errors of the runtime */
		{M "a.(*T).F(0x1)\n", M "a.(*T).F(0x1)\n", PANIC("runtime error: index out of range [3]"),
		 PANIC("close of closed channel")},
		/* panic(err), whatever went wrong below */
		{START, START, PANIC("context deadline exceeded"),
		 PANIC("listen tcp :19530: bind: address already in use")},
		{START, START, PANIC("strconv.Atoi: bad"), PANIC("strconv.ParseBool: bad")},
		{START, START, PANIC("stopped... twice"), PANIC("stopped... late")},
		{START, START, PANIC("called `Result::unwrap()` on an `Err` value"),
		 PANIC("called `Option::unwrap()` on a `None` value")},
		{START, START, PANIC("Failed to create consumer by-dev-a_0"),
		 PANIC("Failed to create producer by-dev-a_0")},
		/* two assertions of one function */
		{"milvus::impl::EasyAssertInfo()\nmilvus::Load()\n",
		 "milvus::impl::EasyAssertInfo()\nmilvus::Load()\n",
		 (struct qn_stack){.kind = QN_KIND_ASSERT, .message = QN_TEXT("Assert \"fs != nullptr\"")},
		 (struct qn_stack){.kind = QN_KIND_ASSERT, .message = QN_TEXT("Assert \"data.ok()\"")}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		assert_pair(&pairs[i], false);
}

/* "+name": inlined into the next; what is told of it with and without is one failure. */
static void does_not_depend_on_what_was_inlined(void **state)
{
	const struct {
		const char *whole, *without;
	} cases[] = {
		{"+milvus::A::f()\nmilvus::B::g()\nmilvus::C::h()\n", "milvus::B::g()\nmilvus::C::h()\n"},
		{"+std::get()\n+milvus::A::f()\nstd::invoke()\nmilvus::C::h()\n",
		 "std::invoke()\nmilvus::C::h()\n"},
		{M "a.F(...)\n" M "a.G(0x1)\n", M "a.G(0x1)\n"},
		{"+milvus::A::f()\nInsert\nmilvus::C::h()\n", "Insert\nmilvus::C::h()\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		struct qn_signature whole = sign(&arena, cases[i].whole, SEGV(QN_KIND_CRASH)),
				    without = sign(&arena, cases[i].without, SEGV(QN_KIND_CRASH));

		if (!qn_text_equal(whole.id, without.id))
			fail_msg("%.*s / %.*s", QN_ARG(whole.title), QN_ARG(without.title));
		qn_arena_deinit(&arena);
	}
}

/* What was inlined into a ladder, or into plumbing, is all there is to tell failures apart. */
static void names_what_was_inlined_where_nothing_else_tells(void **state)
{
	struct qn_arena arena = {0};
	struct qn_signature a = sign(&arena, "+milvus::A::f()\n" LADDER, SEGV(QN_KIND_CRASH)),
			    b = sign(&arena, "+milvus::B::g()\n" LADDER, SEGV(QN_KIND_CRASH)),
			    c = sign(&arena, "+milvus::A::f()\n" FOLLY, SEGV(QN_KIND_CRASH)),
			    d = sign(&arena, "+milvus::B::g()\n" FOLLY, SEGV(QN_KIND_CRASH));

	(void)state;
	assert_false(qn_text_equal(a.id, b.id));
	assert_false(qn_text_equal(c.id, d.id));
	assert_text(a.title, "SIGSEGV in milvus::A::f");
	qn_arena_deinit(&arena);
}

static struct qn_text sign_modules(struct qn_arena *arena, const char *first, const char *second,
				   struct qn_text *ret_title)
{
	struct qn_frame frames[2] = {{.module = qn_text_of(first), .pc = 1},
				     {.module = qn_text_of(second), .pc = 2}};
	struct qn_stack stack = SEGV(QN_KIND_CRASH);
	struct qn_signature signature;

	stack.frames = frames;
	stack.frames_count = first ? 2 : 0;
	assert_no_error(qn_signature_of_stack(arena, &stack, &signature));
	assert_true(signature.confidence < 0.4);
	*ret_title = signature.title;
	return signature.id;
}

/* An end that only the parent tells has no frame; one without symbols is told by its modules. */
static void names_frames_without_symbols_by_their_modules(void **state)
{
	struct qn_arena arena = {0};
	struct qn_text title,
		a = sign_modules(&arena, "/var/lib/milvus/bin/milvus_server", "/usr/lib64/libc.so.6", &title),
		same = sign_modules(&arena, "/opt/milvus_server", "/lib/libc.so.6", &title),
		other = sign_modules(&arena, "/opt/libknowhere.so", "/lib/libc.so.6", &title), frameless;

	(void)state;
	assert_text(title, "SIGSEGV in libknowhere.so (no symbols)");
	frameless = sign_modules(&arena, NULL, "", &title);
	assert_text(title, "SIGSEGV");
	assert_true(qn_text_equal(a, same));
	assert_false(qn_text_equal(a, other));
	assert_false(qn_text_equal(a, frameless));
	assert_false(qn_text_equal(other, frameless));
	qn_arena_deinit(&arena);
}

static void leaves_numbers_of_lines_out_of_a_task(void **state)
{
	const char *const tasks[] = {"main::{lambda} at crash.cpp:231", "main::{lambda} at crash.cpp:9",
				     "main::{lambda} at other.cpp:9", "AsyncSearch"};
	struct qn_text ids[4];
	struct qn_arena arena = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct qn_stack stack = SEGV(QN_KIND_CRASH);
		struct qn_signature signature;

		stack.executor.task = qn_text_of(tasks[i]);
		assert_no_error(qn_signature_of_stack(&arena, &stack, &signature));
		ids[i] = signature.id;
	}
	assert_true(qn_text_equal(ids[0], ids[1]));
	assert_false(qn_text_equal(ids[0], ids[2]));
	assert_false(qn_text_equal(ids[0], ids[3]));
	assert_text(qn_task_key(QN_TEXT("a::b")), "a::b");
	assert_text(qn_task_key(QN_TEXT(":7")), "");
	assert_text(qn_task_key(QN_TEXT("7")), "7");
	qn_arena_deinit(&arena);
}

static void begins_as_a_family_of_its_own(void **state)
{
	struct qn_arena arena = {0};
	struct qn_signature a = sign(&arena, "milvus::X::f()\n", SEGV(QN_KIND_CRASH)),
			    b = sign(&arena, DELETE, SEGV(QN_KIND_CRASH));

	(void)state;
	assert_true(qn_text_equal(qn_text_from(a.id, 3), qn_text_from(a.family, 3)));
	assert_true(qn_text_equal(qn_text_from(b.id, 3), qn_text_from(b.family, 3)));
	qn_arena_deinit(&arena);
}

static void signs_logged_errors_by_call_site_and_message(void **state)
{
	struct qn_record record = {.level = QN_LEVEL_ERROR,
				   .call_site = QN_TEXT("segments/segment_loader.go:627"),
				   .message = QN_TEXT("load segment 46 failed")};
	struct qn_signature a, b, c;
	struct qn_arena arena = {0};

	(void)state;
	assert_no_error(qn_signature_of_error(&arena, &record, QN_TEXT("timeout after 10s"), &a));
	record.message = QN_TEXT("load segment 47 failed");
	assert_no_error(qn_signature_of_error(&arena, &record, QN_TEXT("no such key"), &b));
	record.call_site = QN_TEXT("segments/segment_loader.go:628");
	assert_no_error(qn_signature_of_error(&arena, &record, QN_TEXT("no such key"), &c));
	assert_true(qn_text_equal(a.id, b.id));
	assert_false(qn_text_equal(b.id, c.id));
	assert_true(qn_text_equal(b.family, c.family)); /* the line number moved */
	record.call_site = QN_TEXT("segments/other.go:628");
	assert_no_error(qn_signature_of_error(&arena, &record, QN_TEXT("no such key"), &c));
	assert_false(qn_text_equal(b.family, c.family));
	assert_text(a.title, "load segment <*> failed (segments/segment_loader.go:627)");
	assert_text(a.reason, "timeout after <*>");
	assert_int_equal(a.kind, QN_KIND_ERROR);
	record = (struct qn_record){.level = QN_LEVEL_ERROR};
	assert_no_error(qn_signature_of_error(&arena, &record, QN_TEXT("no such key 12"), &a));
	assert_text(a.title, "no such key <*>");
	assert_text(a.reason, "no such key <*>");
	qn_arena_deinit(&arena);
}

static void signs_ends_without_a_stack_by_reason(void **state)
{
	struct qn_arena arena = {0};
	struct qn_signature a, b;

	(void)state;
	assert_no_error(qn_signature_of_reason(&arena, QN_KIND_KILLED, QN_TEXT("SIGKILL"),
					       QN_TEXT("OOMKilled"), QN_TEXT("querynode"), &a));
	assert_no_error(qn_signature_of_reason(&arena, QN_KIND_EXIT, (struct qn_text){0},
					       QN_TEXT("exit code 134"), (struct qn_text){0}, &b));
	assert_text(a.title, "querynode: OOMKilled");
	assert_text(a.reason, "OOMKilled");
	assert_text(a.signal, "SIGKILL");
	assert_text(b.title, "exit code 134");
	assert_false(qn_text_equal(a.id, b.id));
	qn_arena_deinit(&arena);
}

static void keeps_titles_short(void **state)
{
	static char frames[3000], message[3000];
	struct qn_stack stack = {.kind = QN_KIND_PANIC, .message = {message, sizeof(message)}};
	struct qn_arena arena = {0};

	(void)state;
	memset(message, 'm', sizeof(message));
	memset(frames, 'f', sizeof(frames) - 1);
	memcpy(frames, "milvus::a", 9);
	memcpy(frames + 2900, "::Last::call", 12);
	assert_true(sign(&arena, frames, stack).title.len <= 140);
	memcpy(frames + 2950, "::Last", 6);
	assert_true(qn_text_contains(sign(&arena, frames, stack).title, QN_TEXT("panic in ...::Last")));
	qn_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_failures_for_people),
		cmocka_unit_test(holds_together_what_is_one_failure),
		cmocka_unit_test(keeps_apart_what_only_looks_alike),
		cmocka_unit_test(does_not_depend_on_what_was_inlined),
		cmocka_unit_test(names_what_was_inlined_where_nothing_else_tells),
		cmocka_unit_test(names_frames_without_symbols_by_their_modules),
		cmocka_unit_test(leaves_numbers_of_lines_out_of_a_task),
		cmocka_unit_test(begins_as_a_family_of_its_own),
		cmocka_unit_test(signs_logged_errors_by_call_site_and_message),
		cmocka_unit_test(signs_ends_without_a_stack_by_reason),
		cmocka_unit_test(keeps_titles_short),
	};
	return QN_RUN("signature", tests);
}
