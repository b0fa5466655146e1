/* How often, where first, and whether new: what the store counts. */
#include "support/store_rows.h"

/* Evidence "", pod "" and second -1 are unknown. */
static void add_event(struct qn_store *store, const char *id, const char *evidence, const char *pod,
		      int64_t second, int64_t source, uint64_t line)
{
	struct qn_store_occurrence occurrence = {
		.id = qn_text_of(id),
		.signature = QN_TEXT("QN-1"),
		.evidence = qn_text_of(evidence),
		.pod = qn_text_of(pod),
		.time = second < 0 ? (struct qn_time){0} : at_second(second),
		.source = source,
		.line = line,
		.last_line = line + 5,
		.offset = line * 100,
	};

	assert_no_error(qn_store_add_occurrence(store, &occurrence));
}

/* "id@path:line+path:line id@path:line", in the order of the query. To be freed. */
static char *list_events(struct qn_store *store, const char *signature, size_t limit)
{
	struct dump dump = {0};
	struct qn_query_occurrence *events;
	struct qn_query_source *sources;
	size_t count, sources_count;

	assert_no_error(qn_query_sources(store, &dump.arena, &sources, &sources_count));
	assert_no_error(
		qn_query_occurrences(store, &dump.arena, qn_text_of(signature), limit, &events, &count));
	for (size_t i = 0; i < count; i++) {
		qn_buffer_printf(&dump.out, "%s%.*s", i ? " " : "", QN_ARG(events[i].row.id));
		for (size_t j = 0; j <= events[i].also_count; j++) {
			int64_t source = j ? events[i].also[j - 1].source : events[i].row.source;
			uint64_t line = j ? events[i].also[j - 1].line : events[i].row.line;

			for (size_t k = 0; k < sources_count; k++)
				if (sources[k].id == source)
					qn_buffer_printf(&dump.out, "%s%.*s:%u", j ? "+" : "@",
							 QN_ARG(sources[k].row.path), (unsigned)line);
		}
	}
	qn_buffer_append_string(&dump.out, "");
	qn_arena_deinit(&dump.arena);
	return dump.out.data ? dump.out.data : calloc(1, 1);
}

static void assert_events(struct qn_store *store, const char *expected)
{
	char *events = list_events(store, "QN-1", 0);

	assert_string_equal(events, expected);
	free(events);
}

static struct qn_query_signature *query_signatures(struct qn_store *store, struct qn_arena *arena,
						   size_t expected)
{
	struct qn_query_signature *signatures;
	size_t count;

	assert_no_error(qn_query_signatures(store, arena, &signatures, &count));
	assert_int_equal(count, expected);
	return signatures;
}

static void shows_events_by_time_then_place(void **state)
{
	struct qn_store *store = open_private();
	int64_t b, a;
	char *events;

	(void)state;
	add_signature(store, "QN-1", "crash");
	b = add_source(store, "b.log", "1", "");
	a = add_source(store, "a.log", "2", "");
	add_event(store, "late", "", "", 9, a, 1);
	add_event(store, "unknown", "", "", -1, a, 2);
	add_event(store, "b3", "", "", 5, b, 3);
	add_event(store, "a9", "", "", 5, a, 9);
	add_event(store, "a10", "", "", 5, a, 10);
	add_event(store, "early", "", "", 1, b, 7);
	assert_events(store, "early@b.log:7 a9@a.log:9 a10@a.log:10 b3@b.log:3 late@a.log:1 unknown@a.log:2");
	events = list_events(store, "", 2);
	assert_string_equal(events, "early@b.log:7 a9@a.log:9");
	free(events);
	events = list_events(store, "QN-2", 2);
	assert_string_equal(events, "");
	free(events);
	qn_store_close(store);
}

