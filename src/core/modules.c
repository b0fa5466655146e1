#include "core/modules.h"

#include <stdlib.h>

#include "core/debug_file.h"
#include "core/module_list.h"
#include "base/banned.h"

size_t qn_modules_find(const struct qn_modules *modules, uint64_t address)
{
	size_t low = 0, high = modules->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (modules->items[middle].told.start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < modules->items[low - 1].told.end ? low - 1 : SIZE_MAX;
}

/* Text and constants are not dumped: the file has them. What is writable was changed, be it by the dynamic
 * linker alone. */
static bool read_file(void *context, uint64_t address, void *to, size_t size)
{
	struct qn_modules *modules = context;
	const struct qn_module *module =
		modules->last < modules->count ? &modules->items[modules->last] : NULL;
	uint64_t at;

	if (!module || address < module->told.start || address >= module->told.end) {
		size_t index = qn_modules_find(modules, address);

		if (index == SIZE_MAX)
			return false;
		modules->last = index;
		module = &modules->items[index];
	}
	if (!module->file)
		return false;
	at = address - module->bias;
	for (size_t i = 0; i < module->file->head.loads_count; i++) {
		const struct qn_elf_load *load = &module->file->head.loads[i];
		uint64_t offset = load->offset + (at - load->address);

		if (at < load->address || at - load->address >= load->size)
			continue;
		if (load->is_writable || size > load->size - (at - load->address) ||
		    offset > module->file->size || size > module->file->size - offset)
			return false;
		memcpy(to, module->file->image + offset, size);
		return true;
	}
	return false;
}

static void note_other(struct qn_modules *modules, const struct qn_module *module,
		       const struct qn_elf_file *other)
{
	char id[QN_BUILD_ID_HEX] = "unknown";
	bool is_known = other->head.build_id_state == QN_BUILD_ID_KNOWN;

	if (is_known)
		qn_build_id_hex(other->head.build_id, other->head.build_id_size, id);
	qn_core_file_note(modules->file, UINT64_MAX,
			  "%s is another build and not used: build-id %s, in the core %.*s (%.*s); give the "
			  "right file with --symbols",
			  other->path, id,
			  QN_ARG(module->told.build_id.len ? module->told.build_id : QN_TEXT("unknown")),
			  QN_ARG(module->told.path));
}

static void use_file(struct qn_modules *modules, struct qn_module *module, const struct qn_elf_file *file,
		     bool is_verified)
{
	uint64_t bias;

	module->file = file;
	module->told.found = qn_arena_copy(&modules->file->arena, qn_text_of(file->path));
	module->told.is_verified = is_verified;
	if (!module->head &&
	    qn_elf_head_bias(&file->head, module->told.start, module->first_end, module->offset, &bias))
		module->bias = bias;
}

static void find_file(struct qn_modules *modules, struct qn_module *module, size_t *unchecked)
{
	struct qn_module_wanted wanted = {
		.path = qn_module_file_path(module->told.path),
		.head = module->head,
		.start = module->told.start,
		.end = module->first_end,
		.offset = module->offset,
	};
	struct qn_module_found found;

	if (module->image)
		return;
	if (module->file) {
		use_file(modules, module, module->file, false);
		++*unchecked;
		return;
	}
	found = qn_module_search_find(&modules->search, &wanted, true);
	if (found.file)
		use_file(modules, module, found.file, found.fit == QN_MODULE_FIT_VERIFIED);
	if (found.fit == QN_MODULE_FIT_UNCHECKED)
		++*unchecked;
	if (found.other && (!found.file || found.is_other_given))
		note_other(modules, module, found.other);
}

/* The file is opened by libdwfl itself, through the callback, when something of it is needed. */
static void report(struct qn_modules *modules, size_t index)
{
	struct qn_module *module = &modules->items[index];
	const struct qn_elf_head *head = module->file ? &module->file->head : module->head;
	_cleanup_free_ char *name = qn_text_copy(module->name.len ? module->name : QN_TEXT("?"));
	void **userdata;

	if (!name || !head || (!module->file && !module->image && !qn_module_may_be_fetched(modules, module)))
		return;
	module->dwfl =
		dwfl_report_module(modules->dwfl, name, module->bias + head->low, module->bias + head->end);
	if (!module->dwfl)
		return;
	dwfl_module_info(module->dwfl, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	module->owner = modules;
	*userdata = module;
	if (module->head && module->head->build_id_state == QN_BUILD_ID_KNOWN && !module->image)
		(void)dwfl_module_report_build_id(module->dwfl, module->head->build_id,
						  module->head->build_id_size, 0);
}

static void find_files(struct qn_modules *modules)
{
	size_t unchecked = 0, reported = 0;
	const struct qn_module *first = NULL;

	for (size_t i = 0; i < modules->count; i++) {
		size_t before = unchecked;

		find_file(modules, &modules->items[i], &unchecked);
		if (unchecked > before && !first)
			first = &modules->items[i];
	}
	if (unchecked)
		qn_core_file_note(
			modules->file, UINT64_MAX,
			"the core does not tell the build-ids of %zu modules (the first is %.*s): files of "
			"the same layout are used unchecked",
			unchecked, QN_ARG(first->told.path));
	if (qn_symbols_index_is_cut(modules->search.index))
		qn_core_file_note(modules->file, UINT64_MAX,
				  "the folders of --symbols hold too much: only a part was looked at");
	dwfl_report_begin(modules->dwfl);
	for (size_t i = 0; i < modules->count; i++) {
		if (reported < QN_MODULES_REPORTED_MAX)
			report(modules, i);
		reported += modules->items[i].dwfl != NULL;
	}
	dwfl_report_end(modules->dwfl, NULL, NULL);
}

struct qn_error *qn_modules_create(struct qn_core_file *file, const struct qn_core_options *options,
				   struct qn_modules **ret)
{
	_cleanup_(qn_modules_destroy_guard) struct qn_modules *modules = calloc(1, sizeof(*modules));
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (!modules)
		return &qn_error_no_memory;
	modules->file = file;
	modules->options = options;
	modules->has_debuginfod = urls && *urls;
	elf_version(EV_CURRENT);
	QN_TRY(qn_module_search_init(&modules->search, file, options));
	modules->dwfl = dwfl_begin(&qn_module_callbacks);
	if (!modules->dwfl)
		return qn_error_create(QN_ERROR_SYSTEM, "libdwfl: %s", dwfl_errmsg(-1));
	QN_TRY(qn_module_list_make(modules));
	find_files(modules);
	QN_TRY(qn_arena_check(&file->arena));
	file->fallback = read_file;
	file->fallback_context = modules;
	*ret = qn_take(modules);
	return NULL;
}

void qn_modules_destroy(struct qn_modules *modules)
{
	if (!modules)
		return;
	modules->file->fallback = NULL;
	dwfl_end(modules->dwfl);
	for (size_t i = 0; i < modules->count; i++) {
		free(modules->items[i].image);
		qn_symbols_table_destroy(modules->items[i].symbols);
	}
	qn_module_search_deinit(&modules->search);
	free(modules->items);
	free(modules);
}

size_t qn_modules_named(const struct qn_modules *modules, const char *prefix)
{
	for (size_t i = 0; i < modules->count; i++)
		if (qn_text_starts(modules->items[i].name, qn_text_of(prefix)))
			return i;
	return SIZE_MAX;
}
