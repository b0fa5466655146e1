/* What the files of the reader of crash texts share; for them only. */
#ifndef QN_STACK_READER_STATE_H
#define QN_STACK_READER_STATE_H

#include "stack/dialect.h"
#include "stack/event.h"
#include "stack/fragments.h"
#include "stack/line_mend.h"
#include "stack/line_split.h"
#include "stack/names.h"
#include "stack/reader.h"

/* Blank lines that end a report; where each line has a blank behind it, twice as many. */
#define QN_READER_BLANKS_AT_END 2U

struct qn_stack_reader {
	const struct qn_normalizer *normalizer;
	qn_stack_sink sink;
	void *context;
	struct qn_event event;    /* finished sightings that wait for what may still join them */
	struct qn_sighting *open; /* the one that is being read; NULL: none */
	struct qn_header_index headers;
	const struct qn_dump_watch *watch; /* NULL: nobody looks */
	struct qn_buffer before;           /* the last line that was no part of a report */
	struct qn_buffer above;            /* the last such lines since the last one that was */
	struct qn_names names;             /* lines that may be a function's name */
	struct qn_fragments fragments;     /* pieces of one, held back before that */
	struct qn_sighting *aside; /* what another thread said while the open report went on; NULL: nothing */
	size_t aside_items;        /* lines of frames that the open one had then */
	struct qn_time last_time;
	struct qn_time claim_time;   /* of the last line of the open one */
	unsigned idle, records;      /* since the last line of the open one */
	enum qn_output output;       /* that the last line of the open one went to */
	unsigned beside;             /* lines of the other output since then */
	unsigned blanks;             /* in a row */
	unsigned blanks_before_name; /* before the first of names */
	bool is_blank_after_each, has_foreign;
	struct qn_line_mender mender, mender_of_previous;
	struct qn_buffer split; /* the lines that one line was */
};

/* Closes the open sighting, which may turn out to be two; none may be open. */
struct qn_error *qn_reader_finish(struct qn_stack_reader *reader) QN_MUST_CHECK;

/* The sighting joins the event that waits, or that one is told and it waits itself. Takes ownership. */
struct qn_error *qn_reader_put_down(struct qn_stack_reader *reader,
				    struct qn_sighting *sighting) QN_MUST_CHECK;

/* Tells what the open sighting has of reports that ended, so that the last one is open. @is_over: no
 * more comes. */
struct qn_error *qn_reader_part(struct qn_stack_reader *reader, bool is_over) QN_MUST_CHECK;

/* Is @line of the container's other output (stdout, stderr) than the open report? */
bool qn_reader_is_other_output(const struct qn_stack_reader *reader, const struct qn_crash_line *line);

/* Is it that, and begins no report of its own? Then it stands beside the open one, and is no part of it. */
bool qn_reader_is_beside(const struct qn_stack_reader *reader, const struct qn_crash_line *line);

/* Takes ownership. */
void qn_reader_open(struct qn_stack_reader *reader, struct qn_sighting *sighting);

/* A line of the open sighting: what stood between it and the one before is woven in. */
void qn_reader_claim(struct qn_stack_reader *reader, const struct qn_crash_line *line);

/* Did the open sighting end above the line that is being read? */
bool qn_reader_is_ended(const struct qn_stack_reader *reader);

/* Does the open report read frames of a shape of its own? */
bool qn_reader_has_own_frames(const struct qn_stack_reader *reader);

/* A line that was not fed. */
void qn_reader_set_before(struct qn_stack_reader *reader, struct qn_text text);
/* A line that is no part of a report: the next one may begin below it. */
void qn_reader_keep_before(struct qn_stack_reader *reader, struct qn_text text);

/* A line of any sort, prepared. */
struct qn_error *qn_reader_line(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				const struct qn_line *previous, bool *ret_taken) QN_MUST_CHECK;

/* Does @line, as it stands in the source, go on with the pieces that are held? Then it is held, too: what
 * looks like a viewer's number in front of it is the end of a line number or of a width. */
bool qn_reader_hold_raw_piece(struct qn_stack_reader *reader, const struct qn_line *line);
/* @ret_held: @line is held back, else it is to be read; what was held before it is read first, unless more of
 * it may follow. */
struct qn_error *qn_reader_hold_piece(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				      bool *ret_held) QN_MUST_CHECK;
/* Reads what was held back, as one line or as the lines that it was. */
struct qn_error *qn_reader_release_pieces(struct qn_stack_reader *reader) QN_MUST_CHECK;

/* A name that the open report of Go ends with, its place cut off, is its last frame. */
struct qn_error *qn_reader_add_last_name(struct qn_stack_reader *reader) QN_MUST_CHECK;

/* A line that begins like a header. */
struct qn_error *qn_reader_header(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				  const struct qn_header_match *match, bool *ret_taken) QN_MUST_CHECK;
/* The message of a panic that began between another report's lines stands directly below its first line. */
struct qn_error *qn_reader_take_aside(struct qn_stack_reader *reader, const struct qn_crash_line *line,
				      bool *ret_taken) QN_MUST_CHECK;

#endif
