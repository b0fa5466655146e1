#include "base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <yaml.h>

#include "base/limits.h"
#include "base/banned.h"

/* One open list or map while events come in. */
struct level {
	struct qn_yaml *node;
	size_t keys_capacity, items_capacity;
	struct qn_yaml *key; /* of a map: read, its value still to come */
};

struct builder {
	struct qn_yaml_file *file;
	struct level levels[QN_YAML_DEPTH_MAX];
	unsigned depth;
	struct qn_yaml *root;
	size_t documents_capacity;
};

void qn_yaml_file_destroy(struct qn_yaml_file *file)
{
	if (!file)
		return;
	free(file->path);
	free(file->documents);
	qn_arena_deinit(&file->arena);
	free(file);
}

static struct qn_error *error_at(const char *path, size_t line, size_t column, const char *what)
{
	return qn_error_create(QN_ERROR_RULE, "%s:%zu:%zu: %s", path, line, column, what);
}

static struct qn_error *event_error(struct builder *builder, const yaml_event_t *event, const char *what)
{
	return error_at(builder->file->path, event->start_mark.line + 1, event->start_mark.column + 1, what);
}

/* Lists grow by doubling inside the arena; what is left behind is at most as large again. */
static bool append(struct qn_arena *arena, struct qn_yaml ***items, size_t *capacity, size_t count,
		   struct qn_yaml *item)
{
	if (count == *capacity) {
		size_t wanted = *capacity ? *capacity * 2 : 4;
		struct qn_yaml **grown = qn_arena_alloc(arena, wanted * sizeof(*grown));

		if (!grown)
			return false;
		if (count)
			memcpy(grown, *items, count * sizeof(*grown));
		*items = grown;
		*capacity = wanted;
	}
	(*items)[count] = item;
	return true;
}

static struct qn_error *place(struct builder *builder, const yaml_event_t *event, struct qn_yaml *node)
{
	struct qn_arena *arena = &builder->file->arena;
	struct level *level;

	if (builder->depth == 0) {
		builder->root = node;
		return NULL;
	}
	level = &builder->levels[builder->depth - 1];
	if (level->node->kind == QN_YAML_LIST) {
		if (!append(arena, &level->node->items, &level->items_capacity, level->node->count, node))
			return &qn_error_no_memory;
		level->node->count++;
		return NULL;
	}
	if (!level->key) {
		if (node->kind != QN_YAML_SCALAR)
			return event_error(builder, event, "a key must be a plain word");
		if (level->node->count == QN_YAML_KEYS_MAX)
			return event_error(builder, event, "too many keys in one map");
		for (size_t i = 0; i < level->node->count; i++)
			if (qn_text_equal(level->node->keys[i]->text, node->text))
				return event_error(builder, event, "this key stands here twice");
		level->key = node;
		return NULL;
	}
	if (!append(arena, &level->node->keys, &level->keys_capacity, level->node->count, level->key) ||
	    !append(arena, &level->node->items, &level->items_capacity, level->node->count, node))
		return &qn_error_no_memory;
	level->node->count++;
	level->key = NULL;
	return NULL;
}

static struct qn_error *add_node(struct builder *builder, const yaml_event_t *event, enum qn_yaml_kind kind)
{
	struct qn_yaml *node = qn_arena_alloc(&builder->file->arena, sizeof(*node));

	if (!node)
		return &qn_error_no_memory;
	node->kind = kind;
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	if (kind == QN_YAML_SCALAR) {
		node->text = qn_arena_copy(
			&builder->file->arena,
			(struct qn_text){(const char *)event->data.scalar.value, event->data.scalar.length});
		node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		if (!node->text.data)
			return &qn_error_no_memory;
		if (memchr(node->text.data, '\0', node->text.len))
			return event_error(builder, event, "a NUL byte in a text");
	}
	QN_TRY(place(builder, event, node));
	if (kind == QN_YAML_SCALAR)
		return NULL;
	if (builder->depth == QN_YAML_DEPTH_MAX)
		return event_error(builder, event, "nested too deeply");
	builder->levels[builder->depth++] = (struct level){.node = node};
	return NULL;
}

