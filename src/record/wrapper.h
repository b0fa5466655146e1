/* What collectors put around a line: docker json-file, CRI, kubectl --prefix, compose, viewers' timestamps,
 * tables and line numbers. Wrappers nest ("[pod/x/y] 2024-... stderr F text"). Definitions:
 * docs/formats.md.
 *
 * A wrapper is one entry of a table; adding one is a wrapper_<x>.c, a line in wrapper_kinds.h and one in
 * wrapper.c. */
#ifndef QN_RECORD_WRAPPER_H
#define QN_RECORD_WRAPPER_H

#include <stdbool.h>

#include "base/text.h"
#include "record/record.h"
#include "record/timestamp.h"

struct qn_wrapped {
	struct qn_text text; /* borrowed from the line or from the scratch buffer that was given */
	struct qn_time time;
	struct qn_text pod, container, stream; /* "" where not told */
	bool is_partial; /* a piece: the next line of the same stream goes on without a newline */
	bool is_noise;   /* a line of the viewer's own (table rule, label line): not to be read */
};

/* Of @wrapped->stream. */
enum qn_output qn_wrapped_output(const struct qn_wrapped *wrapped);

struct qn_wrapper {
	const char *name; /* as in the report: "docker", "cri", "kubectl-prefix", "compose", "loki", "table",
			     ... */
	bool (*peel)(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret);
	/* Must hold too, of all lines of the sample; NULL: enough lines that peel are enough. */
	bool (*confirm)(const struct qn_text *lines, size_t count);
	bool is_sparse;       /* it stands in front of few lines: confirm() alone decides */
	bool is_unmistakable; /* one line is enough in a sample of one to three */
	const char *repair; /* not a collector's but damage: what a report says was undone; NULL otherwise */
};

#define QN_WRAPPERS_NESTED_MAX 4U

struct qn_wrapping {
	const struct qn_wrapper *layers[QN_WRAPPERS_NESTED_MAX]; /* outermost first */
	unsigned count;
};

/* From the first lines of a source: a layer is there when most lines that are not blank have it. */
void qn_wrapping_detect(struct qn_text sample, struct qn_wrapping *ret);

/* Is the newest line first? The wrapper's times fall from line to line; where they are all the same, the
 * frames of a stack stand above its head. */
bool qn_wrapping_is_newest_first(const struct qn_wrapping *wrapping, struct qn_text sample);

/* Peels all layers off @line (no LF at its end). A line that does not have them comes back as it stands.
 * @scratch  one buffer per layer is used: an array of QN_WRAPPERS_NESTED_MAX; contents are good until the
 * next call */
void qn_wrapping_peel(const struct qn_wrapping *wrapping, struct qn_text line, struct qn_buffer *scratch,
		      struct qn_wrapped *ret);

#endif
