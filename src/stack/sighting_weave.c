/* Reports of several threads that crashed together, written into each other. */
#include "stack/sighting.h"

#include <stdlib.h>

#include "base/banned.h"

void qn_sighting_count_header(struct qn_sighting *sighting, size_t header, struct qn_sighting *head)
{
	unsigned *count = &sighting->header_counts[header < QN_SIGHTING_HEADERS_MAX ? header : 0];
	unsigned start = sighting->weave.starts_count;

	/* A copy's own headers come after each other: only the first one of them begins it. */
	if (*count < QN_WEAVE_COPIES_MAX && ++*count > start) {
		qn_weave_add_start(&sighting->weave);
		sighting->heads[start] = head;
	} else {
		qn_sighting_destroy(head);
	}
}

static struct qn_error *add_frame(struct qn_sighting *sighting, const struct qn_weave *weave,
				  const struct qn_woven_frame *frame)
{
	const struct qn_woven_line *line = &weave->lines[frame->place];
	const struct qn_code_place place = {.file = line->text,
					    .line = line->line,
					    .pc = line->pc,
					    .has_pc = line->pc != 0,
					    .has_offset = line->is_go};

	return qn_sighting_add_frame(
		sighting, frame->name == SIZE_MAX ? QN_TEXT("") : weave->lines[frame->name].text, &place);
}

static void clear_frames(struct qn_sighting *sighting)
{
	sighting->frames_count = 0;
	sighting->is_overfull = false;
}

/* The first @count of the lines, names and places in turn, as frames of @sighting. */
static struct qn_error *add_plain_frames(struct qn_sighting *sighting, const struct qn_weave *weave,
					 size_t start, size_t end)
{
	struct qn_woven_frame frame = {SIZE_MAX, SIZE_MAX};

	for (size_t i = start; i < end; i++) {
		if (!weave->lines[weave->items[i]].is_place) {
			frame.name = weave->items[i];
			continue;
		}
		frame.place = weave->items[i];
		QN_TRY(add_frame(sighting, weave, &frame));
		frame.name = SIZE_MAX;
	}
	return NULL;
}

/* Two reports, the first without an end. Go's second one is another goroutine, which nobody asked for. */
static struct qn_error *part(struct qn_sighting *sighting, size_t end, struct qn_sighting **ret_next)
{
	struct qn_weave *weave = &sighting->weave;
	struct qn_sighting *head = NULL;

	for (unsigned i = 0; i < weave->starts_count && !head; i++)
		if (weave->starts[i] == end && sighting->heads[i])
			head = qn_take(sighting->heads[i]);
	clear_frames(sighting);
	QN_TRY(add_plain_frames(sighting, weave, 0, end));
	if (!head) {
		sighting->goroutines_behind++;
		return NULL;
	}
	if (head->place.line)
		sighting->place.last_line = head->place.line - 1;
	head->phase = QN_PHASE_FRAMES;
	head->place.last_line = sighting->place.last_line > head->place.last_line ? sighting->place.last_line
										  : head->place.last_line;
	*ret_next = head;
	return add_plain_frames(head, weave, end, weave->items_count);
}

struct qn_error *qn_sighting_unweave(struct qn_sighting *sighting, struct qn_sighting **ret_next)
{
	struct qn_weave *weave = &sighting->weave;
	size_t end = qn_weave_find_end(weave), count;
	unsigned copies = qn_weave_copies(weave);
	_cleanup_free_ struct qn_woven_frame *frames = NULL;

	*ret_next = NULL;
	if (end != SIZE_MAX)
		return part(sighting, end, ret_next);
	if (copies < 2 || !weave->items_count)
		return NULL;
	QN_TRY(qn_weave_undo(weave, copies, &frames, &count));
	clear_frames(sighting);
	for (size_t i = 0; i < count; i++)
		QN_TRY(add_frame(sighting, weave, &frames[i]));
	sighting->damage |= QN_DAMAGE_WOVEN_THREADS;
	sighting->is_cut |= weave->is_full;
	return NULL;
}
