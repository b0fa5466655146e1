#include "support/test.h"

#include <pthread.h>

#include "stack/name_cache.h"

static struct qn_name_meaning meaning_of(const char *function)
{
	return (struct qn_name_meaning){.function = qn_text_of(function),
					.key = QN_TEXT("f"),
					.file = QN_TEXT("a.c"),
					.role = QN_ROLE_USER,
					.is_go = true};
}

static void gives_back_what_was_put_under_name_and_file(void **state)
{
	struct qn_name_cache *cache;
	struct qn_name_meaning meaning = meaning_of("ns::f"), found = {0};
	char name[] = "f()";

	(void)state;
	assert_no_error(qn_name_cache_create(&cache));
	assert_false(qn_name_cache_find(cache, QN_TEXT("f()"), QN_TEXT("/x/a.c"), &found));
	qn_name_cache_put(cache, qn_text_of(name), QN_TEXT("/x/a.c"), &meaning);
	name[0] = 'g'; /* it was copied */
	assert_true(qn_name_cache_find(cache, QN_TEXT("f()"), QN_TEXT("/x/a.c"), &found));
	assert_text(found.function, "ns::f");
	assert_text(found.key, "f");
	assert_text(found.file, "a.c");
	assert_int_equal(found.role, QN_ROLE_USER);
	assert_true(found.is_go);
	assert_false(found.is_ladder);
	assert_false(qn_name_cache_find(cache, QN_TEXT("f()"), QN_TEXT(""), &found));
	assert_false(qn_name_cache_find(cache, QN_TEXT("g()"), QN_TEXT("/x/a.c"), &found));
	qn_name_cache_destroy(cache);
	qn_name_cache_destroy(NULL);
}

#define NAMES 100000U

/* Each name means itself: a wrong meaning would be seen. */
static void *put_and_find(void *context)
{
	struct qn_name_cache *cache = context;
	size_t found_count = 0;

	for (unsigned i = 0; i < 2 * NAMES; i++) {
		char name[32];
		struct qn_name_meaning meaning, found;

		snprintf(name, sizeof(name), "function_%u", i % NAMES);
		meaning = meaning_of(name);
		if (!qn_name_cache_find(cache, qn_text_of(name), QN_TEXT(""), &found)) {
			qn_name_cache_put(cache, qn_text_of(name), QN_TEXT(""), &meaning);
			continue;
		}
		if (!qn_text_equal(found.function, qn_text_of(name)))
			return NULL;
		found_count++;
	}
	return found_count ? context : NULL;
}

static void serves_several_threads_and_more_names_than_it_holds(void **state)
{
	struct qn_name_cache *cache;
	pthread_t threads[4];

	(void)state;
	assert_no_error(qn_name_cache_create(&cache));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, put_and_find, cache), 0);
	for (size_t i = 0; i < 4; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, cache);
	}
	qn_name_cache_destroy(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_was_put_under_name_and_file),
		cmocka_unit_test(serves_several_threads_and_more_names_than_it_holds),
	};

	return QN_RUN("name_cache", tests);
}
