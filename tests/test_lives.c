/* How lives end is told from all sources together: rows in, rows of the store out. */
#include "support/test.h"

#include "base/cleanup.h"
#include "store/query.h"
#include "triage/save.h"

struct life_case {
	const char *place; /* pod, or "" and the content of the source stands in */
	int64_t start_sec, end_sec;
	bool has_banner, is_previous;
	const char *end;      /* told by the stream */
	const char *expected; /* told in the end */
};

static struct qn_time at(int64_t sec)
{
	return (struct qn_time){sec * 1000000000, true, 0};
}

/* Lives go in in the given order and are found again by their start. */
static void check(const struct life_case *cases, size_t count, const struct qn_store_pod *pods,
		  size_t pods_count)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	struct qn_saved saved = {0};
	struct qn_arena arena = {0};
	struct qn_query_process *rows;
	size_t rows_count;
	int64_t source;

	assert_no_error(qn_store_open(NULL, QN_STORE_CREATE, &store));
	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_add_source(store,
					    &(struct qn_store_source){.path = QN_TEXT("x.log"),
								      .content = QN_TEXT("c"),
								      .kind = QN_TEXT("log")},
					    &source));
	saved.lives = calloc(count, sizeof(*saved.lives));
	for (size_t i = 0; i < count; i++) {
		struct qn_text pod = qn_text_of(cases[i].place);

		saved.lives[saved.lives_count++] = (struct qn_store_process){
			.id = qn_arena_printf(&arena, "P-%zu", i),
			.pod = pod,
			.started = at(cases[i].start_sec),
			.ended = at(cases[i].end_sec),
			.end = qn_text_of(cases[i].end),
			.source = source,
			.first_line = i + 1,
			.last_line = i + 1,
			.has_banner = cases[i].has_banner,
			.is_previous = cases[i].is_previous,
		};
	}
	saved.pods = calloc(pods_count + 1, sizeof(*saved.pods));
	for (size_t i = 0; i < pods_count; i++) {
		saved.pods[i] = pods[i];
		saved.pods[i].source = source;
	}
	saved.pods_count = pods_count;
	assert_no_error(qn_lives_save(&saved, store));
	assert_no_error(qn_store_commit(store));
	assert_no_error(qn_query_processes(store, &arena, &rows, &rows_count));
	assert_int_equal(rows_count, count);
	for (size_t i = 0; i < count; i++) {
		const struct qn_query_process *found = NULL;

		for (size_t k = 0; k < count; k++)
			if (qn_text_equal(rows[k].row.id, qn_arena_printf(&arena, "P-%zu", i)))
				found = &rows[k];
		assert_non_null(found);
		assert_text(found->row.end, cases[i].expected);
	}
	qn_saved_deinit(&saved);
	qn_arena_deinit(&arena);
}

static void a_life_without_last_words_before_a_banner_was_killed(void **state)
{
	static const struct life_case cases[] = {
		{"querynode-0", 300, 400, true, false, "", "unknown"},
		{"querynode-0", 100, 200, true, false, "", "killed"},
		{"querynode-0", 210, 290, true, false, "crash", "crash"},
		{"querynode-1", 100, 200, false, false, "", "killed"},
		{"querynode-1", 250, 260, true, false, "terminated", "terminated"},
	};

	(void)state;
	check(cases, 5, NULL, 0);
}

static void a_rotated_log_is_no_restart(void **state)
{
	static const struct life_case cases[] = {
		{"querynode-0", 100, 200, true, false, "", "unknown"},
		{"querynode-0", 201, 300, false, false, "", "unknown"},
	};

	(void)state;
	check(cases, 2, NULL, 0);
}

static void a_previous_log_is_of_a_life_that_ended(void **state)
{
	static const struct life_case cases[] = {{"querynode-0", 100, 200, true, true, "", "killed"}};

	(void)state;
	check(cases, 1, NULL, 0);
}

static void the_last_life_runs_when_its_pod_is_listed_so(void **state)
{
	static const struct life_case cases[] = {
		{"querynode-0", 100, 200, true, false, "", "killed"},
		{"querynode-0", 210, 290, true, false, "unknown", "running"},
		{"querynode-1", 210, 290, true, false, "", "unknown"},
	};
	const struct qn_store_pod pods[] = {
		{.name = QN_TEXT("querynode-0"),
		 .last_state = QN_TEXT("Running"),
		 .restarts = 1,
		 .exit_code = -1},
		{.name = QN_TEXT("querynode-1"),
		 .last_state = QN_TEXT("CrashLoopBackOff"),
		 .restarts = 9,
		 .exit_code = -1},
	};

	(void)state;
	check(cases, 3, pods, 2);
}

static void the_last_termination_of_an_oom_killed_pod_is_told_so(void **state)
{
	static const struct life_case cases[] = {
		{"querynode-0", 100, 200, true, false, "", "killed"},
		{"querynode-0", 210, 290, true, false, "", "oom-killed"},
		{"querynode-0", 300, 310, true, false, "", "unknown"},
	};
	const struct qn_store_pod pods[] = {{.name = QN_TEXT("querynode-0"),
					     .last_state = QN_TEXT("Terminated"),
					     .reason = QN_TEXT("OOMKilled"),
					     .restarts = 2,
					     .exit_code = 137}};

	(void)state;
	check(cases, 3, pods, 1);
}

static void lives_of_a_log_without_a_pod_belong_together(void **state)
{
	static const struct life_case cases[] = {
		{"", 100, 200, true, false, "", "killed"},
		{"", 210, 290, true, false, "", "unknown"},
	};

	(void)state;
	check(cases, 2, NULL, 0);
}

static void lives_that_overlap_are_two_collections_of_one(void **state)
{
	static const struct life_case cases[] = {
		{"querynode-0", 100, 200, true, false, "", "unknown"},
		{"querynode-0", 101, 150, true, false, "", "unknown"},
	};

	(void)state;
	check(cases, 2, NULL, 0);
}

static void a_previous_log_alone_tells_who_was_killed_for_memory(void **state)
{
	static const struct life_case cases[] = {
		{"querynode-0", 100, 200, false, true, "", "oom-killed"},
		{"querynode-0", 210, 290, false, false, "", "unknown"},
		{"querynode-1", 100, 200, false, true, "", "killed"},
	};
	const struct qn_store_pod pods[] = {{.name = QN_TEXT("querynode-0"),
					     .last_state = QN_TEXT("Terminated"),
					     .reason = QN_TEXT("OOMKilled"),
					     .restarts = 1,
					     .exit_code = 137}};

	(void)state;
	check(cases, 3, pods, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_life_without_last_words_before_a_banner_was_killed),
		cmocka_unit_test(a_rotated_log_is_no_restart),
		cmocka_unit_test(a_previous_log_is_of_a_life_that_ended),
		cmocka_unit_test(the_last_life_runs_when_its_pod_is_listed_so),
		cmocka_unit_test(the_last_termination_of_an_oom_killed_pod_is_told_so),
		cmocka_unit_test(lives_of_a_log_without_a_pod_belong_together),
		cmocka_unit_test(lives_that_overlap_are_two_collections_of_one),
		cmocka_unit_test(a_previous_log_alone_tells_who_was_killed_for_memory),
	};

	return QN_RUN("lives", tests);
}
