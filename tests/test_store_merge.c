/* Merging is a union: the same in any order, and adding what is there changes nothing. Shown over stores
 * filled with rows drawn from few values, so that every rule that picks one of two rows is met. */
#include "support/store_dump.h"

#include "store/sql.h"

#define STORES 4U

struct random {
	uint64_t state;
};

static unsigned draw(struct random *random, unsigned below)
{
	random->state = random->state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(random->state >> 33) % below;
}

static const char *const words[] = {"", "a", "b", "ab", "'; DROP TABLE run; --", "\xff\xfe", "querynode"};

static struct qn_text draw_word(struct random *random)
{
	return qn_text_of(words[draw(random, sizeof(words) / sizeof(words[0]))]);
}

static struct qn_time draw_time(struct random *random)
{
	unsigned value = draw(random, 6);

	return value ? (struct qn_time){(int64_t)value * 7000000000, true, (uint8_t)draw(random, 4)}
		     : (struct qn_time){0};
}

static struct qn_text draw_id(struct random *random, struct qn_arena *arena, const char *prefix,
			      unsigned below)
{
	return qn_arena_printf(arena, "%s%u", prefix, draw(random, below));
}

static void add_sources(struct random *random, struct qn_arena *arena, struct qn_store *store,
			int64_t sources[6])
{
	for (unsigned i = 0; i < 6; i++) {
		struct qn_store_run run = {draw_id(random, arena, "run", 4), draw_word(random),
					   draw_time(random)};
		struct qn_store_format_count formats[2] = {{draw_word(random), draw(random, 9)},
							   {QN_TEXT("zap"), draw(random, 9)}};
		struct qn_store_source source = {
			.path = draw_id(random, arena, "path", 3),
			.content = draw_id(random, arena, "content", 4),
			.kind = draw_word(random),
			.wrappers = draw_word(random),
			.component = draw_word(random),
			.pod = draw_word(random),
			.size_bytes = draw(random, 3),
			.lines = draw(random, 3),
			.records = draw(random, 3),
			.issues = draw(random, 3),
			.bytes_not_understood = draw(random, 3),
			.lines_not_understood = draw(random, 3),
			.run = run.id,
			.formats = formats,
			.formats_count = draw(random, 3),
		};

		assert_no_error(qn_store_add_run(store, &run));
		assert_no_error(qn_store_add_source(store, &source, &sources[i]));
		assert_true(sources[i] > 0);
	}
}

static void add_lives(struct random *random, struct qn_arena *arena, struct qn_store *store,
		      const int64_t sources[6])
{
	struct qn_store_pod pod = {
		.name = draw_id(random, arena, "pod", 3),
		.component = draw(random, 2) ? QN_TEXT("querynode") : QN_TEXT(""),
		.reason = draw(random, 2) ? QN_TEXT("Error") : QN_TEXT("OOMKilled"),
		.restarts = (int64_t)draw(random, 2) - 1,
		.exit_code = (int64_t)draw(random, 2) - 1,
		.source = draw(random, 4) ? sources[draw(random, 6)] : 0,
		.line = draw(random, 3),
	};
	struct qn_store_process process = {
		.id = draw_id(random, arena, "process", 3),
		.component = draw_word(random),
		.pod = draw_word(random),
		.version = draw_word(random),
		.commit = draw_word(random),
		.started = draw_time(random),
		.ended = draw_time(random),
		.end = draw(random, 2) ? QN_TEXT("unknown") : draw_word(random),
		.end_evidence = draw_word(random),
		.source = draw(random, 4) ? sources[draw(random, 6)] : 0,
		.first_line = draw(random, 5),
		.last_line = draw(random, 5),
		.has_banner = draw(random, 2),
		.is_previous = draw(random, 2),
	};

	assert_no_error(qn_store_add_pod(store, &pod));
	assert_no_error(qn_store_add_process(store, &process));
}

static struct qn_text add_signature(struct random *random, struct qn_arena *arena, struct qn_store *store)
{
	struct qn_store_signature signature = {
		.id = draw_id(random, arena, "QN-", 4),
		.family = draw_word(random),
		.kind = draw(random, 2) ? QN_TEXT("crash") : QN_TEXT("error"),
		.title = draw_word(random),
		.signal = draw_word(random),
		.reason = draw_word(random),
		.component = draw_word(random),
		.executor_kind = draw_word(random),
		.executor_pool = draw_word(random),
		.executor_task = draw_word(random),
		.confidence = draw(random, 4) / 4.0,
	};

