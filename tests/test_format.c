#include "support/test.h"

#include "base/cleanup.h"
#include "record/format.h"

struct format_case {
	const char *line, *format, *time, *level, *call_site, *thread, *message, *fields;
};

#define T "2025/06/18 16:32:47.127 +00:00"
#define Z "2025-06-18T16:32:47.127Z"

static const struct format_case cases[] = {
	{"[" T "] [INFO] [segments/segment_loader.go:627] [\"start loading remote...\"] "
	 "[segmentIDs=\"[46]\"] [a=1]",
	 "zap", Z, "INFO", "segments/segment_loader.go:627", "", "start loading remote...",
	 "[segmentIDs=\"[46]\"] [a=1]"},
	{"[" T "] [ERROR] [a.go:1] [\"msg with \\\"quotes\\\"\\n\"] [signal=terminated]", "zap", Z, "ERROR",
	 "a.go:1", "", "msg with \"quotes\"\n", "[signal=terminated]"},
	{"[" T "] [DEBUG] [funcutil/parallel.go:55] [loadRemoteBM25Func] [total=1] [\"time cost\"=10.5ms]",
	 "zap", Z, "DEBUG", "funcutil/parallel.go:55", "", "loadRemoteBM25Func",
	 "[total=1] [\"time cost\"=10.5ms]"},
	{"[" T "] [WARN] [rootcoord.kv] [etcd/etcd_kv.go:648] [slow] [x=1]", "zap", Z, "WARN",
	 "etcd/etcd_kv.go:648", "", "slow", "[x=1]"},
	{"[" T "] [INFO] [a.go:1] [k=v]", "zap", Z, "INFO", "a.go:1", "", "", "[k=v]"},
	{"[" T "] [INFO] [a.go:1] [\"time cost\"=1ms]", "zap", Z, "INFO", "a.go:1", "", "",
	 "[\"time cost\"=1ms]"},
	{"[" T "] [INFO] [\"no caller\"] [k=b.go:7]", "zap", Z, "INFO", "", "", "no caller", "[k=b.go:7]"},
	{"[" T "] [FATAL] [a.go:1]", "zap", Z, "FATAL", "a.go:1", "", "", ""},
	{"[" T "] [DPANIC] [a.go:1] [\"cut mess", "zap", Z, "DPANIC", "a.go:1", "", "cut mess", ""},
	{"[" T "] [INFO] [a.go:1] bare text", "zap", Z, "INFO", "a.go:1", "", "bare text", ""},
	{T "] [INFO] [a.go:1] [\"lost its bracket\"] [k=v]", "zap", Z, "INFO", "a.go:1", "",
	 "lost its bracket", "[k=v]"},
	{"[" T "] [INFO", "zap", Z, "INFO", "", "", "", ""},
	{"[" T "] [LOUD] [a.go:1] [x]", "plain", "", "", "", "", "[" T "] [LOUD] [a.go:1] [x]", ""},
	{"[2025/06/31 16:32:47.127 +00:00] [INFO] [a.go:1] [x]", "plain", "", "", "", "",
	 "[2025/06/31 16:32:47.127 +00:00] [INFO] [a.go:1] [x]", ""},
	{"I20240531 17:30:14.165886 181993 index_factory.cc:52] [KNOWHERE][Create][milvus] use key", "glog",
	 "2024-05-31T17:30:14.165886Z", "INFO", "index_factory.cc:52", "181993",
	 "[KNOWHERE][Create][milvus] use key", ""},
	{"W20231212 04:40:48.516067  1372 ivf.cc:211] [milvus][]text", "glog", "2023-12-12T04:40:48.516067Z",
	 "WARN", "ivf.cc:211", "1372", "[milvus][]text", ""},
	{"E1123 12:03:46.204781   177 server.cpp:96] text", "glog", "", "ERROR", "server.cpp:96", "177",
	 "text", ""},
	{"F20240531 17:30:14.165886 1 a.cc:1]", "glog", "2024-05-31T17:30:14.165886Z", "FATAL", "a.cc:1", "1",
	 "", ""},
	{"I20240531 17:30:14.165886 xyz a.cc:1] text", "plain", "", "", "", "",
	 "I20240531 17:30:14.165886 xyz a.cc:1] text", ""},
	{"E1123 12:03:46.204781   177 no site here", "plain", "", "", "", "",
	 "E1123 12:03:46.204781   177 no site here", ""},
	{"E1123 12x03:46.204781   177 a.cc:1] t", "plain", "", "", "", "",
	 "E1123 12x03:46.204781   177 a.cc:1] t", ""},
	{"Error: something failed in the middle of it", "plain", "", "", "", "",
	 "Error: something failed in the middle of it", ""},
	{"2023-06-08 01:46:31,946 | DEBUG | default | [SEGCORE][SetSimdType][milvus] set config",
	 "easylogging", "2023-06-08T01:46:31.946Z", "DEBUG", "", "",
	 "[SEGCORE][SetSimdType][milvus] set config", ""},
	{"2022-12-05 18:55:49,703 | WARNING | default | io_getevents() failed | twice", "easylogging",
	 "2022-12-05T18:55:49.703Z", "WARN", "", "", "io_getevents() failed | twice", ""},
	{"2023-06-08 01:46:31,945 INFO [default] [KNOWHERE][f][milvus] Set 0", "easylogging",
	 "2023-06-08T01:46:31.945Z", "INFO", "", "", "[KNOWHERE][f][milvus] Set 0", ""},
	{"2023-06-08 01:46:31,945 - INFO - somebody else's", "plain", "", "", "", "",
	 "2023-06-08 01:46:31,945 - INFO - somebody else's", ""},
	{"2023-06-08 01:46:31,945 INFO no logger at all", "plain", "", "", "", "",
	 "2023-06-08 01:46:31,945 INFO no logger at all", ""},
	{"2023-06-08 01:46:31,945 | INFO | no text", "plain", "", "", "", "",
	 "2023-06-08 01:46:31,945 | INFO | no text", ""},
	{"2026/06/05 16:12:10 panic: failed to create etcd client", "go-std", "2026-06-05T16:12:10Z", "", "",
	 "", "panic: failed to create etcd client", ""},
	{"2026/06/05 16:12:10.004711 text", "go-std", "2026-06-05T16:12:10.004711Z", "", "", "", "text", ""},
	{"2026/06/05 16:12:10", "go-std", "2026-06-05T16:12:10Z", "", "", "", "", ""},
	{"2026/06/05 16:12:10x", "plain", "", "", "", "", "2026/06/05 16:12:10x", ""},
	{"\t/go/src/github.com/x.go:7 +0x1", "plain", "", "", "", "", "\t/go/src/github.com/x.go:7 +0x1", ""},
	{"", "plain", "", "", "", "", "", ""},
};

