/* Whose workers threads are, read from cores of tests/support/pools.cc, whose workers say it themselves. */
#include "core/core.h"
#include "support/live_core.h"
#include "support/test.h"

#include "base/banned.h"

static const struct {
	const char *name;
	size_t workers;
} pools[] = {{"LOAD_", 2}, {"MILVUS_FUTURE_CPU_POOL_", 3}, {"LOW_", 2}, {"IO_", 4}};

static const struct qn_core_thread *find_thread(const struct qn_core *core, unsigned tid)
{
	for (size_t i = 0; i < core->threads_count; i++)
		if (core->threads[i].tid == tid)
			return &core->threads[i];
	fail_msg("no thread %u", tid);
	return NULL;
}

static void check_workers(const struct qn_core *core, const char *output)
{
	size_t workers = 0;

	for (const char *line = output; line && *line; line = strchr(line, '\n') + 1) {
		unsigned long long executor;
		unsigned tid;

		if (sscanf(line, "%u %llx", &tid, &executor) == 2) {
			assert_int_equal(find_thread(core, tid)->executor, executor);
			workers++;
		}
	}
	assert_int_equal(workers, 11);
}

static void check_build(const char *how)
{
	struct live live;
	struct qn_core *core;

	live_begin(&live);
	if (!live_compile(&live, how, "pools.cc", "pools"))
		fail_msg("it cannot be compiled: %s", how);
	core = live_core(&live, "pools", "all");
	check_workers(core, live.output);
	for (size_t p = 0; p < sizeof(pools) / sizeof(*pools); p++) {
		size_t found = 0;

		for (size_t i = 0; i < core->threads_count; i++)
			found += qn_text_equal(core->threads[i].pool, qn_text_of(pools[p].name));
		if (found != pools[p].workers)
			fail_msg("%s: %zu workers of %s", how, found, pools[p].name);
	}
	qn_core_destroy(core);
	live_end(&live);
}

static void names_the_pool_of_every_worker(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O2 -g -pthread");
	check_build("g++ -std=c++17 -O3 -fomit-frame-pointer -pthread");
}

static void finds_it_where_nothing_is_optimized(void **state)
{
	(void)state;
	check_build("g++ -std=c++17 -O0 -g -pthread");
}

static void reads_what_clang_made(void **state)
{
	(void)state;
	if (live_has("clang++"))
		check_build("clang++ -std=c++17 -O2 -pthread");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_pool_of_every_worker),
		cmocka_unit_test(finds_it_where_nothing_is_optimized),
		cmocka_unit_test(reads_what_clang_made),
	};
	const char *why = live_why_not();

	if (!why && !live_has("g++"))
		why = "there is no g++";
	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	return QN_RUN("pool name", tests);
}
