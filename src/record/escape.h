/* JSON's escapes, as zap and docker write them. */
#ifndef QN_RECORD_ESCAPE_H
#define QN_RECORD_ESCAPE_H

#include "base/text.h"

/* Offset of the first quote in @text that no backslash escapes, or SIZE_MAX. *@ret_is_escaped: a backslash
 * stands before it (before the end, when there is no quote). */
size_t qn_escape_find_quote(struct qn_text text, bool *ret_is_escaped);

/* Undoes \" \\ \/ \b \f \n \r \t and \uXXXX (a surrogate pair is one character, half a pair is U+FFFD);
 * anything else behind a backslash stays as it stands. Writes at most @text.len bytes to @ret and returns how
 * many. */
size_t qn_escape_undo(struct qn_text text, char *ret);

#endif
