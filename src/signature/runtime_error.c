#include "signature/runtime_error.h"

#include "base/banned.h"

#define WORDS_MAX 4U

struct qn_text qn_runtime_error(struct qn_text message)
{
	static const struct qn_text errors[] = {
		QN_TEXT("index out of range"),
		QN_TEXT("slice bounds out of range"),
		QN_TEXT("interface conversion"),
		QN_TEXT("assignment to entry in nil map"),
		QN_TEXT("close of closed channel"),
		QN_TEXT("close of nil channel"),
		QN_TEXT("send on closed channel"),
		QN_TEXT("all goroutines are asleep"),
		QN_TEXT("concurrent map"),
		QN_TEXT("integer divide by zero"),
		QN_TEXT("makeslice"),
		QN_TEXT("makechan"),
		QN_TEXT("invalid memory address"),
		QN_TEXT("hash of unhashable type"),
		QN_TEXT("comparing uncomparable type"),
		QN_TEXT("sync: "),
		QN_TEXT("out of memory"),
		QN_TEXT("stack overflow"),
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (qn_text_starts(message, errors[i]))
			return errors[i];
	return (struct qn_text){0};
}

/* Where a value begins in the word at the beginning of @text; the word's length where it holds none. */
static size_t value_at(struct qn_text text)
{
	size_t at = 0;

	while (at < text.len && text.data[at] != ' ' &&
	       !strchr("[({<\"'=", text.data[at] ? text.data[at] : '['))
		at++;
	return at;
}

static bool has_mask(struct qn_text text)
{
	return qn_text_contains(qn_text_first(text, qn_text_find_byte(text, ' ')), QN_TEXT("<*>"));
}

struct qn_text qn_panic_words(struct qn_text message)
{
	size_t end = 0, words = 0;

	for (size_t at = 0; at < message.len && words < WORDS_MAX;) {
		struct qn_text left = qn_text_from(message, at);
		size_t len = value_at(left);
		bool is_whole = len == left.len || left.data[len] == ' ';

		/* "found[channel=<*>]" is a word and a value, "by-dev-<*>" a value */
		if (!is_whole && (len == 0 || (left.data[len] == '<' && has_mask(left))))
			break;
		end = at + len;
		words += len > 0;
		if (!is_whole)
			break;
		at = end + 1;
	}
	return qn_text_trim(qn_text_first(message, end));
}
