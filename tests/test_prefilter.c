#include "support/test.h"

#include "rule/prefilter.h"

struct hits {
	struct qn_prefilter_hit *items;
	size_t count;
};

static void hits_deinit(struct hits *hits)
{
	free(hits->items);
}

/* What any engine must find: every literal at every offset, by last byte and then by id. */
static struct hits find_by_force(const struct qn_text *literals, size_t count, struct qn_text block)
{
	struct hits hits = {.items = calloc(block.len * count + 1, sizeof(*hits.items))};

	for (size_t last = 0; last < block.len; last++)
		for (size_t i = 0; i < count; i++)
			if (literals[i].len <= last + 1 && memcmp(block.data + last + 1 - literals[i].len,
								  literals[i].data, literals[i].len) == 0)
				hits.items[hits.count++] =
					(struct qn_prefilter_hit){(uint32_t)last, (uint32_t)i};
	return hits;
}

static const enum qn_prefilter_choice choices[] = {QN_PREFILTER_BEST, QN_PREFILTER_PORTABLE};

/* Both engines against brute force. */
static void check(const struct qn_text *literals, size_t count, struct qn_text block)
{
	_cleanup_(hits_deinit) struct hits expected = find_by_force(literals, count, block);

	for (size_t i = 0; i < 2; i++) {
		_cleanup_(qn_prefilter_destroy_guard) struct qn_prefilter *prefilter = NULL;
		_cleanup_(qn_prefilter_scratch_destroy_guard) struct qn_prefilter_scratch *scratch = NULL;
		const struct qn_prefilter_hit *hits;
		size_t found;

		assert_no_error(qn_prefilter_create(literals, count, choices[i], &prefilter));
		assert_no_error(qn_prefilter_scratch_create(prefilter, &scratch));
		assert_no_error(qn_prefilter_scan(prefilter, scratch, block, &hits, &found));
		assert_int_equal(found, expected.count);
		for (size_t k = 0; k < found; k++) {
			assert_int_equal(hits[k].last, expected.items[k].last);
			assert_int_equal(hits[k].literal, expected.items[k].literal);
		}
	}
}

static void finds_literals_of_any_length_that_hold_each_other(void **state)
{
	static const struct qn_text literals[] = {
		{"segment", 7}, {"load segment failed", 19},
		{"seg", 3},     {"segment", 7},
		{"t", 1},       {"me", 2},
		{"load", 4},    {"ailed", 5},
		{"absent", 6},  {"\0x", 2},
		{"\0", 1},
	};

	(void)state;
	check(literals, 11, QN_TEXT("load segment failed, load segment\0x failed segmen"));
	check(literals, 11, QN_TEXT("load segment failed"));
	check(literals, 11, QN_TEXT("t"));
	check(literals, 11, QN_TEXT(""));
}

static void finds_a_literal_at_every_offset_of_a_block(void **state)
{
	static const struct qn_text literals[] = {
		{"abcd", 4}, {"abcdefghijk", 11}, {"xyz", 3}, {"pq", 2}, {"0123456789abcdefghijklmnop", 26}};
	char block[96];

	(void)state;
	/* one at a time too: then its own stride is used and not that of the shortest */
	for (size_t i = 0; i < 5; i++)
		for (size_t at = 0; at + literals[i].len <= sizeof(block); at++) {
			memset(block, '.', sizeof(block));
			memcpy(block + at, literals[i].data, literals[i].len);
			check(&literals[i], 1, (struct qn_text){block, sizeof(block)});
			check(literals, 5, (struct qn_text){block, at + literals[i].len});
		}
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 33);
}

static void finds_what_brute_force_finds(void **state)
{
	uint64_t seed = 40308;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		char block[600], pool[24][20];
		struct qn_text literals[24];
		size_t count = next_random(&seed) % 24 + 1, len = next_random(&seed) % sizeof(block);
		unsigned letters = next_random(&seed) % 3 + 1, longest = next_random(&seed) % 19 + 1;

		for (size_t i = 0; i < len; i++)
			block[i] = "a\0b"[next_random(&seed) % letters];
		for (size_t i = 0; i < count; i++) {
			literals[i] = (struct qn_text){pool[i], next_random(&seed) % longest + 1};
			for (size_t k = 0; k < literals[i].len; k++)
				pool[i][k] = "a\0b"[next_random(&seed) % letters];
		}
		check(literals, count, (struct qn_text){block, len});
	}
}

static void finds_literals_of_16_kib(void **state)
{
	const size_t len = 16384;
	_cleanup_free_ char *block = malloc(3 * len);
	uint64_t seed = 7;
	struct qn_text literals[3];

	(void)state;
	for (size_t i = 0; i < 3 * len; i++)
		block[i] = (char)('a' + next_random(&seed) % 20);
	literals[0] = (struct qn_text){block + 100, len};
	literals[1] = (struct qn_text){block + 2 * len, len};
	literals[2] = (struct qn_text){block + 100 + len - 70, 70};
	/* the end of literals[0] without its beginning */
	memcpy(block + len + 500, block + 100 + len - 200, 200);
	check(literals, 3, (struct qn_text){block, 3 * len});
	memset(block, 'a', 3 * len);
	check(literals, 3, (struct qn_text){block, len + 50});
}

