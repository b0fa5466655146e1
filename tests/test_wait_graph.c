/* Who waits for whom, and which of it never ends. */
#include "support/made_core.h"

#include <time.h>

struct edge {
	uint32_t tid, owner;
	enum qn_lock_kind kind;
};

static struct qn_postmortem *wait_so(const struct edge *edges, size_t count)
{
	struct qn_core *core = made_core();
	size_t stack = MADE_STACK(core, "pthread_mutex_lock", "app::lock_pair(int)", "start_thread");

	for (size_t i = 0; i < count; i++)
		made_thread(core, edges[i].tid, stack)->wait = (struct qn_core_wait){
			.kind = edges[i].kind, .address = 0x10, .owner = edges[i].owner};
	return made_postmortem(core);
}

static void finds_each_cycle_once_from_its_smallest_thread(void **state)
{
	static const struct edge edges[] = {
		{9, 3, QN_LOCK_MUTEX},  {3, 9, QN_LOCK_MUTEX}, {5, 3, QN_LOCK_MUTEX},
		{7, 8, QN_LOCK_RWLOCK}, {8, 6, QN_LOCK_JOIN},  {6, 7, QN_LOCK_MUTEX},
		{1, 1, QN_LOCK_MUTEX},  {2, 4, QN_LOCK_MUTEX}, {4, 999, QN_LOCK_MUTEX},
	};
	static const uint32_t expected[][3] = {{1}, {3, 9}, {6, 7, 8}};
	struct qn_postmortem *postmortem = wait_so(edges, sizeof(edges) / sizeof(*edges));

	(void)state;
	assert_int_equal(postmortem->cycles_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(postmortem->cycles[i].count, i + 1);
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(postmortem->threads[postmortem->cycles[i].threads[k]].tid,
					 expected[i][k]);
	}
	assert_int_equal(postmortem->failure->kind, QN_KIND_DEADLOCK);
	assert_text(postmortem->failure->message, "a thread waits for a lock that it holds itself");
	assert_text(postmortem->failure->thread, "LWP 1");
	qn_postmortem_destroy(postmortem);
}

/* A condition variable has no owner, and who signals it is not told; nor is a lock's without one. */
static void follows_only_what_has_an_owner(void **state)
{
	static const struct edge edges[] = {
		{1, 2, QN_LOCK_CONDITION}, {2, 1, QN_LOCK_FUTEX}, {3, 0, QN_LOCK_SHARED_MUTEX}};
	struct qn_postmortem *postmortem = wait_so(edges, 3);

	(void)state;
	assert_int_equal(postmortem->cycles_count, 0);
	assert_null(postmortem->failure);
	qn_postmortem_destroy(postmortem);
}

/* Which thread is first depends on the kernel: the failure's name must not. */
static void names_a_cycle_by_its_functions_not_by_its_threads(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		struct qn_core *core = made_core();
		size_t stacks[] = {MADE_STACK(core, "pthread_mutex_lock", "app::b(int)", "start_thread"),
				   MADE_STACK(core, "pthread_mutex_lock", "app::a(int)", "start_thread")};
		struct qn_postmortem *postmortem;

		made_thread(core, 1 + i, stacks[0])->wait =
			(struct qn_core_wait){.kind = QN_LOCK_MUTEX, .owner = 2 - i};
		made_thread(core, 2 - i, stacks[1])->wait =
			(struct qn_core_wait){.kind = QN_LOCK_MUTEX, .owner = 1 + i};
		postmortem = made_postmortem(core);
		assert_text(postmortem->failure->frames[1].key, "app::a");
		assert_text(postmortem->failure->message, "two threads wait for each other");
		assert_int_equal(postmortem->groups[0].activity, QN_ACTIVITY_BLOCKED);
		qn_postmortem_destroy(postmortem);
	}
}

static void walks_a_long_chain_in_no_time(void **state)
{
	static struct edge edges[4000];
	struct qn_postmortem *postmortem;
	clock_t start = clock();

	(void)state;
	for (uint32_t i = 0; i < 4000; i++)
		edges[i] = (struct edge){i + 1, i + 2, QN_LOCK_MUTEX};
	edges[3999].owner = 3999; /* a long tail and a cycle of two */
	postmortem = wait_so(edges, 4000);
	assert_int_equal(postmortem->cycles_count, 1);
	assert_int_equal(postmortem->cycles[0].count, 2);
	assert_in_range((clock() - start) * 1000 / CLOCKS_PER_SEC, 0, 1000); /* with sanitizers */
	qn_postmortem_destroy(postmortem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_cycle_once_from_its_smallest_thread),
		cmocka_unit_test(follows_only_what_has_an_owner),
		cmocka_unit_test(names_a_cycle_by_its_functions_not_by_its_threads),
		cmocka_unit_test(walks_a_long_chain_in_no_time),
	};
	return QN_RUN("wait_graph", tests);
}
