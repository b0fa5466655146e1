/* Headers: which report they begin, go on with, or are woven into. */
#include "stack/reader_state.h"

#include "base/banned.h"

/* May @fresh be a part of the open report, or what another thread wrote into it? Such a line does not end it.
 */
static bool is_within_open(const struct qn_stack_reader *reader, const struct qn_sighting *fresh)
{
	return reader->open && (fresh->is_headless || fresh->kind == QN_KIND_ASSERT) &&
	       reader->open->of != fresh->of && !qn_reader_is_ended(reader);
}

void qn_stack_reader_watch_dumps(struct qn_stack_reader *reader, const struct qn_dump_watch *watch)
{
	reader->watch = watch;
}

static struct qn_error *feed_new_sighting(struct qn_stack_reader *reader, const struct qn_crash_line *line,
					  const struct qn_header_match *match, enum qn_header_use *ret_use)
{
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *fresh = NULL;

	QN_TRY(qn_sighting_create(match->dialect->witness, &fresh));
	fresh->of = match->dialect;
	fresh->normalizer = reader->normalizer;
	fresh->watch = reader->watch;
	fresh->before = qn_buffer_text(&reader->before);
	fresh->above = qn_buffer_text(&reader->above);
	*ret_use = match->header->read(fresh, line, match->rest);
	if (*ret_use == QN_HEADER_TAKEN && is_within_open(reader, fresh))
		*ret_use = QN_HEADER_NOT_MINE;
	if (*ret_use != QN_HEADER_TAKEN)
		return NULL;
	/* Nothing but the rest of what() stands between it and the signal that ends the process. */
	if (reader->open && reader->open->witness == QN_WITNESS_PRELUDE && reader->open->is_message_open &&
	    qn_text_equal(fresh->signal, QN_TEXT("SIGABRT")))
		qn_sighting_settle_message(reader->open, true);
	QN_TRY(qn_reader_finish(reader));
	fresh->before = fresh->above = QN_TEXT("");
	qn_reader_open(reader, qn_take(fresh));
	return NULL;
}

/* Each of the threads that write at once ends its own copy with two blank lines. */
bool qn_reader_is_ended(const struct qn_stack_reader *reader)
{
	const struct qn_sighting *open = reader->open;
	unsigned blanks = reader->names.count ? reader->blanks_before_name : reader->blanks;
	unsigned copies = open->weave.starts_count;

	if (open->witness == QN_WITNESS_PRELUDE || open->witness == QN_WITNESS_PARENT)
		return true;
	if (!open->frames_count || open->phase != QN_PHASE_FRAMES ||
	    blanks < (reader->is_blank_after_each ? 2 * QN_READER_BLANKS_AT_END : QN_READER_BLANKS_AT_END))
		return false;
	return copies < 2 || open->blank_lines >= copies * QN_READER_BLANKS_AT_END;
}

static size_t header_index(const struct qn_header_match *match)
{
	return (size_t)(match->header - match->dialect->headers);
}

struct qn_error *qn_reader_part(struct qn_stack_reader *reader, bool is_over)
{
	struct qn_sighting *parts[QN_WEAVE_COPIES_MAX];
	size_t items = reader->open->weave.items_count;
	unsigned count = 0;
	struct qn_error *error = qn_sighting_part(reader->open, is_over, parts, &count);

	for (unsigned i = 0; i < count; i++) {
		struct qn_sighting *sighting = qn_take(reader->open);

		reader->open = parts[i];
		if (!error)
			error = qn_sighting_unweave(sighting);
		if (error)
			qn_sighting_destroy(sighting);
		else
			error = qn_reader_put_down(reader, sighting);
	}
	items -= reader->open->weave.items_count;
	if (reader->aside && items > reader->aside_items)
		qn_sighting_destroy(qn_take(reader->aside));
	else
		reader->aside_items -= reader->aside ? items : 0;
	return error;
}

/* No further header is counted, or soon no further line: what is read by now are many reports one behind the
 * other, most of which can be told. */
