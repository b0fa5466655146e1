#include "stack/normalize.h"

#include "base/banned.h"

/* How a message is masked
 *
 * It is cut into tokens (runs of letters, digits and "_-.:/+@%~"), everything else stays. A token that is an
 * address, a URL, a path or made of digits and separators alone is masked whole; others are cut at ".:/+@%~"
 * into parts:
 *	segmentID:460384356842429014	segmentID:<*>
 *	by-dev-rootcoord-dml_3_4612v0	<*>	(a name made of long or many numbers)
 *	10.5ms  0x7f01  -1  [877]	<*>
 *	int64  fp32  v0  GPT2		as they stand
 *	/workspace/source/x/Y.cpp:237	Y.cpp:<*>
 * Masks with nothing but a separator between them become one: "[46.., 47..]" is "[<*>]". */

#define MASK QN_TEXT("<*>")
#define HEX_ID_LEN 12U     /* from here on a run of hex digits is an id */
#define LONG_NUMBER_LEN 6U /* a number of this length makes the name it stands in an id */
#define WORD_DIGITS_MAX 3U /* "int64", "AVX512" */
#define ROUNDS_MAX 8U
#define UNIT_LEN_MAX 3U /* "15ms", "2GiB" */

struct masker {
	char *data;
	size_t len;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_in(char c, const char *set)
{
	return c && strchr(set, c);
}

static void put(struct masker *masker, struct qn_text text)
{
	memcpy(masker->data + masker->len, text.data, text.len);
	masker->len += text.len;
}

static void put_mask(struct masker *masker)
{
	static const struct qn_text separators[] = {QN_TEXT(""),  QN_TEXT(", "), QN_TEXT(","), QN_TEXT(" "),
						    QN_TEXT("/"), QN_TEXT(":"),  QN_TEXT("-"), QN_TEXT("_"),
						    QN_TEXT("."), QN_TEXT("+"),  QN_TEXT("@")};
	struct qn_text out = {masker->data, masker->len};

	for (size_t i = 0; i < sizeof(separators) / sizeof(*separators); i++) {
		struct qn_text before = qn_text_first(out, out.len - separators[i].len);

		if (!qn_text_ends(out, separators[i]) || !qn_text_ends(before, MASK))
			continue;
		masker->len = before.len;
		return;
	}
	put(masker, MASK);
}

/* "1h2m30s" */
static bool is_of_duration(char c)
{
	return is_digit(c) || is_in(c, "hmsun");
}

static size_t count(struct qn_text text, size_t at, bool (*is)(char))
{
	size_t end = at;

	while (end < text.len && is(text.data[end]))
		end++;
	return end - at;
}

static bool has_digit(struct qn_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_digit(text.data[i]))
			return true;
	return false;
}

/* "6b8f9c7d5", "x2x4z": changes between letters and digits at least twice */
static bool is_mixed(struct qn_text text)
{
	size_t changes = 0;

	for (size_t i = 1; i < text.len; i++)
		changes += is_digit(text.data[i]) != is_digit(text.data[i - 1]);
	return text.len >= 5 && changes >= 2;
}

/* Hex ids, UUIDs, channel names, pod names. */
static bool is_id(struct qn_text part)
{
	size_t hex = 0, hyphens = 0, start = 0;
	bool is_long = false, has_mixed = false, has_separator = false;

	if (part.len > 2 && part.data[0] == '0' && (part.data[1] | 32) == 'x')
		return count(part, 2, is_hex) == part.len - 2;
	for (size_t i = 0; i <= part.len; i++) {
		if (i == part.len || is_in(part.data[i], "-_")) {
			has_mixed |= is_mixed(qn_text_first(qn_text_from(part, start), i - start));
			start = i + 1;
			has_separator |= i < part.len;
		}
		if (i == part.len)
			break;
		hex += is_hex(part.data[i]);
		hyphens += part.data[i] == '-';
		if (is_digit(part.data[i]) && (i == 0 || !is_digit(part.data[i - 1])))
			is_long |= count(part, i, is_digit) >= LONG_NUMBER_LEN;
	}
	if (hex == part.len && hex >= HEX_ID_LEN)
		return true;
	if (part.len == 36 && hex == 32 && hyphens == 4)
		return true;
	return has_separator && (is_long || has_mixed);
}

/* "dml", "3", "15ms", "int64", "v4096": between "-" and "_" */
static void mask_word(struct masker *masker, struct qn_text word)
{
	size_t digits = count(word, 0, is_digit);

	if (digits && (word.len - digits <= UNIT_LEN_MAX || count(word, 0, is_of_duration) == word.len)) {
		put_mask(masker);
		return;
	}
	for (size_t i = 0; i < word.len;) {
		digits = count(word, i, is_digit);
		if (digits > WORD_DIGITS_MAX)
			put_mask(masker);
		else
			put(masker, qn_text_first(qn_text_from(word, i), digits ? digits : 1));
		i += digits ? digits : 1;
	}
}

