#include "support/test.h"

#include "stack/normalize.h"

static const char *const cases[][2] = {
	{"index out of range [-1]", "index out of range [<*>]"},
	{"index out of range [3442944] with length 1530368", "index out of range [<*>] with length <*>"},
	{"invalid memory address or nil pointer dereference",
	 "invalid memory address or nil pointer dereference"},
	{"channel not found[channel=by-dev-rootcoord-dml_14_464876304356846575v0]",
	 "channel not found[channel=<*>]"},
	{"channel by-dev-rootcoord-dml_3 is gone", "channel by-dev-rootcoord-dml_<*> is gone"},
	{"segmentID:460384356842429014, fieldID:101", "segmentID:<*>, fieldID:<*>"},
	{"[segmentIDs=\"[46, 47, 48]\"]", "[segmentIDs=\"[<*>]\"]"},
	{"[46 47 48]", "[<*>]"},
	{"addr=0x7f01 pc=0x1", "addr=<*> pc=<*>"},
	{"traceID=4bf92f3577b34da6a3ce929d0e0e4736", "traceID=<*>"},
	{"id 123e4567-e89b-12d3-a456-426614174000", "id <*>"},
	{"dial tcp 10.2.3.4:9000: connection refused", "dial tcp <*>: connection refused"},
	{"at 2025/06/18 16:32:47.127 +00:00 done", "at <*> done"},
	{"since 2025-06-18T16:32:47Z", "since <*>"},
	{"took 10.5ms of 2m30s, 3.5GiB, 15MB", "took <*> of <*>"},
	{"remove local directory:/var/lib/milvus/data/cache/30/x failed",
	 "remove local directory:<*> failed"},
	{"open /var/lib/milvus/data/1: Directory not empty", "open <*>: Directory not empty"},
	{"failed at /workspace/source/internal/core/src/storage/LocalChunkManager.cpp:237",
	 "failed at LocalChunkManager.cpp:<*>"},
	{"panicked at src/util.rs:7:41", "panicked at src/util.rs:<*>"},
	{"call /milvus.proto.query.QueryNode/Search", "call /milvus.proto.query.QueryNode/Search"},
	{"get http://minio:9000/bucket/x?y", "get <*>?y"},
	{"pod milvus-querynode-6b8f9c7d5-x2x4z is gone", "pod <*> is gone"},
	{"int64 fp32 v0 GPT2 AVX512 utf8", "int64 fp32 v0 GPT2 AVX512 utf8"},
	{"node datanode-12 abc12345", "node datanode-<*> abc<*>"},
	{"version v2.4.4", "version v2.<*>"},
	{"Error:RemoveDir:Directory not empty", "Error:RemoveDir:Directory not empty"},
	{"two\n  lines\tand   blanks ", "two lines and blanks"},
	{"text_log/0/0/461", "text_log/<*>"},
	{"already <*> and 5", "already <*> and <*>"},
	{"50% of 7, 8.", "<*> of <*>."},
	{"", ""},
	{"   ", ""},
};

static void leaves_what_every_occurrence_has_in_common(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_arena arena = {0};

		assert_text(qn_mask_message(&arena, qn_text_of(cases[i][0])), cases[i][1]);
		qn_arena_deinit(&arena);
	}
}

static void assert_idempotent(struct qn_text message)
{
	struct qn_arena arena = {0};
	struct qn_text once = qn_mask_message(&arena, message), twice = qn_mask_message(&arena, once);
	char *expected = qn_text_copy(once);

	assert_text(twice, expected);
	free(expected);
	qn_arena_deinit(&arena);
}

static void masks_a_masked_message_to_itself(void **state)
{
	static const char alphabet[] = "a1-_./: ,<*>0x[]%+@Zs";
	char text[40];
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_idempotent(qn_text_of(cases[i][0]));
	for (unsigned i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof(text); j++) {
			random = random * 1664525U + 1013904223U;
			text[j] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
		}
		assert_idempotent((struct qn_text){text, sizeof(text)});
	}
}

static void takes_any_bytes(void **state)
{
	char bytes[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	assert_idempotent((struct qn_text){bytes, sizeof(bytes)});
	memset(bytes, '1', sizeof(bytes));
	assert_idempotent((struct qn_text){bytes, sizeof(bytes)});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_what_every_occurrence_has_in_common),
		cmocka_unit_test(masks_a_masked_message_to_itself),
		cmocka_unit_test(takes_any_bytes),
	};
	return QN_RUN("message_mask", tests);
}
