/* Feeds a text to the reader of crash texts the way the collector does: wrappers peeled, lines classified,
 * only what the reader asks for handed over. Keeps copies of what comes out. */
#ifndef QN_TESTS_SUPPORT_CRASH_FEED_H
#define QN_TESTS_SUPPORT_CRASH_FEED_H

#include "base/arena.h"
#include "base/cursor.h"
#include "record/format.h"
#include "record/wrapper.h"
#include "stack/crash_record.h"
#include "stack/normalize.h"
#include "stack/reader.h"
#include "support/test.h"

#define FEED_STACKS_MAX 16U

struct feed {
	struct qn_arena arena;
	struct qn_normalizer *normalizer;
	struct qn_stack_reader *reader;
	struct qn_stack *stacks[FEED_STACKS_MAX];
	size_t count; /* may be over FEED_STACKS_MAX */
	size_t taken; /* lines that were said to belong to a crash text */
	struct qn_time last_time;
	struct qn_buffer previous, above;
	struct qn_line previous_line;
	bool has_previous;
	uint64_t number, offset;
};

static inline struct qn_error *keep(void *context, const struct qn_stack *stack)
{
	struct feed *feed = context;

	if (feed->count < FEED_STACKS_MAX)
		feed->stacks[feed->count] = qn_stack_copy(&feed->arena, stack);
	feed->count++;
	return NULL;
}

static inline void feed_init(struct feed *feed)
{
	*feed = (struct feed){0};
	assert_no_error(qn_normalizer_create(NULL, 0, &feed->normalizer));
	assert_no_error(qn_stack_reader_create(feed->normalizer, keep, feed, &feed->reader));
}

static inline void feed_deinit(struct feed *feed)
{
	qn_stack_reader_destroy(feed->reader);
	qn_normalizer_destroy(feed->normalizer);
	qn_buffer_deinit(&feed->previous);
	qn_buffer_deinit(&feed->above);
	qn_arena_deinit(&feed->arena);
}

static inline bool has_trigger(struct qn_text text)
{
	const char *trigger;

	for (size_t i = 0; (trigger = qn_stack_trigger(i)); i++)
		if (qn_text_contains(text, qn_text_of(trigger)))
			return true;
	return false;
}

static inline void feed_plain(struct feed *feed, const struct qn_line *line)
{
	bool is_taken = false, is_crash;
	struct qn_record record;

	qn_record_read(&feed->arena, line, &record);
	is_crash = qn_is_crash_record(&record) || qn_stack_reader_wants_record(feed->reader, line->text);
	if (!qn_stack_reader_wants_all(feed->reader))
		qn_stack_reader_above(feed->reader, qn_buffer_text(&feed->above));
	if (qn_stack_reader_wants_all(feed->reader) || is_crash || has_trigger(line->text)) {
		assert_no_error(qn_stack_reader_plain(feed->reader, line,
						      feed->has_previous ? &feed->previous_line : NULL,
						      feed->last_time, &is_taken));
		feed->taken += is_taken;
		feed->has_previous = false;
		return;
	}
	if (qn_text_trim(line->text).len == 0)
		return;
	qn_buffer_clear(&feed->previous);
	qn_buffer_append_text(&feed->previous, line->text);
	feed->previous_line = *line;
	feed->previous_line.text = qn_buffer_text(&feed->previous);
	feed->has_previous = true;
}

static inline void feed_line(struct feed *feed, const struct qn_line *line)
{
	struct qn_line glued = *line;
	struct qn_record record;

	qn_record_read(&feed->arena, line, &record);
	if (qn_record_is_plain(&record) || record.format == &qn_format_go_std ||
	    qn_is_crash_record(&record) || qn_stack_reader_wants_record(feed->reader, line->text))
		feed_plain(feed, line);
	else if (qn_stack_reader_wants_all(feed->reader))
		assert_no_error(qn_stack_reader_record(feed->reader, &record));
	if (!qn_record_is_plain(&record) && record.format != &qn_format_go_std &&
	    (qn_stack_reader_wants_all(feed->reader) || has_trigger(line->text)) &&
	    qn_stack_find_glued(line->text, qn_stack_reader_wants_all(feed->reader), &glued.text))
		feed_plain(feed, &glued);
	if (record.time.is_known)
		feed->last_time = record.time;
	if (qn_stack_reader_wants_all(feed->reader))
		qn_buffer_clear(&feed->above);
	qn_buffer_append_text(&feed->above, line->text);
	qn_buffer_append_byte(&feed->above, '\n');
}

static inline void feed_peeled(struct feed *feed, struct qn_text text, const struct qn_wrapping *wrapping)
{
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_text raw;

	while (qn_cursor_take_line(&cursor, &raw)) {
		struct qn_wrapped wrapped = {.text = raw};
		struct qn_line line = {.number = ++feed->number, .offset = feed->offset};

		feed->offset += raw.len + 1;
		if (wrapping)
			qn_wrapping_peel(wrapping, raw, scratch, &wrapped);
		line.text = wrapped.text;
		line.wrapper_time = wrapped.time;
		line.output = qn_wrapped_output(&wrapped);
		if (!wrapped.is_noise)
			feed_line(feed, &line);
	}
	for (size_t i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
}

/* Lines of @text as they stand; the end is not flushed. */
static inline void feed_text(struct feed *feed, struct qn_text text)
{
	feed_peeled(feed, text, NULL);
}

static inline void feed_flush(struct feed *feed)
{
	assert_no_error(qn_stack_reader_flush(feed->reader));
}

/* A whole source: wrappers are detected and peeled, the end is flushed. */
static inline void feed_source(struct feed *feed, struct qn_text text)
{
	struct qn_wrapping wrapping;

	qn_wrapping_detect(text, &wrapping);
	feed_peeled(feed, text, &wrapping);
	feed_flush(feed);
}

/* feed_init, feed_text and feed_flush of a literal. */
static inline void feed_all(struct feed *feed, const char *text)
{
	feed_init(feed);
	feed_text(feed, qn_text_of(text));
	feed_flush(feed);
}

#define assert_frame(stack, index, expected_raw, expected_file, expected_line, expected_pc) \
	do {                                                                                \
		const struct qn_stack *frame_stack_ = (stack);                              \
		assert_true((size_t)(index) < frame_stack_->frames_count);                  \
		assert_text(frame_stack_->frames[index].raw, expected_raw);                 \
		assert_text(frame_stack_->frames[index].file, expected_file);               \
		assert_int_equal(frame_stack_->frames[index].line, expected_line);          \
		assert_int_equal(frame_stack_->frames[index].pc, expected_pc);              \
	} while (0)

static inline bool feed_has_damage(const struct qn_stack *stack, const char *text)
{
	for (size_t i = 0; i < stack->damage_count; i++)
		if (qn_text_equal(stack->damage[i], qn_text_of(text)))
			return true;
	return false;
}

#endif
