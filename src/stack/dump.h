/* The threads of a dump: what gdb, eu-stack and pstack show of a core or of a process. All are looked at, one
 * is kept: the one that brought the process down. The others are counted under what they are at.
 *
 * Which one that is, best first:
 *  1. where a signal was told that is a fault of its own (SIGSEGV, SIGBUS, SIGFPE, SIGILL): the thread that
 * got it, unless it waits and another thread is in abort() (the fault's handler);
 *  2. a thread in abort(), raise(), std::terminate(), a signal handler or an assertion, before it those with
 * frames of the application (Go sends a SIGABRT to whatever thread it finds), before them the one that was
 * told;
 *  3. of a core of which no signal is told, and of a lone "bt": the first thread, if it does not wait.
 * If there is none, nothing crashed: the dump was asked for, perhaps because the process hangs. */
#ifndef QN_STACK_DUMP_H
#define QN_STACK_DUMP_H

#include "stack/sighting.h"

struct qn_dump;

struct qn_thread_id {
	uint64_t number; /* gdb's own; 0: unknown */
	uint64_t lwp;    /* the kernel's; 0: unknown */
	uint64_t handle; /* its pthread_t; 0: unknown */
};

enum qn_dump_source {
	QN_DUMP_UNKNOWN, /* only frames */
	QN_DUMP_CORE,    /* eu-stack: a core, its first thread is the one that crashed */
	QN_DUMP_PROCESS, /* it lives */
};

/* The dump of @sighting, made when it is not there; NULL when memory ran out. */
struct qn_dump *qn_dump_of(struct qn_sighting *sighting);
void qn_dump_destroy(struct qn_dump *dump);

void qn_dump_set_source(struct qn_dump *dump, enum qn_dump_source source);
/* @signal is static. @is_end: it ended the process, a debugger's stop is none. */
void qn_dump_set_signal(struct qn_dump *dump, struct qn_text signal, bool is_end);
bool qn_dump_has_signal(const struct qn_dump *dump);
/* The thread that the signal was for, and its name if @name is not empty. */
void qn_dump_set_told(struct qn_dump *dump, struct qn_thread_id id, struct qn_text name);

/* The frames that follow are this thread's. @name may be empty. */
struct qn_error *qn_dump_begin_thread(struct qn_dump *dump, struct qn_thread_id id,
				      struct qn_text name) QN_MUST_CHECK;
/* "thread 3": what is shown next without a heading is this thread's. */
void qn_dump_select(struct qn_dump *dump, struct qn_thread_id id);
/* The open thread is this one, after all. */
void qn_dump_name_thread(struct qn_dump *dump, struct qn_thread_id id);
struct qn_error *qn_dump_add_frame(struct qn_dump *dump, uint64_t number, struct qn_text raw,
				   const struct qn_code_place *place) QN_MUST_CHECK;
/* The last frame of the open thread was not whole: it comes again. */
void qn_dump_take_back_frame(struct qn_dump *dump);
/* Was a frame of this number and name shown of the open thread already ("frame 4", "bt" once more)? */
bool qn_dump_has_frame(const struct qn_dump *dump, uint64_t number, struct qn_text raw);
/* More of the last frame's place: what is set in @place. */
void qn_dump_complete_frame(struct qn_dump *dump, const struct qn_code_place *place);
/* A row of "info threads": one frame. They count only where no thread is shown whole. */
struct qn_error *qn_dump_add_row(struct qn_dump *dump, struct qn_thread_id id, struct qn_text name,
				 struct qn_text raw, const struct qn_code_place *place) QN_MUST_CHECK;
/* Frames of the open thread are missing. */
void qn_dump_cut(struct qn_dump *dump);

size_t qn_dump_frames_count(const struct qn_dump *dump); /* of the open thread */
size_t qn_dump_threads_count(const struct qn_dump *dump);
/* The thread was headed by nothing, and no signal was told. */
bool qn_dump_is_bare(const struct qn_dump *dump);
/* For the dialect: lines of the frame that is being read. */
struct qn_buffer *qn_dump_pending(struct qn_dump *dump);

struct qn_dump_threads;
/* All of them, as far as they were shown. */
const struct qn_dump_threads *qn_dump_threads(const struct qn_dump *dump);
/* The signal that was told, also one that nobody crashed by. */
struct qn_text qn_dump_signal(const struct qn_dump *dump);
/* The one that crashed, after qn_dump_finish(). False: none did. */
bool qn_dump_crashed(const struct qn_dump *dump, struct qn_thread_id *ret);
enum qn_dump_source qn_dump_source(const struct qn_dump *dump);

/* Gives @sighting the frames, kind and thread of the one that crashed; where nobody did, but it hangs
 * (postmortem.h), those of the thread that tells most of that; else sets is_noise. */
void qn_dump_finish(struct qn_dump *dump, struct qn_sighting *sighting);

#endif
