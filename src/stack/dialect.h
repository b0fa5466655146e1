/* The languages in which a crash is told. A dialect is a table of the lines that only it writes, each with
 * what to do when it comes by; the frames below are alike in all (crash_line.h). Adding one: dialect_<x>.c, a
 * declaration here, and in dialect.c a line in qn_dialects and its first words in qn_stack_triggers. */
#ifndef QN_STACK_DIALECT_H
#define QN_STACK_DIALECT_H

#include "stack/crash_line.h"
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

struct qn_dialect {
	enum qn_witness witness;
	const struct qn_header *headers; /* ends with words NULL */
	/* Takes a line that is neither header nor frame but the dialect's own; NULL: there are none. Sets
	 * *@ret_taken. */
	struct qn_error *(*take)(struct qn_sighting *sighting, const struct qn_crash_line *line,
				 bool *ret_taken);
};

extern const struct qn_dialect qn_dialect_native;
extern const struct qn_dialect qn_dialect_go;
extern const struct qn_dialect qn_dialect_cgo;
extern const struct qn_dialect qn_dialect_prelude;
extern const struct qn_dialect qn_dialect_rust;
extern const struct qn_dialect qn_dialect_parent;

extern const struct qn_dialect *const qn_dialects[]; /* NULL-terminated */

struct qn_header_match {
	const struct qn_dialect *dialect;
	const struct qn_header *header;
	struct qn_text rest; /* as for read() */
	bool is_glued;       /* something stood before it */
};
/* The first header, in the order of the dialects, that @text begins with (or holds, where is_anywhere).
 * False: none. */
bool qn_dialects_match(struct qn_text text, struct qn_header_match *ret);

/* A line of the sort that the dialects of @sighting's witness skip or take. */
struct qn_error *qn_dialects_take(struct qn_sighting *sighting, const struct qn_crash_line *line,
				  bool *ret_taken) QN_MUST_CHECK;

#endif
