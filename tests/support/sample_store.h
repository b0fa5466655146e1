/* A store with the rows of a realistic incident: three failures in seven pods, logged errors, odd input. */
#ifndef QN_TESTS_SUPPORT_SAMPLE_STORE_H
#define QN_TESTS_SUPPORT_SAMPLE_STORE_H

#include "store/store.h"
#include "support/test.h"

#define SAMPLE_BUILD "2.5-20250227-37ec7b7d-amd64"
#define SAMPLE_FIX "2.5-20250306-89bc9459-amd64"
#define SAMPLE_POD "pod-kill-milvus-"
#define SAMPLE_KNOWN "QN-9c41d7e20b55"
#define SAMPLE_PANIC "QN-5d1e0c44ab12"
#define SAMPLE_LEASE "QN-5d1eb7f0a903"

static inline struct qn_time sample_time(const char *text)
{
	struct qn_cursor cursor = qn_cursor_of(qn_text_of(text));
	struct qn_time time = {0};

	assert_true(qn_time_take_rfc3339(&cursor, &time));
	return time;
}

static inline int64_t sample_source(struct qn_store *store, const char *path, const char *component,
				    const char *pod, uint64_t lines)
{
	const struct qn_store_format_count formats[] = {{QN_TEXT("zap"), lines - 2}, {QN_TEXT("plain"), 2}};
	struct qn_store_source source = {
		.path = qn_text_of(path),
		.content = qn_text_of(path), /* any text that tells contents apart will do */
		.kind = QN_TEXT("log"),
		.wrappers = QN_TEXT("docker,cri"),
		.formats = formats,
		.formats_count = 2,
		.component = qn_text_of(component),
		.pod = qn_text_of(pod),
		.size_bytes = lines * 212,
		.lines = lines,
		.records = lines - 7,
		.run = QN_TEXT("run-1"),
	};
	int64_t id;

	assert_no_error(qn_store_add_source(store, &source, &id));
	return id;
}

static inline void sample_life(struct qn_store *store, const char *id, const char *pod, int64_t source,
			       const char *started, const char *ended, const char *end)
{
	struct qn_store_process process = {
		.id = qn_text_of(id),
		.component = QN_TEXT("querynode"),
		.pod = qn_text_of(pod),
		.version = QN_TEXT(SAMPLE_BUILD),
		.commit = QN_TEXT("37ec7b7d"),
		.started = sample_time(started),
		.ended = sample_time(ended),
		.end = qn_text_of(end),
		.source = source,
		.first_line = 12,
		.last_line = 900,
	};

	assert_no_error(qn_store_add_process(store, &process));
}

struct sample_frame {
	const char *function, *file;
	uint32_t line;
	enum qn_role role;
	bool is_go;
};

static inline void sample_stack(struct qn_store *store, const struct sample_frame *from, size_t count,
				char ret[33])
{
	struct qn_frame *frames = calloc(count, sizeof(*frames));

	assert_non_null(frames);
	for (size_t i = 0; i < count; i++) {
		frames[i].raw = qn_text_of(from[i].function);
		frames[i].function = frames[i].raw;
		frames[i].key = frames[i].raw;
		frames[i].file = qn_text_of(from[i].file);
		frames[i].line = from[i].line;
		frames[i].role = from[i].role;
		frames[i].is_go = from[i].is_go;
	}
	assert_no_error(qn_store_add_stack(store, frames, count, ret));
	free(frames);
}

static inline void sample_failure(struct qn_store *store, struct qn_store_signature signature,
				  const char *stack, const char *occurrence, int64_t source, uint64_t line,
				  const char *time, const char *pod, const char *process)
{
	struct qn_store_occurrence row = {
		.id = qn_text_of(occurrence),
		.signature = signature.id,
		.stack = qn_text_of(stack),
		.evidence = qn_text_of(occurrence),
		.source = source,
		.line = line,
		.last_line = line + 40,
		.offset = line * 200,
		.time = sample_time(time),
		.pod = qn_text_of(pod),
		.component = signature.component,
		.process = qn_text_of(process),
		.version = QN_TEXT(SAMPLE_BUILD),
		.goroutine = 1403,
		.message = signature.reason,
		.damage = QN_TEXT("interleaved log lines\nviewer line numbers"),
	};

	assert_no_error(qn_store_add_signature(store, &signature));
	assert_no_error(qn_store_add_occurrence(store, &row));
}