	assert_no_error(qn_store_add_signature(store, &signature));
	return signature.id;
}

static void add_occurrence(struct random *random, struct qn_arena *arena, struct qn_store *store,
			   const int64_t sources[6], struct qn_text signature)
{
	struct qn_frame frames[3] = {0};
	size_t frames_count = draw(random, 4);
	char stack[33];
	struct qn_store_occurrence occurrence = {
		.id = draw_id(random, arena, "occurrence", 20),
		.signature = signature,
		.evidence = draw_word(random),
		.source = draw(random, 8) ? sources[draw(random, 6)] : 0,
		.line = draw(random, 4),
		.last_line = draw(random, 9),
		.offset = draw(random, 3),
		.time = draw_time(random),
		.thread = draw_word(random),
		.pod = draw_word(random),
		.component = draw_word(random),
		.process = draw_word(random),
		.version = draw_word(random),
		.message = draw_word(random),
		.exception = draw_word(random),
		.goroutine = draw(random, 2),
		.fault_address = draw(random, 2) ? UINT64_MAX : 0,
		.has_fault_address = draw(random, 2),
		.damage = draw_word(random),
	};

	for (size_t i = 0; i < frames_count; i++) {
		frames[i].function = draw_word(random);
		frames[i].role = (enum qn_role)draw(random, 8);
	}
	assert_no_error(qn_store_add_stack(store, frames, frames_count, stack));
	if (draw(random, 4))
		occurrence.stack = qn_text_of(stack);
	assert_no_error(qn_store_add_occurrence(store, &occurrence));
	if (draw(random, 2))
		assert_no_error(
			qn_store_add_place(store, occurrence.id, sources[draw(random, 6)], draw(random, 4)));
}

static void add_counts(struct random *random, struct qn_arena *arena, struct qn_store *store,
		       const int64_t sources[6], struct qn_text signature)
{
	struct qn_store_tally tally = {signature, sources[draw(random, 6)], draw(random, 9),
				       draw_time(random), draw_time(random)};
	struct qn_store_template template = {
		.id = draw_id(random, arena, "T-", 3),
		.level = draw_word(random),
		.text = draw_word(random),
		.call_site = draw_word(random),
		.source = sources[draw(random, 6)],
		.count = draw(random, 9),
		.first = draw_time(random),
		.last = draw_time(random),
	};
	struct qn_issue issue = {
		.source = draw_word(random),
		.line = draw(random, 2),
		.offset = draw(random, 3),
		.has_offset = draw(random, 2),
		.text = draw_word(random),
		.count = draw(random, 3),
	};

	assert_no_error(qn_store_add_signature_tally(store, &tally));
	assert_no_error(qn_store_add_template(store, &template));
	for (int64_t i = 0; i < 3; i++)
		assert_no_error(qn_store_add_rate(store, &(struct qn_store_rate){
								 .template = template.id,
								 .source = template.source,
								 .width_sec = template.count % 2 ? 10 : 1,
								 .bucket = (int64_t) template.count % 5 - i,
								 .count = template.count + (uint64_t)i,
							 }));
	assert_no_error(qn_store_add_issue(store, draw(random, 3) ? sources[draw(random, 6)] : 0, &issue));
}

/* One core may be read with more or fewer of its programs at hand. */
static void add_core(struct random *random, struct qn_store *store, const int64_t sources[6])
{
	assert_no_error(qn_store_add_core(store, &(struct qn_store_core){.source = sources[draw(random, 6)],
									 .named = draw(random, 3),
									 .signature = draw_word(random),
									 .json = draw_word(random),
									 .summary = draw_word(random)}));
}

