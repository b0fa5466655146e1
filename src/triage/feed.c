#include "triage/feed.h"

#include <stdlib.h>

#include "base/limits.h"
#include "record/format.h"
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

static struct qn_error *take_life(void *context, const struct qn_life *life)
{
	struct qn_feed *feed = context;
	struct qn_life *kept;

	QN_TRY(qn_array_reserve(&feed->lives, &feed->lives_capacity, feed->lives_count + 1,
				sizeof(*feed->lives)));
	kept = &feed->lives[feed->lives_count++];
	*kept = *life;
	kept->version = qn_arena_copy(&feed->arena, life->version);
	kept->commit = qn_arena_copy(&feed->arena, life->commit);
	kept->component = qn_arena_copy(&feed->arena, life->component);
	kept->end = qn_arena_copy(&feed->arena, life->end);
	kept->end_evidence = qn_arena_copy(&feed->arena, life->end_evidence);
	return qn_arena_check(&feed->arena);
}

/* Lines between a process's own word that it leaves and its parent's word that it left. */
#define EXIT_ECHO_LINES 200U

/* The parent's "exit code: 1" behind "process will exit" is one event: a further place of it. */
static bool is_echo_of_exit(struct qn_feed *feed, const struct qn_stack *stack)
{
	struct qn_stack *last;

	if (stack->kind != QN_KIND_EXIT || stack->frames_count || !feed->last_exit || !stack->places_count)
		return false;
	last = feed->findings[feed->last_exit - 1].stack;
	if (stack->places[0].line > last->places[0].line + EXIT_ECHO_LINES ||
	    last->places_count >= QN_PLACES_MAX)
		return false;
	last->places[last->places_count++] = stack->places[0];
	return true;
}

static struct qn_error *take_stack(void *context, const struct qn_stack *stack)
{
	struct qn_feed *feed = context;
	struct qn_signature signature;

	if (is_echo_of_exit(feed, stack))
		return NULL;
	QN_TRY(qn_signature_of_stack(&feed->arena, stack, &signature));
	qn_epoch_crashed(feed->epoch, qn_text_of(qn_kind_name(signature.kind)), signature.title,
			 stack->places_count ? stack->places[0].line : 0);
	return qn_feed_add_finding(feed, stack, signature.title, &signature, QN_TEXT(""));
}

struct qn_error *qn_feed_create(const struct qn_collect_options *options, const struct qn_source *source,
				struct qn_text first, struct qn_feed **ret)
{
	_cleanup_(qn_feed_destroy_guard) struct qn_feed *feed = calloc(1, sizeof(*feed));
	struct qn_text sample = qn_text_first(first, QN_PROBE_BYTES), what;
	enum qn_source_kind kind;

	if (!feed)
		return &qn_error_no_memory;
	feed->options = options;
	feed->source = source;
	feed->identity = qn_identity_of_path(qn_text_of(source->path));
	feed->kind_name = QN_TEXT("log");
	kind = qn_source_recognize(sample, &what);
	if (kind != QN_SOURCE_LOG) {
		feed->kind = QN_FEED_CLOSED;
		feed->kind_name = kind == QN_SOURCE_CORE      ? QN_TEXT("core")
				  : kind == QN_SOURCE_ARCHIVE ? QN_TEXT("archive")
							      : QN_TEXT("other");
		qn_issues_note(&feed->issues, qn_text_of(source->path), "%.*s: not read%s", QN_ARG(what),
			       kind == QN_SOURCE_ARCHIVE ? " yet; unpack it and name the folder"
			       : kind == QN_SOURCE_CORE  ? " yet; see docs/limits.md"
							 : " as a log");
	} else if (qn_pods_probe(sample)) {
		feed->kind = QN_FEED_PODS;
		feed->kind_name = QN_TEXT("pods");
	} else {
		qn_wrapping_detect(sample, &feed->wrapping);
	}
	QN_TRY(qn_stack_reader_create(options->normalizer, take_stack, feed, &feed->reader));
	QN_TRY(qn_epoch_create(take_life, feed, &feed->epoch));
	*ret = qn_take(feed);
	return NULL;
}

void qn_feed_destroy(struct qn_feed *feed)
{
	if (!feed)
		return;
	qn_stack_reader_destroy(feed->reader);
	qn_epoch_destroy(feed->epoch);
	qn_issues_deinit(&feed->issues);
	qn_buffer_deinit(&feed->pods_text);
	qn_buffer_deinit(&feed->tail);
	free(feed->findings);
	free(feed->tallies);
	free(feed->templates);
	free(feed->hits);
	free(feed->lives);
	qn_map_deinit(&feed->tally_by_key);
	qn_map_deinit(&feed->tally_by_id);
	qn_map_deinit(&feed->template_by_key);
	qn_map_deinit(&feed->template_by_id);
	qn_map_deinit(&feed->frames);
	qn_arena_deinit(&feed->arena);
	qn_arena_deinit(&feed->names);
	free(feed);
}

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

/* The nearest line above that no format claims and that is not blank, if the reader has not had it. */
static bool find_previous(const struct view *view, size_t start, size_t index, struct qn_line *ret)
{
	struct qn_feed *feed = view->feed;
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
		}
		if (ret->number <= feed->last_fed)
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

	feed->last_fed = line->number;
	if (feed->has_own_times)
		line->wrapper_time = (struct qn_time){0};
	return qn_stack_reader_plain(feed->reader, line, has_previous ? &previous : NULL, feed->last_time,
				     ret_taken);
}

