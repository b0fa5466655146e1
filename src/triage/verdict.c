#include "triage/verdict.h"

#include <stdlib.h>

#include "base/hash.h"
#include "rule/build_version.h"
#include "rule/match.h"
#include "store/query.h"
#include "triage/save.h"
#include "base/banned.h"

/* Everything a verdict looks at, loaded once. */
struct judging {
	struct qn_store *store;
	const struct qn_rule_set *rules;
	struct qn_arena arena;
	struct qn_query_signature *signatures;
	size_t signatures_count;
	struct qn_query_hit *hits;
	size_t hits_count;
	struct qn_map hits_by_signature; /* signature, LF, rule -> first struct qn_query_hit * */
	struct qn_past_event *past;
	struct qn_store_evidence *past_evidence; /* beside past */
	struct qn_text *past_reasons;            /* beside past: of a restart, what ended the life before */
	size_t past_count;
};

/* A place that stands for a pod where none is known: the source. */
static struct qn_text place_of(struct qn_arena *arena, struct qn_text pod, int64_t source)
{
	return pod.len ? pod : qn_arena_printf(arena, "\001source %jd", (intmax_t)source);
}

static void add_past(struct judging *judging, enum qn_before_event event, struct qn_text place,
		     struct qn_time time, struct qn_store_evidence evidence)
{
	judging->past[judging->past_count] = (struct qn_past_event){event, place, time};
	judging->past_reasons[judging->past_count] = QN_TEXT("");
	judging->past_evidence[judging->past_count++] = evidence;
}

static bool is_one_of(struct qn_text text, const char *const *words)
{
	for (; *words; words++)
		if (qn_text_equal(text, qn_text_of(*words)))
			return true;
	return false;
}

static const char *const no_ends[] = {"", "unknown", "running", NULL};

static void add_life(struct judging *judging, const struct qn_store_process *life,
		     const struct qn_store_process *before)
{
	static const char *const kills[] = {"killed", "oom-killed", NULL};
	struct qn_text place = place_of(&judging->arena, life->pod, life->source);
	char time[QN_TIME_BYTES];

	if (is_one_of(life->end, kills))
		add_past(judging, QN_BEFORE_POD_KILLED, place, life->ended,
			 (struct qn_store_evidence){
				 life->source, life->last_line,
				 qn_arena_printf(&judging->arena, "%.*s without last words, last seen %s",
						 QN_ARG(life->end), qn_time_format(life->ended, time))});
	if (before && !is_one_of(before->end, no_ends)) {
		add_past(judging, QN_BEFORE_RESTARTED, place, life->started,
			 (struct qn_store_evidence){life->source, life->first_line,
						    qn_arena_printf(&judging->arena, "started again %s",
								    qn_time_format(life->started, time))});
		judging->past_reasons[judging->past_count - 1] = before->end_evidence;
	}
}

/* Restarts that the logs themselves explain: one for each life of the pod that is known to have ended. Of a
 * pod whose logs tell no life, the event that is asked about explains one. */
static int64_t count_ends(const struct qn_query_process *lives, size_t count, struct qn_text pod)
{
	int64_t ends = 0;

	for (size_t i = 0; i < count; i++)
		ends += qn_text_equal(lives[i].row.pod, pod) && !is_one_of(lives[i].row.end, no_ends);
	return ends ? ends : 1;
}

/* The lives of one place stand together, as they followed each other. */
static int compare_places(const void *a, const void *b)
{
	const struct qn_query_process *left = a, *right = b;
	int order = qn_text_compare(left->place, right->place);

	if (!order)
		order = qn_time_compare(left->row.started, right->row.started);
	return order ? order : qn_text_compare(left->row.id, right->row.id);
}

static struct qn_error *load_past(struct judging *judging)
{
	struct qn_query_process *lives;
	struct qn_query_pod *pods;
	size_t lives_count, pods_count, most;

