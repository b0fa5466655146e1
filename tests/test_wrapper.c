#include "support/test.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "record/format.h"
#include "record/wrapper.h"

#define ESC "\x1b"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ZAP "[2025/06/18 16:32:47.127 +00:00] [INFO] [a.go:1] [x]"

struct wrapper_case {
	const char *sample;
	const char *layers; /* names, a blank behind each */
	/* What the line with this number (from 0) is. */
	unsigned line;
	const char *text, *time, *pod, *container, *stream;
	bool is_partial, is_noise;
};

static const struct wrapper_case cases[] = {
	{"{\"log\":\"\\u0009/usr/local/go/src/runtime/panic.go:992 "
	 "+0x71\\n\",\"stream\":\"stderr\",\"time\":\"2022-03-"
	 "21T02:31:53.938962678Z\"}\n",
	 "docker ", 0, "\t/usr/local/go/src/runtime/panic.go:992 +0x71", "2022-03-21T02:31:53.938962678Z", "",
	 "", "stderr", false, false},
	{"{\"log\":\"plain\\n\",\"stream\":\"stdout\",\"time\":\"2022-03-21T02:31:53Z\"}\n"
	 "{\"log\":\"\\n\",\"stream\":\"stdout\",\"time\":\"2022-03-21T02:31:53Z\"}\n"
	 "{\"log\":\"a piece \\ud83d\\ude00\",\"stream\":\"stdout\",\"time\":\"2022-03-21T02:31:53Z\"}\n",
	 "docker ", 2, "a piece \xf0\x9f\x98\x80", "2022-03-21T02:31:53Z", "", "", "stdout", true, false},
	{"{\"time\":\"2022-03-21T02:31:53Z\",\"log\":\"a \\\"b\\\"\\r\\n\",\"stream\":\"stdout\"}\n",
	 "docker ", 0, "a \"b\"", "2022-03-21T02:31:53Z", "", "", "stdout", false, false},
	{"{\"kubernetes\":{\"pod_name\":\"querynode-0\",\"container_name\":\"querynode\"},\"log\":\"text\","
	 "\"stream\":"
	 "\"stderr\"}\n",
	 "docker ", 0, "text", "", "querynode-0", "querynode", "stderr", false, false},
	{"{\"line\":\"\\ttext\",\"timestamp\":\"2022-03-21T02:31:53.1Z\",\"labels\":{\"pod\":\"p-0\","
	 "\"container\":\"c\"}}\n",
	 "docker ", 0, "\ttext", "2022-03-21T02:31:53.1Z", "p-0", "c", "", false, false},
	{"[\n  {\"line\":\"a, b\",\"timestamp\":\"2024-06-14T13:04:32Z\",\"labels\":{\"pod\":\"p-0\"}},\n"
	 "  {\"line\":\"\\ttext\",\"timestamp\":\"2024-06-14T13:04:33Z\",\"labels\":{\"pod\":\"p-0\"}}\n]\n",
	 "docker ", 2, "\ttext", "2024-06-14T13:04:33Z", "p-0", "", "", false, false},
	{"[{\"message\":\"a\",\"@timestamp\":\"2024-06-14T13:04:32Z\"}\n"
	 ",{\"message\":\"b]\",\"@timestamp\":\"2024-06-14T13:04:33Z\"}]\n",
	 "docker ", 1, "b]", "2024-06-14T13:04:33Z", "", "", "", false, false},
	{"{\"log\":\"no time\"}\n", "", 0, "{\"log\":\"no time\"}", "", "", "", "", false, false},
	{"{\"log\":\"cut off\\n\",\"stream\":\"stderr\",\"ti", "", 0,
	 "{\"log\":\"cut off\\n\",\"stream\":\"stderr\",\"ti", "", "", "", "", false, false},
	{"{\"level\":\"warn\",\"ts\":\"2022-04-24T16:40:15.173+0800\",\"msg\":\"x\"}\n", "", 0,
	 "{\"level\":\"warn\",\"ts\":\"2022-04-24T16:40:15.173+0800\",\"msg\":\"x\"}", "", "", "", "", false,
	 false},

	{"2023-12-18T03:33:58.956814076+08:00 stderr F \t/go/src/x.go:7 +0x1\n", "cri ", 0,
	 "\t/go/src/x.go:7 +0x1", "2023-12-17T19:33:58.956814076Z", "", "", "stderr", false, false},
	{"2023-12-18T03:33:58.956814076+08:00 stdout P a piece\n2023-12-18T03:33:58.956814076Z stdout F\n",
	 "cri ", 0, "a piece", "2023-12-17T19:33:58.956814076Z", "", "", "stdout", true, false},
	{"2023-12-18T03:33:58.956814076Z stdout F:x tagged\n2023-12-18T03:33:58.956814076Z stdout F\n",
	 "cri ", 1, "", "2023-12-18T03:33:58.956814076Z", "", "", "stdout", false, false},
	{"querynode-0_chaos_querynode-" HEX64 ".log:2023-12-18T03:33:58.956814076Z stderr F " ZAP "\n"
	 "/var/log/querynode-0_chaos_querynode-" HEX64 ".log:2023-12-18T03:33:59.956814076Z stderr F text\n",
	 "grep cri ", 1, "text", "2023-12-18T03:33:59.956814076Z", "querynode-0", "querynode", "stderr",
	 false, false},
	{"logs/querynode.log:627:" ZAP "\nlogs/querynode.log:628:panic: x\n", "grep ", 1, "panic: x", "", "",
	 "", "", false, false},

	{"[pod/m-querynode-6f4d9c7b5d-a2db9/querynode] panic: x\n", "kubectl-prefix ", 0, "panic: x", "",
	 "m-querynode-6f4d9c7b5d-a2db9", "querynode", "", false, false},
	{"[pod/q-0/querynode] 2024-06-14T13:04:32.123456789Z \tframe\n[pod/q-0/querynode] "
	 "2024-06-14T13:04:33.1Z b\n",
	 "kubectl-prefix timestamps ", 0, "\tframe", "2024-06-14T13:04:32.123456789Z", "q-0", "querynode", "",
	 false, false},

	{"m-querynode-6f4d9c7b5d-a2db9 querynode panic: x\nm-querynode-6f4d9c7b5d-a2db9 querynode "
	 "\t/a.go:1\n",
	 "stern ", 1, "\t/a.go:1", "", "m-querynode-6f4d9c7b5d-a2db9", "querynode", "", false, false},
	{"m-proxy-0 proxy 2024-06-14T13:04:32Z panic: x\nm-proxy-0 proxy 2024-06-14T13:04:33Z b\n"
	 "m-proxy-0 proxy\n",
	 "stern timestamps ", 1, "b", "2024-06-14T13:04:33Z", "m-proxy-0", "proxy", "", false, false},
	{"log-4 shipping is a thing\npod-7 restarts now and then\nnode-9 has no disk\n", "", 1,
	 "pod-7 restarts now and then", "", "", "", "", false, false},
	{"[m-proxy-0] panic: x\n[m-proxy-0]\n[m-proxy-0] goroutine 7 [running]:\n", "kubetail ", 2,
	 "goroutine 7 [running]:", "", "m-proxy-0", "", "", false, false},
	{"[m-proxy-0 proxy] panic: x\n[m-proxy-0 proxy] b\n", "kubetail ", 1, "b", "", "m-proxy-0", "proxy",
	 "", false, false},
	{"m-proxy-0: panic: x\nm-proxy-0: \t/a.go:1 +0x1\n", "argo ", 1, "\t/a.go:1 +0x1", "", "m-proxy-0",
	 "", "", false, false},
	{"2024-06-14T13:04:32Z {app=\"m\", pod=\"m-proxy-0\", container=\"proxy\"} panic: x\n"
	 "2024-06-14T13:04:32Z {app=\"m\", pod=\"m-proxy-0\", container=\"proxy\"}\n",
	 "logcli ", 0, "panic: x", "2024-06-14T13:04:32Z", "m-proxy-0", "proxy", "", false, false},
	{"Jun 14, 2024 @ 13:04:32.123\tm-proxy-0\tpanic: x\nJun 14, 2024 @ "
	 "13:04:32.124\tm-proxy-0\t\t/a.go:1\n",
	 "kibana ", 1, "\t/a.go:1", "2024-06-14T13:04:32.124Z", "m-proxy-0", "", "", false, false},
	{"Fri, Jun 14 2024 1:04:32 pmpanic: x\nFri, Jun 14 2024 12:04:33 am\t/a.go:1\n", "rancher ", 0,
	 "panic: x", "2024-06-14T13:04:32Z", "", "", "", false, false},
	{"Fri, Jun 14 2024 1:04:32 pmpanic: x\nFri, Jun 14 2024 12:04:33 am\t/a.go:1\n", "rancher ", 1,
	 "\t/a.go:1", "2024-06-14T00:04:33Z", "", "", "", false, false},
	{"timestamp,message\n2024-06-14T13:04:32Z,\"f(0x1, \"\"a\"\")\"\n2024-06-14T13:04:32Z,panic: x\n",
	 "csv ", 1, "f(0x1, \"a\")", "2024-06-14T13:04:32Z", "", "", "", false, false},
	{"\"Jun 14, 2024 @ 13:04:32.123\",\"m-proxy-0\",\"panic: x\"\n"
	 "\"Jun 14, 2024 @ 13:04:32.123\",\"m-proxy-0\",\"\"\n",
	 "csv ", 0, "panic: x", "2024-06-14T13:04:32.123Z", "", "", "", false, false},
	{"Jun 14 13:04:32 host-1 0123456789ab[811]: panic: x\nJun 14 13:04:32 host-1 milvus[811]:\n",
	 "journal ", 0, "panic: x", "", "", "", "", false, false},
	{"2024-06-14T13:04:32+0000 host-1 milvus[811]: panic: x\n2024-06-14T13:04:32+0000 host-1 "
	 "milvus[811]: b\n",
	 "journal ", 0, "panic: x", "2024-06-14T13:04:32Z", "", "", "", false, false},
	{"Jun 14 13:04:32 host-1 sshd[811]: a\nJun 14 13:04:32 host-1 kernel: b\n", "", 0,
	 "Jun 14 13:04:32 host-1 sshd[811]: a", "", "", "", "", false, false},
	{"[\n {\n  \"line\": \"\\tframe\",\n  \"timestamp\": \"17\",\n  \"fields\": {\n   \"pod\": \"p\"\n  "
	 "}\n },\n"
	 " {\n  \"line\": \"\",\n  \"timestamp\": \"18\"\n }\n]\n",
	 "json-members ", 2, "\tframe", "", "", "", "", false, false},
	{"[\n {\n  \"line\": \"\\tframe\",\n  \"timestamp\": \"17\"\n },\n {\n  \"line\": \"b\",\n"
	 "  \"timestamp\": \"18\"\n }\n]\n",
	 "json-members ", 3, "", "", "", "", "", false, true},
	{"{\n  \"message\": \"a\",\n  \"reason\": \"b\"\n}\n", "", 1, "  \"message\": \"a\",", "", "", "", "",
	 false, false},
	{"{\"@timestamp\":\"2024-06-14T13:04:32Z\",\"message\":\"\\tframe\",\"kubernetes\":{\"pod\":{"
	 "\"name\":"
	 "\"p-0\"}}}\n",
	 "docker ", 0, "\tframe", "2024-06-14T13:04:32Z", "p-0", "", "", false, false},
	{"{\"@timestamp\":\"2024-06-14T13:04:32Z\",\"message\":\"a\",\"level\":\"INFO\"}\n", "", 0,
	 "{\"@timestamp\":\"2024-06-14T13:04:32Z\",\"message\":\"a\",\"level\":\"INFO\"}", "", "", "", "",
	 false, false},
	{"{\"textPayload\":\"panic: x\\n\",\"timestamp\":\"2024-06-14T13:04:32Z\"}\n", "docker ", 0,
	 "panic: x", "2024-06-14T13:04:32Z", "", "", "", false, false},
	{"{\"Time\":\"2024-06-14T13:04:32Z\",\"Action\":\"output\",\"Test\":\"T\",\"Output\":\"\\tpanic: "
	 "x\\n\"}\n",
	 "docker ", 0, "\tpanic: x", "2024-06-14T13:04:32Z", "", "", "", false, false},
	{"logs/q.log:627:panic: x\nlogs/q.log-628-\nlogs/q.log-629-goroutine 7 [running]:\n", "grep ", 2,
	 "goroutine 7 [running]:", "", "", "", "", false, false},
	{"q.log:panic: x\nq.log-\t/a-b.go:1 +0x1\n", "grep ", 1, "\t/a-b.go:1 +0x1", "", "", "", "", false,
	 false},
	{"627:panic: x\n628-\n629-goroutine 7 [running]:\n", "numbers ", 2, "goroutine 7 [running]:", "", "",
	 "", "", false, false},
	{"  |   | panic: x\n  |   | goroutine 7 [running]:\n", "table ", 0, "panic: x", "", "", "", "", false,
	 false},
	{"13:04:32  panic: x\n13:04:32  \n13:04:32  \t/a.go:1\n", "clock ", 2, "\t/a.go:1", "", "", "", "",
	 false, false},
	{"&gt; panic: x\n&gt;\n&gt; b\n", "quote ", 0, "panic: x", "", "", "", "", false, false},
	{"m_q.1.k3j2h1@node-1    | panic: x\nm_q.1.k3j2h1@node-1    | b\n", "compose ", 0, "panic: x", "", "",
	 "m_q.1.k3j2h1", "", false, false},

	{"milvus-standalone  | " ZAP "\n", "compose ", 0, ZAP, "", "", "milvus-standalone", "", false, false},
	{"milvus-standalone  | panic: x\nmilvus-standalone  |\nmilvus-standalone  | \t/a.go:1\n", "compose ",
	 2, "\t/a.go:1", "", "", "milvus-standalone", "", false, false},
	{ESC "[36mmilvus-etcd       |" ESC "[0m text" ESC "[K\n" ESC "[32mmilvus-standalone |" ESC
	     "[0m b " ESC "c\n",
	 "ansi compose ", 1, "b " ESC "c", "", "", "milvus-standalone", "", false, false},
	{"name | one line that could be anything\n", "", 0, "name | one line that could be anything", "", "",
	 "", "", false, false},

	{"2024-09-18 15:42:40.755\tpanic: x [recovered]\n2024-09-18 15:42:40.762\t\tpanic: x\n2024-09-18 "
	 "15:42:40.763\n",
	 "loki ", 1, "\tpanic: x", "2024-09-18T15:42:40.762Z", "", "", "", false, false},
	{"1726674160755000000\t2024-09-18T15:42:40.755Z\tpanic: "
	 "x\n1726674160755000001\t2024-09-18T15:42:40.755Z\t\ty\n",
	 "loki ", 1, "\ty", "2024-09-18T15:42:40.755Z", "", "", "", false, false},
	{"1726674160755000000 2024-09-18\n1726674160755000001 2024-09-18\n", "", 0,
	 "1726674160755000000 2024-09-18", "", "", "", "", false, false},
	{"2024-06-14T13:04:32.123456789Z panic: x\n2024-06-14T13:04:32.123456789Z\n", "timestamps ", 1, "",
	 "2024-06-14T13:04:32.123456789Z", "", "", "", false, false},
	{"2024-06-14 13:04:32 panic: x\n2024-06-14 13:04:32 \t/a.go:1\n", "viewer ", 1, "\t/a.go:1",
	 "2024-06-14T13:04:32Z", "", "", "", false, false},
	{"[2025-06-18T16:45:30.456Z] panic: x\n\n[2025-06-18T16:45:30.456Z] a\n\n[2025-06-18T16:45:30.456Z] "
	 "b\n\n",
	 "jenkins ", 2, "a", "2025-06-18T16:45:30.456Z", "", "", "", false, false},
	{"[2025-06-18 16:45:30] panic: x\n[2025-06-18 16:45:30]  0# f() at a.cpp:1\n", "jenkins ", 1,
	 " 0# f() at a.cpp:1", "2025-06-18T16:45:30Z", "", "", "", false, false},
	{"[2025-06-18 16:45:30] [INFO] a\n[2025-06-18 16:45:30] [WARN] b\n", "", 1,
	 "[2025-06-18 16:45:30] [WARN] b", "", "", "", "", false, false},
	{"Jun 14 13:04:32 host-1 kube-proxy[811]: a\nJun 14 13:04:32 host-1 haproxy[8]: b\n", "", 0,
	 "Jun 14 13:04:32 host-1 kube-proxy[811]: a", "", "", "", "", false, false},
	{"2025-06-18 16:45:30, a, b\n2025-06-18 16:45:31, c, d\n", "", 0, "2025-06-18 16:45:30, a, b", "", "",
	 "", "", false, false},
	{"[2025-06-18T16:45:30.456Z] panic: x\n[2025-06-18T16:45:30.456Z]\n", "jenkins ", 1, "",
	 "2025-06-18T16:45:30.456Z", "", "", "", false, false},

	{"panic: stands bare\n-- | -- | -- | --\n  |   | 2023-07-17 20:37:55 | panic({0x386b2c0})\n"
	 "  |   | 2023-07-17 20:37:55 | /usr/local/go/src/runtime/panic.go:941 +0x787\n",
	 "table ", 2, "panic({0x386b2c0})", "2023-07-17T20:37:55Z", "", "", "", false, false},
	{"-- | -- | --\n  |   | 2024-03-04 14:32:44.664 | (no unique labels) | a || b |  \n", "table ", 1,
	 "a || b", "2024-03-04T14:32:44.664Z", "", "", "", false, false},
	{"-- | -- | --\n | 2024-03-04 14:32:44.664 | (no unique labels) | a\n", "table ", 0, "", "", "", "",
	 "", false, true},
	{"-- | -- | --\n | 2024-03-04 14:32:44.664 | |\n", "table ", 1, "", "2024-03-04T14:32:44.664Z", "",
	 "", "", false, false},

	{"25657 I20240531 17:30:26.227241  1321 a.cc:52] x\n25658 terminate called\n25659   what():  "
	 "Error\n25660\n",
	 "numbers ", 2, "  what():  Error", "", "", "", "", false, false},
	{"96-====\n97:==7==ERROR: x\n98-    #0 f\n", "numbers ", 1, "==7==ERROR: x", "", "", "", "", false,
	 false},
	{"   9 a\n  10 \n  11 \tb\n", "numbers ", 2, "\tb", "", "", "", "", false, false},
	{"10 response headers:\n10 more\n10 again\n", "", 0, "10 response headers:", "", "", "", "", false,
	 false},
	{"1 a\n5 b\n9 c\n", "", 0, "1 a", "", "", "", "", false, false},
	{"12 " ZAP "\n", "numbers ", 0, ZAP, "", "", "", "", false, false},
	{"12 " ZAP "\n907 " ZAP "\n", "numbers ", 1, ZAP, "", "", "", "", false, false},
	{"12 " ZAP "\n907 and more\n", "", 0, "12 " ZAP, "", "", "", "", false, false},

	{">>> milvus.start()\n>>> panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1\n", "repl ", 1,
	 "panic: x", "", "", "", "", false, false},
	{"> panic: x\n>\n> goroutine 1 [running]:\n", "quote ", 1, "", "", "", "", "", false, false},
	{" panic: x\n\n \n\n goroutine 1 [running]:\n\n \t/a.go:1\n\n", "indent ", 6, "\t/a.go:1", "", "", "",
	 "", false, false},
	{" 0# a\n 1# b\n 2# c\n", "", 0, " 0# a", "", "", "", "", false, false},

	{"2026/06/05 16:12:10 panic: a\n2026/06/05 16:12:23 panic: b\n", "", 0,
	 "2026/06/05 16:12:10 panic: a", "", "", "", "", false, false},
	{ZAP "\n" ZAP "\n", "", 0, ZAP, "", "", "", "", false, false},
	{"I20240531 17:30:26.227241  1321 a.cc:52] x\nI20240531 17:30:26.227242  1321 a.cc:52] x\n", "", 0,
	 "I20240531 17:30:26.227241  1321 a.cc:52] x", "", "", "", "", false, false},
	{"2023-06-08 01:46:31,946 | DEBUG | default | x\n2023-06-08 01:46:31,946 | DEBUG | default | x\n", "",
	 0, "2023-06-08 01:46:31,946 | DEBUG | default | x", "", "", "", "", false, false},
	{"[2020-09-28 10:08:52,013][INFO][SERVER][Search][t] x\n[2020-09-28 "
	 "10:08:52,013][INFO][SERVER][Search][t] y\n",
	 "", 1, "[2020-09-28 10:08:52,013][INFO][SERVER][Search][t] y", "", "", "", "", false, false},
	{"[2025-11-18T14:43:10Z INFO  tantivy::directory] a\n[2025-11-18T14:43:10Z INFO  tantivy::directory] "
	 "b\n",
	 "", 0, "[2025-11-18T14:43:10Z INFO  tantivy::directory] a", "", "", "", "", false, false},
	{"", "", 0, "", "", "", "", "", false, false},
	{"\n\n\n", "", 0, "", "", "", "", "", false, false},
};

