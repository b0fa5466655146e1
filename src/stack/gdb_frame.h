/* Frames and threads as gdb prints them (gdb manual, "Backtraces"). Texts are borrowed. */
#ifndef QN_STACK_GDB_FRAME_H
#define QN_STACK_GDB_FRAME_H

#include "stack/crash_line.h"
#include "stack/dump.h"

struct qn_gdb_frame {
	uint64_t number;
	struct qn_text name; /* without the arguments that gdb prints */
	struct qn_code_place place;
	bool is_complete; /* false: it may go on in the next line */
	bool is_narrow;   /* one blank behind the number, where gdb has two */
};

/* False: no frame of gdb's ("#0  0x7f name" is eu-stack's). */
bool qn_gdb_frame_read(struct qn_text text, struct qn_gdb_frame *ret);

/* Could it begin a report that nothing announced: "#0  f (x=1) at a.c:3", "#0  0x7f in f ()"? Not "#0  queue
 * (backup) is full". */
bool qn_gdb_frame_is_sure(const struct qn_gdb_frame *frame);

/* "f<void (*)(int)>::operator() (this=0x1) at a.cpp:12": the name, and what follows the arguments. gdb writes
 * a blank before them. False: they do not end. */
bool qn_gdb_arguments_split(struct qn_text text, struct qn_text *ret_name, struct qn_text *ret_rest);

/* Thread 3 (Thread 0x7fc082bff6c0 (LWP 31557) "name"): | 3 (LWP 12) | Thread 3 "name" received ... */
struct qn_thread_id qn_gdb_thread_read(struct qn_text text, struct qn_text *ret_name);

/* "SIGSEGV, Segmentation fault." -> the name, static; empty for signals that end no process. */
struct qn_text qn_gdb_signal_read(struct qn_text text);

/* A debugger stops at it, and nothing is wrong. */
bool qn_gdb_signal_is_everyday(struct qn_text signal);

#endif
