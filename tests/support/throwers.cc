// A process that ends by an exception or by words of glibc's, in one of many ways; test_last_words.c reads
// its core. Usage: throwers MODE
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#define KEEP [[gnu::noinline]]

namespace app::detail
{
struct failure : std::runtime_error {
	int code = 7;
	using std::runtime_error::runtime_error;
};
struct tag {
	virtual ~tag() = default;
	long number = 42;
};
struct second : tag, failure {
	explicit second(const char *text) : failure(text)
	{
	}
};
struct shared : virtual std::logic_error {
	shared() : std::logic_error("through a virtual base")
	{
	}
};
struct carrier : std::exception {
	std::string words;
	explicit carrier(std::string text) : words(std::move(text))
	{
	}
	const char *what() const noexcept override
	{
		return words.c_str();
	}
};
struct silent {
	int code;
};
} // namespace app::detail

namespace
{
struct hidden : std::runtime_error {
	using std::runtime_error::runtime_error;
};
} // namespace

template <typename T> struct wrapped : T {
	using T::T;
};

struct base {
	base()
	{
		call();
	}
	virtual ~base() = default;
	KEEP void call()
	{
		pure();
	}
	virtual void pure() = 0;
};
struct derived : base {
	void pure() override
	{
	}
};

template <typename T> KEEP static void raise_one(T thing)
{
	throw thing;
}

KEEP static void refuse() noexcept
{
	raise_one(std::runtime_error("out of a function that lets none out"));
}

KEEP static void pass_on()
{
	try {
		raise_one(std::runtime_error("the first one"));
	} catch (const std::exception &) {
		raise_one(app::detail::failure("the second one"));
	}
}

KEEP static void again()
{
	try {
		raise_one(app::detail::failure("thrown again"));
	} catch (...) {
		throw;
	}
}

KEEP static void end_in_handler()
{
	try {
		raise_one(app::detail::failure("in its handler"));
	} catch (...) {
		std::terminate();
	}
}

KEEP static void carry_over()
{
	std::exception_ptr kept;
	std::thread worker([&] {
		try {
			raise_one(app::detail::failure("from another thread"));
		} catch (...) {
			kept = std::current_exception();
		}
	});

	worker.join();
	std::rethrow_exception(kept);
}

KEEP static void after_others()
{
	for (int i = 0; i < 3; i++) {
		try {
			raise_one(std::logic_error("over and done"));
		} catch (const std::logic_error &) {
		}
	}
	raise_one(std::out_of_range("the last one"));
}

KEEP static void caught_and_aborted()
{
	try {
		raise_one(std::logic_error("over and done"));
	} catch (const std::logic_error &) {
	}
	std::abort();
}

static volatile std::size_t too_many = 200;

KEEP static void smash(const char *text)
{
	char room[8];
	char *volatile place = room;

	std::strncpy(place, text, too_many);
	if (place[0] == '-')
		std::abort();
}

KEEP static void free_twice(void *volatile memory)
{
	std::free(memory);
	std::free(memory);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)();
	} modes[] = {
		{"runtime", [] { raise_one(std::runtime_error("disk is full: 'a' \"b\"")); }},
		{"long", [] { raise_one(std::runtime_error(std::string(20000, 'x'))); }},
		{"derived", [] { raise_one(app::detail::failure("segment 4711 is gone")); }},
		{"second", [] { raise_one(app::detail::second("of two bases")); }},
		{"virtual", [] { raise_one(app::detail::shared()); }},
		{"hidden", [] { raise_one(hidden("without linkage")); }},
		{"wrapped", [] { raise_one(wrapped<app::detail::failure>("of a template")); }},
		{"carrier", [] { raise_one(app::detail::carrier("words of its own, long enough")); }},
		{"brief", [] { raise_one(app::detail::carrier("brief")); }},
		{"silent", [] { raise_one(app::detail::silent{5}); }},
		{"system", [] { raise_one(std::system_error(2, std::generic_category(), "open")); }},
		{"file", [] { std::filesystem::file_size("/no/such/file"); }},
		{"memory", [] { raise_one(std::bad_alloc()); }},
		{"string", [] { raise_one(std::string("a string")); }},
		{"chars", [] { raise_one(static_cast<const char *>("some characters")); }},
		{"int", [] { raise_one(-42); }},
		{"at", [] { (void)std::string("abc").at(100); }},
		{"noexcept", refuse},
		{"nested", pass_on},
		{"again", again},
		{"handler", end_in_handler},
		{"pointer", carry_over},
		{"others", after_others},
		{"thread", [] { std::thread([] { raise_one(std::logic_error("in a thread")); }).join(); }},
		{"caught", caught_and_aborted},
		{"abort", [] { std::abort(); }},
		{"pure", [] { derived one; }},
		{"assert", [] { assert(getenv("NO_SUCH_VARIABLE") && "it must be set"); }},
		{"free", [] { free_twice(std::malloc(40)); }},
		{"smash", [] { smash("much longer than eight characters, by far, by very far"); }},
	};

	if (argc < 2)
		return 2;
	for (const auto &mode : modes)
		if (std::strcmp(argv[1], mode.name) == 0)
			mode.run();
	return 2;
}
