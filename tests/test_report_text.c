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
		QN_TEXT("3 distinct failures in 7 pods: 1 known (fixed in " SAMPLE_FIX "), 2 new.\n"
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
		"    where  " SAMPLE_POD "datanode-5c8f7d9b6-x2kqp  pod-kill/datanode.log:77 and 1 more\n"
		"    stack  server.(*rocksmq).moveConsumePos  "
		"internal/mq/mqimpl/rocksmq/server/rocksmq_impl.go:903\n",
		"    next   no rule knows it: report it with build, stack and log (--verbose)\n",
		" 3  " SAMPLE_KNOWN "  known  1×  SIGSEGV in milvus::segcore",
		"    issue  #40308 QueryNode restarts after many pod kills under concurrent reads and "
		"writes; fixed\n"
		"           in " SAMPLE_FIX "\n",
		"           … Folly CPUThreadPoolExecutor, task AsyncRetrieve (4 frames)\n",
		"    next   Upgrade to " SAMPLE_FIX " or later; until then keep restarts of query nodes\n",
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
		     "LOGGED ERRORS  1,405 lines of 6 kinds, 1 more with --verbose\n"
		     "  1,200×  QN-e00000000004  new    proxy/task_scheduler.go:469 failed to execute\n");
	assert_null(strstr(out.data, "QN-e00000000006"));
	assert_holds(&out,
		     "NOT UNDERSTOOD  1 issue\n  pod-kill/proxy.log:812  binary data, skipped (3 times)\n");
	assert_holds(&out, "`qntriage show ID` tells one failure's story");
	assert_holds(&out, "report it with what `qntriage show " SAMPLE_PANIC "` prints");
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

/* A pod that was killed again and again: equal ends become one, what happened last stays. */
static void folds_the_middle_of_many_lives(void **state)
{
	const struct qn_report_style style = {.width = 100}, narrow = {.width = 84};
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
	assert_holds(&out, "  querynode-6f4d9c7b5d-zz9p1  … 9 more → 11:40-11:44 end not seen\n");
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
		cmocka_unit_test(verbose_leaves_nothing_out),
		cmocka_unit_test(no_line_is_ever_wider_than_the_terminal),
		cmocka_unit_test(a_hostile_log_cannot_write_escapes),
		cmocka_unit_test(colours_change_nothing_but_colours),
		cmocka_unit_test(says_plainly_that_nothing_was_found),
		cmocka_unit_test(folds_the_middle_of_many_lives),
		cmocka_unit_test(counts_and_sizes_read_well),
	};

	return QN_RUN("report_text", tests);
}
