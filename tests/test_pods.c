#include "support/test.h"

#include "base/cleanup.h"
#include "record/pods.h"

static const char get_pods[] = "$ kubectl get pods -A -o wide\n"
			       "NAMESPACE   NAME                                    READY   STATUS           "
			       "  RESTARTS        AGE   IP\n"
			       "chaos       m-milvus-querynode-6f4d9c7b5d-a2db9     1/1     Running          "
			       "  3 (51m ago)     51m   10.0.3.20\n"
			       "chaos       m-milvus-querynode-6f4d9c7b5d-f9516     0/1     CrashLoopBackOff "
			       "  31 (2m5s ago)   2d3h  10.0.3.1\n"
			       "chaos       m-milvus-proxy-6f4d9c7b5d-f9517         0/1     OOMKilled        "
			       "  4               5m    <none>\n"
			       "chaos       m-etcd-0                                1/1     Running          "
			       "  0               51m   10.0.3.9\n"
			       "chaos       m-init-0                                0/1     Init:0/1         "
			       "  0               9s    <none>\n";

static const char without_header[] = " pulsar-pod-kill-1-milvus-querynode-6f4d9c7b5d-a2db9   1/1   Running   "
				     "3 (51m ago)   51m   10.0.3.20   node21\r\n"
				     " pod/pulsar-pod-kill-1-milvus-querynode-6f4d9c7b5d-f9516   1/1   "
				     "Completed   4 (9m44s ago)   51m\r\n";

static const char describe[] = "Name:             m-milvus-querynode-6f4d9c7b5d-a2db9\n"
			       "Namespace:        chaos\n"
			       "Status:           Running\n"
			       "Init Containers:\n"
			       "  config:\n"
			       "    State:          Terminated\n"
			       "      Reason:       Completed\n"
			       "      Exit Code:    0\n"
			       "    Ready:          True\n"
			       "    Restart Count:  0\n"
			       "Containers:\n"
			       "  querynode:\n"
			       "    Image:         milvusdb/milvus:v2.4.4\n"
			       "    State:          Running\n"
			       "      Started:      Wed, 18 Jun 2025 16:32:47 +0000\n"
			       "    Last State:     Terminated\n"
			       "      Reason:       OOMKilled\n"
			       "      Exit Code:    137\n"
			       "    Ready:          True\n"
			       "    Restart Count:  3\n"
			       "    Environment:\n"
			       "      CACHE_SIZE:  32212254720 (limits.memory)\n"
			       "  sidecar:\n"
			       "    State:          Waiting\n"
			       "      Reason:       CrashLoopBackOff\n"
			       "    Restart Count:  1\n"
			       "Conditions:\n"
			       "  Ready             True\n"
			       "Volumes:\n"
			       "  milvus-config:\n"
			       "    Name:      m-milvus\n"
			       "Events:\n"
			       "  State: Terminated\n"
			       "Name:             m-milvus-datanode-6f4d9c7b5d-bbbbb\n"
			       "Containers:\n"
			       "  datanode:\n"
			       "    State:          Terminated\n"
			       "      Reason:       Error\n"
			       "      Exit Code:    134\n"
			       "    Last State:     Terminated\n"
			       "      Reason:       OOMKilled\n"
			       "      Exit Code:    137\n"
			       "    Restart Count:  12\n";

static const char part[] = "    State:          Running\n"
			   "    Last State:     Terminated\n"
			   "      Reason:       Error\n"
			   "      Exit Code:    139\n"
			   "    Restart Count:  2\n"
			   "    State:          Waiting\n";

struct fact {
	const char *name, *component, *last_state, *reason;
	int restarts, exit_code, line;
};

struct pods_case {
	const char *text;
	size_t count;
	struct fact facts[6];
};

