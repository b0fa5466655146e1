#include "triage/templates.h"

#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "record/format.h"
#include "triage/scan.h"
#include "base/banned.h"

#define LEVELS (QN_LEVEL_FATAL + 1U)
#define RAW_KEYS_MAX 20000U /* messages whose template is remembered */

struct mined {
	uint64_t count;
	struct qn_time first, last;
};

struct qn_templates {
	const struct qn_templates_options *options;
	struct qn_sources sources;
	FILE **spools; /* of each source: its copy; NULL: it can be read again */
	struct qn_issues issues;
	struct qn_arena arena, scratch;
	struct qn_rule_set *rules; /* none: the scanner wants them */
	struct qn_scanner scanner;
	struct qn_scan_scratch scan;
	struct qn_scanned scanned;
	struct qn_block block;
	struct qn_miner *messages, *errors;
	struct mined *mined[2]; /* by group and level: of messages, of errors */
	struct qn_templates_row **exact;
	size_t exact_count, exact_capacity;
	struct qn_map exact_by_key, exact_by_id;
	uint64_t lines;
};

/* What a walk over the lines does with each. */
typedef struct qn_error *(*line_step)(struct qn_templates *templates, struct qn_text line,
				      struct qn_time wrapper_time, void *context);

static struct qn_error *prepare(struct qn_templates *templates)
{
	const struct qn_templates_options *options = templates->options;

	QN_TRY(qn_sources_find(options->paths, options->paths_count, &templates->issues,
			       &templates->sources));
	templates->spools = calloc(templates->sources.count + 1, sizeof(*templates->spools));
	if (!templates->spools)
		return &qn_error_no_memory;
	QN_TRY(qn_rule_set_load(NULL, 0, 0, &templates->issues, &templates->rules));
	QN_TRY(qn_scanner_init(&templates->scanner, templates->rules));
	QN_TRY(qn_scan_scratch_init(&templates->scan, &templates->scanner));
	QN_TRY(qn_block_init(&templates->block));
	QN_TRY(qn_miner_create(&templates->messages));
	return qn_miner_create(&templates->errors);
}

struct qn_error *qn_templates_open(const struct qn_templates_options *options, struct qn_templates **ret)
{
	struct qn_templates *templates = calloc(1, sizeof(*templates));
	struct qn_error *error;

	if (!templates)
		return &qn_error_no_memory;
	templates->options = options;
	error = prepare(templates);
	if (error) {
		qn_templates_close(templates);
		return error;
	}
	*ret = templates;
	return NULL;
}