static void deinit_scratch(struct qn_buffer *scratch)
{
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
}

static struct qn_text line_at(const char *sample, unsigned number)
{
	struct qn_cursor cursor = qn_cursor_of(qn_text_of(sample));
	struct qn_text line = {0};

	for (unsigned i = 0; i <= number; i++)
		qn_cursor_take_line(&cursor, &line);
	return line;
}

static void name_layers(const struct qn_wrapping *wrapping, struct qn_buffer *ret)
{
	for (unsigned i = 0; i < wrapping->count; i++)
		qn_buffer_printf(ret, "%s ", wrapping->layers[i]->name);
}

static void detects_and_peels(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct wrapper_case *c = &cases[i];
		struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
		_cleanup_(qn_buffer_deinit) struct qn_buffer names = {0};
		struct qn_wrapping wrapping;
		struct qn_wrapped wrapped;
		char time[QN_TIME_BYTES];

		print_message("# %s\n", c->sample);
		qn_wrapping_detect(qn_text_of(c->sample), &wrapping);
		name_layers(&wrapping, &names);
		assert_string_equal(names.data ? names.data : "", c->layers);
		qn_wrapping_peel(&wrapping, line_at(c->sample, c->line), scratch, &wrapped);
		assert_text(wrapped.text, c->text);
		assert_string_equal(qn_time_format(wrapped.time, time), c->time);
		assert_text(wrapped.pod, c->pod);
		assert_text(wrapped.container, c->container);
		assert_text(wrapped.stream, c->stream);
		assert_int_equal(wrapped.is_partial, c->is_partial);
		assert_int_equal(wrapped.is_noise, c->is_noise);
		deinit_scratch(scratch);
	}
}