	QN_TRY(qn_query_processes(judging->store, &judging->arena, &lives, &lives_count));
	QN_TRY(qn_query_pods(judging->store, &judging->arena, &pods, &pods_count));
	if (lives_count)
		qsort(lives, lives_count, sizeof(*lives), compare_places);
	most = lives_count * 2 + pods_count + 1;
	judging->past = qn_arena_alloc(&judging->arena, most * sizeof(*judging->past));
	judging->past_evidence = qn_arena_alloc(&judging->arena, most * sizeof(*judging->past_evidence));
	judging->past_reasons = qn_arena_alloc(&judging->arena, most * sizeof(*judging->past_reasons));
	if (!judging->past || !judging->past_evidence || !judging->past_reasons)
		return &qn_error_no_memory;
	for (size_t i = 0; i < lives_count; i++) {
		const struct qn_store_process *before = i ? &lives[i - 1].row : NULL;
		struct qn_text place = place_of(&judging->arena, lives[i].row.pod, lives[i].row.source);

		if (before && !qn_text_equal(place_of(&judging->arena, before->pod, before->source), place))
			before = NULL;
		add_life(judging, &lives[i].row, before);
	}
	for (size_t i = 0; i < pods_count; i++) {
		const struct qn_store_pod *pod = &pods[i].row;

		if (pod->restarts > count_ends(lives, lives_count, pod->name))
			add_past(judging, QN_BEFORE_RESTARTED, pod->name, (struct qn_time){0},
				 (struct qn_store_evidence){
					 pod->source, pod->line,
					 qn_arena_printf(&judging->arena, "%.*s: %jd restarts",
							 QN_ARG(pod->name), (intmax_t)pod->restarts)});
	}
	return qn_arena_check(&judging->arena);
}

static struct qn_text hit_key(struct qn_arena *arena, struct qn_text signature, struct qn_text rule)
{
	return qn_arena_printf(arena, "%.*s\n%.*s", QN_ARG(signature), QN_ARG(rule));
}

static struct qn_error *load(struct judging *judging)
{
	QN_TRY(qn_query_signatures(judging->store, &judging->arena, &judging->signatures,
				   &judging->signatures_count));
	QN_TRY(qn_query_hits(judging->store, &judging->arena, &judging->hits, &judging->hits_count));
	for (size_t i = 0; i < judging->hits_count; i++) {
		const struct qn_store_hit *hit = &judging->hits[i].row;
		struct qn_text key;

		if (!hit->signature.len)
			continue;
		key = hit_key(&judging->arena, hit->signature, hit->rule);
		if (!key.data)
			return &qn_error_no_memory;
		if (!qn_map_find(&judging->hits_by_signature, key))
			QN_TRY(qn_map_put(&judging->hits_by_signature, key, &judging->hits[i]));
	}
	return load_past(judging);
}

/* The stack as the rules want to see it, from what is stored. */
static struct qn_stack stack_of(const struct qn_query_signature *signature,
				const struct qn_query_occurrence *occurrence)
{
	struct qn_stack stack = {
		.signal = signature->row.signal,
		.message = occurrence->row.message,
		.exception = occurrence->row.exception,
		.has_fault_address = occurrence->row.has_fault_address,
		.fault_address = occurrence->row.fault_address,
		.frames = signature->frames,
		.frames_count = signature->frames_count,
		.executor = {.kind = signature->row.executor_kind,
			     .pool = signature->row.executor_pool,
			     .task = signature->row.executor_task},
	};

	if (!qn_kind_of_name(signature->row.kind, &stack.kind))
		stack.kind = QN_KIND_ERROR;
	return stack;
}

/* What a rule says of a signature. Only the builds of events that fulfil it count. */
struct judgement {
	bool holds;
	bool is_fix_missing, is_fix_present; /* in one of the builds */
};

