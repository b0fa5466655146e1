#include "report/paint.h"
#include "report/report_text.h"
#include "support/sample_store.h"
#include "base/banned.h"

static void print(struct qn_store *store, const struct qn_report_style *style, struct qn_buffer *out)
{
	const struct qn_report_filter everything = {0};
	_cleanup_(qn_report_destroy_guard) struct qn_report *report = NULL;

	assert_no_error(qn_report_load(store, &everything, &report));
	assert_no_error(qn_report_print_text(report, style, out));
}

static void assert_holds(const struct qn_buffer *out, const char *expected)
{
	if (!strstr(out->data, expected))
		fail_msg("`%s` is not in\n%s", expected,
			 out->len > 900 ? out->data + out->len - 900 : out->data);
}

static unsigned widest(const struct qn_buffer *out, unsigned *lines)
{
	struct qn_cursor cursor = qn_cursor_of(qn_buffer_text(out));
	struct qn_text line;
	unsigned columns = 0;

	*lines = 0;
	while (qn_cursor_take_line(&cursor, &line)) {
		columns = qn_paint_columns(line) > columns ? qn_paint_columns(line) : columns;
		++*lines;
	}
	return columns;
}

static void leads_with_the_answer_and_fits_one_screen(void **state)
{
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	unsigned lines;

	(void)state;
	print(store, &style, &out);
	assert_true(qn_text_starts(
		qn_buffer_text(&out),
		QN_TEXT("3 distinct failures in 3 of 7 pods: 1 known (fixed in " SAMPLE_FIX "), 2 new.\n"
			"Read 8 sources, 14,200 lines, 3.0 MB; 2025-02-27 09:58:00 to 10:20:45 UTC\n")));
	assert_in_range(widest(&out, &lines), 80, 100);
	assert_in_range(lines, 30, 50);
}

static void tells_of_each_failure_what_a_person_needs(void **state)
{
	static const char *const expected[] = {
		" 1  " SAMPLE_PANIC
		"  new  2×  panic: move consume position backward in (*rocksmq).moveConsumePos\n"
		"    when   2025-02-27 10:14:03 to 10:19:41 UTC, build " SAMPLE_BUILD "\n"
		"    where  " SAMPLE_POD "datanode-5c8f7d9b6-x2kqp\n"
		"    log    pod-kill/datanode.log:77, :990\n"
		"    stack  server.(*rocksmq).moveConsumePos  "
		"internal/mq/mqimpl/rocksmq/server/rocksmq_impl.go:903\n",
		"    next   no rule knows it: report it with build, stack and log (--verbose)\n",
		" 3  " SAMPLE_KNOWN "  known  1×\n    SIGSEGV in milvus::segcore::SegmentInternalInterface::"
		"FillTargetEntry\n",
		"    issue  #40308 QueryNode restarts after many pod kills under concurrent reads and "
		"writes; fixed\n"
		"           in " SAMPLE_FIX "\n",
		"           … Folly CPUThreadPoolExecutor, task AsyncRetrieve (4 frames)\n",
		"    next   Upgrade to " SAMPLE_FIX " or later; until then keep restarts of query nodes\n"
		"           apart.\n",
		"    why    connection lost detected, shuting down\n",
	};
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(store, &style, &out);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_holds(&out, expected[i]);
}

static void shows_the_lives_of_each_pod_with_what_ended_them(void **state)
{
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(store, &style, &out);
	assert_holds(
		&out,
		"\nPROCESSES  " SAMPLE_POD "…  build " SAMPLE_BUILD "  (UTC)\n"
		"  datanode-5c8f7d9b6-x2kqp    09:58-10:14 panic → 10:14-10:19 panic\n"
		"  querycoord-7d9f6b5c4-pl0aq  09:58-10:16 exit\n"
		"  querynode-6f4d9c7b5d-a2db9  09:58-10:02 killed → 10:03-10:09 SIGSEGV → 10:11 running\n"
		"  querynode-6f4d9c7b5d-k7xw2  09:58-10:05 killed → 10:05 running\n"
		"  proxy-84c7f5d6b9-m3n8v      09:58 running\n"
		"  querynode-6f4d9c7b5d-zz9p1  09:58 running\n"
		"  no logs of datacoord-59c6d8b7f-t5r4e\n");
}

