/* What copying does to all lines of a source. */
#include "record/wrapper_kinds.h"

#include "base/banned.h"

static const struct qn_text label_names[] = {
	QN_TEXT("app"),          QN_TEXT("container"), QN_TEXT("node"),      QN_TEXT("node_name"),
	QN_TEXT("pod"),          QN_TEXT("stream"),    QN_TEXT("namespace"), QN_TEXT("job"),
	QN_TEXT("filename"),     QN_TEXT("instance"),  QN_TEXT("component"), QN_TEXT("cluster"),
	QN_TEXT("service_name"),
};

/* Which of them; SIZE_MAX: @line is no label. */
static size_t find_label(struct qn_text line)
{
	struct qn_text trimmed = qn_text_trim(line);

	for (size_t i = 0; i < sizeof(label_names) / sizeof(*label_names); i++) {
		struct qn_text rest;

		if (!qn_text_starts(trimmed, label_names[i]))
			continue;
		rest = qn_text_from(trimmed, label_names[i].len);
		if (!rest.len)
			return i;
		if (!strchr("\t :=", rest.data[0] ? rest.data[0] : 'x'))
			continue;
		rest = qn_text_trim(qn_text_from(rest, 1));
		if (qn_text_find_byte(rest, ' ') == SIZE_MAX && qn_text_find_byte(rest, '\t') == SIZE_MAX &&
		    qn_text_find_byte(rest, '(') == SIZE_MAX)
			return i;
	}
	return SIZE_MAX;
}

/* Grafana's live view, copied: a line of the log, then its labels, each on a line:
 *	2023-07-25 20:13:41.456<TAB>goroutine 12 [running]:Show context
 *	app<TAB>milvus
 *	container<TAB>querynode */
static bool peel_live(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	static const struct qn_text button = QN_TEXT("Show context");

	(void)scratch;
	*ret = (struct qn_wrapped){.text = line};
	if (find_label(line) != SIZE_MAX) {
		*ret = (struct qn_wrapped){.text = QN_TEXT(""), .is_noise = true};
		return true;
	}
	if (qn_text_ends(qn_text_trim_right(line), button)) {
		ret->text = qn_text_trim_right(line);
		ret->text.len -= button.len;
		ret->text = qn_text_trim_right(ret->text);
		ret->is_noise = !ret->text.len;
	} else if (qn_text_starts(line, button) && line.len > button.len) {
		ret->text = qn_text_from(line, button.len);
	}
	return true;
}

/* Labels of several names are most of the lines. */
static bool confirm_live(const struct qn_text *lines, size_t count)
{
	unsigned met = 0, names = 0;
	size_t labels = 0, label;

	for (size_t i = 0; i < count; i++) {
		label = find_label(lines[i]);
		if (label == SIZE_MAX)
			continue;
		labels++;
		names += !(met & 1U << label);
		met |= 1U << label;
	}
	return names >= 3 && labels * 2 >= count;
}

const struct qn_wrapper qn_wrapper_live = {
	.name = "grafana-live", .peel = peel_live, .confirm = confirm_live, .is_sparse = true};

/* Blanks that do not break (a tab is several of them) and characters that do not show, from a browser. */
static const struct {
	struct qn_text bytes;
	const char *is;
} invisible[] = {
	{QN_TEXT("\xc2\xa0"), " "},    {QN_TEXT("\xe2\x80\xaf"), " "}, {QN_TEXT("\xe2\x80\x8b"), ""},
	{QN_TEXT("\xe2\x80\x8c"), ""}, {QN_TEXT("\xe2\x80\x8d"), ""},  {QN_TEXT("\xe2\x81\xa0"), ""},
	{QN_TEXT("\xef\xbb\xbf"), ""},
};

static bool peel_invisible(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	bool is_found = false;
	size_t plain = 0, at = 0;

	if (!memchr(line.data, '\xc2', line.len) && !memchr(line.data, '\xe2', line.len) &&
	    !memchr(line.data, '\xef', line.len))
		return false;
	qn_buffer_clear(scratch);
	while (at < line.len) {
		size_t taken = 1;

		for (size_t i = 0;
		     i < sizeof(invisible) / sizeof(*invisible) && (signed char)line.data[at] < 0; i++) {
			if (!qn_text_starts(qn_text_from(line, at), invisible[i].bytes))
				continue;
			qn_buffer_append(scratch, line.data + plain, at - plain);
			qn_buffer_append_string(scratch, invisible[i].is);
			taken = invisible[i].bytes.len;
			plain = at + taken;
			is_found = true;
			break;
		}
		at += taken;
	}
	qn_buffer_append(scratch, line.data + plain, line.len - plain);
	if (!is_found || scratch->is_failed)
		return false;
	*ret = (struct qn_wrapped){.text = qn_buffer_text(scratch)};
	return true;
}

/* A few of them are somebody's words; they must be in the way of a crash text. */
static bool confirm_invisible(const struct qn_text *lines, size_t count)
{
	static const struct qn_text blank = QN_TEXT("\xc2\xa0");
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += qn_text_contains(lines[i], blank) ||
			 qn_text_contains(lines[i], QN_TEXT("\xe2\x80\x8b"));
	return found * 3 >= count;
}

const struct qn_wrapper qn_wrapper_invisible = {
	.name = "invisible",
	.peel = peel_invisible,
	.confirm = confirm_invisible,
	.is_sparse = true,
	.repair = "colours or invisible letters",
};

/* A shipper put a backslash and a newline where a line had an escaped one: each piece goes on in the next.
 *	[2022/06/14 13:04:32.123 +00:00] [ERROR] [a.go:1] ["x"] [stack="main.f\
 *		/src/a.go:3\
 *	main.main"] */
static bool ends_with_backslash(struct qn_text line)
{
	size_t backslashes = 0;

	while (backslashes < line.len && line.data[line.len - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2;
}

static bool peel_continued(struct qn_text line, struct qn_buffer *scratch, struct qn_wrapped *ret)
{
	if (!ends_with_backslash(line))
		return false;
	qn_buffer_clear(scratch);
	qn_buffer_append_text(scratch, line);
	qn_buffer_append_byte(scratch, 'n');
	if (scratch->is_failed)
		return false;
	*ret = (struct qn_wrapped){.text = qn_buffer_text(scratch), .is_partial = true};
	return true;
}

/* In a field of a record that has no end on its line. */
static bool confirm_continued(const struct qn_text *lines, size_t count)
{
	size_t continued = 0;
	bool is_field = false;

	for (size_t i = 0; i < count; i++) {
		if (!ends_with_backslash(lines[i]))
			continue;
		continued++;
		is_field |= qn_text_starts(lines[i], QN_TEXT("[20")) &&
			    qn_text_contains(lines[i], QN_TEXT("=\""));
	}
	return is_field && continued >= 2;
}

const struct qn_wrapper qn_wrapper_continued = {
	.name = "continued",
	.peel = peel_continued,
	.confirm = confirm_continued,
	.is_sparse = true,
	.repair = "escaped newlines",
};
