#include "stack/dump_threads.h"

#include "base/limits.h"
#include "stack/crash_line.h"

#include "base/banned.h"

#define FRAMES_MAX 500000U
#define BYTES_MAX (64U << 20)

void qn_dump_threads_deinit(struct qn_dump_threads *threads)
{
	free(threads->threads);
	free(threads->stacks);
	qn_map_deinit(&threads->texts);
	qn_map_deinit(&threads->by_hash);
	qn_map_deinit(&threads->by_id);
	qn_arena_deinit(&threads->arena);
	*threads = (struct qn_dump_threads){0};
}

/* Arguments
 * ---------------------------------------------------------------------------------------------------- */

/* "mutex=0x7ffc", ", __mutex=0x7ffc, this=0x12", "threadid=140123": the number behind @key, which stands as a
 * word of its own. */
static uint64_t read_argument(struct qn_text arguments, struct qn_text key)
{
	size_t at = 0;

	for (;;) {
		size_t found = qn_text_find(qn_text_from(arguments, at), key);
		struct qn_text rest;
		uint64_t value = 0;

		if (found == SIZE_MAX)
			return 0;
		found += at;
		at = found + key.len;
		if (found && !strchr("( ,", arguments.data[found - 1]))
			continue;
		rest = qn_text_from(arguments, at);
		if (qn_text_starts(rest, QN_TEXT("=")))
			rest = qn_text_from(rest, 1);
		else if (qn_text_starts(rest, QN_TEXT("@entry=")))
			rest = qn_text_from(rest, 7);
		else
			continue;
		if (qn_take_number(&rest, &value))
			return value;
	}
}

static const struct lock_argument {
	struct qn_text function; /* in the name of the frame */
	struct qn_text key;
	enum qn_lock_kind kind;
} lock_arguments[] = {
	{QN_TEXT("pthread_mutex_lock"), QN_TEXT("mutex"), QN_LOCK_MUTEX},
	{QN_TEXT("pthread_mutex_cond_lock"), QN_TEXT("mutex"), QN_LOCK_MUTEX},
	{QN_TEXT("pthread_mutex_timedlock"), QN_TEXT("mutex"), QN_LOCK_MUTEX},
	{QN_TEXT("lll_mutex_lock_optimized"), QN_TEXT("mutex"), QN_LOCK_MUTEX},
	{QN_TEXT("__gthread_mutex_lock"), QN_TEXT("__mutex"), QN_LOCK_MUTEX},
	{QN_TEXT("std::mutex::lock"), QN_TEXT("this"), QN_LOCK_MUTEX},
	{QN_TEXT("pthread_rwlock_"), QN_TEXT("rwlock"), QN_LOCK_RWLOCK},
	{QN_TEXT("folly::SharedMutexImpl<"), QN_TEXT("this"), QN_LOCK_SHARED_MUTEX},
	{QN_TEXT("pthread_cond_"), QN_TEXT("cond"), QN_LOCK_CONDITION},
	{QN_TEXT("sem_wait"), QN_TEXT("sem"), QN_LOCK_SEMAPHORE},
};

static void read_lock(struct qn_dump_facts *facts, struct qn_text name, struct qn_text arguments)
{
	for (size_t i = 0; i < sizeof(lock_arguments) / sizeof(*lock_arguments); i++) {
		const struct lock_argument *known = &lock_arguments[i];
		uint64_t address;

		if (!qn_text_contains(qn_text_first(name, 128), known->function))
			continue;
		address = read_argument(arguments, known->key);
		if (!address)
			continue;
		facts->wait.kind = known->kind;
		facts->wait.address = address;
		return;
	}
}

static bool is_join_of_pool(struct qn_text name)
{
	return qn_text_contains(name, QN_TEXT("ThreadPoolExecutor::~")) ||
	       qn_text_contains(name, QN_TEXT("ThreadPoolExecutor::stop")) ||
	       qn_text_contains(name, QN_TEXT("ThreadPoolExecutor::join"));
}

void qn_dump_facts_read(struct qn_dump_facts *facts, struct qn_text name, struct qn_text arguments)
{
	if (!qn_text_contains(arguments, QN_TEXT("=")))
		return;
	if (qn_text_contains(name, QN_TEXT("ThreadPoolExecutor::threadRun")))
		facts->executor = read_argument(arguments, QN_TEXT("this"));
	else if (!facts->joins && !facts->executor && is_join_of_pool(name))
		facts->joins = read_argument(arguments, QN_TEXT("this"));
	if (facts->wait.kind == QN_LOCK_NONE)
		read_lock(facts, name, arguments);
	if (!facts->joined_handle && qn_text_contains(name, QN_TEXT("pthread_")) &&
	    qn_text_contains(name, QN_TEXT("join"))) {
		facts->joined_handle = read_argument(arguments, QN_TEXT("threadid"));
		if (!facts->joined_handle)
			facts->joined_handle = read_argument(arguments, QN_TEXT("thread_id"));
	}
}

/* Stacks
 * ------------------------------------------------------------------------------------------------------- */

static struct qn_error *keep(struct qn_dump_threads *threads, struct qn_text *text)
{
	struct qn_text *copy;

