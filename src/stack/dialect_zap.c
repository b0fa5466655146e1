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

/* "  | \t/src/merr.go:308" -> "/src/merr.go:308" */
static struct qn_text without_pipe(struct qn_text line)
{
	line = qn_text_trim(line);
	return qn_text_starts(line, QN_TEXT("|")) ? qn_text_trim(qn_text_from(line, 1)) : line;
}

/* "/src/y.go:12 github.com/x/y.F: the reason": place and function on one line. */
static bool split_line(struct qn_text line, struct qn_text *ret_place, struct qn_text *ret_function)
{
	size_t blank = qn_text_find_byte(line, ' ');
	struct qn_code_place place;

	*ret_place = qn_text_first(line, blank);
	*ret_function = qn_text_trim(qn_text_from(line, blank == SIZE_MAX ? line.len : blank + 1));
	*ret_function =
		qn_text_trim(qn_text_first(*ret_function, qn_text_find(*ret_function, QN_TEXT(": "))));
	if (qn_text_ends(*ret_function, QN_TEXT(":")))
		*ret_function = qn_text_first(*ret_function, ret_function->len - 1);
	return blank != SIZE_MAX && qn_code_place_read(*ret_place, &place) && place.file.len;
}

/* One trace while its lines come by. */
struct trace {
	struct qn_text function, place; /* of the line before; "" when it was used up */
	bool is_ended;
};

/* In any order: "f" and "\t/y.go:12" below it, "/y.go:12" and "f" below it, or "/y.go:12 f". */
static void read_trace_line(struct frames *frames, struct trace *trace, struct qn_text line)
{
	struct qn_code_place place;
	struct qn_text function, where;

	if (qn_text_starts(line, QN_TEXT("[...repeated"))) {
		*trace = (struct trace){0};
	} else if (split_line(line, &where, &function) && add_frame(frames, function, where)) {
		*trace = (struct trace){0};
	} else if (qn_code_place_read(line, &place) && place.file.len) {
		bool is_pair = trace->function.len && add_frame(frames, trace->function, line);

		*trace = (struct trace){.place = is_pair ? QN_TEXT("") : line};
	} else if (trace->place.len && qn_is_function_line(line)) {
		add_frame(frames, line, trace->place);
		*trace = (struct trace){0};
	} else {
		/* Two lines in a row that are no frame: the trace is over. */
		trace->is_ended = frames->count && (trace->function.len || trace->place.len);
		*trace = (struct trace){.function = line, .is_ended = trace->is_ended};
	}
}

/* All frames of @value up to where its trace ends. A trace that is headed by words of its own ends at the
 * next one's. */
static void read_block(struct frames *frames, struct qn_text value)
{
	struct qn_cursor cursor = qn_cursor_of(value);
	struct trace trace = {0};
	struct qn_text line;

	while (!trace.is_ended && qn_cursor_take_line(&cursor, &line)) {
		line = without_pipe(line);
		if (qn_text_starts(line, QN_TEXT("Wraps: ")) || qn_text_starts(line, QN_TEXT("Error types:")))
			return;
		if (line.len && !qn_text_starts(line, QN_TEXT("-- stack trace:")))
			read_trace_line(frames, &trace, line);
	}
}

/* "github.com/x/y.(*T).F\n\t/src/y.go:12\n..." */
static void read_stack(struct frames *frames, struct qn_text value)
{
	struct qn_cursor cursor = qn_cursor_of(value);
	struct trace trace = {0};
	struct qn_text line;

	while (qn_cursor_take_line(&cursor, &line))
		read_trace_line(frames, &trace, qn_text_trim(line));
}

/* The deepest trace stands last: there the error was made, the others are on its way up. */
static bool read_deepest(struct frames *frames, struct qn_text value, struct qn_text words)
{
	size_t at = qn_text_find(value, words);
	bool is_found = false;

	while (at != SIZE_MAX) {
		struct frames found = *frames;
		size_t end;

		value = qn_text_from(value, at + words.len);
		end = qn_text_find(value, words);
		found.count = 0;
		read_block(&found, qn_text_first(value, end));
		frames->items = found.items;
		is_found |= found.count > 0;
		if (found.count)
			*frames = found;
		at = end;
	}
	return is_found;
}

/* cockroachdb errors:
 *	(1) attached stack trace
 *	  -- stack trace:
 *	  | github.com/x/merr.WrapErr
 *	  | \t/src/merr.go:308
 *	  | [...repeated from below...]
 *	Wraps: (2) segment lacks
 * and pkg/errors, where the origin stands first: "lacks\ngithub.com/x/merr.New\n\t/src/merr.go:3\n" */
static void read_error_verbose(struct frames *frames, struct qn_text value)
{
	if (!read_deepest(frames, value, QN_TEXT("attached stack trace")) &&
	    !read_deepest(frames, value, QN_TEXT("stack trace:")))
		read_block(frames, value);
}

/* "fail to search on QueryNode 3: stack trace: /src/stack_trace.go:51 github.com/x.StackTrace\n/src/y.go:3
 * ..." */
static void read_error(struct frames *frames, struct qn_text value)
{
	if (qn_text_contains(value, QN_TEXT("attached stack trace")))
		read_error_verbose(frames, value);
	else
		read_deepest(frames, value, QN_TEXT("stack trace: "));
}

/* A value that was escaped by each of the hands it went through: newlines are two bytes still. */
#define ESCAPES_MAX 3U

static struct qn_text undo_escapes(struct qn_arena *arena, struct qn_text value)
{
	char *copy = qn_arena_alloc(arena, value.len + 1);
	size_t length = 0;

	if (!copy)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		char next = i + 1 < value.len ? value.data[i + 1] : '\0';

		if (value.data[i] != '\\' || !next || !strchr("nrt\"\\", next)) {
			copy[length++] = value.data[i];
			continue;
		}
		copy[length++] = next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
		i++;
	}
	return (struct qn_text){copy, length};
}

static bool is_escaped(struct qn_text value)
{
	return qn_text_find_byte(value, '\n') == SIZE_MAX && qn_text_contains(value, QN_TEXT("\\n"));
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
	{"stack", "zap-stack", read_stack},
	{"errorVerbose", "error-verbose", read_error_verbose},
	{"error", "error-trace", read_error},
	{"error", "error-boost", read_boost},
};

bool qn_stack_read_field(const struct qn_normalizer *normalizer, struct qn_arena *arena, struct qn_text key,
			 struct qn_text value, struct qn_stack *ret)
{
	struct frames frames = {.arena = arena};
	struct qn_hasher hasher;
	const char *dialect = NULL;
	bool was_escaped = is_escaped(value);

	for (unsigned i = 0; i < ESCAPES_MAX && is_escaped(value); i++)
		value = undo_escapes(arena, value);
	frames.capacity = count_lines(value);
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
	if (was_escaped)
		ret->damage[ret->damage_count++] = QN_TEXT("newlines escaped more than once");
	qn_normalizer_apply(normalizer, arena, ret);
	return true;
}