static void a_line_without_the_wrapper_comes_back_as_it_stands(void **state)
{
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_wrapping wrapping;
		struct qn_wrapped wrapped;

		qn_wrapping_detect(qn_text_of(cases[i].sample), &wrapping);
		qn_wrapping_peel(&wrapping, QN_TEXT("panic: someone else's"), scratch, &wrapped);
		assert_text(wrapped.text, "panic: someone else's");
		assert_false(wrapped.time.is_known);
		assert_false(wrapped.is_partial);
	}
	deinit_scratch(scratch);
}

static void a_few_lines_with_it_make_no_layer(void **state)
{
	struct qn_wrapping wrapping;

	(void)state;
	qn_wrapping_detect(QN_TEXT("2024-06-14 13:04:32 a\n2024-06-14 13:04:32 b\nc\nd\n"), &wrapping);
	assert_int_equal(wrapping.count, 0);
	qn_wrapping_detect(
		QN_TEXT("2024-06-14 13:04:32 a\n2024-06-14 13:04:32 b\n2024-06-14 13:04:32 b\nc\nd\n"),
		&wrapping);
	assert_int_equal(wrapping.count, 1);
}

static void no_truncation_reads_past_its_end(void **state)
{
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t len = 0; len <= strlen(cases[i].sample); len++) {
			char *copy = malloc(len + 1);
			struct qn_cursor cursor = qn_cursor_of((struct qn_text){copy + 1, len});
			struct qn_wrapping whole, cut;
			struct qn_wrapped wrapped;
			struct qn_text line;

			memcpy(copy + 1, cases[i].sample, len);
			qn_wrapping_detect(qn_text_of(cases[i].sample), &whole);
			qn_wrapping_detect(cursor.rest, &cut);
			while (qn_cursor_take_line(&cursor, &line)) {
				qn_wrapping_peel(&whole, line, scratch, &wrapped);
				qn_wrapping_peel(&cut, line, scratch, &wrapped);
			}
			free(copy);
		}
	deinit_scratch(scratch);
}

