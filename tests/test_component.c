#include "support/test.h"

#include "record/pods.h"

struct name_case {
	const char *name, *component;
	bool is_pod;
};

static const struct name_case cases[] = {
	{"pulsar-pod-kill-77701-milvus-querynode-6f4d9c7b5d-a2db9", "querynode", true},
	{"kafka-pod-kill-7-milvus-proxy-6f4d9c7b5d-a2db9", "proxy", true},
	{"my-release-milvus-querynode-0-7d9f8b5c6d-abcde", "querynode", true},
	{"my-release-milvus-querynode-0", "querynode", true},
	{"querynode-0", "querynode", true},
	{"querynode-0-copy", "querynode", false},
	{"querynode-20240531", "querynode", false},
	{"querynode.log", "querynode", false},
	{"milvus-standalone", "standalone", false},
	{"milvus-standalone-6f4d9c7b5d-a2db9", "standalone", true},
	{"milvus-standalone-6f4d9c7b5d", "standalone", false},
	{"querynode-6f4d9c7b5d-a2db9x", "querynode", false},
	{"querynode-abcdefghij-a2db9", "querynode", false}, /* a ReplicaSet's hash has digits */
	{"querynode-6f4d-a2db9", "querynode", false},
	{"standalone-tests-milvus-datanode-0", "datanode", true},
	{"my-release-pulsar-proxy-0", "pulsar", true},
	{"my-release-pulsarv3-proxy-0", "pulsar", true},
	{"my-release-pulsarv3-bookie-2", "pulsar", true},
	{"my-release-etcd-0", "etcd", true},
	{"my-release-minio-11", "minio", true},
	{"pulsar-test-etcd-0", "etcd", true},
	{"streamingnode1", "streamingnode", false},
	{"Query Node", "querynode", false},
	{"query-node-1", "querynode", true},
	{"logs/mixcoord/indexcoord.log", "indexcoord", false},
	{"QueryCoord", "querycoord", false},
	{"Milvus-QueryNode-0", "querynode", false}, /* names are lower case */
	{"-querynode-0", "querynode", false},
	{"querynode-", "querynode", false},
	{"myquerynode-0", "", false},
	{"nginx-0", "", false},
	{"nginx-6f4d9c7b5d-a2db9", "", false},
	{"123-0", "", false},
	{"0", "", false},
	{"", "", false},
};

static void knows_components_and_pods_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_text name = qn_text_of(cases[i].name);

		print_message("# %s\n", cases[i].name);
		assert_text(qn_component_of_name(name), cases[i].component);
		assert_int_equal(qn_is_pod_name(name), cases[i].is_pod);
	}
}

static void a_name_over_the_limit_is_no_pod(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	memcpy(name + 240, "-querynode-0", 12);
	assert_true(qn_is_pod_name((struct qn_text){name, 252}));
	memcpy(name + 250, "-querynode-0", 12);
	assert_false(qn_is_pod_name((struct qn_text){name, 262}));
	assert_text(qn_component_of_name((struct qn_text){name, 240}), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_components_and_pods_by_name),
		cmocka_unit_test(a_name_over_the_limit_is_no_pod),
	};

	return QN_RUN("component", tests);
}
