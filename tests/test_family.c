#include "support/profiles.h"

#define M "github.com/milvus-io/milvus/internal/"
#define LADDER                                         \
	"milvus::exec::ExprSet::Eval\n"                \
	"milvus::exec::PhyFilterBitsNode::GetOutput\n" \
	"milvus::exec::Driver::RunInternal\n"          \
	"milvus::exec::Driver::Next\n"                 \
	"milvus::exec::Task::Next\n"                   \
	"milvus::query::ExecPlanNodeVisitor::ExecuteTask\n"
#define CHUNK                                                            \
	"milvus::GroupChunk::GetChunk(long) const\n"                     \
	"milvus::ProxyChunkColumn::BulkVectorValueAt(void*)\n"           \
	"milvus::segcore::ChunkedSegmentSealedImpl::get_raw_data(int)\n" \
	"milvus::segcore::ChunkedSegmentSealedImpl::bulk_subscript(int)\n"
#define GO_BELOW                                                                              \
	"runtime.cgocall(0x1, 0x2)\n" M "querynodev2/segments._Cfunc_AsyncRetrieve(0x7f)\n" M \
	"querynodev2/segments.(*LocalSegment).Retrieve.func1()\n"
#define C_CALL(name_, caller_) \
	"runtime.cgocall(0x1, 0x2)\n" M "q._Cfunc_" name_ "(0x7f)\n" M caller_ "(0x1)\n"
#define GO_PANIC                                                                                             \
	M "delegator.(*shardDelegator).LoadGrowing(0x1)\n" M "querynodev2.(*QueryNode).WatchDmChannels(0x2)" \
	  "\n"

#define START "github.com/milvus-io/milvus/cmd/roles.runComponent[...].func1()\n"

struct pair {
	struct profile_text a, b;
	enum qn_near_reason reason; /* QN_NEAR_NO_REASON: one family */
	const char *alike, *apart;  /* parts of the sentences; NULL: whatever */
};

static void check(const struct pair *pair, size_t number)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_weights *weights = shipped_weights();
	struct qn_frame frames[2][PROFILES_FRAMES_MAX] = {0};
	struct qn_arena arena = {0};
	struct qn_profile a = make_profile(&arena, normalizer, weights, read_stack(&pair->a, frames[0])),
			  b = make_profile(&arena, normalizer, weights, read_stack(&pair->b, frames[1]));
	struct qn_near near, back;
	struct qn_text alike, apart;

	qn_family_compare(&a, &b, &near);
	qn_family_compare(&b, &a, &back);
	alike = qn_near_alike(&arena, &a, &b, &near);
	apart = qn_near_apart(&arena, &a, &b, &near);
	if (near.reason != pair->reason || back.reason != pair->reason)
		fail_msg("pair %zu: reason %d (back %d), not %d; %.*s / %.*s", number, near.reason,
			 back.reason, pair->reason, QN_ARG(alike), QN_ARG(apart));
	if ((near.verdict == QN_NEAR_SAME) != (pair->reason == QN_NEAR_NO_REASON))
		fail_msg("pair %zu: verdict %d", number, near.verdict);
	assert_true(near.nearness >= 0 && near.nearness <= 1);
	assert_true(near.nearness - back.nearness < 1e-9 && back.nearness - near.nearness < 1e-9);
	if (pair->alike && !qn_text_contains(alike, qn_text_of(pair->alike)))
		fail_msg("pair %zu: %.*s", number, QN_ARG(alike));
	if (pair->apart && !qn_text_contains(apart, qn_text_of(pair->apart)))
		fail_msg("pair %zu: %.*s", number, QN_ARG(apart));
	qn_arena_deinit(&arena);
	qn_weights_destroy(weights);
	qn_normalizer_destroy(normalizer);
}

