// Ways to die: each task's name says why.
#include <cassert>
#include <fcntl.h>
#include <functional>
#include <stdexcept>
#include <sys/mman.h>

#include "crash.h"

namespace
{
// --- What tasks do
// ----------------------------------------------------------------

struct Column {
	char header[0x20];
	int rows;
};

CRASHER_FRAME int read_null_column(Column *column)
{
	return opaque(column)->rows;
}

CRASHER_FRAME int read_freed_chunk()
{
	auto *chunk = static_cast<int *>(malloc(1 << 22)); // so big that free() unmaps it
	int *volatile kept = opaque(chunk);

	chunk[1000] = 7;
	free(chunk);
	return kept[1000];
}

[[noreturn]] CRASHER_FRAME void throw_bad_schema(char const *name)
{
	throw std::runtime_error(std::string("field not found: ") + name);
}

CRASHER_FRAME int load_schema(char const *name) noexcept
{
	if (opaque(name))
		throw_bad_schema(name);
	return 1;
}

[[noreturn]] CRASHER_FRAME void throw_again()
{
	throw;
}

CRASHER_FRAME void give_up() noexcept
{
	if (opaque(true))
		throw_again();
}

class Index
{
      public:
	Index()
	{
		opaque(this)->prepare();
	}
	virtual ~Index() = default;
	CRASHER_FRAME void prepare()
	{
		opaque(this)->build();
		after_call();
	}
	virtual void build() = 0;
};

// Two of them, or the compiler knows which build() it is.
class VectorIndex : public Index
{
      public:
	void build() override
	{
		puts("vectors");
	}
};
class ScalarIndex : public Index
{
      public:
	void build() override
	{
		puts("scalars");
	}
};

CRASHER_FRAME int build_index(bool of_vectors)
{
	std::unique_ptr<Index> index;

	if (of_vectors)
		index = std::make_unique<VectorIndex>();
	else
		index = std::make_unique<ScalarIndex>();
	return opaque(index.get()) != nullptr;
}

CRASHER_FRAME int free_twice()
{
	void *chunk = malloc(40);

	free(opaque(chunk));
	free(opaque(chunk));
	after_call();
	return 1;
}

// Not to be turned into a loop: what comes back is used, and every turn has a place of its own to look at.
CRASHER_FRAME long visit_plan(long depth, long const *above)
{
	long here[12];

	if (depth == opaque(-1L))
		return 0;
	here[depth % 12] = above[(depth + 5) % 12] + depth;
	return visit_plan(depth + 1, opaque(&here[0])) + here[depth % 7];
}

CRASHER_FRAME long visit_and(long depth, long const *above);
CRASHER_FRAME long visit_or(long depth, long const *above)
{
	long here[20];

	here[depth % 12] = above[(depth + 5) % 12];
	return visit_and(depth + 1, opaque(&here[0])) + here[depth % 7];
}
CRASHER_FRAME long visit_and(long depth, long const *above)
{
	long here[12];

	here[depth % 12] = above[(depth + 5) % 12];
	return visit_or(depth + 1, opaque(&here[0])) + here[depth % 7];
}

CRASHER_FRAME int read_truncated_mapping()
{
	char path[] = "crash-mapping-XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	if (fd < 0 || ftruncate(fd, 8192))
		return 0;
	auto *map = static_cast<char *>(mmap(nullptr, 8192, PROT_READ, MAP_SHARED, fd, 0));

	if (ftruncate(fd, 0))
		return 0;
	return opaque(map)[4096];
}

CRASHER_FRAME int check_rows(long rows)
{
	assert(rows > 0 && "rows must be positive");
	return 1;
}

CRASHER_FRAME int divide_rows(int rows, int segments)
{
	return rows / opaque(segments);
}

CRASHER_FRAME int reach_unreachable(int kind)
{
	if (opaque(kind) == 0)
		__builtin_trap();
	return kind;
}

CRASHER_FRAME int read_non_canonical(int const *column)
{
	return opaque(column)[1];
}

CRASHER_FRAME int call_function(int (*function)(int))
{
	int result = opaque(function)(7);

	after_call();
	return result + 1;
}

CRASHER_FRAME int write_constant(char const *text)
{
	*const_cast<char *>(opaque(text)) = 'x';
	return 1;
}

// --- Handlers
// ---------------------------------------------------------------------------------------------------------

// As google::InstallFailureSignalHandler: says something, then lets the signal do what it would have done.
bool handler_signals_process;

void failure_signal_handler(int signal)
{
	static char const text[] = "*** failure signal handler was here ***\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	std::signal(signal, SIG_DFL);
	if (handler_signals_process)
		kill(getpid(), signal); // goes to a thread that does not block it: to the first one
	else
		raise(signal);
	// With the signal blocked the process dies on return from here, or is dead already.
}

void broken_signal_handler(int signal)
{
	read_null_column(opaque(static_cast<Column *>(nullptr)));
	std::signal(signal, SIG_IGN);
}

void install_handler(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {};

	action.sa_handler = handler;
	action.sa_flags = flags;
	sigaction(signal, &action, nullptr);
}

void use_alternate_stack()
{
	stack_t stack = {};

	stack.ss_size = 65536;
	stack.ss_sp = malloc(stack.ss_size);
	sigaltstack(&stack, nullptr);
}

// --- One task in a pool of two
// ----------------------------------------------------------------------------------------

// A pool of two, of which one is idle, and a second pool that is idle; main waits for the task.
void run_in_pool(std::function<long()> work)
{
	auto searching = make_pool(2, "SEARCH_POOL_");
	auto loading = make_pool(3, "LOAD_POOL_");
	folly::Baton<> done;

	wait_until_quiet();
	searching->add([&]() {
		if (opaque(work()))
			done.post();
	});
	done.wait();
}

int thread_null(size_t)
{
	run_in_pool([]() { return read_null_column(nullptr); });
	return 0;
}
int thread_free(size_t)
{
	run_in_pool([]() { return read_freed_chunk(); });
	return 0;
}
int thread_noexcept(size_t)
{
	run_in_pool([]() { return load_schema("vector"); });
	return 0;
}
int thread_escaped(size_t)
{
	auto pool = make_pool(2, "SEARCH_POOL_");

	pool->add([]() { throw_bad_schema("escaped"); });
	pool->join();
	fprintf(stderr, "alive after an exception in a task\n");
	return 0;
}
int thread_uncaught(size_t)
{
	std::thread thread([]() { throw_bad_schema("uncaught"); });

	thread.join();
	return 0;
}
int thread_rethrown(size_t)
{
	run_in_pool([]() {
		try {
			throw_bad_schema("rethrown");
		} catch (std::exception &) {
			give_up();
		}
		return 1;
	});
	return 0;
}
int thread_pure(size_t)
{
	run_in_pool([]() { return build_index(opaque(true)); });
	return 0;
}
int thread_twice(size_t)
{
	run_in_pool([]() { return free_twice(); });
	return 0;
}
int thread_overflow(size_t)
{
	run_in_pool([]() {
		long start[12] = {1};

		return visit_plan(0, start);
	});
	return 0;
}
int thread_overflow_mutual(size_t)
{
	run_in_pool([]() {
		long start[12] = {1};

		return visit_or(0, start);
	});
	return 0;
}
int thread_bus(size_t)
{
	run_in_pool([]() { return read_truncated_mapping(); });
	return 0;
}
int thread_assert(size_t)
{
	run_in_pool([]() { return check_rows(opaque(0L)); });
	return 0;
}
int thread_divide(size_t)
{
	run_in_pool([]() { return divide_rows(100, 0); });
	return 0;
}
int thread_trap(size_t)
{
	run_in_pool([]() { return reach_unreachable(0); });
	return 0;
}
int thread_non_canonical(size_t)
{
	run_in_pool([]() { return read_non_canonical(reinterpret_cast<int *>(0x6c6f6320726f7461)); });
	return 0;
}
int thread_call_null(size_t)
{
	run_in_pool([]() { return call_function(nullptr); });
	return 0;
}
int thread_nowhere(size_t)
{
	run_in_pool([]() { return call_function(reinterpret_cast<int (*)(int)>(0x123456789000)); });
	return 0;
}
int thread_no_exec(size_t)
{
	run_in_pool([]() { return call_function(reinterpret_cast<int (*)(int)>(calloc(1, 64))); });
	return 0;
}
int thread_write_constant(size_t)
{
	run_in_pool([]() { return write_constant("constant"); });
	return 0;
}
int thread_altstack(size_t)
{
	install_handler(SIGSEGV, failure_signal_handler, SA_ONSTACK);
	run_in_pool([]() {
		use_alternate_stack();
		return read_null_column(nullptr);
	});
	return 0;
}
int thread_altstack_overflow(size_t)
{
	install_handler(SIGSEGV, failure_signal_handler, SA_ONSTACK);
	run_in_pool([]() {
		long start[12] = {1};

		use_alternate_stack();
		return visit_plan(0, start);
	});
	return 0;
}
int thread_glog(size_t)
{
	handler_signals_process = true;
	return thread_altstack(0);
}
int thread_handler(size_t)
{
	install_handler(SIGUSR1, broken_signal_handler, 0);
	run_in_pool([]() { return raise(SIGUSR1) + 1; });
	return 0;
}
int main_null(size_t)
{
	auto pool = make_pool(4, "SEARCH_POOL_");

	wait_until_quiet();
	return read_null_column(nullptr);
}
int main_abort(size_t)
{
	abort();
}
int die_at_exit(size_t)
{
	static struct Watch {
		~Watch()
		{
			abort();
		}
	} watch;

	return opaque(&watch) == nullptr;
}

} // namespace

Mode const death_modes[] = {
	{"null", thread_null},
	{"free", thread_free},
	{"noexcept", thread_noexcept},
	{"escaped", thread_escaped},
	{"uncaught", thread_uncaught},
	{"rethrown", thread_rethrown},
	{"pure", thread_pure},
	{"twice", thread_twice},
	{"overflow", thread_overflow},
	{"overflow-mutual", thread_overflow_mutual},
	{"bus", thread_bus},
	{"assert", thread_assert},
	{"divide", thread_divide},
	{"trap", thread_trap},
	{"non-canonical", thread_non_canonical},
	{"call-null", thread_call_null},
	{"nowhere", thread_nowhere},
	{"no-exec", thread_no_exec},
	{"write-constant", thread_write_constant},
	{"altstack", thread_altstack},
	{"altstack-overflow", thread_altstack_overflow},
	{"glog", thread_glog},
	{"handler", thread_handler},
	{"main-null", main_null},
	{"main-abort", main_abort},
	{"abort-at-exit", die_at_exit},
	{nullptr, nullptr},
};
