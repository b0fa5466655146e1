/* Every frame of every thread of the real dumps in ../shared/folly-stacks: nothing but the program's own
 * frames may be taken for the application's, and each worker must be seen at what it was. */
#include "support/crash_feed.h"
#include "support/tables.h"

#define FRAMES_ALL (1U << 16)

static void feed_init_shipped(struct feed *feed)
{
	feed_init(feed);
	qn_stack_reader_destroy(feed->reader);
	qn_normalizer_destroy(feed->normalizer);
	feed->normalizer = qn_shipped_normalizer();
	assert_no_error(qn_stack_reader_create(feed->normalizer, keep, feed, &feed->reader));
}

static bool read_dump(const char *name, struct qn_buffer *ret)
{
	char path[4096], block[4096];
	size_t got;
	FILE *file;

	snprintf(path, sizeof(path), "%s/../shared/folly-stacks/%s", qn_srcdir(), name);
	file = fopen(path, "r");
	if (!file)
		return false;
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		qn_buffer_append(ret, block, got);
	fclose(file);
	return true;
}

/* Feeds the thread in @frames (lines that begin with "#") as if it had called abort(), so that it is told. */
static void feed_thread(struct feed *feed, bool is_gdb, struct qn_text frames)
{
	feed_init_shipped(feed);
	feed_text(feed, is_gdb ? QN_TEXT("Program terminated with signal SIGABRT, Aborted.\n")
			       : QN_TEXT("PID 1 - core\nTID 1:\n"));
	feed_text(feed, frames);
	feed_text(feed, is_gdb ? QN_TEXT("#999  0x0000000000000001 in abort () from /lib/libc.so.6\n")
			       : QN_TEXT("#999  0x0000000000000001 abort\n"));
	feed_flush(feed);
}

typedef void (*thread_check)(void *context, const char *dump, const struct qn_stack *stack);

/* Calls @check for each run of frame lines that begins with number 0. */
static void each_thread(const char *name, thread_check check, void *context)
{
	struct qn_buffer dump = {0}, thread = {0};
	struct qn_cursor cursor;
	struct qn_text line;
	bool is_gdb = qn_text_ends(qn_text_of(name), QN_TEXT(".gdb")), is_end = false;

	if (!read_dump(name, &dump))
		fail_msg("%s: cannot be read", name);
	cursor = qn_cursor_of(qn_buffer_text(&dump));
	while (!is_end) {
		struct feed feed;

		is_end = !qn_cursor_take_line(&cursor, &line);
		if (!is_end && !qn_text_starts(line, QN_TEXT("#")))
			continue;
		if (thread.len && (is_end || qn_text_starts(line, QN_TEXT("#0 ")))) {
			feed_thread(&feed, is_gdb, qn_buffer_text(&thread));
			assert_int_equal(feed.count, 1);
			check(context, name, feed.stacks[0]);
			feed_deinit(&feed);
			qn_buffer_clear(&thread);
		}
		qn_buffer_append_text(&thread, line);
		qn_buffer_append_byte(&thread, '\n');
	}
	qn_buffer_deinit(&dump);
	qn_buffer_deinit(&thread);
}

static const char *const dumps[] = {
	"idle.gdb",       "busy.gdb",          "edf.gdb",         "segv.gdb",
	"starve.gdb",     "sdeadlock.gdb",     "destroy.gdb",     "noexcept.gdb",
	"idle.eustack",   "busy.eustack",      "edf.eustack",     "segv.eustack",
	"starve.eustack", "sdeadlock.eustack", "destroy.eustack", "noexcept.eustack",
};

/* What the test program calls its own; the lambdas are those of crash.cpp. */
static const char *const own_names[] = {
	"milvus::segcore::SegmentSealedImpl::vector_search",
	"milvus::segcore::SegmentSealedImpl::bulk_subscript",
	"milvus::segcore::SegmentInternalInterface::Search",
	"milvus::segcore::SegmentInternalInterface::Retrieve",
	"main",
	"dump",
	"thrower",
	"guarded",
	"slock_pair",
	"busy_small",
};

