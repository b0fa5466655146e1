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
		if (start == 1) {
			sighting->first_hasher = sighting->hasher;
			sighting->first_damage = sighting->damage;
		}
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

/* The lines from @start to before @end, names and places in turn, as frames of @sighting. */
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

static bool has_other_address(const struct qn_sighting *a, const struct qn_sighting *b)
{
	return a && b && a->has_fault_address && b->has_fault_address && a->fault_address != b->fault_address;
}

/* Does another report begin with the @header-th header? Equal ones one behind the other are told as one in
 * any case, and of two threads' that share their callers the first. */
static bool begins_another(const struct qn_sighting *sighting, unsigned header)
{
	const struct qn_weave *weave = &sighting->weave;
	const struct qn_sighting *above = header > 1 ? sighting->heads[header - 1] : sighting;

	if (!sighting->heads[header] || !sighting->heads[header]->signal.len || !weave->starts[header])
		return false;
	if (qn_weave_is_apart(weave, header))
		return true;
	if (!has_other_address(above, sighting->heads[header]) &&
	    (weave->starts_count <= 2 || qn_weave_first_place(weave, weave->starts[header - 1]) ==
						 qn_weave_first_place(weave, weave->starts[header])))
		return false;
	return qn_weave_is_in_turn(weave, header);
}

/* @part gets the headers from @first to before @last of @sighting, and their frames. */
static struct qn_error *fill_part(struct qn_sighting *sighting, unsigned first, unsigned last,
				  struct qn_sighting *part)
{
	const struct qn_weave *weave = &sighting->weave;
	size_t start = weave->starts[first];
	size_t end = last < weave->starts_count ? weave->starts[last] : weave->items_count;

	part->phase = QN_PHASE_FRAMES;
	part->normalizer = sighting->normalizer;
	part->weave.is_full = weave->is_full;
	part->blank_lines = sighting->blank_lines;
	for (unsigned i = 0; i < QN_SIGHTING_HEADERS_MAX; i++) {
		unsigned count = sighting->header_counts[i] > first ? sighting->header_counts[i] - first : 0;

		part->header_counts[i] = count < last - first ? count : last - first;
	}
	for (unsigned i = first; i < last; i++) {
		part->weave.starts[i - first] = weave->starts[i] - (uint32_t)start;
		part->heads[i - first] = i > first ? qn_take(sighting->heads[i]) : NULL;
	}
	part->weave.starts_count = last - first;
	QN_TRY(qn_weave_add_part(&part->weave, &part->arena, weave, start, end));
	return add_plain_frames(part, weave, start, end);
}

/* What is left of @sighting: the headers before @last. */
static struct qn_error *keep_first_part(struct qn_sighting *sighting, unsigned last)
{
	struct qn_weave fresh = {.is_full = sighting->weave.is_full, .starts_count = last};
	size_t end = sighting->weave.starts[last];
	struct qn_error *error;

	memcpy(fresh.starts, sighting->weave.starts, last * sizeof(*fresh.starts));
	error = qn_weave_add_part(&fresh, &sighting->arena, &sighting->weave, 0, end);
	clear_frames(sighting);
	if (!error)
		error = add_plain_frames(sighting, &sighting->weave, 0, end);
	qn_weave_deinit(&sighting->weave);
	sighting->weave = fresh;
	return error;
}

struct qn_error *qn_sighting_part(struct qn_sighting *sighting, bool is_over, struct qn_sighting **parts,
				  unsigned *ret_count)
{
	unsigned begins[QN_WEAVE_COPIES_MAX + 1], count = 0, last = sighting->weave.starts_count;
	bool is_plain; /* without a signal to tell the second from a copy: neither is unwoven */

	*ret_count = 0;
	for (unsigned k = 1; k < last && sighting->witness == QN_WITNESS_NATIVE; k++)
		if (begins_another(sighting, k))
			begins[count++] = k;
	is_plain = !count;
	for (unsigned k = 1; k < last && is_over && !count && sighting->witness == QN_WITNESS_NATIVE; k++)
		if (sighting->heads[k] && qn_weave_is_apart(&sighting->weave, k))
			begins[count++] = k;
	is_plain = count && is_plain;
	/* As many equal ones as are counted: what follows joins them. */
	if (!is_over && !count && last > 2 && sighting->heads[last - 1] &&
	    sighting->heads[last - 1]->signal.len && qn_weave_is_in_turn(&sighting->weave, last - 1))
		begins[count++] = last - 1;
	if (!count)
		return NULL;
	begins[count] = last;
	for (unsigned i = 0; i < count; i++) {
		parts[i] = qn_take(sighting->heads[begins[i]]);
		*ret_count = i + 1;
		QN_TRY(fill_part(sighting, begins[i], begins[i + 1], parts[i]));
		if (parts[i]->weave.starts_count > 1) {
			parts[i]->first_hasher = parts[i]->hasher;
			parts[i]->first_damage = parts[i]->damage;
		}
	}
	sighting->place.last_line = parts[0]->place.line - 1;
	sighting->hasher = sighting->first_hasher;
	sighting->damage = sighting->first_damage;
	QN_TRY(keep_first_part(sighting, begins[0]));
	if (is_plain) {
		qn_weave_deinit(&sighting->weave);
		qn_weave_deinit(&parts[0]->weave);
	}
	return NULL;
}

/* Go's second report is another goroutine, which nobody asked for. */
static struct qn_error *drop_behind(struct qn_sighting *sighting, size_t end)
{
	clear_frames(sighting);
	sighting->goroutines_behind++;
	return add_plain_frames(sighting, &sighting->weave, 0, end);
}

/* One of the native handler's three headers came twice, the others once, and no place did: a line of the head
 * that was written again, not another thread. */
static bool is_head_line_doubled(const struct qn_sighting *sighting)
{
	const struct qn_weave *weave = &sighting->weave;
	unsigned doubled = 0, once = 0;

	for (size_t i = 0; i < QN_SIGHTING_HEADERS_MAX; i++) {
		doubled += sighting->header_counts[i] >= 2;
		once += sighting->header_counts[i] == 1;
	}
	if (sighting->witness != QN_WITNESS_NATIVE || doubled != 1 || !once || weave->ends >= 2)
		return false;
	for (size_t i = 0; i < weave->lines_count; i++)
		if (weave->lines[i].is_place && weave->lines[i].count >= 2)
			return false;
	return true;
}

struct qn_error *qn_sighting_unweave(struct qn_sighting *sighting)
{
	struct qn_weave *weave = &sighting->weave;
	size_t end = qn_weave_find_end(weave), count;
	unsigned copies = qn_weave_copies(weave);
	_cleanup_free_ struct qn_woven_frame *frames = NULL;

	if (end != SIZE_MAX)
		return drop_behind(sighting, end);
	if (copies < 2 || !weave->items_count || is_head_line_doubled(sighting))
		return NULL;
	QN_TRY(qn_weave_undo(weave, copies, &frames, &count));
	clear_frames(sighting);
	for (size_t i = 0; i < count; i++)
		QN_TRY(add_frame(sighting, weave, &frames[i]));
	sighting->damage |= QN_DAMAGE_WOVEN_THREADS;
	sighting->is_cut |= weave->is_full;
	return NULL;
}
