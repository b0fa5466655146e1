/* What the text of a dump of all threads tells, understood: the same as a core, where memory is not needed.
 * The text goes through the reader of crash texts, as it would in a collection. */
#include <stdlib.h>

#include "base/cursor.h"
#include "stack/dump_threads.h"
#include "stack/end_words.h"
#include "stack/postmortem_parts.h"
#include "stack/reader.h"
#include "stack/sighting.h"

#include "base/banned.h"

/* Threads of a dump
 * -------------------------------------------------------------------------------------------- */

struct taker {
	const struct qn_normalizer *normalizer;
	const struct qn_dump_threads *threads;
	struct qn_postmortem *postmortem;
	struct qn_map kept;
};

static struct qn_error *take_stack(struct taker *taker, const struct qn_dump_stack *from)
{
	struct qn_postmortem *postmortem = taker->postmortem;
	struct qn_pm_stack *stack = &postmortem->stacks[postmortem->stacks_count++];

	stack->stack.frames =
		qn_arena_alloc(&postmortem->arena, (from->count + 1) * sizeof(*stack->stack.frames));
	QN_TRY(qn_arena_check(&postmortem->arena));
	memcpy(stack->stack.frames, from->frames, from->count * sizeof(*from->frames));
	stack->stack.frames_count = from->count;
	stack->stack.is_cut = from->is_cut;
	stack->stack.thread = from->thread;
	QN_TRY(qn_pm_keep_raw(&taker->kept, &postmortem->arena, &stack->stack));
	qn_pm_describe_stack(taker->normalizer, &postmortem->arena, stack);
	return qn_pm_keep_names(&taker->kept, &postmortem->arena, &stack->stack);
}

/* "MILVUS_FUTURE_C", "CPUThreadPool12" -> the beginning that the pool's threads share */
static struct qn_text without_number(struct qn_text name)
{
	while (name.len && name.data[name.len - 1] >= '0' && name.data[name.len - 1] <= '9')
		name.len--;
	return name;
}

/* Was it shown under no heading first, and then as thread 1? */
static bool is_shown_again(const struct taker *taker, const struct qn_dump_thread *thread)
{
	if (thread->id.lwp || thread->id.number)
		return false;
	for (size_t i = 0; i < taker->threads->threads_count; i++)
		if (taker->threads->threads[i].id.number == 1)
			return true;
	return false;
}

static void take_thread(struct taker *taker, const struct qn_dump_thread *from)
{
	struct qn_postmortem *postmortem = taker->postmortem;
	struct qn_text pool = postmortem->stacks[from->stack].stack.executor.pool;
	struct qn_pm_thread *thread = &postmortem->threads[postmortem->threads_count++];

	*thread = (struct qn_pm_thread){
		.tid = from->id.lwp ? from->id.lwp : from->id.number,
		.name = qn_arena_copy(&postmortem->arena, from->name),
		.stack = from->stack,
		.stopped = postmortem->stacks[from->stack].stack.is_cut
				   ? QN_TEXT("the text ends its stack early")
				   : QN_TEXT(""),
		.wait = from->facts.wait,
		.executor = from->facts.executor,
		.joins = from->facts.joins,
	};
	thread->pool_name = pool.len ? pool : without_number(thread->name);
}

/* Threads that nobody named have the process's name: it tells no pool. */
static void drop_common_name(struct qn_postmortem *postmortem)
{
	const struct qn_pm_thread *main = NULL;

	for (size_t i = 0; i < postmortem->threads_count; i++)
		if (!main || postmortem->threads[i].tid < main->tid)
			main = &postmortem->threads[i];
	for (size_t i = 0; i < postmortem->threads_count; i++) {
		struct qn_pm_thread *thread = &postmortem->threads[i];

		if (qn_text_equal(thread->name, main->name))
			thread->pool_name = postmortem->stacks[thread->stack].stack.executor.pool;
	}
}

/* gdb tells pthread_t of each thread, and which one is joined. */
static struct qn_error *find_joined(struct taker *taker, const size_t *places)
{
	const struct qn_dump_threads *threads = taker->threads;
	struct qn_map handles = {0};
	struct qn_error *error = NULL;

