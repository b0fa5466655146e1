#include "core/debug_file.h"

#include <limits.h>
#include <stdlib.h>

#include "core/path_inside.h"
#include "base/banned.h"

bool qn_module_may_be_fetched(const struct qn_modules *modules, const struct qn_module *module)
{
	return modules->has_debuginfod && module->head && module->head->build_id_state == QN_BUILD_ID_KNOWN;
}

/* The name of an open file: libdebuginfod gives a descriptor only. */
static const struct qn_elf_file *open_descriptor(struct qn_modules *modules, int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path) - 1);
	if (size <= 0)
		return NULL;
	path[size] = '\0';
	return qn_module_search_open(&modules->search, path);
}

static int fetch_program(struct qn_module *module, Dwfl_Module *dwfl, void **userdata, const char *name,
			 Dwarf_Addr base, char **ret_name, Elf **ret)
{
	struct qn_modules *modules = module->owner;
	int fd = dwfl_build_id_find_elf(dwfl, userdata, name, base, ret_name, ret);
	const struct qn_elf_file *file = fd < 0 ? NULL : open_descriptor(modules, fd);

	if (!file || !file->has_code ||
	    !qn_elf_file_is_build(file, module->head->build_id, module->head->build_id_size)) {
		if (fd >= 0)
			close(fd);
		elf_end(*ret);
		*ret = NULL;
		module->dwfl = NULL;
		return -1;
	}
	module->file = file;
	module->told.found = qn_arena_copy(&modules->file->arena, qn_text_of(file->path));
	module->told.is_verified = true;
	return fd;
}

static int find_elf(Dwfl_Module *dwfl, void **userdata, const char *name, Dwarf_Addr base, char **ret_name,
		    Elf **ret)
{
	struct qn_module *module = *userdata;
	int fd;

	if (module->image) {
		*ret = elf_memory(module->image, module->image_size);
		return -1;
	}
	if (!module->file)
		return fetch_program(module, dwfl, userdata, name, base, ret_name, ret);
	fd = qn_elf_file_descriptor(module->file->path);
	if (fd >= 0)
		*ret_name = strdup(module->file->path);
	return fd;
}

/* What is looked for: debug information of a program, or (dwz) what several debug files have in common. */
struct wanted {
	struct qn_module *module;
	const unsigned char *id; /* NULL: none is known */
	size_t id_size;
	const char *link;   /* name of the file; NULL: none */
	uint32_t crc;       /* of the whole file; for one without a build-id */
	bool is_supplement; /* dwz */
	const char *from;   /* the file that names the link */
	const struct qn_elf_file *other;
};

/* The polynomial of IEEE 802.3, as for .gnu_debuglink. */
static uint32_t compute_crc(const struct qn_elf_file *file)
{
	uint32_t table[256], crc = UINT32_MAX;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320U : 0);
	}
	for (uint64_t i = 0; i < file->size; i++)
		crc = crc >> 8 ^ table[(crc ^ file->image[i]) & 255];
	return ~crc;
}

/* A build-id decides; where one side has none the checksum does. */
static bool is_wanted(struct wanted *wanted, const struct qn_elf_file *file)
{
	bool is_it;

	if (wanted->id && file->head.build_id_state == QN_BUILD_ID_KNOWN)
		is_it = qn_elf_file_is_build(file, wanted->id, wanted->id_size);
	else
		is_it = !wanted->is_supplement && wanted->crc && compute_crc(file) == wanted->crc;
	if (!is_it && !wanted->other)
		wanted->other = file;
	return is_it && file->has_dwarf;
}

static const struct qn_elf_file *try(struct wanted *wanted, const char *path)
{
	const struct qn_elf_file *file =
		path ? qn_module_search_open(&wanted->module->owner->search, path) : NULL;

	return file && file != wanted->module->file && is_wanted(wanted, file) ? file : NULL;
}

