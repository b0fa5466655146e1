#include "triage/family.h"

#include "signature/grouping.h"
#include "store/query.h"
#include "base/banned.h"

struct families {
	struct qn_store *store;
	struct qn_arena arena;
	struct qn_query_failure *failures;
	struct qn_profile *profiles;  /* of those that are compared, by id */
	struct qn_text *own_families; /* beside profiles */
	size_t count;
};

/* What has no stack to compare is a family of its own. */
static bool is_compared(struct qn_text name, enum qn_kind *ret)
{
	if (!qn_kind_of_name(name, ret))
		return false;
	return *ret != QN_KIND_EXIT && *ret != QN_KIND_KILLED && *ret != QN_KIND_ERROR;
}

static struct qn_error *add_profile(struct families *families, const struct qn_weights *weights,
				    const struct qn_query_failure *failure, enum qn_kind kind)
{
	_cleanup_(qn_arena_deinit) struct qn_arena scratch = {0};
	bool is_exception = qn_text_equal(failure->reason, failure->exception);
	struct qn_stack stack = {
		.kind = kind,
		.signal = failure->signal,
		.exception = failure->exception,
		.message =
			is_exception ? (struct qn_text){0} : failure->reason, /* it stood in for the text */
		.executor = {.task = failure->task},
	};

	if (failure->stack.len)
		QN_TRY(qn_query_frames(families->store, &scratch, failure->stack, &stack.frames,
				       &stack.frames_count));
	QN_TRY(qn_profile_of_stack(&families->arena, weights, failure->id, &stack,
				   &families->profiles[families->count]));
	families->own_families[families->count++] = failure->family;
	return NULL;
}

static struct qn_error *load(struct families *families, const struct qn_weights *weights)
{
	enum qn_kind kind;
	size_t count;

	QN_TRY(qn_query_failures(families->store, &families->arena, &families->failures, &count));
	families->profiles = qn_arena_alloc(&families->arena, (count + 1) * sizeof(*families->profiles));
	families->own_families =
		qn_arena_alloc(&families->arena, (count + 1) * sizeof(*families->own_families));
	if (!families->profiles || !families->own_families)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++)
		if (is_compared(families->failures[i].kind, &kind))
			QN_TRY(add_profile(families, weights, &families->failures[i], kind));
	return NULL;
}

static struct qn_error *save_link(struct families *families, size_t index, const struct qn_group_link *link,
				  bool is_family)
{
	_cleanup_(qn_arena_deinit) struct qn_arena scratch = {0};
	const struct qn_profile *here = &families->profiles[index], *there = &families->profiles[link->other];
	struct qn_store_family_link row = {
		.signature = here->id, .other = there->id, .nearness = link->nearness};
	struct qn_near near;

	qn_family_compare(here, there, &near);
	row.alike = qn_near_alike(&scratch, here, there, &near);
	row.apart = qn_near_apart(&scratch, here, there, &near);
	if (!is_family && !row.alike.len)
		return NULL; /* nothing is shared: nobody would take them for one */
	if (!is_family && near.verdict == QN_NEAR_SAME)
		row.apart = qn_arena_printf(&scratch,
					    "one of the two is as near to others that contradict it%s%.*s",
					    row.apart.len ? "; " : "", QN_ARG(row.apart));
	QN_TRY(qn_arena_check(&scratch));
	return qn_store_add_family_link(families->store, &row);
}

static struct qn_error *save_member(struct families *families, size_t index,
				    const struct qn_group_member *member)
{
	if (member->family_size > 1)
		QN_TRY(qn_store_set_family(families->store, families->profiles[index].id,
					   families->own_families[member->family]));
	for (size_t i = 0; i < member->links_count; i++)
		QN_TRY(save_link(families, index, &member->links[i], true));
	for (size_t i = 0; i < member->apart_count; i++)
		QN_TRY(save_link(families, index, &member->apart[i], false));
	return NULL;
}

static struct qn_error *judge(struct families *families, const struct qn_weights *weights)
{
	struct qn_group_member *members;

	QN_TRY(load(families, weights));
	QN_TRY(qn_grouping_find(&families->arena, families->profiles, families->count, &members));
	QN_TRY(qn_store_clear_families(families->store));
	for (size_t i = 0; i < families->count; i++)
		QN_TRY(save_member(families, i, &members[i]));
	return qn_arena_check(&families->arena);
}

struct qn_error *qn_family_judge(struct qn_store *store, const struct qn_weights *weights)
{
	struct families families = {.store = store};
	struct qn_error *error = judge(&families, weights);

	qn_arena_deinit(&families.arena);
	return error;
}

struct qn_error *qn_family_update(struct qn_store *store, const struct qn_weights *weights)
{
	struct qn_error *error;

	QN_TRY(qn_store_begin(store));
	error = qn_family_judge(store, weights);
	if (!error)
		error = qn_store_commit(store);
	if (error)
		qn_store_rollback(store);
	return error;
}
