/* The door to the demanglers: LLVM's for C++ (it reads the generic lambdas in template arguments that Folly's
 * futures are made of, which the GNU ones refuse), libiberty's for Rust. Output is capped at
 * QN_DEMANGLED_BYTES_MAX and input at QN_SYMBOL_BYTES_MAX: a hostile name of 176 bytes expands to 277 MB. */
#ifndef QN_STACK_DEMANGLE_H
#define QN_STACK_DEMANGLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* Into @arena. False: @name is not a mangled name, or cannot be read, or is over a cap; @ret is untouched. */
bool qn_demangle(struct qn_arena *arena, struct qn_text name, struct qn_text *ret);

#endif
