#include "report/report.h"
#include "support/sample_store.h"
#include "base/banned.h"

static struct qn_report *load(struct qn_store *store, struct qn_report_filter filter)
{
	struct qn_report *report = NULL;

	assert_no_error(qn_report_load(store, &filter, &report));
	return report;
}

static void ranks_new_before_known_and_failures_before_errors(void **state)
{
	static const char *const order[] = {SAMPLE_PANIC,      SAMPLE_LEASE,      SAMPLE_KNOWN,
					    "QN-e00000000004", "QN-e00000000001", "QN-e00000000002",
					    "QN-e00000000003", "QN-e00000000005", "QN-e00000000006"};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_report_destroy_guard) struct qn_report *report =
		load(store, (struct qn_report_filter){0});

	(void)state;
	assert_int_equal(report->failures_count, 3);
	assert_int_equal(report->signatures_count, 9);
	for (size_t i = 0; i < 9; i++)
		assert_text(report->signatures[i].row->row.id, order[i]);
	assert_int_equal(report->signatures[0].state, QN_VERDICT_NEW);
	assert_int_equal(report->signatures[2].state, QN_VERDICT_KNOWN);
	assert_int_equal(report->hidden_count, 0);
	assert_int_equal(report->processes_count, 10);
	assert_int_equal(report->hits_count, 1);
}

/* A verdict whose fix is in the build that ran. */
static void set_fix(struct qn_store *store, const char *fix)
{
	const struct qn_store_verdict verdict = {.signature = QN_TEXT(SAMPLE_KNOWN),
						 .rule = QN_TEXT("r"),
						 .title = QN_TEXT("t"),
						 .fix = qn_text_of(fix),
						 .confidence = 0.6};

	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_clear_verdicts(store));
	assert_no_error(qn_store_add_verdict(store, &verdict));
	assert_no_error(qn_store_commit(store));
}

static void says_regressed_when_the_build_has_the_fix_and_ranks_it_first(void **state)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;

	(void)state;
	set_fix(store, "present");
	report = load(store, (struct qn_report_filter){0});
	assert_text(report->signatures[0].row->row.id, SAMPLE_KNOWN);
	assert_string_equal(qn_verdict_state_name(report->signatures[0].state), "regressed");
}

static void says_seen_of_a_failure_that_an_earlier_run_shows_too(void **state)
{
	const struct qn_store_run later = {.id = QN_TEXT("run-2"),
					   .last_time = sample_time("2025-03-01T00:00:00Z")};
	const struct qn_store_source source = {.path = QN_TEXT("later.log"),
					       .content = QN_TEXT("later"),
					       .kind = QN_TEXT("log"),
					       .run = QN_TEXT("run-2")};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;
	int64_t id;

	(void)state;
	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_add_run(store, &later));
	assert_no_error(qn_store_add_source(store, &source, &id));
	assert_no_error(qn_store_commit(store));
	report = load(store, (struct qn_report_filter){0});
	assert_string_equal(qn_verdict_state_name(report->signatures[0].state), "seen");
	assert_string_equal(qn_verdict_state_name(report->signatures[2].state), "known");
}

static void hides_what_the_filter_does_not_let_pass(void **state)
{
	const struct {
		struct qn_report_filter filter;
		size_t failures, processes, pods, hits;
	} cases[] = {
		{{.component = QN_TEXT("querycoord")}, 1, 0, 0, 0},
		{{.pod = QN_TEXT("*-querynode-*")}, 1, 6, 1, 1},
		{{.pod = QN_TEXT("*-datanode-*")}, 1, 2, 0, 0},
		{{.pod = QN_TEXT("nothing")}, 0, 0, 0, 0},
		{{.since = sample_time("2025-02-27T10:15:00Z")}, 2, 6, 2, 0},
		{{.until = sample_time("2025-02-27T10:10:00Z")}, 1, 8, 2, 1},
		{{.since = sample_time("2025-02-27T10:09:12.301Z"),
		  .until = sample_time("2025-02-27T10:09:12.301Z")},
		 1,
		 5,
		 2,
		 1},
	};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(qn_report_destroy_guard) struct qn_report *report = load(store, cases[i].filter);

		assert_int_equal(report->failures_count, cases[i].failures);
		assert_int_equal(report->processes_count, cases[i].processes);
		assert_int_equal(report->pods_count, cases[i].pods);
		assert_int_equal(report->hits_count, cases[i].hits);
		assert_int_equal(report->sources_count, 8); /* what was read is said in any case */
		assert_int_equal(report->issues_count, 1);
		assert_int_equal(report->signatures_count + report->hidden_count, 9);
	}
}

static void counts_only_the_occurrences_that_pass(void **state)
{
	const struct qn_report_filter filter = {.since = sample_time("2025-02-27T10:17:00Z"),
						.pod = QN_TEXT("*-datanode-*")};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = load(store, filter);
	char text[QN_TIME_BYTES];

	(void)state;
	assert_int_equal(report->failures_count, 1);
	assert_int_equal(report->signatures[0].row->count, 1);
	assert_int_equal(report->signatures[0].occurrences_count, 1);
	assert_string_equal(qn_time_format(report->signatures[0].row->first, text),
			    "2025-02-27T10:19:41.750Z");
	assert_int_equal(report->signatures[0].row->pods_count, 1);
	assert_int_equal(report->signatures[0].row->versions_count, 1);
}

static void knows_the_path_of_every_source(void **state)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_report_destroy_guard) struct qn_report *report =
		load(store, (struct qn_report_filter){0});

	(void)state;
	for (size_t i = 0; i < report->sources_count; i++)
		assert_true(qn_text_equal(qn_report_source_path(report, report->sources[i].id),
					  report->sources[i].row.path));
	assert_int_equal(qn_report_source_path(report, 0).len, 0);
	assert_int_equal(qn_report_source_path(report, 999).len, 0);
	assert_non_null(qn_report_find_signature(report, QN_TEXT(SAMPLE_PANIC)));
	assert_null(qn_report_find_signature(report, QN_TEXT("QN-000000000000")));
	qn_report_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_new_before_known_and_failures_before_errors),
		cmocka_unit_test(says_regressed_when_the_build_has_the_fix_and_ranks_it_first),
		cmocka_unit_test(says_seen_of_a_failure_that_an_earlier_run_shows_too),
		cmocka_unit_test(hides_what_the_filter_does_not_let_pass),
		cmocka_unit_test(counts_only_the_occurrences_that_pass),
		cmocka_unit_test(knows_the_path_of_every_source),
	};

	return QN_RUN("report", tests);
}
