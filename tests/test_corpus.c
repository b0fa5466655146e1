/* Excerpts of real shape (../shared/corpus, beside the source tree where there is one) against
 * tests/corpus.tsv: how many failures each holds, of which kind and signal, and the first frame of the
 * application. The table was made from the excerpts' index by hand, not from what the program prints. */
#include "support/triage.h"

#include "base/cleanup.h"
#include "base/cursor.h"

/* One line of the table: file, failures, kind, signal, key; "-" is none. */
struct row {
	struct qn_text file, kind, signal, key;
	uint64_t failures;
};

static char *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "r");
	char *data;
	size_t size;

	if (!file)
		return NULL;
	data = malloc(1U << 20);
	assert_non_null(data);
	size = fread(data, 1, (1U << 20) - 1, file);
	fclose(file);
	data[size] = '\0';
	*ret_size = size;
	return data;
}

static bool next_row(struct qn_cursor *table, struct row *ret)
{
	struct qn_text line, failures;
	struct qn_cursor cursor;

	if (!qn_cursor_take_line(table, &line) || !line.len)
		return false;
	cursor = qn_cursor_of(line);
	assert_true(qn_cursor_take_until(&cursor, '\t', &ret->file));
	assert_true(qn_cursor_take_until(&cursor, '\t', &failures));
	assert_true(qn_cursor_take_until(&cursor, '\t', &ret->kind));
	assert_true(qn_cursor_take_until(&cursor, '\t', &ret->signal));
	ret->key = cursor.rest;
	if (!qn_text_to_u64(failures, &ret->failures))
		return next_row(table, ret); /* the head line */
	return true;
}

static char *excerpt_path(struct qn_text file)
{
	char *path;

	assert_true(asprintf(&path, "%s/../shared/corpus/excerpts/%.*s", qn_srcdir(), QN_ARG(file)) > 0);
	return path;
}

static struct qn_text first_user(const struct qn_query_signature *signature, bool wants_key)
{
	for (size_t i = 0; i < signature->frames_count; i++)
		if (signature->frames[i].role == QN_ROLE_USER)
			return wants_key ? signature->frames[i].key : signature->frames[i].function;
	return QN_TEXT("-");
}

static struct qn_text or_dash(struct qn_text text)
{
	return text.len ? text : QN_TEXT("-");
}

/* False, with a line of what is wrong, when the report is not what the row says. */
static bool check_row(const struct row *row, const struct qn_report *report)
{
	const struct qn_query_signature *first;
	bool is_right = report->failures_count == row->failures;

	if (!is_right)
		print_message("%.*s: %zu failures, expected %ju\n", QN_ARG(row->file), report->failures_count,
			      (uintmax_t)row->failures);
	if (!is_right || !row->failures)
		return is_right;
	first = report->signatures[0].row;
	is_right = qn_text_equal(or_dash(first->row.kind), row->kind) &&
		   qn_text_equal(or_dash(first->row.signal), row->signal) &&
		   (qn_text_equal(row->key, QN_TEXT("-"))
			    ? qn_text_equal(first_user(first, true), row->key)
			    : qn_text_contains(first_user(first, true), row->key) ||
				      qn_text_contains(first_user(first, false), row->key));
	if (!is_right)
		print_message("%.*s: %.*s, %.*s, %.*s\n", QN_ARG(row->file), QN_ARG(first->row.kind),
			      QN_ARG(or_dash(first->row.signal)), QN_ARG(first_user(first, false)));
	return is_right;
}

static char *load_table(size_t *ret_size)
{
	char *path = qn_folder_path(qn_srcdir(), "tests/corpus.tsv"), *table = read_file(path, ret_size);

	assert_non_null(table);
	free(path);
	return table;
}

