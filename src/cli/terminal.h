/* What the reader of the report can show. */
#ifndef QN_CLI_TERMINAL_H
#define QN_CLI_TERMINAL_H

#include "cli/options.h"

#define QN_WIDTH_DEFAULT 100U

/* Columns of the terminal on standard output; $COLUMNS, else 100, where there is none or the report goes to a
 * file. */
unsigned qn_terminal_width(const struct qn_options *options);

/* --color, and for auto: a terminal, no NO_COLOR, TERM not "dumb". */
bool qn_terminal_has_color(const struct qn_options *options);

#endif
