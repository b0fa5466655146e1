/* Internal to frame_name.c: names of C, C++ and Rust functions. */
#ifndef QN_STACK_FRAME_NAME_CPP_H
#define QN_STACK_FRAME_NAME_CPP_H

#include "stack/frame_name.h"

/* A demangled name, in the spelling of gcc, gdb, c++filt, LLVM or Rust. */
void qn_frame_name_read_cpp(struct qn_arena *arena, struct qn_text name, struct qn_frame_name *ret);

/* A mangled name that no demangler reads (cut, damaged, over a cap): the namespaces and names at its
 * beginning. */
void qn_frame_name_read_damaged(struct qn_arena *arena, struct qn_text mangled, struct qn_frame_name *ret);

/* What a demangler that does not know Rust makes of a legacy name: "_$LT$a..B$u20$as$u20$c..D$GT$::f" ->
 * "<a::B as c::D>::f". Any other name as it is. */
struct qn_text qn_frame_name_decode_rust(struct qn_arena *arena, struct qn_text name);

#endif
