/* What a core or a dump of all threads tells, as the store keeps it and reports show it. */
#ifndef QN_TRIAGE_CORE_JSON_H
#define QN_TRIAGE_CORE_JSON_H

#include "signature/signature.h"
#include "stack/postmortem.h"

/* An object of schema qntriage.core/1 (docs/core.schema.json).
 * @signature  of postmortem->failure; NULL: nothing failed */
struct qn_error *qn_core_json(const struct qn_postmortem *postmortem, const struct qn_signature *signature,
			      struct qn_buffer *out) QN_MUST_CHECK;

/* Sentences that several faces say alike. Texts out of a core may hold anything: they are for qn_paint_*().
 */
/* "thread 12 waits for mutex 0x7f00 that thread 13 holds, which waits for ..., that thread 12 holds" */
void qn_core_append_cycle(struct qn_buffer *out, const struct qn_postmortem *postmortem,
			  const struct qn_pm_cycle *cycle);
/* "mutex 0x7f00 that thread 13 holds"; of a text "what thread 13 holds" */
void qn_core_append_wait(struct qn_buffer *out, const struct qn_core_wait *wait);
/* "CPUThreadPoolExecutor CPUThreadPool0" */
void qn_core_append_pool(struct qn_buffer *out, const struct qn_pm_pool *pool);
/* Does it say more than that all is well? */
bool qn_core_is_pool_sick(const struct qn_postmortem *postmortem, const struct qn_pm_pool *pool);

/* What the threads beside the crashed one were at: most first, then by name; the rest is left out. The texts
 * are borrowed. @ret  QN_OTHERS_MAX of them */
struct qn_error *qn_core_count_others(const struct qn_postmortem *postmortem, struct qn_others *ret,
				      size_t *ret_count) QN_MUST_CHECK;

/* The few lines that the report of a collection has of it, joined by '\n': why it died, the groups, the
 * verdicts.
 * @signature  as above */
struct qn_error *qn_core_summary(const struct qn_postmortem *postmortem, const struct qn_signature *signature,
				 struct qn_buffer *out) QN_MUST_CHECK;

#endif
