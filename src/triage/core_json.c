#include "triage/core_json.h"

#include <stdio.h>

#include "base/json.h"
#include "base/banned.h"

static void put_text(struct qn_json_writer *json, const char *key, struct qn_text value)
{
	qn_json_key(json, key);
	qn_json_text_or_null(json, value);
}

static void put_count(struct qn_json_writer *json, const char *key, uint64_t value)
{
	qn_json_key(json, key);
	qn_json_u64(json, value);
}

/* 0 is "not known" where things count from 1. */
static void put_ordinal(struct qn_json_writer *json, const char *key, uint64_t value)
{
	qn_json_key(json, key);
	if (value)
		qn_json_u64(json, value);
	else
		qn_json_null(json);
}

static void put_bool(struct qn_json_writer *json, const char *key, bool value)
{
	qn_json_key(json, key);
	qn_json_bool(json, value);
}

/* As text: numbers over 2^53 do not survive every reader of JSON. */
static void put_address(struct qn_json_writer *json, const char *key, bool is_known, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%jx", (uintmax_t)value);
	qn_json_key(json, key);
	if (is_known)
		qn_json_string(json, text);
	else
		qn_json_null(json);
}

static void put_signal(struct qn_json_writer *json, const struct qn_postmortem *postmortem)
{
	put_text(json, "signal", postmortem->signal);
	qn_json_key(json, "si_code");
	if (postmortem->has_si_code)
		qn_json_i64(json, postmortem->si_code);
	else
		qn_json_null(json);
	put_address(json, "fault_address", postmortem->has_fault_address, postmortem->fault_address);
	put_text(json, "reason", postmortem->reason);
}

/* What is told of cores only: of a text it is not known. */
static void put_core(struct qn_json_writer *json, const struct qn_core *core)
{
	const struct qn_core none = {0};

	put_text(json, "machine", qn_text_of(core ? qn_machine_name(core->machine) : ""));
	put_ordinal(json, "size_bytes", core ? core->size_bytes : 0);
	put_bool(json, "truncated", core && core->is_truncated);
	core = core ? core : &none;
	put_text(json, "content", core->content);
}

static void put_failure(struct qn_json_writer *json, const struct qn_postmortem *postmortem,
			const struct qn_signature *signature)
{
	const struct qn_stack none = {0};
	const struct qn_stack *failure = postmortem->failure ? postmortem->failure : &none;
	bool has_crashed = postmortem->crashed < postmortem->threads_count;

	put_text(json, "signature", signature ? signature->id : none.signal);
	put_text(json, "kind", signature ? qn_text_of(qn_kind_name(signature->kind)) : none.signal);
	put_text(json, "title", signature ? signature->title : none.signal);
	put_text(json, "exception", failure->exception);
	put_text(json, "message", failure->message);
	put_ordinal(json, "crashed_thread", has_crashed ? postmortem->threads[postmortem->crashed].tid : 0);
	put_text(json, "crashed_because",
		 has_crashed && postmortem->core ? postmortem->core->crashed_because : none.signal);
}

static void put_process(struct qn_json_writer *json, const struct qn_postmortem *postmortem)
{
	qn_json_key(json, "process");
	qn_json_inline_object_begin(json);
	put_ordinal(json, "pid", postmortem->pid);
	put_text(json, "command", postmortem->command);
	put_text(json, "executable", postmortem->executable);
	qn_json_object_end(json);
}

/* As in the report, and where it stood. */
static void put_frame(struct qn_json_writer *json, const struct qn_frame *frame)
{
	qn_json_inline_object_begin(json);
	put_text(json, "function", frame->function);
	put_text(json, "raw", frame->raw);
	put_text(json, "file", frame->file);
	put_ordinal(json, "line", frame->line);
	put_text(json, "module", frame->module);
	put_text(json, "build_id", frame->build_id);
	put_text(json, "role", qn_text_of(qn_role_name(frame->role)));
	put_bool(json, "inlined", frame->is_inlined);
	put_bool(json, "repaired", frame->is_repaired);
	put_address(json, "pc", frame->pc != 0, frame->pc);
	qn_json_object_end(json);
}

