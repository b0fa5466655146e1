/* Pieces of a name that was cut by a terminal or by another writer: held back until it is whole. */
#include "stack/reader_state.h"

#include "base/banned.h"

/* A line that was held back: it was no header then. */
static struct qn_error *read_held(struct qn_stack_reader *reader, const struct qn_line *line, unsigned damage)
{
	struct qn_crash_line ready;
	bool ignored = false;

	qn_crash_line_prepare(line, &ready);
	ready.damage |= damage;
	return qn_reader_line(reader, &ready, NULL, &ignored);
}

struct qn_error *qn_reader_release_pieces(struct qn_stack_reader *reader)
{
	struct qn_fragments *fragments = &reader->fragments;
	size_t count = fragments->count;
	unsigned damage = fragments->damage;
	struct qn_line line;

	if (!count)
		return NULL;
	if (count > 1 && !qn_fragments_are_one(fragments)) {
		fragments->count = 0;
		for (size_t i = 0; i < count; i++) {
			line = qn_fragments_line(fragments, i);
			QN_TRY(read_held(reader, &line, damage));
		}
		return NULL;
	}
	if (count > 1)
		damage |= fragments->is_interrupted ? QN_DAMAGE_HALF_LINE : QN_DAMAGE_WRAPPED_NAME;
	line = qn_fragments_line(fragments, SIZE_MAX);
	fragments->count = 0;
	return read_held(reader, &line, damage);
}

static bool takes_fragments(const struct qn_stack_reader *reader)
{
	return reader->open && !qn_reader_has_own_frames(reader) && reader->open->phase == QN_PHASE_FRAMES &&
	       !reader->open->is_place_skipped &&
	       (reader->open->witness == QN_WITNESS_NATIVE || reader->open->witness == QN_WITNESS_GO);
}

bool qn_reader_hold_raw_piece(struct qn_stack_reader *reader, const struct qn_line *line)
{
	struct qn_fragments *fragments = &reader->fragments;
	bool is_interrupted = fragments->is_interrupted;
	unsigned foreign = fragments->foreign;
	struct qn_crash_line raw;

	if (!fragments->count || fragments->damage & QN_DAMAGE_NUMBERS)
		return false;
	qn_crash_line_prepare(line, &raw);
	if (!raw.text.len)
		return false;
	if (qn_fragments_offer(fragments, &raw) == QN_FRAGMENT_TAKEN)
		return true;
	fragments->is_interrupted = is_interrupted;
	fragments->foreign = foreign;
	return false;
}

struct qn_error *qn_reader_hold_piece(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				      bool *ret_held)
{
	struct qn_fragments *fragments = &reader->fragments;
	enum qn_fragment_use use = QN_FRAGMENT_NEXT;
	bool is_other = line->header || !line->text.len;

	*ret_held = false;
	if (!takes_fragments(reader) && !fragments->count)
		return NULL;
	if (fragments->count && !is_other)
		use = qn_fragments_offer(fragments, line);
	*ret_held = use == QN_FRAGMENT_TAKEN;
	if (use != QN_FRAGMENT_NEXT)
		return NULL;
	QN_TRY(qn_reader_release_pieces(reader));
	*ret_held = !is_other && takes_fragments(reader) && qn_fragments_begin(fragments, line);
	return qn_buffer_check(&fragments->text);
}

/* "x/y.(*T).Produce(0x1400138": the paste ends before the place of its last frame. */
struct qn_error *qn_reader_add_last_name(struct qn_stack_reader *reader)
{
	static const struct qn_code_place nowhere;
	const struct qn_held_name *name = qn_names_first(&reader->names);
	struct qn_sighting *open = reader->open;
	struct qn_text text;

	if (!name || open->phase != QN_PHASE_FRAMES || open->witness != QN_WITNESS_GO ||
	    open->is_place_skipped || reader->blanks || reader->idle > 1 || qn_reader_has_own_frames(reader))
		return NULL;
	text = qn_held_name_text(name);
	if (qn_text_find_byte(text, '(') == SIZE_MAX || qn_text_find_byte(text, '.') == SIZE_MAX)
		return NULL;
	open->is_cut = true;
	return qn_sighting_add_frame(open, text, &nowhere);
}