static void add_build(struct judgement *judgement, const struct qn_rule *rule, struct qn_text version)
{
	enum qn_fix fix = qn_build_fix_status(version, rule->fixed_in, rule->fixed_in_count);

	judgement->is_fix_missing |= fix == QN_FIX_UPGRADE;
	judgement->is_fix_present |= fix == QN_FIX_PRESENT;
}

static struct qn_error *add_stack_hit(struct judging *judging, const struct qn_rule *rule,
				      const struct qn_store_occurrence *occurrence, struct qn_text title,
				      const struct qn_past_event *cause)
{
	struct qn_store_evidence evidence[2] = {{occurrence->source, occurrence->line, title}};
	size_t count = 1;

	if (cause)
		evidence[count++] = judging->past_evidence[cause - judging->past];
	return qn_store_add_hit(judging->store,
				&(struct qn_store_hit){.rule = rule->id,
						       .cre_id = rule->id,
						       .title = rule->title,
						       .category = rule->category,
						       .severity = rule->severity,
						       .confidence = rule->confidence,
						       .source = occurrence->source,
						       .line = occurrence->line,
						       .time = occurrence->time,
						       .signature = occurrence->signature,
						       .is_judged = true},
				evidence, count);
}

/* A process that crashes, is started again and crashes in the same way was restarted by what the rule asks
 * about: that says nothing of what came before. */
static bool is_own_restart(const struct judging *judging, const struct qn_rule *rule,
			   const struct qn_past_event *event)
{
	struct qn_text reason = judging->past_reasons[event - judging->past];

	for (size_t i = 0; i < judging->signatures_count && reason.len; i++) {
		const struct qn_query_signature *signature = &judging->signatures[i];
		struct qn_stack stack = stack_of(signature, &(struct qn_query_occurrence){0});

		if (qn_text_equal(signature->row.title, reason) && qn_rule_stack_holds(rule, &stack))
			return true;
	}
	return false;
}

static bool happened_before(const struct judging *judging, const struct qn_rule *rule,
			    const struct qn_store_occurrence *occurrence, struct qn_text place,
			    const struct qn_past_event **ret_cause)
{
	const struct qn_past_event *end = judging->past + judging->past_count;

	*ret_cause = NULL;
	for (const struct qn_past_event *at = judging->past; at <= end; at = *ret_cause + 1) {
		if (!qn_rule_before_holds(rule, place, occurrence->time, at, (size_t)(end - at), ret_cause))
			return false;
		if (!*ret_cause || !is_own_restart(judging, rule, *ret_cause))
			return true;
	}
	return false;
}

/* A rule that looks at the stack (and at the past): every occurrence that fulfils it is a hit. */
static struct qn_error *judge_stack(struct judging *judging, const struct qn_rule *rule,
				    const struct qn_query_signature *signature,
				    const struct qn_query_occurrence *occurrences, size_t count,
				    struct judgement *ret)
{
	if (rule->terms_count &&
	    !qn_map_find(&judging->hits_by_signature, hit_key(&judging->arena, signature->row.id, rule->id)))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const struct qn_store_occurrence *occurrence = &occurrences[i].row;
		struct qn_stack stack = stack_of(signature, &occurrences[i]);
		struct qn_text place = place_of(&judging->arena, occurrence->pod, occurrence->source);
		const struct qn_past_event *cause = NULL;

		if (!qn_rule_fits_component(rule, occurrence->component) ||
		    !qn_rule_stack_holds(rule, &stack) ||
		    !happened_before(judging, rule, occurrence, place, &cause))
			continue;
		ret->holds = true;
		add_build(ret, rule, occurrence->version);
		QN_TRY(add_stack_hit(judging, rule, occurrence, signature->row.title, cause));
	}
	return NULL;
}

static enum qn_fix fix_of(const struct qn_rule *rule, const struct judgement *judgement)
{
	if (!rule->fixed_in_count)
		return rule->is_open ? QN_FIX_OPEN : QN_FIX_UNKNOWN;
	if (judgement->is_fix_missing)
		return QN_FIX_UPGRADE;
	return judgement->is_fix_present ? QN_FIX_PRESENT : QN_FIX_UNKNOWN;
}