/* What the index of the corpus says about the wrapper of an excerpt. */
struct mark {
	const char *format, *layer;
};

static const struct mark marks[] = {
	{"docker-json", "docker "}, {"cri", "cri "},          {"compose-prefix", "compose "},
	{"loki-tab", "loki "},      {"loki-table", "table "}, {"line-number-prefix", "numbers "},
	{"repl-prompt", "repl "},
};

static const char *expected_layer(struct qn_text formats)
{
	struct qn_cursor cursor = qn_cursor_of(formats);

	while (!qn_cursor_at_end(&cursor)) {
		struct qn_text format;

		if (!qn_cursor_take_until(&cursor, ',', &format)) {
			format = cursor.rest;
			cursor.rest = qn_text_from(cursor.rest, cursor.rest.len);
		}
		for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
			if (qn_text_equal(format, qn_text_of(marks[i].format)))
				return marks[i].layer;
	}
	return "";
}

static bool load(const char *path, struct qn_buffer *ret)
{
	_cleanup_fclose_ FILE *file = fopen(path, "r");
	char block[4096];
	size_t got;

	if (!file)
		return false;
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		qn_buffer_append(ret, block, got);
	return true;
}

static void count_formats(const struct qn_wrapping *wrapping, struct qn_text text, unsigned counts[5])
{
	static const struct qn_format *const formats[] = {
		&qn_format_zap, &qn_format_glog, &qn_format_easylogging, &qn_format_go_std, &qn_format_plain};
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_wrapped wrapped;
	struct qn_record record;
	struct qn_text raw;

	while (qn_cursor_take_line(&cursor, &raw)) {
		struct qn_line line = {0};

		qn_wrapping_peel(wrapping, raw, scratch, &wrapped);
		line.text = wrapped.text;
		qn_record_read(&arena, &line, &record);
		for (unsigned i = 0; i < 5; i++)
			counts[i] += record.format == formats[i];
	}
	deinit_scratch(scratch);
}