static inline void sample_error(struct qn_store *store, int64_t source, const char *id, const char *title,
				uint64_t count)
{
	struct qn_store_signature signature = {.id = qn_text_of(id),
					       .family = QN_TEXT("QF-000000000000"),
					       .kind = QN_TEXT("error"),
					       .title = qn_text_of(title),
					       .confidence = 1};
	struct qn_store_tally tally = {
		.signature = signature.id,
		.source = source,
		.count = count,
		.first = sample_time("2025-02-27T10:01:00.5Z"),
		.last = sample_time("2025-02-27T10:18:00.5Z"),
	};

	assert_no_error(qn_store_add_signature(store, &signature));
	assert_no_error(qn_store_add_signature_tally(store, &tally));
}

static inline void sample_crash(struct qn_store *store, int64_t source, int64_t copy)
{
	static const struct sample_frame frames[] = {
		{"folly::detail::ScopeGuardForNewException::~ScopeGuardForNewException", "folly/ScopeGuard.h",
		 44, QN_ROLE_EXECUTOR, false},
		{"milvus::segcore::SegmentInternalInterface::FillTargetEntry",
		 "internal/core/src/segcore/SegmentInterface.cpp", 157, QN_ROLE_USER, false},
		{"milvus::segcore::SegmentInternalInterface::Retrieve",
		 "internal/core/src/segcore/SegmentInterface.cpp", 98, QN_ROLE_USER, false},
		{"AsyncRetrieve", "internal/core/src/segcore/segment_c.cpp", 214, QN_ROLE_USER, false},
		{"folly::makeTryWithNoUnwrap", "folly/Try-inl.h", 251, QN_ROLE_EXECUTOR, false},
		{"folly::futures::detail::CoreCallbackState::invoke", "folly/futures/Future-inl.h", 130,
		 QN_ROLE_EXECUTOR, false},
		{"folly::ThreadPoolExecutor::runTask", "folly/executors/ThreadPoolExecutor.cpp", 97,
		 QN_ROLE_EXECUTOR, false},
		{"std::thread::_State_impl::_M_run", "", 0, QN_ROLE_LIBRARY, false},
		{"start_thread", "", 0, QN_ROLE_THREAD_ENTRY, false},
	};
	const struct qn_text fixed_in[] = {QN_TEXT(SAMPLE_FIX)};
	struct qn_store_signature signature = {
		.id = QN_TEXT(SAMPLE_KNOWN),
		.family = QN_TEXT("QF-9c41d7e20b55"),
		.kind = QN_TEXT("crash"),
		.title = QN_TEXT("SIGSEGV in milvus::segcore::SegmentInternalInterface::FillTargetEntry"),
		.signal = QN_TEXT("SIGSEGV"),
		.component = QN_TEXT("querynode"),
		.executor_kind = QN_TEXT("CPUThreadPoolExecutor"),
		.executor_task = QN_TEXT("AsyncRetrieve"),
		.confidence = 1,
	};
	struct qn_store_verdict verdict = {
		.signature = signature.id,
		.rule = QN_TEXT("qntriage-milvus-40308"),
		.issue = QN_TEXT("40308"),
		.url = QN_TEXT("https://github.com/milvus-io/milvus/issues/40308"),
		.title = QN_TEXT("QueryNode restarts after many pod kills under concurrent reads and writes"),
		.fix = QN_TEXT("upgrade"),
		.fixed_in = fixed_in,
		.fixed_in_count = 1,
		.advice = QN_TEXT("Upgrade to " SAMPLE_FIX
				  " or later; until then keep restarts of query nodes apart."),
		.confidence = 0.9,
	};
	struct qn_store_hit hit = {.rule = verdict.rule,
				   .cre_id = verdict.rule,
				   .title = verdict.title,
				   .category = QN_TEXT("query-node-problem"),
				   .severity = 1,
				   .confidence = 0.9,
				   .source = source,
				   .line = 1423,
				   .time = sample_time("2025-02-27T10:09:12.301Z"),
				   .signature = signature.id};
	struct qn_store_evidence evidence = {source, 1423, QN_TEXT("SIGNAL CATCH BY NON-GO SIGNAL HANDLER")};
	char stack[33];

	sample_stack(store, frames, sizeof(frames) / sizeof(frames[0]), stack);
	sample_failure(store, signature, stack, "QO-1111aaaa0001", source, 1423, "2025-02-27T10:09:12.301Z",
		       SAMPLE_POD "querynode-6f4d9c7b5d-a2db9", "QP-0000000000a2");
	assert_no_error(qn_store_add_place(store, QN_TEXT("QO-1111aaaa0001"), copy, 1423));
	assert_no_error(qn_store_add_verdict(store, &verdict));
	assert_no_error(qn_store_add_hit(store, &hit, &evidence, 1));
}

