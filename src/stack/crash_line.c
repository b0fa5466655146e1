#include "stack/crash_line.h"

#include "base/cursor.h"
#include "record/timestamp.h"

#include "base/banned.h"

#define QUOTES_MAX 4U
#define PLACE_TOKENS_MAX 5U
#define LINE_DIGITS_MAX 9U
#define GLOG_HEAD_BYTES_MAX 128U

struct qn_text qn_damage_text(unsigned index)
{
	static const char *const texts[QN_DAMAGE_COUNT] = {
		"interleaved log records",
		"interleaved lines of other writers",
		"log record glued to a line",
		"blank line after each line",
		"prompt or quote marks",
		"tabs lost",
		"beginning of the report lost",
		"two texts glued into one line",
		"reports of several threads woven",
		"wrapped names",
		"half lines of other writers",
		"viewer line numbers",
		"markdown or HTML markup",
		"colours or invisible letters",
		"escaped newlines",
		"newlines lost",
		"name repaired",
		"lines broken by a terminal or pager",
		"misread letters or digits",
		"log prefix before each line",
	};

	return index < QN_DAMAGE_COUNT ? qn_text_of(texts[index]) : QN_TEXT("");
}

struct qn_text qn_damage_words(enum qn_damage damage)
{
	return qn_damage_text((unsigned)__builtin_ctz((unsigned)damage));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* @shape: 9 stands for a digit, ? for any of the separators that log dates have. */
static bool has_shape(struct qn_text text, const char *shape)
{
	size_t i;

	for (i = 0; shape[i]; i++) {
		if (i >= text.len)
			return false;
		if (shape[i] == '9'   ? !is_digit(text.data[i])
		    : shape[i] == '?' ? !memchr("/- T", text.data[i], 4)
				      : text.data[i] != shape[i])
			return false;
	}
	return true;
}

/* "_ZN6milvus5querI20240531 17:30:14.165886 181993 a.cc:52] ...": likewise before glog's head */
static size_t find_glued_glog(struct qn_text text)
{
	size_t at = qn_text_find(text, QN_TEXT(".cc:")), start = at;

	if (at == SIZE_MAX)
		at = start = qn_text_find(text, QN_TEXT(".cpp:"));
	/* "x.cc:52] text"; the places of frames have no bracket. */
	if (at != SIZE_MAX && !qn_text_contains(qn_text_from(text, at), QN_TEXT("]")))
		return SIZE_MAX;
	while (at != SIZE_MAX && start-- > 0 && at - start < GLOG_HEAD_BYTES_MAX)
		if (memchr("IWEF", text.data[start], 4) &&
		    has_shape(qn_text_from(text, start + 1), "20999999 99:99:99.999999"))
			return start;
	return SIZE_MAX;
}

/* "/a.cpp:7 pc=0x7f12[2024/09/12 10:11:12.123 +00:00] [INFO] ..." is cut before "[2024": the head of another
 * writer's record came in before the newline. SIZE_MAX: nothing glued. */
static size_t find_glued_record(struct qn_text text)
{
	size_t start = 0;

	for (;;) {
		size_t at = qn_text_find(qn_text_from(text, start), QN_TEXT("[20"));

		if (at == SIZE_MAX)
			return SIZE_MAX;
		if (has_shape(qn_text_from(text, start + at), "[2099?99?99?99:99:99"))
			return start + at;
		start += at + 3;
	}
}

/* ">>> panic: x" (a REPL), "> panic: x" (a quoted mail) */
static struct qn_text cut_quotes(struct qn_text text, unsigned *damage)
{
	for (unsigned i = 0; i < QUOTES_MAX && text.len && text.data[0] == '>'; i++) {
		struct qn_text rest = text;

		while (rest.len && rest.data[0] == '>')
			rest = qn_text_from(rest, 1);
		if (rest.len && rest.data[0] != ' ' && rest.data[0] != '\t')
			break;
		text = qn_text_from(rest, rest.len ? 1 : 0);
		*damage |= QN_DAMAGE_PROMPT;
	}
	return text;
}

/* "Error 2 occurred when getting the stacktrace: no debug info in ELF executable_ZN6milvus3RunEv": the native
 * handler prints libbacktrace's complaint without a newline. Left as it is when no name follows. */
static struct qn_text cut_complaint(struct qn_text text)
{
	static const char *const complaints[] = {
		"no debug info in ELF executable",
		"no symbol table in ELF executable",
		"failed to read executable information",
		"libbacktrace could not find executable to open",
		"No such file or directory",
		"Success",
	};
	static const struct qn_text words = {"occurred when getting the stacktrace: ", 38};
	size_t at = qn_text_starts(text, QN_TEXT("Error ")) ? qn_text_rfind(text, words) : SIZE_MAX;
	struct qn_text rest;

