#include "triage/templates.h"

#include <stdlib.h>

#include "base/limits.h"
#include "record/format.h"
#include "triage/reread.h"
#include "base/banned.h"

#define LEVELS (QN_LEVEL_FATAL + 1U)
#define RAW_KEYS_MAX 20000U /* messages whose template is remembered */

struct mined {
	uint64_t count;
	struct qn_time first, last;
};

struct qn_templates {
	const struct qn_templates_options *options;
	struct qn_reread input;
	struct qn_arena arena, scratch;
	struct qn_miner *messages, *errors;
	struct mined *mined[2]; /* by group and level: of messages, of errors */
	struct qn_templates_row **exact;
	size_t exact_count, exact_capacity;
	struct qn_map exact_by_key, exact_by_id;
};

static struct qn_error *prepare(struct qn_templates *templates)
{
	const struct qn_templates_options *options = templates->options;

	QN_TRY(qn_reread_init(&templates->input, options->paths, options->paths_count, options->is_raw));
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
	qn_reread_deinit(&templates->input);
	qn_arena_deinit(&templates->arena);
	qn_arena_deinit(&templates->scratch);
	qn_miner_destroy(templates->messages);
	qn_miner_destroy(templates->errors);
	free(templates->mined[0]);
	free(templates->mined[1]);
	free(templates->exact);
	qn_map_deinit(&templates->exact_by_key);
	qn_map_deinit(&templates->exact_by_id);
	free(templates);
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

static struct qn_error *learn_line(void *context, struct qn_text text, struct qn_time time)
{
	struct qn_templates *templates = context;
	struct qn_line line = {.text = qn_text_trim_right(text), .wrapper_time = time};
	struct qn_record record;
	struct qn_text error;

	if (!line.text.len)
		return NULL;
	record = read_record(templates, &line);
	if (!record.call_site.len)
		return qn_miner_add(templates->messages, record.message);
	error = error_of(templates, &record);
	return error.len ? qn_miner_add(templates->errors, error) : NULL;
}

static struct qn_error *learn_raw(void *context, struct qn_text line, struct qn_time time)
{
	struct qn_templates *templates = context;
	(void)time;
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
		qn_issues_note(&templates->input.issues, QN_TEXT(""),
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

static struct qn_error *count_line(void *context, struct qn_text text, struct qn_time time)
{
	struct qn_templates *templates = context;
	struct qn_line line = {.text = qn_text_trim_right(text), .wrapper_time = time};
	struct qn_record record;
	struct qn_text error;

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
				&templates->input.issues, QN_TEXT(""),
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

	QN_TRY(qn_reread_walk(&templates->input, templates->options->is_raw ? learn_raw : learn_line,
			      templates));
	QN_TRY(finish_learning(templates));
	if (templates->options->is_raw)
		count_raw(templates);
	else
		QN_TRY(qn_reread_walk(&templates->input, count_line, templates));
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
	struct qn_templates *templates;
	qn_templates_each each;
	void *context;
};

static struct qn_error *tell_line(void *context, struct qn_text line, struct qn_time time)
{
	const struct telling *telling = context;
	struct qn_templates *templates = telling->templates;
	size_t group = qn_miner_find(templates->messages, line);

	(void)time;
	return telling->each(
		telling->context, group == SIZE_MAX ? qn_miner_count(templates->messages) : group,
		group == SIZE_MAX ? QN_TEXT("<*>") : qn_miner_get(templates->messages, group)->template);
}

struct qn_error *qn_templates_each_line(struct qn_templates *templates, qn_templates_each each, void *context)
{
	struct telling telling = {.templates = templates, .each = each, .context = context};

	QN_TRY(qn_reread_walk(&templates->input, learn_raw, templates));
	QN_TRY(finish_learning(templates));
	return qn_reread_walk(&templates->input, tell_line, &telling);
}

const struct qn_issues *qn_templates_issues(const struct qn_templates *templates)
{
	return &templates->input.issues;
}

uint64_t qn_templates_lines(const struct qn_templates *templates)
{
	return templates->input.lines;
}
