#include "triage/feed.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/banned.h"

static struct qn_error *take_life(void *context, const struct qn_life *life)
{
	struct qn_feed *feed = context;
	struct qn_life *kept;

	QN_TRY(qn_array_reserve(&feed->lives, &feed->lives_capacity, feed->lives_count + 1,
				sizeof(*feed->lives)));
	kept = &feed->lives[feed->lives_count++];
	*kept = *life;
	kept->version = qn_arena_copy(&feed->arena, life->version);
	kept->commit = qn_arena_copy(&feed->arena, life->commit);
	kept->component = qn_arena_copy(&feed->arena, life->component);
	kept->end = qn_arena_copy(&feed->arena, life->end);
	kept->end_evidence = qn_arena_copy(&feed->arena, life->end_evidence);
	return qn_arena_check(&feed->arena);
}

/* Lines between a process's own word that it leaves and its parent's word that it left. */
#define EXIT_ECHO_LINES 200U

/* The parent's "exit code: 1" behind "process will exit" is one event: a further place of it. */
static bool is_echo_of_exit(struct qn_feed *feed, const struct qn_stack *stack)
{
	struct qn_stack *last;

	if (stack->kind != QN_KIND_EXIT || stack->frames_count || !feed->last_exit || !stack->places_count)
		return false;
	last = feed->findings[feed->last_exit - 1].stack;
	if (stack->places[0].line > last->places[0].line + EXIT_ECHO_LINES ||
	    last->places_count >= QN_PLACES_MAX)
		return false;
	last->places[last->places_count++] = stack->places[0];
	return true;
}

/* A stack that a program logged and lived on with: counted like other logged errors. */
static struct qn_error *count_logged(struct qn_feed *feed, const struct qn_stack *stack,
				     const struct qn_signature *signature)
{
	struct qn_tally *tally = qn_map_find(&feed->tally_by_id, signature->id);

	if (!tally && feed->tallies_count >= QN_ERRORS_MAX) {
		qn_issues_note(&feed->issues, qn_text_of(feed->source->path),
			       "more than %u kinds of logged errors: the rest is not counted", QN_ERRORS_MAX);
		return NULL;
	}
	if (!tally) {
		tally = qn_arena_alloc(&feed->arena, sizeof(*tally));
		if (!tally)
			return &qn_error_no_memory;
		tally->signature = *signature;
		QN_TRY(qn_array_reserve(&feed->tallies, &feed->tallies_capacity, feed->tallies_count + 1,
					sizeof(*feed->tallies)));
		feed->tallies[feed->tallies_count++] = tally;
		QN_TRY(qn_map_put(&feed->tally_by_id, tally->signature.id, tally));
	}
	tally->count++;
	qn_time_widen(&tally->first, &tally->last, stack->time);
	if (tally->kept >= QN_FEED_ERRORS_MAX)
		return NULL;
	tally->kept++;
	return qn_feed_add_finding(feed, stack, signature, QN_TEXT(""));
}

/* Lines between a record of level PANIC and the runtime's words on it. */
#define PANIC_ECHO_LINES 200U

/* The runtime's "panic: words" behind a record of level PANIC with the same words knows more: it takes the
 * record's place, and the record is a further place of it. DPANIC only panics where somebody develops, so
 * until then it was an error that was logged. */
static struct qn_error *take_over_panic(struct qn_feed *feed, const struct qn_stack *stack,
					const struct qn_signature *signature, bool *ret_is_taken)
{
	struct qn_finding *first = feed->last_panic ? &feed->findings[feed->last_panic - 1] : NULL;
	struct qn_stack both = *stack;

	*ret_is_taken = false;
	if (!first || stack->kind != QN_KIND_PANIC || !stack->places_count || !feed->panic_words.len ||
	    !qn_text_starts(stack->message, qn_text_trim(feed->panic_words)) ||
	    stack->places[0].line > first->stack->places[0].line + PANIC_ECHO_LINES)
		return NULL;
	if (both.places_count < QN_PLACES_MAX)
		both.places[both.places_count++] = first->stack->places[0];
	if (!both.time.is_known)
		both.time = first->stack->time;
	QN_TRY(qn_feed_add_finding(feed, &both, signature, QN_TEXT("")));
	feed->findings[feed->last_panic - 1] = feed->findings[--feed->findings_count];
	if (feed->panic_tally) {
		feed->panic_tally->count--;
		feed->panic_tally->kept--;
	}
	feed->last_panic = 0;
	*ret_is_taken = true;
	return NULL;
}

