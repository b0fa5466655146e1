/* From files to rows: what only shows when all layers work together. */
#include "support/triage.h"

#include "base/limits.h"

static void one_text_in_two_pods_is_two_events_of_one_signature(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "querynode-0.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	qn_triage_write(&triage, "querynode-1.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	qn_triage_collect(&triage, 2);
	assert_int_equal(triage.report->failures_count, 1);
	assert_int_equal(triage.report->signatures[0].row->count, 2);
	assert_text(triage.report->signatures[0].row->row.title,
		    "SIGSEGV in milvus::ColumnVector::GetRawData");
	qn_triage_deinit(&triage);
}

static void one_text_in_two_files_of_no_pod_is_one_event_at_two_places(void **state)
{
	struct qn_triage triage;
	const struct qn_query_occurrence *occurrence;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "a.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	qn_triage_write(&triage, "b.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	qn_triage_write(&triage, "c.log", CRASH("42.908", "0x30", GET_RAW_DATA));
	qn_triage_collect(&triage, 2);
	assert_int_equal(triage.report->failures_count, 1);
	assert_int_equal(triage.report->signatures[0].occurrences_count, 2);
	occurrence = &triage.report->signatures[0].occurrences[0];
	assert_int_equal(occurrence->row.line, 3);
	assert_int_equal(occurrence->also_count, 1);
	qn_triage_deinit(&triage);
}

static void a_rule_makes_a_warning_without_an_error_a_logged_error(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(
		&triage, "querynode-0.log",
		"[2022/11/28 07:17:06.495 +00:00] [WARN] [querynode/segment_loader.go:127] [\"load segment "
		"failed, OOM "
		"if load\"] [collectionID=4636505841]\n"
		"[2022/11/28 07:17:06.495 +00:00] [WARN] [querynode/segment_loader.go:128] [\"slow\"]\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->signatures_count, 1);
	assert_int_equal(triage.report->failures_count, 0);
	assert_true(triage.report->signatures[0].row->has_verdict);
	assert_text(triage.report->signatures[0].row->verdict.issue, "20855");
	qn_triage_deinit(&triage);
}

/* Each of many fields that are never closed would cost a look at the whole line. */
static void an_error_behind_the_limit_of_fields_is_not_looked_for(void **state)
{
	static const char *const names[] = {"error in the last field", "error behind it"};
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct qn_triage triage;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		qn_buffer_printf(&text, "[2022/11/28 07:17:06.495 +00:00] [WARN] [a/b.go:%u] [\"%s\"]", i,
				 names[i]);
		for (unsigned k = 1; k < QN_FIELDS_MAX + i; k++)
			qn_buffer_printf(&text, " [k%u=%u]", k, k);
		qn_buffer_append_string(&text, " [error=boom]\n");
	}
	assert_no_error(qn_buffer_check(&text));
	qn_triage_init(&triage);
	qn_triage_write(&triage, "querynode-0.log", text.data);
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->signatures_count, 1);
	assert_text(triage.report->signatures[0].row->row.title, "error in the last field (a/b.go:0)");
	qn_triage_deinit(&triage);
}

static void a_label_names_the_run_whatever_its_parts(void **state)
{
	const char *parts[] = {"a.log", "b.log"};
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "a.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	qn_triage_write(&triage, "b.log",
			"panic: other words\n\ngoroutine 1 [running]:\nmain.f()\n\t/a/b.go:1 +0x1\n");
	for (int i = 0; i < 2; i++) {
		char *path = qn_folder_path(triage.folder, parts[i]);
		const char *paths[] = {path};
		struct qn_collect_options options = {.paths = paths,
						     .paths_count = 1,
						     .jobs = 1,
						     .label = QN_TEXT("nightly"),
						     .rules = triage.rules,
						     .normalizer = triage.normalizer,
						     .store = triage.store};

		assert_no_error(qn_collect(&options, &triage.result));
		free(path);
	}
	assert_no_error(qn_report_load(triage.store, &(struct qn_report_filter){0}, &triage.report));
	assert_int_equal(triage.report->failures_count, 2);
	assert_int_equal(triage.report->signatures[0].state, QN_VERDICT_NEW);
	assert_int_equal(triage.report->signatures[1].state, QN_VERDICT_NEW);
	qn_triage_deinit(&triage);
}

