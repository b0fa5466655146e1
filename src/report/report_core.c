/* `qntriage core` as text: why it died, then what proves it. */
#include "report/report_core.h"

#include "report/report_core_parts.h"
#include "report/report_text.h"
#include "triage/core_json.h"
#include "base/banned.h"

#define MESSAGE_LINES 6U

void qn_core_print_value(struct qn_paint *paint, const char *label, enum qn_ink ink, struct qn_text value)
{
	if (!value.len)
		return;
	qn_paint_goto(paint, QN_CORE_LABEL_COLUMN);
	qn_paint_string(paint, QN_INK_DIM, label);
	qn_paint_goto(paint, QN_CORE_VALUE_COLUMN);
	qn_paint_wrap(paint, ink, value, MESSAGE_LINES);
	qn_paint_newline(paint);
}

void qn_core_print_heading(struct qn_paint *paint, const char *name, struct qn_text behind)
{
	qn_paint_newline(paint);
	qn_paint_string(paint, QN_INK_BOLD, name);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_wrap(paint, QN_INK_PLAIN, behind, 3);
	qn_paint_newline(paint);
}

/* "QN-5d1e0c44ab12  SIGSEGV in milvus::ColumnVector::GetRawData" */
static void print_headline(struct qn_paint *paint, const struct qn_postmortem *postmortem,
			   const struct qn_signature *signature)
{
	if (!signature) {
		qn_paint_string(paint, QN_INK_BOLD,
				!postmortem->threads_count ? "Why it died is not known: no thread can be read"
				: postmortem->is_text      ? "No thread of this dump crashed"
							   : "No thread of this core crashed");
		qn_paint_newline(paint);
		return;
	}
	qn_paint_text(paint, QN_INK_CYAN, signature->id);
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	if (qn_paint_columns(signature->title) > qn_paint_room(paint)) {
		qn_paint_newline(paint);
		qn_paint_goto(paint, QN_CORE_LABEL_COLUMN);
	}
	qn_paint_wrap(paint, QN_INK_RED, signature->title, 3);
	qn_paint_newline(paint);
}

static void print_thread(struct qn_paint *paint, const struct qn_postmortem *postmortem)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	bool has_crashed = postmortem->crashed < postmortem->threads_count;
	char digits[QN_COUNT_BYTES];

	if (!has_crashed || !postmortem->threads_count)
		return;
	qn_buffer_printf(&text, "%ju", (uintmax_t)postmortem->threads[postmortem->crashed].tid);
	if (postmortem->threads_count > 1)
		qn_buffer_printf(&text, " of %s", qn_print_count(postmortem->threads_count, digits));
	if (postmortem->core && postmortem->core->crashed_because.len)
		qn_buffer_printf(&text, ": %.*s", QN_ARG(postmortem->core->crashed_because));
	qn_core_print_value(paint, "thread", QN_INK_PLAIN, qn_buffer_text(&text));
	paint->out->is_failed |= text.is_failed;
}

static void print_process(struct qn_paint *paint, const struct qn_postmortem *postmortem)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if (postmortem->pid)
		qn_buffer_printf(&text, "%ju", (uintmax_t)postmortem->pid);
	if (postmortem->command.len)
		qn_buffer_printf(&text, "%s%.*s", text.len ? "  " : "", QN_ARG(postmortem->command));
	qn_core_print_value(paint, "process", QN_INK_PLAIN, qn_buffer_text(&text));
	if (!qn_text_starts(postmortem->command, postmortem->executable))
		qn_core_print_value(paint, "program", QN_INK_PLAIN, postmortem->executable);
	paint->out->is_failed |= text.is_failed;
}

static void print_source(struct qn_paint *paint, const struct qn_postmortem *postmortem)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	const struct qn_core *core = postmortem->core;
	char size[QN_COUNT_BYTES];

	qn_buffer_append_text(&text, postmortem->source);
	if (core)
		qn_buffer_printf(&text, "%s%s, %s%s", text.len ? ", " : "", qn_machine_name(core->machine),
				 qn_print_bytes(core->size_bytes, size),
				 core->is_truncated ? ", truncated" : "");
	qn_core_print_value(paint, core ? "core" : "dump", QN_INK_PLAIN, qn_buffer_text(&text));
	paint->out->is_failed |= text.is_failed;
}

static void print_verdicts(struct qn_paint *paint, const struct qn_postmortem *postmortem)
{
	for (size_t i = 0; i < postmortem->cycles_count; i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

		qn_core_append_cycle(&text, postmortem, &postmortem->cycles[i]);
		qn_core_print_value(paint, "deadlock", QN_INK_RED, qn_buffer_text(&text));
		paint->out->is_failed |= text.is_failed;
	}
	for (size_t i = 0; i < postmortem->pools_count; i++) {
		const struct qn_pm_pool *pool = &postmortem->pools[i];
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

		if (!qn_core_is_pool_sick(postmortem, pool))
			continue;
		qn_core_append_pool(&text, pool);
		qn_buffer_printf(&text, " is %s", qn_pool_verdict_name(pool->verdict));
		qn_core_print_value(paint, "pool",
				    pool->verdict == QN_POOL_SHUTTING_DOWN ? QN_INK_YELLOW : QN_INK_RED,
				    qn_buffer_text(&text));
		paint->out->is_failed |= text.is_failed;
	}
}

static void print_head(struct qn_paint *paint, const struct qn_postmortem *postmortem,
		       const struct qn_signature *signature)
{
	const struct qn_stack *failure = postmortem->failure;

	print_headline(paint, postmortem, signature);
	qn_core_print_value(paint, signature ? "why" : "signal", QN_INK_PLAIN, postmortem->reason);
	if (failure) {
		qn_core_print_value(paint, "exception", QN_INK_PLAIN, failure->exception);
		if (!qn_text_contains(postmortem->reason, failure->message))
			qn_core_print_value(paint, "message", QN_INK_BOLD, failure->message);
	}
	print_verdicts(paint, postmortem);
	print_thread(paint, postmortem);
	print_process(paint, postmortem);
	print_source(paint, postmortem);
}

struct qn_error *qn_report_core_text(const struct qn_postmortem *postmortem,
				     const struct qn_signature *signature,
				     const struct qn_report_style *style, struct qn_buffer *out)
{
	struct qn_paint paint = {.out = out, .width = style->width, .has_color = style->has_color};

	print_head(&paint, postmortem, signature);
	qn_core_print_groups(&paint, postmortem, style->is_verbose);
	qn_core_print_pools(&paint, postmortem, style->is_verbose);
	qn_core_print_locks(&paint, postmortem, style->is_verbose);
	qn_core_print_modules(&paint, postmortem, style->is_verbose);
	qn_core_print_unwound(&paint, postmortem, style->is_verbose);
	qn_core_print_issues(&paint, postmortem, style->is_verbose);
	return qn_buffer_check(out);
}
