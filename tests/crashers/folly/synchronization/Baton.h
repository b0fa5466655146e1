// A stand-in for folly::Baton.
#pragma once

#include "folly/detail/Futex.h"

namespace folly
{
template <bool MayBlock = true, template <typename> class Atom = std::atomic> class Baton
{
	enum { INIT, EARLY_DELIVERY, WAITING, LATE_DELIVERY };
	Atom<unsigned> state_{INIT};

      public:
	void post()
	{
		if (state_.exchange(EARLY_DELIVERY) == WAITING) {
			state_ = LATE_DELIVERY;
			detail::futexWakeImpl(&state_, 1);
		}
	}
	CRASHER_FRAME void wait()
	{
		unsigned expected = INIT;

		state_.compare_exchange_strong(expected, WAITING);
		while (state_ == WAITING)
			detail::MemoryIdler::futexWait(state_, WAITING);
	}
};
} // namespace folly
