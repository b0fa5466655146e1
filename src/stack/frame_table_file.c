#include "stack/frame_table.h"

#include "base/yaml.h"

#include "base/banned.h"

/* One file being read into a table. */
struct loader {
	struct qn_frame_table *table;
	const struct qn_yaml_file *file;
};

typedef struct qn_error *(*add_text)(struct loader *loader, struct qn_text text, void *context);

static struct qn_error *wants(const struct loader *loader, const struct qn_yaml *node, enum qn_yaml_kind kind,
			      const char *what)
{
	static const char *const kinds[] = {"a text", "a list", "a map"};

	if (node->kind != kind)
		return qn_yaml_error(loader->file, node, "%s must be %s", what, kinds[kind]);
	return NULL;
}

static struct qn_error *read_text(struct loader *loader, const struct qn_yaml *node, const char *what,
				  struct qn_text *ret)
{
	QN_TRY(wants(loader, node, QN_YAML_SCALAR, what));
	if (node->text.len == 0)
		return qn_yaml_error(loader->file, node, "%s must not be empty", what);
	*ret = qn_arena_copy(&loader->table->arena, node->text);
	return qn_arena_check(&loader->table->arena);
}

static struct qn_error *read_texts(struct loader *loader, const struct qn_yaml *list, const char *what,
				   add_text add, void *context)
{
	QN_TRY(wants(loader, list, QN_YAML_LIST, what));
	for (size_t i = 0; i < list->count; i++) {
		struct qn_text text;

		QN_TRY(read_text(loader, list->items[i], what, &text));
		QN_TRY(add(loader, text, context));
	}
	return NULL;
}

/* Where the texts of a condition go. */
struct condition {
	struct qn_map *map;
	struct qn_prefix_tree *tree;
	bool is_reversed;
	uint32_t value;
};

static struct qn_error *add_condition(struct loader *loader, struct qn_text text, void *context)
{
	struct condition *condition = context;

	(void)loader;
	if (condition->tree)
		return qn_prefix_tree_put(condition->tree, text, condition->is_reversed, condition->value);
	if (qn_map_find(condition->map, text))
		return NULL; /* an entry before this one has it */
	return qn_map_put(condition->map, text, (void *)((uintptr_t)condition->value + 1));
}

/* False in @ret: @key is no condition. */
static struct qn_error *read_condition(struct loader *loader, struct qn_name_matcher *matcher,
				       const struct qn_yaml *key, const struct qn_yaml *list, uint32_t value,
				       bool *ret)
{
	const struct {
		struct qn_text key;
		struct condition condition;
	} conditions[] = {
		{QN_TEXT("name"), {.map = &matcher->names}},
		{QN_TEXT("name_without_file"), {.map = &matcher->bare_names}},
		{QN_TEXT("name_prefix"), {.tree = &matcher->prefixes}},
		{QN_TEXT("name_suffix"), {.tree = &matcher->suffixes, .is_reversed = true}},
		{QN_TEXT("text_prefix"), {.tree = &matcher->texts}},
		{QN_TEXT("file"), {.tree = &matcher->files}},
	};

	*ret = false;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		struct condition condition = conditions[i].condition;

		if (!qn_text_equal(key->text, conditions[i].key))
			continue;
		*ret = true;
		condition.value = value;
		return read_texts(loader, list, key->text.data, add_condition, &condition);
	}
	return NULL;
}

static struct qn_error *read_role_name(struct loader *loader, const struct qn_yaml *node, enum qn_role *ret)
{
	struct qn_text text;

	QN_TRY(read_text(loader, node, "role", &text));
	for (int role = QN_ROLE_UNKNOWN; role <= QN_ROLE_THREAD_ENTRY; role++)
		if (qn_text_equal(text, qn_text_of(qn_role_name((enum qn_role)role)))) {
			*ret = (enum qn_role)role;
			return NULL;
		}
	return qn_yaml_error(loader->file, node,
			     "role is \"%.*s\"; it must be fault, assert, user, library, executor, runtime, "
			     "thread-entry or unknown",
			     QN_ARG(text));
}

