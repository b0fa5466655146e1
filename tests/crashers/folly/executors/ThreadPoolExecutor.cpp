// The library's side of the stand-ins: what is compiled into Folly's own library is compiled into one here.
#include <cerrno>
#include <climits>
#include <cstdio>
#include <ctime>
#include <exception>
#include <functional>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "folly/executors/ThreadPoolExecutor.h"
#include "folly/fibers/Baton.h"

namespace folly
{
namespace detail
{
namespace
{
CRASHER_FRAME FutexResult nativeFutexWaitImpl(void const *addr, uint32_t expected, SteadyTime const *deadline)
{
	struct timespec ts, *timeout = nullptr;

	if (deadline) {
		auto nanoseconds = deadline->time_since_epoch().count();

		ts = {time_t(nanoseconds / 1000000000), long(nanoseconds % 1000000000)};
		timeout = &ts;
	}
	if (syscall(SYS_futex, addr, FUTEX_WAIT_BITSET_PRIVATE, expected, timeout, nullptr,
		    FUTEX_BITSET_MATCH_ANY) == 0)
		return FutexResult::AWOKEN;
	return errno == ETIMEDOUT ? FutexResult::TIMEDOUT
	       : errno == EINTR   ? FutexResult::INTERRUPTED
				  : FutexResult::VALUE_CHANGED;
}
} // namespace

FutexResult futexWaitImpl(std::atomic<unsigned> const *futex, uint32_t expected, SteadyTime const *deadline)
{
	FutexResult result = nativeFutexWaitImpl(futex, expected, deadline);

	__asm__ volatile("" ::: "memory");
	return result;
}

int futexWakeImpl(std::atomic<unsigned> const *futex, int count)
{
	return int(syscall(SYS_futex, futex, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0));
}
} // namespace detail

namespace fibers
{
CRASHER_INLINE void Baton::waitThread()
{
	while (waiting_.load() == 0)
		detail::MemoryIdler::futexWait(waiting_, 0);
}

void Baton::wait()
{
	wait([]() {});
	__asm__ volatile("" ::: "memory");
}

void Baton::post()
{
	waiting_ = 1;
	detail::futexWakeImpl(&waiting_, INT_MAX);
}
} // namespace fibers

void Executor::invokeCatchingExnsLog(char const *prefix) noexcept
{
	try {
		throw;
	} catch (std::exception const &e) {
		fprintf(stderr, "%s threw unhandled std::exception: %s\n", prefix, e.what());
	} catch (...) {
		fprintf(stderr, "%s threw an unhandled object\n", prefix);
	}
}

std::thread NamedThreadFactory::newThread(Func &&func)
{
	std::string name = prefix_ + std::to_string(suffix_++);

	return std::thread([func = std::move(func), name = std::move(name)]() mutable {
		pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
		func();
	});
}

void ThreadPoolExecutor::StoppedThreadQueue::add(ThreadPtr item)
{
	{
		std::lock_guard<std::mutex> guard(mutex_);

		queue_.push_back(std::move(item));
	}
	sem_.post();
}

CRASHER_INLINE ThreadPoolExecutor::ThreadPtr ThreadPoolExecutor::StoppedThreadQueue::take()
{
	sem_.wait();
	std::lock_guard<std::mutex> guard(mutex_);
	ThreadPtr item = std::move(queue_.front());

	queue_.pop_front();
	return item;
}

ThreadPoolExecutor::ThreadPoolExecutor(size_t threads, std::shared_ptr<ThreadFactory> factory)
    : threadFactory_(std::move(factory)), maxThreads_(threads)
{
}

ThreadPoolExecutor::~ThreadPoolExecutor() = default;

void ThreadPoolExecutor::addThreads()
{
	for (size_t i = 0; i < maxThreads_; i++) {
		auto thread = std::make_shared<Thread>();

		thread->id = i;
		thread->handle =
			threadFactory_->newThread(std::bind(&ThreadPoolExecutor::threadRun, this, thread));
		thread->startupBaton.wait();
		threadList_.push_back(std::move(thread));
	}
}

CRASHER_FRAME void ThreadPoolExecutor::runTask(ThreadPtr const &thread, Task &&task)
{
	thread->idle = false;
	invokeCatchingExns("ThreadPoolExecutor: func", std::exchange(task.func_, {}));
	thread->idle = true;
}

CRASHER_FRAME void ThreadPoolExecutor::joinStoppedThreads(size_t n)
{
	for (size_t i = 0; i < n; i++)
		stoppedThreads_.take()->handle.join();
}

CRASHER_FRAME void ThreadPoolExecutor::stop()
{
	if (isStopped_.exchange(true))
		return;
	stopThreads(threadList_.size());
	joinStoppedThreads(threadList_.size());
	threadList_.clear();
}

void ThreadPoolExecutor::join()
{
	stop();
	__asm__ volatile("" ::: "memory");
}

CPUThreadPoolExecutor::CPUThreadPoolExecutor(size_t threads, std::shared_ptr<ThreadFactory> factory)
    : ThreadPoolExecutor(threads, std::move(factory)), taskQueue_(new UnboundedBlockingQueue<CPUTask>)
{
	addThreads();
}

CPUThreadPoolExecutor::~CPUThreadPoolExecutor()
{
	stop();
}

void CPUThreadPoolExecutor::add(Func func)
{
	CPUTask task;

	task.func_ = std::move(func);
	task.enqueueTime_ = std::chrono::steady_clock::now();
	taskQueue_->add(std::move(task));
}

void CPUThreadPoolExecutor::stopThreads(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CPUTask task;

		task.poison = true;
		taskQueue_->add(std::move(task));
	}
}

CRASHER_FRAME void CPUThreadPoolExecutor::threadRun(ThreadPtr thread)
{
	thread->startupBaton.post();
	for (;;) {
		CPUTask task;

		if (!taskQueue_->try_take_for(threadTimeout_, task))
			continue;
		if (task.poison) {
			stoppedThreads_.add(std::move(thread));
			return;
		}
		runTask(thread, std::move(task));
	}
}
} // namespace folly