static bool is_own(const struct qn_frame *frame)
{
	for (size_t i = 0; i < sizeof(own_names) / sizeof(*own_names); i++)
		if (qn_text_equal(frame->key, qn_text_of(own_names[i])))
			return true;
	return qn_text_equal(frame->key, QN_TEXT("operator()")) &&
	       qn_text_equal(frame->file, QN_TEXT("crash.cpp"));
}

static void check_roles(void *context, const char *dump, const struct qn_stack *stack)
{
	size_t *count = context;

	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];

		(*count)++;
		if (frame->role == QN_ROLE_USER && !is_own(frame))
			fail_msg("%s: %.*s is taken for the application's", dump, QN_ARG(frame->key));
		if (frame->role != QN_ROLE_USER && frame->key.len &&
		    qn_text_starts(frame->key, QN_TEXT("milvus::segcore::")))
			fail_msg("%s: %.*s is %s", dump, QN_ARG(frame->key), qn_role_name(frame->role));
		if (frame->role == QN_ROLE_UNKNOWN && frame->key.len)
			fail_msg("%s: nothing is known of %.*s", dump, QN_ARG(frame->key));
	}
}

static void folds_all_but_the_frames_of_the_program(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(dumps) / sizeof(*dumps); i++)
		each_thread(dumps[i], check_roles, &count);
	assert_in_range(count, 1400, FRAMES_ALL);
}

struct workers {
	const char *dump, *kind, *task; /* task: of the busy ones */
	size_t idle, busy, others;      /* others: threads that are no workers */
};

struct tally {
	const struct workers *expected;
	size_t idle, busy, others;
};

static void count_worker(void *context, const char *dump, const struct qn_stack *stack)
{
	struct tally *tally = context;

	(void)dump;
	if (!stack->executor.kind.len) {
		assert_int_equal(stack->executor.state, QN_WORKER_NONE);
		tally->others++;
		return;
	}
	assert_text(stack->executor.kind, tally->expected->kind);
	if (stack->executor.state == QN_WORKER_IDLE) {
		assert_text(stack->executor.task, "");
		tally->idle++;
		return;
	}
	assert_int_equal(stack->executor.state, QN_WORKER_BUSY);
	assert_text(stack->executor.task, tally->expected->task);
	tally->busy++;
}

