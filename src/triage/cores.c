#include "triage/cores.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "input/unpack.h"
#include "signature/signature.h"
#include "triage/core_json.h"
#include "triage/identity.h"
#include "base/banned.h"

#define HEAD_BYTES 64U

static bool is_core_head(const char *head, size_t len)
{
	struct qn_text ignored;

	return qn_source_recognize((struct qn_text){head, len}, &ignored) == QN_SOURCE_CORE;
}

bool qn_cores_is_one(const char *path)
{
	_cleanup_error_ struct qn_error *error = NULL;
	char head[HEAD_BYTES];
	struct stat status;
	size_t len = 0;

	/* nothing is taken from a pipe that the lines are to be read from */
	if (strcmp(path, "-") == 0 || stat(path, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	error = qn_unpack_peek(path, head, sizeof(head), &len);
	return !error && is_core_head(head, len);
}

struct qn_error *qn_cores_take(struct qn_sources *sources, struct qn_sources *ret)
{
	size_t kept = 0;

	QN_TRY(qn_array_reserve(&ret->items, &ret->capacity, sources->count + 1, sizeof(*ret->items)));
	for (size_t i = 0; i < sources->count; i++) {
		if (qn_cores_is_one(sources->items[i].path))
			ret->items[ret->count++] = sources->items[i];
		else
			sources->items[kept++] = sources->items[i];
	}
	sources->count = kept;
	return NULL;
}

/* --- One core --- */

/* What is written of one core. */
struct core_rows {
	const struct qn_collect_options *options;
	const struct qn_source *source;
	struct qn_saved *saved;
	struct qn_identity identity;
	struct qn_arena arena;
	struct qn_text content;
	uint64_t size_bytes, issues;
	int64_t id; /* of the source */
};

static void core_rows_deinit(struct core_rows *rows)
{
	qn_arena_deinit(&rows->arena);
}

/* Of a core that tells nothing: its size and its first bytes stand for its content. */
static struct qn_text content_of_file(struct core_rows *rows)
{
	_cleanup_error_ struct qn_error *error = NULL;
	char head[4096], hex[33];
	struct qn_hasher hasher;
	size_t len = 0;

	error = qn_unpack_peek(rows->source->path, head, sizeof(head), &len);
	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, (struct qn_text){head, error ? 0 : len});
	qn_hasher_add_u64(&hasher, rows->size_bytes);
	qn_hash_hex(qn_hasher_result(&hasher), 32, hex);
	return qn_arena_copy(&rows->arena, qn_text_of(hex));
}

static struct qn_error *save_source(struct core_rows *rows)
{
	struct qn_saved *saved = rows->saved;
	struct qn_arena *arena = &saved->arena;
	struct qn_store_source *row;

	QN_TRY(qn_array_reserve(&saved->sources, &saved->sources_capacity, saved->sources_count + 1,
				sizeof(*saved->sources)));
	row = &saved->sources[saved->sources_count++];
	*row = (struct qn_store_source){
		.path = qn_arena_copy(arena, qn_text_of(rows->source->path)),
		.content = qn_arena_copy(arena, rows->content),
		.kind = QN_TEXT("core"),
		.component = qn_arena_copy(arena, rows->identity.component),
		.pod = qn_arena_copy(arena, rows->identity.pod),
		.size_bytes = rows->size_bytes,
		.issues = rows->issues,
	};
	row->text = row->content;
	saved->bytes += rows->size_bytes;
	saved->issues += rows->issues;
	QN_TRY(qn_arena_check(arena));
	return qn_store_add_source(rows->options->store, row, &rows->id);
}

static struct qn_error *save_signature(const struct core_rows *rows, const struct qn_stack *failure,
				       const struct qn_signature *signature)
{
	return qn_store_add_signature(rows->options->store,
				      &(struct qn_store_signature){
					      .id = signature->id,
					      .family = signature->family,
					      .kind = qn_text_of(qn_kind_name(signature->kind)),
					      .title = signature->title,
					      .signal = signature->signal,
					      .reason = signature->reason,
					      .component = rows->identity.component,
					      .executor_kind = failure->executor.kind,
					      .executor_pool = failure->executor.pool,
					      .executor_task = failure->executor.task,
					      .confidence = signature->confidence,
				      });
}

/* As that of an event in a log: content, and whose it is. */
static struct qn_text occurrence_id(struct core_rows *rows, const struct qn_signature *signature,
				    const char *evidence)
{
	struct qn_hasher hasher;
	char hex[17];

	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, signature->id);
	qn_hasher_add(&hasher, qn_text_of(evidence));
	qn_hasher_add_u64(&hasher, 0); /* a core has no time */
	qn_hasher_add(&hasher, rows->identity.pod);
	qn_hash_hex(qn_hasher_result(&hasher), 16, hex);
	return qn_arena_printf(&rows->arena, "O-%s", hex);
}

