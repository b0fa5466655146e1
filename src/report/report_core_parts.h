/* The parts of what `qntriage core` prints. */
#ifndef QN_REPORT_REPORT_CORE_PARTS_H
#define QN_REPORT_REPORT_CORE_PARTS_H

#include "report/paint.h"
#include "report/report_core.h"
#include "stack/postmortem.h"

#define QN_CORE_LABEL_COLUMN 2U
#define QN_CORE_VALUE_COLUMN 12U
#define QN_CORE_STACK_COLUMN 4U

/* One labelled value over as many lines as it takes. */
void qn_core_print_value(struct qn_paint *paint, const char *label, enum qn_ink ink, struct qn_text value);

/* "THREADS  215 in 12 groups" with an empty line above. */
void qn_core_print_heading(struct qn_paint *paint, const char *name, struct qn_text behind);

/* @lines_max  0: all of its lines. @is_whole: every frame, nothing folded */
void qn_core_print_stack(struct qn_paint *paint, const struct qn_pm_stack *stack, size_t lines_max,
			 bool is_whole);

/* report_core_groups.c: the crashed thread, then those of deadlocks, then the others. */
void qn_core_print_groups(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose);

/* report_core_parts.c */
void qn_core_print_pools(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose);
void qn_core_print_locks(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose);
void qn_core_print_modules(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose);
void qn_core_print_unwound(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose);
void qn_core_print_issues(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose);

#endif
