/* The rules that are shipped, each against the logs that lie beside it. Whether the whole program says the
 * same of these logs is for the golden tests; here are the text terms, and the stack conditions on stacks
 * made by hand. */
#include "support/test.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "rule/match.h"

static struct qn_rule_set *load_shipped(struct qn_issues *issues)
{
	_cleanup_free_ char *folder = NULL;
	const char *paths[1];
	struct qn_rule_set *set = NULL;

	assert_true(asprintf(&folder, "%s/rules/milvus", qn_srcdir()) > 0);
	paths[0] = folder;
	assert_no_error(qn_rule_set_load(paths, 1, QN_RULES_STRICT, issues, &set));
	return set;
}

static void the_rules_load_without_an_issue(void **state)
{
	_cleanup_(qn_issues_deinit) struct qn_issues issues = {0};
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_shipped(&issues);
	const struct qn_text *literals;
	bool has_always;

	(void)state;
	assert_int_equal(issues.count, 0);
	assert_int_equal(qn_rule_set_count(set), 11);
	assert_int_equal(qn_rule_set_literals(set, &literals, &has_always), 4);
	/* else every line of every log would have to be looked at */
	assert_false(has_always);
	for (size_t i = 0; i < 11; i++) {
		const struct qn_rule *rule = qn_rule_set_get(set, i);

		assert_true(rule->title.len && rule->category.len && rule->cause.len && rule->advice.len);
		assert_true(rule->issue.len && rule->url.len && rule->references_count);
		assert_true(rule->is_failure);
	}
}

static char *read_log(struct qn_text id, const char *name, struct qn_text *ret)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	char *content = calloc(1, 1 << 20);

	assert_true(asprintf(&path, "%s/rules/tests/%.*s/%s", qn_srcdir(), QN_ARG(id), name) > 0);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s is missing", path);
	*ret = (struct qn_text){content, fread(content, 1, 1 << 20, file)};
	assert_true(ret->len > 0 && ret->len < (1 << 20) - 1);
	return content;
}

/* How many lines of @log hit rule @index; no line may hit another one. */
static size_t count_hits(struct qn_matcher *matcher, const struct qn_rule_set *set, size_t index,
			 struct qn_text log)
{
	struct qn_cursor cursor = qn_cursor_of(log);
	struct qn_text line;
	size_t hits = 0;

	while (qn_cursor_take_line(&cursor, &line)) {
		const size_t *rules;
		size_t count = qn_matcher_line(matcher, line, NULL, &rules);

		for (size_t i = 0; i < count; i++)
			if (rules[i] != index)
				fail_msg("a log of %.*s hits %.*s", QN_ARG(qn_rule_set_get(set, index)->id),
					 QN_ARG(qn_rule_set_get(set, rules[i])->id));
		hits += count;
	}
	return hits;
}

static void text_terms_hit_their_own_log_and_no_other(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_shipped(NULL);
	_cleanup_(qn_matcher_destroy_guard) struct qn_matcher *matcher = NULL;

	(void)state;
	assert_no_error(qn_matcher_create(set, &matcher));
	for (size_t i = 0; i < qn_rule_set_count(set); i++) {
		const struct qn_rule *rule = qn_rule_set_get(set, i);
		struct qn_text log, other;
		_cleanup_free_ char *positive = read_log(rule->id, "test.log", &log);
		_cleanup_free_ char *negative = read_log(rule->id, "test-fp.log", &other);

		assert_int_equal(count_hits(matcher, set, i, log), rule->terms_count ? 1 : 0);
		assert_int_equal(count_hits(matcher, set, i, other), 0);
		assert_string_not_equal(positive, negative);
	}
}

#define FRAMES(...) \
	(struct qn_frame[]){__VA_ARGS__}, sizeof((struct qn_frame[]){__VA_ARGS__}) / sizeof(struct qn_frame)
#define USER(name)                                                         \
	{                                                                  \
		.function = {name, sizeof(name) - 1}, .role = QN_ROLE_USER \
	}
#define LIBRARY(name)                                                         \
	{                                                                     \
		.function = {name, sizeof(name) - 1}, .role = QN_ROLE_LIBRARY \
	}
#define EXECUTOR(name)                                                         \
	{                                                                      \
		.function = {name, sizeof(name) - 1}, .role = QN_ROLE_EXECUTOR \
	}
#define UNKNOWN                         \
	{                               \
		.role = QN_ROLE_UNKNOWN \
	}

