/* Our own part of a rule:
 *
 *	qntriage:
 *	  component: [querynode]
 *	  stack:
 *	    kind: [crash, abort]
 *	    signal: [SIGSEGV]
 *	    top: 'SkipIndex::'
 *	    frames: ['GetChunk', 'bulk_subscript']
 *	    not: ['SkipIndex']
 *	    task: [AsyncRetrieve, AsyncSearch]
 *	    message: 'move consume position'
 *	  before: {any: [pod-killed, restarted], where: same-pod, within: 2h}
 *	  issue: 40308
 *	  url: https://...
 *	  fixed_in: [v2.5.6, 2.5-20250306-89bc9459-amd64]
 *	  fix: open
 *	  failure: false
 *	  advice: ...
 *	  confidence: M
 */
#include "rule/rule_set.h"

#include <stdlib.h>

#include "record/pods.h"
#include "rule/build_version.h"
#include "rule/rule_value.h"
#include "base/banned.h"

static const struct qn_rule_key qntriage_keys[] = {
	{"component", QN_RULE_KEY_READ},  {"stack", QN_RULE_KEY_READ},   {"before", QN_RULE_KEY_READ},
	{"issue", QN_RULE_KEY_READ},      {"url", QN_RULE_KEY_READ},     {"fixed_in", QN_RULE_KEY_READ},
	{"fix", QN_RULE_KEY_READ},        {"failure", QN_RULE_KEY_READ}, {"advice", QN_RULE_KEY_READ},
	{"confidence", QN_RULE_KEY_READ},
};
static const struct qn_rule_key stack_keys[] = {
	{"kind", QN_RULE_KEY_READ},    {"signal", QN_RULE_KEY_READ},  {"top", QN_RULE_KEY_READ},
	{"frames", QN_RULE_KEY_READ},  {"not", QN_RULE_KEY_READ},     {"task", QN_RULE_KEY_READ},
	{"unnamed", QN_RULE_KEY_READ}, {"message", QN_RULE_KEY_READ},
};
static const struct qn_rule_key before_keys[] = {
	{"any", QN_RULE_KEY_READ},
	{"where", QN_RULE_KEY_READ},
	{"within", QN_RULE_KEY_READ},
};

/* A word of a fixed list and what it stands for. */
struct word {
	const char *name;
	unsigned value;
};

static const struct word before_words[] = {
	{"pod-killed", QN_BEFORE_POD_KILLED},
	{"restarted", QN_BEFORE_RESTARTED},
};
static const struct word where_words[] = {{"same-pod", 0}, {"anywhere", 1}};
static const struct word fix_words[] = {{"unknown", 0}, {"open", 1}};
static const struct word signal_words[] = {
	{"SIGSEGV", 0}, {"SIGBUS", 0}, {"SIGFPE", 0},  {"SIGILL", 0},  {"SIGABRT", 0},
	{"SIGTRAP", 0}, {"SIGSYS", 0}, {"SIGKILL", 0}, {"SIGTERM", 0}, {"SIGQUIT", 0},
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define CHECK_KEYS(reader, map, where, keys) \
	qn_rule_check_keys((reader), (map), (where), (keys), COUNT_OF(keys))

static struct qn_error *unknown_word(struct qn_rule_reader *reader, const struct qn_yaml *node,
				     const char *key, struct qn_text text, const struct word *words,
				     size_t count)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer list = {0};

	for (size_t i = 0; i < count; i++)
		qn_buffer_printf(&list, "%s%s", i ? ", " : "", words[i].name);
	QN_TRY(qn_buffer_check(&list));
	return qn_yaml_error(reader->file, node, "'%s' is '%.*s'; write one of: %s", key,
			     QN_ARG(qn_text_first(text, 60)), list.data);
}

/* The item @index of a list, or the text itself. */
static const struct qn_yaml *item_of(const struct qn_yaml *map, const char *key, size_t index)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);

	return node && node->kind == QN_YAML_LIST ? node->items[index] : node;
}

