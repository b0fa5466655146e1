/* Pools, locks, modules and what is odd about a core. */
#include "report/report_core_parts.h"

#include <stdio.h>

#include "report/report_text.h"
#include "triage/core_json.h"
#include "base/banned.h"

#define WAITS_SHOWN 10U
#define MODULES_SHOWN 5U
#define ISSUES_SHOWN 5U
#define POOLS_KIND_COLUMNS 44U

static void print_text(struct qn_paint *paint, unsigned column, enum qn_ink ink, struct qn_buffer *text,
		       unsigned lines_max)
{
	qn_paint_goto(paint, column);
	qn_paint_wrap(paint, ink, qn_buffer_text(text), lines_max);
	qn_paint_newline(paint);
	paint->out->is_failed |= text->is_failed;
}

static void print_more(struct qn_paint *paint, size_t count)
{
	if (!count)
		return;
	qn_paint_goto(paint, QN_CORE_LABEL_COLUMN);
	qn_paint_printf(paint, QN_INK_DIM, "… %zu more; --verbose prints all", count);
	qn_paint_newline(paint);
}

static enum qn_ink ink_of_verdict(enum qn_pool_verdict verdict)
{
	switch (verdict) {
	case QN_POOL_STARVED:
	case QN_POOL_EXHAUSTED: return QN_INK_RED;
	case QN_POOL_SHUTTING_DOWN: return QN_INK_YELLOW;
	case QN_POOL_OK: return QN_INK_GREEN;
	case QN_POOL_UNKNOWN: break;
	}
	return QN_INK_DIM;
}

/* "  CPUThreadPoolExecutor CPUThreadPool0   16: 0 idle, 16 blocked   starved" */
static void print_pool(struct qn_paint *paint, const struct qn_pm_pool *pool, bool has_evidence)
{
	const struct {
		size_t count;
		const char *what;
	} parts[] = {{pool->idle, "idle"},
		     {pool->running, "running"},
		     {pool->blocked, "blocked"},
		     {pool->between, "between tasks"}};
	_cleanup_(qn_buffer_deinit) struct qn_buffer name = {0}, counts = {0};

	qn_core_append_pool(&name, pool);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].count)
			qn_buffer_printf(&counts, "%s%zu %s", counts.len ? ", " : "", parts[i].count,
					 parts[i].what);
	qn_paint_goto(paint, QN_CORE_LABEL_COLUMN);
	qn_paint_text(paint, QN_INK_BOLD, qn_buffer_text(&name));
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_string(paint, ink_of_verdict(pool->verdict), qn_pool_verdict_name(pool->verdict));
	qn_paint_string(paint, QN_INK_PLAIN, "  ");
	qn_paint_text(paint, QN_INK_PLAIN, qn_buffer_text(&counts));
	qn_paint_newline(paint);
	if (pool->evidence.len && has_evidence) {
		qn_paint_goto(paint, QN_CORE_STACK_COLUMN);
		qn_paint_wrap(paint, QN_INK_DIM, pool->evidence, 4);
		qn_paint_newline(paint);
	}
	paint->out->is_failed |= name.is_failed || counts.is_failed;
}

void qn_core_print_pools(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if (!postmortem->pools_count)
		return;
	qn_append_plural(&text, postmortem->pools_count, "pool");
	qn_core_print_heading(paint, "POOLS", qn_buffer_text(&text));
	for (size_t i = 0; i < postmortem->pools_count; i++)
		print_pool(paint, &postmortem->pools[i],
			   is_verbose || qn_core_is_pool_sick(postmortem, &postmortem->pools[i]));
	paint->out->is_failed |= text.is_failed;
}

/* Who holds something that is waited for. Waits on what nobody holds (a condition) are in the JSON. */
void qn_core_print_locks(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose)
{
	size_t shown = 0, left = 0;

	for (size_t i = 0; i < postmortem->threads_count; i++) {
		const struct qn_pm_thread *thread = &postmortem->threads[i];
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

		if (!thread->wait.owner && !(is_verbose && thread->wait.kind != QN_LOCK_NONE))
			continue;
		if (!shown)
			qn_core_print_heading(paint, "LOCKS", QN_TEXT("who waits for whom"));
		if (!is_verbose && shown >= WAITS_SHOWN) {
			left++;
			continue;
		}
		qn_buffer_printf(&text, "thread %ju waits for ", (uintmax_t)thread->tid);
		qn_core_append_wait(&text, &thread->wait);
		print_text(paint, QN_CORE_LABEL_COLUMN, QN_INK_PLAIN, &text, 2);
		shown++;
	}
	print_more(paint, left);
}

/* A file that should be there: not the vDSO, which has none. */
static bool is_missing(const struct qn_core_module *module)
{
	return !module->found.len && qn_text_starts(module->path, QN_TEXT("/"));
}

