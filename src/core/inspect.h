/* Internal: the reading of a core, which tells what it knows before each step that may take long or fail. */
#ifndef QN_CORE_INSPECT_H
#define QN_CORE_INSPECT_H

#include "core/core.h"

/* @core is not whole yet and stays the inspection's. */
typedef struct qn_error *(*qn_core_stage)(void *context, const struct qn_core *core);

/* @stage  may be NULL */
struct qn_error *qn_core_inspect_in_stages(int fd, const struct qn_core_options *options, qn_core_stage stage,
					   void *context, struct qn_core **ret) QN_MUST_CHECK;

#endif
