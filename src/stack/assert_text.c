#include "stack/assert_text.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "stack/frame_line.h"

#include "base/banned.h"

static const struct qn_text open_words = QN_TEXT("Assert \"");
/* A text that was quoted once more than its quotes were taken off. */
static const struct qn_text open_escaped = QN_TEXT("Assert \\\"");
static const struct qn_text arrow = QN_TEXT("=> ");

static bool starts_with_any(struct qn_text text, const struct qn_text *starts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (qn_text_starts(text, starts[i]))
			return true;
	return false;
}

/* A newline, also one that is still written as a backslash and an n. */
static size_t find_line_end(struct qn_text text)
{
	size_t real = qn_text_find_byte(text, '\n'), escaped = qn_text_find(text, QN_TEXT("\\n"));

	return real < escaped ? real : escaped < real ? escaped : text.len;
}

static struct qn_text skip_line_end(struct qn_text text)
{
	for (;;) {
		text = qn_text_trim(text);
		if (!qn_text_starts(text, QN_TEXT("\\n")))
			return text;
		text = qn_text_from(text, 2);
	}
}

/* The quote that ends the expression: what may follow it tells it from a quote within. */
static bool take_expression(struct qn_text *text, struct qn_assert_text *ret)
{
	static const struct qn_text behind[] = {QN_TEXT(" at "), QN_TEXT(" =>"), QN_TEXT("  =>"),
						QN_TEXT("\n"), QN_TEXT("\\n")};
	size_t at = qn_text_find(*text, open_words), escaped = qn_text_find(*text, open_escaped);
	bool is_escaped = escaped < at;
	struct qn_text rest;

	if (at == SIZE_MAX && escaped == SIZE_MAX)
		return false;
	rest = qn_text_from(*text, is_escaped ? escaped + open_escaped.len : at + open_words.len);
	for (size_t i = 0; i < rest.len; i++) {
		struct qn_text next = qn_text_from(rest, i + 1);

		if (rest.data[i] != '"' ||
		    (next.len && !starts_with_any(next, behind, sizeof(behind) / sizeof(*behind))))
			continue;
		ret->expression =
			qn_text_first(rest, is_escaped && i && rest.data[i - 1] == '\\' ? i - 1 : i);
		*text = next;
		return true;
	}
	/* The end is missing. */
	ret->expression = qn_text_first(rest, find_line_end(rest));
	*text = qn_text_from(rest, ret->expression.len);
	return true;
}

/* "/src/x.cpp:12" at the front of @text, up to what cannot belong to it. */
static bool take_place(struct qn_text text, struct qn_assert_text *ret, struct qn_text *ret_rest)
{
	static const struct qn_text extensions[] = {QN_TEXT(".cpp:"), QN_TEXT(".h:"),  QN_TEXT(".cc:"),
						    QN_TEXT(".hpp:"), QN_TEXT(".c:"),  QN_TEXT(".inl:"),
						    QN_TEXT(".cu:"),  QN_TEXT(".cxx:")};
	struct qn_text word = qn_text_first(text, qn_text_find_byte(text, ' ')), digits;
	size_t colon = SIZE_MAX, len = 0;

	word = qn_text_first(word, find_line_end(word));
	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++) {
		size_t at = qn_text_find(word, extensions[i]);

		if (at != SIZE_MAX && at + extensions[i].len - 1 < colon)
			colon = at + extensions[i].len - 1;
	}
	if (colon == SIZE_MAX)
		return false;
	digits = qn_text_from(word, colon + 1);
	while (len < digits.len && digits.data[len] >= '0' && digits.data[len] <= '9')
		len++;
	if (len == 0)
		return false;
	/* A number too large is none, but the place is one. */
	if (!qn_source_place_read(qn_text_first(word, colon + 1 + len), &ret->file, &ret->line))
		ret->file = qn_text_first(word, colon);
	*ret_rest = qn_text_from(text, colon + 1 + len);
	return true;
}

/* The stack that begins behind a line end; SIZE_MAX: none. */
static size_t find_boost(struct qn_text text)
{
	size_t from = 0;

	for (;;) {
		size_t at = qn_text_find(qn_text_from(text, from), QN_TEXT("0# "));
		size_t start = from + at;

		if (at == SIZE_MAX)
			return SIZE_MAX;
		while (start && text.data[start - 1] == ' ')
			start--;
		if (start == 0 || text.data[start - 1] == '\n' ||
		    (text.data[start - 1] == 'n' && start > 1 && text.data[start - 2] == '\\'))
			return start;
		from += at + 3;
	}
}