static void lists_logged_errors_and_odd_input(void **state)
{
	const struct qn_report_style style = {.width = 100, .is_kept = true};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(store, &style, &out);
	assert_holds(&out,
		     "LOGGED ERRORS  1,405 lines of 6 kinds, 2 more with --verbose\n"
		     " 1,200×  QN-e00000000004  new    10:01-10:18  proxy/task_scheduler.go:469 failed to "
		     "execute\n");
	assert_null(strstr(out.data, "QN-e00000000006"));
	assert_holds(&out,
		     "NOT UNDERSTOOD  1 issue\n  pod-kill/proxy.log:812  binary data, skipped (3 times)\n");
	assert_holds(&out, "`qntriage show ID` tells one failure's story");
	assert_holds(&out, "report it with what `qntriage show " SAMPLE_PANIC "` prints");
}

/* As many kinds of logged errors as one screen has room for. */
static void tells_how_many_logged_errors_it_leaves_out(void **state)
{
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	unsigned lines;

	(void)state;
	assert_no_error(qn_store_begin(store));
	for (unsigned i = 10; i < 40; i++) {
		char id[32];

		snprintf(id, sizeof(id), "QN-e000000000%02u", i);
		sample_error(store, 1, id, "a/b.go:1 odd", 1);
	}
	assert_no_error(qn_store_commit(store));
	print(store, &style, &out);
	widest(&out, &lines);
	assert_in_range(lines, 40, 50);
	assert_holds(&out, " lines of 36 kinds, ");
	assert_holds(&out, " more with --verbose\n");
	assert_holds(&out, "QN-e00000000004");
	assert_null(strstr(out.data, "QN-e00000000039"));
}

static void add_crash(struct qn_store *store, unsigned number, const char *title, const char *reason,
		      const char *pod)
{
	struct qn_store_signature signature = {.family = QN_TEXT("QF-000000000000"),
					       .kind = QN_TEXT("crash"),
					       .signal = QN_TEXT("SIGSEGV"),
					       .title = qn_text_of(title),
					       .reason = qn_text_of(reason),
					       .component = QN_TEXT("querynode")};
	char id[32], occurrence[32];

	snprintf(id, sizeof(id), "QN-c0000000%04u", number / 100);
	snprintf(occurrence, sizeof(occurrence), "O-c00000000000%04u", number);
	signature.id = qn_text_of(id);
	sample_failure(store, signature, "", occurrence, 1, 100 + number, "2025-02-27T10:09:12Z", pod, "");
}

static void names_every_pod_of_a_few(void **state)
{
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	assert_no_error(qn_store_begin(store));
	for (unsigned i = 0; i < 60; i++) {
		char pod[64];

		snprintf(pod, sizeof(pod), "rel-milvus-querynode-64c5d7f9b8-%05u", i);
		if (i < 2)
			add_crash(store, 100 + i, "SIGSEGV in a::b", "", pod);
		add_crash(store, 200 + i, "SIGSEGV in c::d", "", pod);
	}
	assert_no_error(qn_store_commit(store));
	print(store, &style, &out);
	assert_holds(&out, "    where  rel-milvus-querynode-64c5d7f9b8-00000, …-00001\n");
	assert_holds(&out, "    where  rel-milvus-querynode-64c5d7f9b8-00000, …-00001, …-00002, ");
	assert_holds(&out, " more\n    log    ");
	assert_null(strstr(out.data, " and 1 more"));
}

/* The title was clipped within the reason: the reason is told whole, and once. */
static void never_tells_a_reason_twice(void **state)
{
	static const char reason[] = "failed to load the index of segment 42 from object storage: timeout";
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	const char *first;

	(void)state;
	assert_no_error(qn_store_begin(store));
	add_crash(store, 100, "SIGABRT in a::b: failed to load the index of...", reason, "");
	add_crash(store, 200, "SIGABRT in c::d", "pure virtual method called", "");
	assert_no_error(qn_store_commit(store));
	print(store, &style, &out);
	assert_holds(&out, "  new  1×\n    SIGABRT in a::b: failed to load the index of segment 42 from "
			   "object storage: timeout\n");
	first = strstr(out.data, "failed to load the index");
	assert_null(strstr(first + 1, "failed to load the index"));
	assert_holds(&out, "    why    pure virtual method called\n");
}

