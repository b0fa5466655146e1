/* Loads the excerpts and finds where their frames stand, so that mutators can take them apart. */
#include "bench/accuracy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "record/wrapper.h"
#include "stack/demangle.h"

#include "base/banned.h"

#define FILE_BYTES_MAX (8U << 20)
#define SAMPLE_BYTES (64U << 10)

struct qn_error *qn_excerpt_read_file(struct qn_arena *arena, const char *path, struct qn_text *ret)
{
	_cleanup_fclose_ FILE *file = fopen(path, "r");
	_cleanup_(qn_buffer_deinit) struct qn_buffer buffer = {0};

	if (!file)
		return qn_error_create(QN_ERROR_NOT_FOUND, "%s cannot be read", path);
	while (buffer.len < FILE_BYTES_MAX && qn_buffer_reserve(&buffer, SAMPLE_BYTES)) {
		size_t size = fread(buffer.data + buffer.len, 1, SAMPLE_BYTES, file);

		buffer.len += size;
		if (size == 0)
			break;
	}
	*ret = qn_arena_copy(arena, qn_buffer_text(&buffer));
	return qn_arena_check(arena);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The cell in column @wanted of the row that begins with @file; false: there is no such row. */
static bool find_column(struct qn_text table, struct qn_text file, unsigned wanted, struct qn_text *ret)
{
	struct qn_cursor rows = qn_cursor_of(table);
	struct qn_text row;

	while (qn_cursor_take_line(&rows, &row)) {
		struct qn_cursor cells = qn_cursor_of(row);
		struct qn_text cell;

		if (!qn_cursor_take_until(&cells, '\t', &cell) || !qn_text_equal(cell, file))
			continue;
		for (unsigned i = 1; i <= wanted; i++)
			if (!qn_cursor_take_until(&cells, '\t', &cell))
				cell = cells.rest;
		*ret = cell;
		return true;
	}
	return false;
}

/* "	/src/a.cpp:38 pc=0x7f12", "	/src/y.go:315 +0x125", "	pc=0x12", "(null):0 pc=0x1" */
static bool is_place(struct qn_text line)
{
	struct qn_text text = qn_text_trim(line);
	size_t colon = qn_text_rfind(text, QN_TEXT(":"));

	if (qn_text_starts(text, QN_TEXT("pc=0x")))
		return true;
	if (colon == SIZE_MAX || colon + 1 >= text.len || !is_digit(text.data[colon + 1]) ||
	    qn_text_find_byte(qn_text_first(text, colon), ' ') != SIZE_MAX)
		return false;
	return qn_text_contains(text, QN_TEXT(" pc=0x")) || qn_text_contains(text, QN_TEXT(" +0x"));
}

/* "    #0 0x7f2a in f() /a/b.cpp:112" */
static bool is_numbered_frame(struct qn_text line)
{
	struct qn_text text = qn_text_trim(line);

	return text.len > 3 && text.data[0] == '#' && is_digit(text.data[1]) &&
	       qn_text_contains(text, QN_TEXT(" in "));
}

static bool is_name(struct qn_text line)
{
	static const struct qn_text others[] = {QN_TEXT("["), QN_TEXT("goroutine "), QN_TEXT("{"),
						QN_TEXT("runtime stack:"), QN_TEXT("BACKTRACE")};
	struct qn_text text = qn_text_trim(line);

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (qn_text_starts(text, others[i]))
			return false;
	return text.len && !is_place(line);
}

static uint64_t read_pc(struct qn_text line)
{
	size_t at = qn_text_rfind(line, QN_TEXT("pc=0x"));
	uint64_t pc = 0;
	size_t len = 0;

	if (at == SIZE_MAX)
		return 0;
	line = qn_text_from(line, at + 3);
	while (len < line.len && line.data[len] > ' ')
		len++;
	return qn_text_hex_to_u64(qn_text_first(line, len), &pc) ? pc : 0;
}

static struct qn_error *find_frames(struct qn_arena *arena, struct qn_excerpt *excerpt)
{
	excerpt->frames = qn_arena_alloc(arena, (excerpt->count + 1) * sizeof(*excerpt->frames));
	for (size_t i = 0; excerpt->frames && i < excerpt->count; i++) {
		struct qn_text line = excerpt->lines[i];
		struct qn_excerpt_frame frame = {.name = i, .place = i, .pc = read_pc(line)};

		if (!is_numbered_frame(line)) {
			if (i == 0 || !is_place(line))
				continue;
			frame.name = i - 1;
			while (frame.name > 0 && qn_text_trim(excerpt->lines[frame.name]).len == 0)
				frame.name--;
			if (!is_name(excerpt->lines[frame.name]))
				continue;
		}
		frame.is_go = qn_text_contains(line, QN_TEXT(" +0x")) ||
			      qn_text_contains(line, QN_TEXT(".go:")) ||
			      qn_text_contains(line, QN_TEXT(".s:"));
		excerpt->frames[excerpt->frames_count++] = frame;
	}
	return qn_arena_check(arena);
}

static void find_key_frame(struct qn_arena *arena, struct qn_excerpt *excerpt)
{
	excerpt->key_frame = SIZE_MAX;
	for (size_t i = 0; i < excerpt->frames_count && excerpt->key.len; i++) {
		struct qn_text name = excerpt->lines[excerpt->frames[i].name];

		qn_demangle(arena, name, &name);
		if (!qn_text_contains(name, excerpt->key))
			continue;
		excerpt->key_frame = i;
		return;
	}
}

/* A docker or CRI piece is glued to the next one. */
static struct qn_error *split(struct qn_arena *arena, struct qn_text text, struct qn_excerpt *excerpt)
{
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	_cleanup_(qn_buffer_deinit) struct qn_buffer whole = {0};
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_wrapping wrapping = {0};
	struct qn_text line;
	size_t capacity = 0;

