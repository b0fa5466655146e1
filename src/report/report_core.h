/* `qntriage core`: what is printed of a core or of a dump of all threads. As JSON: triage/core_json.h. */
#ifndef QN_REPORT_REPORT_CORE_H
#define QN_REPORT_REPORT_CORE_H

#include "report/report.h"
#include "signature/signature.h"
#include "stack/postmortem.h"

/* @signature  of postmortem->failure; NULL: nothing failed */
struct qn_error *qn_report_core_text(const struct qn_postmortem *postmortem,
				     const struct qn_signature *signature,
				     const struct qn_report_style *style,
				     struct qn_buffer *out) QN_MUST_CHECK;

#endif
