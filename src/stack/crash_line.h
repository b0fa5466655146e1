/* A line of a crash text made ready for reading, and the two sorts of line that all stacks are made of: the
 * name of a function, and the place below it.
 *
 *	_ZN6milvus5query6SearchEv                         name
 *		/src/query/Search.cpp:38 pc=0x7f1203         place, as C frames have it
 *	github.com/x/y.(*T).F(0xc000, {0x1?, 0x2})        name
 *		/src/y.go:315 +0x125 fp=0xc1 sp=0xc0 pc=0x2   place, as Go has it
 */
#ifndef QN_STACK_CRASH_LINE_H
#define QN_STACK_CRASH_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "record/record.h"

/* What was undone; the texts are in qn_damage_text(). */
enum qn_damage {
	QN_DAMAGE_WOVEN_RECORDS = 1U << 0,
	QN_DAMAGE_WOVEN_TEXT = 1U << 1,
	QN_DAMAGE_GLUED_RECORD = 1U << 2,
	QN_DAMAGE_BLANK_LINES = 1U << 3,
	QN_DAMAGE_PROMPT = 1U << 4,
	QN_DAMAGE_TABS = 1U << 5,
	QN_DAMAGE_HEADER = 1U << 6,
	QN_DAMAGE_GLUED_TEXT = 1U << 7,
	QN_DAMAGE_WOVEN_THREADS = 1U << 8,
	QN_DAMAGE_WRAPPED_NAME = 1U << 9,
	QN_DAMAGE_HALF_LINE = 1U << 10,
	QN_DAMAGE_NUMBERS = 1U << 11,
	QN_DAMAGE_MARKUP = 1U << 12,
	QN_DAMAGE_INVISIBLE = 1U << 13,
	QN_DAMAGE_ESCAPES = 1U << 14,
	QN_DAMAGE_NEWLINES = 1U << 15,
	QN_DAMAGE_NAME = 1U << 16,
	QN_DAMAGE_WRAPPED = 1U << 17,
	QN_DAMAGE_LETTERS = 1U << 18,
	QN_DAMAGE_PREFIX = 1U << 19,
};
#define QN_DAMAGE_COUNT 20U
struct qn_text qn_damage_text(unsigned index);         /* of the bit 1 << index; static */
struct qn_text qn_damage_words(enum qn_damage damage); /* of one bit */

struct qn_header_match;

struct qn_crash_line {
	struct qn_text text;     /* trimmed; without prompts, quote marks, a glued record and Go's date */
	struct qn_text whole;    /* the same with Go's date, for hashing */
	struct qn_time own_time; /* Go's date in front of it */
	const struct qn_line *line;
	const struct qn_header_match *header; /* of a dialect, that the text begins with; NULL: none, or not
						 looked for */
	bool has_tab, is_indented;
	unsigned damage; /* enum qn_damage bits */
};

/* Everything in @ret is borrowed from @line. */
void qn_crash_line_prepare(const struct qn_line *line, struct qn_crash_line *ret);

/* The line under a function's name. */
struct qn_code_place {
	struct qn_text file; /* "" for "(null)" and a bare pc */
	uint32_t line;
	uint64_t pc;
	bool has_pc, has_offset;         /* has_offset: "+0x..", so Go wrote it */
	struct qn_text module, build_id; /* where a dialect tells them */
	struct qn_text arguments;        /* with their values, as gdb prints them; "" for none */
};
bool qn_code_place_read(struct qn_text text, struct qn_code_place *ret);

/* Could it be the name of a function, as any of the dialects prints it? A guess: a place must follow. */
bool qn_is_function_line(struct qn_text text);

/* Does the front of @line show that another program part wrote it (Go's log package, logrus, JSON and Rust
 * loggers, faiss, the AWS SDK), though no log format claimed it? */
bool qn_is_other_writer(const struct qn_crash_line *line);

/* Does @text have a time of day ("10:11:12") in its first 48 bytes, as the records of a log have? */
bool qn_line_has_clock(struct qn_text text);

/* Takes a decimal or (0x..) hexadecimal number off the front of @text. */
bool qn_take_number(struct qn_text *text, uint64_t *ret);

/* The hexadecimal number behind @key in @text ("addr=", "pc="); false when there is none. */
bool qn_find_number(struct qn_text text, struct qn_text key, uint64_t *ret);

#endif