/* "info[ at /src/x.cpp:12][: segcore error[..]]" */
static void read_info(struct qn_text text, struct qn_assert_text *ret)
{
	static const struct qn_text ends[] = {QN_TEXT(": segcore error"), QN_TEXT(", errorVerbose"),
					      QN_TEXT("\n(1) attached stack trace")};
	size_t boost = find_boost(text), from = 0, at;

	if (boost != SIZE_MAX) {
		ret->behind = qn_text_from(text, boost);
		text = qn_text_first(text, boost);
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		text = qn_text_first(text, qn_text_find(text, ends[i]));
	while (!ret->file.len && (at = qn_text_find(qn_text_from(text, from), QN_TEXT(" at "))) != SIZE_MAX) {
		struct qn_text rest;

		if (take_place(qn_text_from(text, from + at + 4), ret, &rest))
			text = qn_text_first(text, from + at);
		from += at + 4;
	}
	if (qn_text_ends(text, QN_TEXT("\\n")))
		text.len -= 2;
	ret->info = qn_text_trim(text);
}

/* Without an expression the arrow is all there is: at the front, or behind Go's or segcore's own words, as in
 * "[UnexpectedError]  => info". */
static size_t find_bare_arrow(struct qn_text text)
{
	size_t from = 0;

	for (;;) {
		size_t at = qn_text_find(qn_text_from(text, from), arrow), start;

		if (at == SIZE_MAX)
			return SIZE_MAX;
		at += from;
		start = at;
		while (start && text.data[start - 1] == ' ')
			start--;
		if (start == 0 ||
		    (start < at && (text.data[start - 1] == ':' || text.data[start - 1] == ']')))
			return at;
		from = at + arrow.len;
	}
}

bool qn_assert_text_is_in(struct qn_text text)
{
	size_t at = qn_text_find(text, QN_TEXT("Assert "));

	return at != SIZE_MAX && (qn_text_starts(qn_text_from(text, at), open_words) ||
				  qn_text_contains(text, open_words) || qn_text_contains(text, open_escaped));
}

bool qn_assert_text_read(struct qn_text text, struct qn_assert_text *ret)
{
	size_t at;

	*ret = (struct qn_assert_text){0};
	text = qn_text_first(text, QN_MESSAGE_BYTES_MAX);
	if (!take_expression(&text, ret)) {
		at = find_bare_arrow(text);
		if (at == SIZE_MAX)
			return false;
		read_info(qn_text_from(text, at + arrow.len), ret);
		return ret->info.len;
	}
	if (qn_text_starts(text, QN_TEXT(" at ")))
		take_place(qn_text_from(text, 4), ret, &text);
	text = skip_line_end(text);
	if (qn_text_starts(text, arrow))
		read_info(qn_text_from(text, arrow.len), ret);
	else if (qn_text_starts(text, QN_TEXT("=>")))
		read_info(qn_text_from(text, 2), ret);
	else if (!ret->file.len && qn_text_starts(text, QN_TEXT("at ")))
		take_place(qn_text_from(text, 3), ret, &text);
	if (!ret->behind.len && find_boost(text) != SIZE_MAX)
		ret->behind = qn_text_from(text, find_boost(text));
	return true;
}

static bool is_machinery(struct qn_text raw)
{
	static const struct qn_text names[] = {QN_TEXT("EasyAssertInfo"), QN_TEXT("EasyStackTrace"),
					       QN_TEXT("PanicInfo"), QN_TEXT("ThrowInfo"),
					       QN_TEXT("WrapErrorWithInfo")};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_contains(raw, names[i]))
			return true;
	return false;
}

/* Behind the frames that raise the assertion; 0 where they are not shown. */
static size_t find_asserting(const struct qn_stack *stack)
{
	size_t i = 0;

	while (i < stack->frames_count && !is_machinery(stack->frames[i].raw))
		i++;
	if (i == stack->frames_count)
		return 0;
	while (i < stack->frames_count && is_machinery(stack->frames[i].raw))
		i++;
	return i;
}

static bool shows_place(const struct qn_stack *stack, const struct qn_assert_text *text)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].line == text->line && qn_text_equal(stack->frames[i].file, text->file))
			return true;
	return false;
}

