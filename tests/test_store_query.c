/* What goes into the store comes back, each row once, in the order that query.h says. */
#include "support/store_rows.h"

#include "store/sql.h"

static struct qn_query_signature *query_signatures(struct qn_store *store, struct qn_arena *arena,
						   size_t expected)
{
	struct qn_query_signature *signatures;
	size_t count;

	assert_no_error(qn_query_signatures(store, arena, &signatures, &count));
	assert_int_equal(count, expected);
	return signatures;
}

/* One row of every kind; @text stands in all texts that are no key, keys get it behind a prefix. */
static void add_everything(struct qn_store *store, struct qn_text text, uint64_t number, bool has_place)
{
	struct qn_time time = number ? (struct qn_time){-1234567890123, true, 9} : (struct qn_time){0};
	struct qn_store_format_count formats[] = {{text, number}};
	struct qn_store_run run = {text, text, time};
	struct qn_store_source source = {text, text,   text,   text,   text,   formats, 1,      text,
					 text, number, number, number, number, number,  number, text};
	struct qn_frame frames[2] = {{text,
				      text,
				      text,
				      text,
				      (uint32_t)number,
				      number,
				      text,
				      text,
				      QN_ROLE_THREAD_ENTRY,
				      number != 0,
				      number != 0,
				      number != 0,
				      number != 0,
				      number != 0,
				      false,
				      {0}},
				     {.role = QN_ROLE_USER}};
	struct qn_store_signature signature = {text, text, text, text, text, text,
					       text, text, text, text, 0.25};
	struct qn_store_evidence evidence[2] = {{0, number, text}, {0, 0, {0}}};
	struct qn_text fixed_in[2] = {text, {0}};
	struct qn_issue issue = {text, number, number, number != 0, text, number};
	char stack[33];
	int64_t id;

	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_add_run(store, &run));
	assert_no_error(qn_store_add_source(store, &source, &id));
	id = has_place ? id : 0;
	evidence[0].source = id;
	assert_no_error(
		qn_store_add_pod(store, &(struct qn_store_pod){text, text, text, text, (int64_t)number,
							       (int64_t)number, id, number}));
	assert_no_error(qn_store_add_process(
		store, &(struct qn_store_process){text, text, text, text, text, time, time, text, text, id,
						  number, number, number % 2 == 0, number % 3 == 0}));
	assert_no_error(qn_store_add_signature(store, &signature));
	assert_no_error(qn_store_add_stack(store, frames, 2, stack));
	assert_no_error(qn_store_add_occurrence(
		store, &(struct qn_store_occurrence){text,        text,   qn_text_of(stack),
						     text,        id,     number,
						     number,      number, time,
						     text,        text,   text,
						     text,        text,   text,
						     text,        number, number,
						     number != 0, text,   text}));
	assert_no_error(
		qn_store_add_signature_tally(store, &(struct qn_store_tally){text, id, number, time, time}));
	assert_no_error(qn_store_add_template(
		store, &(struct qn_store_template){text, text, text, text, id, number, time, time}));
	assert_no_error(qn_store_add_rate(
		store, &(struct qn_store_rate){text, id, 10, (int64_t)number % 1000, number}));
	assert_no_error(qn_store_add_hit(store,
					 &(struct qn_store_hit){text, text, text, text, (unsigned)number, 0.5,
								id, number, time, text, number % 2 == 0},
					 evidence, 2));
	assert_no_error(
		qn_store_add_verdict(store, &(struct qn_store_verdict){text, text, text, text, text, text,
								       text, fixed_in, 2, 0.75}));
	assert_no_error(qn_store_add_issue(store, id, &issue));
	if (has_place) /* a core always has a source */
		assert_no_error(
			qn_store_add_core(store, &(struct qn_store_core){id, number, text, text, text}));
	assert_no_error(qn_store_commit(store));
}

