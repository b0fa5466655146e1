/* The type of an exception as all compilers' libraries spell it. */
#ifndef QN_SIGNATURE_EXCEPTION_TYPE_H
#define QN_SIGNATURE_EXCEPTION_TYPE_H

#include "base/arena.h"
#include "base/text.h"

/* "std::__1::system_error", "std::ios_base::failure[abi:cxx11]" -> without the inline namespaces and marks of
 * a build. In @arena. */
struct qn_text qn_exception_type(struct qn_arena *arena, struct qn_text type);

#endif
