// A process whose threads wait for each other, in one of many ways; test_locks.c kills it for its core.
//
// Usage: waiters MODE. Before it sleeps each thread says what a reader of the core must find: "TID KIND OWNER
// ADDRESS" (owner 0: none; address 0: not asked for). "ready N" in front: so many threads will sleep.
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <linux/futex.h>
#include <malloc.h>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <shared_mutex>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

static unsigned self()
{
	return static_cast<unsigned>(syscall(SYS_gettid));
}

static void say(const char *kind, unsigned owner, const void *address)
{
	char line[200];
	int len = std::snprintf(line, sizeof(line), "%u %s %u %llx\n", self(), kind, owner,
				static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(address)));

	if (write(STDOUT_FILENO, line, static_cast<size_t>(len)) != len)
		_exit(3);
}

static void ready(unsigned count)
{
	char line[50];
	int len = std::snprintf(line, sizeof(line), "ready %u\n", count);

	if (write(STDOUT_FILENO, line, static_cast<size_t>(len)) != len)
		_exit(3);
}

// A word that nobody wakes, in a lock of one's own; what lies behind it looks a little like an owner.
struct parked {
	uint32_t word, count, owner, users, kind, rest[5];
};

[[gnu::noinline]] static void park(parked &place, uint32_t value)
{
	place.word = value;
	for (;;)
		syscall(SYS_futex, &place.word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

[[noreturn]] static void rest()
{
	static thread_local parked place;

	say("futex", 0, &place.word);
	park(place, 0);
	std::abort();
}

static pthread_barrier_t barrier;

// --- Mutexes ----------------------------------------------------------------------------------------------

static unsigned owners[3];

template <typename Lock> static void cycle(unsigned threads, Lock *locks, void *const *addresses)
{
	pthread_barrier_init(&barrier, nullptr, threads);
	ready(threads + 1);
	for (unsigned i = 0; i < threads; i++)
		std::thread([=] {
			unsigned next = (i + 1) % threads;

			locks[i].lock();
			owners[i] = self();
			pthread_barrier_wait(&barrier);
			say("mutex", owners[next], addresses[next]);
			locks[next].lock();
		}).detach();
	rest();
}

static void deadlock()
{
	static std::mutex locks[2];
	void *addresses[] = {&locks[0], &locks[1]};

	cycle(2, locks, addresses);
}

struct plain {
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	void lock()
	{
		pthread_mutex_lock(&mutex);
	}
};

static void ring()
{
	static plain locks[3];
	void *addresses[] = {&locks[0], &locks[1], &locks[2]};

	cycle(3, locks, addresses);
}

// One thread holds it and rests, the other one takes it by @take.
static void contend(pthread_mutex_t *mutex, int (*take)(pthread_mutex_t *), unsigned times = 1)
{
	ready(2);
	for (unsigned i = 0; i < times; i++)
		pthread_mutex_lock(mutex);
	owners[0] = self();
	std::thread([=] {
		say("mutex", owners[0], mutex);
		take(mutex);
	}).detach();
	rest();
}

static pthread_mutex_t *make(int type, int robust, int protocol, int shared)
{
	static pthread_mutex_t mutex;
	pthread_mutexattr_t how;

	pthread_mutexattr_init(&how);
	pthread_mutexattr_settype(&how, type);
	pthread_mutexattr_setrobust(&how, robust);
	pthread_mutexattr_setprotocol(&how, protocol);
	pthread_mutexattr_setpshared(&how, shared);
	if (pthread_mutex_init(&mutex, &how) != 0)
		_exit(4);
	return &mutex;
}

static timespec later(clockid_t clock)
{
	timespec time;

	clock_gettime(clock, &time);
	time.tv_sec += 3600;
	return time;
}

static int take_until(pthread_mutex_t *mutex)
{
	timespec time = later(CLOCK_REALTIME);

	return pthread_mutex_timedlock(mutex, &time);
}

static int take_by_clock(pthread_mutex_t *mutex)
{
	timespec time = later(CLOCK_MONOTONIC);

	return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &time);
}

static void kind_of_mutex(const char *mode)
{
	static const struct {
		const char *name;
		int type, robust, protocol, shared;
		unsigned times;
		int (*take)(pthread_mutex_t *);
	} kinds[] = {
		{"normal", PTHREAD_MUTEX_NORMAL, 0, 0, 0, 1, pthread_mutex_lock},
		{"recursive", PTHREAD_MUTEX_RECURSIVE, 0, 0, 0, 3, pthread_mutex_lock},
		{"errorcheck", PTHREAD_MUTEX_ERRORCHECK, 0, 0, 0, 1, pthread_mutex_lock},
		{"adaptive", PTHREAD_MUTEX_ADAPTIVE_NP, 0, 0, 0, 1, pthread_mutex_lock},
		{"timed", PTHREAD_MUTEX_NORMAL, 0, 0, 0, 1, take_until},
		{"clock", PTHREAD_MUTEX_NORMAL, 0, 0, 0, 1, take_by_clock},
		{"robust", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, 0, 0, 1, pthread_mutex_lock},
		{"inherit", PTHREAD_MUTEX_NORMAL, 0, PTHREAD_PRIO_INHERIT, 0, 1, pthread_mutex_lock},
		{"shared", PTHREAD_MUTEX_NORMAL, 0, 0, PTHREAD_PROCESS_SHARED, 1, pthread_mutex_lock},
	};

	for (const auto &kind : kinds)
		if (std::strcmp(mode, kind.name) == 0)
			contend(make(kind.type, kind.robust, kind.protocol, kind.shared), kind.take,
				kind.times);
}

// A thread ended and did not give it back.
static void abandoned()
{
	static std::mutex mutex;

	ready(2);
	std::thread([] { mutex.lock(); }).join();
	std::thread([] {
		say("mutex", 0, &mutex);
		mutex.lock();
	}).detach();
	rest();
}

// --- Reader-writer locks ----------------------------------------------------------------------------------

static std::shared_mutex shared;

static void written()
{
	ready(4);
	shared.lock();
	owners[0] = self();
	for (int i = 0; i < 3; i++)
		std::thread([=] {
			say("rwlock", owners[0], &shared);
			if (i == 0)
				shared.lock_shared();
			else
				shared.lock();
		}).detach();
	rest();
}

// Two threads read, one writer waits for them, and another one behind it.
static void read_by_two()
{
	ready(4);
	pthread_barrier_init(&barrier, nullptr, 2);
	shared.lock_shared();
	std::thread([] {
		shared.lock_shared();
		pthread_barrier_wait(&barrier);
		rest();
	}).detach();
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 2; i++)
		std::thread([] {
			say("rwlock", 0, &shared);
			shared.lock();
		}).detach();
	rest();
}

