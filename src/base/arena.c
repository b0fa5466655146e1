#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CHUNK_BYTES (16U << 10)

struct qn_arena_chunk {
	struct qn_arena_chunk *next;
	size_t used;
	size_t capacity;
	alignas(max_align_t) char bytes[];
};

void qn_arena_deinit(struct qn_arena *arena)
{
	struct qn_arena_chunk *chunk = arena->chunks;

	while (chunk) {
		struct qn_arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	*arena = (struct qn_arena){0};
}

void qn_arena_clear(struct qn_arena *arena)
{
	struct qn_arena_chunk *kept = NULL;

	while (arena->chunks) {
		struct qn_arena_chunk *next = arena->chunks->next;

		if (!kept && arena->chunks->capacity == CHUNK_BYTES)
			kept = arena->chunks;
		else
			free(arena->chunks);
		arena->chunks = next;
	}
	if (kept) {
		kept->next = NULL;
		kept->used = 0;
	}
	arena->chunks = kept;
	arena->is_failed = false;
}

static void *take(struct qn_arena *arena, size_t size)
{
	struct qn_arena_chunk *chunk = arena->chunks;
	size_t rounded, capacity, bytes;
	void *piece;

	if (__builtin_add_overflow(size, alignof(max_align_t) - 1, &rounded))
		goto failed;
	rounded &= ~(size_t)(alignof(max_align_t) - 1);
	if (!chunk || chunk->capacity - chunk->used < rounded) {
		capacity = rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES;
		if (__builtin_add_overflow(capacity, sizeof(*chunk), &bytes))
			goto failed;
		chunk = malloc(bytes);
		if (!chunk)
			goto failed;
		chunk->capacity = capacity;
		chunk->used = 0;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	piece = chunk->bytes + chunk->used;
	chunk->used += rounded;
	return piece;
failed:
	arena->is_failed = true;
	return NULL;
}

void *qn_arena_alloc(struct qn_arena *arena, size_t size)
{
	void *piece = take(arena, size);

	return piece ? memset(piece, 0, size) : NULL;
}

struct qn_text qn_arena_copy(struct qn_arena *arena, struct qn_text text)
{
	char *copy = take(arena, text.len + 1);

	if (!copy)
		return (struct qn_text){0};
	if (text.len)
		memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	return (struct qn_text){copy, text.len};
}

struct qn_text qn_arena_printf(struct qn_arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text = NULL;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length >= 0)
		text = qn_arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	else
		arena->is_failed = true;
	va_end(again);
	return text ? (struct qn_text){text, (size_t)length} : (struct qn_text){0};
}

struct qn_error *qn_arena_check(const struct qn_arena *arena)
{
	return arena->is_failed ? &qn_error_no_memory : NULL;
}
