#include "cli/interrupt.h"

#include <stddef.h>

#include "base/banned.h"

/* A mutable file-level variable (the other one is in stack/demangle.c): a signal handler gets no context. */
static volatile sig_atomic_t interrupted;

static void note(int number)
{
	interrupted = number;
}

const volatile sig_atomic_t *qn_interrupt_watch(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(&action.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* a full quota is an error of write(), with a message */
	return &interrupted;
}