/* - role: fault
 *   name: [abort, raise]
 *   name_prefix: ["runtime.panic"] */
static struct qn_error *read_role(struct loader *loader, const struct qn_yaml *entry)
{
	struct qn_frame_table *table = loader->table;
	const struct qn_yaml *role;
	uint32_t value = (uint32_t)table->roles_count;

	QN_TRY(wants(loader, entry, QN_YAML_MAP, "an entry of roles"));
	role = qn_yaml_get(entry, "role");
	if (!role)
		return qn_yaml_error(loader->file, entry, "the entry has no role");
	if (entry->count < 2)
		return qn_yaml_error(loader->file, entry, "the entry has no condition");
	QN_TRY(qn_array_reserve(&table->roles, &table->roles_capacity, table->roles_count + 1,
				sizeof(*table->roles)));
	QN_TRY(read_role_name(loader, role, &table->roles[value]));
	table->roles_count++;
	for (size_t i = 0; i < entry->count; i++) {
		bool is_condition;

		if (qn_text_equal(entry->keys[i]->text, QN_TEXT("role")))
			continue;
		QN_TRY(read_condition(loader, &table->role_matcher, entry->keys[i], entry->items[i], value,
				      &is_condition));
		if (!is_condition)
			return qn_yaml_error(loader->file, entry->keys[i], "unknown key \"%.*s\"",
					     QN_ARG(entry->keys[i]->text));
	}
	return NULL;
}

/* Conditions, all of which answer @value. */
static struct qn_error *read_conditions(struct loader *loader, struct qn_name_matcher *matcher,
					const struct qn_yaml *map, const char *what, uint32_t value)
{
	QN_TRY(wants(loader, map, QN_YAML_MAP, what));
	for (size_t i = 0; i < map->count; i++) {
		bool is_condition;

		QN_TRY(read_condition(loader, matcher, map->keys[i], map->items[i], value, &is_condition));
		if (!is_condition)
			return qn_yaml_error(loader->file, map->keys[i], "unknown key \"%.*s\"",
					     QN_ARG(map->keys[i]->text));
	}
	return NULL;
}

static struct qn_error *read_ladders(struct loader *loader, const struct qn_yaml *map)
{
	return read_conditions(loader, &loader->table->ladder_matcher, map, "ladders", 0);
}

static struct qn_error *add_marker(struct loader *loader, struct qn_text text, void *context)
{
	struct qn_frame_table *table = loader->table;
	struct qn_path_entry *entry = context;

	entry->marker_len = text.len;
	QN_TRY(qn_array_reserve(&table->paths, &table->paths_capacity, table->paths_count + 1,
				sizeof(*table->paths)));
	table->paths[table->paths_count] = *entry;
	return qn_prefix_tree_put(&table->path_markers, text, false, (uint32_t)table->paths_count++);
}

static struct qn_error *read_path_option(struct loader *loader, const struct qn_yaml *key,
					 const struct qn_yaml *item, struct qn_path_entry *entry)
{
	struct qn_text text;
	uint64_t number;

	QN_TRY(read_text(loader, item, key->text.data, &text));
	if (qn_text_equal(key->text, QN_TEXT("last"))) {
		entry->is_last = qn_text_equal(text, QN_TEXT("true"));
		if (!entry->is_last && !qn_text_equal(text, QN_TEXT("false")))
			return qn_yaml_error(loader->file, item, "last must be true or false");
		return NULL;
	}
	if (!qn_text_equal(key->text, QN_TEXT("skip")))
		return qn_yaml_error(loader->file, key, "unknown key \"%.*s\"", QN_ARG(key->text));
	if (!qn_text_to_u64(text, &number) || number > 16)
		return qn_yaml_error(loader->file, item, "skip must be a number from 0 to 16");
	entry->skip = (uint32_t)number;
	return NULL;
}

/* - after: [workspace/source/]       what is left begins behind the marker
 * - {from: ["c++/"], skip: 1}        ... with the marker, without the folder behind it */
