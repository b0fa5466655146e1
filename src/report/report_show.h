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

void qn_show_signature(struct qn_paint *paint, const struct qn_report *report,
		       const struct qn_report_signature *signature);
struct qn_error *qn_show_occurrence(struct qn_paint *paint, const struct qn_report *report,
				    struct qn_store *store, const struct qn_report_signature *signature,
				    const struct qn_query_occurrence *occurrence) QN_MUST_CHECK;
void qn_show_process(struct qn_paint *paint, const struct qn_report *report,
		     const struct qn_query_process *process);

#endif
