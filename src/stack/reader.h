/* Finds crash texts in a stream of lines and reads them into stacks.
 *
 * One reader per source, fed in order. It joins what belongs to one event: text before the stack (terminate
 * called..., what(), thread panicked, pthread_create failed), the native handler's report and the Go
 * runtime's second report of the same signal, repeated "fatal error" lines, [recovered] re-throws; and it
 * skips what follows the culprit (further goroutines, registers, hex dumps). Log records of other writers may
 * stand between any two of its lines.
 *
 * A finished stack goes to the sink: its texts live until the sink returns. */
#ifndef QN_STACK_READER_H
#define QN_STACK_READER_H

#include "base/cleanup.h"
#include "base/error.h"
#include "record/format.h"
#include "stack/normalize.h"
#include "stack/stack.h"

typedef struct qn_error *(*qn_stack_sink)(void *context, const struct qn_stack *stack);

struct qn_stack_reader;

struct qn_error *qn_stack_reader_create(const struct qn_normalizer *normalizer, qn_stack_sink sink,
					void *context, struct qn_stack_reader **ret) QN_MUST_CHECK;
void qn_stack_reader_destroy(struct qn_stack_reader *reader);
QN_DEFINE_GUARD(struct qn_stack_reader, qn_stack_reader_destroy);

struct qn_dump_watch; /* sighting.h */
/* @watch  borrowed */
void qn_stack_reader_watch_dumps(struct qn_stack_reader *reader, const struct qn_dump_watch *watch);

/* A line holding none of these cannot begin a crash text. NULL behind the last one. */
const char *qn_stack_trigger(size_t index);

/* True: an event is open and every following line must be fed. False: only lines that hold a trigger need be.
 */
bool qn_stack_reader_wants_all(const struct qn_stack_reader *reader);

/* The next line that no log format claimed (blank ones too), or that Go's log package wrote.
 * @previous  the last line of that sort before it that is not blank, if it was not fed, or NULL: a stack
 *            whose header was lost begins with a name on one line and its "pc=0x" on the next
 * @last_time the latest time known before the line (record or wrapper)
 * @ret_taken the line belongs to a crash text; not set for a line that only closed one */
struct qn_error *qn_stack_reader_plain(struct qn_stack_reader *reader, const struct qn_line *line,
				       const struct qn_line *previous, struct qn_time last_time,
				       bool *ret_taken) QN_MUST_CHECK;

/* A log record (of any format but plain and go-std) passes by while an event is open. It is not part of it.
 */
struct qn_error *qn_stack_reader_record(struct qn_stack_reader *reader,
					const struct qn_record *record) QN_MUST_CHECK;

/* Does the log record @text have crash text glued to its end? Then the rest of the line, @ret, is a line of
 * its own for qn_stack_reader_plain(); @is_open as qn_stack_reader_wants_all(). The record needs a trigger,
 * or @is_open. */
bool qn_stack_find_glued(struct qn_text text, bool is_open, struct qn_text *ret);

/* Before the first line of a report: @text is what stands above it in the source, its last 4 KiB or less,
 * without the line itself. Only while qn_stack_reader_wants_all() is false. */
void qn_stack_reader_above(struct qn_stack_reader *reader, struct qn_text text);

/* Does the log record @text begin like every line of the stack that is open? Then it is one of its lines, for
 * qn_stack_reader_plain(). */
bool qn_stack_reader_wants_record(const struct qn_stack_reader *reader, struct qn_text text);

/* Ends what is open: at a process start and at the end of the source. */
struct qn_error *qn_stack_reader_flush(struct qn_stack_reader *reader) QN_MUST_CHECK;

/* The frames in a zap field: @key is "stack" ("func\n\tfile:line\n..."), "errorVerbose" (cockroachdb errors:
 * the deepest "attached stack trace" is the origin) or "error" holding "stack trace: file:line func" (that
 * order). False: no frames in it. kind, message, places and time stay the caller's to fill. */
bool qn_stack_read_field(const struct qn_normalizer *normalizer, struct qn_arena *arena, struct qn_text key,
			 struct qn_text value, struct qn_stack *ret);

#endif
