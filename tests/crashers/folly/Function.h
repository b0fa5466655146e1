// A stand-in for folly::Function: the frames that a type-erased call leaves, and no more. Callables of up to
// 48 bytes lie in place and are called through callSmall, bigger ones through callBig.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

// What is a frame of its own in Folly's library stays one here, however small it is.
#define CRASHER_FRAME __attribute__((noinline))
#define CRASHER_INLINE __attribute__((always_inline)) inline

namespace folly
{
template <typename Signature> class Function;

namespace detail
{
namespace function
{
union Data {
	void *big;
	alignas(16) unsigned char tiny[48];
};

enum class Op { MOVE, NUKE };

template <typename Signature> struct FunctionTraits;

template <typename R, typename... Args> struct FunctionTraits<R(Args...)> {
	using Call = R (*)(Data &, Args &&...);

	template <typename Fun> static R callSmall(Data &p, Args &&...args)
	{
		return static_cast<R>(
			(*static_cast<Fun *>(static_cast<void *>(&p.tiny)))(static_cast<Args &&>(args)...));
	}
	template <typename Fun> static R callBig(Data &p, Args &&...args)
	{
		return static_cast<R>((*static_cast<Fun *>(p.big))(static_cast<Args &&>(args)...));
	}
	static R uninit(Data &, Args &&...)
	{
		__builtin_abort();
	}

	R operator()(Args... args)
	{
		auto &self = static_cast<Function<R(Args...)> &>(*this);

		return self.call_(self.data_, static_cast<Args &&>(args)...);
	}
};

template <typename Fun> void execSmall(Op op, Data *source, Data *target)
{
	Fun *fun = static_cast<Fun *>(static_cast<void *>(&source->tiny));

	if (op == Op::MOVE)
		new (static_cast<void *>(&target->tiny)) Fun(std::move(*fun));
	fun->~Fun();
}

template <typename Fun> void execBig(Op op, Data *source, Data *target)
{
	if (op == Op::MOVE)
		target->big = source->big;
	else
		delete static_cast<Fun *>(source->big);
}
} // namespace function
} // namespace detail

template <typename R, typename... Args>
class Function<R(Args...)> : public detail::function::FunctionTraits<R(Args...)>
{
	using Data = detail::function::Data;
	using Traits = detail::function::FunctionTraits<R(Args...)>;
	using Exec = void (*)(detail::function::Op, Data *, Data *);
	friend Traits;

	Data data_;
	typename Traits::Call call_ = &Traits::uninit;
	Exec exec_ = nullptr;

      public:
	Function() = default;
	Function(Function &&other) noexcept
	{
		take(other);
	}
	Function &operator=(Function &&other) noexcept
	{
		if (this != &other) {
			drop();
			take(other);
		}
		return *this;
	}
	template <typename F, typename Fun = std::decay_t<F>,
		  typename = std::enable_if_t<!std::is_same<Fun, Function>::value>>
	Function(F &&f)
	{
		if constexpr (sizeof(Fun) <= sizeof(data_.tiny)) {
			new (static_cast<void *>(&data_.tiny)) Fun(std::forward<F>(f));
			call_ = &Traits::template callSmall<Fun>;
			exec_ = &detail::function::execSmall<Fun>;
		} else {
			data_.big = new Fun(std::forward<F>(f));
			call_ = &Traits::template callBig<Fun>;
			exec_ = &detail::function::execBig<Fun>;
		}
	}
	~Function()
	{
		drop();
	}
	explicit operator bool() const
	{
		return exec_ != nullptr;
	}

      private:
	void take(Function &other) noexcept
	{
		if (other.exec_)
			other.exec_(detail::function::Op::MOVE, &other.data_, &data_);
		call_ = std::exchange(other.call_, &Traits::uninit);
		exec_ = std::exchange(other.exec_, nullptr);
	}
	void drop() noexcept
	{
		if (exec_)
			exec_(detail::function::Op::NUKE, &data_, nullptr);
	}
};

template <typename Try, typename Catch, typename... CatchA>
CRASHER_INLINE auto catch_exception(Try &&t, Catch &&c, CatchA &&...a) -> decltype(t())
{
	try {
		return t();
	} catch (...) {
		return c(static_cast<CatchA &&>(a)...);
	}
}
} // namespace folly
