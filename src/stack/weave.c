#include "stack/weave.h"

#include <stdlib.h>

#include "base/banned.h"

/* So many different places must have come the same number of times before copies are believed in without a
 * second header. */
#define PLACES_ALIKE_MIN 3U
/* Likewise where all did: a circle of so many functions that went round to the end would be strange. */
#define PLACES_ALL_ALIKE_MIN 5U

void qn_weave_deinit(struct qn_weave *weave)
{
	free(weave->items);
	free(weave->lines);
	qn_map_deinit(&weave->names);
	qn_map_deinit(&weave->places);
	*weave = (struct qn_weave){0};
}

/* Notes one more occurrence of the line with @key; @line is what it is when it is new. */
static struct qn_error *add(struct qn_weave *weave, struct qn_arena *arena, struct qn_map *map,
			    struct qn_text key, const struct qn_woven_line *line)
{
	size_t index = (size_t)(uintptr_t)qn_map_find(map, key); /* from 1 */
	uint32_t at = (uint32_t)weave->items_count;

	if (weave->items_count == QN_WEAVE_LINES_MAX ||
	    (!index && weave->bytes + line->text.len > QN_WEAVE_BYTES_MAX)) {
		weave->is_full = true;
		return NULL;
	}
	QN_TRY(qn_array_reserve(&weave->items, &weave->items_capacity, weave->items_count + 1,
				sizeof(*weave->items)));
	if (!index) {
		struct qn_woven_line *fresh;

		QN_TRY(qn_array_reserve(&weave->lines, &weave->lines_capacity, weave->lines_count + 1,
					sizeof(*weave->lines)));
		fresh = &weave->lines[weave->lines_count];
		*fresh = *line;
		fresh->text = line->text.len ? qn_arena_copy(arena, line->text) : QN_TEXT("");
		fresh->first = at;
		weave->bytes += line->text.len;
		key = line->is_place || key.len == 0 ? qn_arena_copy(arena, key)
						     : qn_text_first(fresh->text, key.len);
		QN_TRY(qn_arena_check(arena));
		index = ++weave->lines_count;
		QN_TRY(qn_map_put(map, key, (void *)(uintptr_t)index));
	}
	weave->items[weave->items_count++] = (uint32_t)(index - 1);
	weave->lines[index - 1].last = at;
	weave->lines[index - 1].count++;
	return NULL;
}

/* Go prints arguments, which differ from goroutine to goroutine: "x/q.(*S).Load(0xc0)" */
static struct qn_text cut_arguments(struct qn_text name)
{
	size_t at = qn_text_ends(name, QN_TEXT(")")) ? qn_text_rfind(name, QN_TEXT("(")) : SIZE_MAX;

	return at == SIZE_MAX || at == 0 || qn_text_contains(name, QN_TEXT("::")) ? name
										  : qn_text_first(name, at);
}

struct qn_error *qn_weave_add_name(struct qn_weave *weave, struct qn_arena *arena, struct qn_text name)
{
	struct qn_woven_line line = {.text = name};

	return name.len ? add(weave, arena, &weave->names, cut_arguments(name), &line) : NULL;
}

struct qn_error *qn_weave_add_place(struct qn_weave *weave, struct qn_arena *arena,
				    const struct qn_code_place *place)
{
	const uint64_t key[3] = {place->pc, place->line, qn_hash64(place->file)};
	struct qn_woven_line line = {.text = place->file,
				     .line = place->line,
				     .pc = place->pc,
				     .is_place = true,
				     .is_go = place->has_offset};

	if (place->pc == UINT64_MAX) {
		weave->ends++;
		return NULL;
	}
	return add(weave, arena, &weave->places, (struct qn_text){(const char *)key, sizeof(key)}, &line);
}

bool qn_weave_has_place(const struct qn_weave *weave, const struct qn_code_place *place)
{
	const uint64_t key[3] = {place->pc, place->line, qn_hash64(place->file)};

	return place->pc == UINT64_MAX ||
	       qn_map_find(&weave->places, (struct qn_text){(const char *)key, sizeof(key)});
}

void qn_weave_add_start(struct qn_weave *weave)
{
	if (weave->starts_count < QN_WEAVE_COPIES_MAX)
		weave->starts[weave->starts_count++] = (uint32_t)weave->items_count;
}

/* How many different places came how often. */
struct counts {
	unsigned places, with_count[QN_WEAVE_COPIES_MAX + 1]; /* [0]: more often than any number of copies */
	unsigned usual;                                       /* the number of times that most came */
	unsigned repeated; /* likewise, of those that came more than once; 0: none did */
};