static void a_description_tells_how_a_pod_ended_and_a_restart_count_does_not(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "describe.txt",
			"Name:         milvus-querynode-0\nNamespace:    qa\nContainers:\n  querynode:\n    "
			"State:          "
			"Running\n    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit "
			"Code:    137\n      Finished:     Thu, 20 Feb 2025 07:40:21 +0000\n    "
			"Restart Count:  3\n");
	qn_triage_write(&triage, "pods.txt",
			"NAME                 READY   STATUS    RESTARTS      AGE\n"
			"milvus-querynode-1   1/1     Running   4 (9m ago)   51m\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->failures_count, 1);
	assert_text(triage.report->signatures[0].row->row.kind, "killed");
	assert_text(triage.report->signatures[0].occurrences[0].row.pod, "milvus-querynode-0");
	assert_int_equal(triage.report->signatures[0].row->last.nsec, 1740037221000000000);
	assert_int_equal(triage.report->pods_count, 2);
	assert_int_equal(triage.report->pods[1].row.restarts, 4);
	qn_triage_deinit(&triage);
}

static void lines_of_several_pods_in_one_file_stay_their_own(void **state)
{
	static const char text[] =
		"[pod/milvus-proxy-0/proxy] [2025/03/04 07:52:40.000 +00:00] [INFO] [a.go:1] [x]\n"
		"[pod/milvus-querynode-1/querynode] [2025/03/04 07:52:41.000 +00:00] [INFO] [a.go:1] [x]\n"
		"[pod/milvus-querynode-1/querynode] panic: one\n[pod/milvus-querynode-1/querynode] \n"
		"[pod/milvus-querynode-1/querynode] goroutine 7 [running]:\n"
		"[pod/milvus-querynode-1/querynode] github.com/milvus-io/milvus/internal/querynode.f(0x1)\n"
		"[pod/milvus-querynode-1/querynode] "
		"\t/go/src/github.com/milvus-io/milvus/internal/querynode/f.go:1 +0x1\n";
	struct qn_triage triage;
	const struct qn_query_occurrence *occurrence;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "all.log", text);
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->failures_count, 1);
	occurrence = &triage.report->signatures[0].occurrences[0];
	assert_text(occurrence->row.pod, "milvus-querynode-1");
	assert_text(occurrence->row.component, "querynode");
	assert_int_equal(triage.report->processes_count,
			 2); /* one after the other: the lives are told apart */
	assert_text(triage.report->processes[0].row.pod, "milvus-proxy-0");
	assert_text(triage.report->processes[0].row.end, "unknown");
	assert_text(triage.report->processes[1].row.pod, "milvus-querynode-1");
	assert_text(triage.report->processes[1].row.end, "panic");
	assert_text(triage.report->sources[0].row.pod, "");
	assert_int_equal(triage.report->issues_count, 0);
	qn_triage_deinit(&triage);
}

