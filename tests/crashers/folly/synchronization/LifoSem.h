// Stand-ins for what an idle worker of a pool waits on: a semaphore whose waiters stand in a stack.
#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include "folly/detail/Futex.h"

namespace folly
{
template <bool MayBlock, template <typename> class Atom> class SaturatingSemaphore
{
	enum { NOTREADY, READY, BLOCKED };
	Atom<unsigned> state_{NOTREADY};

      public:
	void post()
	{
		if (state_.exchange(READY) == BLOCKED)
			detail::futexWakeImpl(&state_, 1);
	}
	template <typename Clock, typename Duration>
	CRASHER_FRAME bool try_wait_until(std::chrono::time_point<Clock, Duration> const &deadline)
	{
		bool ready = state_.load() == READY || tryWaitSlow(deadline);

		__asm__ volatile("" ::: "memory");
		return ready;
	}

      private:
	template <typename Clock, typename Duration>
	CRASHER_FRAME bool tryWaitSlow(std::chrono::time_point<Clock, Duration> const &deadline)
	{
		unsigned expected = NOTREADY;

		state_.compare_exchange_strong(expected, BLOCKED);
		while (state_.load() != READY)
			if (detail::MemoryIdler::futexWaitUntil(state_, BLOCKED, deadline) ==
			    detail::FutexResult::TIMEDOUT)
				return false;
		return true;
	}
};

namespace detail
{
template <typename Handoff, template <typename> class Atom> class LifoSemBase
{
	// Bit 32: somebody waits, and the low half names the last one; else the low half counts what was
	// posted and not taken. The upper bits are a number that grows.
	Atom<uint64_t> head_{0};
	std::mutex mutex_;
	std::vector<Handoff *> waiters_;
	uint32_t value_ = 0;
	uint64_t sequence_ = 0;

	void tell()
	{
		head_ = ++sequence_ << 35 | (waiters_.empty() ? value_ : uint64_t(1) << 32 | waiters_.size());
	}

      public:
	void post()
	{
		std::lock_guard<std::mutex> guard(mutex_);

		if (waiters_.empty()) {
			value_++;
		} else {
			waiters_.back()->post();
			waiters_.pop_back();
		}
		tell();
	}
	template <typename Clock, typename Duration>
	CRASHER_FRAME bool try_wait_until(std::chrono::time_point<Clock, Duration> const &deadline)
	{
		Handoff handoff;

		if (enter(handoff))
			return true;
		return handoff.try_wait_until(deadline) || !leave(handoff);
	}
	template <typename Rep, typename Period>
	CRASHER_INLINE bool try_wait_for(std::chrono::duration<Rep, Period> const &timeout)
	{
		return try_wait_until(std::chrono::steady_clock::now() + timeout);
	}
	CRASHER_FRAME void wait()
	{
		Handoff handoff;

		if (!enter(handoff))
			handoff.try_wait_until(SteadyTime::max());
		__asm__ volatile("" ::: "memory");
	}

      private:
	bool enter(Handoff &handoff)
	{
		std::lock_guard<std::mutex> guard(mutex_);
		bool has_value = value_ > 0;

		if (has_value)
			value_--;
		else
			waiters_.push_back(&handoff);
		tell();
		return has_value;
	}
	bool leave(Handoff &handoff)
	{
		std::lock_guard<std::mutex> guard(mutex_);

		for (size_t i = 0; i < waiters_.size(); i++) {
			if (waiters_[i] == &handoff) {
				waiters_.erase(waiters_.begin() + i);
				tell();
				return true;
			}
		}
		return false;
	}
};
} // namespace detail

template <template <typename> class Atom, class BatonType>
struct LifoSemImpl : public detail::LifoSemBase<BatonType, Atom> {
};
using LifoSem = LifoSemImpl<std::atomic, SaturatingSemaphore<true, std::atomic>>;
} // namespace folly
