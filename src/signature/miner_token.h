/* A message as tokens: words, and masks where something stood that differs from message to message.
 *
 * Masked are numbers with their units, hex, times and dates, addresses, hosts, paths, ids (a word with a
 * digit), truth values, empty values of keys, and lists of these. No rule knows a word of any system; the
 * words that are known are those of numbers everywhere: units, months, true and false. */
#ifndef QN_SIGNATURE_MINER_TOKEN_H
#define QN_SIGNATURE_MINER_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Of one message; what is beyond is one token of kind QN_TOKEN_REST. */
#define QN_MINER_TOKENS_MAX 256U

enum qn_token_kind {
	QN_TOKEN_WORD,
	QN_TOKEN_NAME,        /* "java.home": a word with dots inside, the first one of the message */
	QN_TOKEN_SLOT,        /* a word where a value stands: behind "key=", alone in quotes */
	QN_TOKEN_PUNCTUATION, /* "(", "....." */
	QN_TOKEN_MASK,        /* a value */
	QN_TOKEN_ID, /* a word with digits, dots or "@": a value, too, unless it is always the same */
	QN_TOKEN_REST,
};

struct qn_token {
	struct qn_text text; /* in the message */
	uint64_t hash;       /* equal for equal words; QN_TOKEN_VALUE for a mask or an id */
	uint8_t kind;
	bool has_blank; /* before it */
	bool is_open;   /* of a group: words that stood there were found to be values */
};

/* Letters that may be of the program or a value. */
static inline bool qn_token_is_word(const struct qn_token *token)
{
	return token->kind <= QN_TOKEN_SLOT;
}

#define QN_TOKEN_VALUE 1U

static inline bool qn_token_is_value(const struct qn_token *token)
{
	return token->kind == QN_TOKEN_MASK || token->kind == QN_TOKEN_ID;
}

/* @ret  QN_MINER_TOKENS_MAX + 1 of them; their texts are borrowed from @message. Returns how many. */
size_t qn_tokenize(struct qn_text message, struct qn_token *ret);

#endif
