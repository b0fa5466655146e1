#include "rule/rule.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/limits.h"
#include "rule/pattern.h"
#include "rule/rule_set.h"
#include "base/banned.h"

/* Paths of rule files, and of folders still to be looked into. */
struct walk {
	struct qn_arena arena;
	struct qn_text *files;
	size_t files_count, files_capacity;
	struct qn_map seen; /* device and inode of each file */
	struct folder {
		struct qn_text path;
		unsigned depth;
	} * folders;
	size_t folders_count, folders_capacity;
};

static void walk_deinit(struct walk *walk)
{
	free(walk->files);
	free(walk->folders);
	qn_map_deinit(&walk->seen);
	qn_arena_deinit(&walk->arena);
}

static bool is_rule_file(struct qn_text name)
{
	return qn_text_ends(name, QN_TEXT(".yaml")) || qn_text_ends(name, QN_TEXT(".yml"));
}

/* A file that was named twice, or inside a folder that was named as well, is read once. */
static struct qn_error *add_file(struct walk *walk, struct qn_text path, const struct stat *status)
{
	struct qn_text key = qn_arena_printf(&walk->arena, "%ju %ju", (uintmax_t)status->st_dev,
					     (uintmax_t)status->st_ino);

	QN_TRY(qn_arena_check(&walk->arena));
	if (qn_map_find(&walk->seen, key))
		return NULL;
	QN_TRY(qn_map_put(&walk->seen, key, walk));
	if (walk->files_count >= QN_RULES_MAX)
		return qn_error_create(QN_ERROR_LIMIT, "%.*s: more than %u rule files", QN_ARG(path),
				       QN_RULES_MAX);
	QN_TRY(qn_array_reserve(&walk->files, &walk->files_capacity, walk->files_count + 1,
				sizeof(*walk->files)));
	walk->files[walk->files_count++] = path;
	return NULL;
}

static struct qn_error *add_folder(struct walk *walk, struct qn_text path, unsigned depth)
{
	if (depth > QN_WALK_DEPTH_MAX)
		return qn_error_create(QN_ERROR_LIMIT, "%.*s: folders nested more than %u deep", QN_ARG(path),
				       QN_WALK_DEPTH_MAX);
	QN_TRY(qn_array_reserve(&walk->folders, &walk->folders_capacity, walk->folders_count + 1,
				sizeof(*walk->folders)));
	walk->folders[walk->folders_count++] = (struct folder){path, depth};
	return NULL;
}

static struct qn_error *add_entry(struct walk *walk, const struct folder *folder, const char *name,
				  bool *ret_is_empty)
{
	struct qn_text path;
	struct stat status;

	if (name[0] == '.' || strcmp(name, "tests") == 0)
		return NULL;
	path = qn_arena_printf(&walk->arena, "%.*s/%s", QN_ARG(folder->path), name);
	QN_TRY(qn_arena_check(&walk->arena));
	if (stat(path.data, &status) < 0)
		return qn_error_system(errno, "%s", path.data);
	if (S_ISDIR(status.st_mode))
		return add_folder(walk, path, folder->depth + 1);
	if (!is_rule_file(path))
		return NULL;
	*ret_is_empty = false;
	return add_file(walk, path, &status);
}

static void closedir_guard(DIR **p)
{
	if (*p)
		closedir(*p);
}

static struct qn_error *look_into(struct walk *walk, struct folder folder, bool *ret_is_empty)
{
	_cleanup_(closedir_guard) DIR *entries = opendir(folder.path.data);
	struct dirent *entry;

	if (!entries)
		return qn_error_system(errno, "%.*s", QN_ARG(folder.path));
	while ((errno = 0, entry = readdir(entries)))
		QN_TRY(add_entry(walk, &folder, entry->d_name, ret_is_empty));
	return errno ? qn_error_system(errno, "%.*s", QN_ARG(folder.path)) : NULL;
}

static int compare_paths(const void *a, const void *b)
{
	return qn_text_compare(*(const struct qn_text *)a, *(const struct qn_text *)b);
}

/* A file that is named is read whatever it is called. */
static struct qn_error *collect_files(struct walk *walk, const char *path)
{
	struct qn_text copy = qn_arena_copy(&walk->arena, qn_text_of(path));
	size_t before = walk->files_count;
	bool is_empty = true;
	struct stat status;

	QN_TRY(qn_arena_check(&walk->arena));
	if (stat(path, &status) < 0)
		return qn_error_create(QN_ERROR_SYSTEM, "%s: %s; name a rule file, or a folder of them", path,
				       strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return add_file(walk, copy, &status);
	while (copy.len > 1 && copy.data[copy.len - 1] == '/')
		copy.len--;
	copy = qn_arena_copy(&walk->arena, copy);
	QN_TRY(qn_arena_check(&walk->arena));
	QN_TRY(add_folder(walk, copy, 0));
	while (walk->folders_count)
		QN_TRY(look_into(walk, walk->folders[--walk->folders_count], &is_empty));
	if (is_empty)
		return qn_error_create(QN_ERROR_RULE,
				       "%s: no rule files (*.yaml, *.yml) in this folder; name another one",
				       path);
	if (walk->files_count > before)
		qsort(walk->files + before, walk->files_count - before, sizeof(*walk->files), compare_paths);
	return NULL;
}

/* With QN_RULES_KEEP_GOING a bad file is an issue. What is not the file's fault is an error all the same. */
static struct qn_error *read_file(struct qn_rule_set *set, const char *path, unsigned flags,
				  struct qn_issues *issues)
{
	_cleanup_error_ struct qn_error *error = qn_rule_file_read(set, path, flags, issues);

