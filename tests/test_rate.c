/* Rates of templates: steps of a second that get wider when there would be too many. */
#include "triage/rate.h"

#include <stdlib.h>

#include "support/test.h"
#include "triage/feed.h"

#include "base/banned.h"

#define NSEC INT64_C(1000000000)

static struct qn_time at(int64_t sec)
{
	return (struct qn_time){.is_known = true, .nsec = sec * NSEC};
}

/* A feed of one template. */
struct bench {
	struct qn_feed feed;
	struct qn_template_count counted, *list[1];
};

static struct bench *create(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->list[0] = &bench->counted;
	bench->feed.templates = bench->list;
	bench->feed.templates_count = 1;
	return bench;
}

static void destroy(struct bench *bench)
{
	free(bench->counted.rates);
	free(bench);
}

static void count(struct bench *bench, int64_t sec)
{
	assert_no_error(qn_feed_count_rate(&bench->feed, &bench->counted, at(sec)));
}

static uint64_t sum(const struct bench *bench)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < bench->counted.rates_count; i++) {
		lines += bench->counted.rates[i].count;
		if (i)
			assert_true(bench->counted.rates[i - 1].bucket < bench->counted.rates[i].bucket);
	}
	return lines;
}

static void counts_by_the_second_in_order_of_time(void **state)
{
	struct bench *bench = create();

	(void)state;
	count(bench, 100);
	count(bench, 102);
	count(bench, 101); /* lines may be late */
	count(bench, 102);
	assert_int_equal(bench->counted.rates_count, 3);
	assert_int_equal(bench->counted.rates[1].bucket, 101);
	assert_int_equal(bench->counted.rates[2].count, 2);
	assert_int_equal(sum(bench), 4);
	destroy(bench);
}

static void counts_nothing_at_an_unknown_time(void **state)
{
	struct bench *bench = create();

	(void)state;
	assert_no_error(qn_feed_count_rate(&bench->feed, &bench->counted, (struct qn_time){0}));
	assert_int_equal(bench->counted.rates_count, 0);
	destroy(bench);
}

static void knows_times_before_1970(void **state)
{
	struct bench *bench = create();

	(void)state;
	assert_no_error(qn_feed_count_rate(&bench->feed, &bench->counted,
					   (struct qn_time){.is_known = true, .nsec = -1}));
	assert_int_equal(bench->counted.rates[0].bucket, -1);
	destroy(bench);
}

static void widens_steps_without_losing_a_line(void **state)
{
	struct bench *bench = create();

	(void)state;
	for (int64_t i = 0; i < QN_RATES_MAX; i++)
		count(bench, i);
	assert_int_equal(bench->feed.rate_step, 0);
	count(bench, QN_RATES_MAX); /* now steps of ten seconds */
	assert_int_equal(bench->feed.rate_step, 1);
	assert_int_equal(bench->counted.rates_count, (QN_RATES_MAX + 10) / 10);
	assert_int_equal(bench->counted.rates[0].count, 10);
	assert_int_equal(bench->feed.rates_count, bench->counted.rates_count);
	assert_int_equal(sum(bench), QN_RATES_MAX + 1);
	destroy(bench);
}

static void stays_bounded_over_any_time(void **state)
{
	struct bench *bench = create();

	(void)state;
	for (int64_t i = 0; i < 2 * (int64_t)QN_RATES_MAX; i++)
		count(bench, i * 86400);
	assert_int_equal(bench->feed.rates_count, QN_RATES_MAX);
	assert_int_equal(sum(bench), QN_RATES_MAX); /* what is there stays right */
	count(bench, 0);
	assert_int_equal(bench->counted.rates[0].count, 2);
	destroy(bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_the_second_in_order_of_time),
		cmocka_unit_test(counts_nothing_at_an_unknown_time),
		cmocka_unit_test(knows_times_before_1970),
		cmocka_unit_test(widens_steps_without_losing_a_line),
		cmocka_unit_test(stays_bounded_over_any_time),
	};

	return QN_RUN("rate", tests);
}