/* FOLDER/BETWEEN/NAME; @is_inside: links are followed inside of @folder */
static const struct qn_elf_file *try_in(struct wanted *wanted, const char *folder, bool is_inside,
					const char *between, struct qn_text name)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer path = {0};
	_cleanup_free_ char *inside = NULL;

	if (!folder || name.len == 0)
		return NULL;
	if (!is_inside)
		qn_buffer_append_string(&path, folder);
	qn_buffer_printf(&path, "/%s%.*s", between, QN_ARG(name));
	qn_buffer_append_byte(&path, '\0');
	if (path.is_failed)
		return NULL;
	if (is_inside)
		inside = qn_path_inside(folder, qn_text_of(path.data));
	return try(wanted, is_inside ? inside : path.data);
}

static struct qn_text name_of(struct qn_text path)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));

	return qn_text_from(path, slash == SIZE_MAX ? 0 : slash + 1);
}

static struct qn_text folder_of(struct qn_text path)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));

	return qn_text_first(path, slash == SIZE_MAX ? 0 : slash + 1);
}

static const struct qn_elf_file *look_by_id(struct wanted *wanted)
{
	static const char *const trees[] = {".build-id/", "", "usr/lib/debug/.build-id/"};
	struct qn_module_search *search = &wanted->module->owner->search;
	const struct qn_core_options *options = search->options;
	struct qn_text name =
		wanted->id ? qn_build_id_path(&search->arena, wanted->id, wanted->id_size, ".debug")
			   : (struct qn_text){0};
	const struct qn_symbols_file *known = NULL;
	const struct qn_elf_file *file = NULL;

	if (name.len == 0)
		return NULL;
	for (size_t i = 0; i < options->symbols_count; i++)
		for (size_t k = 0; k < sizeof(trees) / sizeof(*trees) && !file; k++)
			file = try_in(wanted, options->symbols[i], false, trees[k], name);
	if (!file && options->symbols_count)
		known = qn_symbols_index_build(search->index,
					       (struct qn_text){(const char *)wanted->id, wanted->id_size});
	for (; known && !file; known = known->next_id)
		file = known->has_dwarf ? try(wanted, known->path.data) : NULL;
	if (!file)
		file = try_in(wanted, options->sysroot, true, "usr/lib/debug/.build-id/", name);
	return file ? file : try_in(wanted, "/usr/lib/debug", false, ".build-id/", name);
}

/* Beside the file that names it, or below a folder for debug files at the same place. */
static const struct qn_elf_file *look_by_link(struct wanted *wanted)
{
	struct qn_module_search *search = &wanted->module->owner->search;
	const struct qn_core_options *options = search->options;
	struct qn_text link = qn_text_of(wanted->link);
	struct qn_text process = folder_of(wanted->module->told.path),
		       found = folder_of(qn_text_of(wanted->from));
	struct qn_arena *arena = &search->arena;
	const struct qn_elf_file *file;
	const struct qn_symbols_file *known;
	struct qn_text beside = qn_arena_printf(arena, "%.*s%s", QN_ARG(found), wanted->link);
	struct qn_text below = qn_arena_printf(arena, "%.*s.debug/%s", QN_ARG(found), wanted->link);
	struct qn_text there = qn_arena_printf(arena, "%.*s%s", QN_ARG(process), wanted->link);

	if (link.data[0] == '/')
		beside = there = link;
	file = try(wanted, beside.data);
	if (!file)
		file = try(wanted, below.data);
	for (size_t i = 0; i < options->symbols_count && !file; i++) {
		file = try_in(wanted, options->symbols[i], false, "", there);
		if (!file)
			file = try_in(wanted, options->symbols[i], false, "usr/lib/debug/", there);
		if (!file)
			file = try_in(wanted, options->symbols[i], false, "", name_of(link));
	}
	known = file || !options->symbols_count ? NULL : qn_symbols_index_name(search->index, name_of(link));
	for (; known && !file; known = known->next_name)
		file = try(wanted, known->path.data);
	if (!file)
		file = try_in(wanted, options->sysroot, true, "usr/lib/debug/", there);
	if (!file)
		file = try_in(wanted, options->sysroot, true, "", there);
	if (!file)
		file = try_in(wanted, "/usr/lib/debug", false, "", there);
	return file;
}

