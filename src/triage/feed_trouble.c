/* Records of level WARN and above: templates, logged errors, and processes that leave on their own. */
#include "triage/feed.h"

#include <stdlib.h>

#include "base/limits.h"
#include "stack/assert_text.h"
#include "stack/crash_record.h"
#include "record/format.h"
#include "base/banned.h"

/* Equal stacks share their frames: a crash loop costs one copy. */
static struct qn_error *share_frames(struct qn_feed *feed, struct qn_stack *stack,
				     const struct qn_stack *found)
{
	struct qn_hasher hasher;
	struct qn_stack *same;
	char *key;

	if (!found->frames_count)
		return NULL;
	qn_hasher_init(&hasher);
	for (size_t i = 0; i < found->frames_count; i++) {
		qn_hasher_add(&hasher, found->frames[i].raw);
		qn_hasher_add(&hasher, found->frames[i].file);
		qn_hasher_add(&hasher, found->frames[i].module);
		qn_hasher_add_u64(&hasher, found->frames[i].line);
		qn_hasher_add_u64(&hasher, found->frames[i].pc);
	}
	key = qn_arena_alloc(&feed->arena, 33);
	if (!key)
		return &qn_error_no_memory;
	qn_hash_hex(qn_hasher_result(&hasher), 32, key);
	same = qn_map_find(&feed->frames, (struct qn_text){key, 32});
	if (!same) {
		same = qn_stack_copy(&feed->arena, found);
		if (!same)
			return &qn_error_no_memory;
		QN_TRY(qn_map_put(&feed->frames, (struct qn_text){key, 32}, same));
	}
	stack->frames = same->frames;
	return NULL;
}

struct qn_error *qn_feed_own_signature(struct qn_feed *feed, struct qn_signature *signature)
{
	struct qn_text key = qn_arena_printf(&feed->scratch, "%.*s\n%.*s\n%.*s", QN_ARG(signature->id),
					     QN_ARG(signature->title), QN_ARG(signature->reason));
	struct qn_signature *kept = key.data ? qn_map_find(&feed->signatures, key) : NULL;

	QN_TRY(qn_arena_check(&feed->scratch));
	if (!kept) {
		kept = qn_arena_alloc(&feed->arena, sizeof(*kept));
		if (!kept)
			return &qn_error_no_memory;
		*kept = *signature;
		kept->id = qn_arena_copy(&feed->arena, signature->id);
		kept->family = qn_arena_copy(&feed->arena, signature->family);
		kept->title = qn_arena_copy(&feed->arena, signature->title);
		kept->signal = qn_arena_copy(&feed->arena, signature->signal);
		kept->reason = qn_arena_copy(&feed->arena, signature->reason);
		key = qn_arena_copy(&feed->arena, key);
		QN_TRY(qn_arena_check(&feed->arena));
		QN_TRY(qn_map_put(&feed->signatures, key, kept));
	}
	*signature = *kept;
	return NULL;
}

struct qn_error *qn_feed_add_finding(struct qn_feed *feed, const struct qn_stack *stack,
				     const struct qn_signature *signature, struct qn_text pod)
{
	struct qn_stack light = *stack, *copy;
	struct qn_finding *finding;

	light.frames = NULL;
	light.frames_count = 0;
	copy = qn_stack_copy(&feed->arena, &light);
	if (!copy)
		return &qn_error_no_memory;
	QN_TRY(share_frames(feed, copy, stack));
	copy->frames_count = stack->frames_count;
	QN_TRY(qn_array_reserve(&feed->findings, &feed->findings_capacity, feed->findings_count + 1,
				sizeof(*feed->findings)));
	finding = &feed->findings[feed->findings_count++];
	*finding = (struct qn_finding){
		.stack = copy,
		.signature = *signature,
		.pod = qn_arena_copy(&feed->arena, pod),
	};
	return qn_arena_check(&feed->arena);
}

static struct qn_text copy_key(struct qn_feed *feed, const struct qn_buffer *key)
{
	return qn_arena_copy(&feed->arena, qn_buffer_text(key));
}

