#include "stack/pool_verdict.h"

#include <stdlib.h>

#include "stack/postmortem_parts.h"

#include "base/banned.h"

#define IDS_MAX 8U      /* thread ids that a sentence names */
#define NAMES_MAX 3U    /* functions that it names */
#define JOINERS_MAX 64U /* threads that wait for the end of a pool and are looked at */

/* What the workers of one pool wait for, beside their counts. */
struct tally {
	size_t futures, promises, tasks; /* tasks: workers with one */
	const size_t *workers;           /* threads, by tid */
	size_t workers_count;
};

struct judge {
	struct qn_postmortem *postmortem;
	struct tally *tallies;    /* by pool */
	size_t busy_pools;        /* pools with a worker that runs or is about to */
	bool has_running_threads; /* outside of the pools */
	size_t joiners[JOINERS_MAX];
	size_t joiners_count;
};

static const struct qn_pm_stack *stack_of(const struct qn_postmortem *postmortem, size_t thread)
{
	return &postmortem->stacks[postmortem->threads[thread].stack];
}

static bool is_in_task(const struct qn_pm_stack *stack)
{
	return stack->stack.executor.state == QN_WORKER_BUSY;
}

/* "CPUThreadPoolExecutor" of folly::CPUThreadPoolExecutor::~CPUThreadPoolExecutor; the base class where no
 * frame tells more; empty: none. */
static struct qn_text joined_kind(const struct qn_pm_stack *stack)
{
	struct qn_text best = {0};

	for (size_t i = 0; i < stack->stack.frames_count; i++) {
		const struct qn_frame *frame = &stack->stack.frames[i];
		struct qn_text kind = qn_text_from(frame->key, 7);

		if (frame->role == QN_ROLE_USER)
			break;
		if (!qn_text_starts(frame->key, QN_TEXT("folly::")))
			continue;
		kind = qn_text_first(kind, qn_text_find(kind, QN_TEXT("::")));
		if (!qn_text_ends(kind, QN_TEXT("ThreadPoolExecutor")) ||
		    qn_text_ends(frame->key, QN_TEXT("::threadRun")) ||
		    qn_text_ends(frame->key, QN_TEXT("::runTask")))
			continue;
		if (kind.len > best.len)
			best = kind;
	}
	return best;
}

static bool has_frame(const struct qn_pm_stack *stack, struct qn_text word)
{
	for (size_t i = 0; i < stack->stack.frames_count; i++)
		if (qn_text_contains(stack->stack.frames[i].key, word))
			return true;
	return false;
}

static bool may_be_kind(struct qn_text joined, struct qn_text kind)
{
	return joined.len == 0 || qn_text_equal(joined, kind) ||
	       qn_text_equal(joined, QN_TEXT("ThreadPoolExecutor")) ||
	       qn_text_equal(kind, QN_TEXT("ThreadPoolExecutor"));
}

static bool may_join(const struct qn_postmortem *postmortem, size_t thread, const struct qn_pm_pool *pool)
{
	uint64_t joins = postmortem->threads[thread].joins;

	if (joins && pool->address)
		return joins == pool->address;
	return may_be_kind(joined_kind(stack_of(postmortem, thread)), pool->kind);
}

/* By address; or because no worker of its kind is left whose end it could wait for. */
bool qn_pm_joins_itself(const struct qn_postmortem *postmortem, size_t thread)
{
	const struct qn_pm_thread *worker = &postmortem->threads[thread];
	const struct qn_pm_stack *stack = stack_of(postmortem, thread);
	size_t candidates = 0;

	if (stack->wait != QN_WAIT_POOL || !is_in_task(stack) || worker->pool == SIZE_MAX)
		return false;
	if (worker->joins && postmortem->pools[worker->pool].address)
		return worker->joins == postmortem->pools[worker->pool].address;
	for (size_t i = 0; i < postmortem->pools_count; i++) {
		const struct qn_pm_pool *pool = &postmortem->pools[i];

		if (may_join(postmortem, thread, pool))
			candidates += pool->idle + pool->running + pool->blocked + pool->between;
	}
	return may_join(postmortem, thread, &postmortem->pools[worker->pool]) && candidates == 1;
}

/* Threads as sentences name them
 * ------------------------------------------------------------------------------------ */

static void say_thread(struct qn_buffer *out, const struct qn_postmortem *postmortem, size_t thread)
{
	qn_buffer_printf(out, "%llu", (unsigned long long)postmortem->threads[thread].tid);
}

