/* Collects as `qntriage analyze` does: shipped rules, shipped frame tables, a private store. */
#include "bench/accuracy.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "rule/rule.h"
#include "signature/weight.h"
#include "store/store.h"
#include "triage/collect.h"

#include "base/banned.h"

static char *join(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

struct qn_error *qn_bench_normalizer(const char *source, struct qn_normalizer **ret)
{
	_cleanup_free_ char *folly = join(source, "rules/folly.yaml");
	_cleanup_free_ char *frames = join(source, "rules/frames.yaml");

	if (!folly || !frames)
		return &qn_error_no_memory;
	return qn_normalizer_create((const char *const[]){folly, frames}, 2, ret);
}

struct qn_error *qn_bench_collect(const char *source, const char *path, unsigned jobs, struct qn_store **ret)
{
	_cleanup_(qn_normalizer_destroy_guard) struct qn_normalizer *normalizer = NULL;
	_cleanup_(qn_rule_set_destroy_guard) struct qn_rule_set *rules = NULL;
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	_cleanup_(qn_weights_destroy_guard) struct qn_weights *weights = NULL;
	_cleanup_free_ char *milvus = join(source, "rules/milvus");
	_cleanup_free_ char *weights_path = join(source, "rules/weights.yaml");
	struct qn_collect_options options = {.paths = &path, .paths_count = 1, .jobs = jobs};
	struct qn_collect_result result;

	if (!milvus || !weights_path)
		return &qn_error_no_memory;
	QN_TRY(qn_bench_normalizer(source, &normalizer));
	QN_TRY(qn_rule_set_load((const char *const[]){milvus}, 1, QN_RULES_STRICT, NULL, &rules));
	QN_TRY(qn_weights_load(weights_path, &weights));
	QN_TRY(qn_store_open(NULL, QN_STORE_CREATE, &store));
	options.normalizer = normalizer;
	options.rules = rules;
	options.weights = weights;
	options.store = store;
	QN_TRY(qn_collect(&options, &result));
	*ret = qn_take(store);
	return NULL;
}
