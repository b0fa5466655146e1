/* Names that retyping, OCR or copying damaged, repaired against good ones.
 *
 *	_ZNK6milvus12ColumVector10GetRawDataEv      a letter was dropped: its length no longer fits
 *	_ZNK6milvus12ColumnVector10GetRawDataEv     the one name near it that is whole
 *
 * First all damaged names are asked for, then all good ones are offered, in any order; a name is repaired
 * when exactly one is nearest, and near enough. A mangled name is damaged when it cannot be demangled; any
 * other name only in a text that shows damage of that sort, and then the good one must stand at the same file
 * and line, or be one of a program's symbols. What comes out does not depend on the order of the offers.
 *
 * Time: each offer costs its length, and a comparison where it shares a piece with a damaged name. */
#ifndef QN_STACK_REPAIR_H
#define QN_STACK_REPAIR_H

#include "base/cleanup.h"
#include "base/error.h"
#include "stack/normalize.h"
#include "stack/stack.h"

#define QN_REPAIR_NAMES_MAX 1024U    /* damaged names; further ones stay as they are */
#define QN_REPAIR_LOOKS_MAX 4000000U /* comparisons; further ones are not made */
#define QN_REPAIR_DISTANCE_MAX 12U   /* letters put in, left out, changed or swapped */

struct qn_repairs;

struct qn_error *qn_repairs_create(struct qn_repairs **ret) QN_MUST_CHECK;
void qn_repairs_destroy(struct qn_repairs *repairs);
QN_DEFINE_GUARD(struct qn_repairs, qn_repairs_destroy);

/* Does @stack, which was normalized, hold a name that may have to be repaired? */
bool qn_repair_is_wanted(const struct qn_stack *stack);

/* The names of @stack that may; copies. */
struct qn_error *qn_repairs_ask(struct qn_repairs *repairs, const struct qn_stack *stack) QN_MUST_CHECK;

/* After the last question, before the first offer. */
struct qn_error *qn_repairs_prepare(struct qn_repairs *repairs) QN_MUST_CHECK;
bool qn_repairs_has_questions(const struct qn_repairs *repairs);

/* A name as a stack has it, with its normalized file and its line. */
void qn_repairs_offer(struct qn_repairs *repairs, struct qn_text name, struct qn_text file, uint32_t line);
/* The good names of a stack. */
void qn_repairs_offer_stack(struct qn_repairs *repairs, const struct qn_stack *stack);
/* A function of a program or library. */
void qn_repairs_offer_symbol(struct qn_repairs *repairs, struct qn_text name);

/* Repairs the frames of @stack, whose texts are in @arena, and normalizes it anew. *@ret: a name changed. */
struct qn_error *qn_repairs_apply(struct qn_repairs *repairs, const struct qn_normalizer *normalizer,
				  struct qn_arena *arena, struct qn_stack *stack, bool *ret) QN_MUST_CHECK;

#endif
