/* Lines for people: never wider than the terminal, and nothing that came from a log can steer the terminal.
 *
 * Text is cut at the width with "…". Control characters come out as \xNN, line breaks and tabs as blanks,
 * marks that turn the direction of writing and bytes that are not UTF-8 as U+FFFD. Columns are counted as a
 * terminal does: wide characters are two, combining ones none. */
#ifndef QN_REPORT_PAINT_H
#define QN_REPORT_PAINT_H

#include <stdbool.h>

#include "base/text.h"

enum qn_ink { QN_INK_PLAIN, QN_INK_BOLD, QN_INK_DIM, QN_INK_RED, QN_INK_GREEN, QN_INK_YELLOW, QN_INK_CYAN };

struct qn_paint {
	struct qn_buffer *out; /* borrowed */
	unsigned width;        /* columns; 0 is taken as 100 */
	bool has_color;
	unsigned column; /* where the next text goes, from 0 */
};

/* Columns of @text as it would be painted. */
unsigned qn_paint_columns(struct qn_text text);

void qn_paint_text(struct qn_paint *paint, enum qn_ink ink, struct qn_text text);
void qn_paint_string(struct qn_paint *paint, enum qn_ink ink, const char *string);
void qn_paint_printf(struct qn_paint *paint, enum qn_ink ink, const char *format, ...) QN_PRINTF(3, 4);

/* Cut in front, "…querynode-7c9f6d84b5-k7x2p": what tells pods and files apart is at the end of their names.
 */
void qn_paint_tail(struct qn_paint *paint, enum qn_ink ink, struct qn_text text);

/* Cut and filled up with blanks to exactly @columns (less at the right edge). */
void qn_paint_cell(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned columns);
/* The same, cut in front. */
void qn_paint_tail_cell(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned columns);

/* Columns between the cursor and the edge. */
unsigned qn_paint_room(const struct qn_paint *paint);

/* Blanks up to @column; nothing when it is passed already. */
void qn_paint_goto(struct qn_paint *paint, unsigned column);

/* Over as many lines as it takes, each beginning where the first one does; broken at blanks, and a word that
 * is wider than a line behind one of its "/.:,-_".
 * @lines_max  the last one is cut; 0: no limit */
void qn_paint_wrap(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned lines_max);

/* Ends the line; blanks at its end go. */
void qn_paint_newline(struct qn_paint *paint);

#endif
