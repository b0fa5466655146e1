#include "stack/dump_hang.h"

#include "stack/dump_threads.h"
#include "stack/postmortem_parts.h"

#include "base/banned.h"

static struct qn_error *take_frames(const struct qn_dump_stack *stack, struct qn_sighting *sighting)
{
	QN_TRY(qn_array_reserve(&sighting->frames, &sighting->frames_capacity, stack->count + 1,
				sizeof(*sighting->frames)));
	memcpy(sighting->frames, stack->frames, stack->count * sizeof(*stack->frames));
	sighting->frames_count = stack->count; /* their texts stay with the dump */
	sighting->is_cut |= stack->is_cut;
	sighting->phase = QN_PHASE_FRAMES;
	return NULL;
}

struct qn_error *qn_dump_find_hang(struct qn_dump *dump, struct qn_sighting *sighting)
{
	_cleanup_(qn_postmortem_destroy_guard) struct qn_postmortem *postmortem = NULL;

	sighting->is_noise = true;
	if (!sighting->normalizer || !qn_dump_threads(dump)->threads_count)
		return NULL;
	QN_TRY(qn_postmortem_of_dump(sighting->normalizer, dump, &postmortem));
	if (!postmortem->failure || postmortem->hung == SIZE_MAX)
		return NULL;
	sighting->is_noise = false;
	sighting->others_count = 0;
	for (size_t i = 0; i < postmortem->threads_count; i++)
		if (i != postmortem->hung)
			qn_sighting_count_other(sighting,
						postmortem->stacks[postmortem->threads[i].stack].what);
	sighting->thread = qn_sighting_keep(sighting, postmortem->failure->thread);
	qn_sighting_set_kind(sighting, QN_KIND_DEADLOCK);
	qn_sighting_say(sighting, postmortem->failure->message);
	return take_frames(&qn_dump_threads(dump)->stacks[postmortem->threads[postmortem->hung].stack],
			   sighting);
}
