/* Two threads hold a mutex each and wait for the other's; a third one waits in the row. The main thread ends the
 * process. */
#include "tiny.h"

static char stacks[3][STACK_BYTES] __attribute__((aligned(4096)));
static struct mutex schema_lock, segment_lock;

NOINLINE static void load(word argument)
{
	(void)argument;
	mutex_lock(&schema_lock);
	nap(50000000);
	mutex_lock(&segment_lock);
}

NOINLINE static void release(word argument)
{
	(void)argument;
	mutex_lock(&segment_lock);
	nap(50000000);
	mutex_lock(&schema_lock);
}

NOINLINE static void describe(word argument)
{
	(void)argument;
	nap(100000000);
	mutex_lock(&schema_lock);
}

void run(void)
{
	start_thread(stacks[0], load, 0);
	start_thread(stacks[1], release, 0);
	start_thread(stacks[2], describe, 0);
	nap(300000000);
	die(6);
	call(SYS_exit, 0, 0, 0, 0, 0);
}
