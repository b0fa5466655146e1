#include "report/report_json.h"

#include "base/cursor.h"
#include "base/banned.h"

static void put_text(struct qn_json_writer *json, const char *key, struct qn_text value)
{
	qn_json_key(json, key);
	qn_json_text_or_null(json, value);
}

static void put_u64(struct qn_json_writer *json, const char *key, uint64_t value)
{
	qn_json_key(json, key);
	qn_json_u64(json, value);
}

/* 0 is "not known" where lines and goroutines count from 1. */
static void put_ordinal(struct qn_json_writer *json, const char *key, uint64_t value)
{
	qn_json_key(json, key);
	if (value)
		qn_json_u64(json, value);
	else
		qn_json_null(json);
}

/* Negative is "not told". */
static void put_natural(struct qn_json_writer *json, const char *key, int64_t value)
{
	qn_json_key(json, key);
	if (value >= 0)
		qn_json_i64(json, value);
	else
		qn_json_null(json);
}

static void put_number(struct qn_json_writer *json, const char *key, double value)
{
	qn_json_key(json, key);
	qn_json_number(json, value);
}

static void put_time(struct qn_json_writer *json, const char *key, struct qn_time time)
{
	char text[QN_TIME_BYTES];

	put_text(json, key, qn_text_of(qn_time_format(time, text)));
}

/* The pieces of @joined between @separator. */
static void put_pieces(struct qn_json_writer *json, const char *key, struct qn_text joined, char separator)
{
	struct qn_cursor cursor = qn_cursor_of(joined);

	qn_json_key(json, key);
	qn_json_inline_array_begin(json);
	while (!qn_cursor_at_end(&cursor)) {
		struct qn_text piece;

		if (!qn_cursor_take_until(&cursor, separator, &piece)) {
			piece = cursor.rest;
			cursor.rest.len = 0;
		}
		if (piece.len)
			qn_json_text(json, piece);
	}
	qn_json_array_end(json);
}

static void put_list(struct qn_json_writer *json, const char *key, const struct qn_text *items, size_t count)
{
	qn_json_key(json, key);
	qn_json_inline_array_begin(json);
	for (size_t i = 0; i < count; i++)
		qn_json_text(json, items[i]);
	qn_json_array_end(json);
}

static void put_empty_list(struct qn_json_writer *json, const char *key)
{
	put_list(json, key, NULL, 0);
}

void qn_report_put_source(struct qn_json_writer *json, const struct qn_report *report, size_t index)
{
	const struct qn_store_source *row = &report->sources[index].row;

	qn_json_key(json, "path");
	qn_json_text(json, row->path);
	put_text(json, "kind", row->kind.len ? row->kind : QN_TEXT("other"));
	put_pieces(json, "wrappers", row->wrappers, ',');
	qn_json_key(json, "formats");
	qn_json_inline_object_begin(json);
	for (size_t i = 0; i < row->formats_count; i++) {
		_cleanup_free_ char *name = qn_text_copy(row->formats[i].format);

		if (!name)
			json->out->is_failed = true;
		else
			put_u64(json, name, row->formats[i].lines);
	}
	qn_json_object_end(json);
	put_text(json, "component", row->component);
	put_text(json, "pod", row->pod);
	put_u64(json, "size_bytes", row->size_bytes);
	put_u64(json, "lines", row->lines);
	put_u64(json, "records", row->records);
	put_u64(json, "issues", row->issues);
}

void qn_report_put_pod(struct qn_json_writer *json, const struct qn_report *report, size_t index)
{
	const struct qn_store_pod *row = &report->pods[index].row;

	put_text(json, "name", row->name);
	put_text(json, "component", row->component);
	put_natural(json, "restarts", row->restarts);
	put_text(json, "last_state", row->last_state);
	put_text(json, "reason", row->reason);
	put_natural(json, "exit_code", row->exit_code);
	put_empty_list(json, "memory");
}

