/* Families of all signatures there are: a function of the set alone, whatever order they came in. */
#ifndef QN_SIGNATURE_GROUPING_H
#define QN_SIGNATURE_GROUPING_H

#include "signature/family.h"

#define QN_GROUPING_LINKS_MAX 5U /* shown of one signature: the nearest of its family */
#define QN_GROUPING_APART_MAX 3U /* and of those that were kept apart */

struct qn_group_link {
	size_t other; /* index of the profile */
	double nearness;
};

struct qn_group_member {
	size_t family; /* index of the member with the smallest id */
	size_t family_size;
	struct qn_group_link links[QN_GROUPING_LINKS_MAX]; /* nearest first; then by id */
	size_t links_count;
	struct qn_group_link apart[QN_GROUPING_APART_MAX];
	size_t apart_count;
};

/* Lowers the weights of frames that many different failures of @profiles pass, then groups. @profiles  by id,
 * each id once. @ret has as many members as there are profiles, in @arena. Nearly linear: a frame's name is
 * looked up, and of those that share it only neighbours are compared. */
struct qn_error *qn_grouping_find(struct qn_arena *arena, struct qn_profile *profiles, size_t count,
				  struct qn_group_member **ret) QN_MUST_CHECK;

#endif
