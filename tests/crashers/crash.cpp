// Dies, or hangs and is then put an end to, in the way that its first argument names: a task of a thread pool
// as the QueryNode has them, unless the name says otherwise. Nothing sleeps to be in time: who waits for
// other threads looks at what the kernel says of them until they stand where they must.
//
//     crash MODE [THREADS]
//     crash                    lists the modes
#include "crash.h"

int main(int argc, char **argv)
{
	size_t threads = argc > 2 ? strtoul(argv[2], nullptr, 10) : 4;
	pthread_attr_t attributes;

	// Small stacks: a runaway recursion ends soon, and cores stay small.
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	pthread_setattr_default_np(&attributes);
	for (auto const *modes : {death_modes, hang_modes, retrieve_modes}) {
		for (auto const *mode = modes; mode->name; mode++) {
			if (argc < 2)
				puts(mode->name);
			else if (strcmp(argv[1], mode->name) == 0)
				return mode->run(threads);
		}
	}
	return argc < 2 ? 0 : 2;
}
