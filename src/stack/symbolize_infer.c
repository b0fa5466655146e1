/* Load addresses that nothing tells: out of lines that tell both addresses, out of names, out of calls. */
#include <stdlib.h>

#include "stack/frame_name.h"
#include "stack/symbolize_parts.h"
#include "base/banned.h"

#define PAGE_MASK UINT64_C(0xfff)
#define INFERENCES_MAX 4096U /* of one text */

static struct qn_text key_of(struct qn_symbolizing *all, struct qn_text name)
{
	struct qn_frame_name read;

	qn_frame_name_read(&all->arena, name, (struct qn_text){0}, &read);
	return read.key;
}

struct qn_error *qn_symbolize_name_agrees(struct qn_symbolizing *all, struct qn_binary *binary,
					  uint64_t address, struct qn_text name, bool *ret)
{
	const char *symbol;
	uint64_t offset;
	struct qn_text wanted = key_of(all, name);

	*ret = false;
	QN_TRY(qn_binary_symbol_at(binary, address, &symbol, &offset));
	if (symbol && wanted.len) {
		struct qn_text bare = qn_text_of(symbol);

		bare = qn_text_first(bare, qn_text_find_byte(bare, '@'));
		*ret = qn_text_equal(key_of(all, bare), wanted);
	}
	return qn_arena_check(&all->arena);
}

/* The return addresses of one question, each once. */
struct asked {
	struct qn_symbolizing *all;
	struct qn_binary *binary;
	struct qn_load_pc *pcs;
	struct qn_text *names;
	size_t count, capacity, names_capacity;
	struct qn_error *error;
};

static void asked_deinit(struct asked *asked)
{
	free(asked->pcs);
	free(asked->names);
	qn_error_destroy(asked->error);
}

static bool agrees(void *context, size_t index, uint64_t address)
{
	struct asked *asked = context;
	bool does = false;

	if (!asked->error)
		asked->error = qn_symbolize_name_agrees(asked->all, asked->binary, address,
							asked->names[index], &does);
	return does;
}

/* Could it be in @binary? It names it, or names nothing and the binary was offered for that. */
static bool is_candidate(const struct qn_symbolize_item *item, const struct qn_binary *binary)
{
	if (item->is_resolved || !item->line.has_pc || item->line.has_offset)
		return false;
	return item->line.path.len ? item->named == binary : binary->is_offered;
}

static struct qn_error *ask(struct asked *asked, size_t run)
{
	struct qn_symbolizing *all = asked->all;
	_cleanup_(qn_map_deinit) struct qn_map seen = {0};

	for (size_t i = 0; i < all->count; i++) {
		const struct qn_symbolize_item *item = &all->items[i];
		struct qn_text key = {(const char *)&item->line.pc, sizeof(item->line.pc)};

		if (!is_candidate(item, asked->binary) || !item->is_return || (run && item->run != run) ||
		    qn_map_find(&seen, key))
			continue;
		QN_TRY(qn_map_put(&seen, key, all));
		QN_TRY(qn_array_reserve(&asked->pcs, &asked->capacity, asked->count + 1,
					sizeof(*asked->pcs)));
		QN_TRY(qn_array_reserve(&asked->names, &asked->names_capacity, asked->count + 1,
					sizeof(*asked->names)));
		asked->names[asked->count] = item->line.name;
		asked->pcs[asked->count++] =
			(struct qn_load_pc){.pc = item->line.pc, .has_name = item->line.name.len > 0};
	}
	return NULL;
}

static size_t apply(struct qn_symbolizing *all, struct qn_binary *binary, size_t run, uint64_t bias)
{
	const struct qn_elf_head *head = &binary->file->head;
	size_t applied = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct qn_symbolize_item *item = &all->items[i];
		uint64_t at = item->line.pc - bias;
		bool is_inside = false;

		for (size_t j = 0; j < head->loads_count; j++)
			is_inside |= head->loads[j].is_executable && at >= head->loads[j].address &&
				     at - head->loads[j].address <= head->loads[j].size;
		if (!is_candidate(item, binary) || (run && item->run != run) || !is_inside)
			continue;
		item->binary = binary;
		item->address = at;
		item->is_resolved = true;
		applied++;
	}
	return applied;
}

