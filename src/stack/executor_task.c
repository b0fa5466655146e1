#include "stack/executor_task.h"

#include "stack/demangle.h"
#include "stack/frame_name.h"

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

/* How often a name may be passed in all while the functions around its lambdas are looked at: one within the
 * other they would be passed over and over. */
#define PASSES_MAX 8U
#define FUNCTION_BYTES_MAX 1024U

/* Reads a demangled name backwards. */
struct back {
	struct qn_text text;
	size_t at;     /* behind what is to be read next */
	size_t budget; /* bytes that may still be passed */
};

static char before(const struct back *back)
{
	return back->at ? back->text.data[back->at - 1] : '\0';
}

/* "(int, char**)", "<int, 3>": to the bracket that opens what closes at back->at. */
static bool skip_group(struct back *back, char close, char open)
{
	size_t depth = 0;

	while (back->at && back->budget) {
		char c = back->text.data[--back->at];

		back->budget--;
		if (c == close && !(c == '>' && before(back) == '-'))
			depth++;
		else if (c == open && --depth == 0)
			return true;
	}
	return false;
}

static bool skip_word(struct back *back, struct qn_text word)
{
	if (!qn_text_ends(qn_text_first(back->text, back->at), word))
		return false;
	back->at -= word.len;
	return true;
}

/* "main(int, char**) const [clone .isra.0]" without what stands behind the name */
static bool skip_arguments(struct back *back)
{
	while (skip_word(back, QN_TEXT(" const")) || skip_word(back, QN_TEXT(" &&")) ||
	       skip_word(back, QN_TEXT(" &")))
		;
	if (before(back) == ']' && !skip_group(back, ']', '['))
		return false;
	return before(back) != ')' || skip_group(back, ')', '(');
}

/* The name that ends at back->at, template arguments and all: "a::B<int>::operator()" */
static struct qn_text take_name(struct back *back)
{
	size_t end = back->at;

	while (back->at && back->budget) {
		char c = before(back);

		if (is_identifier(c) || c == ':' || c == '~') {
			back->at--;
			back->budget--;
		} else if (c == '>') {
			if (!skip_group(back, '>', '<'))
				break;
		} else if (!skip_word(back, QN_TEXT("operator()")) &&
			   !skip_word(back, QN_TEXT("(anonymous namespace)"))) {
			break;
		}
	}
	return qn_text_from(qn_text_first(back->text, end), back->at);
}

static bool is_callback(const struct qn_frame_table *table, struct qn_text key, struct qn_text *ret)
{
	for (size_t i = 0; i < table->task_callbacks_count; i++)
		if (qn_text_ends(key, table->task_callbacks[i])) {
			*ret = table->task_callbacks[i];
			return true;
		}
	return false;
}

/* The function around a lambda, if it is the application's. */
static struct qn_text name_lambda(const struct qn_frame_table *table, struct qn_arena *arena,
				  struct qn_text function)
{
	struct qn_frame_name name;
	struct qn_text ret;

	if (function.len == 0 || function.len > FUNCTION_BYTES_MAX)
		return (struct qn_text){0};
	qn_frame_name_read(arena, function, (struct qn_text){0}, &name);
	if (is_callback(table, name.key, &ret))
		return ret;
	if (name.key.len == 0 || qn_frame_table_role(table, &name, (struct qn_text){0}) != QN_ROLE_USER)
		return (struct qn_text){0};
	return qn_arena_printf(arena, "%.*s::{lambda}", QN_ARG(name.key));
}

static bool is_lambda_mark(struct qn_text text)
{
	static const struct qn_text marks[] = {QN_TEXT("<lambda"), QN_TEXT("{lambda"), QN_TEXT("'lambda"),
					       QN_TEXT("$_")};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (qn_text_starts(text, marks[i]))
			return true;
	return false;
}

struct qn_text qn_executor_lambda(const struct qn_frame_table *table, struct qn_arena *arena,
				  struct qn_text raw)
{
	struct back back = {.text = raw};
	size_t at = 0;

	if (qn_text_starts(raw, QN_TEXT("_Z")) && !qn_demangle(arena, raw, &back.text))
		return (struct qn_text){0};
	back.budget = PASSES_MAX * back.text.len;
	for (;;) {
		size_t found = qn_text_find(qn_text_from(back.text, at), QN_TEXT("::"));
		struct qn_text task;

		if (found == SIZE_MAX || back.budget == 0)
			return (struct qn_text){0};
		at += found + 2;
		if (!is_lambda_mark(qn_text_from(back.text, at)))
			continue;
		back.at = at - 2;
		if (!skip_arguments(&back))
			continue;
		task = name_lambda(table, arena, take_name(&back));
		if (task.len)
			return task;
	}
}
