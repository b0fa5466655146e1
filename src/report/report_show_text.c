/* The whole story of one signature, occurrence or process, for people. */
#include "report/report_show.h"

#include "report/report_text.h"
#include "signature/fingerprint.h"
#include "signature/signature.h"
#include "base/cursor.h"
#include "base/banned.h"

void qn_show_heading(struct qn_paint *paint, const char *text)
{
	qn_paint_newline(paint);
	qn_paint_string(paint, QN_INK_BOLD, text);
	qn_paint_newline(paint);
}

/* "    signal      SIGSEGV"; nothing when it is not known. */
void qn_show_fact(struct qn_paint *paint, const char *label, struct qn_text value)
{
	if (!value.len)
		return;
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_cell(paint, QN_INK_DIM, qn_text_of(label), 12);
	qn_paint_wrap(paint, QN_INK_PLAIN, value, 0);
	qn_paint_newline(paint);
}

static void facts(struct qn_paint *paint, const char *label, const struct qn_text *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		qn_show_fact(paint, i ? "" : label, values[i]);
}

static void time_fact(struct qn_paint *paint, const char *label, struct qn_time time)
{
	char text[QN_TIME_BYTES];

	qn_show_fact(paint, label, qn_text_of(qn_time_format(time, text)));
}

static void place_fact(struct qn_paint *paint, const struct qn_report *report, const char *label,
		       int64_t source, uint64_t line)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	qn_buffer_append_text(&text, qn_report_source_path(report, source));
	if (line)
		qn_buffer_printf(&text, ":%ju", (uintmax_t)line);
	qn_show_fact(paint, label, qn_buffer_text(&text));
}

static void show_title(struct qn_paint *paint, struct qn_text id, const char *word, enum qn_ink ink,
		       struct qn_text title)
{
	qn_paint_text(paint, QN_INK_CYAN, id);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_string(paint, ink, word);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_wrap(paint, QN_INK_BOLD, title, 0);
	qn_paint_newline(paint);
}

static void show_verdict(struct qn_paint *paint, const struct qn_report_signature *signature)
{
	const struct qn_store_verdict *verdict = &signature->row->verdict;
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};

	qn_show_heading(paint, "VERDICT");
	qn_show_fact(paint, "state", qn_text_of(qn_verdict_state_name(signature->state)));
	if (!signature->row->has_verdict) {
		qn_show_fact(paint, "next",
			     QN_TEXT("no rule knows it: report it with what stands here and the build"));
		return;
	}
	qn_show_fact(paint, "issue", qn_issue_name(&arena, verdict->issue));
	qn_show_fact(paint, "title", verdict->title);
	qn_show_fact(paint, "url", verdict->url);
	qn_show_fact(paint, "rule", verdict->rule);
	qn_show_fact(paint, "confidence", qn_arena_printf(&arena, "%.2f", verdict->confidence));
	qn_show_fact(paint, "fix", verdict->fix);
	facts(paint, "fixed in", verdict->fixed_in, verdict->fixed_in_count);
	qn_show_fact(paint, "next", verdict->advice);
}

/* What went into the id. */
static void show_reasons(struct qn_paint *paint, const struct qn_query_signature *row)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	size_t shown = 0;

	qn_show_heading(paint, "WHY THIS IS ONE FAILURE");
	qn_show_fact(paint, "algorithm", qn_arena_printf(&arena, "%u", QN_SIGNATURE_VERSION));
	qn_show_fact(paint, "family", row->row.family);
	qn_show_fact(paint, "kind", row->row.kind);
	qn_show_fact(paint, "signal", row->row.signal);
	qn_show_fact(paint, "reason", row->row.reason);
	qn_show_fact(paint, "component", row->row.component);
	qn_show_fact(paint, "confidence", qn_arena_printf(&arena, "%.2f", row->row.confidence));
	qn_show_fact(paint, "executor", row->row.executor_kind);
	qn_show_fact(paint, "pool", row->row.executor_pool);
	qn_show_fact(paint, "task", row->row.executor_task);
	for (size_t i = 0; i < row->frames_count; i++) {
		const struct qn_frame *frame = &row->frames[i];

		if (frame->role == QN_ROLE_USER && !frame->is_ladder && frame->key.len)
			qn_show_fact(paint, shown++ ? "" : "frames", frame->key);
	}
	if (row->frames_count && !shown)
		qn_show_fact(paint, "frames",
			     QN_TEXT("none of the application: plumbing never joins failures"));
}

