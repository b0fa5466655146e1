/* One report of a crash, as one writer made it: the native handler, the Go runtime, the C++ or Rust runtime
 * with its last words, the parent process. Several sightings make an event (event.h). */
#ifndef QN_STACK_SIGHTING_H
#define QN_STACK_SIGHTING_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/text.h"
#include "stack/crash_line.h"
#include "stack/stack.h"
#include "stack/weave.h"

/* A report of thousands of names: the rest is cut. */
#define QN_SIGHTING_BYTES_MAX (8U << 20)
#define QN_FRAME_NAME_BYTES_MAX (64U << 10)

#define QN_SIGHTING_HEADERS_MAX 8U

struct qn_dialect;
struct qn_dump;
struct qn_normalizer;
struct qn_sighting;

/* Is told each dump of all threads when it is read whole, before the sighting is given away. */
struct qn_dump_watch {
	struct qn_error *(*tell)(void *context, struct qn_dump *dump, const struct qn_sighting *sighting);
	void *context;
};

enum qn_witness {
	QN_WITNESS_PRELUDE, /* texts of the C, C++ and Rust runtimes before the process aborts */
	QN_WITNESS_NATIVE,  /* a handler for signals in native code, of whatever library */
	QN_WITNESS_GO,
	QN_WITNESS_PARENT,    /* what the parent process says about its child: an end, no stack */
	QN_WITNESS_SANITIZER, /* ASan and its like, Valgrind */
	QN_WITNESS_EXCEPTION, /* a stack that a program logged and lived on with: Java, Python */
	QN_WITNESS_DUMP,      /* what a debugger shows of a process or core: gdb, eu-stack, pstack */
	QN_WITNESS_SYSTEM,    /* the kernel and systemd */
};

enum qn_phase {
	QN_PHASE_HEAD,    /* facts and message */
	QN_PHASE_RUNTIME, /* "runtime stack:": the scheduler's frames, which are not the culprit's */
	QN_PHASE_FRAMES,  /* the culprit's */
	QN_PHASE_BEHIND,  /* further goroutines, registers */
};

struct qn_sighting {
	enum qn_witness witness;
	const struct qn_dialect *of; /* whose header began it; NULL: its beginning was lost */
	enum qn_phase phase;
	const char *dialect; /* the word for the report: "go-panic" */
	bool has_kind;
	enum qn_kind kind;
	struct qn_text signal; /* static */
	bool has_si_code, has_fault_address, is_cut, is_headless;
	int64_t si_code;
	uint64_t fault_address, crash_pc;
	struct qn_text exception, thread;
	struct qn_buffer message;
	uint64_t goroutine;
	uint32_t goroutines_behind;
	bool has_goroutine;

	struct qn_frame *frames; /* raw, file, line, pc, module, build_id, is_go, is_rethrow only */
	size_t frames_count, frames_capacity;
	struct qn_others others[QN_OTHERS_MAX]; /* what further goroutines or threads were at */
	size_t others_count;

	struct qn_place place;
	struct qn_time time;
	unsigned damage;
	struct qn_hasher hasher;
	struct qn_arena arena;
	size_t arena_bytes;

	/* For reading only. */
	struct qn_buffer pending; /* lines that may belong to the message: they do if the report goes on */
	size_t pending_last;      /* where the last of them begins */
	size_t pending_lines;
	uint64_t pending_number; /* line number of the last of them */
	bool is_message_open, is_message_recovered;
	enum {
		QN_NEXT_ANY,
		QN_NEXT_IS_MESSAGE,
		QN_NEXT_IS_DROPPED
	} next_line;           /* Rust: the line behind "panicked at" */
	size_t last_line_len;  /* of the message: a long one may have been wrapped by a viewer */
	bool is_place_skipped; /* the next place belongs to a line that is no frame */
	bool saw_runtime_stack;
	bool is_rust;
	bool is_interrupted; /* other lines came in its way, no end was seen */
	/* While a header is read: the line above it that belongs to no report; "" unknown. */
	struct qn_text before;
	struct qn_text above;  /* the lines above it, that one last; the first may be a piece */
	bool is_overfull;      /* more frames than are kept */
	unsigned blank_lines;  /* since its frames began */
	struct qn_weave weave; /* the lines of its frames, in case that several threads wrote them */
	/* What the headers said that stood between its frames: NULL, or by the index of weave.starts. */
	struct qn_sighting *heads[QN_WEAVE_COPIES_MAX];
	struct qn_hasher first_hasher; /* of the lines above the first of those heads */
	unsigned first_damage;
	bool is_not_parted;                              /* a full weave was looked at, and is one report */
	unsigned header_counts[QN_SIGHTING_HEADERS_MAX]; /* how often each header of its dialect came */
	/* For a dialect's own use, 0 at first. */
	unsigned state;
	uint64_t number;
	/* Another process's report of the same dialect, woven into this one: told behind it. Owned, NULL:
	 * none; it has none itself. */
	struct qn_sighting *beside;
	struct qn_dump *dump;                   /* of a dump: its threads; owned, NULL at first */
	const struct qn_normalizer *normalizer; /* the reader's; NULL: none */
	const struct qn_dump_watch *watch;      /* the reader's; NULL: none */
	bool is_noise; /* set by a dialect: nothing failed (a dump that was asked for), it is not told */
};

