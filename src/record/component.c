#include "record/pods.h"

#include <strings.h>

#include "base/banned.h"

#define WORD_BYTES_MAX 32U
#define HASH_BYTES_MIN 8U
#define HASH_BYTES_MAX 10U
#define SUFFIX_BYTES 5U
#define ORDINAL_BYTES_MAX 3U

struct component {
	const char *word, *name;
};

/* Milvus's own words win over those of what it depends on: "kafka-pod-kill-7-milvus-proxy-0" is a proxy. */
static const struct component own[] = {
	{"streamingnode", "streamingnode"}, {"standalone", "standalone"}, {"querycoord", "querycoord"},
	{"indexcoord", "indexcoord"},       {"rootcoord", "rootcoord"},   {"datacoord", "datacoord"},
	{"indexnode", "indexnode"},         {"querynode", "querynode"},   {"mixcoord", "mixcoord"},
	{"datanode", "datanode"},           {"proxy", "proxy"},
};

static const struct component others[] = {
	{"pulsarv3", "pulsar"}, {"pulsar", "pulsar"}, {"kafka", "kafka"},
	{"minio", "minio"},     {"etcd", "etcd"},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_lower(char byte)
{
	return byte >= 'a' && byte <= 'z';
}

static bool is_word_byte(char byte)
{
	return is_digit(byte) || is_lower((char)(byte | 0x20));
}

static struct qn_text look_up(const struct component *table, size_t count, struct qn_text word)
{
	for (size_t i = 0; word.len && i < count; i++)
		if (strlen(table[i].word) == word.len && strncasecmp(table[i].word, word.data, word.len) == 0)
			return qn_text_of(table[i].name);
	return QN_TEXT("");
}

/* The component that @word is, with or without digits behind it ("querynode1"). */
static struct qn_text look_up_word(const struct component *table, size_t count, struct qn_text word)
{
	struct qn_text name = look_up(table, count, word);

	while (!name.len && word.len && is_digit(word.data[word.len - 1])) {
		word.len--;
		name = look_up(table, count, word);
	}
	return name;
}

/* The next word of @rest, none when it is too long to be a component. */
static struct qn_text next_word(struct qn_text *rest)
{
	size_t start = 0, end;

	while (start < rest->len && !is_word_byte(rest->data[start]))
		start++;
	for (end = start; end < rest->len && is_word_byte(rest->data[end]);)
		end++;
	*rest = qn_text_from(*rest, start);
	return qn_text_first(*rest, end - start);
}

/* query-node, "Query Node": two words that are one name. */
static struct qn_text look_up_pair(struct qn_text before, struct qn_text word)
{
	char joined[2 * WORD_BYTES_MAX];

	if (!before.len || before.len > WORD_BYTES_MAX || !word.len || word.len > WORD_BYTES_MAX ||
	    is_digit(word.data[0]))
		return QN_TEXT("");
	memcpy(joined, before.data, before.len);
	memcpy(joined + before.len, word.data, word.len);
	return look_up_word(own, COUNT(own), (struct qn_text){joined, before.len + word.len});
}

struct qn_text qn_component_of_name(struct qn_text name)
{
	struct qn_text found_own = QN_TEXT(""), found_other = QN_TEXT(""), before = QN_TEXT(""), word;

	while ((word = next_word(&name)).len) {
		struct qn_text mine = look_up_word(own, COUNT(own), word);
		struct qn_text other = look_up_word(others, COUNT(others), word);
		struct qn_text before_other = look_up_word(others, COUNT(others), before);

		if (!mine.len)
			mine = look_up_pair(before, word);
		/* "my-release-pulsar-proxy-0" is Pulsar's proxy. */
		if (mine.len && !(qn_text_equal(mine, QN_TEXT("proxy")) && before_other.len))
			found_own = mine;
		if (other.len)
			found_other = other;
		before = word;
		name = qn_text_from(name, word.len);
	}
	return found_own.len ? found_own : found_other;
}

/* The last part of @name behind a dash, which is cut off; false when there is no dash. */
static bool cut_last(struct qn_text *name, struct qn_text *ret)
{
	size_t dash = qn_text_rfind(*name, QN_TEXT("-"));

	if (dash == SIZE_MAX)
		return false;
	*ret = qn_text_from(*name, dash + 1);
	*name = qn_text_first(*name, dash);
	return true;
}

static size_t count_digits(struct qn_text text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.len; i++)
		digits += is_digit(text.data[i]);
	return digits;
}

bool qn_is_pod_name(struct qn_text name)
{
	static const size_t name_bytes_max = 253;
	struct qn_text rest = name, last, hash;

	if (!name.len || name.len > name_bytes_max || name.data[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_digit(name.data[i]) && !is_lower(name.data[i]) && name.data[i] != '-')
			return false;
	if (!cut_last(&rest, &last) || !last.len)
		return false;
	if (last.len <= ORDINAL_BYTES_MAX && count_digits(last) == last.len)
		return qn_component_of_name(rest).len != 0;
	if (last.len != SUFFIX_BYTES || !cut_last(&rest, &hash))
		return false;
	return hash.len >= HASH_BYTES_MIN && hash.len <= HASH_BYTES_MAX && count_digits(hash) &&
	       qn_component_of_name(rest).len != 0;
}
