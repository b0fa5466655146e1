/* Goes through the marked lines of a block: times, lives, crash texts, rules. */
#include "triage/feed.h"

#include "base/limits.h"
#include "record/format.h"
#include "stack/crash_record.h"
#include "base/banned.h"

/* How far above a line its time is looked for. */
#define LOOK_BACK_LINES 512U

/* The block that is being gone through. */
struct view {
	struct qn_feed *feed;
	struct qn_feed_worker *worker;
	const struct qn_block *block;
	const struct qn_scanned *scanned;
};

/* The line at @start, the @index-th of the text. */
static struct qn_line line_at(const struct view *view, size_t start, size_t index)
{
	const struct qn_scanned *scanned = view->scanned;
	const char *end = memchr(scanned->text.data + start, '\n', scanned->text.len - start);
	size_t stop = end ? (size_t)(end - scanned->text.data) : scanned->text.len;
	struct qn_line line = {.text = {scanned->text.data + start, stop - start}};

	if (line.text.len && line.text.data[line.text.len - 1] == '\r')
		line.text.len--;
	if (index < scanned->lines_count) {
		line.number = view->feed->lines_before + scanned->lines[index].raw_index + 1;
		line.offset = view->block->offset + scanned->lines[index].raw_start;
		line.wrapper_time = scanned->lines[index].time;
		line.output = (enum qn_output)scanned->lines[index].output;
	} else {
		line.number = view->feed->lines_before + index + 1;
		line.offset = view->block->offset + start;
	}
	line.is_cut = view->block->is_cut;
	return line;
}

/* A zone is not told by glog and Go's log package; a clock that agrees with the records' to a minute is
 * theirs. */
#define SAME_CLOCK_NSEC (60 * INT64_C(1000000000))

/* Lines behind a banner that are looked at for the first time of the new life. */
#define FIRST_TIME_LINES 64U

/* The time that names an event is a record's own with its zone, so that every collection of the same log
 * gives the same; one without a zone refines it, and the wrapper's only stands in. */
static bool note_time(struct qn_feed *feed, const struct qn_record *record)
{
	bool is_own = record->format == &qn_format_zap && record->time.is_known;
	int64_t behind;

	if (!record->time.is_known)
		return false;
	if (is_own) {
		feed->last_time = record->time;
		feed->has_own_times = true;
		return true;
	}
	if (!feed->has_own_times) {
		feed->last_time =
			record->line->wrapper_time.is_known ? record->line->wrapper_time : record->time;
		return false;
	}
	behind = record->time.nsec - feed->last_time.nsec;
	if (record->format == &qn_format_glog && behind > 0 && behind < SAME_CLOCK_NSEC)
		feed->last_time = record->time;
	return false;
}

static struct qn_error *meet_record(struct qn_feed *feed, const struct qn_record *record)
{
	if (note_time(feed, record))
		feed->first_time_lines = 0;
	feed->last_met = record->line->number;
	return qn_epoch_record(feed->epoch, record);
}

/* The start of the line above @start. @start is not 0. */
static size_t line_above(struct qn_text text, size_t start)
{
	const char *newline = start > 1 ? memrchr(text.data, '\n', start - 1) : NULL;

	return newline ? (size_t)(newline - text.data) + 1 : 0;
}

/* Meets the nearest times above a line that was not gone through line by line: a record's own, and what
 * stands between it and the line. */
static struct qn_error *look_back(const struct view *view, size_t start, size_t index)
{
	struct qn_record found[2]; /* the nearest one, and the nearest with a zone of its own */
	struct qn_line lines[2];
	unsigned count = 0;

	for (unsigned i = 0; start && index && i < LOOK_BACK_LINES; i++) {
		bool is_own;

		start = line_above(view->scanned->text, start);
		lines[count] = line_at(view, start, --index);
		if (lines[count].number <= view->feed->last_met)
			break;
		qn_record_read(&view->worker->arena, &lines[count], &found[count]);
		is_own = found[count].format == &qn_format_zap;
		if (!found[count].time.is_known || (count == 1 && !is_own))
			continue;
		if (++count == 2 || is_own)
			break;
	}
	while (count)
		QN_TRY(meet_record(view->feed, &found[--count]));
	return NULL;
}