static struct qn_error *read_path(struct loader *loader, const struct qn_yaml *map)
{
	struct qn_path_entry entry = {.group = (uint32_t)loader->table->paths_count};
	const struct qn_yaml *markers;

	QN_TRY(wants(loader, map, QN_YAML_MAP, "an entry of paths"));
	markers = qn_yaml_get(map, "after");
	if (!markers) {
		entry.keeps_marker = true;
		markers = qn_yaml_get(map, "from");
	}
	if (!markers || (qn_yaml_get(map, "after") && qn_yaml_get(map, "from")))
		return qn_yaml_error(loader->file, map, "the entry must have one of after and from");
	for (size_t i = 0; i < map->count; i++)
		if (map->items[i] != markers)
			QN_TRY(read_path_option(loader, map->keys[i], map->items[i], &entry));
	return read_texts(loader, markers, entry.keeps_marker ? "from" : "after", add_marker, &entry);
}

static struct qn_error *add_executor(struct loader *loader, struct qn_text text, void *context)
{
	struct qn_frame_table *table = loader->table;

	QN_TRY(qn_array_reserve(&table->executors, &table->executors_capacity, table->executors_count + 1,
				sizeof(*table->executors)));
	table->executors[table->executors_count++] =
		(struct qn_executor_entry){.name = text, .kind = *(struct qn_text *)context};
	return NULL;
}

/* A map that has just these two keys. */
static struct qn_error *read_pair(struct loader *loader, const struct qn_yaml *map, const char *first,
				  const char *second, const struct qn_yaml **ret_first,
				  const struct qn_yaml **ret_second)
{
	QN_TRY(wants(loader, map, QN_YAML_MAP, "the entry"));
	*ret_first = qn_yaml_get(map, first);
	*ret_second = qn_yaml_get(map, second);
	if (!*ret_first || !*ret_second || map->count != 2)
		return qn_yaml_error(loader->file, map, "the entry must have %s and %s", first, second);
	return NULL;
}

/* - {kind: CPUThreadPoolExecutor, name: ["folly::CPUThreadPoolExecutor::threadRun"]} */
static struct qn_error *read_executor(struct loader *loader, const struct qn_yaml *map)
{
	const struct qn_yaml *kind, *names;
	struct qn_text text;

	QN_TRY(read_pair(loader, map, "kind", "name", &kind, &names));
	QN_TRY(read_text(loader, kind, "kind", &text));
	return read_texts(loader, names, "name", add_executor, &text);
}

/* - {thread: MILVUS_FUTURE_C, pool: MILVUS_FUTURE_CPU_} */
static struct qn_error *read_pool(struct loader *loader, const struct qn_yaml *map)
{
	struct qn_frame_table *table = loader->table;
	const struct qn_yaml *thread, *pool;
	struct qn_pool_entry entry;

	QN_TRY(read_pair(loader, map, "thread", "pool", &thread, &pool));
	QN_TRY(read_text(loader, thread, "thread", &entry.thread));
	QN_TRY(read_text(loader, pool, "pool", &entry.pool));
	QN_TRY(qn_array_reserve(&table->pools, &table->pools_capacity, table->pools_count + 1,
				sizeof(*table->pools)));
	table->pools[table->pools_count++] = entry;
	return NULL;
}

static struct qn_error *add_task_function(struct loader *loader, struct qn_text text, void *context)
{
	struct qn_frame_table *table = loader->table;

	(void)context;
	QN_TRY(qn_array_reserve(&table->task_functions, &table->task_functions_capacity,
				table->task_functions_count + 1, sizeof(*table->task_functions)));
	table->task_functions[table->task_functions_count++] = text;
	return NULL;
}

static struct qn_error *read_task_functions(struct loader *loader, const struct qn_yaml *list)
{
	return read_texts(loader, list, "task_functions", add_task_function, NULL);
}

static struct qn_error *add_task_callback(struct loader *loader, struct qn_text text, void *context)
{
	struct qn_frame_table *table = loader->table;

