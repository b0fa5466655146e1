/* Where a report goes: standard output, or a file that is written whole or not at all. */
#ifndef QN_CLI_OUTPUT_H
#define QN_CLI_OUTPUT_H

#include "base/error.h"
#include "base/text.h"

/* @path  NULL: standard output. A regular file (or none yet) is written beside its place and renamed;
 * anything else (a device, a pipe) is written directly. A reader of standard output that went away is no
 * error: it has what it wanted. */
struct qn_error *qn_output_write(const char *path, struct qn_text text) QN_MUST_CHECK;

/* "qntriage: MESSAGE" as one line on standard error: what came from a file or its name cannot steer the
 * terminal. */
void qn_output_complain(struct qn_text message);

#endif
