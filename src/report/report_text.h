/* The parts of the text report, each a file; and small words that they share. */
#ifndef QN_REPORT_REPORT_TEXT_H
#define QN_REPORT_REPORT_TEXT_H

#include "report/paint.h"
#include "report/report.h"

/* Where what a label stands for begins. */
#define QN_TEXT_LABEL_COLUMN 4U
#define QN_TEXT_VALUE_COLUMN 11U

void qn_print_label(struct qn_paint *paint, const char *label);

/* "12,345" into @ret; returns it. */
#define QN_COUNT_BYTES 32
const char *qn_print_count(uint64_t count, char ret[QN_COUNT_BYTES]);
/* "5.1 MB" */
const char *qn_print_bytes(uint64_t bytes, char ret[QN_COUNT_BYTES]);
/* "1 pod", "7 pods" */
void qn_print_plural(struct qn_paint *paint, enum qn_ink ink, uint64_t count, const char *noun);

void qn_append_plural(struct qn_buffer *out, uint64_t count, const char *noun);

/* "2025-02-27 10:14:03 to 10:19:41 UTC", or "time unknown" */
void qn_append_span(struct qn_buffer *out, struct qn_time first, struct qn_time last);

enum qn_ink qn_print_verdict_ink(enum qn_verdict_state state);

/* "3 distinct failures in 4 of 10 pods: 1 known (fixed in 2.5-20250306-89bc9459-amd64), 2 new." */
struct qn_error *qn_print_answer(struct qn_paint *paint, const struct qn_report *report) QN_MUST_CHECK;
/* "Read 8 sources, 14,200 lines, 3.0 MB; 2025-02-27 09:58:00 to 10:20:45 UTC", and what a filter hides. */
struct qn_error *qn_print_input(struct qn_paint *paint, const struct qn_report *report) QN_MUST_CHECK;

/* One frame from the cursor to the end of the line: "name  file:line", both shortened until they fit. */
void qn_print_frame(struct qn_paint *paint, const struct qn_frame *frame);
/* The same without the end of the line. */
void qn_print_frame_parts(struct qn_paint *paint, const struct qn_frame *frame);
/* What a run of frames is called when it is folded: "of libraries"; NULL: they are shown. */
const char *qn_print_fold_name(enum qn_role role);
/* The frames that matter, plumbing folded to one line each.
 * @lines_max  0: all frames */
void qn_print_stack(struct qn_paint *paint, const struct qn_query_signature *row, size_t lines_max);

/* Each core in a few lines: why it died, what its threads were at, verdicts. */
void qn_print_cores(struct qn_paint *paint, const struct qn_report *report,
		    const struct qn_report_style *style);

/* One failure: id, verdict, count, title; when, where, the known issue, stack, next step. The failures behind
 * the first QN_TEXT_WHOLE_MAX of a short report have title, when and where only. */
#define QN_TEXT_WHOLE_MAX 10U
void qn_print_signature(struct qn_paint *paint, const struct qn_report *report,
			const struct qn_report_style *style, size_t index);

/* "where  querynode-0, …-1"; the line stays open, and is not begun where nothing is known. */
void qn_print_where(struct qn_paint *paint, const struct qn_report_signature *signature, bool is_verbose);
/* "log    pod-kill/querynode-0.log:812", on the open line if that has room; ends it. */
void qn_print_places(struct qn_paint *paint, const struct qn_report *report,
		     const struct qn_report_signature *signature, bool is_verbose);

/* "before new in the last 60 s before it:", a line for each template below.
 * @items_max  0: all, and long ones on two lines */
void qn_print_before(struct qn_paint *paint, const struct qn_report *report,
		     const struct qn_report_befores *befores, size_t items_max);

/* "#40308"; an issue that is no number as it stands. */
struct qn_text qn_issue_name(struct qn_arena *arena, struct qn_text issue);

/* Lives of the processes, a line a pod. */
struct qn_error *qn_print_lives(struct qn_paint *paint, const struct qn_report *report,
				const struct qn_report_style *style) QN_MUST_CHECK;

#endif
