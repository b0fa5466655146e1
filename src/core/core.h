/* What a core dump holds, read out of it: the process, its modules, every thread with its frames, what
 * threads wait for, and the words that the process left. No meaning yet: roles, groups and verdicts are the
 * stack layer's (stack/postmortem.h), which says the same of a text dump.
 *
 * All texts and arrays live in qn_core.arena. Unknown is a value: empty text, 0, SIZE_MAX or false.
 * Format: ELF (elf(5)), notes as in Linux' fs/binfmt_elf.c; x86-64 and AArch64. */
#ifndef QN_CORE_CORE_H
#define QN_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/issue.h"
#include "base/text.h"

#define QN_CORE_THREADS_MAX 100000U
#define QN_CORE_MODULES_MAX 65536U
/* Physical frames that are walked of one thread; a runaway recursion is deeper. Of these the innermost and
 * outermost ones are kept. */
#define QN_CORE_FRAMES_WALKED_MAX 1000000U
#define QN_CORE_FRAMES_INNER_MAX 256U
#define QN_CORE_FRAMES_OUTER_MAX 128U
#define QN_CORE_SIGNALS_MAX 4U

enum qn_machine { QN_MACHINE_UNKNOWN, QN_MACHINE_X86_64, QN_MACHINE_AARCH64 };
const char *qn_machine_name(enum qn_machine machine); /* "x86-64", "AArch64", "" */

enum qn_unwinder { QN_UNWINDER_NONE, QN_UNWINDER_LIBDW, QN_UNWINDER_LIBUNWIND };
const char *qn_unwinder_name(enum qn_unwinder unwinder); /* "", "libdw", "libunwind" */

/* Which unwinder is asked for. AUTO: libdw, and libunwind for a thread that libdw does not bring to its
 * entry. */
enum qn_unwinder_choice { QN_UNWIND_AUTO, QN_UNWIND_WITH_LIBDW, QN_UNWIND_WITH_LIBUNWIND };

/* Why there is no further frame. */
enum qn_unwind_end {
	QN_UNWIND_END_ENTRY,        /* the thread's first frame was reached */
	QN_UNWIND_END_NO_MODULE,    /* the pc is in no module: a jump into nowhere, or a stack that was
				       overwritten */
	QN_UNWIND_END_NO_FILE,      /* the module's file was not found or is another build */
	QN_UNWIND_END_NO_CFI,       /* the module has no unwind table for the pc */
	QN_UNWIND_END_NO_MEMORY,    /* the stack at that place is not in the core */
	QN_UNWIND_END_NO_STEP,      /* the frame's caller would be itself */
	QN_UNWIND_END_LIMIT,        /* QN_CORE_FRAMES_WALKED_MAX */
	QN_UNWIND_END_NO_REGISTERS, /* the core has none of this thread */
};
#define QN_UNWIND_END_COUNT 8
/* For people, without the place: "the module's file was not found". "" for ENTRY. */
const char *qn_unwind_end_words(enum qn_unwind_end end);

struct qn_core_frame {
	struct qn_text
		name; /* as the linker knows it (mangled), else as DWARF names it, qualified; "" for none */
	struct qn_text file; /* as DWARF has it; "" unknown */
	uint32_t line;       /* 0: unknown. Of an inlined-into frame the line of the call */
	uint64_t pc;         /* as unwound: of a caller the return address. Inlined frames have that of their
				physical frame, which comes last of them */
	size_t module;       /* index in qn_core.modules; SIZE_MAX: none */
	bool is_inlined;
	bool is_activation; /* pc is exact, not a return address: innermost, interrupted by a signal */
};

/* One distinct stack. Threads that stand alike share one. */
struct qn_core_stack {
	struct qn_core_frame *frames; /* innermost first */
	size_t count;
	size_t elided_at;      /* so many frames stand above the gap; meaningless when elided_count is 0 */
	uint64_t elided_count; /* physical frames left out there */
};

struct qn_core_signal {
	uint32_t number; /* 0: none */
	int32_t code;
	bool has_address; /* of a fault; else it was sent */
	uint64_t address;
	uint32_t sender; /* pid; 0: unknown or not sent */
	uint64_t pc;     /* what it interrupted; 0 unknown */
};

/* What a waiting thread waits for, as registers and memory say. */
enum qn_lock_kind {
	QN_LOCK_NONE,
	QN_LOCK_FUTEX,        /* a futex, of what is not known */
	QN_LOCK_MUTEX,        /* pthread mutex, std::mutex, recursive and error-checking ones */
	QN_LOCK_RWLOCK,       /* pthread rwlock, std::shared_mutex */
	QN_LOCK_SHARED_MUTEX, /* folly::SharedMutex */
	QN_LOCK_JOIN,         /* the end of the thread `owner` */
	QN_LOCK_CONDITION,    /* pthread condition variable */
	QN_LOCK_SEMAPHORE,
};
const char *
qn_lock_kind_name(enum qn_lock_kind kind); /* "", "futex", "mutex", "rwlock", "folly::SharedMutex",
					      "thread", "condition variable", "semaphore" */

