#include "template_score.h"

#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "signature/miner.h"

#include "base/banned.h"

struct sample {
	struct qn_text event, content;
	size_t truth, group;
};

struct samples {
	struct qn_buffer file;
	struct sample *items;
	size_t count, capacity, bytes;
};

static void samples_deinit(struct samples *samples)
{
	qn_buffer_deinit(&samples->file);
	free(samples->items);
}

static struct qn_error *read_file(const char *path, struct qn_buffer *ret)
{
	_cleanup_fclose_ FILE *file = fopen(path, "r");
	size_t got = 1;

	if (!file)
		return qn_error_create(QN_ERROR_NOT_FOUND, "%s: cannot be read", path);
	while (got && qn_buffer_reserve(ret, 1 << 16)) {
		got = fread(ret->data + ret->len, 1, 1 << 16, file);
		ret->len += got;
	}
	return qn_buffer_check(ret);
}

static struct qn_text cut(struct qn_text *rest, char at)
{
	size_t end = qn_text_find_byte(*rest, at);
	struct qn_text piece = qn_text_first(*rest, end);

	*rest = qn_text_from(*rest, end == SIZE_MAX ? end : end + 1);
	return piece;
}

static struct qn_error *load(const char *path, struct samples *ret)
{
	struct qn_text rest, line;

	QN_TRY(read_file(path, &ret->file));
	rest = qn_buffer_text(&ret->file);
	(void)cut(&rest, '\n');
	while (rest.len) {
		struct sample sample = {0};

		line = cut(&rest, '\n');
		(void)cut(&line, '\t');
		sample.event = cut(&line, '\t');
		sample.content = line;
		ret->bytes += line.len + 1;
		QN_TRY(qn_array_reserve(&ret->items, &ret->capacity, ret->count + 1, sizeof(*ret->items)));
		ret->items[ret->count++] = sample;
	}
	return NULL;
}

static struct qn_error *mine(struct samples *samples, struct qn_miner **ret)
{
	QN_TRY(qn_miner_create(ret));
	for (size_t i = 0; i < samples->count; i++)
		QN_TRY(qn_miner_add(*ret, samples->items[i].content));
	QN_TRY(qn_miner_finish(*ret));
	for (size_t i = 0; i < samples->count; i++)
		samples->items[i].group = qn_miner_find(*ret, samples->items[i].content);
	return NULL;
}

static struct qn_error *number_truth(struct samples *samples, size_t *ret_count)
{
	_cleanup_(qn_map_deinit) struct qn_map events = {0};

	for (size_t i = 0; i < samples->count; i++) {
		struct sample *sample = &samples->items[i];

		sample->truth = (size_t)qn_map_find(&events, sample->event);
		if (sample->truth)
			continue;
		sample->truth = events.count + 1;
		QN_TRY(qn_map_put(&events, sample->event, (void *)sample->truth));
	}
	*ret_count = events.count;
	return NULL;
}

/* A group is right when it is as large as the true group of its first message, and all are of that. */
static struct qn_error *compare(struct samples *samples, bool is_told, size_t groups,
				struct qn_template_score *ret)
{
	_cleanup_free_ size_t *truth_of = calloc(groups + 1, sizeof(size_t));
	_cleanup_free_ size_t *size = calloc(groups + 1, sizeof(size_t));
	_cleanup_free_ size_t *true_size = calloc(ret->true_groups + 1, sizeof(size_t));
	_cleanup_free_ bool *is_told_of = calloc(groups + 1, sizeof(bool));
	size_t right = 0;

	if (!truth_of || !size || !true_size || !is_told_of)
		return &qn_error_no_memory;
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->items[i];

		true_size[sample->truth]++;
		if (!size[sample->group]++)
			truth_of[sample->group] = sample->truth;
		else if (truth_of[sample->group] != sample->truth)
			truth_of[sample->group] = 0;
	}
	for (size_t i = 0; i < groups; i++) {
		bool is_right = truth_of[i] && true_size[truth_of[i]] == size[i];

		ret->groups += size[i] > 0;
		ret->right_groups += is_right;
		right += is_right ? size[i] : 0;
	}
	for (size_t i = 0; i < samples->count && is_told; i++) {
		const struct sample *sample = &samples->items[i];
		size_t group = sample->group;

		if ((truth_of[group] && true_size[truth_of[group]] == size[group]) || is_told_of[group])
			continue;
		is_told_of[group] = true;
		fprintf(stderr, "%.*s of %zu, group %zu of %zu%s: %.*s\n", QN_ARG(sample->event),
			true_size[sample->truth], group, size[group], truth_of[group] ? "" : " MIXED",
			QN_ARG(sample->content));
	}
	ret->messages = samples->count;
	ret->ga = samples->count ? (double)right / (double)samples->count : 0;
	ret->fga = 2.0 * (double)ret->right_groups / (double)(ret->groups + ret->true_groups + !ret->groups);
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct qn_error *measure(struct samples *samples, double *ret)
{
	_cleanup_(qn_miner_destroy_guard) struct qn_miner *miner = NULL;
	double start = seconds(), spent;
	size_t bytes = 0;

	QN_TRY(qn_miner_create(&miner));
	do {
		for (size_t i = 0; i < samples->count; i++)
			QN_TRY(qn_miner_add(miner, samples->items[i].content));
		bytes += samples->bytes;
		spent = seconds() - start;
	} while (spent < 0.5);
	QN_TRY(qn_miner_finish(miner));
	for (size_t done = 0; done < bytes; done += samples->bytes)
		for (size_t i = 0; i < samples->count; i++)
			samples->items[i].group = qn_miner_find(miner, samples->items[i].content);
	*ret = (double)bytes / 1e6 / (seconds() - start);
	return NULL;
}

struct qn_error *qn_template_score(const char *path, bool is_timed, bool is_told,
				   struct qn_template_score *ret)
{
	_cleanup_(samples_deinit) struct samples samples = {0};
	_cleanup_(qn_miner_destroy_guard) struct qn_miner *miner = NULL;

	*ret = (struct qn_template_score){0};
	QN_TRY(load(path, &samples));
	QN_TRY(number_truth(&samples, &ret->true_groups));
	QN_TRY(mine(&samples, &miner));
	QN_TRY(compare(&samples, is_told, qn_miner_count(miner), ret));
	return is_timed ? measure(&samples, &ret->megabytes_per_second) : NULL;
}
