#include "triage/scan.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "record/epoch.h"
#include "record/format.h"
#include "rule/match.h"
#include "stack/reader.h"
#include "base/banned.h"

void qn_scanned_deinit(struct qn_scanned *scanned)
{
	qn_buffer_deinit(&scanned->peeled);
	free(scanned->lines);
	free(scanned->marks);
	qn_arena_deinit(&scanned->names);
	*scanned = (struct qn_scanned){0};
}

static size_t count_strings(const char *const *strings)
{
	size_t count = 0;

	while (strings[count])
		count++;
	return count;
}

struct qn_error *qn_scanner_init(struct qn_scanner *scanner, const struct qn_rule_set *rules)
{
	const struct qn_text *rule_literals;
	size_t stack_count = 0, epoch_count = count_strings(qn_epoch_triggers);
	size_t rule_count = qn_rule_set_literals(rules, &rule_literals, &scanner->marks_all), count;
	_cleanup_free_ struct qn_text *literals = NULL;

	while (qn_stack_trigger(stack_count))
		stack_count++;
	count = stack_count + epoch_count + rule_count;
	literals = calloc(count, sizeof(*literals));
	scanner->prefilter = NULL;
	scanner->reasons = calloc(count, sizeof(*scanner->reasons));
	if (!literals || !scanner->reasons)
		return &qn_error_no_memory;
	for (size_t i = 0; i < count; i++) {
		if (i < stack_count) {
			literals[i] = qn_text_of(qn_stack_trigger(i));
			scanner->reasons[i] = QN_MARK_CRASH_TEXT;
		} else if (i < stack_count + epoch_count) {
			literals[i] = qn_text_of(qn_epoch_triggers[i - stack_count]);
			scanner->reasons[i] = QN_MARK_LIFE;
		} else {
			literals[i] = rule_literals[i - stack_count - epoch_count];
			scanner->reasons[i] = QN_MARK_RULE;
		}
	}
	return qn_prefilter_create(literals, count, QN_PREFILTER_BEST, &scanner->prefilter);
}

void qn_scanner_deinit(struct qn_scanner *scanner)
{
	qn_prefilter_destroy(scanner->prefilter);
	free(scanner->reasons);
	*scanner = (struct qn_scanner){0};
}

struct qn_error *qn_scan_scratch_init(struct qn_scan_scratch *scratch, const struct qn_scanner *scanner)
{
	*scratch = (struct qn_scan_scratch){0};
	return qn_prefilter_scratch_create(scanner->prefilter, &scratch->prefilter);
}

void qn_scan_scratch_deinit(struct qn_scan_scratch *scratch)
{
	qn_prefilter_scratch_destroy(scratch->prefilter);
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch->layers[i]);
	*scratch = (struct qn_scan_scratch){0};
}

/* Pieces of one line, per stream: stdout and stderr of a container are woven in one file. */
struct pieces {
	struct qn_text stream;
	struct qn_buffer text;
	struct qn_peeled_line line;
	bool is_open;
};
#define STREAMS_MAX 4U

struct peeling {
	struct qn_scanned *scanned;
	struct pieces pieces[STREAMS_MAX];
};

static struct qn_error *emit_line(struct qn_scanned *scanned, struct qn_text text, struct qn_peeled_line line)
{
	QN_TRY(qn_array_reserve(&scanned->lines, &scanned->lines_capacity, scanned->lines_count + 1,
				sizeof(*scanned->lines)));
	line.start = (uint32_t)scanned->peeled.len;
	scanned->lines[scanned->lines_count++] = line;
	qn_buffer_append_text(&scanned->peeled, qn_text_trim_right(text));
	qn_buffer_append_byte(&scanned->peeled, '\n');
	return NULL;
}

/* A wrapped text may hold newlines of its own, as a shipper that sends a whole crash at once makes them: all
 * its lines are at one place of the source. */
static struct qn_error *emit_lines(struct qn_scanned *scanned, struct qn_text text,
				   struct qn_peeled_line line)
{
	for (size_t at; (at = qn_text_find_byte(text, '\n')) != SIZE_MAX; text = qn_text_from(text, at + 1))
		QN_TRY(emit_line(scanned, qn_text_first(text, at), line));
	return emit_line(scanned, text, line);
}

static struct pieces *pieces_of(struct peeling *peeling, struct qn_text stream)
{
	struct pieces *unused = NULL;

	for (unsigned i = 0; i < STREAMS_MAX; i++) {
		struct pieces *pieces = &peeling->pieces[i];

		if (pieces->is_open && qn_text_equal(pieces->stream, stream))
			return pieces;
		if (!pieces->is_open && !unused)
			unused = pieces;
	}
	return unused ? unused : &peeling->pieces[0];
}

