/* Many signatures at once: what is one failure is found among 20,000, and the order they come in is nothing.
 */
#include <stdlib.h>

#include "support/test.h"

#include "base/hash.h"
#include "signature/grouping.h"

#define FAILURES 4000U
#define WAYS 5U
#define FRAMES 8U

struct set {
	struct qn_arena arena;
	struct qn_profile *profiles; /* by id */
	size_t count;
};

static void put_frame(struct qn_stack *stack, struct qn_text key, bool is_ladder, bool is_inlined)
{
	stack->frames[stack->frames_count++] = (struct qn_frame){
		.key = key, .role = QN_ROLE_USER, .is_ladder = is_ladder, .is_inlined = is_inlined};
}

/* Every failure dies in a function of its own, is called from one of 50 that others pass too, and below stand
 * a function that all pass and a ladder. */
static void add(struct set *set, size_t failure, size_t way)
{
	struct qn_frame frames[FRAMES] = {0};
	struct qn_stack stack = {.kind = QN_KIND_CRASH, .signal = QN_TEXT("SIGSEGV"), .frames = frames};
	struct qn_arena *arena = &set->arena;
	struct qn_hasher hasher;
	char digits[13];

	if (way == 1) /* its header is lost */
		stack.signal = QN_TEXT("");
	if (way == 2)
		put_frame(&stack, qn_arena_printf(arena, "milvus::Inlined%zu::at", failure % 7), false, true);
	put_frame(&stack,
		  qn_arena_printf(arena, "%sDies%zux::inThis%zux", way == 3 ? "" : "milvus::", failure,
				  failure),
		  false, false);
	put_frame(&stack, qn_arena_printf(arena, "milvus::Caller%zux::second%zux", failure, failure), false,
		  false);
	put_frame(&stack, qn_arena_printf(arena, "milvus::Shared%zux::third", failure % 50), false, false);
	if (way != 4) { /* cut */
		put_frame(&stack, QN_TEXT("milvus::Everybody::passes"), false, false);
		put_frame(&stack, QN_TEXT("milvus::exec::Driver::Next"), true, false);
	}
	qn_hasher_init(&hasher);
	qn_hasher_add_u64(&hasher, failure);
	qn_hasher_add_u64(&hasher, way);
	qn_hash_hex(qn_hasher_result(&hasher), 12, digits);
	assert_no_error(qn_profile_of_stack(arena, NULL, qn_arena_printf(arena, "QN-%s/%zu", digits, failure),
					    &stack, &set->profiles[set->count++]));
}

static int compare_ids(const void *a, const void *b)
{
	return qn_text_compare(((const struct qn_profile *)a)->id, ((const struct qn_profile *)b)->id);
}

static void make(struct set *set, size_t failures)
{
	*set = (struct set){.profiles = calloc(failures * WAYS, sizeof(struct qn_profile))};
	assert_non_null(set->profiles);
	for (size_t i = 0; i < failures; i++)
		for (size_t way = 0; way < WAYS; way++)
			add(set, i, way);
	qsort(set->profiles, set->count, sizeof(*set->profiles), compare_ids);
}

static struct qn_text failure_of(const struct set *set, size_t index)
{
	struct qn_text id = set->profiles[index].id;

	return qn_text_from(id, qn_text_find_byte(id, '/'));
}

static void finds_each_family_among_twenty_thousand(void **state)
{
	struct qn_group_member *members;
	struct set set;

	(void)state;
	make(&set, FAILURES);
	assert_no_error(qn_grouping_find(&set.arena, set.profiles, set.count, &members));
	for (size_t i = 0; i < set.count; i++) {
		assert_true(qn_text_equal(failure_of(&set, i), failure_of(&set, members[i].family)));
		assert_int_equal(members[i].family_size, WAYS);
		assert_true(members[i].family <= i);
		for (size_t k = 0; k < members[i].links_count; k++)
			assert_true(qn_text_equal(failure_of(&set, i),
						  failure_of(&set, members[i].links[k].other)));
	}
	qn_arena_deinit(&set.arena);
	free(set.profiles);
}

static void bears_very_many_that_are_all_alike(void **state)
{
	struct qn_group_member *members;
	struct set set = {.profiles = calloc(5000, sizeof(struct qn_profile))};

	(void)state;
	assert_non_null(set.profiles);
	for (size_t i = 0; i < 5000; i++) {
		struct qn_frame frames[FRAMES] = {0};
		struct qn_stack stack = {.kind = QN_KIND_CRASH, .frames = frames};

		put_frame(&stack, QN_TEXT("milvus::One::place"), false, false);
		put_frame(&stack, qn_arena_printf(&set.arena, "milvus::Other%zu::place", i), false, false);
		assert_no_error(qn_profile_of_stack(&set.arena, NULL,
						    qn_arena_printf(&set.arena, "QN-%05zu", i), &stack,
						    &set.profiles[set.count++]));
	}
	assert_no_error(qn_grouping_find(&set.arena, set.profiles, set.count, &members));
	for (size_t i = 0; i < set.count; i++) /* so many call it that it tells nothing */
		assert_int_equal(members[i].family_size, 1);
	qn_arena_deinit(&set.arena);
	free(set.profiles);
}

static void bears_none(void **state)
{
	struct qn_group_member *members;
	struct qn_arena arena = {0};

	(void)state;
	assert_no_error(qn_grouping_find(&arena, NULL, 0, &members));
	qn_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_family_among_twenty_thousand),
		cmocka_unit_test(bears_very_many_that_are_all_alike),
		cmocka_unit_test(bears_none),
	};
	return QN_RUN("grouping", tests);
}
