#include "core/binaries.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/code_parts.h"
#include "core/path_inside.h"
#include "core/symbols_index.h"
#include "base/banned.h"

#define PAGE_MASK UINT64_C(0xfff)

struct qn_binaries {
	const struct qn_core_options *options;
	struct qn_symbols_index *index;
	struct qn_arena arena;
	struct qn_code_names names;
	struct qn_map by_file; /* path on this machine -> struct qn_binary * */
	struct qn_map by_text; /* path and build-id of the text -> struct answer * */
	struct qn_binary **items;
	size_t count, capacity;
};

struct answer {
	struct qn_binary *binary;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void binary_destroy(struct qn_binary *binary)
{
	if (!binary)
		return;
	qn_code_destroy(binary->code);
	if (binary->dwfl)
		dwfl_end(binary->dwfl);
	qn_elf_file_close(binary->file);
	free(binary->path);
	free(binary);
}
QN_DEFINE_GUARD(struct qn_binary, binary_destroy);

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
};

/* libdwfl puts it where the file says. */
static struct qn_error *open_code(struct qn_binaries *binaries, struct qn_binary *binary)
{
	Dwfl_Module *module;
	int fd = qn_elf_file_descriptor(binary->path);

	if (fd < 0)
		return NULL;
	binary->dwfl = dwfl_begin(&callbacks);
	if (!binary->dwfl) {
		close(fd);
		return &qn_error_no_memory;
	}
	dwfl_report_begin(binary->dwfl);
	module = dwfl_report_elf(binary->dwfl, binary->name, binary->path, fd, 0, false);
	if (!module)
		close(fd);
	dwfl_report_end(binary->dwfl, NULL, NULL);
	return module ? qn_code_create(module, &binaries->names, &binary->code) : NULL;
}

/* Becomes one of them, once. @ret NULL: no program or library. */
static struct qn_error *add_file(struct qn_binaries *binaries, const char *path, bool is_offered,
				 struct qn_binary **ret)
{
	_cleanup_(binary_destroy_guard) struct qn_binary *binary = NULL;
	_cleanup_(qn_elf_file_close_guard) struct qn_elf_file *file = NULL;

	*ret = qn_map_find(&binaries->by_file, qn_text_of(path));
	if (*ret || binaries->count == QN_BINARIES_MAX)
		return NULL;
	file = qn_elf_file_open(path);
	if (!file || !file->has_head || !file->has_code ||
	    (file->head.type != ET_DYN && file->head.type != ET_EXEC))
		return NULL;
	binary = calloc(1, sizeof(*binary));
	if (!binary)
		return &qn_error_no_memory;
	binary->file = qn_take(file);
	binary->path = strdup(path);
	if (!binary->path)
		return &qn_error_no_memory;
	binary->name = base_name(binary->path);
	binary->is_fixed = binary->file->head.type == ET_EXEC;
	binary->is_offered = is_offered;
	QN_TRY(open_code(binaries, binary));
	if (!binary->code)
		return NULL;
	QN_TRY(qn_array_reserve(&binaries->items, &binaries->capacity, binaries->count + 1,
				sizeof(*binaries->items)));
	QN_TRY(qn_map_put(&binaries->by_file, qn_text_of(binary->path), binary));
	*ret = binary;
	binaries->items[binaries->count++] = qn_take(binary);
	return NULL;
}

