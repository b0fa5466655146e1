#include "record/wrapper_kinds.h"

#include "base/banned.h"

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_name_byte(char byte)
{
	return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

/* A name of a container or pod, with a letter in it. */
static bool take_name(struct qn_cursor *cursor, struct qn_text *ret)
{
	size_t length = 0;
	bool has_letter = false;

	for (; length < cursor->rest.len && is_name_byte(cursor->rest.data[length]); length++)
		has_letter |= is_letter(cursor->rest.data[length]);
	if (!has_letter || cursor->rest.data[0] == '-' || cursor->rest.data[0] == '.')
		return false;
	*ret = qn_text_first(cursor->rest, length);
	cursor->rest = qn_text_from(cursor->rest, length);
	return true;
}

/* [pod/my-release-milvus-querynode-6f4d9c7b5d-a2db9/querynode] text */
static bool peel_kubectl(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text pod, container;

	(void)scratch;
	if (!qn_cursor_take(&cursor, QN_TEXT("[pod/")) || !take_name(&cursor, &pod) ||
	    !qn_cursor_take_byte(&cursor, '/') || !take_name(&cursor, &container) ||
	    !qn_cursor_take_byte(&cursor, ']') ||
	    (!qn_cursor_take_byte(&cursor, ' ') && !qn_cursor_at_end(&cursor)))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .pod = pod, .container = container};
	return true;
}

const struct qn_wrapper qn_wrapper_kubectl_prefix = {
	.name = "kubectl-prefix", .peel = peel_kubectl, .is_unmistakable = true};

/* milvus-standalone  | text; docker service logs: milvus_querynode.1.k3j2h1g4@node-1    | text */
static bool peel_compose(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text name, node;

	(void)scratch;
	if (!take_name(&cursor, &name))
		return false;
	if (qn_cursor_take_byte(&cursor, '@') && !take_name(&cursor, &node))
		return false;
	if (!qn_cursor_skip_blanks(&cursor) || !qn_cursor_take_byte(&cursor, '|') ||
	    (!qn_cursor_take_byte(&cursor, ' ') && !qn_cursor_at_end(&cursor)))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .container = name};
	return true;
}

const struct qn_wrapper qn_wrapper_compose = {.name = "compose", .peel = peel_compose};

/* The pod and container in "querynode-0_default_querynode-<64 hex digits>", the name of a log under
 * /var/log/containers. */
static void name_pod(struct qn_text file, struct qn_wrapped *ret)
{
	struct qn_cursor cursor;
	struct qn_text pod, name_space;
	size_t slash = qn_text_rfind(file, QN_TEXT("/"));

	cursor = qn_cursor_of(slash == SIZE_MAX ? file : qn_text_from(file, slash + 1));
	if (!qn_cursor_take_until(&cursor, '_', &pod) || !qn_cursor_take_until(&cursor, '_', &name_space) ||
	    cursor.rest.len < 66 || cursor.rest.data[cursor.rest.len - 65] != '-')
		return;
	ret->pod = pod;
	ret->container = qn_text_first(cursor.rest, cursor.rest.len - 65);
}

/* Where ".log:" or, of a line around the one that was looked for (grep -A, -B, -C), ".log-" begins. */
static size_t path_end(struct qn_text path)
{
	size_t found = qn_text_find(path, QN_TEXT(".log:")), around = qn_text_find(path, QN_TEXT(".log-"));

	return found < around ? found : around;
}

/* grep over several files, with and without line numbers:
 *	querynode-0_default_querynode-<64 hex digits>.log:2023-12-18T03:33:58.956814076+08:00 stderr F text
 *	logs/querynode.log:627:[2025/06/18 ...
 *	logs/querynode.log-628-panic: x */
static bool peel_grep(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	static const size_t path_bytes_max = 512;
	struct qn_text path = qn_text_first(line, path_bytes_max), number;
	size_t end = path_end(path);
	struct qn_cursor cursor;
	uint64_t value;

	(void)scratch;
	if (end == SIZE_MAX || !end)
		return false;
	path = qn_text_first(path, end);
	for (size_t i = 0; i < path.len; i++)
		if (!is_name_byte(path.data[i]) && path.data[i] != '/')
			return false;
	*ret = (struct qn_wrapped){0};
	name_pod(path, ret);
	cursor = qn_cursor_of(qn_text_from(line, end + 5));
	ret->text = cursor.rest;
	if (qn_cursor_take_until(&cursor, line.data[end + 4], &number) && number.len < 10 &&
	    qn_text_to_u64(number, &value))
		ret->text = cursor.rest;
	return true;
}

