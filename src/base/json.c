#include "base/json.h"

#include <stdio.h>

#include <json-c/json.h>

#include "base/cleanup.h"
#include "base/banned.h"

#define DEPTH_MAX 64U

static void new_line(struct qn_json_writer *json)
{
	qn_buffer_append_byte(json->out, '\n');
	for (unsigned i = 0; i < json->depth; i++)
		qn_buffer_append(json->out, "  ", 2);
}

static bool in_inline(const struct qn_json_writer *json)
{
	return json->depth && json->is_inline[json->depth - 1];
}

/* What stands between the item before and the one to come. */
static void separate(struct qn_json_writer *json)
{
	if (json->is_after_key) {
		json->is_after_key = false;
		return;
	}
	if (!json->depth)
		return;
	if (json->has_items[json->depth - 1])
		qn_buffer_append_byte(json->out, ',');
	if (!in_inline(json))
		new_line(json);
	else if (json->has_items[json->depth - 1])
		qn_buffer_append_byte(json->out, ' ');
	json->has_items[json->depth - 1] = true;
}

static void begin(struct qn_json_writer *json, char open, bool is_inline)
{
	bool inherited = in_inline(json);

	separate(json);
	qn_buffer_append_byte(json->out, open);
	if (json->depth == DEPTH_MAX) {
		json->out->is_failed = true;
		return;
	}
	json->has_items[json->depth] = false;
	json->is_inline[json->depth++] = is_inline || inherited;
}

static void end(struct qn_json_writer *json, char close)
{
	bool had_lines;

	if (!json->depth)
		return;
	had_lines = json->has_items[json->depth - 1] && !json->is_inline[json->depth - 1];
	json->depth--;
	if (had_lines)
		new_line(json);
	qn_buffer_append_byte(json->out, close);
}

void qn_json_object_begin(struct qn_json_writer *json)
{
	begin(json, '{', false);
}

void qn_json_object_end(struct qn_json_writer *json)
{
	end(json, '}');
}

void qn_json_array_begin(struct qn_json_writer *json)
{
	begin(json, '[', false);
}

void qn_json_array_end(struct qn_json_writer *json)
{
	end(json, ']');
}

void qn_json_inline_object_begin(struct qn_json_writer *json)
{
	begin(json, '{', true);
}

void qn_json_inline_array_begin(struct qn_json_writer *json)
{
	begin(json, '[', true);
}

void qn_json_key(struct qn_json_writer *json, const char *key)
{
	separate(json);
	qn_json_escape(json->out, qn_text_of(key));
	qn_buffer_append(json->out, ": ", 2);
	json->is_after_key = true;
}

/* Length of the valid UTF-8 sequence at @p, 0 when there is none. */
static size_t utf8_length(const unsigned char *p, size_t len)
{
	size_t need = p[0] < 0x80                   ? 1
		      : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		      : (p[0] & 0xf0) == 0xe0       ? 3
		      : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
						    : 0;

	if (!need || need > len)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return need;
}

void qn_json_escape(struct qn_buffer *out, struct qn_text text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	size_t start = 0, i = 0;

	qn_buffer_append_byte(out, '"');
	while (i < text.len) {
		const char *escaped = NULL;
		char unicode[8];
		size_t len = 1;

		switch (bytes[i]) {
		case '"': escaped = "\\\""; break;
		case '\\': escaped = "\\\\"; break;
		case '\n': escaped = "\\n"; break;
		case '\r': escaped = "\\r"; break;
		case '\t': escaped = "\\t"; break;
		default:
			if (bytes[i] < 0x20 || bytes[i] == 0x7f) {
				snprintf(unicode, sizeof(unicode), "\\u%04x", bytes[i]);
				escaped = unicode;
			} else if (bytes[i] >= 0x80) {
				len = utf8_length(bytes + i, text.len - i);
				if (!len) {
					escaped = "\xef\xbf\xbd";
					len = 1;
				}
			}
		}
		if (escaped) {
			qn_buffer_append(out, text.data + start, i - start);
			qn_buffer_append_string(out, escaped);
			start = i + len;
		}
		i += len;
	}
	if (text.len)
		qn_buffer_append(out, text.data + start, text.len - start);
	qn_buffer_append_byte(out, '"');
}