static struct qn_error *save_failure(struct core_rows *rows, const struct qn_postmortem *postmortem,
				     const struct qn_signature *signature)
{
	struct qn_stack failure = *postmortem->failure;
	char evidence[33], stack_id[33] = "";
	struct qn_text id;

	QN_TRY(qn_core_count_others(postmortem, failure.others, &failure.others_count));
	qn_hash_hex(failure.evidence, 32, evidence);
	id = occurrence_id(rows, signature, evidence);
	QN_TRY(save_signature(rows, &failure, signature));
	if (failure.frames_count)
		QN_TRY(qn_store_add_stack(rows->options->store, failure.frames, failure.frames_count,
					  stack_id));
	QN_TRY(qn_arena_check(&rows->arena));
	return qn_store_add_occurrence(rows->options->store,
				       &(struct qn_store_occurrence){
					       .id = id,
					       .signature = signature->id,
					       .stack = qn_text_of(stack_id),
					       .evidence = qn_text_of(evidence),
					       .source = rows->id,
					       .thread = failure.thread,
					       .pod = rows->identity.pod,
					       .component = rows->identity.component,
					       .version = rows->options->build,
					       .message = failure.message,
					       .exception = failure.exception,
					       .fault_address = failure.fault_address,
					       .has_fault_address = failure.has_fault_address,
					       .damage = qn_join_damage(&rows->arena, &failure),
					       .others = qn_join_others(&rows->arena, &failure),
				       });
}

/* How much of the core has names: of two readings of one the better is kept. */
static uint64_t count_named(const struct qn_postmortem *postmortem)
{
	uint64_t named = 0;

	for (size_t i = 0; i < postmortem->stacks_count; i++)
		for (size_t k = 0; k < postmortem->stacks[i].stack.frames_count; k++)
			named += postmortem->stacks[i].stack.frames[k].function.len > 0;
	return named;
}

static struct qn_error *save_told(struct core_rows *rows, const struct qn_postmortem *postmortem,
				  const struct qn_signature *signature)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer json = {0}, summary = {0};

	QN_TRY(qn_core_json(postmortem, signature, &json));
	QN_TRY(qn_core_summary(postmortem, signature, &summary));
	QN_TRY(qn_store_add_core(
		rows->options->store,
		&(struct qn_store_core){.source = rows->id,
					.named = count_named(postmortem),
					.signature = signature ? signature->id : (struct qn_text){0},
					.json = qn_buffer_text(&json),
					.summary = qn_buffer_text(&summary)}));
	for (size_t i = 0; i < postmortem->issues_count; i++) {
		struct qn_issue issue = postmortem->issues[i];

		issue.source = qn_text_of(rows->source->path);
		issue.count = issue.count ? issue.count : 1;
		QN_TRY(qn_store_add_issue(rows->options->store, rows->id, &issue));
	}
	return NULL;
}

static struct qn_error *save_core(struct core_rows *rows, const struct qn_postmortem *postmortem)
{
	struct qn_signature signature = {0};

	rows->content = postmortem->core->content;
	if (!rows->content.len)
		rows->content = content_of_file(rows);
	rows->issues = postmortem->issues_count;
	QN_TRY(save_source(rows));
	if (postmortem->failure) {
		QN_TRY(qn_signature_of_stack(&rows->arena, postmortem->failure, &signature));
		QN_TRY(save_failure(rows, postmortem, &signature));
	}
	return save_told(rows, postmortem, postmortem->failure ? &signature : NULL);
}

/* A core that nothing can be told of is a source all the same. */
static struct qn_error *save_unreadable(struct core_rows *rows, const struct qn_error *error)
{
	struct qn_issue issue = {
		.source = qn_text_of(rows->source->path), .text = qn_text_of(error->message), .count = 1};

	rows->content = content_of_file(rows);
	rows->issues = 1;
	QN_TRY(save_source(rows));
	return qn_store_add_issue(rows->options->store, rows->id, &issue);
}

static bool is_ours(const struct qn_error *error)
{
	return error->code == QN_ERROR_UNRECOGNIZED || error->code == QN_ERROR_DAMAGED ||
	       error->code == QN_ERROR_LIMIT;
}

static struct qn_error *collect_core(struct core_rows *rows, struct qn_issues *issues)
{
	const struct qn_collect_options *options = rows->options;
	const struct qn_core_options how = {.symbols = options->symbols,
					    .symbols_count = options->symbols_count,
					    .sysroot = options->sysroot,
					    .unwinder = options->unwinder};
	_cleanup_(qn_postmortem_destroy_guard) struct qn_postmortem *postmortem = NULL;
	_cleanup_error_ struct qn_error *error = NULL;
	struct stat status;

	rows->identity = qn_identity_of_path(qn_text_of(rows->source->path));
	if (stat(rows->source->path, &status) == 0 && status.st_size > 0)
		rows->size_bytes = (uint64_t)status.st_size;
	error = qn_postmortem_read(options->normalizer, rows->source->path, &how, &postmortem);
	if (!error)
		return save_core(rows, postmortem);
	if (is_ours(error))
		return save_unreadable(rows, error);
	if (rows->source->is_named || error->code != QN_ERROR_SYSTEM)
		return qn_take(error);
	qn_issues_note(issues, qn_text_of(rows->source->path), "%s", error->message);
	return NULL;
}

struct qn_error *qn_cores_collect(const struct qn_sources *cores, const struct qn_collect_options *options,
				  struct qn_issues *issues, struct qn_saved *saved)
{
	for (size_t i = 0; i < cores->count; i++) {
		_cleanup_(core_rows_deinit) struct core_rows rows = {
			.options = options, .source = &cores->items[i], .saved = saved};
		struct qn_error *error;

		if (options->interrupted && *options->interrupted)
			return NULL;
		error = collect_core(&rows, issues);
		if (error && error->code == QN_ERROR_INTERRUPTED && options->interrupted &&
		    *options->interrupted) {
			qn_error_destroy(error);
			return NULL;
		}
		QN_TRY(error);
	}
	return NULL;
}
