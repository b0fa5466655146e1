/* A name, or the place below it, that came in pieces: a terminal put a newline after every 135 columns, or
 *other writers' text came in the middle.
 *
 *	_ZN6milvus7segcore24SegmentIntern[2025/07/18 08:50:34.169 +00:00] [INFO] ["x"]
 *	alInterface15FillTargetEntryEv
 *		/workspace/source/internal/core/src/segcore/SegmentInter
 *	face.cpp:275 pc=0x7fb8346a62f7
 *
 * Lines are held back until the next one tells: pieces are joined where together they are a whole name or
 * place, or where all but the last are of one width. */
#ifndef QN_STACK_FRAGMENTS_H
#define QN_STACK_FRAGMENTS_H

#include "base/arena.h"
#include "base/text.h"
#include "stack/crash_line.h"

#define QN_FRAGMENTS_MAX 256U
/* Lines of others that may stand between two pieces. */
#define QN_FRAGMENTS_FOREIGN_MAX 4U

/* Does each bracket of a demangled name close? Those of "operator()", "operator<<" and "->" are none. */
bool qn_brackets_are_balanced(struct qn_text name);

struct qn_fragment {
	struct qn_line line; /* its text is not kept */
	size_t end;          /* in the text */
};

/* Hashes of names, the last bit being whether they are whole: the same few thousand come again and again. */
#define QN_WHOLE_NAMES 1024U

struct qn_fragments {
	uint64_t whole[QN_WHOLE_NAMES];
	uint64_t seen[QN_WHOLE_NAMES]; /* hashes of names that stood above their place in one piece */
	struct qn_buffer text;
	struct qn_fragment pieces[QN_FRAGMENTS_MAX];
	size_t count;
	size_t width; /* of the first piece, as it stood in the source; 0: it was cut by a record glued to it
		       */
	size_t known_width; /* where lines of this source were wrapped before; 0: nowhere yet */
	bool is_place, is_whole, is_ended; /* is_ended: the last piece is shorter than the others */
	bool is_interrupted;               /* others' text or lines stood between */
	unsigned foreign;
	unsigned damage; /* of the first piece */
	struct qn_arena scratch;
};

void qn_fragments_deinit(struct qn_fragments *fragments);
void qn_fragments_clear(struct qn_fragments *fragments);

/* Holds a copy of @line when it may be the first piece of something. False: it is nothing of that sort. */
bool qn_fragments_begin(struct qn_fragments *fragments, const struct qn_crash_line *line);

enum qn_fragment_use {
	QN_FRAGMENT_TAKEN,
	QN_FRAGMENT_FOREIGN, /* not a piece, but more pieces may follow */
	QN_FRAGMENT_NEXT,    /* what is held is all that there is */
};
/* @line, which is not blank and no header, came next. */
enum qn_fragment_use qn_fragments_offer(struct qn_fragments *fragments, const struct qn_crash_line *line);

/* Do the pieces belong together? No: each was a line. */
bool qn_fragments_are_one(struct qn_fragments *fragments);

/* The @index-th piece as a line of the source; all of them as one line for SIZE_MAX. */
struct qn_line qn_fragments_line(const struct qn_fragments *fragments, size_t index);

#endif
