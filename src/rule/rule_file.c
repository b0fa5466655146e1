/* One rule file:
 *
 *	rules:
 *	  - metadata: {id: ..., gen: 1}
 *	    cre: {id: CRE-2025-0001, severity: 1, title: ..., category: ..., tags: [...], ...}
 *	    rule: {set: {event: {...}, match: [{value: "text"}, {regex: "a.*b"}, "text or shared term"]}}
 *	    qntriage: {...}
 *	terms:
 *	  shared-name: {regex: "..."}
 */
#include "rule/rule_set.h"

#include <string.h>

#include "base/limits.h"
#include "rule/pattern.h"
#include "rule/rule_value.h"
#include "stack/frame_table.h"
#include "base/banned.h"

static const struct qn_rule_key document_keys[] = {
	{"rules", QN_RULE_KEY_READ},
	{"terms", QN_RULE_KEY_READ},
};
static const struct qn_rule_key rule_keys[] = {
	{"cre", QN_RULE_KEY_READ},
	{"rule", QN_RULE_KEY_READ},
	{"qntriage", QN_RULE_KEY_READ},
	{"metadata", QN_RULE_KEY_READ},
};
/* Who made the rule and when: nothing that matching depends on. `gen` is what most rules write for
 * `generation`. */
static const struct qn_rule_key metadata_keys[] = {
	{"id", QN_RULE_KEY_IGNORED},      {"kind", QN_RULE_KEY_IGNORED},
	{"hash", QN_RULE_KEY_IGNORED},    {"generation", QN_RULE_KEY_IGNORED},
	{"gen", QN_RULE_KEY_IGNORED},     {"name", QN_RULE_KEY_IGNORED},
	{"version", QN_RULE_KEY_IGNORED}, {"annotations", QN_RULE_KEY_IGNORED},
};
static const struct qn_rule_key cre_keys[] = {
	{"id", QN_RULE_KEY_READ},
	{"severity", QN_RULE_KEY_READ},
	{"title", QN_RULE_KEY_READ},
	{"category", QN_RULE_KEY_READ},
	{"tags", QN_RULE_KEY_READ},
	{"author", QN_RULE_KEY_READ},
	{"description", QN_RULE_KEY_READ},
	{"cause", QN_RULE_KEY_READ},
	{"impact", QN_RULE_KEY_READ},
	{"mitigation", QN_RULE_KEY_READ},
	{"references", QN_RULE_KEY_READ},
	{"impactScore", QN_RULE_KEY_IGNORED},
	{"mitigationScore", QN_RULE_KEY_IGNORED},
	{"reports", QN_RULE_KEY_IGNORED},
	{"applications", QN_RULE_KEY_IGNORED},
};
static const struct qn_rule_key machine_keys[] = {
	{"set", QN_RULE_KEY_READ},
	{"sequence", QN_RULE_KEY_UNSUPPORTED},
};
static const struct qn_rule_key set_keys[] = {
	{"match", QN_RULE_KEY_READ},           {"event", QN_RULE_KEY_IGNORED},
	{"correlations", QN_RULE_KEY_IGNORED}, {"window", QN_RULE_KEY_UNSUPPORTED},
	{"negate", QN_RULE_KEY_UNSUPPORTED},
};
static const struct qn_rule_key term_keys[] = {
	{"value", QN_RULE_KEY_READ},           {"regex", QN_RULE_KEY_READ},
	{"count", QN_RULE_KEY_READ}, /* only 1, which is the default */
	{"field", QN_RULE_KEY_IGNORED},        {"extract", QN_RULE_KEY_IGNORED},
	{"jq", QN_RULE_KEY_UNSUPPORTED},       {"set", QN_RULE_KEY_UNSUPPORTED},
	{"sequence", QN_RULE_KEY_UNSUPPORTED}, {"promql", QN_RULE_KEY_UNSUPPORTED},
	{"negate", QN_RULE_KEY_UNSUPPORTED},   {"window", QN_RULE_KEY_UNSUPPORTED},
};

#define SHORT_LITERAL_BYTES 8U

#define CHECK_KEYS(reader, map, where, keys) \
	qn_rule_check_keys((reader), (map), (where), (keys), sizeof(keys) / sizeof((keys)[0]))

