/* The languages in which a crash is told. A dialect is a table of the lines that only it writes, each with
 * what to do when it comes by; the frames below are alike in all (crash_line.h). Adding one: dialect_<x>.c, a
 * declaration here, and in dialect.c a line in qn_dialects. */
#ifndef QN_STACK_DIALECT_H
#define QN_STACK_DIALECT_H

#include "stack/crash_line.h"
#include "stack/prefix_tree.h"
#include "stack/sighting.h"

enum qn_header_use {
	QN_HEADER_NOT_MINE, /* looked like it, but is not: the sighting is as before */
	QN_HEADER_TAKEN,
	QN_HEADER_ANOTHER, /* begins another sighting: call again with a new one */
	QN_HEADER_IGNORED, /* recognized, and nothing to tell ("exit code: 0") */
};

struct qn_header {
	const char *words;
	bool is_anywhere; /* @words may be glued to the end of something else */
	/* @rest is what follows @words. @sighting is of this dialect's witness, perhaps new (place.line is
	 * 0). */
	enum qn_header_use (*read)(struct qn_sighting *sighting, const struct qn_crash_line *line,
				   struct qn_text rest);
};

/* What a dialect says of a line that comes while its report is open. */
enum qn_line_use {
	QN_LINE_NOT_MINE, /* another writer's, as far as this dialect can tell */
	QN_LINE_TAKEN,
	QN_LINE_LAST, /* taken, and the report ends with it */
	QN_LINE_END,  /* not taken: the report ended above it */
};

struct qn_dialect {
	const char *name;
	enum qn_witness witness;
	/* A line that holds none of these cannot begin a report of it. They are searched in every line of
	 * every log: words that ordinary lines do not hold. Ends with NULL; NULL: none. */
	const char *const *triggers;
	const struct qn_header *headers; /* ends with words NULL */
	/* A quick look at a line before its headers are searched in it; NULL: at all. For headers that may
	 * stand anywhere: a stack's thousands of lines must not pay for them. */
	bool (*may_begin)(struct qn_text text);
	/* A line that is no header of the open report; NULL: there are none. */
	struct qn_error *(*take)(struct qn_sighting *sighting, const struct qn_crash_line *line,
				 enum qn_line_use *ret_use);
	/* After the last line; NULL: nothing is left to do. */
	void (*finish)(struct qn_sighting *sighting);
	/* Its frames are no pairs of a name and a place below ("#0 0x7f in f () at a.c:3"): take() is asked
	 * before the headers of all dialects, and what it leaves is no name. It adds the frames itself. */
	bool has_own_frames;
};

/* sighting->state of the Go runtime's reports, which two dialects read. */
enum qn_go_state {
	QN_GO_REPORT,
	QN_GO_THREADS, /* the further threads tell of themselves, each in a report of its own */
};

extern const struct qn_dialect qn_dialect_native;
extern const struct qn_dialect qn_dialect_go;
extern const struct qn_dialect qn_dialect_cgo;
extern const struct qn_dialect qn_dialect_prelude;
extern const struct qn_dialect qn_dialect_check;
extern const struct qn_dialect qn_dialect_rust;
extern const struct qn_dialect qn_dialect_parent;
extern const struct qn_dialect qn_dialect_sanitizer;
extern const struct qn_dialect qn_dialect_valgrind;
extern const struct qn_dialect qn_dialect_jvm;
extern const struct qn_dialect qn_dialect_faulthandler;
extern const struct qn_dialect qn_dialect_java;
extern const struct qn_dialect qn_dialect_python;
extern const struct qn_dialect qn_dialect_easyassert;
extern const struct qn_dialect qn_dialect_boost;
extern const struct qn_dialect qn_dialect_glibc;
extern const struct qn_dialect qn_dialect_failure;
extern const struct qn_dialect qn_dialect_exception;
extern const struct qn_dialect qn_dialect_unit;
extern const struct qn_dialect qn_dialect_oom;
extern const struct qn_dialect qn_dialect_systemd;
extern const struct qn_dialect qn_dialect_trap;
extern const struct qn_dialect qn_dialect_kernel;
extern const struct qn_dialect qn_dialect_race;
extern const struct qn_dialect qn_dialect_client;
extern const struct qn_dialect qn_dialect_gdb;
extern const struct qn_dialect qn_dialect_eustack;

extern const struct qn_dialect *const qn_dialects[]; /* NULL-terminated */

struct qn_header_match {
	const struct qn_dialect *dialect;
	const struct qn_header *header;
	struct qn_text rest; /* as for read() */
	bool is_glued;       /* something stood before it */
};
#define QN_PAIR_BUCKETS 256U
/* The beginnings of all headers, made for looking at many lines: what a line costs does not grow with their
 * number. */
struct qn_header_index {
	struct qn_prefix_tree begins; /* value: place in entries */
	struct qn_header_entry {
		const struct qn_dialect *dialect;
		const struct qn_header *header;
		size_t len;    /* of words */
		size_t pair;   /* of words that may be anywhere: where their two rarest bytes stand in them */
		uint32_t next; /* of those with a pair of the same bucket; UINT32_MAX: none */
	} * entries;
	size_t count, capacity;
	uint32_t first_anywhere;           /* the first of the words that may be anywhere; UINT32_MAX: none */
	uint32_t buckets[QN_PAIR_BUCKETS]; /* by pair: places in entries */
	uint8_t pairs[(UINT16_MAX + 1) / 8]; /* bits: pairs of bytes with which such words are found */
};
struct qn_error *qn_header_index_init(struct qn_header_index *index) QN_MUST_CHECK;
void qn_header_index_deinit(struct qn_header_index *index);

/* The first header, in the order of the dialects, that @text begins with (or holds, where is_anywhere).
 * False: none. */
bool qn_dialects_match(const struct qn_header_index *index, struct qn_text text, struct qn_header_match *ret);

/* A line of the open report. One with frames of its own is asked alone, else all dialects of its witness. */
struct qn_error *qn_dialects_take(struct qn_sighting *sighting, const struct qn_crash_line *line,
				  enum qn_line_use *ret_use) QN_MUST_CHECK;

#endif