void qn_templates_close(struct qn_templates *templates)
{
	if (!templates)
		return;
	for (size_t i = 0; templates->spools && i < templates->sources.count; i++)
		if (templates->spools[i])
			fclose(templates->spools[i]);
	free(templates->spools);
	qn_sources_deinit(&templates->sources);
	qn_issues_deinit(&templates->issues);
	qn_arena_deinit(&templates->arena);
	qn_arena_deinit(&templates->scratch);
	qn_scan_scratch_deinit(&templates->scan);
	qn_scanner_deinit(&templates->scanner);
	qn_rule_set_destroy(templates->rules);
	qn_scanned_deinit(&templates->scanned);
	qn_block_deinit(&templates->block);
	qn_miner_destroy(templates->messages);
	qn_miner_destroy(templates->errors);
	free(templates->mined[0]);
	free(templates->mined[1]);
	free(templates->exact);
	qn_map_deinit(&templates->exact_by_key);
	qn_map_deinit(&templates->exact_by_id);
	free(templates);
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

static struct qn_error *open_stream(struct qn_templates *templates, size_t i, struct qn_stream *ret)
{
	int fd;

	if (!templates->spools[i]) {
		QN_TRY(qn_stream_open(&templates->sources.items[i], ret));
		if (lseek(ret->fd, 0, ret->is_stdin ? SEEK_SET : SEEK_CUR) >= 0)
			return NULL;
		struct qn_error *error = spool(ret, &templates->spools[i]);

		qn_stream_close(ret);
		QN_TRY(error);
	}
	fd = dup(fileno(templates->spools[i]));
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return qn_error_system(errno, "%s: the temporary copy", templates->sources.items[i].path);
	*ret = (struct qn_stream){.fd = fd, .path = templates->sources.items[i].path};
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

static struct qn_error *walk_text(struct qn_templates *templates, struct qn_text text, line_step step,
				  void *context)
{
	size_t index = 0;

	while (text.len) {
		size_t end = qn_text_find_byte(text, '\n');
		struct qn_text line = qn_text_first(text, end);
		struct qn_time time = {0};

		if (index < templates->scanned.lines_count)
			time = templates->scanned.lines[index].time;
		index++;
		templates->lines++;
		QN_TRY(step(templates, line, time, context));
		text = qn_text_from(text, end == SIZE_MAX ? end : end + 1);
	}
	return NULL;
}

static struct qn_error *walk_block(struct qn_templates *templates, const struct qn_wrapping *wrapping,
				   line_step step, void *context)
{
	struct qn_block *block = &templates->block;

	templates->scanned.lines_count = 0;
	if (!wrapping->count)
		return walk_text(templates, (struct qn_text){block->data, block->len}, step, context);
	QN_TRY(qn_scan_block(&templates->scanner, &templates->scan, wrapping, block, &templates->scanned));
	return walk_text(templates, templates->scanned.text, step, context);
}

/* False: the source is no log, which is noted in the first walk. */
static bool is_log(struct qn_templates *templates, size_t i, struct qn_text first)
{
	struct qn_text what = {0};

	if (templates->options->is_raw ||
	    qn_source_recognize(qn_text_first(first, QN_PROBE_BYTES), &what) == QN_SOURCE_LOG)
		return true;
	if (!templates->mined[0]) /* the first walk */
		qn_issues_note(&templates->issues, qn_text_of(templates->sources.items[i].path),
			       "%.*s is no log: not read", QN_ARG(what));
	return false;
}

static struct qn_error *walk_blocks(struct qn_templates *templates, size_t i, struct qn_block_reader *reader,
				    line_step step, void *context)
{
	struct qn_block *block = &templates->block;
	struct qn_wrapping wrapping = {0};
	struct qn_text first;
	bool has;

	QN_TRY(qn_block_reader_next(reader, block, &has));
	first = (struct qn_text){block->data, has ? block->len : 0};
	if (!has || !is_log(templates, i, first))
		return NULL;
	if (!templates->options->is_raw)
		qn_wrapping_detect(qn_text_first(first, QN_PROBE_BYTES), &wrapping);
	if (wrapping.count) {
		reader->may_end = ends_whole;
		reader->may_end_context = &wrapping;
		QN_TRY(qn_block_reader_recut(reader, block));
	}
	while (has) {
		if (!templates->options->is_raw)
			qn_block_blank_nuls(block);
		QN_TRY(walk_block(templates, &wrapping, step, context));
		QN_TRY(qn_block_reader_next(reader, block, &has));
	}
	return NULL;
}

static struct qn_error *walk(struct qn_templates *templates, line_step step, void *context)
{
	templates->lines = 0;
	for (size_t i = 0; i < templates->sources.count; i++) {
		_cleanup_(qn_block_reader_deinit) struct qn_block_reader reader = {.stream = {.fd = -1}};
		struct qn_stream stream;

		QN_TRY(open_stream(templates, i, &stream));
		qn_block_reader_init(&reader, stream);
		QN_TRY(walk_blocks(templates, i, &reader, step, context));
	}
	return NULL;
}

static struct qn_record read_record(struct qn_templates *templates, const struct qn_line *line)
{
	struct qn_record record;

	qn_arena_clear(&templates->scratch);
	qn_record_read(&templates->scratch, line, &record);
	return record;
}

/* The text of its error= field; "" none. */
static struct qn_text error_of(struct qn_templates *templates, const struct qn_record *record)
{
	struct qn_text fields = record->fields;
	struct qn_field field;

	if (!qn_text_contains(fields, QN_TEXT("[err")))
		return QN_TEXT("");
	for (unsigned i = 0; i < QN_FIELDS_MAX && qn_record_next_field(&templates->scratch, &fields, &field);
	     i++)
		if (qn_text_equal(field.key, QN_TEXT("error")) || qn_text_equal(field.key, QN_TEXT("err")))
			return field.value;
	return QN_TEXT("");
}

static struct qn_error *learn_line(struct qn_templates *templates, struct qn_text text, struct qn_time time,
				   void *context)
{
	struct qn_line line = {.text = qn_text_trim_right(text), .wrapper_time = time};
	struct qn_record record;
	struct qn_text error;

	(void)context;
	if (!line.text.len)
		return NULL;
	record = read_record(templates, &line);
	if (!record.call_site.len)
		return qn_miner_add(templates->messages, record.message);
	error = error_of(templates, &record);
	return error.len ? qn_miner_add(templates->errors, error) : NULL;
}

static struct qn_error *learn_raw(struct qn_templates *templates, struct qn_text line, struct qn_time time,
				  void *context)
{
	(void)time;
	(void)context;
	return qn_miner_add(templates->messages, line);
}

static bool is_hidden(const struct qn_templates_options *options, struct qn_time time)
{
	return time.is_known && ((options->since.is_known && time.nsec < options->since.nsec) ||
				 (options->until.is_known && time.nsec > options->until.nsec));
}

static void count_mined(struct qn_templates *templates, bool is_error, struct qn_text text,
			const struct qn_record *record)
{
	size_t group = qn_miner_find(is_error ? templates->errors : templates->messages, text);
	struct mined *mined;

	if (group == SIZE_MAX)
		return; /* the file grew between the two walks */
	mined = &templates->mined[is_error][group * LEVELS + record->level];
	mined->count++;
	qn_time_widen(&mined->first, &mined->last, record->time);
}

static struct qn_error *new_exact(struct qn_templates *templates, const struct qn_record *record,
				  struct qn_templates_row **ret)
{
	struct qn_template template;
	struct qn_templates_row *row;

	QN_TRY(qn_template_of(&templates->scratch, record, &template));
	row = qn_map_find(&templates->exact_by_id, template.id);
	if (!row && templates->exact_count >= QN_TEMPLATES_MAX) {
		qn_issues_note(&templates->issues, QN_TEXT(""),
			       "more than %u message templates: the rest is not counted", QN_TEMPLATES_MAX);
	} else if (!row) {
		row = qn_arena_alloc(&templates->arena, sizeof(*row));
		if (!row)
			return &qn_error_no_memory;
		row->id = qn_arena_copy(&templates->arena, template.id);
		row->level = template.level;
		row->call_site = qn_arena_copy(&templates->arena, template.call_site);
		row->text = qn_arena_copy(&templates->arena, template.text);
		QN_TRY(qn_arena_check(&templates->arena));
		QN_TRY(qn_array_reserve(&templates->exact, &templates->exact_capacity,
					templates->exact_count + 1, sizeof(*templates->exact)));
		templates->exact[templates->exact_count++] = row;
		QN_TRY(qn_map_put(&templates->exact_by_id, row->id, row));
	}
	*ret = row;
	return NULL;
}

static struct qn_error *count_exact(struct qn_templates *templates, const struct qn_record *record)
{
	struct qn_text key = qn_arena_printf(&templates->scratch, "%c%.*s\n%.*s", '0' + (int)record->level,
					     QN_ARG(record->call_site), QN_ARG(record->message));
	struct qn_templates_row *row = qn_map_find(&templates->exact_by_key, key);

	QN_TRY(qn_arena_check(&templates->scratch));
	if (!row) {
		QN_TRY(new_exact(templates, record, &row));
		if (!row)
			return NULL;
		if (templates->exact_by_key.count < RAW_KEYS_MAX) {
			key = qn_arena_copy(&templates->arena, key);
			QN_TRY(qn_arena_check(&templates->arena));
			QN_TRY(qn_map_put(&templates->exact_by_key, key, row));
		}
	}
	row->count++;
	qn_time_widen(&row->first, &row->last, record->time);
	return NULL;
}

static struct qn_error *count_line(struct qn_templates *templates, struct qn_text text, struct qn_time time,
				   void *context)
{
	struct qn_line line = {.text = qn_text_trim_right(text), .wrapper_time = time};
	struct qn_record record;
	struct qn_text error;

	(void)context;
	if (!line.text.len)
		return NULL;
	record = read_record(templates, &line);
	if (is_hidden(templates->options, record.time))
		return NULL;
	if (!record.call_site.len) {
		count_mined(templates, false, record.message, &record);
		return NULL;
	}
	error = error_of(templates, &record);
	if (error.len)
		count_mined(templates, true, error, &record);
	return count_exact(templates, &record);
}

static int compare_rows(const void *a, const void *b)
{
	const struct qn_templates_row *x = a, *y = b;
	int order = (x->count < y->count) - (x->count > y->count);

	if (!order)
		order = qn_text_compare(x->text, y->text);
	if (!order)
		order = qn_text_compare(x->call_site, y->call_site);
	return order ? order : (int)x->level - (int)y->level;
}

static struct qn_text mined_id(struct qn_arena *arena, unsigned level, struct qn_text text)
{
	struct qn_hasher hasher;
	char digits[13];

	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, QN_TEXT("mined template"));
	qn_hasher_add_u64(&hasher, level);
	qn_hasher_add(&hasher, text);
	qn_hash_hex(qn_hasher_result(&hasher), 12, digits);
	return qn_arena_printf(arena, "T-%s", digits);
}

static void add_mined(struct qn_templates *templates, bool is_error, struct qn_templates_row *rows,
		      size_t *count)
{
	const struct qn_miner *miner = is_error ? templates->errors : templates->messages;

	for (size_t group = 0; group < qn_miner_count(miner); group++) {
		for (unsigned level = 0; level < LEVELS; level++) {
			const struct mined *mined = &templates->mined[is_error][group * LEVELS + level];

			if (!mined->count)
				continue;
			if (rows)
				rows[*count] = (struct qn_templates_row){
					.id = mined_id(&templates->arena, level,
						       qn_miner_get(miner, group)->template),
					.level = (enum qn_level)level,
					.is_error = is_error,
					.text = qn_miner_get(miner, group)->template,
					.count = mined->count,
					.first = mined->first,
					.last = mined->last,
				};
			++*count;
		}
	}
}

static struct qn_error *finish_learning(struct qn_templates *templates)
{
	struct qn_miner *miners[] = {templates->messages, templates->errors};

	for (unsigned i = 0; i < 2; i++) {
		QN_TRY(qn_miner_finish(miners[i]));
		templates->mined[i] = calloc(qn_miner_count(miners[i]) * LEVELS + 1, sizeof(struct mined));
		if (!templates->mined[i])
			return &qn_error_no_memory;
		if (qn_miner_is_coarse(miners[i]))
			qn_issues_note(
				&templates->issues, QN_TEXT(""),
				"more than %u shapes of messages: rare ones are told apart by their first "
				"words only",
				QN_MINER_SHAPES_MAX);
	}
	return NULL;
}

/* Raw lines need no second look to be counted. */
static void count_raw(struct qn_templates *templates)
{
	for (size_t group = 0; group < qn_miner_count(templates->messages); group++)
		templates->mined[0][group * LEVELS].count = qn_miner_get(templates->messages, group)->count;
}

struct qn_error *qn_templates_count(struct qn_templates *templates, struct qn_templates_row **ret,
				    size_t *ret_count)
{
	struct qn_templates_row *rows;
	size_t count = 0;

	QN_TRY(walk(templates, templates->options->is_raw ? learn_raw : learn_line, NULL));
	QN_TRY(finish_learning(templates));
	if (templates->options->is_raw)
		count_raw(templates);
	else
		QN_TRY(walk(templates, count_line, NULL));
	add_mined(templates, false, NULL, &count);
	add_mined(templates, true, NULL, &count);
	rows = qn_arena_alloc(&templates->arena, (count + templates->exact_count + 1) * sizeof(*rows));
	if (!rows)
		return &qn_error_no_memory;
	count = 0;
	add_mined(templates, false, rows, &count);
	add_mined(templates, true, rows, &count);
	for (size_t i = 0; i < templates->exact_count; i++)
		rows[count++] = *templates->exact[i];
	if (count)
		qsort(rows, count, sizeof(*rows), compare_rows);
	*ret = rows;
	*ret_count = count;
	return qn_arena_check(&templates->arena);
}

struct telling {
	qn_templates_each each;
	void *context;
};

static struct qn_error *tell_line(struct qn_templates *templates, struct qn_text line, struct qn_time time,
				  void *context)
{
	const struct telling *telling = context;
	size_t group = qn_miner_find(templates->messages, line);

	(void)time;
	return telling->each(
		telling->context, group == SIZE_MAX ? qn_miner_count(templates->messages) : group,
		group == SIZE_MAX ? QN_TEXT("<*>") : qn_miner_get(templates->messages, group)->template);
}

struct qn_error *qn_templates_each_line(struct qn_templates *templates, qn_templates_each each, void *context)
{
	struct telling telling = {.each = each, .context = context};

	QN_TRY(walk(templates, learn_raw, NULL));
	QN_TRY(finish_learning(templates));
	return walk(templates, tell_line, &telling);
}

const struct qn_issues *qn_templates_issues(const struct qn_templates *templates)
{
	return &templates->issues;
}

uint64_t qn_templates_lines(const struct qn_templates *templates)
{
	return templates->lines;
}