static void add_damage_text(struct qn_stack *stack, const char *text)
{
	for (size_t i = 0; i < stack->damage_count; i++)
		if (qn_text_equal(stack->damage[i], qn_text_of(text)))
			return;
	if (stack->damage_count < QN_DAMAGE_MAX)
		stack->damage[stack->damage_count++] = qn_text_of(text);
}

/* Did a terminal break one of the lines from @first to @last? */
static bool is_in_pieces(const struct qn_feed *feed, uint64_t first, uint64_t last)
{
	uint64_t end;

	if (!feed->lines_in_pieces || !first || last < first || last > feed->order_count)
		return false;
	if (feed->is_turned)
		return true;
	end = last < feed->order_count ? feed->order[last].number : feed->lines_in_pieces + 1;
	return end - feed->order[first - 1].number > last - first + 1;
}

/* What was undone to the whole source. */
void qn_feed_add_damage(const struct qn_feed *feed, struct qn_stack *stack)
{
	for (unsigned i = 0; i < feed->wrapping.count; i++)
		if (feed->wrapping.layers[i]->repair)
			add_damage_text(stack, feed->wrapping.layers[i]->repair);
	if (feed->is_turned)
		add_damage_text(stack, "newest line first");
	for (size_t i = 0; i < stack->places_count; i++)
		if (is_in_pieces(feed, stack->places[i].line, stack->places[i].last_line))
			add_damage_text(stack, "lines broken by a terminal or pager");
}

struct qn_line_place qn_feed_line(const struct qn_feed *feed, uint64_t number)
{
	if (!feed->order || !number || number > feed->order_count)
		return (struct qn_line_place){.number = number};
	return feed->order[number - 1];
}

struct qn_place qn_feed_place(const struct qn_feed *feed, struct qn_place place)
{
	struct qn_line_place first, last;

	if (!feed->order)
		return place;
	first = qn_feed_line(feed, place.line);
	last = qn_feed_line(feed, place.last_line);
	if (first.number > last.number && last.number)
		return (struct qn_place){last.number, first.number, last.offset};
	return (struct qn_place){first.number, last.number, first.offset};
}

/* How the process ended of which @stack tells, in the words of a life's end. "": it lived on. */
static struct qn_text end_of_process(const struct qn_stack *stack, enum qn_kind kind)
{
	switch (kind) {
	case QN_KIND_DEADLOCK: /* the Go runtime's fatal error; the kernel goes on */
		return strcmp(stack->dialect, "kernel-lockup") == 0 ? QN_TEXT("") : QN_TEXT("panic");
	case QN_KIND_SANITIZER:
		return strcmp(stack->dialect, "sanitizer") == 0 ? QN_TEXT("abort") : QN_TEXT("");
	default: return qn_text_of(qn_kind_name(kind));
	}
}

static struct qn_error *take_stack(void *context, const struct qn_stack *stack)
{
	struct qn_feed *feed = context;
	struct qn_signature signature;
	struct qn_stack whole = *stack;
	struct qn_text end;
	bool is_taken;

