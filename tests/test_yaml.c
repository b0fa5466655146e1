#include "support/test.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/yaml.h"
#include "base/banned.h"

static void reads_maps_lists_and_words_with_their_places(void **state)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;
	const struct qn_yaml *root, *rules, *first;

	(void)state;
	assert_no_error(qn_yaml_parse(
		"a.yaml", QN_TEXT("rules:\n  - id: 'null'\n    on: null\n  - two\nempty: []\n"), &file));
	assert_string_equal(file->path, "a.yaml");
	assert_int_equal(file->count, 1);
	root = file->documents[0];
	assert_int_equal(root->kind, QN_YAML_MAP);
	assert_int_equal(root->count, 2);
	assert_text(root->keys[1]->text, "empty");
	rules = qn_yaml_get(root, "rules");
	assert_int_equal(rules->kind, QN_YAML_LIST);
	assert_int_equal(rules->count, 2);
	first = rules->items[0];
	assert_true(qn_yaml_get(first, "id")->is_quoted);
	assert_text(qn_yaml_get(first, "id")->text, "null");
	assert_false(qn_yaml_get(first, "on")->is_quoted);
	assert_int_equal(qn_yaml_get(first, "on")->line, 3);
	assert_int_equal(qn_yaml_get(first, "on")->column, 9);
	assert_text(rules->items[1]->text, "two");
	assert_int_equal(qn_yaml_get(root, "empty")->count, 0);
}

static void what_is_not_there_is_null(void **state)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;

	(void)state;
	assert_no_error(qn_yaml_parse("a.yaml", QN_TEXT("key: [value]\n"), &file));
	assert_null(qn_yaml_get(file->documents[0], "other"));
	assert_null(qn_yaml_get(NULL, "key"));
	assert_null(qn_yaml_get(qn_yaml_get(file->documents[0], "key"), "value"));
	qn_yaml_file_destroy(NULL);
}

static void reads_many_items_and_many_documents(void **state)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer content = {0};

	(void)state;
	for (int document = 0; document < 20; document++) {
		qn_buffer_append_string(&content, "---\n");
		for (int i = 0; i < 100; i++)
			qn_buffer_printf(&content, "key%d: [%d, %d]\n", i, document, i);
	}
	assert_no_error(qn_yaml_parse("a.yaml", qn_buffer_text(&content), &file));
	assert_int_equal(file->count, 20);
	assert_int_equal(file->documents[19]->count, 100);
	assert_text(file->documents[19]->items[99]->items[0]->text, "19");
	assert_text(file->documents[19]->items[99]->items[1]->text, "99");
}

static void nothing_is_no_document(void **state)
{
	static const char *const contents[] = {"", "\n\n", "# only a comment\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;

		assert_no_error(qn_yaml_parse("a.yaml", qn_text_of(contents[i]), &file));
		assert_int_equal(file->count, 0);
	}
}

static void an_empty_value_is_an_empty_word(void **state)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;
	const struct qn_yaml *value;

	(void)state;
	assert_no_error(qn_yaml_parse("a.yaml", QN_TEXT("---\nkey:\n"), &file));
	value = qn_yaml_get(file->documents[0], "key");
	assert_int_equal(value->kind, QN_YAML_SCALAR);
	assert_int_equal(value->text.len, 0);
	assert_false(value->is_quoted);
}

