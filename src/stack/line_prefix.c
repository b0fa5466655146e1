#include "stack/line_prefix.h"

#include "stack/java_line.h"

#include "base/banned.h"

/* So many lines of a message or of other writers may stand between two frames. */
#define LINES_MAX 64U
#define PREFIX_BYTES_MAX 512U
/* What looks like a frame and is none: further ones on the line are not tried. */
#define TRIES_MAX 4U

void qn_line_prefix_deinit(struct qn_line_prefix *prefix)
{
	qn_buffer_deinit(&prefix->shape);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "00O", "01E+": what GitLab's runner puts behind its date */
static bool is_output_mark(struct qn_text front)
{
	return front.len >= 3 && front.len <= 4 && is_digit(front.data[0]) && is_digit(front.data[1]) &&
	       (front.data[2] == 'O' || front.data[2] == 'E') && (front.len == 3 || front.data[3] == '+');
}

/* Prose, too, says "failed at a.b.C.f(C.java:12)". */
static bool is_prefix(struct qn_text front)
{
	return front.len && (qn_line_has_clock(front) || is_output_mark(front) ||
			     memchr("|:]>-", front.data[front.len - 1], 5));
}

/* Behind a tab or several blanks a frame is a frame, whatever stands before. */
static bool is_indented(struct qn_text front)
{
	return front.len > 1 && (front.data[front.len - 1] == '\t' ||
				 (front.data[front.len - 1] == ' ' && front.data[front.len - 2] == ' '));
}

/* Where "at a.b.C.f(C.java:12)" begins that ends the line; SIZE_MAX: no frame, or nothing before it. */
static size_t find_java_frame(struct qn_text text)
{
	static const struct qn_text word = {"at ", 3};
	size_t start = 0;

	if (text.data[text.len - 1] != ')' && text.data[text.len - 1] != ']')
		return SIZE_MAX;
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		size_t at = qn_text_find(qn_text_from(text, start), word);
		struct qn_code_place place;
		struct qn_text name;

		if (at == SIZE_MAX)
			return SIZE_MAX;
		at += start;
		if (at && is_blank(text.data[at - 1]) &&
		    qn_java_frame_read(qn_text_from(text, at), &name, &place))
			return at;
		start = at + word.len;
	}
	return SIZE_MAX;
}

static bool learn(struct qn_line_prefix *prefix, struct qn_text front)
{
	struct qn_text trimmed = qn_text_trim_right(front);

	/* "    | Traceback": how Python draws the members of an exception group */
	if (trimmed.len < 2 || is_blank(trimmed.data[0]) || trimmed.len > PREFIX_BYTES_MAX ||
	    (!is_prefix(trimmed) && !is_indented(front)))
		return false;
	prefix->lines_left = LINES_MAX;
	qn_buffer_clear(&prefix->shape);
	qn_buffer_append_text(&prefix->shape, trimmed);
	return !prefix->shape.is_failed;
}

static size_t digits_at(struct qn_text text, size_t at)
{
	size_t end = at;

	while (end < text.len && is_digit(text.data[end]))
		end++;
	return end - at;
}

/* The length of the prefix at the front of @text; 0: it has another one. */
static size_t match(const struct qn_line_prefix *prefix, struct qn_text text)
{
	struct qn_text shape = qn_buffer_text(&prefix->shape);
	size_t at = 0, i = 0;

	while (i < shape.len) {
		size_t digits = digits_at(shape, i);

		if (digits) {
			size_t others = digits_at(text, at);

			if (!others)
				return 0;
			i += digits;
			at += others;
		} else if (at >= text.len || text.data[at++] != shape.data[i++]) {
			return 0;
		}
	}
	return at;
}

bool qn_line_prefix_fits(const struct qn_line_prefix *prefix, struct qn_text text)
{
	return prefix->lines_left && match(prefix, text) > 0;
}

struct qn_text qn_line_prefix_cut(struct qn_line_prefix *prefix, struct qn_text text, unsigned *damage)
{
	static const struct qn_text title = {"Traceback (most recent call last):", 34};
	size_t at, len;

	if (!text.len)
		return text;
	at = find_java_frame(text);
	if (at != SIZE_MAX)
		(void)learn(prefix, qn_text_first(text, at));
	else if (qn_text_ends(text, title)) {
		/* The next line tells whether it stands before them all. */
		(void)learn(prefix, qn_text_first(text, text.len - title.len));
		return text;
	}
	if (!prefix->lines_left)
		return text;
	prefix->lines_left -= at == SIZE_MAX;
	len = match(prefix, text);
	if (!len)
		return text;
	*damage |= QN_DAMAGE_PREFIX;
	text = qn_text_from(text, len);
	return qn_text_starts(text, QN_TEXT(" ")) ? qn_text_from(text, 1) : text;
}