static bool is_id(struct qn_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-'))
			return false;
	}
	return text.len >= 4;
}

static struct qn_error *read_id(struct qn_rule_reader *reader, const struct qn_yaml *cre,
				struct qn_rule *rule)
{
	const struct qn_yaml *node = qn_yaml_get(cre, "id");

	if (!node)
		return qn_yaml_error(reader->file, cre,
				     "cre.id is missing; give the rule a name like CRE-2025-0001");
	QN_TRY(qn_rule_read_text(reader, cre, "id", &rule->id));
	if (!is_id(rule->id))
		return qn_yaml_error(
			reader->file, node,
			"cre.id '%.*s' is not a name; write four or more letters, digits and hyphens",
			QN_ARG(qn_text_first(rule->id, 60)));
	for (size_t i = 0; i < reader->set->count; i++)
		if (qn_text_equal(reader->set->rules[i].id, rule->id))
			return qn_yaml_error(reader->file, node,
					     "rule %.*s is already in %.*s; give this one another id",
					     QN_ARG(rule->id), QN_ARG(reader->set->rules[i].path));
	return NULL;
}

static struct qn_error *read_severity(struct qn_rule_reader *reader, const struct qn_yaml *cre,
				      struct qn_rule *rule)
{
	const struct qn_yaml *node = qn_yaml_get(cre, "severity");
	uint64_t value = 0;

	if (node && (node->kind != QN_YAML_SCALAR || !qn_text_to_u64(node->text, &value) || value > 4))
		return qn_yaml_error(reader->file, node, "severity is '%.*s'; write 0 (critical) to 4 (info)",
				     QN_ARG(qn_text_first(node->text, 60)));
	rule->severity = (unsigned)value;
	return NULL;
}

static struct qn_error *read_cre(struct qn_rule_reader *reader, const struct qn_yaml *map,
				 struct qn_rule *rule)
{
	const struct qn_yaml *cre = qn_yaml_get(map, "cre");

	if (!cre)
		return qn_yaml_error(reader->file, map,
				     "cre is missing; a rule needs at least 'cre: {id: ...}'");
	QN_TRY(CHECK_KEYS(reader, cre, "cre", cre_keys));
	QN_TRY(read_id(reader, cre, rule));
	QN_TRY(read_severity(reader, cre, rule));
	QN_TRY(qn_rule_read_text(reader, cre, "title", &rule->title));
	QN_TRY(qn_rule_read_text(reader, cre, "category", &rule->category));
	QN_TRY(qn_rule_read_text(reader, cre, "author", &rule->author));
	QN_TRY(qn_rule_read_text(reader, cre, "description", &rule->description));
	QN_TRY(qn_rule_read_text(reader, cre, "cause", &rule->cause));
	QN_TRY(qn_rule_read_text(reader, cre, "impact", &rule->impact));
	QN_TRY(qn_rule_read_text(reader, cre, "mitigation", &rule->mitigation));
	QN_TRY(qn_rule_read_texts(reader, cre, "tags", &rule->tags, &rule->tags_count));
	return qn_rule_read_texts(reader, cre, "references", &rule->references, &rule->references_count);
}

static struct qn_error *read_literal(struct qn_rule_reader *reader, const struct qn_yaml *node,
				     struct qn_term *term)
{
	struct qn_text text = node->text;

	if (node->kind != QN_YAML_SCALAR)
		return qn_yaml_error(reader->file, node, "a value must be a text; put it in quotes");
	if (!text.len)
		return qn_yaml_error(reader->file, node,
				     "an empty value matches everything; write what a line must hold");
	if (qn_text_contains(text, QN_TEXT("\n")))
		return qn_yaml_error(
			reader->file, node,
			"a value with a line break never matches; one line is looked at at a time");
	if (text.len > QN_PATTERN_BYTES_MAX)
		return qn_yaml_error(reader->file, node, "a value of %zu bytes; at most %u are searched for",
				     text.len, QN_PATTERN_BYTES_MAX);
	term->text = term->literal = qn_arena_copy(&reader->set->arena, text);
	return qn_arena_check(&reader->set->arena);
}