static void shows_the_smallest_place_first_and_each_other_once(void **state)
{
	struct qn_store *store = open_private();
	int64_t b, a;

	(void)state;
	add_signature(store, "QN-1", "crash");
	b = add_source(store, "b.log", "1", "");
	a = add_source(store, "a.log", "1", "");
	add_event(store, "o", "e", "pod", 1, b, 10);
	add_event(store, "o", "e", "pod", 1, a, 10);
	add_event(store, "o", "e", "pod", 1, b, 10);
	assert_no_error(qn_store_add_place(store, QN_TEXT("o"), b, 40));
	assert_no_error(qn_store_add_place(store, QN_TEXT("o"), b, 40));
	assert_no_error(qn_store_add_place(store, QN_TEXT("o"), a, 9));
	assert_events(store, "o@a.log:9+a.log:10+b.log:10+b.log:40");
	qn_store_close(store);
}

struct told {
	const char *id, *evidence, *pod;
	int64_t second;
	unsigned source; /* index */
	uint64_t line;
};

/* Sources 0 to 3: a.log, b.log, c.log, and d.log with the content of a.log. */
static void counts_an_event_told_twice_once(void **state)
{
	static const struct {
		const char *name;
		struct told told[5];
		const char *expected;
	} cases[] = {
		{"the one with a pod stays",
		 {{"x", "e", "", 5, 0, 1}, {"y", "e", "p", 5, 1, 2}},
		 "y@b.log:2+a.log:1"},
		{"the smallest place stays when no pod is known",
		 {{"x", "e", "", -1, 1, 1}, {"y", "e", "", 5, 0, 2}},
		 "y@a.log:2+b.log:1"},
		{"two pods are two events",
		 {{"x", "e", "p", 5, 0, 1}, {"y", "e", "q", 5, 1, 2}},
		 "x@a.log:1 y@b.log:2"},
		{"other evidence is another event",
		 {{"x", "e", "", 5, 0, 1}, {"y", "f", "p", 5, 1, 2}},
		 "x@a.log:1 y@b.log:2"},
		{"no evidence tells nothing",
		 {{"x", "", "", 5, 0, 1}, {"y", "", "p", 5, 1, 2}},
		 "x@a.log:1 y@b.log:2"},
		{"another time is another event",
		 {{"x", "e", "", 5, 0, 1}, {"y", "e", "p", 6, 1, 2}},
		 "x@a.log:1 y@b.log:2"},
		{"one source never tells an event twice",
		 {{"x", "e", "", 5, 0, 1}, {"y", "e", "", 6, 0, 50}},
		 "x@a.log:1 y@a.log:50"},
		{"nor does a copy of it",
		 {{"x", "e", "", 5, 0, 1}, {"y", "e", "p", 6, 3, 50}},
		 "x@a.log:1 y@d.log:50"},
		{"a crash loop collected twice is paired by time",
		 {{"x", "e", "", 14, 0, 1},
		  {"y", "e", "", 20, 0, 9},
		  {"z", "e", "p", 14, 1, 2},
		  {"w", "e", "p", 20, 1, 8}},
		 "z@b.log:2+a.log:1 w@b.log:8+a.log:9"},
		{"a third teller joins",
		 {{"x", "e", "", 5, 0, 1}, {"y", "e", "p", 5, 1, 2}, {"z", "e", "", -1, 2, 3}},
		 "y@b.log:2+a.log:1+c.log:3"},
		{"a known time is taken from the copy",
		 {{"x", "e", "", 5, 0, 1}, {"y", "e", "p", -1, 1, 2}, {"z", "f", "p", 7, 2, 3}},
		 "y@b.log:2+a.log:1 z@c.log:3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_store *store = open_private();
		struct qn_arena arena = {0};
		int64_t sources[4];
		size_t expected_count = 1;
		char *events;

		sources[2] = add_source(store, "c.log", "3", "");
		sources[1] = add_source(store, "b.log", "2", "");
		sources[0] = add_source(store, "a.log", "1", "");
		sources[3] = add_source(store, "d.log", "1", "");
		add_signature(store, "QN-1", "crash");
		for (const struct told *told = cases[i].told; told->id; told++)
			add_event(store, told->id, told->evidence, told->pod, told->second,
				  sources[told->source], told->line);
		events = list_events(store, "", 0);
		if (strcmp(events, cases[i].expected))
			fail_msg("%s: %s", cases[i].name, events);
		free(events);
		for (const char *at = cases[i].expected; *at; at++)
			expected_count += *at == ' ';
		assert_int_equal(query_signatures(store, &arena, 1)->count, expected_count);
		qn_arena_deinit(&arena);
		qn_store_close(store);
	}
}

static void sums_up_what_a_signature_did(void **state)
{
	struct qn_store *store = open_private();
	struct qn_arena arena = {0};
	struct qn_query_signature *signature;
	struct qn_frame frames[3] = {
		{.function = QN_TEXT("f")}, {.function = QN_TEXT("g")}, {.function = QN_TEXT("h")}};
	struct qn_store_occurrence occurrence = {.signature = QN_TEXT("QN-1"), .line = 1};
	static const struct {
		const char *id, *version, *pod;
		int64_t second;
		size_t frames;
	} events[] = {{"o1", "2.5.3", "q-1", 50, 1},
		      {"o2", "2.4.0", "q-0", 30, 3},
		      {"o3", "2.5.3", "q-0", 90, 2},
		      {"o4", "", "", -1, 0}};
	char stack[33];

	(void)state;
	add_signature(store, "QN-1", "crash");
	occurrence.source = add_source(store, "a.log", "1", "");
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		assert_no_error(qn_store_add_stack(store, frames, events[i].frames, stack));
		occurrence.id = qn_text_of(events[i].id);
		occurrence.version = qn_text_of(events[i].version);
		occurrence.pod = qn_text_of(events[i].pod);
		occurrence.time = events[i].second < 0 ? (struct qn_time){0} : at_second(events[i].second);
		occurrence.stack = events[i].frames ? qn_text_of(stack) : (struct qn_text){0};
		occurrence.line++;
		assert_no_error(qn_store_add_occurrence(store, &occurrence));
	}
	signature = query_signatures(store, &arena, 1);
	assert_int_equal(signature->count, 4);
	assert_int_equal(signature->first.nsec, 30000000000);
	assert_int_equal(signature->last.nsec, 90000000000);
	assert_int_equal(signature->versions_count, 2);
	assert_text(signature->versions[0], "2.4.0");
	assert_text(signature->versions[1], "2.5.3");
	assert_int_equal(signature->pods_count, 2);
	assert_text(signature->pods[0], "q-0");
	assert_text(signature->pods[1], "q-1");
	assert_int_equal(signature->frames_count, 3);
	assert_text(signature->frames[2].function, "h");
	assert_false(signature->has_verdict);
	assert_false(signature->is_new);
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

static void counts_errors_and_templates_once_for_each_content(void **state)
{
	struct qn_store *store = open_private();
	struct qn_arena arena = {0};
	struct qn_query_signature *signature;
	struct qn_query_template *templates;
	struct qn_query_source *sources;
	size_t count;
	static const struct {
		const char *path, *content;
		uint64_t count;
		int64_t first, last;
	} seen[] = {{"a.log", "1", 100, 50, 60}, {"copy/a.log", "1", 100, 50, 60}, {"b.log", "2", 7, 40, 55}};

	(void)state;
	add_signature(store, "QN-1", "error");
	for (size_t i = 0; i < 3; i++) {
		int64_t source = add_source(store, seen[i].path, seen[i].content, "");
		struct qn_time first = at_second(seen[i].first), last = at_second(seen[i].last);

		add_event(store, "o1", "", "", 1, source, 1);
		assert_no_error(qn_store_add_signature_tally(
			store,
			&(struct qn_store_tally){QN_TEXT("QN-1"), source, seen[i].count, first, last}));
		assert_no_error(
			qn_store_add_template(store, &(struct qn_store_template){.id = QN_TEXT("T-1"),
										 .source = source,
										 .count = seen[i].count,
										 .first = first,
										 .last = last}));
		assert_no_error(qn_store_add_template(
			store, &(struct qn_store_template){.id = i ? QN_TEXT("T-0") : QN_TEXT("T-2"),
							   .source = source,
							   .count = i ? 90 : 97}));
	}
	assert_no_error(qn_query_sources(store, &arena, &sources, &count));
	assert_int_equal(count, 3);
	signature = query_signatures(store, &arena, 1);
	assert_int_equal(signature->count, 107);
	assert_int_equal(signature->first.nsec, 40000000000);
	assert_int_equal(signature->last.nsec, 60000000000);
	assert_no_error(qn_query_templates(store, &arena, &templates, &count));
	assert_int_equal(count, 3);
	assert_text(templates[0].row.id, "T-0");
	assert_int_equal(templates[0].row.count, 180);
	assert_text(templates[1].row.id, "T-1");
	assert_int_equal(templates[1].row.count, 107);
	assert_int_equal(templates[1].row.first.nsec, 40000000000);
	assert_int_equal(templates[1].row.last.nsec, 60000000000);
	assert_int_equal(templates[1].row.source, 0);
	assert_text(templates[2].row.id, "T-2");
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

static void add_run(struct qn_store *store, const char *id, int64_t second)
{
	struct qn_store_run run = {qn_text_of(id), {0}, second < 0 ? (struct qn_time){0} : at_second(second)};

	assert_no_error(qn_store_add_run(store, &run));
}

/* Only the last run, by its evidence and not by when it was ingested, makes a signature new. */
static void calls_new_what_only_the_last_run_shows(void **state)
{
	static const struct {
		const char *name;
		const char *shown_by; /* runs that show QN-1, of "a" (time 10), "b" (time 30), "c" (time 20),
					 "d" (unknown) */
		bool by_tally;
		bool is_new;
	} cases[] = {
		{"the last one", "b", false, true},
		{"the last one, counted", "b", true, true},
		{"an earlier one", "a", false, false},
		{"the one ingested last", "c", false, false},
		{"the last one and another", "cb", false, false},
		{"of unknown time", "d", false, false},
		{"two runs, counted", "ab", true, false},
		{"none", "", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_store *store = open_private();
		struct qn_arena arena = {0};

		assert_no_error(qn_store_begin(store));
		add_run(store, "d", -1);
		add_run(store, "b", 30);
		add_run(store, "a", 10);
		add_run(store, "c", 20);
		add_signature(store, "QN-1", cases[i].by_tally ? "error" : "crash");
		for (const char *run = cases[i].shown_by; *run; run++) {
			char name[2] = {*run};
			int64_t source = add_source(store, name, name, name);

			if (cases[i].by_tally)
				assert_no_error(qn_store_add_signature_tally(
					store, &(struct qn_store_tally){.signature = QN_TEXT("QN-1"),
									.source = source}));
			else
				add_event(store, name, "", "", 1, source, 1);
		}
		assert_no_error(qn_store_commit(store));
		if (query_signatures(store, &arena, 1)->is_new != cases[i].is_new)
			fail_msg("%s", cases[i].name);
		qn_arena_deinit(&arena);
		qn_store_close(store);
	}
}

static void links_one_source_to_every_run_that_brought_it(void **state)
{
	struct qn_store *store = open_private();
	struct qn_arena arena = {0};
	int64_t source;

	(void)state;
	assert_no_error(qn_store_begin(store));
	add_run(store, "first", 10);
	add_run(store, "second", 10);
	add_signature(store, "QN-1", "crash");
	source = add_source(store, "a.log", "1", "second");
	add_event(store, "o", "", "", 1, source, 1);
	assert_true(query_signatures(store, &arena, 1)->is_new);
	assert_int_equal(add_source(store, "a.log", "1", "first"), source);
	assert_false(query_signatures(store, &arena, 1)->is_new);
	assert_no_error(qn_store_commit(store));
	qn_arena_deinit(&arena);
	qn_store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_events_by_time_then_place),
		cmocka_unit_test(shows_the_smallest_place_first_and_each_other_once),
		cmocka_unit_test(counts_an_event_told_twice_once),
		cmocka_unit_test(sums_up_what_a_signature_did),
		cmocka_unit_test(counts_errors_and_templates_once_for_each_content),
		cmocka_unit_test(calls_new_what_only_the_last_run_shows),
		cmocka_unit_test(links_one_source_to_every_run_that_brought_it),
	};

	return QN_RUN("store_count", tests);
}
