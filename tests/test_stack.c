#include "support/test.h"

#include "base/cleanup.h"
#include "stack/stack.h"

static void kinds_have_names_and_back(void **state)
{
	static const char *const names[] = {"crash", "panic",  "abort",    "assert", "sanitizer",
					    "exit",  "killed", "deadlock", "error"};
	enum qn_kind kind;

	(void)state;
	for (unsigned i = 0; i < QN_KIND_COUNT; i++) {
		assert_string_equal(qn_kind_name((enum qn_kind)i), names[i]);
		assert_true(qn_kind_of_name(qn_text_of(names[i]), &kind));
		assert_int_equal(kind, i);
	}
	assert_false(qn_kind_of_name(QN_TEXT("crashed"), &kind));
	assert_false(qn_kind_of_name(QN_TEXT(""), &kind));
	assert_string_equal(qn_kind_name((enum qn_kind)99), "error");
}

static void roles_have_names(void **state)
{
	(void)state;
	assert_string_equal(qn_role_name(QN_ROLE_UNKNOWN), "unknown");
	assert_string_equal(qn_role_name(QN_ROLE_FAULT), "fault");
	assert_string_equal(qn_role_name(QN_ROLE_ASSERT), "assert");
	assert_string_equal(qn_role_name(QN_ROLE_USER), "user");
	assert_string_equal(qn_role_name(QN_ROLE_LIBRARY), "library");
	assert_string_equal(qn_role_name(QN_ROLE_EXECUTOR), "executor");
	assert_string_equal(qn_role_name(QN_ROLE_RUNTIME), "runtime");
	assert_string_equal(qn_role_name(QN_ROLE_THREAD_ENTRY), "thread-entry");
	assert_string_equal(qn_role_name((enum qn_role)99), "unknown");
}

static void the_first_user_frame_names_the_failure(void **state)
{
	struct qn_frame frames[] = {{.role = QN_ROLE_FAULT}, {.role = QN_ROLE_USER}, {.role = QN_ROLE_USER}};
	struct qn_stack stack = {.frames = frames, .frames_count = 3};

	(void)state;
	assert_int_equal(qn_stack_first_user(&stack), 1);
	stack.frames_count = 1;
	assert_true(qn_stack_first_user(&stack) == SIZE_MAX);
}

static void a_copy_shares_no_text_with_its_original(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	char text[] = "text";
	struct qn_text shared = {text, 4};
	struct qn_frame frame = {.raw = shared,
				 .function = shared,
				 .key = shared,
				 .file = shared,
				 .module = shared,
				 .build_id = shared,
				 .line = 7,
				 .pc = 8,
				 .role = QN_ROLE_USER};
	struct qn_stack stack = {.signal = shared,
				 .exception = shared,
				 .message = shared,
				 .thread = shared,
				 .executor = {.kind = shared, .pool = shared, .task = shared},
				 .frames = &frame,
				 .frames_count = 1,
				 .damage = {shared},
				 .damage_count = 1,
				 .goroutine = 5,
				 .dialect = "zap-stack"};
	struct qn_stack *copy = qn_stack_copy(&arena, &stack);

	(void)state;
	assert_non_null(copy);
	memset(text, 'x', 4);
	frame.line = 0;
	assert_text(copy->signal, "text");
	assert_text(copy->exception, "text");
	assert_text(copy->message, "text");
	assert_text(copy->thread, "text");
	assert_text(copy->executor.kind, "text");
	assert_text(copy->executor.pool, "text");
	assert_text(copy->executor.task, "text");
	assert_text(copy->damage[0], "text");
	assert_text(copy->frames[0].raw, "text");
	assert_text(copy->frames[0].function, "text");
	assert_text(copy->frames[0].key, "text");
	assert_text(copy->frames[0].file, "text");
	assert_text(copy->frames[0].module, "text");
	assert_text(copy->frames[0].build_id, "text");
	assert_int_equal(copy->frames[0].line, 7);
	assert_int_equal(copy->goroutine, 5);
	assert_string_equal(copy->dialect, "zap-stack");
}

static void a_copy_of_an_empty_stack_is_empty(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_stack stack = {0}, *copy = qn_stack_copy(&arena, &stack);

	(void)state;
	assert_non_null(copy);
	assert_null(copy->frames);
	assert_int_equal(copy->message.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_have_names_and_back),
		cmocka_unit_test(roles_have_names),
		cmocka_unit_test(the_first_user_frame_names_the_failure),
		cmocka_unit_test(a_copy_shares_no_text_with_its_original),
		cmocka_unit_test(a_copy_of_an_empty_stack_is_empty),
	};
	return QN_RUN("stack", tests);
}
