#include "base/hash.h"

#include <stdlib.h>

#include <xxhash.h>

#include "base/banned.h"

void qn_hasher_init(struct qn_hasher *hasher)
{
	*hasher = (struct qn_hasher){{0, 0}};
}

void qn_hasher_add(struct qn_hasher *hasher, struct qn_text part)
{
	/* Each part is hashed with what came before as its seed, then chained with its length. */
	XXH128_hash_t hash = XXH3_128bits_withSeed(part.data ? part.data : "", part.len, hasher->state.low);
	uint64_t chain[5] = {hasher->state.high, hasher->state.low, hash.high64, hash.low64, part.len};

	hash = XXH3_128bits(chain, sizeof(chain));
	hasher->state = (struct qn_hash128){hash.high64, hash.low64};
}

void qn_hasher_add_u64(struct qn_hasher *hasher, uint64_t part)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(part >> (8 * i));
	qn_hasher_add(hasher, (struct qn_text){(const char *)bytes, sizeof(bytes)});
}

struct qn_hash128 qn_hasher_result(const struct qn_hasher *hasher)
{
	return hasher->state;
}

struct qn_error *qn_digest_add(struct qn_digest *digest, struct qn_text piece)
{
	if (!piece.len)
		return NULL;
	if (!digest->state) {
		digest->state = XXH3_createState();
		if (!digest->state)
			return &qn_error_no_memory;
		XXH3_128bits_reset(digest->state);
	}
	XXH3_128bits_update(digest->state, piece.data, piece.len);
	return NULL;
}

struct qn_hash128 qn_digest_result(const struct qn_digest *digest)
{
	XXH128_hash_t hash = digest->state ? XXH3_128bits_digest(digest->state) : XXH3_128bits("", 0);

	return (struct qn_hash128){hash.high64, hash.low64};
}

void qn_digest_deinit(struct qn_digest *digest)
{
	XXH3_freeState(digest->state);
	digest->state = NULL;
}

void qn_hash_hex(struct qn_hash128 hash, unsigned digits, char *ret)
{
	for (unsigned i = 0; i < digits && i < 32; i++) {
		uint64_t word = i < 16 ? hash.high : hash.low;

		ret[i] = "0123456789abcdef"[word >> (60 - 4 * (i % 16)) & 15];
	}
	ret[digits < 32 ? digits : 32] = '\0';
}

uint64_t qn_hash64(struct qn_text text)
{
	return XXH3_64bits(text.data ? text.data : "", text.len);
}

void qn_map_deinit(struct qn_map *map)
{
	free(map->entries);
	free(map->slots);
	*map = (struct qn_map){0};
}

static size_t find_slot(const struct qn_map *map, struct qn_text key, uint64_t hash)
{
	size_t slot = hash & (map->slots_count - 1);

	while (map->slots[slot]) {
		const struct qn_map_entry *entry = &map->entries[map->slots[slot] - 1];

		if (entry->hash == hash && qn_text_equal(entry->key, key))
			break;
		slot = (slot + 1) & (map->slots_count - 1);
	}
	return slot;
}

void *qn_map_find(const struct qn_map *map, struct qn_text key)
{
	size_t slot;

	if (!map->count)
		return NULL;
	slot = find_slot(map, key, qn_hash64(key));
	return map->slots[slot] ? map->entries[map->slots[slot] - 1].value : NULL;
}

static struct qn_error *grow(struct qn_map *map)
{
	size_t wanted = map->slots_count ? map->slots_count * 2 : 16;
	uint32_t *slots = calloc(wanted, sizeof(*slots));

	if (!slots)
		return &qn_error_no_memory;
	free(map->slots);
	map->slots = slots;
	map->slots_count = wanted;
	for (size_t i = 0; i < map->count; i++)
		map->slots[find_slot(map, map->entries[i].key, map->entries[i].hash)] = (uint32_t)i + 1;
	return NULL;
}

struct qn_error *qn_map_put(struct qn_map *map, struct qn_text key, void *value)
{
	uint64_t hash = qn_hash64(key);
	size_t slot;

	if (map->slots_count < (map->count + 1) * 2)
		QN_TRY(grow(map));
	slot = find_slot(map, key, hash);
	if (!map->slots[slot]) {
		QN_TRY(qn_array_reserve(&map->entries, &map->entries_capacity, map->count + 1,
					sizeof(*map->entries)));
		map->entries[map->count++] = (struct qn_map_entry){.key = key, .hash = hash};
		map->slots[slot] = (uint32_t)map->count;
	}
	map->entries[map->slots[slot] - 1].value = value;
	return NULL;
}