	if (text->len == 0)
		return NULL;
	copy = qn_map_find(&threads->texts, *text);
	if (!copy && threads->bytes + text->len > BYTES_MAX) {
		threads->is_cut = true;
		*text = (struct qn_text){0};
		return NULL;
	}
	if (!copy) {
		threads->bytes += text->len;
		copy = qn_arena_alloc(&threads->arena, sizeof(*copy));
		QN_TRY(qn_arena_check(&threads->arena));
		*copy = qn_arena_copy(&threads->arena, *text);
		QN_TRY(qn_arena_check(&threads->arena));
		QN_TRY(qn_map_put(&threads->texts, *copy, copy));
	}
	*text = *copy;
	return NULL;
}

static struct qn_hash128 hash_frames(const struct qn_sighting *frames, struct qn_text name)
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, name);
	for (size_t i = 0; i < frames->frames_count; i++) {
		qn_hasher_add(&hasher, frames->frames[i].raw);
		qn_hasher_add(&hasher, frames->frames[i].file);
		qn_hasher_add(&hasher, frames->frames[i].module);
		qn_hasher_add_u64(&hasher, frames->frames[i].line);
		qn_hasher_add_u64(&hasher, frames->frames[i].pc);
	}
	return qn_hasher_result(&hasher);
}

static struct qn_error *add_stack(struct qn_dump_threads *threads, const struct qn_sighting *frames,
				  struct qn_text name)
{
	size_t size = (frames->frames_count + 1) * sizeof(*frames->frames);
	struct qn_dump_stack stack = {.count = frames->frames_count,
				      .is_cut = frames->is_cut || frames->is_overfull,
				      .thread = name};

	QN_TRY(qn_array_reserve(&threads->stacks, &threads->stacks_capacity, threads->stacks_count + 1,
				sizeof(*threads->stacks)));
	stack.frames = qn_arena_alloc(&threads->arena, size);
	QN_TRY(qn_arena_check(&threads->arena));
	for (size_t i = 0; i < stack.count; i++) {
		stack.frames[i] = frames->frames[i];
		QN_TRY(keep(threads, &stack.frames[i].raw));
		QN_TRY(keep(threads, &stack.frames[i].file));
		QN_TRY(keep(threads, &stack.frames[i].module));
		QN_TRY(keep(threads, &stack.frames[i].build_id));
	}
	threads->frames_count += stack.count;
	threads->stacks[threads->stacks_count++] = stack;
	return NULL;
}

/* SIZE_MAX: there is no room for it. */
static struct qn_error *find_stack(struct qn_dump_threads *threads, const struct qn_sighting *frames,
				   struct qn_text name, size_t *ret)
{
	struct qn_hash128 hash = hash_frames(frames, name);
	struct qn_text key = {(const char *)&hash, sizeof(hash)};
	uintptr_t number = (uintptr_t)qn_map_find(&threads->by_hash, key);

	*ret = number ? number - 1 : SIZE_MAX;
	if (number)
		return NULL;
	if (threads->frames_count + frames->frames_count > FRAMES_MAX) {
		threads->is_cut = true;
		return NULL;
	}
	QN_TRY(add_stack(threads, frames, name));
	*ret = threads->stacks_count - 1;
	key = qn_arena_copy(&threads->arena, key);
	QN_TRY(qn_arena_check(&threads->arena));
	return qn_map_put(&threads->by_hash, key, (void *)(uintptr_t)threads->stacks_count);
}

/* Threads
 * ------------------------------------------------------------------------------------------------------ */

static struct qn_error *add_thread(struct qn_dump_threads *threads, struct qn_text key)
{
	QN_TRY(qn_array_reserve(&threads->threads, &threads->threads_capacity, threads->threads_count + 1,
				sizeof(*threads->threads)));
	key = qn_arena_copy(&threads->arena, key);
	QN_TRY(qn_arena_check(&threads->arena));
	threads->threads[threads->threads_count++] = (struct qn_dump_thread){.stack = SIZE_MAX};
	return qn_map_put(&threads->by_id, key, (void *)(uintptr_t)threads->threads_count);
}

static bool is_better(const struct qn_dump_threads *threads, const struct qn_dump_thread *old,
		      const struct qn_dump_thread *thread, size_t frames)
{
	if (old->stack == SIZE_MAX)
		return true;
	if (old->is_row != thread->is_row)
		return old->is_row;
	return frames > threads->stacks[old->stack].count;
}

struct qn_error *qn_dump_threads_put(struct qn_dump_threads *threads, const struct qn_dump_thread *thread,
				     const struct qn_sighting *frames)
{
	uint64_t id[2] = {thread->id.lwp ? thread->id.lwp : thread->id.number, thread->id.lwp != 0};
	struct qn_text key = {(const char *)id, sizeof(id)}, name = thread->name;
	uintptr_t number = (uintptr_t)qn_map_find(&threads->by_id, key);
	struct qn_dump_thread *old;
	size_t stack;

	if (!number && threads->threads_count >= QN_CORE_THREADS_MAX) {
		threads->is_cut = true;
		return NULL;
	}
	QN_TRY(keep(threads, &name));
	if (!number) {
		QN_TRY(add_thread(threads, key));
		number = threads->threads_count;
	}
	old = &threads->threads[number - 1];
	if (!is_better(threads, old, thread, frames->frames_count)) {
		old->id.handle = old->id.handle ? old->id.handle : thread->id.handle;
		return NULL;
	}
	QN_TRY(find_stack(threads, frames, name, &stack));
	if (stack == SIZE_MAX)
		return NULL;
	if (!name.len)
		name = old->name;
	*old = *thread;
	old->name = name;
	old->stack = stack;
	return NULL;
}
