#include "report/paint.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/banned.h"

#define WIDTH_DEFAULT 100U

/* One character as it is painted. */
struct glyph {
	char bytes[8];
	unsigned length; /* of bytes */
	unsigned columns;
	bool is_blank;
};

struct range {
	uint32_t first, last;
};

/* Nothing is to be seen of these: they would let a log line reorder or hide what stands beside it. */
static const struct range hidden[] = {
	{0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x200b, 0x200f},   {0x2028, 0x202e},
	{0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f},
};
static const struct range combining[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f}, {0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};
static const struct range wide[] = {
	{0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
	{0xa000, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
	{0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

#define IN(table, code) in_ranges(table, sizeof(table) / sizeof((table)[0]), code)

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* Length of the UTF-8 sequence at the front of @text and its character; 0: there is none. */
static unsigned decode(struct qn_text text, uint32_t *ret)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)text.data;
	unsigned length = p[0] < 0x80             ? 1
			  : (p[0] & 0xe0) == 0xc0 ? 2
			  : (p[0] & 0xf0) == 0xe0 ? 3
			  : (p[0] & 0xf8) == 0xf0 ? 4
						  : 0;
	uint32_t code;

	if (!length || length > text.len)
		return 0;
	code = length == 1 ? p[0] : p[0] & (0x7fU >> length);
	for (unsigned i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret = code;
	return length;
}

/* The first glyph of @text (not empty); returns how many bytes of it that takes. */
static unsigned next_glyph(struct qn_text text, struct glyph *ret)
{
	uint32_t code = 0;
	unsigned taken = decode(text, &code);

	*ret = (struct glyph){.columns = 1};
	if (!taken || IN(hidden, code)) {
		ret->length = 3;
		memcpy(ret->bytes, "\xef\xbf\xbd", 3);
		return taken ? taken : 1;
	}
	if (code == '\n' || code == '\t' || code == '\r' || code == ' ') {
		ret->length = 1;
		ret->bytes[0] = ' ';
		ret->is_blank = true;
	} else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
		ret->length = ret->columns =
			(unsigned)snprintf(ret->bytes, sizeof(ret->bytes), "\\x%02x", code & 0xff);
	} else {
		ret->length = taken;
		memcpy(ret->bytes, text.data, taken);
		ret->columns = IN(combining, code) ? 0 : IN(wide, code) ? 2 : 1;
	}
	return taken;
}

unsigned qn_paint_columns(struct qn_text text)
{
	struct glyph glyph;
	unsigned columns = 0;

	while (text.len) {
		text = qn_text_from(text, next_glyph(text, &glyph));
		columns += glyph.columns;
	}
	return columns;
}

/* Bytes of the longest front of @text that fits into @columns. */
static size_t fit(struct qn_text text, unsigned columns)
{
	struct qn_text rest = text;
	struct glyph glyph;
	unsigned used = 0;

	while (rest.len) {
		unsigned taken = next_glyph(rest, &glyph);

		if (used + glyph.columns > columns)
			break;
		used += glyph.columns;
		rest = qn_text_from(rest, taken);
	}
	return text.len - rest.len;
}

static unsigned width_of(const struct qn_paint *paint)
{
	return paint->width ? paint->width : WIDTH_DEFAULT;
}

unsigned qn_paint_room(const struct qn_paint *paint)
{
	return paint->column < width_of(paint) ? width_of(paint) - paint->column : 0;
}

static void emit(struct qn_paint *paint, struct qn_text text)
{
	struct glyph glyph;

	while (text.len) {
		text = qn_text_from(text, next_glyph(text, &glyph));
		qn_buffer_append(paint->out, glyph.bytes, glyph.length);
		paint->column += glyph.columns;
	}
}

static void paint_within(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned columns)
{
	static const char *const codes[] = {
		[QN_INK_PLAIN] = "",         [QN_INK_BOLD] = "\x1b[1m",   [QN_INK_DIM] = "\x1b[2m",
		[QN_INK_RED] = "\x1b[1;31m", [QN_INK_GREEN] = "\x1b[32m", [QN_INK_YELLOW] = "\x1b[1;33m",
		[QN_INK_CYAN] = "\x1b[36m",
	};
	bool is_colored = paint->has_color && ink != QN_INK_PLAIN;
	size_t len;

	if (columns > qn_paint_room(paint))
		columns = qn_paint_room(paint);
	if (!columns || !text.len)
		return;
	if (is_colored)
		qn_buffer_append_string(paint->out, codes[ink]);
	len = fit(text, columns);
	if (len == text.len) {
		emit(paint, text);
	} else {
		emit(paint, qn_text_first(text, fit(text, columns - 1)));
		emit(paint, QN_TEXT("…"));
	}
	if (is_colored)
		qn_buffer_append_string(paint->out, "\x1b[0m");
}

void qn_paint_text(struct qn_paint *paint, enum qn_ink ink, struct qn_text text)
{
	paint_within(paint, ink, text, qn_paint_room(paint));
}

/* The end of @text that fits into @columns. */
static struct qn_text tail_of(struct qn_text text, unsigned columns)
{
	unsigned whole = qn_paint_columns(text);
	struct glyph glyph;

	while (text.len && whole > columns) {
		text = qn_text_from(text, next_glyph(text, &glyph));
		whole -= glyph.columns;
	}
	return text;
}

static void paint_tail_within(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned columns)
{
	if (columns > qn_paint_room(paint))
		columns = qn_paint_room(paint);
	if (columns && qn_paint_columns(text) > columns) {
		text = tail_of(text, columns - 1);
		qn_paint_string(paint, ink, "…");
	}
	paint_within(paint, ink, text, columns);
}

void qn_paint_tail(struct qn_paint *paint, enum qn_ink ink, struct qn_text text)
{
	paint_tail_within(paint, ink, text, qn_paint_room(paint));
}

void qn_paint_tail_cell(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned columns)
{
	unsigned end = paint->column + columns;

	paint_tail_within(paint, ink, text, columns);
	qn_paint_goto(paint, end);
}

void qn_paint_string(struct qn_paint *paint, enum qn_ink ink, const char *string)
{
	qn_paint_text(paint, ink, qn_text_of(string));
}

void qn_paint_printf(struct qn_paint *paint, enum qn_ink ink, const char *format, ...)
{
	_cleanup_free_ char *string = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&string, format, args);
	va_end(args);
	if (length < 0) {
		string = NULL;
		paint->out->is_failed = true;
		return;
	}
	qn_paint_text(paint, ink, (struct qn_text){string, (size_t)length});
}

void qn_paint_goto(struct qn_paint *paint, unsigned column)
{
	if (column > width_of(paint))
		column = width_of(paint);
	for (; paint->column < column; paint->column++)
		qn_buffer_append_byte(paint->out, ' ');
}

void qn_paint_cell(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned columns)
{
	unsigned end = paint->column + columns;

	paint_within(paint, ink, text, columns);
	qn_paint_goto(paint, end);
}

/* Where a word that is wider than a line of @len bytes is broken: in its latter half, behind what joins its
 * parts. */
static size_t word_break(struct qn_text text, size_t len)
{
	for (size_t i = len; i > len / 2; i--)
		if (memchr("/.:,-_", text.data[i - 1], 6))
			return i;
	return len ? len : 1;
}

/* Bytes of @text that go on a line of @columns: up to the last blank, if there is one. */
static size_t line_end(struct qn_text text, unsigned columns)
{
	size_t len = fit(text, columns);

	if (len == text.len)
		return len;
	for (size_t i = len; i > 0; i--)
		if (text.data[i] == ' ' || text.data[i] == '\n' || text.data[i] == '\t')
			return i;
	return word_break(text, len);
}

void qn_paint_wrap(struct qn_paint *paint, enum qn_ink ink, struct qn_text text, unsigned lines_max)
{
	unsigned indent = paint->column, columns = qn_paint_room(paint);

	text = qn_text_trim(text);
	for (unsigned line = 1; text.len; line++) {
		size_t len = line == lines_max || !columns ? text.len : line_end(text, columns);

		qn_paint_text(paint, ink, qn_text_trim_right(qn_text_first(text, len)));
		text = qn_text_trim(qn_text_from(text, len));
		if (text.len) {
			qn_paint_newline(paint);
			qn_paint_goto(paint, indent);
		}
	}
}

void qn_paint_newline(struct qn_paint *paint)
{
	struct qn_buffer *out = paint->out;

	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	qn_buffer_append_byte(out, '\n');
	paint->column = 0;
}
