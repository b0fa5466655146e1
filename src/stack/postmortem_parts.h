/* The parts that a post-mortem is made of, for those who make one (postmortem_core.c, postmortem_text.c).
 * Each reads what the ones before it filled, in the order of this file. */
#ifndef QN_STACK_POSTMORTEM_PARTS_H
#define QN_STACK_POSTMORTEM_PARTS_H

#include "stack/dump.h"
#include "stack/postmortem.h"

/* thread_state.c: fills activity, what and wait of a stack whose frames are raw. */
void qn_pm_describe_stack(const struct qn_normalizer *normalizer, struct qn_arena *arena,
			  struct qn_pm_stack *stack);

/* thread_state.c: what names mean is the normalizer's, which may be gone before the stack. @kept  the texts
 * that were copied, by themselves */
struct qn_error *qn_pm_keep_names(struct qn_map *kept, struct qn_arena *arena,
				  struct qn_stack *stack) QN_MUST_CHECK;

/* The same of what a frame is made from. */
struct qn_error *qn_pm_keep_raw(struct qn_map *kept, struct qn_arena *arena,
				struct qn_stack *stack) QN_MUST_CHECK;

/* thread_state.c: what the thread waits for tells what it is at where frames do not. */
void qn_pm_describe_by_wait(struct qn_pm_stack *stack, const struct qn_core_wait *wait);

/* thread_group.c: the groups, of threads that are sorted by tid; thread.group. Not in their order yet. */
struct qn_error *qn_pm_make_groups(struct qn_postmortem *postmortem) QN_MUST_CHECK;

/* wait_graph.c: the cycles. */
struct qn_error *qn_pm_find_cycles(struct qn_postmortem *postmortem) QN_MUST_CHECK;

/* pool.c: the pools with their verdicts; thread.pool. */
struct qn_error *qn_pm_find_pools(struct qn_postmortem *postmortem) QN_MUST_CHECK;

/* thread_group.c: puts the groups in the order that postmortem.h tells. */
void qn_pm_sort_groups(struct qn_postmortem *postmortem);

/* hang.c: nobody crashed: the failure that a cycle or a pool's verdict is, or NULL. */
struct qn_error *qn_pm_find_hang(struct qn_postmortem *postmortem) QN_MUST_CHECK;

/* postmortem.c: sorts the threads by tid and makes all of the above but the stacks; postmortem->crashed is an
 * index into the threads as they are. */
struct qn_error *qn_pm_complete(struct qn_postmortem *postmortem) QN_MUST_CHECK;

/* postmortem_text.c: of a dump that was read whole. failure is set where it hangs, not where it crashed. Its
 * texts are copies; threads that the dump shows are in the order of tids, and their stacks are numbered as in
 * the dump. */
struct qn_error *qn_postmortem_of_dump(const struct qn_normalizer *normalizer, const struct qn_dump *dump,
				       struct qn_postmortem **ret) QN_MUST_CHECK;

/* pool_verdict.c: the thread waits for the end of the pool whose worker it is, for ever. */
bool qn_pm_joins_itself(const struct qn_postmortem *postmortem, size_t thread);

#endif
