#include "support/test.h"

#include "signature/fingerprint.h"

static struct qn_frame frame(const char *key, enum qn_role role, uint64_t pc)
{
	return (struct qn_frame){.key = qn_text_of(key), .role = role, .pc = pc};
}

static void is_exact_but_for_addresses_and_numbers(void **state)
{
	struct qn_frame frames[] = {frame("std::get", QN_ROLE_LIBRARY, 1),
				    frame("milvus::f", QN_ROLE_USER, 2)};
	struct qn_stack stack = {.kind = QN_KIND_ABORT,
				 .signal = QN_TEXT("SIGABRT"),
				 .exception = QN_TEXT("std::bad_alloc"),
				 .message = QN_TEXT("segment 464876304356846575 failed"),
				 .frames = frames,
				 .frames_count = 2};
	char first[QN_FINGERPRINT_BYTES], next[QN_FINGERPRINT_BYTES];

	(void)state;
	assert_int_equal(strlen(qn_fingerprint_of_stack(&stack, first)), QN_FINGERPRINT_BYTES - 1);
	assert_memory_equal(first, "QP-", 3);
	frames[0].pc = 77;
	frames[0].file = QN_TEXT("a.cpp");
	stack.message = QN_TEXT("segment 464876304356846599 failed");
	assert_string_equal(first, qn_fingerprint_of_stack(&stack, next));
	stack.frames_count = 1;
	assert_string_not_equal(first, qn_fingerprint_of_stack(&stack, next));
	stack.frames_count = 2;
	frames[0].key = QN_TEXT("std::set");
	assert_string_not_equal(first, qn_fingerprint_of_stack(&stack, next));
	frames[0].key = QN_TEXT("std::get");
	assert_string_equal(first, qn_fingerprint_of_stack(&stack, next));
	stack.signal = QN_TEXT("SIGSEGV");
	assert_string_not_equal(first, qn_fingerprint_of_stack(&stack, next));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(is_exact_but_for_addresses_and_numbers)};

	return QN_RUN("fingerprint", tests);
}