/* What makes two records of this source the same without masking anything: level, call site, message. */
static void make_key(const struct qn_record *record, struct qn_buffer *key)
{
	qn_buffer_append_byte(key, (char)('0' + record->level));
	qn_buffer_append_text(key, record->call_site);
	qn_buffer_append_byte(key, '\0');
	qn_buffer_append_text(key, record->message);
}

static struct qn_template copy_template(struct qn_arena *arena, const struct qn_template *template)
{
	struct qn_template copy = *template;

	copy.id = qn_arena_copy(arena, template->id);
	copy.call_site = qn_arena_copy(arena, template->call_site);
	copy.text = qn_arena_copy(arena, template->text);
	return copy;
}

static struct qn_error *new_template(struct qn_feed *feed, struct qn_feed_worker *worker,
				     const struct qn_record *record, struct qn_template_count **ret)
{
	struct qn_template template;
	struct qn_template_count *counted;

	QN_TRY(qn_template_of(&worker->arena, record, &template));
	counted = qn_map_find(&feed->template_by_id, template.id);
	if (!counted && feed->templates_count >= QN_TEMPLATES_MAX) {
		qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
			       "more than %u message templates: the rest is not counted", QN_TEMPLATES_MAX);
		*ret = NULL;
		return NULL;
	}
	if (!counted) {
		counted = qn_arena_alloc(&feed->arena, sizeof(*counted));
		if (!counted)
			return &qn_error_no_memory;
		counted->template = copy_template(&feed->arena, &template);
		QN_TRY(qn_arena_check(&feed->arena));
		QN_TRY(qn_array_reserve(&feed->templates, &feed->templates_capacity,
					feed->templates_count + 1, sizeof(*feed->templates)));
		feed->templates[feed->templates_count++] = counted;
		QN_TRY(qn_map_put(&feed->template_by_id, counted->template.id, counted));
	}
	*ret = counted;
	return NULL;
}

/* Raw messages may be all different (free text with numbers): the shortcut by raw key stays bounded. */
#define RAW_KEYS_MAX 20000U

/* @is_failure  the record tells a failure: it is no news of what came before one, so its rate is not kept */
static struct qn_error *count_template(struct qn_feed *feed, struct qn_feed_worker *worker,
				       const struct qn_record *record, const struct qn_buffer *key,
				       bool is_failure)
{
	struct qn_template_count *counted = qn_map_find(&feed->template_by_key, qn_buffer_text(key));
	struct qn_text kept;

	if (!counted) {
		QN_TRY(new_template(feed, worker, record, &counted));
		if (!counted)
			return NULL;
		if (feed->template_by_key.count < RAW_KEYS_MAX) {
			kept = copy_key(feed, key);
			if (!kept.data)
				return &qn_error_no_memory;
			QN_TRY(qn_map_put(&feed->template_by_key, kept, counted));
		}
	}
	counted->count++;
	qn_time_widen(&counted->first, &counted->last, record->time);
	return is_failure ? NULL : qn_feed_count_rate(feed, counted, record->time);
}

/* What the fields say of an error. */
struct trouble {
	struct qn_text error; /* "" none */
	struct qn_text stack; /* of a field that holds frames */
	struct qn_text stack_key;
};

static struct trouble read_fields(struct qn_arena *arena, const struct qn_record *record)
{
	struct qn_text fields = record->fields;
	struct trouble trouble = {0};
	struct qn_field field;

	for (unsigned i = 0; i < QN_FIELDS_MAX && qn_record_next_field(arena, &fields, &field); i++) {
		bool is_verbose = qn_text_equal(field.key, QN_TEXT("errorVerbose"));

		if (!trouble.error.len &&
		    (qn_text_equal(field.key, QN_TEXT("error")) || qn_text_equal(field.key, QN_TEXT("err"))))
			trouble.error = field.value;
		/* errorVerbose knows the origin; stack only where it was logged. */
		if (is_verbose || (qn_text_equal(field.key, QN_TEXT("stack")) && !trouble.stack.len)) {
			trouble.stack = field.value;
			trouble.stack_key = field.key;
		}
	}
	/* Until 2.2 the error of a C call stood in the message itself. */
	if (!trouble.error.len && qn_text_contains(record->message, QN_TEXT("C Runtime Exception")))
		trouble.error = record->message;
	return trouble;
}