static void joins_what_is_seen_in_another_way(void **state)
{
	const struct pair pairs[] = {
		/* cut short */
		{{"crash SIGSEGV -", CHUNK LADDER},
		 {"crash SIGSEGV -", "milvus::GroupChunk::GetChunk\n"},
		 QN_NEAR_NO_REASON,
		 "the same frame milvus::GroupChunk::GetChunk",
		 "the other is cut short: 1 of its frames are shared"},
		/* the header is lost */
		{{"crash SIGSEGV -", CHUNK LADDER},
		 {"crash - -", CHUNK},
		 QN_NEAR_NO_REASON,
		 "the same frames milvus::GroupChunk::GetChunk, milvus::ProxyChunkColumn::BulkVectorValueAt",
		 "signal unknown there"},
		/* an abort without its header is a stack like any other */
		{{"abort SIGABRT -", CHUNK},
		 {"crash - -", CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "signal unknown there"},
		/* inlined frames shown or not */
		{{"crash SIGSEGV -", "+milvus::Chunk::At\n+milvus::Chunk::Size\n" CHUNK},
		 {"crash SIGSEGV -", CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "this one also shows inlined milvus::Chunk::At"},
		/* mangled, with Go frames below */
		{{"crash SIGSEGV -", "_ZNK6milvus10GroupChunk8GetChunkEl\n_"
				     "ZN6milvus16ProxyChunkColumn17BulkVectorValueAtEPv\n" GO_BELOW},
		 {"crash SIGSEGV -", CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 NULL},
		/* names without namespaces */
		{{"crash SIGSEGV -",
		  "GetChunk\nBulkVectorValueAt\nmilvus::segcore::ChunkedSegmentSealedImpl::get_raw_data\n"
		  "milvus::segcore::ChunkedSegmentSealedImpl::bulk_subscript\n"},
		 {"crash SIGSEGV -", CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "named GetChunk here, milvus::GroupChunk::GetChunk there"},
		/* one frame more, within and on top */
		{{"crash SIGSEGV -", "milvus::GroupChunk::GetChunk\nmilvus::Wrapper::Call\n"
				     "milvus::ProxyChunkColumn::BulkVectorValueAt\n"
				     "milvus::segcore::ChunkedSegmentSealedImpl::get_raw_data\n"},
		 {"crash SIGSEGV -", CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "one frame more here: milvus::Wrapper::Call"},
		{{"crash SIGSEGV -", CHUNK},
		 {"crash SIGSEGV -", "milvus::Leaf::Touch\n" CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "one frame more there: milvus::Leaf::Touch"},
		/* a letter misread */
		{{"crash SIGSEGV -",
		  "milvus::GroupChvnk::GetChunk\nmilvus::ProxyChunkColumn::BulkVectorValueAt\n"
		  "milvus::segcore::ChunkedSegmentSealedImpl::get_raw_data\n"},
		 {"crash SIGSEGV -", CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "a damaged name: milvus::GroupChvnk::GetChunk here"},
		/* a name that is cut */
		{{"crash SIGSEGV -",
		  "_ZNK6milvus10GroupChunk8Get\nmilvus::ProxyChunkColumn::BulkVectorValueAt\n"
		  "milvus::segcore::ChunkedSegmentSealedImpl::get_raw_data\n"},
		 {"crash SIGSEGV -", CHUNK},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "a damaged name: milvus::GroupChunk"},
		/* a helper, but all other frames are the same too */
		{{"crash SIGBUS -", "simdjson::load\nsimdjson::parse\nmilvus::Json::at\n" LADDER},
		 {"crash - -", "simdjson::load\nsimdjson::parse\nmilvus::Json::at\n" LADDER},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "signal unknown there"},
		/* more of the ladder is shown */
		{{"crash SIGSEGV -", "milvus::SkipIndex::MinMaxBinaryFilter\n" LADDER},
		 {"crash - -", "milvus::SkipIndex::MinMaxBinaryFilter\nmilvus::exec::Driver::Next\n"},
		 QN_NEAR_NO_REASON,
		 NULL,
		 NULL},
		/* Go: the text and the signal are lost */
		{{"panic SIGSEGV -\truntime error: invalid memory address or nil pointer dereference",
		  GO_PANIC},
		 {"panic - -", GO_PANIC},
		 QN_NEAR_NO_REASON,
		 "delegator.(*shardDelegator).LoadGrowing",
		 "signal unknown there"},
		/* a method that was renamed, and says the same */
		{{"panic - -\tFailed to create consumer by-dev-dml_3, error = timeout",
		  M "m.(*Stream).AsConsumer(0x1)\n"},
		 {"panic - -\tFailed to create consumer by-dev-search_4, error = attempt",
		  M "m.(*Stream).AsConsumerWithPosition(0x1)\n"},
		 QN_NEAR_NO_REASON,
		 NULL,
		 "named m.(*Stream).AsConsumer here, m.(*Stream).AsConsumerWithPosition there"},
		/* one statement with other values */
		{{"panic - -\tchannel not found[channel=by-dev-dml_14_46487v0]", GO_PANIC},
		 {"panic - -\tchannel not found[channel=in01-dml_1_46488v0]", GO_PANIC},
		 QN_NEAR_NO_REASON,
		 NULL,
		 NULL},
		/* one assertion, caught and told, and caught by nobody: whatever Go stands below */
		{{"assert - milvus::SegcoreError\tAssert \"fs != nullptr\" => is null", "@a/b/Sealed.cpp\n"},
		 {"abort SIGABRT milvus::SegcoreError\tAssert \"fs != nullptr\" => is null",
		  "@b/Sealed.cpp\n" C_CALL("Delete", "q.(*Segment).Release")},
		 QN_NEAR_NO_REASON,
		 "thrown at Sealed.cpp:7",
		 "caught here, not caught there"},
		{{"abort SIGABRT milvus::SegcoreError\tAssert \"fs != nullptr\" => is null",
		  "@Sealed.cpp\n" C_CALL("Search", "q.(*Segment).Search")},
		 {"abort SIGABRT milvus::SegcoreError\tAssert \"fs != nullptr\" => is null",
		  "@Sealed.cpp\n" C_CALL("Delete", "q.(*Segment).Release")},
		 QN_NEAR_NO_REASON,
		 "thrown at Sealed.cpp:7",
		 "call from Go"},
		{{"assert - milvus::SegcoreError\tAssert \"fs != nullptr\" => is null",
		  "@Sealed.cpp\nmilvus::segcore::Sealed::Load\n"},
		 {"assert - milvus::SegcoreError\tAssert \"fs != nullptr\" => is null",
		  "@Sealed.cpp\n" GO_PANIC},
		 QN_NEAR_NO_REASON,
		 "thrown at Sealed.cpp:7",
		 NULL},
		/* no frames, but the same exception with the same text */
		{{"abort SIGABRT milvus::SegcoreError\tRemoveDir: Directory not empty",
		  C_CALL("DeleteSegment", "q.(*Segment).Release")},
		 {"abort SIGABRT milvus::SegcoreError\tRemoveDir: Directory not empty",
		  C_CALL("DeleteSegment", "q.(*Loader).Clear")},
		 QN_NEAR_NO_REASON,
		 "the same exception milvus::SegcoreError",
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		check(&pairs[i], i);
}

static void keeps_apart_what_is_not_one_failure(void **state)
{
	const struct pair pairs[] = {
		{{"crash SIGSEGV -", CHUNK},
		 {"abort SIGABRT -", CHUNK},
		 QN_NEAR_KIND,
		 "milvus::GroupChunk::GetChunk",
		 "signal SIGSEGV here, SIGABRT there"},
		{{"crash SIGSEGV -", CHUNK},
		 {"crash SIGBUS -", CHUNK},
		 QN_NEAR_SIGNAL,
		 NULL,
		 "signal SIGSEGV here, SIGBUS there"},
		{{"abort SIGABRT std::bad_alloc", CHUNK},
		 {"abort SIGABRT std::out_of_range", CHUNK},
		 QN_NEAR_EXCEPTION,
		 NULL,
		 "exception std::bad_alloc here, std::out_of_range there"},
		/* one line asserts, and says another thing */
		{{"assert - milvus::SegcoreError\tAssert \"fs != nullptr\" => is null", "@Sealed.cpp\n"},
		 {"abort SIGABRT milvus::SegcoreError\tAssert \"fs == nullptr\" => is there",
		  "@Sealed.cpp\n"},
		 QN_NEAR_MESSAGE,
		 "the same exception milvus::SegcoreError; thrown at Sealed.cpp:7",
		 NULL},
		/* one check that two callers in C++ fail */
		{{"assert - milvus::SegcoreError\tAssert \"index < size\" => out of range",
		  "@Vector.h\nmilvus::segcore::Sealed::Load\n"},
		 {"assert - milvus::SegcoreError\tAssert \"index < size\" => out of range",
		  "@Vector.h\nmilvus::index::Sort::Range\n"},
		 QN_NEAR_NOTHING,
		 NULL,
		 NULL},
		/* one place throws for everybody: the text tells */
		{{"abort SIGABRT milvus::SegcoreError\tfield id not in schema", CHUNK},
		 {"abort SIGABRT milvus::SegcoreError\tindex is not loaded", CHUNK},
		 QN_NEAR_MESSAGE,
		 NULL,
		 "text field id not in schema here, index is not loaded there"},
		{{"sanitizer - -\theap-use-after-free on address", CHUNK},
		 {"sanitizer - -\tstack-overflow on address", CHUNK},
		 QN_NEAR_SIGNAL,
		 NULL,
		 NULL},
		/* ladders alone, whatever stands above them */
		{{"crash SIGSEGV -", LADDER},
		 {"crash - -", LADDER},
		 QN_NEAR_COMMON,
		 "the same milvus::exec::ExprSet::Eval, which many failures pass",
		 NULL},
		{{"crash SIGSEGV -", "milvus::SkipIndex::MinMaxBinaryFilter\n" LADDER},
		 {"crash SIGSEGV -", LADDER},
		 QN_NEAR_COMMON,
		 NULL,
		 NULL},
		{{"crash SIGSEGV -", "milvus::SkipIndex::MinMaxBinaryFilter\n" LADDER},
		 {"crash SIGSEGV -", "milvus::ArrayChunk::View\n" LADDER},
		 QN_NEAR_TOP,
		 NULL,
		 "they died in different functions"},
		{{"crash SIGSEGV -", "simdjson::load\nsimdjson::parse\nmilvus::Json::at\n" LADDER},
		 {"crash - -", "simdjson::skip\nmilvus::Json::at\n" LADDER},
		 QN_NEAR_COMMON,
		 NULL,
		 NULL},
		/* plumbing alone */
		{{"crash SIGSEGV -", "folly::CPUThreadPoolExecutor::threadRun\n"},
		 {"crash - -", "folly::CPUThreadPoolExecutor::threadRun\n"},
		 QN_NEAR_PLUMBING,
		 NULL,
		 "plumbing"},
		/* Go frames below a call of C */
		{{"crash SIGSEGV -", C_CALL("DeleteSegment", "q.(*Segment).Release")},
		 {"crash - -", C_CALL("DeleteSegment", "q.(*Segment).Release")},
		 QN_NEAR_C_CALL,
		 "the same call from Go, DeleteSegment",
		 "only Go frames below a call of C"},
		{{"abort SIGABRT -", C_CALL("DeleteSegment", "q.(*Segment).Release")},
		 {"abort SIGABRT milvus::SegcoreError\tRemoveDir: Directory not empty",
		  C_CALL("DeleteSegment", "q.(*Segment).Release")},
		 QN_NEAR_C_CALL,
		 NULL,
		 NULL},
		/* a helper that many call, and a bare name */
		{{"crash SIGSEGV -", "milvus::ColumnVector::GetRawData\nmilvus::A::f\n"},
		 {"crash - -", "milvus::ColumnVector::GetRawData\nmilvus::B::g\n"},
		 QN_NEAR_CALLERS,
		 NULL,
		 "called from elsewhere"},
		{{"crash SIGSEGV -", "Insert\nmilvus::A::f\n"},
		 {"crash SIGSEGV -", "Insert\nmilvus::B::g\n"},
		 QN_NEAR_COMMON,
		 NULL,
		 "milvus::A::f here, milvus::B::g there"},
		/* siblings are no misread letters */
		{{"crash SIGSEGV -", "milvus::Column<float>::GetChunkInt32\nmilvus::A::f\nmilvus::A::g\n"},
		 {"crash SIGSEGV -", "milvus::Column<float>::GetChunkInt64\nmilvus::A::f\nmilvus::A::g\n"},
		 QN_NEAR_EDITS,
		 NULL,
		 NULL},
		{{"crash SIGSEGV -", "milvus::segcore::Column::GetChunk\nmilvus::A::f\nmilvus::A::g\n"},
		 {"crash SIGSEGV -", "milvus::segcore::Column::SetChunk\nmilvus::A::f\nmilvus::A::g\n"},
		 QN_NEAR_EDITS,
		 NULL,
		 NULL},
		/* one frame more on top, and little below it */
		{{"crash SIGSEGV -", "milvus::A::f\nmilvus::A::g\n" LADDER},
		 {"crash SIGSEGV -", "milvus::A::g\n" LADDER},
		 QN_NEAR_COMMON,
		 NULL,
		 NULL},
		/* one in C++, one in Go */
		{{"crash SIGSEGV -", CHUNK},
		 {"panic SIGSEGV -", GO_PANIC},
		 QN_NEAR_LANGUAGE,
		 NULL,
		 "one happened in C++"},
		/* two errors of the Go runtime in one function */
		{{"panic - -\truntime error: index out of range [3] with length 3", GO_PANIC},
		 {"panic - -\tclose of closed channel", GO_PANIC},
		 QN_NEAR_SIGNAL,
		 NULL,
		 "index out of range here, close of closed channel there"},
		/* one text, in two methods whose names only begin alike */
		{{"panic - -\tFailed to create consumer by-dev-dml_3", M "m.(*Stream).AsConsumerOf(0x1)\n"},
		 {"panic - -\tFailed to create consumer by-dev-dml_4", M "m.(*Stream).AsConsumerBy(0x1)\n"},
		 QN_NEAR_NOTHING,
		 NULL,
		 NULL},
		/* panic(err) in a function through which all errors of a start come */
		{{"panic - -\tcontext deadline exceeded", START},
		 {"panic - -\tlisten tcp :19530: bind: address already in use", START},
		 QN_NEAR_MESSAGE,
		 NULL,
		 "text context deadline exceeded here, listen tcp"},
		/* nil, and an error that was thrown */
		{{"panic SIGSEGV -\truntime error: invalid memory address or nil pointer dereference",
		  GO_PANIC},
		 {"panic - -\tchannel not found", GO_PANIC},
		 QN_NEAR_SIGNAL,
		 NULL,
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		check(&pairs[i], i);
}

/* Groups the texts in two orders, and tells of each in which family it is. */
static void group(const struct profile_text *texts, size_t count, size_t *families)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();
	struct qn_weights *weights = shipped_weights();
	struct qn_frame frames[PROFILES_FRAMES_MAX];
	struct qn_profile profiles[16];
	struct qn_group_member *members;
	struct qn_arena arena = {0};

	for (size_t i = 0; i < count; i++) {
		memset(frames, 0, sizeof(frames));
		profiles[i] = make_profile(&arena, normalizer, weights, read_stack(&texts[i], frames));
	}
	assert_no_error(qn_grouping_find(&arena, profiles, count, &members));
	for (size_t i = 0; i < count; i++)
		families[i] = members[i].family;
	qn_arena_deinit(&arena);
	qn_weights_destroy(weights);
	qn_normalizer_destroy(normalizer);
}

static void does_not_bridge_what_contradicts(void **state)
{
	const struct profile_text texts[] = {
		{"crash SIGSEGV -", CHUNK},
		{"abort SIGABRT -", CHUNK},
		{"crash - -", CHUNK LADDER}, /* as near to both */
	};
	const struct profile_text sure[] = {
		{"crash SIGSEGV -", CHUNK},
		{"crash - -", CHUNK LADDER},
		{"crash SIGSEGV -", "milvus::Leaf::Touch\n" CHUNK},
	};
	/* of the third nobody knows what it said, so it does not part a method that was renamed */
	const struct profile_text renamed[] = {
		{"panic - -\tFailed to create consumer by-dev-dml_3", M "m.(*T).AsConsumer(0x1)\n"},
		{"panic - -\tFailed to create consumer by-dev-dml_4", M "m.(*T).AsConsumerOf(0x1)\n"},
		{"panic - -", M "m.(*T).AsConsumerOf(0x1)\n"},
	};
	size_t families[3];

	(void)state;
	group(renamed, 3, families);
	assert_int_equal(families[0], families[1]);
	assert_int_equal(families[0], families[2]);
	group(texts, 3, families);
	assert_int_not_equal(families[0], families[1]);
	assert_int_not_equal(families[0], families[2]);
	assert_int_not_equal(families[1], families[2]);
	group(sure, 3, families);
	assert_int_equal(families[0], families[1]);
	assert_int_equal(families[0], families[2]);
}

/* A frame that many failures pass in this store does not make two of them one, though no table knows it. */
static void learns_which_frames_are_common(void **state)
{
	static char frames[12][200];
	struct profile_text texts[14];
	size_t families[14];

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		snprintf(frames[i], sizeof(frames[i]), "milvus::Failure%c::run\nmilvus::Shared::pass\n",
			 (char)('A' + i));
		texts[i] = (struct profile_text){"crash SIGSEGV -", frames[i]};
	}
	texts[12] = (struct profile_text){"crash SIGSEGV -", "milvus::Shared::pass\nmilvus::One::f\n"};
	texts[13] = (struct profile_text){"crash - -", "milvus::Shared::pass\n"};
	group(&texts[12], 2, families);
	assert_int_equal(families[0], families[1]);
	group(texts, 14, families);
	for (size_t i = 0; i < 14; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(families[i], families[k]);
}

/* Java and Python put the package or file before a function's name. */
static void knows_which_names_many_functions_have(void **state)
{
	static const struct {
		const char *key;
		bool is_bare;
	} cases[] = {
		{"Insert", true},
		{"operator()", true},
		{"milvus::X::Insert", false},
		{"t.inner", false},
		{"org.apache.pulsar.X.f", false},
		{"use", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_frame frame = {.key = qn_text_of(cases[i].key)};

		assert_int_equal(qn_frame_is_bare(&frame), cases[i].is_bare);
	}
}

static void refuses_a_wrong_table_with_its_place(void **state)
{
	const struct {
		const char *content, *message;
	} cases[] = {
		{"weight: 1\n", ":1:1: a list `weights` is expected"},
		{"weights:\n  - weight: 2\n    name: [a]\n",
		 ":2:13: weight: a number from 0 to 1 is expected"},
		{"weights:\n  - name: [a]\n", ":2:5: weight: a number from 0 to 1 is expected"},
		{"weights:\n  - weight: 0.5\n    names: [a]\n", ":3:5: unknown key `names`"},
		{"weights:\n  - weight: 0.5\n    name: a\n", ":3:11: a list of names is expected"},
	};
	char path[] = "weights-XXXXXX";
	struct qn_weights *weights = NULL;
	char expected[200];

	(void)state;
	assert_true(mkstemp(path) >= 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(cases[i].content, file);
		fclose(file);
		snprintf(expected, sizeof(expected), "%s%s", path, cases[i].message);
		assert_error(qn_weights_load(path, &weights), QN_ERROR_RULE, expected);
		assert_null(weights);
	}
	remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_what_is_seen_in_another_way),
		cmocka_unit_test(keeps_apart_what_is_not_one_failure),
		cmocka_unit_test(does_not_bridge_what_contradicts),
		cmocka_unit_test(learns_which_frames_are_common),
		cmocka_unit_test(knows_which_names_many_functions_have),
		cmocka_unit_test(refuses_a_wrong_table_with_its_place),
	};
	return QN_RUN("family", tests);
}
