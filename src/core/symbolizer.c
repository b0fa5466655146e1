#include "core/symbolizer.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/banned.h"

/* The functions at one pc. */
struct place {
	struct qn_core_frame *frames;
	size_t count;
};

struct qn_symbolizer {
	struct qn_modules *modules;
	struct qn_arena arena;
	struct qn_map places; /* pc and is_activation -> struct place * */
};

struct qn_error *qn_symbolizer_create(struct qn_modules *modules, struct qn_symbolizer **ret)
{
	struct qn_symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));

	if (!symbolizer)
		return &qn_error_no_memory;
	symbolizer->modules = modules;
	*ret = symbolizer;
	return NULL;
}

void qn_symbolizer_destroy(struct qn_symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	qn_map_deinit(&symbolizer->places);
	qn_arena_deinit(&symbolizer->arena);
	free(symbolizer);
}

static void read_symbol(struct qn_symbolizer *symbolizer, uint64_t at, struct qn_core_frame *frame)
{
	Dwfl_Module *module = dwfl_addrmodule(symbolizer->modules->dwfl, at);
	const char *name = module ? dwfl_module_addrname(module, at) : NULL;
	Dwfl_Line *line = module ? dwfl_module_getsrc(module, at) : NULL;
	const char *file;
	int number = 0;

	if (name)
		frame->name = qn_arena_copy(&symbolizer->arena, qn_text_of(name));
	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (file) {
		frame->file = qn_arena_copy(&symbolizer->arena, qn_text_of(file));
		frame->line = (uint32_t)number;
	}
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
		if (place)
			place->frames = qn_arena_alloc(&symbolizer->arena, sizeof(*place->frames));
		text = qn_arena_copy(&symbolizer->arena, text);
		QN_TRY(qn_arena_check(&symbolizer->arena));
		place->count = 1;
		place->frames[0].pc = pc;
		place->frames[0].is_activation = is_activation;
		place->frames[0].module = qn_modules_find(symbolizer->modules, is_activation ? pc : pc - 1);
		read_symbol(symbolizer, is_activation ? pc : pc - 1, place->frames);
		QN_TRY(qn_arena_check(&symbolizer->arena));
		QN_TRY(qn_map_put(&symbolizer->places, text, place));
	}
	*ret = place->frames;
	*ret_count = place->count;
	return NULL;
}
