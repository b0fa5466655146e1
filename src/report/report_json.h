/* The objects of the JSON report, shared by its two layouts and by `show`. Each function writes the members
 * of one object that the caller has opened. */
#ifndef QN_REPORT_REPORT_JSON_H
#define QN_REPORT_REPORT_JSON_H

#include "base/json.h"
#include "report/report.h"

void qn_report_put_source(struct qn_json_writer *json, const struct qn_report *report, size_t index);
void qn_report_put_pod(struct qn_json_writer *json, const struct qn_report *report, size_t index);
void qn_report_put_process(struct qn_json_writer *json, const struct qn_report *report, size_t index);
void qn_report_put_signature(struct qn_json_writer *json, const struct qn_report *report, size_t index);
void qn_report_put_template(struct qn_json_writer *json, const struct qn_report *report, size_t index);
void qn_report_put_hit(struct qn_json_writer *json, const struct qn_report *report, size_t index);
void qn_report_put_issue(struct qn_json_writer *json, const struct qn_report *report, size_t index);
void qn_report_put_totals(struct qn_json_writer *json, const struct qn_report *report);

void qn_report_put_occurrence(struct qn_json_writer *json, const struct qn_report *report,
			      const struct qn_query_occurrence *occurrence);
void qn_report_put_frames(struct qn_json_writer *json, const struct qn_frame *frames, size_t count);

/* Is nothing in this source of a format that is known? */
bool qn_report_is_not_understood(const struct qn_store_source *source);

#endif