void qn_report_put_process(struct qn_json_writer *json, const struct qn_report *report, size_t index)
{
	const struct qn_query_process *process = &report->processes[index];
	const struct qn_store_process *row = &process->row;
	bool is_running = qn_text_equal(row->end, QN_TEXT("running"));

	put_text(json, "id", row->id);
	put_text(json, "component", row->component);
	put_text(json, "pod", row->pod);
	put_text(json, "version", row->version);
	put_text(json, "commit", row->commit);
	put_time(json, "started_at", row->started);
	put_time(json, "ended_at", is_running ? (struct qn_time){0} : row->ended);
	put_text(json, "end", row->end.len ? row->end : QN_TEXT("unknown"));
	qn_json_key(json, "sources");
	qn_json_inline_array_begin(json);
	for (size_t i = 0; i < process->sources_count; i++)
		qn_json_text(json, qn_report_source_path(report, process->sources[i]));
	qn_json_array_end(json);
}

void qn_report_put_frames(struct qn_json_writer *json, const struct qn_frame *frames, size_t count)
{
	qn_json_key(json, "frames");
	qn_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		qn_json_inline_object_begin(json);
		put_text(json, "function", frames[i].function);
		put_text(json, "raw", frames[i].raw);
		put_text(json, "file", frames[i].file);
		put_ordinal(json, "line", frames[i].line);
		put_text(json, "module", frames[i].module);
		put_text(json, "build_id", frames[i].build_id);
		put_text(json, "role", qn_text_of(qn_role_name(frames[i].role)));
		qn_json_key(json, "inlined");
		qn_json_bool(json, frames[i].is_inlined);
		qn_json_key(json, "repaired");
		qn_json_bool(json, frames[i].is_repaired);
		qn_json_object_end(json);
	}
	qn_json_array_end(json);
}

static void put_executor(struct qn_json_writer *json, const struct qn_store_signature *row)
{
	qn_json_key(json, "executor");
	if (!row->executor_kind.len && !row->executor_pool.len && !row->executor_task.len) {
		qn_json_null(json);
		return;
	}
	qn_json_inline_object_begin(json);
	put_text(json, "kind", row->executor_kind);
	put_text(json, "pool", row->executor_pool);
	put_text(json, "task", row->executor_task);
	qn_json_object_end(json);
}

static void put_verdict(struct qn_json_writer *json, const struct qn_report_signature *signature)
{
	const struct qn_store_verdict none = {.fix = QN_TEXT("unknown")};
	const struct qn_store_verdict *verdict =
		signature->row->has_verdict ? &signature->row->verdict : &none;

	qn_json_key(json, "verdict");
	qn_json_object_begin(json);
	put_text(json, "state", qn_text_of(qn_verdict_state_name(signature->state)));
	put_text(json, "rule", verdict->rule);
	put_text(json, "issue", verdict->issue);
	put_text(json, "url", verdict->url);
	put_text(json, "title", verdict->title);
	put_text(json, "fix", verdict->fix.len ? verdict->fix : QN_TEXT("unknown"));
	put_list(json, "fixed_in", verdict->fixed_in, verdict->fixed_in_count);
	put_text(json, "advice", verdict->advice);
	qn_json_key(json, "confidence");
	if (signature->row->has_verdict)
		qn_json_number(json, verdict->confidence);
	else
		qn_json_null(json);
	qn_json_object_end(json);
}

/* "12\tselect\n3\tIO wait" and how many they are. */
static void put_others(struct qn_json_writer *json, struct qn_text others)
{
	struct qn_cursor cursor = qn_cursor_of(others);
	struct qn_text item, digits;
	uint64_t count, total = 0;

	qn_json_key(json, "others");
	qn_json_inline_array_begin(json);
	while (qn_cursor_take_line(&cursor, &item)) {
		struct qn_cursor parts = qn_cursor_of(item);

		if (!qn_cursor_take_until(&parts, '\t', &digits) || !qn_text_to_u64(digits, &count))
			continue;
		qn_json_object_begin(json);
		put_text(json, "what", parts.rest);
		put_u64(json, "count", count);
		qn_json_object_end(json);
		total += count;
	}
	qn_json_array_end(json);
	put_u64(json, "others_total", total);
}

