/* What was logged before a failure, by any process: the cause often lies in another one's log.
 *
 * Only templates of level WARN and above are kept, by steps of time (template_rate). A template is told when
 * it is new, seen for the first time at all in the last 60 seconds before the failure, or came at least four
 * times as often in these seconds as in the hour before (and five times at least). */
#ifndef QN_REPORT_BEFORE_H
#define QN_REPORT_BEFORE_H

#include "report/report.h"

#define QN_BEFORE_SEC 60

/* Puts templates without a call site together that differ in few words (merge_templates.c).
 * @rows  the report's templates */
struct qn_error *qn_report_merge_templates(struct qn_report *report,
					   struct qn_query_template *rows) QN_MUST_CHECK;

/* Sets `before` of the signatures that are failures. After templates were loaded. */
struct qn_error *qn_report_load_before(struct qn_report *report, struct qn_store *store) QN_MUST_CHECK;

#endif
