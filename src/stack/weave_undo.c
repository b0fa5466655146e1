/* One copy out of several that were shuffled. */
#include "stack/weave.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/limits.h"

#include "base/banned.h"

/* A place's m-th turn in one copy. */
struct slot {
	size_t line;
	uint32_t early, late; /* positions: the earliest and the latest that it may have */
	size_t gap;           /* sorts: 2 * rank + 1 for the places of all copies, between them even */
	size_t name;          /* SIZE_MAX: none yet */
	size_t paired;        /* the name that turns give it */
};

/* Stacks that differ: places that not all copies have, all of them possibly between the same two that all
 * have. One that got lost in a copy stands alone. What comes behind the last common place was cut off. */
struct difference {
	bool is_one;
	uint32_t first_count; /* of the first thread's own places */
};

struct undoing {
	const struct qn_weave *weave;
	unsigned copies;
	struct difference difference;
	size_t last_anchor; /* the outermost place of all copies: who wrote it is done; SIZE_MAX: none */
	uint32_t *firsts, *lasts; /* by position: places of all copies whose first or last stood before it */
	uint32_t *turns;          /* by line: how often one copy has it */
	uint32_t *left;           /* by name: for how many places it still has to be given */
	uint32_t *threads;        /* by line: bits of the threads that wrote it */
	size_t *pairs;            /* by line: a place's name, as turns give it */
	struct slot *slots;
	size_t slots_count;
};

static void undoing_deinit(struct undoing *undoing)
{
	free(undoing->firsts);
	free(undoing->lasts);
	free(undoing->turns);
	free(undoing->left);
	free(undoing->threads);
	free(undoing->pairs);
	free(undoing->slots);
}

static bool is_common(const struct undoing *undoing, const struct qn_woven_line *line)
{
	unsigned copies = undoing->copies;

	return line->count > copies - (copies >= 8 ? copies / 4 : 1);
}

static bool is_anchor(const struct undoing *undoing, size_t index)
{
	const struct qn_woven_line *line = &undoing->weave->lines[index];

	return line->is_place && undoing->turns[index] == 1 && is_common(undoing, line);
}

static bool is_private(const struct undoing *undoing, size_t index)
{
	const struct qn_woven_line *line = &undoing->weave->lines[index];

	return line->is_place && !is_common(undoing, line);
}

static void count_turns(struct undoing *undoing)
{
	size_t total = 0;

	for (size_t i = 0; i < undoing->weave->lines_count; i++) {
		uint32_t turns = (undoing->weave->lines[i].count + undoing->copies / 2) / undoing->copies;

		undoing->turns[i] = undoing->left[i] = turns ? turns : 1;
		undoing->pairs[i] = SIZE_MAX;
		if (undoing->weave->lines[i].is_place)
			total += undoing->turns[i];
	}
	undoing->slots_count = total;
}

static void count_anchors(struct undoing *undoing)
{
	const struct qn_weave *weave = undoing->weave;
	uint32_t firsts = 0, lasts = 0;

	for (size_t at = 0; at < weave->items_count; at++) {
		size_t index = weave->items[at];
		bool is_one = is_anchor(undoing, index);

		if (is_one && weave->lines[index].first == at)
			undoing->last_anchor = index;
		undoing->firsts[at] = firsts;
		undoing->lasts[at] = lasts;
		firsts += is_one && weave->lines[index].first == at;
		lasts += is_one && weave->lines[index].last == at;
	}
	undoing->firsts[weave->items_count] = firsts;
	undoing->lasts[weave->items_count] = lasts;
}

/* Who wrote what, as far as that can be told: the threads take turns, each a name and a place, and none
 * writes a line twice that each copy has once. */
struct turn_taker {
	size_t name; /* waits for its place; SIZE_MAX: none does */
	size_t written_at;
};

static unsigned active_threads(const struct undoing *undoing, size_t at)
{
	const struct qn_weave *weave = undoing->weave;
	unsigned active = 0;

	if (weave->starts_count < undoing->copies)
		return undoing->copies;
	while (active < undoing->copies && weave->starts[active] <= at)
		active++;
	return active ? active : 1;
}