/* Behind the first ten: title, when and where, so that forty failures can still be looked through. */
static void shortens_the_end_of_a_long_list(void **state)
{
	const struct qn_report_style style = {.width = 100}, verbose = {.width = 100, .is_verbose = true};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	const char *others, *known;

	(void)state;
	assert_no_error(qn_store_begin(store));
	for (unsigned i = 1; i <= 12; i++)
		add_crash(store, i * 100, "SIGSEGV in a::b", "", "");
	assert_no_error(qn_store_commit(store));
	print(store, &style, &out);
	others = strstr(out.data, "\nTHE OTHERS  in short; --verbose tells all of them\n11  QN-");
	assert_non_null(others);
	known = strstr(others, "15  " SAMPLE_KNOWN "  known  1×\n    SIGSEGV in milvus");
	assert_non_null(known);
	assert_non_null(strstr(known, "    when   2025-02-27 10:09:12 UTC"));
	assert_null(strstr(others, "    next   "));
	qn_buffer_clear(&out);
	print(store, &verbose, &out);
	assert_null(strstr(out.data, "THE OTHERS"));
}

static void verbose_leaves_nothing_out(void **state)
{
	static const char *const expected[] = {
		"QN-e00000000006",
		"pod-kill/datanode.log:990",
		"also pod-kill/querynode-a2db9.log:1423",
		"client.(*client).consume",
		"  querynode-6f4d9c7b5d-a2db9  09:58-10:02 killed\n",
		"                              10:03-10:09 SIGSEGV\n",
	};
	const struct qn_report_style style = {.width = 100, .is_verbose = true};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	print(store, &style, &out);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_holds(&out, expected[i]);
}

static void no_line_is_ever_wider_than_the_terminal(void **state)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();

	(void)state;
	for (unsigned width = 1; width <= 130; width += width < 40 ? 1 : 9)
		for (int is_verbose = 0; is_verbose < 2; is_verbose++) {
			const struct qn_report_style style = {.width = width, .is_verbose = is_verbose};
			_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
			unsigned lines;

			print(store, &style, &out);
			assert_in_range(widest(&out, &lines), 1, width);
		}
}

static void a_hostile_log_cannot_write_escapes(void **state)
{
	const struct qn_report_style style = {.width = 100, .is_verbose = true};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	assert_no_error(qn_store_begin(store));
	sample_error(store, 1, "QN-e00000000009", "a/b.go:1 \x1b]0;owned\x07 \x9b 2J", 5000);
	assert_no_error(qn_store_commit(store));
	print(store, &style, &out);
	assert_null(memchr(out.data, 0x1b, out.len));
	assert_null(memchr(out.data, 0x07, out.len));
	assert_holds(&out, "a/b.go:1 \\x1b]0;owned\\x07");
}

static void colours_change_nothing_but_colours(void **state)
{
	const struct qn_report_style plain = {.width = 90}, colored = {.width = 90, .has_color = true};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer a = {0}, b = {0}, stripped = {0};

	(void)state;
	print(store, &plain, &a);
	print(store, &colored, &b);
	assert_non_null(strstr(b.data, "\x1b[1;31mnew\x1b[0m"));
	for (size_t i = 0; i < b.len; i++) {
		if (b.data[i] == 0x1b)
			i += strcspn(b.data + i, "m");
		else
			qn_buffer_append_byte(&stripped, b.data[i]);
	}
	assert_string_equal(stripped.data, a.data);
}

static void says_plainly_that_nothing_was_found(void **state)
{
	const struct qn_store_run run = {.id = QN_TEXT("run-1")};
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	assert_no_error(qn_store_open(NULL, QN_STORE_CREATE, &store));
	print(store, &style, &out);
	assert_string_equal(out.data, "No failures found: nothing was read, there is no log here.\n"
				      "Read 0 sources, 0 lines, 0 bytes\n");
	qn_buffer_clear(&out);
	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_add_run(store, &run));
	sample_source(store, "a.log", "proxy", "", 1000);
	assert_no_error(qn_store_commit(store));
	print(store, &style, &out);
	assert_true(qn_text_starts(
		qn_buffer_text(&out),
		QN_TEXT("No failures found in 1 source: no crash, panic, abort, kill or bad exit.\n"
			"Read 1 source, 1,000 lines, 212 kB\n")));
}

