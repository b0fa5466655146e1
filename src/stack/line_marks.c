#include "stack/line_marks.h"

#include "stack/crash_line.h"

#include "base/banned.h"

#define ROUNDS_MAX 8U /* "<li><code>- `text`</code></li>" */
#define TAG_BYTES_MAX 128U

/* "| text" and "text |": a row of a table, or a compose prefix that lost its name. */
static struct qn_text cut_bars(struct qn_text text)
{
	struct qn_text trimmed = qn_text_trim(text);

	if (!qn_text_starts(trimmed, QN_TEXT("| ")) && !qn_text_starts(trimmed, QN_TEXT("|\t")))
		return text;
	/* "  | ValueError: x" is how Python draws the members of an exception group. */
	if (text.data[0] == ' ' && !qn_text_ends(qn_text_trim_right(text), QN_TEXT(" |")))
		return text;
	text = qn_text_from(trimmed, 2);
	trimmed = qn_text_trim_right(text);
	if (qn_text_ends(trimmed, QN_TEXT(" |")))
		text = qn_text_first(trimmed, trimmed.len - 2);
	return text;
}

/* "│ text │", of which the right one may be lost: U+2502, U+2503, U+2551, U+258F */
static struct qn_text cut_box(struct qn_text text)
{
	static const struct qn_text bars[] = {QN_TEXT("\xe2\x94\x82"), QN_TEXT("\xe2\x94\x83"),
					      QN_TEXT("\xe2\x95\x91"), QN_TEXT("\xe2\x96\x8f")};
	struct qn_text trimmed = qn_text_trim(text);

	for (size_t i = 0; i < sizeof(bars) / sizeof(*bars); i++) {
		if (!qn_text_starts(trimmed, bars[i]))
			continue;
		trimmed = qn_text_from(trimmed, bars[i].len);
		if (qn_text_ends(trimmed, bars[i]))
			trimmed = qn_text_trim_right(qn_text_first(trimmed, trimmed.len - bars[i].len));
		return trimmed;
	}
	return text;
}

/* "// text", ">text": comments, and quotes without a blank; "# text" is how a Java VM reports its end */
static struct qn_text cut_comment(struct qn_text text)
{
	static const struct qn_text fronts[] = {QN_TEXT("// "), QN_TEXT("//\t")};
	struct qn_text trimmed = qn_text_trim(text);

	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++)
		if (qn_text_starts(trimmed, fronts[i]))
			return qn_text_from(trimmed, fronts[i].len - 1);
	if (!trimmed.len || trimmed.data[0] != '>')
		return text;
	while (trimmed.len && trimmed.data[0] == '>')
		trimmed = qn_text_from(trimmed, 1);
	return trimmed;
}

/* "- text", "* text", "• text": items of a list */
static struct qn_text cut_bullet(struct qn_text text)
{
	static const struct qn_text bullets[] = {QN_TEXT("- "), QN_TEXT("-\t"), QN_TEXT("* "), QN_TEXT("*\t"),
						 QN_TEXT("\xe2\x80\xa2 ")};
	struct qn_text trimmed = qn_text_trim(text);

	for (size_t i = 0; i < sizeof(bullets) / sizeof(*bullets); i++)
		if (qn_text_starts(trimmed, bullets[i]))
			return qn_text_from(trimmed, bullets[i].len - 1);
	return text;
}

/* "`text`", "``text``" */
static struct qn_text cut_ticks(struct qn_text text)
{
	struct qn_text trimmed = qn_text_trim(text);

	if (!trimmed.len || trimmed.data[0] != '`')
		return text;
	while (trimmed.len && trimmed.data[0] == '`')
		trimmed = qn_text_from(trimmed, 1);
	while (trimmed.len && trimmed.data[trimmed.len - 1] == '`')
		trimmed.len--;
	return trimmed;
}

/* "**text**" */
static struct qn_text cut_stars(struct qn_text text)
{
	struct qn_text trimmed = qn_text_trim(text);

	return trimmed.len > 4 && qn_text_starts(trimmed, QN_TEXT("**")) && trimmed.data[2] != '*' &&
			       qn_text_ends(trimmed, QN_TEXT("**"))
		       ? qn_text_first(qn_text_from(trimmed, 2), trimmed.len - 4)
		       : text;
}

/* Of HTML, what may stand around a line; tags in the midst of one are names of C++ that look like it. */
static bool is_tag(struct qn_text name)
{
	static const char *const tags[] = {"br",   "p",  "div", "span", "pre",   "code",
					   "samp", "td", "tr",  "li",   "ul",    "ol",
					   "font", "b",  "i",   "em",   "tbody", "table"};

	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (qn_text_equal(name, qn_text_of(tags[i])))
			return true;
	return false;
}