static void lives_are_not_told_where_pods_take_turns(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(
		&triage, "all.log",
		"[pod/milvus-proxy-0/proxy] [2025/03/04 07:52:40.000 +00:00] [INFO] [a.go:1] [x]\n"
		"[pod/milvus-querynode-1/querynode] [2025/03/04 07:52:41.000 +00:00] [ERROR] [a.go:1] [x]\n"
		"[pod/milvus-proxy-0/proxy] [2025/03/04 07:52:42.000 +00:00] [INFO] [a.go:1] [x]\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->processes_count, 0);
	assert_int_equal(triage.report->issues_count, 1);
	assert_text(triage.report->signatures[0].occurrences[0].row.pod, "milvus-querynode-1");
	qn_triage_deinit(&triage);
}

#define WORKER                                                                                              \
	"invoke<folly::futures::detail::FutureBase<folly::Unit>::thenTry<milvus::futures::Future<CProto>::" \
	"asyncProduce<"                                                                                     \
	"AsyncRetrieve(CTraceContext)::<lambda(milvus::futures::CancellationToken)> >()> >\n"               \
	"\t/root/.conan/data/folly/include/folly/futures/Future-inl.h:310 pc=0x7f0d4498fc88\n"              \
	"_ZN5folly18ThreadPoolExecutor7runTaskERKSt10shared_ptrINS0_6ThreadEEONS0_4TaskE\n"                 \
	"\t/root/.conan/data/folly/folly/executors/ThreadPoolExecutor.cpp:102 pc=0x7f0d4498aaaa\n\n"
#define BYSTANDER                                                                                       \
	"SIGSEGV: segmentation violation\nPC=0x7f0d4498fc88 m=163 sigcode=1 addr=0x18\nsignal arrived " \
	"during cgo "                                                                                   \
	"execution\n\ngoroutine 62907 [syscall]:\nruntime.cgocall(0x5555e9c45b, 0xc000)\n"              \
	"\t/usr/local/go/src/runtime/cgocall.go:167 +0x831\n"                                           \
	"github.com/milvus-io/milvus/internal/util/"                                                    \
	"segcore._Cfunc_AsyncRetrieve(0x7f45)\n\t_cgo_gotypes.go:510 +0x573\n"                          \
	"github.com/milvus-io/milvus/internal/util/segcore.(*cSegmentImpl).Retrieve(0xc0)\n"            \
	"\t/go/src/github.com/milvus-io/milvus/internal/util/segcore/segment.go:130 +0xf0b\n"

static void a_pool_workers_crash_is_not_named_after_a_goroutine(void **state)
{
	static const char head[] =
		"[2025/03/04 07:52:41.000 +00:00] [INFO] [a.go:1] [x]\nSIGNAL CATCH BY NON-GO SIGNAL "
		"HANDLER\n"
		"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x18\nBACKTRACE:\n";
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_buffer_printf(&text, "%s%s", head, WORKER);
	qn_triage_write(&triage, "querynode-0.log", text.data);
	qn_buffer_append_string(&text, BYSTANDER);
	qn_triage_write(&triage, "querynode-1.log", text.data);
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->failures_count, 1);
	assert_int_equal(triage.report->signatures[0].row->count, 2);
	assert_text(triage.report->signatures[0].row->row.executor_task, "AsyncRetrieve");
	qn_triage_deinit(&triage);
}

static void logged_errors_are_counted_exactly_and_kept_in_part(void **state)
{
	struct qn_triage triage;
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		qn_buffer_printf(&text,
				 "[2025/03/04 07:52:%02d.%03d +00:00] [WARN] [segments/cgo_util.go:60] "
				 "[\"LoadFieldData "
				 "failed\"] [segmentID=4616388%02d] [error=std::exception]\n"
				 "[2025/03/04 07:52:%02d.%03d +00:00] [WARN] [a.go:1] [\"slow\"]\n",
				 i / 60, i, i, i / 60, i);
	qn_triage_init(&triage);
	qn_triage_write(&triage, "x.log", text.data);
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->failures_count, 0);
	assert_int_equal(triage.report->signatures_count, 1);
	assert_int_equal(triage.report->signatures[0].row->count, 100);
	assert_int_equal(triage.report->signatures[0].occurrences_count, 20);
	assert_int_equal(triage.report->templates_count, 2);
	assert_int_equal(triage.report->templates[0].row.count, 100);
	qn_triage_deinit(&triage);
}

static void what_is_no_log_is_an_issue_and_the_rest_is_read(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_folder_write(triage.folder, "a.gz", "\x1f\x8b\x08\0\0\0\0\0", 8);
	qn_folder_write(triage.folder, "b.bin", "\0\1\2\3\4\5\6\7\0\1\2\3", 12);
	qn_triage_write(&triage, "c.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	qn_triage_write(&triage, "d.log", "");
	qn_triage_collect(&triage, 2);
	assert_int_equal(triage.report->failures_count, 1);
	assert_int_equal(triage.report->sources_count, 4);
	assert_int_equal(triage.report->issues_count, 2);
	assert_int_equal(triage.result.issues, 2);
	assert_text(triage.report->issues[0].text,
		    "a gzip file: not read yet; unpack it and name the folder");
	assert_text(triage.report->issues[1].text, "binary data: not read as a log");
	assert_text(triage.report->sources[0].row.kind, "archive");
	assert_int_equal(triage.report->sources[0].row.bytes_not_understood, 8);
	qn_triage_deinit(&triage);
}

static void a_crash_without_a_header_begins_at_the_line_before_its_place(void **state)
{
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "x.log",
			"[2025/03/04 07:52:41.908 +00:00] [INFO] [a.go:1] [x]\n" GET_RAW_DATA
			"\n\t/workspace/source/internal/core/src/common/Vector.h:130 pc=0x7f05b8fa3fa3\n");
	qn_triage_collect(&triage, 1);
	assert_int_equal(triage.report->failures_count, 1);
	assert_int_equal(triage.report->signatures[0].row->frames_count, 1);
	assert_int_equal(triage.report->signatures[0].occurrences[0].row.line, 2);
	qn_triage_deinit(&triage);
}

