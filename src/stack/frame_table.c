#include "stack/frame_table.h"

#include <stdlib.h>

#include "base/banned.h"

static void matcher_deinit(struct qn_name_matcher *matcher)
{
	qn_map_deinit(&matcher->names);
	qn_map_deinit(&matcher->bare_names);
	qn_prefix_tree_deinit(&matcher->prefixes);
	qn_prefix_tree_deinit(&matcher->suffixes);
	qn_prefix_tree_deinit(&matcher->texts);
	qn_prefix_tree_deinit(&matcher->files);
}

void qn_frame_table_init(struct qn_frame_table *table)
{
	*table = (struct qn_frame_table){.go_default = QN_ROLE_LIBRARY, .default_role = QN_ROLE_USER};
}

void qn_frame_table_deinit(struct qn_frame_table *table)
{
	matcher_deinit(&table->role_matcher);
	matcher_deinit(&table->ladder_matcher);
	matcher_deinit(&table->mark_matcher);
	matcher_deinit(&table->wait_matcher);
	qn_prefix_tree_deinit(&table->path_markers);
	free(table->roles);
	free(table->paths);
	free(table->executors);
	free(table->pools);
	free(table->task_functions);
	free(table->task_callbacks);
	free(table->waits);
	qn_arena_deinit(&table->arena);
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The map keeps entry number + 1, so that NULL is "not there". */
static uint32_t find_name(const struct qn_map *map, struct qn_text name)
{
	uintptr_t found = (uintptr_t)qn_map_find(map, name);

	return found ? (uint32_t)(found - 1) : QN_PREFIX_NONE;
}

/* The lowest entry whose marker begins a folder (or the name) of the path. */
static uint32_t find_file(const struct qn_prefix_tree *tree, struct qn_text file)
{
	uint32_t best = QN_PREFIX_NONE;
	size_t at = 0;

	while (at < file.len) {
		size_t slash;

		best = lower(best, qn_prefix_tree_find(tree, qn_text_from(file, at), false));
		slash = qn_text_find_byte(qn_text_from(file, at), '/');
		if (slash == SIZE_MAX)
			break;
		at += slash + 1;
	}
	return best;
}

static uint32_t match(const struct qn_name_matcher *matcher, const struct qn_frame_name *name,
		      struct qn_text file)
{
	uint32_t best = find_name(&matcher->names, name->lookup);

	if (file.len == 0)
		best = lower(best, find_name(&matcher->bare_names, name->lookup));
	best = lower(best, qn_prefix_tree_find(&matcher->prefixes, name->lookup, false));
	best = lower(best, qn_prefix_tree_find(&matcher->suffixes, name->lookup, true));
	best = lower(best, qn_prefix_tree_find(&matcher->texts, name->full, false));
	return file.len ? lower(best, find_file(&matcher->files, file)) : best;
}

enum qn_role qn_frame_table_role(const struct qn_frame_table *table, const struct qn_frame_name *name,
				 struct qn_text file)
{
	uint32_t found;

	if (name->key.len == 0)
		return QN_ROLE_UNKNOWN;
	found = match(&table->role_matcher, name, file);
	if (found != QN_PREFIX_NONE)
		return table->roles[found];
	return name->is_go ? table->go_default : table->default_role;
}

bool qn_frame_table_is_ladder(const struct qn_frame_table *table, const struct qn_frame_name *name)
{
	return name->key.len && match(&table->ladder_matcher, name, (struct qn_text){0}) != QN_PREFIX_NONE;
}

static uint32_t match_key(const struct qn_name_matcher *matcher, struct qn_text key)
{
	const struct qn_frame_name name = {.key = key, .lookup = key, .full = key};

	return key.len ? match(matcher, &name, (struct qn_text){0}) : QN_PREFIX_NONE;
}

bool qn_frame_table_has_mark(const struct qn_frame_table *table, struct qn_text key, enum qn_frame_mark mark)
{
	return match_key(&table->mark_matcher, key) == (uint32_t)mark;
}

size_t qn_frame_table_find_wait(const struct qn_frame_table *table, struct qn_text key)
{
	uint32_t found = match_key(&table->wait_matcher, key);

	return found == QN_PREFIX_NONE ? SIZE_MAX : found;
}

/* ".../ants/v2@v2.7.2/worker.go" -> ".../ants/v2/worker.go" */
static struct qn_text cut_module_versions(struct qn_arena *arena, struct qn_text file)
{
	struct qn_text copy;
	char *data;
	size_t to = 0;
	bool is_version = false;

	if (qn_text_find_byte(file, '@') == SIZE_MAX)
		return file;
	copy = qn_arena_copy(arena, file);
	data = (char *)copy.data;
	for (size_t i = 0; i < copy.len; i++) {
		if (data[i] == '/')
			is_version = false;
		else if (data[i] == '@')
			is_version = true;
		if (!is_version)
			data[to++] = data[i];
	}
	copy.len = to;
	return copy;
}

static struct qn_text skip_folders(struct qn_text file, uint32_t count)
{
	while (count-- > 0) {
		size_t slash = qn_text_find_byte(file, '/');

		if (slash == SIZE_MAX)
			break;
		file = qn_text_from(file, slash + 1);
	}
	return file;
}

/* The marker stands in the path, so that cutting "c++/12/" can leave "c++/": in place for "after", else a
 * copy. */
static struct qn_text cut_at(const struct qn_path_entry *entry, struct qn_arena *arena, struct qn_text file,
			     size_t at)
{
	struct qn_text marker = qn_text_first(qn_text_from(file, at), entry->marker_len);
	struct qn_text left = skip_folders(qn_text_from(file, at + entry->marker_len), entry->skip);

	if (!entry->keeps_marker)
		return left;
	if (entry->skip == 0)
		return qn_text_from(file, at);
	return qn_arena_printf(arena, "%.*s%.*s", QN_ARG(marker), QN_ARG(left));
}

static struct qn_text cut_dots(struct qn_text file)
{
	while (qn_text_starts(file, QN_TEXT("./")) || qn_text_starts(file, QN_TEXT("../")))
		file = qn_text_from(file, file.data[1] == '/' ? 2 : 3);
	return file;
}

static bool is_better_place(const struct qn_frame_table *table, uint32_t found, uint32_t best)
{
	if (found == QN_PREFIX_NONE || best == QN_PREFIX_NONE)
		return found != QN_PREFIX_NONE;
	if (table->paths[found].group != table->paths[best].group)
		return table->paths[found].group < table->paths[best].group;
	return table->paths[found].is_last;
}

struct qn_text qn_frame_table_cut_path(const struct qn_frame_table *table, struct qn_arena *arena,
				       struct qn_text file)
{
	uint32_t best = QN_PREFIX_NONE;
	size_t at = 0, best_at = 0;

	if (qn_text_equal(file, QN_TEXT("(null)")) || qn_text_equal(file, QN_TEXT("??")))
		return (struct qn_text){0};
	file = cut_module_versions(arena, cut_dots(file));
	while (at < file.len) {
		uint32_t found = qn_prefix_tree_find(&table->path_markers, qn_text_from(file, at), false);
		size_t slash = qn_text_find_byte(qn_text_from(file, at), '/');

		if (is_better_place(table, found, best)) {
			best = found;
			best_at = at;
		}
		if (slash == SIZE_MAX)
			break;
		at += slash + 1;
	}
	return best == QN_PREFIX_NONE ? file : cut_at(&table->paths[best], arena, file, best_at);
}
