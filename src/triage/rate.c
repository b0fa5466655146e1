#include "triage/rate.h"

#include "triage/feed.h"
#include "base/banned.h"

/* A step's width is one of these; each is a multiple of the one before, so that steps can be put together.
 * The report looks at minutes: wider ones only keep memory bounded. */
static const int64_t widths_sec[] = {1, 10, 60, 600, 3600, 86400};
#define WIDTHS (sizeof(widths_sec) / sizeof(*widths_sec))

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

static void widen_template(struct qn_template_count *counted, int64_t factor)
{
	size_t kept = 0;

	for (size_t i = 0; i < counted->rates_count; i++) {
		struct qn_rate rate = counted->rates[i];

		rate.bucket = floor_divide(rate.bucket, factor);
		if (kept && counted->rates[kept - 1].bucket == rate.bucket)
			counted->rates[kept - 1].count += rate.count;
		else
			counted->rates[kept++] = rate;
	}
	counted->rates_count = kept;
}

static void widen(struct qn_feed *feed)
{
	int64_t factor = widths_sec[feed->rate_step + 1] / widths_sec[feed->rate_step];

	feed->rate_step++;
	feed->rates_count = 0;
	for (size_t i = 0; i < feed->templates_count; i++) {
		widen_template(feed->templates[i], factor);
		feed->rates_count += feed->templates[i]->rates_count;
	}
}

/* Where @bucket is, or belongs. Lines come nearly in the order of their times, so the end is looked at first;
 * times that fall or jump must not cost more than a halving search. */
static size_t find_place(const struct qn_template_count *counted, int64_t bucket)
{
	size_t low = 0, high = counted->rates_count;

	if (high && counted->rates[high - 1].bucket <= bucket)
		return high - (counted->rates[high - 1].bucket == bucket);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (counted->rates[middle].bucket < bucket)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct qn_error *qn_feed_count_rate(struct qn_feed *feed, struct qn_template_count *counted,
				    struct qn_time time)
{
	int64_t seconds = floor_divide(time.nsec, 1000000000), bucket;
	size_t at;

	if (!time.is_known)
		return NULL;
	while (feed->rates_count >= QN_RATES_MAX && feed->rate_step + 1 < WIDTHS)
		widen(feed);
	bucket = floor_divide(seconds, widths_sec[feed->rate_step]);
	at = find_place(counted, bucket);
	if (at < counted->rates_count && counted->rates[at].bucket == bucket) {
		counted->rates[at].count++;
		return NULL;
	}
	if (feed->rates_count >= QN_RATES_MAX)
		return NULL; /* more templates and days than that: what is there stays right */
	QN_TRY(qn_array_reserve(&counted->rates, &counted->rates_capacity, counted->rates_count + 1,
				sizeof(*counted->rates)));
	memmove(&counted->rates[at + 1], &counted->rates[at],
		(counted->rates_count - at) * sizeof(*counted->rates));
	counted->rates[at] = (struct qn_rate){.bucket = bucket, .count = 1};
	counted->rates_count++;
	feed->rates_count++;
	return NULL;
}

struct qn_error *qn_rates_save(const struct qn_feed *feed, const struct qn_template_count *counted,
			       struct qn_store *store, int64_t source)
{
	for (size_t i = 0; i < counted->rates_count; i++)
		QN_TRY(qn_store_add_rate(store,
					 &(struct qn_store_rate){.template = counted->template.id,
								 .source = source,
								 .width_sec = widths_sec[feed->rate_step],
								 .bucket = counted->rates[i].bucket,
								 .count = counted->rates[i].count}));
	return NULL;
}