static bool has_format(struct qn_text formats, const char *name)
{
	return qn_text_contains(formats, qn_text_of(name));
}

/* Each excerpt beside what its index says; the table is in the output. */
static void the_corpus_has_the_wrappers_its_index_names(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer index = {0};
	char path[4096];
	struct qn_cursor cursor;
	struct qn_text row;
	unsigned checked = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/../shared/corpus/index.tsv", qn_srcdir());
	if (!load(path, &index)) {
		print_message("# skipped: there is no %s\n", path);
		return;
	}
	cursor = qn_cursor_of(qn_buffer_text(&index));
	qn_cursor_take_line(&cursor, &row);
	while (qn_cursor_take_line(&cursor, &row)) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0}, names = {0};
		struct qn_cursor columns = qn_cursor_of(row);
		struct qn_text file = {0}, formats = {0};
		struct qn_wrapping wrapping;
		unsigned counts[5] = {0};

		assert_true(qn_cursor_take_until(&columns, '\t', &file));
		for (unsigned i = 0; i < 5; i++)
			qn_cursor_take_until(&columns, '\t', &formats);
		snprintf(path, sizeof(path), "%s/../shared/corpus/excerpts/%.*s", qn_srcdir(), QN_ARG(file));
		assert_true(load(path, &text));
		qn_wrapping_detect(qn_buffer_text(&text), &wrapping);
		qn_buffer_append_string(&names, "");
		name_layers(&wrapping, &names);
		count_formats(&wrapping, qn_buffer_text(&text), counts);
		print_message("# %-12.*s [%s] zap %u glog %u easylogging %u go-std %u plain %u | %.*s\n",
			      QN_ARG(file), names.len ? names.data : "", counts[0], counts[1], counts[2],
			      counts[3], counts[4], QN_ARG(formats));
		assert_true(counts[0] > 0 || !has_format(formats, "zap"));
		assert_true(counts[1] > 0 || !has_format(formats, "glog"));
		assert_true(counts[2] > 0 || !has_format(formats, "easylogging"));
		assert_true(counts[3] > 0 || !has_format(formats, "go-std-log"));
		if (!qn_text_equal(qn_text_of(names.len ? names.data : ""), QN_TEXT("indent ")))
			assert_string_equal(names.len ? names.data : "", expected_layer(formats));
		checked++;
	}
	assert_true(checked > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detects_and_peels),
		cmocka_unit_test(a_line_without_the_wrapper_comes_back_as_it_stands),
		cmocka_unit_test(a_few_lines_with_it_make_no_layer),
		cmocka_unit_test(no_truncation_reads_past_its_end),
		cmocka_unit_test(the_corpus_has_the_wrappers_its_index_names),
	};

	return QN_RUN("wrapper", tests);
}
