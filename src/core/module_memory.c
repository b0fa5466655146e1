/* Modules that are told by memory: the vDSO, and those of a core without NT_FILE. */
#include <sys/stat.h>
#include <stdlib.h>

#include "core/module_list.h"
#include "base/banned.h"

#define SONAME_BYTES_MAX 256U
#define DYNAMIC_MAX 512U /* entries that are looked at */

/* An ELF image as it is loaded, or (vDSO) as it stands in memory. */
struct image {
	const struct qn_core_file *core;
	uint64_t start;
};

static bool read_memory(const void *context, uint64_t offset, void *to, size_t size)
{
	const struct image *image = context;

	return image->start + offset >= image->start &&
	       qn_core_file_read_dumped(image->core, image->start + offset, to, size);
}

/* Of a table of pairs (tag, value); false: it is not there, or not dumped. */
static bool read_dynamic(const struct qn_core_file *core, uint64_t at, uint64_t size, uint64_t tag,
			 uint64_t *ret)
{
	for (uint64_t i = 0; i < DYNAMIC_MAX && (i + 1) * 16 <= size; i++) {
		uint64_t pair[2];

		if (!qn_core_file_read_dumped(core, at + i * 16, pair, sizeof(pair)) || pair[0] == DT_NULL)
			return false;
		if (pair[0] == tag) {
			*ret = pair[1];
			return true;
		}
	}
	return false;
}

/* DT_SONAME. The string table is told by its address, which the dynamic linker has moved already or not. */
static struct qn_text read_soname(struct qn_core_file *core, const struct qn_elf_head *head, uint64_t bias)
{
	uint64_t name, strings, at = 0;

	for (size_t i = 0; i < head->loads_count && !at; i++)
		if (head->dynamic >= head->loads[i].offset &&
		    head->dynamic - head->loads[i].offset < head->loads[i].size)
			at = head->loads[i].address + bias + (head->dynamic - head->loads[i].offset);
	if (!at || !read_dynamic(core, at, head->dynamic_size, DT_SONAME, &name) ||
	    !read_dynamic(core, at, head->dynamic_size, DT_STRTAB, &strings))
		return (struct qn_text){0};
	if (strings < bias)
		strings += bias;
	return qn_core_file_read_string(core, &core->arena, strings + name, SONAME_BYTES_MAX);
}

static bool is_main_program(const struct qn_core_file *core, const struct qn_elf_head *head, uint64_t bias)
{
	return (core->phdr && head->parts_address && core->phdr == head->parts_address + bias) ||
	       (core->entry && head->entry && core->entry == head->entry + bias);
}

static struct qn_error *add_image(struct qn_modules *modules, const struct qn_core_segment *segment)
{
	struct qn_core_file *core = modules->file;
	struct image image = {core, segment->address};
	struct qn_module module = {
		.told = {.start = segment->address, .end = segment->address + segment->memory_size},
		.first_end = segment->address + segment->memory_size,
	};
	struct qn_elf_head head;

	if (!qn_elf_head_read(read_memory, &image, &head) ||
	    !qn_elf_head_bias(&head, segment->address, module.first_end, 0, &module.bias) ||
	    (head.type == ET_EXEC && module.bias != 0))
		return NULL;
	if (head.end + module.bias > module.told.start)
		module.told.end = head.end + module.bias;
	module.told.path = is_main_program(core, &head, module.bias) ? core->execfn
								     : read_soname(core, &head, module.bias);
	return qn_module_list_add(modules, &module, &head);
}

struct qn_error *qn_module_list_add_from_memory(struct qn_modules *modules)
{
	const struct qn_core_file *core = modules->file;

	for (size_t i = 0; i < core->segments_count; i++) {
		const struct qn_core_segment *segment = &core->segments[i];
		unsigned char magic[SELFMAG];

		if (segment->address != core->sysinfo &&
		    qn_core_file_read_dumped(core, segment->address, magic, sizeof(magic)) &&
		    memcmp(magic, ELFMAG, SELFMAG) == 0)
			QN_TRY(add_image(modules, segment));
	}
	return NULL;
}

/* A core that tells of no program: the one that was given on the command line, when AT_ENTRY and AT_PHNUM are
 * those of its headers. */
struct qn_error *qn_module_list_add_program(struct qn_modules *modules)
{
	const struct qn_core_file *core = modules->file;

	for (size_t i = 0; i < modules->options->symbols_count && core->entry; i++) {
		const struct qn_elf_file *file =
			qn_module_search_open(&modules->search, modules->options->symbols[i]);
		struct qn_module module = {.told = {.path = core->execfn}};
		const struct qn_elf_head *head = file ? &file->head : NULL;

		if (!file || !file->has_head || !file->has_code || !head->entry)
			continue;
		module.bias = core->entry - head->entry;
		if ((module.bias & 4095) != 0 || (head->type == ET_EXEC && module.bias != 0) ||
		    (core->phdr_count && core->phdr_count != head->parts_count) ||
		    qn_modules_find(modules, core->entry) != SIZE_MAX)
			continue;
		if (module.told.path.len == 0)
			module.told.path = qn_arena_copy(&modules->file->arena, qn_text_of(file->path));
		module.told.start = module.bias + head->low;
		module.told.end = module.bias + head->end;
		module.first_end = module.told.end;
		module.file = file;
		if (module.told.start < module.told.end)
			return qn_module_list_add(modules, &module, NULL);
	}
	return NULL;
}

/* It is no file: the kernel maps it, and it is dumped whole. */
struct qn_error *qn_module_list_add_vdso(struct qn_modules *modules)
{
	const struct qn_core_file *core = modules->file;
	const struct qn_core_segment *segment =
		core->sysinfo ? qn_core_file_segment(core, core->sysinfo) : NULL;
	struct image image = {core, core->sysinfo};
	struct qn_module module = {.told = {.path = QN_TEXT("[vdso]"), .start = core->sysinfo}};
	struct qn_elf_head head;
	uint64_t size;

	if (!segment || core->sysinfo - segment->address >= segment->size)
		return NULL;
	size = segment->size - (core->sysinfo - segment->address);
	if (size > QN_VDSO_BYTES_MAX || !qn_elf_head_read(read_memory, &image, &head) ||
	    !qn_elf_head_bias(&head, core->sysinfo, core->sysinfo + size, 0, &module.bias))
		return NULL;
	module.image = malloc(size);
	if (!module.image)
		return &qn_error_no_memory;
	if (!qn_core_file_read_dumped(core, core->sysinfo, module.image, size)) {
		free(module.image);
		return NULL;
	}
	module.image_size = size;
	module.told.end = core->sysinfo + size;
	module.first_end = module.told.end;
	return qn_module_list_add(modules, &module, &head);
}