static void note_other(const struct wanted *wanted)
{
	char id[QN_BUILD_ID_HEX] = "unknown", wanted_id[QN_BUILD_ID_HEX] = "unknown";
	const struct qn_elf_file *other = wanted->other;

	if (other->head.build_id_state == QN_BUILD_ID_KNOWN)
		qn_build_id_hex(other->head.build_id, other->head.build_id_size, id);
	if (wanted->id)
		qn_build_id_hex(wanted->id, wanted->id_size, wanted_id);
	qn_core_file_note(
		wanted->module->owner->file, UINT64_MAX,
		"%s is of another build and not used: build-id %s, that of %.*s is %s; give the right "
		"debug file with --symbols",
		other->path, id, QN_ARG(wanted->module->told.path), wanted_id);
}

static int give(const struct wanted *wanted, const struct qn_elf_file *file, char **ret_name)
{
	int fd = qn_elf_file_descriptor(file->path);

	if (fd < 0)
		return -1;
	*ret_name = strdup(file->path);
	if (!wanted->is_supplement)
		wanted->module->told.debug =
			qn_arena_copy(&wanted->module->owner->file->arena, qn_text_of(file->path));
	return fd;
}

/* What the program's file tells of itself, else the core's. */
static void set_id(struct wanted *wanted)
{
	const struct qn_module *module = wanted->module;
	const struct qn_elf_head *head = module->file ? &module->file->head : module->head;

	if (!head || head->build_id_state != QN_BUILD_ID_KNOWN)
		return;
	wanted->id = head->build_id;
	wanted->id_size = head->build_id_size;
}

/* libdwfl asks once for debug information, when the program has none; and then for the supplement that it
 * names (.gnu_debugaltlink), with a checksum of 0. */
static int find_debuginfo(Dwfl_Module *dwfl, void **userdata, const char *name, Dwarf_Addr base,
			  const char *file_name, const char *link, GElf_Word crc, char **ret_name)
{
	struct qn_module *module = *userdata;
	struct wanted wanted = {.module = module, .link = link, .crc = crc};
	const struct qn_elf_file *file;
	Dwarf_Addr bias;
	int fd;

	wanted.from = file_name ? file_name : module->file ? module->file->path : "";
	wanted.is_supplement = module->is_debug_asked || (module->file && module->file->has_dwarf);
	if (wanted.is_supplement) {
		Dwarf *dwarf = dwfl_module_getdwarf(dwfl, &bias);
		const char *alternate;
		const void *id = NULL;
		ssize_t size = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &alternate, &id) : 0;

		wanted.id = size > 0 ? id : NULL;
		wanted.id_size = size > 0 ? (size_t)size : 0;
	} else {
		set_id(&wanted);
	}
	module->is_debug_asked = true;
	file = look_by_id(&wanted);
	if (!file && link && *link)
		file = look_by_link(&wanted);
	fd = file ? give(&wanted, file, ret_name)
		  : dwfl_standard_find_debuginfo(dwfl, userdata, name, base, file_name, link, crc, ret_name);
	if (fd >= 0 && !file && !wanted.is_supplement) {
		file = open_descriptor(module->owner, fd);
		if (file)
			module->told.debug =
				qn_arena_copy(&module->owner->file->arena, qn_text_of(file->path));
	}
	if (fd < 0 && wanted.other)
		note_other(&wanted);
	return fd;
}

const Dwfl_Callbacks qn_module_callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
};

void qn_modules_tell(struct qn_modules *modules)
{
	for (size_t i = 0; i < modules->count; i++) {
		struct qn_module *module = &modules->items[i];

		if (module->file && module->file->has_dwarf)
			module->told.debug = module->told.found;
	}
}
