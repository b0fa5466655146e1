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

static bool is_word_end(struct qn_text text, size_t at)
{
	return at >= text.len || text.data[at] == ' ';
}

/* "etcd.prod.svc", "index.yaml", "dir/index": names of hosts and files. "stopped..." is none, and what stands
 * first, "strconv.Atoi:", is the program's. */
static bool is_name(struct qn_text text)
{
	for (size_t at = 0; !is_word_end(text, at); at++)
		if (strchr("./@", text.data[at] ? text.data[at] : ' ') && !is_word_end(text, at + 1) &&
		    !strchr(".,:;!", text.data[at + 1] ? text.data[at + 1] : '.'))
			return true;
	return false;
}

/* Rust's "`Result::unwrap()`" is of the statement; "`books`" is a value. */
static bool is_quoted_value(struct qn_text text)
{
	return text.data[0] == '`' &&
	       !qn_text_contains(qn_text_first(text, qn_text_find_byte(text, ' ')), QN_TEXT("::"));
}

static bool begins_value(struct qn_text text, size_t at)
{
	char c = text.data[at];

	if (c == ':') /* "partition:books", but not "std::thread" and "failed: why" */
		return at > 0 && !is_word_end(text, at + 1) && text.data[at + 1] != ':' &&
		       text.data[at - 1] != ':';
	return c == '\0' || strchr("[({<\"'=", c) || is_quoted_value(qn_text_from(text, at));
}

/* Where a value begins in the word at the beginning of @text; the word's length where it holds none. */
static size_t value_at(struct qn_text text)
{
	size_t at = 0;

	while (!is_word_end(text, at) && !begins_value(text, at))
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

		if (at > 0 && is_name(left))
			break;
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