static const char *const hostile[] = {
	"'; DROP TABLE run; --\"",
	"\xff\xfe\x80 bad utf-8 \xc3",
	"line\nline\r\n\ttab",
	"%s%n ?1 :a @b",
};

static void gives_back_every_field(void **state)
{
	struct qn_text texts[6] = {QN_TEXT("a\0b\0"), QN_TEXT("x")};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		texts[2 + i] = qn_text_of(hostile[i]);
	for (size_t i = 0; i < 6; i++) {
		struct qn_store *store = open_private();
		struct dump expected = {0};
		char *dump, *again;
		size_t found = 0, len;

		add_everything(store, texts[i], 7, true);
		dump = dump_store(store);
		/* Every text field of every row shows it. */
		dump_text(&expected, "", texts[i]);
		for (size_t k = 0; k < expected.out.len; k++)
			if (!expected.out.data[k])
				expected.out.data[k] = 1;
		len = expected.out.len - 1;
		for (char *at = strstr(dump, expected.out.data + 1); at;
		     at = strstr(at + len, expected.out.data + 1))
			found++;
		/* source 8, pod 6, process 11, signature 12, verdict 7, frames 6 + 6, occurrence 13, template
		 * 4, rate 1, hit 10, core 5, issue 2 */
		assert_int_equal(found, 91);
		add_everything(store, texts[i], 7, true);
		again = dump_store(store);
		assert_string_equal(again, dump);
		free(dump);
		free(again);
		qn_buffer_deinit(&expected.out);
		qn_store_close(store);
	}
}

/* The fields one by one, so that none stands for another. */
static void gives_back_the_fields_of_an_occurrence(void **state)
{
	struct qn_store *store = open_private();
	struct qn_arena arena = {0};
	struct qn_query_occurrence *events;
	struct qn_store_occurrence *row;
	size_t count;
	int64_t source = add_source(store, "p", "c", "");
	struct qn_store_occurrence occurrence = {
		.id = QN_TEXT("o"),
		.signature = QN_TEXT("QN-1"),
		.stack = {0},
		.evidence = QN_TEXT("e"),
		.source = source,
		.line = 3,
		.last_line = 4,
		.offset = 5,
		.time = {6, true, 0},
		.thread = QN_TEXT("thread"),
		.pod = QN_TEXT("pod"),
		.component = QN_TEXT("component"),
		.process = QN_TEXT("process"),
		.version = QN_TEXT("version"),
		.message = QN_TEXT("message"),
		.exception = QN_TEXT("exception"),
		.goroutine = UINT64_MAX,
		.fault_address = UINT64_MAX - 1,
		.has_fault_address = true,
		.damage = QN_TEXT("a\nb"),
		.others = QN_TEXT("2\tselect"),
	};

	(void)state;
	add_signature(store, "QN-1", "crash");
	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_add_occurrence(store, &occurrence));
	assert_no_error(qn_store_commit(store));
	assert_no_error(qn_query_occurrences(store, &arena, QN_TEXT(""), 0, &events, &count));
	assert_int_equal(count, 1);
	row = &events[0].row;
	assert_text(row->id, "o");
	assert_text(row->signature, "QN-1");
	assert_text(row->stack, "");
	assert_text(row->evidence, "e");
	assert_int_equal(row->source, source);
	assert_int_equal(row->line, 3);
	assert_int_equal(row->last_line, 4);
	assert_int_equal(row->offset, 5);
	assert_true(row->time.is_known);
	assert_int_equal(row->time.nsec, 6);
	assert_int_equal(row->time.digits, 0);
	assert_text(row->thread, "thread");
	assert_text(row->pod, "pod");
	assert_text(row->component, "component");
	assert_text(row->process, "process");
	assert_text(row->version, "version");
	assert_text(row->message, "message");
	assert_text(row->exception, "exception");
	assert_true(row->goroutine == UINT64_MAX);
	assert_true(row->fault_address == UINT64_MAX - 1);
	assert_true(row->has_fault_address);
	assert_text(row->damage, "a\nb");
	assert_text(row->others, "2\tselect");
	assert_int_equal(events[0].also_count, 0);
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