static void reads_each_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
		struct qn_line line = {.text = qn_text_of(cases[i].line), .number = 7};
		char time[QN_TIME_BYTES];
		struct qn_record record;

		print_message("# %s\n", cases[i].line);
		qn_record_read(&arena, &line, &record);
		assert_string_equal(record.format->name, cases[i].format);
		assert_ptr_equal(record.line, &line);
		assert_string_equal(qn_time_format(record.time, time), cases[i].time);
		assert_string_equal(qn_level_name(record.level), cases[i].level);
		assert_text(record.call_site, cases[i].call_site);
		assert_text(record.thread, cases[i].thread);
		assert_text(record.message, cases[i].message);
		assert_text(record.fields, cases[i].fields);
	}
}

static void the_wrappers_time_stands_in_for_a_missing_one(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_line line = {.text = QN_TEXT("E1123 12:03:46.2 177 server.cpp:96] text"),
			       .wrapper_time = {5, true, 3}};
	struct qn_record record;

	(void)state;
	qn_record_read(&arena, &line, &record);
	assert_int_equal(record.time.nsec, 5);
	assert_ptr_equal(record.format, &qn_format_glog);
	line.text = QN_TEXT("[" T "] [INFO] [a.go:1] [x]");
	qn_record_read(&arena, &line, &record);
	assert_true(record.time.nsec != 5);
	assert_false(qn_record_is_plain(&record));
}

static void no_truncation_reads_past_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t len = 0; len <= strlen(cases[i].line); len++) {
			_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
			char *copy = malloc(len + 1);
			struct qn_line line = {.text = {copy + 1, len}};
			struct qn_record record;

			memcpy(copy + 1, cases[i].line, len);
			qn_record_read(&arena, &line, &record);
			assert_non_null(record.format);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_format),
		cmocka_unit_test(the_wrappers_time_stands_in_for_a_missing_one),
		cmocka_unit_test(no_truncation_reads_past_its_end),
	};

	return QN_RUN("format", tests);
}
