#include "support/test.h"

#include "base/cleanup.h"
#include "stack/normalize.h"

/* What the normalizer says of a table with this content; the file's name is "table.yaml" in a folder of its
 * own. */
static struct qn_error *load(const char *content)
{
	char folder[] = "/tmp/qn-frame-table-XXXXXX", path[sizeof(folder) + 16];
	const char *paths[] = {path};
	struct qn_normalizer *normalizer = NULL;
	struct qn_error *error;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/table.yaml", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
	error = qn_normalizer_create(paths, 1, &normalizer);
	qn_normalizer_destroy(normalizer);
	unlink(path);
	rmdir(folder);
	return error;
}

static void names_the_place_of_what_is_wrong(void **state)
{
	static const char *const cases[][2] = {
		{"- 1\n", ":1:1: a frame table must be a map"},
		{"x: 1\n", ":1:1: unknown section \"x\""},
		{"roles: 1\n", ":1:8: roles must be a list"},
		{"roles:\n  - 1\n", ":2:5: an entry of roles must be a map"},
		{"roles:\n  - name: [a]\n", ":2:5: the entry has no role"},
		{"roles:\n  - role: user\n", ":2:5: the entry has no condition"},
		{"roles:\n  - role: usr\n    name: [a]\n",
		 ":2:11: role is \"usr\"; it must be fault, assert, user, library, executor, runtime, "
		 "thread-entry or unknown"},
		{"roles:\n  - role: user\n    nam: [a]\n", ":3:5: unknown key \"nam\""},
		{"roles:\n  - role: user\n    name: a\n", ":3:11: name must be a list"},
		{"roles:\n  - role: user\n    name: [[a]]\n", ":3:12: name must be a text"},
		{"roles:\n  - role: user\n    name: [\"\"]\n", ":3:12: name must not be empty"},
		{"ladders: [a]\n", ":1:10: ladders must be a map"},
		{"ladders: {nam: [a]}\n", ":1:11: unknown key \"nam\""},
		{"paths: [{skip: 1}]\n", ":1:9: the entry must have one of after and from"},
		{"paths: [{after: [a/], from: [b/]}]\n", ":1:9: the entry must have one of after and from"},
		{"paths: [{after: [a/], skip: x}]\n", ":1:29: skip must be a number from 0 to 16"},
		{"paths: [{after: [a/], last: 1}]\n", ":1:29: last must be true or false"},
		{"paths: [{after: [a/], lst: 1}]\n", ":1:23: unknown key \"lst\""},
		{"executors: [{kind: a}]\n", ":1:13: the entry must have kind and name"},
		{"executors: [1]\n", ":1:13: the entry must be a map"},
		{"pools: [{thread: a, pool: b, x: c}]\n", ":1:9: the entry must have thread and pool"},
		{"workers: 1\n", ":1:10: workers must be a map"},
		{"workers: {tsk: {name: [a]}}\n", ":1:11: unknown key \"tsk\"; workers has task and idle"},
		{"workers: {task: {nam: [a]}}\n", ":1:18: unknown key \"nam\""},
		{"workers: {idle: {name: a}}\n", ":1:24: name must be a list"},
		{"waits: 1\n", ":1:8: waits must be a list"},
		{"waits: [1]\n", ":1:9: an entry of waits must be a map"},
		{"waits: [{name: [a]}]\n", ":1:9: the entry must say what the thread is at"},
		{"waits: [{what: a}]\n", ":1:9: the entry has no condition"},
		{"waits: [{what: a, blocked: true}]\n", ":1:9: the entry has no condition"},
		{"waits: [{what: a, blocked: 1, name: [b]}]\n", ":1:28: blocked must be true or false"},
		{"waits: [{what: a, nam: [b]}]\n", ":1:19: unknown key \"nam\""},
		{"waits: [{what: [a], name: [b]}]\n", ":1:16: what must be a text"},
		{"task_callbacks: a\n", ":1:17: task_callbacks must be a list"},
		{"task_callbacks: [[a]]\n", ":1:18: task_callbacks must be a text"},
		{"task_callbacks: [\"\"]\n", ":1:18: task_callbacks must not be empty"},
		{"defaults: {go: library, other: x}\n",
		 ":1:32: role is \"x\"; it must be fault, assert, user, library, executor, runtime, "
		 "thread-entry or unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_error *error = load(cases[i][0]);
		const char *at;

		assert_non_null(error);
		assert_int_equal(error->code, QN_ERROR_RULE);
		at = strstr(error->message, "table.yaml");
		assert_non_null(at);
		assert_string_equal(at + strlen("table.yaml"), cases[i][1]);
		qn_error_destroy(error);
	}
}

static void says_which_file_is_missing(void **state)
{
	const char *paths[] = {"/nonexistent/frames.yaml"};
	struct qn_normalizer *normalizer = NULL;
	struct qn_error *error = qn_normalizer_create(paths, 1, &normalizer);

	(void)state;
	assert_non_null(error);
	assert_int_equal(error->code, QN_ERROR_SYSTEM);
	assert_non_null(strstr(error->message, "/nonexistent/frames.yaml"));
	assert_null(normalizer);
	qn_error_destroy(error);
}

static enum qn_role role_of(const struct qn_normalizer *normalizer, const char *raw, const char *file)
{
	struct qn_arena arena = {0};
	struct qn_frame frame = {.raw = qn_text_of(raw), .file = qn_text_of(file)};
	struct qn_stack stack = {.frames = &frame, .frames_count = 1};

	qn_normalizer_apply(normalizer, &arena, &stack);
	qn_arena_deinit(&arena);
	return frame.role;
}

static void takes_the_first_entry_that_fits(void **state)
{
	static const char content[] =
		"roles:\n"
		"  - {role: fault, name: ['a::b'], name_suffix: [_end]}\n"
		"  - {role: assert, name_prefix: ['a::']}\n"
		"  - {role: runtime, name_prefix: ['a::b', c], name: ['a::b'], text_prefix: ['t<x']}\n"
		"  - {role: executor, file: [lib/], name_without_file: [bare]}\n"
		"defaults: {go: thread-entry, other: unknown}\n"
		"---\n"
		"task_functions: [async]\n";
	static const struct {
		const char *raw, *file;
		enum qn_role role;
	} cases[] = {
		{"a::b(int)", "", QN_ROLE_FAULT},
		{"c_end", "", QN_ROLE_FAULT},
		{"a::c", "lib/x.h", QN_ROLE_ASSERT},
		{"cc", "/lib/x.h", QN_ROLE_RUNTIME},
		{"t<x>", "", QN_ROLE_RUNTIME},
		{"t<y>", "", QN_ROLE_UNKNOWN},
		{"d", "/usr/lib/x.h", QN_ROLE_EXECUTOR},
		{"d", "/usr/mylib/x.h", QN_ROLE_UNKNOWN},
		{"bare", "", QN_ROLE_EXECUTOR},
		{"bare", "x.h", QN_ROLE_UNKNOWN},
		{"x.(*T).F(0x1)", "", QN_ROLE_THREAD_ENTRY},
	};
	char path[] = "/tmp/qn-frame-table-XXXXXX";
	const char *paths[] = {path};
	struct qn_normalizer *normalizer = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, sizeof(content) - 1), sizeof(content) - 1);
	close(fd);
	assert_no_error(qn_normalizer_create(paths, 1, &normalizer));
	unlink(path);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(role_of(normalizer, cases[i].raw, cases[i].file), cases[i].role);
	qn_normalizer_destroy(normalizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_place_of_what_is_wrong),
		cmocka_unit_test(says_which_file_is_missing),
		cmocka_unit_test(takes_the_first_entry_that_fits),
	};
	return QN_RUN("frame_table", tests);
}