static void gives_back_rows_that_know_nothing(void **state)
{
	static const char expected[] =
		"source source=0: content=0: kind=0: wrappers=0: component=0: pod=0: run=0: size=0 lines=0 "
		"records=0"
		" issues=0 bytes_not=0 lines_not=0 format=0: lines=0\n"
		"pod name=0: component=0: state=0: reason=0: restarts=0 exit=0 source=none line=0\n"
		"process id=0: component=0: pod=0: version=0: commit=0: started=? ended=? end=0: evidence=0: "
		"source=none"
		" first_line=0 last_line=0\n"
		"signature id=0: family=0: kind=0: title=0: signal=0: reason=0: component=0: executor=0: "
		"pool=0: task=0:"
		" confidence=0.250000 new=0 count=1 first=? last=?\n"
		"    verdict rule=0: issue=0: url=0: title=0: fix=0: advice=0: confidence=0.750000 "
		"fixed_in=0: fixed_in=0:\n"
		"    frame raw=0: function=0: key=0: file=0: line=0 pc=0 module=0: build_id=0: thread-entry "
		"0000\n"
		"    frame raw=0: function=0: key=0: file=0: line=0 pc=0 module=0: build_id=0: user 0000\n";
	struct qn_store *store = open_private();
	char *dump, *again;

	(void)state;
	add_everything(store, (struct qn_text){0}, 0, false);
	dump = dump_store(store);
	assert_memory_equal(dump, expected, sizeof(expected) - 1);
	assert_non_null(strstr(
		dump, "template id=0: level=0: text=0: call_site=0: source=none count=0 first=? last=?\n"));
	assert_non_null(strstr(
		dump, "hit rule=0: cre=0: title=0: category=0: severity=0 confidence=0.500000 source=none"
		      " line=0 time=? signature=0:\n    evidence source=none line=0 text=0:\n"));
	assert_non_null(strstr(dump, "issue source=0: line=0 offset=0 has_offset=0 text=0: count=0\n"));
	add_everything(store, (struct qn_text){0}, 0, false);
	again = dump_store(store);
	assert_string_equal(again, dump);
	free(again);
	free(dump);
	qn_store_close(store);
}

static int64_t count_rows(struct qn_store *store)
{
	static const char *const tables[] = {"run",           "content",
					     "source",        "source_format",
					     "source_run",    "pod",
					     "process",       "process_source",
					     "signature",     "stack",
					     "frame",         "occurrence",
					     "place",         "tally",
					     "template",      "template_tally",
					     "template_rate", "core",
					     "hit",           "hit_evidence",
					     "verdict",       "verdict_fixed_in",
					     "issue"};
	int64_t all = 0, count, tables_count;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char select[80];

		snprintf(select, sizeof(select), "SELECT count(*) FROM %s", tables[i]);
		assert_no_error(qn_sql_number(store, select, &count));
		assert_true(count > 0);
		all += count;
	}
	assert_no_error(qn_sql_number(store, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'",
				      &tables_count));
	/* and family_link */
	assert_int_equal(tables_count, sizeof(tables) / sizeof(tables[0]) + 1);
	return all;
}