/* "<br>", "<br />", "</p>", "<span class=\"x\">" at the front of @text: its length; 0: none. */
static size_t tag_length(struct qn_text text, bool *ret_is_break)
{
	size_t end = qn_text_find_byte(qn_text_first(text, TAG_BYTES_MAX), '>'), at = 1, start;
	struct qn_text name;

	if (end == SIZE_MAX || end < 2 || text.data[0] != '<')
		return 0;
	at += text.data[at] == '/';
	for (start = at; at < end && text.data[at] >= 'a' && text.data[at] <= 'z';)
		at++;
	name = qn_text_first(qn_text_from(text, start), at - start);
	*ret_is_break = qn_text_equal(name, QN_TEXT("br"));
	/* Behind the name: nothing, a slash, or attributes, which have a '='. */
	if (!is_tag(name) || (at < end && text.data[at] != ' ' && text.data[at] != '/'))
		return 0;
	name = qn_text_trim(qn_text_first(qn_text_from(text, at), end - at));
	if (name.len && !qn_text_equal(name, QN_TEXT("/")) && qn_text_find_byte(name, '=') == SIZE_MAX)
		return 0;
	return end + 1;
}

size_t qn_line_break_length(struct qn_text text)
{
	bool is_break;
	size_t len = text.len > 3 && text.data[1] == 'b' ? tag_length(text, &is_break) : 0;

	return len && is_break ? len : 0;
}

/* "<p>text</p>", "text<br>". At the end only a closing tag or a break: "f<b>" is a name. */
static struct qn_text cut_tags(struct qn_text text)
{
	struct qn_text trimmed = qn_text_trim(text);
	size_t len = trimmed.len && trimmed.data[0] == '<' ? 1 : 0, start;
	bool is_break;

	if (len)
		len = tag_length(trimmed, &is_break);
	if (len)
		return qn_text_from(trimmed, len);
	if (!trimmed.len || trimmed.data[trimmed.len - 1] != '>')
		return text;
	start = qn_text_rfind(qn_text_from(trimmed, trimmed.len > 16 ? trimmed.len - 16 : 0), QN_TEXT("<"));
	if (start == SIZE_MAX)
		return text;
	start += trimmed.len > 16 ? trimmed.len - 16 : 0;
	len = tag_length(qn_text_from(trimmed, start), &is_break);
	return len && start && (is_break || trimmed.data[start + 1] == '/') ? qn_text_first(trimmed, start)
									    : text;
}

/* "text\n", "text\" of shippers that leave it in the place of a newline, and the t of a tab */
static struct qn_text cut_backslashes(struct qn_text text)
{
	struct qn_text trimmed = qn_text_trim_right(text);

	while (trimmed.len > 1 && trimmed.data[trimmed.len - 2] == '\\' &&
	       memchr("nr", trimmed.data[trimmed.len - 1], 2))
		text = trimmed = qn_text_first(trimmed, trimmed.len - 2);
	while (text.len && text.data[text.len - 1] == '\\')
		text.len--;
	if (qn_text_starts(text, QN_TEXT("\\t")))
		text = qn_text_from(text, 2);
	return text;
}

/* "\"text\",": a string in a list of them */
static struct qn_text cut_string(struct qn_text text)
{
	struct qn_text trimmed = qn_text_trim(text);
	char quote = trimmed.len > 2 ? trimmed.data[0] : 'x';

	if (quote != '"' && quote != '\'')
		return text;
	if (trimmed.data[trimmed.len - 1] == ',')
		trimmed.len--;
	return trimmed.data[trimmed.len - 1] == quote
		       ? qn_text_first(qn_text_from(trimmed, 1), trimmed.len - 2)
		       : text;
}

static const struct mark {
	struct qn_text (*cut)(struct qn_text text);
	unsigned damage;
} marks[] = {
	{cut_bars, QN_DAMAGE_PROMPT},   {cut_box, QN_DAMAGE_PROMPT},     {cut_comment, QN_DAMAGE_PROMPT},
	{cut_bullet, QN_DAMAGE_MARKUP}, {cut_ticks, QN_DAMAGE_MARKUP},   {cut_stars, QN_DAMAGE_MARKUP},
	{cut_tags, QN_DAMAGE_MARKUP},   {cut_string, QN_DAMAGE_ESCAPES}, {cut_backslashes, QN_DAMAGE_ESCAPES},
};

/* Most lines begin with a letter, a tab, one slash or a number, and end with no mark. */
static bool may_have_marks(struct qn_text text)
{
	char first, last, before;

	text = qn_text_trim(text);
	if (text.len < 2)
		return text.len && memchr("|>`<\\", text.data[0], 5);
	first = text.data[0];
	last = text.data[text.len - 1];
	before = text.data[text.len - 2];
	return memchr("|>-*`<\"'\\\xe2", first, 10) || (first == '/' && text.data[1] == '/') || last == '>' ||
	       last == '\\' || (before == '\\' && (last == 'n' || last == 'r'));
}

struct qn_text qn_line_cut_marks(struct qn_text text, unsigned *damage)
{
	for (unsigned round = 0; round < ROUNDS_MAX && may_have_marks(text); round++) {
		struct qn_text before = text;

		for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
			struct qn_text cut = marks[i].cut(text);

			*damage |= cut.len != text.len ? marks[i].damage : 0;
			text = cut;
		}
		if (text.len == before.len)
			break;
	}
	return text;
}

bool qn_line_is_fence(struct qn_text text)
{
	text = qn_text_trim(text);
	return (qn_text_starts(text, QN_TEXT("```")) || qn_text_starts(text, QN_TEXT("~~~"))) &&
	       text.len < 16 && qn_text_find_byte(text, ' ') == SIZE_MAX;
}
