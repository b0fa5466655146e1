/* The record layer on any bytes: wrappers, formats, fields, lifetimes, pods. Seeds: testdata/fuzz/record. */
#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "record/epoch.h"
#include "record/format.h"
#include "record/pods.h"
#include "record/wrapper.h"

static struct qn_error *ignore_life(void *context, const struct qn_life *life)
{
	(void)context;
	(void)life;
	return NULL;
}

static void drop(struct qn_error *error)
{
	qn_error_destroy(error);
}

static void read_line(struct qn_arena *arena, struct qn_epoch *epoch, const struct qn_line *line)
{
	struct qn_record record;
	struct qn_field field;
	struct qn_text rest;
	bool is_start;

	qn_arena_clear(arena);
	qn_record_read(arena, line, &record);
	rest = record.fields;
	for (unsigned i = 0; i < QN_FIELDS_MAX && qn_record_next_field(arena, &rest, &field);)
		i++;
	drop(qn_epoch_record(epoch, &record));
	drop(qn_epoch_line(epoch, &record, &is_start));
}

static void read_lines(struct qn_text text)
{
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_wrapping wrapping;
	struct qn_epoch *epoch;
	struct qn_line line = {0};
	struct qn_text raw;

	qn_wrapping_detect(qn_text_first(text, QN_PROBE_BYTES), &wrapping);
	if (qn_epoch_create(ignore_life, NULL, &epoch))
		return;
	while (qn_cursor_take_line(&cursor, &raw)) {
		struct qn_wrapped wrapped;

		qn_wrapping_peel(&wrapping, raw, scratch, &wrapped);
		line.text = wrapped.text;
		line.wrapper_time = wrapped.time;
		line.number++;
		read_line(&arena, epoch, &line);
	}
	drop(qn_epoch_finish(epoch, line.number));
	qn_epoch_destroy(epoch);
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_text text = {(const char *)data, size};
	struct qn_pod_fact *facts;
	size_t count;

	read_lines(text);
	(void)qn_pods_probe(text);
	drop(qn_pods_read(&arena, text, &facts, &count));
	(void)qn_component_of_name(text);
	(void)qn_is_pod_name(text);
	return 0;
}
