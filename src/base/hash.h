/* Hashes: the door to xxHash, and a string-keyed map.
 *
 * 128-bit XXH3 makes content addresses (ids of occurrences, signatures, stacks): not for secrets. A hasher is
 * fed *parts*: each is mixed in with its length, so that ("ab", "c") and ("a", "bc") differ. The result is
 * the same on any machine. */
#ifndef QN_BASE_HASH_H
#define QN_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct qn_hash128 {
	uint64_t high, low;
};

struct qn_hasher {
	struct qn_hash128 state;
};

void qn_hasher_init(struct qn_hasher *hasher);
void qn_hasher_add(struct qn_hasher *hasher, struct qn_text part);
void qn_hasher_add_u64(struct qn_hasher *hasher, uint64_t part);
struct qn_hash128 qn_hasher_result(const struct qn_hasher *hasher);

/* Hash of a run of bytes, the same however it is cut into pieces (`xxhsum -H2` prints it, too). */
struct qn_digest {
	struct XXH3_state_s *state; /* NULL: nothing was added yet */
};

struct qn_error *qn_digest_add(struct qn_digest *digest, struct qn_text piece) QN_MUST_CHECK;
struct qn_hash128 qn_digest_result(const struct qn_digest *digest);
void qn_digest_deinit(struct qn_digest *digest);

/* The first @digits (at most 32) lower-case hex digits of @hash, and a NUL, into @ret (digits + 1 bytes). */
void qn_hash_hex(struct qn_hash128 hash, unsigned digits, char *ret);

uint64_t qn_hash64(struct qn_text text);

/* Map from text to a pointer; keys are borrowed and must outlive the map. Iterate over entries[0..count),
 * which is in the order of insertion. */
struct qn_map_entry {
	struct qn_text key;
	uint64_t hash;
	void *value;
};

struct qn_map {
	struct qn_map_entry *entries;
	size_t count, entries_capacity;
	uint32_t *slots; /* index + 1 into entries, 0 is free */
	size_t slots_count;
};

void qn_map_deinit(struct qn_map *map);
void *qn_map_find(const struct qn_map *map, struct qn_text key); /* NULL: not there */
/* Replaces the value of a key that is there. */
struct qn_error *qn_map_put(struct qn_map *map, struct qn_text key, void *value) QN_MUST_CHECK;

#endif