static void mask_part(struct masker *masker, struct qn_text part)
{
	size_t start = 0;

	if (!has_digit(part)) {
		put(masker, part);
		return;
	}
	if (part.len > 1 && part.data[0] == '-' && is_digit(part.data[1]))
		part = qn_text_from(part, 1); /* a sign */
	if (is_id(part)) {
		put_mask(masker);
		return;
	}
	for (size_t i = 0; i <= part.len; i++) {
		if (i < part.len && !is_in(part.data[i], "-_"))
			continue;
		if (i > start)
			mask_word(masker, qn_text_first(qn_text_from(part, start), i - start));
		if (i < part.len)
			put(masker, (struct qn_text){part.data + i, 1});
		start = i + 1;
	}
}

static void mask_parts(struct masker *masker, struct qn_text token)
{
	size_t start = 0;

	for (size_t i = 0; i <= token.len; i++) {
		if (i < token.len && !is_in(token.data[i], ".:/+@%~"))
			continue;
		if (i > start)
			mask_part(masker, qn_text_first(qn_text_from(token, start), i - start));
		if (i < token.len)
			put(masker, (struct qn_text){token.data + i, 1});
		start = i + 1;
	}
}

/* "2025/06/18", "16:32:47.127", "2025-06-18T16:32:47Z", "10.2.3.4:9000", "+00:00" */
static bool is_numbers(struct qn_text token)
{
	if (!has_digit(token) || (!is_digit(token.data[0]) && !is_in(token.data[0], "+-")))
		return false;
	for (size_t i = 0; i < token.len; i++)
		if (!is_digit(token.data[i]) && !is_in(token.data[i], ".:/+-%TZ"))
			return false;
	return true;
}

/* "/var/lib/milvus/data/1/2"; not "/milvus.proto.query.QueryNode/Search" */
static bool is_path(struct qn_text token)
{
	struct qn_text first = qn_text_from(token, 1);

	if (token.len < 3 || token.data[0] != '/')
		return false;
	first = qn_text_first(first, qn_text_find_byte(first, '/'));
	return first.len && qn_text_find_byte(first, '.') == SIZE_MAX;
}

/* "Y.cpp:237" of "/workspace/source/x/Y.cpp:237"; empty: not a source file */
static struct qn_text find_source(struct qn_text path)
{
	static const struct qn_text ends[] = {QN_TEXT(".cpp"), QN_TEXT(".cc"), QN_TEXT(".h"),
					      QN_TEXT(".hpp"), QN_TEXT(".go"), QN_TEXT(".rs")};
	struct qn_text base = qn_text_from(path, qn_text_rfind(path, QN_TEXT("/")) + 1), name;

	name = qn_text_first(base, qn_text_find_byte(base, ':'));
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (qn_text_ends(name, ends[i]))
			return base;
	return (struct qn_text){0};
}

static void mask_token(struct masker *masker, struct qn_text token)
{
	struct qn_text end, source;
	size_t colon = qn_text_find(token, QN_TEXT(":/"));

	if (colon != SIZE_MAX && !qn_text_contains(token, QN_TEXT("://"))) { /* "directory:/var/lib" */
		mask_parts(masker, qn_text_first(token, colon + 1));
		token = qn_text_from(token, colon + 1);
	}
	for (end = token; token.len && is_in(token.data[token.len - 1], ".:,-/"); token.len--)
		;
	end = qn_text_from(end, token.len);
	source = is_path(token) ? find_source(token) : (struct qn_text){0};
	if (qn_text_contains(token, QN_TEXT("://")) || (token.len && is_numbers(token)) ||
	    (is_path(token) && !source.len))
		put_mask(masker);
	else
		mask_parts(masker, source.len ? source : token);
	put(masker, end);
}

static bool is_token(char c)
{
	return is_letter(c) || is_digit(c) || is_in(c, "_-.:/+@%~");
}

static struct qn_text mask_once(struct qn_arena *arena, struct qn_text message)
{
	/* One digit becomes a mask of three */
	struct masker masker = {.data = qn_arena_alloc(arena, 3 * message.len + 1)};
	size_t at = 0;

	if (!masker.data)
		return (struct qn_text){0};
	message = qn_text_trim(message);
	while (at < message.len) {
		size_t len = count(message, at, is_token);
		unsigned char c = (unsigned char)message.data[at];

		if (qn_text_starts(qn_text_from(message, at), MASK)) {
			put_mask(&masker);
			at += MASK.len;
		} else if (len) {
			mask_token(&masker, qn_text_first(qn_text_from(message, at), len));
			at += len;
		} else if (c <= ' ' || c == 0x7f) {
			if (!qn_text_ends((struct qn_text){masker.data, masker.len}, QN_TEXT(" ")))
				put(&masker, QN_TEXT(" "));
			at++;
		} else {
			put(&masker, (struct qn_text){message.data + at, 1});
			at++;
		}
	}
	return qn_text_trim((struct qn_text){masker.data, masker.len});
}

/* What a mask left of its token may be one to mask again ("x-<*>" of "x-1_1"). Nearly always the second round
 * changes nothing; the cap is for hostile texts. */
struct qn_text qn_mask_message(struct qn_arena *arena, struct qn_text message)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		struct qn_text before = message;

		message = mask_once(arena, before);
		if (qn_text_equal(message, before))
			break;
	}
	return message;
}