static void says_that_an_empty_file_is_empty(void **state)
{
	const struct qn_store_run run = {.id = QN_TEXT("run-1")};
	const struct qn_store_source empty[] = {
		{.path = QN_TEXT("a.log"), .content = QN_TEXT("1"), .kind = QN_TEXT("log"), .run = run.id},
		{.path = QN_TEXT("b.log"), .content = QN_TEXT("2"), .kind = QN_TEXT("log"), .run = run.id},
	};
	static const char *const expected[] = {
		"No failures found in 1 source: it is empty.\nRead 1 source, 0 lines, 0 bytes\n",
		"No failures found in 2 sources: all are empty.\nRead 2 sources, 0 lines, 0 bytes\n",
	};
	const struct qn_report_style style = {.width = 100};
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;
	int64_t id;

	(void)state;
	assert_no_error(qn_store_open(NULL, QN_STORE_CREATE, &store));
	for (size_t i = 0; i < 3; i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

		assert_no_error(qn_store_begin(store));
		assert_no_error(qn_store_add_run(store, &run));
		if (i < 2)
			assert_no_error(qn_store_add_source(store, &empty[i], &id));
		else
			sample_source(store, "c.log", "proxy", "", 1000);
		assert_no_error(qn_store_commit(store));
		print(store, &style, &out);
		if (i < 2)
			assert_true(qn_text_starts(qn_buffer_text(&out), qn_text_of(expected[i])));
		else
			assert_holds(&out, "\nRead 3 sources (2 empty), 1,000 lines, 212 kB\n");
	}
}

/* A pod that was killed again and again: equal ends become one, what happened last stays. */
static void folds_the_middle_of_many_lives(void **state)
{
	const struct qn_report_style style = {.width = 100}, narrow = {.width = 84}, narrower = {.width = 60};
	_cleanup_(qn_store_close_guard) struct qn_store *store = sample_store();
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	(void)state;
	assert_no_error(qn_store_begin(store));
	for (unsigned i = 0; i < 9; i++) {
		char id[32], from[32], to[32];

		snprintf(id, sizeof(id), "QP-%012u", i);
		snprintf(from, sizeof(from), "2025-02-27T11:%02u:00Z", i * 5);
		snprintf(to, sizeof(to), "2025-02-27T11:%02u:00Z", i * 5 + 4);
		sample_life(store, id, SAMPLE_POD "querynode-6f4d9c7b5d-zz9p1", 3, from, to,
			    i < 8 ? "oom-killed" : "");
	}
	assert_no_error(qn_store_commit(store));
	print(store, &style, &out);
	assert_holds(
		&out,
		"  querynode-6f4d9c7b5d-zz9p1  09:58 running → 11:00-11:39 OOM-killed ×8 → 11:40-11:44 end "
		"not seen\n");
	qn_buffer_clear(&out);
	print(store, &narrow, &out);
	assert_holds(&out, "  querynode-6f4d9c7b5d-zz9p1\n"
			   "      09:58 running → 11:00-11:39 OOM-killed ×8 → 11:40-11:44 end not seen\n");
	qn_buffer_clear(&out);
	print(store, &narrower, &out);
	assert_holds(&out, "  querynode-6f4d9c7b5d-zz9p1\n"
			   "      … 9 more → 11:40-11:44 end not seen\n");
}

static void counts_and_sizes_read_well(void **state)
{
	char text[QN_COUNT_BYTES];

	(void)state;
	assert_string_equal(qn_print_count(0, text), "0");
	assert_string_equal(qn_print_count(999, text), "999");
	assert_string_equal(qn_print_count(1000, text), "1,000");
	assert_string_equal(qn_print_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
	assert_string_equal(qn_print_bytes(999, text), "999 bytes");
	assert_string_equal(qn_print_bytes(1000, text), "1.0 kB");
	assert_string_equal(qn_print_bytes(999999, text), "1.0 MB");
	assert_string_equal(qn_print_bytes(123456789, text), "123 MB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_with_the_answer_and_fits_one_screen),
		cmocka_unit_test(tells_of_each_failure_what_a_person_needs),
		cmocka_unit_test(shows_the_lives_of_each_pod_with_what_ended_them),
		cmocka_unit_test(lists_logged_errors_and_odd_input),
		cmocka_unit_test(tells_how_many_logged_errors_it_leaves_out),
		cmocka_unit_test(names_every_pod_of_a_few),
		cmocka_unit_test(never_tells_a_reason_twice),
		cmocka_unit_test(shortens_the_end_of_a_long_list),
		cmocka_unit_test(verbose_leaves_nothing_out),
		cmocka_unit_test(no_line_is_ever_wider_than_the_terminal),
		cmocka_unit_test(a_hostile_log_cannot_write_escapes),
		cmocka_unit_test(colours_change_nothing_but_colours),
		cmocka_unit_test(says_plainly_that_nothing_was_found),
		cmocka_unit_test(says_that_an_empty_file_is_empty),
		cmocka_unit_test(folds_the_middle_of_many_lives),
		cmocka_unit_test(counts_and_sizes_read_well),
	};

	return QN_RUN("report_text", tests);
}
