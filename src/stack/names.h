/* Lines held back because they may be a function's name: the place below tells. Two threads that write at
 * once put two names before their two places, so they are taken first in, first out. */
#ifndef QN_STACK_NAMES_H
#define QN_STACK_NAMES_H

#include "base/text.h"
#include "stack/crash_line.h"

#define QN_NAMES_MAX 8U

struct qn_held_name {
	struct qn_buffer text; /* qn_crash_line.text, cut at QN_FRAME_NAME_BYTES_MAX */
	struct qn_line line;   /* its text is not kept */
	unsigned damage;
};

struct qn_names {
	struct qn_held_name held[QN_NAMES_MAX];
	size_t count;
	bool is_stale; /* a place came since: what is left over waits for its own, and no longer once a name
			  comes */
};

void qn_names_deinit(struct qn_names *names);
void qn_names_clear(struct qn_names *names);

/* Copies. True: it is now the first one. */
bool qn_names_hold(struct qn_names *names, const struct qn_crash_line *line);

/* NULL: none. */
const struct qn_held_name *qn_names_first(const struct qn_names *names);
void qn_names_take_first(struct qn_names *names);

struct qn_text qn_held_name_text(const struct qn_held_name *name);

/* The line that it was; @ret points into @ret_line and @name. */
void qn_held_name_line(const struct qn_held_name *name, struct qn_line *ret_line, struct qn_crash_line *ret);

#endif
