// A stand-in for how Milvus' segcore runs a call from Go in a Folly pool.
#pragma once

#include <cstdlib>
#include <memory>

#include "folly/executors/ThreadPoolExecutor.h"
#include "folly/futures/Future.h"

namespace milvus
{
namespace futures
{
struct CancellationToken {
};

// The one pool that every search of the process runs in.
folly::CPUThreadPoolExecutor *getGlobalCPUExecutor();

template <class R> class Future
{
	folly::SharedPromise<R *> promise_;

      public:
	template <typename Fn>
	static Future *async(folly::Executor::KeepAlive<> executor, int priority, Fn &&fn)
	{
		auto *future = new Future();

		future->asyncProduce(executor, priority, std::forward<Fn>(fn));
		return future;
	}
	folly::SemiFuture<R *> result()
	{
		return promise_.getSemiFuture();
	}

      private:
	template <typename Fn> void asyncProduce(folly::Executor::KeepAlive<> executor, int priority, Fn &&fn)
	{
		(void)priority;
		auto runner = [fn = std::forward<Fn>(fn), token = CancellationToken()]() {
			return fn(token);
		};

		folly::makeSemiFuture().via(executor).then([this, runner = std::move(runner)](auto &&) {
			promise_.setWith([&]() { return runner(); });
			return folly::Unit();
		});
	}
};
} // namespace futures

namespace segcore
{
// What a search touches.
class SegmentInterface
{
      public:
	virtual ~SegmentInterface() = default;
	virtual long bulk_subscript(int const *offsets, long count) const = 0;
};

class SegmentInternalInterface : public SegmentInterface
{
      public:
	long Retrieve(long count) const;
};

class SegmentSealedImpl : public SegmentInternalInterface
{
      public:
	explicit SegmentSealedImpl(int const *column) : column_(column)
	{
	}
	long bulk_subscript(int const *offsets, long count) const override;

      private:
	int const *column_;
};
} // namespace segcore
} // namespace milvus

struct CRetrieveResult {
	long rows;
};

// What Go calls.
extern "C" void *AsyncRetrieve(void *segment, long count);
