#include "rule/pattern_dialect.h"

#include <string.h>

#include "base/banned.h"

#define REPEAT_MAX 1000U /* RE2's */

/* How a regex is walked: one atom, then the quantifier behind it. */
struct walk {
	struct qn_text regex;
	size_t at;
	bool is_after_quantifier;
};

static struct qn_error *refuse(size_t offset, const char *what, const char *remedy)
{
	return qn_error_create(QN_ERROR_RULE, "offset %zu: %s; %s", offset, what, remedy);
}

static int byte_at(const struct walk *walk, size_t at)
{
	return at < walk->regex.len ? (unsigned char)walk->regex.data[at] : -1;
}

static bool starts_at(const struct walk *walk, size_t at, const char *text)
{
	return qn_text_starts(qn_text_from(walk->regex, at), qn_text_of(text));
}

static bool is_one_of(int byte, const char *set)
{
	return byte > 0 && strchr(set, byte);
}

static bool is_hex(int byte)
{
	return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/* Escapes that PCRE2 has and RE2 has not, or reads otherwise. Those of RE2 are not here. */
static const struct {
	char letter;
	const char *what, *remedy;
} foreign_escapes[] = {
	{'C', "\\C matches half a character", "write . instead"},
	{'E', "\\E without \\Q", "leave it out"},
	{'G', "\\G is not in RE2", "leave it out"},
	{'H', "\\H is not in RE2", "write [^ \\t] instead"},
	{'K', "\\K is not in RE2", "a rule only asks whether a line matches, leave it out"},
	{'N', "\\N is not in RE2", "write . instead"},
	{'R', "\\R is not in RE2", "write \\r?\\n instead"},
	{'V', "\\V is not in RE2", "write [^\\n\\r] instead"},
	{'X', "\\X is not in RE2", "write . instead"},
	{'Z', "\\Z is not in RE2", "write \\z instead"},
	{'c', "\\c is not in RE2", "write the control character as \\x and two hex digits"},
	{'e', "\\e is not in RE2", "write \\x1b instead"},
	{'g', "backreferences are not in RE2", "write the text out"},
	{'h', "\\h is not in RE2", "write [ \\t] instead"},
	{'k', "backreferences are not in RE2", "write the text out"},
	{'o', "\\o is not in RE2", "write \\x and two hex digits"},
	{'v', "\\v is one character in RE2 and a class here", "write \\x0b instead"},
};

/* At a backslash. */
static struct qn_error *check_escape(struct walk *walk, bool is_in_class)
{
	size_t start = walk->at;
	int letter = byte_at(walk, start + 1), next = byte_at(walk, start + 2);
	bool is_letter = (letter | 0x20) >= 'a' && (letter | 0x20) <= 'z';

	walk->at += 2;
	if (letter < 0)
		return NULL; /* PCRE2 says it better */
	for (size_t i = 0; i < sizeof(foreign_escapes) / sizeof(foreign_escapes[0]); i++)
		if (letter == foreign_escapes[i].letter)
			return refuse(start, foreign_escapes[i].what, foreign_escapes[i].remedy);
	if (letter >= '1' && letter <= '9' && (letter > '7' || next < '0' || next > '7'))
		return refuse(start, "backreferences are not in RE2", "write the text out");
	if (letter == 'x' && next != '{' && !(is_hex(next) && is_hex(byte_at(walk, start + 3))))
		return refuse(start, "RE2 wants two hex digits behind \\x", "write \\x09 and not \\x9");
	if (is_in_class && is_one_of(letter, "bBAzQ"))
		return refuse(start, "this escape has no meaning in a class of RE2",
			      "write the character itself, or \\x08 for a backspace");
	if (letter >= 0x80 || (is_letter && !is_one_of(letter, "aftnrdDsSwWbBAzQpPx")))
		return refuse(start, "an escape that RE2 does not know", "leave the backslash out");
	return NULL;
}

/* At `[`. A `]` directly behind the opening is an ordinary character. */
static struct qn_error *check_class(struct walk *walk)
{
	size_t posix;

	walk->at++;
	if (byte_at(walk, walk->at) == '^')
		walk->at++;
	if (byte_at(walk, walk->at) == ']')
		walk->at++;
	while (walk->at < walk->regex.len && byte_at(walk, walk->at) != ']') {
		if (byte_at(walk, walk->at) == '\\') {
			QN_TRY(check_escape(walk, true));
			continue;
		}
		if (starts_at(walk, walk->at, "[:<:]") || starts_at(walk, walk->at, "[:>:]"))
			return refuse(walk->at, "word boundaries as a class are not in RE2",
				      "write \\b instead");
		posix = qn_pattern_posix_class_length(qn_text_from(walk->regex, walk->at));
		walk->at += posix ? posix : 1;
	}
	walk->at++;
	return NULL;
}

/* What may stand behind "(?", longest first. */
static const struct {
	const char *opening, *what, *remedy;
} foreign_groups[] = {
	{"(?<=", "lookbehind is not in RE2", "match the text before it as well"},
	{"(?<!", "lookbehind is not in RE2", "use several terms"},
	{"(?=", "lookahead is not in RE2", "match the text after it as well"},
	{"(?!", "lookahead is not in RE2", "use several terms"},
	{"(?>", "atomic groups are not in RE2", "write (?: instead"},
	{"(?|", "branch reset groups are not in RE2", "write (?: instead"},
	{"(?#", "comments are not in RE2", "use a comment of YAML"},
	{"(?<", "(?<name> is not in every RE2", "write (?P<name> instead"},
	{"(?'", "(?'name' is not in RE2", "write (?P<name> instead"},
	{"(?P=", "backreferences are not in RE2", "write the text out"},
	{"(?P>", "recursion is not in RE2", "write the pattern out"},
	{"(?&", "recursion is not in RE2", "write the pattern out"},
	{"(?R", "recursion is not in RE2", "write the pattern out"},
	{"(?(", "conditions are not in RE2", "write an alternation instead"},
	{"(?^", "(?^ is not in RE2", "name the flags to switch off: (?-i)"},
	{"(*", "verbs are not in RE2", "write \\(\\* for a bracket and a star"},
};

/* At `(`. */
static struct qn_error *check_group(struct walk *walk)
{
	for (size_t i = 0; i < sizeof(foreign_groups) / sizeof(foreign_groups[0]); i++)
		if (starts_at(walk, walk->at, foreign_groups[i].opening))
			return refuse(walk->at, foreign_groups[i].what, foreign_groups[i].remedy);
	walk->at++;
	if (byte_at(walk, walk->at) != '?')
		return NULL;
	walk->at++;
	if (starts_at(walk, walk->at, "P<")) {
		walk->at += 2;
		return NULL;
	}
	while (is_one_of(byte_at(walk, walk->at), "imsU-"))
		walk->at++;
	if (is_one_of(byte_at(walk, walk->at), ":)")) {
		/* the closing one of (?i) is no atom and takes no quantifier */
		walk->at++;
		return NULL;
	}
	return refuse(walk->at, "a group flag that RE2 does not know", "RE2 has i, m, s and U");
}

/* Digits off the front, at most a little over RE2's limit; how many. */
static size_t take_number(struct qn_text *rest, unsigned *ret)
{
	size_t digits = 0;

	*ret = 0;
	for (; rest->len && rest->data[0] >= '0' && rest->data[0] <= '9'; digits++) {
		if (*ret <= REPEAT_MAX)
			*ret = *ret * 10 + (unsigned)(rest->data[0] - '0');
		*rest = qn_text_from(*rest, 1);
	}
	return digits;
}

size_t qn_pattern_repeat_length(struct qn_text rest, unsigned *ret_least, unsigned *ret_most)
{
	struct qn_text at = qn_text_from(rest, 1);

	if (!qn_text_starts(rest, QN_TEXT("{")) || !take_number(&at, ret_least))
		return 0;
	*ret_most = *ret_least;
	if (qn_text_starts(at, QN_TEXT(","))) {
		at = qn_text_from(at, 1);
		(void)take_number(&at, ret_most);
	}
	return qn_text_starts(at, QN_TEXT("}")) ? rest.len - at.len + 1 : 0;
}

size_t qn_pattern_posix_class_length(struct qn_text rest)
{
	size_t at = 2;

	if (!qn_text_starts(rest, QN_TEXT("[:")))
		return 0;
	while (at < rest.len && (rest.data[at] == '^' || (rest.data[at] >= 'a' && rest.data[at] <= 'z')))
		at++;
	return qn_text_starts(qn_text_from(rest, at), QN_TEXT(":]")) ? at + 2 : 0;
}

/* At * + ? or {. Takes the lazy mark too. */
static struct qn_error *check_quantifier(struct walk *walk, bool *ret_is_quantifier)
{
	unsigned least = 0, most = 0;
	size_t length = 1;

	if (byte_at(walk, walk->at) == '{')
		length = qn_pattern_repeat_length(qn_text_from(walk->regex, walk->at), &least, &most);
	*ret_is_quantifier = length != 0;
	if (!length) {
		walk->at++;
		return NULL;
	}
	if (least > REPEAT_MAX || most > REPEAT_MAX)
		return refuse(walk->at, "RE2 repeats at most 1000 times", "use + or * instead");
	if (walk->is_after_quantifier)
		return refuse(walk->at,
			      byte_at(walk, walk->at) == '+' ? "possessive quantifiers are not in RE2"
							     : "a quantifier behind a quantifier",
			      "leave it out or put a group around what it repeats");
	walk->at += length;
	if (byte_at(walk, walk->at) == '?')
		walk->at++;
	return NULL;
}

/* At `\Q`: everything up to \E or the end is text. */
static struct qn_error *check_quoted(struct walk *walk)
{
	struct qn_text rest = qn_text_from(walk->regex, walk->at);
	size_t end = qn_text_find(rest, QN_TEXT("\\E"));

	/* a quantifier behind it would be about what stands before it */
	if (end == 2 || rest.len == 2)
		return refuse(walk->at, "\\Q quotes nothing", "leave it out");
	walk->at += end == SIZE_MAX ? rest.len : end + 2;
	return NULL;
}

struct qn_error *qn_pattern_check_dialect(struct qn_text regex)
{
	struct walk walk = {.regex = regex};

	while (walk.at < regex.len) {
		bool is_quantifier = false;

		if (starts_at(&walk, walk.at, "\\Q")) {
			QN_TRY(check_quoted(&walk));
		} else {
			switch (byte_at(&walk, walk.at)) {
			case '\\': QN_TRY(check_escape(&walk, false)); break;
			case '[': QN_TRY(check_class(&walk)); break;
			case '(': QN_TRY(check_group(&walk)); break;
			case '*':
			case '+':
			case '?':
			case '{': QN_TRY(check_quantifier(&walk, &is_quantifier)); break;
			default: walk.at++; break;
			}
		}
		walk.is_after_quantifier = is_quantifier;
	}
	return NULL;
}

bool qn_pattern_needs_utf(struct qn_text regex)
{
	for (size_t i = 0; i < regex.len; i++) {
		if ((unsigned char)regex.data[i] >= 0x80)
			return true;
		if (regex.data[i] != '\\' || i + 1 >= regex.len)
			continue;
		i++;
		/* \x{...} may name a character over 255; as bytes it could not match */
		if (regex.data[i] == 'p' || regex.data[i] == 'P' ||
		    (regex.data[i] == 'x' && i + 1 < regex.len && regex.data[i + 1] == '{'))
			return true;
	}
	return false;
}