/* Lines enough for several blocks, with a crash across each border. */
static void write_many_blocks(struct qn_triage *triage)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	for (unsigned i = 0; text.len < 5U << 20; i++) {
		qn_buffer_printf(
			&text,
			"[2025/03/04 07:%02u:%02u.%03u +00:00] [INFO] [segments/segment_loader.go:627] "
			"[\"start "
			"loading remote...\"] [traceID=918f0babb75bc698aef2031e1760997d] [collectionID=%u]\n",
			i / 60000 % 60, i / 1000 % 60, i % 1000, i);
		if (i % 500 == 499)
			qn_buffer_printf(
				&text,
				"panic: runtime error: index out of range [%u] with length 3\n\ngoroutine %u "
				"[running]:\ngithub.com/milvus-io/milvus/internal/"
				"storage.(*DataSorter).Swap(0xc0a0"
				"1c15b7)\n\t/go/src/github.com/milvus-io/milvus/internal/storage/"
				"data_sorter.go:95 "
				"+0x3bc\n\n",
				i, i);
	}
	qn_triage_write(triage, "big.log", text.data);
}

static void output_does_not_depend_on_the_number_of_threads(void **state)
{
	struct qn_buffer out[2] = {{0}};
	struct qn_report_style style = {.width = 100};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct qn_triage triage;
		_cleanup_(qn_buffer_deinit) struct qn_buffer raw = {0};
		size_t at;

		qn_triage_init(&triage);
		write_many_blocks(&triage);
		qn_triage_write(&triage, "querynode-0.log", CRASH("41.908", "0x30", GET_RAW_DATA));
		qn_triage_collect(&triage, i ? 4 : 1);
		assert_int_equal(triage.report->failures_count, 2);
		assert_in_range(triage.report->signatures[0].row->count, 1, 60);
		assert_in_range(triage.report->signatures[0].row->count +
					triage.report->signatures[1].row->count,
				50, 70);
		assert_no_error(qn_report_print_json(triage.report, &style, &raw));
		/* The folder's name differs from run to run. */
		while ((at = qn_text_find(qn_buffer_text(&raw), qn_text_of(triage.folder))) != SIZE_MAX) {
			memmove(raw.data + at, raw.data + at + strlen(triage.folder),
				raw.len - at - strlen(triage.folder) + 1);
			raw.len -= strlen(triage.folder);
		}
		qn_buffer_append_text(&out[i], qn_buffer_text(&raw));
		qn_triage_deinit(&triage);
	}
	assert_string_equal(out[0].data, out[1].data);
	qn_buffer_deinit(&out[0]);
	qn_buffer_deinit(&out[1]);
}

static void collecting_the_same_again_changes_nothing(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer first = {0}, second = {0};
	struct qn_report_style style = {.width = 100};
	struct qn_triage triage;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "querynode-0.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	qn_triage_write(&triage, "x.log",
			"[2025/03/04 07:52:41.908 +00:00] [ERROR] [a.go:1] [x] [error=y]\n");
	qn_triage_collect(&triage, 1);
	assert_no_error(qn_report_print_json(triage.report, &style, &first));
	qn_triage_collect(&triage, 2);
	assert_no_error(qn_report_print_json(triage.report, &style, &second));
	assert_string_equal(first.data, second.data);
	qn_triage_deinit(&triage);
}

