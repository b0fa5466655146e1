// Stand-ins for Folly's futures: cores, continuations, promises, and the wait in get().
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "folly/Executor.h"
#include "folly/fibers/Baton.h"

namespace folly
{
struct Unit {
};

template <typename T> class Try
{
	std::optional<T> value_;
	std::exception_ptr exception_;

      public:
	Try() = default;
	explicit Try(T value) : value_(std::move(value))
	{
	}
	explicit Try(std::exception_ptr exception) : exception_(std::move(exception))
	{
	}
	T &value()
	{
		if (exception_)
			std::rethrow_exception(exception_);
		return *value_;
	}
};

template <typename F> CRASHER_INLINE auto makeTryWithNoUnwrap(F &&f) -> Try<decltype(f())>
{
	try {
		return Try<decltype(f())>(f());
	} catch (...) {
		return Try<decltype(f())>(std::current_exception());
	}
}

template <typename F> CRASHER_INLINE auto makeTryWith(F &&f)
{
	return makeTryWithNoUnwrap(std::forward<F>(f));
}

namespace futures
{
namespace detail
{
class CoreBase
{
      public:
	using Callback = Function<void(CoreBase &, Executor::KeepAlive<> &&, std::exception_ptr *)>;
	enum class State { Start = 1, OnlyResult = 2, OnlyCallback = 4, Done = 32 };

	void setExecutor(Executor::KeepAlive<> executor)
	{
		executor_ = std::move(executor);
	}

      protected:
	CRASHER_FRAME void setCallback_(Callback &&callback)
	{
		{
			std::lock_guard<std::mutex> guard(mutex_);

			callback_ = std::move(callback);
			state_ = state_ == State::Start ? State::OnlyCallback : State::Done;
		}
		if (state_ == State::Done)
			doCallback(std::move(executor_), state_);
		__asm__ volatile("" ::: "memory");
	}
	CRASHER_FRAME void setResult_()
	{
		{
			std::lock_guard<std::mutex> guard(mutex_);

			state_ = state_ == State::Start ? State::OnlyResult : State::Done;
		}
		if (state_ == State::Done)
			doCallback(std::move(executor_), state_);
		__asm__ volatile("" ::: "memory");
	}

      private:
	CRASHER_FRAME void doCallback(Executor::KeepAlive<> &&completing, State)
	{
		if (completing.get()) {
			std::move(completing).add([this](Executor::KeepAlive<> &&ka) {
				callback_(*this, std::move(ka), nullptr);
				__asm__ volatile("" ::: "memory");
			});
		} else {
			callback_(*this, Executor::KeepAlive<>(), nullptr);
		}
	}

