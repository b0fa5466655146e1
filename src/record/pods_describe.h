/* `kubectl describe pod`, line by line. For pods.c. */
#ifndef QN_RECORD_PODS_DESCRIBE_H
#define QN_RECORD_PODS_DESCRIBE_H

#include <stdbool.h>

#include "record/pods.h"

/* Facts as they come; texts are borrowed from the input. */
struct qn_pod_facts {
	struct qn_pod_fact *items;
	size_t count, capacity;
};

struct qn_error *qn_pod_facts_add(struct qn_pod_facts *facts, const struct qn_pod_fact *fact) QN_MUST_CHECK;

struct qn_state {
	struct qn_text value, reason;
	int64_t exit_code; /* -1: not told */
	uint64_t line;     /* 0: there is no such state */
	struct qn_time finished;
};

struct qn_describe {
	struct qn_pod_facts *facts;
	struct qn_text pod, container; /* borrowed */
	size_t name_indent;
	bool has_name, is_in_containers, has_containers, is_open;
	struct qn_state state, last_state, *current;
	int64_t restarts;
};

/* Feed all lines, then finish: a fact for each container. */
struct qn_error *qn_describe_line(struct qn_describe *describe, struct qn_text line,
				  uint64_t number) QN_MUST_CHECK;
struct qn_error *qn_describe_finish(struct qn_describe *describe) QN_MUST_CHECK;

/* Which of the keys that only a description has were seen. */
struct qn_describe_probe {
	unsigned containers, states, exit_codes, restart_counts;
};
void qn_describe_probe_line(struct qn_describe_probe *probe, struct qn_text line);
bool qn_describe_probe_is_pod(const struct qn_describe_probe *probe);

#endif
