// Functions whose names compilers, demanglers and debuggers spell in different ways. Compiled by
// tests/test_names_compiled.c; nothing runs it. Plain C++17, so that old compilers take it.
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#define OUT_OF_LINE __attribute__((noinline, used))
extern "C" void sink(const void *);

namespace folly {
struct Unit {};
template <class T> struct Try { T value; };
template <class T> struct Future {
	template <class F> OUT_OF_LINE auto thenTry(F &&f)
	{
		auto run = [f](auto &&executor, auto &&t) mutable { sink(&executor); return f(t); };
		Try<T> t;
		return run(1, t);
	}
	template <class F> OUT_OF_LINE void thenValue(F &&f) &&
	{
		thenTry([f = std::forward<F>(f)](auto &&t) mutable { sink(&f); return f(t.value); });
	}
};
} // namespace folly

namespace milvus {
namespace futures {
struct Token { int x; };
template <class R> struct Future {
	template <class F> OUT_OF_LINE static void asyncProduce(F &&f)
	{
		folly::Future<folly::Unit> future;
		future.thenTry([f](auto &&t) { sink(&t); f(Token{1}); return 0; });
		std::move(future).thenValue([f](auto &&) { f(Token{2}); return 1; });
	}
};
} // namespace futures

struct CProto {};
extern "C" void AsyncRetrieve(void *a, long b)
{
	futures::Future<CProto>::asyncProduce([=](futures::Token t) { sink((void *)(b + t.x)); return a; });
}

namespace {
struct Hidden { int v; OUT_OF_LINE void go(int) { sink(this); } OUT_OF_LINE static void st(std::string s) { sink(&s); } };
OUT_OF_LINE void hidden(Hidden h) { h.go(1); Hidden::st("x"); }
template <class T> OUT_OF_LINE T same(T a) { sink(&a); return a; }
} // namespace

struct Base { virtual ~Base() { sink(this); } virtual void run() = 0; virtual std::string name() const; };
std::string Base::name() const { sink(this); return "x"; }
struct Other { virtual ~Other() { sink(this); } virtual void other() { sink(this); } };
struct Derived : Other, virtual Base {
	std::vector<int> v;
	Derived() { sink(this); }
	~Derived() override { sink(this); }
	void run() override { sink(this); }
	std::string name() const override { return "d"; }
	void other() override { sink(this); }
	OUT_OF_LINE bool operator==(const Derived &o) const { sink(&o); return true; }
	OUT_OF_LINE bool operator<(const Derived &o) const { sink(&o); return true; }
	OUT_OF_LINE Derived &operator<<(int x) { sink(&x); return *this; }
	OUT_OF_LINE Derived &operator>>(int x) { sink(&x); return *this; }
	OUT_OF_LINE operator bool() const { sink(this); return true; }
	OUT_OF_LINE explicit operator std::string() const { sink(this); return ""; }
	template <class T> OUT_OF_LINE operator std::vector<T>() const { sink(this); return {}; }
	OUT_OF_LINE void operator()(int x) const { sink(&x); }
	OUT_OF_LINE int &operator[](long i) { sink(&i); return v[0]; }
	OUT_OF_LINE void *operator new(size_t n) { sink(&n); return ::operator new(n); }
	OUT_OF_LINE Derived *operator->() { sink(this); return this; }
	OUT_OF_LINE void ref() & { sink(this); }
	OUT_OF_LINE void ref() && { sink(this); }
	OUT_OF_LINE void cv() const volatile { sink((const void *)this); }
	OUT_OF_LINE void operator,(int x) { sink(&x); }
	OUT_OF_LINE Derived &operator++() { sink(this); return *this; }
};

template <class T, int N> struct Box {
	T t[N];
	OUT_OF_LINE void put(T x) { sink(&x); }
	template <class U> OUT_OF_LINE auto conv(U u) -> decltype(u + 1) { sink(&u); return u + 1; }
	struct Inner { OUT_OF_LINE void deep(std::map<std::string, T> m) { sink(&m); } };
};
template <class F> OUT_OF_LINE void call(F f) { sink(&f); f(); }
enum class Op { A, B };
template <Op O, bool B> OUT_OF_LINE void op() { auto x = O; sink(&x); }
template <class... A> OUT_OF_LINE void many(A... a) { int n = sizeof...(a); sink(&n); }
template <void (*F)(int)> OUT_OF_LINE void pointed() { F(1); }
OUT_OF_LINE void target(int x) { sink(&x); }
inline namespace v2 { OUT_OF_LINE void in_inline_namespace(int a) { sink(&a); } }
[[gnu::abi_tag("cxx11")]] OUT_OF_LINE int tagged() { int x = 0; sink(&x); return x; }
auto global = [](int x) { sink(&x); return x; };
struct Init { std::function<void()> f = [this] { sink(this); }; };

void all()
{
	hidden(Hidden{1});
	same(1.5);
	same(std::string("s"));
	Derived *d = new Derived;
	(void)(*d == *d), (void)(*d < *d), (void)(*d << 1), (void)(*d >> 1), (void)bool(*d);
	(void)std::string(*d), (void)(std::vector<int>)(*d), (*d)(1), (*d)[1], (*d)->run();
	d->ref(), std::move(*d).ref(), d->cv(), (*d), 1;
	d->operator,(1), ++*d, d->name();
	Box<std::pair<int, std::vector<long>>, 3> b;
	b.put({});
	Box<int, 2> c;
	c.conv(2L);
	Box<int, 2>::Inner().deep({});
	call([&] { sink(&b); call([&] { sink(&c); call([=]() mutable { sink(nullptr); }); }); });
	op<Op::A, (3 > 2)>(), op<Op::B, false>(), many(1, 2.0, std::string()), many(), pointed<target>();
	in_inline_namespace(1), tagged(), global(1), Init().f();
	std::function<int(int)> f = [&](int x) { sink(&x); return x; };
	f(1);
	int (*plain)(int) = [](int x) { sink(&x); return x; };
	plain(1);
	struct Local { OUT_OF_LINE void inside() { sink(this); } };
	Local().inside();
	struct { OUT_OF_LINE void nameless() { sink(this); } } nameless;
	nameless.nameless();
}
} // namespace milvus