/* Texts that are words of @words; their values ored together into @ret_values, which may be NULL. */
static struct qn_error *read_words(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				   const struct word *words, size_t words_count, struct qn_text **ret,
				   size_t *ret_count, unsigned *ret_values)
{
	QN_TRY(qn_rule_read_texts(reader, map, key, ret, ret_count));
	for (size_t i = 0; i < *ret_count; i++) {
		size_t k = 0;

		while (k < words_count && !qn_text_equal((*ret)[i], qn_text_of(words[k].name)))
			k++;
		if (k == words_count)
			return unknown_word(reader, item_of(map, key, i), key, (*ret)[i], words, words_count);
		if (ret_values)
			*ret_values |= words[k].value;
	}
	return NULL;
}

static struct qn_error *read_word(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				  const struct word *words, size_t words_count, unsigned *ret)
{
	const struct qn_yaml *node = qn_yaml_get(map, key);
	struct qn_text *list = NULL;
	size_t count = 0;

	if (node && node->kind != QN_YAML_SCALAR)
		return qn_yaml_error(reader->file, node, "'%s' must be one word", key);
	return read_words(reader, map, key, words, words_count, &list, &count, ret);
}

static struct qn_error *read_kinds(struct qn_rule_reader *reader, const struct qn_yaml *map, unsigned *ret)
{
	struct word words[QN_KIND_COUNT];
	struct qn_text *list = NULL;
	size_t count = 0;

	for (unsigned i = 0; i < QN_KIND_COUNT; i++)
		words[i] = (struct word){qn_kind_name((enum qn_kind)i), 1U << i};
	return read_words(reader, map, "kind", words, QN_KIND_COUNT, &list, &count, ret);
}

static struct qn_error *read_stack(struct qn_rule_reader *reader, const struct qn_yaml *ours,
				   struct qn_stack_condition *ret)
{
	const struct qn_yaml *map = qn_yaml_get(ours, "stack");

	if (!map)
		return NULL;
	QN_TRY(CHECK_KEYS(reader, map, "qntriage.stack", stack_keys));
	QN_TRY(read_kinds(reader, map, &ret->kinds));
	QN_TRY(read_words(reader, map, "signal", signal_words, COUNT_OF(signal_words), &ret->signals,
			  &ret->signals_count, NULL));
	QN_TRY(qn_rule_read_pattern(reader, map, "top", &ret->top));
	QN_TRY(qn_rule_read_patterns(reader, map, "frames", &ret->frames, &ret->frames_count));
	QN_TRY(qn_rule_read_patterns(reader, map, "not", &ret->not_frames, &ret->not_frames_count));
	QN_TRY(qn_rule_read_bool(reader, map, "unnamed", &ret->has_no_name));
	QN_TRY(qn_rule_read_texts(reader, map, "task", &ret->tasks, &ret->tasks_count));
	QN_TRY(qn_rule_read_pattern(reader, map, "message", &ret->message));
	if (!ret->kinds && !ret->signals_count && !ret->top && !ret->frames_count && !ret->tasks_count &&
	    !ret->message)
		return qn_yaml_error(
			reader->file, map,
			"qntriage.stack would hold for any stack; add kind, signal, top, frames, task or "
			"message");
	ret->is_given = true;
	return NULL;
}

static struct qn_error *read_before(struct qn_rule_reader *reader, const struct qn_yaml *ours,
				    struct qn_before_condition *ret)
{
	const struct qn_yaml *map = qn_yaml_get(ours, "before");
	struct qn_text *list = NULL;
	size_t count = 0;
	unsigned is_anywhere = 0;

	if (!map)
		return NULL;
	QN_TRY(CHECK_KEYS(reader, map, "qntriage.before", before_keys));
	QN_TRY(read_words(reader, map, "any", before_words, COUNT_OF(before_words), &list, &count,
			  &ret->events));
	if (!ret->events)
		return qn_yaml_error(reader->file, map,
				     "qntriage.before.any is missing; add 'any: [pod-killed, restarted]'");
	QN_TRY(read_word(reader, map, "where", where_words, COUNT_OF(where_words), &is_anywhere));
	ret->is_anywhere = is_anywhere != 0;
	QN_TRY(qn_rule_read_duration(reader, map, "within", &ret->within_nsec));
	ret->is_given = true;
	return NULL;
}

