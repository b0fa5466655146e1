/* Which byte of which file an address is, as far as the text tells. */
#include "stack/symbolize_parts.h"

#include "base/banned.h"

static void resolve(struct qn_symbolize_item *item, struct qn_binary *binary, uint64_t address)
{
	item->binary = binary;
	item->address = address;
	item->is_resolved = true;
}

/* "libx.so(f+0x1f)", "libx.so(+0x363b0)", "libx.so+0x12", "in libx.so[7f00+1000]" */
static struct qn_error *place_offset(struct qn_symbolize_item *item)
{
	const struct qn_address_line *line = &item->line;
	uint64_t address = line->offset;
	bool has = true;

	if (line->form == QN_ADDRESS_GLIBC && line->name.len) {
		QN_TRY(qn_binary_symbol_named(item->named, line->name, &has, &address));
		address += line->offset;
	} else if (line->form == QN_ADDRESS_KERNEL) {
		has = line->mapping_size ? qn_binary_address_in_text(item->named, line->offset,
								     line->mapping_size, &address)
					 : qn_binary_address_of_offset(item->named, line->offset, &address);
	}
	if (has)
		resolve(item, item->named, address);
	return NULL;
}

static bool is_in_code(const struct qn_binary *binary, uint64_t address)
{
	const struct qn_elf_head *head = &binary->file->head;

	for (size_t i = 0; i < head->loads_count; i++)
		if (head->loads[i].is_executable && address >= head->loads[i].address &&
		    address - head->loads[i].address <= head->loads[i].size)
			return true;
	return false;
}

/* A program that is always loaded at the same place; of two none. */
static void place_fixed(struct qn_symbolizing *all, struct qn_symbolize_item *item)
{
	struct qn_binary *found = NULL;

	if (item->named) {
		found = item->named->is_fixed ? item->named : NULL;
	} else if (!item->line.path.len) {
		for (size_t i = 0; i < qn_binaries_count(all->binaries); i++) {
			struct qn_binary *binary = qn_binaries_at(all->binaries, i);

			if (!binary->is_fixed || !is_in_code(binary, item->line.pc))
				continue;
			if (found)
				return;
			found = binary;
		}
	}
	if (found && is_in_code(found, item->line.pc))
		resolve(item, found, item->line.pc);
}

/* The nearest map that covers it: a text may have those of several processes. */
static struct qn_error *place_mapped(struct qn_symbolizing *all, struct qn_symbolize_item *item)
{
	const struct qn_symbolize_map *best = NULL;
	size_t best_away = 0;
	struct qn_binary *binary;
	uint64_t address;

	for (size_t i = 0; i < all->maps_count; i++) {
		const struct qn_symbolize_map *map = &all->maps[i];
		size_t away =
			map->number > item->number ? map->number - item->number : item->number - map->number;

		if (item->line.pc >= map->line.start && item->line.pc < map->line.end &&
		    (!best || away < best_away)) {
			best = map;
			best_away = away;
		}
	}
	if (!best)
		return NULL;
	QN_TRY(qn_binaries_find(all->binaries, best->line.path, (struct qn_text){0}, &binary));
	if (binary && qn_binary_address_of_offset(binary, best->line.offset, &address))
		resolve(item, binary, address + (item->line.pc - best->line.start));
	return NULL;
}

/* Folly tells the address in the file, but not the file: the one whose function there has that name. */
static struct qn_error *place_named_offset(struct qn_symbolizing *all, struct qn_symbolize_item *item)
{
	struct qn_binary *found = NULL;

	if (!item->line.name.len)
		return NULL;
	for (size_t i = 0; i < qn_binaries_count(all->binaries); i++) {
		struct qn_binary *binary = qn_binaries_at(all->binaries, i);
		bool agrees;

		if (!is_in_code(binary, item->line.offset))
			continue;
		QN_TRY(qn_symbolize_name_agrees(all, binary, item->line.offset, item->line.name, &agrees));
		if (!agrees)
			continue;
		if (found)
			return NULL;
		found = binary;
	}
	if (found)
		resolve(item, found, item->line.offset);
	return NULL;
}

struct qn_error *qn_symbolize_place(struct qn_symbolizing *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct qn_symbolize_item *item = &all->items[i];

		if (item->line.path.len)
			QN_TRY(qn_binaries_find(all->binaries, item->line.path, item->line.build_id,
						&item->named));
	}
	for (size_t i = 0; i < all->count; i++) {
		struct qn_symbolize_item *item = &all->items[i];

		if (item->line.has_offset && item->named)
			QN_TRY(place_offset(item));
		else if (item->line.has_offset && item->line.form == QN_ADDRESS_AT)
			QN_TRY(place_named_offset(all, item));
		else if (item->line.has_pc && !item->line.has_offset)
			place_fixed(all, item);
		if (!item->is_resolved && item->line.has_pc && all->maps_count &&
		    !(item->line.path.len && !item->named))
			QN_TRY(place_mapped(all, item));
	}
	return NULL;
}