	if (is_echo_of_exit(feed, stack))
		return NULL;
	qn_feed_add_damage(feed, &whole);
	if (stack->kind == QN_KIND_ASSERT)
		return qn_feed_bare_assert(feed, &whole);
	qn_arena_clear(&feed->scratch);
	QN_TRY(qn_signature_of_stack(&feed->scratch, stack, &signature));
	QN_TRY(qn_feed_own_signature(feed, &signature));
	if (signature.kind == QN_KIND_ERROR)
		return count_logged(feed, &whole, &signature);
	end = end_of_process(stack, signature.kind);
	if (end.len)
		qn_epoch_crashed(feed->epoch, end, signature.title,
				 stack->places_count ? stack->places[0].line : 0);
	QN_TRY(take_over_panic(feed, &whole, &signature, &is_taken));
	return is_taken ? NULL : qn_feed_add_finding(feed, &whole, &signature, QN_TEXT(""));
}

struct qn_error *qn_feed_add_reader(struct qn_feed *feed)
{
	struct qn_feed_reader fresh = {0};

	QN_TRY(qn_array_reserve(&feed->readers, &feed->readers_capacity, feed->readers_count + 1,
				sizeof(*feed->readers)));
	QN_TRY(qn_stack_reader_create(feed->options->normalizer, take_stack, feed, &fresh.reader));
	feed->readers[feed->readers_count++] = fresh;
	return NULL;
}

struct qn_error *qn_feed_create(const struct qn_collect_options *options, const struct qn_source *source,
				struct qn_text first, struct qn_feed **ret)
{
	_cleanup_(qn_feed_destroy_guard) struct qn_feed *feed = calloc(1, sizeof(*feed));
	struct qn_text sample = qn_text_first(first, QN_PROBE_BYTES), what;
	enum qn_source_kind kind;

	if (!feed)
		return &qn_error_no_memory;
	feed->options = options;
	feed->source = source;
	feed->identity = qn_identity_of_path(qn_text_of(source->path));
	feed->kind_name = QN_TEXT("log");
	kind = qn_source_recognize(sample, &what);
	if (kind != QN_SOURCE_LOG) {
		feed->kind = QN_FEED_CLOSED;
		feed->kind_name = kind == QN_SOURCE_CORE      ? QN_TEXT("core")
				  : kind == QN_SOURCE_ARCHIVE ? QN_TEXT("archive")
							      : QN_TEXT("other");
		qn_issues_note(&feed->issues, qn_text_of(source->path), "%.*s: not read%s", QN_ARG(what),
			       kind == QN_SOURCE_ARCHIVE ? " yet; unpack it and name the folder"
			       : kind == QN_SOURCE_CORE  ? " yet; see docs/limits.md"
							 : " as a log");
	} else if (qn_pods_probe(sample)) {
		feed->kind = QN_FEED_PODS;
		feed->kind_name = QN_TEXT("pods");
	} else {
		qn_wrapping_detect(sample, &feed->wrapping);
	}
	QN_TRY(qn_feed_add_reader(feed));
	feed->reader = feed->readers[0].reader;
	QN_TRY(qn_epoch_create(take_life, feed, &feed->epoch));
	*ret = qn_take(feed);
	return NULL;
}

void qn_feed_destroy(struct qn_feed *feed)
{
	if (!feed)
		return;
	qn_feed_destroy_readers(feed);
	qn_epoch_destroy(feed->epoch);
	qn_issues_deinit(&feed->issues);
	qn_buffer_deinit(&feed->pods_text);
	qn_buffer_deinit(&feed->tail);
	qn_digest_deinit(&feed->text);
	free(feed->order);
	free(feed->findings);
	free(feed->tallies);
	for (size_t i = 0; i < feed->templates_count; i++)
		free(feed->templates[i]->rates);
	free(feed->templates);
	free(feed->hits);
	free(feed->pod_marks);
	qn_map_deinit(&feed->pod_names);
	free(feed->lives);
	qn_map_deinit(&feed->tally_by_key);
	qn_map_deinit(&feed->tally_by_id);
	qn_map_deinit(&feed->template_by_key);
	qn_map_deinit(&feed->template_by_id);
	qn_map_deinit(&feed->asserts);
	qn_map_deinit(&feed->frames);
	qn_map_deinit(&feed->signatures);
	qn_arena_deinit(&feed->scratch);
	qn_arena_deinit(&feed->arena);
	qn_arena_deinit(&feed->names);
	free(feed);
}

