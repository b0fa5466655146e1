#include "triage/save.h"

#include <stdlib.h>

#include "base/limits.h"
#include "record/format.h"
#include "base/banned.h"

void qn_saved_deinit(struct qn_saved *saved)
{
	free(saved->lives);
	free(saved->pods);
	free(saved->sources);
	qn_arena_deinit(&saved->arena);
	*saved = (struct qn_saved){0};
}

/* The lines of one report of an event. */
struct span {
	uint64_t first, last;
	const struct qn_finding *finding;
};

/* Where the rows of one feed go. */
struct saving {
	struct qn_feed *feed;
	struct qn_saved *saved;
	struct qn_store *store;
	struct qn_text content;
	struct qn_text text; /* what tells one log from another, whatever it is wrapped in */
	struct qn_text pod, component;
	int64_t source;
	struct qn_text *life_ids;
	struct span *spans;
	size_t spans_count;
	struct qn_map told; /* id of an occurrence -> struct told * */
};

/* An occurrence's id that was given out, and for which life last. */
struct told {
	size_t life;
	uint64_t lives; /* before that one */
};

static struct qn_text id_text(struct qn_arena *arena, const char *prefix, unsigned digits,
			      const struct qn_hasher *hasher)
{
	char hex[33];

	qn_hash_hex(qn_hasher_result(hasher), digits, hex);
	return qn_arena_printf(arena, "%s%s", prefix, hex);
}

static struct qn_text copy(struct saving *saving, struct qn_text text)
{
	return qn_arena_copy(&saving->saved->arena, text);
}

static uint64_t source_lines(const struct qn_feed *feed)
{
	if (feed->kind == QN_FEED_CLOSED)
		return 0;
	return feed->lines_in_pieces ? feed->lines_in_pieces : feed->lines;
}

static struct qn_error *save_source(struct saving *saving, uint64_t size_bytes)
{
	static const struct qn_format *const names[QN_SCAN_FORMATS] = {
		[QN_SCAN_ZAP] = &qn_format_zap,
		[QN_SCAN_GLOG] = &qn_format_glog,
		[QN_SCAN_EASYLOGGING] = &qn_format_easylogging,
		[QN_SCAN_GO_STD] = &qn_format_go_std,
		[QN_SCAN_PLAIN] = &qn_format_plain,
	};
	struct qn_feed *feed = saving->feed;
	struct qn_arena *arena = &saving->saved->arena;
	struct qn_store_format_count *formats = qn_arena_alloc(arena, QN_SCAN_FORMATS * sizeof(*formats));
	_cleanup_(qn_buffer_deinit) struct qn_buffer wrappers = {0};
	uint64_t records = 0, plain = feed->format_lines[QN_SCAN_PLAIN];
	struct qn_saved *saved = saving->saved;
	struct qn_store_source *row;

	QN_TRY(qn_array_reserve(&saved->sources, &saved->sources_capacity, saved->sources_count + 1,
				sizeof(*saved->sources)));
	row = &saved->sources[saved->sources_count++];
	for (unsigned i = 0; i < feed->wrapping.count; i++)
		qn_buffer_printf(&wrappers, "%s%s", i ? "," : "", feed->wrapping.layers[i]->name);
	QN_TRY(qn_buffer_check(&wrappers));
	*row = (struct qn_store_source){
		.path = copy(saving, qn_text_of(feed->source->path)),
		.content = saving->content,
		.text = saving->text,
		.kind = feed->kind_name,
		.wrappers = copy(saving, qn_buffer_text(&wrappers)),
		.formats = formats,
		.component = saving->component,
		.pod = saving->pod,
		.size_bytes = size_bytes,
		.lines = source_lines(feed),
		.issues = feed->issues.count + feed->issues.left_out,
		.bytes_not_understood = feed->bytes_skipped,
	};
	QN_TRY(qn_arena_check(arena));
	if (feed->kind == QN_FEED_LINES) {
		for (unsigned i = 0; i < QN_SCAN_FORMATS; i++) {
			if (i != QN_SCAN_PLAIN)
				records += feed->format_lines[i];
			if (feed->format_lines[i])
				formats[row->formats_count++] = (struct qn_store_format_count){
					qn_text_of(names[i]->name), feed->format_lines[i]};
		}
		row->records = records;
		row->lines_not_understood = plain > feed->taken_lines ? plain - feed->taken_lines : 0;
		row->bytes_not_understood =
			feed->plain_bytes > feed->taken_bytes ? feed->plain_bytes - feed->taken_bytes : 0;
	}
	if (feed->kind == QN_FEED_CLOSED)
		row->bytes_not_understood = size_bytes;
	return qn_store_add_source(saving->store, row, &saving->source);
}