// --- No lock ----------------------------------------------------------------------------------------------

static void join()
{
	ready(3);
	std::thread second([] {
		static unsigned last;

		pthread_barrier_init(&barrier, nullptr, 2);
		std::thread third([] {
			last = self();
			pthread_barrier_wait(&barrier);
			rest();
		});

		pthread_barrier_wait(&barrier);
		owners[0] = self();
		say("thread", last, nullptr);
		third.join();
	});

	while (!__atomic_load_n(&owners[0], __ATOMIC_ACQUIRE))
		std::this_thread::yield();
	say("thread", owners[0], nullptr);
	second.join();
}

static void condition()
{
	static std::mutex mutex;
	static std::condition_variable changed;

	ready(4);
	for (int i = 0; i < 3; i++)
		std::thread([=] {
			std::unique_lock<std::mutex> guard(mutex);

			say("condition", 0, &changed);
			if (i == 2)
				changed.wait_for(guard, std::chrono::hours(1));
			else
				changed.wait(guard);
		}).detach();
	rest();
}

static void semaphore()
{
	static sem_t waited;

	ready(2);
	sem_init(&waited, 0, 0);
	std::thread([] {
		say("semaphore", 0, &waited);
		sem_wait(&waited);
	}).detach();
	rest();
}

// Its words look like a mutex that this thread holds, but for one.
static void alike()
{
	static parked places[6];
	static const uint32_t none = 0;

	ready(7);
	for (int i = 0; i < 6; i++) {
		parked &place = places[i];

		place.owner = self();
		place.users = i == 0 ? none : 1;
		place.kind = i == 1 ? 0x1000 : 0;
		place.count = i == 2 ? 1 : 0;
		place.rest[2] = i == 3 ? 5 : 0;
		place.owner = i == 4 ? 1U << 30 : self();
		std::thread([i] {
			say("futex", 0, &places[i].word);
			park(places[i], i == 5 ? 3 : 2);
		}).detach();
	}
	rest();
}

