/* A recursion without end on a stack of one page, with nothing mapped below it. */
#include "tiny.h"

static struct {
	char below[4096], stack[STACK_BYTES];
} memory __attribute__((aligned(4096)));
volatile long depth_of_tree;

NOINLINE static long walk(long node)
{
	volatile long here = node;

	depth_of_tree++;
	return walk(here + 1) + here;
}

NOINLINE static void walker(word argument)
{
	nap(50000000);
	walk((long)argument);
}

void run(void)
{
	static int never;

	/* mprotect(): the guard page */
#ifdef __x86_64__
	call(10, (word)memory.below, 4096, 0, 0, 0);
#else
	call(226, (word)memory.below, 4096, 0, 0, 0);
#endif
	start_thread(memory.stack, walker, 1);
	sleep_forever(&never);
}