/* "(threads 12, 13 and 2 more)" of the pool's that are so */
static void say_threads(struct qn_buffer *out, const struct judge *judge, size_t pool,
			enum qn_thread_activity activity, size_t count)
{
	const struct tally *tally = &judge->tallies[pool];
	size_t said = 0;

	qn_buffer_append_string(out, count == 1 ? " (thread " : " (threads ");
	for (size_t i = 0; i < tally->workers_count && said < IDS_MAX; i++) {
		if (stack_of(judge->postmortem, tally->workers[i])->activity != activity)
			continue;
		if (said++)
			qn_buffer_append_string(out, ", ");
		say_thread(out, judge->postmortem, tally->workers[i]);
	}
	if (count > said)
		qn_buffer_printf(out, " and %zu more", count - said);
	qn_buffer_append_string(out, ")");
}

/* The application's function, else the task, else what it is at. */
static struct qn_text name_work(const struct qn_pm_stack *stack)
{
	size_t first = qn_stack_first_user(&stack->stack);

	if (stack->stack.executor.task.len)
		return stack->stack.executor.task;
	return first != SIZE_MAX ? stack->stack.frames[first].key : (struct qn_text){0};
}

/* ", called from f, g": of the pool's blocked or running workers */
static void say_functions(struct qn_buffer *out, const struct judge *judge, size_t pool,
			  enum qn_thread_activity activity, const char *before)
{
	const struct tally *tally = &judge->tallies[pool];
	struct qn_text names[NAMES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < tally->workers_count && count < NAMES_MAX; i++) {
		const struct qn_pm_stack *stack = stack_of(judge->postmortem, tally->workers[i]);
		struct qn_text name = name_work(stack);
		size_t k = 0;

		if (stack->activity != activity || !name.len)
			continue;
		while (k < count && !qn_text_equal(names[k], name))
			k++;
		if (k == count)
			names[count++] = name;
	}
	for (size_t k = 0; k < count; k++)
		qn_buffer_printf(out, "%s%.*s", k ? ", " : before, QN_ARG(names[k]));
}

/* What most of the blocked ones wait for: the words of the first. */
static struct qn_text wait_words(const struct judge *judge, size_t pool)
{
	const struct tally *tally = &judge->tallies[pool];

	for (size_t i = 0; i < tally->workers_count; i++) {
		const struct qn_pm_stack *stack = stack_of(judge->postmortem, tally->workers[i]);

		if (stack->activity != QN_ACTIVITY_BLOCKED)
			continue;
		return qn_text_first(stack->what, qn_text_find(stack->what, QN_TEXT(", ")));
	}
	return QN_TEXT("");
}

/* "blocked in folly::Future wait" -> "in folly::Future wait" */
static struct qn_text without_verb(struct qn_text words)
{
	static const struct qn_text verbs[] = {QN_TEXT("blocked "), QN_TEXT("waiting ")};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (qn_text_starts(words, verbs[i]))
			return qn_text_from(words, verbs[i].len);
	return words;
}

/* Verdicts
 * ------------------------------------------------------------------------------------------------------- */

static size_t workers_of(const struct qn_pm_pool *pool)
{
	return pool->idle + pool->running + pool->blocked + pool->between;
}

static void end_sentence(struct qn_buffer *out)
{
	qn_buffer_append_string(out, ". ");
}

static void say_blocked(const struct judge *judge, size_t number, struct qn_buffer *out)
{
	const struct qn_pm_pool *pool = &judge->postmortem->pools[number];

	qn_buffer_printf(out, "%zu of %zu workers wait %.*s inside a task", pool->blocked, workers_of(pool),
			 QN_ARG(without_verb(wait_words(judge, number))));
	say_threads(out, judge, number, QN_ACTIVITY_BLOCKED, pool->blocked);
	say_functions(out, judge, number, QN_ACTIVITY_BLOCKED, ", called from ");
}

/* Workers wait for what only the pool itself can run, as far as frames tell: no other pool runs anything, and
 * where anybody may give what they wait for, nobody else runs either. */
static bool judge_starved(const struct judge *judge, size_t number, struct qn_buffer *out)
{
	const struct qn_pm_pool *pool = &judge->postmortem->pools[number];
	const struct tally *tally = &judge->tallies[number];

	if (!pool->blocked || pool->blocked != workers_of(pool) ||
	    tally->futures + tally->promises != pool->blocked)
		return false;
	say_blocked(judge, number, out);
	if (judge->busy_pools) {
		qn_buffer_append_string(out, "; another pool runs tasks that may answer them");
	} else if (tally->promises && (judge->has_running_threads || pool->blocked == 1)) {
		qn_buffer_append_string(out, "; another thread may answer them");
	} else {
		qn_buffer_append_string(out, ": nobody is left to run what they wait for");
		end_sentence(out);
		return true;
	}
	end_sentence(out);
	return false;
}

