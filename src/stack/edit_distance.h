/* How many letters must be put in, left out, changed, or swapped with their neighbour. */
#ifndef QN_STACK_EDIT_DISTANCE_H
#define QN_STACK_EDIT_DISTANCE_H

#include "base/text.h"

#define QN_EDIT_DISTANCE_MAX 16U

/* @max + 1 (at most QN_EDIT_DISTANCE_MAX + 1) when it is more than @max. Costs length times @max. */
unsigned qn_letters_apart(struct qn_text a, struct qn_text b, unsigned max);

#endif
