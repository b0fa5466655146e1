/* Reads the name of a function out of what a stack shows: cuts what capture added, demangles, and takes the
 * name apart. Linear in the length of the name and never recursive. */
#ifndef QN_STACK_FRAME_NAME_H
#define QN_STACK_FRAME_NAME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct qn_frame_name {
	struct qn_text function; /* for people: short template arguments stay, long ones are "<...>" */
	struct qn_text key;      /* for comparing */
	struct qn_text
		lookup; /* for the frame tables: of Go the key with the whole package path, else the key */
	struct qn_text
		full;    /* without return type, everything else as it stands: "invoke<folly::...>(...)" */
	bool is_damaged; /* a mangled name that no demangler reads: what is told was picked out of it */
	bool is_go;
	bool is_inlined; /* Go shows "(...)" for the arguments of an inlined function */
};

/* @raw   as found: "_ZN6milvus4Json2atERKSs", "f(args)::<lambda(auto:85&&)>", "pkg/path.(*T).Method(0xc0,
 * ...)"
 * @file  as found, tells Go from C; may be empty
 * Texts are in @arena or part of @raw. Empty ones for what is no name: "(null)", "??", "non-Go function". */
void qn_frame_name_read(struct qn_arena *arena, struct qn_text raw, struct qn_text file,
			struct qn_frame_name *ret);

/* The name of a Go function without the values of its arguments, which differ in every stack: "f(0xc000,
 * 0x1)" is "f()", but "f(...)" stays, for it tells more. Any other name as it is. */
struct qn_text qn_frame_name_without_values(struct qn_arena *arena, struct qn_text raw, struct qn_text file);

#endif
