#include "core/module_find.h"

#include <stdlib.h>

#include "core/elfutils.h"
#include "core/path_inside.h"
#include "base/banned.h"

struct qn_error *qn_module_search_init(struct qn_module_search *search, const struct qn_core_file *core,
				       const struct qn_core_options *options)
{
	*search = (struct qn_module_search){.core = core, .options = options};
	return qn_symbols_index_create(options, &search->index);
}

void qn_module_search_deinit(struct qn_module_search *search)
{
	for (size_t i = 0; i < search->owned_count; i++)
		qn_elf_file_close(search->owned[i]);
	free(search->owned);
	qn_map_deinit(&search->files);
	qn_map_deinit(&search->missing);
	qn_symbols_index_destroy(search->index);
	qn_arena_deinit(&search->arena);
}

static struct qn_error *keep_file(struct qn_module_search *search, struct qn_text key,
				  struct qn_elf_file *file)
{
	QN_TRY(qn_array_reserve(&search->owned, &search->owned_capacity, search->owned_count + 1,
				sizeof(struct qn_elf_file *)));
	QN_TRY(qn_map_put(&search->files, key, file));
	search->owned[search->owned_count++] = file;
	return NULL;
}

const struct qn_elf_file *qn_module_search_open(struct qn_module_search *search, const char *path)
{
	struct qn_text key = qn_text_of(path);
	struct qn_elf_file *file = qn_map_find(&search->files, key);
	struct qn_error *error;

	if (file || qn_map_find(&search->missing, key) || search->owned_count >= QN_MODULE_FILES_MAX)
		return file;
	file = qn_elf_file_open(path);
	key = qn_arena_copy(&search->arena, key);
	error = qn_arena_check(&search->arena);
	if (!error)
		error = file ? keep_file(search, key, file) : qn_map_put(&search->missing, key, search);
	if (error) {
		qn_elf_file_close(file);
		file = NULL;
	}
	qn_error_destroy(error);
	return file;
}

struct qn_text qn_build_id_path(struct qn_arena *arena, const unsigned char *id, size_t size,
				const char *suffix)
{
	char hex[QN_BUILD_ID_HEX];

	if (size < 2)
		return (struct qn_text){0};
	qn_build_id_hex(id, size, hex);
	return qn_arena_printf(arena, "%.2s/%s%s", hex, hex + 2, suffix);
}

static bool has_same_loads(const struct qn_elf_head *a, const struct qn_elf_head *b)
{
	if (a->type != b->type || a->entry != b->entry || a->loads_count != b->loads_count)
		return false;
	for (size_t i = 0; i < a->loads_count; i++)
		if (a->loads[i].offset != b->loads[i].offset || a->loads[i].address != b->loads[i].address ||
		    a->loads[i].size != b->loads[i].size ||
		    a->loads[i].memory_size != b->loads[i].memory_size)
			return false;
	return true;
}

/* Each part of the file is mapped where its program headers say. */
static bool fits_mappings(const struct qn_core_file *core, const struct qn_module_wanted *wanted,
			  const struct qn_elf_head *head)
{
	uint64_t bias;

	if (!qn_elf_head_bias(head, wanted->start, wanted->end, wanted->offset, &bias) ||
	    (head->type == ET_EXEC && bias != 0))
		return false;
	for (size_t i = 0; i < head->loads_count; i++) {
		const struct qn_elf_load *load = &head->loads[i];
		uint64_t address = load->address + bias;
		const struct qn_core_mapping *mapping = qn_core_file_mapping(core, address);

		if (load->size && (!mapping || mapping->offset + (address - mapping->start) != load->offset))
			return false;
	}
	return true;
}

enum qn_module_fit qn_module_search_judge(const struct qn_module_search *search,
					  const struct qn_module_wanted *wanted,
					  const struct qn_elf_file *file)
{
	const struct qn_elf_head *head = wanted->head;
	uint16_t machine = search->core->machine == QN_MACHINE_AARCH64 ? EM_AARCH64 : EM_X86_64;

	if (!file->has_head || !file->has_code || file->head.machine != machine)
		return QN_MODULE_FIT_NONE;
	if (head && head->build_id_state == QN_BUILD_ID_KNOWN)
		return qn_elf_file_is_build(file, head->build_id, head->build_id_size)
			       ? QN_MODULE_FIT_VERIFIED
			       : QN_MODULE_FIT_OTHER;
	if (head && head->build_id_state == QN_BUILD_ID_NONE &&
	    file->head.build_id_state == QN_BUILD_ID_KNOWN)
		return QN_MODULE_FIT_OTHER;
	if (head ? has_same_loads(head, &file->head) : fits_mappings(search->core, wanted, &file->head))
		return QN_MODULE_FIT_UNCHECKED;
	return QN_MODULE_FIT_OTHER;
}

