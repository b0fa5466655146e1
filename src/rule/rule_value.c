#include "rule/rule_value.h"

#include "base/cursor.h"
#include "rule/pattern.h"
#include "base/banned.h"

#define KEY_BYTES_MAX 40U /* longer ones are not compared for a suggestion */

/* Levenshtein; both at most KEY_BYTES_MAX bytes. */
static unsigned edit_distance(struct qn_text a, struct qn_text b)
{
	unsigned row[KEY_BYTES_MAX + 1];

	for (unsigned k = 0; k <= b.len; k++)
		row[k] = k;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned k = 1; k <= b.len; k++) {
			unsigned best = diagonal + (a.data[i - 1] != b.data[k - 1]);

			diagonal = row[k];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[b.len];
}

/* NULL when none is near: about a third of the letters may differ, so that two swapped ones do. */
static const char *nearest_key(struct qn_text key, const struct qn_rule_key *keys, size_t count)
{
	unsigned best_distance = (unsigned)(key.len >= 5 ? (key.len + 1) / 3 : 1) + 1;
	const char *best = NULL;

	if (key.len > KEY_BYTES_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		unsigned distance = edit_distance(key, qn_text_of(keys[i].name));

		if (keys[i].kind == QN_RULE_KEY_READ && distance < best_distance) {
			best_distance = distance;
			best = keys[i].name;
		}
	}
	return best;
}

static struct qn_error *unknown_key(struct qn_rule_reader *reader, const struct qn_yaml *key,
				    const char *where, const struct qn_rule_key *keys, size_t count)
{
	const char *nearest = nearest_key(key->text, keys, count);
	_cleanup_(qn_error_guard) struct qn_error *error =
		qn_yaml_error(reader->file, key, "unknown key '%.*s' in %s; %s%s%s", QN_ARG(key->text), where,
			      nearest ? "did you mean '" : "it has no effect, take it out",
			      nearest ? nearest : "", nearest ? "'?" : "");

	if (reader->flags & QN_RULES_STRICT)
		return qn_take(error);
	if (reader->issues)
		qn_issues_add(reader->issues, &(struct qn_issue){.source = qn_text_of(reader->file->path),
								 .line = key->line,
								 .text = qn_text_of(error->message)});
	return NULL;
}

struct qn_error *qn_rule_check_keys(struct qn_rule_reader *reader, const struct qn_yaml *map,
				    const char *where, const struct qn_rule_key *keys, size_t count)
{
	if (map->kind != QN_YAML_MAP)
		return qn_yaml_error(reader->file, map, "%s must be a map; write 'key: value' lines below it",
				     where);
	for (size_t i = 0; i < map->count; i++) {
		const struct qn_rule_key *known = NULL;

		for (size_t k = 0; k < count && !known; k++)
			if (qn_text_equal(map->keys[i]->text, qn_text_of(keys[k].name)))
				known = &keys[k];
		if (!known)
			QN_TRY(unknown_key(reader, map->keys[i], where, keys, count));
		else if (known->kind == QN_RULE_KEY_UNSUPPORTED)
			return qn_yaml_error(reader->file, map->keys[i],
					     "'%s' in %s is not supported yet; rules of a single event are: "
					     "rule.set.match with value or regex terms",
					     known->name, where);
	}
	return NULL;
}

static struct qn_error *copy_scalar(struct qn_rule_reader *reader, const struct qn_yaml *node,
				    const char *key, struct qn_text *ret)
{
	if (node->kind != QN_YAML_SCALAR)
		return qn_yaml_error(reader->file, node,
				     "'%s' must be a text; write it on one line or as a block (|)", key);
	*ret = qn_arena_copy(&reader->set->arena, node->text);
	return qn_arena_check(&reader->set->arena);
}

struct qn_error *qn_rule_read_text(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				   struct qn_text *ret)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);

	if (!node)
		return NULL;
	QN_TRY(copy_scalar(reader, node, key, ret));
	*ret = qn_text_trim_right(*ret);
	return NULL;
}

/* The items of a list, or a scalar as its own only item. */
static struct qn_error *items_of(struct qn_rule_reader *reader, const struct qn_yaml **node, const char *key,
				 struct qn_yaml *const **ret, size_t *ret_count)
{
	if ((*node)->kind == QN_YAML_MAP)
		return qn_yaml_error(reader->file, *node, "'%s' must be a text or a list of texts, not a map",
				     key);
	*ret = (*node)->kind == QN_YAML_LIST ? (*node)->items : (struct qn_yaml *const *)node;
	*ret_count = (*node)->kind == QN_YAML_LIST ? (*node)->count : 1;
	if (!*ret_count)
		return qn_yaml_error(reader->file, *node, "'%s' is an empty list; take it out or fill it",
				     key);
	return NULL;
}

