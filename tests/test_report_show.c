#include "report/report.h"
#include "support/sample_store.h"
#include "base/banned.h"

static struct qn_error *show(const char *id, bool is_json, struct qn_buffer *out)
{
	const struct qn_report_style style = {.width = 100};
	const struct qn_report_filter everything = {0};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;

	assert_no_error(qn_report_load(store, &everything, &report));
	return qn_report_show(report, store, qn_text_of(id), is_json, &style, out);
}

static void assert_shows(const char *id, bool is_json, const char *const *expected, size_t count)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	assert_no_error(show(id, is_json, &out));
	for (size_t i = 0; i < count; i++)
		if (!strstr(out.data, expected[i]))
			fail_msg("`%s` is not in\n%s", expected[i], out.data);
}

#define ASSERT_SHOWS(id, is_json, ...)                                                          \
	do {                                                                                    \
		static const char *const expected_[] = {__VA_ARGS__};                           \
		assert_shows(id, is_json, expected_, sizeof(expected_) / sizeof(expected_[0])); \
	} while (0)

static void tells_the_whole_story_of_a_signature(void **state)
{
	(void)state;
	ASSERT_SHOWS(
		SAMPLE_KNOWN, false,
		SAMPLE_KNOWN
		"  known  SIGSEGV in milvus::segcore::SegmentInternalInterface::FillTargetEntry\n",
		"  1 time, 2025-02-27 10:09:12 UTC\n", "  issue       #40308\n",
		"  fixed in    " SAMPLE_FIX "\n", "  algorithm   2\n", "  signal      SIGSEGV\n",
		"  task        AsyncRetrieve\n",
		"  frames      milvus::segcore::SegmentInternalInterface::FillTargetEntry\n",
		"   4  executor     folly::makeTryWithNoUnwrap\n                   folly/Try-inl.h:251\n",
		"   8  thread-entry start_thread\n", "OCCURRENCE 1 of 1  QO-1111aaaa0001\n",
		"  log         pod-kill/old/querynode-a2db9.log:1423\n",
		"  also        pod-kill/querynode-a2db9.log:1423\n", "  damage      interleaved log lines\n",
		"  started     2025-02-27T10:03:02Z\n", "  rule        qntriage-milvus-40308\n",
		"              SIGNAL CATCH BY NON-GO SIGNAL HANDLER\n");
	ASSERT_SHOWS(SAMPLE_LEASE, false, "  state       new\n", "  next        no rule knows it",
		     "  message     connection lost detected, shuting down\n");
}

static void tells_of_an_occurrence_and_the_life_it_ended(void **state)
{
	(void)state;
	ASSERT_SHOWS("QO-1111aaaa0001", false, "QO-1111aaaa0001  occurrence of  " SAMPLE_KNOWN "\n",
		     "  failure     SIGSEGV in milvus", "STACK, innermost frame first\n",
		     "LIFE OF ITS PROCESS\n", "  end         crash\n", "RULES THAT MATCH");
}

static void tells_of_a_process_and_how_it_failed(void **state)
{
	(void)state;
	ASSERT_SHOWS("QP-0000000000d1", false, "QP-0000000000d1  process  querynode\n",
		     "  ended       2025-02-27T10:14:03Z\n", "  end         panic\n",
		     "  log         pod-kill/datanode.log:12\n", "FAILURE\n  id          " SAMPLE_PANIC "\n");
	ASSERT_SHOWS("QP-0000000000a3", false, "  last sign   2025-02-27T10:20:45Z\n");
}

static void finds_by_a_beginning_with_or_without_the_prefix(void **state)
{
	(void)state;
	ASSERT_SHOWS("QN-9c41", false, SAMPLE_KNOWN "  known");
	ASSERT_SHOWS("9c41d", false, SAMPLE_KNOWN "  known");
	ASSERT_SHOWS("QO-2222aaaa0002", false, "QO-2222aaaa0002  occurrence of  " SAMPLE_PANIC);
}

static void prints_the_object_of_the_json_report(void **state)
{
	(void)state;
	ASSERT_SHOWS(SAMPLE_PANIC, true, "{\n  \"id\": \"" SAMPLE_PANIC "\",\n", "  \"occurrences\": [\n");
	ASSERT_SHOWS("QO-1111", true, "{\n  \"id\": \"QO-1111aaaa0001\",\n");
	ASSERT_SHOWS("QP-0000000000a2", true, "  \"end\": \"crash\",\n");
}

static void says_what_is_wrong_with_an_id(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	assert_error(show("QN-9c4", false, &out), QN_ERROR_USAGE,
		     "`QN-9c4` is too short for an id: give at least 4 characters");
	assert_error(show("QN-ffffffffffff", false, &out), QN_ERROR_NOT_FOUND,
		     "no signature, occurrence or process `QN-ffffffffffff` in the store; `qntriage report` "
		     "lists what "
		     "there is");
	assert_error(show("QN-5d1e", false, &out), QN_ERROR_NOT_FOUND,
		     "`QN-5d1e` is the beginning of 2 ids: " SAMPLE_PANIC ", " SAMPLE_LEASE
		     "; give more of it");
	assert_error(
		show("QN-e0000", false, &out), QN_ERROR_NOT_FOUND,
		"`QN-e0000` is the beginning of 6 ids: QN-e00000000004, QN-e00000000001, QN-e00000000002, "
		"QN-e00000000003, QN-e00000000005, ...; give more of it");
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_whole_story_of_a_signature),
		cmocka_unit_test(tells_of_an_occurrence_and_the_life_it_ended),
		cmocka_unit_test(tells_of_a_process_and_how_it_failed),
		cmocka_unit_test(finds_by_a_beginning_with_or_without_the_prefix),
		cmocka_unit_test(prints_the_object_of_the_json_report),
		cmocka_unit_test(says_what_is_wrong_with_an_id),
	};

	return QN_RUN("report_show", tests);
}
