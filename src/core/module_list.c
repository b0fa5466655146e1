#include "core/module_list.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

struct qn_text qn_module_file_path(struct qn_text path)
{
	struct qn_text mark = QN_TEXT(" (deleted)");

	return qn_text_ends(path, mark) ? qn_text_first(path, path.len - mark.len) : path;
}

struct qn_error *qn_module_list_add(struct qn_modules *modules, const struct qn_module *module,
				    const struct qn_elf_head *head)
{
	struct qn_arena *arena = &modules->file->arena;
	struct qn_text path = qn_module_file_path(module->told.path);
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));
	char hex[QN_BUILD_ID_HEX];
	struct qn_elf_head *kept;
	struct qn_module *to;

	if (modules->count >= QN_CORE_MODULES_MAX) {
		qn_core_file_note(modules->file, UINT64_MAX, "more than %u modules: the others are left out",
				  QN_CORE_MODULES_MAX);
		return NULL;
	}
	QN_TRY(qn_array_reserve(&modules->items, &modules->capacity, modules->count + 1,
				sizeof(*modules->items)));
	to = &modules->items[modules->count++];
	*to = *module;
	to->name = qn_text_from(path, slash == SIZE_MAX ? 0 : slash + 1);
	if (!head)
		return NULL;
	kept = qn_arena_alloc(arena, sizeof(*kept));
	if (kept)
		*kept = *head;
	to->head = kept;
	if (head->build_id_state == QN_BUILD_ID_KNOWN) {
		qn_build_id_hex(head->build_id, head->build_id_size, hex);
		to->told.build_id = qn_arena_copy(arena, qn_text_of(hex));
	}
	return qn_arena_check(arena);
}

/* The mappings of one file, from the one with its ELF header on. */
struct group {
	const struct qn_core_file *core;
	size_t first, end; /* indices of mappings; among them may be some of other files */
	uint64_t end_address;
};

/* By offset in the file, out of what is dumped. */
static bool read_group(const void *context, uint64_t offset, void *to, size_t size)
{
	const struct group *group = context;

	for (size_t i = group->first; i < group->end; i++) {
		const struct qn_core_mapping *mapping = &group->core->mappings[i];

		if (offset < mapping->offset || offset - mapping->offset >= mapping->end - mapping->start ||
		    !qn_text_equal(mapping->path, group->core->mappings[group->first].path))
			continue;
		if (qn_core_file_read_dumped(group->core, mapping->start + (offset - mapping->offset), to,
					     size))
			return true;
	}
	return false;
}

/* A file is mapped in a few neighbouring pieces, with gaps that others may have filled: how far we look. */
#define NEIGHBOURS_MAX 24U

/* Without program headers: pieces of the same file that follow, up to its next beginning. */
static struct group find_group(const struct qn_core_file *core, size_t first)
{
	const struct qn_core_mapping *mappings = core->mappings;
	struct group group = {core, first, first + 1, mappings[first].end};
	uint64_t offset = mappings[first].offset;

	for (size_t i = first + 1; i < core->mappings_count && i - first < NEIGHBOURS_MAX; i++) {
		if (!qn_text_equal(mappings[i].path, mappings[first].path))
			continue;
		if (mappings[i].offset < offset ||
		    (mappings[i].offset == 0 && mappings[i].start != group.end_address))
			break;
		offset = mappings[i].offset;
		group.end = i + 1;
		group.end_address = mappings[i].end;
	}
	return group;
}

/* Is anything of it code? Unknown (no segment tells) counts as yes. */
static bool is_executable(const struct group *group)
{
	for (size_t i = group->first; i < group->end; i++) {
		const struct qn_core_mapping *mapping = &group->core->mappings[i];
		const struct qn_core_segment *segment;

		if (!qn_text_equal(mapping->path, group->core->mappings[group->first].path))
			continue;
		segment = qn_core_file_segment(group->core, mapping->start);
		if (!segment || (segment->flags & PF_X))
			return true;
	}
	return false;
}

/* A program that is mapped as data (by a debugger, by a symbolizer in the process) lies there in one piece,
 * not as its headers say. A part that is no mapping of the file any more says nothing: code may have been
 * copied into huge pages. */