static void show_stack(struct qn_paint *paint, const struct qn_frame *frames, size_t count)
{
	if (!count)
		return;
	qn_show_heading(paint, "STACK, innermost frame first");
	for (size_t i = 0; i < count; i++) {
		bool is_main = frames[i].role == QN_ROLE_USER || frames[i].role == QN_ROLE_ASSERT;

		qn_paint_printf(paint, QN_INK_DIM, "%4zu  ", i);
		qn_paint_cell(paint, QN_INK_DIM, qn_text_of(qn_role_name(frames[i].role)), 13);
		qn_paint_wrap(paint, is_main ? QN_INK_BOLD : QN_INK_PLAIN,
			      frames[i].function.len ? frames[i].function
			      : frames[i].raw.len    ? frames[i].raw
						     : QN_TEXT("(no symbol)"),
			      0);
		qn_paint_string(paint, QN_INK_DIM, frames[i].is_inlined ? " [inlined]" : "");
		qn_paint_newline(paint);
		if (!frames[i].file.len && !frames[i].module.len)
			continue;
		qn_paint_goto(paint, 19);
		qn_paint_text(paint, QN_INK_DIM, frames[i].file.len ? frames[i].file : frames[i].module);
		if (frames[i].line)
			qn_paint_printf(paint, QN_INK_DIM, ":%u", frames[i].line);
		qn_paint_newline(paint);
	}
}

static void show_places(struct qn_paint *paint, const struct qn_report *report,
			const struct qn_query_occurrence *occurrence)
{
	place_fact(paint, report, "log", occurrence->row.source, occurrence->row.line);
	for (size_t i = 0; i < occurrence->also_count; i++)
		place_fact(paint, report, i ? "" : "also", occurrence->also[i].source,
			   occurrence->also[i].line);
}

/* "12\tselect\n3\tIO wait": how many in all, then each kind. */
static void show_others(struct qn_paint *paint, struct qn_text others, struct qn_arena *arena)
{
	struct qn_cursor kinds = qn_cursor_of(others), all = kinds;
	struct qn_text item, digits;
	uint64_t count, total = 0, lines = 0;

	while (qn_cursor_take_line(&all, &item)) {
		struct qn_cursor parts = qn_cursor_of(item);

		if (qn_cursor_take_until(&parts, '\t', &digits) && qn_text_to_u64(digits, &count)) {
			total += count;
			lines++;
		}
	}
	if (lines > 1)
		qn_show_fact(paint, "others", qn_arena_printf(arena, "%ju in all, at:", (uintmax_t)total));
	while (qn_cursor_take_line(&kinds, &item)) {
		struct qn_cursor parts = qn_cursor_of(item);

		if (qn_cursor_take_until(&parts, '\t', &digits))
			qn_show_fact(
				paint, lines > 1 ? "" : "others",
				qn_arena_printf(arena, "%.*s x %.*s", QN_ARG(digits), QN_ARG(parts.rest)));
	}
}

static void show_event(struct qn_paint *paint, const struct qn_report *report,
		       const struct qn_query_occurrence *occurrence)
{
	const struct qn_store_occurrence *row = &occurrence->row;
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_cursor damage = qn_cursor_of(row->damage);
	struct qn_text item;

	time_fact(paint, "time", row->time);
	qn_show_fact(paint, "pod", row->pod);
	qn_show_fact(paint, "build", row->version);
	qn_show_fact(paint, "process", row->process);
	qn_show_fact(paint, "thread", row->thread);
	if (row->goroutine)
		qn_show_fact(paint, "goroutine", qn_arena_printf(&arena, "%ju", (uintmax_t)row->goroutine));
	if (row->has_fault_address)
		qn_show_fact(paint, "address",
			     qn_arena_printf(&arena, "0x%jx", (uintmax_t)row->fault_address));
	qn_show_fact(paint, "exception", row->exception);
	qn_show_fact(paint, "message", row->message);
	show_places(paint, report, occurrence);
	while (qn_cursor_take_line(&damage, &item))
		qn_show_fact(paint, "damage", item);
	show_others(paint, row->others, &arena);
}

/* Equal ones are told in the same words, frame by frame. */
static void show_fingerprint(struct qn_paint *paint, const struct qn_query_signature *row,
			     const struct qn_query_occurrence *occurrence, struct qn_frame *frames,
			     size_t count)
{
	struct qn_stack stack = {.signal = row->row.signal,
				 .exception = occurrence->row.exception,
				 .message = occurrence->row.message,
				 .frames = frames,
				 .frames_count = count};
	char fingerprint[QN_FINGERPRINT_BYTES];

	if (qn_kind_of_name(row->row.kind, &stack.kind))
		qn_show_fact(paint, "fingerprint", qn_text_of(qn_fingerprint_of_stack(&stack, fingerprint)));
}

static const struct qn_query_process *find_process(const struct qn_report *report, struct qn_text id)
{
	for (size_t i = 0; id.len && i < report->processes_count; i++)
		if (qn_text_equal(report->processes[i].row.id, id))
			return &report->processes[i];
	return NULL;
}

static void life_facts(struct qn_paint *paint, const struct qn_report *report,
		       const struct qn_query_process *process)
{
	const struct qn_store_process *row = &process->row;

	qn_show_fact(paint, "component", row->component);
	qn_show_fact(paint, "pod", row->pod);
	qn_show_fact(paint, "build", row->version);
	qn_show_fact(paint, "commit", row->commit);
	time_fact(paint, "started", row->started);
	time_fact(paint, qn_text_equal(row->end, QN_TEXT("running")) ? "last sign" : "ended", row->ended);
	qn_show_fact(paint, "end", row->end);
	qn_show_fact(paint, "proof", row->end_evidence);
	for (size_t i = 0; i < process->sources_count; i++)
		place_fact(paint, report, i ? "" : "log", process->sources[i],
			   process->sources[i] == row->source ? row->first_line : 0);
}