/* None is idle. */
static void judge_exhausted(const struct judge *judge, size_t number, struct qn_buffer *out)
{
	struct qn_pm_pool *pool = &judge->postmortem->pools[number];
	size_t workers = workers_of(pool);

	pool->verdict = QN_POOL_EXHAUSTED;
	if (out->len == 0 && pool->blocked)
		say_blocked(judge, number, out);
	if (pool->blocked && pool->running)
		qn_buffer_append_string(out, "; ");
	if (pool->running) {
		qn_buffer_printf(out, "%zu of %zu workers run a task", pool->running, workers);
		say_threads(out, judge, number, QN_ACTIVITY_RUNNING, pool->running);
		say_functions(out, judge, number, QN_ACTIVITY_RUNNING, ": ");
	}
	if (out->len >= 2 && out->data[out->len - 2] != '.')
		end_sentence(out);
	qn_buffer_append_string(out, "None of the present workers is idle: new tasks wait. ");
	if (workers == 1 && pool->running == 1) {
		pool->verdict = QN_POOL_UNKNOWN;
		qn_buffer_clear(out);
		qn_buffer_append_string(out, "Its only present worker runs a task");
		say_threads(out, judge, number, QN_ACTIVITY_RUNNING, 1);
		say_functions(out, judge, number, QN_ACTIVITY_RUNNING, ": ");
		qn_buffer_append_string(out, "; such pools start threads when tasks come, so more may be "
					     "allowed. ");
	}
}

static void judge_by_workers(const struct judge *judge, size_t number, struct qn_buffer *out)
{
	struct qn_pm_pool *pool = &judge->postmortem->pools[number];

	if (pool->idle || pool->between) {
		pool->verdict = QN_POOL_OK;
		qn_buffer_printf(out, "%zu of %zu workers %s idle%s. ", pool->idle, workers_of(pool),
				 pool->idle == 1 ? "is" : "are",
				 pool->between ? ", others are between two tasks" : "");
	} else if (judge_starved(judge, number, out)) {
		pool->verdict = QN_POOL_STARVED;
	} else {
		judge_exhausted(judge, number, out);
	}
}

static const char *say_how(const struct qn_pm_stack *stack)
{
	if (has_frame(stack, QN_TEXT("__run_exit_handlers")))
		return "at exit";
	if (has_frame(stack, QN_TEXT("ThreadPoolExecutor::~")))
		return "in its destructor";
	return has_frame(stack, QN_TEXT("::join")) ? "in join()" : "in stop()";
}

/* Pools that the thread may wait for: those that have tasks, or all where a KeepAlive is what it waits for.
 */
static bool is_awaited(const struct judge *judge, size_t joiner, size_t number)
{
	const struct qn_postmortem *postmortem = judge->postmortem;
	bool is_own = postmortem->threads[joiner].pool == number;
	size_t tasks = judge->tallies[number].tasks - (is_own && judge->tallies[number].tasks ? 1 : 0);

	return may_join(postmortem, joiner, &postmortem->pools[number]) &&
	       (tasks || has_frame(stack_of(postmortem, joiner), QN_TEXT("joinKeepAlive")));
}

static void judge_self_join(const struct judge *judge, size_t joiner, struct qn_buffer *texts)
{
	size_t number = judge->postmortem->threads[joiner].pool;

	judge->postmortem->pools[number].verdict = QN_POOL_SHUTTING_DOWN;
	qn_buffer_append_string(&texts[number], "Thread ");
	say_thread(&texts[number], judge->postmortem, joiner);
	qn_buffer_printf(&texts[number],
			 ", a worker of this pool, waits %s for the end of the pool's threads: it waits for "
			 "itself, for ever (self-join). ",
			 say_how(stack_of(judge->postmortem, joiner)));
}