/* Whose line it is, where one source holds several pods'; "" otherwise. */
static struct qn_text pod_at(const struct qn_feed *feed, uint64_t line)
{
	size_t low = 0, high = feed->has_many_pods ? feed->pod_marks_count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (feed->pod_marks[middle].line <= line)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? feed->pod_marks[low - 1].pod : QN_TEXT("");
}

static struct qn_error *keep_life(struct saving *saving, const struct qn_life *life, size_t index)
{
	struct qn_saved *saved = saving->saved;
	struct qn_arena *arena = &saved->arena;
	struct qn_text told = pod_at(saving->feed, life->first_line);
	struct qn_text pod = told.len ? copy(saving, told) : saving->pod;
	struct qn_text component = life->component.len ? life->component
				   : told.len          ? qn_component_of_name(told)
						       : saving->component;
	struct qn_place lines = {life->first_line, life->last_line, 0};
	struct qn_store_process *kept;
	struct qn_hasher hasher;

	QN_TRY(qn_array_reserve(&saved->lives, &saved->lives_capacity, saved->lives_count + 1,
				sizeof(*saved->lives)));
	lines = qn_feed_place(saving->feed, lines);
	kept = &saved->lives[saved->lives_count++];
	*kept = (struct qn_store_process){
		.component = copy(saving, component),
		.pod = pod,
		.version = copy(saving, life->version.len ? life->version : saving->feed->options->build),
		.commit = copy(saving, life->commit),
		.started = life->started,
		.ended = life->ended,
		.end = copy(saving, life->end),
		.end_evidence = copy(saving, qn_text_first(life->end_evidence, QN_EVIDENCE_BYTES_MAX)),
		.source = saving->source,
		.first_line = lines.line,
		.last_line = lines.last_line,
		.has_banner = life->has_banner,
		.is_previous = saving->feed->identity.is_previous,
	};
	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, pod.len ? pod : saving->content);
	qn_hasher_add(&hasher, kept->version);
	qn_hasher_add_u64(&hasher, life->started.is_known ? (uint64_t)life->started.nsec : life->first_line);
	kept->id = id_text(arena, "P-", 12, &hasher);
	saving->life_ids[index] = kept->id;
	if (life->ended.is_known && (!saved->last_time.is_known || saved->last_time.nsec < life->ended.nsec))
		saved->last_time = life->ended;
	return qn_arena_check(arena);
}

/* The life that was going on at @line; NULL when none is known. */
static const struct qn_life *life_at(const struct qn_feed *feed, uint64_t line, size_t *ret_index)
{
	size_t low = 0, high = feed->lives_count;

	while (low < high) { /* they come in the order of their lines */
		size_t middle = low + (high - low) / 2;

		if (feed->lives[middle].first_line <= line)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_index = low - 1;
	return low ? &feed->lives[low - 1] : NULL;
}

static struct qn_error *save_signature(struct saving *saving, const struct qn_signature *signature,
				       const struct qn_stack *stack, struct qn_text component)
{
	const struct qn_executor *executor = stack ? &stack->executor : NULL;

	return qn_store_add_signature(saving->store,
				      &(struct qn_store_signature){
					      .id = signature->id,
					      .family = signature->family,
					      .kind = qn_text_of(qn_kind_name(signature->kind)),
					      .title = signature->title,
					      .signal = signature->signal,
					      .reason = signature->reason,
					      .component = component,
					      .executor_kind = executor ? executor->kind : QN_TEXT(""),
					      .executor_pool = executor ? executor->pool : QN_TEXT(""),
					      .executor_task = executor ? executor->task : QN_TEXT(""),
					      .confidence = signature->confidence,
				      });
}

/* The id of an event is its content. A crash loop may print the same text in each life, without a time: from
 * the second life on its number is a part of the id. */
static struct qn_error *make_id(struct saving *saving, const struct qn_finding *finding, struct qn_text pod,
				struct qn_text evidence, size_t life, struct qn_text *ret)
{
	struct qn_arena *arena = &saving->feed->arena;
	struct qn_time time = finding->stack->time;
	struct qn_hasher hasher;
	struct told *told;

	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, finding->signature.id);
	qn_hasher_add(&hasher, evidence);
	qn_hasher_add_u64(&hasher, time.is_known ? (uint64_t)time.nsec : 0);
	qn_hasher_add(&hasher, pod);
	*ret = id_text(arena, "O-", 16, &hasher);
	QN_TRY(qn_arena_check(arena));
	told = qn_map_find(&saving->told, *ret);
	if (!told) {
		told = qn_arena_alloc(arena, sizeof(*told));
		if (!told)
			return &qn_error_no_memory;
		told->life = life;
		return qn_map_put(&saving->told, *ret, told);
	}
	told->lives += told->life != life;
	told->life = life;
	if (told->lives) {
		qn_hasher_add_u64(&hasher, told->lives);
		*ret = id_text(arena, "O-", 16, &hasher);
	}
	return qn_arena_check(arena);
}