	(void)context;
	QN_TRY(qn_array_reserve(&table->task_callbacks, &table->task_callbacks_capacity,
				table->task_callbacks_count + 1, sizeof(*table->task_callbacks)));
	table->task_callbacks[table->task_callbacks_count++] = text;
	return NULL;
}

static struct qn_error *read_task_callbacks(struct loader *loader, const struct qn_yaml *list)
{
	return read_texts(loader, list, "task_callbacks", add_task_callback, NULL);
}

/* workers:
 *   task: {name: ["folly::ThreadPoolExecutor::runTask"]}
 *   idle: {name_prefix: ["folly::ThrottledLifoSem::try_wait"]} */
static struct qn_error *read_workers(struct loader *loader, const struct qn_yaml *map)
{
	static const struct {
		struct qn_text key;
		enum qn_frame_mark mark;
	} marks[] = {{QN_TEXT("task"), QN_MARK_TASK}, {QN_TEXT("idle"), QN_MARK_IDLE}};

	QN_TRY(wants(loader, map, QN_YAML_MAP, "workers"));
	for (size_t i = 0; i < map->count; i++) {
		size_t j = 0;

		while (j < sizeof(marks) / sizeof(*marks) && !qn_text_equal(map->keys[i]->text, marks[j].key))
			j++;
		if (j == sizeof(marks) / sizeof(*marks))
			return qn_yaml_error(loader->file, map->keys[i],
					     "unknown key \"%.*s\"; workers has task and idle",
					     QN_ARG(map->keys[i]->text));
		QN_TRY(read_conditions(loader, &loader->table->mark_matcher, map->items[i], marks[j].key.data,
				       marks[j].mark));
	}
	return NULL;
}

static struct qn_error *read_wait_kind(struct loader *loader, const struct qn_yaml *item,
				       enum qn_wait_kind *ret)
{
	static const char *const names[QN_WAIT_KINDS] = {
		[QN_WAIT_NONE] = "none",     [QN_WAIT_EVENTS] = "events",   [QN_WAIT_CONDITION] = "condition",
		[QN_WAIT_FUTURE] = "future", [QN_WAIT_PROMISE] = "promise", [QN_WAIT_POOL] = "pool",
		[QN_WAIT_THREAD] = "thread", [QN_WAIT_LOCK] = "lock",
	};

	for (unsigned i = 0; i < QN_WAIT_KINDS; i++)
		if (qn_text_equal(item->text, qn_text_of(names[i]))) {
			*ret = (enum qn_wait_kind)i;
			return NULL;
		}
	return qn_yaml_error(
		loader->file, item,
		"kind must be one of none, events, condition, future, promise, pool, thread, lock");
}

static struct qn_error *read_wait_key(struct loader *loader, const struct qn_yaml *key,
				      const struct qn_yaml *item, uint32_t number)
{
	struct qn_frame_table *table = loader->table;
	bool is_condition;

	if (qn_text_equal(key->text, QN_TEXT("what")))
		return read_text(loader, item, "what", &table->waits[number].what);
	if (qn_text_equal(key->text, QN_TEXT("kind")))
		return read_wait_kind(loader, item, &table->waits[number].kind);
	if (qn_text_equal(key->text, QN_TEXT("blocked"))) {
		table->waits[number].is_blocked = qn_text_equal(item->text, QN_TEXT("true"));
		if (!table->waits[number].is_blocked && !qn_text_equal(item->text, QN_TEXT("false")))
			return qn_yaml_error(loader->file, item, "blocked must be true or false");
		return NULL;
	}
	QN_TRY(read_condition(loader, &table->wait_matcher, key, item, number, &is_condition));
	if (!is_condition)
		return qn_yaml_error(loader->file, key, "unknown key \"%.*s\"", QN_ARG(key->text));
	return NULL;
}

/* - {what: "waiting in poll", kind: events, name: [poll, __poll]} */
static struct qn_error *read_wait(struct loader *loader, const struct qn_yaml *map)
{
	struct qn_frame_table *table = loader->table;
	uint32_t number = (uint32_t)table->waits_count;

