/* Go's race detector. The first stack is of the access that ran into the other:
 *
 *	==================
 *	WARNING: DATA RACE
 *	Write at 0x00c0000b4018 by goroutine 7:
 *	  example.com/q.(*cache).put()
 *	      /src/q/cache.go:12 +0x44
 *
 *	Previous read at 0x00c0000b4018 by main goroutine:
 *	  main.main()
 *	      /src/main.go:15 +0x88
 *
 *	Goroutine 7 (running) created at:
 *	  main.main()
 *	      /src/main.go:10 +0x7a
 *	==================
 *
 * Format: compiler-rt's tsan_report.cpp, as built for Go. */
#include "stack/dialect.h"

#include "base/cursor.h"

#include "base/banned.h"

/* The stacks of one report. */
enum state { STATE_NEW, STATE_FIRST, STATE_SECOND, STATE_CREATED };

static enum qn_header_use read_title(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)line;
	if (rest.len)
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "go-race";
	qn_sighting_set_kind(sighting, QN_KIND_SANITIZER);
	qn_sighting_say(sighting, QN_TEXT("data-race"));
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"WARNING: DATA RACE", false, read_title},
	{NULL, false, NULL},
};

/* "Write at 0x00c0000b4018 by goroutine 7:", "Previous atomic read at 0x... by main goroutine:" */
static bool is_access(struct qn_text text, struct qn_text *ret_words)
{
	static const char *const starts[] = {"Write at ",
					     "Read at ",
					     "Atomic write at ",
					     "Atomic read at ",
					     "Previous write at ",
					     "Previous read at ",
					     "Previous atomic write at ",
					     "Previous atomic read at ",
					     "[failed to restore"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		if (!qn_text_starts(text, qn_text_of(starts[i])))
			continue;
		*ret_words = qn_text_ends(text, QN_TEXT(":")) ? qn_text_first(text, text.len - 1) : text;
		return true;
	}
	return false;
}

static void read_access(struct qn_sighting *sighting, struct qn_text words)
{
	static const struct qn_text key = {"goroutine ", 10};
	size_t at = qn_text_rfind(words, key);
	struct qn_text id = qn_text_from(words, at == SIZE_MAX ? words.len : at + key.len);

	qn_sighting_say_on(sighting, sighting->state == STATE_NEW ? QN_TEXT(" of ") : QN_TEXT(" and "));
	qn_sighting_say_on(sighting, words);
	if (sighting->state != STATE_NEW)
		return;
	if (qn_take_number(&id, &sighting->goroutine))
		sighting->has_goroutine = true;
	if (qn_find_number(words, QN_TEXT(" at "), &sighting->fault_address))
		sighting->has_fault_address = true;
}

static struct qn_error *take_frame(struct qn_sighting *sighting, const struct qn_crash_line *line,
				   enum qn_line_use *ret_use)
{
	struct qn_code_place place;

	if (qn_code_place_read(line->text, &place) && place.file.len) {
		struct qn_frame *frame =
			sighting->frames_count ? &sighting->frames[sighting->frames_count - 1] : NULL;

		if (frame && sighting->state == STATE_FIRST && !frame->file.len) {
			frame->file = qn_sighting_keep(sighting, place.file);
			frame->line = place.line;
			frame->is_go = true;
		}
		return NULL;
	}
	if (!qn_is_function_line(line->text)) {
		*ret_use = QN_LINE_NOT_MINE;
		return NULL;
	}
	return sighting->state == STATE_FIRST
		       ? qn_sighting_add_frame(sighting, line->text, &(struct qn_code_place){0})
		       : NULL;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_text words;

	*ret_use = QN_LINE_TAKEN;
	if (qn_text_starts(line->text, QN_TEXT("=================="))) {
		*ret_use = QN_LINE_LAST;
	} else if (is_access(line->text, &words)) {
		read_access(sighting, words);
		sighting->state = sighting->state == STATE_NEW ? STATE_FIRST : STATE_SECOND;
		sighting->phase = sighting->state == STATE_FIRST ? QN_PHASE_FRAMES : QN_PHASE_BEHIND;
	} else if (qn_text_starts(line->text, QN_TEXT("Goroutine ")) &&
		   qn_text_ends(line->text, QN_TEXT("created at:"))) {
		sighting->state = STATE_CREATED;
		sighting->phase = QN_PHASE_BEHIND;
	} else if (sighting->state != STATE_NEW && !qn_is_other_writer(line)) {
		return take_frame(sighting, line, ret_use);
	} else {
		*ret_use = QN_LINE_NOT_MINE;
	}
	return NULL;
}

static const char *const triggers[] = {"WARNING: DATA RACE", NULL};

const struct qn_dialect qn_dialect_race = {
	.name = "race",
	.witness = QN_WITNESS_SANITIZER,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.has_own_frames = true,
};