static struct qn_error *match_rules(const struct view *view, const struct qn_record *record)
{
	struct qn_feed *feed = view->feed;
	const size_t *rules;
	size_t count = qn_matcher_line(view->worker->matcher, record->line->text, &feed->issues, &rules);

	for (size_t i = 0; i < count; i++) {
		struct qn_feed_hit *hit;

		QN_TRY(qn_array_reserve(&feed->hits, &feed->hits_capacity, feed->hits_count + 1,
					sizeof(*feed->hits)));
		hit = &feed->hits[feed->hits_count++];
		*hit = (struct qn_feed_hit){
			.rule = rules[i],
			.line = record->line->number,
			.time = record->time.is_known ? record->time : feed->last_time,
			.text = qn_arena_copy(&feed->arena,
					      qn_text_first(record->line->text, QN_EVIDENCE_BYTES_MAX)),
			.signature = feed->line_signature,
		};
	}
	return count ? qn_arena_check(&feed->arena) : NULL;
}

/* What is open belongs to the life that ends here. */
static bool begins_life(const struct qn_record *record, unsigned reasons)
{
	struct qn_text text = record->line->text;

	return reasons & QN_MARK_CLOCK_FELL || (reasons & QN_MARK_LIFE && qn_record_is_plain(record) &&
						(qn_text_contains(text, QN_TEXT("Welcome to use Milvus!")) ||
						 qn_text_starts(text, QN_TEXT("Version: "))));
}

static struct qn_error *collect_line(const struct view *view, size_t start, size_t index, unsigned reasons)
{
	struct qn_feed *feed = view->feed;
	struct qn_line line = line_at(view, start, index);
	struct qn_record record;
	bool is_text, was_open = qn_stack_reader_wants_all(feed->reader), is_taken = false;

	feed->line_signature = QN_TEXT("");
	qn_arena_clear(&view->worker->arena);
	qn_record_read(&view->worker->arena, &line, &record);
	is_text = qn_record_is_plain(&record) || record.format == &qn_format_go_std;
	if (!was_open && reasons & (QN_MARK_LIFE | QN_MARK_CRASH_TEXT | QN_MARK_CLOCK_FELL))
		QN_TRY(look_back(view, start, index));
	if (begins_life(&record, reasons))
		QN_TRY(qn_stack_reader_flush(feed->reader));
	QN_TRY(meet_record(feed, &record));
	if (reasons & QN_MARK_LIFE) {
		QN_TRY(qn_epoch_line(feed->epoch, &record, NULL));
		if (is_text)
			feed->first_time_lines = FIRST_TIME_LINES;
	}
	if (is_text && (was_open || reasons & QN_MARK_CRASH_TEXT))
		QN_TRY(feed_reader(view, &line, start, index, &is_taken));
	else if (!is_text && was_open)
		QN_TRY(qn_stack_reader_record(feed->reader, &record));
	if (is_text && (is_taken || reasons & QN_MARK_LIFE) && line.text.len) {
		feed->taken_lines++;
		feed->taken_bytes += line.text.len;
	}
	if (!is_text && reasons & QN_MARK_TROUBLE)
		QN_TRY(qn_feed_trouble(feed, view->worker, &record));
	if (reasons & QN_MARK_RULE)
		QN_TRY(match_rules(view, &record));
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

static void count_lines(struct qn_feed *feed, const struct qn_scanned *scanned)
{
	feed->lines_before += scanned->raw_lines;
	feed->lines += scanned->raw_lines;
	feed->blank_lines += scanned->blank_lines;
	feed->plain_bytes += scanned->plain_bytes;
	for (unsigned i = 0; i < QN_SCAN_FORMATS; i++)
		feed->format_lines[i] += scanned->format_lines[i];
	if (!feed->identity.pod.len && scanned->pod.len)
		feed->identity.pod = qn_arena_copy(&feed->names, scanned->pod);
	if (!feed->identity.component.len && scanned->pod.len)
		feed->identity.component = qn_component_of_name(scanned->pod);
	if (!feed->identity.component.len && scanned->container.len)
		feed->identity.component = qn_component_of_name(scanned->container);
}

struct qn_error *qn_feed_collect(struct qn_feed *feed, struct qn_feed_worker *worker,
				 const struct qn_block *block, const struct qn_scanned *scanned)
{
	struct view view = {feed, worker, block, scanned};

	if (block->is_cut)
		qn_issues_add(
			&feed->issues,
			&(struct qn_issue){
				.source = qn_text_of(feed->source->path),
				.line = feed->lines_before + 1,
				.offset = block->offset,
				.has_offset = true,
				.text = QN_TEXT("a line longer than 1 MiB was cut to its first 512 KiB")});
	if (feed->kind == QN_FEED_LINES) {
		if (!qn_stack_reader_wants_all(feed->reader))
			QN_TRY(meet_first_time(&view));
		QN_TRY(collect_lines(&view));
		QN_TRY(keep_tail(&view));
	} else if (feed->kind == QN_FEED_PODS) {
		QN_TRY(qn_feed_collect_pods(feed, block));
	} else {
		feed->bytes_skipped += block->len;
	}
	count_lines(feed, scanned);
	return NULL;
}

struct qn_error *qn_feed_end(struct qn_feed *feed)
{
	if (feed->kind == QN_FEED_PODS)
		QN_TRY(qn_feed_end_pods(feed));
	QN_TRY(qn_stack_reader_flush(feed->reader));
	return qn_epoch_finish(feed->epoch, feed->lines);
}
