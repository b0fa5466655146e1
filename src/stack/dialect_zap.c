/* Stacks inside the fields of zap records (decoded, newlines and tabs real). */
#include "base/cursor.h"
#include "base/limits.h"
#include "stack/crash_line.h"
#include "stack/frame_line.h"
#include "stack/reader.h"

#include "base/banned.h"

struct frames {
	struct qn_arena *arena;
	struct qn_frame *items;
	size_t count, capacity;
	bool is_cut;
};

/* A frame takes a line at least, so there are no more of them. */
static size_t count_lines(struct qn_text value)
{
	size_t count = 1;

	for (size_t i = 0; i < value.len && count < QN_STACK_FRAMES_MAX; i++)
		count += value.data[i] == '\n';
	return count;
}

/* "github.com/x/y.F" and "/src/y.go:12", in either order. False: the second is no place. */
static bool add_frame(struct frames *frames, struct qn_text function, struct qn_text place_text)
{
	struct qn_code_place place;

	if (function.len == 0 || !qn_code_place_read(place_text, &place) || place.file.len == 0)
		return false;
	if (!frames->items)
		frames->items = qn_arena_alloc(frames->arena, frames->capacity * sizeof(*frames->items));
	if (!frames->items || frames->count == frames->capacity) {
		frames->is_cut = true;
		return true;
	}
	frames->items[frames->count++] = (struct qn_frame){
		.raw = qn_arena_copy(frames->arena, function),
		.file = qn_arena_copy(frames->arena, place.file),
		.line = place.line,
		.is_go = qn_text_ends(place.file, QN_TEXT(".go")) || qn_text_ends(place.file, QN_TEXT(".s")),
	};
	return true;
}

/* "github.com/x/y.(*T).F\n\t/src/y.go:12\n..." */
static void read_pairs(struct frames *frames, struct qn_text value)
{
	struct qn_cursor cursor = qn_cursor_of(value);
	struct qn_text line, name = {0};

	while (qn_cursor_take_line(&cursor, &line)) {
		line = qn_text_trim(line);
		if (add_frame(frames, name, line))
			name = QN_TEXT("");
		else
			name = line;
	}
}

/* The part of errorVerbose between one "attached stack trace" and the next "Wraps:":
 *	(1) attached stack trace
 *	  -- stack trace:
 *	  | github.com/x/merr.WrapErr
 *	  | \t/src/merr.go:308
 *	  | [...repeated from below...]
 *	Wraps: (2) segment lacks */
static void read_section(struct frames *frames, struct qn_text section)
{
	struct qn_cursor cursor = qn_cursor_of(section);
	struct qn_text line, name = {0};

	while (qn_cursor_take_line(&cursor, &line)) {
		struct qn_cursor rest = qn_cursor_of(line);

		if (qn_text_starts(line, QN_TEXT("Wraps: ")) || qn_text_starts(line, QN_TEXT("Error types:")))
			return;
		qn_cursor_skip_blanks(&rest);
		if (!qn_cursor_take_byte(&rest, '|'))
			continue;
		line = qn_text_trim(rest.rest);
		if (add_frame(frames, name, line) || qn_text_starts(line, QN_TEXT("[...repeated")))
			name = QN_TEXT("");
		else
			name = line;
	}
}

/* The deepest trace stands last: there the error was made, the others are on its way up. */
static void read_error_verbose(struct frames *frames, struct qn_text value)
{
	static const struct qn_text words = {"attached stack trace", 20};
	size_t at = qn_text_find(value, words);

	while (at != SIZE_MAX) {
		struct frames found = *frames;

		value = qn_text_from(value, at + words.len);
		found.count = 0;
		read_section(&found, value);
		frames->items = found.items;
		if (found.count)
			*frames = found;
		at = qn_text_find(value, words);
	}
}

/* "fail to search on QueryNode 3: stack trace: /src/stack_trace.go:51 github.com/x.StackTrace\n/src/y.go:3
 * ..." */
static void read_traces(struct frames *frames, struct qn_text value)
{
	size_t at = qn_text_rfind(value, QN_TEXT("stack trace: "));
	struct qn_cursor cursor;
	struct qn_text line;

	if (at == SIZE_MAX)
		return;
	cursor = qn_cursor_of(qn_text_from(value, at + 13));
	while (qn_cursor_take_line(&cursor, &line)) {
		struct qn_cursor rest = qn_cursor_of(qn_text_trim(line));
		struct qn_text place;
		size_t end;

		if (!qn_cursor_take_until(&rest, ' ', &place))
			return;
		end = qn_text_find(rest.rest, QN_TEXT(": "));
		if (!add_frame(frames, qn_text_trim(qn_text_first(rest.rest, end)), place))
			return;
	}
}

/* "... failed:\n 0# f() at /src/x.cpp:12\n 1# 0x7f12 in /lib/x.so\n": a boost::stacktrace that C++ put into
 * its error. */
static void read_boost(struct frames *frames, struct qn_text value)
{
	struct qn_cursor cursor = qn_cursor_of(value);
	struct qn_frame_line frame;
	struct qn_text line;

	while (qn_cursor_take_line(&cursor, &line)) {
		if (!qn_frame_line_read_boost(line, &frame) || frame.index != frames->count)
			continue;
		if (!frames->items)
			frames->items =
				qn_arena_alloc(frames->arena, frames->capacity * sizeof(*frames->items));
		if (!frames->items || frames->count == frames->capacity) {
			frames->is_cut = true;
			return;
		}
		frames->items[frames->count++] = (struct qn_frame){
			.raw = qn_arena_copy(frames->arena, frame.name),
			.file = qn_arena_copy(frames->arena, frame.place.file),
			.line = frame.place.line,
			.pc = frame.place.pc,
			.module = qn_arena_copy(frames->arena, frame.place.module),
		};
	}
}

static const struct {
	const char *key, *dialect;
	void (*read)(struct frames *frames, struct qn_text value);
} fields[] = {
	{"stack", "zap-stack", read_pairs},
	{"errorVerbose", "error-verbose", read_error_verbose},
	{"error", "error-trace", read_traces},
	{"error", "error-boost", read_boost},
};

bool qn_stack_read_field(const struct qn_normalizer *normalizer, struct qn_arena *arena, struct qn_text key,
			 struct qn_text value, struct qn_stack *ret)
{
	struct frames frames = {.arena = arena, .capacity = count_lines(value)};
	struct qn_hasher hasher;
	const char *dialect = NULL;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (frames.count || !qn_text_equal(key, qn_text_of(fields[i].key)))
			continue;
		fields[i].read(&frames, value);
		dialect = fields[i].dialect;
	}
	if (frames.count == 0 || arena->is_failed)
		return false;
	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, value);
	*ret = (struct qn_stack){
		.kind = QN_KIND_ERROR,
		.dialect = dialect,
		.frames = frames.items,
		.frames_count = frames.count,
		.is_cut = frames.is_cut,
		.evidence = qn_hasher_result(&hasher),
	};
	qn_normalizer_apply(normalizer, arena, ret);
	return true;
}
