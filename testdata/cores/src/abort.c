/* A thread that is not the first ends the process with SIGABRT, as abort() does. */
#include "tiny.h"

static char stack[STACK_BYTES] __attribute__((aligned(4096)));
static int never;

NOINLINE static void raise_abort(void)
{
	die(6);
}

NOINLINE static void check_failed(const char *what)
{
	__asm__ volatile("" : : "r"(what));
	raise_abort();
	__asm__ volatile("");
}

NOINLINE static void flush(word argument)
{
	nap(50000000);
	check_failed(argument ? "rows == 0" : "");
	sleep_forever(&never);
}

void run(void)
{
	start_thread(stack, flush, 1);
	sleep_forever(&never);
}
