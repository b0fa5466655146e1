/* How a process ended, in words. */
#ifndef QN_STACK_END_WORDS_H
#define QN_STACK_END_WORDS_H

#include "stack/postmortem.h"

/* "SIGSEGV"; "signal 42" in @arena where it has no name (Linux' numbers, of x86-64 and AArch64 alike);
 * "" for 0. */
struct qn_text qn_signal_name(struct qn_arena *arena, uint32_t number);

/* Does the processor raise it: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP? */
bool qn_signal_is_fault(uint32_t number);

/* What a code of siginfo says ("address not mapped to object"), as POSIX has it in <signal.h>; "" unknown, or
 * what any sender writes. */
struct qn_text qn_si_code_words(struct qn_text signal, int64_t code);

/* Fills postmortem->reason, one line; what a hang said stays. */
void qn_say_reason(struct qn_postmortem *postmortem);

#endif
