/* What `show` can show, and its text faces (report_show_text.c). */
#ifndef QN_REPORT_REPORT_SHOW_H
#define QN_REPORT_REPORT_SHOW_H

#include "report/paint.h"
#include "report/report.h"

enum qn_shown_kind { QN_SHOWN_SIGNATURE, QN_SHOWN_OCCURRENCE, QN_SHOWN_PROCESS };

struct qn_shown {
	enum qn_shown_kind kind;
	size_t index; /* of the signature (also the occurrence's) or the process */
	const struct qn_query_occurrence *occurrence;
};

struct qn_error *qn_show_signature(struct qn_paint *paint, const struct qn_report *report,
				   struct qn_store *store,
				   const struct qn_report_signature *signature) QN_MUST_CHECK;
struct qn_error *qn_show_occurrence(struct qn_paint *paint, const struct qn_report *report,
				    struct qn_store *store, const struct qn_report_signature *signature,
				    const struct qn_query_occurrence *occurrence) QN_MUST_CHECK;
void qn_show_process(struct qn_paint *paint, const struct qn_report *report,
		     const struct qn_query_process *process);

/* The family of a signature and why, and what was kept apart from it (report_show_family.c). */
struct qn_error *qn_show_family(struct qn_paint *paint, const struct qn_report *report,
				struct qn_store *store, const struct qn_query_signature *row) QN_MUST_CHECK;

void qn_show_heading(struct qn_paint *paint, const char *text);
/* "    signal      SIGSEGV"; nothing when it is not known. */
void qn_show_fact(struct qn_paint *paint, const char *label, struct qn_text value);

#endif
