/* JSON: a streaming writer of our own, and the door to json-c for reading.
 *
 * The writer never builds a tree, so a report of any size costs the buffer it is written to. Text that is not
 * UTF-8 comes out with U+FFFD in place of each bad byte; control characters are escaped. Indentation is two
 * blanks a level; a container opened as inline stays on its line. */
#ifndef QN_BASE_JSON_H
#define QN_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct qn_json_writer {
	struct qn_buffer *out; /* borrowed */
	unsigned depth;
	bool has_items[64];
	bool is_inline[64];
	bool is_after_key;
};

void qn_json_object_begin(struct qn_json_writer *json);
void qn_json_object_end(struct qn_json_writer *json);
void qn_json_array_begin(struct qn_json_writer *json);
void qn_json_array_end(struct qn_json_writer *json);
/* The container opened next, and all in it, goes on one line. */
void qn_json_inline_object_begin(struct qn_json_writer *json);
void qn_json_inline_array_begin(struct qn_json_writer *json);
void qn_json_key(struct qn_json_writer *json, const char *key);
void qn_json_text(struct qn_json_writer *json, struct qn_text text);
void qn_json_text_or_null(struct qn_json_writer *json, struct qn_text text); /* empty: null */
void qn_json_string(struct qn_json_writer *json, const char *string);        /* NULL: null */
void qn_json_u64(struct qn_json_writer *json, uint64_t value);
void qn_json_i64(struct qn_json_writer *json, int64_t value);
void qn_json_number(struct qn_json_writer *json,
		    double value); /* at most three decimals; null if not finite */
void qn_json_bool(struct qn_json_writer *json, bool value);
void qn_json_null(struct qn_json_writer *json);

/* A value that this writer wrote from depth 0, put into the layout of the place where it goes. */
void qn_json_written(struct qn_json_writer *json, struct qn_text value);

/* Appends @text as a JSON string with its quotes. */
void qn_json_escape(struct qn_buffer *out, struct qn_text text);

/* Reads one object: calls @member for each member whose value is text, number, true or false (as its text),
 * nested ones with their path joined by '.', array items as "name.0". False when @text is no JSON object. */
typedef void (*qn_json_member)(void *context, const char *path, struct qn_text value);
bool qn_json_read_object(struct qn_text text, qn_json_member member, void *context);

#endif
