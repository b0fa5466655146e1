#include "stack/line_letters.h"

#include "stack/crash_line.h"

#include "base/banned.h"

#define WRONG_LETTERS_MAX 2U
#define PC_BYTES_MIN 8U /* "0x" and digits; a shorter one is no place of a program */

/* What a line is, or begins with where another word shows that it is that line. */
static const struct head {
	struct qn_text words, witness;
} heads[] = {
	{QN_TEXT("SIGNAL CATCH BY NON-GO SIGNAL HANDLER"), {NULL, 0}},
	{QN_TEXT("BACKTRACE:"), {NULL, 0}},
	{QN_TEXT("SIGNO: "), QN_TEXT("; SI")},
	{QN_TEXT("SIGSEGV: segmentation violation"), {NULL, 0}},
};

/* Letters of one shape are one. */
static char shape_of(char c)
{
	static const char *const shapes[] = {"O0oQD", "I1l|i", "CG", "S5", "B8R", "EF", "NMH", "VU", "Z2"};

	for (size_t i = 0; c && i < sizeof(shapes) / sizeof(*shapes); i++)
		if (strchr(shapes[i], c))
			return shapes[i][0];
	return c;
}

/* More than WRONG_LETTERS_MAX: it is another word. */
static unsigned count_differences(struct qn_text a, struct qn_text b)
{
	unsigned count = 0;

	for (size_t i = 0; i < a.len; i++) {
		if (shape_of(a.data[i]) != shape_of(b.data[i]))
			return WRONG_LETTERS_MAX + 1;
		count += a.data[i] != b.data[i];
	}
	return count;
}

static char as_digit(char c, bool is_hex)
{
	if (!is_hex && (c == 'B' || c == 'S'))
		return c == 'B' ? '8' : '5';
	return c == 'O' || c == 'o' ? '0' : c == 'l' || c == 'I' || c == '|' ? '1' : c;
}

static bool is_digit_of(char c, bool is_hex)
{
	c = as_digit(c, is_hex);
	return (c >= '0' && c <= '9') || (is_hex && c >= 'a' && c <= 'f');
}

static bool mend_head(struct qn_text text, struct qn_buffer *ret)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		const struct head *head = &heads[i];
		bool has_rest = head->witness.data;
		unsigned wrong;

		/* "BACKTRACE" */
		if (!has_rest && text.len + 1 == head->words.len && qn_text_starts(head->words, text)) {
			qn_buffer_append_text(ret, head->words);
			return true;
		}
		if (has_rest ? text.len <= head->words.len || !qn_text_contains(text, head->witness)
			     : text.len != head->words.len)
			continue;
		wrong = count_differences(head->words, text);
		if (wrong > WRONG_LETTERS_MAX)
			continue;
		qn_buffer_append_text(ret, head->words);
		text = qn_text_from(text, head->words.len);
		/* "SIGNO: l1; SIGNAME: " */
		while (has_rest && text.len && is_digit_of(text.data[0], false)) {
			wrong += as_digit(text.data[0], false) != text.data[0];
			qn_buffer_append_byte(ret, as_digit(text.data[0], false));
			text = qn_text_from(text, 1);
		}
		qn_buffer_append_text(ret, text);
		return wrong;
	}
	return false;
}

/* The digits at the front of @text, with what stands for digits put right. How many; 0: it is no number. */
static size_t put_digits(struct qn_text text, bool is_hex, struct qn_buffer *ret)
{
	size_t len = 0;

	while (len < text.len && len < 20 && is_digit_of(text.data[len], is_hex))
		qn_buffer_append_byte(ret, as_digit(text.data[len++], is_hex));
	return len && (len == text.len || text.data[len] == ' ') ? len : 0;
}

/* "/src/a.cpp:l3O pc=Ox7fb1dOfbc37l" */
static bool mend_place(struct qn_text text, struct qn_buffer *ret)
{
	static const struct qn_text mark = QN_TEXT(" pc=");
	size_t at = qn_text_rfind(text, mark), colon, len;
	struct qn_text pc;
	struct qn_code_place place;

	if (at == SIZE_MAX || text.data[0] != '/')
		return false;
	colon = qn_text_rfind(qn_text_first(text, at), QN_TEXT(":"));
	if (colon == SIZE_MAX)
		return false;
	qn_buffer_append(ret, text.data, colon + 1);
	len = put_digits(qn_text_from(text, colon + 1), false, ret);
	pc = qn_text_from(text, at + mark.len);
	if (colon + 1 + len != at || pc.len < PC_BYTES_MIN || as_digit(pc.data[0], true) != '0' ||
	    pc.data[1] != 'x')
		return false;
	qn_buffer_append_text(ret, QN_TEXT(" pc=0x"));
	if (put_digits(qn_text_from(pc, 2), true, ret) != pc.len - 2)
		return false;
	return !qn_text_ends(qn_buffer_text(ret), text) &&
	       qn_code_place_read(qn_text_trim(qn_buffer_text(ret)), &place);
}

bool qn_line_mend_letters(struct qn_text text, struct qn_buffer *ret)
{
	struct qn_text trimmed = qn_text_trim(text);

	if (!trimmed.len)
		return false;
	qn_buffer_clear(ret);
	/* A tab in front tells that it is a place. */
	qn_buffer_append(ret, text.data, (size_t)(trimmed.data - text.data));
	return (trimmed.data[0] == '/' ? mend_place(trimmed, ret) : mend_head(trimmed, ret)) &&
	       !ret->is_failed;
}
