#include "triage/core_json.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "support/made_postmortem.h"
#include "support/test.h"

#include "base/banned.h"

static const struct qn_signature signature = {.id = QN_TEXT("QN-0123456789ab"),
					      .kind = QN_KIND_CRASH,
					      .title = QN_TEXT("SIGSEGV in milvus::inner")};

/* A value that is looked for. */
struct wanted {
	const char *path;
	char found[128];
};

static void look(void *context, const char *path, struct qn_text value)
{
	struct wanted *wanted = context;

	if (strcmp(path, wanted->path) == 0)
		snprintf(wanted->found, sizeof(wanted->found), "%.*s", QN_ARG(value));
}

static void assert_value(const struct qn_buffer *json, const char *path, const char *expected)
{
	struct wanted wanted = {.path = path};

	assert_true(qn_json_read_object(qn_buffer_text(json), look, &wanted));
	assert_string_equal(wanted.found, expected);
}

static void tells_signal_process_threads_pools_locks_and_modules(void **state)
{
	static const struct {
		const char *path, *value;
	} cases[] = {
		{"schema", "qntriage.core/1"},
		{"core", "dir/core.1"},
		{"signal", "SIGSEGV"},
		{"si_code", "1"},
		{"fault_address", "0xffffffffffffffe0"},
		{"reason", "SIGSEGV: address not mapped"},
		{"signature", "QN-0123456789ab"},
		{"kind", "crash"},
		{"crashed_thread", "13"},
		{"crashed_because", "the kernel raised it"},
		{"process.pid", "4711"},
		{"process.executable", "/bin/milvus"},
		{"machine", "x86-64"},
		{"truncated", "true"},
		{"threads", "5"},
		{"groups.0.crashed", "true"},
		{"groups.0.frames.0.inlined", "true"},
		{"groups.0.frames.0.pc", "0x1010"},
		{"groups.1.count", "2"},
		{"groups.1.threads.1", "12"},
		{"groups.1.state", "blocked"},
		{"groups.1.unwinder", "libdw"},
		{"groups.2.elided.at", "4"},
		{"groups.2.elided.count", "1000"},
		{"groups.3.stopped.0.thread", "15"},
		{"pools.0.verdict", "starved"},
		{"pools.0.threads.blocked", "4"},
		{"pools.0.address", "0xabc0"},
		{"locks.waits.0.kind", "mutex"},
		{"locks.waits.0.address", "0x7000"},
		{"locks.waits.0.owner", "12"},
		{"locks.cycles.0.1", "12"},
		{"modules.0.build_id", "0123abcd"},
		{"modules.1.start", "0x8000"},
		{"issues.0.offset", "64"},
		{"issues.0.count", "2"},
		{"issues.0.source", "dir/core.1"},
	};
	_cleanup_(qn_buffer_deinit) struct qn_buffer json = {0};
	struct made_postmortem made;

	(void)state;
	made_postmortem_init(&made);
	assert_no_error(qn_core_json(&made.told, &signature, &json));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_value(&json, cases[i].path, cases[i].value);
}

static void what_is_not_known_is_null(void **state)
{
	const struct qn_postmortem nothing = {.is_text = true, .crashed = SIZE_MAX};
	_cleanup_(qn_buffer_deinit) struct qn_buffer json = {0};

	(void)state;
	assert_no_error(qn_core_json(&nothing, NULL, &json));
	assert_non_null(strstr(json.data, "\"signal\": null"));
	assert_non_null(strstr(json.data, "\"fault_address\": null"));
	assert_non_null(strstr(json.data, "\"signature\": null"));
	assert_non_null(strstr(json.data, "\"crashed_thread\": null"));
	assert_non_null(strstr(json.data, "\"input\": \"text\""));
	assert_non_null(strstr(json.data, "\"modules\": []"));
}

static void what_comes_from_a_core_is_escaped(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer json = {0};
	struct made_postmortem made;

	(void)state;
	made_postmortem_init(&made);
	assert_no_error(qn_core_json(&made.told, &signature, &json));
	assert_null(memchr(json.data, '\x1b', json.len));
	assert_value(&json, "process.command", "milvus " MADE_HOSTILE);
}

/* The layout goes, the value stays: strings with blanks and escaped line breaks as they are. */
static void what_was_written_goes_on_one_line_or_deeper(void **state)
{
	static const char value[] = "{\n  \"a\": [\n    1,\n    \"x,  \\n y\"\n  ],\n  \"b\": {}\n}";
	_cleanup_(qn_buffer_deinit) struct qn_buffer flat = {0}, deep = {0};
	struct qn_json_writer json = {.out = &flat};

	(void)state;
	qn_json_inline_array_begin(&json);
	qn_json_written(&json, qn_text_of(value));
	qn_json_array_end(&json);
	assert_string_equal(flat.data, "[{\"a\": [1, \"x,  \\n y\"], \"b\": {}}]");
	json = (struct qn_json_writer){.out = &deep};
	qn_json_array_begin(&json);
	qn_json_written(&json, qn_text_of(value));
	qn_json_array_end(&json);
	assert_string_equal(deep.data,
			    "[\n  {\n    \"a\": [\n      1,\n      \"x,  \\n y\"\n    ],\n    \"b\": "
			    "{}\n  }\n]");
}

static void a_summary_tells_end_threads_and_verdicts_a_line_each(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer summary = {0};
	struct made_postmortem made;

	(void)state;
	made_postmortem_init(&made);
	assert_no_error(qn_core_summary(&made.told, &signature, &summary));
	assert_string_equal(
		summary.data,
		"thread 13: SIGSEGV: address not mapped: evil\x1b[31m name\n"
		"5 threads: 2 blocked in std::mutex lock, 1 idle evil\x1b[31m name, 1 milvus::visit, 1 "
		"other\n"
		"deadlock: thread 11 waits for mutex 0x7000 that thread 12 holds, which waits for mutex "
		"0x7100 "
		"that thread 11 holds\n"
		"pool starved: CPUThreadPoolExecutor POOL: all 4 workers wait for what only it runs");
}

static void others_are_counted_by_what_they_are_at(void **state)
{
	struct qn_others others[QN_OTHERS_MAX];
	struct made_postmortem made;
	size_t count;

	(void)state;
	made_postmortem_init(&made);
	made.groups[3].what = made.groups[1].what;
	assert_no_error(qn_core_count_others(&made.told, others, &count));
	assert_int_equal(count, 2);
	assert_int_equal(others[0].count, 3);
	assert_text(others[0].what, "blocked in std::mutex lock");
	assert_text(others[1].what, "milvus::visit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_signal_process_threads_pools_locks_and_modules),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(what_comes_from_a_core_is_escaped),
		cmocka_unit_test(what_was_written_goes_on_one_line_or_deeper),
		cmocka_unit_test(a_summary_tells_end_threads_and_verdicts_a_line_each),
		cmocka_unit_test(others_are_counted_by_what_they_are_at),
	};

	return QN_RUN("core_json", tests);
}