/* How many lines a name may stand above its place: blank ones and other writers' records are between. */
#define NAME_ABOVE_LINES 6U

/* In scanned->pods, from 1; 0: not told. */
static uint32_t pod_of(const struct view *view, size_t index)
{
	return index < view->scanned->lines_count ? view->scanned->lines[index].pod : 0;
}

/* The nearest line above that no format claims and that is not blank, if the reader has not had it. */
static bool find_previous(const struct view *view, size_t start, size_t index, struct qn_line *ret)
{
	struct qn_feed *feed = view->feed;
	uint32_t pod = pod_of(view, index);
	struct qn_record record;

	for (unsigned i = 0; i < NAME_ABOVE_LINES; i++) {
		bool is_tail = !start || !index;

		if (is_tail && !feed->tail_number)
			return false;
		if (is_tail) {
			*ret = (struct qn_line){.text = qn_buffer_text(&feed->tail),
						.number = feed->tail_number,
						.offset = feed->tail_offset};
		} else {
			start = line_above(view->scanned->text, start);
			*ret = line_at(view, start, --index);
			if (pod_of(view, index) != pod)
				continue;
		}
		if (ret->number <= *qn_feed_last_fed(feed))
			return false;
		qn_record_read(&view->worker->arena, ret, &record);
		if (qn_record_is_plain(&record) && qn_text_trim(ret->text).len)
			return true;
		if (is_tail)
			return false;
	}
	return false;
}

/* A line that no format claimed, or of Go's log package: may be a part of a crash text. */
static struct qn_error *feed_reader(const struct view *view, struct qn_line *line, size_t start, size_t index,
				    bool *ret_taken)
{
	struct qn_feed *feed = view->feed;
	struct qn_line previous;
	bool has_previous =
		!qn_stack_reader_wants_all(feed->reader) && find_previous(view, start, index, &previous);

	/* Of several pods' lines only the nearest one is known to be of the same. */
	if (!qn_stack_reader_wants_all(feed->reader))
		qn_stack_reader_above(feed->reader, feed->has_woven_pods
							    ? QN_TEXT("")
							    : qn_text_first(view->scanned->text, start));
	*qn_feed_last_fed(feed) = line->number;
	if (feed->has_own_times)
		line->wrapper_time = (struct qn_time){0};
	return qn_stack_reader_plain(feed->reader, line, has_previous ? &previous : NULL, feed->last_time,
				     ret_taken);
}

/* Behind a record on its line. */
static struct qn_error *feed_glued(const struct view *view, struct qn_line line, size_t start, size_t index)
{
	struct qn_text tail;
	bool ignored;

	if (!qn_stack_find_glued(line.text, qn_stack_reader_wants_all(view->feed->reader), &tail))
		return NULL;
	line.offset += (uint64_t)(tail.data - line.text.data);
	line.text = tail;
	return feed_reader(view, &line, start, index, &ignored);
}

static struct qn_error *match_rules(const struct view *view, const struct qn_record *record)
{
	struct qn_feed *feed = view->feed;
	const size_t *rules;
	size_t count = qn_matcher_line(view->worker->matcher, record->line->text, &feed->issues, &rules);

	for (size_t i = 0; i < count; i++) {
		struct qn_feed_hit *hit;

		if (feed->hits_count >= QN_HITS_MAX) {
			qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
				       "more than %u matches of rules: the rest is not kept", QN_HITS_MAX);
			return NULL;
		}
		QN_TRY(qn_array_reserve(&feed->hits, &feed->hits_capacity, feed->hits_count + 1,
					sizeof(*feed->hits)));
		hit = &feed->hits[feed->hits_count++];
		*hit = (struct qn_feed_hit){
			.rule = rules[i],
			.line = record->line->number,
			.time = record->time.is_known ? record->time : feed->last_time,
			.text = qn_arena_copy(&feed->arena,
					      qn_text_first(record->line->text, QN_EVIDENCE_BYTES_MAX)),
		};
	}
	return count ? qn_arena_check(&feed->arena) : NULL;
}