/* The lines by which rules recognized the signature. */
static void show_hits(struct qn_paint *paint, const struct qn_report *report, struct qn_text signature)
{
	bool is_first = true;

	for (size_t i = 0; i < report->hits_count; i++) {
		const struct qn_query_hit *hit = &report->hits[i];

		if (!qn_text_equal(hit->row.signature, signature))
			continue;
		if (is_first)
			qn_show_heading(paint, "RULES THAT MATCH, with the lines that prove it");
		is_first = false;
		qn_show_fact(paint, "rule", hit->row.rule);
		qn_show_fact(paint, "", hit->row.title);
		for (size_t k = 0; k < hit->evidence_count; k++) {
			place_fact(paint, report, "", hit->evidence[k].source, hit->evidence[k].line);
			qn_show_fact(paint, "", hit->evidence[k].text);
		}
	}
}

struct qn_error *qn_show_signature(struct qn_paint *paint, const struct qn_report *report,
				   struct qn_store *store, const struct qn_report_signature *signature)
{
	const struct qn_query_signature *row = signature->row;
	_cleanup_(qn_buffer_deinit) struct qn_buffer span = {0};

	show_title(paint, row->row.id, qn_verdict_state_name(signature->state),
		   qn_print_verdict_ink(signature->state), row->row.title);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_print_plural(paint, QN_INK_PLAIN, row->count, "time");
	qn_paint_string(paint, QN_INK_PLAIN, ", ");
	qn_append_span(&span, row->first, row->last);
	qn_paint_wrap(paint, QN_INK_PLAIN, qn_buffer_text(&span), 0);
	qn_paint_newline(paint);
	facts(paint, "builds", row->versions, row->versions_count);
	facts(paint, "pods", row->pods, row->pods_count);
	show_verdict(paint, signature);
	show_reasons(paint, row);
	QN_TRY(qn_show_family(paint, report, store, row));
	show_stack(paint, row->frames, row->frames_count);
	for (size_t i = 0; i < signature->occurrences_count; i++) {
		const struct qn_query_occurrence *occurrence = &signature->occurrences[i];
		const struct qn_query_process *process = find_process(report, occurrence->row.process);

		qn_paint_newline(paint);
		qn_paint_printf(paint, QN_INK_BOLD, "OCCURRENCE %zu of %ju  ", i + 1, (uintmax_t)row->count);
		qn_paint_text(paint, QN_INK_CYAN, occurrence->row.id);
		qn_paint_newline(paint);
		show_event(paint, report, occurrence);
		if (process)
			time_fact(paint, "started", process->row.started);
		if (i < signature->befores_count)
			qn_print_before(paint, report, &signature->befores[i], 0);
	}
	show_hits(paint, report, row->row.id);
	return NULL;
}

static void show_before(struct qn_paint *paint, const struct qn_report *report,
			const struct qn_report_signature *signature,
			const struct qn_query_occurrence *occurrence)
{
	size_t index = (size_t)(occurrence - signature->occurrences);

	if (index < signature->befores_count)
		qn_print_before(paint, report, &signature->befores[index], 0);
}

struct qn_error *qn_show_occurrence(struct qn_paint *paint, const struct qn_report *report,
				    struct qn_store *store, const struct qn_report_signature *signature,
				    const struct qn_query_occurrence *occurrence)
{
	const struct qn_query_process *process = find_process(report, occurrence->row.process);
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_frame *frames = NULL;
	size_t count = 0;

	if (occurrence->row.stack.len)
		QN_TRY(qn_query_frames(store, &arena, occurrence->row.stack, &frames, &count));
	show_title(paint, occurrence->row.id, "occurrence of", QN_INK_PLAIN, signature->row->row.id);
	qn_show_fact(paint, "failure", signature->row->row.title);
	show_event(paint, report, occurrence);
	show_fingerprint(paint, signature->row, occurrence, frames, count);
	show_before(paint, report, signature, occurrence);
	show_stack(paint, frames, count);
	if (process) {
		qn_show_heading(paint, "LIFE OF ITS PROCESS");
		life_facts(paint, report, process);
	}
	show_hits(paint, report, signature->row->row.id);
	return NULL;
}

void qn_show_process(struct qn_paint *paint, const struct qn_report *report,
		     const struct qn_query_process *process)
{
	show_title(paint, process->row.id, "process", QN_INK_PLAIN, process->row.component);
	life_facts(paint, report, process);
	for (size_t i = 0; i < report->signatures_count; i++) {
		const struct qn_report_signature *signature = &report->signatures[i];

		for (size_t k = 0; k < signature->occurrences_count; k++) {
			if (!qn_text_equal(signature->occurrences[k].row.process, process->row.id))
				continue;
			qn_show_heading(paint, "FAILURE");
			qn_show_fact(paint, "id", signature->row->row.id);
			qn_show_fact(paint, "title", signature->row->row.title);
			show_event(paint, report, &signature->occurrences[k]);
		}
	}
}
