/* Where the shipped rules and frame tables are. */
#ifndef QN_CLI_DATADIR_H
#define QN_CLI_DATADIR_H

#include "base/error.h"

/* The folder that holds rules/frames.yaml: $QNTRIAGE_DATADIR (and then nothing else), else the folder of the
 * real executable or one of its three parents (the build tree, in the source tree or below it), else where
 * `make install` put it. @ret is the caller's to free().
 *
 * QN_ERROR_NOT_FOUND names the places. */
struct qn_error *qn_datadir_find(char **ret) QN_MUST_CHECK;

/* The same with every place given. Each may be NULL. */
struct qn_error *qn_datadir_find_in(const char *override, const char *executable, const char *installed,
				    char **ret) QN_MUST_CHECK;

/* "DIR/NAME", the caller's to free(); NULL when memory ran out. */
char *qn_path_join(const char *dir, const char *name);

#endif