static void adds_no_row_when_the_same_comes_again(void **state)
{
	struct qn_store *store = open_private();
	int64_t before, views = 0;
	char *dump, *again;

	(void)state;
	add_everything(store, QN_TEXT("x"), 3, true);
	before = count_rows(store);
	dump = dump_store(store);
	for (unsigned i = 0; i < 3; i++)
		add_everything(store, QN_TEXT("x"), 3, true);
	again = dump_store(store);
	assert_string_equal(again, dump);
	assert_int_equal(count_rows(store), before);
	free(dump);
	free(again);
	assert_no_error(qn_sql_number(
		store,
		"SELECT (SELECT count(*) FROM v_signature) + (SELECT count(*) FROM v_occurrence)"
		" + (SELECT count(*) FROM v_process) + (SELECT count(*) FROM v_hit)"
		" + (SELECT count(*) FROM v_core)",
		&views));
	assert_int_equal(views, 6); /* two lines of evidence */
	assert_no_error(qn_store_clear_verdicts(store));
	assert_no_error(qn_sql_number(store, "SELECT count(*) FROM verdict_fixed_in", &views));
	assert_int_equal(views, 0);
	qn_store_close(store);
}

static void shows_times_in_the_views_as_the_input_had_them(void **state)
{
	static const struct {
		struct qn_time time;
		const char *shown;
	} cases[] = {
		{{1750264367127000000, true, 3}, "2025-06-18T16:32:47.127Z"},
		{{1750264367127000009, true, 9}, "2025-06-18T16:32:47.127000009Z"},
		{{1750264367000000000, true, 0}, "2025-06-18T16:32:47Z"},
		{{-1, true, 9}, "1969-12-31T23:59:59.999999999Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_store *store = open_private();
		struct qn_store_process process = {.id = QN_TEXT("p"), .started = cases[i].time};
		char select[160];
		int64_t is_equal = 0;

		assert_no_error(qn_store_add_process(store, &process));
		snprintf(select, sizeof(select), "SELECT started = '%s' AND ended IS NULL FROM v_process",
			 cases[i].shown);
		assert_no_error(qn_sql_number(store, select, &is_equal));
		assert_int_equal(is_equal, 1);
		qn_store_close(store);
	}
}

static void picks_one_of_two_rows_as_the_header_says(void **state)
{
	struct qn_store *store = open_private();
	struct qn_arena arena = {0};
	struct qn_query_pod *pods;
	struct qn_query_process *processes;
	struct qn_query_signature *signature;
	struct qn_store_process process = {
		.id = QN_TEXT("p"), .ended = at_second(9), .end = QN_TEXT("unknown")};
	size_t count;
	int64_t b = add_source(store, "b", "1", ""), a = add_source(store, "a", "2", "");

	(void)state;
	assert_no_error(
		qn_store_add_pod(store, &(struct qn_store_pod){QN_TEXT("q"), .restarts = 2, .exit_code = -1,
							       .source = b, .line = 4}));
	assert_no_error(
		qn_store_add_pod(store, &(struct qn_store_pod){QN_TEXT("q"), .restarts = -1, .exit_code = 137,
							       .reason = QN_TEXT("OOMKilled"), .source = a}));
	assert_no_error(qn_query_pods(store, &arena, &pods, &count));
	assert_int_equal(count, 1);
	assert_int_equal(pods[0].row.restarts, 2);
	assert_int_equal(pods[0].row.exit_code, -1);
	assert_text(pods[0].row.reason, "");
	assert_int_equal(pods[0].row.source, b);
	process.source = b;
	process.first_line = 7;
	assert_no_error(qn_store_add_process(store, &process));
	process.source = a;
	process.first_line = 8;
	process.end = QN_TEXT("crash");
	assert_no_error(qn_store_add_process(store, &process));
	process.ended = at_second(8);
	process.end = QN_TEXT("terminated");
	assert_no_error(qn_store_add_process(store, &process));
	assert_no_error(qn_query_processes(store, &arena, &processes, &count));
	assert_int_equal(count, 1);
	assert_text(processes[0].row.end, "crash");
	assert_int_equal(processes[0].row.source, a);
	assert_int_equal(processes[0].row.first_line, 8);
	assert_int_equal(processes[0].sources_count, 2);
	assert_int_equal(processes[0].sources[1], b);
	for (const char *const *component = (const char *const[]){"querynode", "", "proxy", NULL}; *component;
	     component++)
		assert_no_error(qn_store_add_signature(
			store, &(struct qn_store_signature){.id = QN_TEXT("QN-1"),
							    .component = qn_text_of(*component)}));
	signature = query_signatures(store, &arena, 1);
	assert_text(signature->row.component, "proxy");
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

static void replaces_the_verdict_of_an_earlier_run_of_the_rules(void **state)
{
	struct qn_store *store = open_private();
	struct qn_arena arena = {0};
	struct qn_query_signature *signature;
	struct qn_text fixed_in[] = {QN_TEXT("2.5.4"), QN_TEXT("2.4.20")};
	struct qn_store_verdict verdict = {QN_TEXT("QN-1"), .rule = QN_TEXT("z"), .fixed_in = fixed_in,
					   .fixed_in_count = 2, .confidence = 0.9};

	(void)state;
	add_signature(store, "QN-0", "crash");
	add_signature(store, "QN-1", "crash");
	assert_no_error(qn_store_add_verdict(store, &verdict));
	signature = query_signatures(store, &arena, 2);
	assert_false(signature[0].has_verdict);
	assert_true(signature[1].has_verdict);
	assert_int_equal(signature[1].verdict.fixed_in_count, 2);
	assert_text(signature[1].verdict.fixed_in[0], "2.5.4");
	assert_text(signature[1].verdict.fixed_in[1], "2.4.20");
	verdict.rule = QN_TEXT("a");
	verdict.fixed_in_count = 0;
	assert_no_error(qn_store_add_verdict(store, &verdict));
	signature = query_signatures(store, &arena, 2);
	assert_text(signature[1].verdict.rule, "a");
	assert_int_equal(signature[1].verdict.fixed_in_count, 0);
	assert_no_error(qn_store_clear_verdicts(store));
	assert_false(query_signatures(store, &arena, 2)[1].has_verdict);
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

static void keeps_issues_of_no_source_by_their_path(void **state)
{
	struct qn_store *store = open_private();
	struct qn_arena arena = {0};
	struct qn_issue *issues;
	size_t count;
	int64_t source = add_source(store, "m.log", "1", "");

	(void)state;
	assert_no_error(qn_store_add_issue(store, 0,
					   &(struct qn_issue){.source = QN_TEXT("z/core.7"),
							      .count = 1,
							      .text = QN_TEXT("cannot be read")}));
	assert_no_error(qn_store_add_issue(store, 0,
					   &(struct qn_issue){.source = QN_TEXT("b/core.8"),
							      .count = 1,
							      .text = QN_TEXT("cannot be read")}));
	assert_no_error(qn_store_add_issue(store, source,
					   &(struct qn_issue){.source = QN_TEXT("other"),
							      .line = 3,
							      .offset = 88,
							      .count = 4,
							      .text = QN_TEXT("line is cut")}));
	assert_no_error(qn_query_issues(store, &arena, &issues, &count));
	assert_int_equal(count, 3);
	assert_text(issues[0].source, "b/core.8");
	assert_text(issues[1].source, "m.log");
	assert_int_equal(issues[1].line, 3);
	assert_int_equal(issues[1].offset, 88);
	assert_int_equal(issues[1].count, 4);
	assert_text(issues[2].source, "z/core.7");
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_every_field),
		cmocka_unit_test(gives_back_the_fields_of_an_occurrence),
		cmocka_unit_test(gives_back_rows_that_know_nothing),
		cmocka_unit_test(adds_no_row_when_the_same_comes_again),
		cmocka_unit_test(shows_times_in_the_views_as_the_input_had_them),
		cmocka_unit_test(picks_one_of_two_rows_as_the_header_says),
		cmocka_unit_test(replaces_the_verdict_of_an_earlier_run_of_the_rules),
		cmocka_unit_test(keeps_issues_of_no_source_by_their_path),
	};

	return QN_RUN("store_query", tests);
}
