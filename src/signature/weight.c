#include "signature/weight.h"

#include <stdlib.h>

#include "base/yaml.h"

#include "base/banned.h"

#define WEIGHT_LADDER 0.1
#define WEIGHT_LAMBDA 0.05 /* of a lambda or operator() that nothing else is told of */
#define WEIGHT_BARE 0.3

/* One name, or one beginning of names. */
struct entry {
	struct qn_text name;
	bool is_prefix;
	double weight;
};

struct qn_weights {
	struct qn_yaml_file *file; /* owns the names */
	struct entry *entries;     /* in file order: the first that fits counts */
	size_t count;
};

void qn_weights_destroy(struct qn_weights *weights)
{
	if (!weights)
		return;
	qn_yaml_file_destroy(weights->file);
	free(weights->entries);
	free(weights);
}

static struct qn_error *add_names(struct qn_weights *weights, const struct qn_yaml *names, bool is_prefix,
				  double weight)
{
	struct entry *grown;

	if (!names)
		return NULL;
	if (names->kind != QN_YAML_LIST)
		return qn_yaml_error(weights->file, names, "a list of names is expected");
	grown = realloc(weights->entries, (weights->count + names->count + 1) * sizeof(*grown));
	if (!grown)
		return &qn_error_no_memory;
	weights->entries = grown;
	for (size_t i = 0; i < names->count; i++) {
		const struct qn_yaml *name = names->items[i];

		if (name->kind != QN_YAML_SCALAR || !name->text.len)
			return qn_yaml_error(weights->file, name, "a name is expected");
		grown[weights->count++] = (struct entry){name->text, is_prefix, weight};
	}
	return NULL;
}

/* "0.25": no sign, no exponent, not over 1. */
static bool read_weight(struct qn_text text, double *ret)
{
	char *end;

	if (!text.len || text.data[0] < '0' || text.data[0] > '9')
		return false;
	*ret = strtod(text.data, &end); /* ends in NUL */
	return end == text.data + text.len && *ret <= 1.0;
}

/* - weight: 0.2
 *   name: ["milvus::ColumnVector::GetRawData"]
 *   name_prefix: ["milvus::index::"] */
static struct qn_error *read_entry(struct qn_weights *weights, const struct qn_yaml *entry)
{
	const struct qn_yaml *weight = qn_yaml_get(entry, "weight");
	double value;

	if (entry->kind != QN_YAML_MAP)
		return qn_yaml_error(weights->file, entry, "a map with weight and name is expected");
	for (size_t i = 0; i < entry->count; i++) {
		struct qn_text key = entry->keys[i]->text;

		if (!qn_text_equal(key, QN_TEXT("weight")) && !qn_text_equal(key, QN_TEXT("name")) &&
		    !qn_text_equal(key, QN_TEXT("name_prefix")))
			return qn_yaml_error(weights->file, entry->keys[i], "unknown key `%.*s`",
					     QN_ARG(key));
	}
	if (!weight || weight->kind != QN_YAML_SCALAR || !read_weight(weight->text, &value))
		return qn_yaml_error(weights->file, weight ? weight : entry,
				     "weight: a number from 0 to 1 is expected");
	QN_TRY(add_names(weights, qn_yaml_get(entry, "name"), false, value));
	return add_names(weights, qn_yaml_get(entry, "name_prefix"), true, value);
}

static struct qn_error *read_file(struct qn_weights *weights)
{
	for (size_t i = 0; i < weights->file->count; i++) {
		const struct qn_yaml *list = qn_yaml_get(weights->file->documents[i], "weights");

		if (!list || list->kind != QN_YAML_LIST)
			return qn_yaml_error(weights->file, weights->file->documents[i],
					     "a list `weights` is expected");
		for (size_t k = 0; k < list->count; k++)
			QN_TRY(read_entry(weights, list->items[k]));
	}
	return NULL;
}

struct qn_error *qn_weights_load(const char *path, struct qn_weights **ret)
{
	_cleanup_(qn_weights_destroy_guard) struct qn_weights *weights = calloc(1, sizeof(*weights));

	if (!weights)
		return &qn_error_no_memory;
	QN_TRY(qn_yaml_load(path, &weights->file));
	QN_TRY(read_file(weights));
	*ret = qn_take(weights);
	return NULL;
}

/* "org.apache.pulsar.X.f", "grpc_handler.handler" of Java and Python: a dot with a name at both sides. */
static bool is_in_package(struct qn_text key)
{
	size_t dot = qn_text_rfind(key, QN_TEXT("."));

	return dot != SIZE_MAX && dot > 0 && dot + 1 < key.len && key.data[0] != '.';
}

bool qn_frame_is_bare(const struct qn_frame *frame)
{
	return !frame->is_go && !qn_text_contains(frame->key, QN_TEXT("::")) && !is_in_package(frame->key);
}

static bool is_lambda(struct qn_text key)
{
	return qn_text_equal(key, QN_TEXT("operator()")) || qn_text_equal(key, QN_TEXT("{lambda}"));
}

double qn_weight_of_frame(const struct qn_weights *weights, const struct qn_frame *frame)
{
	for (size_t i = 0; weights && i < weights->count; i++) {
		const struct entry *entry = &weights->entries[i];

		if (entry->is_prefix ? qn_text_starts(frame->key, entry->name)
				     : qn_text_equal(frame->key, entry->name))
			return entry->weight;
	}
	if (frame->is_ladder)
		return WEIGHT_LADDER;
	if (is_lambda(frame->key))
		return WEIGHT_LAMBDA;
	return qn_frame_is_bare(frame) ? WEIGHT_BARE : 1.0;
}