/* Line breaks are layout only: within strings they are escaped. */
void qn_json_written(struct qn_json_writer *json, struct qn_text value)
{
	bool is_inline = in_inline(json);

	separate(json);
	for (size_t i = 0; i < value.len; i++) {
		size_t blanks = 0;

		if (value.data[i] != '\n') {
			qn_buffer_append_byte(json->out, value.data[i]);
			continue;
		}
		if (!is_inline) {
			new_line(json);
			continue;
		}
		while (i + 1 + blanks < value.len && value.data[i + 1 + blanks] == ' ')
			blanks++;
		if (i && value.data[i - 1] == ',')
			qn_buffer_append_byte(json->out, ' ');
		i += blanks;
	}
}

void qn_json_text(struct qn_json_writer *json, struct qn_text text)
{
	separate(json);
	qn_json_escape(json->out, text);
}

void qn_json_text_or_null(struct qn_json_writer *json, struct qn_text text)
{
	if (text.len)
		qn_json_text(json, text);
	else
		qn_json_null(json);
}

void qn_json_string(struct qn_json_writer *json, const char *string)
{
	if (string)
		qn_json_text(json, qn_text_of(string));
	else
		qn_json_null(json);
}

void qn_json_u64(struct qn_json_writer *json, uint64_t value)
{
	separate(json);
	qn_buffer_printf(json->out, "%ju", (uintmax_t)value);
}

void qn_json_i64(struct qn_json_writer *json, int64_t value)
{
	separate(json);
	qn_buffer_printf(json->out, "%jd", (intmax_t)value);
}

void qn_json_number(struct qn_json_writer *json, double value)
{
	char digits[64];
	int length;

	if (!(value > -1e15 && value < 1e15)) { /* JSON knows neither NaN nor infinity */
		qn_json_null(json);
		return;
	}
	if (value > -0.0005 && value < 0)
		value = 0;
	length = snprintf(digits, sizeof(digits), "%.3f", value);

	while (length > 1 && digits[length - 1] == '0' && digits[length - 2] != '.')
		length--;
	separate(json);
	qn_buffer_append(json->out, digits, (size_t)length);
}

void qn_json_bool(struct qn_json_writer *json, bool value)
{
	separate(json);
	qn_buffer_append_string(json->out, value ? "true" : "false");
}

void qn_json_null(struct qn_json_writer *json)
{
	separate(json);
	qn_buffer_append_string(json->out, "null");
}

struct reading {
	qn_json_member member;
	void *context;
	struct qn_buffer path;
};

static void read_value(struct reading *reading, struct json_object *value, unsigned depth)
{
	size_t length = reading->path.len;

	if (depth > 16)
		return;
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			qn_buffer_printf(&reading->path, "%s%s", length ? "." : "", key);
			read_value(reading, member, depth + 1);
			reading->path.len = length;
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			qn_buffer_printf(&reading->path, "%s%zu", length ? "." : "", i);
			read_value(reading, json_object_array_get_idx(value, i), depth + 1);
			reading->path.len = length;
		}
	} else if (value) {
		const char *text = json_object_get_string(value);
		size_t text_len = json_object_is_type(value, json_type_string)
					  ? (size_t)json_object_get_string_len(value)
					  : strlen(text);

		if (!reading->path.is_failed && reading->path.data) {
			reading->path.data[reading->path.len] = '\0';
			reading->member(reading->context, reading->path.data,
					(struct qn_text){text, text_len});
		}
	}
}

bool qn_json_read_object(struct qn_text text, qn_json_member member, void *context)
{
	struct json_tokener *tokener;
	struct json_object *object;
	_cleanup_(qn_buffer_deinit) struct qn_buffer path = {0};
	bool is_object;

	if (!text.len || text.len > INT32_MAX)
		return false;
	tokener = json_tokener_new_ex(32);
	if (!tokener)
		return false;
	object = json_tokener_parse_ex(tokener, text.data, (int)text.len);
	is_object = object && json_object_is_type(object, json_type_object) &&
		    qn_text_trim(qn_text_from(text, json_tokener_get_parse_end(tokener))).len == 0;
	if (is_object) {
		struct reading reading = {.member = member, .context = context, .path = path};

		read_value(&reading, object, 0);
		path = reading.path;
	}
	json_object_put(object);
	json_tokener_free(tokener);
	return is_object;
}