	qn_wrapping_detect(qn_text_first(text, SAMPLE_BYTES), &wrapping);
	while (qn_cursor_take_line(&cursor, &line)) {
		struct qn_wrapped wrapped = {0};

		qn_wrapping_peel(&wrapping, line, scratch, &wrapped);
		qn_buffer_append_text(&whole, qn_text_trim_right(wrapped.text));
		if (wrapped.is_partial || wrapped.is_noise)
			continue;
		QN_TRY(qn_array_reserve(&excerpt->lines, &capacity, excerpt->count + 1,
					sizeof(*excerpt->lines)));
		excerpt->lines[excerpt->count++] = qn_arena_copy(arena, qn_buffer_text(&whole));
		qn_buffer_clear(&whole);
	}
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
	return qn_arena_check(arena);
}

static struct qn_error *load_one(struct qn_excerpts *excerpts, const char *corpus, struct qn_text index,
				 struct qn_text row)
{
	struct qn_excerpt excerpt = {0};
	struct qn_cursor cells = qn_cursor_of(row);
	struct qn_text path, text, formats, key;

	if (!qn_cursor_take_until(&cells, '\t', &excerpt.file) || !cells.rest.len ||
	    !is_digit(cells.rest.data[0]))
		return NULL; /* the head line */
	excerpt.has_failure = cells.rest.data[0] != '0';
	if (!find_column(index, excerpt.file, 6, &excerpt.group) ||
	    !find_column(index, excerpt.file, 5, &formats))
		return qn_error_create(QN_ERROR_NOT_FOUND, "%.*s is not in the index", QN_ARG(excerpt.file));
	excerpt.is_log = !qn_text_starts(formats, QN_TEXT("kubectl"));
	excerpt.is_headless = qn_text_contains(formats, QN_TEXT("no-header"));
	key = qn_text_from(row, qn_text_rfind(row, QN_TEXT("\t")) + 1);
	excerpt.key = qn_text_equal(key, QN_TEXT("-")) ? QN_TEXT("") : key;
	path = qn_arena_printf(&excerpts->arena, "%s/excerpts/%.*s", corpus, QN_ARG(excerpt.file));
	QN_TRY(qn_arena_check(&excerpts->arena));
	QN_TRY(qn_excerpt_read_file(&excerpts->arena, path.data, &text));
	QN_TRY(split(&excerpts->arena, text, &excerpt));
	QN_TRY(find_frames(&excerpts->arena, &excerpt));
	find_key_frame(&excerpts->arena, &excerpt);
	QN_TRY(qn_array_reserve(&excerpts->items, &excerpts->capacity, excerpts->count + 1,
				sizeof(*excerpts->items)));
	excerpts->items[excerpts->count++] = excerpt;
	return NULL;
}

struct qn_error *qn_excerpts_load(struct qn_excerpts *excerpts, const char *truth, const char *corpus)
{
	struct qn_text path = qn_arena_printf(&excerpts->arena, "%s/index.tsv", corpus), index, table, row;
	struct qn_cursor rows;

	QN_TRY(qn_arena_check(&excerpts->arena));
	QN_TRY(qn_excerpt_read_file(&excerpts->arena, path.data, &index));
	QN_TRY(qn_excerpt_read_file(&excerpts->arena, truth, &table));
	rows = qn_cursor_of(table);
	while (qn_cursor_take_line(&rows, &row))
		QN_TRY(load_one(excerpts, corpus, index, row));
	return NULL;
}
