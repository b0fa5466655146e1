/* What tools that follow several pods at once put in front of a line: stern, kubetail, argo, logcli. The name
 * of a pod has no shape that is its own, so the same few names must come again and again. */
#include "record/wrapper_kinds.h"

#include "base/banned.h"

#define NAMES_MAX 16U

/* A name as Kubernetes allows: small letters, digits, '-', '.'; it begins and ends with neither mark. */
static bool take_name(struct qn_cursor *cursor, struct qn_text *ret)
{
	size_t length = 0;
	char last;

	while (length < cursor->rest.len) {
		char byte = cursor->rest.data[length];

		if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
		      byte == '.'))
			break;
		length++;
	}
	if (!length || memchr("-.0123456789", cursor->rest.data[0], 12))
		return false;
	last = cursor->rest.data[length - 1];
	if (last == '-' || last == '.')
		return false;
	*ret = qn_text_first(cursor->rest, length);
	cursor->rest = qn_text_from(cursor->rest, length);
	return true;
}

static bool has_hyphen(struct qn_text name)
{
	return qn_text_find_byte(name, '-') != SIZE_MAX;
}

/* "milvus-querynode-6d5f8b9c7-abcde", "milvus-querynode-0": pods have a number, or letters drawn by lot. */
static bool is_pod(struct qn_text name)
{
	bool has_digit = false;

	for (size_t i = 0; i < name.len; i++)
		has_digit |= name.data[i] >= '0' && name.data[i] <= '9';
	return has_digit && has_hyphen(name);
}

static bool take_blank(struct qn_cursor *cursor)
{
	return qn_cursor_take_byte(cursor, ' ') || qn_cursor_at_end(cursor);
}

/* stern: milvus-querynode-6d5f8b9c7-abcde querynode text */
static bool peel_stern(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text pod, container;

	(void)scratch;
	qn_cursor_take(&cursor, QN_TEXT("+ "));
	if (!take_name(&cursor, &pod) || !is_pod(pod) || !qn_cursor_take_byte(&cursor, ' ') ||
	    !take_name(&cursor, &container) || !take_blank(&cursor))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .pod = pod, .container = container};
	return true;
}

/* kubetail: [milvus-querynode-0] text, [milvus-querynode-0 querynode] text; so do steps of a pipeline */
static bool peel_bracketed(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text pod, container = QN_TEXT("");

	(void)scratch;
	if (!qn_cursor_take_byte(&cursor, '[') || !take_name(&cursor, &pod) || !has_hyphen(pod))
		return false;
	if (qn_cursor_take_byte(&cursor, ' ') && !take_name(&cursor, &container))
		return false;
	if (!qn_cursor_take_byte(&cursor, ']') || !take_blank(&cursor))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .pod = pod, .container = container};
	return true;
}

/* argo logs: milvus-querynode-0: text */
static bool peel_argo(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text pod;

	(void)scratch;
	if (!take_name(&cursor, &pod) || !is_pod(pod) || !qn_cursor_take_byte(&cursor, ':') ||
	    !take_blank(&cursor))
		return false;
	*ret = (struct qn_wrapped){.text = cursor.rest, .pod = pod};
	return true;
}

/* Half of the lines at least have a name that was there before. */
static bool confirm_names(const struct qn_text *lines, size_t count,
			  bool (*peel)(struct qn_text, struct qn_buffer *, struct qn_wrapped *))
{
	struct qn_text names[NAMES_MAX];
	size_t known = 0, fitting = 0;
	struct qn_wrapped wrapped;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		if (!peel(lines[i], NULL, &wrapped))
			continue;
		fitting++;
		while (at < known && !qn_text_equal(names[at], wrapped.pod))
			at++;
		if (at < known)
			continue;
		if (known == NAMES_MAX)
			return false;
		names[known++] = wrapped.pod;
	}
	return known * 2 <= fitting;
}

static bool confirm_stern(const struct qn_text *lines, size_t count)
{
	return confirm_names(lines, count, peel_stern);
}

static bool confirm_bracketed(const struct qn_text *lines, size_t count)
{
	return confirm_names(lines, count, peel_bracketed);
}

static bool confirm_argo(const struct qn_text *lines, size_t count)
{
	return confirm_names(lines, count, peel_argo);
}

/* pod in {app="milvus", pod="milvus-querynode-0"} */
static struct qn_text label(struct qn_text labels, struct qn_text name)
{
	size_t at = qn_text_find(labels, name);
	struct qn_cursor cursor;
	struct qn_text value;

	if (at == SIZE_MAX || (at && !memchr("{, ", labels.data[at - 1], 3)))
		return QN_TEXT("");
	cursor = qn_cursor_of(qn_text_from(labels, at + name.len));
	return qn_cursor_take_until(&cursor, '"', &value) ? value : QN_TEXT("");
}

/* logcli: 2024-05-22T20:35:47Z {app="milvus", pod="milvus-querynode-0", container="querynode"} text */
static bool peel_logcli(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	static const size_t labels_bytes_max = 2048;
	struct qn_cursor cursor = qn_cursor_of(line);
	struct qn_text labels;
	struct qn_time time;
	size_t end;

	(void)scratch;
	if (line.len < 22 || line.data[10] != 'T' || !qn_time_take_rfc3339(&cursor, &time) ||
	    !qn_cursor_skip_blanks(&cursor) || qn_cursor_peek(&cursor) != '{')
		return false;
	end = qn_text_find(qn_text_first(cursor.rest, labels_bytes_max), QN_TEXT("\"}"));
	if (end == SIZE_MAX)
		return false;
	labels = qn_text_first(cursor.rest, end + 1);
	if (!qn_text_contains(labels, QN_TEXT("=\"")))
		return false;
	cursor.rest = qn_text_from(cursor.rest, end + 2);
	if (!take_blank(&cursor))
		return false;
	*ret = (struct qn_wrapped){
		.text = cursor.rest,
		.time = time,
		.pod = label(labels, QN_TEXT("pod=\"")),
		.container = label(labels, QN_TEXT("container=\"")),
	};
	return true;
}

const struct qn_wrapper qn_wrapper_stern = {.name = "stern", .peel = peel_stern, .confirm = confirm_stern};
const struct qn_wrapper qn_wrapper_kubetail = {
	.name = "kubetail", .peel = peel_bracketed, .confirm = confirm_bracketed};
const struct qn_wrapper qn_wrapper_argo = {.name = "argo", .peel = peel_argo, .confirm = confirm_argo};
const struct qn_wrapper qn_wrapper_logcli = {.name = "logcli", .peel = peel_logcli};
