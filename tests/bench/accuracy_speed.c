/* Reads a file of stacks the way a source is read, but keeps nothing. */
#include "bench/accuracy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "input/lines.h"
#include "record/format.h"
#include "signature/signature.h"
#include "stack/reader.h"
#include "store/store.h"

#include "base/banned.h"

struct speed {
	const struct qn_normalizer *normalizer;
	struct qn_stack_reader *reader;
	struct qn_arena arena, line;
	struct qn_time last_time;
	uint64_t number;
	struct qn_speed *result;
};

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct qn_error *take_stack(void *context, const struct qn_stack *stack)
{
	struct speed *speed = context;
	struct qn_signature signature;

	speed->result->stacks++;
	qn_arena_clear(&speed->arena);
	return qn_signature_of_stack(&speed->arena, stack, &signature);
}

static struct qn_error *read_fields(struct speed *speed, struct qn_text fields)
{
	struct qn_stack stack;
	struct qn_field field;

	for (unsigned i = 0; i < QN_FIELDS_MAX && qn_record_next_field(&speed->line, &fields, &field); i++) {
		stack = (struct qn_stack){0};
		if (qn_stack_read_field(speed->normalizer, &speed->line, field.key, field.value, &stack))
			QN_TRY(take_stack(speed, &stack));
	}
	return NULL;
}

static struct qn_error *read_line(struct speed *speed, struct qn_text text)
{
	struct qn_line line = {.text = text, .number = ++speed->number};
	struct qn_record record;
	bool is_taken;

	qn_arena_clear(&speed->line);
	qn_record_read(&speed->line, &line, &record);
	if (record.time.is_known)
		speed->last_time = record.time;
	if (record.format == &qn_format_plain || record.format == &qn_format_go_std)
		return qn_stack_reader_plain(speed->reader, &line, NULL, speed->last_time, &is_taken);
	QN_TRY(qn_stack_reader_record(speed->reader, &record));
	return record.level >= QN_LEVEL_WARN ? read_fields(speed, record.fields) : NULL;
}

static struct qn_error *read_blocks(struct speed *speed, struct qn_block_reader *reader,
				    struct qn_block *block)
{
	bool has = true;

	for (;;) {
		struct qn_cursor cursor;
		struct qn_text line;

		QN_TRY(qn_block_reader_next(reader, block, &has));
		if (!has)
			break;
		speed->result->bytes += block->len;
		cursor = qn_cursor_of((struct qn_text){block->data, block->len});
		while (qn_cursor_take_line(&cursor, &line))
			QN_TRY(read_line(speed, line));
	}
	return qn_stack_reader_flush(speed->reader);
}

static struct qn_error *read_file(struct speed *speed, const char *path)
{
	_cleanup_(qn_block_reader_deinit) struct qn_block_reader reader = {0};
	_cleanup_(qn_block_deinit) struct qn_block block = {0};
	struct qn_stream stream = {.fd = open(path, O_RDONLY | O_CLOEXEC), .path = path};

	if (stream.fd < 0)
		return qn_error_system(errno, "%s", path);
	qn_block_reader_init(&reader, stream);
	QN_TRY(qn_block_init(&block));
	return read_blocks(speed, &reader, &block);
}

struct qn_error *qn_stacks_read(const char *path, const struct qn_normalizer *normalizer,
				struct qn_speed *ret)
{
	struct speed speed = {.normalizer = normalizer, .result = ret};
	double start = cpu_seconds();
	struct qn_error *error;

	*ret = (struct qn_speed){0};
	error = qn_stack_reader_create(normalizer, take_stack, &speed, &speed.reader);
	if (!error)
		error = read_file(&speed, path);
	qn_stack_reader_destroy(speed.reader);
	qn_arena_deinit(&speed.arena);
	qn_arena_deinit(&speed.line);
	ret->seconds = cpu_seconds() - start;
	return error;
}

static struct qn_error *measure(const char *source, const char *path, struct qn_speed_figures *ret)
{
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	double start;

	QN_TRY(qn_bench_normalizer(source, &normalizer));
	QN_TRY(qn_stacks_read(path, normalizer, &ret->reading));
	start = cpu_seconds();
	QN_TRY(qn_bench_collect(source, path, 1, &store));
	ret->whole = ret->reading;
	ret->whole.seconds = cpu_seconds() - start;
	return NULL;
}

struct qn_error *qn_bench_speed(const char *source, uint64_t size, struct qn_speed_figures *ret)
{
	_cleanup_free_ char *path = NULL;
	struct qn_error *error;
	uint64_t stacks;

	if (asprintf(&path, "accuracy-%ld.log", (long)getpid()) < 0)
		return &qn_error_no_memory;
	error = qn_stacks_generate(path, size, &stacks);
	if (!error)
		error = measure(source, path, ret);
	unlink(path);
	return error;
}
