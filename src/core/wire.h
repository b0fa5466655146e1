/* struct qn_core as bytes, from the child that reads a core to its parent. The parent trusts them no more
 * than the core. */
#ifndef QN_CORE_WIRE_H
#define QN_CORE_WIRE_H

#include "core/core.h"

void qn_core_encode(const struct qn_core *core, struct qn_buffer *out);

/* QN_ERROR_DAMAGED: not what qn_core_encode() wrote, or cut. */
struct qn_error *qn_core_decode(struct qn_text bytes, struct qn_core **ret) QN_MUST_CHECK;

#endif
