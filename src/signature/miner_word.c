#include "signature/miner_word.h"
#include "base/banned.h"

#define ALPHA_HEX (RUN | ALPHA | HEX)
const uint8_t qn_sign_classes[256] = {
	[' '] = BLANK,
	['\t'] = BLANK,
	['\r'] = BLANK,
	['\n'] = BLANK,
	['\f'] = BLANK,
	['\v'] = BLANK,
	['0' ... '9'] = RUN | DIGIT | HEX | NUMERIC,
	['a' ... 'f'] = ALPHA_HEX,
	['A' ... 'F'] = ALPHA_HEX,
	['g' ... 'z'] = RUN | ALPHA,
	['G' ... 'Z'] = RUN | ALPHA,
	[0x80 ... 0xff] = RUN | ALPHA,
	['_'] = RUN | JOINS,
	['-'] = RUN | NUMERIC | JOINS,
	['.'] = RUN | NUMERIC | JOINS,
	[':'] = RUN | NUMERIC | JOINS,
	['/'] = RUN | NUMERIC | JOINS,
	['+'] = RUN | NUMERIC | JOINS,
	['%'] = RUN | NUMERIC,
	['@'] = RUN | JOINS,
	['~'] = RUN,
	['\\'] = RUN,
	['$'] = RUN,
	['*'] = RUN,
	[','] = JOINS,
	[';'] = JOINS,
	['|'] = JOINS,
	['#'] = JOINS,
};

/* @list  words with a blank behind each */
static bool is_in(struct qn_text word, const char *list)
{
	for (size_t len; *list; list += len + 1) {
		for (len = 1; list[len] != ' ';)
			len++;
		if (len == word.len && *list == *word.data && memcmp(list, word.data, len) == 0)
			return true;
	}
	return false;
}

bool qn_word_is_month(struct qn_text word)
{
	return word.len == 3 && is_in(word, "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ");
}

bool qn_word_is_weekday(struct qn_text word)
{
	return word.len == 3 && is_in(word, "Mon Tue Wed Thu Fri Sat Sun ");
}

/* Behind a number. */
bool qn_word_is_unit(struct qn_text word)
{
	return word.len <= UNIT_LEN_MAX &&
	       (is_in(word, "B KB MB GB TB kB KiB MiB GiB TiB K M G ns us ms s sec secs min mins h hr hrs Hz "
			    "kHz MHz GHz ") ||
		is_in(word, "AM PM UTC GMT EST EDT CST CDT MST MDT PST PDT CET CEST "));
}

bool qn_run_is_value(const char *run, size_t len)
{
	bool has_digit = false, is_numeric = true, has_dot = false;
	size_t slashes = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned class = CLASS(run[i]);
		bool is_slash = run[i] == '/' || run[i] == '\\';

		has_digit |= (class & DIGIT) != 0;
		is_numeric &= (class & (HEX | NUMERIC)) ||
			      ((run[i] == 'T' || run[i] == 'Z') && i && (CLASS(run[i - 1]) & DIGIT));
		has_dot |= run[i] == '.';
		slashes += is_slash;
		if (is_slash && i && i + 1 < len && run[i - 1] == ':')
			return true;
	}
	if (has_digit && is_numeric)
		return true;
	return slashes &&
	       (has_digit || has_dot || slashes > 1 || ((run[0] == '/' || run[0] == '\\') && len > 1));
}

/* "PopupWindow:317aac9", "android.tag", "root@host": no word of a language */
bool qn_run_is_composed(const char *run, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (CLASS(run[i]) & DIGIT || strchr(".:/@", run[i]))
			return true;
	return false;
}

/* ":::8080", of an address that stands for all */
bool qn_run_is_any_port(const char *run, size_t len)
{
	if (len < 4 || memcmp(run, ":::", 3) != 0)
		return false;
	for (size_t i = 3; i < len; i++)
		if (!(CLASS(run[i]) & DIGIT))
			return false;
	return true;
}

bool qn_word_is_literal(struct qn_text word, bool is_behind_sign)
{
	if ((word.len != 4 && word.len != 5) || !strchr("tfTFnN", *word.data))
		return false;
	return is_in(word, "true false True False TRUE FALSE ") ||
	       (is_behind_sign && is_in(word, "null None NULL "));
}

/* One of two, as "true" is; but words of a program as well, where they do not stand for an answer. */
bool qn_word_is_flag(struct qn_text word)
{
	return word.len <= 9 &&
	       is_in(word, "yes no on off up down null undefined enabled disabled Yes No YES NO ");
}

/* "NodeReady", "SIGHUP", "kube-system", "work_mem": written as names are, not as prose is. */
bool qn_word_is_mark(struct qn_text word)
{
	size_t capitals = 0;

	if (word.len < 2)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if (c == '_' || (i && c == '-'))
			return true;
		capitals += c >= 'A' && c <= 'Z';
		if (i && c >= 'A' && c <= 'Z' && word.data[i - 1] >= 'a')
			return true;
	}
	return capitals == word.len;
}

/* "docker.service"; "Worker.start" is a function */
bool qn_word_is_lower(struct qn_text word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.data[i] >= 'A' && word.data[i] <= 'Z')
			return false;
	return true;
}

/* "started", "stopping": what was done, and so of the program */
bool qn_word_is_verb(struct qn_text word)
{
	return word.len > 4 && (memcmp(word.data + word.len - 2, "ed", 2) == 0 ||
				memcmp(word.data + word.len - 3, "ing", 3) == 0);
}

/* A path and a URL go on behind "?", a URL behind other signs, too: to the next blank, quote or bracket. */
size_t qn_run_find_url_end(struct qn_text message, size_t from, size_t end)
{
	bool is_path = message.data[from] == '/' && message.data[end] == '?';

	if (!is_path && !memmem(message.data + from, end - from, "://", 3))
		return end;
	while (end < message.len && !(CLASS(message.data[end]) & BLANK) &&
	       !strchr("\"'<>()[]{},;`", message.data[end]))
		end++;
	return end;
}