/* The thread that waited longest of those that may write @index now. */
static unsigned find_taker(const struct undoing *undoing, const struct turn_taker *takers, unsigned active,
			   size_t index)
{
	const struct qn_woven_line *line = &undoing->weave->lines[index];
	unsigned best = active;

	for (unsigned i = 0; i < active; i++) {
		bool is_waiting = takers[i].name != SIZE_MAX;

		if (undoing->last_anchor != SIZE_MAX && undoing->threads[undoing->last_anchor] >> i & 1U)
			continue;
		if (is_waiting != line->is_place ||
		    (undoing->turns[index] == 1 && undoing->threads[index] >> i & 1U))
			continue;
		if (best == active || takers[i].written_at < takers[best].written_at)
			best = i;
	}
	return best;
}

static void take_turns(struct undoing *undoing)
{
	const struct qn_weave *weave = undoing->weave;
	struct turn_taker takers[QN_WEAVE_COPIES_MAX];

	for (unsigned i = 0; i < QN_WEAVE_COPIES_MAX; i++)
		takers[i] = (struct turn_taker){SIZE_MAX, 0};
	for (size_t at = 0; at < weave->items_count; at++) {
		size_t index = weave->items[at];
		unsigned active = active_threads(undoing, at);
		unsigned taker = find_taker(undoing, takers, active, index);

		if (taker == active)
			continue;
		undoing->threads[index] |= 1U << taker;
		if (weave->lines[index].is_place && undoing->pairs[index] == SIZE_MAX)
			undoing->pairs[index] = takers[taker].name;
		takers[taker].name = weave->lines[index].is_place ? SIZE_MAX : index;
		takers[taker].written_at = at + 1;
	}
}

/* Two names that not all copies have, one right below the other: of two threads. */
static bool has_names_on_end(const struct undoing *undoing)
{
	const struct qn_weave *weave = undoing->weave;
	const struct qn_woven_line *above = NULL;

	for (size_t at = 0; at < weave->items_count; at++) {
		const struct qn_woven_line *line = &weave->lines[weave->items[at]];

		if (line->is_place || is_common(undoing, line))
			line = NULL;
		if (line && above && line != above)
			return true;
		above = line;
	}
	return false;
}

/* So many places on end that got lost in a copy would be strange. */
#define OWN_PLACES_MIN 4U

static struct difference find_difference(const struct undoing *undoing)
{
	const struct qn_weave *weave = undoing->weave;
	uint32_t anchors = undoing->firsts[weave->items_count], low = 0, high = UINT32_MAX;
	struct difference found = {0};
	size_t count = 0;

	for (size_t i = 0; i < weave->lines_count; i++) {
		const struct qn_woven_line *line = &weave->lines[i];

		if (!is_private(undoing, i) || (anchors && undoing->lasts[line->first] == anchors))
			continue;
		if (anchors && undoing->firsts[line->first] == anchors && undoing->threads[i] & 1U &&
		    count == 0)
			continue;
		if (count++ == 0)
			found.first_count = line->count;
		low = undoing->lasts[line->first] > low ? undoing->lasts[line->first] : low;
		high = undoing->firsts[line->last] < high ? undoing->firsts[line->last] : high;
	}
	found.is_one = low <= high &&
		       (count >= OWN_PLACES_MIN || (count >= 2 && (high == 0 || has_names_on_end(undoing))));
	return found;
}

/* Is the line, which not all copies have, one of the first thread's? */
static bool is_told(const struct undoing *undoing, size_t index)
{
	const struct difference *difference = &undoing->difference;
	uint32_t count = undoing->weave->lines[index].count;

	if (!difference->is_one || count + difference->first_count > undoing->copies)
		return true;
	return undoing->threads[index] & 1U &&
	       (difference->first_count == 1 || count == difference->first_count);
}

