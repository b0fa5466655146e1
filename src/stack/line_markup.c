#include "stack/line_markup.h"

#include "stack/crash_line.h"

#include "base/banned.h"

#define COMMAND_BYTES_MAX 256U

/* What stands for what. Order: the longer first where one begins another. */
static const struct substitute {
	struct qn_text is, was;
	unsigned damage;
} substitutes[] = {
	{QN_TEXT("&lt;"), QN_TEXT("<"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&gt;"), QN_TEXT(">"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&amp;lt;"), QN_TEXT("<"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&amp;gt;"), QN_TEXT(">"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&amp;"), QN_TEXT("&"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&quot;"), QN_TEXT("\""), QN_DAMAGE_MARKUP},
	{QN_TEXT("&apos;"), QN_TEXT("'"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#39;"), QN_TEXT("'"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#x27;"), QN_TEXT("'"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#34;"), QN_TEXT("\""), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#60;"), QN_TEXT("<"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#62;"), QN_TEXT(">"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#38;"), QN_TEXT("&"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#95;"), QN_TEXT("_"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&nbsp;"), QN_TEXT(" "), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#160;"), QN_TEXT(" "), QN_DAMAGE_MARKUP},
	{QN_TEXT("&#9;"), QN_TEXT("\t"), QN_DAMAGE_MARKUP},
	{QN_TEXT("&emsp;"), QN_TEXT(" "), QN_DAMAGE_MARKUP},
	{QN_TEXT("&ensp;"), QN_TEXT(" "), QN_DAMAGE_MARKUP},
	/* as programs write JSON that may stand in HTML */
	{QN_TEXT("\\u003c"), QN_TEXT("<"), QN_DAMAGE_ESCAPES},
	{QN_TEXT("\\u003e"), QN_TEXT(">"), QN_DAMAGE_ESCAPES},
	{QN_TEXT("\\u0026"), QN_TEXT("&"), QN_DAMAGE_ESCAPES},
	{QN_TEXT("\\u0027"), QN_TEXT("'"), QN_DAMAGE_ESCAPES},
	{QN_TEXT("\\u0022"), QN_TEXT("\""), QN_DAMAGE_ESCAPES},
	/* U+00A0, U+202F: blanks that do not break; U+00AD: a hyphen that does not show */
	{QN_TEXT("\xc2\xa0"), QN_TEXT(" "), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\xaf"), QN_TEXT(" "), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xc2\xad"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	/* U+200B to U+200D, U+2060, U+FEFF: no width */
	{QN_TEXT("\xe2\x80\x8b"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\x8c"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\x8d"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x81\xa0"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xef\xbb\xbf"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	/* U+2002 to U+200A: wide and narrow blanks */
	{QN_TEXT("\xe2\x80\x82"), QN_TEXT(" "), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\x83"), QN_TEXT(" "), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\x89"), QN_TEXT(" "), QN_DAMAGE_INVISIBLE},
	/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: from left to right, and back */
	{QN_TEXT("\xe2\x80\x8e"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\x8f"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\xaa"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\xab"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\xac"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\xad"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x80\xae"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x81\xa6"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x81\xa7"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x81\xa8"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	{QN_TEXT("\xe2\x81\xa9"), QN_TEXT(""), QN_DAMAGE_INVISIBLE},
	/* U+3000: the blank of Chinese text */
	{QN_TEXT("\xe3\x80\x80"), QN_TEXT(" "), QN_DAMAGE_INVISIBLE},
	/* curly quotes and the one-character ellipsis, as word processors put them */
	{QN_TEXT("\xe2\x80\x98"), QN_TEXT("'"), QN_DAMAGE_MARKUP},
	{QN_TEXT("\xe2\x80\x99"), QN_TEXT("'"), QN_DAMAGE_MARKUP},
	{QN_TEXT("\xe2\x80\x9c"), QN_TEXT("\""), QN_DAMAGE_MARKUP},
	{QN_TEXT("\xe2\x80\x9d"), QN_TEXT("\""), QN_DAMAGE_MARKUP},
	{QN_TEXT("\xe2\x80\xa6"), QN_TEXT("..."), QN_DAMAGE_MARKUP},
};

/* What Markdown escapes; not quotes, which gdb escapes in the texts that it shows. */
static const char escaped[] = "<>_*[](){}&~#|`.-+!:";

bool qn_line_has_markup(struct qn_text text)
{
	if (memchr(text.data, '&', text.len) && memchr(text.data, ';', text.len))
		return true;
	if (memchr(text.data, '\x1b', text.len) || memchr(text.data, '\xc2', text.len) ||
	    memchr(text.data, '\xe2', text.len) || memchr(text.data, '\xe3', text.len) ||
	    memchr(text.data, '\xef', text.len))
		return true;
	/* what colours end with, where ESC got lost */
	if (memchr(text.data, '[', text.len) &&
	    (qn_text_contains(text, QN_TEXT("[0m")) || qn_text_contains(text, QN_TEXT("^[["))))
		return true;
	return memchr(text.data, '\\', text.len) || qn_text_contains(text, QN_TEXT("](")) ||
	       (qn_text_contains(text, QN_TEXT("://")) && qn_text_contains(text, QN_TEXT("http")));
}

/* The letter ESC, as it stands or as programs show it: its length; 0: none. */
static size_t escape_letter_length(struct qn_text text)
{
	static const struct qn_text shown[] = {QN_TEXT("\x1b"),  QN_TEXT("^["),      QN_TEXT("\\x1b"),
					       QN_TEXT("\\x1B"), QN_TEXT("\\u001b"), QN_TEXT("\\u001B"),
					       QN_TEXT("\\033"), QN_TEXT("\\e")};

	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (qn_text_starts(text, shown[i]))
			return shown[i].len;
	return 0;
}

/* "]8;;http://x" up to BEL or ESC and a backslash: a link, or the title of a window */
static size_t terminal_command_length(struct qn_text text)
{
	for (size_t at = 1; at < text.len && at < COMMAND_BYTES_MAX; at++) {
		if (text.data[at] == '\a')
			return at + 1;
		if (text.data[at] == '\x1b')
			return at + 1 + (at + 1 < text.len && text.data[at + 1] == '\\');
	}
	return 0;
}

/* ESC[0;32m, ESC(B; "[0;32m", of which ESC got lost: the length, 0 for none. */
static size_t colour_length(struct qn_text text)
{
	size_t letter = escape_letter_length(text), at = letter + 1;

	if (at >= text.len)
		return 0;
	if (letter == 1 && text.data[1] == '(')
		return text.len > 2 ? 3 : 0;
	if (letter == 1 && text.data[1] == ']') {
		size_t len = terminal_command_length(qn_text_from(text, 1));

		return len ? len + 1 : 0;
	}
	if (text.data[letter] != '[')
		return 0;
	while (at < text.len && at < 32 &&
	       ((text.data[at] >= '0' && text.data[at] <= '9') || text.data[at] == ';'))
		at++;
	if (at >= text.len || !memchr("mKJH", text.data[at], letter ? 4 : 1))
		return 0;
	return letter || at > 1 ? at + 1 : 0;
}

/* What begins at the front of @text goes: how many bytes of it; 0: nothing. */
static size_t undo_one(struct qn_text text, struct qn_buffer *ret, unsigned *damage)
{
	size_t colour = colour_length(text);

	if (colour) {
		*damage |= QN_DAMAGE_INVISIBLE;
		return colour;
	}
	if (text.data[0] == '\\' && text.len > 1 && text.data[1] && strchr(escaped, text.data[1])) {
		qn_buffer_append_byte(ret, text.data[1]);
		*damage |= QN_DAMAGE_MARKUP;
		return 2;
	}
	for (size_t i = 0; i < sizeof(substitutes) / sizeof(*substitutes); i++) {
		if (!qn_text_starts(text, substitutes[i].is))
			continue;
		qn_buffer_append_text(ret, substitutes[i].was);
		*damage |= substitutes[i].damage;
		return substitutes[i].is.len;
	}
	return 0;
}

static void undo_characters(struct qn_text text, struct qn_buffer *ret, unsigned *damage)
{
	size_t plain = 0, at = 0;

	while (at < text.len) {
		char c = text.data[at];
		size_t taken;

		if (c != '&' && c != '\\' && c != '\x1b' && c != '[' && c != '^' && (unsigned char)c < 0x80) {
			at++;
			continue;
		}
		qn_buffer_append(ret, text.data + plain, at - plain);
		taken = undo_one(qn_text_from(text, at), ret, damage);
		plain = at;
		at += taken ? taken : 1;
		if (taken)
			plain = at;
	}
	qn_buffer_append(ret, text.data + plain, text.len - plain);
}

/* The length of "](http://...)" at the front of @text, 0 when it is no end of a link. Go's "F[...](0xc0)" is
 * none. */
static size_t link_length(struct qn_text text)
{
	static const struct qn_text schemes[] = {QN_TEXT("](http://"), QN_TEXT("](https://"),
						 QN_TEXT("](mailto:"), QN_TEXT("](file://"),
						 QN_TEXT("](<http")};
	size_t depth = 0;
	bool is_link = false;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		is_link |= qn_text_starts(text, schemes[i]);
	for (size_t at = 1; is_link && at < text.len && text.data[at] != ' '; at++) {
		depth += text.data[at] == '(';
		if (text.data[at] == ')' && --depth == 0)
			return at + 1;
	}
	return 0;
}

/* The '[' that the ']' behind @text closes, SIZE_MAX: lost. */
static size_t find_opening(struct qn_text text)
{
	size_t depth = 1;

	for (size_t at = text.len; at-- > 0;) {
		depth += text.data[at] == ']';
		if (text.data[at] == '[' && --depth == 0)
			return at;
	}
	return SIZE_MAX;
}

/* Brackets that are looked at: a hostile line has one link that never ends in another. */
#define LINKS_MAX 32U

/* "[x/y.go:61](http://x/y.go:61) +0x1" -> "x/y.go:61 +0x1"; so does "x/y.go:61](http://x/y.go:61) +0x1". */
static bool undo_links(struct qn_text text, struct qn_buffer *ret)
{
	bool is_found = false;

	for (unsigned i = 0; i < LINKS_MAX; i++) {
		size_t at = qn_text_find(text, QN_TEXT("](")), len, opening;

		if (at == SIZE_MAX)
			break;
		len = link_length(qn_text_from(text, at));
		qn_buffer_append(ret, text.data, at);
		text = qn_text_from(text, at);
		if (!len) {
			qn_buffer_append(ret, text.data, 1);
			text = qn_text_from(text, 1);
			continue;
		}
		is_found = true;
		text = qn_text_from(text, len);
		opening = find_opening(qn_buffer_text(ret));
		if (opening == SIZE_MAX || ret->is_failed)
			continue;
		memmove(ret->data + opening, ret->data + opening + 1, ret->len - opening - 1);
		ret->len--;
	}
	qn_buffer_append_text(ret, text);
	return is_found;
}

/* "http://github.com/x/y.F()": a mail program took it for an address. "<http://...>" too. */
static struct qn_text cut_scheme(struct qn_text text, unsigned *damage)
{
	struct qn_text trimmed = qn_text_trim(text);
	bool is_angled = qn_text_starts(trimmed, QN_TEXT("<http"));
	size_t len;

	if (is_angled)
		trimmed = qn_text_from(trimmed, 1);
	len = qn_text_starts(trimmed, QN_TEXT("http://"))    ? 7
	      : qn_text_starts(trimmed, QN_TEXT("https://")) ? 8
							     : 0;
	if (!len)
		return text;
	*damage |= QN_DAMAGE_MARKUP;
	if (is_angled && qn_text_ends(trimmed, QN_TEXT(">")))
		trimmed.len--;
	return qn_text_from(trimmed, len);
}

struct qn_text qn_line_undo_markup(struct qn_buffer *ret, struct qn_buffer *spare, struct qn_text text,
				   unsigned *damage)
{
	qn_buffer_clear(ret);
	qn_buffer_clear(spare);
	undo_characters(text, ret, damage);
	if (undo_links(qn_buffer_text(ret), spare))
		*damage |= QN_DAMAGE_MARKUP;
	return cut_scheme(qn_buffer_text(spare), damage);
}
