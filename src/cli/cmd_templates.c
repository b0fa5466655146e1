/* templates: message templates of any log. */
#include "cli/output.h"
#include "cli/setup.h"
#include "cli/terminal.h"
#include "base/json.h"
#include "report/paint.h"
#include "triage/templates.h"
#include "base/banned.h"

#define SCHEMA "qntriage.templates/1"
#define CHUNK_BYTES (1U << 20) /* what is written to standard output at once */
#define COUNT_COLUMNS 10U
#define LEVEL_COLUMNS 7U
#define TEMPLATE_LINES 4U

/* --- Every line --- */

/* What is printed for the lines of each group: "G12<TAB>TEMPLATE<LF>", made when it is first met. */
struct per_line {
	struct qn_buffer out, texts;
	struct group_line {
		size_t at, len; /* in texts; len 0: not made yet */
	} * groups;
	size_t capacity;
	const char *output;
};

static void per_line_deinit(struct per_line *lines)
{
	qn_buffer_deinit(&lines->out);
	qn_buffer_deinit(&lines->texts);
	free(lines->groups);
}

/* Control bytes as \xNN. */
static void escape(struct qn_buffer *out, struct qn_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte == '\t')
			qn_buffer_append_string(out, "\\t");
		else if (byte < ' ' || byte == 0x7f)
			qn_buffer_printf(out, "\\x%02x", byte);
		else
			qn_buffer_append_byte(out, (char)byte);
	}
}

static struct qn_error *make_group_line(struct per_line *lines, size_t group, struct qn_text template)
{
	size_t before = lines->capacity;
	struct group_line *line;

	QN_TRY(qn_array_reserve(&lines->groups, &lines->capacity, group + 1, sizeof(*lines->groups)));
	memset(lines->groups + before, 0, (lines->capacity - before) * sizeof(*lines->groups));
	line = &lines->groups[group];
	if (line->len)
		return NULL;
	line->at = lines->texts.len;
	qn_buffer_printf(&lines->texts, "G%zu\t", group + 1);
	escape(&lines->texts, template);
	qn_buffer_append_byte(&lines->texts, '\n');
	line->len = lines->texts.len - line->at;
	return qn_buffer_check(&lines->texts);
}

static struct qn_error *put_line(void *context, size_t group, struct qn_text template)
{
	struct per_line *lines = context;

	if (group >= lines->capacity || !lines->groups[group].len)
		QN_TRY(make_group_line(lines, group, template));
	qn_buffer_append(&lines->out, lines->texts.data + lines->groups[group].at, lines->groups[group].len);
	if (lines->output || lines->out.len < CHUNK_BYTES)
		return NULL;
	QN_TRY(qn_buffer_check(&lines->out));
	QN_TRY(qn_output_write(NULL, qn_buffer_text(&lines->out)));
	qn_buffer_clear(&lines->out);
	return NULL;
}

static struct qn_error *print_lines(const struct qn_call *call, struct qn_templates *templates)
{
	_cleanup_(per_line_deinit) struct per_line lines = {.output = call->options->output};

	QN_TRY(qn_templates_each_line(templates, put_line, &lines));
	QN_TRY(qn_buffer_check(&lines.out));
	return qn_output_write(call->options->output, qn_buffer_text(&lines.out));
}

/* --- Tables --- */

static void put_text_row(struct qn_paint *paint, const struct qn_templates_row *row)
{
	char first[QN_TIME_BYTES], last[QN_TIME_BYTES];
	bool is_headed = row->level || row->call_site.len || row->is_error || row->first.is_known;

	qn_paint_printf(paint, QN_INK_BOLD, "%8ju", (uintmax_t)row->count);
	qn_paint_goto(paint, COUNT_COLUMNS);
	if (is_headed) {
		qn_paint_string(paint, row->level >= QN_LEVEL_ERROR ? QN_INK_RED : QN_INK_PLAIN,
				row->level ? qn_level_name(row->level) : "-");
		qn_paint_goto(paint, COUNT_COLUMNS + LEVEL_COLUMNS);
		if (row->first.is_known)
			qn_paint_printf(paint, QN_INK_DIM, "%s to %s  ", qn_time_format(row->first, first),
					qn_time_format(row->last, last));
		if (row->is_error)
			qn_paint_string(paint, QN_INK_CYAN, "in error=");
		else
			qn_paint_tail(paint, QN_INK_CYAN, row->call_site);
		qn_paint_newline(paint);
		qn_paint_goto(paint, COUNT_COLUMNS);
	}
	qn_paint_wrap(paint, QN_INK_PLAIN, row->text, TEMPLATE_LINES);
	qn_paint_newline(paint);
}