static void add_place(struct qn_arena *arena, struct qn_stack *stack, const struct qn_assert_text *text)
{
	size_t asserting = find_asserting(stack), count = stack->frames_count;
	struct qn_frame *frames;

	if (!text->file.len || shows_place(stack, text))
		return;
	if (asserting && asserting < count && !stack->frames[asserting].file.len) {
		stack->frames[asserting].file = qn_arena_copy(arena, text->file);
		stack->frames[asserting].line = text->line;
		return;
	}
	if (count >= QN_STACK_FRAMES_MAX)
		count = QN_STACK_FRAMES_MAX - 1;
	if (asserting > count)
		asserting = count;
	frames = qn_arena_alloc(arena, (count + 1) * sizeof(*frames));
	if (!frames)
		return;
	if (count) {
		memcpy(frames, stack->frames, asserting * sizeof(*frames));
		memcpy(frames + asserting + 1, stack->frames + asserting,
		       (count - asserting) * sizeof(*frames));
	}
	frames[asserting] = (struct qn_frame){.file = qn_arena_copy(arena, text->file), .line = text->line};
	stack->frames = frames;
	stack->frames_count = count + 1;
}

void qn_assert_text_apply(struct qn_arena *arena, struct qn_stack *stack)
{
	struct qn_assert_text text;

	if ((stack->kind != QN_KIND_ASSERT && stack->kind != QN_KIND_ABORT) ||
	    !qn_assert_text_read(stack->message, &text))
		return;
	/* An arrow alone may mean anything. */
	if (!text.expression.len && stack->kind != QN_KIND_ASSERT &&
	    !qn_text_ends(stack->exception, QN_TEXT("SegcoreError")))
		return;
	add_place(arena, stack, &text);
	if (!stack->exception.len)
		stack->exception = QN_TEXT("milvus::SegcoreError");
	if (!text.expression.len)
		stack->message = qn_arena_printf(arena, "=> %.*s", QN_ARG(text.info));
	else if (!text.info.len)
		stack->message = qn_arena_printf(arena, "Assert \"%.*s\"", QN_ARG(text.expression));
	else
		stack->message = qn_arena_printf(arena, "Assert \"%.*s\" => %.*s", QN_ARG(text.expression),
						 QN_ARG(text.info));
}

bool qn_stack_holds_assert(struct qn_text error)
{
	struct qn_assert_text text;

	return qn_text_contains(error, QN_TEXT("=>")) || qn_assert_text_is_in(error)
		       ? qn_assert_text_read(error, &text)
		       : false;
}

/* Lines of @text that are frames of a boost::stacktrace; at most one frame a line. */
static bool read_frames(struct qn_arena *arena, struct qn_text text, struct qn_stack *stack)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_frame_line frame;
	struct qn_text line;
	size_t lines = 1;

	for (size_t i = 0; i < text.len && lines < QN_STACK_FRAMES_MAX; i++)
		lines += text.data[i] == '\n';
	stack->frames = qn_arena_alloc(arena, lines * sizeof(*stack->frames));
	if (!stack->frames)
		return false;
	while (qn_cursor_take_line(&cursor, &line)) {
		if (!qn_frame_line_read_boost(line, &frame))
			continue;
		if (stack->frames_count == lines) {
			stack->is_cut = true;
			break;
		}
		stack->frames[stack->frames_count++] =
			(struct qn_frame){.raw = qn_arena_copy(arena, frame.name),
					  .file = qn_arena_copy(arena, frame.place.file),
					  .line = frame.place.line,
					  .pc = frame.place.pc,
					  .module = qn_arena_copy(arena, frame.place.module)};
	}
	return true;
}

bool qn_stack_read_assert(const struct qn_normalizer *normalizer, struct qn_arena *arena, struct qn_text text,
			  struct qn_stack *ret)
{
	struct qn_assert_text found;

	if (!qn_assert_text_read(text, &found))
		return false;
	*ret = (struct qn_stack){.kind = QN_KIND_ASSERT, .dialect = "easyassert-error", .message = text};
	if (found.behind.len && !read_frames(arena, found.behind, ret))
		return false;
	qn_assert_text_apply(arena, ret);
	if (ret->frames_count)
		qn_normalizer_apply(normalizer, arena, ret);
	return !arena->is_failed;
}
