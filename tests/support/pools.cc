// Workers of pools that are built like folly's, and wait. Usage: pools MODE (only one)
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace folly
{
class ThreadFactory
{
public:
	virtual ~ThreadFactory() = default;
	virtual std::thread newThread(std::function<void()> &&run) = 0;
};

class NamedThreadFactory : public ThreadFactory
{
public:
	explicit NamedThreadFactory(std::string prefix) : prefix_(std::move(prefix))
	{
	}
	std::thread newThread(std::function<void()> &&run) override
	{
		suffix_++;
		return std::thread(std::move(run));
	}

protected:
	std::string prefix_;
	std::uint64_t suffix_ = 0;
};

class PriorityThreadFactory : public ThreadFactory
{
public:
	explicit PriorityThreadFactory(std::shared_ptr<ThreadFactory> factory) : factory_(std::move(factory))
	{
	}
	std::thread newThread(std::function<void()> &&run) override
	{
		return factory_->newThread(std::move(run));
	}

private:
	std::shared_ptr<ThreadFactory> factory_;
	const int priority_ = 1;
};

class Executor
{
public:
	virtual ~Executor() = default;
	virtual void add(std::function<void()>) = 0;
};

class DefaultKeepAliveExecutor : public virtual Executor
{
	std::uint64_t keepAlive_ = 1;

public:
	virtual bool keepAliveAcquire()
	{
		return keepAlive_++ > 0;
	}
};

class GetThreadIdCollector
{
public:
	virtual ~GetThreadIdCollector() = default;
	virtual void *getThreadIdCollector()
	{
		return this;
	}
};

class ThreadPoolExecutor : public DefaultKeepAliveExecutor
{
public:
	explicit ThreadPoolExecutor(std::shared_ptr<ThreadFactory> factory) : threadFactory_(std::move(factory))
	{
	}
	void start(unsigned count);
	virtual void threadRun(std::shared_ptr<int> thread) = 0;

protected:
	std::uint64_t sizes_[20] = {};
	std::shared_ptr<ThreadFactory> threadFactory_;
	std::vector<std::thread> threads_;
};

class CPUThreadPoolExecutor : public ThreadPoolExecutor, public GetThreadIdCollector
{
public:
	using ThreadPoolExecutor::ThreadPoolExecutor;
	void add(std::function<void()>) override;
	void threadRun(std::shared_ptr<int> thread) override;

private:
	std::list<std::function<void()>> queue_;
	std::mutex mutex_;
	std::condition_variable ready_;
};

class IOThreadPoolExecutor : public CPUThreadPoolExecutor
{
public:
	using CPUThreadPoolExecutor::CPUThreadPoolExecutor;
};

void ThreadPoolExecutor::start(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		auto thread = std::make_shared<int>(0);

		threads_.push_back(threadFactory_->newThread([this, thread] { threadRun(thread); }));
	}
}

void CPUThreadPoolExecutor::add(std::function<void()> task)
{
	std::lock_guard<std::mutex> guard(mutex_);

	queue_.push_back(std::move(task));
	ready_.notify_one();
}

[[gnu::noinline]] void CPUThreadPoolExecutor::threadRun(std::shared_ptr<int> thread)
{
	char line[200];

	for (;;) {
		std::unique_lock<std::mutex> guard(mutex_);
		int len = std::snprintf(line, sizeof(line), "%ld %llx\n", syscall(SYS_gettid),
					static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(this)));

		if (write(STDOUT_FILENO, line, static_cast<size_t>(len)) != len)
			_exit(3);
		ready_.wait(guard, [this] { return !queue_.empty(); });
		queue_.front()();
		queue_.pop_front();
		++*thread;
	}
}
} // namespace folly

int main()
{
	auto brief = std::make_shared<folly::NamedThreadFactory>("LOAD_");
	auto longer = std::make_shared<folly::NamedThreadFactory>("MILVUS_FUTURE_CPU_POOL_");
	auto inner = std::make_shared<folly::PriorityThreadFactory>(
		std::make_shared<folly::NamedThreadFactory>("LOW_"));
	folly::CPUThreadPoolExecutor load(brief), search(longer), low(inner);
	folly::IOThreadPoolExecutor io(std::make_shared<folly::NamedThreadFactory>("IO_"));

	std::printf("ready 12\n");
	std::fflush(stdout);
	load.start(2);
	search.start(3);
	low.start(2);
	io.start(4);
	// the line of the thread that began it all
	if (write(STDOUT_FILENO, "main\n", 5) != 5)
		_exit(3);
	std::thread([] {}).join();
	std::mutex mutex;
	std::condition_variable never;
	std::unique_lock<std::mutex> guard(mutex);
	never.wait(guard, [] { return false; });
}
