#include "core/symbols_index.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/banned.h"

struct qn_symbols_index {
	const struct qn_core_options *options;
	struct qn_arena arena;
	struct qn_map builds, names; /* -> the last of a chain's first: struct chain */
	size_t entries, files;
	bool is_made, is_cut;
};

struct chain {
	struct qn_symbols_file *first, *last;
};

struct folder {
	struct qn_text path;
	unsigned depth;
	struct folder *next;
};

struct qn_error *qn_symbols_index_create(const struct qn_core_options *options, struct qn_symbols_index **ret)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return &qn_error_no_memory;
	(*ret)->options = options;
	return NULL;
}

void qn_symbols_index_destroy(struct qn_symbols_index *index)
{
	if (!index)
		return;
	qn_map_deinit(&index->builds);
	qn_map_deinit(&index->names);
	qn_arena_deinit(&index->arena);
	free(index);
}

static struct chain *get_chain(struct qn_symbols_index *index, struct qn_map *map, struct qn_text key)
{
	struct chain *chain = qn_map_find(map, key);
	struct qn_error *error;

	if (chain)
		return chain;
	chain = qn_arena_alloc(&index->arena, sizeof(*chain));
	error = chain ? qn_map_put(map, key, chain) : NULL;
	if (error)
		chain = NULL;
	qn_error_destroy(error);
	return chain;
}

static void add_file(struct qn_symbols_index *index, struct qn_text path, bool is_given)
{
	_cleanup_(qn_elf_file_close_guard) struct qn_elf_file *elf = qn_elf_file_open(path.data);
	struct qn_symbols_file *file = elf ? qn_arena_alloc(&index->arena, sizeof(*file)) : NULL;
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));
	struct chain *chain;

	if (!file)
		return;
	index->files++;
	*file = (struct qn_symbols_file){
		.path = path,
		.name = qn_text_from(path, slash == SIZE_MAX ? 0 : slash + 1),
		.has_code = elf->has_code,
		.has_dwarf = elf->has_dwarf,
		.is_given = is_given,
	};
	chain = get_chain(index, &index->names, file->name);
	if (chain && chain->last)
		chain->last->next_name = file;
	if (chain)
		*chain = (struct chain){chain->first ? chain->first : file, file};
	if (elf->head.build_id_state != QN_BUILD_ID_KNOWN)
		return;
	file->build_id = qn_arena_copy(
		&index->arena, (struct qn_text){(const char *)elf->head.build_id, elf->head.build_id_size});
	chain = get_chain(index, &index->builds, file->build_id);
	if (chain && chain->last)
		chain->last->next_id = file;
	if (chain)
		*chain = (struct chain){chain->first ? chain->first : file, file};
}

/* Links to files are followed (a .build-id tree is full of them), links to folders are not. */
static void add_entry(struct qn_symbols_index *index, const struct folder *folder, const char *name,
		      struct folder **stack)
{
	struct qn_text path = qn_arena_printf(&index->arena, "%s/%s", folder->path.data, name);
	struct stat status;
	struct folder *inner;

	if (!path.len || lstat(path.data, &status) < 0)
		return;
	if (S_ISDIR(status.st_mode)) {
		inner = folder->depth < QN_SYMBOLS_DEPTH_MAX ? qn_arena_alloc(&index->arena, sizeof(*inner))
							     : NULL;
		if (!inner) {
			index->is_cut = true;
			return;
		}
		*inner = (struct folder){path, folder->depth + 1, *stack};
		*stack = inner;
	} else if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) {
		if (index->files < QN_SYMBOLS_FILES_MAX)
			add_file(index, path, false);
		else
			index->is_cut = true;
	}
}

/* In the order of names, so that the result does not depend on the file system. */
static void walk_folder(struct qn_symbols_index *index, const char *path)
{
	struct folder top = {qn_text_of(path), 0, NULL}, *stack = &top;

	while (stack) {
		struct folder *folder = stack;
		struct dirent **entries;
		int count = scandir(folder->path.data, &entries, NULL, alphasort);

		stack = folder->next;
		if (count < 0)
			continue;
		for (int i = 0; i < count; i++) {
			const char *name = entries[i]->d_name;

			if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
				;
			else if (index->entries++ < QN_SYMBOLS_ENTRIES_MAX)
				add_entry(index, folder, name, &stack);
			else
				index->is_cut = true;
			free(entries[i]);
		}
		free(entries);
	}
}

static void make(struct qn_symbols_index *index)
{
	if (index->is_made)
		return;
	index->is_made = true;
	for (size_t i = 0; i < index->options->symbols_count; i++) {
		const char *path = index->options->symbols[i];
		struct stat status;

		if (stat(path, &status) < 0)
			continue;
		if (S_ISDIR(status.st_mode))
			walk_folder(index, path);
		else
			add_file(index, qn_arena_copy(&index->arena, qn_text_of(path)), true);
	}
}

const struct qn_symbols_file *qn_symbols_index_build(struct qn_symbols_index *index, struct qn_text build_id)
{
	const struct chain *chain;

	make(index);
	chain = build_id.len ? qn_map_find(&index->builds, build_id) : NULL;
	return chain ? chain->first : NULL;
}

const struct qn_symbols_file *qn_symbols_index_name(struct qn_symbols_index *index, struct qn_text name)
{
	const struct chain *chain;

	make(index);
	chain = name.len ? qn_map_find(&index->names, name) : NULL;
	return chain ? chain->first : NULL;
}

bool qn_symbols_index_is_cut(const struct qn_symbols_index *index)
{
	return index->is_cut;
}
