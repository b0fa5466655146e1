#include "support/test.h"

#include "triage/feed.h"
#include "triage/rate.h"

#define SECONDS(number) ((struct qn_time){.nsec = (number)*1000000000, .is_known = true})

static void count_at(struct qn_feed *feed, struct qn_template_count *counted, int64_t second)
{
	assert_null(qn_feed_count_rate(feed, counted, SECONDS(second)));
}

static void steps_stand_in_order_whatever_the_lines_do(void **state)
{
	static const int64_t seconds[] = {50, 10, 30, 30, 70, 20, 10, 60, 50, 10};
	static const uint64_t counts[] = {3, 1, 2, 2, 1, 1};
	static const int64_t buckets[] = {10, 20, 30, 50, 60, 70};
	struct qn_template_count counted = {0};
	struct qn_feed feed = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++)
		count_at(&feed, &counted, seconds[i]);
	assert_int_equal(counted.rates_count, 6);
	assert_int_equal(feed.rates_count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(counted.rates[i].bucket, buckets[i]);
		assert_int_equal(counted.rates[i].count, counts[i]);
	}
	free(counted.rates);
}

static void a_line_without_a_time_is_not_counted(void **state)
{
	struct qn_template_count counted = {0};
	struct qn_feed feed = {0};

	(void)state;
	assert_null(qn_feed_count_rate(&feed, &counted, (struct qn_time){0}));
	assert_int_equal(counted.rates_count, 0);
}

static void time_before_1970_goes_down(void **state)
{
	struct qn_template_count counted = {0};
	struct qn_feed feed = {0};

	(void)state;
	assert_null(qn_feed_count_rate(&feed, &counted, (struct qn_time){.nsec = -1, .is_known = true}));
	assert_int_equal(counted.rates[0].bucket, -1);
	free(counted.rates);
}

/* Seconds 0, 2, 4...: one step each until there are too many, then steps of ten seconds hold five each. */
static void too_many_steps_become_wider_and_lose_no_line(void **state)
{
	struct qn_template_count counted = {0}, other = {0}, *both[] = {&counted, &other};
	struct qn_feed feed = {.templates = both, .templates_count = 2};
	uint64_t sum = 0;

	(void)state;
	count_at(&feed, &other, 7);
	for (int64_t i = 0; i < QN_RATES_MAX - 1; i++)
		count_at(&feed, &counted, 2 * i);
	assert_int_equal(feed.rates_count, QN_RATES_MAX);
	assert_int_equal(feed.rate_step, 0);
	count_at(&feed, &counted, 2 * (QN_RATES_MAX - 1));
	assert_int_equal(feed.rate_step, 1);
	assert_int_equal(counted.rates[0].count, 5);
	assert_int_equal(other.rates[0].bucket, 0);
	assert_int_equal(feed.rates_count, counted.rates_count + other.rates_count);
	for (size_t i = 0; i < counted.rates_count; i++)
		sum += counted.rates[i].count;
	assert_int_equal(sum, QN_RATES_MAX);
	free(counted.rates);
	free(other.rates);
}

/* A day each: nothing is wider, so what comes later is left out and what was counted stays. */
static void steps_are_bounded(void **state)
{
	struct qn_template_count counted = {0}, *one[] = {&counted};
	struct qn_feed feed = {.templates = one, .templates_count = 1};

	(void)state;
	for (int64_t day = 0; day < QN_RATES_MAX + 100; day++)
		count_at(&feed, &counted, day * 86400);
	assert_int_equal(counted.rates_count, QN_RATES_MAX);
	assert_int_equal(counted.rates[QN_RATES_MAX - 1].bucket, QN_RATES_MAX - 1);
	count_at(&feed, &counted, 0);
	assert_int_equal(counted.rates[0].count, 2);
	free(counted.rates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_stand_in_order_whatever_the_lines_do),
		cmocka_unit_test(a_line_without_a_time_is_not_counted),
		cmocka_unit_test(time_before_1970_goes_down),
		cmocka_unit_test(too_many_steps_become_wider_and_lose_no_line),
		cmocka_unit_test(steps_are_bounded),
	};
	return QN_RUN("rate", tests);
}