struct qn_core_wait {
	enum qn_lock_kind kind; /* NONE: it does not wait in a futex */
	uint64_t address;       /* of the lock object where the kind is known, else of the futex word */
	uint32_t owner;         /* tid that holds it; 0: not recorded, or not held */
	struct qn_text state;   /* for people, where more is known: "held exclusively, a writer waits" */
};

struct qn_core_thread {
	uint32_t tid;
	size_t stack; /* index in qn_core.stacks */
	enum qn_unwinder unwinder;
	enum qn_unwind_end end;
	uint64_t end_pc; /* where unwinding stopped; 0 at the entry */
	uint32_t signal; /* pending or delivered in its prstatus; 0: none */
	struct qn_core_signal
		handled[QN_CORE_SIGNALS_MAX]; /* of signal frames on its stack, innermost first */
	size_t handled_count;
	struct qn_core_wait wait;
	uint64_t executor;   /* `this` of the pool whose worker it is; 0: unknown */
	struct qn_text pool; /* name prefix of that pool's threads, out of memory; "" unknown */
};

struct qn_core_module {
	struct qn_text path;     /* in the process */
	uint64_t start, end;     /* addresses */
	struct qn_text build_id; /* hex, as the core has it; "" unknown */
	struct qn_text found;    /* file that was used; "" none */
	struct qn_text debug;    /* file with its debug information: `found` itself, or another; "" none */
	bool is_verified;        /* the file's build-id is that of the core */
};

struct qn_core_note { /* odd input: becomes an issue of the core */
	struct qn_text text;
	bool has_offset;
	uint64_t offset;
};

struct qn_core {
	struct qn_arena arena;
	enum qn_machine machine;
	uint64_t size_bytes; /* of the core, unpacked */
	bool is_truncated;
	struct qn_text content; /* 32 hex digits over headers and notes: the same for a packed copy */

	struct qn_core_signal signal; /* NT_SIGINFO, else of the first prstatus */
	struct qn_text
		fault; /* what the address tells: "null + 0x20", "non-canonical address", "stack overflow" */
	uint32_t pid;
	struct qn_text command;    /* "name arg arg", cut by the kernel at 80 bytes */
	struct qn_text executable; /* path */
	size_t crashed;            /* index of the thread that crashed, by evidence; SIZE_MAX: none did */
	struct qn_text crashed_because; /* the evidence, for people */
	struct qn_text message;   /* last words: glibc's abort message, what() of the exception, assertion */
	struct qn_text exception; /* type, demangled as far as memory tells: "std::runtime_error"; "" none */

	struct qn_core_module *modules; /* by address */
	size_t modules_count;
	struct qn_core_stack *stacks;
	size_t stacks_count;
	struct qn_core_thread *threads; /* as in the core */
	size_t threads_count;
	struct qn_core_note *notes;
	size_t notes_count;
};

void qn_core_destroy(struct qn_core *core);
QN_DEFINE_GUARD(struct qn_core, qn_core_destroy);

struct qn_core_options {
	const char *const *symbols; /* folders and files to look for binaries and debug files in */
	size_t symbols_count;
	const char *sysroot; /* NULL: none */
	enum qn_unwinder_choice unwinder;
	unsigned cpu_seconds; /* of the reader; 0: QN_CORE_CPU_SECONDS */
};
#define QN_CORE_CPU_SECONDS 300U
#define QN_CORE_DATA_BYTES_MAX (UINT64_C(6) << 30)     /* RLIMIT_DATA of the reader */
#define QN_CORE_ANSWER_BYTES_MAX (UINT64_C(512) << 20) /* what it may tell */

/* Reads the core at @path (plain, or packed with zstd, gzip, xz or lz4; "-": standard input), in a child
 * process that is bounded in memory and time.
 *
 * A core that is damaged or cut is read for what it holds; `notes` say what is missing. When the child dies
 * the result has what could be told before (in the end nothing but a note that says so): that is success too.
 *
 * QN_ERROR_SYSTEM: it cannot be read. QN_ERROR_UNRECOGNIZED: no ELF core, or of a machine that we do not
 * know. */
struct qn_error *qn_core_read(const char *path, const struct qn_core_options *options,
			      struct qn_core **ret) QN_MUST_CHECK;

/* The same in this process: for the child, and for tests. @fd stays the caller's. */
struct qn_error *qn_core_inspect(int fd, const struct qn_core_options *options,
				 struct qn_core **ret) QN_MUST_CHECK;

#endif
