// A stand-in for folly::Executor and its KeepAlive.
#pragma once

#include <cstdint>

#include "folly/Function.h"

namespace folly
{
using Func = Function<void()>;

class Executor
{
      public:
	virtual ~Executor() = default;
	virtual void add(Func func) = 0;
	virtual void addWithPriority(Func func, int8_t priority)
	{
		(void)priority;
		add(std::move(func));
	}

	template <typename E = Executor> class KeepAlive
	{
		E *executor_ = nullptr;

	      public:
		KeepAlive() = default;
		explicit KeepAlive(E *executor) : executor_(executor)
		{
		}
		E *get() const
		{
			return executor_;
		}
		template <typename F> void add(F &&f) &&
		{
			executor_->add([ka = std::move(*this), f = std::forward<F>(f)]() mutable {
				f(std::move(ka));
			});
		}
	};

	// Nothing that a task throws gets out of a pool: it is written down, and the worker goes on.
	template <typename F> static CRASHER_INLINE void invokeCatchingExns(char const *p, F f) noexcept
	{
		catch_exception(f, invokeCatchingExnsLog, p);
	}

      private:
	static void invokeCatchingExnsLog(char const *prefix) noexcept;
};
} // namespace folly
