#include "support/test.h"

#include "triage/identity.h"

static void reads_pod_and_component_from_paths(void **state)
{
	static const struct {
		const char *path, *pod, *component;
		bool is_previous;
	} cases[] = {
		{"logs/milvus-querynode-6f4d9c7b5d-a2db9.log", "milvus-querynode-6f4d9c7b5d-a2db9",
		 "querynode", false},
		{"logs/milvus-querynode-6f4d9c7b5d-a2db9-previous.log", "milvus-querynode-6f4d9c7b5d-a2db9",
		 "querynode", true},
		{"milvus-querynode-6f4d9c7b5d-a2db9.previous.log", "milvus-querynode-6f4d9c7b5d-a2db9",
		 "querynode", true},
		{"previous-milvus-querynode-6f4d9c7b5d-a2db9.log", "milvus-querynode-6f4d9c7b5d-a2db9",
		 "querynode", true},
		{"x/my-milvus-datanode-0.log.1", "my-milvus-datanode-0", "datanode", false},
		{"/var/log/pods/qa_milvus-proxy-6f4d9c7b5d-x8k2m_0b1c2d3e-0000-0000-0000-000000000000/proxy/"
		 "0.log",
		 "milvus-proxy-6f4d9c7b5d-x8k2m", "proxy", false},
		{"/var/log/containers/milvus-querynode-6f4d9c7b5d-a2db9_qa_querynode-0123456789abcdef.log",
		 "milvus-querynode-6f4d9c7b5d-a2db9", "querynode", false},
		{"out/milvus-querynode-6f4d9c7b5d-a2db9/current.log", "milvus-querynode-6f4d9c7b5d-a2db9",
		 "querynode", false},
		{"standalone.log", "", "standalone", false},
		{"querynode/today.log", "", "querynode", false},
		{"pulsar-pod-kill/notes.txt", "", "", false},
		{"crash.txt", "", "", false},
		{"-", "", "", false},
		{"", "", "", false},
		{".log", "", "", false},
		{"////", "", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_identity identity = qn_identity_of_path(qn_text_of(cases[i].path));

		assert_text(identity.pod, cases[i].pod);
		assert_text(identity.component, cases[i].component);
		assert_int_equal(identity.is_previous, cases[i].is_previous);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_pod_and_component_from_paths)};

	return QN_RUN("identity", tests);
}