static void put_executor(struct qn_json_writer *json, const struct qn_executor *executor)
{
	qn_json_key(json, "executor");
	if (!executor->kind.len && !executor->pool.len && !executor->task.len) {
		qn_json_null(json);
		return;
	}
	qn_json_inline_object_begin(json);
	put_text(json, "kind", executor->kind);
	put_text(json, "pool", executor->pool);
	put_text(json, "task", executor->task);
	qn_json_object_end(json);
}

/* Frames of a runaway recursion that are not listed. */
static void put_elided(struct qn_json_writer *json, const struct qn_pm_stack *stack)
{
	qn_json_key(json, "elided");
	if (!stack->elided_count) {
		qn_json_null(json);
		return;
	}
	qn_json_inline_object_begin(json);
	put_count(json, "at", stack->elided_at);
	put_count(json, "count", stack->elided_count);
	qn_json_object_end(json);
}

/* Which of its threads' stacks end early, and why. */
static void put_stopped(struct qn_json_writer *json, const struct qn_postmortem *postmortem,
			const struct qn_pm_group *group)
{
	qn_json_key(json, "stopped");
	qn_json_array_begin(json);
	for (size_t i = 0; i < group->count; i++) {
		const struct qn_pm_thread *thread = &postmortem->threads[group->threads[i]];

		if (!thread->stopped.len)
			continue;
		qn_json_inline_object_begin(json);
		put_count(json, "thread", thread->tid);
		put_text(json, "why", thread->stopped);
		qn_json_object_end(json);
	}
	qn_json_array_end(json);
}

static void put_group(struct qn_json_writer *json, const struct qn_postmortem *postmortem,
		      const struct qn_pm_group *group)
{
	const struct qn_pm_stack *stack = &postmortem->stacks[group->stack];
	const struct qn_pm_thread *first = &postmortem->threads[group->threads[0]];

	qn_json_object_begin(json);
	put_count(json, "count", group->count);
	qn_json_key(json, "threads");
	qn_json_inline_array_begin(json);
	for (size_t i = 0; i < group->count; i++)
		qn_json_u64(json, postmortem->threads[group->threads[i]].tid);
	qn_json_array_end(json);
	put_text(json, "name", first->name);
	put_bool(json, "crashed", group->is_crashed);
	put_executor(json, &stack->stack.executor);
	put_text(json, "state", qn_text_of(qn_activity_name(group->activity)));
	put_text(json, "what", group->what);
	put_text(json, "unwinder", qn_text_of(qn_unwinder_name(first->unwinder)));
	put_stopped(json, postmortem, group);
	put_elided(json, stack);
	qn_json_key(json, "frames");
	qn_json_array_begin(json);
	for (size_t i = 0; i < stack->stack.frames_count; i++)
		put_frame(json, &stack->stack.frames[i]);
	qn_json_array_end(json);
	qn_json_object_end(json);
}

static void put_pool(struct qn_json_writer *json, const struct qn_pm_pool *pool)
{
	qn_json_object_begin(json);
	put_text(json, "kind", pool->kind);
	put_text(json, "name", pool->name);
	put_address(json, "address", pool->address != 0, pool->address);
	qn_json_key(json, "threads");
	qn_json_inline_object_begin(json);
	put_count(json, "idle", pool->idle);
	put_count(json, "running", pool->running);
	put_count(json, "blocked", pool->blocked);
	put_count(json, "between", pool->between);
	qn_json_object_end(json);
	put_text(json, "verdict", qn_text_of(qn_pool_verdict_name(pool->verdict)));
	put_text(json, "evidence", pool->evidence);
	qn_json_object_end(json);
}

static void put_wait(struct qn_json_writer *json, const struct qn_pm_thread *thread)
{
	const struct qn_core_wait *wait = &thread->wait;

	qn_json_inline_object_begin(json);
	put_count(json, "thread", thread->tid);
	put_text(json, "kind", qn_text_of(qn_lock_kind_name(wait->kind)));
	put_address(json, "address", wait->address != 0, wait->address);
	put_ordinal(json, "owner", wait->owner);
	put_text(json, "state", wait->state);
	qn_json_object_end(json);
}