static void print_module(struct qn_paint *paint, const struct qn_core_module *module)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	qn_buffer_printf(&text, "%.*s", QN_ARG(module->path));
	if (is_missing(module))
		qn_buffer_append_string(&text, "  not found");
	else if (module->found.len && !qn_text_equal(module->found, module->path))
		qn_buffer_printf(&text, "  as %.*s", QN_ARG(module->found));
	if (module->found.len && !module->is_verified)
		qn_buffer_append_string(&text, "  (its build-id cannot be compared)");
	if (module->build_id.len)
		qn_buffer_printf(&text, "  build-id %.*s", QN_ARG(module->build_id));
	if (module->debug.len && !qn_text_equal(module->debug, module->found))
		qn_buffer_printf(&text, "  debug %.*s", QN_ARG(module->debug));
	print_text(paint, QN_CORE_LABEL_COLUMN, is_missing(module) ? QN_INK_YELLOW : QN_INK_PLAIN, &text, 0);
}

void qn_core_print_modules(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose)
{
	const struct qn_core *core = postmortem->core;
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	size_t missing = 0, debug = 0, shown = 0;

	if (!core || !core->modules_count)
		return;
	for (size_t i = 0; i < core->modules_count; i++) {
		missing += is_missing(&core->modules[i]);
		debug += core->modules[i].debug.len > 0;
	}
	qn_append_plural(&text, core->modules_count, "module");
	qn_buffer_printf(&text, ", %zu with debug information", debug);
	if (missing)
		qn_buffer_printf(&text, ", %zu not found (--symbols, --sysroot)", missing);
	qn_core_print_heading(paint, "MODULES", qn_buffer_text(&text));
	for (size_t i = 0; i < core->modules_count; i++) {
		if (!is_verbose && (!is_missing(&core->modules[i]) || shown >= MODULES_SHOWN))
			continue;
		print_module(paint, &core->modules[i]);
		shown++;
	}
	if (!is_verbose && missing > shown)
		print_more(paint, missing - shown);
	paint->out->is_failed |= text.is_failed;
}

/* "by libdw: 212 threads, by libunwind: 3; 5 stacks end early" */
void qn_core_print_unwound(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose)
{
	size_t by[QN_UNWINDER_LIBUNWIND + 1] = {0}, early = 0;
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if (!postmortem->core || !postmortem->threads_count)
		return;
	for (size_t i = 0; i < postmortem->threads_count; i++) {
		by[postmortem->threads[i].unwinder]++;
		early += postmortem->threads[i].stopped.len > 0;
	}
	for (size_t i = 0; i <= QN_UNWINDER_LIBUNWIND; i++) {
		if (!by[i])
			continue;
		qn_append_plural(&text, by[i], text.len ? "" : "thread");
		if (text.data[text.len - 1] == ' ' || by[i] == 1)
			text.len = qn_text_trim_right(qn_buffer_text(&text)).len;
		qn_buffer_printf(&text, " %s%s, ", i ? "by " : "by none",
				 qn_unwinder_name((enum qn_unwinder)i));
	}
	if (early)
		qn_append_plural(&text, early, "stack");
	qn_buffer_append_string(&text, early ? (early == 1 ? " ends early" : " end early")
					     : "each to the thread's entry");
	qn_core_print_heading(paint, "UNWOUND", qn_buffer_text(&text));
	for (size_t i = 0; is_verbose && i < postmortem->threads_count; i++) {
		const struct qn_pm_thread *thread = &postmortem->threads[i];
		_cleanup_(qn_buffer_deinit) struct qn_buffer line = {0};

		if (!thread->stopped.len)
			continue;
		qn_buffer_printf(&line, "thread %ju: %.*s", (uintmax_t)thread->tid, QN_ARG(thread->stopped));
		print_text(paint, QN_CORE_LABEL_COLUMN, QN_INK_PLAIN, &line, 0);
	}
	paint->out->is_failed |= text.is_failed;
}

void qn_core_print_issues(struct qn_paint *paint, const struct qn_postmortem *postmortem, bool is_verbose)
{
	size_t count = postmortem->issues_count;
	size_t shown = is_verbose || count < ISSUES_SHOWN ? count : ISSUES_SHOWN;
	_cleanup_(qn_buffer_deinit) struct qn_buffer heading = {0};

	if (!count)
		return;
	qn_append_plural(&heading, count, "issue");
	qn_core_print_heading(paint, "NOT UNDERSTOOD", qn_buffer_text(&heading));
	for (size_t i = 0; i < shown; i++) {
		const struct qn_issue *issue = &postmortem->issues[i];
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

		if (issue->line)
			qn_buffer_printf(&text, "line %ju: ", (uintmax_t)issue->line);
		else if (issue->has_offset)
			qn_buffer_printf(&text, "at byte %ju: ", (uintmax_t)issue->offset);
		qn_buffer_append_text(&text, issue->text);
		if (issue->count > 1)
			qn_buffer_printf(&text, " (%ju times)", (uintmax_t)issue->count);
		print_text(paint, QN_CORE_LABEL_COLUMN, QN_INK_PLAIN, &text, is_verbose ? 0 : 3);
	}
	print_more(paint, count - shown);
	paint->out->is_failed |= heading.is_failed;
}