static struct counts count_places(const struct qn_weave *weave)
{
	struct counts counts = {.usual = 1};

	for (size_t i = 0; i < weave->lines_count; i++) {
		const struct qn_woven_line *line = &weave->lines[i];

		if (!line->is_place)
			continue;
		counts.places++;
		counts.with_count[line->count <= QN_WEAVE_COPIES_MAX ? line->count : 0]++;
	}
	for (unsigned i = 2; i <= QN_WEAVE_COPIES_MAX; i++) {
		if (counts.with_count[i] >= counts.with_count[counts.usual])
			counts.usual = i;
		if (counts.with_count[i] &&
		    (!counts.repeated || counts.with_count[i] >= counts.with_count[counts.repeated]))
			counts.repeated = i;
	}
	return counts;
}

/* Do copies of a place stand close together? Those of a recursion are as far apart as its circle is long, and
 * not every frame of a stack has some. */
static bool is_tight(const struct qn_weave *weave, unsigned copies)
{
	unsigned tight = 0, wide = 0, single = 0;

	for (size_t i = 0; i < weave->lines_count; i++) {
		const struct qn_woven_line *line = &weave->lines[i];

		if (!line->is_place)
			continue;
		if (line->count == 1)
			single++;
		else if (line->count <= copies && line->last - line->first <= 4 * (copies - 1))
			tight++;
		else
			wide++;
	}
	if (tight < PLACES_ALIKE_MIN)
		return tight == 2 && !wide && !single;
	return tight > wide && 2 * tight >= single;
}

unsigned qn_weave_copies(const struct qn_weave *weave)
{
	unsigned headers = weave->starts_count > weave->ends ? weave->starts_count : weave->ends;
	struct counts counts = count_places(weave);

	if (headers >= 2 && counts.usual >= 2)
		return counts.usual;
	if (headers >= 2)
		return headers < QN_WEAVE_COPIES_MAX ? headers : QN_WEAVE_COPIES_MAX;
	if (counts.repeated && counts.with_count[counts.repeated] == counts.places &&
	    counts.places >= PLACES_ALL_ALIKE_MIN)
		return counts.repeated;
	return counts.repeated && is_tight(weave, counts.repeated) ? counts.repeated : 1;
}

bool qn_weave_is_apart(const struct qn_weave *weave, unsigned header)
{
	uint32_t start = weave->starts[header];
	bool has_above = false, has_below = false;

	for (size_t i = 0; i < weave->lines_count; i++) {
		const struct qn_woven_line *line = &weave->lines[i];

		if (!line->is_place)
			continue;
		has_above |= line->first < start;
		has_below |= line->last >= start;
		if (line->first < start && line->last >= start)
			return false;
	}
	return has_above && has_below;
}

size_t qn_weave_find_end(const struct qn_weave *weave)
{
	for (unsigned k = 0; k < weave->starts_count; k++)
		if (qn_weave_is_apart(weave, k))
			return weave->starts[k];
	return SIZE_MAX;
}

bool qn_weave_is_in_turn(const struct qn_weave *weave, unsigned header)
{
	uint32_t start = weave->starts[header], last;
	bool is_again = false;

	if (!start || start >= weave->items_count || !weave->lines[weave->items[start - 1]].is_place)
		return false;
	last = weave->items[start - 1];
	for (size_t i = start; i < weave->items_count; i++) {
		while (header < weave->starts_count && weave->starts[header] <= i)
			header++;
		if (weave->items[i] != last)
			continue;
		if (i + 1 != (header < weave->starts_count ? weave->starts[header] : weave->items_count))
			return false;
		is_again = true;
	}
	return is_again;
}

size_t qn_weave_first_place(const struct qn_weave *weave, size_t at)
{
	while (at < weave->items_count && !weave->lines[weave->items[at]].is_place)
		at++;
	return at < weave->items_count ? weave->items[at] : SIZE_MAX;
}

struct qn_error *qn_weave_add_part(struct qn_weave *weave, struct qn_arena *arena,
				   const struct qn_weave *from, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++) {
		const struct qn_woven_line *line = &from->lines[from->items[i]];
		const struct qn_code_place place = {.file = line->text,
						    .line = line->line,
						    .pc = line->pc,
						    .has_pc = line->pc != 0,
						    .has_offset = line->is_go};

		QN_TRY(line->is_place ? qn_weave_add_place(weave, arena, &place)
				      : qn_weave_add_name(weave, arena, line->text));
	}
	return NULL;
}
