/* Collects texts into a private store, with the shipped rules and frame tables. */
#ifndef QN_TESTS_SUPPORT_TRIAGE_H
#define QN_TESTS_SUPPORT_TRIAGE_H

#include "support/folder.h"

#include "report/report.h"
#include "triage/collect.h"
#include "triage/verdict.h"

/* A native handler's report behind a record, one frame deep. */
#define CRASH(time, addr, frame)                                                         \
	"[2025/03/04 07:52:" time                                                        \
	" +00:00] [DEBUG] [querynodev2/services.go:923] [\"start do query segments\"]\n" \
	"\nSIGNAL CATCH BY NON-GO SIGNAL HANDLER\n"                                      \
	"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: " addr "\n"        \
	"BACKTRACE:\n" frame                                                             \
	"\n\t/workspace/source/internal/core/src/common/Vector.h:130 pc=0x7f05b8fa3fa3\n\n\n"

#define GET_RAW_DATA "_ZNK6milvus12ColumnVector10GetRawDataEv"

#define BANNER(time, version)                                                                       \
	"2025/03/04 " time " maxprocs: Updating GOMAXPROCS=8: determined from CPU quota\n\n"        \
	"Welcome to use Milvus!\nVersion:   " version "\nBuilt:     Tue Feb 18 09:41:27 UTC 2025\n" \
	"GitCommit: fd15d2a9\nGoVersion: go version go1.22.7 linux/amd64\n\n"                       \
	"open pid file: /run/milvus/querynode.pid\nlock pid file: /run/milvus/querynode.pid\n"

struct qn_triage {
	char *folder; /* write inputs here before qn_triage_collect() */
	struct qn_normalizer *normalizer;
	struct qn_rule_set *rules;
	struct qn_store *store;
	struct qn_collect_result result;
	struct qn_report *report;
};

static inline void qn_triage_init(struct qn_triage *triage)
{
	char *frames = qn_folder_path(qn_srcdir(), "rules/frames.yaml"),
	     *folly = qn_folder_path(qn_srcdir(), "rules/folly.yaml");
	char *rules = qn_folder_path(qn_srcdir(), "rules/milvus");

	*triage = (struct qn_triage){.folder = qn_folder_make()};
	assert_no_error(qn_normalizer_create((const char *const[]){folly, frames}, 2, &triage->normalizer));
	assert_no_error(
		qn_rule_set_load((const char *const[]){rules}, 1, QN_RULES_STRICT, NULL, &triage->rules));
	assert_no_error(qn_store_open(NULL, QN_STORE_CREATE, &triage->store));
	free(frames);
	free(folly);
	free(rules);
}

static inline void qn_triage_write(struct qn_triage *triage, const char *name, const char *text)
{
	qn_folder_write(triage->folder, name, text, strlen(text));
}

static inline void qn_triage_collect(struct qn_triage *triage, unsigned jobs)
{
	const char *paths[] = {triage->folder};
	struct qn_collect_options options = {.paths = paths,
					     .paths_count = 1,
					     .jobs = jobs,
					     .rules = triage->rules,
					     .normalizer = triage->normalizer,
					     .store = triage->store};
	struct qn_report_filter filter = {0};

	assert_no_error(qn_collect(&options, &triage->result));
	assert_no_error(qn_verdict_update(triage->store, triage->rules));
	qn_report_destroy(triage->report);
	triage->report = NULL;
	assert_no_error(qn_report_load(triage->store, &filter, &triage->report));
}

static inline void qn_triage_deinit(struct qn_triage *triage)
{
	qn_report_destroy(triage->report);
	qn_store_close(triage->store);
	qn_rule_set_destroy(triage->rules);
	qn_normalizer_destroy(triage->normalizer);
	qn_folder_remove(triage->folder);
}

#endif
