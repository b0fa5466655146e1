/* The part of PCRE2's dialect that RE2 (and so every other reader of such rules) shares. */
#ifndef QN_RULE_PATTERN_DIALECT_H
#define QN_RULE_PATTERN_DIALECT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* QN_ERROR_RULE: "offset N: what; remedy" for what PCRE2 takes and RE2 does not. What both refuse is left to
 * PCRE2. */
struct qn_error *qn_pattern_check_dialect(struct qn_text regex) QN_MUST_CHECK;

/* Must @regex be read as characters and not as bytes: it has some that are not ASCII, or \p. */
bool qn_pattern_needs_utf(struct qn_text regex);

/* At a brace: the length of {2}, {2,} or {2,3} with its bounds (@ret_most 0: none); 0 when the brace is text.
 */
size_t qn_pattern_repeat_length(struct qn_text rest, unsigned *ret_least, unsigned *ret_most);

/* At a `[` inside a class: the length of [:alpha:]; 0 when it is text. */
size_t qn_pattern_posix_class_length(struct qn_text rest);

#endif
