#include "stack/dialect.h"

#include "stack/reader.h"

#include "base/banned.h"

const struct qn_dialect *const qn_dialects[] = {
	&qn_dialect_native,  &qn_dialect_cgo,
	&qn_dialect_go,      &qn_dialect_prelude,
	&qn_dialect_rust,    &qn_dialect_parent,
	&qn_dialect_unit,    &qn_dialect_oom,
	&qn_dialect_systemd, &qn_dialect_trap,
	&qn_dialect_kernel,  &qn_dialect_race,
	&qn_dialect_client,  NULL,
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

static bool match_header(const struct qn_header *header, struct qn_text text, struct qn_header_match *ret)
{
	struct qn_text words;
	size_t at = 0;

	/* Most lines are told from most headers by their first byte. */
	if (!header->is_anywhere && (text.len == 0 || text.data[0] != header->words[0]))
		return false;
	words = qn_text_of(header->words);
	if (!qn_text_starts(text, words)) {
		at = header->is_anywhere ? qn_text_find(text, words) : SIZE_MAX;
		if (at == SIZE_MAX)
			return false;
	}
	ret->header = header;
	ret->rest = qn_text_from(text, at + words.len);
	ret->is_glued = at > 0 && header->words[0] != ' ';
	return true;
}

bool qn_dialects_match(struct qn_text text, struct qn_header_match *ret)
{
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++) {
		if ((*dialect)->may_begin && !(*dialect)->may_begin(text))
			continue;
		for (const struct qn_header *header = (*dialect)->headers; header->words; header++) {
			if (!match_header(header, text, ret))
				continue;
			ret->dialect = *dialect;
			return true;
		}
	}
	return false;
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
