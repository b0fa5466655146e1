#include "support/test.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/banned.h"

/* Hash of the given texts, NULL ends, as 32 hex digits. */
static void hash_of(const char *const *parts, char *ret)
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	for (; *parts; parts++)
		qn_hasher_add(&hasher, qn_text_of(*parts));
	qn_hash_hex(qn_hasher_result(&hasher), 32, ret);
}

/* Ids stand in stores and bug reports: a change of these values is a change of every id there is. */
static void content_hashes_never_change(void **state)
{
	struct qn_hasher hasher;
	char hex[33];

	(void)state;
	hash_of((const char *const[]){"milvus::segcore::Search", "SIGSEGV", NULL}, hex);
	assert_string_equal(hex, "53ed29b58ab603537c567bac0181a337");
	qn_hasher_init(&hasher);
	qn_hasher_add_u64(&hasher, 0x0102030405060708);
	qn_hash_hex(qn_hasher_result(&hasher), 32, hex);
	assert_string_equal(hex, "d05d77205134added1c5963e4af86ae9");
}

static void parts_differ_from_what_they_join_to(void **state)
{
	static const char *const parts[][4] = {
		{"ab", "c", NULL}, {"a", "bc", NULL},     {"abc", NULL},     {"abc", "", NULL},
		{"", "abc", NULL}, {"a", "b", "c", NULL}, {"c", "ab", NULL}, {NULL},
	};
	char hex[8][33];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		hash_of(parts[i], hex[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(hex[i], hex[k]);
	}
}

static void a_number_hashes_as_its_bytes_in_little_endian(void **state)
{
	struct qn_hasher number, bytes;

	(void)state;
	qn_hasher_init(&number);
	qn_hasher_init(&bytes);
	qn_hasher_add_u64(&number, 0x1122334455667788);
	qn_hasher_add(&bytes, QN_TEXT("\x88\x77\x66\x55\x44\x33\x22\x11"));
	assert_int_equal(qn_hasher_result(&number).high, qn_hasher_result(&bytes).high);
	assert_int_equal(qn_hasher_result(&number).low, qn_hasher_result(&bytes).low);
}

static void an_empty_part_without_bytes_is_an_empty_part(void **state)
{
	struct qn_hasher a, b;

	(void)state;
	qn_hasher_init(&a);
	qn_hasher_init(&b);
	qn_hasher_add(&a, (struct qn_text){0});
	qn_hasher_add(&b, QN_TEXT(""));
	assert_int_equal(qn_hasher_result(&a).low, qn_hasher_result(&b).low);
	assert_int_equal(qn_hash64((struct qn_text){0}), qn_hash64(QN_TEXT("")));
}

static void hex_has_the_digits_that_were_asked_for(void **state)
{
	const struct qn_hash128 hash = {0x0123456789abcdef, 0xfedcba9876543210};
	char hex[40];

	(void)state;
	qn_hash_hex(hash, 12, hex);
	assert_string_equal(hex, "0123456789ab");
	qn_hash_hex(hash, 20, hex);
	assert_string_equal(hex, "0123456789abcdeffedc");
	qn_hash_hex(hash, 32, hex);
	assert_string_equal(hex, "0123456789abcdeffedcba9876543210");
	qn_hash_hex(hash, 99, hex);
	assert_string_equal(hex, "0123456789abcdeffedcba9876543210");
	qn_hash_hex(hash, 0, hex);
	assert_string_equal(hex, "");
}

static void a_map_finds_each_of_many_keys_in_the_order_of_insertion(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena keys = {0};
	_cleanup_(qn_map_deinit) struct qn_map map = {0};

	(void)state;
	assert_null(qn_map_find(&map, QN_TEXT("key 1")));
	for (uintptr_t i = 1; i <= 5000; i++)
		assert_no_error(qn_map_put(&map, qn_arena_printf(&keys, "key %zu", (size_t)i), (void *)i));
	assert_int_equal(map.count, 5000);
	for (uintptr_t i = 1; i <= 5000; i++) {
		struct qn_text key = qn_arena_printf(&keys, "key %zu", (size_t)i);

		assert_ptr_equal(qn_map_find(&map, key), (void *)i);
		assert_true(qn_text_equal(map.entries[i - 1].key, key));
	}
	assert_null(qn_map_find(&map, QN_TEXT("key 0")));
	assert_null(qn_map_find(&map, QN_TEXT("")));
}

static void a_digest_does_not_depend_on_how_the_bytes_are_cut(void **state)
{
	static const char text[] =
		"[2025/03/04 07:52:41.908 +00:00] [INFO] [a.go:1] [\"no hash is shorter than its text\"]";
	struct qn_hash128 first = {0};

	(void)state;
	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		_cleanup_(qn_digest_deinit) struct qn_digest digest = {0};
		struct qn_text rest = {text, sizeof(text)};
		struct qn_hash128 result;

		for (; rest.len; rest = qn_text_from(rest, piece))
			assert_no_error(qn_digest_add(&digest, qn_text_first(rest, piece)));
		result = qn_digest_result(&digest);
		if (piece == 1)
			first = result;
		assert_memory_equal(&result, &first, sizeof(first));
	}
}

/* As `printf "" | xxhsum -H2` and `printf a | xxhsum -H2` print them. */
static void a_digest_is_plain_xxh128(void **state)
{
	_cleanup_(qn_digest_deinit) struct qn_digest digest = {0};
	char hex[33];

	(void)state;
	qn_hash_hex(qn_digest_result(&digest), 32, hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	assert_no_error(qn_digest_add(&digest, QN_TEXT("a")));
	qn_hash_hex(qn_digest_result(&digest), 32, hex);
	assert_string_equal(hex, "a96faf705af16834e6c632b61e964e1f");
}

static void a_map_replaces_the_value_of_a_key_it_has(void **state)
{
	_cleanup_(qn_map_deinit) struct qn_map map = {0};
	int first, second;

	(void)state;
	assert_no_error(qn_map_put(&map, QN_TEXT(""), &first));
	assert_no_error(qn_map_put(&map, QN_TEXT("a\0b"), &first));
	assert_no_error(qn_map_put(&map, QN_TEXT("a\0c"), &second));
	assert_no_error(qn_map_put(&map, (struct qn_text){0}, &second));
	assert_int_equal(map.count, 3);
	assert_ptr_equal(qn_map_find(&map, QN_TEXT("")), &second);
	assert_ptr_equal(qn_map_find(&map, QN_TEXT("a\0b")), &first);
	assert_ptr_equal(qn_map_find(&map, QN_TEXT("a\0c")), &second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_hashes_never_change),
		cmocka_unit_test(parts_differ_from_what_they_join_to),
		cmocka_unit_test(a_number_hashes_as_its_bytes_in_little_endian),
		cmocka_unit_test(an_empty_part_without_bytes_is_an_empty_part),
		cmocka_unit_test(hex_has_the_digits_that_were_asked_for),
		cmocka_unit_test(a_digest_does_not_depend_on_how_the_bytes_are_cut),
		cmocka_unit_test(a_digest_is_plain_xxh128),
		cmocka_unit_test(a_map_finds_each_of_many_keys_in_the_order_of_insertion),
		cmocka_unit_test(a_map_replaces_the_value_of_a_key_it_has),
	};

	return QN_RUN("hash", tests);
}
