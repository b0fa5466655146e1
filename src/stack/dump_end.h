/* What the frames of a thread and its signal tell of an end. */
#ifndef QN_STACK_DUMP_END_H
#define QN_STACK_DUMP_END_H

#include "stack/sighting.h"

/* The processor raised it. */
bool qn_dump_is_fault(struct qn_text signal);

/* The outermost frame of a signal handler, which what the signal interrupted stands below; SIZE_MAX: none. */
size_t qn_dump_find_handler(const struct qn_sighting *frames);

/* Does only an abort have this frame? */
bool qn_dump_is_abort(struct qn_text raw);

#endif
