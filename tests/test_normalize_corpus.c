#include "support/tables.h"

#include <sys/stat.h>

#include "base/cursor.h"

/* Which frame names the failure in real reports, read off them by eye; "" = there is nothing but plumbing. */
static const char *const cases[][2] = {
	{"28065-1", "knowhere::IvfIndexNode::Deserialize"},
	{"29132-2", "milvus::SkipIndex::~SkipIndex"},
	{"29339-1", "milvus::segcore::SegmentSealedImpl::~SegmentSealedImpl"},
	{"34442-1", "milvus::Json::at"},
	{"35882-1", "milvus::SkipIndex::MinMaxBinaryFilter"},
	{"36209-1", "milvus::tantivy::TantivyIndexWrapper::count"},
	{"36992-1", "knowhere::Config::FormatAndCheck"},
	{"37609-1", "milvus::segcore::ChunkedSegmentSealedImpl::HasFieldData"},
	{"42936-2", "milvus::exec::ExprSet::Eval"},
	{"43445-1", "milvus::segcore::SegmentSealedImpl::bulk_subscript"},
	{"43453-1", "milvus::segcore::ChunkedSegmentSealedImpl::search_pk"},
	{"45201-1", "milvus::segcore::InsertRecordGrowing::insert_pk"},
	{"47339-1", "milvus::ColumnVector::GetRawData"},
	{"47738-1", "milvus::GroupChunk::GetChunk"},
	{"42871-1", ""},
	{"41044-1", ""},
	{"35483-1", ""},
	{"15952-1", "querynode.(*segmentLoader).loadSegment"},
	{"19454-1", "proxy.(*collectionInfo).CloneShardLeaders"},
	{"20079-1", "server.(*rocksmq).moveConsumePos"},
	{"23089-1", "delegator.(*shardDelegator).LoadGrowing"},
	{"25900-1", "querynode.(*distribution).RemoveDistributions"},
	{"31925-1", "etcd.InitEtcdServer"},
	{"36362-1", "segments.ReduceSearchResults"},
};

static char folder[4096];

static struct qn_text read_excerpt(struct qn_arena *arena, const char *name)
{
	char path[4200];
	static char content[1 << 20];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s.log", folder, name);
	file = fopen(path, "r");
	assert_non_null(file);
	len = fread(content, 1, sizeof(content), file);
	fclose(file);
	return qn_arena_copy(arena, (struct qn_text){content, len});
}

/* "\t/path/file.cpp:12 pc=0x7f": false for any other line */
static bool read_place(struct qn_text line, struct qn_frame *frame)
{
	size_t end, colon;
	uint64_t number = 0;

	line = qn_text_trim(line);
	if (!qn_text_starts(line, QN_TEXT("/")) && !qn_text_starts(line, QN_TEXT("(null):")) &&
	    !qn_text_starts(line, QN_TEXT("_cgo_gotypes.go:")))
		return false;
	end = qn_text_find_byte(line, ' ');
	colon = qn_text_rfind(qn_text_first(line, end), QN_TEXT(":"));
	if (colon == SIZE_MAX)
		return false;
	frame->file = qn_text_first(line, colon);
	if (end != SIZE_MAX)
		(void)qn_text_to_u64(qn_text_first(qn_text_from(line, colon + 1), end - colon - 1), &number);
	frame->line = (uint32_t)number;
	end = qn_text_find(line, QN_TEXT(" pc=0x"));
	if (end != SIZE_MAX)
		(void)qn_text_hex_to_u64(qn_text_from(line, end + 6), &frame->pc);
	return true;
}

/* What stands behind the last tab is the writer's: before it is a viewer's time. */
static size_t read_frames(struct qn_text content, struct qn_frame *frames, size_t max)
{
	struct qn_cursor cursor = qn_cursor_of(content);
	struct qn_text line, before = {0};
	size_t count = 0;

	while (count < max && qn_cursor_take_line(&cursor, &line)) {
		size_t tab = qn_text_rfind(line, QN_TEXT("\t"));
		struct qn_frame frame = {.raw = before};

		line = tab == SIZE_MAX ? line : qn_text_from(line, tab + 1);
		if (before.len && read_place(line, &frame))
			frames[count++] = frame;
		before = line;
	}
	return count;
}

static void finds_the_application_frame_of_real_reports(void **state)
{
	struct qn_normalizer *normalizer = qn_shipped_normalizer();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};
		static struct qn_frame frames[256];
		struct qn_stack stack = {.frames = frames};
		size_t first;

		stack.frames_count = read_frames(read_excerpt(&arena, cases[i][0]), frames, 256);
		assert_true(stack.frames_count > 0);
		qn_normalizer_apply(normalizer, &arena, &stack);
		first = qn_stack_first_user(&stack);
		assert_text(first == SIZE_MAX ? QN_TEXT("") : frames[first].key, cases[i][1]);
		qn_arena_deinit(&arena);
	}
	qn_normalizer_destroy(normalizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_application_frame_of_real_reports)};
	struct stat status;

	snprintf(folder, sizeof(folder), "%s/../shared/corpus/excerpts", qn_srcdir());
	if (stat(folder, &status) != 0) {
		printf("1..0 # SKIP no corpus beside the source tree\n");
		return 0;
	}
	return QN_RUN("normalize_corpus", tests);
}
