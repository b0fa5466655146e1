#include "core/modules.h"

#include <fcntl.h>
#include <stdlib.h>

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

/* Text and constants are not dumped: the file has them. */
static bool read_file(void *context, uint64_t address, void *to, size_t size)
{
	struct qn_modules *modules = context;
	Dwfl_Module *module = dwfl_addrmodule(modules->dwfl, address);
	Dwarf_Addr at = address, bias;
	Elf_Scn *section = module ? dwfl_module_address_section(module, &at, &bias) : NULL;
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;

	if (!data || !data->d_buf || at > data->d_size || size > data->d_size - at)
		return false;
	memcpy(to, (const char *)data->d_buf + at, size);
	return true;
}

static struct qn_error *add_module(struct qn_modules *modules, const struct qn_core_mapping *first,
				   uint64_t end)
{
	struct qn_module *module;
	_cleanup_free_ char *path = qn_text_copy(first->path);
	size_t slash = qn_text_rfind(first->path, QN_TEXT("/"));
	unsigned char head[20] = {0};
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	QN_TRY(qn_array_reserve(&modules->items, &modules->capacity, modules->count + 1,
				sizeof(*modules->items)));
	module = &modules->items[modules->count++];
	*module = (struct qn_module){.told = {.path = first->path, .start = first->start, .end = end}};
	if (fd < 0 || pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, "\177ELF", 4) != 0) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	module->bias = head[16] == 2 ? 0 : first->start;
	module->dwfl = dwfl_report_elf(modules->dwfl, path + (slash == SIZE_MAX ? 0 : slash + 1), path, fd,
				       module->bias, false);
	if (!module->dwfl)
		close(fd);
	else
		module->told.found = first->path;
	return NULL;
}

static const char *const no_debuginfo_path = "";
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
};

struct qn_error *qn_modules_create(struct qn_core_file *file, const struct qn_core_options *options,
				   struct qn_modules **ret)
{
	_cleanup_(qn_modules_destroy_guard) struct qn_modules *modules = calloc(1, sizeof(*modules));

	(void)no_debuginfo_path;
	if (!modules)
		return &qn_error_no_memory;
	modules->file = file;
	modules->options = options;
	elf_version(EV_CURRENT);
	modules->dwfl = dwfl_begin(&callbacks);
	if (!modules->dwfl)
		return qn_error_create(QN_ERROR_SYSTEM, "libdwfl: %s", dwfl_errmsg(-1));
	dwfl_report_begin(modules->dwfl);
	for (size_t i = 0; i < file->mappings_count;) {
		size_t end = i + 1;

		while (end < file->mappings_count &&
		       qn_text_equal(file->mappings[end].path, file->mappings[i].path))
			end++;
		if (file->mappings[i].offset == 0)
			QN_TRY(add_module(modules, &file->mappings[i], file->mappings[end - 1].end));
		i = end;
	}
	dwfl_report_end(modules->dwfl, NULL, NULL);
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
	for (size_t i = 0; i < modules->count; i++)
		elf_end(modules->items[i].memory);
	free(modules->items);
	free(modules);
}

void qn_modules_tell(struct qn_modules *modules)
{
	(void)modules;
}

uint64_t qn_modules_symbol(const struct qn_modules *modules, size_t index, const char *name)
{
	Dwfl_Module *module = modules->items[index].dwfl;
	int count = module ? dwfl_module_getsymtab(module) : 0;

	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		const char *found = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);

		if (found && symbol.st_shndx != SHN_UNDEF && strcmp(found, name) == 0)
			return address;
	}
	return 0;
}

size_t qn_modules_named(const struct qn_modules *modules, const char *prefix)
{
	for (size_t i = 0; i < modules->count; i++) {
		struct qn_text path = modules->items[i].told.path;
		size_t slash = qn_text_rfind(path, QN_TEXT("/"));

		if (qn_text_starts(qn_text_from(path, slash == SIZE_MAX ? 0 : slash + 1), qn_text_of(prefix)))
			return i;
	}
	return SIZE_MAX;
}