struct qn_error *qn_rule_read_texts(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				    struct qn_text **ret, size_t *ret_count)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);
	struct qn_yaml *const *items;
	size_t count;

	if (!node)
		return NULL;
	QN_TRY(items_of(reader, &node, key, &items, &count));
	*ret = qn_arena_alloc(&reader->set->arena, count * sizeof(**ret));
	QN_TRY(qn_arena_check(&reader->set->arena));
	for (size_t i = 0; i < count; i++) {
		QN_TRY(copy_scalar(reader, items[i], key, &(*ret)[i]));
		if (!(*ret)[i].len)
			return qn_yaml_error(reader->file, items[i],
					     "'%s' holds an empty text; take it out or fill it", key);
	}
	*ret_count = count;
	return NULL;
}

struct qn_error *qn_rule_compile(struct qn_rule_reader *reader, const struct qn_yaml *node,
				 struct qn_pattern **ret)
{
	_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;
	_cleanup_error_ struct qn_error *error = NULL;
	struct qn_rule_set *set = reader->set;

	if (node->kind != QN_YAML_SCALAR)
		return qn_yaml_error(reader->file, node, "a regex must be a text; write it in single quotes");
	if (!node->text.len)
		return qn_yaml_error(reader->file, node,
				     "an empty regex matches everything; write what it should match");
	error = qn_pattern_compile(node->text, &pattern);
	if (error && error->code != QN_ERROR_RULE)
		return qn_take(error);
	if (error)
		return qn_yaml_error(reader->file, node, "bad regex at %s", error->message);
	QN_TRY(qn_array_reserve(&set->patterns, &set->patterns_capacity, set->patterns_count + 1,
				sizeof(*set->patterns)));
	*ret = set->patterns[set->patterns_count++] = qn_take(pattern);
	return NULL;
}

struct qn_error *qn_rule_read_pattern(struct qn_rule_reader *reader, const struct qn_yaml *map,
				      const char *key, struct qn_pattern **ret)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);

	return node ? qn_rule_compile(reader, node, ret) : NULL;
}

struct qn_error *qn_rule_read_patterns(struct qn_rule_reader *reader, const struct qn_yaml *map,
				       const char *key, struct qn_pattern ***ret, size_t *ret_count)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);
	struct qn_yaml *const *items;
	size_t count;

	if (!node)
		return NULL;
	QN_TRY(items_of(reader, &node, key, &items, &count));
	*ret = qn_arena_alloc(&reader->set->arena, count * sizeof(**ret));
	QN_TRY(qn_arena_check(&reader->set->arena));
	for (size_t i = 0; i < count; i++)
		QN_TRY(qn_rule_compile(reader, items[i], &(*ret)[i]));
	*ret_count = count;
	return NULL;
}

struct qn_error *qn_rule_read_bool(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				   bool *ret)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);

	if (!node)
		return NULL;
	if (node->kind == QN_YAML_SCALAR && qn_text_equal(node->text, QN_TEXT("true")))
		*ret = true;
	else if (node->kind == QN_YAML_SCALAR && qn_text_equal(node->text, QN_TEXT("false")))
		*ret = false;
	else
		return qn_yaml_error(reader->file, node, "'%s' is %.*s; write true or false", key,
				     QN_ARG(qn_text_first(node->text, 60)));
	return NULL;
}

/* 1h30m, 90s, 500ms: whole numbers with units, the sum of them. */
static bool parse_duration(struct qn_text text, int64_t *ret_nsec)
{
	static const struct {
		struct qn_text unit;
		int64_t nsec;
	} units[] = {
		{{"ms", 2}, 1000000},
		{{"us", 2}, 1000},
		{{"ns", 2}, 1},
		{{"h", 1}, 3600 * 1000000000LL},
		{{"m", 1}, 60 * 1000000000LL},
		{{"s", 1}, 1000000000},
	};
	struct qn_cursor cursor = qn_cursor_of(text);

	*ret_nsec = 0;
	while (!qn_cursor_at_end(&cursor)) {
		size_t digits = 0, i = 0;
		uint64_t value;
		int64_t part;

		while (digits < cursor.rest.len && cursor.rest.data[digits] >= '0' &&
		       cursor.rest.data[digits] <= '9')
			digits++;
		if (!qn_text_to_u64(qn_text_first(cursor.rest, digits), &value))
			return false;
		cursor.rest = qn_text_from(cursor.rest, digits);
		while (i < sizeof(units) / sizeof(units[0]) && !qn_cursor_take(&cursor, units[i].unit))
			i++;
		if (i == sizeof(units) / sizeof(units[0]) ||
		    __builtin_mul_overflow(value, units[i].nsec, &part) ||
		    __builtin_add_overflow(*ret_nsec, part, ret_nsec))
			return false;
	}
	return *ret_nsec > 0;
}

struct qn_error *qn_rule_read_duration(struct qn_rule_reader *reader, const struct qn_yaml *map,
				       const char *key, int64_t *ret_nsec)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);

	if (node && (node->kind != QN_YAML_SCALAR || !parse_duration(node->text, ret_nsec)))
		return qn_yaml_error(reader->file, node,
				     "'%s' is %.*s; write a duration like 30s, 90m or 1h30m", key,
				     QN_ARG(qn_text_first(node->text, 60)));
	return NULL;
}
