/* Facts about pods from what kubectl prints: `get pods` (with or without its header, -o wide) and `describe
 * pod`. */
#ifndef QN_RECORD_PODS_H
#define QN_RECORD_PODS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "record/timestamp.h"

struct qn_pod_fact {
	struct qn_text name;       /* "" when the text does not say (a part of a description) */
	struct qn_text component;  /* "querynode"; "" unknown */
	struct qn_text last_state; /* get pods: STATUS ("Running"); describe: "Terminated" */
	struct qn_text reason;     /* "OOMKilled", "Error"; "" none */
	int64_t restarts;          /* -1: not told */
	int64_t exit_code;         /* of the last termination; -1: not told */
	uint64_t line;
	struct qn_time finished; /* of the last termination */
};

/* Is @sample (the front of a source) such a text? */
bool qn_pods_probe(struct qn_text sample);

/* All facts of @text, in order. In @arena. */
struct qn_error *qn_pods_read(struct qn_arena *arena, struct qn_text text, struct qn_pod_fact **ret,
			      size_t *ret_count) QN_MUST_CHECK;

/* The Milvus component that a word of @name names ("my-release-milvus-querynode-6f4d9c7b5d-a2db9" is
 * "querynode"; of several the last, and Milvus's own before those it depends on; "standalone", "proxy",
 * "rootcoord", "querycoord", "datacoord", "indexcoord", "mixcoord", "datanode", "indexnode", "querynode",
 * "streamingnode"; also etcd, minio, pulsar, kafka); "" when none does. The result is static. */
struct qn_text qn_component_of_name(struct qn_text name);

/* Is @name what Kubernetes calls a pod: ...-<ReplicaSet hash>-<5 characters>, or ...-<ordinal>, with a
 * component in it? */
bool qn_is_pod_name(struct qn_text name);

#endif