static struct qn_error *read_components(struct qn_rule_reader *reader, const struct qn_yaml *map,
					struct qn_rule *rule)
{
	QN_TRY(qn_rule_read_texts(reader, map, "component", &rule->components, &rule->components_count));
	for (size_t i = 0; i < rule->components_count; i++)
		if (!qn_text_equal(qn_component_of_name(rule->components[i]), rule->components[i]))
			return qn_yaml_error(
				reader->file, item_of(map, "component", i),
				"'component' is '%.*s'; write a part of Milvus like querynode, proxy or "
				"standalone",
				QN_ARG(qn_text_first(rule->components[i], 60)));
	return NULL;
}

static struct qn_error *read_fix(struct qn_rule_reader *reader, const struct qn_yaml *map,
				 struct qn_rule *rule)
{
	unsigned is_open = 0;

	QN_TRY(qn_rule_read_texts(reader, map, "fixed_in", &rule->fixed_in, &rule->fixed_in_count));
	for (size_t i = 0; i < rule->fixed_in_count; i++)
		if (qn_build_version_parse(rule->fixed_in[i]).kind == QN_BUILD_UNKNOWN)
			return qn_yaml_error(
				reader->file, item_of(map, "fixed_in", i),
				"'fixed_in' holds '%.*s'; write a tag (v2.5.6) or a branch build "
				"(2.5-20250306-89bc9459)",
				QN_ARG(qn_text_first(rule->fixed_in[i], 60)));
	QN_TRY(read_word(reader, map, "fix", fix_words, COUNT_OF(fix_words), &is_open));
	rule->is_open = is_open != 0;
	if (rule->fixed_in_count && qn_yaml_get(map, "fix"))
		return qn_yaml_error(reader->file, qn_yaml_get(map, "fix"),
				     "'fix' and 'fixed_in' contradict each other; take one out");
	return NULL;
}

/* H, M, L, or a number over 0 up to 1 written as 0.75 or 1. */
static bool parse_confidence(struct qn_text text, double *ret)
{
	static const struct {
		const char *name;
		double value;
	} levels[] = {{"H", 0.9}, {"M", 0.6}, {"L", 0.3}, {"1", 1.0}, {"1.0", 1.0}};
	double scale = 1;
	uint64_t digits;

	for (size_t i = 0; i < COUNT_OF(levels); i++)
		if (qn_text_equal(text, qn_text_of(levels[i].name))) {
			*ret = levels[i].value;
			return true;
		}
	if (!qn_text_starts(text, QN_TEXT("0.")) || text.len > 8 ||
	    !qn_text_to_u64(qn_text_from(text, 2), &digits))
		return false;
	for (size_t i = 2; i < text.len; i++)
		scale *= 10;
	*ret = (double)digits / scale;
	return digits != 0;
}

static struct qn_error *read_confidence(struct qn_rule_reader *reader, const struct qn_yaml *map,
					struct qn_rule *rule)
{
	const struct qn_yaml *node = qn_yaml_get(map, "confidence");

	if (node && (node->kind != QN_YAML_SCALAR || !parse_confidence(node->text, &rule->confidence)))
		return qn_yaml_error(reader->file, node,
				     "'confidence' is '%.*s'; write H, M, L or a number like 0.75",
				     QN_ARG(qn_text_first(node->text, 60)));
	return NULL;
}

struct qn_error *qn_rule_read_predicates(struct qn_rule_reader *reader, const struct qn_yaml *map,
					 struct qn_rule *ret)
{
	const struct qn_yaml *ours = qn_yaml_get(map, "qntriage");

	if (!ours)
		return NULL;
	QN_TRY(CHECK_KEYS(reader, ours, "qntriage", qntriage_keys));
	QN_TRY(read_components(reader, ours, ret));
	QN_TRY(read_stack(reader, ours, &ret->stack));
	QN_TRY(read_before(reader, ours, &ret->before));
	QN_TRY(qn_rule_read_text(reader, ours, "issue", &ret->issue));
	QN_TRY(qn_rule_read_text(reader, ours, "url", &ret->url));
	QN_TRY(read_fix(reader, ours, ret));
	QN_TRY(qn_rule_read_bool(reader, ours, "failure", &ret->is_failure));
	QN_TRY(qn_rule_read_text(reader, ours, "advice", &ret->advice));
	return read_confidence(reader, ours, ret);
}
