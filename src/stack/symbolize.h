/* Names, files and lines for the code addresses in a text, without a core: `qntriage symbolize`. */
#ifndef QN_STACK_SYMBOLIZE_H
#define QN_STACK_SYMBOLIZE_H

#include "core/core.h"

#define QN_SYMBOLIZE_TEXT_BYTES_MAX (UINT64_C(1) << 30)
#define QN_SYMBOLIZE_ADDRESSES_MAX 2000000U /* lines with one; further ones stay as they are */
#define QN_SYMBOLIZE_RUN_GAP 4U             /* other lines that a stack may have between its frames */

/* Appends @text to @ret with every line that could be resolved in its own form: with the name, the functions
 * that were inlined there in front of it, and file and line as that form has them. All other lines are
 * unchanged. At the end, lines that begin "# qntriage: " say which load addresses were inferred, how sure
 * that is, and which were not clear, so that nothing was resolved with them. */
struct qn_error *qn_symbolize(const struct qn_core_options *options, struct qn_text text,
			      struct qn_buffer *ret) QN_MUST_CHECK;

#endif
