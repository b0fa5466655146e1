/* What is told about the lives of processes, from files to rows. */
#include "support/triage.h"

#define POD "rel-milvus-querynode-7f9c6d9b5c-abcde"

static void the_same_words_in_each_life_of_a_crash_loop_are_an_event_each(void **state)
{
	static const char words[] =
		"terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n"
		"terminate called after throwing an instance of 'std::bad_alloc'\n  what():  "
		"std::bad_alloc\n";
	static const char banner[] = "Welcome to use Milvus!\nVersion:   v2.5.4\nGitCommit: fd15d2a9\n";
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct qn_triage triage;

	(void)state;
	for (int i = 0; i < 3; i++)
		qn_buffer_printf(&text, "%s%s", banner, words);
	qn_triage_init(&triage);
	qn_triage_write(&triage, "querynode-0.log", text.data);
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->failures_count, 1);
	assert_int_equal(triage.report->signatures[0].row->count, 3);
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->signatures[0].row->count, 3);
	qn_triage_deinit(&triage);
}

static void a_banner_is_understood(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(
		&triage, "querynode-0.log",
		"2025/03/04 07:02:11 maxprocs: Updating GOMAXPROCS=8: determined from CPU quota\n\n"
		"    __  _________ _   ____  ______    \n   /  |/  /  _/ /| | / / / / / __/    \n"
		"  / /|_/ // // /_| |/ / /_/ /\\ \\      \n /_/  /_/___/____/___/\\____/___/      \n\n"
		"Welcome to use Milvus!\nVersion:   v2.5.4\nBuilt:     Tue Feb 18 09:41:27 UTC 2025\n"
		"GitCommit: fd15d2a9\nGoVersion: go version go1.22.7 linux/amd64\n\nTotalMem: 25166397440\n"
		"UsedMem: 84520960\n\nopen pid file: /run/milvus/querynode.pid\n"
		"[2025/03/04 07:02:12.000 +00:00] [INFO] [a.go:1] [x]\nnobody's words\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->sources[0].row.lines_not_understood, 1);
	qn_triage_deinit(&triage);
}

static void a_crash_belongs_to_the_life_it_ended(void **state)
{
	struct qn_triage triage;
	const struct qn_query_occurrence *occurrence;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(
		&triage, "querynode-0.log",
		BANNER("07:02:11", "v2.5.4") "[2025/03/04 07:02:12.000 +00:00] [INFO] [a.go:1] [x]\n" CRASH(
			"41.908", "0x30", GET_RAW_DATA)
			BANNER("07:53:00",
			       "v2.5.6") "[2025/03/04 07:53:01.000 +00:00] [INFO] [a.go:1] [x]\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->processes_count, 2);
	assert_text(triage.report->processes[0].row.end, "crash");
	assert_text(triage.report->processes[0].row.version, "v2.5.4");
	assert_text(triage.report->processes[0].row.component, "querynode");
	assert_text(triage.report->processes[1].row.end, "unknown");
	occurrence = &triage.report->signatures[0].occurrences[0];
	assert_text(occurrence->row.process, triage.report->processes[0].row.id.data);
	assert_text(occurrence->row.version, "v2.5.4");
	qn_triage_deinit(&triage);
}

static void a_parents_exit_code_is_the_exit_that_was_announced(void **state)
{
	struct qn_triage triage;
	const struct qn_query_occurrence *occurrence;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(
		&triage, "querynode-0.log",
		"[2023/09/04 14:32:05.692 +00:00] [ERROR] [querynodev2/server.go:180] [\"Query Node "
		"disconnected "
		"from etcd, process will exit\"] [\"Server Id\"=4]\n2023/09/04 14:32:06 exit code: 1\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->failures_count, 1);
	assert_text(triage.report->signatures[0].row->row.kind, "exit");
	occurrence = &triage.report->signatures[0].occurrences[0];
	assert_int_equal(occurrence->row.line, 1);
	assert_int_equal(occurrence->also_count, 1);
	assert_int_equal(occurrence->also[0].line, 2);
	assert_true(triage.report->signatures[0].row->has_verdict);
	assert_text(triage.report->signatures[0].row->verdict.issue, "30926");
	qn_triage_deinit(&triage);
}

static void an_order_to_stop_is_no_failure_at_any_level(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "querynode-0.log",
			"[2023/09/04 14:32:05.692 +00:00] [WARN] [roles/roles.go:1] [\"Get signal to exit\"] "
			"[signal=terminated]\n");
	qn_triage_write(
		&triage, "querynode-1.log",
		"[2023/09/04 14:32:05.692 +00:00] [ERROR] [roles/roles.go:1] [\"Get signal to exit\\n\"] "
		"[signal=terminated] [stack=\"main.f\\n\\t/a.go:1\"]\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->signatures_count, 0);
	assert_int_equal(triage.report->processes_count, 2);
	assert_text(triage.report->processes[0].row.end, "terminated");
	assert_text(triage.report->processes[1].row.end, "terminated");
	qn_triage_deinit(&triage);
}

static void what_a_later_ingest_tells_corrects_how_a_life_ended(void **state)
{
	struct qn_triage triage;
	const struct qn_query_process *lives;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(
		&triage, POD ".log",
		BANNER("07:02:11", "v2.5.4") "[2025/03/04 07:02:12.000 +00:00] [INFO] [a.go:1] [x]\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->processes_count, 1);
	assert_text(triage.report->processes[0].row.end, "unknown");
	/* the log of the life behind it */
	qn_triage_write(
		&triage, POD ".log",
		BANNER("08:02:11", "v2.5.4") "[2025/03/04 08:02:12.000 +00:00] [INFO] [a.go:1] [x]\n");
	qn_triage_collect(&triage, 1);
	lives = triage.report->processes;
	assert_int_equal(triage.report->processes_count, 2);
	assert_text(lives[0].row.end, "killed");
	assert_text(lives[1].row.end, "unknown");
	/* the listing */
	qn_triage_write(&triage, "pods.txt",
			"NAME                                    READY   STATUS    RESTARTS   AGE\n" POD
			"   1/1     Running   1          2h\n");
	qn_triage_collect(&triage, 1);
	lives = triage.report->processes;
	assert_int_equal(triage.report->processes_count, 2);
	assert_text(lives[0].row.end, "killed");
	assert_text(lives[1].row.end, "running");
	qn_triage_deinit(&triage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_words_in_each_life_of_a_crash_loop_are_an_event_each),
		cmocka_unit_test(a_banner_is_understood),
		cmocka_unit_test(a_crash_belongs_to_the_life_it_ended),
		cmocka_unit_test(a_parents_exit_code_is_the_exit_that_was_announced),
		cmocka_unit_test(an_order_to_stop_is_no_failure_at_any_level),
		cmocka_unit_test(what_a_later_ingest_tells_corrects_how_a_life_ended),
	};

	return QN_RUN("collect_lives", tests);
}