/* Templates that were new or came more often before it. */
static void put_before(struct qn_json_writer *json, const struct qn_report *report,
		       const struct qn_query_occurrence *occurrence)
{
	const struct qn_report_signature *signature =
		qn_report_find_signature(report, occurrence->row.signature);
	size_t index = signature ? (size_t)(occurrence - signature->occurrences) : 0;
	const struct qn_report_befores *befores =
		signature && index < signature->befores_count ? &signature->befores[index] : NULL;

	qn_json_key(json, "before");
	qn_json_inline_array_begin(json);
	for (size_t i = 0; befores && i < befores->count; i++) {
		const struct qn_report_before *before = &befores->items[i];

		qn_json_object_begin(json);
		put_text(json, "template", report->templates[before->template].row.id);
		qn_json_key(json, "new");
		qn_json_bool(json, before->is_new);
		put_u64(json, "count", before->count);
		put_u64(json, "count_in_hour_before", before->per_hour);
		qn_json_object_end(json);
	}
	qn_json_array_end(json);
}

void qn_report_put_occurrence(struct qn_json_writer *json, const struct qn_report *report,
			      const struct qn_query_occurrence *occurrence)
{
	const struct qn_store_occurrence *row = &occurrence->row;

	put_text(json, "id", row->id);
	put_text(json, "source", qn_report_source_path(report, row->source));
	put_ordinal(json, "line", row->line);
	put_u64(json, "offset", row->offset);
	qn_json_key(json, "also");
	qn_json_inline_array_begin(json);
	for (size_t i = 0; i < occurrence->also_count; i++) {
		qn_json_object_begin(json);
		put_text(json, "source", qn_report_source_path(report, occurrence->also[i].source));
		put_ordinal(json, "line", occurrence->also[i].line);
		qn_json_object_end(json);
	}
	qn_json_array_end(json);
	put_time(json, "time", row->time);
	put_text(json, "thread", row->thread);
	put_ordinal(json, "goroutine", row->goroutine);
	put_text(json, "pod", row->pod);
	put_text(json, "process", row->process);
	put_text(json, "version", row->version);
	put_text(json, "exception", row->exception);
	put_text(json, "message", row->message);
	put_pieces(json, "damage", row->damage, '\n');
	put_others(json, row->others);
	put_before(json, report, occurrence);
	put_empty_list(json, "in_flight");
}

void qn_report_put_signature(struct qn_json_writer *json, const struct qn_report *report, size_t index)
{
	const struct qn_report_signature *signature = &report->signatures[index];
	const struct qn_query_signature *row = signature->row;

	put_text(json, "id", row->row.id);
	put_text(json, "family", row->row.family);
	put_text(json, "kind", row->row.kind);
	put_text(json, "title", row->row.title);
	put_text(json, "signal", row->row.signal);
	put_text(json, "reason", row->row.reason);
	put_text(json, "component", row->row.component);
	put_u64(json, "count", row->count);
	put_time(json, "first_seen", row->first);
	put_time(json, "last_seen", row->last);
	put_list(json, "versions", row->versions, row->versions_count);
	qn_report_put_frames(json, row->frames, row->frames_count);
	put_executor(json, &row->row);
	put_verdict(json, signature);
	qn_json_key(json, "occurrences");
	qn_json_array_begin(json);
	for (size_t i = 0; i < signature->occurrences_count; i++) {
		qn_json_inline_object_begin(json);
		qn_report_put_occurrence(json, report, &signature->occurrences[i]);
		qn_json_object_end(json);
	}
	qn_json_array_end(json);
}

