/* What a core or a dump of all threads tells, as the store keeps it and reports show it. */
#ifndef QN_TRIAGE_CORE_JSON_H
#define QN_TRIAGE_CORE_JSON_H

#include "signature/signature.h"
#include "stack/postmortem.h"

/* An object of schema qntriage.core/1 (docs/core.schema.json).
 * @signature  of postmortem->failure; NULL: nothing failed */
struct qn_error *qn_core_json(const struct qn_postmortem *postmortem, const struct qn_signature *signature,
			      struct qn_buffer *out) QN_MUST_CHECK;

/* The few lines that the report of a collection has of it, joined by '\n': why it died, the groups, the
 * verdicts. */
struct qn_error *qn_core_summary(const struct qn_postmortem *postmortem, struct qn_buffer *out) QN_MUST_CHECK;

#endif