struct qn_error *qn_sighting_create(enum qn_witness witness, struct qn_sighting **ret) QN_MUST_CHECK;
void qn_sighting_destroy(struct qn_sighting *sighting);
QN_DEFINE_GUARD(struct qn_sighting, qn_sighting_destroy);

/* @line is one of its own: hashed, and the place grows. The first one tells the time, unless the dialect
 * read one: its own date, its wrapper's time, or else @last_time. */
void qn_sighting_claim(struct qn_sighting *sighting, const struct qn_crash_line *line,
		       struct qn_time last_time);

/* Copies; over a cap the frame is left out and is_cut set. */
struct qn_error *qn_sighting_add_frame(struct qn_sighting *sighting, struct qn_text raw,
				       const struct qn_code_place *place) QN_MUST_CHECK;

/* One more goroutine or thread that was at @what ("select", "idle CPUThreadPoolExecutor"). Further kinds than
 * QN_OTHERS_MAX are counted under "other". */
void qn_sighting_count_other(struct qn_sighting *sighting, struct qn_text what);

/* A copy of @text, cut at QN_FRAME_NAME_BYTES_MAX, or nothing when QN_SIGHTING_BYTES_MAX is reached; is_cut
 * tells. */
struct qn_text qn_sighting_keep(struct qn_sighting *sighting, struct qn_text text);

/* Message: added behind a newline, up to QN_MESSAGE_BYTES_MAX. */
void qn_sighting_say(struct qn_sighting *sighting, struct qn_text text);
/* The same on the same line. */
void qn_sighting_say_on(struct qn_sighting *sighting, struct qn_text text);

/* Lines of which only what follows tells whether they belong to the message. */
void qn_sighting_say_perhaps(struct qn_sighting *sighting, const struct qn_crash_line *line);
void qn_sighting_settle_message(struct qn_sighting *sighting, bool belongs);

/* Sets the kind unless a better word came before. */
void qn_sighting_set_kind(struct qn_sighting *sighting, enum qn_kind kind);

/* The report's culprit has frames, so a new header begins another report. */
bool qn_sighting_has_begun(const struct qn_sighting *sighting);

/* The @header-th header of its dialect came, above the frames or between them. @head, what it said if it
 * stood between frames, or NULL, is owned from here on. */
void qn_sighting_count_header(struct qn_sighting *sighting, size_t header, struct qn_sighting *head);

/* Cuts off the reports of the native handler that stand behind the first one without an end between them.
 * @parts, QN_WEAVE_COPIES_MAX of them, gets @ret_count, which are the caller's on error, too.
 * @is_over: no more comes, so one may be parted without its signal. */
struct qn_error *qn_sighting_part(struct qn_sighting *sighting, bool is_over, struct qn_sighting **parts,
				  unsigned *ret_count) QN_MUST_CHECK;

/* After the last line, before qn_sighting_finish(): makes one stack of what several threads wrote. */
struct qn_error *qn_sighting_unweave(struct qn_sighting *sighting) QN_MUST_CHECK;

/* After the last line: the re-throw path, and the kind where only the frames tell. */
void qn_sighting_finish(struct qn_sighting *sighting);

/* Not the report of an end: a stack that a program printed of itself, as profilers and deferred functions do.
 * A panic on it makes it one. */
bool qn_sighting_is_own_dump(const struct qn_sighting *sighting);

/* Signal names. "" for what we do not know. */
struct qn_text qn_signal_of_number(uint64_t number);

#endif