	for (size_t i = 0; i < threads->threads_count && !error; i++) {
		const struct qn_thread_id *id = &threads->threads[i].id;

		if (id->handle)
			error = qn_map_put(&handles,
					   (struct qn_text){(const char *)&id->handle, sizeof(id->handle)},
					   (void *)id);
	}
	for (size_t i = 0; i < threads->threads_count && !error; i++) {
		const uint64_t *handle = &threads->threads[i].facts.joined_handle;
		const struct qn_thread_id *joined =
			*handle ? qn_map_find(&handles,
					      (struct qn_text){(const char *)handle, sizeof(*handle)})
				: NULL;

		if (joined && places[i] != SIZE_MAX && joined->lwp <= UINT32_MAX)
			taker->postmortem->threads[places[i]].wait = (struct qn_core_wait){
				.kind = QN_LOCK_JOIN, .address = *handle, .owner = (uint32_t)joined->lwp};
	}
	qn_map_deinit(&handles);
	return error;
}

static struct qn_error *take_threads(struct taker *taker, const struct qn_dump *dump)
{
	struct qn_postmortem *postmortem = taker->postmortem;
	size_t count = taker->threads->threads_count;
	size_t *places = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*places));
	struct qn_thread_id crashed;
	bool has_crashed = qn_dump_crashed(dump, &crashed);

	postmortem->threads = qn_arena_alloc(&postmortem->arena, (count + 1) * sizeof(*postmortem->threads));
	QN_TRY(qn_arena_check(&postmortem->arena));
	for (size_t i = 0; i < count; i++) {
		const struct qn_dump_thread *from = &taker->threads->threads[i];

		places[i] = SIZE_MAX;
		if (from->stack >= postmortem->stacks_count || is_shown_again(taker, from))
			continue;
		if (has_crashed && from->id.lwp == crashed.lwp &&
		    (crashed.lwp || from->id.number == crashed.number))
			postmortem->crashed = postmortem->threads_count;
		places[i] = postmortem->threads_count;
		take_thread(taker, from);
	}
	drop_common_name(postmortem);
	return find_joined(taker, places);
}

static struct qn_error *take_dump(const struct qn_normalizer *normalizer, const struct qn_dump *dump,
				  struct qn_postmortem *postmortem)
{
	struct taker taker = {
		.normalizer = normalizer, .threads = qn_dump_threads(dump), .postmortem = postmortem};
	struct qn_error *error = NULL;

	postmortem->stacks = qn_arena_alloc(&postmortem->arena,
					    (taker.threads->stacks_count + 1) * sizeof(*postmortem->stacks));
	if (!postmortem->stacks)
		return qn_arena_check(&postmortem->arena);
	for (size_t i = 0; i < taker.threads->stacks_count && !error; i++)
		error = take_stack(&taker, &taker.threads->stacks[i]);
	if (!error)
		error = take_threads(&taker, dump);
	qn_map_deinit(&taker.kept);
	return error;
}

struct qn_error *qn_postmortem_of_dump(const struct qn_normalizer *normalizer, const struct qn_dump *dump,
				       struct qn_postmortem **ret)
{
	_cleanup_(qn_postmortem_destroy_guard) struct qn_postmortem *postmortem =
		calloc(1, sizeof(*postmortem));

	if (!postmortem)
		return &qn_error_no_memory;
	postmortem->is_text = true;
	postmortem->crashed = SIZE_MAX;
	postmortem->signal = qn_dump_signal(dump);
	QN_TRY(take_dump(normalizer, dump, postmortem));
	QN_TRY(qn_pm_complete(postmortem));
	*ret = qn_take(postmortem);
	return NULL;
}

/* A whole text
 * ------------------------------------------------------------------------------------------------- */

struct text_reader {
	const struct qn_normalizer *normalizer;
	struct qn_postmortem *best; /* of the dump with most threads */
	uint64_t line;              /* where that dump begins */
	struct qn_arena arena;      /* of stacks */
	struct qn_stack *stacks[8]; /* failures that were told */
	size_t stacks_count;
};

static void text_reader_deinit(struct text_reader *reader)
{
	qn_postmortem_destroy(reader->best);
	qn_arena_deinit(&reader->arena);
}