static bool may_be_many(const struct qn_sighting *open, size_t header)
{
	return open->weave.starts_count > 1 && !open->is_not_parted &&
	       (open->header_counts[header] >= QN_WEAVE_COPIES_MAX ||
		open->weave.items_count > QN_WEAVE_LINES_MAX / 2);
}

/* A header between the frames of the native handler's report, which did not end: another thread's. That it is
 * another report shows when all is read. */
static struct qn_error *weave_header(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				     const struct qn_header_match *match, enum qn_header_use *use)
{
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *head = NULL;
	struct qn_sighting *last = NULL, *open = reader->open;
	enum qn_header_use head_use;

	if (*use != QN_HEADER_ANOTHER || !open || open->witness != QN_WITNESS_NATIVE ||
	    qn_reader_has_own_frames(reader) || match->dialect->has_own_frames || qn_reader_is_ended(reader))
		return NULL;
	if (may_be_many(open, header_index(match))) {
		QN_TRY(qn_reader_part(reader, false));
		reader->open->is_not_parted = reader->open == open;
		open = reader->open;
	}
	if (open->weave.starts_count)
		last = open->heads[open->weave.starts_count - 1];
	if (last)
		(void)match->header->read(last, line, match->rest);
	QN_TRY(qn_sighting_create(match->dialect->witness, &head));
	head->of = match->dialect;
	head_use = match->header->read(head, line, match->rest);
	if (head_use == QN_HEADER_TAKEN)
		qn_sighting_count_header(open, header_index(match), qn_take(head));
	*use = head_use;
	return NULL;
}

static bool is_goroutine_at_work(const struct qn_header_match *match)
{
	return qn_text_starts(qn_text_of(match->header->words), QN_TEXT("goroutine ")) &&
	       (qn_text_contains(match->rest, QN_TEXT("[syscall")) ||
		qn_text_contains(match->rest, QN_TEXT("[running")));
}

/* A second goroutine that was at work, without the blank line above it or above a name's place: another
 * thread tells of itself at once. */
static bool is_woven_goroutine(const struct qn_stack_reader *reader, const struct qn_header_match *match)
{
	const struct qn_sighting *open = reader->open;

	return open && open->witness == QN_WITNESS_GO && match->dialect->witness == QN_WITNESS_GO &&
	       open->phase == QN_PHASE_FRAMES && open->weave.starts_count && is_goroutine_at_work(match) &&
	       (!reader->blanks || (reader->names.count && !reader->names.is_stale));
}

/* Copies of a report are counted by its headers. */
static void count_header(struct qn_sighting *open, const struct qn_header_match *match)
{
	if (open->witness == QN_WITNESS_NATIVE ||
	    (open->witness == QN_WITNESS_GO && open->phase == QN_PHASE_FRAMES && is_goroutine_at_work(match)))
		qn_sighting_count_header(open, header_index(match), NULL);
}

/* Which reports may begin while @open still goes on, by another thread's doing. */
static bool may_stand_aside(const struct qn_sighting *open, const struct qn_dialect *dialect)
{
	if (open->of && open->of->has_own_frames)
		return false;
	if (open->witness == QN_WITNESS_NATIVE && dialect == &qn_dialect_cgo)
		return open->weave.items_count;
	return dialect->witness == QN_WITNESS_PRELUDE &&
	       (open->witness == QN_WITNESS_NATIVE ||
		(open->witness == QN_WITNESS_GO && open->phase == QN_PHASE_FRAMES));
}

/* The goroutine or the stack of what stood aside: its report begins in earnest. */
static struct qn_error *open_aside(struct qn_stack_reader *reader, const struct qn_header_match *match)
{
	_cleanup_(qn_sighting_destroy_guard) struct qn_sighting *aside = NULL;

	if (!reader->aside || reader->aside->witness != match->dialect->witness)
		return NULL;
	aside = qn_take(reader->aside);
	QN_TRY(qn_reader_finish(reader));
	qn_reader_open(reader, qn_take(aside));
	return NULL;
}

/* "terminate called", "SIGSEGV: segmentation violation" between the frames of another thread's report: read
 * by the way, and told only if that report has ended with it. */
