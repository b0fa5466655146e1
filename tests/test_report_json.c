#include "base/json.h"
#include "report/report.h"
#include "support/sample_store.h"
#include "base/banned.h"

struct values {
	struct qn_buffer text; /* "path=value\n" of every member */
};

static void note(void *context, const char *path, struct qn_text value)
{
	struct values *values = context;

	qn_buffer_printf(&values->text, "%s=%.*s\n", path, QN_ARG(value));
}

static void print(struct qn_store *store, bool is_lines, struct qn_buffer *out)
{
	const struct qn_report_style style = {.generated_at = QN_TEXT("2026-01-02T03:04:05Z")};
	const struct qn_report_filter everything = {0};
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;

	assert_no_error(qn_report_load(store, &everything, &report));
	if (is_lines)
		assert_no_error(qn_report_print_ndjson(report, &style, out));
	else
		assert_no_error(qn_report_print_json(report, &style, out));
}

static void assert_holds(const struct qn_buffer *out, const char *expected)
{
	if (!strstr(out->data, expected))
		fail_msg("`%s` is not in\n%s", expected, out->data);
}

static void every_key_of_the_contract_has_its_value(void **state)
{
	static const char *const expected[] = {
		"schema=qntriage.report/1\n",
		"tool.name=qntriage\n",
		"generated_at=2026-01-02T03:04:05Z\n",
		"sources.0.path=pod-kill/datanode.log\n",
		"sources.0.wrappers.1=cri\n",
		"sources.0.formats.zap=1898\n",
		"processes.0.pod=" SAMPLE_POD "datanode-5c8f7d9b6-x2kqp\n",
		"processes.0.sources.0=pod-kill/datanode.log\n",
		"processes.0.ended_at=2025-02-27T10:14:03Z\n",
		"signatures.0.id=" SAMPLE_PANIC "\n",
		"signatures.0.count=2\n",
		"signatures.0.first_seen=2025-02-27T10:14:03.001Z\n",
		"signatures.0.versions.0=" SAMPLE_BUILD "\n",
		"signatures.0.frames.0.role=fault\n",
		"signatures.0.frames.1.line=903\n",
		"signatures.0.verdict.state=new\n",
		"signatures.0.verdict.fix=unknown\n",
		"signatures.0.occurrences.1.id=QO-2222aaaa0002\n",
		"signatures.2.executor.task=AsyncRetrieve\n",
		"signatures.2.verdict.issue=40308\n",
		"signatures.2.verdict.fixed_in.0=" SAMPLE_FIX "\n",
		"signatures.2.verdict.confidence=0.9\n",
		"signatures.2.occurrences.0.also.0.line=1423\n",
		"signatures.2.occurrences.0.goroutine=1403\n",
		"signatures.2.occurrences.0.damage.1=viewer line numbers\n",
		"signatures.3.kind=error\n",
		"signatures.3.count=1200\n",
		"templates.0.template=load segment <*>\n",
		"hits.0.signature=" SAMPLE_KNOWN "\n",
		"hits.0.evidence.0.text=SIGNAL CATCH BY NON-GO SIGNAL HANDLER\n",
		"issues.0.count=3\n",
		"totals.sources=8\n",
		"totals.failures=3\n",
		"totals.files_not_understood=0\n",
	};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct values values = {0};

	(void)state;
	print(store, false, &out);
	assert_true(qn_json_read_object(qn_buffer_text(&out), note, &values));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_holds(&values.text, expected[i]);
	qn_buffer_deinit(&values.text);
}

static void what_is_not_known_is_null(void **state)
{
	static const char *const expected[] = {
		("\"restarts\": 2, \"last_state\": \"Running\", \"reason\": null, \"exit_code\": null, "
		 "\"memory\": []"),
		"\"ended_at\": null, \"end\": \"running\"",
		"\"signal\": null",
		"\"executor\": null",
		"\"rule\": null",
		"\"confidence\": null",
		"\"thread\": null",
		"\"module\": null, \"build_id\": null",
		"\"cores\": []",
		"\"in_flight\": []",
		"\"component\": null, \"pod\": null",
	};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(store, false, &out);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_holds(&out, expected[i]);
}

static void prints_the_same_bytes_twice(void **state)
{
	_cleanup_(qn_store_close_guard) struct qn_store *first = sample_store(), *second = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer a = {0}, b = {0};

	(void)state;
	print(first, false, &a);
	print(second, false, &b);
	assert_string_equal(a.data, b.data);
}

static void lines_are_one_object_each(void **state)
{
	static const char *const expected[] = {"type=report\n",   "type=source\n",    "type=pod\n",
					       "type=process\n",  "type=signature\n", "type=hit\n",
					       "type=template\n", "type=issue\n",     "type=totals\n"};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct values values = {0};
	struct qn_cursor cursor;
	struct qn_text line;
	size_t count = 0;

	(void)state;
	print(store, true, &out);
	cursor = qn_cursor_of(qn_buffer_text(&out));
	for (; qn_cursor_take_line(&cursor, &line); count++)
		assert_true(qn_json_read_object(line, note, &values));
	assert_int_equal(count, 1 + 8 + 2 + 10 + 9 + 1 + 1 + 1 + 1);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_holds(&values.text, expected[i]);
	qn_buffer_deinit(&values.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_the_contract_has_its_value),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(prints_the_same_bytes_twice),
		cmocka_unit_test(lines_are_one_object_each),
	};

	return QN_RUN("report_json", tests);
}
