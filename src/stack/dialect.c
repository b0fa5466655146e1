#include "stack/dialect.h"

#include <stdlib.h>

#include "stack/reader.h"

#include "base/banned.h"

const struct qn_dialect *const qn_dialects[] = {
	&qn_dialect_native,    &qn_dialect_cgo,       &qn_dialect_go,         &qn_dialect_prelude,
	&qn_dialect_rust,      &qn_dialect_parent,    &qn_dialect_gdb,        &qn_dialect_eustack,
	&qn_dialect_valgrind,  &qn_dialect_sanitizer, &qn_dialect_jvm,        &qn_dialect_faulthandler,
	&qn_dialect_java,      &qn_dialect_python,    &qn_dialect_easyassert, &qn_dialect_boost,
	&qn_dialect_exception, &qn_dialect_failure,   &qn_dialect_glibc,      &qn_dialect_unit,
	&qn_dialect_oom,       &qn_dialect_systemd,   &qn_dialect_trap,       &qn_dialect_kernel,
	&qn_dialect_race,      &qn_dialect_client,    &qn_dialect_check,      NULL,
};

/* Frames whose header was lost */
static const char pc_trigger[] = "pc=0x";

const char *qn_stack_trigger(size_t index)
{
	if (index == 0)
		return pc_trigger;
	index--;
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++) {
		const char *const *trigger = (*dialect)->triggers;

		for (; trigger && *trigger; trigger++)
			if (index-- == 0)
				return *trigger;
	}
	return NULL;
}

void qn_header_index_deinit(struct qn_header_index *index)
{
	qn_prefix_tree_deinit(&index->begins);
	free(index->entries);
	*index = (struct qn_header_index){0};
}

/* The bytes of stacks, in demangled names and mangled ones, from the most frequent on. */
static const char frequent[] = "e:tolnrauic/s f0mgvyd.x,<>()C&p1b2Th6S4E_PkRI5A738UF9?KN*B+-{}GOq[]=w@DjZ";

static size_t rarity(char byte)
{
	const char *at = byte ? strchr(frequent, byte) : NULL;

	return at ? (size_t)(at - frequent) : sizeof(frequent);
}

static size_t rarest_pair(struct qn_text words)
{
	size_t best = 0;

	for (size_t i = 1; i + 1 < words.len; i++)
		if (rarity(words.data[i]) + rarity(words.data[i + 1]) >
		    rarity(words.data[best]) + rarity(words.data[best + 1]))
			best = i;
	return best;
}

static uint16_t pair_at(const char *data)
{
	return (uint16_t)((unsigned char)data[0] | (unsigned char)data[1] << 8);
}

static size_t bucket_of(uint16_t pair)
{
	return (pair ^ pair >> 5) % QN_PAIR_BUCKETS;
}

static struct qn_error *add_header(struct qn_header_index *index, const struct qn_dialect *dialect,
				   const struct qn_header *header)
{
	struct qn_text words = qn_text_of(header->words);
	uint32_t place = (uint32_t)index->count;
	struct qn_header_entry entry = {.dialect = dialect, .header = header, .len = words.len};

	if (header->is_anywhere && words.len >= 2) {
		uint16_t pair;

		entry.pair = rarest_pair(words);
		pair = pair_at(words.data + entry.pair);
		index->pairs[pair / 8] |= (uint8_t)(1U << pair % 8);
		entry.next = index->buckets[bucket_of(pair)];
		index->buckets[bucket_of(pair)] = place;
		if (index->first_anywhere == UINT32_MAX)
			index->first_anywhere = place;
	}
	QN_TRY(qn_array_reserve(&index->entries, &index->capacity, index->count + 1,
				sizeof(*index->entries)));
	index->entries[index->count++] = entry;
	return qn_prefix_tree_put(&index->begins, words, false, place);
}

struct qn_error *qn_header_index_init(struct qn_header_index *index)
{
	*index = (struct qn_header_index){.first_anywhere = UINT32_MAX};
	memset(index->buckets, 0xff, sizeof(index->buckets));
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++)
		for (const struct qn_header *header = (*dialect)->headers; header->words; header++)
			QN_TRY(add_header(index, *dialect, header));
	return NULL;
}

/* Words whose pair stands at @at: the first of them, if it comes before @best. */
static uint32_t match_pair(const struct qn_header_index *index, struct qn_text text, size_t at, uint32_t best,
			   size_t *ret_start)
{
	uint32_t next = index->buckets[bucket_of(pair_at(text.data + at))];

	for (uint32_t place = next; place != UINT32_MAX; place = next) {
		const struct qn_header_entry *entry = &index->entries[place];

		next = entry->next;
		if (place >= best || at < entry->pair || text.len - (at - entry->pair) < entry->len ||
		    memcmp(text.data + at - entry->pair, entry->header->words, entry->len) != 0)
			continue;
		*ret_start = at - entry->pair;
		best = place;
	}
	return best;
}

/* The first entry, before @best, whose words stand anywhere; one pass for all. */
static uint32_t find_anywhere(const struct qn_header_index *index, struct qn_text text, uint32_t best,
			      size_t *ret_start)
{
	if (best <= index->first_anywhere)
		return best;
	for (size_t at = 0; at + 1 < text.len; at++) {
		uint16_t pair = pair_at(text.data + at);

		if (index->pairs[pair / 8] & 1U << pair % 8)
			best = match_pair(index, text, at, best, ret_start);
	}
	return best;
}

bool qn_dialects_match(const struct qn_header_index *index, struct qn_text text, struct qn_header_match *ret)
{
	const struct qn_header_entry *entry;
	size_t start = 0;
	uint32_t found = qn_prefix_tree_find(&index->begins, text, false);

	found = find_anywhere(index, text, found, &start);
	if (found == QN_PREFIX_NONE)
		return false;
	entry = &index->entries[found];
	if (entry->dialect->may_begin && !entry->dialect->may_begin(text))
		return false;
	*ret = (struct qn_header_match){.dialect = entry->dialect,
					.header = entry->header,
					.rest = qn_text_from(text, start + entry->len),
					.is_glued = start > 0 && entry->header->words[0] != ' ' &&
						    !entry->dialect->has_own_frames};
	return true;
}

struct qn_error *qn_dialects_take(struct qn_sighting *sighting, const struct qn_crash_line *line,
				  enum qn_line_use *ret_use)
{
	*ret_use = QN_LINE_NOT_MINE;
	if (sighting->of && sighting->of->has_own_frames)
		return sighting->of->take(sighting, line, ret_use);
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++) {
		if ((*dialect)->witness != sighting->witness || !(*dialect)->take ||
		    (*dialect)->has_own_frames)
			continue;
		QN_TRY((*dialect)->take(sighting, line, ret_use));
		if (*ret_use != QN_LINE_NOT_MINE)
			break;
	}
	return NULL;
}