static struct qn_error *read_aside(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				   const struct qn_header_match *match, bool *ret_taken)
{
	struct qn_sighting *open = reader->open;
	enum qn_header_use use;

	if (!open || open->witness == match->dialect->witness || !may_stand_aside(open, match->dialect) ||
	    qn_reader_is_ended(reader) ||
	    (reader->aside && reader->aside->witness != match->dialect->witness))
		return NULL;
	if (!reader->aside) {
		QN_TRY(qn_sighting_create(match->dialect->witness, &reader->aside));
		reader->aside->of = match->dialect;
	}
	use = match->header->read(reader->aside, line, match->rest);
	*ret_taken = use == QN_HEADER_TAKEN;
	if (!*ret_taken) {
		if (!reader->aside->place.line)
			qn_sighting_destroy(qn_take(reader->aside));
		return NULL;
	}
	reader->aside_items = open->weave.items_count;
	qn_sighting_claim(reader->aside, line, reader->last_time);
	if (reader->aside->phase == QN_PHASE_FRAMES) {
		QN_TRY(open_aside(reader, match));
		qn_names_clear(&reader->names);
		qn_reader_claim(reader, line);
		return NULL;
	}
	open->damage |= QN_DAMAGE_WOVEN_TEXT;
	return NULL;
}

/* The open report's own name, or where it stands. */
static bool is_of_frame(const struct qn_sighting *aside, struct qn_text text)
{
	struct qn_code_place place;

	if (qn_code_place_read(text, &place))
		return true;
	return qn_is_function_line(text) &&
	       (aside->next_line != QN_NEXT_IS_MESSAGE || qn_text_ends(text, QN_TEXT(")")));
}

struct qn_error *qn_reader_take_aside(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				      bool *ret_taken)
{
	struct qn_sighting *aside = reader->aside;
	enum qn_line_use use;

	if (!aside || !aside->is_rust || line->line->number != aside->place.last_line + 1 ||
	    is_of_frame(aside, line->text))
		return NULL;
	QN_TRY(qn_dialects_take(aside, line, &use));
	*ret_taken = use == QN_LINE_TAKEN;
	if (*ret_taken)
		qn_sighting_claim(aside, line, reader->last_time);
	return NULL;
}

/* What is open, or was told last, takes the header as its own. */
static enum qn_header_use read_own(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				   const struct qn_header_match *match, bool *ret_is_woven)
{
	if (is_woven_goroutine(reader, match)) {
		count_header(reader->open, match);
		*ret_is_woven = true;
		return QN_HEADER_TAKEN;
	}
	if (!reader->open || reader->open->witness != match->dialect->witness)
		return QN_HEADER_ANOTHER;
	return match->header->read(reader->open, line, match->rest);
}

struct qn_error *qn_reader_header(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				  const struct qn_header_match *match, bool *ret_taken)
{
	enum qn_header_use use;
	bool is_woven = false;

	QN_TRY(read_aside(reader, line, match, ret_taken));
	if (*ret_taken)
		return NULL;
	QN_TRY(open_aside(reader, match));
	use = read_own(reader, line, match, &is_woven);
	if (use == QN_HEADER_ANOTHER && match->dialect->witness == QN_WITNESS_NATIVE) {
		QN_TRY(weave_header(reader, line, match, &use));
		is_woven = use != QN_HEADER_ANOTHER;
	}
	if (use == QN_HEADER_ANOTHER)
		QN_TRY(feed_new_sighting(reader, line, match, &use));
	*ret_taken = use == QN_HEADER_TAKEN || use == QN_HEADER_IGNORED;
	if (use != QN_HEADER_TAKEN)
		return NULL;
	if (match->is_glued)
		reader->open->damage |= QN_DAMAGE_GLUED_TEXT;
	if (!is_woven) {
		qn_names_clear(&reader->names);
		count_header(reader->open, match);
	}
	qn_reader_claim(reader, line);
	return reader->open->witness == QN_WITNESS_PARENT ? qn_reader_finish(reader) : NULL;
}