	std::mutex mutex_;
	State state_ = State::Start;
	Executor::KeepAlive<> executor_;
	Callback callback_;
};

template <typename T> class Core : public CoreBase
{
	Try<T> result_;

      public:
	template <typename F> void setCallback(F &&func)
	{
		setCallback_([func = std::forward<F>(func)](CoreBase &base, Executor::KeepAlive<> &&ka,
							    std::exception_ptr *) mutable {
			func(std::move(ka), std::move(static_cast<Core &>(base).result_));
		});
	}
	void setResult(Try<T> &&result)
	{
		result_ = std::move(result);
		setResult_();
	}
	Try<T> &result()
	{
		return result_;
	}
};

// Keeps the core alive: whoever holds one of these may set or read.
template <typename T> using CorePtr = std::shared_ptr<Core<T>>;

template <typename R, typename F> class CoreCallbackState
{
	F func_;
	CorePtr<R> promise_;
	char room_[32] = {}; // a callback is too big to lie in place, as in Folly

      public:
	CoreCallbackState(CorePtr<R> promise, F &&func) : func_(std::move(func)), promise_(std::move(promise))
	{
	}
	template <typename... Args> CRASHER_INLINE auto invoke(Args &&...args)
	{
		return func_(std::forward<Args>(args)...);
	}
	void setTry(Try<R> &&result)
	{
		promise_->setResult(std::move(result));
	}
};

template <typename T> class FutureBase
{
      protected:
	CorePtr<T> core_;

      public:
	explicit FutureBase(CorePtr<T> core) : core_(std::move(core))
	{
	}
	template <typename R, typename F> CorePtr<R> thenImplementation(F &&func)
	{
		auto next = std::make_shared<Core<R>>();

		core_->setCallback([keep = core_, state = CoreCallbackState<R, std::decay_t<F>>(
							  next, std::decay_t<F>(std::forward<F>(func)))](
					   Executor::KeepAlive<> &&ka, Try<T> &&t) mutable {
			auto result =
				makeTryWith([&]() { return state.invoke(std::move(ka), std::move(t)); });

			state.setTry(std::move(result));
		});
		return next;
	}
	CorePtr<T> core() const
	{
		return core_;
	}
};

template <typename FutureType, typename T> CRASHER_FRAME void waitImpl(FutureType &f)
{
	fibers::Baton baton;

	f.core()->setCallback([&baton](Executor::KeepAlive<> &&, Try<T> &&t) {
		static thread_local Try<T> unused;

		unused = std::move(t);
		baton.post();
	});
	baton.wait();
}
} // namespace detail
} // namespace futures

template <typename T> class Future;

template <typename T> class SemiFuture : public futures::detail::FutureBase<T>
{
	using futures::detail::FutureBase<T>::FutureBase;

      public:
	CRASHER_FRAME SemiFuture &wait() &
	{
		futures::detail::waitImpl<SemiFuture, T>(*this);
		return *this;
	}
	CRASHER_INLINE Try<T> getTry() &&
	{
		wait();
		return std::move(this->core_->result());
	}
	Future<T> via(Executor::KeepAlive<> executor) &&
	{
		this->core_->setExecutor(std::move(executor));
		return Future<T>(this->core_);
	}
};

template <typename T> class Future : public futures::detail::FutureBase<T>
{
      public:
	using futures::detail::FutureBase<T>::FutureBase;

	CRASHER_FRAME Try<T> getTry() &&
	{
		return SemiFuture<T>(this->core_).getTry();
	}
	CRASHER_INLINE T get() &&
	{
		Try<T> result = std::move(*this).getTry();

		return std::move(result.value());
	}
	template <typename F> auto thenTry(F &&func) &&
	{
		using R = decltype(func(std::declval<Try<T>>()));

		return Future<R>(this->template thenImplementation<R>(
			[f = std::forward<F>(func)](Executor::KeepAlive<> &&, Try<T> &&t) mutable {
				return f(std::move(t));
			}));
	}
	template <typename F> auto then(F &&func) &&
	{
		return std::move(*this).thenTry(std::forward<F>(func));
	}
};

template <typename T> class Promise
{
	futures::detail::CorePtr<T> core_ = std::make_shared<futures::detail::Core<T>>();

      public:
	void setTry(Try<T> &&result)
	{
		core_->setResult(std::move(result));
	}
	SemiFuture<T> getSemiFuture()
	{
		return SemiFuture<T>(core_);
	}
};

template <typename T> class SharedPromise
{
	std::vector<Promise<T>> promises_;

      public:
	SharedPromise() : promises_(1)
	{
	}
	template <typename F> CRASHER_INLINE void setWith(F &&func)
	{
		setTry(makeTryWith(std::forward<F>(func)));
	}
	void setTry(Try<T> &&t)
	{
		promises_[0].setTry(std::move(t));
	}
	SemiFuture<T> getSemiFuture()
	{
		return promises_[0].getSemiFuture();
	}
};

inline SemiFuture<Unit> makeSemiFuture()
{
	Promise<Unit> promise;

	promise.setTry(Try<Unit>(Unit()));
	return promise.getSemiFuture();
}
} // namespace folly