	QN_TRY(wants(loader, map, QN_YAML_MAP, "an entry of waits"));
	if (!qn_yaml_get(map, "what"))
		return qn_yaml_error(loader->file, map, "the entry must say what the thread is at");
	if (map->count < 2U + (qn_yaml_get(map, "blocked") ? 1U : 0U) + (qn_yaml_get(map, "kind") ? 1U : 0U))
		return qn_yaml_error(loader->file, map, "the entry has no condition");
	QN_TRY(qn_array_reserve(&table->waits, &table->waits_capacity, table->waits_count + 1,
				sizeof(*table->waits)));
	table->waits[table->waits_count++] = (struct qn_wait_entry){.kind = QN_WAIT_EVENTS};
	for (size_t i = 0; i < map->count; i++)
		QN_TRY(read_wait_key(loader, map->keys[i], map->items[i], number));
	return NULL;
}

/* {go: library, other: user} */
static struct qn_error *read_defaults(struct loader *loader, const struct qn_yaml *map)
{
	const struct qn_yaml *go, *other;

	enum qn_role go_role, other_role;

	QN_TRY(read_pair(loader, map, "go", "other", &go, &other));
	QN_TRY(read_role_name(loader, go, &go_role));
	QN_TRY(read_role_name(loader, other, &other_role));
	if (loader->table->has_defaults)
		return NULL;
	loader->table->has_defaults = true;
	loader->table->go_default = go_role;
	loader->table->default_role = other_role;
	return NULL;
}

/* The sections of a file; of a list each item is read by itself. */
static const struct {
	struct qn_text name;
	struct qn_error *(*read)(struct loader *loader, const struct qn_yaml *node);
	bool is_list;
} sections[] = {
	{QN_TEXT("roles"), read_role, true},
	{QN_TEXT("ladders"), read_ladders, false},
	{QN_TEXT("paths"), read_path, true},
	{QN_TEXT("executors"), read_executor, true},
	{QN_TEXT("pools"), read_pool, true},
	{QN_TEXT("task_functions"), read_task_functions, false},
	{QN_TEXT("task_callbacks"), read_task_callbacks, false},
	{QN_TEXT("defaults"), read_defaults, false},
	{QN_TEXT("workers"), read_workers, false},
	{QN_TEXT("waits"), read_wait, true},
};

static struct qn_error *read_section(struct loader *loader, const struct qn_yaml *key,
				     const struct qn_yaml *value)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		if (!qn_text_equal(key->text, sections[i].name))
			continue;
		if (!sections[i].is_list)
			return sections[i].read(loader, value);
		QN_TRY(wants(loader, value, QN_YAML_LIST, sections[i].name.data));
		for (size_t j = 0; j < value->count; j++)
			QN_TRY(sections[i].read(loader, value->items[j]));
		return NULL;
	}
	return qn_yaml_error(loader->file, key, "unknown section \"%.*s\"", QN_ARG(key->text));
}

bool qn_frame_table_is(const struct qn_yaml_file *file)
{
	const struct qn_yaml *document = file->count ? file->documents[0] : NULL;

	if (!document || document->kind != QN_YAML_MAP || qn_yaml_get(document, "rules") ||
	    qn_yaml_get(document, "terms"))
		return false;
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		if (qn_yaml_get(document, sections[i].name.data))
			return true;
	return false;
}

struct qn_error *qn_frame_table_load(struct qn_frame_table *table, const char *path)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;
	struct loader loader = {.table = table};

	QN_TRY(qn_yaml_load(path, &file));
	loader.file = file;
	for (size_t i = 0; i < file->count; i++) {
		const struct qn_yaml *document = file->documents[i];

		QN_TRY(wants(&loader, document, QN_YAML_MAP, "a frame table"));
		for (size_t j = 0; j < document->count; j++)
			QN_TRY(read_section(&loader, document->keys[j], document->items[j]));
	}
	return NULL;
}
