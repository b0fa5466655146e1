// Ways to hang. When everybody stands where they must, the process is put an end to.
#include "crash.h"

namespace
{
// --- Hangs
// --------------------------------------------------------------------------------------------------------------

// The Nth lock of a ring: task i holds lock i and wants lock i + 1.
template <typename Mutex>
CRASHER_FRAME void lock_in_ring(Mutex *locks, size_t index, size_t count, pthread_barrier_t *barrier)
{
	std::lock_guard<Mutex> held(locks[index]);

	pthread_barrier_wait(barrier);
	std::lock_guard<Mutex> wanted(locks[(index + 1) % count]);

	after_call();
}

template <typename Mutex> int hang_in_ring(size_t count)
{
	static Mutex locks[3];
	static pthread_barrier_t barrier;
	auto pool = make_pool(count + 1, "SEARCH_POOL_");

	pthread_barrier_init(&barrier, nullptr, unsigned(count));
	for (size_t i = 0; i < count; i++)
		pool->add([i, count]() {
			lock_in_ring(locks, i, count, &barrier);
			after_call();
		});
	wait_until_quiet();
	dump();
}

int hang_two_locks(size_t)
{
	return hang_in_ring<std::mutex>(2);
}
int hang_three_locks(size_t)
{
	return hang_in_ring<std::mutex>(3);
}
int hang_recursive(size_t)
{
	return hang_in_ring<std::recursive_mutex>(2);
}
int hang_shared_mutex(size_t)
{
	return hang_in_ring<folly::SharedMutex>(2);
}

struct WriteLock {
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

	void lock_() // the writer's side is recorded in the lock
	{
		pthread_rwlock_wrlock(&lock);
		after_call();
	}
};

// One writer holds it and never lets go; a reader and a writer wait.
int hang_rwlock(size_t)
{
	static WriteLock lock;
	static folly::Baton<> held, never;
	auto pool = make_pool(3, "SEARCH_POOL_");

	pool->add([]() {
		lock.lock_();
		held.post();
		never.wait();
		after_call();
	});
	held.wait();
	pool->add([]() {
		pthread_rwlock_rdlock(&lock.lock);
		after_call();
	});
	pool->add([]() {
		lock.lock_();
		after_call();
	});
	wait_until_quiet();
	dump();
}

// Locks a mutex that it holds already.
int hang_self_lock(size_t)
{
	static std::mutex mutex;
	auto pool = make_pool(1, "SEARCH_POOL_");

	pool->add([]() {
		mutex.lock();
		opaque(&mutex)->lock();
		after_call();
	});
	wait_until_quiet();
	dump();
}

// Every worker waits for a future that only this pool can make ready.
int hang_starved(size_t threads)
{
	auto pool = make_pool(threads, "SEARCH_POOL_");
	static pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, nullptr, unsigned(threads));
	for (size_t i = 0; i < threads; i++)
		pool->add([&pool]() {
			pthread_barrier_wait(&barrier);
			auto future = folly::makeSemiFuture()
					      .via(folly::Executor::KeepAlive<>(pool.get()))
					      .then([](auto &&) { return 7; });

			return opaque(std::move(future).get());
		});
	wait_until_quiet();
	dump();
}

// Every worker is blocked, but for something else: the pool is exhausted, not starved.
int hang_exhausted(size_t)
{
	static folly::SharedMutex mutex;
	auto pool = make_pool(3, "SEARCH_POOL_");

	mutex.lock();
	for (size_t i = 0; i < 5; i++)
		pool->add([]() {
			mutex.lock_shared();
			after_call();
			mutex.unlock_shared();
		});
	wait_until_quiet();
	dump();
}

CRASHER_FRAME void watchdog()
{
	wait_until_quiet();
	dump();
}

// The last reference to a pool is dropped by a task of its own: it joins itself.
int hang_self_join(size_t)
{
	std::shared_ptr<CPUThreadPoolExecutor> pool = make_pool(2, "SEARCH_POOL_");
	auto *executor = pool.get();

	executor->add([pool = std::move(pool)]() mutable {
		pool.reset();
		after_call();
	});
	watchdog();
	return 0;
}

// The pool is destroyed while a task of it waits for ever.
int hang_destroyed(size_t)
{
	static folly::Baton<> started, never;
	std::thread([]() { watchdog(); }).detach();
	auto pool = make_pool(2, "SEARCH_POOL_");

	pool->add([]() {
		started.post();
		never.wait();
		after_call();
	});
	started.wait();
	pool.reset();
	after_call();
	return 0;
}

// main() is over; a static pool waits for its task in exit().
int hang_exit(size_t)
{
	static folly::Baton<> started, never;

	milvus::futures::getGlobalCPUExecutor()->add([]() {
		started.post();
		never.wait();
		after_call();
	});
	started.wait();
	std::thread([]() { watchdog(); }).detach();
	return 0;
}

// One thread waits for the end of another one, which waits for a lock that the first one holds.
int hang_join(size_t)
{
	static std::mutex mutex;
	std::lock_guard<std::mutex> guard(mutex);
	std::thread dog([]() { watchdog(); });
	std::thread thread([]() {
		std::lock_guard<std::mutex> wanted(mutex);

		after_call();
	});

	thread.join();
	dog.join();
	return 0;
}

} // namespace

Mode const hang_modes[] = {
	{"two-locks", hang_two_locks},
	{"three-locks", hang_three_locks},
	{"recursive", hang_recursive},
	{"shared-mutex", hang_shared_mutex},
	{"rwlock", hang_rwlock},
	{"self-lock", hang_self_lock},
	{"exhausted", hang_exhausted},
	{"self-join", hang_self_join},
	{"destroyed", hang_destroyed},
	{"exit", hang_exit},
	{"join", hang_join},
	{"starved", hang_starved},
	{nullptr, nullptr},
};