/* The surer rule wins; of equally sure ones the one that looks at the stack, then the smaller id (they come
 * in order). */
static bool is_better(const struct qn_rule *rule, const struct qn_rule *best)
{
	if (!best || rule->confidence > best->confidence)
		return true;
	return rule->confidence == best->confidence && rule->stack.is_given && !best->stack.is_given;
}

/* A rule of text alone: the lines that hit it were found while they were read. */
static void judge_text(const struct judging *judging, const struct qn_rule *rule,
		       const struct qn_query_signature *signature, struct qn_text key, struct judgement *ret)
{
	ret->holds = qn_map_find(&judging->hits_by_signature, key) != NULL;
	for (size_t i = 0; i < signature->versions_count; i++)
		add_build(ret, rule, signature->versions[i]);
}

static struct qn_error *find_best(struct judging *judging, const struct qn_query_signature *signature,
				  const struct qn_rule **ret, struct judgement *ret_judgement)
{
	struct qn_query_occurrence *occurrences = NULL;
	size_t count = 0;
	bool is_failure = !qn_text_equal(signature->row.kind, QN_TEXT("error"));

	if (is_failure)
		QN_TRY(qn_query_occurrences(judging->store, &judging->arena, signature->row.id, 0,
					    &occurrences, &count));
	for (size_t i = 0; i < qn_rule_set_count(judging->rules); i++) {
		const struct qn_rule *rule = qn_rule_set_get(judging->rules, i);
		struct judgement judgement = {0};

		if (!rule->is_failure)
			continue;
		if (!rule->stack.is_given)
			judge_text(judging, rule, signature,
				   hit_key(&judging->arena, signature->row.id, rule->id), &judgement);
		else if (is_failure)
			QN_TRY(judge_stack(judging, rule, signature, occurrences, count, &judgement));
		if (!judgement.holds || !is_better(rule, *ret))
			continue;
		*ret = rule;
		*ret_judgement = judgement;
	}
	return NULL;
}

static struct qn_error *judge(struct judging *judging, const struct qn_query_signature *signature)
{
	const struct qn_rule *best = NULL;
	struct judgement judgement = {0};

	QN_TRY(find_best(judging, signature, &best, &judgement));
	if (!best)
		return NULL;
	return qn_store_add_verdict(judging->store,
				    &(struct qn_store_verdict){
					    .signature = signature->row.id,
					    .rule = best->id,
					    .issue = best->issue,
					    .url = best->url,
					    .title = best->title,
					    .fix = qn_text_of(qn_fix_name(fix_of(best, &judgement))),
					    .advice = best->advice,
					    .fixed_in = best->fixed_in,
					    .fixed_in_count = best->fixed_in_count,
					    .confidence = best->confidence,
				    });
}

static struct qn_error *judge_all(struct judging *judging)
{
	QN_TRY(qn_store_clear_verdicts(judging->store)); /* with the hits that were judged */
	QN_TRY(qn_lives_decide(judging->store));
	QN_TRY(load(judging));
	for (size_t i = 0; i < judging->signatures_count; i++)
		QN_TRY(judge(judging, &judging->signatures[i]));
	return qn_arena_check(&judging->arena);
}

struct qn_error *qn_verdict_judge(struct qn_store *store, const struct qn_rule_set *rules)
{
	struct judging judging = {.store = store, .rules = rules};
	struct qn_error *error = judge_all(&judging);

	qn_map_deinit(&judging.hits_by_signature);
	qn_arena_deinit(&judging.arena);
	return error;
}

struct qn_error *qn_verdict_update(struct qn_store *store, const struct qn_rule_set *rules)
{
	struct qn_error *error;

	QN_TRY(qn_store_begin(store));
	error = qn_verdict_judge(store, rules);
	if (!error)
		error = qn_store_commit(store);
	if (error)
		qn_store_rollback(store);
	return error;
}