static void a_missing_path_is_an_error_and_leaves_the_store_empty(void **state)
{
	struct qn_triage triage;
	const char *paths[2];
	struct qn_collect_options options;
	struct qn_query_source *sources;
	struct qn_arena arena = {0};
	size_t count;

	(void)state;
	qn_triage_init(&triage);
	qn_triage_write(&triage, "querynode-0.log", CRASH("41.908", "0x30", GET_RAW_DATA));
	paths[0] = triage.folder;
	paths[1] = "/nowhere/at/all";
	options = (struct qn_collect_options){.paths = paths,
					      .paths_count = 2,
					      .jobs = 1,
					      .rules = triage.rules,
					      .normalizer = triage.normalizer,
					      .store = triage.store};
	assert_error(qn_collect(&options, &triage.result), QN_ERROR_SYSTEM,
		     "/nowhere/at/all: No such file or directory");
	assert_no_error(qn_query_sources(triage.store, &arena, &sources, &count));
	assert_int_equal(count, 0);
	qn_arena_deinit(&arena);
	qn_triage_deinit(&triage);
}

/* A log of more than a block, with a line in pieces across the first block's end. */
static void a_log_in_two_wrappers_counts_its_errors_once(void **state)
{
	static const char stamp[] = "2025-03-04T07:52:41.908000000Z";
	_cleanup_(qn_buffer_deinit) struct qn_buffer cri = {0}, docker = {0};
	struct qn_triage triage;
	unsigned lines = 0;

	(void)state;
	qn_triage_init(&triage);
	for (; cri.len < QN_BLOCK_BYTES + QN_BLOCK_BYTES / 2; lines++) {
		qn_buffer_printf(
			&cri, "%s stdout P [2025/03/04 07:52:41.908 +00:00] [ERROR] [a.go:1] [\"long%0999d",
			stamp, 0);
		for (int i = 0; i < 40; i++)
			qn_buffer_printf(&cri, "\n%s stdout P %0999d", stamp, i);
		qn_buffer_printf(&cri, "\n%s stdout F \"]\n", stamp);
		qn_buffer_printf(
			&docker,
			"{\"log\":\"[2025/03/04 07:52:41.908 +00:00] [ERROR] [a.go:1] [\\\"long%0999d", 0);
		for (int i = 0; i < 40; i++)
			qn_buffer_printf(&docker, "%0999d", i);
		qn_buffer_printf(&docker, "\\\"]\\n\",\"stream\":\"stdout\",\"time\":\"%s\"}\n", stamp);
	}
	qn_triage_write(&triage, "a.log", cri.data);
	qn_triage_collect(&triage, 2);
	assert_int_equal(triage.report->signatures_count, 1);
	assert_int_equal(triage.report->signatures[0].row->count, lines);
	qn_triage_write(&triage, "b.log", docker.data);
	qn_triage_collect(&triage, 2);
	assert_int_equal(triage.report->sources_count, 2);
	assert_int_equal(triage.report->signatures_count, 1);
	assert_int_equal(triage.report->signatures[0].row->count, lines);
	qn_triage_deinit(&triage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_text_in_two_pods_is_two_events_of_one_signature),
		cmocka_unit_test(one_text_in_two_files_of_no_pod_is_one_event_at_two_places),
		cmocka_unit_test(a_rule_makes_a_warning_without_an_error_a_logged_error),
		cmocka_unit_test(an_error_behind_the_limit_of_fields_is_not_looked_for),
		cmocka_unit_test(a_label_names_the_run_whatever_its_parts),
		cmocka_unit_test(a_description_tells_how_a_pod_ended_and_a_restart_count_does_not),
		cmocka_unit_test(lines_of_several_pods_in_one_file_stay_their_own),
		cmocka_unit_test(lives_are_not_told_where_pods_take_turns),
		cmocka_unit_test(a_pool_workers_crash_is_not_named_after_a_goroutine),
		cmocka_unit_test(logged_errors_are_counted_exactly_and_kept_in_part),
		cmocka_unit_test(what_is_no_log_is_an_issue_and_the_rest_is_read),
		cmocka_unit_test(a_crash_without_a_header_begins_at_the_line_before_its_place),
		cmocka_unit_test(output_does_not_depend_on_the_number_of_threads),
		cmocka_unit_test(collecting_the_same_again_changes_nothing),
		cmocka_unit_test(a_log_in_two_wrappers_counts_its_errors_once),
		cmocka_unit_test(a_missing_path_is_an_error_and_leaves_the_store_empty),
	};

	return QN_RUN("collect", tests);
}