/* gdb shows the current thread three times: at the stop, by "bt", among all. */
static void sees_each_worker_at_what_it_was(void **state)
{
	static const struct workers cases[] = {
		{"idle.gdb", "CPUThreadPoolExecutor", "", 10, 0, 3},
		{"idle.eustack", "CPUThreadPoolExecutor", "", 10, 0, 1},
		{"busy.gdb", "CPUThreadPoolExecutor", "AsyncSearch", 0, 2, 3},
		{"busy.eustack", "CPUThreadPoolExecutor", "AsyncSearch", 0, 2, 1},
		/* its lambda jumped to the function: it has no frame, and no place */
		{"edf.gdb", "EDFThreadPoolExecutor", "main::{lambda}", 2, 1, 3},
		{"edf.eustack", "EDFThreadPoolExecutor", "main::{lambda}", 2, 1, 1},
		{"starve.gdb", "CPUThreadPoolExecutor", "main::{lambda} at crash.cpp:231", 0, 2, 3},
		{"starve.eustack", "CPUThreadPoolExecutor", "main::{lambda}", 0, 2, 1},
		{"sdeadlock.gdb", "CPUThreadPoolExecutor", "main::{lambda} at crash.cpp:242", 0, 2, 3},
		{"sdeadlock.eustack", "CPUThreadPoolExecutor", "main::{lambda}", 0, 2, 1},
		{"destroy.gdb", "CPUThreadPoolExecutor", "main::{lambda} at crash.cpp:247", 0, 1, 3},
		{"destroy.eustack", "CPUThreadPoolExecutor", "main::{lambda}", 0, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tally tally = {.expected = &cases[i]};

		each_thread(cases[i].dump, count_worker, &tally);
		assert_int_equal(tally.idle, cases[i].idle);
		assert_int_equal(tally.busy, cases[i].busy);
		assert_int_equal(tally.others, cases[i].others);
	}
}

static void feed_dump(struct feed *feed, const char *name)
{
	struct qn_buffer dump = {0};

	feed_init_shipped(feed);
	assert_true(read_dump(name, &dump));
	feed_source(feed, qn_buffer_text(&dump));
	qn_buffer_deinit(&dump);
}

/* All of them were made by kill(), by the program or from outside. */
static void takes_a_dump_that_was_asked_for_for_no_failure(void **state)
{
	static const char *const asked[] = {
		"idle.gdb",     "busy.gdb",     "edf.gdb",     "sdeadlock.gdb",     "destroy.gdb",
		"idle.eustack", "busy.eustack", "edf.eustack", "sdeadlock.eustack", "destroy.eustack",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct feed feed;

		feed_dump(&feed, asked[i]);
		if (feed.count)
			fail_msg("%s: told as a failure", asked[i]);
		feed_deinit(&feed);
	}
}

/* Nobody crashed, and nothing will ever go on. */
static void takes_a_dump_of_a_starved_pool_for_a_deadlock(void **state)
{
	static const char *const dumps_of_it[] = {"starve.gdb", "starve.eustack"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct qn_stack *stack;
		struct feed feed;

		feed_dump(&feed, dumps_of_it[i]);
		assert_int_equal(feed.count, 1);
		stack = feed.stacks[0];
		assert_int_equal(stack->kind, QN_KIND_DEADLOCK);
		assert_text(stack->signal, "");
		assert_text(stack->message, "every worker of a CPUThreadPoolExecutor waits for what "
					    "only the pool can run");
		assert_text(stack->executor.kind, "CPUThreadPoolExecutor");
		assert_int_equal(stack->others_count, 2);
		feed_deinit(&feed);
	}
}

struct crash {
	const char *dump, *dialect, *signal, *first, *task, *thread;
	enum qn_kind kind;
	struct {
		const char *what;
		unsigned count;
	} others[3];
};

static void tells_the_thread_that_crashed_and_counts_the_others(void **state)
{
	static const struct crash cases[] = {
		{"segv.gdb",
		 "gdb",
		 "SIGSEGV",
		 "milvus::segcore::SegmentSealedImpl::bulk_subscript",
		 "AsyncRetrieve",
		 "LWP 31558",
		 QN_KIND_CRASH,
		 {{"busy AsyncSearch (CPUThreadPoolExecutor)", 1}, {"blocked in folly::Future wait", 0}}},
		{"segv.eustack",
		 "eu-stack",
		 "",
		 "milvus::segcore::SegmentSealedImpl::bulk_subscript",
		 "AsyncRetrieve",
		 "LWP 31558",
		 QN_KIND_CRASH,
		 {{"busy AsyncSearch (CPUThreadPoolExecutor)", 1}}},
		{"noexcept.gdb",
		 "gdb",
		 "SIGABRT",
		 "thrower",
		 "main",
		 "LWP 32477",
		 QN_KIND_ABORT,
		 {{"sleeping", 1}}},
		{"noexcept.eustack",
		 "eu-stack",
		 "SIGABRT",
		 "thrower",
		 "main",
		 "LWP 32477",
		 QN_KIND_ABORT,
		 {{"sleeping", 1}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct crash *expected = &cases[i];
		const struct qn_stack *stack;
		struct feed feed;
		size_t first;

		feed_dump(&feed, expected->dump);
		assert_int_equal(feed.count, 1);
		stack = feed.stacks[0];
		assert_int_equal(stack->kind, expected->kind);
		assert_string_equal(stack->dialect, expected->dialect);
		assert_text(stack->signal, expected->signal);
		assert_text(stack->thread, expected->thread);
		first = qn_stack_first_user(stack);
		assert_true(first < stack->frames_count);
		assert_text(stack->frames[first].key, expected->first);
		assert_text(stack->executor.kind, "CPUThreadPoolExecutor");
		assert_int_equal(stack->executor.state, QN_WORKER_BUSY);
		assert_text(stack->executor.task, expected->task);
		assert_int_equal(stack->damage_count, 0);
		for (size_t j = 0; j < 3 && expected->others[j].what; j++) {
			unsigned count = 0;

			for (size_t k = 0; k < stack->others_count; k++)
				if (qn_text_equal(stack->others[k].what,
						  qn_text_of(expected->others[j].what)))
					count = stack->others[k].count;
			assert_int_equal(count, expected->others[j].count);
		}
		feed_deinit(&feed);
	}
}

struct behind {
	const char *dump;
	struct {
		const char *what;
		unsigned count;
	} others[3];
};

/* The threads of a dump, behind one more that crashed. */
static void feed_behind_a_crash(struct feed *feed, const char *name)
{
	struct qn_buffer dump = {0};
	struct qn_text text;
	size_t at;

	assert_true(read_dump(name, &dump));
	text = qn_buffer_text(&dump);
	feed_init_shipped(feed);
	if (qn_text_ends(qn_text_of(name), QN_TEXT(".gdb"))) {
		feed_text(feed, QN_TEXT("Program terminated with signal SIGSEGV, Segmentation fault.\n"
					"[Current thread is 99 (Thread 0x1 (LWP 1))]\n"
					"#0  0x0000000000000001 in milvus::f () at a.cpp:1\n"));
		at = qn_text_find(text, QN_TEXT("\nThread "));
	} else {
		feed_text(feed, QN_TEXT("PID 1 - core\nTID 1:\n#0  0x0000000000000001 milvus::f()\n"));
		at = qn_text_find(text, QN_TEXT("\nTID "));
	}
	assert_true(at != SIZE_MAX);
	feed_source(feed, qn_text_from(text, at + 1));
	qn_buffer_deinit(&dump);
}

static void counts_the_threads_behind_a_crash_by_what_they_are_at(void **state)
{
	static const struct behind cases[] = {
		{"idle", {{"idle CPUThreadPoolExecutor worker", 10}, {"dump", 1}}},
		{"busy", {{"busy AsyncSearch (CPUThreadPoolExecutor)", 2}, {"dump", 1}}},
		{"edf",
		 {{"idle EDFThreadPoolExecutor worker", 2},
		  {"busy main::{lambda} (EDFThreadPoolExecutor)", 1},
		  {"dump", 1}}},
		{"starve", {{"blocked in folly::Future wait", 2}, {"dump", 1}}},
		{"sdeadlock", {{"blocked in folly::SharedMutex lock", 2}, {"dump", 1}}},
		{"destroy", {{"joins a folly pool", 1}}},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		const struct behind *expected = &cases[i / 2];
		const struct qn_stack *stack;
		struct feed feed;
		char name[64];

		snprintf(name, sizeof(name), "%s.%s", expected->dump, i % 2 ? "eustack" : "gdb");
		feed_behind_a_crash(&feed, name);
		assert_int_equal(feed.count, 1);
		stack = feed.stacks[0];
		assert_text(stack->frames[0].key, "milvus::f");
		for (size_t j = 0; j < 3 && expected->others[j].what; j++) {
			unsigned count = 0;

			for (size_t k = 0; k < stack->others_count; k++)
				if (qn_text_equal(stack->others[k].what,
						  qn_text_of(expected->others[j].what)))
					count = stack->others[k].count;
			if (count != expected->others[j].count)
				fail_msg("%s: %u at %s", name, count, expected->others[j].what);
		}
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds_all_but_the_frames_of_the_program),
		cmocka_unit_test(sees_each_worker_at_what_it_was),
		cmocka_unit_test(takes_a_dump_that_was_asked_for_for_no_failure),
		cmocka_unit_test(takes_a_dump_of_a_starved_pool_for_a_deadlock),
		cmocka_unit_test(tells_the_thread_that_crashed_and_counts_the_others),
		cmocka_unit_test(counts_the_threads_behind_a_crash_by_what_they_are_at),
	};
	struct qn_buffer dump = {0};
	bool is_there = read_dump("segv.gdb", &dump);

	qn_buffer_deinit(&dump);
	if (!is_there) {
		puts("1..0 # SKIP no ../shared/folly-stacks");
		return 0;
	}
	return QN_RUN("folly_stacks", tests);
}