static struct qn_error *close_pieces(struct peeling *peeling, struct pieces *pieces)
{
	pieces->is_open = false;
	QN_TRY(qn_buffer_check(&pieces->text));
	QN_TRY(emit_lines(peeling->scanned, qn_buffer_text(&pieces->text), pieces->line));
	qn_buffer_clear(&pieces->text);
	return NULL;
}

static struct qn_error *add_wrapped(struct peeling *peeling, const struct qn_wrapped *wrapped,
				    struct qn_peeled_line line)
{
	struct pieces *pieces = pieces_of(peeling, wrapped->stream);

	if (!pieces->is_open && !wrapped->is_partial)
		return emit_lines(peeling->scanned, wrapped->text, line);
	if (!pieces->is_open) {
		pieces->is_open = true;
		pieces->line = line;
		pieces->stream = qn_arena_copy(&peeling->scanned->names, wrapped->stream);
	}
	qn_buffer_append_text(&pieces->text, wrapped->text);
	return wrapped->is_partial ? NULL : close_pieces(peeling, pieces);
}

/* Neighbours mostly have the same pod: the last one is looked at first. */
static uint16_t index_pod(struct qn_scanned *scanned, struct qn_text pod)
{
	if (!pod.len)
		return 0;
	for (size_t i = scanned->pods_count; i-- > 0;)
		if (qn_text_equal(scanned->pods[i], pod))
			return (uint16_t)(i + 1);
	if (scanned->pods_count == QN_SCAN_PODS_MAX)
		return 0;
	scanned->pods[scanned->pods_count++] = qn_arena_copy(&scanned->names, pod);
	return (uint16_t)scanned->pods_count;
}

static struct qn_error *peel_block(struct qn_scan_scratch *scratch, const struct qn_wrapping *wrapping,
				   const struct qn_block *block, struct qn_scanned *ret)
{
	struct qn_cursor cursor = qn_cursor_of((struct qn_text){block->data, block->len});
	struct peeling peeling = {.scanned = ret};
	struct qn_error *error = NULL;
	struct qn_text line;

	while (!error && qn_cursor_take_line(&cursor, &line)) {
		struct qn_wrapped wrapped = {0};
		struct qn_peeled_line place = {.raw_index = (uint32_t)ret->raw_lines++,
					       .raw_start = (uint32_t)(line.data - block->data)};

		if (line.len && line.data[line.len - 1] == '\r')
			line.len--;
		qn_wrapping_peel(wrapping, line, scratch->layers, &wrapped);
		if (wrapped.is_noise)
			continue;
		place.time = wrapped.time;
		place.pod = index_pod(ret, wrapped.pod);
		place.output = (uint8_t)qn_wrapped_output(&wrapped);
		if (wrapped.container.len && !ret->container.len)
			ret->container = qn_arena_copy(&ret->names, wrapped.container);
		error = add_wrapped(&peeling, &wrapped, place);
	}
	for (unsigned i = 0; i < STREAMS_MAX; i++) {
		if (!error && peeling.pieces[i].is_open)
			error = close_pieces(&peeling, &peeling.pieces[i]);
		qn_buffer_deinit(&peeling.pieces[i].text);
	}
	if (!error)
		error = qn_buffer_check(&ret->peeled);
	ret->text = qn_buffer_text(&ret->peeled);
	return error;
}

static bool is_digits(const char *data, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((unsigned char)(data[i] - '0') > 9)
			return false;
	return true;
}

/* [2025/06/18 16:32:47.127 +00:00] [INFO] [...: the level's bracket is at 33. */
static bool has_zap_front(struct qn_text line)
{
	return line.len > 38 && line.data[0] == '[' && line.data[33] == '[' && line.data[31] == ']' &&
	       line.data[5] == '/' && line.data[11] == ' ';
}

/* I20240531 17:30:14.165886 181993 file.cc:1] */
static bool has_glog_front(struct qn_text line)
{
	char c = line.len > 18 ? line.data[0] : '\0';

	return (c == 'I' || c == 'W' || c == 'E' || c == 'F') && is_digits(line.data + 1, 4) &&
	       (line.data[5] == ' ' || (is_digits(line.data + 5, 4) && line.data[9] == ' '));
}

/* Where the classification stands while it goes through the lines. */
struct pass {
	struct qn_scanned *ret;
	const char *last_stamp; /* of the zap record above: 16 bytes, "2025/06/18 16:32" */
};

