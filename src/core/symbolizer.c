#include "core/symbolizer.h"

#include <stdlib.h>

#include "core/code.h"
#include "base/banned.h"

/* The functions at one pc. */
struct place {
	struct qn_core_frame *frames;
	size_t count;
};

struct qn_symbolizer {
	struct qn_modules *modules;
	struct qn_arena arena;
	struct qn_code_names names;
	struct qn_code **codes; /* one for each module; NULL: not asked yet, or without a file */
	struct qn_map places;   /* pc and is_activation -> struct place * */
};

struct qn_error *qn_symbolizer_create(struct qn_modules *modules, struct qn_symbolizer **ret)
{
	_cleanup_(qn_symbolizer_destroy_guard) struct qn_symbolizer *symbolizer =
		calloc(1, sizeof(*symbolizer));

	if (!symbolizer)
		return &qn_error_no_memory;
	symbolizer->modules = modules;
	symbolizer->names.arena = &symbolizer->arena;
	symbolizer->codes = calloc(modules->count + 1, sizeof(struct qn_code *));
	if (!symbolizer->codes)
		return &qn_error_no_memory;
	*ret = qn_take(symbolizer);
	return NULL;
}

void qn_symbolizer_destroy(struct qn_symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	for (size_t i = 0; symbolizer->codes && i < symbolizer->modules->count; i++)
		qn_code_destroy(symbolizer->codes[i]);
	free(symbolizer->codes);
	qn_map_deinit(&symbolizer->places);
	qn_map_deinit(&symbolizer->names.map);
	qn_arena_deinit(&symbolizer->arena);
	free(symbolizer);
}

static struct qn_error *look_up(struct qn_symbolizer *symbolizer, size_t module, uint64_t address,
				struct qn_core_frame *frames, size_t *ret_count)
{
	*ret_count = 1;
	frames[0] = (struct qn_core_frame){0};
	if (module == SIZE_MAX || !symbolizer->modules->items[module].dwfl)
		return NULL;
	if (!symbolizer->codes[module])
		QN_TRY(qn_code_create(symbolizer->modules->items[module].dwfl, &symbolizer->names,
				      &symbolizer->codes[module]));
	return qn_code_find(symbolizer->codes[module], address, frames, ret_count);
}

static struct qn_error *make_place(struct qn_symbolizer *symbolizer, uint64_t pc, bool is_activation,
				   struct place *place)
{
	struct qn_core_frame frames[QN_INLINED_MAX];
	uint64_t address = is_activation || pc == 0 ? pc : pc - 1;
	size_t module = qn_modules_find(symbolizer->modules, address);

	QN_TRY(look_up(symbolizer, module, address, frames, &place->count));
	place->frames = qn_arena_alloc(&symbolizer->arena, place->count * sizeof(*frames));
	QN_TRY(qn_arena_check(&symbolizer->arena));
	for (size_t i = 0; i < place->count; i++) {
		frames[i].pc = pc;
		frames[i].is_activation = is_activation;
		frames[i].module = module;
	}
	memcpy(place->frames, frames, place->count * sizeof(*frames));
	return NULL;
}

struct qn_error *qn_symbolizer_find(struct qn_symbolizer *symbolizer, uint64_t pc, bool is_activation,
				    const struct qn_core_frame **ret, size_t *ret_count)
{
	struct {
		uint64_t pc, is_activation;
	} key = {pc, is_activation};
	struct qn_text text = {(const char *)&key, sizeof(key)};
	struct place *place = qn_map_find(&symbolizer->places, text);

	if (!place) {
		place = qn_arena_alloc(&symbolizer->arena, sizeof(*place));
		text = qn_arena_copy(&symbolizer->arena, text);
		QN_TRY(qn_arena_check(&symbolizer->arena));
		QN_TRY(make_place(symbolizer, pc, is_activation, place));
		QN_TRY(qn_map_put(&symbolizer->places, text, place));
	}
	*ret = place->frames;
	*ret_count = place->count;
	return NULL;
}
