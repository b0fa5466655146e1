/* Crash texts from any bytes. Lines that begin with 'R' and a tab go by as records of others; the fields of
 * records are tried with the whole. A first byte below ' ' that is no blank stands for the header of a
 * dialect: its words come instead, so that each dialect is a target of its own (QN_FUZZ_DIALECT names the
 * one; without it all are meant).
 *
 * `make fuzz` runs it under libFuzzer; tests/test_fuzz_reader.c replays the seeds. */
#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "record/format.h"
#include "stack/dialect.h"
#include "stack/normalize.h"
#include "stack/reader.h"

#include "base/banned.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Touches all that a stack points to and holds it to its promises. */
static struct qn_error *look(void *context, const struct qn_stack *stack)
{
	struct qn_arena arena = {0};
	struct qn_stack *copy = qn_stack_copy(&arena, stack);
	size_t *count = context;

	check(copy && stack->dialect && stack->dialect[0]);
	check(stack->frames_count <= QN_STACK_FRAMES_MAX && stack->message.len <= QN_MESSAGE_BYTES_MAX);
	check(stack->places_count > 0 && stack->places_count <= QN_PLACES_MAX &&
	      stack->damage_count <= QN_DAMAGE_MAX);
	for (size_t i = 0; i < stack->places_count; i++)
		check(stack->places[i].line > 0 && stack->places[i].line <= stack->places[i].last_line);
	qn_arena_deinit(&arena);
	++*count;
	return NULL;
}

/* The words of the @index-th header (counted round) of the dialects that are meant. */
static const char *find_words(unsigned index)
{
	const char *name = getenv("QN_FUZZ_DIALECT");

	for (unsigned seen = 0, round = 0; round <= index; round = seen ? round + 1 : index + 1)
		for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++) {
			if (name && strcmp(name, (*dialect)->name) != 0)
				continue;
			for (const struct qn_header *header = (*dialect)->headers; header->words; header++)
				if (seen++ == index)
					return header->words;
		}
	return NULL;
}

static void feed(struct qn_stack_reader *reader, struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_line previous = {0};
	struct qn_text line_text;
	uint64_t number = 0;

	while (qn_cursor_take_line(&cursor, &line_text)) {
		struct qn_line line = {.text = line_text, .number = ++number};
		struct qn_record record = {.format = &qn_format_zap, .line = &line};
		bool is_taken;

		if (qn_text_starts(line_text, QN_TEXT("R\t")))
			qn_error_destroy(qn_stack_reader_record(reader, &record));
		else
			qn_error_destroy(qn_stack_reader_plain(reader, &line,
							       previous.number ? &previous : NULL,
							       (struct qn_time){0}, &is_taken));
		previous = line;
	}
	qn_error_destroy(qn_stack_reader_flush(reader));
	check(!qn_stack_reader_wants_all(reader));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const keys[] = {"stack", "errorVerbose", "error"};
	struct qn_text text = {(const char *)data, size};
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	_cleanup_(qn_stack_reader_destroy_guard) struct qn_stack_reader *reader = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer whole = {0};
	const char *words;
	size_t count = 0;

	qn_error_destroy(qn_normalizer_create(NULL, 0, &normalizer));
	if (normalizer)
		qn_error_destroy(qn_stack_reader_create(normalizer, look, &count, &reader));
	if (!reader)
		return 0;
	words = size && data[0] < ' ' && !strchr("\t\r\n", data[0]) ? find_words(data[0]) : NULL;
	qn_buffer_append_string(&whole, words ? words : "");
	qn_buffer_append_text(&whole, words ? qn_text_from(text, 1) : text);
	if (!whole.is_failed)
		feed(reader, qn_buffer_text(&whole));
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct qn_arena arena = {0};
		struct qn_stack stack;

		if (qn_stack_read_field(normalizer, &arena, qn_text_of(keys[i]), text, &stack))
			check(stack.frames_count > 0);
		qn_arena_deinit(&arena);
	}
	return 0;
}