static struct qn_error *offer_folder(struct qn_binaries *binaries, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	struct qn_error *error = NULL;
	struct qn_binary *binary;
	size_t taken = 0;

	for (int i = 0; i < count; i++) {
		char *path = NULL;

		if (!error && taken < QN_BINARIES_PER_FOLDER_MAX && entries[i]->d_name[0] != '.') {
			if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
				error = &qn_error_no_memory;
			else
				error = add_file(binaries, path, true, &binary);
			taken += !error && binary;
			free(path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return error;
}

struct qn_error *qn_binaries_create(const struct qn_core_options *options, struct qn_binaries **ret)
{
	_cleanup_(qn_binaries_destroy_guard) struct qn_binaries *binaries = calloc(1, sizeof(*binaries));
	struct qn_binary *binary;
	struct stat status;

	if (!binaries)
		return &qn_error_no_memory;
	binaries->options = options;
	binaries->names.arena = &binaries->arena;
	elf_version(EV_CURRENT);
	QN_TRY(qn_symbols_index_create(options, &binaries->index));
	for (size_t i = 0; i < options->symbols_count; i++) {
		if (stat(options->symbols[i], &status) == 0 && S_ISDIR(status.st_mode))
			QN_TRY(offer_folder(binaries, options->symbols[i]));
		else
			QN_TRY(add_file(binaries, options->symbols[i], true, &binary));
	}
	*ret = qn_take(binaries);
	return NULL;
}

void qn_binaries_destroy(struct qn_binaries *binaries)
{
	if (!binaries)
		return;
	for (size_t i = 0; i < binaries->count; i++)
		binary_destroy(binaries->items[i]);
	free(binaries->items);
	qn_map_deinit(&binaries->by_file);
	qn_map_deinit(&binaries->by_text);
	qn_map_deinit(&binaries->names.map);
	qn_symbols_index_destroy(binaries->index);
	qn_arena_deinit(&binaries->arena);
	free(binaries);
}

static bool is_build(const struct qn_binary *binary, struct qn_text build_id)
{
	char hex[QN_BUILD_ID_HEX];

	if (!build_id.len || binary->file->head.build_id_state != QN_BUILD_ID_KNOWN)
		return true;
	qn_build_id_hex(binary->file->head.build_id, binary->file->head.build_id_size, hex);
	return qn_text_starts(qn_text_of(hex), build_id);
}

static struct qn_error *try_file(struct qn_binaries *binaries, const char *path, struct qn_text build_id,
				 struct qn_binary **ret)
{
	QN_TRY(add_file(binaries, path, false, ret));
	if (*ret && !is_build(*ret, build_id))
		*ret = NULL;
	return NULL;
}

/* --symbols first, then the image, then this machine. */
static struct qn_error *search(struct qn_binaries *binaries, struct qn_text path, struct qn_text build_id,
			       struct qn_binary **ret)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));
	struct qn_text name = qn_text_from(path, slash == SIZE_MAX ? 0 : slash + 1);
	_cleanup_free_ char *own = NULL;

	for (const struct qn_symbols_file *file = qn_symbols_index_name(binaries->index, name); file && !*ret;
	     file = file->next_name)
		if (file->has_code)
			QN_TRY(try_file(binaries, file->path.data, build_id, ret));
	if (*ret || slash == SIZE_MAX)
		return NULL;
	own = binaries->options->sysroot ? qn_path_inside(binaries->options->sysroot, path)
					 : qn_text_copy(path);
	return own ? try_file(binaries, own, build_id, ret) : NULL;
}

struct qn_error *qn_binaries_find(struct qn_binaries *binaries, struct qn_text path, struct qn_text build_id,
				  struct qn_binary **ret)
{
	struct qn_text key = qn_arena_printf(&binaries->arena, "%.*s\n%.*s", QN_ARG(path), QN_ARG(build_id));
	struct answer *answer;

	*ret = NULL;
	QN_TRY(qn_arena_check(&binaries->arena));
	answer = qn_map_find(&binaries->by_text, key);
	if (!answer) {
		answer = qn_arena_alloc(&binaries->arena, sizeof(*answer));
		QN_TRY(qn_arena_check(&binaries->arena));
		if (path.len)
			QN_TRY(search(binaries, path, build_id, &answer->binary));
		QN_TRY(qn_map_put(&binaries->by_text, key, answer));
	}
	*ret = answer->binary;
	return NULL;
}

size_t qn_binaries_count(const struct qn_binaries *binaries)
{
	return binaries->count;
}

struct qn_binary *qn_binaries_at(const struct qn_binaries *binaries, size_t index)
{
	return binaries->items[index];
}

struct qn_error *qn_binary_look_up(struct qn_binaries *binaries, struct qn_binary *binary, uint64_t address,
				   struct qn_core_frame ret[QN_CODE_FUNCTIONS_MAX], size_t *ret_count)
{
	(void)binaries;
	return qn_code_find(binary->code, address, ret, ret_count);
}

struct qn_error *qn_binary_symbol_at(struct qn_binary *binary, uint64_t address, const char **ret,
				     uint64_t *ret_offset)
{
	return qn_code_symbol_place(binary->code, address, ret, ret_offset);
}

struct qn_error *qn_binary_symbol_named(struct qn_binary *binary, struct qn_text name, bool *ret_has,
					uint64_t *ret)
{
	return qn_code_symbol_named(binary->code, name, ret_has, ret);
}

bool qn_binary_address_of_offset(const struct qn_binary *binary, uint64_t offset, uint64_t *ret)
{
	const struct qn_elf_head *head = &binary->file->head;

	for (size_t i = 0; i < head->loads_count; i++) {
		const struct qn_elf_load *load = &head->loads[i];
		uint64_t start = load->offset & ~PAGE_MASK; /* whole pages are mapped */

		if (offset >= start && offset - start < load->size + (load->offset - start)) {
			*ret = (load->address & ~PAGE_MASK) + (offset - start);
			return true;
		}
	}
	return false;
}

bool qn_binary_address_in_text(const struct qn_binary *binary, uint64_t into, uint64_t size, uint64_t *ret)
{
	const struct qn_elf_head *head = &binary->file->head;
	bool has = false;

	for (size_t i = 0; i < head->loads_count; i++) {
		const struct qn_elf_load *load = &head->loads[i];
		uint64_t start = load->address & ~PAGE_MASK;
		uint64_t pages = (load->address - start + load->size + PAGE_MASK) & ~PAGE_MASK;

		if (!load->is_executable || into >= pages || (size && size != pages))
			continue;
		if (has) /* two of one size: not to be told apart */
			return false;
		*ret = start + into;
		has = true;
	}
	return has;
}