/* The reasons that the front of the line gives. */
static unsigned classify(struct pass *pass, struct qn_text line)
{
	unsigned reasons = 0;
	enum qn_scan_format format = QN_SCAN_PLAIN;

	if (has_zap_front(line)) {
		char c = line.data[34];

		format = QN_SCAN_ZAP;
		if (c == 'W' || c == 'E' || c == 'F' || c == 'P' || (c == 'D' && line.data[35] == 'P'))
			reasons |= QN_MARK_TROUBLE;
		if (pass->last_stamp && memcmp(line.data + 1, pass->last_stamp, 16) < 0)
			reasons |= QN_MARK_CLOCK_FELL;
		pass->last_stamp = line.data + 1;
	} else if (has_glog_front(line)) {
		format = QN_SCAN_GLOG;
		if (line.data[0] != 'I')
			reasons |= QN_MARK_TROUBLE;
	} else if (line.len && line.data[0] == '2') {
		format = qn_format_go_std.bid(line) > 1        ? QN_SCAN_GO_STD
			 : qn_format_easylogging.bid(line) > 1 ? QN_SCAN_EASYLOGGING
							       : QN_SCAN_PLAIN;
		if (format == QN_SCAN_EASYLOGGING)
			reasons |= QN_MARK_TROUBLE; /* its level has no fixed place; the collector reads it */
	} else if (line.len && line.data[0] == '[' && qn_format_zap.bid(line) > 1) {
		format = QN_SCAN_ZAP; /* with another fraction or zone */
		reasons |= QN_MARK_TROUBLE;
	}
	pass->ret->format_lines[format]++;
	if (format == QN_SCAN_PLAIN)
		pass->ret->plain_bytes += line.len;
	return reasons;
}

static bool is_blank(struct qn_text line)
{
	return line.len == 0 || (line.len < 4 && qn_text_trim(line).len == 0);
}

static unsigned changes_pod(const struct qn_scanned *scanned, uint32_t index)
{
	if (index >= scanned->lines_count || !scanned->lines[index].pod)
		return 0;
	return !index || scanned->lines[index].pod != scanned->lines[index - 1].pod ? QN_MARK_POD : 0;
}

/* @ret_lines gets the number of lines. */
static struct qn_error *mark_lines(const struct qn_scanner *scanner, const struct qn_prefilter_hit *hits,
				   size_t hits_count, struct qn_scanned *ret, uint64_t *ret_lines)
{
	struct pass pass = {.ret = ret};
	const char *data = ret->text.data;
	size_t start = 0, hit = 0;
	uint32_t index = 0;

	while (start < ret->text.len) {
		const char *end = memchr(data + start, '\n', ret->text.len - start);
		size_t stop = end ? (size_t)(end - data) : ret->text.len;
		struct qn_text line = {data + start, stop - start};
		unsigned reasons = (scanner->marks_all ? QN_MARK_RULE : 0) | changes_pod(ret, index);

		if (is_blank(line))
			ret->blank_lines++;
		else
			reasons |= classify(&pass, line);
		while (hit < hits_count && hits[hit].last < stop)
			reasons |= scanner->reasons[hits[hit++].literal];
		if (reasons) {
			QN_TRY(qn_array_reserve(&ret->marks, &ret->marks_capacity, ret->marks_count + 1,
						sizeof(*ret->marks)));
			ret->marks[ret->marks_count++] = (struct qn_mark){(uint32_t)start, index, reasons};
		}
		start = stop + 1;
		index++;
	}
	*ret_lines = index;
	return NULL;
}

struct qn_error *qn_scan_block(const struct qn_scanner *scanner, struct qn_scan_scratch *scratch,
			       const struct qn_wrapping *wrapping, const struct qn_block *block,
			       struct qn_scanned *ret)
{
	const struct qn_prefilter_hit *hits;
	size_t hits_count;
	uint64_t lines;

	ret->lines_count = ret->marks_count = 0;
	ret->raw_lines = ret->blank_lines = ret->plain_bytes = 0;
	memset(ret->format_lines, 0, sizeof(ret->format_lines));
	ret->container = QN_TEXT("");
	ret->pods_count = 0;
	qn_buffer_clear(&ret->peeled);
	qn_arena_clear(&ret->names);
	ret->text = (struct qn_text){block->data, block->len};
	if (wrapping->count)
		QN_TRY(peel_block(scratch, wrapping, block, ret));
	QN_TRY(qn_prefilter_scan(scanner->prefilter, scratch->prefilter, ret->text, &hits, &hits_count));
	QN_TRY(mark_lines(scanner, hits, hits_count, ret, &lines));
	if (!wrapping->count)
		ret->raw_lines = lines;
	return NULL;
}
