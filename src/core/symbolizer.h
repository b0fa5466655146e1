/* From a pc to the functions, files and lines that stand there: the physical function last, before it those
 * that were inlined into it, innermost first. Each distinct pc is looked up once. */
#ifndef QN_CORE_SYMBOLIZER_H
#define QN_CORE_SYMBOLIZER_H

#include "core/code.h"
#include "core/modules.h"

struct qn_symbolizer;

struct qn_error *qn_symbolizer_create(struct qn_modules *modules, struct qn_symbolizer **ret) QN_MUST_CHECK;
void qn_symbolizer_destroy(struct qn_symbolizer *symbolizer);
QN_DEFINE_GUARD(struct qn_symbolizer, qn_symbolizer_destroy);

#define QN_INLINED_MAX QN_CODE_FUNCTIONS_MAX /* functions at one pc */

/* @is_activation  the pc is exact; else it is a return address and what counts is the call before it
 * @ret  at least one frame, also where nothing is known; lives as long as @symbolizer */
struct qn_error *qn_symbolizer_find(struct qn_symbolizer *symbolizer, uint64_t pc, bool is_activation,
				    const struct qn_core_frame **ret, size_t *ret_count) QN_MUST_CHECK;

#endif
