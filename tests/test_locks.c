/* What threads wait for, read from cores of tests/support/waiters.cc, whose threads say themselves what they
 * wait for and who has it. */
#include "core/core.h"
#include "support/live_core.h"
#include "support/test.h"

#include "base/banned.h"

static const char *const modes[] = {
	"deadlock",  "ring",    "normal", "recursive", "errorcheck", "adaptive", "timed", "clock",
	"robust",    "inherit", "shared", "abandoned", "written",    "read",     "join",  "condition",
	"semaphore", "alike",   "parked", "stdio",     "arena",      "once",     "guard", "folly",
};

static const struct {
	const char *word;
	enum qn_lock_kind kind;
} kinds[] = {
	{"mutex", QN_LOCK_MUTEX},         {"rwlock", QN_LOCK_RWLOCK},       {"thread", QN_LOCK_JOIN},
	{"condition", QN_LOCK_CONDITION}, {"semaphore", QN_LOCK_SEMAPHORE}, {"futex", QN_LOCK_FUTEX},
	{"shared", QN_LOCK_SHARED_MUTEX},
};

static const struct qn_core_thread *find_thread(const struct qn_core *core, unsigned tid)
{
	for (size_t i = 0; i < core->threads_count; i++)
		if (core->threads[i].tid == tid)
			return &core->threads[i];
	return NULL;
}

/* A program without names may leave a kind open; a wrong kind, or a wrong owner, is an error. */
static void check_wait(const struct qn_core_thread *thread, const char *word, unsigned owner,
		       unsigned long long address, bool has_names, const char *where)
{
	enum qn_lock_kind kind = QN_LOCK_NONE;
	bool is_open;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			kind = kinds[i].kind;
	is_open = !has_names && owner == 0 && thread->wait.kind == QN_LOCK_FUTEX;
	if (thread->wait.owner != owner || (thread->wait.kind != kind && !is_open) ||
	    (address && !is_open && thread->wait.address != address))
		fail_msg("%s: thread %u: %s at 0x%llx of %u, not %s at 0x%llx of %u", where, thread->tid,
			 qn_lock_kind_name(thread->wait.kind), (unsigned long long)thread->wait.address,
			 thread->wait.owner, word, address, owner);
}

static void check_mode(struct live *live, const char *program, const char *mode, bool has_names)
{
	struct qn_core *core = live_core(live, program, mode);
	unsigned expected = 0, said = 0;
	char where[100];

	snprintf(where, sizeof(where), "%s %s", program, mode);
	for (char *line = live->output; *line;) {
		char *end = strchr(line, '\n');
		unsigned tid, owner;
		unsigned long long address;
		char word[20];

		assert_non_null(end);
		*end = '\0';
		if (sscanf(line, "ready %u", &expected) != 1) {
			assert_int_equal(sscanf(line, "%u %19s %u %llx", &tid, word, &owner, &address), 4);
			if (!find_thread(core, tid))
				fail_msg("%s: no thread %u", where, tid);
			check_wait(find_thread(core, tid), word, owner, address, has_names, where);
			said++;
		}
		line = end + 1;
	}
	assert_true(expected > 0);
	assert_int_equal(said, expected);
	qn_core_destroy(core);
}

static void check_build(const char *how, const char *strip, bool has_names)
{
	struct live live;

	live_begin(&live);
	if (!live_compile(&live, how, "waiters.cc", "waiters"))
		fail_msg("it cannot be compiled: %s", how);
	if (strip)
		assert_true(live_command(&live, strip));
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		/* by its name alone is folly's lock known */
		if (has_names || strcmp(modes[i], "folly") != 0)
			check_mode(&live, "waiters", modes[i], has_names);
	live_end(&live);
}

static void names_every_owner_and_no_other(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O2 -g -pthread", NULL, true);
}

static void reads_what_clang_made(void **state)
{
	(void)state;
	if (live_has("clang++"))
		check_build("clang++ -std=c++17 -O1 -pthread", NULL, true);
}

static void needs_no_names(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O2 -static -s -pthread", NULL, false);
}

static void says_how_a_lock_is_held(void **state)
{
	static const struct {
		const char *mode, *words;
	} cases[] = {
		{"recursive", "taken 3 times"},
		{"written", "held exclusively, writers wait, 1 reader waits"},
		{"read", "held by 2 readers, writers wait"},
	};
	struct live live;

	(void)state;
	live_begin(&live);
	assert_true(live_compile(&live, "g++ -std=c++17 -O2 -pthread", "waiters.cc", "waiters"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_core *core = live_core(&live, "waiters", cases[i].mode);
		size_t found = 0;

		for (size_t k = 0; k < core->threads_count; k++) {
			if (core->threads[k].wait.kind == QN_LOCK_FUTEX)
				continue;
			assert_text(core->threads[k].wait.state, cases[i].words);
			found++;
		}
		assert_true(found > 0);
		qn_core_destroy(core);
	}
	live_end(&live);
}

/* folly.md, section 6: 0x84, 0x891 and two readers that a writer waits for */
static void reads_the_state_of_a_shared_mutex(void **state)
{
	static const char *const words[] = {
		"held exclusively, a writer waits",
		"held by 1 reader, a writer has claimed it and waits for them, readers wait",
		"held by 3 readers",
	};
	struct live live;
	struct qn_core *core;
	unsigned found = 0;

	(void)state;
	live_begin(&live);
	assert_true(live_compile(&live, "g++ -std=c++17 -O2 -pthread", "waiters.cc", "waiters"));
	core = live_core(&live, "waiters", "folly");
	for (size_t i = 0; i < core->threads_count; i++) {
		for (unsigned k = 0; k < 3; k++)
			if (core->threads[i].wait.kind == QN_LOCK_SHARED_MUTEX &&
			    qn_text_equal(core->threads[i].wait.state, qn_text_of(words[k])))
				found |= 1U << k;
	}
	assert_int_equal(found, 7);
	qn_core_destroy(core);
	live_end(&live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_every_owner_and_no_other),
		cmocka_unit_test(reads_what_clang_made),
		cmocka_unit_test(needs_no_names),
		cmocka_unit_test(says_how_a_lock_is_held),
		cmocka_unit_test(reads_the_state_of_a_shared_mutex),
	};
	const char *why = live_why_not();

	if (!why && !live_has("g++"))
		why = "there is no g++";
	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	return QN_RUN("locks", tests);
}