static void says_where_a_file_is_wrong(void **state)
{
	static const struct {
		const char *content;
		const char *message;
	} cases[] = {
		{"a: 1\nb: 2\na: 3\n", "r.yaml:3:1: this key stands here twice"},
		{"x: {a: 1, 'a': 2}\n", "r.yaml:1:11: this key stands here twice"},
		{"? [a, b]\n: 1\n", "r.yaml:1:3: a key must be a plain word"},
		{"? {a: b}\n: 1\n", "r.yaml:1:3: a key must be a plain word"},
		{"a: &x 1\n", "r.yaml:1:4: anchors and aliases are not read; write the value out"},
		{"a: &x [1]\n", "r.yaml:1:4: anchors and aliases are not read; write the value out"},
		{"a: &x {b: 1}\n", "r.yaml:1:4: anchors and aliases are not read; write the value out"},
		{"a: *x\n", "r.yaml:1:4: anchors and aliases are not read; write the value out"},
		{"a: [1, 2\n", "r.yaml:2:1: did not find expected ',' or ']'"},
		{"a: {b: 1\n", "r.yaml:2:1: did not find expected ',' or '}'"},
		{"a: \"text\n", "r.yaml:2:1: found unexpected end of stream"},
		{"a: 'text\n", "r.yaml:2:1: found unexpected end of stream"},
		{"a: b: c\n", "r.yaml:1:5: mapping values are not allowed in this context"},
		{"a:\n\t- b\n", "r.yaml:2:1: found character that cannot start any token"},
		{"- a\nb: c\n", "r.yaml:2:1: did not find expected '-' indicator"},
		{"a: !!%zz b\n", "r.yaml:1:6: did not find URI escaped octet"},
		{"a: \"x\\0y\"\n", "r.yaml:1:4: a NUL byte in a text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_yaml_file *file = NULL;

		assert_error(qn_yaml_parse("r.yaml", qn_text_of(cases[i].content), &file), QN_ERROR_RULE,
			     cases[i].message);
		assert_null(file);
	}
}

static void refuses_bytes_that_are_no_text(void **state)
{
	static const struct qn_text contents[] = {
		{"a: \0b\n", 6},      {"a: \x01\n", 5},         {"\xff\xfe a: b\n", 8},
		{"a: \xc0\x80\n", 6}, {"a: \xed\xa0\x80\n", 7}, {"\x80", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		_cleanup_error_ struct qn_error *error = NULL;
		struct qn_yaml_file *file = NULL;

		error = qn_yaml_parse("r.yaml", contents[i], &file);
		assert_non_null(error);
		assert_int_equal(error->code, QN_ERROR_RULE);
		assert_ptr_equal(strstr(error->message, "r.yaml:1:"), error->message);
		assert_null(file);
	}
}

static void refuses_a_bomb_of_aliases(void **state)
{
	struct qn_yaml_file *file = NULL;

	(void)state;
	assert_error(qn_yaml_parse("bomb.yaml",
				   QN_TEXT("a: &a [x,x,x,x,x,x,x,x,x]\n"
					   "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
					   "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"),
				   &file),
		     QN_ERROR_RULE, "bomb.yaml:1:4: anchors and aliases are not read; write the value out");
}

/* @depth lists inside each other */
static void nest(struct qn_buffer *content, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		qn_buffer_append_byte(content, '[');
	for (unsigned i = 0; i < depth; i++)
		qn_buffer_append_byte(content, ']');
}

static void is_as_deep_as_the_cap_and_not_deeper(void **state)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer content = {0};
	struct qn_yaml_file *none = NULL;

	(void)state;
	nest(&content, QN_YAML_DEPTH_MAX);
	assert_no_error(qn_yaml_parse("a.yaml", qn_buffer_text(&content), &file));
	qn_buffer_clear(&content);
	nest(&content, QN_YAML_DEPTH_MAX + 1);
	assert_error(qn_yaml_parse("a.yaml", qn_buffer_text(&content), &none), QN_ERROR_RULE,
		     "a.yaml:1:65: nested too deeply");
	assert_null(none);
}

/* A file in a folder of its own, both gone at the end of the scope. */
struct scratch {
	char folder[64];
	char path[80];
};

static void scratch_init(struct scratch *scratch)
{
	*scratch = (struct scratch){.folder = "/tmp/qntriage-test.XXXXXX"};
	assert_non_null(mkdtemp(scratch->folder));
	snprintf(scratch->path, sizeof(scratch->path), "%s/a.yaml", scratch->folder);
}

static void scratch_deinit(struct scratch *scratch)
{
	unlink(scratch->path);
	rmdir(scratch->folder);
}

static void write_file(const char *path, struct qn_text content)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}

static void loads_a_file(void **state)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;
	_cleanup_(scratch_deinit) struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	write_file(scratch.path, QN_TEXT("key: value\n"));
	assert_no_error(qn_yaml_load(scratch.path, &file));
	assert_text(qn_yaml_get(file->documents[0], "key")->text, "value");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	_cleanup_free_ char *message = NULL;
	_cleanup_(scratch_deinit) struct scratch scratch;
	struct qn_yaml_file *file = NULL;

	(void)state;
	scratch_init(&scratch);
	assert_true(asprintf(&message, "%s: No such file or directory", scratch.path) > 0);
	assert_error(qn_yaml_load(scratch.path, &file), QN_ERROR_SYSTEM, message);
	free(message);
	assert_true(asprintf(&message, "%s: Is a directory", scratch.folder) > 0);
	assert_error(qn_yaml_load(scratch.folder, &file), QN_ERROR_SYSTEM, message);
	assert_null(file);
}

static void a_file_over_the_cap_is_refused(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer content = {0};
	_cleanup_(scratch_deinit) struct scratch scratch;
	_cleanup_free_ char *message = NULL;
	struct qn_yaml_file *file = NULL;

	(void)state;
	scratch_init(&scratch);
	assert_true(qn_buffer_reserve(&content, QN_RULE_FILE_BYTES_MAX + 1));
	memset(content.data, '#', QN_RULE_FILE_BYTES_MAX + 1);
	content.len = QN_RULE_FILE_BYTES_MAX + 1;
	write_file(scratch.path, qn_buffer_text(&content));
	assert_true(asprintf(&message, "%s: larger than %u bytes", scratch.path, QN_RULE_FILE_BYTES_MAX) > 0);
	assert_error(qn_yaml_load(scratch.path, &file), QN_ERROR_LIMIT, message);
	assert_null(file);
}

static void an_error_names_the_place_of_its_node(void **state)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;

	(void)state;
	assert_no_error(qn_yaml_parse("r.yaml", QN_TEXT("a: 1\nseverity: loud\n"), &file));
	assert_error(qn_yaml_error(file, qn_yaml_get(file->documents[0], "severity"), "no such severity: %s",
				   "loud"),
		     QN_ERROR_RULE, "r.yaml:2:11: no such severity: loud");
	assert_error(qn_yaml_error(file, NULL, "id is missing"), QN_ERROR_RULE, "r.yaml:1:1: id is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_maps_lists_and_words_with_their_places),
		cmocka_unit_test(what_is_not_there_is_null),
		cmocka_unit_test(reads_many_items_and_many_documents),
		cmocka_unit_test(nothing_is_no_document),
		cmocka_unit_test(an_empty_value_is_an_empty_word),
		cmocka_unit_test(says_where_a_file_is_wrong),
		cmocka_unit_test(refuses_bytes_that_are_no_text),
		cmocka_unit_test(refuses_a_bomb_of_aliases),
		cmocka_unit_test(is_as_deep_as_the_cap_and_not_deeper),
		cmocka_unit_test(loads_a_file),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(a_file_over_the_cap_is_refused),
		cmocka_unit_test(an_error_names_the_place_of_its_node),
	};

	return QN_RUN("yaml", tests);
}
