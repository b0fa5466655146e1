/* Whose log a source is, as far as its path tells. */
#ifndef QN_TRIAGE_IDENTITY_H
#define QN_TRIAGE_IDENTITY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct qn_identity {
	struct qn_text pod;       /* "" unknown */
	struct qn_text component; /* "querynode"; "" unknown */
	bool is_previous;         /* the log of the life before (kubectl logs --previous) */
};

/* Reads names as people and collectors give them: POD.log, POD-previous.log, POD.log.1,
 * POD_NAMESPACE_CONTAINER-HASH.log, /var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log, POD/anything.log. Texts
 * are borrowed from @path. */
struct qn_identity qn_identity_of_path(struct qn_text path);

#endif
