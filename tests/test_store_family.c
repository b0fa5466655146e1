#include "support/store_rows.h"

#include "store/query.h"

static void add_own(struct qn_store *store, const char *id, const char *family)
{
	struct qn_store_signature signature = {.id = qn_text_of(id),
					       .family = qn_text_of(family),
					       .kind = QN_TEXT("crash"),
					       .title = qn_text_of(id),
					       .confidence = 1};

	assert_no_error(qn_store_add_signature(store, &signature));
}

static struct qn_store *filled(void)
{
	struct qn_store *store = open_private();

	add_own(store, "QN-a", "QF-a");
	add_own(store, "QN-b", "QF-b");
	add_own(store, "QN-c", "QF-c");
	assert_no_error(qn_store_set_family(store, QN_TEXT("QN-a"), QN_TEXT("QF-a")));
	assert_no_error(qn_store_set_family(store, QN_TEXT("QN-b"), QN_TEXT("QF-a")));
	for (unsigned i = 0; i < 2; i++) { /* said twice is said once */
		assert_no_error(qn_store_add_family_link(
			store, &(struct qn_store_family_link){QN_TEXT("QN-a"), QN_TEXT("QN-c"), 0.9,
							      QN_TEXT("frames"), QN_TEXT("signal")}));
		assert_no_error(qn_store_add_family_link(
			store, &(struct qn_store_family_link){QN_TEXT("QN-a"), QN_TEXT("QN-b"), 0.5,
							      QN_TEXT("all"), QN_TEXT("")}));
	}
	return store;
}

static void assert_families(struct qn_store *store, const char *a, const char *b, const char *c)
{
	struct qn_query_signature *signatures;
	struct qn_arena arena = {0};
	size_t count;

	assert_no_error(qn_query_signatures(store, &arena, &signatures, &count));
	assert_int_equal(count, 3);
	assert_text(signatures[0].row.family, a);
	assert_text(signatures[1].row.family, b);
	assert_text(signatures[2].row.family, c);
	qn_arena_deinit(&arena);
}

static void a_signature_is_of_the_family_that_was_found(void **state)
{
	struct qn_store *store = filled();

	(void)state;
	assert_families(store, "QF-a", "QF-a", "QF-c");
	/* what is told of it again changes nothing of that */
	add_own(store, "QN-b", "QF-b");
	assert_families(store, "QF-a", "QF-a", "QF-c");
	qn_store_close(store);
}

static void links_of_the_family_come_first(void **state)
{
	struct qn_store *store = filled();
	struct qn_query_family_link *links;
	struct qn_arena arena = {0};
	size_t count;

	(void)state;
	assert_no_error(qn_query_family_links(store, &arena, QN_TEXT("QN-a"), &links, &count));
	assert_int_equal(count, 2);
	assert_text(links[0].row.other, "QN-b");
	assert_true(links[0].is_family);
	assert_text(links[0].row.alike, "all");
	assert_text(links[0].row.apart, "");
	assert_text(links[0].title, "QN-b");
	assert_text(links[1].row.other, "QN-c");
	assert_false(links[1].is_family);
	assert_text(links[1].row.apart, "signal");
	assert_no_error(qn_query_family_links(store, &arena, QN_TEXT("QN-b"), &links, &count));
	assert_int_equal(count, 0);
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

static void what_was_found_goes_when_it_is_looked_at_anew(void **state)
{
	struct qn_store *store = filled();
	struct qn_query_family_link *links;
	struct qn_arena arena = {0};
	size_t count;

	(void)state;
	assert_no_error(qn_store_clear_families(store));
	assert_families(store, "QF-a", "QF-b", "QF-c");
	assert_no_error(qn_query_family_links(store, &arena, QN_TEXT("QN-a"), &links, &count));
	assert_int_equal(count, 0);
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_of_the_family_that_was_found),
		cmocka_unit_test(links_of_the_family_come_first),
		cmocka_unit_test(what_was_found_goes_when_it_is_looked_at_anew),
	};
	return QN_RUN("store_family", tests);
}
