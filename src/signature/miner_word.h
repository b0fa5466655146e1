/* Signs, words and runs of a message: what they are by their letters alone. */
#ifndef QN_SIGNATURE_MINER_WORD_H
#define QN_SIGNATURE_MINER_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { BLANK = 1, RUN = 2, DIGIT = 4, HEX = 8, NUMERIC = 16, ALPHA = 32, JOINS = 64 };

extern const uint8_t qn_sign_classes[256];

#define CLASS(c) qn_sign_classes[(unsigned char)(c)]
#define UNIT_LEN_MAX 4U

bool qn_word_is_month(struct qn_text word);
bool qn_word_is_weekday(struct qn_text word);
bool qn_word_is_unit(struct qn_text word);                         /* behind a number */
bool qn_word_is_literal(struct qn_text word, bool is_behind_sign); /* "true", "null" */
bool qn_word_is_flag(struct qn_text word);                         /* "yes", "off": of an answer */
bool qn_word_is_mark(struct qn_text word);
bool qn_word_is_lower(struct qn_text word);
bool qn_word_is_verb(struct qn_text word);

/* Signs without a blank between them. */
bool qn_run_is_value(const char *run, size_t len);
bool qn_run_is_composed(const char *run, size_t len);
bool qn_run_is_any_port(const char *run, size_t len);
/* Where the run [@from, @end) ends if it is a path or a URL that goes on; @end < message.len. */
size_t qn_run_find_url_end(struct qn_text message, size_t from, size_t end);

#endif
