/* The lines that the frames of a report are made of, in the order in which they came, and what order they
 * had before several threads wrote them at once. Threads that crash together print the same stack, each its
 * own copy, and their lines come out shuffled; the order within each copy stays:
 *
 *	inner             (1)
 *	inner             (2)
 *		/a/in.cpp:3 pc=0x7f01   (2)
 *	Load              (2)
 *		/a/in.cpp:3 pc=0x7f01   (1)
 *
 * Nothing is lost as long as lines differ: whichever thread is ahead writes each line for the first time, so
 * the first occurrences alone are one copy. A line that each copy has several times (recursion) is told from
 * copies by their number. */
#ifndef QN_STACK_WEAVE_H
#define QN_STACK_WEAVE_H

#include "base/arena.h"
#include "base/hash.h"
#include "stack/crash_line.h"

#define QN_WEAVE_COPIES_MAX 32U
/* Names and places of one report with all its copies; the rest is not looked at. */
#define QN_WEAVE_LINES_MAX 32768U
#define QN_WEAVE_BYTES_MAX (8U << 20) /* of their texts, each counted once */

struct qn_woven_line {
	struct qn_text text; /* name, or file */
	uint64_t pc;
	uint32_t line;
	uint32_t count, first, last; /* occurrences: how many, positions of two of them */
	bool is_place, is_go;
};

struct qn_weave {
	uint32_t *items; /* indices into lines, in the order of the source */
	size_t items_count, items_capacity;
	struct qn_woven_line *lines; /* distinct ones, in the order of their first occurrences */
	size_t lines_count, lines_capacity;
	struct qn_map names, places;
	uint32_t starts[QN_WEAVE_COPIES_MAX]; /* positions where a copy's header stood */
	unsigned starts_count, ends;
	size_t bytes;
	bool is_full; /* over a cap: lines were left out */
};

void qn_weave_deinit(struct qn_weave *weave);

/* Texts are copied into @arena, once each. */
struct qn_error *qn_weave_add_name(struct qn_weave *weave, struct qn_arena *arena,
				   struct qn_text name) QN_MUST_CHECK;
struct qn_error *qn_weave_add_place(struct qn_weave *weave, struct qn_arena *arena,
				    const struct qn_code_place *place) QN_MUST_CHECK;

/* Did the place come before, or is it the mark of an end? */
bool qn_weave_has_place(const struct qn_weave *weave, const struct qn_code_place *place);

/* A further header of the same report, here. */
void qn_weave_add_start(struct qn_weave *weave);

/* How many copies are woven; 1: nothing is. */
unsigned qn_weave_copies(const struct qn_weave *weave);

/* Position of the first header behind which nothing of what stood above it comes again: what follows is
 * another report. SIZE_MAX: none. */
size_t qn_weave_find_end(const struct qn_weave *weave);

/* Did the report above the @header-th header (from 1) end there, and another of the same outermost place
 * begin? The place right above the header comes again, and always last: of copies that are woven one goes on.
 */
bool qn_weave_is_in_turn(const struct qn_weave *weave, unsigned header);

/* Does nothing of what stood above the @header-th header come again? */
bool qn_weave_is_apart(const struct qn_weave *weave, unsigned header);

/* The first place at or behind @at: index into lines; SIZE_MAX: none. */
size_t qn_weave_first_place(const struct qn_weave *weave, size_t at);

/* Adds the items of @from from @start to before @end; their headers are left out. */
struct qn_error *qn_weave_add_part(struct qn_weave *weave, struct qn_arena *arena,
				   const struct qn_weave *from, size_t start, size_t end) QN_MUST_CHECK;

/* A frame of one copy: indices into lines; SIZE_MAX: the name got lost. */
struct qn_woven_frame {
	size_t name, place;
};

/* One copy of @copies (over 1): the stack that the first thread told. @ret is the caller's to free. */
struct qn_error *qn_weave_undo(const struct qn_weave *weave, unsigned copies, struct qn_woven_frame **ret,
			       size_t *ret_count) QN_MUST_CHECK;

#endif
