/* A failed assertion of Milvus' C++ core, as it is printed bare; assert_text.h has its forms:
 *
 *	Assert "offset < size" at /src/segcore/Insert.cpp:643
 *	 => index out of range
 *	 0# milvus::impl::EasyStackTrace() at /src/EasyAssert.cpp:28
 *
 * The exception that it throws is mostly caught, and told to the caller in Go: the process lives on. Where it
 * is not, the words of std::terminate follow with the same text. */
#include "stack/dialect.h"

#include "stack/assert_text.h"
#include "stack/frame_line.h"

#include "base/banned.h"

enum state {
	STATE_PLACED = 1, /* the line with the expression was there */
	STATE_INFORMED = 2,
};

static const struct qn_text words = QN_TEXT("Assert \"");

static bool is_mine(const struct qn_sighting *sighting)
{
	return sighting->of == &qn_dialect_easyassert && sighting->state;
}

/* At the front of the line, or glued to the end of another thread's: its newline comes in a second write. */
static enum qn_header_use read_expression(struct qn_sighting *sighting, const struct qn_crash_line *line,
					  struct qn_text rest)
{
	struct qn_text front = qn_text_first(line->text, line->text.len - rest.len - words.len);
	struct qn_text said = qn_text_from(line->text, front.len);
	struct qn_assert_text text;

	if (front.len && !qn_text_starts(front, QN_TEXT("=> ")))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	if (!qn_assert_text_read(said, &text) || (!text.file.len && !text.info.len))
		return QN_HEADER_NOT_MINE;
	sighting->dialect = "easyassert";
	sighting->state = STATE_PLACED | (text.info.len ? STATE_INFORMED : 0);
	sighting->damage |= front.len ? QN_DAMAGE_GLUED_TEXT : 0;
	qn_sighting_set_kind(sighting, QN_KIND_ASSERT);
	qn_sighting_say(sighting, said);
	return QN_HEADER_TAKEN;
}

/* Without an expression: " => info". BuildKit and others begin lines so, too: what stands in brackets, in
 * capitals or begins with another arrow is theirs, and the rest counts only where something else tells of the
 * same. */
static bool is_theirs(struct qn_text info)
{
	return info.len == 0 || info.data[0] == '[' || info.data[0] == '=' ||
	       (info.len > 1 && info.data[0] >= 'A' && info.data[0] <= 'Z' && info.data[1] >= 'A' &&
		info.data[1] <= 'Z');
}

static enum qn_header_use read_info(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	if (sighting->place.line && sighting->is_message_open && !is_mine(sighting)) {
		/* What a what() says goes on. */
		qn_sighting_say(sighting, line->text);
		return QN_HEADER_TAKEN;
	}
	if (!qn_text_starts(line->line->text, QN_TEXT(" => ")) || is_theirs(rest))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "easyassert-info";
	sighting->state = STATE_INFORMED;
	qn_sighting_set_kind(sighting, QN_KIND_ASSERT);
	qn_sighting_say(sighting, line->text);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"Assert \"", true, read_expression},
	{"=> ", false, read_info},
	{NULL, false, NULL},
};

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_frame_line frame;

	*ret_use = QN_LINE_NOT_MINE;
	if (qn_frame_line_read_boost(line->text, &frame)) {
		if (frame.index == 0 && sighting->frames_count) {
			*ret_use = QN_LINE_END;
			return NULL;
		}
		*ret_use = QN_LINE_TAKEN;
		sighting->phase = QN_PHASE_FRAMES;
		sighting->dialect = "easyassert";
		return qn_sighting_add_frame(sighting, frame.name, &frame.place);
	}
	if (qn_text_starts(line->text, QN_TEXT("=> ")) && !(sighting->state & STATE_INFORMED)) {
		size_t glued = qn_text_find(line->text, words);

		sighting->state |= STATE_INFORMED;
		sighting->damage |= glued == SIZE_MAX ? 0 : QN_DAMAGE_GLUED_TEXT;
		qn_sighting_say(sighting, qn_text_trim(qn_text_first(line->text, glued)));
		*ret_use = glued == SIZE_MAX ? QN_LINE_TAKEN : QN_LINE_END;
		return NULL;
	}
	if (line->header)
		*ret_use = QN_LINE_END;
	return NULL;
}

static const char *const triggers[] = {"Assert \"", " => ", NULL};

const struct qn_dialect qn_dialect_easyassert = {
	.name = "easyassert",
	.witness = QN_WITNESS_PRELUDE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.has_own_frames = true,
};