static bool reads_frames(struct qn_feed *feed, struct qn_arena *arena, const struct trouble *trouble,
			 struct qn_stack *ret)
{
	/* A stack of C++ in the error is deeper than where Go logged it. */
	if (qn_text_contains(trouble->error, QN_TEXT(" 0# ")) &&
	    qn_stack_read_field(feed->options->normalizer, arena, QN_TEXT("error"), trouble->error, ret))
		return true;
	if (trouble->stack.len &&
	    qn_stack_read_field(feed->options->normalizer, arena, trouble->stack_key, trouble->stack, ret))
		return true;
	return trouble->error.len &&
	       qn_stack_read_field(feed->options->normalizer, arena, QN_TEXT("error"), trouble->error, ret);
}

/* The event of one record, for an occurrence. */
static void fill_stack(struct qn_feed *feed, const struct qn_record *record, const struct trouble *trouble,
		       enum qn_kind kind, struct qn_stack *stack)
{
	struct qn_hasher hasher;

	stack->kind = kind;
	stack->dialect = "record";
	stack->message =
		qn_text_first(trouble->error.len ? trouble->error : record->message, QN_MESSAGE_BYTES_MAX);
	stack->thread = record->thread;
	stack->places_count = 1;
	stack->places[0] = (struct qn_place){.line = record->line->number,
					     .last_line = record->line->number,
					     .offset = record->line->offset};
	stack->time = record->time.is_known ? record->time : feed->last_time;
	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, record->line->text);
	stack->evidence = qn_hasher_result(&hasher);
	qn_feed_add_damage(feed, stack);
}

static struct qn_error *new_tally(struct qn_feed *feed, struct qn_feed_worker *worker,
				  const struct qn_record *record, const struct trouble *trouble,
				  struct qn_tally **ret)
{
	struct qn_signature signature;
	struct qn_stack found = {0};
	struct qn_tally *tally;

	qn_arena_clear(&feed->scratch);
	QN_TRY(qn_signature_of_error(&feed->scratch, record, trouble->error, &signature));
	tally = qn_map_find(&feed->tally_by_id, signature.id);
	if (!tally && feed->tallies_count >= QN_ERRORS_MAX) {
		qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
			       "more than %u kinds of logged errors: the rest is not counted", QN_ERRORS_MAX);
	} else if (!tally) {
		tally = qn_arena_alloc(&feed->arena, sizeof(*tally));
		if (!tally)
			return &qn_error_no_memory;
		QN_TRY(qn_feed_own_signature(feed, &signature));
		tally->signature = signature;
		if (reads_frames(feed, &worker->arena, trouble, &found)) {
			tally->first_stack = qn_stack_copy(&feed->arena, &found);
			if (!tally->first_stack)
				return &qn_error_no_memory;
		}
		QN_TRY(qn_array_reserve(&feed->tallies, &feed->tallies_capacity, feed->tallies_count + 1,
					sizeof(*feed->tallies)));
		feed->tallies[feed->tallies_count++] = tally;
		QN_TRY(qn_map_put(&feed->tally_by_id, tally->signature.id, tally));
	}
	*ret = tally;
	return NULL;
}