static void add_rules(struct random *random, struct qn_arena *arena, struct qn_store *store,
		      const int64_t sources[6], struct qn_text signature)
{
	struct qn_store_evidence evidence[2] = {
		{sources[draw(random, 6)], draw(random, 2), draw_word(random)},
		{0, draw(random, 2), draw_word(random)}};
	struct qn_store_hit hit = {
		.rule = draw_id(random, arena, "rule", 2),
		.cre_id = draw_word(random),
		.title = draw_word(random),
		.category = draw_word(random),
		.severity = draw(random, 3),
		.confidence = draw(random, 4) / 4.0,
		.source = sources[draw(random, 6)],
		.line = draw(random, 2),
		.time = draw_time(random),
		.signature = draw(random, 2) ? signature : QN_TEXT(""),
	};
	struct qn_text fixed_in[2] = {draw_word(random), draw_word(random)};
	struct qn_store_verdict verdict = {
		.signature = signature,
		.rule = draw_word(random),
		.issue = draw_word(random),
		.url = draw_word(random),
		.title = draw_word(random),
		.fix = draw_word(random),
		.advice = draw_word(random),
		.fixed_in = fixed_in,
		.fixed_in_count = draw(random, 3),
		.confidence = draw(random, 2) / 2.0,
	};

	hit.is_judged = draw(random, 2);
	assert_no_error(qn_store_add_hit(store, &hit, evidence, draw(random, 3)));
	assert_no_error(qn_store_add_verdict(store, &verdict));
}

static void fill(struct qn_store *store, uint64_t seed)
{
	struct random random = {seed};
	struct qn_arena arena = {0};
	int64_t sources[6];

	assert_no_error(qn_store_begin(store));
	add_sources(&random, &arena, store, sources);
	for (unsigned i = 0; i < 15; i++) {
		struct qn_text signature = add_signature(&random, &arena, store);

		add_lives(&random, &arena, store, sources);
		add_occurrence(&random, &arena, store, sources, signature);
		add_counts(&random, &arena, store, sources, signature);
		add_rules(&random, &arena, store, sources, signature);
		add_core(&random, store, sources);
	}
	assert_no_error(qn_store_commit(store));
	qn_arena_deinit(&arena);
}

/* A store at @path that is the union of those whose digits are in @order. To be freed. */
static char *merge_in_order(struct folder *folder, const char *path, const char *order)
{
	struct qn_store *store;
	char name[32], *dump;

	assert_no_error(qn_store_open(path, QN_STORE_CREATE, &store));
	for (const char *at = order; *at; at++) {
		snprintf(name, sizeof(name), "%c.db", *at);
		assert_no_error(qn_store_merge(store, folder_file(folder, name)));
	}
	dump = dump_store(store);
	qn_store_close(store);
	return dump;
}

static void make_stores(struct folder *folder, uint64_t seed)
{
	for (unsigned i = 0; i < STORES; i++) {
		struct qn_store *store;
		char name[32];

		snprintf(name, sizeof(name), "%u.db", i);
		assert_no_error(qn_store_open(folder_file(folder, name), QN_STORE_CREATE, &store));
		fill(store, seed * 100 + i);
		qn_store_close(store);
	}
}

static void gives_the_same_in_any_order(void **state)
{
	static const char *const orders[] = {"0132", "3210", "2031", "00112233", "012301230"};

	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct folder folder;
		char *expected;

		folder_make(&folder);
		make_stores(&folder, seed);
		expected = merge_in_order(&folder, NULL, "0123");
		assert_non_null(strstr(expected, "occurrence"));
		for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
			char *dump = merge_in_order(&folder, NULL, orders[i]);

			assert_string_equal(dump, expected);
			free(dump);
		}
		free(expected);
		folder_remove(&folder);
	}
}

static void gives_the_same_however_it_is_grouped(void **state)
{
	(void)state;
	for (uint64_t seed = 21; seed <= 26; seed++) {
		struct folder folder;
		char *left, *right;

		folder_make(&folder);
		make_stores(&folder, seed);
		free(merge_in_order(&folder, folder_file(&folder, "5.db"), "01"));
		free(merge_in_order(&folder, folder_file(&folder, "6.db"), "23"));
		free(merge_in_order(&folder, folder_file(&folder, "7.db"), "12"));
		left = merge_in_order(&folder, NULL, "56");
		right = merge_in_order(&folder, NULL, "073");
		assert_string_equal(left, right);
		free(left);
		free(right);
		folder_remove(&folder);
	}
}