static struct qn_error *tell_dump(void *context, struct qn_dump *dump, const struct qn_sighting *sighting)
{
	struct text_reader *reader = context;
	struct qn_postmortem *postmortem = NULL;

	if (reader->best && qn_dump_threads(dump)->threads_count <= reader->best->threads_count)
		return NULL;
	QN_TRY(qn_postmortem_of_dump(reader->normalizer, dump, &postmortem));
	qn_postmortem_destroy(reader->best);
	reader->best = postmortem;
	reader->line = sighting->place.line;
	return NULL;
}

static struct qn_error *tell_stack(void *context, const struct qn_stack *stack)
{
	struct text_reader *reader = context;

	if (reader->stacks_count < sizeof(reader->stacks) / sizeof(*reader->stacks)) {
		reader->stacks[reader->stacks_count] = qn_stack_copy(&reader->arena, stack);
		reader->stacks_count += reader->stacks[reader->stacks_count] != NULL;
	}
	return qn_arena_check(&reader->arena);
}

static bool is_at(const struct qn_stack *stack, uint64_t line)
{
	for (size_t i = 0; i < stack->places_count; i++)
		if (stack->places[i].line <= line && line <= stack->places[i].last_line)
			return true;
	return false;
}

/* "Core was generated by `./milvus run querynode'.", "PID 32476 - core" */
static void read_process(struct qn_postmortem *postmortem, struct qn_text text)
{
	struct qn_text mark = QN_TEXT("Core was generated by `");
	size_t at = qn_text_find(text, mark), pid = qn_text_find(text, QN_TEXT("PID "));

	if (at != SIZE_MAX) {
		struct qn_text line = qn_text_from(text, at + mark.len);

		line = qn_text_trim(qn_text_first(line, qn_text_find_byte(line, '\n')));
		while (line.len && strchr(".'", line.data[line.len - 1]))
			line.len--;
		postmortem->command = qn_arena_copy(&postmortem->arena, line);
	}
	if (pid != SIZE_MAX && (pid == 0 || text.data[pid - 1] == '\n')) {
		struct qn_text rest = qn_text_from(text, pid + 4);

		(void)qn_take_number(&rest, &postmortem->pid);
	}
}

static struct qn_error *read_text(struct text_reader *reader, struct qn_text text)
{
	_cleanup_(qn_stack_reader_destroy_guard) struct qn_stack_reader *stacks = NULL;
	const struct qn_dump_watch watch = {.tell = tell_dump, .context = reader};
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_line line = {0};
	bool is_taken;

	QN_TRY(qn_stack_reader_create(reader->normalizer, tell_stack, reader, &stacks));
	qn_stack_reader_watch_dumps(stacks, &watch);
	while (qn_cursor_take_line(&cursor, &line.text)) {
		size_t len = line.text.len + 1;

		line.number++;
		line.text = qn_text_trim_right(line.text);
		QN_TRY(qn_stack_reader_plain(stacks, &line, NULL, (struct qn_time){0}, &is_taken));
		line.offset += len;
	}
	return qn_stack_reader_flush(stacks);
}

struct qn_error *qn_postmortem_of_text(const struct qn_normalizer *normalizer, struct qn_text text,
				       struct qn_postmortem **ret)
{
	_cleanup_(text_reader_deinit) struct text_reader reader = {.normalizer = normalizer};
	struct qn_postmortem *postmortem;

	QN_TRY(read_text(&reader, text));
	postmortem = reader.best;
	if (!postmortem || !postmortem->threads_count)
		return qn_error_create(QN_ERROR_UNRECOGNIZED,
				       "no thread of gdb, eu-stack or pstack is in it");
	for (size_t i = 0; i < reader.stacks_count; i++)
		if (is_at(reader.stacks[i], reader.line) &&
		    (postmortem->crashed != SIZE_MAX || postmortem->hung != SIZE_MAX)) {
			postmortem->failure = qn_stack_copy(&postmortem->arena, reader.stacks[i]);
			break;
		}
	if (postmortem->failure && postmortem->failure->signal.len)
		postmortem->signal = postmortem->failure->signal;
	read_process(postmortem, text);
	qn_say_reason(postmortem);
	QN_TRY(qn_arena_check(&postmortem->arena));
	*ret = qn_take(reader.best);
	return NULL;
}