	if (at == SIZE_MAX)
		return text;
	rest = qn_text_from(text, at + words.len);
	for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
		if (qn_text_starts(rest, qn_text_of(complaints[i])) && rest.len > strlen(complaints[i]))
			return qn_text_trim(qn_text_from(rest, strlen(complaints[i])));
	at = qn_text_find(rest, QN_TEXT("_Z"));
	if (at == SIZE_MAX)
		at = qn_text_find(rest, QN_TEXT("(null)"));
	return at == SIZE_MAX ? text : qn_text_from(rest, at);
}

void qn_crash_line_prepare(const struct qn_line *line, struct qn_crash_line *ret)
{
	struct qn_cursor cursor;
	struct qn_text text = line->text;
	size_t glued;

	*ret = (struct qn_crash_line){.line = line};
	glued = find_glued_record(text);
	if (glued == SIZE_MAX)
		glued = find_glued_glog(text);
	if (glued != SIZE_MAX && glued > 0) {
		text = qn_text_first(text, glued);
		ret->damage |= QN_DAMAGE_GLUED_RECORD;
	}
	text = cut_quotes(text, &ret->damage);
	ret->is_indented = text.len && (text.data[0] == ' ' || text.data[0] == '\t');
	cursor = qn_cursor_of(text);
	while (qn_cursor_peek(&cursor) == ' ' || qn_cursor_peek(&cursor) == '\t') {
		ret->has_tab |= qn_cursor_peek(&cursor) == '\t';
		cursor.rest = qn_text_from(cursor.rest, 1);
	}
	ret->text = qn_text_trim(cursor.rest);
	ret->whole = ret->text;
	ret->text = cut_complaint(ret->text);
	cursor = qn_cursor_of(ret->text);
	if (is_digit(qn_cursor_peek(&cursor)) && qn_time_take_go(&cursor, &ret->own_time))
		ret->text = qn_text_trim(cursor.rest);
}

bool qn_is_other_writer(const struct qn_crash_line *line)
{
	static const char *const fronts[] = {
		"time=\"",    "{\"", "ERRO[", "WARN[", "INFO[", "[AWS", "WARNING clustering",
		"<jemalloc>", NULL};

	return qn_text_starts_any(line->text, fronts) || line->own_time.is_known ||
	       has_shape(line->text, "[2099?99?99?99:99:99");
}

bool qn_line_has_clock(struct qn_text text)
{
	static const size_t front_bytes = 48;

	text = qn_text_first(text, front_bytes);
	for (size_t at = 0; at + 8 <= text.len; at++)
		if (has_shape(qn_text_from(text, at), "99:99:99"))
			return true;
	return false;
}

bool qn_take_number(struct qn_text *text, uint64_t *ret)
{
	size_t len = 0;
	bool is_hex = qn_text_starts(*text, QN_TEXT("0x"));

	if (is_hex)
		len = 2;
	while (len < text->len && (is_digit(text->data[len]) || (is_hex && (text->data[len] | 0x20) >= 'a' &&
								 (text->data[len] | 0x20) <= 'f')))
		len++;
	if (is_hex ? !qn_text_hex_to_u64(qn_text_first(*text, len), ret)
		   : !qn_text_to_u64(qn_text_first(*text, len), ret))
		return false;
	*text = qn_text_from(*text, len);
	return true;
}

bool qn_find_number(struct qn_text text, struct qn_text key, uint64_t *ret)
{
	size_t at = qn_text_find(text, key);
	struct qn_text rest;

	if (at == SIZE_MAX)
		return false;
	rest = qn_text_from(text, at + key.len);
	return qn_take_number(&rest, ret);
}

/* "pc=0xfffffffffffffffffff" */
static bool is_pc_too_large(struct qn_text token)
{
	size_t digits = 5;

	while (digits < token.len &&
	       strchr("0123456789abcdef", token.data[digits] ? token.data[digits] : 'x'))
		digits++;
	return qn_text_starts(token, QN_TEXT("pc=0x")) && digits == token.len && digits > 5 + 16;
}

static bool take_suffix(struct qn_text token, struct qn_code_place *ret)
{
	uint64_t ignored;

	if (qn_text_starts(token, QN_TEXT("pc=")) && qn_text_hex_to_u64(qn_text_from(token, 3), &ret->pc))
		ret->has_pc = true;
	else if (is_pc_too_large(
			 token)) /* a place, all the same: the name above must not wait for the next */
		ret->has_pc = true;
	else if (qn_text_starts(token, QN_TEXT("+0x")) &&
		 qn_text_hex_to_u64(qn_text_from(token, 1), &ignored))
		ret->has_offset = true;
	else
		return (qn_text_starts(token, QN_TEXT("fp=")) || qn_text_starts(token, QN_TEXT("sp="))) &&
		       qn_text_hex_to_u64(qn_text_from(token, 3), &ignored);
	return true;
}

static size_t find_last_blank(struct qn_text text)
{
	while (text.len && text.data[text.len - 1] != ' ' && text.data[text.len - 1] != '\t')
		text.len--;
	return text.len ? text.len - 1 : SIZE_MAX;
}

static bool has_source_extension(struct qn_text file)
{
	static const char *const extensions[] = {".go", ".s", ".S",   ".cpp", ".cc",
						 ".c",  ".h", ".hpp", ".inl", ".cu"};

	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++)
		if (qn_text_ends(file, qn_text_of(extensions[i])))
			return true;
	return false;
}