static const struct qn_text banner_text = QN_TEXT("Welcome to use Milvus!");

static void count_taken(struct qn_feed *feed, struct qn_text text)
{
	if (!text.len)
		return;
	feed->taken_lines++;
	feed->taken_bytes += text.len;
}

/* The program's name stands above the banner, drawn with strokes:
 *	   /  |/  /  _/ /| | / / / / / __/
 * Lines up to @last_met were looked at before. */
#define ART_LINES 5U

static void count_art(const struct view *view, size_t start, size_t index, uint64_t last_met)
{
	static const char strokes[] = " _/\\|`'-.,()<>";

	for (unsigned i = 0; i < ART_LINES && start && index; i++) {
		struct qn_line line;
		size_t at = 0;

		start = line_above(view->scanned->text, start);
		line = line_at(view, start, --index);
		while (at < line.text.len && memchr(strokes, line.text.data[at], sizeof(strokes) - 1))
			at++;
		if (at == line.text.len && line.number > last_met)
			count_taken(view->feed, qn_text_trim(line.text));
	}
}

/* What is open belongs to the life that ends here. */
static bool begins_life(const struct qn_record *record, unsigned reasons)
{
	struct qn_text text = record->line->text;

	return reasons & QN_MARK_CLOCK_FELL ||
	       (reasons & QN_MARK_LIFE && qn_record_is_plain(record) &&
		(qn_text_contains(text, banner_text) || qn_text_starts(text, QN_TEXT("Version: "))));
}

static struct qn_error *collect_line(const struct view *view, size_t start, size_t index, unsigned reasons)
{
	struct qn_feed *feed = view->feed;
	struct qn_line line = line_at(view, start, index);
	struct qn_record record;
	bool is_text, is_crash, was_open, is_taken = false;
	bool was_banner = feed->first_time_lines > 0;
	size_t first_hit = feed->hits_count;
	uint64_t last_met = feed->last_met;

	QN_TRY(qn_feed_take_turn(feed, view->scanned, index, line.number));
	was_open = qn_stack_reader_wants_all(feed->reader);
	feed->line_signature = QN_TEXT("");
	qn_arena_clear(&view->worker->arena);
	qn_record_read(&view->worker->arena, &line, &record);
	is_text = qn_record_is_plain(&record) || record.format == &qn_format_go_std;
	is_crash = qn_is_crash_record(&record) || qn_stack_reader_wants_record(feed->reader, line.text);
	if (!was_open && reasons & (QN_MARK_LIFE | QN_MARK_CRASH_TEXT | QN_MARK_CLOCK_FELL))
		QN_TRY(look_back(view, start, index));
	if (begins_life(&record, reasons))
		QN_TRY(qn_stack_reader_flush(feed->reader));
	QN_TRY(meet_record(feed, &record));
	if (reasons & QN_MARK_LIFE) {
		QN_TRY(qn_epoch_line(feed->epoch, &record, NULL));
		if (is_text)
			feed->first_time_lines = FIRST_TIME_LINES;
		if (qn_text_contains(line.text, banner_text))
			count_art(view, start, index, last_met);
	}
	if ((is_text && (was_open || reasons & QN_MARK_CRASH_TEXT)) || is_crash)
		QN_TRY(feed_reader(view, &line, start, index, &is_taken));
	else if (!is_text && was_open)
		QN_TRY(qn_stack_reader_record(feed->reader, &record));
	if (!is_text && (was_open || reasons & QN_MARK_CRASH_TEXT))
		QN_TRY(feed_glued(view, line, start, index));
	if (qn_record_is_plain(&record) && (is_taken || was_banner || reasons & QN_MARK_LIFE))
		count_taken(feed, line.text);
	if (reasons & QN_MARK_RULE)
		QN_TRY(match_rules(view, &record));
	if (!is_text && is_taken && reasons & QN_MARK_TROUBLE)
		QN_TRY(qn_feed_trouble_taken(feed, view->worker, &record));
	else if (!is_text && reasons & QN_MARK_TROUBLE)
		QN_TRY(qn_feed_trouble(feed, view->worker, &record, feed->hits_count > first_hit));
	for (size_t i = first_hit; i < feed->hits_count; i++)
		feed->hits[i].signature = feed->line_signature;
	return NULL;
}