/* What the frames of the continuation say, shortened as the reader does. */
#define CONTINUATION                                                                                         \
	EXECUTOR("invoke<folly::futures::detail::FutureBase<folly::Unit>::thenImplementation<folly::Future<" \
		 "folly::Unit>"                                                                              \
		 "::thenTry<milvus::futures::Future<CProto>::asyncProduce<AsyncRetrieve")
#define TAIL \
	EXECUTOR("folly::ThreadPoolExecutor::runTask"), EXECUTOR("folly::CPUThreadPoolExecutor::threadRun")
#define SKIP_INDEX "milvus::SkipIndex::MinMaxBinaryFilter<std::__cxx11::basic_string<char> >"

static const struct stack_case {
	const char *rule; /* the one that holds; NULL: none */
	enum qn_kind kind;
	const char *signal, *message, *task;
	struct qn_frame *frames;
	size_t frames_count;
} stack_cases[] = {
	/* skip index */
	{"QNTRIAGE-35882", QN_KIND_CRASH, "SIGSEGV", "", "AsyncRetrieve",
	 FRAMES(UNKNOWN, LIBRARY("std::char_traits<char>::compare"), USER(SKIP_INDEX),
		USER("milvus::exec::PhyFilterBitsNode::GetOutput"), CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "AsyncSearch",
	 FRAMES(UNKNOWN, LIBRARY("std::char_traits<char>::compare"),
		USER("milvus::exec::PhyTermFilterExpr::ProcessStringTerm"),
		USER("milvus::exec::PhyFilterBitsNode::GetOutput"), CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "", FRAMES(USER("milvus::SkipIndex::~SkipIndex"))},
	/* JSON in a mapped file */
	{"QNTRIAGE-34442", QN_KIND_CRASH, "SIGBUS", "", "",
	 FRAMES(LIBRARY("_mm256_loadu_si256"), LIBRARY("parse_string"), USER("milvus::Json::at"))},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "",
	 FRAMES(LIBRARY("_mm256_loadu_si256"), LIBRARY("parse_string"), USER("milvus::Json::at"))},
	{NULL, QN_KIND_CRASH, "SIGBUS", "", "", FRAMES(USER("milvus::ChunkedColumn::DataOfRow"))},
	{NULL, QN_KIND_CRASH, "SIGBUS", "", "",
	 FRAMES(LIBRARY("_mm256_loadu_si256"), USER("milvus::bitset::detail::avx2::CompareColumn"))},
	{NULL, QN_KIND_CRASH, "SIGBUS", "", "", FRAMES(USER("proto::parse_string"))},
	{"QNTRIAGE-34442", QN_KIND_CRASH, "SIGBUS", "", "AsyncSearch",
	 FRAMES(UNKNOWN, LIBRARY("simdjson::haswell::(anonymous namespace)::stringparsing::parse_string"),
		USER("milvus::exec::PhyUnaryRangeFilterExpr::ExecRangeVisitorImplJson"), CONTINUATION, TAIL)},
	/* MQ consumer */
	{"QNTRIAGE-25645", QN_KIND_PANIC, "",
	 "Failed to create consumer dml_8, error = attempt #0: ConsumerBusy: busy", "",
	 FRAMES(USER("github.com/milvus-io/milvus/internal/mq/msgstream.(*mqMsgStream).AsConsumer"))},
	{"QNTRIAGE-25645", QN_KIND_PANIC, "",
	 "Failed to create consumer dml_8, error = All attempts results:\n\nattempt #1:ServiceNotReady", "",
	 FRAMES(USER("github.com/milvus-io/milvus/internal/mq/msgstream.(*mqMsgStream).AsConsumer"))},
	{NULL, QN_KIND_PANIC, "",
	 "Failed to create consumer dml_8, error = InvalidTopicName: Topic name is not valid", "",
	 FRAMES(USER("github.com/milvus-io/milvus/internal/mq/msgstream.(*mqMsgStream).AsConsumer"))},
	{"QNTRIAGE-25645", QN_KIND_PANIC, "",
	 "Failed to create consumer dml_8, error = Local: Broker transport failure", "", FRAMES(UNKNOWN)},
	{"QNTRIAGE-25645", QN_KIND_PANIC, "", "Failed to create consumer dml_8, error = attempt #0: EOF", "",
	 FRAMES(UNKNOWN)},
	{NULL, QN_KIND_ERROR, "", "Failed to create consumer dml_8, error = ConsumerBusy", "",
	 FRAMES(UNKNOWN)},
	/* embedded etcd */
	{"QNTRIAGE-31925", QN_KIND_PANIC, "SIGSEGV",
	 "runtime error: invalid memory address or nil pointer dereference", "",
	 FRAMES(USER("github.com/milvus-io/milvus/pkg/util/etcd.InitEtcdServer.func1"))},
	{"QNTRIAGE-31925", QN_KIND_PANIC, "SIGSEGV",
	 "runtime error: invalid memory address or nil pointer dereference", "",
	 FRAMES(USER("github.com/milvus-io/milvus/internal/util/etcd.GetEmbedEtcdClient"))},
	{NULL, QN_KIND_PANIC, "SIGSEGV", "runtime error: invalid memory address or nil pointer dereference",
	 "", FRAMES(USER("github.com/milvus-io/milvus/pkg/tracer.InitTracerServer.func1"))},
	{NULL, QN_KIND_PANIC, "", "listen tcp :2379: bind: address already in use", "",
	 FRAMES(USER("github.com/milvus-io/milvus/pkg/util/etcd.InitEtcdServer.func1"))},
	/* SIGILL */
	{"QNTRIAGE-29217", QN_KIND_CRASH, "SIGILL", "", "", FRAMES(LIBRARY("runtime.cgocall"))},
	{NULL, QN_KIND_CRASH, "SIGFPE", "", "", FRAMES(LIBRARY("runtime.cgocall"))},
	/* threads */
	{"QNTRIAGE-31946", QN_KIND_ABORT, "SIGABRT",
	 "runtime/cgo: pthread_create failed: Resource temporarily unavailable", "", FRAMES(UNKNOWN)},
	{"QNTRIAGE-31946", QN_KIND_ABORT, "",
	 "libgomp: Thread creation failed: Resource temporarily unavailable", "", FRAMES(UNKNOWN)},
	{"QNTRIAGE-31946", QN_KIND_ABORT, "", "pthread_create failed: Cannot allocate memory", "",
	 FRAMES(UNKNOWN)},
	{"QNTRIAGE-31946", QN_KIND_ABORT, "SIGABRT", "Resource temporarily unavailable", "", FRAMES(UNKNOWN)},
	{NULL, QN_KIND_ABORT, "SIGABRT", "recvmsg failed: Resource temporarily unavailable", "",
	 FRAMES(UNKNOWN)},
	{NULL, QN_KIND_ABORT, "SIGABRT", "runtime/cgo: pthread_create failed: Invalid argument", "",
	 FRAMES(UNKNOWN)},
	/* group chunk */
	{"QNTRIAGE-47738", QN_KIND_CRASH, "SIGSEGV", "", "AsyncRetrieveByOffsets",
	 FRAMES(LIBRARY("std::_Hashtable<fluent::NamedType<long> >::find"),
		USER("milvus::GroupChunk::GetChunk"), USER("milvus::ProxyChunkColumn::BulkVectorValueAt"),
		CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "AsyncRetrieveByOffsets",
	 FRAMES(USER("milvus::ProxyChunkColumn::BulkVectorValueAt"), CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "AsyncRetrieve",
	 FRAMES(USER("milvus::cachinglayer::CellAccessor<milvus::GroupChunk>::get_cell_of"),
		USER("milvus::ProxyChunkColumn::StringViews"), CONTINUATION, TAIL)},
	/* the Folly task: the stack alone (what must have happened before is the next test's) */
	{"QNTRIAGE-40308", QN_KIND_CRASH, "SIGSEGV", "", "AsyncRetrieve",
	 FRAMES(UNKNOWN, CONTINUATION, TAIL)},
	{"QNTRIAGE-40308", QN_KIND_ABORT, "SIGABRT", "", "AsyncSearch", FRAMES(UNKNOWN, CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "", FRAMES(UNKNOWN, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "AsyncRetrieveByOffsets", FRAMES(UNKNOWN, CONTINUATION, TAIL)},
	{NULL, QN_KIND_PANIC, "", "", "AsyncSearch", FRAMES(UNKNOWN, CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "AsyncSearch",
	 FRAMES(USER("milvus::ColumnVector::GetRawData"), USER("milvus::exec::PhyRescoresNode::GetOutput"),
		CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "AsyncSearch",
	 FRAMES(USER("milvus::fmt::print"), CONTINUATION, TAIL)},
	{NULL, QN_KIND_CRASH, "SIGSEGV", "", "AsyncSearch",
	 FRAMES(USER("knowhere::Config::FormatAndCheck"), CONTINUATION, TAIL)},
	{"QNTRIAGE-40308", QN_KIND_CRASH, "SIGSEGV", "", "AsyncSearch",
	 FRAMES(EXECUTOR("milvus::futures::Future<milvus::SearchResult>::asyncProduce"), CONTINUATION, TAIL)},
};

static void stack_conditions_hold_for_their_own_stack_and_no_other(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_shipped(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(stack_cases) / sizeof(stack_cases[0]); i++) {
		const struct stack_case *c = &stack_cases[i];
		struct qn_stack stack = {
			.kind = c->kind,
			.signal = qn_text_of(c->signal),
			.message = qn_text_of(c->message),
			.frames = c->frames,
			.frames_count = c->frames_count,
			.executor = {.task = qn_text_of(c->task)},
		};

		for (size_t k = 0; k < qn_rule_set_count(set); k++) {
			const struct qn_rule *rule = qn_rule_set_get(set, k);
			bool is_expected = c->rule && qn_text_equal(rule->id, qn_text_of(c->rule));

			if (qn_rule_stack_holds(rule, &stack) != is_expected)
				fail_msg("case %zu: %.*s should%s hold", i, QN_ARG(rule->id),
					 is_expected ? "" : " not");
		}
	}
}

static void a_folly_tail_alone_is_not_the_known_issue(void **state)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = load_shipped(NULL);
	const struct qn_rule *rule = qn_rule_set_find(set, QN_TEXT("QNTRIAGE-40308"));
	const struct qn_text pod = QN_TEXT("querynode-a"), other = QN_TEXT("querynode-b");
	const struct qn_time time = {.nsec = 1000, .is_known = true};
	const struct qn_past_event killed = {.event = QN_BEFORE_POD_KILLED, .pod = pod};
	const struct qn_past_event restarted = {.event = QN_BEFORE_RESTARTED, .pod = pod};

	(void)state;
	assert_non_null(rule);
	assert_false(qn_rule_before_holds(rule, pod, time, NULL, 0, NULL));
	assert_true(qn_rule_before_holds(rule, pod, time, &killed, 1, NULL));
	assert_true(qn_rule_before_holds(rule, pod, time, &restarted, 1, NULL));
	assert_false(qn_rule_before_holds(rule, other, time, &killed, 1, NULL));
	assert_text(rule->fixed_in[0], "2.5-20250306-89bc9459-amd64");
	assert_true(rule->confidence < 0.7);
}

/* The community's rules that lie beside the source tree, where they do: a single event loads, the rest is
 * refused by name and never taken for something else. */
static void loads_community_rules_of_a_single_event(void **state)
{
	_cleanup_free_ char *folder = NULL;
	size_t loaded = 0, refused = 0;
	struct dirent *entry;
	DIR *cases;

	(void)state;
	assert_true(asprintf(&folder, "%s/../shared/cre-rules", qn_srcdir()) > 0);
	cases = opendir(folder);
	if (!cases) {
		print_message("# no community rules beside the source tree: nothing to load\n");
		return;
	}
	while ((entry = readdir(cases))) {
		_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = NULL;
		_cleanup_error_ struct qn_error *error = NULL;
		_cleanup_free_ char *path = NULL;
		const char *paths[1];
		struct stat status;

		assert_true(asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
		if (strncmp(entry->d_name, "cre-", 4) != 0 || stat(path, &status) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		paths[0] = path;
		error = qn_rule_set_load(paths, 1, 0, NULL, &set);
		loaded += !error;
		refused += error != NULL;
		if (error && !strstr(error->message, "is not supported yet; "))
			fail_msg("%s", error->message);
	}
	closedir(cases);
	print_message("# %zu community rules loaded, %zu refused\n", loaded, refused);
	assert_true(loaded > refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rules_load_without_an_issue),
		cmocka_unit_test(text_terms_hit_their_own_log_and_no_other),
		cmocka_unit_test(stack_conditions_hold_for_their_own_stack_and_no_other),
		cmocka_unit_test(a_folly_tail_alone_is_not_the_known_issue),
		cmocka_unit_test(loads_community_rules_of_a_single_event),
	};

	return QN_RUN("shipped_rules", tests);
}
