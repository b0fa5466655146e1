/* A stack and what was said about it: one crash, panic, abort or logged error. The same struct for every
 * language and for text as well as (later) core dumps.
 *
 * All texts of a stack are borrowed from one arena, its owner's. Unknown is a value: empty text, 0 or false.
 */
#ifndef QN_STACK_STACK_H
#define QN_STACK_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "record/record.h"

/* Names in qn_kind_name(), as the JSON report has them. */
enum qn_kind {
	QN_KIND_CRASH, /* a signal in native code: SIGSEGV, SIGBUS, SIGFPE, SIGILL */
	QN_KIND_PANIC, /* a Go panic or Go fatal error, also by a signal in Go code; a Rust panic */
	QN_KIND_ABORT, /* SIGABRT, std::terminate */
	QN_KIND_ASSERT,
	QN_KIND_SANITIZER,
	QN_KIND_EXIT,   /* the process decided to end: lease lost, exit code */
	QN_KIND_KILLED, /* SIGKILL, OOM killer */
	QN_KIND_DEADLOCK,
	QN_KIND_ERROR, /* a log line of level ERROR or above, or a WARN that carries an error */
};
#define QN_KIND_COUNT 9
const char *qn_kind_name(enum qn_kind kind);
bool qn_kind_of_name(struct qn_text name, enum qn_kind *ret);

enum qn_role {
	QN_ROLE_UNKNOWN,      /* no symbol, or (null) */
	QN_ROLE_FAULT,        /* machinery that raises: raise, abort, __cxa_throw, runtime.throw, panic( */
	QN_ROLE_ASSERT,       /* milvus::EasyAssertInfo and the like */
	QN_ROLE_USER,         /* the application: what a failure is named after */
	QN_ROLE_LIBRARY,      /* std::, libc, third-party */
	QN_ROLE_EXECUTOR,     /* Folly executor, Future and Function plumbing; Go worker pools */
	QN_ROLE_RUNTIME,      /* Go runtime, cgo bridges */
	QN_ROLE_THREAD_ENTRY, /* start_thread, clone */
};
const char *qn_role_name(enum qn_role role); /* "fault", ..., "thread-entry", "unknown" */

struct qn_frame {
	struct qn_text raw; /* the name as found, "" for none */
	struct qn_text
		function; /* demangled, without return type, argument list, and cut marks; "" for none */
	struct qn_text
		key; /* normalized further, for comparing: template arguments, lambda numbers, clone suffixes,
			closure counters cut; equal keys are the same function. "" for none */
	struct qn_text file; /* build root cut: "internal/core/src/segcore/segment_c.cpp" */
	uint32_t line;       /* 0: unknown */
	uint64_t pc;         /* 0: unknown */
	struct qn_text module;
	struct qn_text build_id;
	enum qn_role role;
	bool is_inlined;
	bool is_go;
	bool is_rethrow;  /* Go: above the last panic(, so where it was raised again, not where it began */
	bool is_ladder;   /* a frame that unrelated failures share (plan node visitors): weighs little */
	bool is_repaired; /* raw was damaged: function and key are those of the name it was repaired to */
	/* Not stored: */
	bool is_damaged;         /* raw is a mangled name that cannot be read whole */
	struct qn_text repaired; /* the name that raw was repaired to */
};

/* What further goroutines or threads of the process were at: "select", "idle CPUThreadPoolExecutor". */
struct qn_others {
	struct qn_text what;
	uint32_t count;
};
#define QN_OTHERS_MAX 16U

enum qn_worker_state {
	QN_WORKER_NONE, /* no worker of a pool, or not told */
	QN_WORKER_IDLE, /* waits for work */
	QN_WORKER_BUSY, /* in a task */
	QN_WORKER_BETWEEN,
};

/* Which thread pool ran the task, when the stack says so. */
struct qn_executor {
	struct qn_text kind; /* "CPUThreadPoolExecutor"; "" = the frames show no executor */
	struct qn_text pool; /* name of the pool, where known */
	struct qn_text task; /* "AsyncRetrieve"; "" = not told by the frames */
	enum qn_worker_state state;
};

/* A place in a source where the event was seen. */
struct qn_place {
	uint64_t line, last_line; /* both included, from 1 */
	uint64_t offset;
};

#define QN_PLACES_MAX 4U
#define QN_DAMAGE_MAX 16U

struct qn_stack {
	enum qn_kind kind;
	const char *dialect;   /* static: "native-handler", "go-panic", "go-fatal", "cgo-signal", "zap-stack",
				  ... */
	struct qn_text signal; /* "SIGSEGV"; "" = none */
	bool has_si_code;
	int64_t si_code;
	bool has_fault_address;
	uint64_t fault_address;
	uint64_t crash_pc;                      /* 0: not told */
	struct qn_text exception;               /* type: "milvus::SegcoreError" */
	struct qn_text message;                 /* panic text, what(), fatal error text; may hold newlines */
	struct qn_text thread;                  /* as printed; "" unknown */
	uint64_t goroutine;                     /* 0: not told */
	uint32_t goroutines_behind;             /* further goroutines that the dump held */
	struct qn_others others[QN_OTHERS_MAX]; /* most first, then by name */
	size_t others_count;

	struct qn_frame *frames; /* innermost first, unfolded */
	size_t frames_count;
	bool is_cut;     /* frames were missing or over QN_STACK_FRAMES_MAX */
	bool is_unwound; /* we unwound it: equal neighbours are a recursion and no copies, is_inlined is as
			    told */
	struct qn_executor executor;

	struct qn_place places[QN_PLACES_MAX]; /* [0] is the event's; the others further reports of it
						  (native, then Go) */
	size_t places_count;
	struct qn_time
		time; /* of the wrapper of its first line, else of the record before it; else unknown */
	struct qn_text
		damage[QN_DAMAGE_MAX]; /* what was undone: "interleaved log lines", "viewer line numbers" */
	size_t damage_count;
	struct qn_hash128 evidence; /* of what the event's lines said (pcs, addresses, goroutine numbers and
				       all), without wrappers and woven lines: the same text collected twice
				       is equal, two events are not */
};

/* A copy of everything into @arena; NULL when memory ran out. */
struct qn_stack *qn_stack_copy(struct qn_arena *arena, const struct qn_stack *stack);

/* Index of the first frame that names the failure: the innermost one of role USER; SIZE_MAX when there is
 * none. */
size_t qn_stack_first_user(const struct qn_stack *stack);

#endif