static inline void sample_panic(struct qn_store *store, int64_t source)
{
	static const struct sample_frame frames[] = {
		{"panic", "runtime/panic.go", 770, QN_ROLE_FAULT, true},
		{"github.com/milvus-io/milvus/internal/mq/mqimpl/rocksmq/server.(*rocksmq).moveConsumePos",
		 "internal/mq/mqimpl/rocksmq/server/rocksmq_impl.go", 903, QN_ROLE_USER, true},
		{"github.com/milvus-io/milvus/internal/mq/mqimpl/rocksmq/server.(*rocksmq).Consume",
		 "internal/mq/mqimpl/rocksmq/server/rocksmq_impl.go", 770, QN_ROLE_USER, true},
		{"github.com/milvus-io/milvus/internal/mq/mqimpl/rocksmq/client.(*consumer).deliver",
		 "internal/mq/mqimpl/rocksmq/client/client_impl.go", 188, QN_ROLE_USER, true},
		{"github.com/milvus-io/milvus/internal/mq/mqimpl/rocksmq/client.(*client).consume",
		 "internal/mq/mqimpl/rocksmq/client/client_impl.go", 146, QN_ROLE_USER, true},
		{"runtime.goexit", "runtime/asm_amd64.s", 1695, QN_ROLE_RUNTIME, true},
	};
	struct qn_store_signature signature = {
		.id = QN_TEXT(SAMPLE_PANIC),
		.family = QN_TEXT("QF-5d1e0c44ab12"),
		.kind = QN_TEXT("panic"),
		.title = QN_TEXT("panic: move consume position backward in (*rocksmq).moveConsumePos"),
		.reason = QN_TEXT("move consume position backward"),
		.component = QN_TEXT("datanode"),
		.confidence = 1,
	};
	char stack[33];

	sample_stack(store, frames, sizeof(frames) / sizeof(frames[0]), stack);
	sample_failure(store, signature, stack, "QO-2222aaaa0001", source, 77, "2025-02-27T10:14:03.001Z",
		       SAMPLE_POD "datanode-5c8f7d9b6-x2kqp", "QP-0000000000d1");
	sample_failure(store, signature, stack, "QO-2222aaaa0002", source, 990, "2025-02-27T10:19:41.750Z",
		       SAMPLE_POD "datanode-5c8f7d9b6-x2kqp", "QP-0000000000d2");
}

static inline void sample_lease(struct qn_store *store, int64_t source)
{
	struct qn_store_signature signature = {
		.id = QN_TEXT(SAMPLE_LEASE),
		.family = QN_TEXT("QF-5d1eb7f0a903"),
		.kind = QN_TEXT("exit"),
		.title = QN_TEXT("exit: lost its etcd lease"),
		.reason = QN_TEXT("connection lost detected, shuting down"),
		.component = QN_TEXT("querycoord"),
		.confidence = 1,
	};

	sample_failure(store, signature, "", "QO-3333aaaa0001", source, 5120, "2025-02-27T10:16:20Z",
		       SAMPLE_POD "querycoord-7d9f6b5c4-pl0aq", "QP-0000000000c1");
}

static inline void sample_lives(struct qn_store *store, const int64_t *sources)
{
	sample_life(store, "QP-0000000000a0", SAMPLE_POD "querynode-6f4d9c7b5d-a2db9", sources[0],
		    "2025-02-27T09:58:11Z", "2025-02-27T10:02:40Z", "killed");
	sample_life(store, "QP-0000000000a2", SAMPLE_POD "querynode-6f4d9c7b5d-a2db9", sources[0],
		    "2025-02-27T10:03:02Z", "2025-02-27T10:09:12Z", "crash");
	sample_life(store, "QP-0000000000a3", SAMPLE_POD "querynode-6f4d9c7b5d-a2db9", sources[0],
		    "2025-02-27T10:11:30Z", "2025-02-27T10:20:45Z", "running");
	sample_life(store, "QP-0000000000b0", SAMPLE_POD "querynode-6f4d9c7b5d-k7xw2", sources[1],
		    "2025-02-27T09:58:12Z", "2025-02-27T10:05:00Z", "killed");
	sample_life(store, "QP-0000000000b1", SAMPLE_POD "querynode-6f4d9c7b5d-k7xw2", sources[1],
		    "2025-02-27T10:05:30Z", "2025-02-27T10:20:45Z", "running");
	sample_life(store, "QP-0000000000e0", SAMPLE_POD "querynode-6f4d9c7b5d-zz9p1", sources[2],
		    "2025-02-27T09:58:12Z", "2025-02-27T10:20:45Z", "running");
	sample_life(store, "QP-0000000000c1", SAMPLE_POD "querycoord-7d9f6b5c4-pl0aq", sources[3],
		    "2025-02-27T09:58:00Z", "2025-02-27T10:16:20Z", "exit");
	sample_life(store, "QP-0000000000d1", SAMPLE_POD "datanode-5c8f7d9b6-x2kqp", sources[4],
		    "2025-02-27T09:58:01Z", "2025-02-27T10:14:03Z", "panic");
	sample_life(store, "QP-0000000000d2", SAMPLE_POD "datanode-5c8f7d9b6-x2kqp", sources[4],
		    "2025-02-27T10:14:31Z", "2025-02-27T10:19:41Z", "panic");
	sample_life(store, "QP-0000000000f0", SAMPLE_POD "proxy-84c7f5d6b9-m3n8v", sources[5],
		    "2025-02-27T09:58:01Z", "2025-02-27T10:20:44Z", "running");
}

