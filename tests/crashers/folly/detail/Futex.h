// Stand-ins for Folly's futex calls: syscall(2) itself, never pthread's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "folly/Function.h"

namespace folly
{
namespace detail
{
enum class FutexResult { VALUE_CHANGED, AWOKEN, INTERRUPTED, TIMEDOUT };

using SteadyTime = std::chrono::time_point<std::chrono::steady_clock>;

FutexResult futexWaitImpl(std::atomic<unsigned> const *futex, uint32_t expected, SteadyTime const *deadline);
int futexWakeImpl(std::atomic<unsigned> const *futex, int count);

template <typename Futex, typename Deadline>
CRASHER_FRAME FutexResult futexWaitImpl(Futex *futex, uint32_t expected, Deadline const &deadline)
{
	FutexResult result;

	if (Deadline::max() == deadline)
		result = futexWaitImpl(futex, expected, static_cast<SteadyTime const *>(nullptr));
	else
		result = futexWaitImpl(futex, expected, &deadline);
	__asm__ volatile("" ::: "memory"); // no jump in place of the call
	return result;
}

template <typename Futex> CRASHER_FRAME FutexResult futexWait(Futex const *futex, uint32_t expected)
{
	FutexResult result = futexWaitImpl(futex, expected, static_cast<SteadyTime const *>(nullptr));

	__asm__ volatile("" ::: "memory");
	return result;
}

template <typename Futex, typename Clock, typename Duration>
CRASHER_INLINE FutexResult futexWaitUntil(Futex const *futex, uint32_t expected,
					  std::chrono::time_point<Clock, Duration> const &deadline)
{
	return futexWaitImpl(futex, expected, deadline);
}

struct MemoryIdler {
	template <typename Futex, typename Deadline>
	static CRASHER_INLINE bool futexWaitPreIdle(FutexResult &ret, Futex const &fut, uint32_t expected,
						    Deadline const &deadline)
	{
		ret = detail::futexWaitUntil(&fut, expected, deadline);
		return ret != FutexResult::TIMEDOUT;
	}
	template <typename Futex, typename Deadline>
	static CRASHER_INLINE FutexResult futexWaitUntil(Futex const &fut, uint32_t expected,
							 Deadline const &deadline)
	{
		FutexResult ret;

		futexWaitPreIdle(ret, fut, expected, deadline);
		return ret;
	}
	template <typename Futex>
	static CRASHER_INLINE FutexResult futexWait(Futex const &fut, uint32_t expected)
	{
		return futexWaitUntil(fut, expected, SteadyTime::max());
	}
};
} // namespace detail
} // namespace folly