static void judge_joined(const struct judge *judge, size_t joiner, struct qn_buffer *texts)
{
	struct qn_postmortem *postmortem = judge->postmortem;
	const struct qn_pm_stack *stack = stack_of(postmortem, joiner);
	size_t candidates = 0;

	if (qn_pm_joins_itself(postmortem, joiner)) {
		judge_self_join(judge, joiner, texts);
		return;
	}
	for (size_t i = 0; i < postmortem->pools_count; i++)
		candidates += is_awaited(judge, joiner, i);
	for (size_t i = 0; i < postmortem->pools_count; i++) {
		struct qn_pm_pool *pool = &postmortem->pools[i];
		size_t tasks = judge->tallies[i].tasks;

		if (!is_awaited(judge, joiner, i))
			continue;
		if (candidates == 1 && pool->verdict != QN_POOL_STARVED)
			pool->verdict = QN_POOL_SHUTTING_DOWN;
		qn_buffer_append_string(&texts[i], "Thread ");
		say_thread(&texts[i], postmortem, joiner);
		qn_buffer_printf(&texts[i], " waits %s for the end of %s while ", say_how(stack),
				 candidates == 1 ? "the pool"
						 : "a pool of this kind (which one is not told)");
		if (tasks)
			qn_buffer_printf(&texts[i], "%zu %s a task. ", tasks,
					 tasks == 1 ? "worker has" : "workers have");
		else
			qn_buffer_append_string(&texts[i], "somebody keeps it alive. ");
	}
}

/* Whose workers are whose: one array, cut into pieces. */
static struct qn_error *share_workers(struct judge *judge)
{
	struct qn_postmortem *postmortem = judge->postmortem;
	size_t *room = qn_arena_alloc(&postmortem->arena, (postmortem->threads_count + 1) * sizeof(*room));
	size_t **ends = qn_arena_alloc(&postmortem->arena, (postmortem->pools_count + 1) * sizeof(*ends));

	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < postmortem->pools_count; i++) {
		judge->tallies[i].workers = ends[i] = room;
		judge->tallies[i].workers_count = workers_of(&postmortem->pools[i]);
		room += judge->tallies[i].workers_count;
	}
	for (size_t i = 0; i < postmortem->threads_count; i++)
		if (postmortem->threads[i].pool != SIZE_MAX)
			*ends[postmortem->threads[i].pool]++ = i;
	return NULL;
}

static void look_around(struct judge *judge)
{
	struct qn_postmortem *postmortem = judge->postmortem;

	for (size_t i = 0; i < postmortem->threads_count; i++) {
		const struct qn_pm_stack *stack = stack_of(postmortem, i);
		size_t pool = postmortem->threads[i].pool;

		if (stack->wait == QN_WAIT_POOL && judge->joiners_count < JOINERS_MAX)
			judge->joiners[judge->joiners_count++] = i;
		if (pool == SIZE_MAX) {
			judge->has_running_threads |= stack->activity == QN_ACTIVITY_RUNNING &&
						      i != postmortem->crashed && !stack->is_dumping;
			continue;
		}
		judge->tallies[pool].futures += is_in_task(stack) && stack->wait == QN_WAIT_FUTURE;
		judge->tallies[pool].promises += is_in_task(stack) && stack->wait == QN_WAIT_PROMISE;
		judge->tallies[pool].tasks += is_in_task(stack);
	}
	for (size_t i = 0; i < postmortem->pools_count; i++)
		judge->busy_pools += postmortem->pools[i].running || postmortem->pools[i].between;
}

static struct qn_error *keep_evidence(struct qn_postmortem *postmortem, struct qn_buffer *texts)
{
	for (size_t i = 0; i < postmortem->pools_count; i++) {
		struct qn_pm_pool *pool = &postmortem->pools[i];

		if (!pool->address && !pool->name.len && workers_of(pool) > 1)
			qn_buffer_append_string(&texts[i], "Frames alone tell the pool: it may be several of "
							   "this kind. ");
		QN_TRY(qn_buffer_check(&texts[i]));
		pool->evidence = qn_arena_copy(&postmortem->arena, qn_text_trim(qn_buffer_text(&texts[i])));
	}
	return qn_arena_check(&postmortem->arena);
}

struct qn_error *qn_pools_judge(struct qn_postmortem *postmortem)
{
	struct judge judge = {.postmortem = postmortem};
	size_t count = postmortem->pools_count + 1;
	struct qn_buffer *texts = qn_arena_alloc(&postmortem->arena, count * sizeof(*texts));
	struct qn_error *error;

	judge.tallies = qn_arena_alloc(&postmortem->arena, count * sizeof(*judge.tallies));
	QN_TRY(qn_arena_check(&postmortem->arena));
	QN_TRY(share_workers(&judge));
	look_around(&judge);
	for (size_t i = 0; i < postmortem->pools_count; i++)
		judge_by_workers(&judge, i, &texts[i]);
	for (size_t i = 0; i < judge.joiners_count; i++)
		judge_joined(&judge, judge.joiners[i], texts);
	error = keep_evidence(postmortem, texts);
	for (size_t i = 0; i < postmortem->pools_count; i++)
		qn_buffer_deinit(&texts[i]);
	return error;
}