static void note(struct qn_symbolizing *all, const struct qn_binary *binary,
		 const struct qn_load_address *found)
{
	struct qn_buffer *notes = &all->notes;

	if (found->is_clear)
		qn_buffer_printf(notes, "# qntriage: %s loaded at 0x%jx, inferred: ", binary->name,
				 (uintmax_t)(found->bias + (binary->file->head.low & ~PAGE_MASK)));
	else
		qn_buffer_printf(
			notes, "# qntriage: %s: where it was loaded is not clear, nothing resolved: at best ",
			binary->name);
	qn_buffer_printf(notes, "%zu of %zu return addresses follow a call", found->explained, found->inside);
	if (found->named)
		qn_buffer_printf(notes, ", %zu of %zu names agree", found->agreeing, found->named);
	qn_buffer_printf(notes, "; next best candidate %zu\n", found->next_best);
}

/* Lines that tell the address in the process and in the file: the difference holds for the others, if all
 * such lines say the same. */
static struct qn_error *use_told(struct qn_symbolizing *all, struct qn_binary *binary, size_t run)
{
	uint64_t bias = 0;
	size_t told = 0, applied;

	for (size_t i = 0; i < all->count; i++) {
		const struct qn_symbolize_item *item = &all->items[i];
		uint64_t one = item->line.pc - item->address;

		if (item->binary != binary || !item->is_resolved || !item->line.has_pc ||
		    !item->line.has_offset || item->line.form != QN_ADDRESS_GLIBC ||
		    (run && item->run != run))
			continue;
		if ((one & PAGE_MASK) || (told && one != bias))
			return NULL;
		bias = one;
		told++;
	}
	applied = told ? apply(all, binary, run, bias) : 0;
	if (applied)
		qn_buffer_printf(&all->notes, "# qntriage: %s loaded at 0x%jx, told by %zu line%s\n",
				 binary->name, (uintmax_t)(bias + (binary->file->head.low & ~PAGE_MASK)),
				 told, told == 1 ? "" : "s");
	return NULL;
}

/* @run 0: of the whole text */
static struct qn_error *infer(struct qn_symbolizing *all, struct qn_binary *binary,
			      struct qn_call_sites **sites, size_t run, bool is_last_try)
{
	_cleanup_(asked_deinit) struct asked asked = {.all = all, .binary = binary};
	struct qn_load_address found;

	QN_TRY(use_told(all, binary, run));
	QN_TRY(ask(&asked, run));
	if (!asked.count)
		return NULL;
	if (!*sites)
		QN_TRY(qn_call_sites_create(binary->file, sites));
	QN_TRY(qn_load_address_infer(*sites, asked.pcs, asked.count, agrees, &asked, &found));
	if (asked.error)
		return qn_take(asked.error);
	if (found.is_clear)
		(void)apply(all, binary, run, found.bias);
	if (found.is_clear || (is_last_try && found.explained))
		note(all, binary, &found);
	return NULL;
}

static bool has_candidates(const struct qn_symbolizing *all, const struct qn_binary *binary, size_t run)
{
	for (size_t i = 0; i < all->count; i++)
		if ((!run || all->items[i].run == run) && is_candidate(&all->items[i], binary) &&
		    all->items[i].is_return)
			return true;
	return false;
}

static struct qn_error *infer_one(struct qn_symbolizing *all, struct qn_binary *binary)
{
	_cleanup_(qn_call_sites_destroy_guard) struct qn_call_sites *sites = NULL;

	if (!has_candidates(all, binary, 0))
		return NULL;
	QN_TRY(infer(all, binary, &sites, 0, all->runs < 2));
	for (size_t i = 0, tried = 0; all->runs > 1 && i < all->count && tried < INFERENCES_MAX; i++) {
		size_t run = all->items[i].run;

		if ((i && all->items[i - 1].run == run) || !has_candidates(all, binary, run))
			continue;
		QN_TRY(infer(all, binary, &sites, run, true));
		tried++;
	}
	return NULL;
}

struct qn_error *qn_symbolize_infer(struct qn_symbolizing *all)
{
	for (size_t i = 0; i < qn_binaries_count(all->binaries); i++) {
		struct qn_binary *binary = qn_binaries_at(all->binaries, i);

		if (!binary->is_fixed)
			QN_TRY(infer_one(all, binary));
	}
	return NULL;
}