const struct qn_wrapper qn_wrapper_grep = {.name = "grep", .peel = peel_grep};

/* ESC[32m: the length of a colour code at the front of @text, 0 when there is none. */
static size_t colour_length(struct qn_text text)
{
	static const size_t length_max = 32;
	size_t at = 2;

	if (text.len < 3 || text.data[0] != '\x1b' || text.data[1] != '[')
		return 0;
	while (at < text.len && at < length_max &&
	       ((text.data[at] >= '0' && text.data[at] <= '9') || text.data[at] == ';'))
		at++;
	return at < text.len && (text.data[at] == 'm' || text.data[at] == 'K') ? at + 1 : 0;
}

/* Colours anywhere in the line: ESC[36mmilvus-standalone  |ESC[0m text */
static bool peel_ansi(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	bool is_found = false;
	size_t at = 0;

	if (qn_text_find_byte(line, '\x1b') == SIZE_MAX)
		return false;
	qn_buffer_clear(scratch);
	while (at < line.len) {
		struct qn_text rest = qn_text_from(line, at);
		size_t plain = qn_text_find_byte(rest, '\x1b'), colour;

		if (plain == SIZE_MAX)
			plain = rest.len;
		qn_buffer_append(scratch, rest.data, plain);
		at += plain;
		colour = colour_length(qn_text_from(line, at));
		is_found |= colour != 0;
		if (!colour && at < line.len)
			qn_buffer_append_byte(scratch, line.data[at++]);
		at += colour;
	}
	if (!is_found || scratch->is_failed)
		return false;
	*ret = (struct qn_wrapped){.text = qn_buffer_text(scratch)};
	return true;
}

const struct qn_wrapper qn_wrapper_ansi = {.name = "ansi", .peel = peel_ansi};

static bool take_quote_mark(struct qn_cursor *cursor)
{
	return qn_cursor_take_byte(cursor, '>') || qn_cursor_take(cursor, QN_TEXT("&gt;"));
}

/* > text, as mail and Markdown quote; >> text where a quote was quoted */
static bool peel_quote(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line), inner;

	(void)scratch;
	if (!take_quote_mark(&cursor))
		return false;
	do
		inner = cursor;
	while (take_quote_mark(&cursor) ||
	       (qn_cursor_take_byte(&inner, ' ') && take_quote_mark(&inner) && (cursor = inner, true)));
	if ((!qn_cursor_take_byte(&cursor, ' ') && !qn_cursor_at_end(&cursor)))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest};
	return true;
}

const struct qn_wrapper qn_wrapper_quote = {
	.name = "quote", .peel = peel_quote, .repair = "prompt or quote marks"};

/* >>> text: the prompt of a Python session, in front of a few lines only */
static bool peel_repl(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);

	(void)scratch;
	if (!qn_cursor_take(&cursor, QN_TEXT(">>> ")))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest};
	return true;
}

static bool confirm_repl(const struct qn_text *lines, size_t count)
{
	return count && qn_text_starts(lines[0], QN_TEXT(">>> "));
}

const struct qn_wrapper qn_wrapper_repl = {.name = "repl",
					   .peel = peel_repl,
					   .confirm = confirm_repl,
					   .is_sparse = true,
					   .repair = "prompt or quote marks"};

/* One blank in front of all lines, from a viewer that was copied from. */
static bool peel_indent(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	(void)scratch;
	if (!line.len || line.data[0] != ' ')
		return false;
	*ret = (struct qn_wrapped){.text = qn_text_from(line, 1)};
	return true;
}

/* All lines have it, and one stands at the left margin behind it: else it is a list of frames. */
static bool confirm_indent(const struct qn_text *lines, size_t count)
{
	bool has_margin = false;

	for (size_t i = 0; i < count; i++) {
		if (lines[i].data[0] != ' ')
			return false;
		has_margin |= is_letter(lines[i].data[1]) || lines[i].data[1] == '[';
	}
	return has_margin;
}

const struct qn_wrapper qn_wrapper_indent = {
	.name = "indent", .peel = peel_indent, .confirm = confirm_indent};