	if (!error || !(flags & QN_RULES_KEEP_GOING) || error->code == QN_ERROR_NO_MEMORY)
		return qn_take(error);
	if (issues)
		qn_issues_note(issues, qn_text_of(path), "%s; this rule file is left out", error->message);
	return NULL;
}

static int compare_rules(const void *a, const void *b)
{
	return qn_text_compare(((const struct qn_rule *)a)->id, ((const struct qn_rule *)b)->id);
}

static size_t literals_of(const struct qn_term *term, const struct qn_text **ret)
{
	*ret = term->literal.len ? &term->literal : term->branches;
	return term->literal.len ? 1 : term->branches_count;
}

/* Of all terms of a rule. A rule that has none makes every line a candidate. */
static size_t count_literals(const struct qn_rule *rule)
{
	const struct qn_text *literals;
	size_t count = 0;

	for (size_t i = 0; i < rule->terms_count; i++)
		count += literals_of(&rule->terms[i], &literals);
	return count;
}

static struct qn_error *number_literal(struct qn_rule_set *set, struct qn_map *numbers,
				       struct qn_text literal, uint32_t *ret)
{
	uintptr_t number = (uintptr_t)qn_map_find(numbers, literal);

	if (!number) {
		set->literals[set->literals_count++] = literal;
		number = set->literals_count;
		QN_TRY(qn_map_put(numbers, literal, (void *)number));
	}
	*ret = (uint32_t)(number - 1);
	return NULL;
}

static struct qn_error *number_terms(struct qn_rule_set *set, size_t rule, struct qn_map *numbers)
{
	for (size_t i = 0; i < set->rules[rule].terms_count; i++) {
		struct qn_term_literals *ret = &set->term_literals[rule][i];
		const struct qn_text *literals;

		ret->count = literals_of(&set->rules[rule].terms[i], &literals);
		ret->numbers = qn_arena_alloc(&set->arena, ret->count * sizeof(*ret->numbers) + 1);
		QN_TRY(qn_arena_check(&set->arena));
		for (size_t k = 0; k < ret->count; k++)
			QN_TRY(number_literal(set, numbers, literals[k], &ret->numbers[k]));
	}
	return NULL;
}

static struct qn_error *number_literals(struct qn_rule_set *set)
{
	_cleanup_(qn_map_deinit) struct qn_map numbers = {0};
	size_t literals_count = 0;

	for (size_t i = 0; i < set->count; i++)
		literals_count += count_literals(&set->rules[i]);
	set->term_literals = qn_arena_alloc(&set->arena, set->count * sizeof(*set->term_literals) + 1);
	set->literals = qn_arena_alloc(&set->arena, literals_count * sizeof(*set->literals) + 1);
	QN_TRY(qn_arena_check(&set->arena));
	for (size_t i = 0; i < set->count; i++) {
		const struct qn_rule *rule = &set->rules[i];

		set->term_literals[i] =
			qn_arena_alloc(&set->arena, rule->terms_count * sizeof(**set->term_literals) + 1);
		QN_TRY(qn_arena_check(&set->arena));
		QN_TRY(number_terms(set, i, &numbers));
		set->has_always |= rule->terms_count && !count_literals(rule);
	}
	return NULL;
}

struct qn_error *qn_rule_set_load(const char *const *paths, size_t count, unsigned flags,
				  struct qn_issues *issues, struct qn_rule_set **ret)
{
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *set = calloc(1, sizeof(*set));
	_cleanup_(walk_deinit) struct walk walk = {0};

	if (!set)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++)
		QN_TRY(collect_files(&walk, paths[i]));
	for (size_t i = 0; i < walk.files_count; i++)
		QN_TRY(read_file(set, walk.files[i].data, flags, issues));
	if (set->count)
		qsort(set->rules, set->count, sizeof(*set->rules), compare_rules);
	QN_TRY(number_literals(set));
	*ret = qn_take(set);
	return NULL;
}

void qn_rule_set_destroy(struct qn_rule_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->patterns_count; i++)
		qn_pattern_destroy(set->patterns[i]);
	free(set->patterns);
	free(set->rules);
	free(set->tables);
	qn_arena_deinit(&set->arena);
	free(set);
}

size_t qn_rule_set_tables(const struct qn_rule_set *set, const char *const **ret)
{
	*ret = set->tables;
	return set->tables_count;
}

size_t qn_rule_set_count(const struct qn_rule_set *set)
{
	return set->count;
}

const struct qn_rule *qn_rule_set_get(const struct qn_rule_set *set, size_t index)
{
	return &set->rules[index];
}

const struct qn_rule *qn_rule_set_find(const struct qn_rule_set *set, struct qn_text id)
{
	const struct qn_rule key = {.id = id};

	return set->count ? bsearch(&key, set->rules, set->count, sizeof(*set->rules), compare_rules) : NULL;
}