/* Goes from mark to mark; line by line while the stack reader wants all. */
static struct qn_error *collect_lines(const struct view *view)
{
	const struct qn_scanned *scanned = view->scanned;
	const struct qn_mark *mark = scanned->marks, *marks_end = scanned->marks + scanned->marks_count;
	size_t start = 0, index = 0;

	while (start < scanned->text.len) {
		const char *end;
		unsigned reasons = 0;

		if (view->feed->first_time_lines) {
			view->feed->first_time_lines--;
		} else if (!qn_stack_reader_wants_all(view->feed->reader)) {
			if (mark == marks_end)
				break;
			start = mark->start;
			index = mark->index;
		}
		if (mark < marks_end && mark->start == start)
			reasons = mark++->reasons;
		if (!qn_feed_is_turn_only(view->feed, reasons))
			QN_TRY(collect_line(view, start, index, reasons));
		end = memchr(scanned->text.data + start, '\n', scanned->text.len - start);
		if (!end)
			break;
		start = (size_t)(end - scanned->text.data) + 1;
		index++;
	}
	return NULL;
}

/* The number of lines in the text. */
static size_t count_text_lines(const struct qn_scanned *scanned)
{
	size_t count = scanned->lines_count;

	if (!count)
		count = scanned->raw_lines;
	return count;
}

/* The first time in the block, unless a mark stands above it: a clock may have fallen between two blocks. */
static struct qn_error *meet_first_time(const struct view *view)
{
	struct qn_text text = view->scanned->text;
	size_t start = 0, lines = count_text_lines(view->scanned);

	for (size_t index = 0; index < lines && index < 8 && start < text.len; index++) {
		struct qn_line line = line_at(view, start, index);
		const char *end = memchr(text.data + start, '\n', text.len - start);
		struct qn_record record;

		if (view->scanned->marks_count && view->scanned->marks[0].start <= start)
			return NULL;
		qn_record_read(&view->worker->arena, &line, &record);
		if (record.time.is_known)
			return meet_record(view->feed, &record);
		start = end ? (size_t)(end - text.data) + 1 : text.len;
	}
	return NULL;
}

/* What the next block needs to know of this one: its last time and its last line. */
static struct qn_error *keep_tail(const struct view *view)
{
	struct qn_feed *feed = view->feed;
	struct qn_text text = view->scanned->text;
	size_t lines = count_text_lines(view->scanned), start;
	struct qn_line line;

	if (!lines || !text.len)
		return NULL;
	QN_TRY(look_back(view, text.len + (text.data[text.len - 1] != '\n'), lines));
	start = line_above(text, text.len + (text.data[text.len - 1] != '\n'));
	line = line_at(view, start, lines - 1);
	qn_buffer_clear(&feed->tail);
	qn_buffer_append_text(&feed->tail, line.text);
	feed->tail_number = line.number;
	feed->tail_offset = line.offset;
	return qn_buffer_check(&feed->tail);
}

struct qn_error *qn_feed_collect_lines(struct qn_feed *feed, struct qn_feed_worker *worker,
				       const struct qn_block *block, const struct qn_scanned *scanned)
{
	const struct view view = {feed, worker, block, scanned};

	if (!qn_stack_reader_wants_all(feed->reader))
		QN_TRY(meet_first_time(&view));
	QN_TRY(collect_lines(&view));
	return keep_tail(&view);
}
