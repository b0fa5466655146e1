#include "stack/name_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"

#include "base/banned.h"

/* Threads that look for different names seldom wait for each other. */
#define SHARDS 16U
/* Of a shard. Names that find no place are read anew each time. */
#define SLOTS 2048U
#define PROBES_MAX 8U
#define SHARD_BYTES_MAX (3U << 20)

struct slot {
	uint64_t hash; /* 0: free */
	struct qn_text name, file;
	struct qn_name_meaning meaning;
};

struct shard {
	pthread_mutex_t lock;
	struct qn_arena arena;
	size_t bytes;
	struct slot slots[SLOTS];
};

struct qn_name_cache {
	struct shard shards[SHARDS];
};

struct qn_error *qn_name_cache_create(struct qn_name_cache **ret)
{
	struct qn_name_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return &qn_error_no_memory;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&cache->shards[i].lock, NULL);
	*ret = cache;
	return NULL;
}

void qn_name_cache_destroy(struct qn_name_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_destroy(&cache->shards[i].lock);
		qn_arena_deinit(&cache->shards[i].arena);
	}
	free(cache);
}

static uint64_t hash_of(struct qn_text name, struct qn_text file)
{
	uint64_t hash = qn_hash64(name) + qn_hash64(file) * UINT64_C(0x9e3779b97f4a7c15);

	return hash ? hash : 1;
}

/* The slot of the name, or a free one; NULL: neither within reach. */
static struct slot *find_slot(struct shard *shard, uint64_t hash, struct qn_text name, struct qn_text file)
{
	for (unsigned i = 0; i < PROBES_MAX; i++) {
		struct slot *slot = &shard->slots[(hash / SHARDS + i) % SLOTS];

		if (!slot->hash || (slot->hash == hash && qn_text_equal(slot->name, name) &&
				    qn_text_equal(slot->file, file)))
			return slot;
	}
	return NULL;
}

bool qn_name_cache_find(struct qn_name_cache *cache, struct qn_text name, struct qn_text file,
			struct qn_name_meaning *ret)
{
	uint64_t hash = hash_of(name, file);
	struct shard *shard = &cache->shards[hash % SHARDS];
	const struct slot *slot;
	bool is_there;

	pthread_mutex_lock(&shard->lock);
	slot = find_slot(shard, hash, name, file);
	is_there = slot && slot->hash;
	if (is_there)
		*ret = slot->meaning;
	pthread_mutex_unlock(&shard->lock);
	return is_there;
}

static void fill(struct shard *shard, struct slot *slot, const struct slot *wanted)
{
	struct slot copy = *wanted;

	copy.name = qn_arena_copy(&shard->arena, wanted->name);
	copy.file = qn_arena_copy(&shard->arena, wanted->file);
	copy.meaning.function = qn_arena_copy(&shard->arena, wanted->meaning.function);
	copy.meaning.key = qn_arena_copy(&shard->arena, wanted->meaning.key);
	copy.meaning.file = qn_arena_copy(&shard->arena, wanted->meaning.file);
	if (!shard->arena.is_failed)
		*slot = copy;
}

void qn_name_cache_put(struct qn_name_cache *cache, struct qn_text name, struct qn_text file,
		       const struct qn_name_meaning *meaning)
{
	struct slot wanted = {.hash = hash_of(name, file), .name = name, .file = file, .meaning = *meaning};
	struct shard *shard = &cache->shards[wanted.hash % SHARDS];
	size_t bytes = name.len + file.len + meaning->function.len + meaning->key.len + meaning->file.len;
	struct slot *slot;

	pthread_mutex_lock(&shard->lock);
	slot = find_slot(shard, wanted.hash, name, file);
	if (slot && !slot->hash && shard->bytes + bytes <= SHARD_BYTES_MAX && !shard->arena.is_failed) {
		shard->bytes += bytes;
		fill(shard, slot, &wanted);
	}
	pthread_mutex_unlock(&shard->lock);
}