static struct qn_error *count_error(struct qn_feed *feed, struct qn_feed_worker *worker,
				    const struct qn_record *record, const struct trouble *trouble,
				    const struct qn_buffer *key)
{
	/* Without a call site the error's own text may be a part of what tells two apart: no shortcut then.
	 */
	bool has_shortcut = record->call_site.len > 0;
	struct qn_tally *tally = has_shortcut ? qn_map_find(&feed->tally_by_key, qn_buffer_text(key)) : NULL;
	struct qn_stack stack;

	if (!tally) {
		QN_TRY(new_tally(feed, worker, record, trouble, &tally));
		if (!tally)
			return NULL;
		if (has_shortcut && feed->tally_by_key.count < RAW_KEYS_MAX) {
			struct qn_text kept = copy_key(feed, key);

			if (!kept.data)
				return &qn_error_no_memory;
			QN_TRY(qn_map_put(&feed->tally_by_key, kept, tally));
		}
	}
	feed->line_signature = tally->signature.id;
	tally->count++;
	qn_time_widen(&tally->first, &tally->last, record->time.is_known ? record->time : feed->last_time);
	if (tally->kept >= QN_FEED_ERRORS_MAX)
		return NULL;
	tally->kept++;
	stack = tally->first_stack && tally->count == 1 ? *tally->first_stack : (struct qn_stack){0};
	fill_stack(feed, record, trouble, QN_KIND_ERROR, &stack);
	return qn_feed_add_finding(feed, &stack, &tally->signature, QN_TEXT(""));
}

/* The process ends by its own decision. */
static struct qn_error *add_exit(struct qn_feed *feed, struct qn_feed_worker *worker,
				 const struct qn_record *record, const struct trouble *trouble,
				 struct qn_text reason)
{
	struct qn_signature signature;
	struct qn_stack stack = {0};

	if (!reads_frames(feed, &worker->arena, trouble, &stack))
		stack = (struct qn_stack){0};
	fill_stack(feed, record, trouble, QN_KIND_EXIT, &stack);
	stack.message = record->message;
	qn_arena_clear(&feed->scratch);
	QN_TRY(qn_signature_of_reason(&feed->scratch, QN_KIND_EXIT, QN_TEXT(""), reason, QN_TEXT(""),
				      &signature));
	QN_TRY(qn_feed_own_signature(feed, &signature));
	feed->line_signature = signature.id;
	QN_TRY(qn_feed_add_finding(feed, &stack, &signature, QN_TEXT("")));
	feed->last_exit = feed->findings_count;
	return NULL;
}

/* Errors that hold an assertion's text with its expression in any field, or without one in the error itself.
 */
static struct qn_text find_assert(struct qn_arena *arena, const struct qn_record *record,
				  const struct trouble *trouble)
{
	struct qn_text fields = record->fields;
	struct qn_field field;

	if (trouble->error.len && qn_stack_holds_assert(trouble->error))
		return trouble->error;
	if (qn_assert_text_is_in(record->message))
		return record->message;
	if (!qn_text_contains(fields, QN_TEXT("Assert ")))
		return QN_TEXT("");
	for (unsigned i = 0; i < QN_FIELDS_MAX && qn_record_next_field(arena, &fields, &field); i++)
		if (qn_assert_text_is_in(field.value))
			return field.value;
	return QN_TEXT("");
}

static struct qn_error *count_assert(struct qn_feed *feed, struct qn_feed_worker *worker,
				     const struct qn_record *record, struct qn_text text)
{
	struct qn_stack stack;
	struct trouble trouble = {.error = text};
	struct qn_text message;

	if (!qn_stack_read_assert(feed->options->normalizer, &worker->arena, text, &stack))
		return NULL;
	message = stack.message;
	fill_stack(feed, record, &trouble, QN_KIND_ASSERT, &stack);
	stack.message = message;
	stack.dialect = "easyassert-error";
	return qn_feed_logged_assert(feed, record, &stack);
}

struct qn_error *qn_feed_trouble_taken(struct qn_feed *feed, struct qn_feed_worker *worker,
				       const struct qn_record *record)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer key = {0};

	make_key(record, &key);
	QN_TRY(qn_buffer_check(&key));
	return count_template(feed, worker, record, &key, true);
}

/* zap exits with 1 behind a record of level FATAL. */
static struct qn_error *fatal_exit(struct qn_feed *feed, struct qn_feed_worker *worker,
				   const struct qn_record *record, const struct trouble *trouble)
{
	struct qn_template template;

	QN_TRY(qn_template_of(&worker->arena, record, &template));
	QN_TRY(add_exit(feed, worker, record, trouble,
			template.text.len ? template.text : QN_TEXT("fatal error logged")));
	qn_epoch_crashed(feed->epoch, QN_TEXT("exit"), record->line->text, record->line->number);
	return NULL;
}