/* What the branches of an alternation share is often too common (" load") or nothing: then one literal each.
 */
static struct qn_error *read_literals(struct qn_arena *arena, struct qn_text regex, struct qn_term *term)
{
	struct qn_text branches[QN_PATTERN_BRANCHES_MAX];
	size_t count = 0;

	term->literal = qn_pattern_required_literal(arena, regex);
	if (term->literal.len < SHORT_LITERAL_BYTES)
		count = qn_pattern_branch_literals(arena, regex, branches);
	if (count > 1) {
		term->literal = QN_TEXT("");
		term->branches = qn_arena_alloc(arena, count * sizeof(*branches));
		QN_TRY(qn_arena_check(arena));
		memcpy(term->branches, branches, count * sizeof(*branches));
		term->branches_count = count;
	}
	return qn_arena_check(arena);
}

static struct qn_error *read_term_map(struct qn_rule_reader *reader, const struct qn_yaml *node,
				      struct qn_term *term)
{
	const struct qn_yaml *value = qn_yaml_get(node, "value"), *regex = qn_yaml_get(node, "regex"),
			     *count = qn_yaml_get(node, "count");

	QN_TRY(CHECK_KEYS(reader, node, "a term", term_keys));
	if (count && !(count->kind == QN_YAML_SCALAR && qn_text_equal(count->text, QN_TEXT("1"))))
		return qn_yaml_error(
			reader->file, count,
			"'count' in a term is not supported yet; leave it out to match every line");
	if (!value == !regex)
		return qn_yaml_error(reader->file, node, "a term needs value or regex, one of them; %s",
				     value ? "take one out" : "add one");
	if (value)
		return read_literal(reader, value, term);
	term->is_regex = true;
	QN_TRY(qn_rule_compile(reader, regex, &term->pattern));
	term->text = qn_arena_copy(&reader->set->arena, regex->text);
	return read_literals(&reader->set->arena, regex->text, term);
}

/* A text is the name of a shared term, or else a literal. */
static struct qn_error *read_term(struct qn_rule_reader *reader, const struct qn_yaml *node,
				  struct qn_term *term)
{
	const struct qn_yaml *shared = node->kind == QN_YAML_SCALAR && node->text.data
					       ? qn_yaml_get(reader->terms, node->text.data)
					       : NULL;

	if (shared)
		node = shared;
	return node->kind == QN_YAML_SCALAR ? read_literal(reader, node, term)
					    : read_term_map(reader, node, term);
}

static struct qn_error *read_machine(struct qn_rule_reader *reader, const struct qn_yaml *map,
				     struct qn_rule *rule)
{
	const struct qn_yaml *machine = qn_yaml_get(map, "rule"), *set, *match;

	if (!machine)
		return NULL;
	QN_TRY(CHECK_KEYS(reader, machine, "rule", machine_keys));
	set = qn_yaml_get(machine, "set");
	if (!set)
		return qn_yaml_error(reader->file, machine, "rule.set is missing; add 'set: {match: [...]}'");
	QN_TRY(CHECK_KEYS(reader, set, "rule.set", set_keys));
	match = qn_yaml_get(set, "match");
	if (!match || match->kind != QN_YAML_LIST || !match->count)
		return qn_yaml_error(reader->file, match ? match : set,
				     "rule.set.match must be a list of terms; add '- value: text'");
	if (match->count > QN_TERMS_MAX)
		return qn_yaml_error(reader->file, match, "%zu terms; at most %u are matched", match->count,
				     QN_TERMS_MAX);
	rule->terms = qn_arena_alloc(&reader->set->arena, match->count * sizeof(*rule->terms));
	QN_TRY(qn_arena_check(&reader->set->arena));
	for (size_t i = 0; i < match->count; i++)
		QN_TRY(read_term(reader, match->items[i], &rule->terms[i]));
	rule->terms_count = match->count;
	return NULL;
}

static struct qn_error *read_rule(struct qn_rule_reader *reader, const struct qn_yaml *map,
				  struct qn_text path)
{
	struct qn_rule rule = {.path = path, .is_failure = true, .confidence = 0.6};
	const struct qn_yaml *metadata = qn_yaml_get(map, "metadata");
	struct qn_rule_set *set = reader->set;

