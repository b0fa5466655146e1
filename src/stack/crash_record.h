/* Log records that are a part of a crash text: the reader of stacks gets them like lines that no log format
 * claimed. */
#ifndef QN_STACK_CRASH_RECORD_H
#define QN_STACK_CRASH_RECORD_H

#include <stdbool.h>

#include "record/record.h"

/* glog's line of level F, which ends the process (a failed CHECK), those of Folly's exception tracer, and
 * what the crash handler of easylogging++ says, and frames of Java and titles of Python that were logged line
 * by line. */
bool qn_is_crash_record(const struct qn_record *record);

/* "Invalid trace stack for exception of type: milvus::SegcoreError": Folly's exception tracer on itself, at
 * each throw of a program that is linked in an odd way. Nothing failed. */
bool qn_is_tracer_noise(const struct qn_record *record);

#endif