static struct qn_error *handle(struct builder *builder, const yaml_event_t *event)
{
	bool has_anchor = (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor) ||
			  (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor) ||
			  (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor);

	if (has_anchor || event->type == YAML_ALIAS_EVENT)
		return event_error(builder, event, "anchors and aliases are not read; write the value out");
	switch (event->type) {
	case YAML_SCALAR_EVENT: return add_node(builder, event, QN_YAML_SCALAR);
	case YAML_SEQUENCE_START_EVENT: return add_node(builder, event, QN_YAML_LIST);
	case YAML_MAPPING_START_EVENT: return add_node(builder, event, QN_YAML_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: builder->depth--; return NULL;
	case YAML_DOCUMENT_START_EVENT: builder->root = NULL; return NULL;
	case YAML_DOCUMENT_END_EVENT:
		QN_TRY(qn_array_reserve(&builder->file->documents, &builder->documents_capacity,
					builder->file->count + 1, sizeof(*builder->file->documents)));
		builder->file->documents[builder->file->count++] = builder->root;
		return NULL;
	default: return NULL;
	}
}

static struct qn_error *run(yaml_parser_t *parser, struct builder *builder)
{
	for (;;) {
		struct qn_error *error;
		yaml_event_t event;
		bool is_end;

		if (!yaml_parser_parse(parser, &event)) {
			if (parser->error == YAML_MEMORY_ERROR)
				return &qn_error_no_memory;
			return error_at(builder->file->path, parser->problem_mark.line + 1,
					parser->problem_mark.column + 1,
					parser->problem ? parser->problem : "not YAML");
		}
		error = handle(builder, &event);
		is_end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (error || is_end)
			return error;
	}
}

struct qn_error *qn_yaml_parse(const char *path, struct qn_text content, struct qn_yaml_file **ret)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = calloc(1, sizeof(*file));
	struct builder builder = {.file = file};
	struct qn_error *error;
	yaml_parser_t parser;

	if (!file || !(file->path = qn_text_copy(qn_text_of(path))))
		return &qn_error_no_memory;
	if (!yaml_parser_initialize(&parser))
		return &qn_error_no_memory;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)(content.data ? content.data : ""),
				     content.len);
	error = run(&parser, &builder);
	yaml_parser_delete(&parser);
	if (error)
		return error;
	*ret = qn_take(file);
	return NULL;
}

struct qn_error *qn_yaml_load(const char *path, struct qn_yaml_file **ret)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer content = {0};
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return qn_error_system(errno, "%s", path);
	do {
		if (!qn_buffer_reserve(&content, 65536))
			return &qn_error_no_memory;
		got = read(fd, content.data + content.len, 65536);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return qn_error_system(errno, "%s", path);
		content.len += (size_t)got;
		if (content.len > QN_RULE_FILE_BYTES_MAX)
			return qn_error_create(QN_ERROR_LIMIT, "%s: larger than %u bytes", path,
					       QN_RULE_FILE_BYTES_MAX);
	} while (got);
	return qn_yaml_parse(path, qn_buffer_text(&content), ret);
}

const struct qn_yaml *qn_yaml_get(const struct qn_yaml *map, const char *key)
{
	if (!map || map->kind != QN_YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		if (qn_text_equal(map->keys[i]->text, qn_text_of(key)))
			return map->items[i];
	return NULL;
}

struct qn_error *qn_yaml_error(const struct qn_yaml_file *file, const struct qn_yaml *node,
			       const char *format, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&what, format, args);
	va_end(args);
	if (length < 0) {
		what = NULL;
		return &qn_error_no_memory;
	}
	return error_at(file->path, node ? node->line : 1, node ? node->column : 1, what);
}
