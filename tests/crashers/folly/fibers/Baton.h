// A stand-in for folly::fibers::Baton, on which futures wait.
#pragma once

#include "folly/detail/Futex.h"

namespace folly
{
namespace fibers
{
class Baton
{
	std::atomic<unsigned> waiting_{0};

      public:
	void wait();
	template <typename F> void wait(F &&mainContextFunc);
	void post();

      private:
	void waitThread();
};

template <typename F> CRASHER_FRAME void Baton::wait(F &&mainContextFunc)
{
	mainContextFunc();
	waitThread();
	__asm__ volatile("" ::: "memory");
}
} // namespace fibers
} // namespace folly
