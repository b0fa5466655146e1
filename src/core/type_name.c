/* Names of types as C++ mangles them: what exceptions are called needs no more than a part of the grammar
 * (https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling). */
#include "core/last_words.h"

#include "base/banned.h"

#define DEPTH_MAX 32U
#define SEEN_MAX 64U
#define BYTES_MAX (16U << 10)

struct decoder {
	struct qn_text in;
	struct qn_buffer *out;
	struct qn_arena *arena;
	struct qn_text seen[SEEN_MAX]; /* what S_, S0_, S1_... stand for */
	size_t seen_count;
	unsigned depth;
};

static bool read_type(struct decoder *decoder);

static char peek(const struct decoder *decoder)
{
	return decoder->in.len ? decoder->in.data[0] : '\0';
}

static bool take(struct decoder *decoder, char c)
{
	if (peek(decoder) != c || !c)
		return false;
	decoder->in = qn_text_from(decoder->in, 1);
	return true;
}

static void say(struct decoder *decoder, const char *text)
{
	qn_buffer_append_string(decoder->out, text);
}

static void remember(struct decoder *decoder, size_t from)
{
	if (decoder->seen_count < SEEN_MAX)
		decoder->seen[decoder->seen_count++] =
			qn_arena_copy(decoder->arena, qn_text_from(qn_buffer_text(decoder->out), from));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "13runtime_error", and tags: "B5cxx11" */
static bool read_source(struct decoder *decoder)
{
	size_t len = 0;
	struct qn_text name;

	while (is_digit(peek(decoder)) && len < BYTES_MAX) {
		len = len * 10 + (size_t)(peek(decoder) - '0');
		decoder->in = qn_text_from(decoder->in, 1);
	}
	if (len == 0 || len > decoder->in.len)
		return false;
	name = qn_text_first(decoder->in, len);
	decoder->in = qn_text_from(decoder->in, len);
	if (qn_text_starts(name, QN_TEXT("_GLOBAL__N")))
		name = QN_TEXT("(anonymous namespace)");
	qn_buffer_append_text(decoder->out, name);
	while (take(decoder, 'B')) {
		say(decoder, "[abi:");
		if (!read_source(decoder))
			return false;
		say(decoder, "]");
	}
	return true;
}

/* "I" arguments "E"; of literals numbers: "Lj4E" */
static bool read_arguments(struct decoder *decoder)
{
	bool is_first = true;

	say(decoder, "<");
	while (!take(decoder, 'E')) {
		if (!is_first)
			say(decoder, ", ");
		is_first = false;
		if (take(decoder, 'L')) {
			if (!peek(decoder) || peek(decoder) == '_')
				return false;
			decoder->in = qn_text_from(decoder->in, 1);
			if (take(decoder, 'n'))
				say(decoder, "-");
			while (is_digit(peek(decoder))) {
				qn_buffer_append_byte(decoder->out, peek(decoder));
				decoder->in = qn_text_from(decoder->in, 1);
			}
			if (!take(decoder, 'E'))
				return false;
		} else if (!read_type(decoder)) {
			return false;
		}
	}
	if (decoder->out->len && decoder->out->data[decoder->out->len - 1] == '>')
		say(decoder, " ");
	say(decoder, ">");
	return true;
}

/* Behind the S: "t" is std::, others stand for a name; @ret_is_std: a name must follow. */
static bool read_short(struct decoder *decoder, bool *ret_is_std)
{
	static const char *const names[][2] = {{"a", "std::allocator"}, {"b", "std::basic_string"},
					       {"s", "std::string"},    {"i", "std::istream"},
					       {"o", "std::ostream"},   {"d", "std::iostream"}};
	size_t index = 0;

	*ret_is_std = take(decoder, 't');
	if (*ret_is_std) {
		say(decoder, "std");
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (take(decoder, names[i][0][0])) {
			say(decoder, names[i][1]);
			return true;
		}
	if (!take(decoder, '_')) {
		while (index < SEEN_MAX && !take(decoder, '_')) {
			char c = peek(decoder);

			if (!is_digit(c) && !(c >= 'A' && c <= 'Z'))
				return false;
			index = index * 36 + (size_t)(is_digit(c) ? c - '0' : c - 'A' + 10);
			decoder->in = qn_text_from(decoder->in, 1);
		}
		index++;
	}
	if (index >= decoder->seen_count)
		return false;
	qn_buffer_append_text(decoder->out, decoder->seen[index]);
	return true;
}

/* Behind the N, to its E: each beginning of it may be repeated later. */
static bool read_nested(struct decoder *decoder)
{
	size_t from = decoder->out->len;
	bool is_std, is_first = true;

	while (!take(decoder, 'E')) {
		bool is_repeated = false;

		if (take(decoder, 'I')) {
			if (is_first || !read_arguments(decoder))
				return false;
		} else if (is_first && take(decoder, 'S')) {
			if (!read_short(decoder, &is_std))
				return false;
			is_repeated = true;
		} else {
			if (!is_first)
				say(decoder, "::");
			if (!read_source(decoder))
				return false;
		}
		is_first = false;
		if (!is_repeated)
			remember(decoder, from);
	}
	return !is_first;
}

/* Behind the Z: a function, its E, and what stands in it */
static bool read_local(struct decoder *decoder)
{
	bool is_empty = true;

	if (!(take(decoder, 'N') ? read_nested(decoder) : read_source(decoder)))
		return false;
	if (!take(decoder, 'E')) {
		say(decoder, "(");
		while (!take(decoder, 'E')) {
			if (is_empty && take(decoder, 'v')) {
				continue;
			}
			if (!is_empty)
				say(decoder, ", ");
			is_empty = false;
			if (!read_type(decoder))
				return false;
		}
		say(decoder, ")");
	}
	say(decoder, "::");
	if (!read_source(decoder))
		return false;
	if (take(decoder, '_')) /* the second one of that name there */
		while (is_digit(peek(decoder)))
			decoder->in = qn_text_from(decoder->in, 1);
	return true;
}

static bool read_builtin(struct decoder *decoder)
{
	static const struct {
		char letter;
		const char *name;
	} names[] = {{'v', "void"},
		     {'b', "bool"},
		     {'c', "char"},
		     {'a', "signed char"},
		     {'h', "unsigned char"},
		     {'s', "short"},
		     {'t', "unsigned short"},
		     {'i', "int"},
		     {'j', "unsigned int"},
		     {'l', "long"},
		     {'m', "unsigned long"},
		     {'x', "long long"},
		     {'y', "unsigned long long"},
		     {'f', "float"},
		     {'d', "double"},
		     {'w', "wchar_t"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (take(decoder, names[i].letter)) {
			say(decoder, names[i].name);
			return true;
		}
	return false;
}

static bool read_modified(struct decoder *decoder, const char *suffix)
{
	size_t from = decoder->out->len;

	if (!read_type(decoder))
		return false;
	say(decoder, suffix);
	remember(decoder, from);
	return true;
}

static bool read_named(struct decoder *decoder)
{
	size_t from = decoder->out->len;
	bool is_std = false, is_repeated = false;

	if (take(decoder, 'S')) {
		if (!read_short(decoder, &is_std))
			return false;
		is_repeated = !is_std;
		if (is_std)
			say(decoder, "::");
	}
	if (!is_repeated) {
		if (!read_source(decoder))
			return false;
		remember(decoder, from);
	}
	if (take(decoder, 'I')) {
		if (!read_arguments(decoder))
			return false;
		remember(decoder, from);
	}
	return true;
}

static bool read_type(struct decoder *decoder)
{
	bool is_read;

	if (decoder->depth >= DEPTH_MAX || decoder->out->len > BYTES_MAX)
		return false;
	decoder->depth++;
	if (take(decoder, 'P'))
		is_read = read_modified(decoder, "*");
	else if (take(decoder, 'R'))
		is_read = read_modified(decoder, "&");
	else if (take(decoder, 'K'))
		is_read = read_modified(decoder, " const");
	else if (take(decoder, 'N'))
		is_read = read_nested(decoder);
	else if (take(decoder, 'Z'))
		is_read = read_local(decoder);
	else
		is_read = read_builtin(decoder) || read_named(decoder);
	decoder->depth--;
	return is_read;
}

struct qn_text qn_type_name_read(struct qn_arena *arena, struct qn_text mangled)
{
	static const char string_name[] =
		"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct decoder decoder = {.in = mangled, .out = &out, .arena = arena};

	if (!read_type(&decoder) || decoder.in.len || out.is_failed)
		return qn_arena_printf(arena, "_ZTS%.*s", QN_ARG(mangled));
	if (qn_text_equal(qn_buffer_text(&out), qn_text_of(string_name)))
		return QN_TEXT("std::string");
	return qn_arena_copy(arena, qn_buffer_text(&out));
}