static struct qn_error *save_finding(struct saving *saving, const struct qn_finding *finding)
{
	const struct qn_stack *stack = finding->stack;
	struct qn_arena *arena = &saving->feed->arena;
	uint64_t line = stack->places_count ? stack->places[0].line : 0;
	struct qn_place place = qn_feed_place(saving->feed, stack->places[0]);
	size_t index = 0;
	const struct qn_life *life = life_at(saving->feed, line, &index);
	struct qn_text told = finding->pod.len ? finding->pod : pod_at(saving->feed, line);
	struct qn_text pod = told.len ? told : saving->pod, component = saving->component;
	struct qn_hash128 evidence = stack->evidence;
	char stack_id[33] = "", evidence_hex[33];
	struct qn_hasher hasher;
	struct qn_text id;

	if (told.len)
		component = qn_component_of_name(told);
	else if (life && life->component.len)
		component = life->component;
	if (!evidence.high && !evidence.low) { /* a fact of a pod: there is no text of its own */
		qn_hasher_init(&hasher);
		qn_hasher_add(&hasher, pod.len ? pod : saving->content);
		qn_hasher_add(&hasher, stack->message);
		evidence = qn_hasher_result(&hasher);
	}
	qn_hash_hex(evidence, 32, evidence_hex);
	QN_TRY(make_id(saving, finding, pod, qn_text_of(evidence_hex), life ? index : SIZE_MAX, &id));
	QN_TRY(save_signature(saving, &finding->signature, stack, component));
	if (stack->frames_count)
		QN_TRY(qn_store_add_stack(saving->store, stack->frames, stack->frames_count, stack_id));
	QN_TRY(qn_store_add_occurrence(
		saving->store,
		&(struct qn_store_occurrence){
			.id = id,
			.signature = finding->signature.id,
			.stack = qn_text_of(stack_id),
			.evidence = qn_text_of(evidence_hex),
			.source = saving->source,
			.line = place.line,
			.last_line = place.last_line,
			.offset = place.offset,
			.time = stack->time,
			.thread = stack->thread,
			.pod = pod,
			.component = component,
			.process = life ? saving->life_ids[index] : QN_TEXT(""),
			.version = life && life->version.len ? life->version : saving->feed->options->build,
			.message = stack->message,
			.exception = stack->exception,
			.goroutine = stack->goroutine,
			.fault_address = stack->fault_address,
			.has_fault_address = stack->has_fault_address,
			.damage = qn_join_damage(arena, stack),
			.others = qn_join_others(arena, stack),
		}));
	for (size_t i = 1; i < stack->places_count; i++)
		QN_TRY(qn_store_add_place(saving->store, id, saving->source,
					  qn_feed_line(saving->feed, stack->places[i].line).number));
	return qn_arena_check(arena);
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

/* Where the events with a stack of their own stand, by line. */
static struct qn_error *index_spans(struct saving *saving)
{
	const struct qn_feed *feed = saving->feed;

	saving->spans = calloc(feed->findings_count * QN_PLACES_MAX + 1, sizeof(*saving->spans));
	if (!saving->spans)
		return &qn_error_no_memory;
	for (size_t i = 0; i < feed->findings_count; i++) {
		const struct qn_stack *stack = feed->findings[i].stack;

		for (size_t k = 0; k < stack->places_count && stack->kind != QN_KIND_ERROR; k++)
			saving->spans[saving->spans_count++] = (struct span){
				stack->places[k].line, stack->places[k].last_line, &feed->findings[i]};
	}
	qsort(saving->spans, saving->spans_count, sizeof(*saving->spans), compare_spans);
	return NULL;
}

/* The event whose lines hold @line; NULL: none. Two events hardly ever overlap: a few neighbours are looked
 * at. */
static const struct qn_finding *finding_at(const struct saving *saving, uint64_t line)
{
	size_t low = 0, high = saving->spans_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (saving->spans[middle].first <= line)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; i < 8 && low; i++)
		if (saving->spans[--low].last >= line)
			return saving->spans[low].finding;
	return NULL;
}

/* A rule with a stack condition as well is hit only where the same event's stack fulfils it. */
static struct qn_error *save_hit(struct saving *saving, const struct qn_feed_hit *hit)
{
	const struct qn_rule *rule = qn_rule_set_get(saving->feed->options->rules, hit->rule);
	const struct qn_finding *finding = hit->signature.len ? NULL : finding_at(saving, hit->line);
	uint64_t line = qn_feed_line(saving->feed, hit->line).number;
	struct qn_store_evidence evidence = {.source = saving->source, .line = line, .text = hit->text};