/* The finding that was added last may be told once more, by the runtime. */
static struct qn_error *await_panic(struct qn_feed *feed, struct qn_text words, struct qn_tally *tally)
{
	feed->last_panic = feed->findings_count;
	feed->panic_words = qn_arena_copy(&feed->arena, words);
	feed->panic_tally = tally;
	return qn_arena_check(&feed->arena);
}

/* zap panics behind a record of level PANIC. The runtime's words on it may follow, or stand in another file,
 * or somebody recovers. */
static struct qn_error *logged_panic(struct qn_feed *feed, struct qn_feed_worker *worker,
				     const struct qn_record *record, const struct trouble *trouble)
{
	struct qn_signature signature;
	struct qn_stack stack = {0};

	if (!reads_frames(feed, &worker->arena, trouble, &stack))
		stack = (struct qn_stack){0};
	fill_stack(feed, record, trouble, QN_KIND_PANIC, &stack);
	stack.dialect = "zap-panic";
	stack.message = qn_text_first(record->message, QN_MESSAGE_BYTES_MAX);
	qn_arena_clear(&feed->scratch);
	QN_TRY(qn_signature_of_stack(&feed->scratch, &stack, &signature));
	QN_TRY(qn_feed_own_signature(feed, &signature));
	qn_epoch_crashed(feed->epoch, qn_text_of(qn_kind_name(signature.kind)), signature.title,
			 record->line->number);
	feed->line_signature = signature.id;
	QN_TRY(qn_feed_add_finding(feed, &stack, &signature, QN_TEXT("")));
	return await_panic(feed, stack.message, NULL);
}

/* An error of a program in production, a panic of one in development. */
static struct qn_error *perhaps_panic(struct qn_feed *feed, struct qn_feed_worker *worker,
				      const struct qn_record *record, const struct trouble *trouble,
				      const struct qn_buffer *key)
{
	size_t count = feed->findings_count;

	QN_TRY(count_error(feed, worker, record, trouble, key));
	if (feed->findings_count == count) /* counted only: there is nothing to take the place of */
		return NULL;
	return await_panic(feed, qn_text_first(record->message, QN_MESSAGE_BYTES_MAX),
			   qn_map_find(&feed->tally_by_id, feed->line_signature));
}

static bool tells_failure(const struct qn_record *record)
{
	return qn_is_tracer_noise(record) || qn_record_is_forced_exit(record) ||
	       (record->format == &qn_format_zap && record->level >= QN_LEVEL_PANIC);
}

struct qn_error *qn_feed_trouble(struct qn_feed *feed, struct qn_feed_worker *worker,
				 const struct qn_record *record, bool is_known)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer key = {0};
	struct trouble trouble;
	struct qn_text assertion;

	if (record->level < QN_LEVEL_WARN)
		return NULL;
	make_key(record, &key);
	QN_TRY(qn_buffer_check(&key));
	trouble = read_fields(&worker->arena, record);
	assertion = find_assert(&worker->arena, record, &trouble);
	QN_TRY(count_template(feed, worker, record, &key, assertion.len || tells_failure(record)));
	if (qn_record_is_graceful_stop(record) || qn_is_tracer_noise(record))
		return NULL;
	if (qn_record_is_forced_exit(record))
		return add_exit(feed, worker, record, &trouble, record->message);
	if (record->format == &qn_format_zap && record->level == QN_LEVEL_FATAL)
		return fatal_exit(feed, worker, record, &trouble);
	if (record->format == &qn_format_zap && record->level == QN_LEVEL_PANIC)
		return logged_panic(feed, worker, record, &trouble);
	if (record->format == &qn_format_zap && record->level == QN_LEVEL_DPANIC)
		return perhaps_panic(feed, worker, record, &trouble, &key);
	if (assertion.len)
		return count_assert(feed, worker, record, assertion);
	if (record->level >= QN_LEVEL_ERROR || trouble.error.len || is_known)
		return count_error(feed, worker, record, &trouble, &key);
	return NULL;
}