/* True: found. */
static bool try(struct qn_module_search *search, const struct qn_module_wanted *wanted, const char *path,
		bool is_given, struct qn_module_found *found)
{
	const struct qn_elf_file *file = path ? qn_module_search_open(search, path) : NULL;
	enum qn_module_fit fit = file ? qn_module_search_judge(search, wanted, file) : QN_MODULE_FIT_NONE;

	if (fit == QN_MODULE_FIT_VERIFIED || fit == QN_MODULE_FIT_UNCHECKED) {
		found->fit = fit;
		found->file = file;
		return true;
	}
	if (fit == QN_MODULE_FIT_OTHER && (!found->other || (is_given && !found->is_other_given))) {
		found->other = file;
		found->is_other_given = is_given;
	}
	return false;
}

static struct qn_text name_of(struct qn_text path)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));

	return qn_text_from(path, slash == SIZE_MAX ? 0 : slash + 1);
}

static bool try_in(struct qn_module_search *search, const struct qn_module_wanted *wanted, const char *folder,
		   const char *between, struct qn_text name, struct qn_module_found *found)
{
	struct qn_text path;

	if (name.len == 0)
		return false;
	path = qn_arena_printf(&search->arena, "%s/%s%.*s", folder, between, QN_ARG(name));
	return try(search, wanted, path.data, false, found);
}

/* Where it should be in a folder of symbols, without walking over it. */
static bool look_in_folder(struct qn_module_search *search, const struct qn_module_wanted *wanted,
			   const char *folder, struct qn_module_found *found)
{
	static const char *const trees[] = {".build-id/", "", "usr/lib/debug/.build-id/"};
	struct qn_text name = {0};

	if (wanted->head && wanted->head->build_id_state == QN_BUILD_ID_KNOWN)
		name = qn_build_id_path(&search->arena, wanted->head->build_id, wanted->head->build_id_size,
					"");
	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++)
		if (try_in(search, wanted, folder, trees[i], name, found))
			return true;
	return try_in(search, wanted, folder, "", wanted->path, found) ||
	       try_in(search, wanted, folder, "", name_of(wanted->path), found);
}

static bool look_in_index(struct qn_module_search *search, const struct qn_module_wanted *wanted,
			  struct qn_module_found *found)
{
	const struct qn_symbols_file *file = NULL;

	if (wanted->head && wanted->head->build_id_state == QN_BUILD_ID_KNOWN)
		file = qn_symbols_index_build(
			search->index,
			(struct qn_text){(const char *)wanted->head->build_id, wanted->head->build_id_size});
	for (; file; file = file->next_id)
		if (file->has_code && try(search, wanted, file->path.data, file->is_given, found))
			return true;
	file = qn_symbols_index_name(search->index, name_of(wanted->path));
	for (; file; file = file->next_name)
		if (file->has_code && try(search, wanted, file->path.data, file->is_given, found))
			return true;
	return false;
}

static bool look_in_symbols(struct qn_module_search *search, const struct qn_module_wanted *wanted,
			    struct qn_module_found *found)
{
	for (size_t i = 0; i < search->options->symbols_count; i++)
		if (look_in_folder(search, wanted, search->options->symbols[i], found))
			return true;
	return search->options->symbols_count && look_in_index(search, wanted, found);
}

static bool look_in_sysroot(struct qn_module_search *search, const struct qn_module_wanted *wanted,
			    struct qn_module_found *found)
{
	_cleanup_free_ char *path = NULL;

	if (!search->options->sysroot || wanted->path.len == 0)
		return false;
	path = qn_path_inside(search->options->sysroot, wanted->path);
	return path && try(search, wanted, path, false, found);
}

struct qn_module_found qn_module_search_find(struct qn_module_search *search,
					     const struct qn_module_wanted *wanted, bool may_use_path)
{
	struct qn_module_found found = {0};
	_cleanup_free_ char *path = NULL;

	if (look_in_symbols(search, wanted, &found) || look_in_sysroot(search, wanted, &found))
		return found;
	if (may_use_path && qn_text_starts(wanted->path, QN_TEXT("/"))) {
		path = qn_text_copy(wanted->path);
		try(search, wanted, path, false, &found);
	}
	return found;
}