	QN_TRY(CHECK_KEYS(reader, map, "a rule", rule_keys));
	if (metadata)
		QN_TRY(CHECK_KEYS(reader, metadata, "metadata", metadata_keys));
	QN_TRY(read_cre(reader, map, &rule));
	QN_TRY(read_machine(reader, map, &rule));
	QN_TRY(qn_rule_read_predicates(reader, map, &rule));
	if (!rule.terms_count && !rule.stack.is_given)
		return qn_yaml_error(reader->file, map,
				     "rule %.*s has no condition; add rule.set.match or qntriage.stack",
				     QN_ARG(rule.id));
	if (set->count >= QN_RULES_MAX)
		return qn_yaml_error(reader->file, map, "more than %u rules; load fewer files", QN_RULES_MAX);
	QN_TRY(qn_array_reserve(&set->rules, &set->capacity, set->count + 1, sizeof(*set->rules)));
	set->rules[set->count++] = rule;
	return NULL;
}

/* A footer that says which version of the collection this is; and the empty document that `---` at the end
 * makes. */
static bool is_skipped(const struct qn_yaml *document)
{
	const struct qn_yaml *section = qn_yaml_get(document, "section");

	if (!document || (document->kind == QN_YAML_SCALAR && !document->text.len))
		return true;
	return section && section->kind == QN_YAML_SCALAR && qn_text_equal(section->text, QN_TEXT("version"));
}

static struct qn_error *read_documents(struct qn_rule_reader *reader, struct qn_text path)
{
	size_t before = reader->set->count;

	for (size_t i = 0; i < reader->file->count; i++) {
		const struct qn_yaml *document = reader->file->documents[i], *rules;

		if (is_skipped(document))
			continue;
		QN_TRY(CHECK_KEYS(reader, document, "a rule file", document_keys));
		rules = qn_yaml_get(document, "rules");
		reader->terms = qn_yaml_get(document, "terms");
		if (!rules || rules->kind != QN_YAML_LIST)
			return qn_yaml_error(
				reader->file, rules ? rules : document,
				"rules is missing or no list; begin the file with 'rules:' and '- cre:'");
		for (size_t k = 0; k < rules->count; k++)
			QN_TRY(read_rule(reader, rules->items[k], path));
	}
	if (reader->set->count == before)
		return qn_yaml_error(reader->file, NULL, "the file holds no rules; add some or take it away");
	return NULL;
}

/* A frame table among the rules: whoever reads stacks loads it. Here it is only seen to be right. */
static struct qn_error *add_table(struct qn_rule_set *set, struct qn_text path)
{
	struct qn_frame_table table;
	struct qn_error *error;

	qn_frame_table_init(&table);
	error = qn_frame_table_load(&table, path.data);
	qn_frame_table_deinit(&table);
	QN_TRY(error);
	QN_TRY(qn_array_reserve(&set->tables, &set->tables_capacity, set->tables_count + 1,
				sizeof(*set->tables)));
	set->tables[set->tables_count++] = path.data;
	return NULL;
}

struct qn_error *qn_rule_file_read(struct qn_rule_set *set, const char *path, unsigned flags,
				   struct qn_issues *issues)
{
	_cleanup_(qn_yaml_file_destroy_guard) struct qn_yaml_file *file = NULL;
	struct qn_rule_reader reader = {.set = set, .flags = flags, .issues = issues};
	size_t rules_before = set->count, patterns_before = set->patterns_count;
	struct qn_text path_text = qn_arena_copy(&set->arena, qn_text_of(path));
	struct qn_error *error;

	QN_TRY(qn_arena_check(&set->arena));
	QN_TRY(qn_yaml_load(path, &file));
	if (qn_frame_table_is(file))
		return add_table(set, path_text);
	reader.file = file;
	error = read_documents(&reader, path_text);
	if (!error)
		return NULL;
	set->count = rules_before;
	while (set->patterns_count > patterns_before)
		qn_pattern_destroy(set->patterns[--set->patterns_count]);
	return error;
}
