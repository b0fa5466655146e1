#include "triage/reread.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/banned.h"

struct qn_error *qn_reread_init(struct qn_reread *reread, const char *const *paths, size_t count, bool is_raw)
{
	*reread = (struct qn_reread){.is_raw = is_raw};
	QN_TRY(qn_sources_find(paths, count, &reread->issues, &reread->sources));
	reread->spools = calloc(reread->sources.count + 1, sizeof(*reread->spools));
	if (!reread->spools)
		return &qn_error_no_memory;
	QN_TRY(qn_rule_set_load(NULL, 0, 0, &reread->issues, &reread->rules));
	QN_TRY(qn_scanner_init(&reread->scanner, reread->rules));
	QN_TRY(qn_scan_scratch_init(&reread->scan, &reread->scanner));
	return qn_block_init(&reread->block);
}

void qn_reread_deinit(struct qn_reread *reread)
{
	for (size_t i = 0; reread->spools && i < reread->sources.count; i++)
		if (reread->spools[i])
			fclose(reread->spools[i]);
	free(reread->spools);
	qn_sources_deinit(&reread->sources);
	qn_issues_deinit(&reread->issues);
	qn_scan_scratch_deinit(&reread->scan);
	qn_scanner_deinit(&reread->scanner);
	qn_rule_set_destroy(reread->rules);
	qn_scanned_deinit(&reread->scanned);
	qn_block_deinit(&reread->block);
	*reread = (struct qn_reread){0};
}

/* A copy of what can be read once only. */
static struct qn_error *spool(struct qn_stream *stream, FILE **ret)
{
	_cleanup_free_ char *piece = malloc(QN_BLOCK_BYTES);
	_cleanup_fclose_ FILE *file = tmpfile(); /* it has no name: nothing is left behind */
	size_t got;

	if (!piece)
		return &qn_error_no_memory;
	if (!file)
		return qn_error_system(errno, "%s: no temporary file for a copy (set TMPDIR)", stream->path);
	do {
		QN_TRY(qn_stream_read(stream, piece, QN_BLOCK_BYTES, &got));
		if (fwrite(piece, 1, got, file) != got)
			return qn_error_system(errno, "%s: the temporary copy cannot be written",
					       stream->path);
	} while (got == QN_BLOCK_BYTES);
	if (fflush(file) != 0)
		return qn_error_system(errno, "%s: the temporary copy cannot be written", stream->path);
	*ret = qn_take(file);
	return NULL;
}

static struct qn_error *open_stream(struct qn_reread *reread, size_t i, struct qn_stream *ret)
{
	int fd;

	if (!reread->spools[i]) {
		QN_TRY(qn_stream_open(&reread->sources.items[i], ret));
		if (lseek(ret->fd, 0, ret->is_stdin ? SEEK_SET : SEEK_CUR) >= 0)
			return NULL;
		struct qn_error *error = spool(ret, &reread->spools[i]);

		qn_stream_close(ret);
		QN_TRY(error);
	}
	fd = dup(fileno(reread->spools[i]));
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return qn_error_system(errno, "%s: the temporary copy", reread->sources.items[i].path);
	*ret = (struct qn_stream){.fd = fd, .path = reread->sources.items[i].path};
	return NULL;
}

static bool ends_whole(const void *context, struct qn_text line)
{
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	struct qn_wrapped wrapped = {0};

	qn_wrapping_peel(context, line, scratch, &wrapped);
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
	return !wrapped.is_partial;
}

static struct qn_error *walk_text(struct qn_reread *reread, struct qn_text text, qn_reread_step step,
				  void *context)
{
	size_t index = 0;

	while (text.len) {
		size_t end = qn_text_find_byte(text, '\n');
		struct qn_text line = qn_text_first(text, end);
		struct qn_time time = {0};

		if (index < reread->scanned.lines_count)
			time = reread->scanned.lines[index].time;
		index++;
		reread->lines++;
		QN_TRY(step(context, line, time));
		text = qn_text_from(text, end == SIZE_MAX ? end : end + 1);
	}
	return NULL;
}

static struct qn_error *walk_block(struct qn_reread *reread, const struct qn_wrapping *wrapping,
				   qn_reread_step step, void *context)
{
	struct qn_block *block = &reread->block;

	reread->scanned.lines_count = 0;
	if (!wrapping->count)
		return walk_text(reread, (struct qn_text){block->data, block->len}, step, context);
	QN_TRY(qn_scan_block(&reread->scanner, &reread->scan, wrapping, block, &reread->scanned));
	return walk_text(reread, reread->scanned.text, step, context);
}

/* False: the source is no log, which is noted in the first walk. */
static bool is_log(struct qn_reread *reread, size_t i, struct qn_text first)
{
	struct qn_text what = {0};

	if (reread->is_raw ||
	    qn_source_recognize(qn_text_first(first, QN_PROBE_BYTES), &what) == QN_SOURCE_LOG)
		return true;
	if (reread->walks == 1) /* the first walk */
		qn_issues_note(&reread->issues, qn_text_of(reread->sources.items[i].path),
			       "%.*s is no log: not read", QN_ARG(what));
	return false;
}

static struct qn_error *walk_blocks(struct qn_reread *reread, size_t i, struct qn_block_reader *reader,
				    qn_reread_step step, void *context)
{
	struct qn_block *block = &reread->block;
	struct qn_wrapping wrapping = {0};
	struct qn_text first;
	bool has;

	QN_TRY(qn_block_reader_next(reader, block, &has));
	first = (struct qn_text){block->data, has ? block->len : 0};
	if (!has || !is_log(reread, i, first))
		return NULL;
	if (!reread->is_raw)
		qn_wrapping_detect(qn_text_first(first, QN_PROBE_BYTES), &wrapping);
	if (wrapping.count) {
		reader->may_end = ends_whole;
		reader->may_end_context = &wrapping;
		QN_TRY(qn_block_reader_recut(reader, block));
	}
	while (has) {
		if (!reread->is_raw)
			qn_block_blank_nuls(block);
		QN_TRY(walk_block(reread, &wrapping, step, context));
		QN_TRY(qn_block_reader_next(reader, block, &has));
	}
	return NULL;
}

struct qn_error *qn_reread_walk(struct qn_reread *reread, qn_reread_step step, void *context)
{
	reread->lines = 0;
	reread->walks++;
	for (size_t i = 0; i < reread->sources.count; i++) {
		_cleanup_(qn_block_reader_deinit) struct qn_block_reader reader = {.stream = {.fd = -1}};
		struct qn_stream stream;

		QN_TRY(open_stream(reread, i, &stream));
		qn_block_reader_init(&reader, stream);
		QN_TRY(walk_blocks(reread, i, &reader, step, context));
	}
	return NULL;
}
