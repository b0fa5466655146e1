/* How a process ended, where the head of its report is lost: what the frames above the application's prove.
 *
 *	panic({0x3616a60, 0x52b91a0})
 *	runtime.panicmem(...)			a nil dereference
 *	runtime.sigpanic()
 *	github.com/milvus-io/milvus/... */
#ifndef QN_STACK_TOLD_END_H
#define QN_STACK_TOLD_END_H

#include "stack/stack.h"

/* Fills kind, signal and message of @stack where neither signal nor message is known and the frames leave no
 * doubt; @stack is normalized. What a program says in a panic of its own, and which signal a fault in C++
 * was, no frame tells. Names: runtime/panic.go, runtime/map.go, runtime/chan.go, runtime/error.go of Go. */
void qn_told_end_find(struct qn_stack *stack);

#endif