/* "/src/y.go:315" */
static bool read_file_and_line(struct qn_text text, bool is_sure, struct qn_code_place *ret)
{
	uint64_t line;
	size_t digits = 0;

	while (digits < text.len && is_digit(text.data[text.len - 1 - digits]))
		digits++;
	if (digits == 0 || text.len < digits + 2 || text.data[text.len - digits - 1] != ':')
		return false;
	/* Behind a place that is one for sure, a number out of bounds is an unknown one. */
	if (digits > LINE_DIGITS_MAX || !qn_text_to_u64(qn_text_from(text, text.len - digits), &line))
		line = 0;
	if (!line && digits > LINE_DIGITS_MAX && !is_sure)
		return false;
	ret->file = qn_text_first(text, text.len - digits - 1);
	ret->line = (uint32_t)line;
	if (!is_sure && !has_source_extension(ret->file))
		return false;
	if (qn_text_equal(ret->file, QN_TEXT("(null)")))
		ret->file = QN_TEXT("");
	return ret->file.len == 0 || ret->file.data[0] == '/' || find_last_blank(ret->file) == SIZE_MAX;
}

bool qn_code_place_read(struct qn_text text, struct qn_code_place *ret)
{
	struct qn_code_place place = {0};

	text = qn_text_trim(text);
	for (unsigned i = 0; i < PLACE_TOKENS_MAX && text.len; i++) {
		size_t blank = find_last_blank(text);

		if (!take_suffix(qn_text_from(text, blank == SIZE_MAX ? 0 : blank + 1), &place))
			break;
		text = qn_text_trim_right(qn_text_first(text, blank == SIZE_MAX ? 0 : blank));
	}
	if (text.len == 0 ? !place.has_pc
			  : !read_file_and_line(text, place.has_pc || place.has_offset, &place))
		return false;
	*ret = place;
	return true;
}

/* Names with blanks in them: "void std::swap<int>(int&, int&)", "f(a, b)::<lambda(auto:85&&)>",
 * "lower_bound<long int>" */
static bool is_spaced_name(struct qn_text text)
{
	size_t paren = qn_text_find_byte(text, '('), angle = qn_text_find_byte(text, '<');
	size_t scope = qn_text_find(text, QN_TEXT("::"));

	if (scope != SIZE_MAX && scope + 2 < text.len && text.data[scope + 2] != ' ')
		return true;
	if (paren != SIZE_MAX && paren > 0 && text.data[paren - 1] != ' ' &&
	    qn_text_find_byte(text, ')') != SIZE_MAX)
		return text.data[text.len - 1] == ')' || text.data[text.len - 1] == ']' ||
		       qn_text_ends(text, QN_TEXT("const"));
	return angle != SIZE_MAX && angle > 0 && text.data[angle - 1] != ' ' &&
	       text.data[text.len - 1] == '>';
}

/* What a mail program or terminal broke off the line above: "c0037d5f80}, 0x6451)", "{0x6e0a1f0, 0x2})",
 * "sp=0xc002707108 pc=0x1e57bec" */
static bool is_rest_of_arguments(struct qn_text text)
{
	static const char *const beginnings[] = {"{0x", "fp=0x", "sp=0x", "pc=0x", NULL};
	size_t length = 0;

	while (length < text.len && memchr("0123456789abcdefx?", text.data[length], 18))
		length++;
	return qn_text_starts_any(text, beginnings) ||
	       (length && length < text.len && memchr("),}", text.data[length], 3));
}

/* "x/y.(*T).f(0xc001f1a000, {0x5e90ee8, 0xc0046e" was cut among the words of its arguments. */
static bool is_cut_go_call(struct qn_text text)
{
	struct qn_text word = qn_text_first(text, qn_text_find_byte(text, ' ')), name;
	size_t paren;

	if (qn_text_find_byte(word, '(') == SIZE_MAX)
		return false;
	paren = qn_text_find(word, QN_TEXT("(0x"));
	if (paren == SIZE_MAX)
		paren = qn_text_find(word, QN_TEXT("({0x"));
	name = qn_text_first(word, paren);
	return paren != SIZE_MAX && name.len && qn_text_find_byte(name, '.') != SIZE_MAX &&
	       qn_text_find_byte(qn_text_from(text, paren), ')') == SIZE_MAX;
}

bool qn_is_function_line(struct qn_text text)
{
	if (text.len == 0 || is_rest_of_arguments(text))
		return false;
	if (is_cut_go_call(text))
		return true;
	if (qn_text_equal(text, QN_TEXT("(null)")) || qn_text_equal(text, QN_TEXT("non-Go function")) ||
	    qn_text_starts(text, QN_TEXT("(anonymous")) || qn_text_starts(text, QN_TEXT("<lambda")))
		return true;
	if (!is_letter(text.data[0]) && !memchr("_~{", text.data[0], 3))
		return false;
	if (text.data[text.len - 1] == ':')
		return false;
	return (qn_text_find_byte(text, ' ') == SIZE_MAX && qn_text_find_byte(text, '\t') == SIZE_MAX) ||
	       qn_text_starts(text, QN_TEXT("_Z")) || is_spaced_name(text);
}