static void copies_a_store_as_it_is(void **state)
{
	struct folder folder;
	struct qn_store *store;
	char *copy, *original;

	(void)state;
	folder_make(&folder);
	make_stores(&folder, 77);
	copy = merge_in_order(&folder, NULL, "1");
	assert_no_error(qn_store_open(folder_file(&folder, "1.db"), QN_STORE_READ_ONLY, &store));
	original = dump_store(store);
	assert_string_equal(copy, original);
	qn_store_close(store);
	free(copy);
	free(original);
	folder_remove(&folder);
}

static void changes_nothing_when_a_store_is_merged_into_itself(void **state)
{
	struct folder folder;
	struct qn_store *store;
	char *before, *after;

	(void)state;
	folder_make(&folder);
	make_stores(&folder, 5);
	assert_no_error(qn_store_open(folder_file(&folder, "0.db"), 0, &store));
	before = dump_store(store);
	assert_no_error(qn_store_merge(store, folder_file(&folder, "0.db")));
	after = dump_store(store);
	assert_string_equal(after, before);
	qn_store_close(store);
	free(before);
	free(after);
	folder_remove(&folder);
}

static void is_part_of_the_batch_it_is_called_in(void **state)
{
	struct folder folder;
	struct qn_store *store;
	char *before, *after;

	(void)state;
	folder_make(&folder);
	make_stores(&folder, 6);
	assert_no_error(qn_store_open(folder_file(&folder, "0.db"), 0, &store));
	before = dump_store(store);
	assert_no_error(qn_store_begin(store));
	assert_no_error(qn_store_merge(store, folder_file(&folder, "1.db")));
	after = dump_store(store);
	assert_string_not_equal(after, before);
	free(after);
	qn_store_rollback(store);
	after = dump_store(store);
	assert_string_equal(after, before);
	qn_store_close(store);
	free(before);
	free(after);
	folder_remove(&folder);
}

static void names_the_store_that_cannot_be_merged(void **state)
{
	struct folder folder;
	struct qn_store *store;
	char message[512];

	(void)state;
	folder_make(&folder);
	assert_no_error(qn_store_open(NULL, 0, &store));
	snprintf(message, sizeof(message), "no such store: %s/9.db; run `qntriage ingest` first or give --db",
		 folder.path);
	assert_error(qn_store_merge(store, folder_file(&folder, "9.db")), QN_ERROR_STORE, message);
	qn_store_close(store);
	folder_remove(&folder);
}

/* A place that names a source which the store does not have: nothing of such a store goes in. */
static void takes_nothing_of_a_store_that_contradicts_itself(void **state)
{
	struct folder folder;
	struct qn_store *store;
	struct qn_error *error;
	char *before, *after;

	(void)state;
	folder_make(&folder);
	make_stores(&folder, 8);
	assert_no_error(qn_store_open(folder_file(&folder, "1.db"), 0, &store));
	assert_no_error(
		qn_sql_exec(store, "PRAGMA foreign_keys = OFF; UPDATE place SET source = source + 1000;"));
	qn_store_close(store);
	assert_no_error(qn_store_open(folder_file(&folder, "0.db"), 0, &store));
	before = dump_store(store);
	error = qn_store_merge(store, folder_file(&folder, "1.db"));
	assert_non_null(error);
	assert_int_equal(error->code, QN_ERROR_STORE);
	assert_non_null(strstr(error->message, "0.db: the store cannot be used (NOT NULL constraint failed"));
	qn_error_destroy(error);
	after = dump_store(store);
	assert_string_equal(after, before);
	qn_store_close(store);
	free(before);
	free(after);
	folder_remove(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_same_in_any_order),
		cmocka_unit_test(gives_the_same_however_it_is_grouped),
		cmocka_unit_test(copies_a_store_as_it_is),
		cmocka_unit_test(changes_nothing_when_a_store_is_merged_into_itself),
		cmocka_unit_test(is_part_of_the_batch_it_is_called_in),
		cmocka_unit_test(names_the_store_that_cannot_be_merged),
		cmocka_unit_test(takes_nothing_of_a_store_that_contradicts_itself),
	};

	return QN_RUN("store_merge", tests);
}
