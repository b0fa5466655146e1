// A stand-in for folly::SharedMutex: one word, no owner. Bits as Folly has them: 2 and 3 a writer waits, 0 a
// reader waits, 7 held exclusively, 11 and up the number of readers.
#pragma once

#include "folly/detail/Futex.h"

namespace folly
{
struct SharedMutexPolicyDefault;

template <bool ReaderPriority, typename Tag, template <typename> class Atom, typename Policy>
class SharedMutexImpl
{
	static constexpr uint32_t kWaitingS = 1U << 0;
	static constexpr uint32_t kWaitingE = 1U << 2;
	static constexpr uint32_t kBegunE = 1U << 6;
	static constexpr uint32_t kHasE = 1U << 7;
	static constexpr uint32_t kIncrHasS = 1U << 11;
	static constexpr uint32_t kHasS = ~(kIncrHasS - 1);
	Atom<unsigned> state_{0};

	struct WaitForever {
		CRASHER_INLINE bool doWait(Atom<unsigned> &futex, uint32_t expected)
		{
			detail::futexWait(&futex, expected);
			return true;
		}
	};

      public:
	void lock()
	{
		WaitForever context;

		lockExclusiveImpl(context);
	}
	void unlock()
	{
		release(~(kHasE | kWaitingS | kWaitingE | kBegunE));
	}
	void lock_shared()
	{
		WaitForever context;

		lockSharedImpl(context);
	}
	void unlock_shared()
	{
		if ((state_.fetch_sub(kIncrHasS) & kHasS) == kIncrHasS)
			release(~(kWaitingE | kWaitingS));
	}

      private:
	void release(uint32_t kept)
	{
		state_.fetch_and(kept);
		detail::futexWakeImpl(&state_, 1 << 30);
	}
	template <typename WaitContext> CRASHER_FRAME bool lockExclusiveImpl(WaitContext &ctx)
	{
		for (;;) {
			uint32_t state = state_;

			if (state & kHasE) { // another writer
				waitForZeroBits(state, kHasE, kWaitingE, ctx);
			} else if (state_.compare_exchange_strong(state, state | kHasE)) {
				state |= kHasE;
				while (state & kHasS) // readers, who must leave
					waitForZeroBits(state, kHasS, kWaitingE, ctx);
				return true;
			}
		}
	}
	template <typename WaitContext> CRASHER_FRAME bool lockSharedImpl(WaitContext &ctx)
	{
		for (;;) {
			uint32_t state = state_;

			if (state & kHasE)
				waitForZeroBits(state, kHasE, kWaitingS, ctx);
			else if (state_.compare_exchange_strong(state, state + kIncrHasS))
				return true;
		}
	}
	template <typename WaitContext>
	CRASHER_INLINE void waitForZeroBits(uint32_t &state, uint32_t goal, uint32_t waiting,
					    WaitContext &ctx)
	{
		yieldWaitForZeroBits(state, goal, waiting, ctx);
	}
	template <typename WaitContext>
	CRASHER_INLINE void yieldWaitForZeroBits(uint32_t &state, uint32_t goal, uint32_t waiting,
						 WaitContext &ctx)
	{
		futexWaitForZeroBits(state, goal, waiting, ctx);
	}
	template <typename WaitContext>
	CRASHER_INLINE void futexWaitForZeroBits(uint32_t &state, uint32_t goal, uint32_t waiting,
						 WaitContext &ctx)
	{
		for (state = state_; state & goal; state = state_) {
			uint32_t wanted = state | waiting;

			if (wanted == state || state_.compare_exchange_strong(state, wanted))
				ctx.doWait(state_, wanted);
		}
	}
};
using SharedMutex = SharedMutexImpl<false, void, std::atomic, SharedMutexPolicyDefault>;
} // namespace folly
