#include "stack/executor.h"

#include "base/banned.h"

static bool is_identifier(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* "AsyncRetrieve(void*, ...)::<lambda(...)>", "AsyncRetrieve::{lambda(...)#1}", "AsyncRetrieve::$_0" ->
 * AsyncRetrieve; "milvus::segcore::Warm(int)::<lambda()>" -> milvus::segcore::Warm */
static struct qn_text read_demangled_task(struct qn_text text)
{
	size_t len = 0;

	for (;;) {
		size_t start = len;

		while (len < text.len && is_identifier(text.data[len]))
			len++;
		if (len == start) /* "::" before the lambda */
			return qn_text_first(text, start >= 2 ? start - 2 : 0);
		if (!qn_text_starts(qn_text_from(text, len), QN_TEXT("::")))
			return qn_text_first(text, len);
		len += 2;
	}
}

/* "13AsyncRetrieve..." -> AsyncRetrieve, and the length of what was read in @ret_used. */
static struct qn_text read_source_name(struct qn_text text, size_t *ret_used)
{
	size_t digits = 0, len = 0;

	while (digits < text.len && digits < 4 && text.data[digits] >= '0' && text.data[digits] <= '9')
		len = len * 10 + (size_t)(text.data[digits++] - '0');
	*ret_used = digits + len;
	if (digits == 0 || len == 0 || *ret_used > text.len)
		return (struct qn_text){0};
	return (struct qn_text){text.data + digits, len};
}

/* "IZ13AsyncRetrieveE3$_0E...", "IZN6milvus7segcore4WarmEiEUlvE_" */
static struct qn_text read_mangled_task(struct qn_arena *arena, struct qn_text text)
{
	struct qn_text name = {0}, part;
	bool is_nested;
	size_t used;

	while (text.len && strchr("IRKOZ", text.data[0] ? text.data[0] : ' '))
		text = qn_text_from(text, 1);
	is_nested = qn_text_starts(text, QN_TEXT("N"));
	if (is_nested)
		text = qn_text_from(text, 1);
	while (text.len && is_nested && (text.data[0] == 'K' || text.data[0] == 'S'))
		text = qn_text_from(text, text.data[0] == 'S' ? 2 : 1);
	for (part = read_source_name(text, &used); part.len; part = read_source_name(text, &used)) {
		name = name.len ? qn_arena_printf(arena, "%.*s::%.*s", QN_ARG(name), QN_ARG(part)) : part;
		text = qn_text_from(text, used);
		if (!is_nested || name.len > 256)
			break;
	}
	return name;
}

/* Is the occurrence of @function at @at its length-prefixed (mangled) form? */
static bool is_mangled_place(struct qn_text raw, size_t at, size_t len)
{
	char digits[3] = {(char)('0' + len / 10), (char)('0' + len % 10), '\0'};
	struct qn_text number = qn_text_of(len < 10 ? digits + 1 : digits);

	return len < 100 && qn_text_ends(qn_text_first(raw, at), number);
}

static struct qn_text find_task_of(struct qn_text function, struct qn_arena *arena, struct qn_text raw)
{
	size_t at = 0;

	for (;;) {
		struct qn_text after, task = {0};
		size_t found = qn_text_find(qn_text_from(raw, at), function);

		if (found == SIZE_MAX)
			return task;
		found += at;
		at = found + function.len;
		after = qn_text_from(raw, at);
		if (qn_text_starts(after, QN_TEXT("<")) && found >= 2 && raw.data[found - 1] == ':')
			task = read_demangled_task(qn_text_from(after, 1));
		else if (qn_text_starts(after, QN_TEXT("I")) && is_mangled_place(raw, found, function.len))
			task = read_mangled_task(arena, after);
		if (task.len)
			return task;
	}
}

struct qn_text qn_executor_task(const struct qn_frame_table *table, struct qn_arena *arena,
				struct qn_text raw)
{
	for (size_t i = 0; i < table->task_functions_count; i++) {
		struct qn_text task = find_task_of(table->task_functions[i], arena, raw);

		if (task.len)
			return task;
	}
	return (struct qn_text){0};
}

/* Number of the executor entry of a frame; table->executors_count: none. */
static size_t find_executor(const struct qn_frame_table *table, struct qn_text key)
{
	size_t i = 0;

	while (i < table->executors_count && !qn_text_starts(key, table->executors[i].name))
		i++;
	return i;
}

void qn_executor_find(const struct qn_frame_table *table, struct qn_arena *arena, struct qn_stack *stack)
{
	size_t best = table->executors_count;

	for (size_t i = 0; i < stack->frames_count; i++) {
		const struct qn_frame *frame = &stack->frames[i];
		size_t found;

		if (frame->is_go)
			continue;
		found = frame->role != QN_ROLE_USER ? find_executor(table, frame->key) : best;
		if (found < best)
			best = found;
		if (!stack->executor.task.len)
			stack->executor.task = qn_executor_task(table, arena, frame->raw);
	}
	if (best == table->executors_count)
		return;
	stack->executor.kind = qn_arena_copy(arena, table->executors[best].kind);
	for (size_t i = 0; i < table->pools_count && !stack->executor.pool.len; i++)
		if (qn_text_starts(stack->thread, table->pools[i].thread))
			stack->executor.pool = qn_arena_copy(arena, table->pools[i].pool);
}