static void put_cycle(struct qn_json_writer *json, const struct qn_postmortem *postmortem,
		      const struct qn_pm_cycle *cycle)
{
	qn_json_inline_array_begin(json);
	for (size_t i = 0; i < cycle->count; i++)
		qn_json_u64(json, postmortem->threads[cycle->threads[i]].tid);
	qn_json_array_end(json);
}

static void put_locks(struct qn_json_writer *json, const struct qn_postmortem *postmortem)
{
	qn_json_key(json, "locks");
	qn_json_object_begin(json);
	qn_json_key(json, "waits");
	qn_json_array_begin(json);
	for (size_t i = 0; i < postmortem->threads_count; i++)
		if (postmortem->threads[i].wait.kind != QN_LOCK_NONE)
			put_wait(json, &postmortem->threads[i]);
	qn_json_array_end(json);
	qn_json_key(json, "cycles");
	qn_json_array_begin(json);
	for (size_t i = 0; i < postmortem->cycles_count; i++)
		put_cycle(json, postmortem, &postmortem->cycles[i]);
	qn_json_array_end(json);
	qn_json_object_end(json);
}

static void put_module(struct qn_json_writer *json, const struct qn_core_module *module)
{
	qn_json_inline_object_begin(json);
	put_text(json, "path", module->path);
	put_text(json, "build_id", module->build_id);
	put_text(json, "found", module->found);
	put_text(json, "debug", module->debug);
	put_bool(json, "verified", module->is_verified);
	put_address(json, "start", true, module->start);
	put_address(json, "end", true, module->end);
	qn_json_object_end(json);
}

static void put_issue(struct qn_json_writer *json, struct qn_text source, const struct qn_issue *issue)
{
	qn_json_inline_object_begin(json);
	put_text(json, "source", source);
	put_ordinal(json, "line", issue->line);
	qn_json_key(json, "offset");
	if (issue->line || issue->has_offset)
		qn_json_u64(json, issue->offset);
	else
		qn_json_null(json);
	put_text(json, "text", issue->text);
	put_count(json, "count", issue->count ? issue->count : 1);
	qn_json_object_end(json);
}

static void put_lists(struct qn_json_writer *json, const struct qn_postmortem *postmortem)
{
	const struct qn_core *core = postmortem->core;

	put_count(json, "threads", postmortem->threads_count);
	qn_json_key(json, "groups");
	qn_json_array_begin(json);
	for (size_t i = 0; i < postmortem->groups_count; i++)
		put_group(json, postmortem, &postmortem->groups[i]);
	qn_json_array_end(json);
	qn_json_key(json, "pools");
	qn_json_array_begin(json);
	for (size_t i = 0; i < postmortem->pools_count; i++)
		put_pool(json, &postmortem->pools[i]);
	qn_json_array_end(json);
	put_locks(json, postmortem);
	qn_json_key(json,
		    "goroutines"); /* Go's memory is not read: its threads are told, not its goroutines */
	qn_json_array_begin(json);
	qn_json_array_end(json);
	qn_json_key(json, "modules");
	qn_json_array_begin(json);
	for (size_t i = 0; core && i < core->modules_count; i++)
		put_module(json, &core->modules[i]);
	qn_json_array_end(json);
	qn_json_key(json, "issues");
	qn_json_array_begin(json);
	for (size_t i = 0; i < postmortem->issues_count; i++)
		put_issue(json, postmortem->source, &postmortem->issues[i]);
	qn_json_array_end(json);
}

struct qn_error *qn_core_json(const struct qn_postmortem *postmortem, const struct qn_signature *signature,
			      struct qn_buffer *out)
{
	struct qn_json_writer json = {.out = out};

	qn_json_object_begin(&json);
	qn_json_key(&json, "schema");
	qn_json_string(&json, "qntriage.core/1");
	put_text(&json, "core", postmortem->source);
	qn_json_key(&json, "input");
	qn_json_string(&json, postmortem->is_text ? "text" : "core");
	put_signal(&json, postmortem);
	put_failure(&json, postmortem, signature);
	put_process(&json, postmortem);
	put_core(&json, postmortem->core);
	put_lists(&json, postmortem);
	qn_json_object_end(&json);
	return qn_buffer_check(out);
}