/* A wrapper knows whose lines it holds better than the file's name does. */
static void meet_pods(struct qn_feed *feed, const struct qn_scanned *scanned)
{
	for (size_t i = 0; i < scanned->pods_count; i++) {
		if (feed->has_wrapper_pod && !qn_text_equal(feed->identity.pod, scanned->pods[i]))
			feed->has_many_pods = true;
		if (feed->has_wrapper_pod)
			continue;
		feed->has_wrapper_pod = true;
		feed->identity.pod = qn_arena_copy(&feed->names, scanned->pods[i]);
		feed->identity.component = qn_component_of_name(scanned->pods[i]);
	}
}

static void count_lines(struct qn_feed *feed, const struct qn_scanned *scanned)
{
	feed->lines_before += scanned->raw_lines;
	feed->lines += scanned->raw_lines;
	feed->blank_lines += scanned->blank_lines;
	feed->plain_bytes += scanned->plain_bytes;
	for (unsigned i = 0; i < QN_SCAN_FORMATS; i++)
		feed->format_lines[i] += scanned->format_lines[i];
	meet_pods(feed, scanned);
	if (!feed->identity.component.len && scanned->container.len)
		feed->identity.component = qn_component_of_name(scanned->container);
}

static void note_nuls(struct qn_feed *feed, const struct qn_block *block)
{
	uint64_t line = feed->lines_before + 1;

	for (size_t i = 0; i < block->first_nul; i++)
		line += block->data[i] == '\n';
	qn_issues_add(&feed->issues,
		      &(struct qn_issue){.source = qn_text_of(feed->source->path),
					 .line = qn_feed_line(feed, line).number,
					 .offset = block->offset + block->first_nul,
					 .has_offset = !feed->order, /* of the source as it stands */
					 .text = QN_TEXT("NUL bytes, read as blanks"),
					 .count = block->nuls});
}

struct qn_error *qn_feed_collect(struct qn_feed *feed, struct qn_feed_worker *worker,
				 const struct qn_block *block, const struct qn_scanned *scanned)
{
	if (block->is_cut)
		qn_issues_add(
			&feed->issues,
			&(struct qn_issue){
				.source = qn_text_of(feed->source->path),
				.line = qn_feed_line(feed, feed->lines_before + 1).number,
				.offset = block->offset,
				.has_offset = true,
				.text = QN_TEXT("a line longer than 1 MiB was cut to its first 512 KiB")});
	if (block->nuls && feed->kind != QN_FEED_CLOSED)
		note_nuls(feed, block);
	if (feed->kind == QN_FEED_LINES) {
		if (feed->wrapping.count)
			QN_TRY(qn_digest_add(&feed->text, scanned->text));
		QN_TRY(qn_feed_collect_lines(feed, worker, block, scanned));
	} else if (feed->kind == QN_FEED_PODS) {
		QN_TRY(qn_feed_collect_pods(feed, block));
	} else {
		feed->bytes_skipped += block->len;
	}
	count_lines(feed, scanned);
	return NULL;
}

/* Several pods in one file, one after the other or taking turns: each event is its own pod's, but in the
 * second case where a life began and ended cannot be told. */
static void forget_identity(struct qn_feed *feed)
{
	feed->identity = (struct qn_identity){0};
	if (feed->has_woven_pods)
		qn_issues_note(
			&feed->issues, qn_text_of(feed->source->path),
			"lines of several pods take turns: the lives of their processes are not told; give "
			"each pod a file");
}

struct qn_error *qn_feed_end(struct qn_feed *feed)
{
	if (feed->has_many_pods)
		forget_identity(feed);
	if (feed->kind == QN_FEED_PODS)
		QN_TRY(qn_feed_end_pods(feed));
	QN_TRY(qn_feed_flush_readers(feed));
	QN_TRY(qn_epoch_finish(feed->epoch, feed->lines));
	if (feed->has_woven_pods)
		feed->lives_count = 0;
	return NULL;
}