static void every_excerpt_gives_its_failures(void **state)
{
	size_t table_size, wrong = 0, rows = 0;
	_cleanup_free_ char *table = load_table(&table_size);
	struct qn_cursor cursor = qn_cursor_of((struct qn_text){table, table_size});
	struct row row;

	(void)state;
	while (next_row(&cursor, &row)) {
		_cleanup_free_ char *path = excerpt_path(row.file), *text = NULL,
				    *name = qn_text_copy(row.file);
		struct qn_triage triage;
		size_t size;

		text = read_file(path, &size);
		if (!text)
			fail_msg("%s is missing", path);
		qn_triage_init(&triage);
		qn_folder_write(triage.folder, name, text, size);
		qn_triage_collect(&triage, 1);
		wrong += !check_row(&row, triage.report);
		rows++;
		qn_triage_deinit(&triage);
	}
	assert_true(rows >= 60);
	assert_int_equal(wrong, 0);
}

static struct qn_text signature_of_file(const struct qn_report *report, const char *file)
{
	for (size_t i = 0; i < report->failures_count; i++) {
		const struct qn_report_signature *signature = &report->signatures[i];

		for (size_t k = 0; k < signature->occurrences_count; k++)
			if (qn_text_ends(qn_report_source_path(report, signature->occurrences[k].row.source),
					 qn_text_of(file)))
				return signature->row->row.id;
	}
	fail_msg("no failure in %s", file);
	return QN_TEXT("");
}

/* What the index says of pairs: one bug collected twice, and bugs that only look alike. */
static void one_bug_is_one_signature_and_two_are_two(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} pairs[] = {
		{"20079-1.log", "27535-1.log", true},  /* one stack, several causes */
		{"26846-1.log", "34416-1.log", true},  /* etcd lease lost */
		{"15952-1.log", "23089-1.log", false}, /* nil dereference here and there */
		{"15952-1.log", "25900-1.log", false},
		{"23089-1.log", "31925-1.log", false},
		{"45181-1.log", "48792-1.log", false}, /* the same frames, with and without a what() */
		{"33587-1.log", "45181-1.log", false},
		{"42936-2.log", "35882-1.log", false}, /* they share the ladder */
		{"42936-2.log", "37609-1.log", false},
		{"42871-1.log", "41044-1.log", false}, /* plumbing only: of no task, of AsyncSearch */
		{"41044-1.log", "42936-2.log", false},
		{"29132-1.log", "29132-2.log", false}, /* two stacks of one report */
		{"29132-2.log", "29339-1.log", false},
		{"17187-1.log", "28542-1.log", false}, /* one place, another signal */
		{"14273-1.log", "17147-1.log", false},
		{"36198-1.log", "37623-1.log", false},
	};
	size_t table_size;
	_cleanup_free_ char *table = load_table(&table_size);
	struct qn_cursor cursor = qn_cursor_of((struct qn_text){table, table_size});
	struct qn_triage triage;
	struct row row;

	(void)state;
	qn_triage_init(&triage);
	while (next_row(&cursor, &row)) {
		_cleanup_free_ char *path = excerpt_path(row.file), *text = NULL,
				    *name = qn_text_copy(row.file);
		size_t size;

		text = read_file(path, &size);
		assert_non_null(text);
		qn_folder_write(triage.folder, name, text, size);
	}
	qn_triage_collect(&triage, 2);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct qn_text a = signature_of_file(triage.report, pairs[i].a);
		struct qn_text b = signature_of_file(triage.report, pairs[i].b);

		if (qn_text_equal(a, b) != pairs[i].is_same)
			fail_msg("%s is %.*s, %s is %.*s", pairs[i].a, QN_ARG(a), pairs[i].b, QN_ARG(b));
	}
	qn_triage_deinit(&triage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_excerpt_gives_its_failures),
		cmocka_unit_test(one_bug_is_one_signature_and_two_are_two),
	};
	char *index = qn_folder_path(qn_srcdir(), "../shared/corpus/index.tsv");
	bool is_missing = access(index, R_OK) != 0;

	free(index);
	if (is_missing) {
		puts("1..0 # SKIP ../shared/corpus is not beside the source tree");
		return 0;
	}
	return QN_RUN("corpus", tests);
}
