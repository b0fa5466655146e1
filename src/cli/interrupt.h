/* Ctrl-C and SIGTERM: stop reading, keep and report what is whole. A second one ends the process at once. */
#ifndef QN_CLI_INTERRUPT_H
#define QN_CLI_INTERRUPT_H

#include <signal.h>

/* Watches both signals and ignores SIGPIPE (a write says EPIPE). @returns what becomes the signal's number.
 */
const volatile sig_atomic_t *qn_interrupt_watch(void);

#endif
