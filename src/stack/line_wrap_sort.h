/* What a line is that a terminal may have broken, and whether it is whole; for line_wrap.c. Texts are
 * borrowed.
 */
#ifndef QN_STACK_LINE_WRAP_SORT_H
#define QN_STACK_LINE_WRAP_SORT_H

#include <stdbool.h>

#include "base/text.h"

/* What sort of line is broken, if it is one of which that shows. */
enum qn_wrap_sort {
	QN_WRAP_OTHER,
	QN_WRAP_RECORD,
	QN_WRAP_BOOST,
	QN_WRAP_GLIBC,
	QN_WRAP_AT,
	QN_WRAP_GDB,
	QN_WRAP_PLACE
};

enum qn_wrap_sort qn_wrap_sort_of(struct qn_text text);
bool qn_wrap_is_whole(enum qn_wrap_sort sort, struct qn_text text);

/* Quotes and escapes of a zap record up to where it was looked at. */
struct qn_wrap_quotes {
	bool is_open, is_escaped;
};

void qn_wrap_look_at_quotes(struct qn_wrap_quotes *quotes, struct qn_text text);

/* Does a zap record end at @text, at whose end its quotes are as told? */
bool qn_wrap_ends_record(const struct qn_wrap_quotes *quotes, struct qn_text text);

/* Does a record of any sort begin, or what collectors put in front of lines? */
bool qn_wrap_begins_record(struct qn_text text);

/* What no piece but the first of a line begins with; records, too. */
bool qn_wrap_begins_line(struct qn_text text);

/* Has @next the front that docker compose put before @line, "milvus-standalone  | "? */
bool qn_wrap_has_front_of(struct qn_text line, struct qn_text next);

/* Without what a collector put in front: "2025-03-02T10:11:12.1Z stderr F ", "[pod/a/b] ", "a  | ". */
struct qn_text qn_wrap_skip_front(struct qn_text text);

/* "12" of "/src/a.cpp:3" and "12", ".6" of "libc.so" and ".6" */
bool qn_wrap_is_number(struct qn_text text);

#endif