	if (!qn_rule_fits_component(rule, saving->component))
		return NULL;
	if (rule->stack.is_given && (!finding || !qn_rule_stack_holds(rule, finding->stack)))
		return NULL;
	return qn_store_add_hit(saving->store,
				&(struct qn_store_hit){
					.rule = rule->id,
					.cre_id = rule->id,
					.title = rule->title,
					.category = rule->category,
					.severity = rule->severity,
					.confidence = rule->confidence,
					.source = saving->source,
					.line = line,
					.time = hit->time,
					.signature = finding ? finding->signature.id : hit->signature,
				},
				&evidence, 1);
}

static struct qn_error *save_tally(struct saving *saving, const struct qn_tally *tally)
{
	QN_TRY(save_signature(saving, &tally->signature, NULL, saving->component));
	return qn_store_add_signature_tally(saving->store,
					    &(struct qn_store_tally){.signature = tally->signature.id,
								     .source = saving->source,
								     .count = tally->count,
								     .first = tally->first,
								     .last = tally->last});
}

static struct qn_error *save_template(struct saving *saving, const struct qn_template_count *counted)
{
	QN_TRY(qn_store_add_template(saving->store,
				     &(struct qn_store_template){
					     .id = counted->template.id,
					     .level = qn_text_of(qn_level_name(counted->template.level)),
					     .text = counted->template.text,
					     .call_site = counted->template.call_site,
					     .source = saving->source,
					     .count = counted->count,
					     .first = counted->first,
					     .last = counted->last,
				     }));
	return qn_rates_save(saving->feed, counted, saving->store, saving->source);
}

static struct qn_error *keep_pod(struct saving *saving, const struct qn_pod_fact *fact)
{
	struct qn_saved *saved = saving->saved;

	if (!fact->name.len)
		return NULL;
	QN_TRY(qn_array_reserve(&saved->pods, &saved->pods_capacity, saved->pods_count + 1,
				sizeof(*saved->pods)));
	saved->pods[saved->pods_count++] = (struct qn_store_pod){
		.name = copy(saving, fact->name),
		.component = copy(saving, fact->component),
		.last_state = copy(saving, fact->last_state),
		.reason = copy(saving, fact->reason),
		.restarts = fact->restarts,
		.exit_code = fact->exit_code,
		.source = saving->source,
		.line = fact->line,
	};
	return qn_arena_check(&saved->arena);
}

static struct qn_error *save_rows(struct saving *saving)
{
	struct qn_feed *feed = saving->feed;

	for (size_t i = 0; i < feed->lives_count; i++)
		QN_TRY(keep_life(saving, &feed->lives[i], i));
	for (size_t i = 0; i < feed->findings_count; i++)
		QN_TRY(save_finding(saving, &feed->findings[i]));
	for (size_t i = 0; i < feed->tallies_count; i++)
		if (feed->tallies[i]->count)
			QN_TRY(save_tally(saving, feed->tallies[i]));
	for (size_t i = 0; i < feed->templates_count; i++)
		QN_TRY(save_template(saving, feed->templates[i]));
	for (size_t i = 0; i < feed->hits_count; i++)
		QN_TRY(save_hit(saving, &feed->hits[i]));
	for (size_t i = 0; i < feed->pods_count; i++)
		QN_TRY(keep_pod(saving, &feed->pods[i]));
	for (size_t i = 0; i < feed->issues.count; i++)
		QN_TRY(qn_store_add_issue(saving->store, saving->source, &feed->issues.items[i]));
	return NULL;
}

struct qn_error *qn_feed_save(struct qn_feed *feed, struct qn_hash128 content, uint64_t size_bytes,
			      struct qn_saved *saved)
{
	struct saving saving = {.feed = feed, .saved = saved, .store = feed->options->store};
	_cleanup_free_ struct qn_text *life_ids = calloc(feed->lives_count + 1, sizeof(*life_ids));
	struct qn_error *error;
	char hex[33];

	if (!life_ids)
		return &qn_error_no_memory;
	saving.life_ids = life_ids;
	qn_hash_hex(content, 32, hex);
	saving.content = saving.text = copy(&saving, qn_text_of(hex));
	if (feed->text.state) {
		qn_hash_hex(qn_digest_result(&feed->text), 32, hex);
		saving.text = copy(&saving, qn_text_of(hex));
	}
	saving.pod = copy(&saving, feed->identity.pod);
	saving.component = feed->identity.component;
	for (size_t i = 0; i < feed->lives_count && !feed->has_many_pods; i++)
		if (feed->lives[i].component.len)
			saving.component = feed->lives[i].component; /* a banner knows best */
	saving.component = copy(&saving, saving.component);
	saved->lines += source_lines(feed);
	saved->bytes += size_bytes;
	saved->issues += feed->issues.count + feed->issues.left_out;
	QN_TRY(save_source(&saving, size_bytes));
	QN_TRY(index_spans(&saving));
	error = save_rows(&saving);
	free(saving.spans);
	qn_map_deinit(&saving.told);
	return error;
}