static const struct pods_case cases[] = {
	{get_pods,
	 5,
	 {{"m-milvus-querynode-6f4d9c7b5d-a2db9", "querynode", "Running", "", 3, -1, 3},
	  {"m-milvus-querynode-6f4d9c7b5d-f9516", "querynode", "CrashLoopBackOff", "CrashLoopBackOff", 31, -1,
	   4},
	  {"m-milvus-proxy-6f4d9c7b5d-f9517", "proxy", "OOMKilled", "OOMKilled", 4, -1, 5},
	  {"m-etcd-0", "etcd", "Running", "", 0, -1, 6},
	  {"m-init-0", "", "Init:0/1", "", 0, -1, 7}}},
	{without_header,
	 2,
	 {{"pulsar-pod-kill-1-milvus-querynode-6f4d9c7b5d-a2db9", "querynode", "Running", "", 3, -1, 1},
	  {"pulsar-pod-kill-1-milvus-querynode-6f4d9c7b5d-f9516", "querynode", "Completed", "", 4, -1, 2}}},
	{describe,
	 4,
	 {{"m-milvus-querynode-6f4d9c7b5d-a2db9", "querynode", "Terminated", "Completed", 0, 0, 6},
	  {"m-milvus-querynode-6f4d9c7b5d-a2db9", "querynode", "Terminated", "OOMKilled", 3, 137, 16},
	  {"m-milvus-querynode-6f4d9c7b5d-a2db9", "querynode", "Waiting", "CrashLoopBackOff", 1, -1, 24},
	  {"m-milvus-datanode-6f4d9c7b5d-bbbbb", "datanode", "Terminated", "Error", 12, 134, 37}}},
	{part, 2, {{"", "", "Terminated", "Error", 2, 139, 2}, {"", "", "Waiting", "", -1, -1, 6}}},
};

static void reads_what_kubectl_prints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
		struct qn_pod_fact *facts;
		size_t count;

		print_message("# case %zu\n", i);
		assert_true(qn_pods_probe(qn_text_of(cases[i].text)));
		assert_no_error(qn_pods_read(&arena, qn_text_of(cases[i].text), &facts, &count));
		assert_int_equal(count, cases[i].count);
		for (size_t f = 0; f < count; f++) {
			const struct fact *expected = &cases[i].facts[f];

			assert_text(facts[f].name, expected->name);
			assert_text(facts[f].component, expected->component);
			assert_text(facts[f].last_state, expected->last_state);
			assert_text(facts[f].reason, expected->reason);
			assert_int_equal(facts[f].restarts, expected->restarts);
			assert_int_equal(facts[f].exit_code, expected->exit_code);
			assert_int_equal(facts[f].line, expected->line);
		}
	}
}

static void takes_nothing_else_for_pods(void **state)
{
	static const char *const others[] = {
		"",
		"\n\n\n",
		"NAME   READY   STATUS   RESTARTS   AGE\n",
		"[2025/06/18 16:32:47.127 +00:00] [INFO] [a.go:1] [\"State: Terminated\"]\n",
		"[2025/06/18 16:32:47.127 +00:00] [INFO] [a.go:1] [x]\n"
		"querynode-0 1/1 Running 0 5m\n",
		"State: Running\n",
		"Exit Code: 137\n",
		"panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1 "
		"+0x1\n",
		"a 1/1 Running x 5m\nb 1/x Running 0 5m\nc 1/1 running 0 5m\nd 1/1 Running 0 5\ne 1/1 "
		"Running 0\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		print_message("# %zu\n", i);
		assert_false(qn_pods_probe(qn_text_of(others[i])));
	}
}

static void no_truncation_reads_past_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t len = 0; len <= strlen(cases[i].text); len++) {
			_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
			char *copy = malloc(len + 1);
			struct qn_text text = {copy + 1, len};
			struct qn_pod_fact *facts;
			size_t count;

			memcpy(copy + 1, cases[i].text, len);
			(void)qn_pods_probe(text);
			assert_no_error(qn_pods_read(&arena, text, &facts, &count));
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_kubectl_prints),
		cmocka_unit_test(takes_nothing_else_for_pods),
		cmocka_unit_test(no_truncation_reads_past_its_end),
	};

	return QN_RUN("pods", tests);
}
