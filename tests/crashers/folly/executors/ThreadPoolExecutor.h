// Stand-ins for Folly's thread pools.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "folly/Executor.h"
#include "folly/synchronization/Baton.h"
#include "folly/synchronization/LifoSem.h"

namespace folly
{
class ThreadFactory
{
      public:
	virtual ~ThreadFactory() = default;
	virtual std::thread newThread(Func &&func) = 0;
};

class NamedThreadFactory : public ThreadFactory
{
      public:
	explicit NamedThreadFactory(std::string prefix) : prefix_(std::move(prefix))
	{
	}
	std::thread newThread(Func &&func) override;

      protected:
	std::string prefix_;
	std::atomic<uint64_t> suffix_{0};
};

// What the queues hold; `poison` ends a worker.
template <typename T> class BlockingQueue
{
      public:
	virtual ~BlockingQueue() = default;
	virtual void add(T item) = 0;
	virtual bool try_take_for(std::chrono::milliseconds timeout, T &item) = 0;
};

template <typename T, typename Semaphore = LifoSem> class UnboundedBlockingQueue : public BlockingQueue<T>
{
	alignas(64) Semaphore sem_;
	std::mutex mutex_;
	std::deque<T> queue_;

      public:
	void add(T item) override
	{
		{
			std::lock_guard<std::mutex> guard(mutex_);

			queue_.push_back(std::move(item));
		}
		sem_.post();
	}
	bool try_take_for(std::chrono::milliseconds timeout, T &item) override
	{
		if (!sem_.try_wait_for(timeout))
			return false;
		std::lock_guard<std::mutex> guard(mutex_);

		item = std::move(queue_.front());
		queue_.pop_front();
		return true;
	}
};

class ThreadPoolExecutor : public virtual Executor
{
      public:
	explicit ThreadPoolExecutor(size_t threads, std::shared_ptr<ThreadFactory> factory);
	~ThreadPoolExecutor() override;
	void join();

	struct Thread {
		uint64_t id = 0;
		std::thread handle;
		bool idle = true;
		Baton<> startupBaton;
	};
	using ThreadPtr = std::shared_ptr<Thread>;

	struct Task {
		Func func_;
		std::chrono::steady_clock::time_point enqueueTime_;
	};

      protected:
	class StoppedThreadQueue
	{
	      public:
		void add(ThreadPtr item);
		ThreadPtr take();

	      private:
		LifoSem sem_;
		std::mutex mutex_;
		std::deque<ThreadPtr> queue_;
	};

	virtual void threadRun(ThreadPtr thread) = 0;
	virtual void stopThreads(size_t n) = 0;
	void runTask(ThreadPtr const &thread, Task &&task);
	void addThreads();
	void stop();
	void joinStoppedThreads(size_t n);

	std::shared_ptr<ThreadFactory> threadFactory_;
	std::vector<ThreadPtr> threadList_;
	StoppedThreadQueue stoppedThreads_;
	std::atomic<size_t> maxThreads_;
	std::atomic<bool> isStopped_{false};
	std::chrono::milliseconds threadTimeout_{60000};
};

class CPUThreadPoolExecutor : public ThreadPoolExecutor
{
      public:
	struct CPUTask : public ThreadPoolExecutor::Task {
		bool poison = false;
	};

	CPUThreadPoolExecutor(size_t threads, std::shared_ptr<ThreadFactory> factory);
	~CPUThreadPoolExecutor() override;
	void add(Func func) override;

      private:
	void threadRun(ThreadPtr thread) override;
	void stopThreads(size_t n) override;

	std::unique_ptr<BlockingQueue<CPUTask>> taskQueue_;
};
} // namespace folly