static void put_text(const struct qn_call *call, const struct qn_templates *templates,
		     const struct qn_templates_row *rows, size_t count, struct qn_buffer *out)
{
	struct qn_paint paint = {.out = out,
				 .width = qn_terminal_width(call->options),
				 .has_color = qn_terminal_has_color(call->options)};

	qn_paint_printf(&paint, QN_INK_PLAIN, "%zu template%s of %ju line%s", count, count == 1 ? "" : "s",
			(uintmax_t)qn_templates_lines(templates),
			qn_templates_lines(templates) == 1 ? "" : "s");
	qn_paint_newline(&paint);
	for (size_t i = 0; i < count; i++)
		put_text_row(&paint, &rows[i]);
}

static void put_json_time(struct qn_json_writer *json, const char *key, struct qn_time time)
{
	char text[QN_TIME_BYTES];

	qn_json_key(json, key);
	qn_json_string(json, time.is_known ? qn_time_format(time, text) : NULL);
}

static void put_json_row(struct qn_json_writer *json, const struct qn_templates_row *row)
{
	qn_json_inline_object_begin(json);
	qn_json_key(json, "id");
	qn_json_text(json, row->id);
	qn_json_key(json, "level");
	qn_json_text_or_null(json, qn_text_of(qn_level_name(row->level)));
	qn_json_key(json, "template");
	qn_json_text(json, row->text);
	qn_json_key(json, "call_site");
	qn_json_text_or_null(json, row->call_site);
	qn_json_key(json, "part");
	qn_json_string(json, row->is_error ? "error" : "message");
	qn_json_key(json, "count");
	qn_json_u64(json, row->count);
	put_json_time(json, "first_seen", row->first);
	put_json_time(json, "last_seen", row->last);
	qn_json_object_end(json);
}

static void put_json(const struct qn_templates *templates, const struct qn_templates_row *rows, size_t count,
		     struct qn_buffer *out)
{
	const struct qn_issues *issues = qn_templates_issues(templates);
	struct qn_json_writer json = {.out = out};

	qn_json_object_begin(&json);
	qn_json_key(&json, "schema");
	qn_json_string(&json, SCHEMA);
	qn_json_key(&json, "lines");
	qn_json_u64(&json, qn_templates_lines(templates));
	qn_json_key(&json, "templates");
	qn_json_array_begin(&json);
	for (size_t i = 0; i < count; i++)
		put_json_row(&json, &rows[i]);
	qn_json_array_end(&json);
	qn_json_key(&json, "issues");
	qn_json_array_begin(&json);
	for (size_t i = 0; i < issues->count; i++) {
		qn_json_inline_object_begin(&json);
		qn_json_key(&json, "source");
		qn_json_text_or_null(&json, issues->items[i].source);
		qn_json_key(&json, "text");
		qn_json_text(&json, issues->items[i].text);
		qn_json_object_end(&json);
	}
	qn_json_array_end(&json);
	qn_json_object_end(&json);
	qn_buffer_append_byte(out, '\n');
}

static void put_ndjson(const struct qn_templates_row *rows, size_t count, struct qn_buffer *out)
{
	for (size_t i = 0; i < count; i++) {
		struct qn_json_writer json = {.out = out};

		put_json_row(&json, &rows[i]);
		qn_buffer_append_byte(out, '\n');
	}
}

static struct qn_error *print_table(const struct qn_call *call, struct qn_templates *templates)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	struct qn_templates_row *rows;
	size_t count;

	QN_TRY(qn_templates_count(templates, &rows, &count));
	if (call->options->format == QN_OUTPUT_JSON)
		put_json(templates, rows, count, &out);
	else if (call->options->format == QN_OUTPUT_NDJSON)
		put_ndjson(rows, count, &out);
	else
		put_text(call, templates, rows, count, &out);
	QN_TRY(qn_buffer_check(&out));
	return qn_output_write(call->options->output, qn_buffer_text(&out));
}

struct qn_error *qn_cmd_templates(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	const struct qn_templates_options wanted = {
		.paths = options->arguments,
		.paths_count = options->arguments_count,
		.is_raw = options->is_raw,
		.since = options->filter.since,
		.until = options->filter.until,
	};
	_cleanup_(qn_templates_close_guard) struct qn_templates *templates = NULL;

	if (options->is_per_line && (!options->is_raw || options->format != QN_OUTPUT_TEXT))
		return qn_error_create(QN_ERROR_USAGE,
				       "templates --per-line goes with --raw, and without --format: its "
				       "lines have one form");
	QN_TRY(qn_templates_open(&wanted, &templates));
	if (options->is_per_line)
		QN_TRY(print_lines(call, templates));
	else
		QN_TRY(print_table(call, templates));
	qn_setup_warn(options, qn_templates_issues(templates));
	if (options->is_strict && qn_templates_issues(templates)->count)
		return qn_error_create(QN_ERROR_STRICT, "--strict: some input was skipped");
	return NULL;
}