static void parked_workers(unsigned count)
{
	static std::mutex mutex;
	static std::condition_variable changed;

	ready(count + 1);
	for (unsigned i = 0; i < count; i++)
		std::thread([i] {
			if (i % 2)
				rest();
			std::unique_lock<std::mutex> guard(mutex);
			say("condition", 0, &changed);
			changed.wait(guard);
		}).detach();
	rest();
}

static void standard_output()
{
	ready(2);
	flockfile(stderr);
	std::thread([] {
		say("futex", 0, nullptr);
		std::fputs("never", stderr);
	}).detach();
	rest();
}

// A thread faults inside of malloc() and so keeps the lock of its arena.
static void *volatile kept;

static void arena()
{
	ready(2);
	mallopt(M_ARENA_MAX, 1);
	kept = std::malloc(100);
	signal(SIGSEGV, [](int) {
		__atomic_store_n(&owners[0], self(), __ATOMIC_RELEASE);
		rest();
	});
	std::thread([] {
		while (!__atomic_load_n(&owners[0], __ATOMIC_ACQUIRE))
			std::this_thread::yield();
		say("futex", 0, nullptr);
		kept = std::malloc(50000);
	}).detach();
	uintptr_t end = reinterpret_cast<uintptr_t>(sbrk(0));
	mprotect(reinterpret_cast<void *>(end - 65536), 65536, PROT_NONE);
	for (;;)
		kept = std::malloc(30000);
}

static void once()
{
	static pthread_once_t begun = PTHREAD_ONCE_INIT;

	ready(2);
	std::thread([] {
		while (!__atomic_load_n(&owners[0], __ATOMIC_ACQUIRE))
			std::this_thread::yield();
		say("futex", 0, &begun);
		pthread_once(&begun, [] {});
	}).detach();
	pthread_once(&begun, [] {
		__atomic_store_n(&owners[0], self(), __ATOMIC_RELEASE);
		rest();
	});
}

struct slow {
	slow()
	{
		__atomic_store_n(&owners[0], self(), __ATOMIC_RELEASE);
		rest();
	}
};

static void guarded()
{
	static slow one;
	(void)one;
}

static void guard()
{
	ready(2);
	std::thread([] {
		while (!__atomic_load_n(&owners[0], __ATOMIC_ACQUIRE))
			std::this_thread::yield();
		say("futex", 0, nullptr);
		guarded();
	}).detach();
	guarded();
}

// --- folly's, by its name ---------------------------------------------------------------------------------

namespace folly
{
template <bool Priority> struct SharedMutexImpl {
	uint32_t state;

	[[gnu::noinline]] void lock()
	{
		say("shared", 0, &state);
		for (;;)
			syscall(SYS_futex, &state, FUTEX_WAIT_BITSET_PRIVATE, state, nullptr, nullptr, 8);
	}
};
} // namespace folly

static void folly_shared()
{
	static folly::SharedMutexImpl<false> places[3];
	static const uint32_t states[] = {0x84, 0x891, 0x1810};

	ready(4);
	for (int i = 0; i < 3; i++) {
		places[i].state = states[i];
		std::thread([i] { places[i].lock(); }).detach();
	}
	rest();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)();
	} modes[] = {
		{"deadlock", deadlock},
		{"ring", ring},
		{"abandoned", abandoned},
		{"written", written},
		{"read", read_by_two},
		{"join", join},
		{"condition", condition},
		{"semaphore", semaphore},
		{"alike", alike},
		{"parked", [] { parked_workers(200); }},
		{"stdio", standard_output},
		{"arena", arena},
		{"once", once},
		{"guard", guard},
		{"folly", folly_shared},
	};

	if (argc < 2)
		return 2;
	for (const auto &mode : modes)
		if (std::strcmp(argv[1], mode.name) == 0)
			mode.run();
	kind_of_mutex(argv[1]);
	return 2;
}