static uint32_t clip(uint32_t value, uint32_t low, uint32_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* Which of the common places it stands between: of several that are possible the first. */
static size_t find_gap(const struct undoing *undoing, const struct slot *slot, uint32_t *private_gap)
{
	const struct qn_woven_line *line = &undoing->weave->lines[slot->line];
	uint32_t low = undoing->firsts[line->first], high = undoing->lasts[line->last];

	if (is_anchor(undoing, slot->line))
		return 2 * (size_t)low + 1;
	if (!is_private(undoing, slot->line))
		return 2 * (size_t)clip(undoing->lasts[slot->late], low, high > low ? high : low);
	if (*private_gap == UINT32_MAX)
		*private_gap = low;
	else if (undoing->lasts[line->first] > *private_gap)
		*private_gap = undoing->lasts[line->first];
	return 2 * (size_t)*private_gap;
}

static int compare_slots(const void *a, const void *b)
{
	const struct slot *left = a, *right = b;

	if (left->gap != right->gap)
		return left->gap < right->gap ? -1 : 1;
	return left->early < right->early ? -1 : left->early > right->early;
}

/* The turns of all places: after copies * (m - 1) + 1 occurrences some copy has its m-th, and all have it at
 * the (copies * m)-th. */
static void fill_turns(struct undoing *undoing, uint32_t *seen, const size_t *slot_at)
{
	const struct qn_weave *weave = undoing->weave;

	for (size_t at = 0; at < weave->items_count; at++) {
		size_t index = weave->items[at];
		uint32_t turn = seen[index] / undoing->copies;
		struct slot *slot;

		if (!weave->lines[index].is_place)
			continue;
		if (turn >= undoing->turns[index])
			turn = undoing->turns[index] - 1;
		slot = &undoing->slots[slot_at[index] + turn];
		if (slot->line == SIZE_MAX)
			*slot = (struct slot){index, (uint32_t)at, (uint32_t)at, 0, SIZE_MAX, SIZE_MAX};
		slot->late = (uint32_t)at;
		seen[index]++;
	}
}

static struct qn_error *make_slots(struct undoing *undoing)
{
	const struct qn_weave *weave = undoing->weave;
	_cleanup_(qn_free_guard) uint32_t *seen = calloc(weave->lines_count, sizeof(*seen));
	_cleanup_(qn_free_guard) size_t *slot_at = calloc(weave->lines_count, sizeof(*slot_at));
	uint32_t private_gap = UINT32_MAX;
	size_t next = 0, kept = 0;

	undoing->difference = find_difference(undoing);
	undoing->slots = calloc(undoing->slots_count, sizeof(*undoing->slots));
	if (!seen || !slot_at || !undoing->slots)
		return &qn_error_no_memory;
	for (size_t i = 0; i < undoing->slots_count; i++)
		undoing->slots[i].line = SIZE_MAX;
	for (size_t i = 0; i < weave->lines_count; i++) {
		slot_at[i] = next;
		next += weave->lines[i].is_place ? undoing->turns[i] : 0;
	}
	fill_turns(undoing, seen, slot_at);
	for (size_t i = 0; i < undoing->slots_count; i++) {
		struct slot slot = undoing->slots[i];

		if (slot.line == SIZE_MAX || (is_private(undoing, slot.line) && !is_told(undoing, slot.line)))
			continue;
		slot.gap = find_gap(undoing, &slot, &private_gap);
		slot.paired = undoing->pairs[slot.line];
		undoing->slots[kept++] = slot;
	}
	undoing->slots_count = kept;
	qsort(undoing->slots, kept, sizeof(*undoing->slots), compare_slots);
	/* One more than are kept, so that it is told. */
	if (kept > QN_STACK_FRAMES_MAX)
		undoing->slots_count = QN_STACK_FRAMES_MAX + 1;
	return NULL;
}

/* What stands around a slot: the places of all copies next to it. */
struct surroundings {
	const struct slot *above;      /* NULL: none */
	uint32_t start, end;           /* positions between which the copy that comes first wrote the name */
	uint32_t late_start, late_end; /* likewise the one that comes last */
};

static struct surroundings look_around(const struct undoing *undoing, size_t at)
{
	const struct slot *slot = &undoing->slots[at];
	struct surroundings around = {.end = slot->early, .late_end = slot->late};
	size_t i = at;

	while (i > 0 && !is_anchor(undoing, undoing->slots[i - 1].line))
		i--;
	around.above = i ? &undoing->slots[i - 1] : NULL;
	if (around.above) {
		around.start = around.above->early + 1;
		around.late_start = around.above->late + 1;
	}
	if (is_anchor(undoing, slot->line))
		return around;
	for (i = at + 1; i < undoing->slots_count && !is_anchor(undoing, undoing->slots[i].line);)
		i++;
	around.end =
		i < undoing->slots_count ? undoing->slots[i].early : (uint32_t)undoing->weave->items_count;
	around.late_end = (uint32_t)undoing->weave->items_count;
	return around;
}

static bool may_name(const struct undoing *undoing, const struct surroundings *around, size_t name)
{
	const struct qn_woven_line *line = &undoing->weave->lines[name];

	if (line->is_place || !undoing->left[name] || (!is_common(undoing, line) && !is_told(undoing, name)))
		return false;
	if (undoing->turns[name] == 1 && line->first < around->start)
		return false;
	return line->count < undoing->copies ||
	       (line->last >= around->late_start && line->first < around->late_end);
}

/* Lines between two places that are looked at for a name. */
#define NAMES_LOOKED_AT_MAX 512U

static unsigned distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

/* The names that stand between the first occurrences of two places. @ret_count: how many may be the
 * slot's. SIZE_MAX: none; else the one that came as often as the place. */
static size_t find_name(const struct undoing *undoing, size_t slot_index, unsigned *ret_count)
{
	const struct qn_weave *weave = undoing->weave;
	struct surroundings around = look_around(undoing, slot_index);
	uint32_t count = weave->lines[undoing->slots[slot_index].line].count;
	size_t best = SIZE_MAX;

	*ret_count = 0;
	for (size_t at = around.start; at < around.end && at < around.start + NAMES_LOOKED_AT_MAX; at++) {
		size_t name = weave->items[at];

		if (name == best || !may_name(undoing, &around, name))
			continue;
		(*ret_count)++;
		if (best == SIZE_MAX ||
		    distance(weave->lines[name].count, count) < distance(weave->lines[best].count, count))
			best = name;
	}
	return best;
}

static void give_name(struct undoing *undoing, size_t slot, size_t name)
{
	undoing->slots[slot].name = name;
	if (name != SIZE_MAX && undoing->left[name])
		undoing->left[name]--;
}

/* Names that come once in a copy first, then those that are the only ones left for a place, then the rest. */
#define NAME_ROUNDS 4U

static void give_names(struct undoing *undoing)
{
	for (unsigned round = 0; round <= NAME_ROUNDS; round++) {
		for (size_t i = 0; i < undoing->slots_count; i++) {
			unsigned count;
			size_t name;

			if (undoing->slots[i].name != SIZE_MAX ||
			    (round == 0 && undoing->turns[undoing->slots[i].line] > 1))
				continue;
			if (is_private(undoing, undoing->slots[i].line) &&
			    undoing->slots[i].paired != SIZE_MAX) {
				give_name(undoing, i, undoing->slots[i].paired);
				continue;
			}
			name = find_name(undoing, i, &count);
			if (name == SIZE_MAX)
				continue;
			if (round == NAME_ROUNDS || (round == 0 ? undoing->turns[name] == 1 : count == 1))
				give_name(undoing, i, name);
		}
	}
	for (size_t i = 0; i < undoing->slots_count; i++)
		if (undoing->slots[i].name == SIZE_MAX)
			give_name(undoing, i, undoing->slots[i].paired);
}

static struct qn_error *allocate(struct undoing *undoing)
{
	size_t items = undoing->weave->items_count + 1, lines = undoing->weave->lines_count;

	undoing->firsts = calloc(items, sizeof(*undoing->firsts));
	undoing->lasts = calloc(items, sizeof(*undoing->lasts));
	undoing->turns = calloc(lines, sizeof(*undoing->turns));
	undoing->left = calloc(lines, sizeof(*undoing->left));
	undoing->threads = calloc(lines, sizeof(*undoing->threads));
	undoing->pairs = calloc(lines, sizeof(*undoing->pairs));
	return undoing->firsts && undoing->lasts && undoing->turns && undoing->left && undoing->threads &&
			       undoing->pairs
		       ? NULL
		       : &qn_error_no_memory;
}

static struct qn_error *undo(struct undoing *undoing, struct qn_woven_frame **ret, size_t *ret_count)
{
	struct qn_woven_frame *frames;

	QN_TRY(allocate(undoing));
	count_turns(undoing);
	count_anchors(undoing);
	take_turns(undoing);
	QN_TRY(make_slots(undoing));
	give_names(undoing);
	frames = calloc(undoing->slots_count ? undoing->slots_count : 1, sizeof(*frames));
	if (!frames)
		return &qn_error_no_memory;
	for (size_t i = 0; i < undoing->slots_count; i++)
		frames[i] = (struct qn_woven_frame){undoing->slots[i].name, undoing->slots[i].line};
	*ret = frames;
	*ret_count = undoing->slots_count;
	return NULL;
}

struct qn_error *qn_weave_undo(const struct qn_weave *weave, unsigned copies, struct qn_woven_frame **ret,
			       size_t *ret_count)
{
	struct undoing undoing = {.weave = weave, .copies = copies, .last_anchor = SIZE_MAX};
	struct qn_error *error;

	*ret = NULL;
	*ret_count = 0;
	if (!weave->items_count || !weave->lines_count)
		return NULL;
	error = undo(&undoing, ret, ret_count);
	undoing_deinit(&undoing);
	return error;
}
