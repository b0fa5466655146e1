/* All threads of a dump, each with its stack: what dump.h looks at one by one. Threads that stand alike share
 * a stack. Bounded: what is over is left out. */
#ifndef QN_STACK_DUMP_THREADS_H
#define QN_STACK_DUMP_THREADS_H

#include "base/arena.h"
#include "base/hash.h"
#include "core/core.h"
#include "stack/dump.h"

/* What a debugger printed as arguments of a thread's functions. */
struct qn_dump_facts {
	uint64_t executor, joins; /* `this` of its pool's loop, and of the pool that it joins; 0: not told */
	struct qn_core_wait wait; /* owner is not told */
	uint64_t joined_handle;   /* pthread_t of the thread that it joins; 0: not told */
};

/* "(this=0x7ffc12, thread=...)" behind the name of a frame; looked at from the innermost frame on. */
void qn_dump_facts_read(struct qn_dump_facts *facts, struct qn_text name, struct qn_text arguments);

struct qn_dump_thread {
	struct qn_thread_id id;
	struct qn_text name; /* "" unknown */
	size_t stack;        /* index; of a row of "info threads" one frame */
	bool is_row;
	struct qn_dump_facts facts;
};

struct qn_dump_stack {
	struct qn_frame *frames; /* as read: raw, file, line, pc, module, build_id */
	size_t count;
	bool is_cut;
	struct qn_text thread; /* name of its threads */
};

struct qn_dump_threads {
	struct qn_arena arena;
	struct qn_dump_thread *threads;
	size_t threads_count, threads_capacity;
	struct qn_dump_stack *stacks;
	size_t stacks_count, stacks_capacity;
	size_t frames_count, bytes; /* of all stacks */
	struct qn_map texts;        /* each once */
	struct qn_map by_hash;      /* of a stack: index + 1, as a pointer */
	struct qn_map by_id;        /* the same of a thread */
	bool is_cut;                /* some were left out */
};

void qn_dump_threads_deinit(struct qn_dump_threads *threads);

/* @frames  a thread's; a second time the longer stack of a thread is kept. A row gives way to a stack. */
struct qn_error *qn_dump_threads_put(struct qn_dump_threads *threads, const struct qn_dump_thread *thread,
				     const struct qn_sighting *frames) QN_MUST_CHECK;

#endif
