/* What all threads of a process were at, and what follows from it: groups of equal stacks, thread pools with
 * a verdict, who waits for whom. Made from a core (struct qn_core) or from the text of a dump of all threads
 * (gdb, eu-stack, pstack); where memory is not needed both say the same.
 *
 * All texts and arrays live in the arena. Unknown is a value. */
#ifndef QN_STACK_POSTMORTEM_H
#define QN_STACK_POSTMORTEM_H

#include "base/cleanup.h"
#include "core/core.h"
#include "stack/executor.h"
#include "stack/normalize.h"
#include "stack/stack.h"

enum qn_thread_activity {
	QN_ACTIVITY_UNKNOWN,
	QN_ACTIVITY_IDLE,    /* a pool's worker without work, a thread that waits for events or sleeps */
	QN_ACTIVITY_RUNNING, /* on a processor or ready for it */
	QN_ACTIVITY_BLOCKED, /* waits for a lock, a future, another thread */
	QN_ACTIVITY_BETWEEN, /* a worker between two tasks */
};
const char *
qn_activity_name(enum qn_thread_activity activity); /* "idle", "running", "blocked", "unknown"; BETWEEN is
						       "running" to the state of a group */

struct qn_pm_thread {
	uint64_t tid;              /* the kernel's; gdb's own number where a text tells no other */
	struct qn_text name;       /* "" unknown: cores have none */
	size_t group;              /* index */
	size_t stack;              /* index in qn_postmortem.stacks */
	enum qn_unwinder unwinder; /* NONE: a text told the frames */
	struct qn_text stopped;    /* where and why its stack ends early, for people; "" it does not */
	struct qn_core_wait wait;
	size_t pool; /* index in pools; SIZE_MAX: no worker of a pool */
	/* What tells its pool apart from others of its kind, and the pool that it joins. */
	uint64_t executor, joins; /* address; 0: unknown */
	struct qn_text pool_name; /* "" unknown */
};

/* One distinct stack, normalized; executor is set. */
struct qn_pm_stack {
	struct qn_stack stack; /* frames, executor, is_cut; nothing else */
	enum qn_thread_activity activity;
	struct qn_text what; /* "idle CPUThreadPoolExecutor worker", "blocked in folly::Future wait" */
	enum qn_wait_kind wait;
	bool is_dumping;  /* it sends a signal to whoever shall die */
	bool is_nameless; /* nothing is known of its innermost frame */
	size_t elided_at; /* frames[0..elided_at) stand above a gap of elided_count physical frames */
	uint64_t elided_count;
};

/* Threads with equal stacks: the same functions in the same order (lines may differ: the shown ones are the
 * first thread's). */
struct qn_pm_group {
	size_t *threads; /* indices, by tid */
	size_t count;
	size_t stack;    /* index of the first thread's */
	bool is_crashed; /* the thread that crashed is in it, alone */
	enum qn_thread_activity activity;
	struct qn_text what;
};

enum qn_pool_verdict {
	QN_POOL_UNKNOWN,
	QN_POOL_OK,
	QN_POOL_STARVED,       /* every worker waits for what only this pool can run */
	QN_POOL_EXHAUSTED,     /* every worker is at work or blocked elsewhere: new tasks wait */
	QN_POOL_SHUTTING_DOWN, /* somebody destroys or joins it while tasks run: a race, or a hang at exit */
};
const char *qn_pool_verdict_name(enum qn_pool_verdict verdict); /* "ok", "starved", "exhausted",
								   "shutting-down", "unknown" */

struct qn_pm_pool {
	struct qn_text kind; /* "CPUThreadPoolExecutor" */
	struct qn_text name; /* "" unknown */
	uint64_t address; /* of the executor; 0: frames alone tell it, and it may be several pools of one kind
			   */
	size_t idle, running, blocked, between;
	enum qn_pool_verdict verdict;
	struct qn_text evidence; /* sentences for people; also that several pools may be behind it */
};

struct qn_pm_cycle {     /* a deadlock */
	size_t *threads; /* indices: each waits for the next one, the last for the first; begins with the
			    smallest tid */
	size_t count;
};

struct qn_postmortem {
	struct qn_arena arena;
	struct qn_text source; /* path; "" unknown */
	bool is_text;
	struct qn_core *core; /* owned; NULL of a text */

	struct qn_text signal; /* "SIGSEGV"; "" none */
	bool has_si_code, has_fault_address;
	int64_t si_code;
	uint64_t fault_address;
	struct qn_text reason; /* one line: "SIGSEGV: address not mapped to object, null + 0x20" */
	uint64_t pid;
	struct qn_text command, executable;

	struct qn_pm_thread *threads; /* by tid */
	size_t threads_count;
	struct qn_pm_stack *stacks;
	size_t stacks_count;
	/* The crashed one first; then blocked in a cycle, blocked, running, between, unknown, idle; of these
	 * the bigger first, then by smallest tid. */
	struct qn_pm_group *groups;
	size_t groups_count;
	struct qn_pm_pool *pools; /* by kind, name, address */
	size_t pools_count;
	struct qn_pm_cycle *cycles; /* by smallest tid */
	size_t cycles_count;
	size_t crashed; /* thread; SIZE_MAX: none did, it was asked for or it hangs */

	size_t hung; /* thread that the failure is told of where nobody crashed; SIZE_MAX: none */

	/* The failure that it is, ready for qn_signature_of_stack(): the crashed thread's stack with signal,
	 * message and exception; else, where there is a cycle or a starved pool, one of kind deadlock, whose
	 * frames are those of the thread that tells most (docs/cores.md). NULL: nothing failed. Evidence is
	 * set: the same core packed or not has the same one. */
	struct qn_stack *failure;
	struct qn_issue *issues; /* source not set */
	size_t issues_count;
};

/* @core  is taken over, also on error */
struct qn_error *qn_postmortem_of_core(const struct qn_normalizer *normalizer, struct qn_core *core,
				       struct qn_postmortem **ret) QN_MUST_CHECK;

/* @text  the whole of a dump of all threads
 * QN_ERROR_UNRECOGNIZED: no thread of a form that we know is in it. */
struct qn_error *qn_postmortem_of_text(const struct qn_normalizer *normalizer, struct qn_text text,
				       struct qn_postmortem **ret) QN_MUST_CHECK;

void qn_postmortem_destroy(struct qn_postmortem *postmortem);
QN_DEFINE_GUARD(struct qn_postmortem, qn_postmortem_destroy);

#endif
