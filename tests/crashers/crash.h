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

// Whether the thread sleeps in a futex; *switches says how often it has gone to sleep so far.
inline bool is_asleep(char const *tid, long *switches)
{
	static char const counter[] = "voluntary_ctxt_switches:";
	char path[64], text[128];
	bool asleep = false;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/syscall", tid);
	if (FILE *file = fopen(path, "r")) {
		asleep = fgets(text, sizeof(text), file) && strtol(text, nullptr, 10) == SYS_futex;
		fclose(file);
	}
	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", tid);
	if (FILE *file = fopen(path, "r")) {
		while (fgets(text, sizeof(text), file))
			if (strncmp(text, counter, sizeof(counter) - 1) == 0)
				*switches += strtol(text + sizeof(counter), nullptr, 10);
		fclose(file);
	}
	return asleep;
}

// How often all other threads have gone to sleep; -1 when one of them is not asleep.
inline long look_at_others()
{
	long switches = 0, self = syscall(SYS_gettid);
	bool asleep = true;
	DIR *dir = opendir("/proc/self/task");

	while (struct dirent *entry = readdir(dir))
		if (entry->d_name[0] != '.' && strtol(entry->d_name, nullptr, 10) != self)
			asleep = is_asleep(entry->d_name, &switches) && asleep;
	closedir(dir);
	return asleep ? switches : -1;
}

// Returns when every other thread sleeps in a futex. Who is asleep twice and has not gone to sleep in between
// has slept all the time: so there was a moment when all of them did, and who should have woken one of them?
inline void wait_until_quiet()
{
	struct timespec pause = {0, 1000000};

	for (;;) {
		long before = look_at_others();

		if (before >= 0 && look_at_others() == before)
			return;
		nanosleep(&pause, nullptr);
	}
}

// Somebody from outside, or a watchdog, had enough of waiting.
[[noreturn]] inline CRASHER_FRAME void dump()
{
	kill(getpid(), SIGABRT);
	for (;;)
		pause();
}
