#include "stack/dialect.h"

#include <stdlib.h>

#include "stack/reader.h"

#include "base/banned.h"

const struct qn_dialect *const qn_dialects[] = {
	&qn_dialect_native,
	&qn_dialect_cgo,
	&qn_dialect_go,
	&qn_dialect_prelude,
	&qn_dialect_rust,
	&qn_dialect_parent,
	&qn_dialect_gdb,
	&qn_dialect_eustack,
	&qn_dialect_valgrind,
	&qn_dialect_sanitizer,
	&qn_dialect_jvm,
	&qn_dialect_faulthandler,
	&qn_dialect_java,
	&qn_dialect_python,
	&qn_dialect_easyassert,
	&qn_dialect_boost,
	&qn_dialect_exception,
	&qn_dialect_failure,
	&qn_dialect_glibc,
	&qn_dialect_unit,
	&qn_dialect_oom,
	&qn_dialect_systemd,
	&qn_dialect_trap,
	&qn_dialect_kernel,
	&qn_dialect_race,
	&qn_dialect_client,
	NULL,
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
	free(index->anywhere);
	*index = (struct qn_header_index){0};
}

/* Blanks and letters of English are few in the long lines, which are names of functions. */
static unsigned commonness(char byte)
{
	if (byte >= 'a' && byte <= 'z')
		return 3;
	return strchr(" :_,(<", byte ? byte : 'x') ? 2 : 1;
}

static size_t rarest_pair(struct qn_text words)
{
	size_t best = 0;

	for (size_t i = 1; i + 1 < words.len; i++)
		if (commonness(words.data[i]) + commonness(words.data[i + 1]) <
		    commonness(words.data[best]) + commonness(words.data[best + 1]))
			best = i;
	return best;
}

static uint16_t pair_at(const char *data)
{
	return (uint16_t)((unsigned char)data[0] | (unsigned char)data[1] << 8);
}

static struct qn_error *add_header(struct qn_header_index *index, const struct qn_dialect *dialect,
				   const struct qn_header *header)
{
	struct qn_text words = qn_text_of(header->words);
	uint32_t place = (uint32_t)index->count;
	struct qn_header_entry entry = {.dialect = dialect, .header = header, .len = words.len};

	if (header->is_anywhere && words.len >= 2) {
		entry.pair = rarest_pair(words);
		index->pairs[pair_at(words.data + entry.pair) / 8] |=
			(uint8_t)(1U << pair_at(words.data + entry.pair) % 8);
		QN_TRY(qn_array_reserve(&index->anywhere, &index->anywhere_capacity,
					index->anywhere_count + 1, sizeof(*index->anywhere)));
		index->anywhere[index->anywhere_count++] = place;
	}
	QN_TRY(qn_array_reserve(&index->entries, &index->capacity, index->count + 1,
				sizeof(*index->entries)));
	index->entries[index->count++] = entry;
	return qn_prefix_tree_put(&index->begins, words, false, place);
}

struct qn_error *qn_header_index_init(struct qn_header_index *index)
{
	*index = (struct qn_header_index){0};
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++)
		for (const struct qn_header *header = (*dialect)->headers; header->words; header++)
			QN_TRY(add_header(index, *dialect, header));
	return NULL;
}

/* Words whose pair stands at @at: the first of them, if it comes before @best. */
static uint32_t match_pair(const struct qn_header_index *index, struct qn_text text, size_t at, uint32_t best,
			   size_t *ret_start)
{
	for (size_t i = 0; i < index->anywhere_count && index->anywhere[i] < best; i++) {
		const struct qn_header_entry *entry = &index->entries[index->anywhere[i]];

		if (at < entry->pair || text.len - (at - entry->pair) < entry->len ||
		    memcmp(text.data + at - entry->pair, entry->header->words, entry->len) != 0)
			continue;
		*ret_start = at - entry->pair;
		return index->anywhere[i];
	}
	return best;
}

/* The first entry, before @best, whose words stand anywhere; one pass for all. */
static uint32_t find_anywhere(const struct qn_header_index *index, struct qn_text text, uint32_t best,
			      size_t *ret_start)
{
	if (!index->anywhere_count || best <= index->anywhere[0])
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