static inline void sample_rest(struct qn_store *store, const int64_t *sources)
{
	const struct qn_store_pod pods[] = {
		{.name = QN_TEXT(SAMPLE_POD "querynode-6f4d9c7b5d-a2db9"),
		 .component = QN_TEXT("querynode"),
		 .last_state = QN_TEXT("Running"),
		 .restarts = 2,
		 .exit_code = -1,
		 .source = sources[7],
		 .line = 3},
		{.name = QN_TEXT(SAMPLE_POD "datacoord-59c6d8b7f-t5r4e"),
		 .component = QN_TEXT("datacoord"),
		 .last_state = QN_TEXT("Running"),
		 .restarts = 0,
		 .exit_code = -1,
		 .source = sources[7],
		 .line = 4},
	};
	const struct qn_issue issue = {
		.line = 812, .text = QN_TEXT("binary data, skipped"), .count = 3, .offset = 99};
	const struct qn_store_template template = {.id = QN_TEXT("T-000000000001"),
						   .level = QN_TEXT("WARN"),
						   .text = QN_TEXT("load segment <*>"),
						   .call_site = QN_TEXT("segments/segment_loader.go:627"),
						   .source = sources[0],
						   .count = 12,
						   .first = sample_time("2025-02-27T10:00:00.001Z"),
						   .last = sample_time("2025-02-27T10:01:00.001Z")};

	for (size_t i = 0; i < 2; i++)
		assert_no_error(qn_store_add_pod(store, &pods[i]));
	assert_no_error(qn_store_add_issue(store, sources[5], &issue));
	assert_no_error(qn_store_add_template(store, &template));
	sample_error(store, sources[0], "QN-e00000000001", "querynodev2/services.go:412 load segments failed",
		     120);
	sample_error(store, sources[0], "QN-e00000000002", "delegator/delegator.go:330 worker not found", 41);
	sample_error(store, sources[3], "QN-e00000000003", "task/executor.go:188 failed to load segment", 33);
	sample_error(store, sources[5], "QN-e00000000004", "proxy/task_scheduler.go:469 failed to execute",
		     1200);
	sample_error(store, sources[5], "QN-e00000000005", "retry/retry.go:46 retry func failed", 9);
	sample_error(store, sources[5], "QN-e00000000006", "sessionutil/session_util.go:620 lease expired",
		     2);
}

static inline struct qn_store *sample_store(void)
{
	static const char *const names[][3] = {
		{"pod-kill/querynode-a2db9.log", "querynode", SAMPLE_POD "querynode-6f4d9c7b5d-a2db9"},
		{"pod-kill/querynode-k7xw2.log", "querynode", SAMPLE_POD "querynode-6f4d9c7b5d-k7xw2"},
		{"pod-kill/querynode-zz9p1.log", "querynode", SAMPLE_POD "querynode-6f4d9c7b5d-zz9p1"},
		{"pod-kill/querycoord.log", "querycoord", SAMPLE_POD "querycoord-7d9f6b5c4-pl0aq"},
		{"pod-kill/datanode.log", "datanode", SAMPLE_POD "datanode-5c8f7d9b6-x2kqp"},
		{"pod-kill/proxy.log", "proxy", SAMPLE_POD "proxy-84c7f5d6b9-m3n8v"},
		{"pod-kill/old/querynode-a2db9.log", "querynode", SAMPLE_POD "querynode-6f4d9c7b5d-a2db9"},
		{"pod-kill/pods.txt", "", ""},
	};
	const struct qn_store_run run = {.id = QN_TEXT("run-1"),
					 .last_time = sample_time("2025-02-27T10:20:45Z")};
	int64_t sources[sizeof(names) / sizeof(names[0])];
	struct qn_store *store;

	assert_no_error(qn_store_open(NULL, QN_STORE_CREATE, &store));
	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_add_run(store, &run));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sources[i] =
			sample_source(store, names[i][0], names[i][1], names[i][2], 900 + 1000 * (i % 3));
	sample_crash(store, sources[0], sources[6]);
	sample_panic(store, sources[4]);
	sample_lease(store, sources[3]);
	sample_lives(store, sources);
	sample_rest(store, sources);
	assert_no_error(qn_store_commit(store));
	return store;
}

#endif