static bool is_loaded(const struct qn_core_file *core, const struct qn_elf_head *head, uint64_t bias)
{
	if (head->type == ET_EXEC && bias != 0)
		return false;
	for (size_t i = 0; i < head->loads_count; i++) {
		uint64_t address = head->loads[i].address + bias;
		const struct qn_core_mapping *mapping = qn_core_file_mapping(core, address);
		const struct qn_core_segment *segment = qn_core_file_segment(core, address);

		if (!head->loads[i].size)
			continue;
		if (mapping && mapping->offset + (address - mapping->start) != head->loads[i].offset)
			return false;
		if (head->loads[i].is_executable && segment && !(segment->flags & PF_X))
			return false;
	}
	return true;
}

static bool is_elf_file(struct qn_modules *modules, struct qn_text path)
{
	_cleanup_free_ char *copy = qn_text_copy(qn_module_file_path(path));
	const struct qn_elf_file *file;

	if (!copy || copy[0] != '/')
		return false;
	file = qn_module_search_open(&modules->search, copy);
	return file && file->has_head;
}

/* Its memory does not tell (the header is not dumped): code of a file that is an ELF file here, or that is
 * not here. */
static bool is_module_by_mappings(struct qn_modules *modules, const struct group *group)
{
	const struct qn_core_mapping *first = &group->core->mappings[group->first];
	_cleanup_free_ char *path = NULL;

	if (!is_executable(group))
		return false;
	if (is_elf_file(modules, first->path))
		return true;
	path = qn_text_copy(qn_module_file_path(first->path));
	return path && (path[0] != '/' || access(path, F_OK) < 0);
}

/* @ret_end  addresses below belong to it */
static struct qn_error *add_group(struct qn_modules *modules, size_t first, uint64_t *ret_end)
{
	const struct qn_core_file *core = modules->file;
	const struct qn_core_mapping *mapping = &core->mappings[first];
	struct group group = find_group(core, first);
	struct qn_module module = {
		.told = {.path = mapping->path, .start = mapping->start, .end = group.end_address},
		.offset = mapping->offset,
		.first_end = mapping->end,
		.bias = mapping->start,
	};
	struct qn_elf_head head;
	unsigned char magic[SELFMAG];

	if (qn_core_file_read_dumped(core, mapping->start, magic, sizeof(magic))) {
		if (memcmp(magic, ELFMAG, SELFMAG) != 0)
			return NULL;
		if (qn_elf_head_read(read_group, &group, &head) &&
		    qn_elf_head_bias(&head, mapping->start, mapping->end, mapping->offset, &module.bias)) {
			if (!is_loaded(core, &head, module.bias))
				return NULL;
			if (head.end + module.bias > module.told.start)
				module.told.end = head.end + module.bias;
			*ret_end = module.told.end;
			return qn_module_list_add(modules, &module, &head);
		}
	}
	if (!is_module_by_mappings(modules, &group))
		return NULL;
	*ret_end = module.told.end;
	return qn_module_list_add(modules, &module, NULL);
}

static int compare(const void *a, const void *b)
{
	const struct qn_module *left = a, *right = b;

	return (left->told.start > right->told.start) - (left->told.start < right->told.start);
}

/* One that reaches into the next (damaged headers, or a file in the gap of another) ends there. */
static void sort(struct qn_modules *modules)
{
	size_t count = 0;

	if (modules->count)
		qsort(modules->items, modules->count, sizeof(*modules->items), compare);
	for (size_t i = 0; i < modules->count; i++) {
		struct qn_module *before = count ? &modules->items[count - 1] : NULL;

		if (before && before->told.start == modules->items[i].told.start) {
			free(modules->items[i].image);
			continue;
		}
		if (before && before->told.end > modules->items[i].told.start)
			before->told.end = modules->items[i].told.start;
		modules->items[count++] = modules->items[i];
	}
	modules->count = count;
}

struct qn_error *qn_module_list_make(struct qn_modules *modules)
{
	const struct qn_core_file *core = modules->file;
	struct qn_text path = {0};
	uint64_t end = 0;

	for (size_t i = 0; i < core->mappings_count; i++) {
		const struct qn_core_mapping *mapping = &core->mappings[i];

		if (mapping->offset != 0 || mapping->path.len == 0 ||
		    (mapping->start < end && qn_text_equal(mapping->path, path)))
			continue;
		QN_TRY(add_group(modules, i, &end));
		path = mapping->path;
	}
	if (core->mappings_count == 0)
		QN_TRY(qn_module_list_add_from_memory(modules));
	if (modules->count == 0 || core->mappings_count == 0)
		QN_TRY(qn_module_list_add_program(modules));
	QN_TRY(qn_module_list_add_vdso(modules));
	sort(modules);
	return NULL;
}
