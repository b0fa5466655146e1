/* A dump in which nobody crashed. */
#ifndef QN_STACK_DUMP_HANG_H
#define QN_STACK_DUMP_HANG_H

#include "stack/dump.h"

/* Where the process hangs (a cycle, a starved pool), @sighting gets the frames of the thread that tells most
 * of it, kind deadlock and what the others were at; else is_noise. */
struct qn_error *qn_dump_find_hang(struct qn_dump *dump, struct qn_sighting *sighting) QN_MUST_CHECK;

#endif
