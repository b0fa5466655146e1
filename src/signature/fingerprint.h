/* The exact identity of one normalized stack or message: what is equal here is told in the same words, down
 * to the last frame. Several fingerprints make one signature. */
#ifndef QN_SIGNATURE_FINGERPRINT_H
#define QN_SIGNATURE_FINGERPRINT_H

#include "stack/stack.h"

#define QN_FINGERPRINT_BYTES 36U /* "QP-", 32 hex digits, NUL */

/* Of kind, signal, exception, masked message and the keys and roles of all frames; not of addresses, files,
 * lines and modules. Returns @ret. */
const char *qn_fingerprint_of_stack(const struct qn_stack *stack, char ret[QN_FINGERPRINT_BYTES]);

#endif
