// What the ways to die and to hang share.
#pragma once

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "folly/SharedMutex.h"
#include "milvus/Future.h"

using folly::CPUThreadPoolExecutor;
using folly::NamedThreadFactory;

// A way to die; a table ends in one without a name. `threads` is the program's second argument.
struct Mode {
	char const *name;
	int (*run)(size_t threads);
};
extern Mode const death_modes[], hang_modes[], retrieve_modes[];

// Hides a value from the optimizer.
template <typename T> CRASHER_INLINE T opaque(T value)
{
	__asm__ volatile("" : "+r"(value) : : "memory");
	return value;
}
// Keeps the call before it a call: as a jump it would leave no frame.
CRASHER_INLINE void after_call()
{
	__asm__ volatile("" ::: "memory");
}

inline std::unique_ptr<CPUThreadPoolExecutor> make_pool(size_t threads, char const *prefix)
{
	return std::make_unique<CPUThreadPoolExecutor>(threads, std::make_shared<NamedThreadFactory>(prefix));
}

// Calls of the kernel that a thread may be asleep in, by the first number in its /proc file.
inline bool is_asleep(char const *tid)
{
	char path[64], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/syscall", tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	bool asleep = fgets(text, sizeof(text), file) && strtol(text, nullptr, 10) == SYS_futex;
	fclose(file);
	return asleep;
}

inline size_t count_asleep()
{
	size_t count = 0;
	DIR *dir = opendir("/proc/self/task");

	while (struct dirent *entry = readdir(dir))
		count += entry->d_name[0] != '.' && is_asleep(entry->d_name);
	closedir(dir);
	return count;
}

// Returns when exactly so many threads of the process sleep in a futex, twice in a row.
inline void wait_until_asleep(size_t wanted)
{
	struct timespec pause = {0, 2000000};

	while (count_asleep() != wanted || count_asleep() != wanted)
		nanosleep(&pause, nullptr);
}

// Somebody from outside, or a watchdog, had enough of waiting.
[[noreturn]] inline CRASHER_FRAME void dump()
{
	kill(getpid(), SIGABRT);
	for (;;)
		pause();
}
