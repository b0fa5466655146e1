/* Several pods' lines in one source: each pod's crash texts are read on their own. */
#include "triage/feed.h"

#include <stdlib.h>

#include "base/banned.h"

/* Pods whose crash texts are read at one time; the one that was silent longest makes room. */
#define READERS_MAX 64U
/* So far is looked ahead for lines of the pod whose turn ends. */
#define LOOK_AHEAD_LINES 4096U

uint64_t *qn_feed_last_fed(struct qn_feed *feed)
{
	return &feed->readers[feed->turn].last_fed;
}

struct qn_error *qn_feed_flush_readers(struct qn_feed *feed)
{
	for (size_t i = 0; i < feed->readers_count; i++)
		QN_TRY(qn_stack_reader_flush(feed->readers[i].reader));
	return NULL;
}

void qn_feed_destroy_readers(struct qn_feed *feed)
{
	for (size_t i = 0; i < feed->readers_count; i++)
		qn_stack_reader_destroy(feed->readers[i].reader);
	free(feed->readers);
}

static bool is_any_open(const struct qn_feed *feed)
{
	for (size_t i = 0; i < feed->readers_count; i++)
		if (qn_stack_reader_wants_all(feed->readers[i].reader))
			return true;
	return false;
}

bool qn_feed_is_turn_only(const struct qn_feed *feed, unsigned reasons)
{
	return reasons == QN_MARK_POD && feed->has_woven_pods && !feed->first_time_lines &&
	       !is_any_open(feed);
}

/* The one copy of a pod's name. */
static struct qn_error *keep_name(struct qn_feed *feed, struct qn_text name, struct qn_text *ret)
{
	struct qn_text *kept = qn_map_find(&feed->pod_names, name);

	if (!kept) {
		kept = qn_arena_alloc(&feed->names, sizeof(*kept));
		if (!kept)
			return &qn_error_no_memory;
		*kept = qn_arena_copy(&feed->names, name);
		QN_TRY(qn_arena_check(&feed->names));
		QN_TRY(qn_map_put(&feed->pod_names, *kept, kept));
	}
	*ret = *kept;
	return NULL;
}

/* A reader that has no pod yet, a new one, or that of the pod which was silent longest. */
static struct qn_error *make_room(struct qn_feed *feed, size_t *ret)
{
	size_t oldest = 0;

	if (feed->readers_count == 1 && !feed->readers[0].pod.len) {
		*ret = 0;
		return NULL;
	}
	if (feed->readers_count < READERS_MAX) {
		QN_TRY(qn_feed_add_reader(feed));
		*ret = feed->readers_count - 1;
		return NULL;
	}
	for (size_t i = 1; i < feed->readers_count; i++)
		if (feed->readers[i].last_turn < feed->readers[oldest].last_turn)
			oldest = i;
	*ret = oldest;
	return qn_stack_reader_flush(feed->readers[oldest].reader);
}

/* @pod  lives as long as the feed */
static struct qn_error *turn_to(struct qn_feed *feed, struct qn_text pod, uint64_t number)
{
	size_t i = 0;

	feed->readers[feed->turn].last_turn = number;
	while (i < feed->readers_count && !qn_text_equal(feed->readers[i].pod, pod))
		i++;
	if (i == feed->readers_count) {
		QN_TRY(make_room(feed, &i));
		feed->readers[i].pod = pod;
		feed->readers[i].last_fed = number - 1;
	}
	feed->turn = i;
	feed->reader = feed->readers[i].reader;
	return NULL;
}

/* Does the pod whose turn ended above the line at @index come back? */
static bool comes_back(const struct qn_scanned *scanned, struct qn_text pod, size_t index)
{
	for (size_t i = index; i < scanned->lines_count && i < index + LOOK_AHEAD_LINES; i++)
		if (scanned->lines[i].pod && qn_text_equal(scanned->pods[scanned->lines[i].pod - 1], pod))
			return true;
	return false;
}

/* A pod that is met for the first time, while the one before it is silent from now on, begins a log of its
 * own. */
static struct qn_error *begin_log(struct qn_feed *feed, const struct qn_scanned *scanned, size_t index,
				  uint64_t number)
{
	if (!comes_back(scanned, feed->pod_marks[feed->pod_marks_count - 1].pod, index))
		QN_TRY(qn_stack_reader_flush(feed->reader));
	QN_TRY(qn_epoch_finish(feed->epoch, number - 1));
	feed->last_met = number - 1;
	feed->last_time = (struct qn_time){0};
	feed->has_own_times = false;
	return NULL;
}

/* Notes whose line this is, when it is another pod's than the last one noted. One that comes back is woven
 * with others, and the lives of their processes cannot be parted. */
struct qn_error *qn_feed_take_turn(struct qn_feed *feed, const struct qn_scanned *scanned, size_t index,
				   uint64_t number)
{
	struct qn_text pod;
	bool is_new;

	if (index >= scanned->lines_count || !scanned->lines[index].pod)
		return NULL;
	pod = scanned->pods[scanned->lines[index].pod - 1];
	if (feed->pod_marks_count && qn_text_equal(feed->pod_marks[feed->pod_marks_count - 1].pod, pod))
		return NULL;
	is_new = !qn_map_find(&feed->pod_names, pod);
	if (feed->pod_marks_count && is_new)
		QN_TRY(begin_log(feed, scanned, index, number));
	feed->has_woven_pods |= !is_new;
	QN_TRY(keep_name(feed, pod, &pod));
	QN_TRY(turn_to(feed, pod, number));
	QN_TRY(qn_array_reserve(&feed->pod_marks, &feed->pod_marks_capacity, feed->pod_marks_count + 1,
				sizeof(*feed->pod_marks)));
	feed->pod_marks[feed->pod_marks_count++] = (struct qn_pod_mark){number, pod};
	return NULL;
}