void qn_report_put_template(struct qn_json_writer *json, const struct qn_report *report, size_t index)
{
	const struct qn_store_template *row = &report->templates[index].row;

	put_text(json, "id", row->id);
	put_text(json, "level", row->level);
	qn_json_key(json, "template");
	qn_json_text(json, row->text);
	put_text(json, "call_site", row->call_site);
	put_u64(json, "count", row->count);
	put_time(json, "first_seen", row->first);
	put_time(json, "last_seen", row->last);
}

void qn_report_put_hit(struct qn_json_writer *json, const struct qn_report *report, size_t index)
{
	const struct qn_query_hit *hit = &report->hits[index];

	put_text(json, "rule", hit->row.rule);
	put_text(json, "cre_id", hit->row.cre_id);
	put_text(json, "title", hit->row.title);
	put_u64(json, "severity", hit->row.severity);
	put_text(json, "category", hit->row.category);
	put_number(json, "confidence", hit->row.confidence);
	put_text(json, "source", qn_report_source_path(report, hit->row.source));
	put_ordinal(json, "line", hit->row.line);
	put_time(json, "time", hit->row.time);
	put_text(json, "signature", hit->row.signature);
	qn_json_key(json, "evidence");
	qn_json_array_begin(json);
	for (size_t i = 0; i < hit->evidence_count; i++) {
		qn_json_inline_object_begin(json);
		put_text(json, "source", qn_report_source_path(report, hit->evidence[i].source));
		put_ordinal(json, "line", hit->evidence[i].line);
		qn_json_key(json, "text");
		qn_json_text(json, hit->evidence[i].text);
		qn_json_object_end(json);
	}
	qn_json_array_end(json);
}

void qn_report_put_issue(struct qn_json_writer *json, const struct qn_report *report, size_t index)
{
	const struct qn_issue *issue = &report->issues[index];

	put_text(json, "source", issue->source);
	put_ordinal(json, "line", issue->line);
	qn_json_key(json, "offset");
	if (issue->line || issue->has_offset)
		qn_json_u64(json, issue->offset);
	else
		qn_json_null(json);
	put_text(json, "text", issue->text);
	put_u64(json, "count", issue->count ? issue->count : 1);
}

bool qn_report_is_not_understood(const struct qn_store_source *source)
{
	if (!source->size_bytes)
		return false;
	return qn_text_equal(source->kind, QN_TEXT("other")) ||
	       (source->lines && source->lines_not_understood >= source->lines);
}

void qn_report_put_totals(struct qn_json_writer *json, const struct qn_report *report)
{
	uint64_t bytes = 0, lines = 0, records = 0, occurrences = 0, bytes_bad = 0, lines_bad = 0,
		 files_bad = 0;

	for (size_t i = 0; i < report->sources_count; i++) {
		const struct qn_store_source *row = &report->sources[i].row;

		bytes += row->size_bytes;
		lines += row->lines;
		records += row->records;
		bytes_bad += row->bytes_not_understood;
		lines_bad += row->lines_not_understood;
		files_bad += qn_report_is_not_understood(row);
	}
	for (size_t i = 0; i < report->signatures_count; i++)
		occurrences += report->signatures[i].row->count;
	put_u64(json, "sources", report->sources_count);
	put_u64(json, "bytes", bytes);
	put_u64(json, "lines", lines);
	put_u64(json, "records", records);
	put_u64(json, "pods", report->pods_count);
	put_u64(json, "processes", report->processes_count);
	put_u64(json, "signatures", report->signatures_count);
	put_u64(json, "failures", report->failures_count);
	put_u64(json, "occurrences", occurrences);
	put_u64(json, "templates", report->templates_count);
	put_u64(json, "cores", report->cores_count);
	put_u64(json, "hits", report->hits_count);
	put_u64(json, "issues", report->issues_count);
	put_u64(json, "bytes_not_understood", bytes_bad);
	put_u64(json, "lines_not_understood", lines_bad);
	put_u64(json, "files_not_understood", files_bad);
}
