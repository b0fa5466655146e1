// A search as segcore runs it for Go: an entry in C, a pool, continuations of futures.
#include "crash.h"

namespace milvus
{
namespace futures
{
CPUThreadPoolExecutor *getGlobalCPUExecutor()
{
	static CPUThreadPoolExecutor executor(2, std::make_shared<NamedThreadFactory>("MILVUS_FUTURE_CPU_"));

	return &executor;
}
} // namespace futures

namespace segcore
{
CRASHER_FRAME long SegmentSealedImpl::bulk_subscript(int const *offsets, long count) const
{
	long sum = 0;

	for (long i = 0; i < count; i++)
		sum += column_[offsets[i]];
	return sum;
}

CRASHER_FRAME long SegmentInternalInterface::Retrieve(long count) const
{
	int offsets[4] = {8, 1, 2, 3};
	long sum = bulk_subscript(offsets, count);

	after_call();
	return sum;
}
} // namespace segcore
} // namespace milvus

using milvus::segcore::SegmentInternalInterface;
using milvus::segcore::SegmentSealedImpl;

extern "C" void *AsyncRetrieve(void *segment, long count)
{
	auto *future = milvus::futures::Future<CRetrieveResult>::async(
		folly::Executor::KeepAlive<>(milvus::futures::getGlobalCPUExecutor()), 1,
		[segment, count](milvus::futures::CancellationToken) {
			auto *result = new CRetrieveResult();

			result->rows = static_cast<SegmentInternalInterface *>(segment)->Retrieve(count);
			return result;
		});

	return future;
}

namespace
{
int retrieve(size_t)
{
	static SegmentSealedImpl segment(nullptr);

	milvus::futures::getGlobalCPUExecutor();
	wait_until_quiet();
	AsyncRetrieve(opaque(&segment), 4);
	folly::Baton<>().wait();
	return 0;
}

// Idle workers, and one that has just been given work that kills it.
int parked(size_t threads)
{
	auto pool = make_pool(threads, "SEARCH_POOL_");

	wait_until_quiet();
	pool->add([]() {
		static SegmentSealedImpl segment(nullptr);

		return opaque(&segment)->Retrieve(4);
	});
	folly::Baton<>().wait();
	return 0;
}
} // namespace

Mode const retrieve_modes[] = {
	{"retrieve", retrieve},
	{"parked", parked},
	{nullptr, nullptr},
};