static void finds_ten_thousand_literals(void **state)
{
	static char pool[10000][16];
	static struct qn_text literals[10000];
	_cleanup_(qn_buffer_deinit) struct qn_buffer block = {0};

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		int len = snprintf(pool[i], sizeof(pool[i]), "id-%u-", i);

		literals[i] = (struct qn_text){pool[i], (size_t)len};
		if (i % 1000 == 7)
			qn_buffer_printf(&block, " text id-%u- text", i);
	}
	check(literals, 10000, qn_buffer_text(&block));
}

static void a_scratch_serves_many_scans(void **state)
{
	const struct qn_text literals[] = {QN_TEXT("panic"), QN_TEXT("lost")};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(qn_prefilter_destroy_guard) struct qn_prefilter *prefilter = NULL;
		_cleanup_(qn_prefilter_scratch_destroy_guard) struct qn_prefilter_scratch *scratch = NULL;
		const struct qn_prefilter_hit *hits;
		size_t count;

		assert_no_error(qn_prefilter_create(literals, 2, choices[i], &prefilter));
		assert_no_error(qn_prefilter_scratch_create(prefilter, &scratch));
		assert_no_error(
			qn_prefilter_scan(prefilter, scratch, QN_TEXT("a panic, a lost one"), &hits, &count));
		assert_int_equal(count, 2);
		assert_int_equal(hits[0].last, 6);
		assert_int_equal(hits[1].literal, 1);
		assert_no_error(qn_prefilter_scan(prefilter, scratch, QN_TEXT("nothing"), &hits, &count));
		assert_int_equal(count, 0);
	}
}

static void no_literals_give_no_hits(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(qn_prefilter_destroy_guard) struct qn_prefilter *prefilter = NULL;
		_cleanup_(qn_prefilter_scratch_destroy_guard) struct qn_prefilter_scratch *scratch = NULL;
		const struct qn_prefilter_hit *hits;
		size_t count = 1;

		assert_no_error(qn_prefilter_create(NULL, 0, choices[i], &prefilter));
		assert_no_error(qn_prefilter_scratch_create(prefilter, &scratch));
		assert_no_error(qn_prefilter_scan(prefilter, scratch, QN_TEXT("text"), &hits, &count));
		assert_int_equal(count, 0);
	}
	qn_prefilter_destroy(NULL);
	qn_prefilter_scratch_destroy(NULL);
}

static void refuses_an_empty_literal(void **state)
{
	const struct qn_text literals[] = {QN_TEXT("a"), QN_TEXT("")};
	struct qn_prefilter *prefilter = NULL;

	(void)state;
	assert_error(qn_prefilter_create(literals, 2, QN_PREFILTER_BEST, &prefilter), QN_ERROR_RULE,
		     "literal 1 is empty and would hit everywhere");
}

static void refuses_a_block_over_4_gib(void **state)
{
	const struct qn_text literals[] = {QN_TEXT("a")};
	_cleanup_(qn_prefilter_destroy_guard) struct qn_prefilter *prefilter = NULL;
	_cleanup_(qn_prefilter_scratch_destroy_guard) struct qn_prefilter_scratch *scratch = NULL;
	const struct qn_prefilter_hit *hits;
	size_t count;

	(void)state;
	assert_no_error(qn_prefilter_create(literals, 1, QN_PREFILTER_PORTABLE, &prefilter));
	assert_no_error(qn_prefilter_scratch_create(prefilter, &scratch));
	/* the length is looked at before any byte */
	assert_error(qn_prefilter_scan(prefilter, scratch, (struct qn_text){"a", 1ULL << 32}, &hits, &count),
		     QN_ERROR_LIMIT, "a block of 4294967296 bytes is over 4 GiB");
}

static void says_which_engine_it_is(void **state)
{
	const struct qn_text literals[] = {QN_TEXT("a")};
	_cleanup_(qn_prefilter_destroy_guard) struct qn_prefilter *best = NULL, *portable = NULL;

	(void)state;
	assert_no_error(qn_prefilter_create(literals, 1, QN_PREFILTER_BEST, &best));
	assert_no_error(qn_prefilter_create(literals, 1, QN_PREFILTER_PORTABLE, &portable));
	assert_string_equal(qn_prefilter_engine(portable), "portable");
	assert_true(strcmp(qn_prefilter_engine(best), "hyperscan") == 0 ||
		    strcmp(qn_prefilter_engine(best), "portable") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_literals_of_any_length_that_hold_each_other),
		cmocka_unit_test(finds_a_literal_at_every_offset_of_a_block),
		cmocka_unit_test(finds_what_brute_force_finds),
		cmocka_unit_test(finds_literals_of_16_kib),
		cmocka_unit_test(finds_ten_thousand_literals),
		cmocka_unit_test(a_scratch_serves_many_scans),
		cmocka_unit_test(no_literals_give_no_hits),
		cmocka_unit_test(refuses_an_empty_literal),
		cmocka_unit_test(refuses_a_block_over_4_gib),
		cmocka_unit_test(says_which_engine_it_is),
	};

	return QN_RUN("prefilter", tests);
}
