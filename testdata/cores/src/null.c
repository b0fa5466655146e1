/* Three threads: two wait, the main one reads a member of an object at address 0. */
#include "tiny.h"

struct segment {
	long id, rows, columns, bytes, schema;
};

static char stacks[2][STACK_BYTES] __attribute__((aligned(4096)));
static int never;
struct segment *volatile current;
volatile long found;

NOINLINE static void worker(word argument)
{
	(void)argument;
	sleep_forever(&never);
}

NOINLINE static long read_schema(struct segment *segment)
{
	return segment->schema + 1;
}

NOINLINE static long search(struct segment *segment)
{
	return read_schema(segment) * 3;
}

void run(void)
{
	start_thread(stacks[0], worker, 0);
	start_thread(stacks[1], worker, 1);
	nap(100000000);
	found = search(current);
	call(SYS_exit, 0, 0, 0, 0, 0);
}
