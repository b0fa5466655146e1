#include "stack/line_mend.h"

#include "stack/crash_line.h"
#include "stack/dialect.h"
#include "stack/line_letters.h"
#include "stack/line_marks.h"
#include "stack/line_markup.h"

#include "base/banned.h"

#define NUMBER_DIGITS_MAX 9U
/* Blank lines are numbered as well, and not shown to us. */
#define NUMBER_STEP_MAX 8U

void qn_line_mender_deinit(struct qn_line_mender *mender)
{
	qn_buffer_deinit(&mender->text);
	qn_buffer_deinit(&mender->spare);
	qn_line_prefix_deinit(&mender->prefix);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What a path begins with: a place that is no message with a colon in it. */
static bool is_sure_place(struct qn_text text)
{
	struct qn_code_place place;

	return qn_code_place_read(text, &place) &&
	       (place.has_pc || place.has_offset || qn_text_starts(text, QN_TEXT("/")));
}

/* A name that cannot be an ordinary word: "_ZN1a1bEv", "(null)", "github.com/x/y.F(0x1)", "a::b(int)" */
static bool is_sure_name(struct qn_text text)
{
	size_t paren = qn_text_find_byte(text, '('), blank = qn_text_find_byte(text, ' '), dot;

	if (qn_text_starts(text, QN_TEXT("_Z")) || qn_text_equal(text, QN_TEXT("(null)")) ||
	    qn_text_equal(text, QN_TEXT("non-Go function")))
		return text.len > 3;
	if (qn_text_starts(text, QN_TEXT("created by ")))
		return qn_text_contains(text, QN_TEXT("."));
	if (!qn_is_function_line(text))
		return false;
	dot = qn_text_find_byte(text, '.');
	if (dot != SIZE_MAX && paren != SIZE_MAX && dot < paren + 3 && (blank == SIZE_MAX || blank > paren))
		return text.data[text.len - 1] == ')';
	return qn_text_contains(text, QN_TEXT("::")) &&
	       (blank == SIZE_MAX || qn_text_find(text, QN_TEXT("::")) < blank || paren != SIZE_MAX) &&
	       !qn_text_contains(text, QN_TEXT(": ")) && !qn_text_contains(text, QN_TEXT(" at ")) &&
	       !qn_text_starts(text, QN_TEXT("Thread "));
}

static bool is_head(const struct qn_line_mender *mender, struct qn_text text)
{
	struct qn_header_match match;

	return qn_dialects_match(mender->headers, text, &match) &&
	       qn_text_starts(text, qn_text_of(match.header->words));
}

/* "Assert &quot;x&quot;  =&gt; y" was an assertion that only now reads as one. */
static bool is_mended_assertion(struct qn_text text, struct qn_text before)
{
	static const struct qn_text front = QN_TEXT("Assert \""), arrow = QN_TEXT(" => ");

	return qn_text_contains(text, front) && qn_text_contains(text, arrow) &&
	       (!qn_text_contains(before, front) || !qn_text_contains(before, arrow));
}

/* The head of a report; one that holds a message, which may well have such characters of its own, only where
 * it was none before. @inside: damage that was undone within the line */
static bool is_mended_head(const struct qn_line_mender *mender, struct qn_text text, struct qn_text before,
			   unsigned inside)
{
	static const struct qn_text without_message[] = {QN_TEXT("goroutine "), QN_TEXT("SIGNO: "),
							 QN_TEXT("[signal ")};

	if (!is_head(mender, text))
		return false;
	for (size_t i = 0; i < sizeof(without_message) / sizeof(*without_message); i++)
		if (qn_text_starts(text, without_message[i]))
			return true;
	return !(inside & (QN_DAMAGE_MARKUP | QN_DAMAGE_ESCAPES)) || !is_head(mender, qn_text_trim(before)) ||
	       is_mended_assertion(text, before);
}

/* What the frames of dialects that print a frame on one line begin with; a 1 stands for a number, a blank for
 * blanks. */
static const struct qn_text frame_fronts[] = {
	QN_TEXT("#1 "),     QN_TEXT("1# "), QN_TEXT("@ 0"),    QN_TEXT("1: "),     QN_TEXT("at /"),
	QN_TEXT("File \""), QN_TEXT("=="),  QN_TEXT("No.1: "), QN_TEXT("File ~/"), QN_TEXT("File /"),
};

static bool has_front(struct qn_text text, struct qn_text front)
{
	for (size_t i = 0; i < front.len; i++) {
		size_t digits = 0;

		if (front.data[i] == '1') {
			while (digits < text.len && is_digit(text.data[digits]))
				digits++;
			if (!digits)
				return false;
			text = qn_text_from(text, digits);
			continue;
		}
		if (!text.len || text.data[0] != front.data[i])
			return false;
		text = front.data[i] == ' ' ? qn_text_trim(text) : qn_text_from(text, 1);
	}
	return true;
}

/* "#1  0x7f12 in a::b () at a.cpp:3", " 2# a::b() in x.so", "x.so(_ZN1a1bEv+0x3)[0x7f12]", "at
 * a.b.C.f(C.java:3)" */
static bool is_line_frame(struct qn_text text)
{
	if (text.len && memchr("#@=aF0123456789N", text.data[0], 16))
		for (size_t i = 0; i < sizeof(frame_fronts) / sizeof(*frame_fronts); i++)
			if (has_front(text, frame_fronts[i]))
				return true;
	return text.len && ((text.data[text.len - 1] == ']' && qn_text_contains(text, QN_TEXT("[0x"))) ||
			    (qn_text_starts(text, QN_TEXT("at ")) && text.data[text.len - 1] == ')'));
}

/* "4: core::f": the number in front of such a line may be all its own. */
static bool is_rust_frame(struct qn_text text)
{
	return has_front(text, QN_TEXT("1: "));
}

static bool is_crash_part(const struct qn_line_mender *mender, struct qn_text text, struct qn_text before,
			  unsigned damage, unsigned inside)
{
	return is_sure_place(text) || is_sure_name(text) || is_mended_head(mender, text, before, inside) ||
	       ((!(damage & QN_DAMAGE_NUMBERS) || !is_rust_frame(text)) && is_line_frame(text));
}

struct number {
	uint64_t value;
	struct qn_text rest;
	char separator; /* '\0': glued */
};

/* "12 text", "  12: text", "12-text", "12| text", "12\ttext", "12text" */
static bool take_number(struct qn_text text, struct number *ret)
{
	struct qn_text trimmed = qn_text_trim(text);
	size_t digits = 0;

	while (digits < trimmed.len && is_digit(trimmed.data[digits]))
		digits++;
	/* No viewer's number begins with 0; an address may. */
	if (!digits || digits > NUMBER_DIGITS_MAX || trimmed.data[0] == '0' ||
	    !qn_text_to_u64(qn_text_first(trimmed, digits), &ret->value))
		return false;
	ret->rest = qn_text_from(trimmed, digits);
	ret->separator = ret->rest.len && memchr(" \t:|-", ret->rest.data[0], 5) ? ret->rest.data[0] : '\0';
	if (ret->separator)
		ret->rest = qn_text_from(ret->rest, 1);
	return true;
}

static bool follows(const struct qn_line_mender *mender, uint64_t value)
{
	return mender->last_number && value > mender->last_number &&
	       value - mender->last_number <= NUMBER_STEP_MAX;
}

/* What stands behind is the proof. A name of Go may begin with digits (a host's name), so there the numbers
 * must grow; and "4: core::f" is Rust's own way to write a frame. */
static bool is_line_number(const struct qn_line_mender *mender, const struct number *number)
{
	struct qn_text rest = qn_text_trim(number->rest);

	if (is_head(mender, rest))
		return true;
	if (follows(mender, number->value) && is_line_frame(rest) && !is_rust_frame(rest))
		return true;
	if (number->separator == ':' || number->separator == '-')
		return (is_sure_place(rest) || is_sure_name(rest)) && follows(mender, number->value);
	/* "...a.cpp:3" and "10 pc=0x7f12" below it: a place that was broken in two */
	if (qn_text_starts(rest, QN_TEXT("pc=")))
		return follows(mender, number->value);
	if (is_sure_place(rest))
		return number->separator || (follows(mender, number->value) && rest.data[0] == '/');
	if (qn_text_starts(rest, QN_TEXT("_Z")) || qn_text_starts(rest, QN_TEXT("github.com/")))
		return is_sure_name(rest);
	return is_sure_name(rest) && (number->separator || follows(mender, number->value));
}

static struct qn_text cut_number(struct qn_line_mender *mender, struct qn_text text, unsigned *damage)
{
	struct number number;

	if (!take_number(text, &number) || !is_line_number(mender, &number))
		return text;
	mender->last_number = number.value;
	*damage |= QN_DAMAGE_NUMBERS;
	return number.rest;
}

/* A blank line of which only the number, the bar or the backslash is left. */
static bool was_blank(struct qn_line_mender *mender, struct qn_text text)
{
	struct number number;

	if (text.len == 1 && (text.data[0] == '|' || text.data[0] == '\\'))
		return true;
	if (!take_number(text, &number) || qn_text_trim(number.rest).len || !follows(mender, number.value))
		return false;
	mender->last_number = number.value;
	return true;
}

/* "14626 _ZN6milvus7segcore24SegmentIntern      alInterface": the viewer broke the line and left the column
 * of its numbers blank, and the newline was lost. Neither a mangled name nor the path of a source has three
 * blanks and more; all gaps are of one width. */
static struct qn_text cut_gutters(struct qn_line_mender *mender, struct qn_text text, unsigned *damage)
{
	static const struct qn_text gap = QN_TEXT("   ");
	struct qn_text rest = qn_text_trim(text), path;
	size_t at, gutter = 0;

	if (text.data == mender->text.data ||
	    (!qn_text_starts(rest, QN_TEXT("_Z")) && !qn_text_starts(rest, QN_TEXT("/"))))
		return text;
	path = qn_text_trim_right(qn_text_first(rest, qn_text_rfind(rest, QN_TEXT(" pc=0x"))));
	at = qn_text_find(path, gap);
	if (at == SIZE_MAX)
		return text;
	while (at + gutter < path.len && path.data[at + gutter] == ' ')
		gutter++;
	qn_buffer_clear(&mender->spare);
	qn_buffer_append(&mender->spare, text.data, (size_t)(rest.data - text.data));
	for (size_t i = 0; i < path.len; i++) {
		size_t blanks = 0;

		while (i + blanks < path.len && path.data[i + blanks] == ' ')
			blanks++;
		i += blanks;
		if (blanks && (blanks != gutter || path.data[i] == '/' || path.data[i] == '('))
			return text;
		qn_buffer_append_byte(&mender->spare, path.data[i]);
	}
	qn_buffer_append_text(&mender->spare, qn_text_from(rest, path.len));
	*damage |= QN_DAMAGE_WRAPPED;
	return qn_buffer_text(&mender->spare);
}

/* What is left of @text without all that was put into and around it, if that is a part of a stack. */
static bool mend(struct qn_line_mender *mender, struct qn_text text, struct qn_text undone, unsigned found,
		 struct qn_text *ret, unsigned *damage)
{
	unsigned inside = found;
	struct qn_text mended = cut_number(mender, undone, &found);

	if (qn_line_is_fence(mended) || was_blank(mender, qn_text_trim(mended))) {
		*ret = qn_text_first(mended, 0);
		return true;
	}
	mended = qn_line_cut_marks(mended, &found);
	mended = cut_number(mender, mended, &found);
	if (!(found & ~(unsigned)QN_DAMAGE_NUMBERS))
		mended = cut_gutters(mender, mended, &found);
	if (!found || mender->spare.is_failed ||
	    !is_crash_part(mender, qn_text_trim(mended), text, found, inside))
		return false;
	*ret = mended;
	*damage |= found;
	return true;
}

struct qn_text qn_line_mend(struct qn_line_mender *mender, struct qn_text text, unsigned *damage)
{
	unsigned found = 0;
	struct qn_text undone, mended;

	text = qn_line_prefix_cut(&mender->prefix, text, damage);
	undone = text;
	if (!text.len)
		return text;
	if (qn_line_mend_letters(text, &mender->text)) {
		*damage |= QN_DAMAGE_LETTERS;
		return qn_buffer_text(&mender->text);
	}
	if (qn_line_has_markup(text))
		undone = qn_line_undo_markup(&mender->text, &mender->spare, text, &found);
	if (mender->text.is_failed || mender->spare.is_failed)
		return text;
	if (mend(mender, text, undone, found, &mended, damage))
		return mended;
	/* What stands in a message stays; what stands around it goes. */
	return found && mend(mender, text, text, 0, &mended, damage) ? mended : text;
}
